# Run at every build: cmake -DSOURCE=FOLDER -DHEADER=FILE -P commit.cmake
# Writes HEADER, which names the commit that FOLDER is at, "-dirty" behind it where files were changed; "" where that is
# not known. Left as it is where that is the same, so that nothing is compiled anew.
set(commit "")
find_program(GIT git)
if(GIT)
  execute_process(COMMAND ${GIT} rev-parse --show-toplevel WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE top
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  file(REAL_PATH "${SOURCE}" source)
  if(top STREQUAL source)  # else the commit is of something that the source was unpacked into
    execute_process(COMMAND ${GIT} describe --always --exclude=* --abbrev=12 --dirty WORKING_DIRECTORY ${SOURCE}
      OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
endif()
if(NOT commit MATCHES "^[0-9a-f]+(-dirty)?$")
  set(commit "")
endif()
set(text "#pragma once\ninline constexpr char kBuildCommit[] = \"${commit}\";\n")
if(EXISTS "${HEADER}")
  file(READ "${HEADER}" before)
endif()
if(NOT text STREQUAL "${before}")
  file(WRITE "${HEADER}" "${text}")
endif()
