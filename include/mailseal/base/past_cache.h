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
  for (std::size_t i = 0; i < kLineBytes; i += sizeof(__m128i))
    _mm_stream_si128(reinterpret_cast<__m128i*>(to + i), _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i)));
#else
  std::memcpy(to, from, kLineBytes);
#endif
}

}  // namespace mailseal
