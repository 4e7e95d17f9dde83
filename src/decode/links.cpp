// links: from the first octet of a frame to the IP header: link types, tags, shims.
//
// Each header is one function that says what follows it, in terms of EtherTypes; two
// tables name them. Lengths inside link headers are not looked at, PPPoE's excepted: the IP length rules.
#include <array>

#include "frame.h"

namespace mailseal {
namespace {

constexpr std::uint16_t kMpls = 0x8847;
constexpr std::size_t kDeepest = 16;  // tags and shims on one frame; more is no traffic but an attack

/// IP by its own first nibble.
Walked raw_ip(FrameView f) noexcept {
  if (!f.has(1)) return f.lacks(1);
  switch (f.u8(0) >> 4) {
    case 4:
      return NextView{kIpv4, f};
    case 6:
      return NextView{kIpv6, f};
    default:
      return Skipped::NotIp;
  }
}

Walked typed(FrameView f, std::size_t type_at, std::size_t header) noexcept {
  if (!f.has(header)) return f.lacks(header);
  return NextView{f.u16(type_at), f.behind(header)};
}

/// IEEE 802.2: IP behind SNAP (RFC 1042) or, rarely, behind its own SAP.
Walked llc(FrameView f) noexcept {
  if (!f.has(3)) return f.lacks(3);
  if (f.u8(0) == 0x06 && f.u8(1) == 0x06 && f.u8(2) == 0x03) return raw_ip(f.behind(3));
  if (f.u8(0) != 0xaa || f.u8(1) != 0xaa || f.u8(2) != 0x03) return Skipped::NotIp;
  if (!f.has(8)) return f.lacks(8);
  if (f.u16(3) != 0 || (f.u8(5) != 0 && f.u8(5) != 0xf8))
    return Skipped::NotIp;  // others' numbers (00-00-F8: RFC 1042 bridged)
  return NextView{f.u16(6), f.behind(8)};
}

/// "Values of 1500 and below: Length, not Type" (IEEE 802.3 3.2.6).
Walked typed_or_llc(FrameView f, std::size_t type_at, std::size_t header) noexcept {
  if (!f.has(header)) return f.lacks(header);
  constexpr std::uint16_t kLongest = 1500;
  return f.u16(type_at) <= kLongest ? llc(f.behind(header)) : typed(f, type_at, header);
}

Walked ethernet(FrameView f) noexcept { return typed_or_llc(f, 12, 14); }

/// Linux cooked, v1 and v2: "any" and ports without an Ethernet header. Protocol 4 is 802.2.
Walked cooked(FrameView f, std::size_t type_at, std::size_t header) noexcept {
  if (!f.has(header)) return f.lacks(header);
  return f.u16(type_at) == 0x0004 ? llc(f.behind(header)) : typed(f, type_at, header);
}
Walked linux_sll(FrameView f) noexcept { return cooked(f, 14, 16); }
Walked linux_sll2(FrameView f) noexcept { return cooked(f, 0, 20); }

/// BSD's loopback: the address family in the byte order of the machine, or of the network (LOOP).
Walked null_or_loop(FrameView f) noexcept {
  if (!f.has(4)) return f.lacks(4);
  std::uint32_t family = f.u32(0);
  if (family > 0xffff) family = __builtin_bswap32(family);
  switch (family) {
    case 2:
      return NextView{kIpv4, f.behind(4)};
    case 10:  // Linux
    case 23:  // Windows
    case 24:  // NetBSD, OpenBSD
    case 28:  // FreeBSD
    case 30:
      return NextView{kIpv6, f.behind(4)};  // macOS
    default:
      return Skipped::NotIp;
  }
}

/// The protocol field of PPP, one octet when compressed (RFC 1661 6.5), and its EtherType.
Walked ppp_protocol(FrameView f) noexcept {
  if (!f.has(1)) return f.lacks(1);
  const bool compressed = (f.u8(0) & 1) != 0;
  const std::size_t length = compressed ? 1 : 2;
  if (!f.has(length)) return f.lacks(length);
  const std::uint16_t protocol = compressed ? f.u8(0) : f.u16(0);
  const FrameView rest = f.behind(length);
  switch (protocol) {
    case 0x0021:
      return NextView{kIpv4, rest};
    case 0x0057:
      return NextView{kIpv6, rest};
    case 0x0281:
      return NextView{kMpls, rest};
    default:
      return Skipped::NotIp;  // LCP and its kin; also compressed or encrypted PPP
  }
}

Walked ppp(FrameView f) noexcept {
  if (!f.has(2)) return f.lacks(2);
  const bool framed = f.u16(0) == 0xff03;  // RFC 1662 3.1
  return ppp_protocol(framed ? f.behind(2) : f);
}

Walked cisco_hdlc(FrameView f) noexcept { return typed(f, 2, 4); }

/// "PPP in HDLC-like framing, or Cisco PPP with HDLC framing" (LINKTYPE_PPP_HDLC).
Walked ppp_or_cisco(FrameView f) noexcept {
  if (!f.has(1)) return f.lacks(1);
  return f.u8(0) == 0x0f || f.u8(0) == 0x8f ? cisco_hdlc(f) : ppp(f);
}

// To add a link type: one function above, one row here, one line in tests/decode.
struct Link {
  std::uint32_t number;  // tcpdump.org/linktypes.html
  Walked (*walk)(FrameView) noexcept;
  std::size_t shortest;  // of its header
};
constexpr std::array kLinks{
    Link{1, ethernet, 14},       // EN10MB
    Link{113, linux_sll, 16},    // LINUX_SLL
    Link{276, linux_sll2, 20},   // LINUX_SLL2
    Link{101, raw_ip, 0},        // RAW
    Link{228, raw_ip, 0},        // IPV4
    Link{229, raw_ip, 0},        // IPV6
    Link{12, raw_ip, 0},         // DLT_RAW, as some write it
    Link{14, raw_ip, 0},         // likewise, of OpenBSD
    Link{0, null_or_loop, 4},    // NULL
    Link{108, null_or_loop, 4},  // LOOP
    Link{9, ppp, 1},             // PPP
    Link{50, ppp_or_cisco, 1},   // PPP_HDLC
    Link{104, cisco_hdlc, 4},    // C_HDLC
};

/// IEEE 802.1Q: two octets of tag, then what follows, which may be an 802.3 length.
Walked vlan(FrameView f) noexcept { return typed_or_llc(f, 2, 4); }

/// RFC 2516 section 4: version and type, code, session, length; then PPP without framing.
/// Here the link's length rules over IP's: some access routers count padding into the latter.
Walked pppoe(FrameView f) noexcept {
  if (!f.has(6)) return f.lacks(6);
  FrameView rest = f.behind(6);
  rest.bounded = f.u16(4) <= rest.wire;
  if (rest.bounded) rest = rest.of_length(f.u16(4));
  return ppp_protocol(rest);
}

/// RFC 3032: labels of four octets, the last with its bottom bit set. What follows is not
/// told; IP shows by its nibble, a pseudowire by a nibble of 0 (RFC 4385 section 3).
Walked mpls(FrameView f) noexcept {
  if (!f.has(4)) return f.lacks(4);
  const bool bottom = (f.u8(2) & 1) != 0;
  const FrameView rest = f.behind(4);
  if (!bottom) return NextView{kMpls, rest};
  const Walked ip = raw_ip(rest);
  const auto* why = std::get_if<Skipped>(&ip);
  return why != nullptr && *why == Skipped::NotIp ? Walked{Skipped::Tunnel} : ip;
}

/// IEEE 802.1AE section 9: MACsec. What is only signed can be read; what is encrypted cannot.
Walked macsec(FrameView f) noexcept {
  constexpr unsigned kEncrypted = 0x0c, kScIncluded = 0x20;
  if (!f.has(1)) return f.lacks(1);
  if ((f.u8(0) & kEncrypted) != 0) return Skipped::Tunnel;
  const std::size_t tag = (f.u8(0) & kScIncluded) != 0 ? 14 : 6;
  return typed_or_llc(f, tag, tag + 2);
}

/// Cisco's metadata (security group tags): version, length in words behind it, options.
Walked cisco_metadata(FrameView f) noexcept {
  if (!f.has(2)) return f.lacks(2);
  const std::size_t header = 2 + std::size_t{4} * f.u8(1);
  return typed_or_llc(f, header, header + 2);
}

/// RFC 6325 section 3: options are counted in words; then a frame of its own.
Walked trill(FrameView f) noexcept {
  if (!f.has(6)) return f.lacks(6);
  const std::size_t header = 6 + std::size_t{4} * (f.u16(0) >> 6 & 0x1f);
  return f.has(header) ? ethernet(f.behind(header)) : f.lacks(header);
}

/// RFC 8300 section 2: the length of all of it is in words.
Walked nsh(FrameView f) noexcept {
  if (!f.has(8)) return f.lacks(8);
  const std::size_t header = std::size_t{4} * (f.u8(1) & 0x3f);
  if (header < 8) return Skipped::BadHeader;
  if (!f.has(header)) return f.lacks(header);
  switch (f.u8(3)) {
    case 1:
      return NextView{kIpv4, f.behind(header)};
    case 2:
      return NextView{kIpv6, f.behind(header)};
    case 3:
      return ethernet(f.behind(header));
    default:
      return Skipped::Tunnel;
  }
}

/// A frame of its own behind `tag` octets.
template <std::size_t tag>
Walked framed(FrameView f) noexcept {
  return f.has(tag) ? ethernet(f.behind(tag)) : f.lacks(tag);
}

/// `tag` octets, then the EtherType of what follows.
template <std::size_t tag>
Walked tagged(FrameView f) noexcept {
  return typed_or_llc(f, tag, tag + 2);
}

// To add a tag, a shim or a tunnel below IP: one function above, one row here.
struct Shim {
  std::uint16_t type;
  Walked (*walk)(FrameView) noexcept;
};
constexpr std::array kShims{
    Shim{0x8100, vlan},       // 802.1Q
    Shim{0x88a8, vlan},       // 802.1ad
    Shim{0x9100, vlan},       // stacked tags before 802.1ad
    Shim{0x9200, vlan},       //
    Shim{0x9300, vlan},       //
    Shim{0x8864, pppoe},      // session; discovery carries no IP
    Shim{kMpls, mpls},        //
    Shim{0x8848, mpls},       // with upstream-assigned labels
    Shim{0x88e5, macsec},     //
    Shim{0x88e7, framed<4>},  // 802.1ah, MAC in MAC
    Shim{0x8903, framed<2>},  // FabricPath
    Shim{0x8909, cisco_metadata},
    Shim{0x8926, tagged<4>},  // VN-Tag
    Shim{0x892f, tagged<4>},  // HSR (IEC 62439-3); PRP has a trailer, which IP's length leaves out
    Shim{0x893f, tagged<6>},  // 802.1BR
    Shim{0x894f, nsh},        //
    Shim{0x22f3, trill},      //
};

}  // namespace

std::size_t shortest_header(LinkType link) noexcept {
  for (const Link& row : kLinks)
    if (LinkType{row.number} == link) return row.shortest;
  return 0;
}

Walked walk_link(LinkType link, FrameView frame) noexcept {
  Walked at = Skipped::UnknownLink;
  for (const Link& row : kLinks) {
    if (LinkType{row.number} != link) continue;
    at = row.walk(frame);
    break;
  }
  for (std::size_t depth = 0; depth < kDeepest; ++depth) {
    const auto* next = std::get_if<NextView>(&at);
    if (next == nullptr || next->type == kIpv4 || next->type == kIpv6) return at;
    const auto* shim = std::find_if(kShims.begin(), kShims.end(), [&](const Shim& s) { return s.type == next->type; });
    if (shim == kShims.end()) return Skipped::NotIp;
    at = shim->walk(next->rest);
  }
  return Skipped::Tunnel;
}

}  // namespace mailseal
