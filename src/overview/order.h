// Order: which session comes first, in whatever order they end.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace mailseal {

/// By input, then by their first frame. Those of an input as a whole come before its sessions.
struct Order {
  std::uint32_t input = 0;
  std::uint64_t frame = 0;
  std::size_t session = kNone;  ///< place in the collector
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  auto operator<=>(const Order&) const = default;
};

}  // namespace mailseal
