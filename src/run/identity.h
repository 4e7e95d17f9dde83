// Which program this is, so that a report can be made again by the same one.
#pragma once

#include <string>
#include <string_view>

namespace mailseal {

/// The commit that it was built from, "-dirty" behind it where files were changed; "" where that is not known.
std::string_view build_commit() noexcept;
/// SHA-256 of the program's own file, as `sha256sum` prints it; "" where it cannot be read. Reads all of it: 10 ms or
/// so.
std::string executable_sha256();

}  // namespace mailseal
