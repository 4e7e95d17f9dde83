// The index against a std::map, filled and emptied at random.
#include "index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace mailseal {
namespace {

struct Entry {
  Tuple tuple;
};

Tuple tuple(std::uint64_t n) { return {{n, 0, 0, 0, 0}}; }

TEST(Index, FindsExactlyWhatIsInIt) {
  std::mt19937 random(1);
  Index<Entry> index;
  std::map<std::uint64_t, Entry*> model;
  for (int step = 0; step < 20'000; ++step) {
    const std::uint64_t n = random() % 3000;
    if (const auto known = model.find(n); known == model.end()) {
      auto entry = std::make_unique<Entry>(Entry{tuple(n)});
      model[n] = entry.get();
      index.insert(std::move(entry), index.hash(tuple(n)));
    } else {
      ASSERT_EQ(index.find(tuple(n), index.hash(tuple(n))), known->second);
      index.erase(known->second);
      model.erase(known);
      ASSERT_EQ(index.find(tuple(n), index.hash(tuple(n))), nullptr);
    }
    ASSERT_EQ(index.size(), model.size());
  }
  for (const auto& [n, entry] : model) EXPECT_EQ(index.find(tuple(n), index.hash(tuple(n))), entry);
  std::size_t visited = 0;
  index.each([&](const Entry& entry) { visited += model.count(entry.tuple.words[0]); });
  EXPECT_EQ(visited, model.size());
}

TEST(TupleOrder, IsTheSameForBothDirectionsAndTellsThemApart) {
  Endpoint a, b;
  a.port = 40000;
  b.port = 25;
  const Directed there = directed(a, b), back = directed(b, a);
  EXPECT_EQ(there.tuple, back.tuple);
  EXPECT_NE(there.forward, back.forward);
  b.address.octets[15] = 1;
  EXPECT_NE(directed(a, b).tuple, there.tuple);
  std::swap(a.port, b.port);  // the ports belong to their hosts
  EXPECT_NE(directed(a, b).tuple, directed(Endpoint{a.address, b.port}, Endpoint{b.address, a.port}).tuple);
}

}  // namespace
}  // namespace mailseal
