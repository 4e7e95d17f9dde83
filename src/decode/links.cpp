// links: the first header of a frame, by its link type.
//
// Each is one function that says what follows it, in terms of EtherTypes; one table names them. What is between
// them and IP is shims.cpp; IEEE 802.11 is radio.cpp.
#include <array>

#include "headers.h"

namespace mailseal {

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

Walked typed_or_llc(FrameView f, std::size_t type_at, std::size_t header) noexcept {
  if (!f.has(header)) return f.lacks(header);
  constexpr std::uint16_t kLongest = 1500;
  return f.u16(type_at) <= kLongest ? llc(f.behind(header)) : typed(f, type_at, header);
}

Walked ethernet(FrameView f) noexcept { return typed_or_llc(f, 12, 14); }

namespace {

/// IEEE 802.1a: whose numbers, and one of them.
Walked snap(FrameView f) noexcept {
  if (!f.has(5)) return f.lacks(5);
  const std::uint32_t whose = f.u32(0) >> 8;
  const std::uint16_t number = f.u16(3);
  if (whose == 0 || whose == 0x0000f8) return NextView{number, f.behind(5)};  // 00-00-F8: RFC 1042 bridged
  constexpr std::uint32_t kBridged = 0x0080c2;                                // RFC 2427, RFC 2684
  if (whose != kBridged || (number != 1 && number != 7)) return Skipped::NotIp;
  constexpr std::array<std::size_t, 2> kPads{5 + 2, 5};  // two octets of padding on ATM
  return ethernet_behind_one_of(f, kPads);
}

}  // namespace

Walked nlpid(FrameView f) noexcept {
  if (!f.has(1)) return f.lacks(1);
  switch (f.u8(0)) {
    case 0xcc:
      return NextView{kIpv4, f.behind(1)};
    case 0x8e:
      return NextView{kIpv6, f.behind(1)};
    case 0xcf:
      return ppp_protocol(f.behind(1));
    case 0x80:
      return snap(f.behind(1));
    default:
      return Skipped::NotIp;
  }
}

Walked llc(FrameView f) noexcept {
  if (!f.has(3)) return f.lacks(3);
  const std::uint32_t saps = static_cast<std::uint32_t>(f.u16(0)) << 8 | f.u8(2);
  if (saps == 0x060603) return raw_ip(f.behind(3));
  if (saps == 0xfefe03) return nlpid(f.behind(3));
  return saps == 0xaaaa03 ? snap(f.behind(3)) : Walked{Skipped::NotIp};
}

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
    case 0x0031: {  // RFC 3518: flags, MAC type, padding told in the flags' low nibble
      if (!rest.has(2)) return rest.lacks(2);
      return rest.u8(1) == 1 ? surely_ethernet(rest.behind(2)) : Walked{Skipped::NotIp};
    }
    case 0x0053:  // RFC 1968, "encrypted datagram", and
    case 0x00fd:  // RFC 1962, "compressed datagram", of which MPPE (RFC 3078) is one
      return Skipped::EncryptedPpp;
    default:
      return Skipped::NotIp;  // LCP and its kin
  }
}

Walked ppp(FrameView f) noexcept {
  if (!f.has(2)) return f.lacks(2);
  const bool framed = f.u16(0) == 0xff03;  // RFC 1662 3.1
  return ppp_protocol(framed ? f.behind(2) : f);
}

/// Version and type, code, session, length; then PPP without framing. Here the link's length rules over IP's: some
/// access routers count padding into the latter.
Walked pppoe(FrameView f) noexcept {
  if (!f.has(6)) return f.lacks(6);
  FrameView rest = f.behind(6);
  rest.bounded = f.u16(4) <= rest.wire;
  if (rest.bounded) rest = rest.of_length(f.u16(4));
  return ppp_protocol(rest);
}

