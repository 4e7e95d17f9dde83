// What may not be told: a secret where a user name belongs, and what a server repeats of one.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "converse.h"
#include "mail/fingerprint.h"
#include "mail/sasl.h"

namespace mailseal::test {
namespace {

std::string base64(std::string_view text) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    const auto octet = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
    const unsigned bits = octet(i) << 16 | octet(i + 1) << 8 | octet(i + 2);
    for (const unsigned shift : {18U, 12U, 6U, 0U}) out += kLetters[bits >> shift & 63];
  }
  for (std::size_t missing = (3 - text.size() % 3) % 3; missing > 0; --missing) out[out.size() - missing] = '=';
  return out;
}

using namespace std::string_literals;

TEST(Sasl, TellsTheUserOnlyOfAResponseThatIsWellFormed) {
  const std::string digest = "9f86d081884c7d659a2feaa0c55ad015";
  const struct {
    const char* mechanism;
    std::string response;
    const char* user;
  } kCases[] = {
      {"PLAIN", "\0alice@x.example\0hunter2"s, "al***@x.example"},
      {"PLAIN", "admin\0alice\0hunter2"s, "al***"},
      {"PLAIN", "alice@x\0Tr0ub@dour"s, ""},
      {"PLAIN", "alice\0hunter2"s, ""},
      {"PLAIN", "alice\0hunter2\0"s, ""},
      {"PLAIN", "\0alice\0hunter2\0"s, ""},
      {"PLAIN", "alice hunter2", ""},
      {"XOAUTH2", "user=alice@x.example\1auth=Bearer hunter2\1\1", "al***@x.example"},
      {"XOAUTH2", "user=alice@x.example^Aauth=Bearer hunter2^A^A", ""},
      {"XOAUTH2", "user=alice@x.example^Aauth=Bearer hunter2\1\1", "al***"},
      {"XOAUTH2", "auth=Bearer user=hunter2\1\1", ""},
      {"OAUTHBEARER", "n,a=alice@x.example,\1auth=Bearer hunter2\1\1", "al***@x.example"},
      {"OAUTHBEARER", "n,a=alice@x.example^Aauth=Bearer hunter2^A^A", ""},
      {"OAUTHBEARER", "n,,\1auth=Bearer a=hunter2,\1\1", ""},
      {"CRAM-MD5", "alice " + digest, "al***"},
      {"CRAM-MD5", "alice\t" + digest, ""},
      {"CRAM-MD5", "alice hunter2", ""},
      {"CRAM-MD5", digest, ""},
      {"DIGEST-MD5", "charset=utf-8,username=\"alice\",realm=\"x\"", "al***"},
      {"DIGEST-MD5", "username=\"alice,response=" + digest, ""},
  };
  const Limits limits;
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.mechanism) + " " + c.response);
    Session session;
    mail::SaslExchange sasl;
    sasl.start(c.mechanism);
    sasl.response(session, base64(c.response), {}, limits);
    ASSERT_EQ(session.credentials.size(), 1U);
    EXPECT_EQ(session.credentials[0].user, c.user);
  }
}

std::uint64_t fingerprint_of_response(const char* mechanism, const std::vector<std::string>& responses) {
  const Limits limits;
  Session session;
  mail::SaslExchange sasl;
  sasl.start(mechanism);
  for (const std::string& response : responses) sasl.response(session, base64(response), {}, limits);
  return session.credentials.size() == 1 ? session.credentials[0].fingerprint : 0;
}

TEST(Sasl, TheSameSecretIsKnownAgainWhateverCarriesIt) {
  const std::uint64_t known = mail::fingerprint_of("hunter2");
  EXPECT_NE(known, 0U);
  EXPECT_NE(known, mail::fingerprint_of("hunter3"));
  EXPECT_EQ(mail::fingerprint_of(""), 0U);
  const struct {
    const char* mechanism;
    std::vector<std::string> responses;
    std::uint64_t fingerprint;
  } kCases[] = {
      {"PLAIN", {"\0alice@x.example\0hunter2"s}, known},
      {"PLAIN", {"admin\0alice\0hunter2"s}, known},
      {"PLAIN", {"alice\0hunter2"s}, 0},
      {"LOGIN", {"alice", "hunter2"}, known},
      {"XOAUTH2", {"user=alice@x.example\1auth=Bearer hunter2\1\1"}, known},
      {"OAUTHBEARER", {"n,a=alice@x.example,\1auth=Bearer hunter2\1\1"}, known},
      {"OAUTHBEARER", {"n,a=alice@x.example,\1auth=Bearer hunter2"}, 0},
      {"CRAM-MD5", {"alice 9f86d081884c7d659a2feaa0c55ad015"}, 0},
  };
  for (const auto& c : kCases)
    EXPECT_EQ(fingerprint_of_response(c.mechanism, c.responses), c.fingerprint) << c.mechanism;
}

