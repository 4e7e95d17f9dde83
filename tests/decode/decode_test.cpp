// What each link type, tag, IP header and TCP header must come to: tables of frames.
#include "cases.h"

namespace mailseal {
namespace {

TEST(Decode, EveryLinkType) {
  const std::string sll = hex("0000 0001 0006 020000000001 0000");
  const std::string sll2_behind = hex("0000 00000002 0001 00 06 020000000001 0000");
  check({
      {"Ethernet, IPv4", kEthernet, ether(0x0800, k4), kSegment},
      {"Ethernet, IPv6", kEthernet, ether(0x86dd, k6), kSegment6},
      {"Ethernet, ARP", kEthernet, ether(0x0806, zeros(46)), "not-ip"},
      {"Ethernet, 802.3 with spanning tree", kEthernet, ether(38, hex("424203") + zeros(43)), "not-ip"},
      {"Ethernet, 802.3 with SNAP", kEthernet, ether(52, hex("aaaa03 000000 0800") + k4), kSegment},
      {"Ethernet, 802.3 with Cisco's SNAP", kEthernet, ether(52, hex("aaaa03 00000c 2000") + k4), "not-ip"},
      {"Ethernet, 802.3 with IP's own SAP", kEthernet, ether(47, hex("060603") + k4), kSegment},
      {"Ethernet, version 6 under IPv4's type", kEthernet, ether(0x0800, k6), "bad-header"},
      {"Ethernet, version 4 under IPv6's type", kEthernet, ether(0x86dd, k4), "bad-header"},
      {"raw", 101, k4, kSegment},
      {"raw, IPv6", 101, k6, kSegment6},
      {"raw, neither", 101, hex("00112233"), "not-ip"},
      {"raw as Linux's DLT", 12, k4, kSegment},
      {"raw as OpenBSD's DLT", 14, k6, kSegment6},
      {"IPv4", 228, k4, kSegment},
      {"IPv6", 229, k6, kSegment6},
      {"null, little-endian", 0, hex("02000000") + k4, kSegment},
      {"null, big-endian", 0, hex("00000002") + k4, kSegment},
      {"null, IPv6 of Linux", 0, hex("0a000000") + k6, kSegment6},
      {"null, IPv6 of NetBSD", 0, hex("00000018") + k6, kSegment6},
      {"null, IPv6 of FreeBSD", 0, hex("1c000000") + k6, kSegment6},
      {"null, IPv6 of macOS", 0, hex("1e000000") + k6, kSegment6},
      {"null, IPv6 of Windows", 0, hex("17000000") + k6, kSegment6},
      {"null, something else", 0, hex("63000000") + k4, "not-ip"},
      {"loop", 108, hex("00000002") + k4, kSegment},
      {"cooked", 113, sll + u16(0x0800) + k4, kSegment},
      {"cooked, IPv6", 113, sll + u16(0x86dd) + k6, kSegment6},
      {"cooked, tagged", 113, sll + hex("8100 0064 0800") + k4, kSegment},
      {"cooked, 802.2", 113, sll + hex("0004 aaaa03 000000 0800") + k4, kSegment},
      {"cooked, ARP", 113, sll + u16(0x0806) + zeros(28), "not-ip"},
      {"cooked v2", 276, u16(0x0800) + sll2_behind + k4, kSegment},
      {"cooked v2, IPv6", 276, u16(0x86dd) + sll2_behind + k6, kSegment6},
      {"PPP", 9, hex("ff03 0021") + k4, kSegment},
      {"PPP, unframed", 9, hex("0021") + k4, kSegment},
      {"PPP, compressed protocol", 9, hex("21") + k4, kSegment},
      {"PPP, IPv6", 9, hex("ff03 0057") + k6, kSegment6},
      {"PPP, LCP", 9, hex("ff03 c021 01010004"), "not-ip"},
      {"PPP in HDLC", 50, hex("ff03 0021") + k4, kSegment},
      {"PPP in HDLC, Cisco's", 50, hex("0f00 0800") + k4, kSegment},
      {"Cisco HDLC", 104, hex("8f00 86dd") + k6, kSegment6},
      {"USB", 189, ether(0x0800, k4), "unknown-link"},
      {"a number nobody has", 4'000'000'000, ether(0x0800, k4), "unknown-link"},
  });
}

TEST(Decode, TagsAndShims) {
  std::string endless, labels;
  for (int i = 0; i < 20; ++i) endless += hex("0001 8100"), labels += hex("00001040");
  check({
      {"802.1Q", kEthernet, ether(0x8100, hex("0064 0800") + k4), kSegment},
      {"802.1ad", kEthernet, ether(0x88a8, hex("0064 8100 00c8 86dd") + k6), kSegment6},
      {"stacked before 802.1ad", kEthernet, ether(0x9100, hex("0001 9200 0002 8100 0003 0800") + k4), kSegment},
      {"tagged 802.3", kEthernet, ether(0x8100, hex("0064 0034 aaaa03 000000 0800") + k4), kSegment},
      {"tagged ARP", kEthernet, ether(0x8100, hex("0064 0806") + zeros(28)), "not-ip"},
      {"tags without end", kEthernet, ether(0x8100, endless), "nested-too-deep"},
      {"PPPoE", kEthernet, ether(0x8864, hex("1100 0001 002e 0021") + k4), kSegment},
      {"PPPoE shorter than IP says (padding counted)", kEthernet,
       ether(0x8864, hex("1100 0001 002e 0021") + ip4(tcp("QUIT"), {.total = 46}) + zeros(2)), kSegment},
      {"PPPoE longer than the frame", kEthernet, ether(0x8864, hex("1100 0001 ffff 0021") + k4), kSegment},
      {"PPPoE without length", kEthernet, ether(0x8864, hex("1100 0001 0000 0021") + k4), "bad-header"},
      {"PPPoE, LCP", kEthernet, ether(0x8864, hex("1100 0001 0006 c021 01010004")), "not-ip"},
      {"PPPoE discovery", kEthernet, ether(0x8863, hex("1109 0000 0000")), "not-ip"},
      {"MPLS", kEthernet, ether(0x8847, hex("00001140") + k4), kSegment},
      {"MPLS, two labels", kEthernet, ether(0x8847, hex("00001040 00002140") + k6), kSegment6},
      {"MPLS, labels without end", kEthernet, ether(0x8847, labels), "nested-too-deep"},
      {"MPLS pseudowire", kEthernet, ether(0x8847, hex("00001140 00000000") + ether(0x0800, k4)), kSegment},
      {"MACsec, encrypted", kEthernet, ether(0x88e5, hex("2c00 00000001 0200000000010001") + zeros(60)), "macsec"},
      {"MACsec, signed", kEthernet, ether(0x88e5, hex("2000 00000001 0200000000010001 0800") + k4 + zeros(16)),
       kSegment},
      {"MACsec, signed, short", kEthernet, ether(0x88e5, hex("0000 00000001 86dd") + k6 + zeros(16)), kSegment6},
      {"MAC in MAC", kEthernet, ether(0x88e7, hex("00000064") + ether(0x0800, k4)), kSegment},
      {"FabricPath", kEthernet, ether(0x8903, hex("0060") + ether(0x8100, hex("0064 0800") + k4)), kSegment},
      {"Cisco's metadata", kEthernet, ether(0x8909, hex("0101 0001 0005 0800") + k4), kSegment},
      {"Cisco's metadata, two options", kEthernet, ether(0x8909, hex("0102 0001 0005 0002 0006 86dd") + k6), kSegment6},
      {"VN-Tag", kEthernet, ether(0x8926, hex("c0010002 0800") + k4), kSegment},
      {"HSR", kEthernet, ether(0x892f, hex("0040 0001 0800") + k4), kSegment},
      {"PRP", kEthernet, ether(0x0800, k4 + hex("0001 a032 88fb")), kSegment},
      {"802.1BR", kEthernet, ether(0x893f, hex("0000 0000 0000 0800") + k4), kSegment},
      {"NSH", kEthernet, ether(0x894f, hex("0fc2 0201 00000101") + k4), kSegment},
      {"NSH, a frame", kEthernet, ether(0x894f, hex("0fc2 0203 00000101") + ether(0x86dd, k6)), kSegment6},
      {"NSH, something else", kEthernet, ether(0x894f, hex("0fc2 0204 00000101") + k4), "tunnel-unknown"},
      {"NSH without length", kEthernet, ether(0x894f, hex("0fc0 0201 00000101") + k4), "bad-header"},
      {"TRILL", kEthernet, ether(0x22f3, hex("003f 0001 0002") + ether(0x0800, k4)), kSegment},
      {"TRILL, with an option", kEthernet, ether(0x22f3, hex("007f 0001 0002 00000000") + ether(0x0800, k4)), kSegment},
      {"QinQ, PPPoE and MPLS at once", kEthernet,
       ether(0x88a8, hex("0001 8100 0002 8864 1100 0001 0032 0281 00001140") + k4), kSegment},
  });
}

TEST(Decode, Ipv4) {
  const std::string options = hex("94040000 07040000");
  check({
      {"options", 101, ip4(tcp("QUIT"), {.options = options}), kSegment},
      {"padding of a short frame", kEthernet, ether(0x0800, ip4(tcp(""))) + zeros(6),
       "192.0.2.1:51000>198.51.100.2:25 A 1000/2000 ''"},
      {"an FCS behind", kEthernet, ether(0x0800, k4) + hex("deadbeef"), kSegment},
      {"total length 0 (TSO)", kEthernet, ether(0x0800, ip4(tcp("QUIT"), {.total = 0})), kSegment},
      {"total length below the header's", 101, ip4(tcp("QUIT"), {.total = 19}), "bad-header"},
      {"total length ends in TCP's header", 101, ip4(tcp("QUIT"), {.total = 39}), "bad-header"},
      {"total length beyond the frame", 101, ip4(tcp("QUIT"), {.total = 50}),
       "192.0.2.1:51000>198.51.100.2:25 A 1000/2000 'QUIT' cut 6"},
      {"header length 16", 101, hex("44") + k4.substr(1), "bad-header"},
      {"header length 60 of 44", 101, hex("4f") + k4.substr(1), "bad-header"},
      {"UDP", 101, ip4(zeros(8), {.protocol = 17}), "not-tcp"},
      {"ICMP", 101, ip4(zeros(8), {.protocol = 1}), "not-tcp"},
      {"VXLAN", 101, ip4(hex("c000 12b5 0010 0000 08000000 00000100"), {.protocol = 17}), "tunnel-unknown"},
      {"a DNS answer to VXLAN's port", 101, ip4(hex("0035 12b5 0010 0000 08000000 00000100"), {.protocol = 17}),
       "not-tcp"},
      {"GTP, back", 101, ip4(hex("0868 c000 0010 0000 30ff0000 00000100"), {.protocol = 17}), "tunnel-unknown"},
      {"ESP", 101, ip4(zeros(40), {.protocol = 50}), "ipsec"},
      {"AH, transport mode", 101, ip4(hex("06 04 0000 00000001 00000001") + zeros(12) + tcp("QUIT"), {.protocol = 51}),
       kSegment},
      {"evil bit and no more", 101, ip4(tcp("QUIT"), {.fragment = 0x8000}), kSegment},
      {"nothing at all", 101, "", "bad-header"},
      {"nothing at all on Ethernet", kEthernet, "", "bad-header"},
      {"half an Ethernet header", kEthernet, ether(0x0800, "").substr(0, 9), "bad-header"},
      {"nothing behind Ethernet", kEthernet, ether(0x0800, ""), "bad-header"},
  });
}

TEST(Decode, Ipv6) {
  const std::string hop = hex("06 00 050200000100"), far_hop = hex("3c 01 0500") + zeros(12);
  std::string endless;
  for (int i = 0; i < 20; ++i) endless += hex("3c 00 010400000000");
  const std::string seventeen = endless.substr(0, 16 * 8) + hex("06 00 010400000000");
  std::string thousands;
  for (int i = 0; i < 400; ++i) thousands += endless;
  check({
      {"hop-by-hop", 101, ip6(hop + tcp("QUIT"), {.next = 0}), kSegment6},
      {"hop-by-hop, destination", 101, ip6(far_hop + hop + tcp("QUIT"), {.next = 0}), kSegment6},
      {"routing", 101, ip6(hex("06 02 0401 00000000") + zeros(16) + tcp("QUIT"), {.next = 43}), kSegment6},
      {"AH", 101, ip6(hex("06 04 0000 00000001 00000001") + zeros(12) + tcp("QUIT"), {.next = 51}), kSegment6},
      {"atomic fragment", 101, ip6(fragment6(6, 0, false, 7, tcp("QUIT")), {.next = 44}), kSegment6},
      {"ESP", 101, ip6(zeros(40), {.next = 50}), "ipsec"},
      {"no next header", 101, ip6("", {.next = 59}), "not-tcp"},
      {"ICMPv6", 101, ip6(zeros(8), {.next = 58}), "not-tcp"},
      {"UDP", 101, ip6(zeros(8), {.next = 17}), "not-tcp"},
      {"extensions without end", 101, ip6(endless, {.next = 60}), "bad-header"},
      {"17 extensions, which Linux reads", 101, ip6(seventeen + tcp("QUIT"), {.next = 60}), kSegment6},
      {"8,000 extensions", 101, ip6(thousands + hop, {.next = 60}), "bad-header"},
      {"extension longer than the packet", 101, ip6(hex("06 ff 050200000100") + tcp("QUIT"), {.next = 0}),
       "bad-header"},
      {"padding", kEthernet, ether(0x86dd, ip6(tcp(""))) + zeros(6),
       "[2001:db8::1]:51000>[2001:db8::2]:25 A 1000/2000 ''"},
      {"payload length 0 (TSO)", kEthernet, ether(0x86dd, ip6(tcp("QUIT"), {.length = 0})), kSegment6},
      {"payload length beyond the frame", 101, ip6(tcp("QUIT"), {.length = 30}), kSegment6 + " cut 6"},
  });
}

TEST(Decode, BeforeTheIpPayload) {
  struct Begins {
    const char* what;
    std::uint32_t link;
    std::string frame;
    std::size_t at;
  };
  const std::string data = "0123456789abcdef", piece6 = ip6(fragment6(6, 0, true, 7, data), {.next = 44});
  for (const Begins& c : std::vector<Begins>{
           {"fragment", kEthernet, ether(0x0800, ip4(data, {.fragment = 0x2000})), 34},
           {"last fragment", 101, ip4(data, {.fragment = 5}), 20},
           {"fragment with options", 0, hex("02000000") + ip4(data, {.fragment = 5, .options = zeros(12)}), 36},
           {"fragment, PPP", 9, hex("21") + ip4(data, {.fragment = 5}), 21},
           {"fragment in PPPoE, padded", kEthernet,
            ether(0x8864, hex("1100 0001 0026 0021") + ip4(data, {.fragment = 5}) + zeros(9)), 42},
           {"fragment of IPv6", 101, piece6, 48},
           {"last fragment of IPv6, whose data looks like headers", 229,
            ip6(fragment6(0, 16, false, 7, zeros(32)), {.next = 44}), 48},
           {"first fragment of IPv6 behind an option", kEthernet,
            ether(0x86dd, ip6(hex("2c00 0104 00000000") + fragment6(6, 0, true, 7, data), {.next = 0})), 70},
           {"IPv6, authenticated", 101, ip6(hex("0604 0000") + zeros(20) + data, {.next = 51}), 64},
           {"IPv4, authenticated", 101, ip4(hex("0604 0000") + zeros(20) + data, {.protocol = 51}), 44},
           {"IPv4, authenticated, a later fragment", 101, ip4(zeros(40), {.protocol = 51, .fragment = 5}), 20},
           {"IPv6, an extension that is cut", 101, ip6(hex("06ff 0000") + zeros(20), {.next = 0}), 40},
           {"UDP", kEthernet, ether(0x0800, ip4(data, {.protocol = 17})), 34},
           {"ARP", kEthernet, ether(0x0806, zeros(46)), 14},
           {"ARP, cooked", 113, zeros(14) + u16(0x0806) + zeros(28), 16},
           {"LCP", 9, hex("c021 01010004"), 1},
           {"not IP", 101, data, 0},
           {"unknown link", 12345, data, 0},
           {"cut in the IP header", kEthernet, ether(0x0800, ip4(data)).substr(0, 20), 14},
           {"cut in its options", 101, ip4("", {.options = zeros(12)}).substr(0, 25), 25},
           {"cut in the link's header", kEthernet, zeros(6), 6},
       })
    EXPECT_EQ(before_payload(c.link, c.frame, 100), c.at) << c.what;
}

TEST(Decode, Tcp) {
  const std::string ends = "192.0.2.1:51000>198.51.100.2:25 ";
  const std::string timestamps = hex("0101080a 00000001 00000002");
  check({
      {"SYN", 101, ip4(tcp("", {.ack = 0, .flags = 0x02})), ends + "S 1000/0 ''"},
      {"SYN with data (Fast Open)", 101, ip4(tcp("EHLO", {.ack = 0, .flags = 0x02})), ends + "S 1000/0 'EHLO'"},
      {"SYN-ACK", 101, ip4(tcp("", {.flags = 0x12})), ends + "SA 1000/2000 ''"},
      {"FIN", 101, ip4(tcp("", {.flags = 0x11})), ends + "FA 1000/2000 ''"},
      {"RST", 101, ip4(tcp("", {.flags = 0x04})), ends + "R 1000/2000 ''"},
      {"high sequence", 101, ip4(tcp("", {.seq = 0xffffffff, .ack = 0x80000000})), ends + "A 4294967295/2147483648 ''"},
      {"options", 101, ip4(tcp("QUIT", {.options = timestamps})), kSegment},
      {"40 octets of options", 101, ip4(tcp("QUIT", {.options = std::string(40, '\1')})), kSegment},
      {"header length 16", 101, ip4(hex("c7380019 000003e8 000007d0 4018") + zeros(6) + "QUIT"), "bad-header"},
      {"header length beyond the packet", 101, ip4(hex("c7380019 000003e8 000007d0 f018") + zeros(6) + "QUIT"),
       "bad-header"},
      {"12 octets of header and no more", 101, ip4(tcp("").substr(0, 12)), "bad-header"},
  });
  const std::string large = ip4(tcp(std::string(64'000, 'x')));
  EXPECT_EQ(decode(101, large), ends + "A 1000/2000 '" + std::string(64'000, 'x') + "'") << "a super-frame";
}

// An EtherType of nobody's: only what carries TCP counts as an encapsulation that was not read.
TEST(Decode, UnknownTypesThatCarryTcp) {
  const auto summed = [](std::string packet) {
    std::uint32_t sum = 0;
    packet.replace(10, 2, 2, '\0');
    for (std::size_t i = 0; i < 20; i += 2)
      sum += static_cast<std::uint32_t>(static_cast<unsigned char>(packet[i]) << 8 |
                                        static_cast<unsigned char>(packet[i + 1]));
    return packet.replace(10, 2, u16(~(sum + (sum >> 16)) & 0xffff));
  };
  const std::string good = summed(k4), icmp = summed(ip4(zeros(28), {.protocol = 1}));
  check({
      {"behind a tag", kEthernet, ether(0x4242, hex("0001 0002 0800") + good), "tunnel-unknown"},
      {"behind an odd tag", kEthernet, ether(0x4242, hex("00") + good), "tunnel-unknown"},
      {"with an integrity check behind", kEthernet, ether(0x4242, good + zeros(20)), "tunnel-unknown"},
      {"of IPv6", kEthernet, ether(0x4242, hex("00 0001 86dd") + k6), "tunnel-unknown"},
      {"cut by the snap length", kEthernet, ether(0x4242, good).substr(0, 56), "tunnel-unknown", 58},
      {"in another's SNAP", kEthernet, ether(52, hex("aaaa03 00000c 2000") + good), "tunnel-unknown"},
      {"a wrong checksum", kEthernet, ether(0x4242, k4), "not-ip"},
      {"much behind it", kEthernet, ether(0x4242, good + zeros(100)), "not-ip"},
      {"longer than the frame", kEthernet, ether(0x4242, good.substr(0, 43)), "not-ip"},
      {"ICMP", kEthernet, ether(0x4242, icmp), "not-ip"},
      {"nothing", kEthernet, ether(0x4242, zeros(200)), "not-ip"},
  });
}

TEST(Decode, CutBySnapLength) {
  const std::string frame = ether(0x0800, ip4(tcp("EHLO there", {.options = hex("0101080a 00000001 00000002")})));
  const std::string ends = "192.0.2.1:51000>198.51.100.2:25 A 1000/2000 ";
  ASSERT_EQ(frame.size(), 76u);
  const auto cut = [&](std::size_t n) { return decode(kEthernet, frame.substr(0, n), frame.size()); };
  EXPECT_EQ(cut(76), ends + "'EHLO there'");
  EXPECT_EQ(cut(75), ends + "'EHLO ther' cut 1");
  EXPECT_EQ(cut(68), ends + "'EH' cut 8") << "68 octets leave 2 of payload with timestamps";
  EXPECT_EQ(cut(66), ends + "'' cut 10");
  EXPECT_EQ(cut(60), ends + "'' cut 10") << "within the options";
  EXPECT_EQ(cut(54), ends + "'' cut 10") << "at the options";
  EXPECT_EQ(cut(48), ends + "'' cut 10") << "behind the flags";
  for (std::size_t n = 0; n < 48; ++n) EXPECT_EQ(cut(n), "truncated") << n;
}

TEST(Decode, EveryCutOfEveryFrameIsAnswered) {
  const std::string frames[] = {
      ether(0x88a8, hex("0001 8100 0002 8864 1100 0001 0032 0281 00001140") + k4),
      ether(0x86dd, ip6(hex("3c 01 0500") + zeros(12) + hex("06 00 050200000100") + tcp("QUIT"), {.next = 0}))};
  for (const std::string& frame : frames) {
    for (std::size_t n = 0; n < frame.size(); ++n) {
      const std::string cut = decode(kEthernet, frame.substr(0, n), frame.size());
      EXPECT_TRUE(cut == "truncated" || cut.find("cut") != std::string::npos) << n << ": " << cut;
      const std::string shorter = decode(kEthernet, frame.substr(0, n));
      EXPECT_TRUE(shorter == "bad-header" || shorter == "truncated" || shorter.find("cut") != std::string::npos)
          << n << ": " << shorter;
    }
  }
}

TEST(Decode, NamesOfWhatIsSkipped) {
  EXPECT_EQ(to_string(Skipped::NotIp), "not-ip");
  EXPECT_EQ(to_string(Skipped::UnknownLink), "unknown-link");
  EXPECT_EQ(to_string(Skipped::LostFragments), "lost-fragments");
  EXPECT_EQ(to_string(Skipped::BadHeader), "bad-header");
}

TEST(Decode, SeenAndIdentificationAreThePackets) {
  const std::string frame = ip4(tcp("QUIT"), {.id = 0xabcd});
  Decoder decoder(&kLimits);
  PacketView packet = packet_of(101, frame);
  packet.seen.frame = 77;
  packet.seen.input = 3;
  packet.seen.time = Timestamp{std::chrono::seconds(5)};
  const auto segment = std::get<SegmentView>(decoder.decode(packet));
  EXPECT_EQ(segment.seen.frame, 77u);
  EXPECT_EQ(segment.seen.input, 3u);
  EXPECT_EQ(segment.seen.time, packet.seen.time);
  EXPECT_EQ(segment.ip_id, 0xabcdu);
  const char* at = reinterpret_cast<const char*>(segment.payload.data());
  EXPECT_TRUE(at == frame.data() + 40) << "passed where it lies";
}

}  // namespace
}  // namespace mailseal
