// Many sessions: order, counts, servers, hops, findings across sessions, and the verdict.
#include "mailseal/overview.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <numeric>
#include <tuple>
#include <vector>

#include "overviews.h"
#include "ties.h"

namespace mailseal::test {
namespace {

Seen undated(Seen seen) {
  seen.time = {};
  return seen;
}

const FindingGroup* find(const Overview& o, std::string_view id) {
  const auto found =
      std::find_if(o.findings.begin(), o.findings.end(), [&](const FindingGroup& g) { return g.kind->id == id; });
  return found == o.findings.end() ? nullptr : &*found;
}

bool has(const JudgedSession& s, std::string_view id) {
  return std::any_of(s.finding_kinds.begin(), s.finding_kinds.end(), [&](auto* kind) { return kind->id == id; });
}

std::uint64_t count(const Counts& counts, State state) { return counts[static_cast<std::size_t>(state)]; }

// Order and findings

TEST(Collector, NumbersSessionsByInputAndFirstFrameHoweverTheyEnd) {
  std::vector<Session> sessions;
  for (const std::uint64_t frames : {500u, 100u, 400u, 0u, 300u, 200u}) sessions.push_back(later(plain_mail(), frames));
  sessions[1].first.input = 1;
  const Overview o = overview_of(sessions, {}, run({input(), input("b.pcap")}));
  std::vector<std::uint64_t> frames, ids;
  for (const JudgedSession& s : o.sessions) {
    frames.push_back(s.session.first.frame);
    ids.push_back(s.id);
  }
  EXPECT_EQ(frames, (std::vector<std::uint64_t>{1, 201, 301, 401, 501, 101}));
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6}));
  const FindingGroup* content = find(o, "plaintext-message-content");
  ASSERT_NE(content, nullptr);
  for (std::size_t i = 0; i < content->occurrences.size(); ++i) {
    EXPECT_EQ(content->occurrences[i].session, i + 1);
    EXPECT_EQ(content->occurrences[i].seen.frame, o.sessions[i].session.content->frame);
  }
}

TEST(Collector, TheOrderOfEndingChangesNothing) {
  std::vector<Session> sessions;
  for (std::uint64_t i = 0; i < 7; ++i) {
    sessions.push_back(later(plain_mail(), 100 * i));
    if (i == 1) sessions.back().protocol = Protocol::Lmtp;
    for (const char c : {'a', 'b', 'c'}) {
      sessions.push_back(
          later(doubted(plain_mail(), Doubt::JoinedMidway), 100 * i + 10 + static_cast<std::uint64_t>(c - 'a')));
      sessions.back().client_name = sessions.back().greeting_name = c + std::to_string(i);
    }
    sessions.push_back(later(from(starttls(), 8), 100 * i + 50));
    sessions.push_back(later(refused(probe()), 100 * i + 70));
  }
  for (Session& s : sessions)
    if (s.first.frame < 100) s.protocol = Protocol::Unknown;
  Limits limits;
  limits.occurrences = 3;
  const Overview a = overview_of(sessions, {}, run(), limits);
  std::reverse(sessions.begin(), sessions.end());
  const Overview b = overview_of(sessions, {}, run(), limits);
  EXPECT_EQ(a.sentence, b.sentence);
  EXPECT_EQ(a.verdict_reasons, b.verdict_reasons);
  ASSERT_EQ(a.findings.size(), b.findings.size());
  for (std::size_t i = 0; i < a.findings.size(); ++i) {
    EXPECT_EQ(a.findings[i].kind, b.findings[i].kind);
    EXPECT_EQ(a.findings[i].count, b.findings[i].count);
    ASSERT_EQ(a.findings[i].occurrences.size(), b.findings[i].occurrences.size());
    for (std::size_t k = 0; k < a.findings[i].occurrences.size(); ++k) {
      EXPECT_EQ(a.findings[i].occurrences[k].session, b.findings[i].occurrences[k].session);
      EXPECT_EQ(a.findings[i].occurrences[k].note, b.findings[i].occurrences[k].note);
    }
  }
  ASSERT_EQ(a.sessions.size(), b.sessions.size());
  for (std::size_t i = 0; i < a.sessions.size(); ++i) {
    EXPECT_EQ(a.sessions[i].session.flow, b.sessions[i].session.flow);
    EXPECT_EQ(a.sessions[i].finding_kinds, b.sessions[i].finding_kinds);
  }
  ASSERT_EQ(a.servers.size(), b.servers.size());
  for (std::size_t i = 0; i < a.servers.size(); ++i) {
    const Server &x = a.servers[i], &y = b.servers[i];
    EXPECT_EQ(
        std::tie(x.endpoint, x.protocol, x.names, x.greeting_names, x.counts, x.state, x.observed_level, x.findings),
        std::tie(y.endpoint, y.protocol, y.names, y.greeting_names, y.counts, y.state, y.observed_level, y.findings));
  }
  EXPECT_EQ(a.servers[0].protocol, Protocol::Lmtp) << "of the first that tells";
  EXPECT_EQ(a.servers[0].greeting_names.size(), kClaims);
  EXPECT_EQ(std::count(a.servers[0].greeting_names.begin(), a.servers[0].greeting_names.end(), "c6"), 0);
  ASSERT_EQ(a.hops.size(), b.hops.size());
  for (std::size_t i = 0; i < a.hops.size(); ++i) {
    const Hop &x = a.hops[i], &y = b.hops[i];
    EXPECT_EQ(std::tie(x.from, x.to, x.port, x.protocol, x.counts, x.state, x.tls_versions, x.client_names),
              std::tie(y.from, y.to, y.port, y.protocol, y.counts, y.state, y.tls_versions, y.client_names));
  }
}

