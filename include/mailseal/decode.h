// decode: from a captured frame to a TCP segment.
//
// Walks link headers, tags, tunnels (one inside the other, to a depth), IPv4/IPv6 and TCP headers, and joins
// IP fragments, those of tunnels too. Knows nothing of connections: each frame stands alone, fragments
// excepted. Checksums are not looked at: offload makes them wrong on the capturing host.
//
//   previous: capture.h    next: flow.h
//
// RFC 791, 815 (fragments), 8200, 9293; IEEE 802.1Q; LINKTYPE_ registry.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "mailseal/base/bytes.h"
#include "mailseal/base/limits.h"
#include "mailseal/base/place.h"
#include "mailseal/capture.h"

namespace mailseal {

struct SegmentView {
  Seen seen;  ///< of a datagram in fragments: the frame that completed it
  Endpoint from, to;
  std::uint32_t seq = 0, ack = 0;  ///< `ack` means something only with has_ack
  bool syn = false, has_ack = false, fin = false, rst = false;
  bool joined = false;          ///< out of fragments
  std::uint32_t ip_id = 0;      ///< IPv4 identification; 0 with IPv6
  std::uint32_t cut_bytes = 0;  ///< payload octets behind `payload` that the snap length removed
  Bytes payload;                ///< valid as long as the packet; if `joined`, until the next call of decode()
};

/// Why a frame gave no segment. Counted, never an error: most frames on a mirror
/// port are simply not ours. One row of names in decode.cpp.
enum class Skipped : std::uint8_t {
  NotIp,              ///< ARP, STP, ...; nothing in it looks like TCP
  NotTcp,             ///< UDP, ICMP, ...
  UnknownLink,        ///< a link type this stage cannot walk
  Tunnel,             ///< that is not known, or whose inside is not what it says or is several frames (A-MSDU)
  NestedTooDeep,      ///< more tags or tunnels, one inside the other, than any network has
  Ipsec,              ///< ESP, also over UDP
  Ipcomp,             ///< IP payload compression (RFC 3173)
  Macsec,             ///< IEEE 802.1AE, encrypted
  WireGuard,          ///< by port and form
  OpenVpn,            ///< likewise
  EncryptedPpp,       ///< or compressed: PPTP with MPPE, CCP
  EncryptedWifi,      ///< IEEE 802.11 with WEP, WPA
  Several,            ///< of no reason: frames within a frame, for apart() to take out
  AwaitingFragments,  ///< a fragment was kept
  LostFragments,      ///< a fragment of a datagram that was given up (limit, conflict), or of an 802.11 frame
  Truncated,          ///< headers cut by the snap length
  BadHeader,          ///< lengths that contradict each other: no receiver takes it
};
inline constexpr std::size_t kSkippedKinds = 17;
std::string_view to_string(Skipped) noexcept;  ///< "not-ip", "not-tcp", "tunnel-unknown", ...

using Decoded = std::variant<SegmentView, Skipped>;

/// Addresses (and ports, where the first fragment was seen) of datagrams that never
/// became whole, for the doubt of the connection they belong to.
struct LostDatagram {
  IpAddress from, to;
  std::uint16_t from_port = 0, to_port = 0;  ///< 0: not seen
  Seen seen;
};

/// How many octets of the frame stand before what its IP packet carries: the headers of the link and of IP, and its
/// extension headers, that of a fragment among them. A tunnel's header is payload of the packet that carries it. Where
/// no IP packet was found, the shortest header that its link type has.
std::size_t before_ip_payload(const PacketView&) noexcept;

/// What is walked between a link's header and TCP, by name.
std::vector<std::string_view> tunnel_names();

/// The frames within a frame that gave Skipped::Several (A-MSDU, IEEE 802.11 9.3.2.2), each for decode(). They are as
/// valid as the packet. Never more than kMostWithin, nor than there is room for.
inline constexpr std::size_t kMostWithin = 256;
std::size_t apart(const PacketView&, std::span<PacketView>) noexcept;

/// One per reading thread. `limits` is kept and must outlive the decoder.
class Decoder {
 public:
  explicit Decoder(const Limits* limits);
  ~Decoder();
  Decoded decode(const PacketView&);
  /// The same, written to where it will be used; what stood there does not matter. nullopt: a segment.
  std::optional<Skipped> decode(const PacketView&, SegmentView&);

  /// Incomplete TCP datagrams given up so far, by age or limit; clears the list. Call
  /// after finish() for those that were still waiting.
  std::vector<LostDatagram> take_lost();
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailseal
