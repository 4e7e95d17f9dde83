// Words for a POSIX shell, in commands that a reader may copy.
#pragma once

#include <string>
#include <string_view>

namespace mailseal {

/// escape_text(), then as one word: as it is where that is safe, else in single quotes.
std::string shell_word(std::string_view);

}  // namespace mailseal
