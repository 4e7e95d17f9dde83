// What was negotiated at each server, counted: of those asked for only, and within bounds.
#include "inventory.h"

#include <gtest/gtest.h>

#include "sample.h"

namespace mailseal {
namespace {

using sample::v4;

/// mixed_bag() has two servers with TLS 1.2 and one with 1.3.
TEST(inventory, counts_what_was_negotiated_at_each_server) {
  const Overview overview = sample::mixed_bag();
  std::vector<const Server*> all;
  for (const Server& server : overview.servers) all.push_back(&server);
  Inventory inventory(all);
  for (const JudgedSession& judged : overview.sessions) inventory.add(judged);

  const ServerInventory& store = inventory.of(v4(8, 25));  // one encrypted, one failed after the ServerHello
  EXPECT_EQ(store.hellos, 2u);
  ASSERT_EQ(store.versions.counts.size(), 1u);
  EXPECT_EQ(store.versions.counts[0], (std::pair<std::uint16_t, std::uint64_t>{0x0303, 2}));
  ASSERT_EQ(store.suites.counts.size(), 1u);
  EXPECT_EQ(store.suites.counts[0].first, 0xc030);
  EXPECT_EQ(store.forward_secret, 2u);
  ASSERT_EQ(store.certificates.counts.size(), 1u) << "the same certificate, parsed twice, is one";
  EXPECT_EQ(store.certificates.counts[0].second, 2u);
  EXPECT_EQ(store.certificates_hidden, 0u);

  const ServerInventory& submission = inventory.of(sample::v6(0x25, 465));
  EXPECT_EQ(submission.versions.counts[0].first, 0x0304);
  EXPECT_EQ(submission.certificates_hidden, 1u);
  EXPECT_TRUE(submission.certificates.counts.empty());

  EXPECT_EQ(inventory.of(v4(25, 25)).hellos, 0u) << "no TLS there";
  EXPECT_EQ(inventory.of(v4(25, 25)).begun, 0u);
}

TEST(inventory, keeps_nothing_of_servers_that_were_not_asked_for) {
  const Overview overview = sample::mixed_bag();
  Inventory inventory(std::vector<const Server*>{});
  for (const JudgedSession& judged : overview.sessions) inventory.add(judged);
  EXPECT_EQ(inventory.of(v4(8, 25)).hellos, 0u);
}

TEST(inventory, of_many_values_the_rest_is_counted) {
  Tally<int> tally;
  for (int i = 0; i < 1000; ++i) tally.add(i, std::equal_to{});
  tally.add(0, std::equal_to{});
  EXPECT_EQ(tally.counts.size(), Tally<int>::kKinds);
  EXPECT_EQ(tally.counts[0].second, 2u);
  EXPECT_EQ(tally.others, 1000 - Tally<int>::kKinds);
}

}  // namespace
}  // namespace mailseal
