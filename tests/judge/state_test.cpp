// Every state and its precedence, as tables of sessions; then the properties that must hold for all of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "judge/sessions.h"

namespace mailseal::test {
namespace {

struct StateCase {
  const char* name;
  Session session;
  State state;
  std::vector<std::string_view> reasons = {};
};

std::vector<StateCase> state_cases() {
  std::vector<StateCase> all;
  const auto add = [&](const char* name, Session s, State state, std::vector<std::string_view> reasons = {}) {
    all.push_back({name, std::move(s), state, std::move(reasons)});
  };

  // what is called TLS and does not look like it
  const auto spread = [](std::size_t side, std::uint16_t bytes, std::uint32_t chi_square) {
    return [=](Session& s) { s.tls->payload[side] = {bytes, chi_square, side == 0 ? at(22) : server(23)}; };
  };
  add("the client's octets spread like text", with(starttls(), spread(0, 512, 513)), State::Inconclusive,
      {"payload-not-random"});
  add("the server's octets spread like text", with(starttls12(), spread(1, 256, 60'000)), State::Inconclusive,
      {"payload-not-random"});
  add("spread as ciphertext may just be", with(starttls(), spread(0, 512, 512)), State::Encrypted);
  add("nothing was tested", with(starttls(), spread(0, 0, 9999)), State::Encrypted);
  add("text within a record", with(starttls(), [](Session& s) { s.tls->printable_run = server(25); }),
      State::Inconclusive, {"payload-printable-run"});
  add("text within a record, and mail in clear before",
      with(starttls(),
           [](Session& s) {
             s.tls->printable_run = server(25);
             s.envelope = at(7);
           }),
      State::Mixed);

  // a marker
  add("a marker in clear", with(probe(), [](Session& s) { s.canary = markers({at(9)}); }), State::Plaintext);
  add("a marker beside TLS", with(starttls(), [](Session& s) { s.canary = markers({at(9)}); }), State::Mixed);
  add("a marker in what is called TLS",
      with(starttls(), [](Session& s) { s.canary = markers({at(20)}, CanaryLayer::TlsRecords); }), State::Mixed);
  add("a marker that was not found", with(starttls(), [](Session& s) { s.canary = markers({}); }), State::Encrypted);

  // readable
  add("mail in clear", plain_mail(), State::Plaintext);
  add("envelope alone", with(probe(), [](Session& s) { s.envelope = at(8); }), State::Plaintext);
  add("headers alone", with(probe(), [](Session& s) { s.headers = server(8); }), State::Plaintext);
  add("mailbox activity alone", with(probe(), [](Session& s) { s.mailbox_activity = at(8); }), State::Plaintext);
  add("a login that was refused",
      with(probe(), [](Session& s) { s.credentials = {login(CredentialKind::Password, 8, false)}; }), State::Plaintext);
  add("in clear and joined midway",
      doubted(with(plain_mail(), [](Session& s) { s.began.reset(); }), Doubt::JoinedMidway), State::Plaintext);
  add("in clear, compressed", with(plain_mail(), [](Session& s) { s.compressed = at(7); }), State::Plaintext);
  add("mail in clear, then STARTTLS", with(starttls(), [](Session& s) { s.content = at(7); }), State::Mixed);
  add("slipped-in envelope behind STARTTLS",
      with(starttls(),
           [](Session& s) {
             s.injected_commands = at(8);
             s.envelope = at(8);
           }),
      State::Mixed);
  add("mixed with a hole in the handshake",
      doubted(with(starttls(), [](Session& s) { s.content = at(7); }), Doubt::Gap), State::Mixed);
  add("in clear after a failed handshake", with(failed(), [](Session& s) { s.content = at(20); }), State::Plaintext);

  // NULL suites
  const auto null_suite = [](std::uint16_t code) {
    return with(starttls12(), [code](Session& s) { s.tls->cipher_suite = code; });
  };
  add("NULL suite, mail read inside", with(null_suite(0xc010), [](Session& s) { s.content = at(20); }),
      State::Plaintext);
  add("NULL suite, data not understood", null_suite(0xc010), State::Plaintext);
  add("NULL suite of TLS 1.3", with(null_suite(0xc0b4), [](Session& s) { s.tls->version = 0x0304; }), State::Plaintext);
  add("NULL suite without data", with(null_suite(0xc010), [](Session& s) { s.tls->application_data.reset(); }),
      State::NoMail);
  add("NULL suite without data, with a hole",
      doubted(with(null_suite(0xc010), [](Session& s) { s.tls->application_data.reset(); }), Doubt::Gap, true),
      State::Inconclusive, {"inconclusive-gap"});

  // encrypted
  add("STARTTLS, TLS 1.3", starttls(), State::Encrypted);
  add("STARTTLS, TLS 1.2", starttls12(), State::Encrypted);
  add("commands slipped in, none sensitive", with(starttls(), [](Session& s) { s.injected_commands = at(8); }),
      State::Encrypted);
  add("encrypted, hole after establishment", doubted(starttls(), Doubt::Gap, true, 30), State::Encrypted);
  add("encrypted, capture ended",
      doubted(with(starttls(),
                   [](Session& s) {
                     s.fin_client.reset();
                     s.fin_server.reset();
                     s.closed = CloseReason::EndOfCapture;
                   }),
              Doubt::CaptureEnded, true, 40),
      State::Encrypted);
  add("encrypted, evicted later", doubted(starttls(), Doubt::Evicted, true, 40), State::Encrypted);
  add("encrypted with an unknown suite", with(starttls(), [](Session& s) { s.tls->cipher_suite = 0x1a1a; }),
      State::Encrypted);

  // established, and nothing in it
  const auto without_data = [](Session s) {
    s.tls->application_data.reset();
    s.tls->application_bytes = {};
    return s;
  };
  add("TLS 1.2 without data", without_data(starttls12()), State::NoMail);
  add("TLS 1.3 without data", without_data(starttls()), State::NoMail);
  add("TLS 1.2 without data, hole behind", doubted(without_data(starttls12()), Doubt::Gap, true), State::Inconclusive,
      {"inconclusive-gap"});
  add("TLS 1.2 without data, capture ended",
      with(without_data(starttls12()),
           [](Session& s) {
             s.fin_client.reset();
             s.fin_server.reset();
             s.closed = CloseReason::EndOfCapture;
           }),
      State::Inconclusive, {"inconclusive-capture-ended"});

  // established, and not proven
  struct DoubtCase {
    const char* name;
    Doubt doubt;
    std::string_view id;
  };
  for (const DoubtCase& d : {DoubtCase{"joined midway", Doubt::JoinedMidway, "inconclusive-mid-stream"},
                             DoubtCase{"hole", Doubt::Gap, "inconclusive-gap"},
                             DoubtCase{"conflict", Doubt::OverlapConflict, "inconclusive-overlap"},
                             DoubtCase{"one side", Doubt::OneSided, "inconclusive-one-direction"},
                             DoubtCase{"snap length", Doubt::CutBySnapLength, "inconclusive-snaplen"},
                             DoubtCase{"fragment", Doubt::Fragment, "inconclusive-fragment"},
                             DoubtCase{"malformed", Doubt::Malformed, "inconclusive-unknown-protocol"},
                             DoubtCase{"limit", Doubt::LimitHit, "inconclusive-decode-limit"},
                             DoubtCase{"evicted", Doubt::Evicted, "inconclusive-decode-limit"}})
    add(d.name, doubted(starttls(), d.doubt), State::Inconclusive, {d.id});
  add("established, beginning not seen", with(starttls(), [](Session& s) { s.began.reset(); }), State::Inconclusive,
      {"inconclusive-mid-stream"});
  add("established, server never spoke", with(starttls(), [](Session& s) { s.spoke[1].reset(); }), State::Inconclusive,
      {"inconclusive-one-direction"});
  add("established, and something in clear that nobody understood",
      with(starttls(), [](Session& s) { s.unknown_protocol = at(5); }), State::Inconclusive,
      {"inconclusive-unknown-protocol"});
  add("failed, and something in clear that nobody understood",
      with(failed(), [](Session& s) { s.unknown_protocol = at(5); }), State::Inconclusive,
      {"inconclusive-unknown-protocol"});
  add("established, no ServerHello", with(starttls(), [](Session& s) { s.tls->server_hello.reset(); }),
      State::Inconclusive, {"inconclusive-handshake-cut"});
  add("records only, joined midway",
      doubted(with(failed(),
                   [](Session& s) {
                     s.began.reset();
                     s.greeting.reset();
                     s.upgrade_accepted.reset();
                     s.tls->client_hello.reset();
                   }),
              Doubt::JoinedMidway),
      State::Inconclusive, {"inconclusive-mid-stream-tls-like"});

  // failed
  add("accepted, ClientHello, FIN", failed(), State::Failed);
  add("accepted, FIN", with(failed(), [](Session& s) { s.tls.reset(); }), State::Failed);
  add("alert, capture ended",
      doubted(with(failed(),
                   [](Session& s) {
                     s.fin_client.reset();
                     s.fin_server.reset();
                     s.closed = CloseReason::EndOfCapture;
                     s.tls->fatal_alert = Alert{server(13), 2, 40};
                   }),
              Doubt::CaptureEnded),
      State::Failed);
  add("clear text after the go-ahead",
      with(failed(),
           [](Session& s) {
             s.tls.reset();
             s.not_tls_after_accept = at(10);
           }),
      State::Failed);
  add("clear text for the ClientHello's answer", doubted(failed(), Doubt::Malformed), State::Failed);
  add("ServerHello, then RST",
      with(failed(),
           [](Session& s) {
             s.tls->server_hello = server(12);
             s.reset = at(14);
           }),
      State::Failed);
  add("ClientHello refused by RST, server silent",
      with(failed(),
           [](Session& s) {
             s.upgrade_accepted.reset();
             s.spoke[1].reset();
             s.greeting.reset();
             s.reset = server(12);
           }),
      State::Failed);
  add("failed with a hole", doubted(failed(), Doubt::Gap), State::Inconclusive, {"inconclusive-gap"});
  add("handshake cut by the end",
      with(failed(),
           [](Session& s) {
             s.fin_client.reset();
             s.fin_server.reset();
             s.closed = CloseReason::EndOfCapture;
           }),
      State::Inconclusive, {"inconclusive-handshake-cut"});

  // no mail
  add("probe", probe(), State::NoMail);
  add("STARTTLS refused, QUIT",
      with(probe(),
           [](Session& s) {
             s.upgrade_requested = at(8);
             s.upgrade_refused = server(9);
           }),
      State::NoMail);
  add("clear client on 465",
      with(probe(),
           [](Session& s) {
             s.clear_on_implicit_port = at(5);
             s.entry = Entry::ImplicitTls;
             s.tls = TlsFacts{};
             s.tls->first_record = server(7);
             s.tls->fatal_alert = Alert{server(7), 2, 70};
           }),
      State::NoMail);
  add("SYN without an answer", unanswered(), State::NoMail);
  add("SYN answered by RST",
      with(unanswered(),
           [](Session& s) {
             s.sides[1].packets = s.sides[1].resets = 1;
             s.reset = server(2);
           }),
      State::NoMail);
  add("nothing said, FIN",
      with(probe(),
           [](Session& s) {
             s.spoke = {};
             s.greeting.reset();
           }),
      State::NoMail);
  add("nothing said, fell silent",
      with(probe(),
           [](Session& s) {
             s.spoke = {};
             s.fin_client.reset();
             s.fin_server.reset();
             s.closed = CloseReason::Idle;
           }),
      State::NoMail);

  // inconclusive
  add("open at the end",
      with(probe(),
           [](Session& s) {
             s.fin_client.reset();
             s.fin_server.reset();
             s.closed = CloseReason::EndOfCapture;
           }),
      State::Inconclusive, {"inconclusive-capture-ended"});
  add("fell silent",
      with(probe(),
           [](Session& s) {
             s.fin_client.reset();
             s.fin_server.reset();
             s.closed = CloseReason::Idle;
           }),
      State::Inconclusive, {"inconclusive-capture-ended"});
  add("evicted",
      with(probe(),
           [](Session& s) {
             s.fin_client.reset();
             s.fin_server.reset();
             s.closed = CloseReason::Evicted;
           }),
      State::Inconclusive, {"inconclusive-decode-limit"});
  add("probe with a hole", doubted(probe(), Doubt::Gap), State::Inconclusive, {"inconclusive-gap"});
  add("probe, the server's packets missing",
      with(probe(),
           [](Session& s) {
             s.spoke[1].reset();
             s.sides[1].packets = 0;
           }),
      State::Inconclusive, {"inconclusive-one-direction"});
  add("GSSAPI, then nothing readable", with(probe(), [](Session& s) { s.sasl_layer = at(20); }), State::Inconclusive,
      {"sasl-security-layer-possible"});
  add("neither mail nor TLS", with(probe(), [](Session& s) { s.unknown_protocol = at(5); }), State::Inconclusive,
      {"inconclusive-unknown-protocol"});
  add("protocol unknown", with(probe(), [](Session& s) { s.protocol = Protocol::Unknown; }), State::Inconclusive,
      {"inconclusive-unknown-protocol"});
  return all;
}

TEST(State, Table) {
  for (const StateCase& c : state_cases()) {
    const Judgement j = judge(c.session);
    EXPECT_EQ(to_string(j.state), to_string(c.state)) << c.name;
    std::vector<std::string_view> reasons;
    for (const FindingKind* kind : j.reasons) reasons.push_back(kind->id);
    EXPECT_EQ(reasons, c.reasons) << c.name;
    // A reason is also a finding of the session, or nobody could read it.
    for (const FindingKind* kind : j.reasons) {
      const auto told = [&](const Finding& f) { return f.kind == kind; };
      EXPECT_TRUE(std::any_of(j.findings.begin(), j.findings.end(), told)) << c.name << ' ' << kind->id;
    }
  }
}

TEST(State, InconclusiveAlwaysHasAReasonAndOthersNone) {
  for (const StateCase& c : state_cases()) {
    const Judgement j = judge(c.session);
    EXPECT_EQ(j.reasons.empty(), j.state != State::Inconclusive) << c.name;
  }
}

TEST(State, ConfidenceNamesWhatItLacks) {
  const auto judged = [](const Session& s) { return judge(s); };
  EXPECT_EQ(judged(plain_mail()).confidence, Confidence::High);
  EXPECT_EQ(judged(with(starttls(), [](Session& s) { s.content = at(7); })).confidence, Confidence::High);
  EXPECT_EQ(judged(failed()).confidence, Confidence::High);
  EXPECT_EQ(judged(probe()).confidence, Confidence::High);
  EXPECT_EQ(judged(doubted(probe(), Doubt::Gap)).confidence, Confidence::Low);

  const Judgement whole = judged(starttls());
  EXPECT_EQ(whole.confidence, Confidence::High);
  EXPECT_EQ(whole.confidence_lacks, std::vector<std::string>{});
  const Judgement untested = judged(with(starttls(), [](Session& s) { s.tls->payload = {}; }));
  EXPECT_EQ(untested.confidence, Confidence::Medium);
  EXPECT_EQ(untested.confidence_lacks, std::vector<std::string>{"a payload test (there was too little to test)"});
  const Judgement less = judged(with(starttls(), [](Session& s) {
    s.tls->application_bytes = {255, 10};
    s.tls->payload = {};
    s.began = s.greeting;
    s.tls->encrypted_alert_before_data = server(17);
  }));
  EXPECT_EQ(less.confidence, Confidence::Medium);
  EXPECT_EQ(less.confidence_lacks.size(), 3u);
  const Judgement unknown = judged(with(starttls(), [](Session& s) { s.tls->cipher_suite = 0xffee; }));
  EXPECT_EQ(unknown.confidence, Confidence::Low);
}

TEST(State, NeverAnswered) {
  EXPECT_TRUE(never_answered(unanswered()));
  EXPECT_FALSE(never_answered(probe()));
  EXPECT_FALSE(never_answered(with(unanswered(), [](Session& s) { s.sides[1].packets = 1; })));
  EXPECT_TRUE(never_answered(with(unanswered(), [](Session& s) { s.sides[1].packets = s.sides[1].resets = 2; })));
  EXPECT_FALSE(never_answered(with(unanswered(), [](Session& s) {
    s.sides[1].packets = 3;  // a SYN-ACK among them
    s.sides[1].resets = 2;
  })));
  EXPECT_FALSE(never_answered(with(unanswered(), [](Session& s) { s.spoke[0] = at(2); })));
  EXPECT_FALSE(never_answered(with(unanswered(), [](Session& s) { s.began.reset(); })));
}

// The exposures of bit mask `bits`.
Session exposed(Session s, unsigned bits) {
  if (bits & 1u) s.content = at(20);
  if (bits & 2u) s.headers = at(20);
  if (bits & 4u) s.envelope = at(8);
  if (bits & 8u) s.mailbox_activity = at(8);
  if (bits & 16u) s.credentials.push_back(login(CredentialKind::Scram, 8));
  return s;
}

bool is_clear(State s) { return s == State::Plaintext || s == State::Mixed; }

TEST(StateProperty, WhatWasReadableStaysReadable) {
  for (const StateCase& c : state_cases())
    for (unsigned bits = 0; bits < 32; ++bits) {
      const State before = judge(exposed(c.session, bits)).state;
      for (unsigned more = 1; more < 32; more <<= 1) {
        const State after = judge(exposed(c.session, bits | more)).state;
        EXPECT_TRUE(is_clear(after)) << c.name;
        if (is_clear(before)) {
          EXPECT_EQ(before, after) << c.name;
        }
      }
    }
}

TEST(StateProperty, NoDoubtEverMakesItBetter) {
  std::vector<DoubtSeen> doubts;
  for (int d = 0; d <= static_cast<int>(Doubt::Evicted); ++d)
    for (const bool after : {false, true}) doubts.push_back({static_cast<Doubt>(d), at(after ? 30 : 11), after});
  for (const StateCase& c : state_cases()) {
    const State before = judge(c.session).state;
    for (std::size_t i = 0; i < doubts.size(); ++i)
      for (std::size_t k = i; k < doubts.size(); ++k) {
        Session s = c.session;
        s.doubts.push_back(doubts[i]);
        s.doubts.push_back(doubts[k]);
        const State after = judge(s).state;
        if (before != State::Encrypted) {
          EXPECT_NE(after, State::Encrypted) << c.name;
        }
        EXPECT_EQ(is_clear(before), is_clear(after)) << c.name;
        EXPECT_TRUE(after == before || after == State::Inconclusive) << c.name;
      }
  }
}

// A hole takes a fact away and leaves a doubt: no fact may be such that its loss makes the session encrypted.
TEST(StateProperty, NoLossOfAFactMakesItEncrypted) {
  using Take = void (*)(Session&);
  const Take takes[] = {
      [](Session& s) { s.content.reset(); },
      [](Session& s) { s.headers.reset(); },
      [](Session& s) { s.envelope.reset(); },
      [](Session& s) { s.mailbox_activity.reset(); },
      [](Session& s) { s.credentials.clear(); },
      [](Session& s) { s.upgrade_refused.reset(); },
      [](Session& s) { s.upgrade_accepted.reset(); },
      [](Session& s) { s.began.reset(); },
      [](Session& s) { s.not_tls_after_accept.reset(); },
      [](Session& s) {
        if (s.tls) s.tls->server_hello.reset();
      },
      [](Session& s) {
        if (s.tls) s.tls->fatal_alert.reset();
      },
      [](Session& s) {
        if (s.tls) s.tls->cipher_suite = 0;
      },
      [](Session& s) {
        s.fin_client.reset();
        s.fin_server.reset();
        s.reset.reset();
      },
  };
  for (const StateCase& c : state_cases()) {
    if (judge(c.session).state == State::Encrypted) continue;
    for (const Take take : takes) {
      Session s = doubted(c.session, Doubt::Gap);
      take(s);
      EXPECT_NE(judge(s).state, State::Encrypted) << c.name;
    }
  }
}

}  // namespace
}  // namespace mailseal::test
