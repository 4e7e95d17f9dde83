// Clear text among octets that should be none: where TLS went out of step, or was left.
//
// A run of 32 octets that are all text is one by chance in 10^13 places of a ciphertext; a whole
// segment that is a line, however short, in some 10^6. Less is not believed.
#pragma once

#include <algorithm>
#include <cstddef>

#include "mailseal/base/bytes.h"

namespace mailseal {

inline constexpr std::size_t kNoText = static_cast<std::size_t>(-1);
inline constexpr std::size_t kTextRun = 32;

/// Printable ASCII, a tab or a line end.
constexpr bool is_text_octet(std::byte b) noexcept {
  const auto c = std::to_integer<unsigned>(b);
  return c >= 0x20 ? c < 0x7f : c == '\r' || c == '\n' || c == '\t';
}

inline bool is_all_text(Bytes in) noexcept { return std::all_of(in.begin(), in.end(), is_text_octet); }

/// Where the first run of kTextRun text octets begins, or kNoText.
inline std::size_t text_begins(Bytes in) noexcept {
  std::size_t run = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    run = is_text_octet(in[i]) ? run + 1 : 0;
    if (run == kTextRun) return i + 1 - run;
  }
  return kNoText;
}

/// Octets at the end that may be the beginning of such a run.
inline std::size_t text_at_end(Bytes in) noexcept {
  std::size_t run = 0;
  while (run < in.size() && is_text_octet(in[in.size() - 1 - run])) ++run;
  return run;
}

/// A command or a reply, and nothing else.
inline bool is_text_line(Bytes in) noexcept {
  constexpr std::size_t kShortest = 6;  // "250 \r\n"
  return in.size() >= kShortest && in.back() == std::byte{'\n'} && is_all_text(in);
}

}  // namespace mailseal
