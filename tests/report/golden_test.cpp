// Whole reports, word for word. To remake the files after a wanted change:
//   scripts/golden
// and look at the difference before it is committed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "checks.h"
#include "sample.h"

namespace mailseal {
namespace {

struct Case {
  std::string_view file, format;
  sample::Draft (*overview)();
  int exit_code;
  bool colour = false;
};

const Case kCases[] = {
    {"mixed_bag.txt", "text", sample::mixed_bag, 1},
    {"mixed_bag.colour.txt", "text", sample::mixed_bag, 1, true},
    {"mixed_bag.json", "json", sample::mixed_bag, 1},
    {"sealed.txt", "text", sample::sealed, 0},
    {"sealed.json", "json", sample::sealed, 0},
    {"unseen.txt", "text", sample::unseen, 3},
    {"unseen.json", "json", sample::unseen, 3},
    {"mixed_bag.svg", "svg", sample::mixed_bag, 1},
    {"unseen.svg", "svg", sample::unseen, 3},
    {"empty.txt", "text", [] { return sample::Draft{}; }, 3},
    {"empty.json", "json", [] { return sample::Draft{}; }, 3},
    {"mixed_bag.html", "html", sample::mixed_bag, 1},
    {"sealed.html", "html", sample::sealed, 0},
    {"unseen.html", "html", sample::unseen, 3},
    {"empty.html", "html", [] { return sample::Draft{}; }, 3},
    {"mixed_bag.md", "markdown", sample::mixed_bag, 1},
    {"mixed_bag.jira", "jira", sample::mixed_bag, 1},
    {"mixed_bag.textile", "textile", sample::mixed_bag, 1},
    {"mixed_bag.findings.csv", "csv-findings", sample::mixed_bag, 1},
    {"mixed_bag.sessions.csv", "csv-sessions", sample::mixed_bag, 1},
    {"mixed_bag.servers.csv", "csv-servers", sample::mixed_bag, 1},
    {"mixed_bag.sarif", "sarif", sample::mixed_bag, 1},
    {"mixed_bag.xml", "junit", sample::mixed_bag, 1},
    {"unseen.md", "markdown", sample::unseen, 3},
    {"unseen.sarif", "sarif", sample::unseen, 3},
    {"unseen.xml", "junit", sample::unseen, 3},
    {"large.txt", "text", [] { return sample::large(5000, 60); }, 1},
};

/// The program's version may change without changing the goldens.
std::string without_version(std::string text) {
  for (const std::string_view before : {"\"name\":\"mailseal\",\"version\":\"", "content=\"mailseal ", "<dd>mailseal ",
                                        "Made by mailseal ", "Written by mailseal "}) {
    const std::size_t at = text.find(before);
    if (at == std::string::npos) continue;
    const std::size_t from = at + before.size();
    const std::size_t size = text.find_first_not_of("0123456789.", from) - from;
    const bool stop = size != 0 && text[from + size - 1] == '.';  // of the sentence
    text.replace(from, size - (stop ? 1 : 0), "0.0.0");
  }
  return text;
}

/// Style sheets are read where they are written; of a page the rest is to be seen in a difference.
std::string without_style(std::string page) {
  for (std::size_t from = 0;
       page.starts_with("<!DOCTYPE") && (from = page.find("<style>", from)) != std::string::npos;) {
    from += 7;
    page.erase(from, page.find("</style>", from) - from);
  }
  return page;
}

std::string first_difference(const std::string& got, const std::string& wanted) {
  if (got == wanted) return "";
  const auto a = sample::lines_of(got), b = sample::lines_of(wanted);
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const std::string left = i < a.size() ? a[i] : "(end)", right = i < b.size() ? b[i] : "(end)";
    if (left != right) return "line " + std::to_string(i + 1) + "\n  got    " + left + "\n  wanted " + right;
  }
  return "the last newline";
}

TEST(golden, reports_are_as_they_were) {
  for (const Case& c : kCases) {
    ReportOptions options = sample::options(c.exit_code);
    options.colour = c.colour;
    const std::string report = without_style(without_version(sample::written(c.format, c.overview(), options)));
    const std::string path = std::string(MAILSEAL_SOURCE_DIR "/tests/report/golden/").append(c.file);
    if (std::getenv("MAILSEAL_REMAKE_GOLDEN")) std::ofstream(path, std::ios::binary) << report;
    std::ostringstream golden;
    golden << std::ifstream(path, std::ios::binary).rdbuf();
    EXPECT_EQ(first_difference(report, golden.str()), "") << c.file;
  }
}

TEST(golden, every_format_says_what_json_says) {
  const auto nothing = [] { return sample::Draft{}; };
  std::vector<sample::Reported> reports;
  for (sample::Draft (*overview)() : {sample::mixed_bag, sample::sealed, sample::unseen, +nothing})
    reports.push_back({overview(), sample::options(1)});
  reports.push_back({sample::large(300, 40), sample::options(1)});
  EXPECT_EQ(sample::format_faults(reports), "");
}

TEST(golden, json_is_valid) {
  std::vector<std::string> reports;
  for (const Case& c : kCases)
    if (c.format == "json") reports.push_back(sample::written("json", c.overview(), sample::options(c.exit_code)));
  EXPECT_EQ(sample::schema_faults(reports), "");
}

TEST(golden, the_same_overview_gives_the_same_octets) {
  for (const Case& c : kCases)
    EXPECT_EQ(sample::written(c.format, c.overview(), sample::options(1)),
              sample::written(c.format, c.overview(), sample::options(1)))
        << c.file;
}

}  // namespace
}  // namespace mailseal