namespace {

Walked by_number(std::uint32_t, FrameView) noexcept;

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

Walked cisco_hdlc(FrameView f) noexcept { return typed(f, 2, 4); }

/// "PPP in HDLC-like framing, or Cisco PPP with HDLC framing" (LINKTYPE_PPP_HDLC).
Walked ppp_or_cisco(FrameView f) noexcept {
  if (!f.has(1)) return f.lacks(1);
  return f.u8(0) == 0x0f || f.u8(0) == 0x8f ? cisco_hdlc(f) : ppp(f);
}

/// Of pppd: where the address was, the direction stands.
Walked pppd(FrameView f) noexcept {
  if (!f.has(2)) return f.lacks(2);
  return f.u8(1) == 0x03 ? ppp_protocol(f.behind(2)) : ppp(f.behind(1));
}

/// Q.922: an address whose last octet is odd; then RFC 2427, or Cisco's own EtherType.
Walked frame_relay(FrameView f) noexcept {
  std::size_t address = 1;
  for (; address <= 4; ++address) {
    if (!f.has(address)) return f.lacks(address);
    if ((f.u8(address - 1) & 1) != 0) break;
  }
  if (!f.has(address + 2)) return f.lacks(address + 2);
  constexpr std::uint8_t kUnnumbered = 0x03;
  if (f.u8(address) != kUnnumbered) return typed(f, address, address + 2);
  const bool padded = f.u8(address + 1) == 0;
  return nlpid(f.behind(address + (padded ? 2 : 1)));
}

/// A direction in the first octet (LINKTYPE_..._WITH_DIR), or what else is `n` octets.
template <std::size_t n, Walk walk>
Walked behind(FrameView f) noexcept {
  return f.has(n) ? walk(f.behind(n)) : f.lacks(n);
}

/// `n` octets, then an EtherType; what stands between a MAC header and its type is a switch's own tag.
template <std::size_t n>
Walked typed_at(FrameView f) noexcept {
  return typed_or_llc(f, n, n + 2);
}

/// RFC 4391 section 6: type and two octets more, behind InfiniBand's address.
Walked ipoib(FrameView f) noexcept { return typed(f, 40, 44); }

/// IEEE 802.5: access control, frame control, addresses, a route where the source's first bit says so.
Walked token_ring(FrameView f) noexcept {
  constexpr std::size_t kHeader = 14;
  if (!f.has(kHeader)) return f.lacks(kHeader);
  if (f.u8(1) >> 6 != 1) return Skipped::NotIp;
  if ((f.u8(8) & 0x80) == 0) return llc(f.behind(kHeader));
  if (!f.has(kHeader + 1)) return f.lacks(kHeader + 1);
  const std::size_t header = kHeader + (f.u8(kHeader) & 0x1f);
  return f.has(header) ? llc(f.behind(header)) : f.lacks(header);
}

/// ANSI X3T9.5: frame control, addresses; asynchronous LLC frames only. Some write three octets of padding before it.
Walked fddi(FrameView f) noexcept {
  constexpr std::size_t kHeader = 13, kPadding = 3;
  if (!f.has(kHeader)) return f.lacks(kHeader);
  const auto is_llc = [](std::uint8_t control) { return (control & 0xf0) == 0x50; };
  if (is_llc(f.u8(0))) return llc(f.behind(kHeader));
  if (!f.has(kHeader + kPadding)) return f.lacks(kHeader + kPadding);
  return f.u16(0) == 0 && is_llc(f.u8(kPadding)) ? llc(f.behind(kHeader + kPadding)) : Walked{Skipped::NotIp};
}

/// RFC 1201 (with a split flag and a number; fragments are not joined) and RFC 1051.
Walked arcnet(FrameView f, std::size_t type_at) noexcept {
  constexpr std::uint8_t kIp = 212, kOldIp = 240;
  const std::size_t header = type_at + 1;
  if (!f.has(header + 3)) return f.lacks(header + 3);
  const std::uint8_t type = f.u8(type_at);
  if (type == kOldIp) return NextView{kIpv4, f.behind(header)};
  if (type != kIp) return Skipped::NotIp;
  return f.u8(header) == 0 ? Walked{NextView{kIpv4, f.behind(header + 3)}} : Walked{Skipped::LostFragments};
}
Walked arcnet_bsd(FrameView f) noexcept { return arcnet(f, 2); }
Walked arcnet_linux(FrameView f) noexcept { return arcnet(f, 4); }

/// IP, or 802.2 before it.
Walked llc_or_ip(FrameView f) noexcept {
  if (!f.has(1)) return f.lacks(1);
  const unsigned nibble = f.u8(0) >> 4;
  return nibble == 4 || nibble == 6 ? raw_ip(f) : llc(f);
}

/// SunATM: what it carries in the low nibble, VPI, VCI.
Walked sun_atm(FrameView f) noexcept {
  constexpr std::size_t kHeader = 4, kLaneClient = 2;
  constexpr unsigned kLane = 1, kLlc = 2;
  if (!f.has(kHeader + kLaneClient)) return f.lacks(kHeader + kLaneClient);
  const unsigned what = f.u8(0) & 0x0f;
  if (what == kLlc) return llc(f.behind(kHeader));
  return what == kLane ? ethernet(f.behind(kHeader + kLaneClient)) : Walked{Skipped::NotIp};
}

/// Of the BSDs' packet filter: a length without its padding, the family. No bit says more than IP's own nibble.
Walked pf_log(FrameView f) noexcept {
  if (!f.has(1)) return f.lacks(1);
  const std::size_t header = (f.u8(0) + std::size_t{3}) & ~std::size_t{3};
  if (header == 0) return Skipped::BadHeader;
  return f.has(header) ? raw_ip(f.behind(header)) : f.lacks(header);
}

/// Linux's netfilter log: family, version, resource, then values with length and type in the machine's byte order; the
/// packet is one of them.
Walked nf_log(FrameView f) noexcept {
  if (!f.has(4)) return f.lacks(4);
  constexpr std::uint16_t kPacket = 9, kHighestType = 0xff, kShortest = 4;
  f = f.behind(4);
  while (f.has(kShortest)) {
    const bool little = f.u16(2) > kHighestType;
    const std::size_t length = little ? f.le16(0) : f.u16(0);
    if (length < kShortest) return Skipped::BadHeader;
    if ((little ? f.le16(2) : f.u16(2)) == kPacket)
      return raw_ip(f.of_length(std::min(length, f.wire)).behind(kShortest));
    const std::size_t padded = (length + 3) & ~std::size_t{3};
    if (!f.has(padded)) return f.lacks(padded);
    f = f.behind(padded);
  }
  return f.wire >= kShortest ? Skipped::Truncated : Skipped::NotIp;
}

/// Per-packet information: version, flags, its length, the link type of the rest.
Walked ppi(FrameView f) noexcept {
  if (!f.has(8)) return f.lacks(8);
  const std::size_t header = f.le16(2);
  if (header < 8) return Skipped::BadHeader;
  return f.has(header) ? by_number(f.le32(4), f.behind(header)) : f.lacks(header);
}

/// Apple's: its length, what kind of record, the link type of the rest.
Walked pktap(FrameView f) noexcept {
  constexpr std::uint32_t kPacket = 1;
  constexpr std::size_t kShortest = 12;
  if (!f.has(kShortest)) return f.lacks(kShortest);
  const std::size_t header = f.le32(0);
  if (header < kShortest) return Skipped::BadHeader;
  if (f.le32(4) != kPacket) return Skipped::NotIp;
  return f.has(header) ? by_number(f.le32(8), f.behind(header)) : f.lacks(header);
}

/// Endace's cards: a time, type, flags, lengths; extensions of eight octets each while a first bit says so.
Walked erf(FrameView f) noexcept {
  std::size_t header = 16;
  if (!f.has(header)) return f.lacks(header);
  bool more = (f.u8(8) & 0x80) != 0;
  const unsigned type = f.u8(8) & 0x7f;
  const FrameView told = f.of_length(std::min<std::size_t>(f.wire, f.u16(10)));
  while (more) {
    if (!told.has(header + 8)) return told.lacks(header + 8);
    more = (told.u8(header) & 0x80) != 0;
    header += 8;
  }
  const FrameView rest = told.has(header) ? told.behind(header) : FrameView{{}, 0};
  switch (type) {
    case 1:   // HDLC_POS
    case 10:  // with a color
    case 15:  // of another card
    case 17:
      return ppp_or_cisco(rest);
    case 2:   // ETH, behind an offset and a pad
    case 11:  // likewise
    case 16:
    case 20:
      return behind<2, ethernet>(rest);
    case 22:  // IPV4
    case 23:  // IPV6
      return raw_ip(rest);
    default:
      return Skipped::UnknownLink;
  }
}

/// DOCSIS: what the frame is, an extended header's length, the length of all; the header's checksum; then Ethernet.
Walked docsis(FrameView f) noexcept {
  constexpr std::size_t kHeader = 4, kCheck = 2;
  if (!f.has(kHeader)) return f.lacks(kHeader);
  constexpr unsigned kKind = 0xfe, kPacket = 0, kIsolated = 2, kExtended = 1;  // FC_TYPE and FC_PARM
  const unsigned kind = f.u8(0) & kKind;
  if (kind != kPacket && kind != kIsolated) return Skipped::NotIp;
  const std::size_t extended = (f.u8(0) & kExtended) != 0 ? f.u8(1) : 0;
  if (!f.has(kHeader + extended + kCheck)) return f.lacks(kHeader + extended + kCheck);
  return surely_ethernet(f.behind(kHeader + extended + kCheck));
}

/// Juniper's: "MGC", flags, extensions; without its link's header a number that says IP.
template <Walk walk>
Walked juniper(FrameView f) noexcept {
  if (!f.has(6)) return f.lacks(6);
  if (f.u32(0) >> 8 != 0x4d4743) return Skipped::BadHeader;
  constexpr unsigned kExtended = 0x80, kNoLink = 0x02;
  const std::size_t header = (f.u8(3) & kExtended) != 0 ? std::size_t{6} + f.u16(4) : 4;
  if (!f.has(header)) return f.lacks(header);
  if ((f.u8(3) & kNoLink) == 0) return walk(f.behind(header));
  return behind<4, raw_ip>(f.behind(header));
}

// To add a link type: one function above, one row here, one line in tests/decode.
struct Link {
  std::uint32_t number;  // tcpdump.org/linktypes.html
  Walk walk;
  std::size_t shortest;  // of its header
};
constexpr std::array kLinks{
    Link{1, ethernet, 14},                 // EN10MB
    Link{113, linux_sll, 16},              // LINUX_SLL
    Link{276, linux_sll2, 20},             // LINUX_SLL2
    Link{101, raw_ip, 0},                  // RAW
    Link{228, raw_ip, 0},                  // IPV4
    Link{229, raw_ip, 0},                  // IPV6
    Link{12, raw_ip, 0},                   // DLT_RAW, as some write it
    Link{14, raw_ip, 0},                   // likewise, of OpenBSD
    Link{0, null_or_loop, 4},              // NULL
    Link{108, null_or_loop, 4},            // LOOP
    Link{109, behind<12, raw_ip>, 12},     // ENC: OpenBSD's and FreeBSD's view of IPsec, decrypted
    Link{117, pf_log, 4},                  // PFLOG
    Link{239, nf_log, 4},                  // NFLOG
    Link{226, behind<24, raw_ip>, 24},     // IPNET, Solaris
    Link{258, pktap, 12},                  // PKTAP
    Link{149, pktap, 12},                  // USER2, as Apple's tcpdump wrote it
    Link{9, ppp, 1},                       // PPP
    Link{50, ppp_or_cisco, 1},             // PPP_HDLC
    Link{51, pppoe, 6},                    // PPP_ETHER
    Link{166, pppd, 2},                    // PPP_PPPD
    Link{204, behind<1, ppp>, 2},          // PPP_WITH_DIR
    Link{104, cisco_hdlc, 4},              // C_HDLC
    Link{205, behind<1, cisco_hdlc>, 5},   // C_HDLC_WITH_DIR
    Link{107, frame_relay, 3},             // FRELAY
    Link{206, behind<1, frame_relay>, 4},  // FRELAY_WITH_DIR
    Link{105, wifi, 10},                   // IEEE802_11
    Link{127, radiotap, 8},                // IEEE802_11_RADIOTAP
    Link{119, prism, 64},                  // IEEE802_11_PRISM
    Link{163, avs, 64},                    // IEEE802_11_AVS
    Link{192, ppi, 8},                     // PPI
    Link{240, behind<4, ethernet>, 18},    // NETANALYZER
    Link{241, behind<12, ethernet>, 26},   // NETANALYZER_TRANSPARENT, with the preamble
    Link{274, behind<8, ethernet>, 22},    // ETHERNET_MPACKET, express ones
    Link{197, erf, 16},                    // ERF
    Link{242, ipoib, 44},                  // IPOIB
    Link{138, typed_at<16>, 18},           // APPLE_IP_OVER_IEEE1394
    Link{122, behind<16, llc>, 16},        // IP_OVER_FC
    Link{281, typed_at<16>, 18},           // DSA_TAG_BRCM
    Link{282, behind<4, ethernet>, 18},    // DSA_TAG_BRCM_PREPEND
    Link{284, typed_at<16>, 18},           // DSA_TAG_DSA
    Link{285, typed_at<20>, 22},           // DSA_TAG_EDSA
    Link{6, token_ring, 14},               // IEEE802_5
    Link{10, fddi, 13},                    // FDDI
    Link{7, arcnet_bsd, 3},                // ARCNET_BSD
    Link{129, arcnet_linux, 5},            // ARCNET_LINUX
    Link{100, llc_or_ip, 0},               // ATM_RFC1483
    Link{11, llc_or_ip, 0},                // DLT_ATM_RFC1483, as some write it
    Link{106, llc_or_ip, 0},               // ATM_CLIP
    Link{123, sun_atm, 4},                 // SUNATM
    Link{143, docsis, 6},                  // DOCSIS
    Link{178, juniper<ethernet>, 4},       // JUNIPER_ETHER
    Link{179, juniper<ppp>, 4},            // JUNIPER_PPP
    Link{180, juniper<frame_relay>, 4},    // JUNIPER_FRELAY
    Link{181, juniper<cisco_hdlc>, 4},     // JUNIPER_CHDLC
};

const Link* link_of(std::uint32_t number) noexcept {
  const auto* link = std::find_if(kLinks.begin(), kLinks.end(), [&](const Link& l) { return l.number == number; });
  return link == kLinks.end() ? nullptr : link;
}

/// A link that another's header names; not one that names another again.
Walked by_number(std::uint32_t number, FrameView f) noexcept {
  const Link* link = link_of(number);
  return link == nullptr || link->walk == ppi || link->walk == pktap ? Walked{Skipped::UnknownLink} : link->walk(f);
}

}  // namespace

std::size_t shortest_header(LinkType link) noexcept {
  const Link* row = link_of(static_cast<std::uint32_t>(link));
  return row == nullptr ? 0 : row->shortest;
}

Walked walk_link(LinkType link, FrameView frame) noexcept {
  const Link* row = link_of(static_cast<std::uint32_t>(link));
  return row == nullptr ? Walked{Skipped::UnknownLink} : walk_shims(row->walk(frame));
}

}  // namespace mailseal
