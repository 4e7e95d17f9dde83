// What two reports differ in, and how that is called.
#include "diff.h"

#include <gtest/gtest.h>

#include <functional>

#include "checks.h"
#include "sample.h"

namespace mailseal {
namespace {

using sample::Kind;
using sample::v4;

Snapshot snapshot(const Overview& overview, std::string name = "a.json") {
  Snapshot made;
  made.name = std::move(name);
  made.report.overview = overview;
  made.report.options = sample::options(0);
  for (const JudgedSession& s : overview.sessions) made.add(s);
  return made;
}

Difference difference(const Overview& before, const Overview& after) {
  return difference_of(snapshot(before, "before.json"), snapshot(after, "after.json"));
}

/// "Opened server 192.0.2.25:25 state: encrypted > plaintext", in the order told.
std::vector<std::string> told_changes(const Difference& d) {
  std::vector<std::string> lines;
  for (const Change& c : d.changes) {
    std::string line = title_of(c.turn) + " " + word_of(c.subject);
    if (!c.what.empty()) line += " " + c.what;
    if (!c.aspect.empty()) line += " " + c.aspect;
    lines.push_back(line + ": " + c.before + " > " + c.after + (c.detail.empty() ? "" : " (" + c.detail + ")"));
  }
  return lines;
}

sample::Draft one(State state, Verdict verdict = Verdict::Pass) {
  sample::Draft o;
  o.verdict = verdict;
  sample::add(o, v4(7, 50'000), v4(25, 25), state, 1);
  o.servers[0].observed_level = "offered";
  return o;
}

std::string in_format(std::string_view name, const Difference& d) {
  std::ostringstream out;
  ReportOptions options;
  options.exit_code = d.answer == Answer::Worse ? 1 : 0;
  find_difference_format(name)->write(out, d, options);
  return out.str();
}

TEST(diff, the_same_is_the_same) {
  for (const sample::Draft& o : {sample::Draft{}, sample::mixed_bag(), sample::sealed(), sample::unseen()}) {
    const Difference d = difference(o, o);
    EXPECT_EQ(d.answer, Answer::Same);
    EXPECT_TRUE(told_changes(d).empty());
    EXPECT_TRUE(d.recounts.empty());
    EXPECT_EQ(in_format("text", d).substr(0, 6), "SAME  ");
  }
}

TEST(diff, sessions_times_and_ports_of_clients_make_no_difference) {
  sample::Draft before, after;
  sample::add(before, v4(7, 50'000), v4(25, 25), State::Encrypted, 1);
  for (int i = 0; i < 3; ++i)
    sample::add(after, v4(7, static_cast<std::uint16_t>(40'000 + i)), v4(25, 25), State::Encrypted, 100);
  EXPECT_EQ(difference(before, after).answer, Answer::Same);
}

TEST(diff, every_turn_of_a_state_has_its_name) {
  // By what it was (rows) and is: Encrypted, Plaintext, Mixed, Failed, NoMail, Inconclusive. "-": no change.
  constexpr const char* kTurn[kStates][kStates] = {
      {"-", "Opened", "Opened", "Worse", "Changed", "Worse"},      // encrypted
      {"Closed", "-", "Better", "Better", "Changed", "Changed"},   // plaintext
      {"Closed", "Worse", "-", "Better", "Changed", "Changed"},    // mixed
      {"Better", "Opened", "Opened", "-", "Changed", "Changed"},   // failed
      {"Changed", "Opened", "Opened", "Changed", "-", "Changed"},  // no-mail
      {"Better", "Opened", "Opened", "Changed", "Changed", "-"},   // inconclusive
  };
  for (std::size_t b = 0; b < kStates; ++b)
    for (std::size_t a = 0; a < kStates; ++a) {
      const auto then = static_cast<State>(b), now = static_cast<State>(a);
      const Difference d = difference(one(then), one(now));
      const std::string wanted = kTurn[b][a];
      const std::string what = std::string(to_string(then)) + " > " + std::string(to_string(now));
      if (wanted == "-") {
        EXPECT_TRUE(d.changes.empty()) << what;
        continue;
      }
      ASSERT_EQ(d.changes.size(), 2u) << what << ": the server and its hop";
      for (const Change& c : d.changes) EXPECT_EQ(title_of(c.turn), wanted) << what;
      const bool worse = wanted == "Opened" || wanted == "Worse", better = wanted == "Closed" || wanted == "Better";
      EXPECT_EQ(d.answer, worse ? Answer::Worse : better ? Answer::Better : Answer::Changed) << what;
    }
}

TEST(diff, every_turn_of_the_verdict_has_its_name) {
  constexpr const char* kTurn[3][3] = {{"-", "Worse", "Worse"},     // pass
                                       {"Better", "-", "Changed"},  // fail
                                       {"Better", "Worse", "-"}};   // inconclusive
  for (std::size_t b = 0; b < 3; ++b)
    for (std::size_t a = 0; a < 3; ++a) {
      const Difference d =
          difference(one(State::Encrypted, static_cast<Verdict>(b)), one(State::Encrypted, static_cast<Verdict>(a)));
      EXPECT_EQ(d.changes.empty() ? "-" : title_of(d.changes[0].turn), kTurn[b][a]) << b << " > " << a;
    }
}

TEST(diff, every_turn_of_an_observed_level_has_its_name) {
  const struct {
    const char *before, *after, *turn;
  } cases[] = {{"none", "preferred", "Better"},     {"preferred", "none", "Worse"},
               {"preferred", "required", "Better"}, {"required", "preferred", "Worse"},
               {"required", "verified", "Better"},  {"verified", "required", "Worse"},
               {"required", "implicit", "Changed"}, {"offered", "required", "Changed"},
               {"offered", "unknown", "Changed"},   {"unknown", "none", "Changed"}};
  for (const auto& c : cases) {
    sample::Draft before = one(State::Encrypted), after = before;
    before.servers[0].observed_level = c.before;
    after.servers[0].observed_level = c.after;
    EXPECT_EQ(told_changes(difference(before, after)),
              std::vector<std::string>{std::string(c.turn) + " server 192.0.2.25:25 observed level: " + c.before +
                                       " > " + c.after});
  }
}

TEST(diff, what_only_one_of_them_has_is_no_gain) {
  const sample::Draft none;
  struct Case {
    State state;
    const char *added, *gone;
  };
  for (const Case& c :
       {Case{State::Plaintext, "Opened", "whether it was closed is not known"},
        Case{State::Mixed, "Opened", "whether it was closed is not known"},
        Case{State::Encrypted, "First seen", "1/1 encrypted"}, Case{State::Failed, "First seen", "0/1 encrypted"},
        Case{State::NoMail, "First seen", "nothing to encrypt"}}) {
    sample::Draft with = one(c.state, none.verdict);
    const std::string state(to_string(c.state));
    const Difference added = difference(none, with), gone = difference(with, none);
    ASSERT_EQ(added.changes.size(), 2u);
    EXPECT_EQ(told_changes(added)[0].find(std::string(c.added) + " server 192.0.2.25:25 state:  > " + state), 0u)
        << told_changes(added)[0];
    EXPECT_EQ(told_changes(gone)[1],
              "No longer seen hop 192.0.2.7 > 192.0.2.25:25 state: " + state + " >  (" + c.gone + ")");
    EXPECT_EQ(gone.answer, Answer::Changed);
    EXPECT_EQ(added.answer, std::string(c.added) == "Opened" ? Answer::Worse : Answer::Changed);
  }
}

/// The verdict of the first report was FAIL or could not be given, that of the second is PASS.
TEST(diff, a_pass_is_a_gain_only_where_what_stood_against_it_was_judged_again) {
  const auto add = [](sample::Draft& o, std::uint8_t client, std::uint8_t server, State state) {
    sample::add(o, v4(client), v4(server, 25), state, 1);
  };
  struct Case {
    const char* what;
    State before;
    std::uint8_t client, server;  // 7 > 25 stood against it; this is what was seen later
    State after;
    Answer answer;
  };
  for (const Case& c : {Case{"closed", State::Plaintext, 7, 25, State::Encrypted, Answer::Better},
                        Case{"shown", State::Inconclusive, 7, 25, State::Encrypted, Answer::Better},
                        Case{"not captured", State::Plaintext, 9, 30, State::Encrypted, Answer::Changed},
                        Case{"not captured", State::Mixed, 9, 30, State::Encrypted, Answer::Changed},
                        Case{"not captured", State::Inconclusive, 9, 30, State::Encrypted, Answer::Changed},
                        Case{"no mail any more", State::Plaintext, 7, 25, State::NoMail, Answer::Changed},
                        Case{"only another client", State::Plaintext, 9, 25, State::Encrypted, Answer::Changed}}) {
    sample::Draft before, after;
    before.verdict = c.before == State::Inconclusive ? Verdict::Inconclusive : Verdict::Fail;
    after.verdict = Verdict::Pass;
    add(before, 7, 25, c.before);
    for (sample::Draft* o : {&before, &after}) add(*o, 1, 40, State::Encrypted);
    add(after, c.client, c.server, c.after);
    if (c.before != State::Inconclusive) sample::find(before, &before.sessions[0], Kind::Content, sample::seen(5));
    const Difference d = difference(before, after);
    EXPECT_EQ(answer_word(d.answer), answer_word(c.answer)) << c.what << '\n' << in_format("text", d);
    EXPECT_EQ(in_format("html", d).find("<code></code>"), std::string::npos);
  }
}

TEST(diff, a_finding_that_failed_and_whose_server_is_gone_is_no_gain) {
  sample::Draft before = one(State::Encrypted, Verdict::Fail), after;
  sample::find(before, &before.sessions[0], Kind::OfferedNotUsed, sample::seen(5));  // high
  after.verdict = Verdict::Pass;
  sample::add(after, v4(9), v4(30, 25), State::Encrypted, 1);
  EXPECT_EQ(difference(before, after).answer, Answer::Changed);
  before.run.scope = Scope{{}, false, Severity::Critical};  // then something else had failed it
  EXPECT_EQ(difference(before, after).answer, Answer::Better);
}

TEST(diff, worse_is_never_hidden_by_better) {
  sample::Draft before, after;
  for (std::uint8_t server = 20; server < 30; ++server) {
    sample::add(before, v4(7), v4(server, 25), server == 20 ? State::Encrypted : State::Plaintext, server);
    sample::add(after, v4(7), v4(server, 25), server == 20 ? State::Plaintext : State::Encrypted, server);
  }
  const Difference d = difference(before, after);
  EXPECT_EQ(d.answer, Answer::Worse);
  EXPECT_EQ(d.changes[0].what, "192.0.2.20:25");
  EXPECT_EQ(in_format("text", d).rfind("WORSE  2 opened, 0 worse, 18 closed,", 0), 0u) << in_format("text", d);
}

TEST(diff, findings_are_told_with_the_servers_where_they_are_new_or_gone) {
  sample::Draft before, after;
  for (sample::Draft* o : {&before, &after})
    for (std::uint8_t server = 20; server < 27; ++server)
      sample::add(*o, v4(7), v4(server, 25), State::Encrypted, server);
  for (std::size_t i = 0; i < 7; ++i) {
    sample::find(before, &before.sessions[i], Kind::HandshakeCompleted, sample::seen(3));
    if (i != 2) sample::find(after, &after.sessions[i], Kind::HandshakeCompleted, sample::seen(3));
    if (i > 0) sample::find(after, &after.sessions[i], Kind::HandshakeFailed, sample::seen(3));
  }
  sample::find(before, &before.sessions[0], Kind::OfferedNotUsed, sample::seen(5));
  sample::find(before, nullptr, Kind::Drops, sample::seen(0));
  sample::find(after, nullptr, Kind::Truncated, sample::seen(0));
  const std::vector<std::string> wanted{
      "Worse finding tls-handshake-failed low: 0 > 6 (new at 192.0.2.21:25, 192.0.2.22:25, 192.0.2.23:25, "
      "192.0.2.24:25 and 2 more)",
      "Better finding starttls-offered-not-used high: 1 > 0 (gone at 192.0.2.20:25)",
      "Changed finding tls-handshake-completed positive: 7 > 6 (gone at 192.0.2.22:25)",
      "Changed finding capture-truncated-file medium: 0 > 1 (of the capture)",
      "Changed finding capture-drops-reported medium: 1 > 0 (of the capture)"};
  EXPECT_EQ(told_changes(difference(before, after)), wanted);
}

TEST(diff, a_finding_that_is_gone_is_a_gain_only_where_the_server_was_judged_again) {
  for (const State now : {State::Encrypted, State::Failed, State::NoMail, State::Inconclusive}) {
    sample::Draft before = one(State::Encrypted), after = one(now);
    sample::find(before, &before.sessions[0], Kind::OfferedNotUsed, sample::seen(5));
    const Difference d = difference(before, after);
    const bool judged = now == State::Encrypted || now == State::Failed;
    EXPECT_EQ(d.changes.back().what, "starttls-offered-not-used");
    EXPECT_EQ(d.changes.back().turn, judged ? Turn::Better : Turn::Changed) << to_string(now);
  }
}

TEST(diff, other_numbers_of_the_same_are_shown_and_not_judged) {
  sample::Draft before = one(State::Plaintext), after = before;
  sample::find(before, &before.sessions[0], Kind::Content, sample::seen(5));
  for (int i = 0; i < 9; ++i) sample::find(after, &after.sessions[0], Kind::Content, sample::seen(5));
  const Difference d = difference(before, after);
  EXPECT_EQ(d.answer, Answer::Same);
  ASSERT_EQ(d.recounts.size(), 1u);
  EXPECT_EQ(d.recounts[0].before, 1u);
  EXPECT_EQ(d.recounts[0].after, 9u);
  for (const char* format : {"text", "markdown", "html"})
    EXPECT_NE(in_format(format, d).find("plaintext-message-content"), std::string::npos) << format;
}

sample::Draft with_tls(std::uint16_t version, std::uint16_t suite, const std::string& certificate) {
  sample::Draft o = one(State::Encrypted);
  TlsFacts& tls = o.sessions[0].session.tls.emplace();
  tls.server_hello = sample::seen(9);
  tls.version = version;
  tls.cipher_suite = suite;
  if (certificate.empty()) return o;
  auto c = std::make_shared<Certificate>();
  c->parsed = true;
  c->subject = "CN=" + certificate;
  c->sha256 = std::string(63, 'a') + certificate[0];
  c->not_after = Timestamp{std::chrono::seconds{1'798'761'600}};
  tls.chain = {c};
  return o;
}

TEST(diff, versions_suites_and_certificates_are_compared_as_sets) {
  const Difference d = difference(with_tls(0x0303, 0xc030, "old"), with_tls(0x0304, 0x1302, "new"));
  const std::vector<std::string> wanted{
      "Changed server 192.0.2.25:25 TLS versions: TLSv1.2 > TLSv1.3",
      "Changed server 192.0.2.25:25 cipher suites: TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 > TLS_AES_256_GCM_SHA384",
      "Changed server 192.0.2.25:25 certificates: CN=old, sha256 aaaaaaaaaaaa, until 2027-01-01 > CN=new, sha256 "
      "aaaaaaaaaaaa, until 2027-01-01"};
  EXPECT_EQ(told_changes(d), wanted);
  EXPECT_NE(in_format("text", d).find("gone: TLSv1.2; new: TLSv1.3"), std::string::npos);
}

TEST(diff, a_certificate_that_was_hidden_is_not_gone) {
  EXPECT_EQ(difference(with_tls(0x0303, 0xc030, "old"), with_tls(0x0303, 0xc030, "")).answer, Answer::Same);
  EXPECT_EQ(difference(with_tls(0x0303, 0xc030, ""), with_tls(0x0303, 0xc030, "new")).answer, Answer::Same);
}

TEST(diff, why_they_may_not_be_comparable_is_told) {
  sample::Draft early = one(State::Encrypted), late = early;
  sample::add_input(early.run, "early.pcap");
  sample::add_input(late.run, "late.pcap");
  late.run.inputs[0].sha256 = std::string(64, 'f');
  late.run.inputs[0].first = *late.run.inputs[0].first + std::chrono::hours(1);
  late.run.failed_inputs = {"x", "y"};
  Snapshot b = snapshot(late, "b.json"), a = snapshot(early, "a.json");
  b.report.options.version = "0.0.7";
  b.report.options.arguments = {"check", "--fail-on", "none", "x.pcap", "--port=10025=smtp"};
  a.report.options.version = "0.0.8";
  a.report.left_out = {"left out: x"};
  const std::vector<std::string> wanted{
      "a.json is of an earlier time than b.json: are they given in the right order?",
      "b.json was judged by mailseal 0.0.7, a.json by 0.0.8: their rules may differ.",
      "They were judged with other options: \"--fail-on=none --port=10025=smtp\" and \"\".",
      "b.json: 2 captures could not be read.", "a.json: left out: x"};
  const Difference d = difference_of(b, a);
  EXPECT_EQ(d.cautions, wanted);
  for (const char* format : {"text", "markdown", "html"})
    EXPECT_NE(in_format(format, d).find("0.0.7, a.json by 0.0.8"), std::string::npos) << format;
  EXPECT_EQ(difference_of(a, a).cautions[0], "Both are of the same captures.");
}

TEST(diff, text_from_strangers_is_inert_in_every_format) {
  const std::string bad[] = {"\x1b[2J\x1b]0;x\x07",
                             "<script>alert(1)</script>\"'&amp;",
                             "`` ` ```](javascript:x) @user #12 |",
                             "\xff\xfe\xe2\x80\xae",
                             "a\r\n\r\n## PASS\n",
                             "`",
                             " ",
                             std::string(65'536, '`'),
                             std::string(65'536, '\x1b'),
                             "--><style>*{display:none}</style>",
                             "{} {0} {x}"};
  const auto made = [](const std::string& text) {
    sample::Draft before = with_tls(0x0303, 0xc030, "x"), after = with_tls(0x0303, 0xc030, "y");
    auto c = std::make_shared<Certificate>(*after.sessions[0].session.tls->chain[0]);
    c->subject = text;
    after.sessions[0].session.tls->chain = {c};
    Snapshot b = snapshot(before, "b.json"), a = snapshot(after, escape_text(text));
    a.report.options.arguments = {"--port", escape_text(text)};
    a.report.options.version = "9";
    return difference_of(b, a);
  };
  for (const char* format : {"text", "markdown", "html"}) {
    const std::string plain = in_format(format, made("plain"));
    for (const std::string& text : bad) {
      const std::string shown = escape_text(text).substr(0, 40);
      const std::string report = in_format(format, made(text));
      EXPECT_EQ(sample::first_harmful(report), std::string::npos) << format << " " << shown;
      EXPECT_EQ(sample::lines_of(report).size(), sample::lines_of(plain).size()) << format << " " << shown;
      EXPECT_LT(report.size(), plain.size() + 20'000) << format << " " << shown;
      EXPECT_EQ(report.find("\n## PASS"), std::string::npos);
    }
  }
  const auto tags = [](const std::string& html) { return std::count(html.begin(), html.end(), '<'); };
  EXPECT_EQ(tags(in_format("html", made(bad[1]))), tags(in_format("html", made("plain"))));
  EXPECT_EQ(tags(in_format("html", made(bad[9]))), tags(in_format("html", made("plain"))));
}

TEST(diff, markdown_from_strangers_stands_in_code_that_it_cannot_leave) {
  for (const std::string text : {"@user", "`@user`", "```x", "a``b` c", "`"}) {
    Snapshot b = snapshot(sample::Draft{}, text);
    const std::string line = sample::lines_of(in_format("markdown", difference_of(b, b)))[2];
    const std::size_t begin = line.find('`');
    ASSERT_NE(begin, line.npos) << line;
    const std::size_t size = line.find_first_not_of('`', begin) - begin;
    const std::string ticks(size, '`');
    std::size_t end = begin + size;  // CommonMark 6.1: the next run of exactly as many
    for (;;) {
      end = line.find('`', end);
      ASSERT_NE(end, line.npos) << line;
      const std::size_t run = std::min(line.find_first_not_of('`', end), line.size()) - end;
      if (run == size) break;
      end += run;
    }
    EXPECT_NE(line.substr(begin, end - begin).find(text), std::string::npos) << line;
    EXPECT_EQ(line.substr(end + size, 4), ", **") << line;
  }
}

TEST(diff, the_worst_is_shown_and_the_rest_counted) {
  const sample::Draft none;
  sample::Draft many;
  for (int i = 0; i < 3000; ++i)
    sample::add(many, v4(static_cast<std::uint8_t>(i % 250)),
                v4(static_cast<std::uint8_t>(i % 240), static_cast<std::uint16_t>(i + 1)), State::Plaintext, 1);
  const Difference d = difference(none, many);
  EXPECT_EQ(d.numbers[0], 6000u);
  for (const auto& [format, more, lines] : {std::tuple("text", "and 5950 more", 80u),
                                            {"markdown", "and 5950 more", 80u},
                                            {"html", "and 5000 more", 1200u}}) {
    const std::string report = in_format(format, d);
    EXPECT_NE(report.find(more), std::string::npos) << format;
    EXPECT_LT(sample::lines_of(report).size(), lines) << format;
  }
}

TEST(diff, the_page_is_self_contained) {
  const std::string html = in_format("html", difference(sample::sealed(), sample::mixed_bag()));
  EXPECT_NE(html.find("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                      "'unsafe-inline'\">"),
            std::string::npos);
  for (const char* outside : {"<script", "src=", "href=", "@import", "url(", "http:", "https:", "onload"})
    EXPECT_EQ(html.find(outside), std::string::npos) << outside;
  EXPECT_NE(html.find("<p class=\"word\">WORSE</p>"), std::string::npos);
}

TEST(diff, a_file_that_cannot_be_read_is_told) {
  const auto d = compare_reports("/nonexistent/a.json", "/nonexistent/b.json");
  ASSERT_FALSE(d);
  EXPECT_NE(d.error().message.find("/nonexistent/a.json: No such file"), std::string::npos) << d.error().message;
}

}  // namespace
}  // namespace mailseal
