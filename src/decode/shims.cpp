// shims: what stands between the link's header and IP: tags, labels, frames in frames.
//
// Each header is one function that says what follows it, in terms of EtherTypes; one table names them.
// Lengths inside these headers are not looked at, PPPoE's excepted: the IP length rules.
#include <array>

#include "headers.h"

namespace mailseal {
namespace {

constexpr std::size_t kDeepest = 16;  // tags and shims on one frame; more is no traffic but an attack

/// The sum of an IPv4 header without options: all ones (RFC 1071), or not filled in.
bool sum_agrees(FrameView f) noexcept {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < 20; i += 2) sum += f.u16(i);
  return f.u16(10) == 0 || (sum & 0xffff) + (sum >> 16) == 0xffff;
}

/// IEEE 802.1Q: two octets of tag, then what follows, which may be an 802.3 length.
Walked vlan(FrameView f) noexcept { return typed_or_llc(f, 2, 4); }

/// IEEE 802.1AE section 9: MACsec. What is only signed can be read; what is encrypted cannot.
Walked macsec(FrameView f) noexcept {
  constexpr unsigned kEncrypted = 0x0c, kScIncluded = 0x20;
  if (!f.has(1)) return f.lacks(1);
  if ((f.u8(0) & kEncrypted) != 0) return Skipped::Macsec;
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
    case 5:
      return NextView{kMpls, f.behind(header)};
    default:
      return Skipped::Tunnel;
  }
}

/// ERSPAN type II (draft-foschiano-erspan 4.2). Type I has no header, which gre() knows by its number being missing.
Walked erspan2(FrameView f) noexcept {
  if (!f.has(8)) return f.lacks(8);
  return f.u8(0) >> 4 == 1 ? ethernet(f.behind(8)) : Walked{Skipped::Tunnel};
}

/// Type III (4.3): the last bit of its header says that a platform's subheader follows; "FT" what then.
Walked erspan3(FrameView f) noexcept {
  constexpr std::size_t kHeader = 12, kSubheader = 8;
  if (!f.has(kHeader)) return f.lacks(kHeader);
  if (f.u8(0) >> 4 != 2) return Skipped::Tunnel;
  const std::size_t header = kHeader + ((f.u8(11) & 1) != 0 ? kSubheader : 0);
  if (!f.has(header)) return f.lacks(header);
  constexpr unsigned kIpPacket = 2;
  return (f.u16(10) >> 10 & 0x1f) == kIpPacket ? raw_ip(f.behind(header)) : ethernet(f.behind(header));
}

/// WCCP's redirection (draft-wilson-wrec-wccp-v2 4.12.1): IP behind four octets, in its first version behind none.
Walked wccp(FrameView f) noexcept {
  if (!f.has(5)) return f.lacks(5);
  return raw_ip(f.u8(0) >> 4 == 4 || f.u8(0) >> 4 == 6 ? f : f.behind(4));
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

// To add a tag, a shim or what else an EtherType names: one function above, one row here.
struct Shim {
  std::uint16_t type;
  std::string_view name;
  Walk walk;
};
constexpr std::array kShims{
    Shim{0x8100, "VLAN", vlan},                      // 802.1Q
    Shim{0x88a8, "VLAN", vlan},                      // 802.1ad
    Shim{0x9100, "VLAN", vlan},                      // stacked tags before 802.1ad
    Shim{0x9200, "VLAN", vlan},                      //
    Shim{0x9300, "VLAN", vlan},                      //
    Shim{0x8864, "PPPoE", pppoe},                    // session; discovery carries no IP
    Shim{kMpls, "MPLS", mpls},                       //
    Shim{0x8848, "MPLS", mpls},                      // with upstream-assigned labels
    Shim{0x88e5, "signed MACsec", macsec},           //
    Shim{0x88e7, "MAC in MAC", framed<4>},           // 802.1ah, MAC in MAC
    Shim{0x8903, "FabricPath", framed<2>},           // FabricPath
    Shim{0x8909, "Cisco metadata", cisco_metadata},  //
    Shim{0x8926, "VN-Tag", tagged<4>},               // VN-Tag
    Shim{0x892f, "HSR", tagged<4>},      // HSR (IEC 62439-3); PRP has a trailer, which IP's length leaves out
    Shim{0x893f, "802.1BR", tagged<6>},  // 802.1BR
    Shim{0x894f, "NSH", nsh},            //
    Shim{0x22f3, "TRILL", trill},        //
    Shim{kEthernetWithin, "bridged Ethernet", ethernet},  // bridged, in GRE, Geneve and the like
    Shim{kPppWithin, "PPP", ppp},                         //
    Shim{0x88be, "ERSPAN", erspan2},                      //
    Shim{0x22eb, "ERSPAN", erspan3},                      //
    Shim{0x883e, "WCCP", wccp},                           //
};

// That carry no IP: ARP, RARP, PPPoE's discovery, LACP and OAM, 802.1X, LLDP, CFM, loops.
constexpr std::array<std::uint16_t, 8> kOthers{0x0806, 0x8035, 0x8863, 0x8809, 0x888e, 0x88cc, 0x8902, 0x9000};

const Shim* shim_of(std::uint16_t type) noexcept {
  const auto* shim = std::find_if(kShims.begin(), kShims.end(), [&](const Shim& s) { return s.type == type; });
  return shim == kShims.end() ? nullptr : shim;
}

}  // namespace

