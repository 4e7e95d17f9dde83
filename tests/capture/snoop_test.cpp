// What snoop files say, and fw monitor's: links, drops, padding, points; what ends them.
#include "files.h"

namespace mailseal {
namespace {
using namespace files;
using Lines = std::vector<std::string>;

const Writer kWriter{ByteOrder::Big};

std::string header(std::uint32_t link = 4, std::uint32_t version = 2) {
  return std::string("snoop\0\0\0", 8) + kWriter.u32(version) + kWriter.u32(link);
}
std::string record(std::uint32_t seconds, std::string_view bytes, std::uint32_t drops = 0, std::uint32_t wire = 0) {
  const std::string padded = Writer::padded(bytes);
  return kWriter.u32(wire != 0 ? wire : bytes.size()) + kWriter.u32(bytes.size()) + kWriter.u32(padded.size() + 24) +
         kWriter.u32(drops) + kWriter.u32(seconds) + kWriter.u32(7) + padded;
}

TEST(Snoop, PacketsTimesAndDrops) {
  const std::string file = header() + record(1, "abc") + record(2, "defgh", 3, 1500) + record(3, "", 5);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1} << 20}) {
    const Result r = read_text(file, piece);
    EXPECT_EQ(r.packets, (Lines{"1.000007000 link 1 'abc' of 3", "2.000007000 link 1 'defgh' of 1500",
                                "3.000007000 link 1 '' of 0"}));
    EXPECT_EQ(r.facts.format, "snoop");
    EXPECT_EQ(r.facts.ended, "complete");
    EXPECT_EQ(r.facts.dropped, 5u);
    EXPECT_EQ(r.facts.interfaces.size(), 1u);
  }
  EXPECT_EQ(read_text(header() + record(1, "abc")).facts.dropped, std::nullopt) << "zero: it does not say";
  EXPECT_EQ(read_text((header() + record(1, "abc")).substr(0, 16 + 24 + 3)).packets.size(), 1u)
      << "no padding at the end";
}

TEST(Snoop, Links) {
  const std::pair<std::uint32_t, std::uint32_t> cases[] = {{0, 1}, {2, 6}, {4, 1}, {8, 10}, {9, 0xffff}, {26, 0xffff}};
  for (const auto& [told, link] : cases) {
    const Result r = read_text(header(told) + record(1, "a"));
    EXPECT_EQ(r.packets, (Lines{"1.000007000 link " + std::to_string(link) + " 'a' of 1"}));
    EXPECT_EQ(r.facts.interfaces.at(0).link_type, link);
  }
}

TEST(Snoop, WhatEndsIt) {
  const std::string sound = header() + record(1, "abc");
  struct Case {
    const char* what;
    std::string octets;
    std::size_t packets;
    const char* ended;
  };
  const auto claims = [&](std::uint64_t captured, std::uint64_t length) {
    return sound + kWriter.u32(captured) + kWriter.u32(captured) + kWriter.u32(length) + kWriter.u32(0) +
           kWriter.u32(2) + kWriter.u32(0) + "abcd";
  };
  const Case cases[] = {
      {"version", header(4, 3), 0, "error: snoop version 3 is not known"},
      {"cut in the header", header().substr(0, 15), 0, "truncated"},
      {"cut in a record", sound.substr(0, sound.size() - 2), 0, "truncated"},
      {"cut in a record's header", sound + "12345", 1, "truncated"},
      {"longer than its record", claims(8, 28), 1,
       "error: packet 2 at octet 44 claims 8 octets in a record of 28; its own 24 and at most 16777216 more are "
       "believed"},
      {"record of nothing", claims(0, 0), 1,
       "error: packet 2 at octet 44 claims 0 octets in a record of 0; its own 24 and at most 16777216 more are "
       "believed"},
      {"4 GiB", claims(0xffffffff, 0xffffffff), 1,
       "error: packet 2 at octet 44 claims 4294967295 octets in a record of 4294967295; its own 24 and at most "
       "16777216 "
       "more are believed"},
  };
  for (const Case& c : cases) {
    const Result r = read_text(c.octets);
    EXPECT_EQ(r.facts.ended, c.ended) << c.what;
    EXPECT_EQ(r.packets.size(), c.packets) << c.what;
  }
}

TEST(Snoop, PointsOfFwMonitor) {
  const auto frame = [](std::string addresses) {
    addresses.resize(12);
    return addresses + "\x08" + std::string("\0E...", 5);
  };
  struct Case {
    std::string addresses;
    std::vector<std::string> names;  // of the interfaces, behind a packet at "i eth0"
  };
  const Case cases[] = {
      {"i eth0", {"eth0:i"}},
      {"I eth0", {"eth0:i", "eth0:I"}},
      {"o eth1.100", {"eth0:i", "eth1.100:o"}},
      {"O bond1.4000", {"eth0:i", "bond1.4000:O"}},
      {"e eth1", {"eth0:i", "eth1:e"}},
      {std::string("Iyeth0\0\0\x12\x34\x56\x78", 12), {"eth0:i", "eth0:I"}},        // chain position and UUID
      {std::string("x eth0"), {"eth0:i"}},                                          // no point
      {std::string("\x69\x00\x5e\0\0\x12\0\x11\x22\x33\x44\x55", 12), {"eth0:i"}},  // an address
      {std::string("i e\0h0"), {"eth0:i", "e:i"}},
      {std::string("i e\0h0", 6), {"eth0:i"}},
  };
  for (const Case& c : cases) {
    const Result r = read_text(header() + record(1, frame("i eth0")) + record(1, frame(c.addresses)));
    std::vector<std::string> names;
    for (const InterfaceFacts& i : r.facts.interfaces) names.push_back(i.name.value_or("-"));
    EXPECT_EQ(names, c.names) << c.addresses;
    EXPECT_EQ(r.packets.size(), 2u);
  }
  EXPECT_EQ(read_text(header() + record(1, frame("\1\2\3\4\5\6"))).facts.interfaces.at(0).name, std::nullopt);
}

}  // namespace
}  // namespace mailseal
