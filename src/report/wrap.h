// Text broken into lines for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailseal {

/// Lines of at most `columns` where words allow: broken at spaces, and between Japanese characters where none would
/// begin or end a line that must not (JIS X 4051). No line begins or ends with a space.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

}  // namespace mailseal
