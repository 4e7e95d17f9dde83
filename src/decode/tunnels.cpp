// tunnels: what IP protocols carry that encapsulate: GRE and what is in it, IP in IP, Ethernet, MPLS, L2TPv3.
//
// One function per header, one table. What follows is told as an EtherType, so that tags, labels and ERSPAN inside
// are walked as they are on a wire (shims.cpp). Minimal encapsulation changes addresses and is in decode.cpp.
#include "tunnels.h"

#include <array>

#include "headers.h"

namespace mailseal {
namespace {

template <std::uint16_t type>
Walked carries_type(FrameView f) noexcept {
  return NextView{type, f};
}

/// RFC 1701's routing: entries of family, offset and length, until one is empty.
Walked behind_routing(FrameView f, std::uint16_t type) noexcept {
  for (;;) {
    if (!f.has(4)) return f.lacks(4);
    const std::size_t entry = std::size_t{4} + f.u8(3);
    const bool last = f.u16(0) == 0 && f.u8(3) == 0;
    if (!f.has(entry)) return f.lacks(entry);
    f = f.behind(entry);
    if (last) return NextView{type, f};
  }
}

/// RFC 3378: version 3 and nothing else, then a frame.
Walked ether_ip(FrameView f) noexcept {
  if (!f.has(2)) return f.lacks(2);
  return f.u8(0) == 0x30 ? surely_ethernet(f.behind(2)) : Walked{Skipped::Tunnel};
}

/// RFC 3931 4.1.1: a session that is not 0, which is control.
Walked l2tp3_ip(FrameView f) noexcept {
  if (!f.has(4)) return f.lacks(4);
  return f.u32(0) == 0 ? Walked{Skipped::NotTcp} : l2tp3(f.behind(4));
}

// To walk a tunnel over IP: its number in kProtocols (decode.cpp), a function above, a row here.
struct Tunnel {
  std::uint8_t protocol;
  std::string_view name;
  Walk walk;
};
constexpr std::array kTunnels{
    Tunnel{4, "IP in IP", carries_type<kIpv4>},
    Tunnel{41, "6in4", carries_type<kIpv6>},
    Tunnel{47, "GRE", gre},
    Tunnel{94, "IP in IP", carries_type<kIpv4>},
    Tunnel{97, "EtherIP", ether_ip},
    Tunnel{115, "L2TP", l2tp3_ip},
    Tunnel{137, "MPLS", carries_type<kMpls>},
    Tunnel{143, "SRv6", carries_type<kEthernetWithin>},
};

}  // namespace

/// RFC 2784, 2890 and, with routing, 1701; version 1 is PPTP's (RFC 2637) and MikroTik's. A field that is there is told
/// by its flag.
Walked gre(FrameView f) noexcept {
  constexpr unsigned kChecksum = 0x8000, kRouting = 0x4000, kKey = 0x2000, kSequence = 0x1000, kAck = 0x0080;
  if (!f.has(4)) return f.lacks(4);
  const unsigned flags = f.u16(0), version = flags & 7;
  const std::uint16_t type = f.u16(2);
  const auto four_if = [&](unsigned bits) { return std::size_t{(flags & bits) != 0 ? 4u : 0u}; };
  std::size_t header = 4 + four_if(kKey) + four_if(kSequence);
  if (version == 0) header += four_if(kChecksum | kRouting);
  if (version == 1) header += four_if(kAck);
  if (!f.has(header)) return f.lacks(header);
  const FrameView rest = f.behind(header);
  constexpr std::uint16_t kErspan = 0x88be, kMikrotik = 0x6400;
  if (version == 1) {
    if (type == kMikrotik) return surely_ethernet(rest);
    if (type != kPppWithin || (flags & kKey) == 0) return Skipped::Tunnel;
    return (flags & kSequence) != 0 ? NextView{kPppWithin, rest.of_length(std::min<std::size_t>(f.u16(4), rest.wire))}
                                    : Walked{Skipped::NotTcp};  // an acknowledgement
  }
  if (version != 0) return Skipped::Tunnel;
  if (type == 0) return Skipped::NotTcp;  // Cisco's keepalive
  if ((flags & kRouting) != 0) return behind_routing(rest, type);
  if (type == kErspan && (flags & kSequence) == 0) return surely_ethernet(rest);  // type I
  return NextView{type, rest};
}

/// Cookie and sublayer were agreed on elsewhere: what leads to IP tells their lengths. A frame, or IP over PPP.
Walked l2tp3(FrameView f) noexcept {
  constexpr std::array<std::size_t, 4> kCookieAndSublayer{0, 4, 8, 12};
  return ethernet_behind_one_of(f, kCookieAndSublayer);
}

void each_tunnel(const std::function<void(std::string_view)>& visit) {
  for (const Tunnel& row : kTunnels) visit(row.name);
}

Walked walk_tunnel(std::uint8_t protocol, FrameView f) noexcept {
  for (const Tunnel& row : kTunnels)
    if (row.protocol == protocol) return walk_shims(row.walk(f));
  return Skipped::Tunnel;
}

}  // namespace mailseal
