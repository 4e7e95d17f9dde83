// Where and when: addresses, endpoints, connections, and places in a capture.
//
// Time is always the capture's own clock (the timestamp on the packet), never
// the machine's: a file must give the same answer on a slow machine, on a fast
// one, and ten years from now.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace mailseal {

/// Nanoseconds since 1970-01-01 UTC, as the capture recorded them.
using Timestamp = std::chrono::sys_time<std::chrono::nanoseconds>;

/// IPv4 is held as ::ffff:a.b.c.d, so that every comparison is one comparison.
struct IpAddress {
  std::array<std::uint8_t, 16> octets{};
  bool operator==(const IpAddress&) const = default;
  /// Octet by octet, without a call: addresses are sorted by the hundred thousand.
  std::strong_ordering operator<=>(const IpAddress& b) const noexcept {
    const auto half = [](const IpAddress& of, std::size_t at) {
      std::uint64_t word = 0;
      std::memcpy(&word, of.octets.data() + at, sizeof word);
      return std::endian::native == std::endian::little ? __builtin_bswap64(word) : word;
    };
    const auto upper = half(*this, 0) <=> half(b, 0);
    return upper != 0 ? upper : half(*this, 8) <=> half(b, 8);
  }
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;  ///< host byte order
  auto operator<=>(const Endpoint&) const = default;
};

/// As wide as its neighbour in Seen, which is copied more than anything else: whole words are.
enum class Side : std::uint32_t { Client, Server };

constexpr Side other(Side s) noexcept { return s == Side::Client ? Side::Server : Side::Client; }

/// The full five-tuple (TCP implied) is the identity of a connection. A hash of it
/// chooses a bucket, never the connection.
struct FlowKey {
  Endpoint client, server;
  auto operator<=>(const FlowKey&) const = default;
};

/// A place in a capture that a person can go and look at. For a line or a message
/// `frame` is the packet that carried its last octet (of repeated octets the first
/// copy) and `offset` the place of its first octet in that side's stream.
struct Seen {
  Timestamp time{};
  std::uint64_t frame = 0;   ///< 1-based within the input, as Wireshark numbers frames
  std::uint64_t offset = 0;  ///< octets from the start of that side's stream, from 0
  std::uint32_t input = 0;   ///< which input of the run, from 0
  Side side = Side::Client;  ///< whose octets
};

/// Within an input its frames tell what came first; between inputs, which are numbered by time, their order. But two
/// sides in two inputs may be the two directions of a TAP: there the clocks tell, as far as they differ by more than
/// what they step back where one file of a set ends and the next begins.
constexpr bool precedes(const Seen& a, const Seen& b) noexcept {
  constexpr std::chrono::microseconds kStep{20};
  if (a.input == b.input) return a.frame < b.frame;
  const auto ahead = b.time - a.time;
  return a.side != b.side && (ahead > kStep || ahead < -kStep) ? ahead > ahead.zero() : a.input < b.input;
}
constexpr bool same_packet(const Seen& a, const Seen& b) noexcept { return a.frame == b.frame && a.input == b.input; }

/// The place that many octets further on in the same frame.
constexpr Seen later(Seen seen, std::uint64_t octets) noexcept {
  seen.offset += octets;
  return seen;
}

std::string to_string(const IpAddress&);  ///< "192.0.2.1", "2001:db8::1" (RFC 5952)
std::string to_string(const Endpoint&);   ///< "192.0.2.1:25", "[2001:db8::1]:25"
/// RFC 3339 in UTC with nine decimals: "2026-11-21T10:00:00.000000000Z".
std::string to_string(Timestamp);

std::optional<IpAddress> parse_address(std::string_view);  ///< what inet_pton takes
/// RFC 3339 in UTC ("Z"), to the nanosecond, as far as a Timestamp reaches (1677 to 2262); else nullopt.
std::optional<Timestamp> parse_timestamp(std::string_view);

}  // namespace mailseal
