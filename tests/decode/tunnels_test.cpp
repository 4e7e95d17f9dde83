// Tunnels, one inside the other, in fragments, and what is none: tables of frames.
#include <array>

#include "cases.h"

namespace mailseal {
namespace {

const std::string kFrame = ether(0x0800, k4), kFrame6 = ether(0x86dd, k6);
const std::string kVxlan = hex("08000000 00000100");

std::string over(unsigned protocol, const std::string& payload) { return ip4(payload, {.protocol = protocol}); }

TEST(Tunnels, OverIp) {
  check(
      {
          {"IP in IP", 101, over(4, k4), kSegment},
          {"6in4", 101, over(41, k6), kSegment6},
          {"4in6", 101, ip6(k4, {.next = 4}), kSegment},
          {"6in6", 101, ip6(k6, {.next = 41}), kSegment6},
          {"IPIP", 101, over(94, k4), kSegment},
          {"AH in tunnel mode", 101, over(51, hex("04 04 0000 00000001 00000001") + zeros(12) + k4), kSegment},
          {"version 6 as 4", 101, over(4, k6), "bad-header"},
          {"minimal encapsulation", 101,
           ip4(hex("0600 0000 c6336402") + tcp("QUIT"), {.protocol = 55, .to = 0x0a000001}), kSegment},
          {"minimal encapsulation, with the source", 101,
           ip4(hex("0680 0000 c6336402 c0000201") + tcp("QUIT"),
               {.protocol = 55, .from = 0x0a000001, .to = 0x0a000002}),
           kSegment},
          {"GRE", 101, over(47, hex("0000 0800") + k4), kSegment},
          {"GRE, IPv6", 101, over(47, hex("0000 86dd") + k6), kSegment6},
          {"GRE, checksum", 101, over(47, hex("8000 0800 12340000") + k4), kSegment},
          {"GRE, key", 101, over(47, hex("2000 0800 00000007") + k4), kSegment},
          {"GRE, sequence", 101, over(47, hex("1000 0800 00000007") + k4), kSegment},
          {"GRE, all of them", 101, over(47, hex("b000 0800 12340000 00000007 00000001") + k4), kSegment},
          {"GRE, routing", 101, over(47, hex("4000 0800 00000000 0800 0404 0a000001 00000000") + k4), kSegment},
          {"GRE, bridged", 101, over(47, hex("0000 6558") + kFrame), kSegment},
          {"NVGRE", 101, over(47, hex("2000 6558 00123401") + kFrame6), kSegment6},
          {"GRE, tagged", 101, over(47, hex("0000 8100 0064 0800") + k4), kSegment},
          {"GRE, MPLS", 101, over(47, hex("0000 8847 00001140") + k4), kSegment},
          {"GRE, keepalive", 101, over(47, hex("0000 0000")), "not-tcp"},
          {"GRE, OSI", 101, over(47, hex("0000 00fe") + zeros(40)), "not-ip"},
          {"GRE, a version of nobody's", 101, over(47, hex("0003 0800") + k4), "tunnel-unknown"},
          {"PPTP", 101, over(47, hex("3001 880b 0030 0007 00000001 ff03 0021") + k4), kSegment},
          {"PPTP, acknowledged", 101, over(47, hex("3081 880b 002e 0007 00000001 00000009 0021") + k4), kSegment},
          {"PPTP, an acknowledgement alone", 101, over(47, hex("2081 880b 0000 0007 00000009")), "not-tcp"},
          {"PPTP, LCP", 101, over(47, hex("3001 880b 0008 0007 00000001 ff03 c021 01010004")), "not-ip"},
          {"PPTP, MPPE", 101, over(47, hex("3001 880b 000c 0007 00000001 ff03 00fd 9000") + zeros(6)), "ppp-encrypted"},
          {"EoIP of MikroTik", 101, over(47, hex("2001 6400 0030 0007") + kFrame), kSegment},
          {"ERSPAN I", 101, over(47, hex("0000 88be") + kFrame), kSegment},
          {"ERSPAN II", 101, over(47, hex("1000 88be 00000001 1001 0001 00000000") + kFrame), kSegment},
          {"ERSPAN II, tagged", 101,
           over(47, hex("1000 88be 00000001 1001 0001 00000000") + ether(0x8100, hex("0064 86dd") + k6)), kSegment6},
          {"ERSPAN III", 101, over(47, hex("1000 22eb 00000001 2001 0001 00000000 0000 0000") + kFrame), kSegment},
          {"ERSPAN III, subheader", 101,
           over(47, hex("1000 22eb 00000001 2001 0001 00000000 0000 0001 0000000000000000") + kFrame), kSegment},
          {"ERSPAN III, IP", 101, over(47, hex("1000 22eb 00000001 2001 0001 00000000 0000 0800") + k4), kSegment},
          {"ERSPAN, a version of nobody's", 101, over(47, hex("1000 88be 00000001 7001 0001 00000000") + kFrame),
           "tunnel-unknown"},
          {"WCCP", 101, over(47, hex("0000 883e 00000000") + k4), kSegment},
          {"WCCP, its first version", 101, over(47, hex("0000 883e") + k4), kSegment},
          {"EtherIP", 101, over(97, hex("3000") + kFrame), kSegment},
          {"EtherIP, a version of nobody's", 101, over(97, hex("4000") + kFrame), "tunnel-unknown"},
          {"L2TPv3", 101, over(115, hex("00000007") + kFrame), kSegment},
          {"L2TPv3, cookie", 101, over(115, hex("00000007 01020304") + kFrame), kSegment},
          {"L2TPv3, cookie and sublayer", 101, over(115, hex("00000007 0102030405060708 40000001") + kFrame6),
           kSegment6},
          {"L2TPv3, control", 101, over(115, hex("00000000 c8030000") + zeros(20)), "not-tcp"},
          {"L2TPv3, something else", 101, over(115, hex("00000007") + zeros(60)), "tunnel-unknown"},
          {"MPLS", 101, over(137, hex("00001140") + k4), kSegment},
          {"Ethernet", 101, over(143, kFrame), kSegment},
          {"ESP", 101, over(50, zeros(40)), "ipsec"},
          {"AH before ESP", 101, over(51, hex("32 04 0000 00000001 00000001") + zeros(52)), "ipsec"},
          {"IPComp", 101, over(108, hex("06 00 0002") + zeros(40)), "ipcomp"},
          {"ROHC", 101, over(142, zeros(40)), "tunnel-unknown"},
      },
      Inside::Tunnel);
}

TEST(Tunnels, OverUdp) {
  const std::string gtp_length = u16(static_cast<unsigned>(k4.size()));
  check(
      {
          {"VXLAN", 101, udp4(49152, 4789, kVxlan + kFrame), kSegment},
          {"VXLAN over IPv6", 101, ip6(udp(49152, 4789, kVxlan + kFrame6), {.next = 17}), kSegment6},
          {"VXLAN, Linux's first port", 101, udp4(49152, 8472, kVxlan + kFrame), kSegment},
          {"VXLAN, group policy", 101, udp4(49152, 4789, hex("88000007 00000100") + kFrame), kSegment},
          {"VXLAN, reserved fields used", 101, udp4(49152, 4789, hex("4f123456 000001ff") + kFrame), kSegment},
          {"VXLAN, tagged", 101, udp4(49152, 4789, kVxlan + ether(0x8100, hex("0064 0800") + k4)), kSegment},
          {"VXLAN, ARP", 101, udp4(49152, 4789, kVxlan + ether(0x0806, zeros(28))), "not-ip"},
          {"VXLAN, spanning tree", 101, udp4(49152, 4789, kVxlan + ether(38, hex("424203") + zeros(35))), "not-ip"},
          {"VXLAN, nothing known", 101, udp4(49152, 4789, kVxlan + ether(0x4242, zeros(60))), "tunnel-unknown"},
          {"VXLAN, cut", 101, udp4(49152, 4789, kVxlan + kFrame).substr(0, 40), "truncated", 112},
          {"VXLAN without its flag", 101, udp4(49152, 4789, hex("00000000 00000100") + kFrame), "not-tcp"},
          {"a DNS answer to VXLAN's port", 101, udp4(53, 4789, hex("0800 8180 0001 0001 0000 0000") + zeros(60)),
           "not-tcp"},
          {"an answer to VXLAN's port from a free one", 101,
           udp4(5353, 4789, hex("0800 8180 0001 0001 0000 0000") + zeros(60)), "not-tcp"},
          {"VXLAN-GPE", 101, udp4(49152, 4790, hex("0c000003 00000100") + kFrame), kSegment},
          {"VXLAN-GPE, IPv6", 101, udp4(49152, 4790, hex("0c000002 00000100") + k6), kSegment6},
          {"on the port of VXLAN-GPE, none of it", 101, udp4(49152, 4790, "<134>Nov 22 host program: text"), "not-tcp"},
          {"VXLAN-GPE, NSH", 101, udp4(49152, 4790, hex("0c000004 00000100 0fc20201 00000101") + k4), kSegment},
          {"GENEVE", 101, udp4(49152, 6081, hex("0000 6558 00000100") + kFrame), kSegment},
          {"GENEVE, options", 101, udp4(49152, 6081, hex("0240 6558 00000100 0102 0301 00000001") + kFrame), kSegment},
          {"GENEVE, IP", 101, udp4(49152, 6081, hex("0000 0800 00000100") + k4), kSegment},
          {"GENEVE, a version of nobody's", 101, udp4(49152, 6081, hex("8000 0800 00000100") + k4), "not-tcp"},
          {"GTP-U", 101, udp4(2152, 2152, hex("30ff") + gtp_length + hex("00000001") + k4), kSegment},
          {"GTP-U, sequence", 101, udp4(2152, 2152, hex("32ff 0030 00000001 00010000") + k4), kSegment},
          {"GTP-U, extensions", 101, udp4(2152, 2152, hex("34ff 0038 00000001 00000085 01100985 01100900") + k4),
           kSegment},
          {"GTP-U, IPv6", 101, udp4(2152, 2152, hex("30ff 0040 00000001") + k6), kSegment6},
          {"GTP-U, Ethernet", 101, udp4(2152, 2152, hex("30ff 003a 00000001") + kFrame), kSegment},
          {"GTP-U, echo", 101, udp4(2152, 2152, hex("3201 0004 00000000 00010000")), "not-tcp"},
          {"GTP-U, something else", 101, udp4(2152, 2152, hex("30ff 0014 00000001") + zeros(20)), "tunnel-unknown"},
          {"TZSP", 101, udp4(40000, 37008, hex("0100 0001 01") + kFrame), kSegment},
          {"TZSP, fields", 101, udp4(40000, 37008, hex("0100 0001 0a01c8 00 0d020102 01") + kFrame), kSegment},
          {"TZSP, 802.11", 101,
           udp4(40000, 37008, hex("0100 0012 01 0801 0000") + zeros(20) + hex("aaaa03 000000 0800") + k4), kSegment},
          {"TZSP, a configuration", 101, udp4(40000, 37008, hex("0103 0001 01") + zeros(20)), "not-tcp"},
          {"L2TP", 101, udp4(1701, 1701, hex("0002 0001 0002 ff03 0021") + k4), kSegment},
          {"L2TP, length", 101, udp4(1701, 1701, hex("4002 0036 0001 0002 0021") + k4), kSegment},
          {"L2TP, sequence and offset", 101, udp4(1701, 1701, hex("0a02 0001 0002 00010002 0002 ffff 0021") + k4),
           kSegment},
          {"L2TP, control", 101, udp4(1701, 1701, hex("c802 0014 0001 0000 0000 0001 8008 0000 0000 0006")), "not-tcp"},
          {"L2TP, CHAP", 101, udp4(1701, 1701, hex("0002 0001 0002 ff03 c223 01010004")), "not-ip"},
          {"on the port of L2TPv3, none of it", 101,
           udp4(49152, 1701, hex("1233 8180 00010001 00000000 0763616368650300 00010001c00c00010001")), "not-tcp"},
          {"L2TPv3 over UDP", 101, udp4(1701, 1701, hex("0003 0000 00000007 01020304") + kFrame), kSegment},
          {"GRE", 101, udp4(49152, 4754, hex("0000 0800") + k4), kSegment},
          {"GRE, something else", 101, udp4(49152, 4754, hex("1234 5678") + zeros(60)), "not-tcp"},
          {"MPLS", 101, udp4(49152, 6635, hex("00001040 00002140") + k4), kSegment},
          {"MPLS, a pseudowire", 101, udp4(49152, 6635, hex("00002140 00000000") + kFrame), kSegment},
          {"MPLS, something else", 101, udp4(49152, 6635, zeros(40)), "not-tcp"},
          {"Teredo", 101, udp4(3544, 49152, k6), kSegment6},
          {"Teredo, origin", 101, udp4(3544, 49152, hex("0000 fffe 01020304") + k6), kSegment6},
          {"Teredo, authentication", 101, udp4(3544, 49152, hex("0001 0000") + zeros(9) + k6), kSegment6},
          {"Teredo, something else", 101, udp4(3544, 49152, zeros(60)), "not-tcp"},
          {"AYIYA", 101, udp4(5072, 40000, hex("4211 1129 00000000") + zeros(16 + 4) + k6), kSegment6},
          {"LISP", 101, udp4(49152, 4341, hex("80000001 00000007") + k4), kSegment},
          {"LISP, something else", 101, udp4(49152, 4341, hex("80000001 00000007") + zeros(40)), "not-tcp"},
          {"CAPWAP, Ethernet", 101, udp4(40000, 5247, hex("00 1000 00 00000000") + kFrame), kSegment},
          {"CAPWAP, 802.11", 101,
           udp4(40000, 5247, hex("00 1003 00 00000000 0801 0000") + zeros(20) + hex("aaaa03 000000 0800") + k4),
           kSegment},
          {"ESP over UDP", 101, udp4(4500, 4500, hex("c0ffee00 00000001") + zeros(40)), "ipsec"},
          {"IKE over UDP", 101, udp4(4500, 4500, hex("00000000 01020304") + zeros(40)), "not-tcp"},
          {"ESP's keepalive", 101, udp4(4500, 4500, hex("ff")), "not-tcp"},
          {"WireGuard, data", 101, udp4(51820, 51820, hex("04000000") + zeros(60)), "wireguard"},
          {"WireGuard, handshake", 101, udp4(51820, 51820, hex("01000000") + zeros(144)), "wireguard"},
          {"WireGuard's port", 101, udp4(51820, 51820, hex("04000000") + zeros(61)), "not-tcp"},
          {"OpenVPN", 101, udp4(40000, 1194, hex("48000001") + zeros(60)), "openvpn"},
          {"OpenVPN, control", 101, udp4(40000, 1194, hex("38") + zeros(13)), "not-tcp"},
      },
      Inside::Tunnel);
}

TEST(Tunnels, Pseudowires) {
  const std::string four = hex("4500 1234 5678 0200 0000 0001"), six = hex("6012 3456 789a 0200 0000 0001");
  check({
      {"without a control word", kEthernet, ether(0x8847, hex("00001140") + kFrame), kSegment},
      {"tagged", kEthernet, ether(0x8847, hex("00001140 00000007") + ether(0x8100, hex("0064 0800") + k4)), kSegment},
      {"to a MAC address that begins as IPv4", kEthernet, ether(0x8847, hex("00001140") + four + u16(0x0800) + k4),
       kSegment},
      {"to a MAC address that begins as IPv6", kEthernet, ether(0x8847, hex("00001140") + six + u16(0x86dd) + k6),
       kSegment6},
      {"ARP", kEthernet, ether(0x8847, hex("00001140 00000000") + ether(0x0806, zeros(28))), "not-ip"},
      {"neither", kEthernet, ether(0x8847, hex("00001140") + std::string(60, '\x77')), "tunnel-unknown"},
      {"a tag of nobody's", kEthernet, ether(0x4242, hex("0064 0800") + k4), kSegment},
      {"two of them", kEthernet, ether(0x4242, hex("0064 4243 0065 86dd") + k6), kSegment6},
      {"behind a known one", kEthernet, ether(0x8100, hex("0064 9999 0065 0800") + k4), kSegment},
  });
}

TEST(Tunnels, Nested) {
  const std::string erspan = over(47, hex("1000 88be 00000001 1001 0001 00000000") + kFrame);
  const std::string vxlan = udp4(49152, 4789, kVxlan + ether(0x0800, erspan));
  std::string greedy = k4, tags = u16(0x0800) + k4, own = k4;
  for (int i = 0; i < 64; ++i) greedy = over(47, hex("0000 0800") + greedy);
  for (int i = 0; i < 8; ++i) own = over(4, own);
  for (int i = 0; i < 500; ++i) tags = hex("8100 0064") + tags;
  check(
      {
          {"ERSPAN in VXLAN in GRE", 101, over(47, hex("0000 0800") + vxlan), kSegment},
          {"eight", 101, own, kSegment},
          {"nine", 101, over(4, own), "nested-too-deep"},
          {"64 of GRE", 101, greedy, "nested-too-deep"},
          {"500 tags", kEthernet, hex("0200 0000 0002 0200 0000 0001") + tags, "nested-too-deep"},
          {"ESP in VXLAN", 101, udp4(49152, 4789, kVxlan + ether(0x0800, over(50, zeros(40)))), "ipsec"},
      },
      Inside::Tunnel);
}

/// Of a packet's octets from `at` on, `n`; as a fragment.
std::string piece(const std::string& payload, std::size_t at, std::size_t n, unsigned protocol, unsigned id = 7) {
  const bool more = at + n < payload.size();
  return ip4(payload.substr(at, n),
             {.protocol = protocol, .id = id, .fragment = (more ? 0x2000u : 0) | static_cast<unsigned>(at / 8)});
}

class Pieces {
 public:
  std::string operator()(const std::string& frame) {
    octets_ = frame;  // what lay there before is gone
    PacketView packet = packet_of(101, octets_);
    packet.seen.frame = ++frame_;
    const Decoded decoded = decoder_.decode(packet);
    const auto* segment = std::get_if<SegmentView>(&decoded);
    EXPECT_TRUE(segment == nullptr || segment->joined);
    return told(decoded);
  }
  std::size_t lost() {
    decoder_.finish();
    return decoder_.take_lost().size();
  }

