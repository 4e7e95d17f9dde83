// A hundred thousand sessions: the report is streamed, and the text stays short.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ostream>
#include <streambuf>

#include "checks.h"
#include "sample.h"

namespace mailseal {
namespace {

/// Counts what is written and keeps nothing.
class Meter : public std::streambuf {
 public:
  std::uint64_t octets = 0, lines = 0;
  std::size_t largest = 0;  ///< what was handed over at once: what the writer had to hold

 protected:
  int_type overflow(int_type c) override {
    const char octet = traits_type::to_char_type(c);
    xsputn(&octet, 1);
    return traits_type::not_eof(c);
  }
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    octets += static_cast<std::uint64_t>(size);
    lines += static_cast<std::uint64_t>(std::count(text, text + size, '\n'));
    largest = std::max(largest, static_cast<std::size_t>(size));
    return size;
  }
};

TEST(large, json_of_100000_sessions_is_streamed_within_seconds) {
  constexpr std::size_t kSessions = 100'000;
  const Overview overview = sample::large(kSessions, 50);
  Meter meter;
  std::ostream out(&meter);
  const auto begun = std::chrono::steady_clock::now();
  find_format("json")->write(out, overview, sample::options(1));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  RecordProperty("milliseconds", static_cast<int>(took.count() * 1000));
  EXPECT_GT(meter.octets, kSessions * 1000) << "all of them are told";
  EXPECT_GT(meter.lines, kSessions);
  EXPECT_LT(meter.largest, 512u * 1024) << "no more than one line is held";
  EXPECT_LT(took.count(), 60.0) << "a slow machine with sanitizers included";
}

TEST(large, redaction_of_100000_sessions_takes_seconds) {
  Overview overview = sample::large(100'000, 50);
  ReportOptions how = sample::options(1);
  Redaction redaction;
  const auto begun = std::chrono::steady_clock::now();
  redaction.apply(overview, how);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  RecordProperty("milliseconds", static_cast<int>(took.count() * 1000));
  EXPECT_EQ(to_string(overview.sessions.back().session.flow.client.address).substr(0, 8), "250.1.1.");
  EXPECT_LT(took.count(), 60.0) << "a slow machine with sanitizers included";
}

TEST(large, text_of_100000_sessions_stays_short) {
  const std::string text = sample::written("text", sample::large(100'000, 50), sample::options(1));
  EXPECT_LT(sample::lines_of(text).size(), 60u) << text;
  EXPECT_NE(text.find("100000 sessions: 90000 encrypted, 10000 plaintext"), std::string::npos) << text;
}

}  // namespace
}  // namespace mailseal
