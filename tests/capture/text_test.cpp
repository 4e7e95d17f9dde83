// Text captures: consoles, rows and lines by literal cases, then whole texts; the samples of the reference where they
// are at hand.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "files.h"
#include "text/console.h"
#include "text/dialect.h"
#include "text/proof.h"
#include "text/sniff.h"

namespace mailseal {
namespace {
using namespace std::string_view_literals;
const Limits kTextLimits;

std::vector<std::string> shown(std::string_view text, const Limits& limits = kTextLimits) {
  Octets octets = octets_of(as_bytes(text));
  ConsoleLines lines(&octets, &limits);
  std::vector<std::string> all;
  for (std::string_view line; lines.next(line);) all.emplace_back(line);
  EXPECT_EQ(lines.number(), all.size());
  return all;
}

TEST(Console, ShowsWhatTheScreenShowed) {
  struct Case {
    std::string_view text;
    std::vector<std::string> lines;
  };
  const Case cases[] = {
      {"", {}},
      {"a\nb", {"a", "b"}},
      {"a\r\nb\r\r\n\n", {"a", "b", ""}},
      {"diag n\b\x1b[Ksnif pa\b\x1b[Kpack\r\n", {"diag snif ppack"}},
      {"\"\" 6\b\b\bp\" 6\b\b\bo\" 6", {"\"po\" 6"}},
      {"\x1b]0;user@host: ~\auser@host$ x", {"user@host$ x"}},
      {"\x1b]0;title\x1b\\x", {"x"}},
      {"abcdef\r\x1b[2Px", {"xdef"}},
      {"abc\r\x1b[2@xy", {"xyabc"}},
      {"ab\x1b[31mc\x1b[0m", {"abc"}},
      {"--More-- \r         \r0x0000", {"0x0000   "}},
      {"--More-- 0x0000", {"0x0000"}},
      {"0x0000\xa0\xa0 45\xc2\xa0", {"0x0000   45 "}},
      {"[2016-03-01 10:00:00.000] 0.134364 x", {"0.134364 x"}},
      {"[10:00:00] x\n[FPC01] 0.1 x\n[slot 1:2] x", {"x", "[FPC01] 0.1 x", "[slot 1:2] x"}},
      {"\xef\xbb\xbfx\ny", {"x", "y"}},
      {"\xff\xfe"
       "a\0\r\0\n\0\x92\x21"
       "b\0"sv,
       {"a", "?b"}},
      {"\xfe\xff"
       "\0a\0\r\0\n\0b"sv,
       {"a", "b"}},
      {"\x1b[", {""}},
      {"\b\b\x1b[5D\x1b[9Cx", {"x"}},
  };
  for (const Case& c : cases) EXPECT_EQ(shown(c.text), c.lines) << c.text;
}

TEST(Console, HoldsNoMoreThanItMay) {
  Limits limits;
  limits.text_line_bytes = 8;
  EXPECT_EQ(shown("1234567\n12345678901234567890123456789\nx\n", limits),
            (std::vector<std::string>{"1234567", "12345678", "x"}));
  EXPECT_EQ(shown(std::string(100'000, 'a') + "\nx", limits), (std::vector<std::string>{"aaaaaaaa", "x"}));
}

using ReadRow = RowIs (*)(std::string_view, TextRow&) noexcept;

std::string row_text(ReadRow read, std::string_view line) {
  TextRow row;
  switch (read(line, row)) {
    case RowIs::NoRow:
      return "none";
    case RowIs::Damaged:
      return "damaged";
    case RowIs::Sound:
      break;
  }
  std::string text = std::to_string(row.offset) + (row.characters ? ":" : "!");
  constexpr std::string_view kHex = "0123456789abcdef";
  for (std::size_t i = 0; i < row.count; ++i) {
    text += kHex[std::to_integer<unsigned>(row.octets[i]) >> 4];
    text += kHex[std::to_integer<unsigned>(row.octets[i]) & 15];
  }
  return text;
}

TEST(Rows, AgreeWithTheirCharactersOrAreDamaged) {
  struct Case {
    ReadRow read;
    std::string_view line, row;
  };
  const Case cases[] = {
      // FortiGate
      {read_words, "0x0010\t 003c 707c 4000 4006 46d5 c0a8 0102 c0a8\t.<p|@.@.F.......",
       "16:003c707c4000400646d5c0a80102c0a8"},
      {read_words, "0x0010   003c 707c 4000 4006 46d5 c0a8 0102 c0a8        .<p|@.@.F.......",
       "16:003c707c4000400646d5c0a80102c0a8"},
      {read_words, "0x0040\t 14f4                                   \t..", "64:14f4"},
      {read_words, "0x0040\t 6669 780d 0a                           \tfix..", "64:6669780d0a"},
      {read_words, "0x0040 6669 780d 0a fix..", "64:6669780d0a"},  // blanks joined on the way
      {read_words, "0x0000\t 6265 6566                              \tbeef", "0:62656566"},
      {read_words, "0x0000 6265 6566 beef", "0:62656566"},
      {read_words, "0x0000\t 6120 62                                \ta.b", "0:612062"},
      {read_words, "0x0000\t 6120 62                                \ta b", "0:612062"},  // a blank as itself
      {read_words, "0x0000\t 2061 20                                \t a ", "0:206120"},
      {read_words, "0x0000\t 2061 20                                \t.a.", "0:206120"},
      {read_words, "0x0000\t 6120 62                                \ta  b", "damaged"},
      {read_words, "0x0010\t 003c 707c 4000 4006 46d5 c0a8 0102 c0a8\t.<p|@.@.F......", "damaged"},
      {read_words, "0x0010\t 003c 707c 4000 4006 46d5 c0a8 0102 c0a8\t.<q|@.@.F.......", "damaged"},
      {read_words, "0x0010\t 003c 707c 4000 4006 46d5 c0a8 0102 c0a8", "damaged"},
      {read_words, "0x0010\t 0100ifds 0000 4006 46d5 c0a8 0102 c0a8\t.<p|@.@.F.......", "damaged"},
      {read_words, "0x0010\t 003c 707c 400 4006 46d5 c0a8 0102 c0a8\t.<p|@.@.F.......", "damaged"},
      {read_words, "0xfafa0030\t 4500\tE.", "4210688048:4500"},  // the offset does not follow: the source's business
      {read_words, "0x001\t 4500\tE.", "none"},
      {read_words, "0x0000", "none"},
      {read_words, "x0000\t 4500\tE.", "none"},
      {read_words, "\t0x0000:  4500 E.", "none"},
      // tcpdump
      {read_colon_words, "\t0x0000:  4500 0028  E..(", "0:45000028"},
      {read_colon_words, "\t0x0020:  5002 ffff 6621 0000                      P...f!..", "32:5002ffff66210000"},
      {read_colon_words, "\t0x0020:  5002 ffff 6621 0000", "32!5002ffff66210000"},
      {read_colon_words, "\t0x0020:  5002 ffff 66210000", "damaged"},
      {read_colon_words, "\t0x0020:  5002 ffff 6621 0000                      P...g!..", "damaged"},
      {read_colon_words, "\t0x0020:", "damaged"},
      // FortiMail
      {read_octets, "000010\t 00 3c 70 7c 40 00 40 06 46 d5 c0 a8 01 02 c0 a8\t.<p|@.@.F.......",
       "16:003c707c4000400646d5c0a80102c0a8"},
      {read_octets, "000040\t 14 f4                                          \t..", "64:14f4"},
      {read_octets, "000040\t 14 f4                                          \t.a", "damaged"},
      {read_octets, "000040\t 14 4                                           \t..", "damaged"},
      {read_octets, "0010\t 00 3c\t.<", "none"},
      {read_octets, "2015-06-24 04:48:37", "none"},
      // tshark
      {read_spaced_octets, "0030  ff ff 05 09 00 00 33 35 34 20 45 6e 74 65 72 20   ......354 Enter ",
       "48:ffff0509000033353420456e74657220"},
      {read_spaced_octets, "0030  ff ff 05 09 00 00 33 35 34 20 45 6e 74 65 72 20   ......354 Enter",
       "48:ffff0509000033353420456e74657220"},
      {read_spaced_octets, "0030  ff ff 05 09 00 00 33 35  34 20 45 6e 74 65 72 20   ......354 Enter",
       "48:ffff0509000033353420456e74657220"},
      {read_spaced_octets, "0000  20 20                                              ", "0:2020"},
      {read_spaced_octets, "0000  61 62                                             ac", "damaged"},
      {read_spaced_octets, "2016 years ago", "none"},
      // ScreenOS
      {read_bare_octets, "              00 60 08 68                                         .`.h", "0:00600868"},
      {read_bare_octets, "              00 60 08 68                                         .`.i", "damaged"},
      {read_bare_octets, "              vhl=45, tos=00, id=37739", "none"},
      {read_bare_octets, "             00 60                                          .`", "none"},
  };
  for (const Case& c : cases) EXPECT_EQ(row_text(c.read, c.line), c.row) << c.line;
}

std::string line_text(bool (*read)(std::string_view, PacketLine&), std::string_view line) {
  PacketLine p;
  if (!read(line, p)) return "none";
  constexpr std::string_view kKinds[] = {"none", "dated", "epoch", "elapsed", "of-day", "indented"};
  constexpr std::string_view kWays[] = {"", "in", "out"};
  std::string text(kKinds[static_cast<std::size_t>(p.stamp.kind)]);
  if (p.stamp.kind != StampKind::None) text += " " + std::to_string(p.stamp.since.count() / 1000);
  if (p.phantom) text += " phantom";
  if (!p.sure) text += " unsure";
  if (!p.interface.empty()) text += " " + std::string(p.interface);
  if (p.direction != Direction::Unknown) text += " " + std::string(kWays[static_cast<std::size_t>(p.direction)]);
  if (p.wire_bytes != 0) text += " wire " + std::to_string(p.wire_bytes);
  if (!p.told) return text;
  const ToldSegment& t = *p.told;
  text += " | " + to_string(Endpoint{t.from, t.from_port}) + " > " + to_string(Endpoint{t.to, t.to_port});
  text += (t.syn ? " S" : "") + std::string(t.fin ? " F" : "") + (t.rst ? " R" : "") + (t.psh ? " P" : "");
  if (t.seq) text += " seq " + std::to_string(*t.seq);
  if (t.ack) text += " ack " + std::to_string(*t.ack);
  if (t.payload != 0) text += " payload " + std::to_string(t.payload);
  return text;
}

TEST(Lines, AreToldAsTheyStand) {
  struct Case {
    bool (*read)(std::string_view, PacketLine&);
    std::string_view line, told;
  };
  const Case cases[] = {
      {read_fortigate_line, "0.134364 192.168.1.110.34133 -> 192.168.1.10.25: syn 558739446",
       "elapsed 134364 | 192.168.1.110:34133 > 192.168.1.10:25 S seq 558739446"},
      {read_fortigate_line, "0.134391 wan1 -- 192.168.1.10.25 -> 192.168.1.110.34133: syn 216 ack 558 ",
       "elapsed 134391 wan1 | 192.168.1.10:25 > 192.168.1.110:34133 S seq 216 ack 558"},
      {read_fortigate_line, "2015-06-23 17:00:12.184010 port1 in 10.0.0.1.1 -> 10.0.0.2.25: psh 814810657 ack 5 ",
       "dated 1435078812184010 port1 in | 10.0.0.1:1 > 10.0.0.2:25 P seq 814810657 ack 5"},
      {read_fortigate_line, "[FPC01] 0.000001 port1 out 10.0.0.1.1 -> 10.0.0.2.25: ack 5 ",
       "elapsed 1 port1 out | 10.0.0.1:1 > 10.0.0.2:25 ack 5"},
      {read_fortigate_line, "0.000001 fe80::1.25 -> fe80::2.40000: fin 7 ack 9 ",
       "elapsed 1 | [fe80::1]:25 > [fe80::2]:40000 F seq 7 ack 9"},
      {read_fortigate_line, "0.000001 10.0.0.1.1 -> 10.0.0.2.25: rst 7 ",
       "elapsed 1 | 10.0.0.1:1 > 10.0.0.2:25 R seq 7"},
      {read_fortigate_line, "0.806164 wan1 in arp who-has 10.108.18.77 tell 10.108.17.106", "elapsed 806164 wan1 in"},
      {read_fortigate_line, "1.527607 fe80::18f.64105 -> ff02::c.1900: udp 146 [hlim 1]", "elapsed 1527607"},
      {read_fortigate_line, "1.5 Ether type 0x8890 printer havn't been added to sniffer.", "elapsed 1500000 unsure"},
      {read_fortigate_line, "][]dfg3.911262 10.0.0.1.1 -> 10.0.0.2.25: ack 5", "none"},
      {read_fortigate_line, "FG # diag sniff", "none"},
      {read_fortigate_line, "2015-13-23 17:00:12.184010 x -> y", "none"},
      {read_fortigate_line, "", "none"},
      {read_tcpdump_line, "01:00:03.911262 IP 192.0.2.1.49231 > 192.0.2.2.25: Flags [S], length 0",
       "of-day 3603911262"},
      {read_tcpdump_line, "IP 192.0.2.1.49231 > 192.0.2.2.25: Flags [S], length 0", "none"},  // kind of stamp: none
      {read_tcpdump_line,
       "1435149641.095371 00:0c:29:13:c0:cf > ff:ff:ff:ff:ff:ff, ethertype IPv4 (0x0800), length 477: 10.0.0.1.1 > "
       "10.0.0.2.2: UDP, length 435",
       "epoch 1435149641095371 wire 477"},
      {read_tcpdump_line, " 00:00:00.010037 IP (tos 0x0, ttl 64, id 2)", "indented 10037"},
      {read_tcpdump_line, "-00:00:00.010037 IP 10.0.0.1 > 10.0.0.2: x", "indented -10037"},
      {read_tcpdump_line, "2016-03-01 01:00:03.911262123 IP6 fe80::1.25 > fe80::2.1: Flags [.]",
       "dated 1456794003911262"},
      {read_tcpdump_line, "01:00:03.911262 eth0  In  IP 10.0.0.1.1 > 10.0.0.2.25: Flags [.]",
       "of-day 3603911262 eth0 in"},
      {read_tcpdump_line, "18:23:20.567634 Out IP 10.0.0.1.1 > 10.0.0.2.25: Flags [.]", "of-day 66200567634 out"},
      {read_tcpdump_line, "    192.168.1.10.49231 > 192.168.1.99.25: Flags [S]", "none"},
      {read_tcpdump_line, "25:00:03.911262 IP 10.0.0.1 > x", "none"},
      {read_tshark_line, "Frame 3: 66 bytes on wire (528 bits), 66 bytes captured (528 bits)", "none wire 66"},
      {read_tshark_line, "Frame (108 bytes):", "none unsure"},
      {read_tshark_line, "Reassembled SMTP (51 bytes):", "none phantom unsure"},
      {read_tshark_line, "Decrypted TLS (51 bytes):", "none phantom unsure"},
      {read_tshark_line, "    1   0.000000 192.168.1.10 \xe2\x86\x92 192.168.1.99 TCP 54 49231", "elapsed 0"},
      {read_tshark_line, "    Epoch Time: 1456794003.911262000 seconds", "epoch 1456794003911262 unsure"},
      {read_tshark_line, "Frame Control: 66", "none"},
      {read_asa_line, "   1: 15:01:45.052762 1.1.1.1.12869 > 2.2.2.2.80: S 3624439037:3624439037(0) win 8192",
       "of-day 54105052762 | 1.1.1.1:12869 > 2.2.2.2:80 S seq 3624439037"},
      {read_asa_line, "   2: 15:01:45.052762 802.1Q vlan#70 P0 1.1.1.1.25 > 2.2.2.2.80: P 7:17(10) ack 9 win 8",
       "of-day 54105052762 | 1.1.1.1:25 > 2.2.2.2:80 P seq 7 ack 9 payload 10"},
      {read_asa_line, "   3: 15:01:45.052762 1.1.1.1.25 > 2.2.2.2.80: . ack 9 win 8",
       "of-day 54105052762 | 1.1.1.1:25 > 2.2.2.2:80 ack 9"},
      {read_asa_line, "2 packets captured", "none"},
      {read_screenos_line, "6843828.0: trust(o) len=98:00121ebbd132->00600868d659/0800",
       "elapsed 6843828000000 trust out wire 98"},
      {read_screenos_line, "tcp: ports 2222->2333", "none"},
  };
  for (const Case& c : cases) {
    if (c.line.starts_with("IP ")) {  // without a stamp (-t)
      PacketLine p;
      EXPECT_TRUE(c.read(c.line, p) && p.sure && p.stamp.kind == StampKind::None);
      continue;
    }
    EXPECT_EQ(line_text(c.read, c.line), c.told) << c.line;
  }
}

// --- whole texts ---

struct Text {
  std::string packets;  ///< "frame@line len/wire link; ..."
  InputFacts facts;
};

Text read_text(std::string_view text) {
  const auto source = open_octets(
      [text, at = std::size_t{0}](std::span<std::byte> room) mutable {
        const std::size_t n = std::min({room.size(), text.size() - at, std::size_t{1000}});
        std::memcpy(room.data(), text.data() + at, n);
        at += n;
        return static_cast<std::ptrdiff_t>(n);
      },
      "a.txt", 0, &kTextLimits);
  Text out;
  if (!source) {
    out.packets = source.error().message;
    return out;
  }
  for (;;) {
    const Captured captured = (*source)->next();
    const auto* p = std::get_if<PacketView>(&captured);
    if (p == nullptr) break;
    const auto line = (*source)->facts().text->lines.line_of(p->seen.frame);
    out.packets += std::to_string(p->seen.frame) + "@" + std::to_string(line.value_or(0)) + " " +
                   std::to_string(p->bytes.size()) + "/" + std::to_string(p->wire_bytes) + " link " +
                   std::to_string(static_cast<std::uint32_t>(p->link)) + "; ";
  }
  out.facts = (*source)->facts();
  return out;
}

constexpr std::string_view kSyn =
    "0x0000\t 0050 56a1 1925 0009 0f09 0001 0800 4500\t.PV..%........E.\n"
    "0x0010\t 003c 627e 4000 4006 5475 c0a8 016e c0a8\t.<b~@.@.Tu...n..\n"
    "0x0020\t 010a 8555 0019 214d aff6 0000 0000 a002\t...U..!M........\n"
    "0x0030\t faf0 b726 0000 0204 05b4 0402 080a b7a3\t...&............\n"
    "0x0040\t 03c7 0000 0000 0103 030a               \t..........\n";
constexpr std::string_view kLine = "0.134364 192.168.1.110.34133 -> 192.168.1.10.25: syn 558739446 \n";

std::string without_line(std::string_view text, std::size_t number) {
  std::string out;
  for (std::size_t n = 1; !text.empty(); ++n) {
    const std::size_t end = std::min(text.find('\n') + 1, text.size());
    if (n != number) out += text.substr(0, end);
    text.remove_prefix(end);
  }
  return out;
}

TEST(TextCapture, APacketEndsWhereARowIsMissing) {
  const std::string one = std::string(kLine) + std::string(kSyn);
  EXPECT_EQ(read_text(one).packets, "1@1 74/74 link 1; ");
  EXPECT_EQ(read_text(one + "\n" + one).packets, "1@1 74/74 link 1; 2@8 74/74 link 1; ");
  EXPECT_EQ(read_text(one + one).packets, "1@1 74/74 link 1; 2@7 74/74 link 1; ");  // the empty line is missing
  EXPECT_EQ(read_text(one + std::string(kSyn)).packets, "1@1 74/74 link 1; 2@7 74/74 link 1; ");  // a line is missing
  EXPECT_EQ(read_text(without_line(one, 4)).packets, "1@1 32/32 link 147; ");  // half an IP header proves nothing
  EXPECT_EQ(read_text(one + "\n" + without_line(one, 4)).packets, "1@1 74/74 link 1; 2@8 32/32 link 1; ");
  EXPECT_EQ(read_text(one + "\n" + without_line(one, 2)).packets, "1@1 74/74 link 1; 2@8 0/0 link 101; ");
  EXPECT_EQ(read_text(without_line(one, 6) + "\n" + one).packets, "1@1 64/64 link 1; 2@7 74/74 link 1; ");
  const Text damaged = read_text(without_line(one, 4) + "\n" + one);
  EXPECT_EQ(damaged.facts.text->damaged, 1u);
  EXPECT_EQ(damaged.facts.text->damaged_line, 4u);
  EXPECT_EQ(damaged.facts.text->last_line, 12u);
}

TEST(TextCapture, RowsOfAnotherPacketAreNotAppended) {
  const std::string one = std::string(kLine) + std::string(kSyn);
  // The first packet's tail and the second one's head are lost, with the line between: an empty line stood there.
  const std::string torn = one.substr(0, one.find("0x0030")) + "\n" + one.substr(one.find("0x0030"));
  EXPECT_EQ(read_text(torn).packets, "1@1 48/48 link 1; ");
  EXPECT_EQ(read_text(torn).facts.text->damaged, 1u);
}

TEST(TextCapture, IsRecognizedBehindNoise) {
  std::string noise;
  for (int i = 0; i < 500; ++i) noise += "Warning: something else is said here " + std::to_string(i) + "\r\n";
  const std::string one = std::string(kLine) + std::string(kSyn);
  EXPECT_EQ(read_text(noise + one).packets, "1@501 74/74 link 1; ");
  EXPECT_EQ(read_text(noise + one).facts.format, "fortigate-text");
  EXPECT_EQ(read_text(noise).packets,
            "cannot read a.txt: it is text, no capture; record packets with: tcpdump -w FILE");
}

TEST(TextCapture, TellsWhatTheSnifferSaid) {
  const Text text =
      read_text("FG # diag sniff pack port1 'x y' 6 0 a\ninterfaces=[port1]\nfilters=[x y]\n" + std::string(kLine) +
                std::string(kSyn) + "\n12 packets received by filter\n5 packets dropped by kernel\n");
  EXPECT_EQ(text.facts.dropped, 5u);
  ASSERT_EQ(text.facts.interfaces.size(), 1u);
  EXPECT_EQ(text.facts.interfaces[0].name, "port1");
  EXPECT_EQ(text.facts.text->clock, TextClock::Undated);
  EXPECT_EQ(text.facts.ended, "complete");
}

TEST(Proof, OfTheLink) {
  const auto bytes = [](std::initializer_list<int> list) {
    std::vector<std::byte> out;
    for (const int i : list) out.push_back(static_cast<std::byte>(i));
    return out;
  };
  const auto ip =
      bytes({0x45, 0, 0, 40, 0, 1, 0x40, 0, 0x40, 6, 0xb7, 0x11, 192, 168, 1, 10, 192, 168, 1, 99, 0, 0, 0, 0});
  EXPECT_EQ(proven_link(ip), kRawIp);
  auto changed = ip;
  changed[3] = std::byte{41};
  EXPECT_EQ(proven_link(changed), std::nullopt);
  // The "source" of a ppp interface is what lay in memory, and looks like IP (FORMATS 1.5).
  auto ppp = bytes({0, 0, 0, 0, 0, 1, 0, 0x21, 0x45, 0, 0, 0x6f, 8, 0});
  ppp.insert(ppp.end(), ip.begin(), ip.end());
  EXPECT_EQ(proven_link(ppp), kEthernet);
  EXPECT_EQ(proven_link(bytes({0, 1, 8, 0, 6, 4, 0, 1})), kRawIp);  // ARP without its Ethernet header
  EXPECT_EQ(proven_link({}), std::nullopt);
}

// --- the samples of the reference: FORMATS 0.1 counts 7,415 rows of FortiGate and 609 of FortiMail ---

namespace fs = std::filesystem;
const fs::path kSamples = MAILSEAL_SOURCE_DIR "/../shared/reference/samples";

struct RowCount {
  std::uint64_t sound = 0, damaged = 0;
};
RowCount count_rows(const fs::path& path, ReadRow read) {
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  RowCount count;
  for (const std::string& line : shown(text)) {
    TextRow row;
    const RowIs is = read(line, row);
    count.sound += is == RowIs::Sound;
    count.damaged += is == RowIs::Damaged;
  }
  return count;
}

TEST(Samples, NoRowIsMisread) {
  if (!fs::exists(kSamples)) GTEST_SKIP() << "the reference is not at hand";
  RowCount fortigate, fortimail;
  for (const auto& file : fs::directory_iterator(kSamples / "fortigate" / "sniftran")) {
    const std::string name = file.path().filename().string();
    if (!name.ends_with(".txt")) continue;
    const RowCount words = count_rows(file.path(), read_words), octets = count_rows(file.path(), read_octets);
    fortigate.sound += words.sound;
    fortigate.damaged += words.damaged;
    fortimail.sound += octets.sound;
    fortimail.damaged += octets.damaged;
    EXPECT_EQ(words.damaged, name == "damaged.txt" ? 1u : 0u) << name;
  }
  EXPECT_EQ(fortigate.sound,
            7415u + 1u);  // and one whose offset is damaged ("0xfafa0030"), which cannot follow any other
  EXPECT_EQ(fortimail.sound, 609u);
  EXPECT_EQ(fortimail.damaged, 0u);
}

TEST(Samples, EveryPacketIsRead) {
  if (!fs::exists(kSamples)) GTEST_SKIP() << "the reference is not at hand";
  struct Sample {
    const char* path;
    const char* format;
    std::uint64_t packets, damaged;
  };
  const Sample samples[] = {
      {"fortigate/sniftran/test3.txt", "fortigate-text", 218, 0},
      {"fortigate/sniftran/damaged.txt", "fortigate-text", 218, 2},
      {"fortigate/sniftran/fe.txt", "fortimail-text", 109, 0},
      {"fortigate/sniftran/fac4.txt", "tcpdump-text", 42, 0},
      {"fortigate/sniftran/fac.txt", "tcpdump-text", 8, 0},
      {"fortigate/sniftran/pppoe2.txt", "fortigate-text", 127, 0},
      {"fortigate/fgsniffer/example.log", "fortigate-text", 4, 0},
      {"synthetic/fgt-plain-v3-r-terminalcopy.txt", "fortigate-text", 32, 0},
      {"synthetic/fml-plain-v6-r.txt", "fortimail-text", 32, 0},
      {"tcpdump-text/tshark-x.txt", "tshark-text", 32, 0},
      {"tcpdump-text/tcpdump-x.txt", "tcpdump-text", 8, 0},
      {"synthetic/fgt-plain-v4-a.txt", "fortigate-text", 32, 0},
  };
  for (const Sample& s : samples) {
    std::ifstream in(kSamples / s.path, std::ios::binary);
    const Text text = read_text(std::string((std::istreambuf_iterator<char>(in)), {}));
    EXPECT_EQ(text.facts.format, s.format) << s.path << text.packets;
    EXPECT_EQ(text.facts.packets, s.packets) << s.path;
    ASSERT_NE(text.facts.text, nullptr) << s.path;
    EXPECT_EQ(text.facts.text->damaged, s.damaged) << s.path;
    EXPECT_EQ(text.packets.find("link 147"), std::string::npos) << s.path;
  }
}

}  // namespace
}  // namespace mailseal
