// What the tests of POP3 and IMAP share: every conversation of a table is played whole, cut
// in pieces and cut short, and nothing of it that is secret may stand in the session.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "converse.h"

namespace mailseal::test {

struct Case {
  const char* name;
  std::vector<Turn> turns;
  const char* expected;
  Play play = {};
};

// Secrets as they cross: none of these may be found in a session.
inline constexpr std::string_view kPlain = "AGFsaWNlAHMzY3IzdA==";  // NUL alice NUL s3cr3t
inline constexpr std::string_view kUser = "YWxpY2U=", kPassword = "czNjcjN0";
inline constexpr std::string_view kCram = "YWxpY2UgMjlmMjBiNjY5MzQ3YWEwODE3NDkwNjVkOTAzYTk0ZTQ=";
inline constexpr std::string_view kOAuth = "dXNlcj1hbGljZUBleGFtcGxlLmpwAWF1dGg9QmVhcmVyIHMzY3IzdHRva2VuAQE=";
inline constexpr std::string_view kScramFirst = "biwsbj1hbGljZSxyPWZ5a28rZDJsYmJGZ09OUnY5cWt4ZGF3TA==";
inline constexpr std::string_view kScramFinal =
    "Yz1iaXdzLHI9ZnlrbytkMmxiYkZnT05Sdjlxa3hkYXdMM3JmY05IWUpZMVpWdldWczdqLHA9djBYOHYzQnoyVDBDSkdiSlF5RjBYK0hJNFRzPQ==";
inline constexpr std::string_view kNtlm1 = "TlRMTVNTUAABAAAA", kNtlm3 = "TlRMTVNTUAADAAAAczNjcjN0";
inline constexpr std::string_view kDigest = "29f20b669347aa081749065d903a94e4";

inline std::string operator+(const char* a, std::string_view b) { return std::string(a) + std::string(b); }
inline std::string operator+(std::string_view a, const char* b) { return std::string(a) + b; }

inline std::vector<std::string> texts_of(const Session& s) {
  std::vector<std::string> all = {s.upgrade_reply};
  for (const Credential& c : s.credentials) {
    all.push_back(c.mechanism);
    all.push_back(c.user);
  }
  return all;
}

inline void expect_no_secret(const Session& s) {
  for (const std::string& text : texts_of(s))
    for (const std::string_view secret : {std::string_view("s3cr3t"), kPlain, kPassword, kCram, kOAuth, kScramFinal,
                                          kNtlm3, kDigest, std::string_view("alice")})
      EXPECT_EQ(text.find(secret), text.npos) << "'" << secret << "' is kept in '" << text << "'";
}

/// The facts, and the frames that show them, must not depend on where TCP happened to cut.
inline void expect_same_however_cut(const std::vector<Case>& cases, std::uint16_t port) {
  for (const Case& c : cases)
    for (const std::size_t piece :
         {std::size_t{1} << 20, std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}}) {
      SCOPED_TRACE(std::string(c.name) + ", pieces of " + std::to_string(piece));
      Play play = c.play;
      play.piece = piece;
      play.port = port;
      const auto session = converse(c.turns, play);
      EXPECT_EQ(summary(session), c.expected);
      if (session) expect_no_secret(*session);
    }
}

/// A capture that ends anywhere shows no more than the whole one, and no TLS that was not there.
inline void expect_prefixes_expose_no_more(const std::vector<Case>& cases, std::uint16_t port) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Play play = c.play;
    play.port = port;
    const auto whole = converse(c.turns, play);
    ASSERT_TRUE(whole);
    play.ends = false;
    std::vector<Turn> turns = c.turns;
    while (!turns.empty()) {
      turns.back().text.pop_back();
      if (turns.back().text.empty()) turns.pop_back();
      const auto part = converse(turns, play);
      if (!part) continue;
      EXPECT_LE(part->credentials.size(), whole->credentials.size());
      EXPECT_LE(part->messages, whole->messages);
      EXPECT_TRUE(whole->content || !part->content);
      EXPECT_TRUE(whole->mailbox_activity || !part->mailbox_activity);
      EXPECT_TRUE(whole->upgrade_accepted || !part->upgrade_accepted);
      EXPECT_FALSE(part->tls && part->tls->established);
      expect_no_secret(*part);
    }
  }
}

}  // namespace mailseal::test