TEST(Collector, WhereSessionsCannotBeKeptItSaysSo) {
  const char* before = std::getenv("TMPDIR");
  const std::string was = before ? before : "";
  setenv("TMPDIR", "/nonexistent", 1);
  OverviewOptions options;
  Limits limits;
  limits.ended_bytes = 1000;
  Collector collector(&options, &limits);
  std::vector<JudgedSession> ended;
  for (std::uint64_t i = 0; i < 10; ++i) ended.push_back({0, later(plain_mail(), 100 * i), judge(plain_mail()), {}});
  collector.add(ended);
  before ? setenv("TMPDIR", was.c_str(), 1) : unsetenv("TMPDIR");
  EXPECT_TRUE(collector.fault());
  EXPECT_TRUE(collector.finish(run()).sessions.fault());
}

TEST(Summary, ManyHopsComeInOrder) {
  std::vector<Session> sessions;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    sessions.push_back(later(plain_mail(), 100 * i));
    auto& octets = sessions.back().flow.client.address.octets;
    octets[13] = static_cast<std::uint8_t>(i * 7 % 250);
    octets[14] = static_cast<std::uint8_t>(i * 13 % 4);
  }
  const Overview o = overview_of(sessions);
  std::map<std::pair<IpAddress, Endpoint>, std::uint64_t> wanted;
  for (const Session& s : sessions) ++wanted[{s.flow.client.address, s.flow.server}];
  ASSERT_EQ(o.hops.size(), wanted.size());
  EXPECT_GT(o.hops.size(), 400u);
  auto hop = o.hops.begin();
  for (const auto& [key, count] : wanted) {
    EXPECT_EQ(hop->from, key.first);
    EXPECT_EQ((Endpoint{hop->to, hop->port}), key.second);
    EXPECT_EQ(std::accumulate(hop->counts.begin(), hop->counts.end(), std::uint64_t{0}), count);
    ++hop;
  }
}

TEST(Collector, CountsAllAndListsTheFirst) {
  Limits limits;
  limits.occurrences = 2;
  std::vector<Session> sessions;
  for (const std::uint64_t frames : {400u, 300u, 200u, 100u, 0u}) sessions.push_back(later(plain_mail(), frames));
  const Overview o = overview_of(sessions, {}, run(), limits);
  const FindingGroup* content = find(o, "plaintext-message-content");
  ASSERT_NE(content, nullptr);
  EXPECT_EQ(content->count, 5u);
  ASSERT_EQ(content->occurrences.size(), 2u);
  EXPECT_EQ(content->occurrences[0].seen.frame, 14u);
  EXPECT_EQ(content->occurrences[1].seen.frame, 114u);
}

TEST(Collector, GroupsBySeverityThenCountThenId) {
  const Overview o = overview_of({plain_mail(), later(starttls(), 100), later(starttls12(), 200)});
  for (std::size_t i = 1; i < o.findings.size(); ++i) {
    const FindingGroup &a = o.findings[i - 1], &b = o.findings[i];
    EXPECT_LE(a.severity, b.severity);
    if (a.severity != b.severity) continue;
    EXPECT_GE(a.count, b.count);
    if (a.count == b.count) {
      EXPECT_LT(a.kind->id, b.kind->id);
    }
  }
}

TEST(Collector, TheWorstSeverityIsTheGroups) {
  const Session relay = later(refused(probe()), 100);
  const Session access = with(to(refused(probe()), 26, 587), [](Session& s) { s.submission = true; });
  EXPECT_EQ(find(overview_of({relay}), "starttls-refused")->severity, Severity::Medium);
  EXPECT_EQ(find(overview_of({relay, access}), "starttls-refused")->severity, Severity::High);
}

TEST(Collector, ConnectionsWithoutAnAnswerAreListedOnlyOnDemand) {
  OverviewOptions all;
  all.all = true;
  EXPECT_EQ(overview_of({unanswered(), later(starttls(), 100)}).sessions.size(), 1u);
  const Overview o = overview_of({unanswered(), later(starttls(), 100)}, all);
  EXPECT_EQ(o.sessions.size(), 2u);
  EXPECT_EQ(count(o.counts, State::NoMail), 1u);
}

// Across sessions

