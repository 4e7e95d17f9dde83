// ShortQueue against std::deque, across the length at which it moves to the heap and back.
#include "mailseal/base/short_queue.h"

#include <gtest/gtest.h>

#include <deque>

namespace mailseal {
namespace {

TEST(ShortQueue, IsAQueueWhereverItLies) {
  // Up and down across the place where it moves to the heap, beside a queue that cannot be wrong.
  for (const std::size_t most : {1u, 3u, 4u, 5u, 40u}) {
    ShortQueue<int, 4> queue;
    std::deque<int> right;
    const auto same = [&] {
      ASSERT_EQ(queue.size(), right.size());
      ASSERT_EQ(queue.empty(), right.empty());
      ASSERT_TRUE(std::equal(queue.begin(), queue.end(), right.begin(), right.end()));
      if (!right.empty()) {
        ASSERT_EQ(queue.front(), right.front());
      }
    };
    for (int round = 0, next = 0; round < 3; ++round) {
      while (right.size() < most) {
        queue.push_back(++next);
        right.push_back(next);
        same();
      }
      while (right.size() > most / 2) {
        queue.pop_front();
        right.pop_front();
        same();
      }
    }
    const std::size_t n = right.size();
    queue.drop(n / 2);
    right.erase(right.begin(), right.begin() + static_cast<std::ptrdiff_t>(n / 2));
    same();
    queue.clear();
    right.clear();
    same();
    queue.push_back(7);
    right.push_back(7);
    same();
  }
}

}  // namespace
}  // namespace mailseal
