// Lanes: which copy of a connection belongs to which capture point.
#include "lanes.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace mailseal {
namespace {

/// Packets as "A>" (point A, forward), "B<"; the lanes as digits.
std::string lanes_of(std::string_view packets) {
  std::vector<Lanes::Owners> lanes;
  std::string chosen;
  for (; packets.size() >= 2; packets.remove_prefix(2))
    chosen += static_cast<char>(
        '0' + Lanes::choose(lanes, packets[1] == '>' ? 0 : 1, static_cast<Lanes::Point>(packets[0] - 'A')));
  return chosen;
}

TEST(Lanes, EachPointHasItsOwn) {
  const struct {
    const char *what, *packets, *lanes;
  } table[] = {
      {"one point", "A>A<A>A<", "0000"},
      {"two that show both directions", "A>B>B<A<A>B>", "011001"},
      {"one far away", "A>A<A>B>B<B>", "000111"},
      {"halves of a TAP", "A>B<A>B<", "0000"},
      {"halves, the server's first", "B<A>B<A>", "0000"},
      {"halves beside a whole", "A>C>C<B<A>C<", "011001"},
      {"two pairs of halves", "A>C>B<D<A>C>", "010101"},
      {"a direction taken by mistake is left", "A>B<A<B>B<A>A<", "0001100"},
  };
  for (const auto& row : table) EXPECT_EQ(lanes_of(row.packets), row.lanes) << row.what;
}

TEST(Lanes, WhatWasOlderKeepsItsLane) {
  Lanes lanes(4);
  const Directed there = directed({{}, 1}, {{}, 2}), back = directed({{}, 2}, {{}, 1});
  const auto before = [] { return std::optional(Lanes::Owners{0u, 0u}); };
  EXPECT_EQ(lanes.lane(there, 1, {}, before), 1u);
  EXPECT_EQ(lanes.lane(back, 0, {}, before), 0u);
  EXPECT_EQ(lanes.lane(back, 1, {}, before), 1u);
}

TEST(Lanes, NoMoreThanItsLimit) {
  Lanes lanes(8);
  const auto none = [] { return std::optional<Lanes::Owners>(); };
  for (std::uint16_t port = 1; port < 1000; ++port)
    EXPECT_EQ(lanes.lane(directed({{}, port}, {{}, 25}), port % 2, Timestamp{std::chrono::seconds(port)}, none), 0u);
}

}  // namespace
}  // namespace mailseal