 private:
  Limits limits_;
  Decoder decoder_{&limits_};
  std::string octets_;
  std::uint64_t frame_ = 0;
};

TEST(Tunnels, InFragments) {
  const std::string vxlan = udp(49152, 4789, kVxlan + kFrame), gre = hex("0000 0800") + k4;
  for (const auto& [payload, protocol] : {std::pair{vxlan, 17u}, {gre, 47u}, {k4, 4u}}) {
    Pieces in_order;
    EXPECT_EQ(in_order(piece(payload, 0, 24, protocol)), "awaiting-fragments");
    EXPECT_EQ(in_order(piece(payload, 24, 500, protocol)), kSegment);
    EXPECT_EQ(in_order(piece(payload, 24, 500, protocol)), "awaiting-fragments") << "a copy";
    Pieces backwards;
    EXPECT_EQ(backwards(piece(payload, 24, 500, protocol)), "awaiting-fragments");
    EXPECT_EQ(backwards(piece(payload, 0, 24, protocol)), kSegment);
    EXPECT_EQ(backwards.lost(), 0u);
  }
}

// The inner datagram comes in pieces, each in a tunnel whose packets are in pieces themselves; memory for one only.
TEST(Tunnels, FragmentsInFragments) {
  const std::string segment = tcp("QUIT");
  const std::string inner[] = {piece(segment, 0, 16, 6, 1), piece(segment, 16, 500, 6, 1)};
  Pieces feed;
  std::string last;
  for (unsigned i = 0; i < 2; ++i) {
    const std::string payload = udp(49152, 4789, kVxlan + ether(0x0800, inner[i]));
    EXPECT_EQ(feed(piece(payload, 0, 32, 17, 50 + i)), "awaiting-fragments");
    last = feed(piece(payload, 32, 500, 17, 50 + i));
  }
  EXPECT_EQ(last, kSegment);
}

TEST(Tunnels, FragmentsOfOtherDatagramsAreNothingLost) {
  Pieces feed;
  const std::string dns = udp(53, 40000, zeros(100));
  EXPECT_EQ(feed(piece(dns, 0, 48, 17)), "not-tcp");
  EXPECT_EQ(feed(piece(dns, 48, 500, 17)), "awaiting-fragments");
  std::string other = piece(dns, 48, 500, 17);
  other.back() = 'x';
  EXPECT_EQ(feed(other), "not-tcp") << "contradicts, but of what, nobody knows";
  EXPECT_EQ(feed.lost(), 0u);
}

std::string wifi(const std::string& fc, const std::string& more, const std::string& payload) {
  return hex(fc) + zeros(20) + hex("1000") + hex(more) + payload;
}

TEST(Links, Wifi) {
  const std::string llc = hex("aaaa03 000000 0800") + k4, llc6 = hex("aaaa03 000000 86dd") + k6;
  const std::string plain = wifi("0801", "", llc), qos = wifi("8802", "0000", llc6);
  const std::string prism = hex("44000000 90000000") + zeros(136), avs = hex("80211001 00000040") + zeros(56);
  check({
      {"data", 105, plain, kSegment},
      {"QoS", 105, qos, kSegment6},
      {"QoS, four addresses", 105, wifi("8803", "020000000009 0000", llc), kSegment},
      {"QoS, with HT control", 105, wifi("8881", "0000 00000000", llc), kSegment},
      {"no data", 105, wifi("4801", "", ""), "not-ip"},
      {"a beacon", 105, wifi("8000", "", zeros(20)), "not-ip"},
      {"an acknowledgement", 105, hex("d400 0000 020000000001"), "not-ip"},
      {"encrypted", 105, wifi("0841", "", zeros(8) + std::string(60, 'x')), "wifi-encrypted"},
      {"opened by the receiver", 105, wifi("0841", "", llc), kSegment},
      {"opened, with its vector", 105, wifi("0841", "", hex("0102002003040506") + llc), kSegment},
      {"a fragment", 105, wifi("0805", "", llc), "lost-fragments"},
      {"A-MSDU of one", 105, wifi("8801", "8000", ether(52, llc)), kSegment},
      {"A-MSDU of two", 105, wifi("8801", "8000", ether(52, llc) + zeros(2) + ether(72, llc6)), "several-frames"},
      {"A-MSDU of two in TZSP", 101,
       udp4(40000, 37008, hex("0100 0012 01") + wifi("8801", "8000", ether(52, llc) + zeros(2) + ether(72, llc6))),
       "tunnel-unknown"},
      {"radiotap", 127, hex("0000 0800 00000000") + plain, kSegment},
      {"radiotap, time and flags", 127, hex("0000 1200 03000000") + zeros(8) + hex("10 00") + plain, kSegment},
      {"radiotap, padded", 127, hex("0000 0a00 02000000 20 00") + qos.substr(0, 26) + zeros(2) + qos.substr(26),
       kSegment6},
      {"radiotap, damaged", 127, hex("0000 0a00 02000000 40 00") + plain, "bad-header"},
      {"radiotap, more words", 127,
       hex("0000 0e00 020000a0 00000000 20 00") + qos.substr(0, 26) + zeros(2) + qos.substr(26), kSegment6},
      {"Prism", 119, prism + plain, kSegment},
      {"AVS", 163, avs + plain, kSegment},
      {"AVS as Prism", 119, avs + plain, kSegment},
      {"PPI", 192, hex("0000 0800 69000000") + plain, kSegment},
      {"PPI, Ethernet", 192, hex("0000 0800 01000000") + kFrame, kSegment},
      {"PPI of PPI", 192, hex("0000 0800 c0000000") + hex("0000 0800 01000000") + kFrame, "unknown-link"},
  });
}

TEST(Links, FramesWithinAFrame) {
  const std::string llc = hex("aaaa03 000000 0800") + k4, llc6 = hex("aaaa03 000000 86dd") + k6;
  const std::string two = wifi("8801", "8000", ether(52, llc) + zeros(2) + ether(72, llc6) + zeros(4));
  for (const auto& [link, before] : {std::pair{105u, std::string()},
                                     {127u, hex("0000 0800 00000000")},
                                     {192u, hex("0000 0800 69000000")},
                                     {163u, hex("80211001 00000040") + zeros(56)}}) {
    const std::string frame = before + two;
    PacketView packet = packet_of(link, frame);
    packet.seen.frame = 12;
    std::array<PacketView, kMostWithin> parts;
    ASSERT_EQ(apart(packet, parts), 2u) << link;
    Decoder decoder(&kLimits);
    EXPECT_EQ(told(decoder.decode(parts[0])), kSegment) << link;
    EXPECT_EQ(told(decoder.decode(parts[1])), kSegment6) << link;
    EXPECT_EQ(parts[1].seen.frame, 12u);
    EXPECT_LE(before_ip_payload(packet), frame.size() - llc6.size() - llc.size()) << "nothing of them stays";
    EXPECT_EQ(apart(packet, {parts.data(), 1}), 1u) << "as many as there is room for";
  }
}

TEST(Links, Others) {
  const std::string llc = hex("aaaa03 000000 0800") + k4;
  check({
      {"ENC", 109, hex("02000000 00001000 00000000") + k4, kSegment},
      {"PFLOG", 117, hex("3d 02 00 00") + zeros(60) + k4, kSegment},
      {"NFLOG", 239, hex("02 00 0000 0800 0100 0800 0102 0500 0a00 00000000 3000 0900") + k4, kSegment},
      {"NFLOG, big-endian", 239, hex("02 00 0000 0008 0001 0800 0102 0030 0009") + k4, kSegment},
      {"NFLOG, no packet", 239, hex("02 00 0000 0800 0100 08000102"), "not-ip"},
      {"IPNET", 226, zeros(24) + k6, kSegment6},
      {"PKTAP", 258, hex("1c000000 01000000 01000000") + zeros(16) + kFrame, kSegment},
      {"PKTAP, raw", 149, hex("1c000000 01000000 0c000000") + zeros(16) + k4, kSegment},
      {"PKTAP of PKTAP", 258, hex("0c000000 01000000 02010000") + kFrame, "unknown-link"},
      {"PPP with a direction", 204, hex("01 ff03 0021") + k4, kSegment},
      {"PPP of pppd", 166, hex("01 03 0057") + k6, kSegment6},
      {"PPPoE", 51, hex("1100 0001 002e 0021") + k4, kSegment},
      {"Cisco HDLC with a direction", 205, hex("00 0f00 0800") + k4, kSegment},
      {"Frame Relay", 107, hex("1841 03 cc") + k4, kSegment},
      {"Frame Relay, IPv6", 107, hex("1841 03 8e") + k6, kSegment6},
      {"Frame Relay, SNAP", 107, hex("1841 03 00 80 000000 0800") + k4, kSegment},
      {"Frame Relay, bridged", 107, hex("1841 03 00 80 0080c2 0007") + kFrame, kSegment},
      {"Frame Relay, Cisco's", 107, hex("1841 0800") + k4, kSegment},
      {"Frame Relay, four octets", 206, hex("00 18400001 03 cc") + k4, kSegment},
      {"Frame Relay, LMI", 107, hex("0001 03 08 00 75 95"), "not-ip"},
      {"NetAnalyzer", 240, zeros(4) + kFrame + zeros(4), kSegment},
      {"NetAnalyzer, transparent", 241, zeros(4) + hex("555555555555 55d5") + kFrame + zeros(4), kSegment},
      {"mPacket", 274, hex("55555555555555d5") + kFrame, kSegment},
      {"ERF without length", 197, zeros(8) + hex("0200 0000 0000 0000") + zeros(2) + kFrame, "bad-header"},
      {"ERF, Ethernet", 197, zeros(8) + hex("0200 004c 0000 003a") + zeros(2) + kFrame, kSegment},
      {"ERF, extended", 197, zeros(8) + hex("8200 0054 0000 003a") + zeros(8) + zeros(2) + kFrame, kSegment},
      {"ERF, POS", 197, zeros(8) + hex("0100 0040 0000 0030") + hex("ff03 0021") + k4, kSegment},
      {"IPoIB", 242, zeros(40) + hex("0800 0000") + k4, kSegment},
      {"IP over Firewire", 138, zeros(16) + hex("0800") + k4, kSegment},
      {"IP over Fibre Channel", 122, zeros(16) + llc, kSegment},
      {"Broadcom's tag", 281, zeros(12) + hex("20000001 0800") + k4, kSegment},
      {"Broadcom's tag before", 282, hex("20000001") + kFrame, kSegment},
      {"Marvell's tag", 284, zeros(12) + hex("c0000001 86dd") + k6, kSegment6},
      {"Marvell's long tag", 285, zeros(12) + hex("dada0000 c0000001 0800") + k4, kSegment},
      {"Token Ring", 6, hex("1040") + zeros(12) + llc, kSegment},
      {"Token Ring, routed", 6, hex("1040") + zeros(6) + hex("820000000001 06300011 0020") + llc, kSegment},
      {"FDDI", 10, hex("50") + zeros(12) + llc, kSegment},
      {"FDDI, padded", 10, zeros(3) + hex("57") + zeros(12) + llc, kSegment},
      {"FDDI, a token", 10, hex("80") + zeros(30), "not-ip"},
      {"ARCNET", 7, hex("0102 d4 00 0001") + k4, kSegment},
      {"ARCNET of Linux", 129, hex("0102 0000 f0") + k4, kSegment},
      {"ATM", 100, llc, kSegment},
      {"ATM, bridged", 100, hex("aaaa03 0080c2 0007 0000") + kFrame, kSegment},
      {"ATM, raw", 100, k4, kSegment},
      {"ATM, PPP", 100, hex("fefe03 cf 0021") + k4, kSegment},
      {"SunATM", 123, hex("02 00 0064") + llc, kSegment},
      {"SunATM, LANE", 123, hex("01 00 0064 0001") + kFrame, kSegment},
      {"DOCSIS", 143, hex("00 00 003a 1234") + kFrame, kSegment},
      {"DOCSIS, extended", 143, hex("01 04 003e 3002 0001 1234") + kFrame, kSegment},
      {"DOCSIS, management", 143, hex("c2 00 003a 1234") + zeros(58), "not-ip"},
      {"Juniper, Ethernet", 178, hex("4d4743 00") + kFrame, kSegment},
      {"Juniper, Ethernet, extended", 178, hex("4d4743 81 0004 01020304") + kFrame, kSegment},
      {"Juniper, no link", 178, hex("4d4743 02 00000002") + k4, kSegment},
      {"Juniper, PPP", 179, hex("4d4743 00 ff03 0021") + k4, kSegment},
      {"Juniper, Frame Relay", 180, hex("4d4743 00 1841 03 cc") + k4, kSegment},
      {"Juniper, HDLC", 181, hex("4d4743 00 0f00 86dd") + k6, kSegment6},
      {"Juniper, another magic", 178, hex("000000 00") + kFrame, "bad-header"},
  });
}

// What lies behind the octets a header tells, and what a tunnel's header holds, is payload of the outer packet.
TEST(Tunnels, BeforeTheIpPayloadIsTheOuterPackets) {
  EXPECT_EQ(before_payload(kEthernet, ether(0x0800, udp4(49152, 4789, kVxlan + kFrame))), 34u);
  EXPECT_EQ(before_payload(101, over(47, hex("0000 0800") + k4)), 20u);
  EXPECT_EQ(before_payload(101, over(4, k4)), 20u);
  EXPECT_EQ(before_payload(105, wifi("0841", "", std::string(60, 'x'))), 10u);
}

TEST(Tunnels, EveryCutIsAnswered) {
  const std::string frames[] = {
      over(47, hex("b000 6558 12340000 00000007 00000001") + kFrame),
      udp4(2152, 2152, hex("34ff 0038 00000001 00000085 01100985 01100900") + k4),
      udp4(49152, 6081, hex("0240 6558 00000100 0102 0301 00000001") + kFrame),
      over(47, hex("1000 22eb 00000001 2001 0001 00000000 0000 0001 0000000000000000") + kFrame),
  };
  for (const std::string& frame : frames)
    for (std::size_t n = 24; n < frame.size(); ++n) {
      const std::string cut = decode(101, frame.substr(0, n), frame.size());
      EXPECT_TRUE(cut == "truncated" || cut.find("cut") != std::string::npos) << n << ": " << cut;
    }
}

}  // namespace
}  // namespace mailseal
