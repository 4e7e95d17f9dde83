// Places, facts and what holds them.
#include <gtest/gtest.h>

#include "mailseal/base/boxed.h"
#include "mailseal/base/digest.h"
#include "mailseal/base/fact.h"

namespace mailseal {
namespace {

IpAddress ip(std::initializer_list<unsigned> octets) {
  IpAddress a;
  std::size_t i = 0;
  for (const unsigned o : octets) a.octets[i++] = static_cast<std::uint8_t>(o);
  return a;
}

TEST(place, addresses_as_rfc_5952_writes_them) {
  const struct {
    IpAddress address;
    const char *alone, *with_port;
  } kCases[] = {
      {ip({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1}), "192.0.2.1", "192.0.2.1:25"},
      {ip({}), "::", "[::]:25"},
      {ip({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), "::1", "[::1]:25"},
      {ip({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), "2001:db8::1", "[2001:db8::1]:25"},
      // 4.2.2: one group of zeros alone is not shortened; 4.2.3: the longest run, of equals the first
      {ip({0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}), "2001:db8:0:1:1:1:1:1",
       "[2001:db8:0:1:1:1:1:1]:25"},
      {ip({0x20, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}), "2001:0:0:1::1", "[2001:0:0:1::1]:25"},
      {ip({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1}), "2001:db8::1:0:0:1", "[2001:db8::1:0:0:1]:25"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(to_string(c.address), c.alone);
    EXPECT_EQ(to_string(Endpoint{c.address, 25}), c.with_port);
  }
}

TEST(place, times_are_utc_with_nine_decimals) {
  using namespace std::chrono;
  EXPECT_EQ(to_string(Timestamp{}), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(to_string(Timestamp(sys_days(year(2026) / November / 21) + 10h + 1ns)), "2026-11-21T10:00:00.000000001Z");
  EXPECT_EQ(to_string(Timestamp(sys_days(year(2024) / February / 29) - 1ns)), "2024-02-28T23:59:59.999999999Z");
  EXPECT_EQ(to_string(Timestamp(-1ns)), "1969-12-31T23:59:59.999999999Z");
}

TEST(place, an_address_is_read_as_it_was_written) {
  for (const char* text : {"192.0.2.1", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1", "fe80::1:0:0:1",
                           "2001:db8:1:2:3:4:5:6"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_string(*address), text);
  }
  EXPECT_EQ(parse_address("::ffff:192.0.2.1"), parse_address("192.0.2.1"));
  for (const std::string_view text :
       {"", "192.0.2", "192.0.2.256", "mail.example", "fe80::1%eth0", "192.0.2.1 ", "1:2", "[::1]"})
    EXPECT_FALSE(parse_address(text)) << text;
  EXPECT_FALSE(parse_address(std::string_view("192.0.2.1\0x", 11)));
}

TEST(place, a_time_is_read_as_it_was_written) {
  using namespace std::chrono_literals;
  for (const Timestamp time : {Timestamp{}, Timestamp{1ns}, Timestamp{-1ns}, Timestamp{1'795'255'502'123'456'789ns},
                               Timestamp::min(), Timestamp::max(), Timestamp::min() + 1ns, Timestamp::max() - 1ns,
                               Timestamp::max() - 900ms, Timestamp::min() + 900ms})
    EXPECT_EQ(parse_timestamp(to_string(time)), time) << to_string(time);
  EXPECT_EQ(parse_timestamp("2026-11-21T10:00:00Z"), parse_timestamp("2026-11-21T10:00:00.000000000Z"));
  EXPECT_EQ(parse_timestamp("2026-11-21T10:00:00.5Z"), parse_timestamp("2026-11-21T10:00:00.500000000Z"));
  EXPECT_TRUE(parse_timestamp("2024-02-29T23:59:59Z"));
  for (const char* text : {"",
                           "Z",
                           "2026-11-21",
                           "2026-11-21T10:00:00",
                           "2026-11-21T10:00:00+09:00",
                           "2026-11-21 10:00:00Z",
                           "2026-02-29T10:00:00Z",
                           "2026-13-01T10:00:00Z",
                           "2026-00-01T10:00:00Z",
                           "2026-11-21T24:00:00Z",
                           "2026-11-21T10:60:00Z",
                           "2026-11-21T10:00:60Z",
                           "2026-11-21T10:00:00.Z",
                           "2026-11-21T10:00:00.0000000001Z",
                           "2026-11-21T10:00:00.12x4Z",
                           "9999-12-31T23:59:59Z",
                           "0001-01-01T00:00:00Z",
                           "2262-04-11T23:47:16.854775808Z",
                           "1677-09-21T00:12:43.145224191Z",
                           "+026-11-21T10:00:00Z"})
    EXPECT_FALSE(parse_timestamp(text)) << text;
}

TEST(fact, keeps_a_place_whole) {
  const Seen seen{Timestamp(std::chrono::nanoseconds(-5)), (std::uint64_t{1} << 40) - 1, UINT64_MAX, (1U << 22) - 1,
                  Side::Server};
  const Fact fact = seen;
  ASSERT_TRUE(fact);
  EXPECT_EQ((*fact).time, seen.time);
  EXPECT_EQ(fact->frame, seen.frame);
  EXPECT_EQ(fact->offset, seen.offset);
  EXPECT_EQ(fact->input, seen.input);
  EXPECT_EQ(fact->side, Side::Server);
}

TEST(fact, the_first_time_counts) {
  Fact fact;
  EXPECT_FALSE(fact);
  EXPECT_FALSE(std::optional<Seen>(fact));
  note(fact, Seen{.frame = 3});
  note(fact, Seen{.frame = 2});
  EXPECT_EQ(fact->frame, 3U);
  fact.reset();
  EXPECT_FALSE(fact);
}

TEST(place, later_moves_the_offset_alone) {
  const Seen seen = later({.frame = 3, .offset = 10}, 5);
  EXPECT_EQ(seen.frame, 3U);
  EXPECT_EQ(seen.offset, 15U);
}

TEST(boxed, a_copy_is_deep_and_a_move_leaves_nothing) {
  Boxed<std::string> a(std::string("one"));
  Boxed<std::string> b = a;
  *b = "two";
  EXPECT_EQ(*a, "one");
  Boxed<std::string> c = std::move(a);
  EXPECT_FALSE(a);
  EXPECT_EQ(*c, "one");
  c = b;
  EXPECT_EQ(*c, "two");
  EXPECT_EQ(b.emplace(), "");
  EXPECT_EQ(*c, "two");
}

TEST(sha256, as_fips_180_4_has_it) {
  Sha256 none, abc, pieces;
  EXPECT_EQ(none.finish(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  abc.add(as_bytes("abc"));
  EXPECT_EQ(abc.finish(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  for (const char* piece : {"a", "", "bc"}) pieces.add(as_bytes(piece));
  EXPECT_EQ(pieces.finish(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace mailseal
