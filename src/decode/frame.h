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
#include <functional>
#include <span>
#include <string_view>
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
  /// Little-endian, as the headers of capturing systems are.
  std::uint16_t le16(std::size_t at) const noexcept { return __builtin_bswap16(u16(at)); }
  std::uint32_t le32(std::size_t at) const noexcept { return __builtin_bswap32(u32(at)); }

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
using Walk = Walked (*)(FrameView) noexcept;

inline constexpr std::uint16_t kIpv4 = 0x0800, kIpv6 = 0x86dd, kMpls = 0x8847, kEthernetWithin = 0x6558,
                               kPppWithin = 0x880b;

/// Takes link headers, tags and shims off until IPv4 or IPv6 begins (links.cpp).
Walked walk_link(LinkType, FrameView) noexcept;
/// What of a frame of that type is no payload, whatever it carries; 0 where the type is not known.
std::size_t shortest_header(LinkType) noexcept;
/// Takes tags and shims off until IPv4 or IPv6 begins (shims.cpp).
Walked walk_shims(Walked) noexcept;
/// The same of what an IP protocol carries that is a tunnel (tunnels.cpp).
Walked walk_tunnel(std::uint8_t protocol, FrameView) noexcept;
/// The same of a UDP datagram; NotTcp: it is none of a tunnel (udp_tunnels.cpp).
Walked walk_udp(FrameView) noexcept;
/// Names of what these walk, those of several rows more than once.
void each_shim(const std::function<void(std::string_view)>&);
void each_tunnel(const std::function<void(std::string_view)>&);
void each_udp_tunnel(const std::function<void(std::string_view)>&);
/// By the ports alone, it may be.
bool tunnel_ports(std::uint16_t from, std::uint16_t to) noexcept;

/// A TCP packet in IP, somewhere in the first octets of a frame that nobody could read: an encapsulation we know
/// nothing of. Lengths, protocol, addresses and checksum agree, so that chance does not look like it (shims.cpp).
bool holds_tcp(FrameView) noexcept;

}  // namespace mailseal
