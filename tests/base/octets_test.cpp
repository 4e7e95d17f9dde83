// Octets, many at a time: what is searched and written sixteen by sixteen against what goes one by one.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "mailseal/base/find_pair.h"
#include "mailseal/base/past_cache.h"

namespace mailseal {
namespace {

TEST(FindPair, IsTheFirstWhereverItStands) {
  const struct {
    std::string_view text;
    std::size_t at;
  } table[] = {
      {"", std::string_view::npos},
      {"\n", std::string_view::npos},
      {".", std::string_view::npos},
      {".\n", std::string_view::npos},
      {"\n\r.", std::string_view::npos},
      {"\n.", 0},
      {"a\n.\n.", 1},
      {"\n\n.", 1},
      {"..\n.", 2},
  };
  for (const auto& row : table) EXPECT_EQ(find_pair(row.text, '\n', '.'), row.at) << row.text;
  // Each place in each length, also across the sixteen; single ones of either beside it.
  for (std::size_t size = 2; size < 70; ++size)
    for (std::size_t at = 0; at + 1 < size; ++at)
      for (const char filler : {'x', '\n', '.'}) {
        std::string text(size, filler);
        text[at] = '\n';
        text[at + 1] = '.';
        // A copy of its own: what reads beyond its end is seen by sanitizers.
        const std::vector<char> own(text.begin(), text.end());
        ASSERT_EQ(find_pair({own.data(), own.size()}, '\n', '.'), text.find("\n.")) << size << ' ' << at;
      }
}

TEST(PastCache, WritesWordsOctetsAndZeros) {
  struct alignas(kLineBytes) Line {
    std::byte octets[kLineBytes];
  };
  for (std::size_t size = 0; size < 5 * kLineBytes; ++size) {
    std::vector<std::byte> octets;
    for (std::size_t i = 0; i < size; ++i) octets.push_back(static_cast<std::byte>(i * 7 + 1));
    std::vector<Line> room(7);
    std::byte* const to = room.front().octets;
    std::fill_n(to, room.size() * kLineBytes, std::byte{0xee});
    const PastCacheWords words{1, 2, ~std::uint64_t{0}, 4};
    write_past_cache(to, words, octets);
    const std::size_t written = bytes_past_cache(size);
    ASSERT_EQ(written % kLineBytes, 0u);
    ASSERT_GE(written, sizeof words + size);
    ASSERT_LT(written, sizeof words + size + kLineBytes);
    ASSERT_EQ(std::memcmp(to, words.data(), sizeof words), 0) << size;
    ASSERT_TRUE(std::equal(octets.begin(), octets.end(), to + sizeof words)) << size;
    for (std::size_t i = sizeof words + size; i < room.size() * kLineBytes; ++i)
      ASSERT_EQ(to[i], i < written ? std::byte{0} : std::byte{0xee}) << size << ' ' << i;
  }
}

}  // namespace
}  // namespace mailseal
