// Sightings: which sessions show one connection, and what differs between them.
#include <gtest/gtest.h>

#include <functional>

#include "overviews.h"

namespace mailseal::test {
namespace {

const std::vector<InputFacts> kTwo{input("a.pcap"), input("b.pcap")};

RunFacts two_points() {
  RunFacts facts = run(kTwo);
  facts.points = {0, 1};
  return facts;
}

/// The same at the second point.
Session there(Session s) {
  return with_places(std::move(s), [](Seen& seen) { seen.input = 1; });
}

Session numbered(Session s, std::uint32_t client = 0x1234'5678, std::uint32_t server = 0x8765'4321) {
  s.initial = {client, server};
  return s;
}

Session with_randoms(Session s, std::uint64_t client, std::uint64_t server) {
  s.tls->marks.client_random = client;
  s.tls->marks.server_random = server;
  return s;
}

std::vector<std::string> kinds(const Overview& o) {
  std::vector<std::string> all;
  for (const Story& story : o.stories) all.emplace_back(to_string(story.kind));
  return all;
}

TEST(Sightings, WhatIsOneConnection) {
  const Session plain = numbered(plain_mail()), sealed = with_randoms(starttls(), 7, 8);
  const auto translated = [](Session s) { return from(std::move(s), 99); };
  const auto other_port = [](Session s) {
    ++s.flow.client.port;
    return s;
  };
  Session hour_later = numbered(translated(plain_mail()));
  hour_later.first.time += std::chrono::hours(1);
  hour_later.last.time += std::chrono::hours(1);
  const auto behind = [](Seen& seen) { seen.time += std::chrono::milliseconds(41); };
  const struct {
    std::string what;
    std::vector<Session> sessions;
    std::uint64_t seen_again;
  } table[] = {
      {"the same at two points", {plain, there(plain)}, 1},
      {"the same at one point", {plain, plain}, 0},
      {"a port used again", {plain, there(plain), there(numbered(plain_mail(), 0x2222'2222, 0x3333'3333))}, 1},
      {"translated: the numbers", {plain, translated(plain)}, 1},
      {"translated: the randoms", {sealed, translated(sealed)}, 1},
      {"translated, at two points", {plain, there(translated(plain))}, 1},
      {"one number alone", {plain, translated(numbered(plain_mail(), 0x1234'5678, 0x1111'1111))}, 0},
      {"numbers that all begin with",
       {numbered(plain_mail(), 1000, 5000), translated(numbered(plain_mail(), 1000, 5000))},
       0},
      {"the client's random alone", {sealed, translated(with_randoms(starttls(), 7, 9))}, 0},
      {"no randoms", {starttls(), translated(starttls())}, 0},
      {"the client's port alone is another", {plain, other_port(plain)}, 0},
      {"the client's port alone, and the randoms", {sealed, other_port(sealed)}, 1},
      {"much later", {plain, hour_later}, 0},
      {"translated, behind the end", {plain, translated(with_places(plain, behind))}, 0},
      {"numbers of many, and at two points the same addresses and ports",
       {plain, from(plain, 99), from(plain, 98), from(plain, 97), from(plain, 96), there(plain)},
       1},
      {"too many to be one",
       {plain, translated(plain), from(plain, 98), from(plain, 97), from(plain, 96), from(plain, 95)},
       0},
  };
  for (const auto& row : table) {
    const Overview o = overview_of(row.sessions, {}, two_points());
    EXPECT_EQ(o.seen_again, row.seen_again) << row.what;
    std::size_t tied = 0;
    for (const JudgedSession& judged : o.sessions) tied += judged.also_seen_as.size();
    EXPECT_EQ(tied, 2 * row.seen_again) << row.what;
  }
}

Session said(Session s, std::vector<std::uint64_t> client, std::vector<std::uint64_t> server) {
  Said marks;
  for (const std::uint64_t hash : client) marks[0].push_back({hash, at(5)});
  for (const std::uint64_t hash : server) marks[1].push_back({hash, mailseal::test::server(6)});
  s.said = Boxed<Said>(marks);
  return s;
}

TEST(Sightings, WhatDiffers) {
  Session offered = numbered(plain_mail()), withheld = offered, masked = offered;
  offered.capabilities = offered.upgrade_offered = server(4);
  withheld.capabilities = server(4);
  withheld.upgrade_offered = masked.upgrade_offered = {};
  masked.capabilities = masked.capability_masked = server(4);
  const Session sealed = with_randoms(numbered(starttls()), 7, 8);
  const auto joined_midway = [](Session s) {
    s.initial[1] = 0;
    return s;
  };
  Session doubtful = offered;
  doubtful.doubts.push_back({Doubt::OverlapConflict, server(5), false});
  Session asked = numbered(plain_mail());
  asked.upgrade_requested = at(5);
  const struct {
    std::string what;
    Session first, second;
    std::vector<std::string> kinds;
  } table[] = {
      {"nothing", offered, offered, {"points"}},
      {"the offer", said(withheld, {1}, {3, 4}), said(offered, {1}, {3, 5}), {"removed"}},
      {"the offer, but the lists were lost or cut", said(withheld, {1}, {3}), said(offered, {1}, {3}), {"points"}},
      {"the offer, and nothing is known of the lists", withheld, offered, {"points"}},
      {"the offer, of whom joined midway",
       said(withheld, {1}, {3, 4}),
       joined_midway(said(offered, {1}, {3, 5})),
       {"points"}},
      {"the offer, masked", said(masked, {1}, {4}), said(offered, {1}, {5}), {"stripped", "removed"}},
      {"the command", said(asked, {1, 2}, {3}), said(numbered(plain_mail()), {1, 4}, {3}), {"removed"}},
      {"the command, which was lost", said(asked, {1, 2}, {3}), said(numbered(plain_mail()), {1}, {3}), {"points"}},
      {"TLS and clear text", said(sealed, {1}, {3, 4}), said(numbered(plain_mail()), {1}, {3, 5}), {"terminated"}},
      {"TLS and what came before it, cut short",
       said(sealed, {1}, {3, 4}),
       said(numbered(plain_mail()), {1}, {3}),
       {"points"}},
      {"other keys", sealed, with_randoms(numbered(starttls()), 6, 9), {"terminated"}},
      {"one server's hello of two", sealed, with_randoms(numbered(starttls()), 7, 9), {"points"}},
      {"the same keys", sealed, sealed, {"points"}},
      {"words", said(offered, {1, 2}, {3}), said(offered, {1, 4}, {3}), {"altered"}},
      {"words of one side, behind a translation",
       said(offered, {1}, {3, 4}),
       from(said(offered, {1}, {3, 5}), 98),
       {"altered"}},
      {"words of both sides, behind a translation",
       said(offered, {1, 6}, {3, 4}),
       from(said(offered, {1, 7}, {3, 5}), 98),
       {"translated"}},
      {"words, told twice at one point", said(doubtful, {1}, {3, 4}), said(offered, {1}, {3, 5}), {"points"}},
      {"one that was seen further", said(offered, {1, 2}, {3}), said(offered, {1}, {3}), {"points"}},
  };
  for (const auto& row : table) {
    const Overview o = overview_of({row.first, there(row.second)}, {}, two_points());
    EXPECT_EQ(kinds(o), row.kinds) << row.what;
    if (o.stories.empty()) continue;
    EXPECT_EQ(o.stories.back().places.size(), 2u);
    EXPECT_EQ(o.stories.back().places[1].seen.input, 1u) << row.what;
  }
}

TEST(Sightings, OneLoginAtTwoPointsIsOneLogin) {
  Session first = numbered(plain_mail());
  first.credentials = {login(CredentialKind::Password, 6)};
  first.credentials.back().fingerprint = 77;
  const Session moved = there(first);
  EXPECT_EQ(kinds(overview_of({first, moved}, {}, two_points())), (std::vector<std::string>{"points"}));
  Session again = later(first, 5'000);
  again.initial = {0x2345'6789, 0x7654'3210};
  const auto all = kinds(overview_of({first, moved, again}, {}, two_points()));
  EXPECT_EQ(all, (std::vector<std::string>{"same-secret", "points"}));
}

TEST(Sightings, WhatWasRemovedIsCertain) {
  Session offered = numbered(plain_mail()), withheld = offered;
  offered.capabilities = offered.upgrade_offered = server(4);
  withheld.capabilities = server(4);
  withheld.upgrade_offered = {};
  const Overview o = overview_of({said(withheld, {1}, {3, 4}), there(said(offered, {1}, {3, 5}))}, {}, two_points());
  const FindingKind* const kind = find_kind("starttls-stripped-suspected");
  const auto group = std::find_if(o.findings.begin(), o.findings.end(), [&](const auto& g) { return g.kind == kind; });
  ASSERT_NE(group, o.findings.end());
  ASSERT_EQ(group->occurrences.size(), 1u);
  EXPECT_EQ(group->occurrences[0].session, 1u);
  EXPECT_EQ(group->occurrences[0].note,
            "certain: the server offered STARTTLS, as another capture point shows (session 2, frame 4 of input 2)");
  for (const FindingGroup& g : o.findings)
    EXPECT_NE(g.kind->id, "starttls-inconsistent-offer") << "it is one list of the server's";
}

}  // namespace
}  // namespace mailseal::test
