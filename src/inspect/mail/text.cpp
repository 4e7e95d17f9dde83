#include "mail/text.h"

#include <algorithm>

#include "mailseal/base/ascii.h"

namespace mailseal::mail {

bool contains_word(std::string_view text, std::string_view word) noexcept {
  return std::search(text.begin(), text.end(), word.begin(), word.end(),
                     [](char a, char b) { return upper(a) == upper(b); }) != text.end();
}

// Of chance, nearly half of all octets are above ASCII, and hardly any of those is UTF-8.
bool is_text(std::string_view line) noexcept {
  constexpr std::size_t kShort = 32, kOneIn = 8;  // octets; in longer lines as many may be of Latin-1
  std::size_t others = 0;
  for (std::size_t i = 0; i < line.size();) {
    const auto octet = static_cast<unsigned char>(line[i++]);
    if ((octet < 0x20 && octet != '\t' && octet != 0x1b) || octet == 0x7f) return false;  // ESC begins ISO-2022-JP
    if (octet < 0x80) continue;
    const std::size_t more = octet >= 0xf0 ? 3 : octet >= 0xe0 ? 2 : 1;  // RFC 3629 3
    std::size_t follow = 0;
    while (follow < more && i + follow < line.size() && (static_cast<unsigned char>(line[i + follow]) & 0xc0) == 0x80)
      ++follow;
    if (octet >= 0xc2 && octet <= 0xf4 && follow == more)
      i += more;
    else
      ++others;
  }
  return others <= (line.size() < kShort ? 0 : line.size() / kOneIn);
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
