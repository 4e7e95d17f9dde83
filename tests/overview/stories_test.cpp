// Stories: what several connections tell together, in one sentence with the frames of all.
#include <gtest/gtest.h>

#include "overviews.h"

namespace mailseal::test {
namespace {

/// The one story of that kind; nothing: none, or several.
std::optional<Story> one(const Overview& o, Story::Kind kind) {
  std::optional<Story> found;
  for (const Story& story : o.stories) {
    if (story.kind != kind) continue;
    if (found) return {};
    found = story;
  }
  return found;
}

std::vector<std::uint64_t> frames(const Story& story) {
  std::vector<std::uint64_t> all;
  for (const Occurrence& place : story.places) all.push_back(place.seen.frame);
  return all;
}

Session named(Session s, std::string client, std::string greeting = "") {
  s.client_name = std::move(client);
  s.greeting_name = std::move(greeting);
  return s;
}

TEST(Stories, OneConnectionAloneTellsNone) {
  EXPECT_TRUE(overview_of({starttls(), later(starttls(), 100), later(plain_mail(), 1'000)}).stories.empty());
}

TEST(Stories, Fallback) {
  const struct {
    std::string first, second;
    bool same_name;
  } table[] = {{"a.example", "a.example", true}, {"a.example", "b.example", false}, {"", "", false}};
  for (const auto& row : table) {
    const auto story = one(overview_of({named(failed(), row.first), later(named(plain_mail(), row.second), 5'000),
                                        later(named(plain_mail(), row.second), 9'000)}),
                           Story::Kind::Fallback);
    ASSERT_TRUE(story);
    EXPECT_EQ(story->count, 2u);
    EXPECT_EQ(story->places.size(), 2u);
    EXPECT_EQ(story->places[1].session, 2u);
    EXPECT_EQ(story->places[1].seen.frame, 5'008u);
    EXPECT_EQ(story->sentence.ends_with(", by the same name"), row.same_name) << story->sentence;
    EXPECT_TRUE(story->sentence.starts_with("192.0.2.7 could not use TLS with 192.0.2.25:25 (session 1, frame "));
  }
  EXPECT_FALSE(one(overview_of({failed(), later(from(plain_mail(), 8), 5'000)}), Story::Kind::Fallback));
}

/// A mail that 192.0.2.25 took and passes on to 192.0.2.99 so many milliseconds after it came.
std::vector<Session> relayed(Session in, Session out, std::uint64_t after = 500) {
  return {std::move(in), later(from(to(std::move(out), 99), 25), after)};
}

TEST(Stories, AGatewayIsTold) {
  const auto opened = one(overview_of(relayed(starttls(), plain_mail())), Story::Kind::Gateway);
  ASSERT_TRUE(opened);
  EXPECT_EQ(
      opened->sentence,
      "192.0.2.25 took mail inside TLS from 192.0.2.7 (session 1, frame 12), and as 192.0.2.25 it passed mail on in "
      "clear to 192.0.2.99 (session 2, frame 514): matched by time");
  EXPECT_EQ(frames(*opened), (std::vector<std::uint64_t>{12, 514}));
  const auto closed = one(overview_of(relayed(plain_mail(), starttls())), Story::Kind::Gateway);
  ASSERT_TRUE(closed);
  EXPECT_EQ(
      closed->sentence,
      "192.0.2.25 took mail in clear from 192.0.2.7 (session 1, frame 14), and as 192.0.2.25 it passed mail on inside "
      "TLS to 192.0.2.99 (session 2, frame 512): matched by time");
}

TEST(Stories, AGatewayIsKnownByItsNameToo) {
  std::vector<Session> sessions =
      relayed(named(starttls(), "sender.example", "GW.example"), from(named(plain_mail(), "gw.example"), 26));
  sessions[1].flow.client.address = ip(26);
  const auto story = one(overview_of(sessions), Story::Kind::Gateway);
  ASSERT_TRUE(story);
  EXPECT_TRUE(story->sentence.ends_with("matched by time and the name GW.example")) << story->sentence;
  for (const char* name : {"localhost", "[192.0.2.26]", "other.example", ""}) {
    sessions[0].greeting_name = sessions[1].client_name = name;
    if (std::string_view(name) == "other.example") sessions[0].greeting_name = "gw.example";
    EXPECT_FALSE(one(overview_of(sessions), Story::Kind::Gateway)) << name;
  }
}

TEST(Stories, WhatIsNoGateway) {
  const auto none = [](const std::vector<Session>& sessions) {
    return !one(overview_of(sessions), Story::Kind::Gateway);
  };
  EXPECT_TRUE(none(relayed(starttls(), starttls()))) << "protected alike";
  EXPECT_TRUE(none(relayed(plain_mail(), plain_mail())));
  EXPECT_TRUE(none(relayed(starttls(), plain_mail(), 61'000))) << "too late";
  EXPECT_TRUE(none({starttls(), later(from(to(plain_mail(), 99), 24), 500)})) << "another host";
  // A client that calls itself what the server does.
  EXPECT_TRUE(none({named(starttls(), "a.example", "mx.example"), later(named(plain_mail(), "mx.example"), 500)}));
  // What came last came in clear: that is what was passed on.
  std::vector<Session> sessions = relayed(starttls(), plain_mail(), 900);
  sessions.insert(sessions.begin() + 1, later(from(plain_mail(), 8), 300));
  EXPECT_TRUE(none(sessions));
  Session pop3 = to(plain_mail(), 25, 110);
  pop3.protocol = Protocol::Pop3;
  EXPECT_TRUE(none(relayed(pop3, starttls())));
}

TEST(Stories, LegsOfOneSizeArePreferred) {
  Session in = starttls();
  in.tls->application_bytes[0] = 9'000;
  Session out = plain_mail();
  out.content_bytes = 8'000;
  out.header_bytes = 500;
  std::vector<Session> sessions = relayed(starttls(), plain_mail());
  for (Session& s : relayed(later(in, 5'000), later(out, 5'000))) sessions.push_back(s);
  const auto story = one(overview_of(sessions), Story::Kind::Gateway);
  ASSERT_TRUE(story);
  EXPECT_EQ(story->count, 2u);
  EXPECT_EQ(frames(*story), (std::vector<std::uint64_t>{5'012, 5'514}));
  EXPECT_TRUE(story->sentence.ends_with("matched by time and size")) << story->sentence;
}

TEST(Stories, UnequalOffers) {
  Session without = plain_mail();
  without.upgrade_offered.reset();
  const auto story = one(overview_of({probe(), later(without, 100), later(probe(), 200)}), Story::Kind::UnequalOffer);
  ASSERT_TRUE(story);
  EXPECT_EQ(story->sentence,
            "192.0.2.25:25 offered STARTTLS (first: session 1, frame 6; in all 2) and did not offer it (first: session "
            "2, frame "
            "106; in all 1)");
}

TEST(Stories, Stripped) {
  Session s = plain_mail();
  s.capability_masked = server(6);
  const auto story = one(overview_of({s}), Story::Kind::Stripped);
  ASSERT_TRUE(story);
  EXPECT_EQ(frames(*story), (std::vector<std::uint64_t>{6, 8}));
  Session silent = probe();
  silent.capability_masked = server(6);
  EXPECT_FALSE(one(overview_of({silent}), Story::Kind::Stripped)) << "nothing came of it";
}

TEST(Stories, Injection) {
  Session s = starttls();
  s.injected_commands = at(8);
  s.injected_command_bytes = 20;
  const auto story = one(overview_of({s}), Story::Kind::Injection);
  ASSERT_TRUE(story);
  EXPECT_EQ(frames(*story), (std::vector<std::uint64_t>{8, 12}));
  s.injected_command_bytes = 2;
  EXPECT_FALSE(one(overview_of({s}), Story::Kind::Injection)) << "padding";
}

TEST(Stories, Enforcement) {
  Session kept_out = probe();
  kept_out.refused_before_tls = server(9);
  const auto alone = one(overview_of({kept_out}), Story::Kind::Enforcement);
  ASSERT_TRUE(alone);
  EXPECT_TRUE(alone->sentence.ends_with("and took none in clear")) << alone->sentence;
  const auto with_tls = one(overview_of({kept_out, later(starttls(), 100)}), Story::Kind::Enforcement);
  ASSERT_TRUE(with_tls);
  EXPECT_EQ(frames(*with_tls), (std::vector<std::uint64_t>{9, 118}));
  EXPECT_FALSE(one(overview_of({kept_out, later(plain_mail(), 100)}), Story::Kind::Enforcement))
      << "it took one in clear";
}

Session logged_in(std::uint64_t fingerprint, std::string user = "al***") {
  Session s = probe();
  s.credentials = {login(CredentialKind::Password, 9)};
  s.credentials[0].fingerprint = fingerprint;
  s.credentials[0].user = std::move(user);
  return s;
}

TEST(Stories, OneSecretReadableTwice) {
  const auto twice =
      one(overview_of({logged_in(7), later(logged_in(8), 100), later(logged_in(7), 200)}), Story::Kind::SameSecret);
  ASSERT_TRUE(twice);
  EXPECT_EQ(
      twice->sentence,
      "One and the same password or token was readable 2 times (first: session 1, frame 9; last: session 3, frame "
      "209)");
  EXPECT_EQ(twice->count, 2u);
  EXPECT_EQ(frames(*twice), (std::vector<std::uint64_t>{9, 209}));
  const auto others = one(overview_of({logged_in(7), later(logged_in(7, "bo***"), 100)}), Story::Kind::SameSecret);
  ASSERT_TRUE(others);
  EXPECT_NE(others->sentence.find(", for different accounts"), std::string::npos);

  EXPECT_FALSE(one(overview_of({logged_in(7), later(logged_in(8), 100)}), Story::Kind::SameSecret));
  EXPECT_FALSE(one(overview_of({logged_in(0), later(logged_in(0), 100)}), Story::Kind::SameSecret)) << "not known";
  EXPECT_FALSE(one(overview_of({logged_in(7), later(doubted(logged_in(7), Doubt::Gap), 100)}), Story::Kind::SameSecret))
      << "not read whole";
}

TEST(Stories, OfOneKindTheFirstAreToldAndTheOthersCounted) {
  std::vector<Session> sessions;
  for (std::uint64_t i = 0; i <= kStories; ++i)
    for (const std::uint64_t again : {0, 1}) sessions.push_back(later(logged_in(1 + i), (2 * i + again) * 100));
  const Overview overview = overview_of(std::move(sessions));
  EXPECT_EQ(overview.stories.size(), kStories);
  EXPECT_EQ(overview.stories_left_out, 1u);
  EXPECT_EQ(frames(overview.stories.front()), (std::vector<std::uint64_t>{9, 109}));
}

}  // namespace
}  // namespace mailseal::test
