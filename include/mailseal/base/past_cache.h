// Copies past the cache: for what is written by the megabyte and hardly ever read again.
//
// An ordinary copy first reads the memory that it will overwrite, and puts out of the cache what the next packet
// needs. Where the processor has no such stores, this is an ordinary copy.
#pragma once

#include <cstddef>
#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace mailseal {

inline constexpr std::size_t kLineBytes = 64;

/// One cache line of kLineBytes; `to` is aligned to it, `from` as it comes.
inline void copy_line_past_cache(std::byte* to, const std::byte* from) noexcept {
#if defined(__SSE2__)
  const auto part = [from](std::size_t at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + at)); };
  const __m128i parts[] = {part(0), part(16), part(32), part(48)};
  auto* const line = reinterpret_cast<__m128i*>(to);
  _mm_stream_si128(line, parts[0]);
  _mm_stream_si128(line + 1, parts[1]);
  _mm_stream_si128(line + 2, parts[2]);
  _mm_stream_si128(line + 3, parts[3]);
#else
  std::memcpy(to, from, kLineBytes);
#endif
}

}  // namespace mailseal
