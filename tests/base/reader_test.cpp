// Reader: what fails changes nothing, whatever the length says.
#include "mailseal/base/reader.h"

#include <gtest/gtest.h>

#include "mailseal/base/parsed.h"

namespace mailseal {
namespace {

using namespace std::string_view_literals;

TEST(reader, numbers_are_big_endian) {
  Reader r(as_bytes("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a"sv));
  std::uint8_t a = 0;
  std::uint16_t b = 0;
  std::uint32_t c = 0, d = 0;
  ASSERT_TRUE(r.u8(a) && r.u16(b) && r.u24(c) && r.u32(d));
  EXPECT_EQ(a, 0x01);
  EXPECT_EQ(b, 0x0203);
  EXPECT_EQ(c, 0x040506U);
  EXPECT_EQ(d, 0x0708090aU);
  EXPECT_TRUE(r.done());
  EXPECT_EQ(r.offset(), 10U);
}

TEST(reader, what_fails_changes_nothing) {
  // One octet less than asked for, of each kind.
  Reader r(as_bytes("\xff\xff\xff"sv));
  std::uint32_t number = 7;
  Bytes taken = as_bytes("x");
  EXPECT_FALSE(r.u32(number));
  EXPECT_FALSE(r.take(4, taken));
  EXPECT_FALSE(r.skip(SIZE_MAX));
  EXPECT_FALSE(r.prefixed8(taken));
  EXPECT_FALSE(r.prefixed16(taken));
  EXPECT_FALSE(r.prefixed24(taken));
  EXPECT_EQ(number, 7U);
  EXPECT_EQ(as_text(taken), "x");
  EXPECT_EQ(r.left(), 3U);
  EXPECT_EQ(r.offset(), 0U);
}

TEST(reader, prefixed_takes_the_length_and_what_it_says) {
  Reader r(as_bytes("\x02hi\x00\x01!\x00\x00\x00rest"sv));
  Bytes a, b, c;
  ASSERT_TRUE(r.prefixed8(a) && r.prefixed16(b) && r.prefixed24(c));
  EXPECT_EQ(as_text(a), "hi");
  EXPECT_EQ(as_text(b), "!");
  EXPECT_TRUE(c.empty());
  EXPECT_EQ(as_text(r.rest()), "rest");
}

TEST(reader, an_empty_input_has_nothing_but_an_end) {
  Reader r({});
  std::uint8_t number = 0;
  Bytes none;
  EXPECT_TRUE(r.done());
  EXPECT_FALSE(r.u8(number));
  EXPECT_TRUE(r.take(0, none));
}

TEST(parsed, match_takes_the_case_that_holds) {
  const auto name = [](const Parsed<int>& p) {
    return match(
        p, [](const Took<int>& t) { return "took " + std::to_string(t.value); },
        [](NeedMore n) { return "more " + std::to_string(n.at_least); },
        [](Malformed m) { return "malformed at " + std::to_string(m.at); });
  };
  EXPECT_EQ(name(Took<int>{5, 1}), "took 5");
  EXPECT_EQ(name(NeedMore{9}), "more 9");
  EXPECT_EQ(name(Malformed{Fault::TooLong, 3}), "malformed at 3");
}

}  // namespace
}  // namespace mailseal
