// Fact: where something was first seen, or nothing.
//
// Means what std::optional<Seen> means and reads like it, in 24 octets instead of 40: a
// session holds nearly sixty, and a capture may hold a hundred thousand sessions.
//
// Bounds: 2^40 frames, 2^22 inputs; what is beyond would be read for years.
#pragma once

#include <cstdint>
#include <optional>

#include "mailseal/base/place.h"

namespace mailseal {

class Fact {
 public:
  Fact() = default;
  Fact(std::nullopt_t) {}
  Fact(const Seen& seen)
      : time_(seen.time),
        offset_(seen.offset),
        frame_(seen.frame & kFrames),
        input_(seen.input & kInputs),
        server_(seen.side == Side::Server),
        known_(true) {}
  Fact(const std::optional<Seen>& seen) : Fact(seen ? Fact(*seen) : Fact()) {}

  bool has_value() const noexcept { return known_; }
  explicit operator bool() const noexcept { return known_; }
  operator std::optional<Seen>() const noexcept { return known_ ? std::optional<Seen>(**this) : std::nullopt; }

  /// Only where it has a value.
  Seen operator*() const noexcept {
    return {time_, frame_, offset_, static_cast<std::uint32_t>(input_), server_ ? Side::Server : Side::Client};
  }
  struct Arrow {
    Seen seen;
    const Seen* operator->() const noexcept { return &seen; }
  };
  Arrow operator->() const noexcept { return {**this}; }

  void reset() noexcept { *this = Fact(); }

 private:
  static constexpr std::uint64_t kFrames = (std::uint64_t{1} << 40) - 1, kInputs = (std::uint64_t{1} << 22) - 1;

  Timestamp time_{};
  std::uint64_t offset_ = 0;
  std::uint64_t frame_ : 40 = 0;
  std::uint64_t input_ : 22 = 0;
  bool server_ : 1 = false;
  bool known_ : 1 = false;
};
static_assert(sizeof(Fact) == 24);

/// The first time counts.
inline void note(Fact& fact, const Seen& seen) noexcept {
  if (!fact) fact = seen;
}

}  // namespace mailseal
