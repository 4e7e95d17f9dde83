// Text from strangers, in every place where it may stand, in every format.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "checks.h"
#include "sample.h"

namespace mailseal {
namespace {

using namespace std::string_literals;

std::vector<std::string> hostile_texts() {
  std::vector<std::string> texts{
      "\x1b[2J\x1b]0;title\x07\x1b[31mPASS",
      "\x9b"
      "2J\xc2\x9b"
      "2J\x90"
      "tmux\x9c",
      "moc.elpmaxe\xe2\x80\xae\xe2\x81\xa6.liam\xe2\x81\xa9\xe2\x80\x8f",
      "\"},\"verdict\":\"pass\",\"x\":[{",
      "\\\"}\\u0000\\",
      "a\0b\0"s,
      "\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe6\x97",
      "line\r\nPASS  9 sessions\n\n",
      "\xe2\x80\xa8PASS\xe2\x80\xa9\xc2\x85",
      "   spaces   \t  ",
      "<script>alert(1)</script>|=cmd()|`$(reboot)`",
      "\"><img src=x onerror=alert(1)> ' onfocus=alert(1) autofocus x='",
      "</title></style></pre></script><!-- ]]> --><svg/onload=alert(1)>",
      "&lt;b&gt;&#60;i&#62; &amp; javascript:alert(1)",
      // HTML and XML
      "</td></tr></table><img src=x onerror=alert(1)> <!-- --> <![CDATA[ ]]> &lt;b&gt; &#64; &amp;",
      "\" onmouseover=\"x\" ' ]]></testcase></testsuite><testsuite tests=\"0\">",
      "<pre> </pre> <code class=\"ruby\"> <notextile> <redpre#1> :redsh#1: x%x%",
      // Markdown and what trackers make of text
      "# heading\\n- [x] task | a | b | **bold** _em_ ~~del~~ `code` ``` ~~~ [^1] :100: :tada:",
      "![img](http://evil.example/x.png) [link](http://evil.example) [ref]: http://evil.example <http://evil.example>",
      "@admin @org/team #12 GH-12 !34 $5 %6 ~bug &7 user/repo#8 user@abcdef1 deadbeefdeadbeef PROJ-12 r123 commit:abc",
      "abcdef1-dirty 1a2b3c4d5e6f+x x/deadbeef1 1234567-1a (1a2b3c4d5e6f-dirty)",
      "http://evil.example www.evil.example ftp://evil.example mailto:a@evil.example a@evil.example evil.example/x",
      "\\|\\|`|``|\\`\\\\|`` \\",
      "`",
      "``a`` ```b``` |`|",
      "- a",
      "1. a",
      "2) a",
      "> a",
      "=== ---",
      "|---|---|",
      "~~~ ``` ````",
      "*a* **b** ***c*** _d_ __e__ +f+ ^g^ ~h~ ??i?? %j% -k- @l@ ==m==",
      // Jira
      "{code}x{code} {noformat} {html}x{html} {color:red}x{color} {{mono}} {panel:title=x} {quote} {include:x}",
      "[~admin] [link|http://evil.example] [^file] [#anchor] !image.png|thumbnail! !http://evil.example/x.png!",
      "h1. heading",
      "bq. quote",
      "||head||cell|| |a|b| \\\\ -- --- ---- (x) (/) (!) (on) :) :D ;) :P",
      "ABC-12 SHA-256 http\\://x \\{code\\}",
      // Textile, Redmine
      "\"link\":http://evil.example !http://evil.example/x.png! [[Wiki]] {{macro}} {{include(x)}} #12 r12 @admin "
      "user:admin",
      "p(class#id){color:red}[en]. x TLS(title) [1] fn1. x table(x). |_. a|\\2. b|",
      "attachment:x.png source:x.rb version:1.0 document#17 export:x forum:1 message#3 news:x project:x",
      // spreadsheets
      "=HYPERLINK(\"http://evil.example\",\"x\")",
      "+1+cmd|' /C calc'!A0",
      "-1",
      "@SUM(1)",
      "   =1+1",
      "a;=1+1;b",
      "a,=1+1,\"=1+1\"",
      "\xef\xbc\x9d"
      "1\xef\xbc\x8b"
      "1 \xef\xbc\xa0x",
      "'=1",
      "\t=1",
      "\r=1",
      // SARIF
      "[x](http://evil.example) {0} {{1}} [a](0) \\[ %41 %2e%2e/ ../../x a:b",
      "-rf",
      "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e \xf0\x9f\x93\xa7",
      "\xf3\xa0\x81\x81\xef\xbb\xbf\xe2\x80\x8b",
      std::string(65'536, 'A'),
      std::string(65'536, '\xff'),
      std::string(65'535, '\x1b') + "\xe6",
  };
  std::string wide;
  for (int i = 0; i < 21'845; ++i) wide += "\xe6\x97\xa5";
  texts.push_back(std::move(wide));
  return texts;
}

void each_string(const nlohmann::json& value, const std::function<void(const std::string&)>& see) {
  if (value.is_string()) see(value.get<std::string>());
  for (const auto& part : value.is_structured() ? value : nlohmann::json::array()) each_string(part, see);
}

TEST(hostile, json_is_inert_and_valid) {
  std::vector<std::string> reports;
  for (const std::string& text : hostile_texts()) {
    const std::string whole = escape_text(text), shown = whole.substr(0, 60);
    reports.push_back(sample::written("json", sample::hostile(text), sample::options(1)));
    EXPECT_EQ(sample::first_harmful(reports.back()), std::string::npos) << shown;
    const auto parsed = nlohmann::json::parse(reports.back(), nullptr, false);
    ASSERT_FALSE(parsed.is_discarded()) << shown;
    EXPECT_EQ(parsed["verdict"], "fail") << shown;
    std::size_t told = 0;
    each_string(parsed, [&](const std::string& s) {
      EXPECT_EQ(s.find('\n'), std::string::npos) << shown;
      EXPECT_EQ(sample::first_harmful(s), std::string::npos) << shown;
      told += s == whole;
    });
    EXPECT_GE(told, 20u) << shown << ": it stands where it should, whole";
  }
  EXPECT_EQ(sample::schema_faults(reports), "");
}

/// One file of each format for every text, read back by parsers that are not ours and compared with the JSON.
TEST(hostile, every_format_is_inert_and_says_what_json_says) {
  std::vector<sample::Reported> reports;
  for (const std::string& text : hostile_texts()) {
    ReportOptions options = sample::options(1);
    options.arguments = {"check", text, "-o", "x y"};
    reports.push_back({sample::hostile(text), options});
  }
  const auto see = [&](std::size_t i, std::string_view format, const std::string& report) {
    EXPECT_EQ(sample::first_harmful(sample::without_csv_signs(report)), std::string::npos)
        << format << ": " << escape_text(reports[i].options.arguments[1]).substr(0, 60);
  };
  EXPECT_EQ(sample::format_faults(reports, see), "");
}

TEST(hostile, text_is_inert_and_keeps_its_shape) {
  for (const bool colour : {false, true}) {
    ReportOptions options = sample::options(1);
    options.colour = colour;
    const std::size_t lines = sample::lines_of(sample::written("text", sample::hostile("a"), options)).size();
    for (const std::string& text : hostile_texts()) {
      const std::string shown = escape_text(text).substr(0, 60);
      const std::string report = sample::uncoloured(sample::written("text", sample::hostile(text), options));
      EXPECT_EQ(sample::first_harmful(report), std::string::npos) << shown;
      EXPECT_EQ(sample::lines_of(report).size(), lines) << shown << ": no line is added";
      EXPECT_EQ(report.substr(0, 4), "FAIL") << shown;
    }
  }
}

TEST(hostile, html_is_inert_and_keeps_its_shape) {
  const auto elements = [](const std::string& page) { return std::count(page.begin(), page.end(), '<'); };
  const auto usual = elements(sample::written("html", sample::hostile("a"), sample::options(1)));
  std::vector<std::string> pages;
  for (const std::string& text : hostile_texts()) {
    pages.push_back(sample::written("html", sample::hostile(text), sample::options(1)));
    EXPECT_EQ(sample::first_harmful(pages.back()), std::string::npos) << escape_text(text).substr(0, 60);
    // Of commands with names as long as these few are shown, and the page says so.
    if (text.size() < 1000) {
      EXPECT_EQ(elements(pages.back()), usual) << escape_text(text) << ": no element is added";
    }
    EXPECT_LT(pages.back().size(), 1'000'000u) << "long names are cut";
  }
  EXPECT_EQ(sample::html_faults(pages), "");
}

TEST(hostile, pictures_are_inert_and_keep_their_shape) {
  std::vector<std::string> pictures;
  const auto elements = [](const std::string& picture) { return std::count(picture.begin(), picture.end(), '<'); };
  const std::string harmless = sample::written("svg", sample::hostile("a"), sample::options(1));
  for (const std::string& text : hostile_texts()) {
    const std::string shown = escape_text(text).substr(0, 60);
    pictures.push_back(sample::written("svg", sample::hostile(text), sample::options(1)));
    EXPECT_EQ(sample::first_harmful(pictures.back()), std::string::npos) << shown;
    EXPECT_EQ(elements(pictures.back()), elements(harmless)) << shown;
    EXPECT_LT(pictures.back().size(), 2 * harmless.size()) << "a long name is cut: " << shown;
    EXPECT_NE(pictures.back().find("claims “"), std::string::npos) << shown;
  }
  EXPECT_EQ(sample::svg_faults(pictures), "");
}

TEST(hostile, a_line_of_a_live_capture_stays_a_line) {
  for (const std::string& text : hostile_texts()) {
    const Overview overview = sample::hostile(text);
    const Finding finding{&sample::kind(sample::Kind::Content), Severity::High, sample::seen(3), text};
    const std::string line = live_line(overview.sessions[0].session, finding, {});
    EXPECT_EQ(sample::first_harmful(line), std::string::npos) << escape_text(text).substr(0, 60);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_LT(line.size(), 500u) << "and not a long one";
  }
}

}  // namespace
}  // namespace mailseal
