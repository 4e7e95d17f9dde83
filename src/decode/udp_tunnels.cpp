// udp_tunnels: tunnels over UDP, by port and by what they hold.
//
// A port is no proof: whoever asks a well-known service may come from it. So a header must be one that the tunnel
// has, or the datagram is no tunnel (NotTcp); and where the header is, but what is inside is not what it says, the
// datagram is counted (Tunnel), for mail may be in it.
#include <array>

#include "headers.h"
#include "tunnels.h"

namespace mailseal {
namespace {

constexpr Skipped kNone = Skipped::NotTcp;

/// RFC 7348: a flag, a network's number; the rest is reserved, but used by some, who must then hold IP.
Walked vxlan(FrameView f) noexcept {
  constexpr unsigned kNetwork = 0x08, kGroupPolicy = 0x80;
  if (!f.has(8)) return f.lacks(8);
  if ((f.u8(0) & kNetwork) == 0) return kNone;
  const bool exact = (f.u8(0) & ~(kNetwork | kGroupPolicy)) == 0 && f.u8(7) == 0 && f.u8(1) == 0;
  const Walked frame = surely_ethernet(f.behind(8));
  return exact || leads_to_ip(frame) ? frame : kNone;
}

/// draft-ietf-nvo3-vxlan-gpe: with a flag, a number of what follows.
Walked vxlan_gpe(FrameView f) noexcept {
  constexpr unsigned kReserved = 0xc2, kNetwork = 0x08, kNext = 0x04;
  if (!f.has(8)) return f.lacks(8);
  if ((f.u8(0) & kReserved) != 0 || (f.u8(0) & (kNetwork | kNext)) == 0) return kNone;
  if (f.u16(1) != 0 || f.u8(7) != 0) return kNone;
  const FrameView rest = f.behind(8);
  if ((f.u8(0) & kNext) == 0) return surely_ethernet(rest);
  switch (f.u8(3)) {
    case 1:
      return NextView{kIpv4, rest};
    case 2:
      return NextView{kIpv6, rest};
    case 3:
      return surely_ethernet(rest);
    case 4:
      return NextView{0x894f, rest};
    case 5:
      return NextView{kMpls, rest};
    default:
      return Skipped::Tunnel;
  }
}

/// RFC 8926 3.4: version 0, length of the options in words, flags, an EtherType, a network's number.
Walked geneve(FrameView f) noexcept {
  constexpr unsigned kVersion = 0xc0, kLength = 0x3f, kReserved = 0x3f;
  if (!f.has(8)) return f.lacks(8);
  if ((f.u8(0) & kVersion) != 0 || (f.u8(1) & kReserved) != 0 || f.u8(7) != 0) return kNone;
  const std::size_t header = 8 + std::size_t{4} * (f.u8(0) & kLength);
  if (header > f.wire) return kNone;
  if (!f.has(header)) return f.lacks(header);
  const FrameView rest = f.behind(header);
  return f.u16(2) == kEthernetWithin ? surely_ethernet(rest) : NextView{f.u16(2), rest};
}

/// 3GPP TS 29.281 5: version 1, three flags that add four octets, extensions in words that name the next.
Walked gtp(FrameView f) noexcept {
  constexpr unsigned kVersion = 0xf0, kVersion1 = 0x30, kExtension = 0x04, kAny = 0x07;
  constexpr std::uint8_t kPacket = 255;
  if (!f.has(8)) return f.lacks(8);
  if ((f.u8(0) & kVersion) != kVersion1 || f.u8(1) != kPacket || f.u16(2) > f.wire - 8) return kNone;
  std::size_t header = (f.u8(0) & kAny) != 0 ? 12 : 8;
  if (!f.has(header)) return f.lacks(header);
  bool more = (f.u8(0) & kExtension) != 0 && f.u8(11) != 0;
  while (more) {
    if (!f.has(header + 1)) return f.lacks(header + 1);
    const std::size_t length = std::size_t{4} * f.u8(header);
    if (length == 0) return kNone;
    header += length;
    if (!f.has(header)) return f.lacks(header);
    more = f.u8(header - 1) != 0;
  }
  const FrameView rest = f.behind(header);
  const Walked ip = raw_ip(rest);
  return std::holds_alternative<NextView>(ip) ? ip : surely_ethernet(rest);
}

/// TaZmen's sniffer protocol: version, type, of what link; then tagged fields to a last one.
Walked tzsp(FrameView f) noexcept {
  constexpr std::uint8_t kPadding = 0, kEnd = 1;
  if (!f.has(5)) return f.lacks(5);
  if (f.u8(0) != 1 || f.u8(1) > 1) return kNone;
  const std::uint16_t link = f.u16(2);
  f = f.behind(4);
  for (;;) {
    if (!f.has(2)) return f.lacks(2);
    const std::uint8_t tag = f.u8(0);
    const std::size_t length = tag == kPadding || tag == kEnd ? 1 : std::size_t{2} + f.u8(1);
    if (!f.has(length)) return f.lacks(length);
    f = f.behind(length);
    if (tag == kEnd) break;
  }
  switch (link) {
    case 1:
      return surely_ethernet(f);
    case 18:
      return wifi(f);
    case 119:
      return prism(f);
    case 127:
      return avs(f);
    default:
      return Skipped::Tunnel;
  }
}

/// RFC 2661 3.1: data of version 2, which is PPP; version 3 has a session's number and a cookie.
Walked l2tp(FrameView f) noexcept {
  constexpr unsigned kControl = 0x8000, kLength = 0x4000, kSequence = 0x0800, kOffset = 0x0200, kReserved = 0x34f0;
  if (!f.has(8)) return f.lacks(8);
  const unsigned flags = f.u16(0), version = flags & 0x0f;
  if ((flags & kControl) != 0) return kNone;
  if (version == 3) return f.u32(0) == 0x00030000 ? l2tp3(f.behind(8)) : kNone;
  if (version != 2 || (flags & kReserved) != 0) return kNone;
  std::size_t header = 6;
  if ((flags & kLength) != 0) {
    if (f.u16(2) > f.wire) return kNone;
    header += 2;
  }
  if ((flags & kSequence) != 0) header += 4;
  if ((flags & kOffset) != 0) {
    if (!f.has(header + 2)) return f.lacks(header + 2);
    header += std::size_t{2} + f.u16(header);
  }
  return f.has(header) ? ppp(f.behind(header)) : f.lacks(header);
}

/// RFC 7510. Labels say nothing of themselves: only what leads to IP is believed.
Walked mpls_udp(FrameView f) noexcept {
  const Walked at = walk_shims(mpls(f));
  return leads_to_ip(at) ? at : kNone;
}

/// RFC 8086: as over IP; only what holds something that can be read is believed.
Walked gre_udp(FrameView f) noexcept {
  constexpr unsigned kReserved = 0x4fff;
  if (!f.has(4)) return f.lacks(4);
  return (f.u16(0) & kReserved) == 0 ? gre(f) : kNone;
}

/// RFC 4380 5.1.1: IPv6, alone or behind an authentication and an origin.
Walked teredo(FrameView f) noexcept {
  constexpr std::size_t kOrigin = 8, kFixed = 13;
  if (!f.has(2)) return f.lacks(2);
  if (f.u16(0) == 1) {
    if (!f.has(4)) return f.lacks(4);
    const std::size_t header = kFixed + f.u8(2) + f.u8(3);
    if (!f.has(header)) return f.lacks(header);
    f = f.behind(header);
  }
  if (f.has(kOrigin) && f.u16(0) == 0) f = f.behind(kOrigin);
  const NextView ip{kIpv6, f};
  return valid_ip(ip) ? ip : Walked{kNone};
}

/// draft-massar-v6ops-ayiya: lengths of identity and signature, then what an IP protocol says.
Walked ayiya(FrameView f) noexcept {
  constexpr std::uint8_t kForward = 1, kIp4 = 4, kIp6 = 41;
  if (!f.has(8)) return f.lacks(8);
  const std::size_t header = 8 + (std::size_t{1} << (f.u8(0) >> 4)) + std::size_t{4} * (f.u8(1) >> 4);
  if ((f.u8(2) & 0x0f) != kForward || (f.u8(3) != kIp4 && f.u8(3) != kIp6)) return kNone;
  if (!f.has(header)) return f.lacks(header);
  const NextView ip{f.u8(3) == kIp4 ? kIpv4 : kIpv6, f.behind(header)};
  return valid_ip(ip) ? ip : Walked{kNone};
}

/// RFC 9300 5.1: flags, a nonce, a number; then IP.
Walked lisp(FrameView f) noexcept {
  if (!f.has(9)) return f.lacks(9);
  const Walked ip = raw_ip(f.behind(8));
  return leads_to_ip(ip) ? ip : Walked{kNone};
}

/// RFC 5415 4: a preamble (1 is DTLS), the header's length in words, flags. What a radio sent, or Ethernet.
Walked capwap(FrameView f) noexcept {
  constexpr unsigned kNative = 0x0100, kFragment = 0x0080;
  if (!f.has(8)) return f.lacks(8);
  if (f.u8(0) != 0) return kNone;
  const std::size_t header = std::size_t{4} * (f.u8(1) >> 3);
  if (header < 8 || header > f.wire) return kNone;
  if ((f.u16(2) & kFragment) != 0) return Skipped::LostFragments;
  if (!f.has(header)) return f.lacks(header);
  return (f.u16(2) & kNative) != 0 ? wifi(f.behind(header)) : surely_ethernet(f.behind(header));
}

/// RFC 3948: an SPI, unless it is 0 (IKE) or one octet alone (keepalive).
Walked esp_udp(FrameView f) noexcept {
  constexpr std::uint32_t kReserved = 255;
  return f.has(4) && f.wire > 8 && f.u32(0) > kReserved ? Skipped::Ipsec : kNone;
}

/// The three kinds of a handshake by their lengths, data by its multiple of 16.
Walked wireguard(FrameView f) noexcept {
  if (!f.has(4) || (f.u32(0) & 0xffffff) != 0) return kNone;
  constexpr std::array<std::size_t, 4> kLengths{0, 148, 92, 64};
  const std::uint8_t kind = f.u8(0);
  const bool data = kind == 4 && f.wire >= 32 && f.wire % 16 == 0;
  return data || (kind >= 1 && kind <= 3 && f.wire == kLengths[kind]) ? Skipped::WireGuard : kNone;
}

/// What a packet is, in five bits: data in three forms. Its control packets carry none.
Walked openvpn(FrameView f) noexcept {
  constexpr unsigned kData1 = 6, kData2 = 9;
  if (!f.has(1)) return kNone;
  const unsigned what = f.u8(0) >> 3;
  return (what == kData1 || what == kData2) && f.wire > 24 ? Skipped::OpenVpn : kNone;
}

// To walk a tunnel over UDP: one function above, one row here.
struct Port {
  std::uint16_t number;
  std::string_view name;  ///< empty: what is inside of it is sealed
  Walk walk;
};
constexpr std::array kPorts{
    Port{4789, "VXLAN", vxlan},
    Port{8472, "VXLAN", vxlan},   // Linux's first
    Port{48879, "VXLAN", vxlan},  // Cisco ACI's
    Port{4790, "VXLAN-GPE", vxlan_gpe},
    Port{6081, "GENEVE", geneve},
    Port{2152, "GTP-U", gtp},
    Port{37008, "TZSP", tzsp},
    Port{1701, "L2TP", l2tp},
    Port{4754, "GRE", gre_udp},
    Port{6635, "MPLS", mpls_udp},
    Port{3544, "Teredo", teredo},
    Port{5072, "AYIYA", ayiya},
    Port{4341, "LISP", lisp},
    Port{5247, "CAPWAP", capwap},
    Port{4500, "", esp_udp},
    Port{51820, "", wireguard},
    Port{41641, "", wireguard},  // Tailscale's
    Port{1194, "", openvpn},
};

constexpr std::uint16_t kFirstFree = 1024;

}  // namespace

void each_udp_tunnel(const std::function<void(std::string_view)>& visit) {
  for (const Port& row : kPorts)
    if (!row.name.empty()) visit(row.name);
}

/// Not the random port of somebody who asks a well-known service.
bool tunnel_ports(std::uint16_t from, std::uint16_t to) noexcept {
  return std::any_of(kPorts.begin(), kPorts.end(), [&](const Port& port) {
    return (to == port.number && from >= kFirstFree) || (from == port.number && to >= kFirstFree);
  });
}

Walked walk_udp(FrameView f) noexcept {
  constexpr std::size_t kHeader = 8;
  if (!f.has(4)) return kNone;
  const std::uint16_t from = f.u16(0), to = f.u16(2);
  if (!tunnel_ports(from, to)) return kNone;
  if (!f.has(kHeader)) return f.lacks(kHeader);
  // 0 where the card was to fill it in
  if (f.u16(4) >= kHeader) f = f.of_length(std::min<std::size_t>(f.u16(4), f.wire));
  const FrameView inside = f.behind(kHeader);
  for (const Port& port : kPorts) {
    if (to != port.number && from != port.number) continue;
    Walked at = port.walk(inside);
    if (const auto* why = std::get_if<Skipped>(&at); why != nullptr && *why == kNone) continue;
    at = walk_shims(at);
    if (const auto* why = std::get_if<Skipped>(&at))
      return *why == Skipped::BadHeader || (*why == Skipped::NotIp && holds_tcp(inside)) ? Skipped::Tunnel : at;
    const NextView& next = std::get<NextView>(at);
    const std::size_t shortest = next.type == kIpv4 ? 20 : 40;
    if (!next.rest.has(shortest)) return next.rest.wire >= shortest ? Skipped::Truncated : Skipped::Tunnel;
    const unsigned version = next.rest.u8(0) >> 4;
    return version == (next.type == kIpv4 ? 4u : 6u) ? at : Walked{Skipped::Tunnel};
  }
  return kNone;
}

}  // namespace mailseal
