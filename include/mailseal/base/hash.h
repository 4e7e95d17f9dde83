// A hash of octets, to tell apart what is not kept: 64 bits, without a key.
//
// Two different values that chance brings along have one hash in 10^19 cases. Whoever wants to can make two that
// have: nothing but a note in a report, and the notice that a file was damaged, may hang on it.
#pragma once

#include <cstdint>
#include <cstring>

#include "mailseal/base/bytes.h"

namespace mailseal {

/// Never 0, which may stand for "none". The same in one run of the program, not on every machine.
inline std::uint64_t hash_of(Bytes octets) noexcept {
  constexpr std::uint64_t kOdd = 0x9e37'79b9'7f4a'7c15;
  std::uint64_t hash = octets.size() + kOdd, word = 0;
  const auto mix = [&] { hash = (hash ^ word) * kOdd, hash ^= hash >> 29; };
  for (; octets.size() >= sizeof word; octets = octets.subspan(sizeof word)) {
    std::memcpy(&word, octets.data(), sizeof word);
    mix();
  }
  word = 0;
  if (!octets.empty()) std::memcpy(&word, octets.data(), octets.size());
  mix();
  return hash == 0 ? 1 : hash;
}

}  // namespace mailseal
