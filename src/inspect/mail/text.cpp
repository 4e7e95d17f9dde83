#include "mail/text.h"

#include <algorithm>

#include "mailseal/base/ascii.h"

namespace mailseal::mail {

bool contains_word(std::string_view text, std::string_view word) noexcept {
  return std::search(text.begin(), text.end(), word.begin(), word.end(),
                     [](char a, char b) { return upper(a) == upper(b); }) != text.end();
}

bool is_text(std::string_view line) noexcept {
  return std::none_of(line.begin(), line.end(), [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return (octet < 0x20 && c != '\t' && c != '\x1b') || octet == 0x7f;  // ESC begins ISO-2022-JP
  });
}

bool is_base64(std::string_view line) noexcept { return line.size() % 4 == 0 && is_response(line); }

bool is_response(std::string_view line) noexcept {
  const bool long_enough = line.size() >= 8 || (!line.empty() && line.size() % 4 == 0);
  return long_enough && std::all_of(line.begin(), line.end(), [](char c) {
           return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'Z') || c == '+' || c == '/' || c == '=';
         });
}

bool is_host_name(std::string_view word) noexcept {
  constexpr std::size_t kLongest = 255;  // RFC 5321 4.5.3.1.2
  if (word.empty() || word.size() > kLongest) return false;
  const bool literal = word.size() > 2 && word.front() == '[' && word.back() == ']';
  if (literal) word = word.substr(1, word.size() - 2);
  return word.front() != '.' && std::all_of(word.begin(), word.end(), [literal](char c) {
           return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'Z') || c == '.' ||
                  (literal ? c == ':' : c == '-' || c == '_');
         });
}

bool masked_keyword(std::string_view word, std::size_t length) noexcept {
  return word.size() == length && std::min(word.find_first_not_of('X'), word.size()) + 1 >= length;
}

}  // namespace mailseal::mail
