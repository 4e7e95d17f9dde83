// A difference as an HTML page: one file, no script, nothing from outside, and a policy in the page that forbids both.
//
// It speaks the main page's vocabulary of elements and classes. Words stand beside every colour.
#include <ostream>

#include "diff.h"
#include "markup.h"
#include "table.h"
#include "tr.h"

namespace mailseal {
namespace {

constexpr std::size_t kShown = 1000;
constexpr std::size_t kColumns = 400;

constexpr std::string_view kPolicy = "default-src 'none'; style-src 'unsafe-inline'";
constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark; --paper: #fff; --panel: #f5f6f8; --ink: #1b1f24; --soft: #565e6b; --rule: #9aa3af;
  --bad: #9c1620; --warn: #7d4a00; --good: #17603a; }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #14171b; --panel: #1c2026; --ink: #e3e6ea; --soft: #a5adb9; --rule: #66707e;
    --bad: #ff9d97; --warn: #eebd6c; --good: #85d0a3; }
}
body { margin: 0 auto; padding: 2rem 1.5rem; max-width: 72rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1, h2 { line-height: 1.2; font-weight: 600; }
code, .address { font-family: ui-monospace, monospace; font-size: .87em; overflow-wrap: anywhere; }
.answer { padding: 1rem 1.25rem; border-left: 6px solid var(--rule); background: var(--panel); }
.answer .word { margin: 0; font-weight: 700; font-size: 1.3rem; letter-spacing: .08em; }
.answer .sentence { margin: .3rem 0 0; }
.answer.fail, .opened, .worse { border-color: var(--bad); }
.answer.pass { border-color: var(--good); }
.answer.inconclusive { border-color: var(--warn); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; }
caption { text-align: left; color: var(--soft); padding-bottom: .4rem; }
th, td { padding: .4rem .8rem .4rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule);
  overflow-wrap: anywhere; }
thead th { overflow-wrap: normal; word-break: keep-all; }
tbody th, .word { white-space: nowrap; }
tbody th { font-weight: 400; }
.more, .note { color: var(--soft); }
@page { size: A4; margin: 18mm; }
@media print { body { padding: 0; max-width: none; } tr { break-inside: avoid; } thead { display: table-header-group; } }
)css";

std::string shown(std::string_view text) { return markup(shortened(text, kColumns)); }

/// Of the verdicts' classes in the style sheet the one that looks like the answer.
std::string_view class_of(Answer answer) {
  switch (answer) {
    case Answer::Worse:
      return "fail";
    case Answer::Better:
    case Answer::Same:
      return "pass";
    case Answer::Changed:
      break;
  }
  return "inconclusive";
}

class Page {
 public:
  Page(std::ostream& out, const Difference& difference) : out_(out), d_(difference) {}

  void write() {
    const std::string title = told("{}: {}", answer_word(d_.answer), tr("what changed in mail encryption"));
    out_ << "<!DOCTYPE html>\n<html lang=\"" << markup(tr("en")) << "\">\n<head>\n<meta charset=\"utf-8\">\n"
         << "<meta http-equiv=\"Content-Security-Policy\" content=\"" << kPolicy << "\">\n"
         << "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         << "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
         << "<title>" << markup(title) << "</title>\n<style>" << kStyle << "</style>\n</head>\n<body>\n<header>\n<h1>"
         << markup(tr("What changed in mail encryption")) << "</h1>\n</header>\n<main>\n";
    answer();
    reports();
    for (std::size_t i = 0; i < kTurns; ++i) turn(static_cast<Turn>(i));
    recounts();
    section("limits", tr("Limits"), [&] {
      out_ << "<ul>\n";
      for (const std::string& line : limits_of(d_)) out_ << "<li>" << markup(line) << "</li>\n";
      out_ << "</ul>\n";
    });
    out_ << "</main>\n<footer><p class=\"note\">"
         << markup(told("Made by mailseal {} from two reports.", program_version()))
         << "</p></footer>\n</body>\n</html>\n";
  }

 private:
  template <class Body>
  void section(std::string_view id, const std::string& heading, Body body) {
    out_ << "<section id=\"" << id << "\" aria-labelledby=\"" << id << "-head\">\n<h2 id=\"" << id << "-head\">"
         << markup(heading) << "</h2>\n";
    body();
    out_ << "</section>\n";
  }

