// The time line and the shares, from overviews written by hand.
#include "charts.h"

#include <gtest/gtest.h>

#include <sstream>

#include "checks.h"
#include "sample.h"

namespace mailseal {
namespace {

using namespace std::chrono_literals;
using sample::v4;

constexpr Timestamp kNoon = std::chrono::sys_days(std::chrono::year(2026) / std::chrono::November / 21) + 12h;

std::string timeline(const Overview& o) {
  std::ostringstream out;
  write_timeline(out, o, {});
  return out.str();
}
std::string shares(const Overview& o) {
  std::ostringstream out;
  write_shares(out, o, {});
  return out.str();
}

bool says(const std::string& picture, const std::string& words) {
  return picture.find(">" + words + "</text>") != std::string::npos;
}

std::size_t bars(const std::string& picture, std::string_view classes) {
  std::size_t n = 0;
  for (const std::string& line : sample::lines_of(picture))
    n += line.starts_with("<rect") && line.find("class=\"" + std::string(classes) + "\"") != std::string::npos;
  return n;
}

void capture(sample::Draft& o, Timestamp first, Timestamp last) {
  sample::add_input(o.run, "a.pcap");
  o.run.inputs.back().first = first;
  o.run.inputs.back().last = last;
}

JudgedSession& session(sample::Draft& o, State state, Timestamp begun) {
  JudgedSession& judged = sample::add(o, v4(1, 40'000), v4(2, 25), state, 1 + o.sessions.size());
  judged.session.first.time = begun;
  return judged;
}

void chose(JudgedSession& judged, std::uint16_t version, std::uint16_t suite) {
  TlsFacts& tls = judged.session.tls.emplace();
  tls.server_hello = sample::seen(7);
  tls.version = version;
  tls.cipher_suite = suite;
}

TEST(timeline, a_row_for_each_state_that_occurs) {
  sample::Draft o;
  capture(o, kNoon, kNoon + 1h);
  session(o, State::Encrypted, kNoon + 1min);
  session(o, State::Encrypted, kNoon + 40min);
  session(o, State::Plaintext, kNoon + 40min);
  const std::string picture = timeline(o);
  EXPECT_TRUE(says(picture, "encrypted"));
  EXPECT_TRUE(says(picture, "plaintext"));
  EXPECT_FALSE(says(picture, "mixed"));
  EXPECT_EQ(bars(picture, "fill"), 3u + 1u + 1u) << "the sessions, the captured period, a padlock";
  for (const char* tick : {"12:00", "12:15", "12:30", "12:45", "13:00", "2026-11-21"})
    EXPECT_TRUE(says(picture, tick)) << tick;
  EXPECT_TRUE(says(picture, "Each bar: 1 minute; the tallest: 1 session. Times are UTC."));
}

TEST(timeline, many_sessions_are_binned_and_all_are_counted) {
  sample::Draft o;
  capture(o, kNoon, kNoon + 24h);
  for (int i = 0; i < 20'000; ++i) session(o, i % 4 == 0 ? State::Plaintext : State::Encrypted, kNoon + i * 4s);
  const std::string picture = timeline(o);
  EXPECT_TRUE(says(picture, "5000"));
  EXPECT_TRUE(says(picture, "15000"));
  EXPECT_LT(picture.size(), 40'000u);
  EXPECT_NE(picture.find("plaintext: 5000. encrypted: 15000."), std::string::npos) << "for who does not see it";
}

TEST(timeline, what_was_not_captured_is_seen) {
  sample::Draft o;
  capture(o, kNoon, kNoon + 6h);
  capture(o, kNoon + 72h, kNoon + 78h);
  session(o, State::Encrypted, kNoon + 73h);
  const std::string picture = timeline(o);
  EXPECT_EQ(bars(picture, "fill"), 1u + 2u + 1u) << "a session, two captured periods, a padlock";
  for (const char* tick : {"2026-11-22", "2026-11-23", "2026-11-24"}) EXPECT_TRUE(says(picture, tick)) << tick;
}

TEST(timeline, clocks_may_say_anything) {
  std::vector<std::string> pictures;
  const std::vector<std::pair<Timestamp, Timestamp>> periods = {
      {kNoon, kNoon},
      {Timestamp{}, kNoon},
      {Timestamp{1ns}, Timestamp::max()},
      {Timestamp::min(), Timestamp::max()},
      {kNoon, kNoon - 1h},
      {Timestamp::max(), Timestamp::max()},
  };
  for (const auto& [first, last] : periods)
    for (const Timestamp begun : {first, last, kNoon, Timestamp{}, Timestamp::min(), Timestamp::max()}) {
      sample::Draft o;
      capture(o, first, last);
      session(o, State::Mixed, begun);
      pictures.push_back(timeline(o));
      EXPECT_LT(pictures.back().size(), 20'000u);
    }
  EXPECT_EQ(sample::svg_faults(pictures), "");
}

TEST(timeline, without_times_it_says_so) {
  sample::Draft o;
  session(o, State::Encrypted, Timestamp{});
  EXPECT_TRUE(says(timeline(o), "There is no session with a time."));
  EXPECT_TRUE(says(timeline(sample::Draft{}), "There is no session with a time."));
  capture(o, kNoon, kNoon + 10s);
  EXPECT_TRUE(
      says(timeline(o), "Each bar: 100 milliseconds; the tallest: 0 sessions. Times are UTC. 1 session has no time."));
}

TEST(timeline, sessions_of_a_capture_without_times_have_theirs) {
  sample::Draft o;
  session(o, State::Encrypted, kNoon);
  session(o, State::Encrypted, kNoon + 30s);
  EXPECT_TRUE(says(timeline(o), "12:00:10"));
}

TEST(shares, versions_and_suites_most_first) {
  sample::Draft o;
  for (int i = 0; i < 3; ++i) chose(session(o, State::Encrypted, kNoon), 0x0304, 0x1302);
  chose(session(o, State::Encrypted, kNoon), 0x0303, 0xc030);
  session(o, State::Plaintext, kNoon);
  const std::string picture = shares(o);
  EXPECT_LT(picture.find(">TLSv1.3<"), picture.find(">TLSv1.2<"));
  EXPECT_LT(picture.find(">TLS_AES_256_GCM_SHA384<"), picture.find(">TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384<"));
  EXPECT_NE(picture.find("4 sessions chose a version and a suite. TLSv1.3: 3. TLSv1.2: 1."), std::string::npos);
  EXPECT_EQ(bars(picture, "hollow"), 0u);
}

TEST(shares, what_findings_call_weak_is_marked) {
  static const FindingKind kOld{
      "tls-version-1-0", "", FindingClass::Strength, Severity::Medium, Severity::Medium, "", "", "", ""};
  static const FindingKind kRc4{"cipher-rc4", "", FindingClass::Strength, Severity::High, Severity::High, "", "",
                                "",           ""};
  static const FindingKind kCbc{"cipher-cbc", "", FindingClass::Strength, Severity::Low, Severity::Low, "", "", "", ""};
  sample::Draft o;
  JudgedSession& rc4 = session(o, State::Encrypted, kNoon);
  chose(rc4, 0x0301, 0x0005);
  rc4.finding_kinds = {&kOld, &kRc4};
  JudgedSession& cbc = session(o, State::Encrypted, kNoon);
  chose(cbc, 0x0303, 0xc014);
  cbc.finding_kinds = {&kCbc};
  const std::string picture = shares(o);
  EXPECT_TRUE(says(picture, "weak: medium")) << "TLS 1.0";
  EXPECT_TRUE(says(picture, "weak: high")) << "RC4";
  EXPECT_TRUE(says(picture, "weak: low")) << "CBC";
  EXPECT_EQ(bars(picture, "hollow"), 2u) << "low is no alarm";
}

TEST(shares, of_many_suites_the_weak_ones_stay) {
  static const FindingKind kNull{
      "cipher-null", "", FindingClass::Strength, Severity::Critical, Severity::Critical, "", "", "", ""};
  sample::Draft o;
  for (std::uint16_t i = 0; i < 1000; ++i)
    for (int k = 0; k < 2; ++k)
      chose(session(o, State::Encrypted, kNoon), 0x0303, static_cast<std::uint16_t>(0x4000 + i));
  JudgedSession& null = session(o, State::Plaintext, kNoon);
  chose(null, 0x0303, 0x0002);
  null.finding_kinds = {&kNull};
  const std::string picture = shares(o);
  EXPECT_TRUE(says(picture, "TLS_RSA_WITH_NULL_SHA"));
  EXPECT_TRUE(says(picture, "weak: critical"));
  EXPECT_TRUE(says(picture, "and 989 others"));
  EXPECT_EQ(bars(picture, "fill") + bars(picture, "hollow"), 1u + 12u);
}

TEST(shares, without_tls_it_says_so) { EXPECT_TRUE(says(shares(sample::Draft{}), "No session chose TLS.")); }

TEST(charts, are_pictures) {
  std::vector<std::string> pictures;
  for (const sample::Draft& o :
       {sample::mixed_bag(), sample::sealed(), sample::unseen(), sample::large(500, 9), sample::Draft{}}) {
    pictures.push_back(timeline(o));
    pictures.push_back(shares(o));
  }
  EXPECT_EQ(sample::svg_faults(pictures), "");
}

}  // namespace
}  // namespace mailseal
