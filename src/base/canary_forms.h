// What a marker and the octets on the wire are reduced to, by the same code on both sides, so that they compare.
//
//   Bare     without blanks, line ends and the escape sequences of ISO-2022-JP (RFC 1468), which neighbours may share
//   Utf7     RFC 2152 undone: UTF-16, big end first, without blanks and line ends
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mailseal {

constexpr bool is_blank_octet(unsigned char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// By octet: 0 to 63; -1: no letter of base64 (RFC 4648 4).
inline constexpr auto kBase64Values = [] {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kLetters.size(); ++i)
    values[static_cast<unsigned char>(kLetters[i])] = static_cast<std::int8_t>(i);
  return values;
}();
constexpr int base64_value(unsigned char c) noexcept { return kBase64Values[c]; }

/// 0 to 15; -1: no digit.
constexpr int hex_value(unsigned char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

class Bare {
 public:
  template <class Give>
  void take(unsigned char c, Give&& give) {
    switch (at_) {
      case At::Text:
        break;
      case At::Escape:
        at_ = c == '$' ? At::TwoOctets : c == '(' ? At::OneOctet : At::Text;
        if (at_ != At::Text) return;
        give(kEscape);
        break;
      case At::OneOctet:  // "ESC ( B" ASCII, "ESC ( J" JIS X 0201 Roman, "ESC ( I" its kana, "ESC ( H" as old software
        at_ = At::Text;
        if (c == 'B' || c == 'J' || c == 'I' || c == 'H') return;
        give(kEscape), give('(');
        break;
      case At::TwoOctets:  // "ESC $ @" and "ESC $ B" JIS X 0208, "ESC $ ( D" JIS X 0212
        at_ = c == '(' ? At::FourthOctet : At::Text;
        if (c == '(' || c == '@' || c == 'B') return;
        give(kEscape), give('$');
        break;
      case At::FourthOctet:
        at_ = At::Text;
        if (c == 'D') return;
        give(kEscape), give('$'), give('(');
        break;
    }
    if (c == kEscape)
      at_ = At::Escape;
    else if (!is_blank_octet(c))
      give(c);
  }

 private:
  static constexpr unsigned char kEscape = 0x1b;
  enum class At : std::uint8_t { Text, Escape, OneOctet, TwoOctets, FourthOctet };
  At at_ = At::Text;
};

class Utf7 {
 public:
  /// `give` takes the two octets of each UTF-16 unit.
  template <class Give>
  void take(unsigned char c, Give&& give) {
    if (shifted_) {
      const int value = base64_value(c);
      if (value >= 0) {
        fresh_ = false;
        bits_ = bits_ << 6 | static_cast<std::uint32_t>(value);
        have_ += 6;
        if (have_ < 16) return;
        have_ -= 16;
        const std::uint32_t whole = bits_ >> have_ & 0xffff;
        unit(static_cast<unsigned char>(whole >> 8), static_cast<unsigned char>(whole & 0xff), give);
        return;
      }
      shifted_ = false;
      if (c == '-') {
        if (fresh_) unit(0, '+', give);
        return;
      }
    }
    if (c == '+') {
      shifted_ = fresh_ = true;
      bits_ = have_ = 0;
    } else {
      unit(0, c, give);
    }
  }

 private:
  template <class Give>
  static void unit(unsigned char high, unsigned char low, Give&& give) {
    if (high == 0 && is_blank_octet(low)) return;
    give(high), give(low);
  }

  std::uint32_t bits_ = 0, have_ = 0;
  bool shifted_ = false, fresh_ = false;
};

}  // namespace mailseal
