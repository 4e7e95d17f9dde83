// decode: IPv4, IPv6, their extension headers, and TCP. The link below is links.cpp, the
// joining of fragments fragments.cpp, what tunnels carry tunnels.cpp and udp_tunnels.cpp.
//
// The IP length says where a packet ends: what stands behind it is padding, and what it
// promises but the capture does not hold was cut. Only where it is 0 (left to the network
// card to fill in) does the frame's own length rule.
#include "mailseal/decode.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "fragments.h"
#include "frame.h"

namespace mailseal {
namespace {

// In the order of Skipped.
constexpr std::array<std::string_view, kSkippedKinds> kSkippedNames{
    "not-ip",        "not-tcp",        "unknown-link",   "tunnel-unknown",     "nested-too-deep",
    "ipsec",         "ipcomp",         "macsec",         "wireguard",          "openvpn",
    "ppp-encrypted", "wifi-encrypted", "several-frames", "awaiting-fragments", "lost-fragments",
    "truncated",     "bad-header",
};
static_assert(static_cast<std::size_t>(Skipped::BadHeader) + 1 == kSkippedKinds);

constexpr std::uint8_t kTcp = 6, kUdp = 17, kIpv6Fragment = 44;

IpAddress ipv4_at(FrameView f, std::size_t at) noexcept {
  IpAddress a;
  a.octets[10] = a.octets[11] = 0xff;
  std::memcpy(a.octets.data() + 12, f.bytes.data() + at, 4);
  return a;
}

IpAddress ipv6_at(FrameView f, std::size_t at) noexcept {
  IpAddress a;
  std::memcpy(a.octets.data(), f.bytes.data() + at, 16);
  return a;
}

/// What a protocol number (IANA) means to us.
enum class Carries : std::uint8_t {
  Tcp,
  Udp,
  Extension,
  Authentication,
  Fragment,
  Tunnel,
  Minimal,
  Sealed,
  Compressed,
  Unknown,
  Other
};

// To walk a tunnel: its row here, its function and row in tunnels.cpp.
struct Protocol {
  std::uint8_t number;
  Carries carries;
};
constexpr std::array kProtocols{
    Protocol{0, Carries::Extension},        // hop-by-hop options
    Protocol{43, Carries::Extension},       // routing
    Protocol{60, Carries::Extension},       // destination options
    Protocol{135, Carries::Extension},      // mobility
    Protocol{139, Carries::Extension},      // HIP
    Protocol{140, Carries::Extension},      // Shim6
    Protocol{51, Carries::Authentication},  // AH
    Protocol{kIpv6Fragment, Carries::Fragment},
    Protocol{4, Carries::Tunnel},        // IPv4 in IP
    Protocol{41, Carries::Tunnel},       // IPv6 in IP
    Protocol{47, Carries::Tunnel},       // GRE, ERSPAN
    Protocol{50, Carries::Sealed},       // ESP
    Protocol{55, Carries::Minimal},      // minimal encapsulation (RFC 2004)
    Protocol{94, Carries::Tunnel},       // IPIP
    Protocol{97, Carries::Tunnel},       // EtherIP
    Protocol{98, Carries::Unknown},      // ENCAP (RFC 1241)
    Protocol{108, Carries::Compressed},  // IPComp
    Protocol{115, Carries::Tunnel},      // L2TP
    Protocol{137, Carries::Tunnel},      // MPLS in IP
    Protocol{142, Carries::Unknown},     // ROHC
    Protocol{143, Carries::Tunnel},      // Ethernet (RFC 8986)
    Protocol{144, Carries::Unknown},     // AGGFRAG (RFC 9347)
};

Carries carries(std::uint8_t protocol) noexcept {
  if (protocol == kTcp) return Carries::Tcp;
  if (protocol == kUdp) return Carries::Udp;
  for (const Protocol& row : kProtocols)
    if (row.number == protocol) return row.carries;
  return Carries::Other;
}

constexpr unsigned kDeepestTunnel = 8;  // tunnels, one inside the other; real ones are two or three

/// What the IP header gives to the segment.
struct Route {
  Seen seen;
  IpAddress from, to;
  std::uint32_t ip_id = 0;
  unsigned depth = 0;  // tunnels that it is inside of
};

/// What the TCP header says in its first 14 octets.
[[gnu::always_inline]] inline void take_header(SegmentView& s, FrameView f) noexcept {
  const std::uint8_t flags = f.u8(13);
  s.from.port = f.u16(0);
  s.to.port = f.u16(2);
  s.seq = f.u32(4);
  s.ack = f.u32(8);
  s.fin = (flags & 0x01) != 0;
  s.syn = (flags & 0x02) != 0;
  s.rst = (flags & 0x04) != 0;
  s.has_ack = (flags & 0x10) != 0;
}

Decoded segment(const Route& route, FrameView f, std::size_t header) noexcept {
  // Built where it is answered: here, copying costs as much as all else.
  Decoded decoded{std::in_place_type<SegmentView>};
  SegmentView& s = *std::get_if<SegmentView>(&decoded);
  s.seen = route.seen;
  s.from.address = route.from;
  s.to.address = route.to;
  s.ip_id = route.ip_id;
  take_header(s, f);
  s.payload = f.bytes.subspan(std::min(header, f.bytes.size()));
  s.cut_bytes = static_cast<std::uint32_t>(f.wire - header - s.payload.size());
  // Data in a SYN is rare, a length field that lies about one is not; what is missing shows in the numbers.
  if (s.syn && s.payload.empty()) s.cut_bytes = 0;
  return decoded;
}

/// RFC 9293 3.1. The header's fixed part up to the flags must be there; where the snap
/// length cut the options only, the payload's length is still known, and is all missing.
Decoded tcp(const Route& route, FrameView f) noexcept {
  constexpr std::size_t kThroughFlags = 14, kShortest = 20;
  if (!f.has(kThroughFlags)) return f.lacks(kShortest);
  const std::size_t header = std::size_t{4} * (f.u8(12) >> 4);
  if (header < kShortest || header > f.wire) return Skipped::BadHeader;
  return segment(route, f, header);
}

/// Most frames by far: Ethernet, IPv4 without options or fragments, TCP, all of it captured. True: it is
/// one, and said what the long way says of it, for a quarter of the work.
bool plain(const PacketView& packet, SegmentView& s) noexcept {
  constexpr std::size_t kLink = 14, kIp = 20, kShortestTcp = 20;
  const FrameView frame{packet.bytes, packet.bytes.size()};
  if (packet.link != LinkType{1} || !frame.has(kLink + kIp + kShortestTcp) || frame.u16(12) != kIpv4) return false;
  const FrameView ip = frame.behind(kLink);
  constexpr std::uint16_t kMoreFragmentsAndOffset = 0x3fff;
  if (ip.u8(0) != 0x45 || (ip.u16(6) & kMoreFragmentsAndOffset) != 0 || ip.u8(9) != kTcp) return false;
  const std::size_t total = ip.u16(2);
  if (!ip.has(total) || total < kIp + kShortestTcp) return false;
  const FrameView f{ip.bytes.subspan(kIp, total - kIp), total - kIp};
  const std::size_t header = std::size_t{4} * (f.u8(12) >> 4);
  if (header < kShortestTcp || !f.has(header)) return false;
  s.seen = packet.seen;
  s.from.address = ipv4_at(ip, 12);
  s.to.address = ipv4_at(ip, 16);
  s.ip_id = ip.u16(4);
  take_header(s, f);
  s.joined = false;
  s.cut_bytes = 0;
  s.payload = f.bytes.subspan(header);
  return true;
}

}  // namespace

std::vector<std::string_view> tunnel_names() {
  std::vector<std::string_view> names;
  const auto add = [&](std::string_view name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  each_shim(add);
  each_tunnel(add);
  each_udp_tunnel(add);
  add("minimal encapsulation");
  return names;
}

std::string_view to_string(Skipped why) noexcept { return kSkippedNames[static_cast<std::size_t>(why)]; }

std::size_t before_ip_payload(const PacketView& packet) noexcept {
  const FrameView frame{packet.bytes, std::max<std::size_t>(packet.wire_bytes, packet.bytes.size())};
  const Walked walked = walk_link(packet.link, frame);
  const auto* next = std::get_if<NextView>(&walked);
  if (next == nullptr) return std::min(shortest_header(packet.link), packet.bytes.size());
  FrameView f = next->rest;
  const auto taken = [&] { return static_cast<std::size_t>(f.bytes.data() - packet.bytes.data()); };
  const std::size_t shortest = next->type == kIpv4 ? 20 : 40;
  if (!f.has(shortest) || f.u8(0) >> 4 != (next->type == kIpv4 ? 4 : 6)) return taken();
  std::uint8_t protocol = f.u8(next->type == kIpv4 ? 9 : 6);
  constexpr std::uint16_t kOffset4 = 0x1fff, kOffset6 = 0xfff8;
  const bool inside = next->type == kIpv4 && (f.u16(6) & kOffset4) != 0;  // what follows begins with no header
  const std::size_t header = next->type == kIpv4 ? std::size_t{4} * (f.u8(0) & 0x0f) : shortest;
  f = f.behind(std::clamp(header, shortest, f.bytes.size()));
  if (inside) return taken();
  for (;;) {
    const Carries what = carries(protocol);
    const bool fragment = what == Carries::Fragment, authentication = what == Carries::Authentication;
    if ((what != Carries::Extension && !fragment && !authentication) || !f.has(8)) return taken();
    const std::size_t length = 8 + (fragment ? 0 : std::size_t{authentication ? 4u : 8u} * f.u8(1));
    if (!f.has(length)) return taken();
    const bool later = fragment && (f.u16(2) & kOffset6) != 0;  // likewise
    protocol = f.u8(0);
    f = f.behind(length);
    if (later) return taken();
  }
}

struct Decoder::Impl {
  explicit Impl(const Limits* limits) : fragments(limits), tunnelled(limits) {}

  enum class Joined : std::uint8_t { No, Yes };

  /// What the headers of a link or tunnel led to, as many tunnels deep.
  Decoded inside(const Seen& seen, FrameView frame, const Walked& walked, unsigned depth) {
    if (const auto* why = std::get_if<Skipped>(&walked)) {
      if (*why == Skipped::Several && depth > 0) return Skipped::Tunnel;  // apart() takes out those of the link alone
      return *why == Skipped::NotIp && holds_tcp(frame) ? Skipped::Tunnel : *why;
    }
    const auto& next = *std::get_if<NextView>(&walked);
    if (depth > kDeepestTunnel) return Skipped::NestedTooDeep;
    return next.type == kIpv4 ? ipv4(seen, next.rest, depth) : ipv6(seen, next.rest, depth);
  }

  /// RFC 791 3.1.
  Decoded ipv4(const Seen& seen, FrameView f, unsigned depth) {
    constexpr std::size_t kShortest = 20;
    if (!f.has(kShortest)) return f.lacks(kShortest);
    const std::size_t header = std::size_t{4} * (f.u8(0) & 0x0f);
    const std::size_t total = f.u16(2);
    if (f.u8(0) >> 4 != 4 || header < kShortest) return Skipped::BadHeader;
    if (total != 0) {
      if (total < header) return Skipped::BadHeader;
      f = f.of_length(total);
    }
    if (!f.has(header)) return f.lacks(header);

    const Route route{seen, ipv4_at(f, 12), ipv4_at(f, 16), f.u16(4), depth};
    const std::uint8_t protocol = f.u8(9);
    const std::uint16_t fragment = f.u16(6);
    const FrameView payload = f.behind(header);
    constexpr std::uint16_t kMoreFragments = 0x2000, kOffset = 0x1fff;
    if ((fragment & (kMoreFragments | kOffset)) == 0) return transport(route, protocol, payload, Joined::No);
    return join(route, FragmentView{{route.from, route.to, route.ip_id, protocol},
                                    seen,
                                    protocol,
                                    std::size_t{8} * (fragment & kOffset),
                                    (fragment & kMoreFragments) == 0,
                                    payload});
  }

  /// RFC 8200 3. A payload length of 0 is a jumbogram, or a packet the card has yet to cut.
  Decoded ipv6(const Seen& seen, FrameView f, unsigned depth) {
    constexpr std::size_t kHeader = 40;
    if (!f.has(kHeader)) return f.lacks(kHeader);
    if (f.u8(0) >> 4 != 6) return Skipped::BadHeader;
    if (const std::size_t length = f.u16(4); length != 0) f = f.of_length(kHeader + length);
    return transport({seen, ipv6_at(f, 8), ipv6_at(f, 24), 0, depth}, f.u8(6), f.behind(kHeader), Joined::No);
  }

  /// Walks extension headers and tunnels to TCP, as many extensions as the packet holds: receivers do. The protocol of
  /// a datagram that was joined may be an extension too, but not another fragment.
  Decoded transport(Route route, std::uint8_t protocol, FrameView f, Joined joined) {
    for (;;) {
      std::size_t length = 8;
      switch (carries(protocol)) {
        case Carries::Tcp:
          return tcp(route, f);
        case Carries::Udp:
          return inside(route.seen, f, walk_udp(f), route.depth + 1);
        case Carries::Tunnel:
          return inside(route.seen, f, walk_tunnel(protocol, f), route.depth + 1);
        case Carries::Minimal: {  // RFC 2004 3.1: the addresses that the outer header has not
          if (!f.has(8)) return f.lacks(8);
          constexpr unsigned kSource = 0x80;
          length = (f.u8(1) & kSource) != 0 ? 12 : 8;
          if (!f.has(length)) return f.lacks(length);
          if (++route.depth > kDeepestTunnel) return Skipped::NestedTooDeep;
          route.to = ipv4_at(f, 4);
          if (length == 12) route.from = ipv4_at(f, 8);
          break;
        }
        case Carries::Sealed:
          return Skipped::Ipsec;
        case Carries::Compressed:
          return Skipped::Ipcomp;
        case Carries::Unknown:
          return Skipped::Tunnel;
        case Carries::Other:
          return Skipped::NotTcp;
        case Carries::Fragment: {
          if (!f.has(8)) return f.lacks(8);
          const std::uint16_t place = f.u16(2);
          constexpr std::uint16_t kMore = 1, kOffset = 0xfff8;
          if ((place & (kOffset | kMore)) == 0) break;  // "atomic": whole in one piece (RFC 6946)
          if (joined == Joined::Yes) return Skipped::BadHeader;
          return join(route, FragmentView{{route.from, route.to, f.u32(4), 0},
                                          route.seen,
                                          f.u8(0),
                                          std::size_t{place} & kOffset,
                                          (place & kMore) == 0,
                                          f.behind(8)});
        }
        case Carries::Extension:  // "in 8-octet units, not including the first 8 octets"
          if (!f.has(2)) return f.lacks(2);
          length = 8 + std::size_t{8} * f.u8(1);
          break;
        case Carries::Authentication:  // "in 32-bit words, minus 2" (RFC 4302 2.2)
          if (!f.has(2)) return f.lacks(2);
          length = 8 + std::size_t{4} * f.u8(1);
          break;
      }
      if (!f.has(length)) return f.lacks(length);
      protocol = f.u8(0);
      f = f.behind(length);
    }
  }

  Decoded join(const Route& route, const FragmentView& fragment) {
    switch (carries(fragment.protocol)) {
      case Carries::Tcp:
      case Carries::Extension:
      case Carries::Authentication:
        return joined(route, fragments.add(fragment));
      case Carries::Udp:
        if (fragment.offset == 0 && !may_be_tunnel(fragment.data)) return Skipped::NotTcp;
        return join_udp(route, fragment);
      case Carries::Tunnel:
      case Carries::Minimal:
        return joined(route, tunnelled.add(fragment));
      case Carries::Sealed:
        return Skipped::Ipsec;
      case Carries::Compressed:
        return Skipped::Ipcomp;
      case Carries::Unknown:
        return Skipped::Tunnel;
      case Carries::Fragment:
      case Carries::Other:
        return Skipped::NotTcp;
    }
    return Skipped::NotTcp;
  }

  static bool may_be_tunnel(FrameView udp) noexcept { return udp.has(4) && tunnel_ports(udp.u16(0), udp.u16(2)); }

  /// Only the first piece tells the ports, and it need not come first: what cannot be told to be a tunnel is none.
  Decoded join_udp(const Route& route, const FragmentView& fragment) {
    tunnelled.lost().clear();
    auto added = tunnelled.add(fragment);
    const auto* why = std::get_if<Skipped>(&added);
    if (why == nullptr || *why != Skipped::LostFragments) return joined(route, added);
    const std::vector<LostDatagram>& lost = tunnelled.lost();
    const bool tunnel = !lost.empty() && tunnel_ports(lost.back().from_port, lost.back().to_port);
    return tunnel || fragment.offset == 0 ? Skipped::LostFragments : Skipped::NotTcp;
  }

  /// Of a tunnel the octets are copied: the fragments of what is in it may push out those of its own.
  Decoded joined(const Route& route, const std::variant<WholeView, Skipped>& added) {
    if (const auto* why = std::get_if<Skipped>(&added)) return *why;
    const auto& whole = std::get<WholeView>(added);
    Bytes bytes = whole.bytes;
    if (carries(whole.protocol) != Carries::Tcp) {
      copy.assign(bytes.begin(), bytes.end());
      bytes = copy;
    }
    Decoded decoded = transport(route, whole.protocol, {bytes, bytes.size()}, Joined::Yes);
    if (auto* segment = std::get_if<SegmentView>(&decoded)) segment->joined = true;
    return decoded;
  }

  Fragments fragments;
  /// Apart, for among them is what is no tunnel; and what is lost of them, the stream inside tells.
  Fragments tunnelled;
  std::vector<std::byte> copy;
};

Decoder::Decoder(const Limits* limits) : impl_(std::make_unique<Impl>(limits)) {}
Decoder::~Decoder() = default;

std::optional<Skipped> Decoder::decode(const PacketView& packet, SegmentView& segment) {
  if (plain(packet, segment)) {
    impl_->fragments.expire(packet.seen.time);
    return std::nullopt;
  }
  const Decoded decoded = decode(packet);
  if (const auto* why = std::get_if<Skipped>(&decoded)) return *why;
  segment = *std::get_if<SegmentView>(&decoded);
  return std::nullopt;
}

Decoded Decoder::decode(const PacketView& packet) {
  impl_->fragments.expire(packet.seen.time);
  impl_->tunnelled.expire(packet.seen.time);
  const std::size_t wire = std::max<std::size_t>(packet.wire_bytes, packet.bytes.size());
  const FrameView frame{packet.bytes, wire};
  return impl_->inside(packet.seen, frame, walk_link(packet.link, frame), 0);
}

std::vector<LostDatagram> Decoder::take_lost() {
  impl_->tunnelled.lost().clear();
  return std::exchange(impl_->fragments.lost(), {});
}

void Decoder::finish() { impl_->fragments.give_up_all(); }

}  // namespace mailseal
