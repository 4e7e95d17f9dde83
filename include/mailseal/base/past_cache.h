// Writes past the cache: for what is written by the megabyte and hardly ever read again.
//
// An ordinary copy first reads the memory that it will overwrite, and puts out of the cache what the next packet
// needs. Where the processor has no such stores, this is an ordinary copy.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "mailseal/base/bytes.h"

namespace mailseal {

inline constexpr std::size_t kLineBytes = 64;

using PastCacheWords = std::array<std::uint64_t, 4>;

/// Octets that write_past_cache() writes: whole lines.
constexpr std::size_t bytes_past_cache(std::size_t octets) noexcept {
  return (sizeof(PastCacheWords) + octets + kLineBytes - 1) / kLineBytes * kLineBytes;
}

/// The words, the octets, and zeros up to the end of the last line; `to` is the beginning of a line.
[[gnu::always_inline]] inline void write_past_cache(std::byte* to, const PastCacheWords& words, Bytes octets) noexcept {
  const std::byte* from = octets.data();
  std::size_t left = octets.size();
#if defined(__SSE2__)
  // In registers all the way: what was just stored in parts and is then loaded whole waits for all stores before it.
  constexpr std::size_t kPart = sizeof(__m128i), kWord = sizeof(std::uint64_t);
  auto* at = reinterpret_cast<__m128i*>(to);
  const auto put = [&at](__m128i part) { _mm_stream_si128(at++, part); };
  const auto two = [](std::uint64_t first, std::uint64_t second) {
    return _mm_set_epi64x(static_cast<std::int64_t>(second), static_cast<std::int64_t>(first));
  };
  const auto word = [](const std::byte* place) {
    std::uint64_t octets_there = 0;
    std::memcpy(&octets_there, place, kWord);
    return octets_there;
  };
  const auto part = [](const std::byte* place) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(place)); };
  put(two(words[0], words[1]));
  put(two(words[2], words[3]));
  for (; left >= 4 * kPart; from += 4 * kPart, left -= 4 * kPart)
    put(part(from)), put(part(from + kPart)), put(part(from + 2 * kPart)), put(part(from + 3 * kPart));
  for (; left >= kPart; from += kPart, left -= kPart) put(part(from));
  if (left > 0) {
    // The last octets, fewer than a word: from the last word that can be read, or else one by one.
    const auto rest = [&](const std::byte* end, std::size_t n) -> std::uint64_t {
      if (n == 0) return 0;
      if (octets.size() >= kWord) return word(end - kWord) >> 8 * (kWord - n);
      std::uint64_t few = 0;
      for (std::size_t i = 0; i < n; ++i) few |= std::to_integer<std::uint64_t>(*(end - n + i)) << 8 * i;
      return few;
    };
    const std::byte* const end = from + left;
    put(left >= kWord ? two(word(from), rest(end, left - kWord)) : two(rest(end, left), 0));
  }
  while (reinterpret_cast<std::uintptr_t>(at) % kLineBytes != 0) put(_mm_setzero_si128());
#else
  std::memcpy(to, words.data(), sizeof words);
  if (left > 0) std::memcpy(to + sizeof words, from, left);
  std::memset(to + sizeof words + left, 0, bytes_past_cache(left) - sizeof words - left);
#endif
}

}  // namespace mailseal
