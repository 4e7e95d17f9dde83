// What a fuzzer gives, read in pieces.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "mailseal/capture.h"

namespace mailseal::test {

/// All behind the first octet, no more than `piece` of them at a time. The data must outlive it.
inline ReadSome in_pieces(const std::uint8_t* data, std::size_t size, std::size_t piece) {
  return [=, at = std::size_t{1}](std::span<std::byte> room) mutable {
    const std::size_t n = std::min({piece, room.size(), size - at});
    std::memcpy(room.data(), data + at, n);
    at += n;
    return static_cast<std::ptrdiff_t>(n);
  };
}

/// Every octet that was handed out may be read.
inline void touch(Bytes octets) {
  unsigned sum = 0;
  for (const std::byte b : octets) sum += std::to_integer<unsigned>(b);
  if (sum != 0 && octets.empty()) std::abort();
}

}  // namespace mailseal::test
