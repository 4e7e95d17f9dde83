// A session against a policy, and a handshake against a profile.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "judge/sessions.h"

namespace mailseal::test {
namespace {

using Outcome = PolicyMatch::Outcome;

Policy policy_of(const std::string& text) {
  auto policy = parse_policy(text, "mail.toml");
  EXPECT_TRUE(policy) << text << (policy ? "" : policy.error().message);
  return policy ? *policy : Policy{};
}

std::string note_of(const Judgement& j, std::string_view id) {
  const auto at =
      std::find_if(j.findings.begin(), j.findings.end(), [&](const Finding& f) { return f.kind->id == id; });
  return at == j.findings.end() ? "" : at->note;
}

Session enforced() {  // MAIL FROM in clear, 530
  Session s = probe();
  s.envelope = at(8);
  s.refused_before_tls = server(9);
  return s;
}
Session withheld() {
  Session s = probe();
  s.upgrade_offered.reset();
  return s;
}
Session weak(std::uint16_t version, std::uint16_t suite) {
  Session s = starttls12();
  s.tls->version = version;
  s.tls->cipher_suite = suite;
  return s;
}
Session undecided() {
  return with(plain_mail(), [](Session& s) {
    s.content = s.headers = s.envelope = Fact();
    s.recipients = 0;
    s.messages = 0;
    s.fin_client.reset();
    s.fin_server.reset();
    s.closed = CloseReason::EndOfCapture;
  });
}

struct PolicyCase {
  const char* rule;
  Session (*session)();
  Outcome outcome;
  const char* note = "";
};

const PolicyCase kCases[] = {
    {"level='none'", plain_mail, Outcome::Kept},
    {"level='none'", starttls, Outcome::Kept},
    {"level='preferred'", plain_mail, Outcome::Kept},
    {"level='preferred'", starttls, Outcome::Kept},
    {"level='preferred'", probe, Outcome::Undecided},
    {"level='preferred'\nto='192.0.2.25'", withheld, Outcome::Broken, "rule 1: the server offers no TLS"},
    {"level='preferred'", withheld, Outcome::Undecided},
    {"level='required'", starttls, Outcome::Kept},
    {"level='required'", plain_mail, Outcome::Broken, "rule 1: readable mail or logins where TLS is required"},
    {"level='required'", enforced, Outcome::Kept},
    {"level='required'", failed, Outcome::Undecided},
    {"level='required'", undecided, Outcome::Undecided},
    {"level='required'",  // what came behind the refusal was not seen
     [] { return with(doubted(probe(), Doubt::Gap), [](Session& s) { s.refused_before_tls = server(9); }); },
     Outcome::Undecided},
    {"level='required'\nmin_version='1.2'", starttls12, Outcome::Kept},
    {"level='required'\nmin_version='1.3'", starttls12, Outcome::Broken,
     "rule 1: TLSv1.2 where at least TLSv1.3 is set"},
    {"level='required'\nmin_version='1.2'\nmin_bits=256", [] { return weak(0x0301, 0x002f); }, Outcome::Broken,
     "rule 1: TLSv1.0 where at least TLSv1.2 is set; a cipher of 128 bits (TLS_RSA_WITH_AES_128_CBC_SHA) where at "
     "least 256 are set"},
    {"level='required'\nmin_version='1.2'",
     [] {
       return with(failed(), [](Session& s) {
         s.tls->server_hello = server(12);
         s.tls->version = 0x0301;
       });
     },
     Outcome::Undecided},  // the client refused it: as it should
    {"level='may'\nmin_bits=128", [] { return weak(0x0303, 0xeeee); }, Outcome::Undecided},
    {"level='may'\nallowed_suites='AES128-SHA'", starttls12, Outcome::Broken,
     "rule 1: TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 is none of the allowed suites"},
    {"level='may'\nallowed_suites='ECDHE-RSA-AES256-GCM-SHA384'", starttls12, Outcome::Kept},
    {"level='may'\nforbidden_suites='ECDHE-RSA-AES256-GCM-SHA384'", starttls12, Outcome::Broken,
     "rule 1: TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 is a forbidden suite"},
    {"level='required'\nnames='mail.example'", starttls12, Outcome::Kept},
    {"level='required'\nnames=['mx.example', 'mail2.example']", starttls12, Outcome::Broken,
     "rule 1: the certificate has none of the names that are set"},
    {"level='required'\nnames='mail.example'", starttls, Outcome::Undecided},  // hidden by TLS 1.3
    {"level='verified'", starttls12, Outcome::Undecided},                      // nothing to verify with
    {"level='verified'", starttls, Outcome::Undecided},
    {"level='verified'", plain_mail, Outcome::Broken, "rule 1: readable mail or logins where verified TLS is required"},
    {"level='verified'", [] { return weak(0x0303, 0x0034); }, Outcome::Broken,
     "rule 1: no certificate, for the suite is anonymous"},
    {"level='preferred'\npublic_mx=true", starttls, Outcome::Kept},
    {"level='preferred'\npublic_mx=true", enforced, Outcome::Broken, "rule 1: a public MX refuses mail without TLS"},
};

TEST(PolicyRules, EachIsKeptBrokenOrUndecided) {
  for (const PolicyCase& c : kCases) {
    const Policy policy = policy_of("[[rule]]\n" + std::string(c.rule));
    const Judgement j = judge(c.session(), {.policy = &policy});
    ASSERT_TRUE(j.policy) << c.rule;
    EXPECT_EQ(static_cast<int>(j.policy->outcome), static_cast<int>(c.outcome)) << c.rule << ": " << c.note;
    EXPECT_EQ(note_of(j, "policy-mismatch"), c.note) << c.rule;
  }
}

TEST(PolicyRules, TheFirstThatMatchesCounts) {
  struct Case {
    const char* rules;
    std::optional<std::uint32_t> number;
  };
  for (const Case& c : {Case{"[[rule]]\nlevel='may'\nto='192.0.2.26'\n[[rule]]\nlevel='may'", 1u},
                        Case{"[[rule]]\nlevel='may'\n[[rule]]\nlevel='required'", 0u},
                        Case{"[[rule]]\nlevel='may'\nport=587\n[[rule]]\nlevel='may'\nport=[24,25]", 1u},
                        Case{"[[rule]]\nlevel='may'\nprotocol='imap'\n[[rule]]\nlevel='may'\nprotocol='smtp'", 1u},
                        Case{"[[rule]]\nlevel='may'\nfrom='192.0.2.8'\n[[rule]]\nlevel='may'\nfrom='192.0.2.0/28'", 1u},
                        Case{"[[rule]]\nlevel='may'\nfrom='198.51.100.0/24'", std::nullopt}}) {
    const Policy policy = policy_of(c.rules);
    const Judgement j = judge(plain_mail(), {.policy = &policy});
    EXPECT_EQ(j.policy ? std::optional(j.policy->rule) : std::nullopt, c.number) << c.rules;
    EXPECT_EQ(note_of(j, "policy-unexpected-path"), "") << c.rules;
  }
}

TEST(PolicyRules, ExceptionsHoldToTheirLastDayByThePacketsTime) {
  const auto outcome = [](const std::string& exception, Session s) {
    const Policy policy = policy_of("[[rule]]\nname='in'\nlevel='required'\n[[exception]]\nreason='old'\n" + exception);
    const Judgement j = judge(s, {.policy = &policy});
    return std::pair(j.policy->outcome, note_of(j, "policy-mismatch"));
  };
  const Session clear = plain_mail();  // of 2026-11-21
  EXPECT_EQ(outcome("rule='in'\nuntil=2026-11-21", clear).first, Outcome::Excepted);
  EXPECT_EQ(outcome("rule='in'\nuntil=2026-11-20", clear),
            std::pair(Outcome::Broken,
                      std::string("rule 1: readable mail or logins where TLS is required; its exception has ended")));
  EXPECT_EQ(outcome("from='192.0.2.7'\nuntil=2027-01-01", clear).first, Outcome::Excepted);
  EXPECT_EQ(outcome("from='192.0.2.8'\nuntil=2027-01-01", clear).first, Outcome::Broken);
  EXPECT_EQ(outcome("to='192.0.2.25'\nuntil=2027-01-01", clear).first, Outcome::Excepted);
  EXPECT_EQ(outcome("rule='in'\nuntil=2027-01-01", starttls()).first, Outcome::Kept);
  Session undated = clear;
  undated.first.time = Timestamp{};
  EXPECT_EQ(outcome("rule='in'\nuntil=2027-01-01", undated).first, Outcome::Broken);
  // The mail stays readable, whatever is excepted.
  const Policy policy =
      policy_of("[[rule]]\nlevel='required'\n[[exception]]\nreason='old'\nfrom='192.0.2.7'\nuntil=2027-01-01");
  const Judgement j = judge(clear, {.policy = &policy});
  EXPECT_EQ(j.state, State::Plaintext);
  EXPECT_TRUE(std::any_of(j.findings.begin(), j.findings.end(),
                          [](const Finding& f) { return f.kind->id == "plaintext-message-content"; }));
}

TEST(PolicyRules, ConnectionsThatNothingAnsweredAreNobodysWay) {
  const Policy policy = policy_of("only=true\n[[rule]]\nlevel='required'\nto='198.51.100.1'");
  EXPECT_EQ(note_of(judge(unanswered(), {.policy = &policy}), "policy-unexpected-path"), "");
  EXPECT_EQ(note_of(judge(plain_mail(), {.policy = &policy}), "policy-unexpected-path"),
            "no rule of the policy is for this way");
}

// --- profiles ---

/// TLS 1.3 as all of them take it.
Session best() {
  return with(starttls(), [](Session& s) {
    s.tls->cipher_suite = 0x1302;
    s.tls->group = 0x0018;
  });
}
Session best12() {
  return with(starttls12(), [](Session& s) {
    s.tls->group = 0x0018;
    s.tls->ems = s.tls->reneg_info = true;
    auto own = std::make_shared<Certificate>(*s.tls->chain.front());
    own->key_bits = 4096;
    s.tls->chain.front() = own;
  });
}

struct ProfileCase {
  std::string_view profile;
  Session (*session)();
  const char* note;  ///< "": nothing is below it
};
const ProfileCase kProfileCases[] = {
    {"rfc9325+10015", best, ""},
    {"rfc9325+10015", [] { return weak(0x0301, 0x0005); },
     "below rfc9325+10015: TLSv1.0 (must-not); TLS_RSA_WITH_RC4_128_SHA (must-not); no extended master secret; no "
     "secure "
     "renegotiation"},
    {"ncsc-nl-2025", best12, ""},
    {"ncsc-nl-2025", starttls12, "below ncsc-nl-2025: no extended master secret; an RSA key of 2048 bits, below 3072"},
    {"bsi-tr-02102-2-2025", best12, ""},
    {"bsi-tr-02102-2-2025", [] { return with(best(), [](Session& s) { s.tls->group = 0x001d; }); },
     ""},  // x25519 is not listed
    {"bsi-tr-02102-2-2025",
     [] {
       return with(best12(), [](Session& s) {
         s.tls->cipher_suite = 0xc013;
         s.tls->group = 0x0015;
         s.tls->heartbeat = true;
       });
     },
     "below bsi-tr-02102-2-2025: TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA (not-recommended); a curve of 224 bits, below 250; "
     "the "
     "heartbeat extension"},
    {"nist-sp800-52r2", best12, ""},
    {"nist-sp800-52r2",
     [] {
       return with(best(), [](Session& s) {
         s.tls->cipher_suite = 0x1303;
         s.tls->early_data = at(11);
       });
     },
     "below nist-sp800-52r2: TLS_CHACHA20_POLY1305_SHA256 (not-allowed); early data (0-RTT)"},
    {"mozilla-6.0-modern", best, ""},
    {"mozilla-6.0-modern", best12,
     "below mozilla-6.0-modern: TLSv1.2 (not listed); TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 (not listed); a "
     "certificate with a "
     "key of kind RSA; a certificate for 91 days, above 90"},
    {"mozilla-6.0-intermediate", best12, ""},
    {"mozilla-6.0-intermediate",
     [] {
       return with(best12(), [](Session& s) {
         s.tls->cipher_suite = 0x009f;
         s.tls->group.reset();
         s.tls->dh_bits = 1024;
       });
     },
     "below mozilla-6.0-intermediate: TLS_DHE_RSA_WITH_AES_256_GCM_SHA384 (not listed); a Diffie-Hellman group of 1024 "
     "bits, "
     "below 2048"},
    {"mozilla-5.7-intermediate", best12, ""},
    {"mozilla-5.7-intermediate", [] { return weak(0x0303, 0xc014); },
     "below mozilla-5.7-intermediate: TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA (not listed)"},
    {"mozilla-5.7-old", [] { return weak(0x0301, 0x000a); }, ""},
    {"mozilla-5.7-old", [] { return weak(0x0300, 0x0005); },
     "below mozilla-5.7-old: SSLv3 (not listed); TLS_RSA_WITH_RC4_128_SHA (not listed)"},
};

TEST(ProfileTable, EachIsMetAndNotMet) {
  std::map<std::string_view, int> met, below;
  for (const ProfileCase& c : kProfileCases) {
    const Profile* profile = find_profile(c.profile);
    ASSERT_NE(profile, nullptr) << c.profile;
    const Judgement j = judge(c.session(), {.profile = profile});
    EXPECT_EQ(note_of(j, "policy-profile-not-met"), c.note) << c.profile;
    ASSERT_TRUE(j.profile) << c.profile;
    EXPECT_EQ(j.profile->met, *c.note == '\0') << c.profile;
    ++(*c.note == '\0' ? met : below)[c.profile];
  }
  for (const Profile& p : profiles()) {
    EXPECT_GT(met[p.name], 0) << p.name;
    EXPECT_GT(below[p.name], 0) << p.name;
  }
}

TEST(ProfileTable, AGradeThatEndsIsBelowAfterItsYear) {
  const Profile* bsi = find_profile("bsi-tr-02102-2-2025");
  Session s = with(best12(), [](Session& t) { t.tls->cipher_suite = 0x00a0; });  // DH_RSA: until 2026
  const bool met_in_2026 = judge(s, {.profile = bsi}).profile->met;
  s.tls->server_hello = Seen{Timestamp{std::chrono::sys_days(std::chrono::year(2027) / 1 / 1)}, 12, 0, 0, Side::Server};
  EXPECT_TRUE(met_in_2026);
  EXPECT_EQ(note_of(judge(s, {.profile = bsi}), "policy-profile-not-met"),
            "below bsi-tr-02102-2-2025: TLS_DH_RSA_WITH_AES_128_GCM_SHA256 (until-2026)");
}

TEST(ProfileTable, TheRulesProfileGoesBeforeTheOptions) {
  const Policy policy = policy_of("[[rule]]\nlevel='required'\nprofile='mozilla-6.0-modern'");
  EXPECT_EQ(judge(starttls12(), {.policy = &policy, .profile = find_profile("mozilla-5.7-old")}).profile->profile->name,
            "mozilla-6.0-modern");
  EXPECT_FALSE(judge(failed(), {.policy = &policy}).profile);
  EXPECT_FALSE(judge(plain_mail(), {.policy = &policy}).profile);
}

}  // namespace
}  // namespace mailseal::test
