// Malformed captures: each ends in one clear line, keeps the packets before the damage, and
// is digested to its last octet.
#include "files.h"

namespace mailseal {
namespace {
using namespace files;

struct Case {
  const char* what;
  std::string octets;
  std::size_t packets;
  std::string ended;
};

TEST(Malformed, EndInOneClearLine) {
  const Writer w, big{ByteOrder::Big};
  const std::string pcap = w.header() + w.record(1, 0, "abc");                     // 43 octets, 1 packet
  const std::string ng = w.section() + w.interface(1) + w.enhanced(0, 0, "abcd");  // 28 + 20 + 36 octets, 1 packet
  const std::string tail = w.record(2, 0, "never read");
  const auto packet_block = [&](std::uint32_t captured, const std::string& data) {
    return w.block(6, w.u32(0) + w.u64(0) + w.u32(captured) + w.u32(captured) + data);
  };
  const std::vector<Case> cases{
      {"pcap: cut in the header", pcap.substr(0, 20), 0, "truncated"},
      {"pcap: cut in a record's header", pcap + tail.substr(0, 15), 1, "truncated"},
      {"pcap: cut behind a record's header", pcap + tail.substr(0, 16), 1, "truncated"},
      {"pcap: cut in a packet", pcap + tail.substr(0, 25), 1, "truncated"},
      {"pcap: version 1.4", w.header(0xa1b2c3d4, 1, 96, 1, 4) + tail, 0, "error: pcap version 1.4 is not known"},
      {"pcap: version 0.0", w.header(0xa1b2c3d4, 1, 96, 0, 0), 0, "error: pcap version 0.0 is not known"},
      {"pcap: 4 GiB of packet", pcap + w.u32(1) + w.u32(0) + w.u32(0xffffffff) + w.u32(60) + tail, 1,
       "error: packet 2 at octet 43 claims 4294967295 octets; at most 16777216 are believed"},
      {"pcap: 2 GiB of packet", pcap + w.u32(1) + w.u32(0) + w.u32(0x80000000) + w.u32(0) + tail, 1,
       "error: packet 2 at octet 43 claims 2147483648 octets; at most 16777216 are believed"},
      {"pcap: one octet too many", pcap + w.u32(1) + w.u32(0) + w.u32(16'777'217) + w.u32(60), 1,
       "error: packet 2 at octet 43 claims 16777217 octets; at most 16777216 are believed"},
      {"pcap: as long as believed, and cut", pcap + w.u32(1) + w.u32(0) + w.u32(16'777'216) + w.u32(60) + tail, 1,
       "truncated"},
      {"pcap: records of the other byte order", w.header() + big.record(1, 0, "abc"), 0,
       "error: packet 1 at octet 24 claims 50331648 octets; at most 16777216 are believed"},
      {"pcapng: no byte-order magic", w.block(0x0a0d0d0a, w.u32(0x11111111) + std::string(12, 'x')), 0,
       "error: section header at octet 0 has no byte-order magic"},
      {"pcapng: version 2.0", ng + w.block(0x0a0d0d0a, w.u32(0x1a2b3c4d) + w.u16(2) + w.u16(0) + w.u64(0)) + tail, 1,
       "error: section header at octet 84 is of pcapng version 2.0, which is not known"},
      {"pcapng: short section header", w.block(0x0a0d0d0a, w.u32(0x1a2b3c4d)), 0,
       "error: section header at octet 0 is too short for its fields"},
      {"pcapng: zero-length block", ng + w.u32(6) + w.u32(0) + tail, 1,
       "error: block at octet 84 claims 0 octets; 12 to 17825792 are believed"},
      {"pcapng: block of 8 octets", ng + w.u32(6) + w.u32(8) + tail, 1,
       "error: block at octet 84 claims 8 octets; 12 to 17825792 are believed"},
      {"pcapng: block of 11 octets", ng + w.u32(6) + w.u32(11) + tail, 1,
       "error: block at octet 84 claims 11 octets; 12 to 17825792 are believed"},
      {"pcapng: 4 GiB of block", ng + w.u32(6) + w.u32(0xfffffffc) + tail, 1,
       "error: block at octet 84 claims 4294967292 octets; 12 to 17825792 are believed"},
      {"pcapng: 4 GiB of unknown block", ng + w.u32(0x77) + w.u32(0xffffffff) + tail, 1,
       "error: block at octet 84 claims 4294967295 octets; 12 to 17825792 are believed"},
      {"pcapng: lengths differ", ng + w.u32(6) + w.u32(16) + w.u32(0) + w.u32(20) + tail, 1,
       "error: block at octet 84 has the length 16 in front and 20 behind"},
      {"pcapng: lengths of unpadded blocks differ", ng + w.u32(6) + w.u32(17) + w.u64(0) + w.u32(18) + tail, 1,
       "error: block at octet 84 has the length 17 in front and 18 behind"},
      {"pcapng: cut in the section header", ng.substr(0, 11), 0, "truncated"},
      {"pcapng: cut in a block's length behind", ng.substr(0, 83), 0, "truncated"},
      {"pcapng: packet without interface", w.section() + w.enhanced(0, 0, "abcd"), 0,
       "error: block at octet 28 names interface 0, of 0 described"},
      {"pcapng: packet of an unknown interface", ng + w.enhanced(7, 0, "abcd"), 1,
       "error: block at octet 84 names interface 7, of 1 described"},
      {"pcapng: interface 2^32-1", ng + w.enhanced(0xffffffff, 0, "abcd"), 1,
       "error: block at octet 84 names interface 4294967295, of 1 described"},
      {"pcapng: simple packet without interface", w.section() + w.simple("abcd"), 0,
       "error: block at octet 28 names interface 0, of 0 described"},
      {"pcapng: obsolete packet of an unknown interface", ng + w.obsolete(1, 0, 0, "abcd"), 1,
       "error: block at octet 84 names interface 1, of 1 described"},
      {"pcapng: statistics of an unknown interface", ng + w.statistics(3, ""), 1,
       "error: block at octet 84 names interface 3, of 1 described"},
      {"pcapng: packet longer than its block", ng + packet_block(5, "abcd"), 1,
       "error: packet block at octet 84 claims 5 octets captured and holds 4"},
      {"pcapng: 4 GiB of packet", ng + packet_block(0xffffffff, "abcd"), 1,
       "error: packet block at octet 84 claims 4294967295 octets captured and holds 4"},
      {"pcapng: simple packet longer than its block", ng + w.block(3, w.u32(9) + "abcd"), 1,
       "error: packet block at octet 84 claims 9 octets captured and holds 4"},
      {"pcapng: packet block of 8 octets", ng + w.block(6, w.u64(0)), 1,
       "error: packet block at octet 84 is too short for its fields"},
      {"pcapng: empty simple packet block", ng + w.block(3, ""), 1,
       "error: packet block at octet 84 is too short for its fields"},
      {"pcapng: empty interface block", ng + w.block(1, ""), 1,
       "error: interface block at octet 84 is too short for its fields"},
      {"pcapng: empty statistics block", ng + w.block(5, ""), 1,
       "error: statistics block at octet 84 is too short for its fields"},
      {"pcapng: option longer than its block",
       w.section() + w.interface(1, w.u16(2) + w.u16(0xffff)) + w.enhanced(0, 0, "a"), 1, "complete"},
      {"pcapng: half an option", w.section() + w.interface(1, w.u16(9)) + w.enhanced(0, 0, "a"), 1, "complete"},
      {"pcapng: garbage behind", ng + "garbage garbage garbage", 1,
       "error: block at octet 84 claims 543516513 octets; 12 to 17825792 are believed"},
  };
  for (const Case& c : cases) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1 << 20}}) {
      const Result r = read_text(c.octets, piece);
      EXPECT_EQ(r.error, "") << c.what;
      EXPECT_EQ(r.facts.ended, c.ended) << c.what;
      EXPECT_EQ(r.packets.size(), c.packets) << c.what;
      EXPECT_EQ(r.facts.size, c.octets.size()) << c.what;
      Sha256 digest;
      digest.add(as_bytes(c.octets));
      EXPECT_EQ(r.facts.sha256, digest.finish()) << c.what << ": also behind the error";
    }
  }
}

}  // namespace
}  // namespace mailseal
