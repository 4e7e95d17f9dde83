// Order: which session comes first, in whatever order they end.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <tuple>

namespace mailseal {

/// By input, then by their first frame. Those of an input as a whole come before its sessions.
struct Order {
  std::uint32_t input = 0;
  std::uint32_t session = kNone;  ///< place in the collector
  std::uint64_t frame = 0;
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  bool operator==(const Order&) const = default;
  auto operator<=>(const Order& other) const noexcept {
    return std::tie(input, frame, session) <=> std::tie(other.input, other.frame, other.session);
  }
};
static_assert(sizeof(Order) == 16);  // one of each session is kept

}  // namespace mailseal
