// The report for a terminal: what stands first, what a line says, and that colour is all that colour adds.
#include <gtest/gtest.h>

#include "checks.h"
#include "sample.h"
#include "table.h"

namespace mailseal {
namespace {

using sample::Kind;
using sample::seen;
using sample::v4;
using sample::v6;

std::string text(const Overview& overview, bool colour = false) {
  ReportOptions options = sample::options(1);
  options.colour = colour;
  return sample::written("text", overview, options);
}

/// The line that holds `part`; "" where none does.
std::string line_with(const std::string& report, std::string_view part) {
  for (const std::string& line : sample::lines_of(report))
    if (line.find(part) != std::string::npos) return line;
  return "";
}

TEST(text, the_first_word_is_the_answer) {
  for (const auto& [verdict, word] : {std::pair{Verdict::Pass, "PASS  "}, std::pair{Verdict::Fail, "FAIL  "},
                                      std::pair{Verdict::Inconclusive, "INCONCLUSIVE  "}}) {
    sample::Draft overview = sample::mixed_bag();
    overview.verdict = verdict;
    EXPECT_EQ(text(overview).rfind(word, 0), 0u) << word;
    EXPECT_EQ(sample::uncoloured(text(overview, true)).rfind(word, 0), 0u) << word;
  }
}

TEST(text, colour_adds_nothing_but_colour) {
  for (const sample::Draft& overview : {sample::mixed_bag(), sample::sealed(), sample::unseen(), sample::Draft{}}) {
    EXPECT_NE(text(overview, true), text(overview));
    EXPECT_EQ(sample::uncoloured(text(overview, true)), text(overview));
  }
}

TEST(text, is_ascii_without_trailing_spaces) {
  for (const sample::Draft& overview :
       {sample::mixed_bag(), sample::sealed(), sample::unseen(), sample::large(500, 40)})
    for (const std::string& line : sample::lines_of(text(overview))) {
      EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
      for (const char c : line) EXPECT_TRUE(c >= ' ' && c <= '~') << line;
    }
}

TEST(text, a_line_says_severity_id_where_count_and_frames) {
  const std::string report = text(sample::mixed_bag());
  const std::string line = line_with(report, "plaintext-message-content");
  std::istringstream words(line);
  std::string severity, id, client, arrow, server, count, frame, number;
  words >> severity >> id >> client >> arrow >> server >> count >> frame >> number;
  EXPECT_EQ(severity, "critical");
  EXPECT_EQ(id, "plaintext-message-content");
  EXPECT_EQ(client + arrow + server, "192.0.2.7>192.0.2.25:25");
  EXPECT_EQ(count + " " + frame + " " + number, "1 frame 14");
  EXPECT_NE(line.find("812 octets of 1 message"), std::string::npos);
  EXPECT_NE(line_with(report, "starttls-offered-not-used").find("STARTTLS offered but"), std::string::npos)
      << "a title where there is no note";
}

TEST(text, several_inputs_are_named_beside_each_frame) {
  const std::string report = text(sample::unseen());
  const std::string line = line_with(report, "inconclusive-mid-stream");
  EXPECT_NE(line.find("monday/mx.pcap frame 3; tuesday/mx.pcap frame 4; store.pcapng frame 5"), std::string::npos)
      << line << ": by as little of the name as tells them apart";
  EXPECT_NE(line_with(report, "capture-truncated-file").find("tuesday/mx.pcap"), std::string::npos);
  EXPECT_EQ(text(sample::mixed_bag()).find("relay-25.pcap frame"), std::string::npos) << "one input needs no name";
}

TEST(text, an_inconclusive_session_always_has_a_reason) {
  const std::string report = text(sample::unseen());
  EXPECT_NE(report.find("Not judged: 4 sessions"), std::string::npos);
  EXPECT_NE(line_with(report, "  fragment ").find("monday/mx.pcap frame 42"), std::string::npos)
      << "the doubt, where no finding tells";
  sample::Draft overview;
  sample::add(overview, v4(1, 4000), v4(2, 25), State::Inconclusive, 3);
  EXPECT_NE(line_with(text(overview), "unknown").find("192.0.2.1 > 192.0.2.2:25"), std::string::npos);
}

TEST(text, what_was_judged_in_part_stands_apart) {
  sample::Draft overview = sample::mixed_bag();
  sample::find(overview, &overview.sessions[2], Kind::Gap, seen(85));  // after establishment
  const std::string report = text(overview);
  const std::size_t unjudged = report.find("Not judged"), unseen = report.find("Not seen");
  const std::size_t first = report.find("inconclusive-gap"), second = report.find("inconclusive-gap", first + 1);
  ASSERT_NE(second, std::string::npos) << report;
  EXPECT_LT(unjudged, first);
  EXPECT_LT(first, unseen);
  EXPECT_LT(unseen, second);
  EXPECT_NE(report.find("frame 155", first), std::string::npos);
  EXPECT_GT(report.find("frame 85"), second);
}

TEST(text, only_reasons_say_why_a_session_was_not_judged) {
  const std::string report = text(sample::mixed_bag());
  const std::size_t unjudged = report.find("Not judged"), unseen = report.find("Not seen");
  ASSERT_LT(unjudged, unseen);
  EXPECT_EQ(report.substr(unjudged, unseen - unjudged).find("cert-not-observable"), std::string::npos) << report;
  sample::Draft overview;
  JudgedSession& s = sample::add(overview, v4(1, 4000), v4(2, 25), State::Inconclusive, 3);
  sample::find(overview, &s, Kind::HandshakeFailed, seen(9));  // a reason of another class
  const std::string other = text(overview);
  EXPECT_NE(other.find("tls-handshake-failed", other.find("Not judged")), std::string::npos) << other;
}

TEST(text, a_note_that_is_not_true_of_all_says_so) {
  sample::Draft overview;
  JudgedSession& s = sample::add(overview, v4(1, 4000), v4(2, 25), State::Plaintext, 3);
  sample::find(overview, &s, Kind::Content, seen(9), "20 octets");
  sample::find(overview, &s, Kind::Content, seen(10), "20 octets");
  EXPECT_EQ(text(overview).find("first: "), std::string::npos);
  sample::find(overview, &s, Kind::Content, seen(11), "30 octets");
  EXPECT_NE(line_with(text(overview), "plaintext-message-content").find("  first: 20 octets"), std::string::npos);
}

TEST(text, many_inputs_get_a_line_each) {
  sample::Draft overview;
  for (int i = 0; i < 12; ++i) sample::add_input(overview.run, "day" + std::to_string(i) + "/a.pcap");
  overview.run.inputs[3].ended = "truncated";
  const std::string report = text(overview);
  EXPECT_NE(line_with(report, "day9/a.pcap").find("10:05:02 to 10:05:31 UTC, sha256 jjjjjjjjjjjj"), std::string::npos)
      << report;
  EXPECT_EQ(line_with(report, "day10/a.pcap"), "");
  EXPECT_NE(report.find("and 2 more\n"), std::string::npos);
  EXPECT_NE(report.find("truncated: "), std::string::npos);
}

TEST(text, shows_the_first_and_counts_the_rest) {
  sample::Draft overview;
  for (std::uint8_t i = 0; i < 9; ++i) {
    JudgedSession& s = sample::add(overview, v4(i, 4000), v4(99, 25), State::Plaintext, 100 + i);
    for (std::uint64_t k = 0; k < 5; ++k) sample::find(overview, &s, Kind::Content, seen(1000 + 10 * i + k));
  }
  const std::string report = text(overview);
  EXPECT_NE(report.find("192.0.2.0 > 192.0.2.99:25  5  frames 1000, 1001, 1002, ..."), std::string::npos) << report;
  EXPECT_NE(report.find("192.0.2.4 > "), std::string::npos);
  EXPECT_NE(report.find("and 20 more on 4 other paths\n"), std::string::npos) << report;
}

TEST(text, hops_are_told_when_there_are_several_worst_first) {
  EXPECT_EQ(text(sample::sealed()).find("Hops"), std::string::npos);
  const std::string report = text(sample::mixed_bag());
  EXPECT_LT(report.find("192.0.2.7 > 192.0.2.25:25   "), report.find("2001:db8::7 > [2001:db8::25]:465   ")) << report;
  EXPECT_NE(report.find("1/1 encrypted"), std::string::npos);
  EXPECT_NE(line_with(report, "192.0.2.99 > ").find("nothing to encrypt"), std::string::npos);
  EXPECT_NE(text(sample::large(5000, 60)).find("and 40 more: "), std::string::npos);
}

TEST(text, captures_are_told_apart_from_what_was_none) {
  const std::string report = text(sample::unseen());
  for (const char* part : {"pcap, 22.2 kB, 249 packets, drops not reported", "2026-11-21 10:05:02 to 10:05:31 UTC",
                           "to 2026-11-22 10:05:31 UTC", "sha256 bbbbbbbb", "3 packets skipped: 1 not-ip, 2 not-tcp",
                           "17 packets dropped", "truncated: the file ends inside a packet",
                           "error: block of 4294967295 octets", "not read: wednesday.pcap: no such file",
                           "no captures, skipped: 1 file: monday/notes.txt", "1 connection forgotten"})
    EXPECT_NE(report.find(part), std::string::npos) << part << "\n" << report;
}

TEST(table, aligns_by_what_a_terminal_shows) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("\xc3\xa9"), 1u);
  EXPECT_EQ(display_width("\xe6\x97\xa5\xe6\x9c\xac"), 4u);
  Table table(10);
  table.row({{"\xe6\x97\xa5"}, {"1", Style::Plain, Align::Right}, {"x"}});
  table.row({{"much wider than ten"}, {"22", Style::Plain, Align::Right}, {""}});
  table.row({{"abc"}, {"", Style::Plain, Align::Right}, {"y", Style::Bad}});
  table.line(1, {"below"});
  std::ostringstream out;
  table.write(out, Colour::Off, "- ");
  EXPECT_EQ(out.str(),
            "- \xe6\x97\xa5           1  x\n"
            "- much wider than ten  22\n"
            "- abc             y\n"
            "-             below\n");
}

TEST(table, shortens_between_characters) {
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdefg", 6), "abc...");
  EXPECT_EQ(shortened("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 6), "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e");
  EXPECT_EQ(shortened("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e!", 6), "\xe6\x97\xa5...");
}

}  // namespace
}  // namespace mailseal
