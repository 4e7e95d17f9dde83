// Real handshakes of our own recordings (data/*.hex): their facts, and that no cut, no order
// and no hole changes them for the better.
#include <gtest/gtest.h>

#include <map>

#include "tls_bytes.h"
#include "tls_play.h"

namespace mailseal::tls::test {
namespace {

struct Real {
  std::string_view name, version, suite, group, subject;
  bool established, resumed;
  std::string_view alert;
};

const Real kReal[] = {
    {"tls13_aes128", "TLSv1.3", "TLS_AES_128_GCM_SHA256", "secp256r1", "", true, false, ""},
    {"tls13_retry", "TLSv1.3", "TLS_AES_256_GCM_SHA384", "secp384r1", "", true, false, ""},
    {"tls13_resumed", "TLSv1.3", "TLS_AES_256_GCM_SHA384", "x25519", "", true, true, ""},
    {"tls13_client_certificate", "TLSv1.3", "TLS_AES_256_GCM_SHA384", "x25519", "", true, false, ""},
    {"tls13_certificate_refused", "TLSv1.3", "TLS_AES_256_GCM_SHA384", "x25519", "", false, false, "unknown_ca"},
    {"tls12_ticket", "TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "-", "", true, true, ""},
    {"tls12_dhe", "TLSv1.2", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "-", "CN=mail.example.jp", true, false, ""},
    {"tls12_anonymous", "TLSv1.2", "TLS_ECDH_anon_WITH_AES_256_CBC_SHA", "x25519", "", true, false, ""},
    {"tls12_client_certificate", "TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "x25519", "CN=mail.example.jp",
     true, false, ""},
    {"tls12_null", "TLSv1.2", "TLS_ECDHE_RSA_WITH_NULL_SHA", "x25519", "CN=mail.example.jp", true, false, ""},
    {"tls10_cbc", "TLSv1.0", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "x25519", "CN=mail.example.jp", true, false, ""},
    {"tls10_rc4", "TLSv1.0", "TLS_RSA_WITH_RC4_128_SHA", "-", "CN=mail.example.jp", true, false, ""},
    {"sslv2_hello_refused", "-", "-", "-", "", false, false, "handshake_failure"},
};

TEST(TlsCaptures, HaveTheFactsThatWereRecorded) {
  for (const Real& want : kReal) {
    SCOPED_TRACE(want.name);
    const Steps steps = load(want.name);
    ASSERT_FALSE(steps.empty());
    const Played p = play(steps);
    const TlsFacts& f = p.facts;
    EXPECT_EQ(f.server_hello ? version_name(f.version) : "-", want.version);
    EXPECT_EQ(f.server_hello ? suite_name(f.cipher_suite) : "-", want.suite);
    EXPECT_EQ(f.group ? group_name(*f.group) : "-", want.group);
    EXPECT_EQ(f.resumed, want.resumed);
    EXPECT_EQ(p.established, want.established);
    EXPECT_TRUE(f.chain.empty() ? want.subject.empty() : f.chain[0]->subject.ends_with(want.subject));
    EXPECT_EQ(f.alerts.empty() ? "" : alert_name(f.alerts[0].description), want.alert);
    EXPECT_EQ(f.application_data.has_value(), want.established);
    EXPECT_FALSE(f.malformed || p.limit_hit);
    EXPECT_EQ(p.foreign, (std::array<std::string, 2>{}));
  }
}

TEST(TlsCaptures, ParticularFacts) {
  EXPECT_TRUE(play(load("tls13_retry")).facts.hello_retry);
  EXPECT_EQ(play(load("tls12_dhe")).facts.dh_bits, 2048);
  const Played both = play(load("tls12_client_certificate"));
  EXPECT_TRUE(both.facts.client_certificate);
  ASSERT_EQ(both.facts.client_chain.size(), 2u);
  EXPECT_TRUE(both.facts.client_chain[0]->parsed && both.facts.client_chain[0]->for_clients);
  EXPECT_NE(both.facts.client_chain[0]->subject, both.facts.chain[0]->subject);
  EXPECT_FALSE(both.facts.sct);
  EXPECT_TRUE(play(load("tls12_ticket")).facts.client_chain.empty());
  EXPECT_TRUE(play(load("sslv2_hello_refused")).facts.sslv2_hello);
  const Played null = play(load("tls12_null"));
  EXPECT_TRUE(null.null_suite);
  EXPECT_NE(null.readable[0].find("1111111111"), std::string::npos);
  EXPECT_NE(null.readable[1].find("250 "), std::string::npos);
}

TEST(TlsCaptures, AreTheSameHoweverTheyAreCut) {
  for (const Real& real : kReal) {
    const Steps steps = load(real.name);
    const std::string whole = told(play(steps));
    for (const std::size_t cut : {1u, 2u, 3u, 5u, 7u, 64u, 1000u})
      EXPECT_EQ(told(play(steps, cut)), whole) << real.name << cut;
  }
}

TEST(TlsCaptures, AreTheSameInEitherOrderOfTheSides) {
  for (const Real& real : kReal) {
    const Steps steps = load(real.name);
    const std::string whole = told(play(steps), Facts::WithoutOrder);
    EXPECT_EQ(told(play(one_side_first(steps, Side::Client)), Facts::WithoutOrder), whole) << real.name;
    const Played server_first = play(one_side_first(steps, Side::Server));
    // In TLS 1.3 the server's close_notify cannot be told from its turning the client away.
    if (real.version == "TLSv1.3")
      EXPECT_FALSE(server_first.established);
    else
      EXPECT_EQ(told(server_first, Facts::WithoutOrder), whole) << real.name;
  }
}

TEST(TlsCaptures, NoSegmentLostAndNothingMissingMakesThemBetter) {
  for (const Real& real : kReal) {
    const Steps steps = load(real.name);
    const Played whole = play(steps);
    for (std::size_t lost = 0; lost < steps.size(); ++lost) {
      Steps with_hole = steps;
      with_hole[lost] = gap(steps[lost].side, steps[lost].octets.size());
      const Played p = play(with_hole);
      EXPECT_LE(p.established, whole.established);
      // `established` is known with the first data behind the Finished.
      if (whole.established && lost + 1 < whole.facts.established->frame) {
        EXPECT_FALSE(p.established) << real.name << lost;
      }
      EXPECT_FALSE(p.facts.malformed) << real.name << " " << lost;
      EXPECT_EQ(p.foreign, (std::array<std::string, 2>{}));
    }
    // Joined midway, and cut off anywhere.
    for (std::size_t first = 1; first < steps.size(); ++first)
      EXPECT_FALSE(play(Steps(steps.begin() + static_cast<std::ptrdiff_t>(first), steps.end())).established)
          << real.name << first;
    for (std::size_t last = 0; last < steps.size(); ++last) {
      const Played p = play(Steps(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(last)));
      if (p.established) {
        EXPECT_GE(last, whole.facts.established->frame) << real.name;
      }
    }
  }
}

}  // namespace
}  // namespace mailseal::tls::test
