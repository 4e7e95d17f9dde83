// Where one octet stands right before another: a dot at the beginning of a line.
//
// A message is searched for such a place from end to end. Line by line that is one search for each line end, most of
// which are followed by something else.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace mailseal {

/// The place of the first `a` that `b` follows; npos: there is none.
inline std::size_t find_pair(std::string_view text, char a, char b) noexcept {
  std::size_t i = 0;
#if defined(__SSE2__)
  constexpr std::size_t kPart = sizeof(__m128i);
  const __m128i first = _mm_set1_epi8(a), second = _mm_set1_epi8(b);
  const auto equal = [&](std::size_t at, __m128i to) {
    return _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at)), to);
  };
  for (; i + kPart < text.size(); i += kPart) {
    const auto found =
        static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_and_si128(equal(i, first), equal(i + 1, second))));
    if (found != 0) return i + static_cast<std::size_t>(std::countr_zero(found));
  }
#endif
  for (; i + 1 < text.size(); ++i)
    if (text[i] == a && text[i + 1] == b) return i;
  return text.npos;
}

}  // namespace mailseal
