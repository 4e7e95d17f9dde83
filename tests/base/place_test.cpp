// Addresses and times as text, and back.
#include "mailseal/base/place.h"

#include <gtest/gtest.h>

namespace mailseal {
namespace {

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

}  // namespace
}  // namespace mailseal