void each_shim(const std::function<void(std::string_view)>& visit) {
  for (const Shim& row : kShims) visit(row.name);
}

/// RFC 3032: labels of four octets, the last with its bottom bit set. What follows is not told. IP shows by its
/// nibble (RFC 4928), unless that is the first of a MAC address; a pseudowire by what its frame leads to, its
/// control word by a nibble of 0 (RFC 4385 section 3), which it may do without.
Walked mpls(FrameView f) noexcept {
  if (!f.has(4)) return f.lacks(4);
  const bool bottom = (f.u8(2) & 1) != 0;
  const FrameView rest = f.behind(4);
  if (!bottom) return NextView{kMpls, rest};
  if (!rest.has(1)) return rest.lacks(1);
  const Walked ip = raw_ip(rest);
  const auto* next = std::get_if<NextView>(&ip);
  if (next != nullptr && (next->type == kIpv6 || rest.u8(0) != 0x45 || (rest.has(20) && sum_agrees(rest)))) {
    if (valid_ip(*next)) return ip;
  }
  constexpr std::array<std::size_t, 2> kControlWordOrNone{4, 0};
  const Walked wire = ethernet_behind_one_of(rest, kControlWordOrNone);
  if (std::holds_alternative<NextView>(wire)) return wire;
  if (next != nullptr) return ip;
  return rest.u8(0) >> 4 == 0 && rest.has(4) ? surely_ethernet(rest.behind(4)) : Walked{Skipped::Tunnel};
}

bool valid_ip(const NextView& next) noexcept {
  const FrameView& f = next.rest;
  if (next.type == kIpv4) {
    if (!f.has(20) || f.u8(0) >> 4 != 4) return false;
    const std::size_t header = std::size_t{4} * (f.u8(0) & 0x0f), total = f.u16(2);
    return header >= 20 && total >= header && total <= f.wire;
  }
  return next.type == kIpv6 && f.has(40) && f.u8(0) >> 4 == 6 && std::size_t{40} + f.u16(4) <= f.wire;
}

bool leads_to_ip(const Walked& walked) noexcept {
  const auto* at = std::get_if<NextView>(&walked);
  if (at == nullptr) return false;
  NextView next = *at;
  constexpr int kTags = 4;
  for (int tags = 0; tags <= kTags; ++tags) {
    if (next.type == kIpv4 || next.type == kIpv6) return valid_ip(next);
    if (!next.rest.has(4)) return false;
    next = {next.rest.u16(2), next.rest.behind(4)};
  }
  return false;
}

Walked surely_ethernet(FrameView f) noexcept {
  constexpr std::size_t kHeader = 14, kShortest = 3;
  const Walked at = ethernet(f);
  const auto* next = std::get_if<NextView>(&at);
  if (next == nullptr)  // 802.2, if its length can be one
    return !f.has(kHeader) || (f.u16(12) >= kShortest && f.u16(12) <= f.wire - kHeader) ? at : Walked{Skipped::Tunnel};
  const auto known = [](std::uint16_t type) {
    return type == kIpv4 || type == kIpv6 || shim_of(type) != nullptr ||
           std::find(kOthers.begin(), kOthers.end(), type) != kOthers.end();
  };
  return known(next->type) || leads_to_ip(at) ? at : Walked{Skipped::Tunnel};
}

Walked ethernet_behind_one_of(FrameView f, std::span<const std::size_t> lengths) noexcept {
  for (const std::size_t length : lengths) {
    if (!f.has(length)) continue;
    const Walked frame = ethernet(f.behind(length));
    if (leads_to_ip(frame)) return frame;
  }
  return Skipped::Tunnel;
}

bool holds_tcp(FrameView frame) noexcept {
  constexpr std::uint8_t kTcp = 6;
  constexpr std::size_t kFarthest = 96, kIp4 = 20, kIp6 = 40, kTcpHeader = 20;
  constexpr std::size_t kShortest = 64, kTrailer = 24;  // of Ethernet; behind IP an integrity check or an FCS
  const auto routed = [](std::uint8_t first) { return first >> 5 == 1 || first >> 4 == 15; };  // RFC 4291 2.4
  for (std::size_t at = 0; at < kFarthest && frame.has(at + kIp4 + kTcpHeader); ++at) {
    const FrameView f = frame.behind(at);
    std::size_t length = 0;
    if (f.u8(0) == 0x45 && f.u8(9) == kTcp) {
      if (sum_agrees(f)) length = f.u16(2);
    } else if (f.u8(0) >> 4 == 6 && f.u8(6) == kTcp && f.has(kIp6) && routed(f.u8(8)) && routed(f.u8(24))) {
      length = kIp6 + f.u16(4);
    }
    if (length >= kIp4 + kTcpHeader && length <= f.wire && (frame.wire <= kShortest || f.wire - length <= kTrailer))
      return true;
  }
  return false;
}

/// A number that nobody has given a tag may be one all the same: switches let it be chosen.
Walked walk_shims(Walked at) noexcept {
  for (std::size_t depth = 0; depth < kDeepest; ++depth) {
    const auto* next = std::get_if<NextView>(&at);
    if (next == nullptr || next->type == kIpv4 || next->type == kIpv6) return at;
    const Shim* shim = shim_of(next->type);
    if (shim == nullptr && !leads_to_ip(at)) return Skipped::NotIp;
    at = shim == nullptr ? vlan(next->rest) : shim->walk(next->rest);
  }
  return Skipped::NestedTooDeep;
}

}  // namespace mailseal
