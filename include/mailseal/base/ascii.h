// ASCII words: the one place where case is folded (RFC 5321 2.4, RFC 3501 9:
// verbs and keywords are case-insensitive).
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace mailseal {

constexpr char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

inline std::string upper_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), upper);
  return out;
}
inline std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

constexpr bool same_word(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return upper(x) == upper(y); });
}

constexpr bool begins_with_word(std::string_view text, std::string_view prefix) noexcept {
  return text.size() >= prefix.size() && same_word(text.substr(0, prefix.size()), prefix);
}

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_alnum(char c) noexcept { return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'Z'); }

constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

/// `text` from its first octet on that is no space or tab.
constexpr std::string_view without_blanks(std::string_view text) noexcept {
  std::size_t n = 0;
  while (n < text.size() && is_blank(text[n])) ++n;
  return text.substr(n);
}

/// The word before the next space or tab, and `rest` moved behind it and what spaces follow.
constexpr std::string_view cut_word(std::string_view& rest) noexcept {
  std::size_t end = 0;  // words are short: a loop beats find_first_of()
  while (end < rest.size() && !is_blank(rest[end])) ++end;
  const std::string_view word = rest.substr(0, end);
  rest = without_blanks(rest.substr(end));
  return word;
}

}  // namespace mailseal
