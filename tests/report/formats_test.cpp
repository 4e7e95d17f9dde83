// What each format makes of single cells, words and sizes.
#include <gtest/gtest.h>

#include "checks.h"
#include "evidence.h"
#include "inventory.h"
#include "room.h"
#include "sample.h"
#include "shell.h"

namespace mailseal {
namespace {

struct Case {
  std::string_view in, out;
};

/// An overview whose only finding's note is `note`.
sample::Draft noting(std::string_view note) {
  sample::Draft o;
  sample::add_input(o.run, "a.pcap");
  JudgedSession& s = sample::add(o, sample::v4(1, 40'000), sample::v4(2, 25), State::Plaintext, 5);
  sample::find(o, &s, sample::Kind::Content, sample::seen(14), std::string(note));
  return o;
}

/// The line that holds `part`, without what stands before it and with `end` cut off.
std::string behind(const std::string& report, std::string_view part, std::string_view end) {
  for (const std::string& line : sample::lines_of(report))
    if (const std::size_t at = line.find(part); at != std::string::npos)
      return line.substr(at + part.size(), line.size() - at - part.size() - end.size());
  return "no line with " + std::string(part);
}

TEST(csv, cells) {
  for (const Case c : {Case{"plain", "plain"},
                       {"two words", "two words"},
                       {"a,b", "\"a,b\""},
                       {"say \"x\"", "\"say \"\"x\"\"\""},
                       {"=1+1", "'=1+1"},
                       {"+1", "'+1"},
                       {"-1", "'-1"},
                       {"@x", "'@x"},
                       {"  =1", "  '=1"},
                       {"\t=1", "\\x09=1"},
                       {"a=1", "a=1"},
                       {"a-b", "a-b"},
                       {"a;=1", "\"a;'=1\""},
                       {"a, =1", "\"a, '=1\""},
                       {"a|@b", "\"a|'@b\""},
                       {"\"=1", "\"\"\"'=1\""},
                       {"\uff1d1", "'\uff1d1"},
                       {"a\r\nb", "a\\x0d\\x0ab"}}) {
    const std::string report = sample::written("csv", noting(c.in), sample::options(1));
    EXPECT_EQ(behind(report, ",smtp,plaintext,", ",,standard\r"), c.out) << c.in;
  }
  EXPECT_LT(sample::written("csv", noting(std::string(65'536, 'a')), sample::options(1)).size(), 33'000u);
}

TEST(markdown, words) {
  for (const Case c : {Case{"812 octets of 1 message, 50% (rest)", "812 octets of 1 message, 50% (rest)"},
                       {"1.5 no-mail and/or x", "1.5 no-mail and/or x"},
                       {"@user", "`@user`"},
                       {"(see #12)", "(see `#12`)"},
                       {"#12, GH-12; r12: x", "`#12`, `GH-12`; `r12`: x"},
                       {"www.evil.example", "`www.evil.example`"},
                       {"http://evil.example/", "`http://evil.example/`"},
                       {"user:admin", "`user:admin`"},
                       {"deadbeef", "`deadbeef`"},
                       {"*a* _b_ [c](d) <e>", "`*a*` `_b_` `[c](d)` `<e>`"},
                       {"`", "`` ` ``"},
                       {"a``b", "```a``b```"},
                       {"a|b", "`a`\\|`b`"},
                       {"a\\|b", "`a\\`\\|`b`"},
                       {"|", "\\|"},
                       {"\u65e5\u672c@x\u8a9e", "\u65e5\u672c`@x`\u8a9e"}}) {
    const std::string report = sample::written("markdown", noting(c.in), sample::options(1));
    EXPECT_EQ(behind(report, "| client, octet 140 | ", " |"), c.out) << c.in;
  }
}

TEST(jira, words) {
  for (const Case c : {Case{"812 octets", "812 octets"},
                       {"{code}", "\\{code\\}"},
                       {"[~admin]", "\\[\\~admin\\]"},
                       {"!a.png!", "\\!a.png\\!"},
                       {"a|b", "a&#124;b"},
                       {"a\\b", "a\\b"},
                       {"a\\\\b", "a&#92;\\b"},
                       {"a\\", "a&#92;"},
                       {"http://x", "http&#58;//x"},
                       {":D :)", "&#58;D :\\)"},
                       {"ABC-12 no-mail --", "ABC\\-12 no-mail \\-\\-"},
                       {"&#124; a&b a & b", "&amp;\\#124; a&amp;b a & b"},
                       {"h1. x", "h1&#46; x"},
                       {"bq. x", "bq&#46; x"}}) {
    const std::string report = sample::written("jira", noting(c.in), sample::options(1));
    EXPECT_EQ(behind(report, "| client, octet 140 | ", " |"), c.out) << c.in;
  }
}

TEST(textile, words) {
  for (const Case c : {Case{"812 octets, no-mail: a.b.", "812 octets, no-mail: a.b."},
                       {"@user", "&#64;user"},
                       {"#12 r12 bar12", "&#35;12 r&#49;2 bar12"},
                       {"!a!", "&#33;a&#33;"},
                       {"\"a\":http://x", "&#34;a&#34;&#58;http&#58;&#47;&#47;x"},
                       {"www.x", "www&#46;x"},
                       {"a|b", "a&#124;b"},
                       {"<pre>", "&#60;pre&#62;"},
                       {"&#64;", "&#38;&#35;64;"},
                       {"h1. x", "h1&#46; x"},
                       {"...", ".&#46;&#46;"},
                       {"-a- - b", "&#45;a&#45; &#45; b"}}) {
    const std::string report = sample::written("textile", noting(c.in), sample::options(1));
    EXPECT_EQ(behind(report, "| client, octet 140 | ", " |"), c.out) << c.in;
  }
}

TEST(shell, words) {
  for (const Case c : {Case{"a.pcap", "a.pcap"},
                       {"", "''"},
                       {"a b", "'a b'"},
                       {"\u65e5\u672c.pcap", "\u65e5\u672c.pcap"},
                       {"it's", "$'it\\x27s'"},
                       {"`x`", "$'\\x60x\\x60'"},
                       {"{noformat}", "$'\\x7bnoformat\\x7d'"},
                       {"</pre>", "$'\\x3c/pre\\x3e'"},
                       {"$(x);|&", "$'\\x24\\x28x\\x29\\x3b\\x7c\\x26'"},
                       {"a\nb", "$'a\\x0ab'"},  // as the shell must find it
                       {"\x01\\x02", "$'\\x01\\x5cx02'"},
                       {"\xff\u65e5", "$'\\xff\u65e5'"},
                       {"\u202ea", "$'\\xe2\\x80\\xaea'"}})
    EXPECT_EQ(shell_word(c.in), c.out) << c.in;
  EXPECT_EQ(tshark_line("-", 14), "tshark -r ./- -Y frame.number==14 -V");
}

TEST(sarif, addresses_are_percent_encoded) {
  for (const Case c : {Case{"a.pcap", "a.pcap"},
                       {"/tmp/a b.pcap", "file:///tmp/a%20b.pcap"},
                       {"../x~1/a%20.pcap", "../x~1/a%2520.pcap"},
                       {"c:a?b#c", "c%3Aa%3Fb%23c"},
                       {"\u65e5", "%E6%97%A5"},
                       {"-", "-"}}) {
    sample::Draft o = noting("");
    o.run.inputs[0].path = c.in;
    const std::string report = sample::written("sarif", o, sample::options(1));
    EXPECT_NE(report.find("\"uri\":\"" + std::string(c.out) + "\""), std::string::npos) << c.in;
  }
}

TEST(junit, a_session_that_was_not_judged_is_no_pass) {
  for (const auto& [state, outcome] :
       {std::pair{State::Encrypted, "/>"}, std::pair{State::Plaintext, "<failure type=\"plaintext\""},
        std::pair{State::Mixed, "<failure type=\"mixed\""}, std::pair{State::Failed, "<failure type=\"failed\""},
        std::pair{State::NoMail, "<skipped message=\"no mail: "},
        std::pair{State::Inconclusive, "<skipped message=\"unknown\""}}) {
    sample::Draft o;
    sample::add_input(o.run, "a.pcap");
    sample::add(o, sample::v4(1, 40'000), sample::v4(2, 25), state, 5);
    const std::string report = sample::written("junit", o, sample::options(1));
    EXPECT_NE(behind(report, "session 1: from 192.0.2.1:40000", "").find(outcome), std::string::npos) << report;
  }
}

TEST(room, leaves_out_whole_findings_then_parts_then_severe_findings) {
  // 10 octets for the answer, 10 for each of 9 findings (3 severe), 10 for each part, 10 for the note at the end.
  const auto render = [](const Room& room) {
    const bool cut = room.findings < 9 || room.parts < kParts;
    return std::string(10 + 10 * room.findings + 10 * room.parts + (cut ? 10 : 0), 'x');
  };
  struct Fit {
    std::size_t max, made;
  };
  for (const Fit f :
       {Fit{0, 210}, {210, 210}, {209, 200}, {150, 150}, {149, 140}, {120, 120}, {55, 50}, {20, 20}, {5, 20}})
    EXPECT_EQ(fitted(f.max, 9, 3, render).size(), f.made) << f.max;
  std::vector<Room> last;
  fitted(95, 9, 3, [&](const Room& room) {
    last = {room};
    return render(room);
  });
  EXPECT_EQ(last[0].findings, 3u) << "parts make room for severe findings";
  EXPECT_EQ(last[0].parts, 4u);
}

TEST(ticket, a_command_is_never_shortened) {
  sample::Draft o = noting("x");
  o.run.inputs[0].path = std::string(3000, 'd') + "/a\nb.pcap";
  ReportOptions how = sample::options(1);
  how.arguments = {"check", o.run.inputs[0].path};
  for (const std::string_view format : {"markdown", "jira", "textile", "html"}) {
    std::string report = sample::written(format, o, how);
    for (std::size_t at = 0; (at = report.find("&#39;", at)) != report.npos;) report.replace(at, 5, "'");
    const std::string file = "$'" + std::string(3000, 'd') + "/a\\x0ab.pcap'";
    EXPECT_NE(report.find("tshark -r " + file + " -Y frame.number=="), std::string::npos) << format;
    EXPECT_NE(report.find("mailseal check " + file), std::string::npos) << format;
  }
  how.arguments = {"check", std::string(9000, 'x')};
  const std::string report = sample::written("markdown", o, how);
  EXPECT_EQ(report.find("mailseal check"), std::string::npos);
  EXPECT_NE(report.find("The command line is too long for this place"), std::string::npos);
}

TEST(room, every_ticket_keeps_to_its_size_and_ends_with_what_is_left_out) {
  std::string hostile(65'536, '|');
  for (const sample::Draft& o :
       {sample::mixed_bag(), sample::unseen(), sample::large(2000, 90), sample::hostile(hostile)})
    for (const std::string_view format : {"text", "markdown", "jira", "textile"}) {
      const std::string whole = sample::written(format, o, sample::options(1));
      EXPECT_EQ(whole.find("see the attachment"), std::string::npos);
      for (const std::size_t max : {2000u, 2500u, 4000u, 8000u, 16'000u, 32'767u, 65'536u}) {
        ReportOptions how = sample::options(1);
        how.max_bytes = max;
        const std::string report = sample::written(format, o, how);
        EXPECT_LE(report.size(), max) << format;
        if (whole.size() <= max) {
          EXPECT_EQ(report, whole);
          continue;
        }
        const auto lines = sample::lines_of(report);
        EXPECT_TRUE(std::any_of(lines.rbegin(), lines.rbegin() + 2,
                                [](const std::string& l) { return l.find("see the attachment") != std::string::npos; }))
            << format << " " << max << "\n"
            << report;
        EXPECT_NE(report.find(o.verdict == Verdict::Fail ? "FAIL" : "INCONCLUSIVE"), std::string::npos);
      }
    }
}

/// The figures and bounds that end it are always there, whatever the names before them.
TEST(room, the_sentence_of_the_verdict_keeps_its_figures) {
  const std::string figures =
      "0 were inside TLS, 7 failed before any mail was sent. 9 carried no mail. 15 could not be judged.";
  for (const std::size_t length : {10u, 300u, 1500u, 4000u, 40'000u})
    for (const bool fail : {true, false}) {
      sample::Draft o = noting("x");
      const std::string path = std::string(length, 'p') + ".pcap";
      o.run.inputs[0].path = path;
      const std::string seen =
          "28 judged mail flows seen at this capture point between 2026-11-21T21:55:43Z and 2026-11-21T22:55:43Z";
      o.verdict = fail ? Verdict::Fail : Verdict::Inconclusive;
      o.run.failed_inputs = {path + "2: no such file"};
      o.sentence = fail ? "14 of " + seen +
                              " carried mail or credentials readable by anyone on the path. First: " + path +
                              " frame 9. " + figures
                        : "This capture does not show whether mail was encrypted: not read: " + path +
                              "2: no such file; " + path +
                              ": the file ends inside a packet; and 3 more. It is neither a "
                              "pass nor a fail. Of " +
                              seen + ", " + figures;
      for (const std::string_view format : {"text", "markdown", "html"})
        for (const std::size_t max : {2000u, 8000u, 0u}) {
          ReportOptions how = sample::options(1);
          how.max_bytes = max;
          const std::string report = sample::written(format, o, how);
          EXPECT_NE(report.find(figures), std::string::npos) << format << " " << length << " " << max;
          EXPECT_NE(report.find("28 judged mail flows seen at this capture point between "), std::string::npos)
              << format << " " << length << " " << max;
          EXPECT_TRUE(max == 0 || format == "html" || report.size() <= max) << format;
        }
    }
}

/// The figure of one capture must not be read as that of all.
TEST(evidence, equal_notes_of_several_captures_are_of_each) {
  sample::Draft o;
  for (std::uint32_t i = 0; i < 3; ++i) {
    sample::add_input(o.run, std::string(1, static_cast<char>('a' + i)) + ".pcap");
    sample::find(o, nullptr, sample::Kind::Superframes, sample::seen(0, Side::Client, i),
                 "1 session with readable mail");
  }
  const Overview overview = o;
  const Evidence evidence(&overview);
  const EvidenceRow row = evidence.rows(overview.findings[0], Evidence::Of::All).all;
  EXPECT_EQ(row.where, "the captures");
  EXPECT_EQ(note_of(row), "each: 1 session with readable mail");
  for (const std::string_view format : {"text", "markdown", "jira", "textile"})
    EXPECT_NE(sample::written(format, o, sample::options(1)).find("each: 1 session with readable mail"),
              std::string::npos)
        << format;
  EXPECT_EQ(note_of({"", 1, {}, "1 session", true}), "1 session");
  EXPECT_EQ(note_of({"", 2, {}, "TLSv1.2", true}), "TLSv1.2");
  EXPECT_EQ(note_of({"", 2, {}, "1 session", false}), "first: 1 session");
}

}  // namespace
}  // namespace mailseal