  /// Scrolls where it is too wide, also without a mouse (WCAG 2.1.1).
  template <class Body>
  void table(std::string_view id, const std::string& caption, std::initializer_list<std::string> heads, Body body) {
    out_ << "<div class=\"scroll\" role=\"group\" aria-labelledby=\"" << id << "-caption\" tabindex=\"0\">\n<table>\n"
         << "<caption id=\"" << id << "-caption\">" << markup(caption) << "</caption>\n<thead><tr>";
    for (const std::string& head : heads) out_ << "<th scope=\"col\">" << markup(head) << "</th>";
    out_ << "</tr></thead>\n<tbody>\n";
    body();
    out_ << "</tbody>\n</table>\n</div>\n";
  }
  void cell(std::string_view text) { out_ << "<td>" << shown(text) << "</td>"; }
  void code_cell(std::string_view text) { out_ << "<td><code>" << shown(text) << "</code></td>"; }

  void answer() {
    section("answer", tr("Answer"), [&] {
      out_ << "<div class=\"answer " << class_of(d_.answer) << "\">\n<p class=\"word\">"
           << markup(answer_word(d_.answer)) << "</p>\n<p class=\"sentence\">" << markup(summary_of(d_))
           << "</p>\n</div>\n";
      if (d_.cautions.empty()) return;
      out_ << "<ul>\n";
      for (const std::string& caution : d_.cautions) out_ << "<li>" << shown(caution) << "</li>\n";
      out_ << "</ul>\n";
    });
  }

  void reports() {
    section("reports", tr("The reports"), [&] {
      table("reports", tr("What was compared"),
            {tr("Report"), tr("File"), tr("Verdict"), tr("Sessions"), tr("Captured"), tr("Made")}, [&] {
              report(tr("before"), d_.before);
              report(tr("after"), d_.after);
            });
    });
  }
  void report(const std::string& which, const Compared& c) {
    out_ << "<tr><th scope=\"row\">" << markup(which) << "</th>";
    code_cell(c.name);
    out_ << "<td class=\"word\">" << markup(tr(to_string(c.verdict))) << "</td>";
    cell(fraction_of(c.counts));
    cell(period_of(c));
    cell(told("{} by mailseal {}", c.generated, c.version));
    out_ << "</tr>\n";
  }

  void turn(Turn wanted) {
    const std::size_t all = d_.numbers[static_cast<std::size_t>(wanted)];
    if (all == 0) return;
    static constexpr std::string_view kIds[kTurns] = {"opened",  "worse",    "closed",  "better",
                                                      "changed", "appeared", "vanished"};
    const std::string_view id = kIds[static_cast<std::size_t>(wanted)];
    section(id, title_of(wanted), [&] {
      table(id, told_number(all, "{} change", "{} changes"),
            {tr("Of"), tr("Which"), tr("What"), tr("Before, or gone"), tr("After, or new"), tr("More")}, [&] {
              std::size_t rows = 0;
              for (const Change& c : d_.changes) {
                if (c.turn != wanted || rows++ >= kShown) continue;
                out_ << "<tr><th scope=\"row\">" << markup(word_of(c.subject)) << "</th>";
                if (c.what.empty())
                  cell("");
                else
                  code_cell(c.what);
                cell(c.aspect.empty() ? "" : tr(c.aspect));
                cell(c.before);
                cell(c.after);
                cell(c.detail);
                out_ << "</tr>\n";
              }
            });
      if (all > kShown)
        out_ << "<p class=\"more\">" << markup(told_number(all - kShown, "and {} more", "and {} more")) << "</p>\n";
    });
  }

  void recounts() {
    if (d_.recounts.empty()) return;
    section("recounts", tr("Seen more or less often"), [&] {
      table("recounts", tr("Findings that both reports have"),
            {tr("Severity"), tr("Finding"), tr("Before"), tr("After")}, [&] {
              for (const Recount& r : d_.recounts) {
                out_ << "<tr><th scope=\"row\">" << markup(tr(to_string(r.severity))) << "</th>";
                code_cell(r.id);
                cell(std::to_string(r.before));
                cell(std::to_string(r.after));
                out_ << "</tr>\n";
              }
            });
    });
  }

  std::ostream& out_;
  const Difference& d_;
};

}  // namespace

void write_difference_html(std::ostream& out, const Difference& difference, const ReportOptions&) {
  Page(out, difference).write();
}

}  // namespace mailseal
