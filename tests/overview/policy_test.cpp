// What comes of a policy's rules over many sessions.
#include <gtest/gtest.h>

#include <algorithm>

#include "judge/sessions.h"
#include "mailseal/overview.h"

namespace mailseal::test {
namespace {

Session at_frame(Session s, std::uint64_t frame) {
  s.first = at(frame);
  s.envelope = at(frame + 1);
  s.content = s.headers = at(frame + 2);
  s.flow.client.port = static_cast<std::uint16_t>(50'000 + frame);
  return s;
}

struct Held {
  Policy policy;
  Limits limits;
  OverviewOptions options;

  Held(const Held&) = delete;
  explicit Held(std::string_view text) : policy(*parse_policy(text, "mail.toml")) { options.policy = &policy; }

  Overview of(const std::vector<Session>& sessions) const {
    Collector collector(&options, &limits);
    for (const Session& s : sessions) {
      std::vector<JudgedSession> ended;
      ended.push_back({0, s, judge(s, {.policy = options.policy, .profile = options.profile}), {}});
      collector.add(ended);
    }
    RunFacts facts;
    facts.inputs.emplace_back().path = "a.pcap";
    return collector.finish(std::move(facts));
  }
};

TEST(PolicyTally, CountsAndTellsTheFirstPlacesWhoeverEndsFirst) {
  const Held held("[[rule]]\nlevel='required'\n[[rule]]\nlevel='required'\nport=587");
  std::vector<Session> sessions{starttls()};
  for (std::uint64_t frame = 1000; frame > 100; frame -= 100) sessions.push_back(at_frame(plain_mail(), frame));
  for (int turn = 0; turn < 2; ++turn) {
    const Overview o = held.of(sessions);
    ASSERT_TRUE(o.policy);
    const RuleOutcome& rule = o.policy->rules.at(0);
    EXPECT_EQ(rule.result, RuleOutcome::Result::Broken);
    EXPECT_EQ(rule.kept, 1u);
    EXPECT_EQ(rule.broken, 9u);
    ASSERT_EQ(rule.places.size(), kPolicyPlaces);
    for (std::size_t i = 0; i < kPolicyPlaces; ++i) {
      EXPECT_EQ(rule.places[i].seen.frame, 200 + i * 100 + 1);
      EXPECT_EQ(rule.places[i].session, i + 2);
    }
    EXPECT_EQ(o.policy->rules.at(1).result, RuleOutcome::Result::NotObserved);
    std::reverse(sessions.begin(), sessions.end());
  }
}

TEST(PolicyTally, ARuleThatIsNotObservedHindersAPassAndFailsNothing) {
  EXPECT_EQ(Held("[[rule]]\nlevel='required'\nport=25").of({starttls()}).verdict, Verdict::Pass);
  Held held("[[rule]]\nlevel='required'\nport=25\n[[rule]]\nlevel='none'\nport=143");
  held.options.fail_on = Severity::Low;
  const Overview o = held.of({starttls()});
  EXPECT_EQ(o.verdict, Verdict::Inconclusive) << o.sentence;
  EXPECT_EQ(o.findings.front().kind->id, "policy-coverage-missing");
}

TEST(PolicyTally, ExceptionsCountWhatTheyCoverAndWhatCameTooLate) {
  const Held held(
      "[[rule]]\nlevel='required'\n[[exception]]\nfrom='192.0.2.7'\nreason='old'\nuntil=2026-11-21\n"
      "[[exception]]\nfrom='192.0.2.8'\nreason='older'\nuntil=2026-11-20");
  Session other = at_frame(plain_mail(), 500);
  other.flow.client.address = ip(8);
  const Overview o = held.of({at_frame(plain_mail(), 300), other, starttls()});
  EXPECT_EQ(o.policy->exceptions.at(0).sessions, 1u);
  EXPECT_EQ(o.policy->exceptions.at(0).too_late, 0u);
  EXPECT_EQ(o.policy->exceptions.at(1).sessions, 0u);
  EXPECT_EQ(o.policy->exceptions.at(1).too_late, 1u);
  EXPECT_EQ(o.policy->rules.at(0).excepted, 1u);
}

TEST(PolicyTally, ProfilesCountHandshakes) {
  Held held("[[rule]]\nlevel='may'");
  held.options.profile = find_profile("mozilla-6.0-modern");
  const Overview o = held.of({starttls(), starttls12(), plain_mail(), failed()});
  ASSERT_EQ(o.profiles.size(), 1u);
  EXPECT_EQ(o.profiles[0].handshakes, 2u);
  EXPECT_EQ(o.profiles[0].below, 1u);
}

}  // namespace
}  // namespace mailseal::test
