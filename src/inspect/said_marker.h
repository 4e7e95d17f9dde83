// SaidMarker: marks of what each side says in clear (Session::said).
//
// They depend on the octets alone, not on how they were cut into packets, so that two captures of one connection have
// the same marks as long as they show the same. Octets come in order from the beginning of the connection; where they
// do not (it was joined midway, something is missing), that side is marked no further.
#pragma once

#include <array>
#include <cstdint>

#include "mailseal/inspect.h"

namespace mailseal {

class SaidMarker {
 public:
  explicit SaidMarker(Said* said) : said_(*said) {}

  void data(Side side, Bytes bytes, const Seen& seen) {
    const auto i = static_cast<std::size_t>(side);
    Half& half = halves_[i];
    std::vector<SaidMark>& marks = said_[i];
    if (half.over || seen.offset != half.offset) {
      half.over = true;
      return;
    }
    half.offset += bytes.size();
    for (const std::byte octet : bytes) {
      half.hash = (half.hash ^ std::to_integer<std::uint64_t>(octet)) * kPrime;
      ++half.length;
      if (octet == std::byte{'\n'} ? marks.size() >= kSaidLines && half.length < kSaidStretch
                                   : half.length < kSaidStretch)
        continue;
      marks.push_back({half.hash ^ half.hash >> 29, seen});
      half.hash = kBasis;
      half.length = 0;
      if (marks.size() < kSaidMarks) continue;
      half.over = true;
      return;
    }
  }
  void gap(Side side) { halves_[static_cast<std::size_t>(side)].over = true; }
  std::size_t bytes() const { return (said_[0].capacity() + said_[1].capacity()) * sizeof(SaidMark); }

 private:
  static constexpr std::uint64_t kBasis = 0xcbf2'9ce4'8422'2325, kPrime = 0x100'0000'01b3;  // FNV-1a
  struct Half {
    std::uint64_t hash = kBasis, offset = 0;
    std::size_t length = 0;  ///< of what is not marked yet
    bool over = false;
  };

  Said& said_;
  std::array<Half, 2> halves_;
};

}  // namespace mailseal
