// Apart: that no file is written which is read, or written already.
//
// An option too many, or one at the wrong place (`--extract in.pcap`), would put a report where the
// capture was, and a capture cannot be had again. Files are compared and not their names: links, `./`
// and a second name of the same file change nothing.
//
// Refuses nothing that is no regular file: a pipe or /dev/null may be written to by several.
#pragma once

#include <filesystem>
#include <vector>

#include "mailseal/base/expected.h"
#include "mailseal/capture.h"
#include "options.h"

namespace mailseal {

struct InputFile {
  std::filesystem::path path;
  enum class From : std::uint8_t { CommandLine, Directory } from = From::CommandLine;
  Member member = {};  ///< where the path is an archive: which capture in it
};

/// It stands where it can be read again.
bool is_regular(const InputFile&);

/// The error names the option, the file, and what it is already. What lies in an input directory and is no
/// capture is no input: the report of the run before may be replaced there. Key logs, --canary-file, the policy,
/// --ca-file and what the policy names likewise are inputs, too. Before anything is read or written.
Expected<void> keep_apart(const Options&, const std::vector<InputFile>&);

}  // namespace mailseal
