// ASCII words: the one place where case is folded (RFC 5321 2.4, RFC 3501 9:
// verbs and keywords are case-insensitive).
#pragma once

#include <algorithm>
#include <string_view>

namespace mailseal {

constexpr char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

constexpr bool same_word(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return upper(x) == upper(y); });
}

constexpr bool begins_with_word(std::string_view text, std::string_view prefix) noexcept {
  return text.size() >= prefix.size() && same_word(text.substr(0, prefix.size()), prefix);
}

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_alnum(char c) noexcept { return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'Z'); }

/// The word before the next space or tab, and `rest` moved behind it and what spaces follow.
constexpr std::string_view cut_word(std::string_view& rest) noexcept {
  const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  return word;
}

}  // namespace mailseal
