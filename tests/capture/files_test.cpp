// What pcap and pcapng files say: byte orders, clocks, interfaces, drops, cuts.
#include "files.h"

#include <zlib.h>

namespace mailseal {
namespace {
using namespace files;
using Lines = std::vector<std::string>;

const Writer kLittle{ByteOrder::Little}, kBig{ByteOrder::Big};

std::string sha256(const std::string& octets) {
  Sha256 digest;
  digest.add(as_bytes(octets));
  return digest.finish();
}

TEST(Pcap, BothOrdersAndClocks) {
  for (const Writer& w : {kLittle, kBig}) {
    const std::string packets = w.record(1, 500'000, "abc") + w.record(2, 0, "de", 1500);
    const Result micro = read_text(w.header() + packets);
    EXPECT_EQ(micro.packets, (Lines{"1.500000000 link 1 'abc' of 3", "2.000000000 link 1 'de' of 1500"}));
    EXPECT_EQ(micro.facts.format, "pcap");
    EXPECT_EQ(micro.facts.ended, "complete");
    EXPECT_EQ(micro.facts.dropped, std::nullopt);
    ASSERT_EQ(micro.facts.interfaces.size(), 1u);
    EXPECT_EQ(micro.facts.interfaces[0].link_type, 1u);
    EXPECT_EQ(micro.facts.interfaces[0].snap_length, 262'144u);
    const Result nano = read_text(w.header(0xa1b23c4d, 113) + packets);
    EXPECT_EQ(nano.packets, (Lines{"1.000500000 link 113 'abc' of 3", "2.000000000 link 113 'de' of 1500"}));
  }
}

TEST(Pcap, Kuznetzov) {
  for (const Writer& w : {kLittle, kBig}) {
    const std::string record = w.u32(1) + w.u32(7) + w.u32(3) + w.u32(9) + std::string(8, 'i') + "abc";
    EXPECT_EQ(read_text(w.header(0xa1b2cd34) + record + record).packets,
              (Lines{"1.000007000 link 1 'abc' of 9", "1.000007000 link 1 'abc' of 9"}));
  }
}

TEST(Pcap, NetsniffAndIxia) {
  for (const Writer& w : {kLittle, kBig}) {
    const std::string record = w.u32(1) + w.u32(7) + w.u32(3) + w.u32(9), behind = std::string(8, 'i');
    const auto two = [&](std::uint32_t magic, const std::string& packet, const std::string& in_header) {
      return read_text(w.header(magic) + in_header + packet + packet).packets;
    };
    const Lines nano{"1.000000007 link 1 'abc' of 9", "1.000000007 link 1 'abc' of 9"};
    const Lines micro{"1.000007000 link 1 'abc' of 9", "1.000007000 link 1 'abc' of 9"};
    EXPECT_EQ(two(0xa1e2cb12, record + behind + "abc", ""), nano);
    EXPECT_EQ(two(0x1c0001ac, record + "abc", w.u32(38)), nano);
    EXPECT_EQ(two(0x1c0001ab, record + "abc", w.u32(38)), micro);
    EXPECT_EQ(read_text(w.header(0x1c0001ac) + "ab").facts.ended, "truncated");
  }
}

TEST(Pcap, OddHeaders) {
  const Writer& w = kLittle;
  const std::string packet = w.record(1, 0, "abc");
  const Lines one{"1.000000000 link 1 'abc' of 3"};
  EXPECT_EQ(read_text(w.header(0xa1b2c3d4, 1, 0) + packet).packets, one) << "snap length 0";
  EXPECT_EQ(read_text(w.header(0xa1b2c3d4, 1, 0xffffffff) + packet).packets, one) << "snap length 2^32-1";
  EXPECT_EQ(read_text(w.header(0xa1b2c3d4, 1, 2) + packet).packets, one) << "snap length below the packet's";
  EXPECT_EQ(read_text(w.header(0xa1b2c3d4, 0x24000001) + packet).packets, one) << "length of an FCS told";
  EXPECT_EQ(read_text(w.header(0xa1b2c3d4, 1, 96, 2, 9) + packet).packets, one) << "a version to come";
  EXPECT_EQ(read_text(w.header() + w.record(1, 1'500'000, "abc")).packets, (Lines{"2.500000000 link 1 'abc' of 3"}))
      << "microseconds beyond a second";
  EXPECT_EQ(read_text(w.header() + w.record(1, 0, "abc", 1)).packets, one) << "wire length below the captured";
  const std::string swapped_lengths = w.u32(1) + w.u32(0) + w.u32(60) + w.u32(3) + "abc";
  EXPECT_EQ(read_text(w.header(0xa1b2c3d4, 1, 96, 2, 2) + swapped_lengths).packets,
            (Lines{"1.000000000 link 1 'abc' of 60"}))
      << "lengths exchanged before 2.4";
  EXPECT_EQ(read_text(w.header() + w.record(0xffffffff, 0, "abc")).packets,
            (Lines{"4294967295.000000000 link 1 'abc' of 3"}))
      << "the year 2106";
}

TEST(Pcap, NoPacketIsACapture) {
  const Result none = read_text(kLittle.header());
  EXPECT_EQ(none.error, "");
  EXPECT_EQ(none.facts.ended, "complete");
  EXPECT_EQ(none.facts.packets, 0u);
  EXPECT_EQ(none.facts.first, std::nullopt);
}

TEST(Pcap, FactsOfTimeAndDigest) {
  const Writer& w = kLittle;
  const std::string file = w.header() + w.record(10, 0, "a") + w.record(9, 500'000, "b") + w.record(8, 0, "c") +
                           w.record(20, 0, "d") + w.record(12, 0, "e");
  const InputFacts facts = read_text(file).facts;
  EXPECT_EQ(facts.first, Timestamp{std::chrono::seconds(10)});
  EXPECT_EQ(facts.last, Timestamp{std::chrono::seconds(12)});
  EXPECT_EQ(read_text(file).frames, (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(facts.backward_steps, 2u) << "half a second back is none";
  EXPECT_EQ(facts.backward_frame, 3u);
  EXPECT_EQ(facts.size, file.size());
  EXPECT_EQ(facts.sha256, sha256(file));
  EXPECT_EQ(facts.path, "test");
}

TEST(Pcap, LargerThanTheBuffer) {
  const Writer& w = kLittle;
  std::string file = w.header();
  for (unsigned i = 0; i < 100; ++i)
    file += w.record(i, 0, std::string(65'000 + i * 13, static_cast<char>('a' + i % 26)));
  const std::string giant(3 << 20, 'g');
  file += w.record(200, 0, giant) + w.record(201, 0, "last");
  for (const std::size_t piece : {std::size_t{1} << 30, std::size_t{4096}, std::size_t{65'521}}) {
    const Result r = read_text(file, piece);
    ASSERT_EQ(r.packets.size(), 102u);
    for (unsigned i = 0; i < 100; ++i) {
      EXPECT_EQ(r.packets[i].substr(r.packets[i].find('\'') + 1, 65'000 + i * 13),
                std::string(65'000 + i * 13, static_cast<char>('a' + i % 26)));
    }
    EXPECT_EQ(r.packets[100].size(), giant.size() + std::string("200.000000000 link 1 '' of 3145728").size());
    EXPECT_EQ(r.packets[101], "201.000000000 link 1 'last' of 4");
    EXPECT_EQ(r.facts.sha256, sha256(file));
  }
}

TEST(Pcapng, TwoInterfaces) {
  for (const Writer& w : {kLittle, kBig}) {
    const std::string file =
        w.section() +
        w.interface(1, w.option(2, "eth0") + w.option(11, std::string("\0tcp port 25", 12)) + w.no_more(), 0) +
        w.interface(113, w.option(9, "\x09") + w.option(14, w.u64(3600)) + w.option(11, "\1compiled") + w.no_more(),
                    96) +
        w.enhanced(0, 1'500'000, "abc") + w.enhanced(1, 2'000'000'001, "de", 1500) + w.enhanced(0, 3'000'000, "");
    const Result r = read_text(file);
    EXPECT_EQ(r.packets, (Lines{"1.500000000 link 1 'abc' of 3", "3602.000000001 link 113 'de' of 1500",
                                "3.000000000 link 1 '' of 0"}));
    EXPECT_EQ(r.facts.format, "pcapng");
    EXPECT_EQ(r.facts.ended, "complete");
    EXPECT_EQ(r.facts.sha256, sha256(file));
    ASSERT_EQ(r.facts.interfaces.size(), 2u);
    EXPECT_EQ(r.facts.interfaces[0].name, "eth0");
    EXPECT_EQ(r.facts.interfaces[1].name, std::nullopt);
    EXPECT_EQ(r.facts.interfaces[1].link_type, 113u);
    EXPECT_EQ(r.facts.interfaces[1].snap_length, 96u);
    EXPECT_EQ(r.facts.interfaces[0].filter, "tcp port 25");
    EXPECT_EQ(r.facts.interfaces[1].filter, "");
    EXPECT_EQ(r.facts.dropped, std::nullopt);
  }
}

TEST(Pcapng, Clocks) {
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  struct Case {
    const char* what;
    unsigned resolution;
    std::int64_t offset;
    std::uint64_t ticks;
    const char* time;
  };
  const Case cases[] = {
      {"seconds", 0, 0, 1'700'000'000, "1700000000.000000000"},
      {"milliseconds", 3, 0, 1'700'000'000'123, "1700000000.123000000"},
      {"microseconds", 6, 0, 1'700'000'000'123'456, "1700000000.123456000"},
      {"hundreds of nanoseconds", 7, 0, 17'000'000'001'234'567, "1700000000.123456700"},
      {"nanoseconds", 9, 0, 1'700'000'000'123'456'789, "1700000000.123456789"},
      {"picoseconds", 12, 1'700'000'000, 1'123'456'789'987, "1700000001.123456789"},
      {"10^-19 s", 19, 0, kMost, "1.844674407"},
      {"10^-28 s", 28, 0, kMost, "0.000000001"},
      {"10^-29 s", 29, 5, kMost, "5.000000000"},
      {"10^-127 s", 127, 5, kMost, "5.000000000"},
      {"2^0 s", 0x80, 0, 7, "7.000000000"},
      {"2^-10 s", 0x8a, 0, 1536, "1.500000000"},
      {"2^-32 s", 0xa0, 1, 0x1'4000'0000, "2.250000000"},
      {"2^-40 s", 0xa8, 0, std::uint64_t{3} << 39, "1.500000000"},
      {"2^-63 s", 0xbf, 0, kMost, "1.999999999"},
      {"2^-64 s", 0xc0, 0, std::uint64_t{1} << 63, "0.500000000"},
      {"2^-94 s", 0xde, 0, kMost, "0.000000000"},
      {"2^-127 s", 0xff, 2, kMost, "2.000000000"},
      {"an offset back", 6, -10, 25'000'000, "15.000000000"},
      {"before 1970", 6, -100, 25'000'000, "0.000000000"},
      {"far beyond", 0, 0, kMost, "9000000000.000000000"},
      {"far beyond with an offset", 0, std::numeric_limits<std::int64_t>::max(), kMost, "9000000000.000000000"},
      {"far before", 0, std::numeric_limits<std::int64_t>::min(), 0, "0.000000000"},
  };
  const Writer& w = kLittle;
  for (const Case& c : cases) {
    const std::string options = w.option(9, std::string(1, static_cast<char>(c.resolution))) +
                                w.option(14, w.u64(static_cast<std::uint64_t>(c.offset)));
    EXPECT_EQ(read_text(w.section() + w.interface(1, options) + w.enhanced(0, c.ticks, "a")).packets,
              (Lines{std::string(c.time) + " link 1 'a' of 1"}))
        << c.what;
  }
}

TEST(Pcapng, SimpleAndObsoletePackets) {
  for (const Writer& w : {kLittle, kBig}) {
    const std::string file = w.section() + w.interface(1, "", 4) + w.simple("ab") +
                             w.obsolete(0, 0xffff, 1'000'000, "cde") + w.simple("efgh", 1000) + w.simple("");
    const Result r = read_text(file);
    EXPECT_EQ(r.packets, (Lines{"0.000000000 link 1 'ab' of 2", "1.000000000 link 1 'cde' of 3",
                                "1.000000000 link 1 'efgh' of 1000", "1.000000000 link 1 '' of 0"}));
    EXPECT_EQ(r.facts.first, Timestamp{std::chrono::seconds(1)}) << "a simple packet has no time";
    EXPECT_EQ(r.facts.dropped, std::nullopt);
  }
}

TEST(Pcapng, Drops) {
  for (const Writer& w : {kLittle, kBig}) {
    const std::string start = w.section() + w.interface(1) + w.interface(1);
    const auto dropped = [&](const std::string& blocks) { return read_text(start + blocks).facts.dropped; };
    EXPECT_EQ(dropped(w.statistics(0, w.option(4, w.u64(99)))), std::nullopt) << "received says nothing of dropped";
    EXPECT_EQ(dropped(w.statistics(0, w.option(5, w.u64(0)))), 0u);
    EXPECT_EQ(dropped(w.statistics(0, w.option(5, w.u64(3)) + w.option(7, w.u64(4)) + w.no_more())), 7u);
    EXPECT_EQ(dropped(w.statistics(0, w.option(5, w.u64(3))) + w.statistics(0, w.option(5, w.u64(5))) +
                      w.statistics(1, w.option(7, w.u64(10)))),
              15u)
        << "the last of each interface";
    EXPECT_EQ(dropped(w.statistics(0, w.option(5, w.u64(3))) + start + w.statistics(0, w.option(5, w.u64(4)))), 7u)
        << "of all sections";
    EXPECT_EQ(dropped(w.statistics(0, w.option(5, w.u64(~0ull))) + w.statistics(1, w.option(5, w.u64(~0ull)))), ~0ull);
    EXPECT_EQ(dropped(w.obsolete(0, 2, 0, "a") + w.obsolete(0, 3, 0, "a") +
                      w.enhanced(1, 0, "a", 0, w.option(2, w.u32(0)) + w.option(4, w.u64(6)) + w.no_more())),
              11u)
        << "told by packets";
    EXPECT_EQ(dropped(w.obsolete(0, 2, 0, "a") + w.statistics(0, w.option(5, w.u64(3)))), 3u) << "told by both";
  }
}

TEST(Pcapng, SectionsOfBothOrders) {
  const std::string file = kLittle.section() + kLittle.interface(1) + kLittle.enhanced(0, 1'000'000, "a") +
                           kBig.section() + kBig.interface(113) + kBig.enhanced(0, 2'000'000, "b") + kLittle.section();
  const Result r = read_text(file);
  EXPECT_EQ(r.packets, (Lines{"1.000000000 link 1 'a' of 1", "2.000000000 link 113 'b' of 1"}));
  EXPECT_EQ(r.facts.interfaces.size(), 2u);
  EXPECT_EQ(r.facts.ended, "complete");
}

TEST(Pcapng, OtherBlocksAreSteppedOver) {
  const Writer& w = kLittle;
  const std::string file = w.section() + w.block(10, "TLSK" + w.u32(3) + "key") + w.interface(1) +
                           w.block(4, w.u32(0)) + w.enhanced(0, 0, "a") + w.block(0x0bad, "") +
                           w.block(0x80000001, std::string(2 << 20, 'x')) + w.enhanced(0, 0, "b");
  const Result r = read_text(file);
  EXPECT_EQ(r.packets.size(), 2u);
  EXPECT_EQ(r.facts.ended, "complete");
}

/// What Wireshark 4.0 numbers though it is no packet.
TEST(Pcapng, FramesAreNumberedAsWiresharkDoes) {
  const Writer& w = kLittle;
  const std::string packet = w.enhanced(0, 0, "a");
  std::string file = w.section() + w.interface(1) + packet;
  for (const std::uint32_t type : {0xbadu, 0x40000badu, 9u, 0x204u, 0x216u, 0x221u}) file += w.block(type, "") + packet;
  for (const std::uint32_t type : {4u, 5u, 7u, 10u, 0x203u, 0x80000001u})
    file += (type == 5 ? w.statistics(0, "") : w.block(type, "")) + packet;
  const Result r = read_text(file);
  EXPECT_EQ(r.frames, (std::vector<std::uint64_t>{1, 3, 5, 7, 9, 11, 13, 14, 15, 16, 17, 18, 19}));
  EXPECT_EQ(r.facts.packets, 13u);
}

TEST(Pcapng, BlockLengthWithoutPadding) {
  const Writer& w = kLittle;
  const std::string body = w.u32(0) + w.u64(0) + w.u32(5) + w.u32(5) + "abcde";
  const std::string block = w.u32(6) + w.u32(37) + body + std::string(3, '\0') + w.u32(37);
  EXPECT_EQ(read_text(w.section() + w.interface(1) + block + block).packets.size(), 2u);
}

TEST(Pcapng, TooManyInterfacesEnd) {
  Limits limits;
  limits.interfaces = 2;
  const Writer& w = kLittle;
  const std::string two = w.section() + w.interface(1) + w.interface(1);
  const Result fine = read_text(two + two + w.enhanced(1, 0, "a"), 100, &limits);
  EXPECT_EQ(fine.facts.ended, "complete");
  EXPECT_EQ(fine.facts.interfaces.size(), 2u) << "of further sections as many are listed as the limit allows";
  EXPECT_EQ(read_text(two + w.interface(1), 100, &limits).facts.ended,
            "error: interface block at octet 68 is one too many; at most 2 interfaces are believed");
}

TEST(Pcapng, LongNamesAreCut) {
  const Writer& w = kLittle;
  const Result r = read_text(w.section() + w.interface(1, w.option(2, std::string(9000, 'n'))));
  ASSERT_EQ(r.facts.interfaces.size(), 1u);
  EXPECT_EQ(r.facts.interfaces[0].name, std::string(255, 'n'));
}

/// Cut at every octet: what lies before the cut counts, and only a cut at a border is complete.
TEST(Files, CutAtEveryOctet) {
  for (const Writer& w : {kLittle, kBig}) {
    const std::vector<std::vector<std::string>> files{
        {w.header(), w.record(1, 0, "abc"), w.record(2, 0, "defgh"), w.record(3, 0, "")},
        {w.section(), w.interface(1, w.option(2, "eth0") + w.no_more()), w.enhanced(0, 7, "abc"), w.simple("de"),
         w.statistics(0, w.option(5, w.u64(1)) + w.no_more()), w.obsolete(0, 0, 9, "f")},
    };
    for (const auto& parts : files) {
      std::string file;
      std::vector<std::size_t> borders;
      for (const std::string& part : parts) borders.push_back((file += part).size());
      const Lines all = read_text(file).packets;
      ASSERT_EQ(all.size(), 3u);
      for (std::size_t n = 4; n <= file.size(); ++n) {
        const Result r = read_text(file.substr(0, n), 7);
        const bool at_border = std::find(borders.begin(), borders.end(), n) != borders.end();
        EXPECT_EQ(r.facts.ended, at_border ? "complete" : "truncated") << n;
        EXPECT_TRUE(std::equal(r.packets.begin(), r.packets.end(), all.begin())) << n;
        EXPECT_EQ(r.facts.size, n);
        EXPECT_EQ(r.facts.sha256, sha256(file.substr(0, n))) << n;
      }
    }
  }
}

std::string gzipped(std::string_view octets) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(octets.size() + 1000, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(octets.data()));
  z.avail_in = static_cast<uInt>(octets.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - z.avail_out);
  deflateEnd(&z);
  return out;
}

TEST(Files, GzipIsInflated) {
  const Writer w;
  const std::string plain = w.header() + w.record(1, 0, "first") + w.record(2, 0, "second");
  const std::string half = plain.substr(0, plain.size() - 10);
  for (const std::string& stored : {gzipped(plain), gzipped(half) + gzipped(plain.substr(half.size()))}) {
    const Result read = read_text(stored);
    EXPECT_EQ(read.packets.size(), 2U);
    EXPECT_EQ(read.facts.ended, "complete");
    EXPECT_EQ(read.facts.size, stored.size());
    EXPECT_EQ(read.facts.sha256, sha256(stored));
    EXPECT_EQ(read_text(stored, 1).packets, read.packets);
    EXPECT_EQ(read_text(stored.substr(0, stored.size() - 4)).facts.ended, "truncated");
  }
}

TEST(Files, ReadErrorsAreTold) {
  const std::string file = kLittle.header() + kLittle.record(1, 0, "abc");
  auto pieces = in_pieces(file, 10);
  std::size_t given = 0;
  const Result r = read_all(open_octets(
      [&](std::span<std::byte> room) -> std::ptrdiff_t {
        if (given >= file.size()) {
          errno = EIO;
          return -1;
        }
        const auto n = pieces(room);
        given += static_cast<std::size_t>(n);
        return n;
      },
      "test", 0, &kLimits));
  EXPECT_EQ(r.packets.size(), 1u);
  EXPECT_EQ(r.facts.ended, "error: reading stopped at octet 43: Input/output error");
}

}  // namespace
}  // namespace mailseal
