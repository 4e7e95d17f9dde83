// frame: what is left of a frame while its headers are taken off, and the answers of a
// function that takes one off.
//
// Two lengths go together all the way down: the octets that were captured and the octets
// that were on the wire. A header that is cut by the snap length (Truncated) is thereby told
// from a header that never was whole (BadHeader).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <variant>

#include "mailseal/base/bytes.h"
#include "mailseal/decode.h"

namespace mailseal {

struct FrameView {
  Bytes bytes;           ///< captured
  std::size_t wire;      ///< on the wire, or as a header inside says; never less than bytes.size()
  bool bounded = false;  ///< a header of the link told the length: no header inside goes beyond it

  bool has(std::size_t n) const noexcept { return bytes.size() >= n; }
  /// Why the next `n` octets are not there. Only when !has(n).
  Skipped lacks(std::size_t n) const noexcept { return wire >= n ? Skipped::Truncated : Skipped::BadHeader; }

  std::uint8_t u8(std::size_t at) const noexcept { return std::to_integer<std::uint8_t>(bytes[at]); }
  std::uint16_t u16(std::size_t at) const noexcept { return static_cast<std::uint16_t>(u8(at) << 8 | u8(at + 1)); }
  std::uint32_t u32(std::size_t at) const noexcept { return static_cast<std::uint32_t>(u16(at)) << 16 | u16(at + 2); }

  /// Without its first `n` octets. Only when has(n).
  FrameView behind(std::size_t n) const noexcept { return {bytes.subspan(n), wire - n, bounded}; }
  /// `n` octets long: what stands behind them (padding, an FCS) goes, what is missing is missed.
  FrameView of_length(std::size_t n) const noexcept {
    if (bounded) n = std::min(n, wire);
    return {bytes.first(std::min(n, bytes.size())), n, bounded};
  }
};

/// A header was taken off: `rest` begins with what EtherType `type` says.
struct NextView {
  std::uint16_t type;
  FrameView rest;
};
using Walked = std::variant<NextView, Skipped>;

inline constexpr std::uint16_t kIpv4 = 0x0800, kIpv6 = 0x86dd;

/// Takes link headers, tags and shims off until IPv4 or IPv6 begins (links.cpp).
Walked walk_link(LinkType, FrameView) noexcept;
/// What of a frame of that type is no payload, whatever it carries; 0 where the type is not known.
std::size_t shortest_header(LinkType) noexcept;

}  // namespace mailseal
