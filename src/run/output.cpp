#include "output.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

namespace mailseal {
namespace {

Expected<void> write_file(const std::string& path, const Format& format, const Overview& overview,
                          const ReportOptions& options) {
  const auto wrong = [&](std::string_view where) {
    return fail(escape_text(where) + ": " + std::strerror(errno) + "; the report was not written");
  };
  const std::string beside = path + ".part-" + std::to_string(getpid());
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    if (!out) return wrong(path);
    format.write(out, overview, options);
    out.flush();
    if (!out) {
      const auto error = wrong(path);
      std::remove(beside.c_str());
      return error;
    }
  }
  if (std::rename(beside.c_str(), path.c_str()) != 0) {
    const auto error = wrong(path);
    std::remove(beside.c_str());
    return error;
  }
  return {};
}

}  // namespace

bool coloured(Colour colour, int file_descriptor) {
  if (colour != Colour::Auto) return colour == Colour::Always;
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color && *no_color) return false;
  const char* term = std::getenv("TERM");
  return isatty(file_descriptor) != 0 && term && std::strcmp(term, "dumb") != 0;
}

Expected<void> write_reports(const Options& options, const Overview& overview, ReportOptions how) {
  bool told = false;
  for (const std::string& path : options.outputs) {
    const bool standard = path == "-";
    const Format* format = find_format(!options.format.empty() ? options.format : standard ? "text" : path);
    how.colour = standard && format->name == "text" && coloured(options.colour, STDOUT_FILENO);
    if (standard) {
      format->write(std::cout, overview, how);
      told = true;
    } else if (auto written = write_file(path, *format, overview, how); !written) {
      return written;
    }
  }
  if (!told) {
    how.colour = coloured(options.colour, STDOUT_FILENO);
    find_format("text")->write(std::cout, overview, how);
  }
  std::cout.flush();
  if (!std::cout) return fail("standard output: could not be written");
  return {};
}

}  // namespace mailseal