TEST(Crossing, FallbackOnANewConnection) {
  struct Case {
    const char* name;
    std::vector<Session> sessions;
    bool told;
  };
  const std::uint64_t kTenMinutes = 600'000;
  const Case cases[] = {
      {"failed, then in clear", {failed(), later(plain_mail(), 100)}, true},
      {"refused, then in clear", {refused(probe()), later(plain_mail(), 100)}, true},
      {"just within the window", {refused(probe()), later(plain_mail(), kTenMinutes - 1)}, true},
      {"after the window", {refused(probe()), later(plain_mail(), kTenMinutes + 10)}, false},
      {"in clear, then failed", {plain_mail(), later(failed(), 100)}, false},
      {"another client", {failed(), later(from(plain_mail(), 8), 100)}, false},
      {"another server", {failed(), later(to(plain_mail(), 26), 100)}, false},
      {"another port", {failed(), later(to(plain_mail(), 25, 587), 100)}, false},
      {"encrypted, then in clear", {starttls(), later(plain_mail(), 100)}, false},
      {"its own refusal, by a clock that ran back",
       {with(refused(plain_mail()),
             [](Session& s) {
               Seen refusal = server(20);
               refusal.time = time_of(3);
               s.upgrade_refused = refusal;
             })},
       false},
      {"failed, then encrypted", {failed(), later(starttls(), 100)}, false},
      {"no dates",
       {with(refused(probe()), [](Session& s) { s.upgrade_refused = undated(*s.upgrade_refused); }),
        later(plain_mail(), 100)},
       false},
  };
  for (const Case& c : cases) {
    const Overview o = overview_of(c.sessions);
    const FindingGroup* group = find(o, "starttls-failed-fallback-plaintext");
    EXPECT_EQ(group != nullptr, c.told) << c.name;
    if (group == nullptr) continue;
    ASSERT_EQ(group->count, 1u) << c.name;
    EXPECT_EQ(group->occurrences[0].session, 2u) << c.name;
    EXPECT_TRUE(has(o.sessions[1], "starttls-failed-fallback-plaintext")) << c.name;
    EXPECT_TRUE(group->occurrences[0].note.starts_with("same client and server, ")) << c.name;
  }
  EXPECT_EQ(find(overview_of({refused(probe()), later(plain_mail(), 5'000)}), "starttls-failed-fallback-plaintext")
                ->occurrences[0]
                .note,
            "same client and server, 5 s after TLS failed in frame 7");
}

TEST(Crossing, AFallbackInsideOneSessionIsToldOnce) {
  const Overview o = overview_of({refused(plain_mail()), later(refused(plain_mail()), 100)});
  EXPECT_EQ(find(o, "starttls-failed-fallback-plaintext")->count, 2u);
}

Session with_key(Session s, const std::string& spki, const std::string& key = "RSA",
                 const std::string& name = "mail.example") {
  auto own = std::make_shared<Certificate>(*s.tls->chain.front());
  own->spki_sha256 = spki;
  own->sha256 = "of " + spki;
  own->key = key;
  s.tls->chain = {own};
  s.tls->server_name = name;
  return s;
}

TEST(ShownKeys, AChangeIsToldForOneServerNameAndKindOfKey) {
  const Session a = with_key(starttls12(), "a");
  const struct {
    std::string_view what;
    Session other;
    std::uint64_t told;
  } table[] = {
      {"another key", with_key(starttls12(), "b"), 1},
      {"the same", a, 0},
      {"renewed with the same key",
       with(a,
            [](Session& s) {
              auto own = std::make_shared<Certificate>(*s.tls->chain.front());
              own->sha256 = "later";
              s.tls->chain = {own};
            }),
       0},
      {"another kind of key", with_key(starttls12(), "b", "EC"), 0},
      {"another name was asked for", with_key(starttls12(), "b", "RSA", "imap.example"), 0},
      {"another server", to(with_key(starttls12(), "b"), 26), 0},
      {"a key that is not understood", with_key(starttls12(), ""), 0},
      {"none seen", starttls(), 0},
  };
  for (const auto& row : table) {
    const Overview o = overview_of({a, later(row.other, 100), later(a, 200)});
    const FindingGroup* group = find(o, "cert-changed-during-capture");
    ASSERT_EQ(group ? group->count : 0, row.told) << row.what;
    if (!group) continue;
    EXPECT_EQ(group->occurrences[0].session, 2u);
    EXPECT_EQ(group->occurrences[0].note, "another key than in frame 13");
    EXPECT_TRUE(has(o.sessions[1], "cert-changed-during-capture"));
  }
  // In whatever order sessions end.
  const Overview o = overview_of({later(with_key(starttls12(), "b"), 100), a});
  ASSERT_NE(find(o, "cert-changed-during-capture"), nullptr);
  EXPECT_EQ(find(o, "cert-changed-during-capture")->occurrences[0].session, 2u);
}

TEST(ShownKeys, OneKeyAtSeveralAddressesIsTold) {
  const Session a = with_key(starttls12(), "a");
  const Overview o =
      overview_of({a, later(to(a, 26), 100), later(to(with_key(starttls12(), "b"), 27), 200), later(a, 300)});
  const FindingGroup* group = find(o, "cert-key-shared");
  ASSERT_NE(group, nullptr);
  ASSERT_EQ(group->count, 2u);
  EXPECT_EQ(group->occurrences[0].session, 1u);
  EXPECT_EQ(group->occurrences[1].session, 2u);
  EXPECT_EQ(group->occurrences[0].note, "shown at 2 addresses");
  const Session secure = with(a, [](Session& s) { s.flow.server.port = 465; });
  EXPECT_EQ(find(overview_of({a, later(secure, 100)}), "cert-key-shared"), nullptr) << "two ports of one address";
}

TEST(ShownKeys, NoMoreThanAFewOfOneServer) {
  std::vector<Session> sessions;
  for (std::uint64_t i = 0; i < 100; ++i)
    sessions.push_back(later(with_key(starttls12(), "key " + std::to_string(i)), 100 * i));
  EXPECT_EQ(find(overview_of(sessions), "cert-changed-during-capture")->count, 31u);
}

TEST(Crossing, InconsistentOffer) {
  const auto silent = [](Session s) {
    s.upgrade_offered.reset();
    return s;
  };
  const Overview o = overview_of({probe(), later(silent(probe()), 100), later(silent(probe()), 200)});
  const FindingGroup* group = find(o, "starttls-inconsistent-offer");
  ASSERT_NE(group, nullptr);
  ASSERT_EQ(group->count, 2u);
  EXPECT_EQ(group->occurrences[0].session, 1u);
  EXPECT_EQ(group->occurrences[1].session, 2u);
  EXPECT_EQ(group->occurrences[0].note, "offered in 1 session, not offered in 2");
  EXPECT_EQ(find(overview_of({probe(), later(silent(to(probe(), 26)), 100)}), "starttls-inconsistent-offer"), nullptr);
  EXPECT_EQ(find(overview_of({probe(), later(with(silent(probe()), [](Session& s) { s.capabilities.reset(); }), 100)}),
                 "starttls-inconsistent-offer"),
            nullptr);
}

// Servers and hops

TEST(Summary, StatesAreJoined) {
  const Session e = starttls(), p = plain_mail(), f = failed(), n = probe(), u = doubted(probe(), Doubt::Gap);
  const Session m = with(starttls(), [](Session& s) { s.content = at(7); });
  struct Case {
    std::vector<Session> sessions;
    State state;
  };
  const Case cases[] = {
      {{e}, State::Encrypted},       {{p}, State::Plaintext},    {{m}, State::Mixed},
      {{f}, State::Failed},          {{n}, State::NoMail},       {{u}, State::Inconclusive},
      {{p, e}, State::Mixed},        {{p, m}, State::Mixed},     {{p, f, n, u}, State::Plaintext},
      {{e, f, u}, State::Encrypted}, {{f, u, n}, State::Failed}, {{u, n}, State::Inconclusive},
      {{n, n}, State::NoMail},       {{e, n}, State::Encrypted},
  };
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    std::vector<Session> sessions;
    for (const Session& s : cases[i].sessions) sessions.push_back(later(s, 100 * sessions.size()));
    const Overview o = overview_of(sessions);
    ASSERT_EQ(o.servers.size(), 1u);
    ASSERT_EQ(o.hops.size(), 1u);
    EXPECT_EQ(to_string(o.servers[0].state), to_string(cases[i].state)) << i;
    EXPECT_EQ(to_string(o.hops[0].state), to_string(cases[i].state)) << i;
  }
}

TEST(Summary, HopsHaveADirectionAndServersAPort) {
  const Overview o = overview_of({starttls(), later(from(starttls(), 8), 100), later(to(from(starttls(), 25), 7), 200),
                                  later(to(starttls(), 25, 587), 300), later(starttls(), 400)});
  EXPECT_EQ(o.servers.size(), 3u);
  EXPECT_EQ(o.hops.size(), 4u);
  EXPECT_TRUE(std::is_sorted(o.servers.begin(), o.servers.end(),
                             [](const Server& a, const Server& b) { return a.endpoint < b.endpoint; }));
  EXPECT_EQ(count(o.hops[0].counts, State::Encrypted), 2u);  // 192.0.2.7 > 192.0.2.25:25
  EXPECT_EQ(o.servers[0].names, std::vector<std::string>{"mail.example"});
}

TEST(Summary, VersionsAndClaimsOfAllSessions) {
  const auto named = [](Session s, std::string client, std::string greeting) {
    s.client_name = std::move(client);
    s.greeting_name = std::move(greeting);
    return s;
  };
  std::vector<Session> sessions{named(starttls(), "b.example", "mx.example"), named(plain_mail(), "a.example", ""),
                                with(starttls(), [](Session& s) { s.tls->version = 0x0303; }),
                                with(starttls(), [](Session& s) {
                                  s.tls->version = 0x0301;
                                  s.tls->established.reset();
                                })};
  for (std::size_t i = 0; i < sessions.size(); ++i) sessions[i] = later(sessions[i], 100 * i);
  const Overview o = overview_of(sessions);
  ASSERT_EQ(o.hops.size(), 1u);
  EXPECT_EQ(o.hops[0].tls_versions, (std::vector<std::uint16_t>{0x0303, starttls().tls->version}));
  EXPECT_EQ(o.hops[0].client_names, (std::vector<std::string>{"a.example", "b.example"}));
  EXPECT_EQ(o.servers[0].greeting_names, std::vector<std::string>{"mx.example"});
  EXPECT_EQ(o.hops[0].observed_level, "preferred");
}

TEST(Summary, ProductsThatAServerClaimsToBe) {
  const auto claiming = [](Session s, Product product, Certainty certainty, std::string version) {
    s.product = ProductSeen{product, certainty, std::move(version), s.first};
    return s;
  };
  std::vector<Session> sessions{claiming(plain_mail(), Product::Exim, Certainty::Medium, ""),
                                claiming(plain_mail(), Product::Postfix, Certainty::High, "3.7"),
                                claiming(plain_mail(), Product::Exim, Certainty::High, "4.96"),
                                claiming(plain_mail(), Product::Exim, Certainty::Medium, "4.95"),
                                plain_mail(),
                                claiming(to(plain_mail(), 26), Product::Dovecot, Certainty::High, "")};
  for (std::size_t i = 0; i < sessions.size(); ++i) sessions[i] = later(sessions[i], 100 * i);
  const Overview o = overview_of(sessions);
  ASSERT_EQ(o.servers.size(), 2u);
  ASSERT_EQ(o.servers[0].products.size(), 2u);
  EXPECT_EQ(o.servers[0].products[0].product, Product::Exim);
  EXPECT_EQ(o.servers[0].products[0].certainty, Certainty::High);
  EXPECT_EQ(o.servers[0].products[0].version, "4.95");
  EXPECT_EQ(o.servers[0].products[0].sessions, 3u);
  EXPECT_EQ(o.servers[0].products[1].product, Product::Postfix);
  EXPECT_EQ(o.servers[1].products.size(), 1u);
}

TEST(Summary, OnlySoManyClaimsAreKept) {
  std::vector<Session> sessions;
  for (std::size_t i = 0; i < 3 * kClaims; ++i) {
    sessions.push_back(later(plain_mail(), 100 * i));
    sessions.back().client_name = sessions.back().greeting_name = "h" + std::to_string(i) + ".example";
  }
  const Overview o = overview_of(sessions);
  EXPECT_EQ(o.hops[0].client_names.size(), kClaims);
  EXPECT_EQ(o.hops[0].client_names.front(), "h0.example");
  EXPECT_EQ(o.servers[0].greeting_names.size(), kClaims);
}

TEST(Summary, ObservedLevel) {
  const auto silent = [](Session s) {
    s.upgrade_offered.reset();
    return s;
  };
  const auto insists = [](Session s) {
    s.refused_before_tls = server(9);
    return s;
  };
  const Session implicit = with(starttls(), [](Session& s) {
    s.entry = Entry::ImplicitTls;
    s.upgrade_offered.reset();
    s.capabilities.reset();
  });
  struct Case {
    std::vector<Session> sessions;
    std::string_view level;
  };
  const Case cases[] = {
      {{silent(plain_mail())}, "none"},
      {{silent(probe())}, "none"},
      {{starttls()}, "offered"},
      {{plain_mail()}, "preferred"},
      {{starttls(), plain_mail()}, "preferred"},
      {{insists(probe()), starttls()}, "required"},
      {{insists(probe()), plain_mail()}, "preferred"},
      {{insists(probe()), with(starttls12(), [](Session& s) { s.tls->client_certificate = at(14); })}, "verified"},
      {{with(starttls12(), [](Session& s) { s.tls->client_certificate = at(14); })}, "offered"},
      {{implicit}, "implicit"},
      {{with(probe(),
             [](Session& s) {
               s.capabilities.reset();
               s.upgrade_offered.reset();
             })},
       "unknown"},
      {{with(silent(probe()),
             [](Session& s) {
               s.entry = Entry::ImplicitTls;
               s.clear_on_implicit_port = at(5);
             })},
       "none"},
  };
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    std::vector<Session> sessions;
    for (const Session& s : cases[i].sessions) sessions.push_back(later(s, 100 * sessions.size()));
    EXPECT_EQ(overview_of(sessions).servers.at(0).observed_level, cases[i].level) << i;
  }
}

// Markers

TEST(Canary, WhatWasNotFoundIsToldOnceWithTheFigures) {
  RunFacts facts = run();
  facts.canaries = {{std::string(64, 'a'), 12}, {std::string(64, 'b'), 12}};
  const auto searched = [](Session s, std::vector<Seen> places) {
    s.canary = markers(std::move(places));
    return s;
  };
  const Overview o = overview_of({searched(starttls(), {}), searched(later(starttls(), 100), {at(120)}),
                                  searched(later(doubted(starttls(), Doubt::Gap), 200), {})},
                                 {}, facts);
  const FindingGroup* missed = find(o, "canary-not-seen");
  ASSERT_NE(missed, nullptr);
  ASSERT_EQ(missed->occurrences.size(), 1u);
  EXPECT_EQ(missed->severity, Severity::Info);
  EXPECT_EQ(missed->occurrences[0].note,
            "marker bbbbbbbbbbbbbbbb: 1500 octets searched in clear; sessions inconclusive: 1, encrypted: 1");
  ASSERT_NE(find(o, "canary-seen"), nullptr);
  EXPECT_EQ(find(o, "canary-seen")->occurrences[0].seen.frame, 120u);
  EXPECT_EQ(o.verdict, Verdict::Fail);
  EXPECT_NE(o.sentence.find("frame 120"), o.sentence.npos) << o.sentence;
}

TEST(Canary, NotFoundChangesNoVerdict) {
  RunFacts facts = run();
  const auto session = with(starttls(), [](Session& s) { s.canary = markers({}); });
  const Verdict before = overview_of({starttls()}, {}, facts).verdict;
  facts.canaries = {{std::string(64, 'a'), 12}};
  EXPECT_EQ(overview_of({session}, {}, facts).verdict, before);
}

// The capture

TEST(Capture, FindingsOfTheInputs) {
  struct Case {
    std::string_view id;
    Overview overview;
  };
  const auto inputs = [](auto change) {
    InputFacts facts = input();
    change(facts);
    return run({facts});
  };
  RunFacts tunnel = run();
  tunnel.skipped = {{{"ipsec", 5}, {"not-ip", 2}}};
  const Case cases[] = {
      {"capture-no-mail-traffic", overview_of({})},
      {"capture-no-mail-traffic", overview_of({unanswered()})},
      {"capture-drops-reported", overview_of({starttls()}, {}, inputs([](InputFacts& f) { f.dropped = 3; }))},
      {"capture-truncated-file", overview_of({starttls()}, {}, inputs([](InputFacts& f) { f.ended = "truncated"; }))},
      {"capture-clock-anomaly", overview_of({starttls()}, {}, inputs([](InputFacts& f) {
                                              f.backward_steps = 2;
                                              f.backward_frame = 9;
                                            }))},
      {"capture-clock-anomaly", overview_of({starttls()}, {}, inputs([](InputFacts& f) { f.first = Timestamp{}; }))},
      {"capture-sequence-gaps", overview_of({doubted(starttls(), Doubt::Gap, true)})},
      {"capture-duplicates", overview_of({with(starttls(), [](Session& s) { s.sides[1].duplicates = 2; })})},
      {"capture-superframes", overview_of({with(starttls(), [](Session& s) { s.sides[0].superframes = 2; })})},
      {"capture-filter-narrow", overview_of({starttls()}, {}, inputs([](InputFacts& f) {
                                              f.interfaces = {InterfaceFacts{std::nullopt, 1, 0, "tcp port 25"}};
                                            }))},
      {"capture-contains-secrets", overview_of({plain_mail()})},
      {"capture-contains-secrets", overview_of({with(starttls12(), [](Session& s) { s.tls->cipher_suite = 0x002f; })})},
      {"inconclusive-tunnel", overview_of({}, {}, std::move(tunnel))},
  };
  for (const Case& c : cases) EXPECT_NE(find(c.overview, c.id), nullptr) << c.id;

  const Overview clean = overview_of({starttls()});
  for (const Case& c : cases) EXPECT_EQ(find(clean, c.id), nullptr) << c.id;
}

TEST(Capture, DropsAreNamedInTheConfidence) {
  InputFacts facts = input();
  facts.dropped = 3;
  const Overview o = overview_of({starttls()}, {}, run({facts}));
  const auto& lacks = o.sessions[0].judgement.confidence_lacks;
  EXPECT_EQ(lacks.back(), "a capture without dropped packets");
}

// The verdict

TEST(Verdict, Table) {
  const Session e = starttls(), p = plain_mail(), f = failed(), n = probe(), u = doubted(probe(), Doubt::Gap);
  const Session doubtful = with(starttls(), [](Session& s) { s.tls->cipher_suite = 0x1a1a; });
  const auto inputs = [](auto change) {
    InputFacts facts = input();
    change(facts);
    return run({facts});
  };
  RunFacts unread = run();
  unread.failed_inputs = {"b.pcap: no such file"};
  RunFacts skipped = run();
  skipped.skipped_files = {"notes.txt"};
  const auto passed_over = [](std::string kind) {
    RunFacts facts = run();
    facts.skipped = {{{std::move(kind), 1}}};
    return facts;
  };
  struct Case {
    const char* name;
    std::vector<Session> sessions;
    RunFacts run;
    Verdict verdict;
  };
  const Case cases[] = {
      {"encrypted", {e}, run(), Verdict::Pass},
      {"encrypted and probes of others", {e, from(n, 9), to(n, 26)}, run(), Verdict::Pass},
      {"encrypted, one failed on the same hop", {e, f}, run(), Verdict::Pass},
      {"one file of the directory was no capture", {e}, skipped, Verdict::Pass},
      {"in clear", {p}, run(), Verdict::Fail},
      {"one in clear among encrypted", {e, p, e}, run(), Verdict::Fail},
      {"in clear, with drops and doubts", {p, u}, inputs([](InputFacts& i) { i.dropped = 5; }), Verdict::Fail},
      {"nothing", {}, run(), Verdict::Inconclusive},
      {"no inputs at all", {}, run({}), Verdict::Inconclusive},
      {"probes alone", {n}, run(), Verdict::Inconclusive},
      {"unanswered alone", {unanswered()}, run(), Verdict::Inconclusive},
      {"one could not be judged", {e, u}, run(), Verdict::Inconclusive},
      {"failed alone", {f}, run(), Verdict::Inconclusive},
      {"a hop that failed only", {e, to(f, 26)}, run(), Verdict::Inconclusive},
      {"drops", {e}, inputs([](InputFacts& i) { i.dropped = 5; }), Verdict::Inconclusive},
      {"no drops, as told", {e}, inputs([](InputFacts& i) { i.dropped = 0; }), Verdict::Pass},
      {"cut file", {e}, inputs([](InputFacts& i) { i.ended = "truncated"; }), Verdict::Inconclusive},
      {"damaged file", {e}, inputs([](InputFacts& i) { i.ended = "error: x"; }), Verdict::Inconclusive},
      {"an input not read", {e}, unread, Verdict::Inconclusive},
      {"a tunnel", {e}, passed_over("ipsec"), Verdict::Inconclusive},
      {"an unknown link", {e}, passed_over("unknown-link"), Verdict::Inconclusive},
      {"headers cut", {e}, passed_over("truncated"), Verdict::Inconclusive},
      {"fragments lost", {e}, passed_over("lost-fragments"), Verdict::Inconclusive},
      {"no TCP", {e}, passed_over("not-tcp"), Verdict::Pass},
      {"no IP", {e}, passed_over("not-ip"), Verdict::Pass},
      {"what no receiver takes", {e}, passed_over("bad-header"), Verdict::Pass},
      {"fragments", {e}, passed_over("awaiting-fragments"), Verdict::Pass},
      {"in clear, with a tunnel", {p}, passed_over("ipsec"), Verdict::Fail},
  };
  for (const Case& c : cases) {
    std::vector<Session> sessions;
    for (const Session& s : c.sessions) sessions.push_back(later(s, 100 * sessions.size()));
    const Overview o = overview_of(sessions, {}, c.run);
    EXPECT_EQ(to_string(o.verdict), to_string(c.verdict)) << c.name << ": " << o.sentence;
    EXPECT_FALSE(o.verdict_reasons.empty()) << c.name;
    EXPECT_FALSE(o.sentence.empty()) << c.name;
  }
  // A suite that may be none proves nothing.
  OverviewOptions none;
  none.fail_on.reset();
  EXPECT_EQ(overview_of({doubtful}, none).verdict, Verdict::Inconclusive);
}

TEST(Capture, TellsEachKindOfTunnelWithItsFirstFrame) {
  RunFacts facts = run({input(), input("b.pcap")});
  facts.skipped = {{{"not-tcp", 7}}, {{"ipsec", 1204}, {"tunnel-unknown", 1}, {"not-ip", 2}}};
  facts.first_skipped = {{{"not-tcp", 1}}, {{"ipsec", 7}, {"tunnel-unknown", 9}, {"not-ip", 3}}};
  const Overview o = overview_of({starttls()}, {}, facts);
  const FindingGroup* group = find(o, "inconclusive-tunnel");
  ASSERT_NE(group, nullptr);
  std::vector<std::string> told;
  for (const Occurrence& each : group->occurrences)
    told.push_back(std::to_string(each.seen.input) + ":" + std::to_string(each.seen.frame) + " " + each.note);
  EXPECT_EQ(told, (std::vector<std::string>{
                      "1:7 1204 packets inside IPsec",
                      "1:9 1 packet of an EtherType or tunnel that is not known, or not what it says"}));
}

TEST(Verdict, CountsWhatWasPassedOver) {
  RunFacts facts = run({input(), input("b.pcap"), input("c.pcap")});
  facts.skipped = {{{"not-tcp", 7}}, {{"ipsec", 2}}, {{"ipsec", 3}, {"wireguard", 1}, {"unknown-link", 1}}};
  EXPECT_EQ(overview_of({starttls()}, {}, facts).verdict_reasons,
            (std::vector<std::string>{
                "1 packet of a link type that is not decoded was passed over, first in c.pcap: "
                "capture on an interface of another type",
                "5 packets inside IPsec could not be read, first in b.pcap: capture where they are in clear, or filter "
                "them out if no mail runs there",
                "1 packet inside WireGuard could not be read, first in c.pcap: capture where they are in clear, or "
                "filter them out if no mail runs there"}));
}

TEST(Verdict, FailOn) {
  const auto access = [](Session s) {
    s.submission = true;
    return s;
  };
  const Session rc4 = with(starttls12(), [](Session& s) { s.tls->cipher_suite = 0x0005; });  // high
  const Session old = with(starttls12(), [](Session& s) { s.tls->version = 0x0301; });       // medium
  const Session short_tag = with(starttls(), [](Session& s) {
    s.tls->early_data = std::nullopt;
    s.tls->group = 0x6399;
  });
  const Session enforced =
      with(starttls(), [](Session& s) { s.refused_before_tls = server(7); });  // low, but good news
  struct Case {
    const char* name;
    Session session;
    std::optional<Severity> fail_on;
    Verdict verdict;
  };
  using enum Severity;
  const Case cases[] = {
      {"high at high", rc4, High, Verdict::Fail},
      {"high at critical", rc4, Critical, Verdict::Pass},
      {"high at none", rc4, std::nullopt, Verdict::Pass},
      {"medium at high", old, High, Verdict::Pass},
      {"medium at medium", old, Medium, Verdict::Fail},
      {"low at medium", short_tag, Medium, Verdict::Pass},
      {"low at low", short_tag, Low, Verdict::Fail},
      {"info at low", starttls(), Low, Verdict::Pass},
      {"info at info", starttls(), Info, Verdict::Pass},
      {"positive at low", enforced, Low, Verdict::Pass},
      {"refused, relay", refused(probe()), High, Verdict::Inconclusive},
      {"refused, access", access(refused(probe())), High, Verdict::Fail},
      {"no mail traffic is high, and no failure", unanswered(), Low, Verdict::Inconclusive},
      {"inconclusive is no failure", doubted(starttls(), Doubt::Gap), Low, Verdict::Inconclusive},
      {"in clear at none", plain_mail(), std::nullopt, Verdict::Fail},
      {"envelope (medium) at critical", with(probe(), [](Session& s) { s.envelope = at(8); }), Critical, Verdict::Fail},
  };
  for (const Case& c : cases) {
    OverviewOptions options;
    options.fail_on = c.fail_on;
    const Overview o = overview_of({c.session}, options);
    EXPECT_EQ(to_string(o.verdict), to_string(c.verdict)) << c.name << ": " << o.sentence;
  }
}

TEST(Verdict, Sentences) {
  const Session e = starttls(), u = doubted(probe(), Doubt::Gap);
  EXPECT_EQ(overview_of({e, later(failed(), 100), later(probe(), 200)}).sentence,
            "No readable mail or credentials in the 2 judged mail flows seen at this capture point between "
            "2026-11-21T00:00:00Z and 2026-11-21T00:01:00Z: 1 were inside TLS, 1 failed before any mail was sent. 1 "
            "carried no mail. 0 could not be judged.");
  EXPECT_EQ(overview_of({later(e, 100), plain_mail(), later(u, 200)}).sentence,
            "1 of 2 judged mail flows seen at this capture point between 2026-11-21T00:00:00Z and 2026-11-21T00:01:00Z "
            "carried mail or credentials readable by anyone on the path. First: a.pcap frame 8. 1 were inside TLS, 0 "
            "failed before any mail was sent. 0 carried no mail. 1 could not be judged.");
  EXPECT_EQ(
      overview_of({}).sentence,
      "This capture does not show whether mail was encrypted: no mail traffic in 49 packets. It is neither a pass "
      "nor a fail. Of 0 judged mail flows seen at this capture point between 2026-11-21T00:00:00Z and "
      "2026-11-21T00:01:00Z, 0 were inside TLS, 0 failed before any mail was sent. 0 carried no mail. 0 could not "
      "be judged.");
}

TEST(Verdict, ReasonsMostImportantFirst) {
  const auto reasons = [](const std::vector<Session>& sessions) { return overview_of(sessions).verdict_reasons; };
  EXPECT_EQ(
      reasons({later(starttls(), 100), plain_mail(), later(doubted(probe(), Doubt::Gap), 200)}),
      (std::vector<std::string>{
          "1 of 2 mail sessions carried mail or credentials in clear; first: a.pcap frame 8",
          "Message content readable on the wire (plaintext-message-content, critical) in 1 session; first: a.pcap "
          "frame 14",
          "STARTTLS offered but not used (starttls-offered-not-used, high) in 1 session; first: a.pcap frame 8",
          "1 session could not be judged: Packets missing (inconclusive-gap); first: a.pcap frame 201",
      }));
  EXPECT_EQ(reasons({starttls(), to(later(failed(), 100), 26), later(doubted(probe(), Doubt::Gap), 200)}),
            (std::vector<std::string>{
                "1 session could not be judged: Packets missing (inconclusive-gap); first: a.pcap frame 201",
                "1 hop has no session that was shown to be inside TLS; first: 192.0.2.7 > 192.0.2.26:25 (failed)",
            }));
}

// Every session lowers or keeps the verdict's claim: more sessions never turn FAIL into anything else.
TEST(Verdict, FailStays) {
  const std::vector<Session> others = {starttls(), failed(), probe(), unanswered(), doubted(probe(), Doubt::Gap)};
  for (unsigned bits = 0; bits < 32; ++bits) {
    std::vector<Session> sessions = {plain_mail()};
    for (std::size_t i = 0; i < others.size(); ++i)
      if (bits >> i & 1u) sessions.push_back(later(others[i], 100 * (i + 1)));
    EXPECT_EQ(overview_of(sessions).verdict, Verdict::Fail) << bits;
  }
}

// Ties between sessions

// A full handshake that gives this session id and ticket; at that frame.
Session full(std::uint64_t frames, std::uint64_t id, std::uint64_t ticket) {
  Session s = later(starttls12(), frames);
  s.tls->marks.session_id = id;
  s.tls->marks.ticket_issued = ticket;
  return s;
}
// One that goes on with them, and may get a new ticket.
Session resumed(std::uint64_t frames, std::uint64_t id, std::uint64_t ticket, std::uint64_t renewed = 0) {
  Session s = full(frames, id, renewed);
  s.tls->chain.clear();
  s.tls->resumed = true;
  s.tls->marks.ticket_offered = ticket;
  return s;
}

TEST(Ties, AResumedSessionNamesItsFullHandshake) {
  const Session other = from(full(50, 8, 80), 9);
  const Overview o = overview_of({
      resumed(5'000, 7, 0),
      resumed(4'000, 0, 71),
      resumed(3'000, 99, 70, 71),  // ended first, began last
      resumed(2'000, 8, 0),
      full(100, 7, 70),
      other,
  });
  std::vector<std::tuple<std::uint64_t, std::uint64_t, ResumedFrom::By>> tied;
  for (const JudgedSession& s : o.sessions)
    if (s.resumed_from) tied.emplace_back(s.id, s.resumed_from->session, s.resumed_from->by);
  using By = ResumedFrom::By;
  EXPECT_EQ(tied, (decltype(tied){{4, 2, By::Ticket}, {5, 2, By::Ticket}, {6, 2, By::SessionId}}))
      << "the renewed ticket leads to the beginning; an id of another client to nothing";
  const FindingGroup* const told = find(o, "tls-session-resumed");
  ASSERT_TRUE(told);
  std::vector<std::string> notes;
  for (const Occurrence& at : told->occurrences) notes.push_back(at.note);
  EXPECT_EQ(notes, (std::vector<std::string>{"", "the full handshake is in session 2, by the ticket",
                                             "the full handshake is in session 2, by the ticket",
                                             "the full handshake is in session 2, by the session id"}));
}

TEST(Ties, OfTls13TheLastFullHandshakeOfTheSameTwo) {
  Session again = later(starttls(), 3'000);
  again.tls->resumed = true;
  Session early = later(starttls(), 10);
  early.tls->resumed = true;
  const Overview o = overview_of({early, later(starttls(), 1'000), later(starttls(), 2'000),
                                  from(later(starttls(), 2'500), 9), again, to(later(starttls(), 2'600), 77)});
  std::vector<std::uint64_t> from_session;
  for (const JudgedSession& s : o.sessions) from_session.push_back(s.resumed_from ? s.resumed_from->session : 0);
  EXPECT_EQ(from_session, (std::vector<std::uint64_t>{0, 0, 0, 0, 0, 3}));
  EXPECT_EQ(o.sessions[5].resumed_from->by, ResumedFrom::By::SamePair);
}

Session with_share(std::uint64_t frames, std::uint64_t share, std::uint64_t random) {
  Session s = later(starttls(), frames);
  s.tls->marks.server_share = share;
  s.tls->marks.server_random = random;
  return s;
}

TEST(Ties, AnEphemeralKeyUsedAgainIsTold) {
  Session resumed_later = with_share(900, 5, 4);
  resumed_later.tls->resumed = true;
  const Overview o = overview_of({with_share(500, 5, 2), with_share(100, 5, 1), resumed_later, with_share(300, 6, 3),
                                  with_share(400, 6, 3), with_share(600, 0, 7), with_share(700, 0, 8)});
  const FindingGroup* const reuse = find(o, "kx-key-reuse");
  ASSERT_TRUE(reuse);
  EXPECT_EQ(reuse->count, 2u);
  EXPECT_EQ(reuse->severity, Severity::Medium);
  ASSERT_EQ(reuse->occurrences.size(), 2u);
  EXPECT_EQ(reuse->occurrences[0].session, 1u);
  EXPECT_EQ(reuse->occurrences[0].seen.frame, 112u);
  EXPECT_EQ(reuse->occurrences[0].note, "the same value in 1 more session");
  EXPECT_EQ(reuse->occurrences[1].session, 4u);
  EXPECT_EQ(reuse->occurrences[1].note, "the same value as in frame 112 of session 1, 400 ms before");
  EXPECT_TRUE(has(o.sessions[0], "kx-key-reuse") && has(o.sessions[3], "kx-key-reuse"));
  EXPECT_FALSE(has(o.sessions[1], "kx-key-reuse")) << "one handshake that was captured twice has one random";
  EXPECT_FALSE(has(o.sessions[6], "kx-key-reuse")) << "a resumed session";
}

TEST(Ties, AreBounded) {
  Ties ties;
  TlsFacts full = starttls12().tls ? *starttls12().tls : TlsFacts{};
  const auto add = [&](std::uint32_t session, std::uint64_t value) {
    full.marks = {.server_random = session + 1u, .server_share = value, .session_id = value};
    ties.add(full, Role::Relay, {0, session, session}, {});
  };
  for (std::uint32_t session = 0; session < Ties::kMost; ++session) add(session, session + 1u);
  for (std::uint32_t session = Ties::kMost; session < Ties::kMost + 10; ++session) add(session, 7);
  full.resumed = true;
  add(Ties::kMost + 10, 7);
  EXPECT_TRUE(ties.take_reused_shares().empty()) << "what comes behind the bound is not tied";
  EXPECT_TRUE(ties.take_resumptions().empty());
}

}  // namespace
}  // namespace mailseal::test