TEST(Passwords, OfPop3AndImapAreKnownAgainToo) {
  const struct {
    const char* name;
    std::vector<Turn> turns;
    std::uint16_t port;
    std::string_view secret;
  } kCases[] = {
      {"POP3", {{S, "+OK\r\n"}, {C, "USER alice\r\n"}, {S, "+OK\r\n"}, {C, "PASS hunter2\r\n"}}, 110, "hunter2"},
      {"an atom", {{S, "* OK\r\n"}, {C, "a LOGIN alice hunter2\r\n"}}, 143, "hunter2"},
      {"quoted", {{S, "* OK\r\n"}, {C, "a LOGIN alice \"hunter2\"\r\n"}}, 143, "hunter2"},
      {"a literal", {{S, "* OK\r\n"}, {C, "a LOGIN alice {7+}\r\nhunter2\r\n"}}, 143, "hunter2"},
      {"in two pieces", {{S, "* OK\r\n"}, {C, "a LOGIN alice {7+}\r\nhunt"}, {C, "er2\r\n"}}, 143, ""},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const auto session = converse(c.turns, {c.port});
    ASSERT_TRUE(session);
    ASSERT_EQ(session->credentials.size(), 1U);
    EXPECT_EQ(session->credentials[0].fingerprint, mail::fingerprint_of(c.secret));
  }
}

TEST(Sasl, MoreThanTheLimitAreLeftOutAndDoubted) {
  Limits limits;
  limits.credentials = 2;
  Session session;
  for (const bool accepted : {false, false, true}) {
    mail::SaslExchange sasl;
    sasl.start("PLAIN");
    sasl.response(session, base64("\0alice\0hunter2"s), {}, limits);
    sasl.outcome(session, accepted);
  }
  ASSERT_EQ(session.credentials.size(), 2U);
  EXPECT_EQ(session.credentials[1].accepted, false);
  ASSERT_EQ(session.doubts.size(), 1U);
  EXPECT_EQ(session.doubts[0].doubt, Doubt::LimitHit);
}

TEST(Sasl, WhatAServerAcceptsWasACredentialWhateverTheStep) {
  const std::string name = base64("alice") + "\r\n", password = base64("hunter2") + "\r\n";
  const struct {
    const char* name;
    std::vector<Turn> turns;
    const char* expected;
    std::uint16_t port;
  } kCases[] = {
      {"SMTP",
       {{S, "220 mx\r\n"}, {C, "AUTH LOGIN\r\n"}, {S, "334 VXNlcm5hbWU6\r\n"}, {C, password}, {S, "235 ok\r\n"}},
       "smtp LOGIN:@7+",
       25},
      {"a name that is refused is none",
       {{S, "220 mx\r\n"}, {C, "AUTH LOGIN\r\n"}, {S, "334 VXNlcm5hbWU6\r\n"}, {C, name}, {S, "535 no\r\n"}},
       "smtp",
       25},
      {"SMTP, accepted",
       {{S, "220 mx\r\n"},
        {C, "AUTH LOGIN\r\n"},
        {S, "334 VXNlcm5hbWU6\r\n"},
        {C, name, Lost},
        {S, "334 UGFzc3dvcmQ6\r\n"},
        {C, password},
        {S, "235 ok\r\n"}},
       "smtp LOGIN:@9+ doubt=gap",
       25},
      {"POP3, accepted",
       {{S, "+OK\r\n"},
        {C, "AUTH LOGIN\r\n"},
        {S, "+ \r\n"},
        {C, name, Lost},
        {S, "+ \r\n"},
        {C, password},
        {S, "+OK\r\n"}},
       "pop3 LOGIN:@9+ doubt=gap",
       110},
      {"POP3, refused",
       {{S, "+OK\r\n"},
        {C, "AUTH LOGIN\r\n"},
        {S, "+ \r\n"},
        {S, "+ \r\n"},
        {C, name, Lost},
        {C, password},
        {S, "-ERR\r\n"}},
       "pop3 LOGIN:@9- doubt=gap",
       110},
      {"IMAP, accepted",
       {{S, "* OK ready\r\n"},
        {C, "a AUTHENTICATE LOGIN\r\n"},
        {S, "+ \r\n"},
        {C, name, Lost},
        {S, "+ \r\n"},
        {C, password},
        {S, "a OK\r\n"}},
       "imap LOGIN:@9+ doubt=gap",
       143},
      {"IMAP, refused",
       {{S, "* OK ready\r\n"},
        {C, "a AUTHENTICATE LOGIN\r\n"},
        {S, "+ \r\n"},
        {S, "+ \r\n"},
        {C, name, Lost},
        {C, password},
        {S, "a NO\r\n"}},
       "imap LOGIN:@9- doubt=gap",
       143},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(summary(converse(c.turns, {.port = c.port})), c.expected);
  }
}

