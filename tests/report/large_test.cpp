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
  EXPECT_EQ(to_string(overview.sessions[overview.sessions.size() - 1].session.flow.client.address).substr(0, 8),
            "250.1.1.");
  EXPECT_LT(took.count(), 60.0) << "a slow machine with sanitizers included";
}

TEST(large, every_format_of_100000_sessions_is_bounded) {
  struct Bound {
    std::string_view format;
    std::uint64_t octets;
  };
  const Overview overview = sample::large(100'000, 50);
  for (const Bound bound : {Bound{"text", 20'000},
                            {"markdown", 60'000},
                            {"jira", 60'000},
                            {"textile", 80'000},
                            {"csv-findings", 600'000},
                            {"csv-sessions", 60'000'000},
                            {"csv-servers", 30'000},
                            {"sarif", 2'000'000},
                            {"junit", 30'000'000}}) {
    Meter meter;
    std::ostream out(&meter);
    const auto begun = std::chrono::steady_clock::now();
    find_format(bound.format)->write(out, overview, sample::options(1));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    std::string name(bound.format);
    std::replace(name.begin(), name.end(), '-', '_');
    RecordProperty(name + "_milliseconds", static_cast<int>(took.count() * 1000));
    RecordProperty(name + "_octets", static_cast<int>(meter.octets));
    EXPECT_LT(meter.octets, bound.octets) << bound.format;
    EXPECT_LT(meter.largest, 512u * 1024) << bound.format << ": no more than a part is held";
    EXPECT_LT(took.count(), 60.0) << bound.format << ": a slow machine with sanitizers included";
  }
}

TEST(large, sessions_read_from_a_file_make_the_same_reports) {
  const auto kept = [](const sample::Draft& draft, std::size_t bytes) {
    Limits limits;
    limits.ended_bytes = bytes;
    Overview overview = draft;
    overview.sessions = SessionSpool(limits);
    for (const JudgedSession& judged : draft.sessions) overview.sessions.add(judged);
    EXPECT_FALSE(overview.sessions.fault());
    return overview;
  };
  for (const sample::Draft& draft : {sample::large(6000, 50), sample::hostile("=a<b>\x1b[2J\xff")}) {
    const Overview in_file = kept(draft, 0), in_memory = kept(draft, std::size_t{1} << 30);
    for (const Format& format : formats())
      EXPECT_EQ(sample::written(format.name, in_file, sample::options(1)),
                sample::written(format.name, in_memory, sample::options(1)))
          << format.name;
  }
}

TEST(large, text_of_100000_sessions_stays_short) {
  const std::string text = sample::written("text", sample::large(100'000, 50), sample::options(1));
  EXPECT_LT(sample::lines_of(text).size(), 60u) << text;
  EXPECT_NE(text.find("100000 sessions: 90000 encrypted, 10000 plaintext"), std::string::npos) << text;
}

TEST(large, html_of_100000_sessions_shows_the_worst_and_counts_the_rest) {
  const Overview overview = sample::large(100'000, 250);
  const auto begun = std::chrono::steady_clock::now();
  const std::string page = sample::written("html", overview, sample::options(1));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  RecordProperty("milliseconds", static_cast<int>(took.count() * 1000));
  RecordProperty("octets", static_cast<int>(page.size()));
  EXPECT_LT(page.size(), 5'000'000u);
  EXPECT_LT(took.count(), 30.0) << "a slow machine with sanitizers included";
  for (const char* part : {"Showing 500 of 100,000 sessions", "Showing 200 of 250 servers", "showing 12 of 10,000",
                           "the JSON report lists 1,000", "<b>10,000</b>", "id=\"s1\"", "id=\"s4991\""})
    EXPECT_NE(page.find(part), std::string::npos) << part;
  EXPECT_EQ(page.find("id=\"s2\""), std::string::npos) << "an encrypted session is not among the worst";
  EXPECT_EQ(page.find("id=\"s5001\""), std::string::npos) << "nor the 501st in clear";
  EXPECT_EQ(sample::html_faults({page}), "");
}

TEST(large, html_stays_below_5_mb_whatever_strangers_call_themselves) {
  const std::string worst(2000, '"');  // an entity of six octets each; all that is shown of it is shorter
  sample::Draft overview = sample::large(2000, 250);
  for (JudgedSession& judged : overview.sessions) {
    if (!judged.session.tls) judged.session.tls = TlsFacts{};
    judged.session.tls->server_name = worst;
  }
  for (Server& server : overview.servers)
    for (const char end : {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}) server.names.push_back(worst + end);
  for (int i = 0; i < 100; ++i) sample::add_input(overview.run, worst + std::to_string(i));
  overview.findings.clear();
  for (const FindingKind& kind : catalogue()) {
    FindingGroup& group = overview.findings.emplace_back(FindingGroup{&kind, kind.access, 5000, {}});
    for (std::uint64_t i = 0; i < 1000; ++i) group.occurrences.push_back({1 + i, sample::seen(i + 1), worst});
  }
  const std::string page = sample::written("html", overview, sample::options(1));
  RecordProperty("octets", static_cast<int>(page.size()));
  EXPECT_LT(page.size(), 5'000'000u);
  EXPECT_EQ(sample::html_faults({page}), "");
}

}  // namespace
}  // namespace mailseal
