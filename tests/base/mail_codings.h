// The codings of mail, written the plain way, in every way that is allowed: what a marker is planted in.
#pragma once

#include <iconv.h>

#include <string>
#include <string_view>
#include <vector>

namespace mailseal::testing {

/// Empty: it cannot be written so.
inline std::string written(const std::string& utf8, const char* charset) {
  const iconv_t conversion = iconv_open(charset, "UTF-8");
  std::string in = utf8, out(utf8.size() * 8 + 64, '\0');
  char *from = in.data(), *to = out.data();
  std::size_t left = in.size(), room = out.size();
  const bool whole = iconv(conversion, &from, &left, &to, &room) == 0 && left == 0 &&
                     iconv(conversion, nullptr, nullptr, &to, &room) == 0;
  iconv_close(conversion);
  out.resize(whole ? out.size() - room : 0);
  return out;
}

/// The characters of UTF-8.
inline std::vector<std::string> characters(std::string_view utf8) {
  std::vector<std::string> all;
  for (const char c : utf8)
    if ((static_cast<unsigned char>(c) & 0xc0) == 0x80)
      all.back() += c;
    else
      all.emplace_back(1, c);
  return all;
}

/// `line`: letters on one line; 0: all on one.
inline std::string base64(std::string_view octets, std::size_t line = 0, std::string_view line_end = "\r\n") {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string letters;
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t n = 0; n < 3; ++n)
      group = group << 8 | (i + n < octets.size() ? static_cast<unsigned char>(octets[i + n]) : 0u);
    for (std::size_t n = 0; n < 4; ++n) letters += i + n > octets.size() ? '=' : kLetters[group >> (18 - 6 * n) & 63];
  }
  if (line == 0) return letters;
  std::string out;
  for (std::size_t i = 0; i < letters.size(); i += line) out.append(letters.substr(i, line)).append(line_end);
  return out;
}

enum class Escape { All, Needed, LowerCase };

/// `line`: octets or escapes between soft line breaks; 0: none.
inline std::string quoted_printable(std::string_view octets, Escape which, std::size_t line = 0,
                                    std::string_view soft_break = "=\r\n") {
  std::string out;
  std::size_t on_line = 0;
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    const std::string_view digits = which == Escape::LowerCase ? "0123456789abcdef" : "0123456789ABCDEF";
    if (which == Escape::Needed && octet > ' ' && octet < 0x7f && c != '=')
      out += c;
    else
      out.append("=").append(1, digits[octet >> 4]).append(1, digits[octet & 15]);
    if (line != 0 && ++on_line % line == 0) out += soft_break;
  }
  return out;
}

/// RFC 2047's other one.
inline std::string q(std::string_view octets) {
  std::string out;
  for (const char c : octets)
    if (c == ' ')
      out += '_';
    else if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
      out += c;
    else
      out += quoted_printable(std::string_view(&c, 1), Escape::All);
  return out;
}

/// Words of so many characters, each encoded on its own, one on a line.
inline std::string encoded_words(const std::string& utf8, const char* charset, char coding,
                                 std::size_t characters_each) {
  const auto all = characters(utf8);
  std::string out;
  for (std::size_t i = 0; i < all.size(); i += characters_each) {
    std::string piece;
    for (std::size_t n = i; n < std::min(i + characters_each, all.size()); ++n) piece += all[n];
    const std::string octets = written(piece, charset);
    out += (out.empty() ? "=?" : "\r\n =?") + std::string(charset) + "?" + coding + "?" +
           (coding == 'B' || coding == 'b' ? base64(octets) : q(octets)) + "?=";
  }
  return out;
}

}  // namespace mailseal::testing