TEST(UpgradeReply, KeepsItsWordsWhileThereIsNothingToRepeat) {
  const struct {
    std::uint16_t port;
    std::vector<Turn> turns;
    const char* reply;
  } kCases[] = {
      {25,
       {{S, "220 mx\r\n"}, {C, "EHLO x\r\n"}, {S, "250 mx\r\n"}, {C, "STARTTLS\r\n"}, {S, "454 4.7.0 no\r\n"}},
       "454 4.7.0 no"},
      {25,
       {{S, "220 mx\r\n"}, {C, "EHLO x hunter2\r\n"}, {S, "250 mx\r\n"}, {C, "STARTTLS\r\n"}, {S, "454 hunter2\r\n"}},
       "454"},
      {25,
       {{S, "220 mx\r\n"},
        {C, "NOOP hunter2\r\n"},
        {S, "250 mx\r\n"},
        {C, "STARTTLS\r\n"},
        {S, "454-hunter2 x\r\n454 x\r\n"}},
       "454"},
      {25, {{S, "220 mx\r\n"}, {C, "hunter2\r\n"}, {S, "500\r\n"}, {C, "STARTTLS\r\n"}, {S, "454 hunter2\r\n"}}, "454"},
      {25,
       {{S, "220 mx\r\n"},
        {C, "MAIL FROM:<hunter2@x>\r\n"},
        {S, "250\r\n"},
        {C, "STARTTLS\r\n"},
        {S, "454 hunter2\r\n"}},
       "454"},
      {25, {{S, "220 mx\r\n"}, {C, "USER hunter2\r\n", Lost}, {C, "STARTTLS\r\n"}, {S, "454 hunter2\r\n"}}, "454"},
      {25, {{S, "220 mx\r\n"}, {C, "STARTTLS\r\nXPASS hunter2\r\n"}, {S, "454 XPASS hunter2\r\n"}}, "454"},
      {25, {{S, "220 mx\r\n"}, {C, "STARTTLS\r\nhunter2"}, {S, "454 hunter2\r\n"}}, "454"},
      {25, {{S, "220 mx\r\n"}, {S, "454 hunter2\r\n"}, {C, "STARTTLS\r\nXPASS hunter2\r\n"}}, "454"},
      {110, {{S, "+OK\r\n"}, {C, "STLS\r\nXPASS hunter2\r\n"}, {S, "-ERR hunter2\r\n"}}, "-ERR"},
      {143, {{S, "* OK\r\n"}, {C, "a STARTTLS\r\nb XPASS hunter2\r\n"}, {S, "a NO hunter2\r\n"}}, "NO"},
      {110,
       {{S, "+OK\r\n"}, {C, "CAPA\r\n"}, {S, "-ERR\r\n"}, {C, "STLS\r\n"}, {S, "-ERR not now\r\n"}},
       "-ERR not now"},
      {110,
       {{S, "+OK\r\n"}, {C, "USER hunter2\r\n"}, {S, "+OK\r\n"}, {C, "STLS\r\n"}, {S, "-ERRhunter2 no\r\n"}},
       "-ERR"},
      {110, {{S, "+OK\r\n"}, {C, "USER hunter2\r\n"}, {S, "+OK\r\n"}, {C, "STLS\r\n"}, {S, "+OK hunter2\r\n"}}, "+OK"},
      {143,
       {{S, "* OK\r\n"},
        {C, "a NOOP\r\n"},
        {S, "a OK\r\n"},
        {C, "hunter2 STARTTLS\r\n"},
        {S, "hunter2 NO not now\r\n"}},
       "NO not now"},
      {143,
       {{S, "* OK\r\n"}, {C, "hunter2\r\n"}, {S, "* BAD\r\n"}, {C, "a STARTTLS\r\n"}, {S, "a NO\thunter2\r\n"}},
       "NO"},
      {143,
       {{S, "* OK\r\n"}, {C, "a SELECT hunter2\r\n"}, {S, "a NO\r\n"}, {C, "b STARTTLS\r\n"}, {S, "b BAD hunter2\r\n"}},
       "BAD"},
  };
  for (const auto& c : kCases) {
    const auto session = converse(c.turns, {.port = c.port});
    ASSERT_TRUE(session);
    EXPECT_EQ(session->upgrade_reply, c.reply) << c.turns[1].text;
  }
}

}  // namespace
}  // namespace mailseal::test
