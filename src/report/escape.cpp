// Text from strangers made inert, for a terminal, a log and every report.
//
// Host names, banners, certificate subjects and file names may hold anything: an ESC
// repaints the terminal, a bidi control makes a name read as another, a broken octet
// ends a JSON document. What a person can read stays as it is, Japanese included.
//
//   \xNN     an octet: a C0 control, DEL, or one that is no UTF-8 (RFC 3629)
//   \u{...}  a character: a C1 control, a line separator, or one that shows nothing and
//            changes how others show (bidi controls, zero-width and tag characters)
//
// A backslash stays one, so that "CN=a\,b" (RFC 4514) is not spoilt: the form is for
// reading, not for turning back into octets.
#include <algorithm>
#include <array>
#include <cstdint>

#include "mailseal/report.h"

namespace mailseal {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

struct Range {
  std::uint32_t first, last;
};

/// Control and format characters (Unicode general categories Cc, Cf, Zl, Zp), ascending.
constexpr std::array kInvisible{
    Range{0x80, 0x9f},       Range{0xad, 0xad},       Range{0x600, 0x605},     Range{0x61c, 0x61c},
    Range{0x6dd, 0x6dd},     Range{0x70f, 0x70f},     Range{0x890, 0x891},     Range{0x8e2, 0x8e2},
    Range{0x180e, 0x180e},   Range{0x200b, 0x200f},   Range{0x2028, 0x202e},   Range{0x2060, 0x206f},
    Range{0xfeff, 0xfeff},   Range{0xfff9, 0xfffb},   Range{0xfffe, 0xffff},   Range{0x110bd, 0x110bd},
    Range{0x110cd, 0x110cd}, Range{0x13430, 0x1343f}, Range{0x1bca0, 0x1bca3}, Range{0x1d173, 0x1d17a},
    Range{0xe0000, 0xe0fff},
};

bool is_invisible(std::uint32_t c) {
  const auto* range = std::find_if(kInvisible.begin(), kInvisible.end(), [c](Range r) { return c <= r.last; });
  return range != kInvisible.end() && c >= range->first;
}

bool is_plain(char c) { return c >= ' ' && c <= '~'; }

/// The character that `text` begins with and the octets it takes; {0, 0} where they are no UTF-8.
struct Decoded {
  std::uint32_t character;
  std::size_t size;
};
Decoded decode(std::string_view text) {
  const auto octet = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = octet(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {0, 0};
  std::uint32_t c = lead & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((octet(i) & 0xc0) != 0x80) return {0, 0};
    c = (c << 6) | (octet(i) & 0x3fu);
  }
  // RFC 3629 3: "decoding of the overlong UTF-8 sequence" and of surrogates is prohibited.
  constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  if (c < kSmallest[size] || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff) return {0, 0};
  return {c, size};
}

void append_octet(std::string& out, char c) {
  const auto octet = static_cast<std::uint8_t>(c);
  out += "\\x";
  out += kHex[octet >> 4];
  out += kHex[octet & 15];
}

void append_character(std::string& out, std::uint32_t c) {
  std::string digits;
  for (; c != 0; c >>= 4) digits += kHex[c & 15];
  out += "\\u{";
  out.append(digits.rbegin(), digits.rend());
  out += '}';
}

}  // namespace

std::string escape_text(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string out;
  out.reserve(text.size() + 16);
  while (!text.empty()) {
    const auto [character, size] = decode(text);
    if (size == 0 || character < ' ' || character == 0x7f)
      append_octet(out, text[0]);
    else if (is_invisible(character))
      append_character(out, character);
    else
      out += text.substr(0, size);
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

}  // namespace mailseal
