// Canaries: the markers of --canary and --canary-file, and that their text stays where it was given.
#pragma once

#include <string>
#include <vector>

#include "mailseal/base/expected.h"

namespace mailseal {

/// A line each, without its line end; empty lines are none. The error names the file.
Expected<void> read_canary_file(const std::string& path, std::vector<std::string>& texts);

/// Puts "sha256:..." in place of the values of --canary. An argument that holds a marker besides would tell it in the
/// report, and is refused.
Expected<void> mask_canaries(const std::vector<std::string>& texts, std::vector<std::string>& arguments);

/// Whether a name, as of a file in a directory, would tell one.
bool holds_canary(const std::vector<std::string>& texts, const std::string& name);

}  // namespace mailseal
