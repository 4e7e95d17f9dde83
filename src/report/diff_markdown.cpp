// A difference for the body of an issue: headings and lists that every tracker's Markdown has.
//
// What is not ours stands in code spans, in which nothing is markup, a link, a mention or a reference. Tables are
// not used: in their cells a tracker cuts code at "|".
#include <algorithm>
#include <ostream>

#include "diff.h"
#include "mailseal/report.h"
#include "table.h"
#include "tr.h"

namespace mailseal {
namespace {

constexpr std::size_t kShown = 50;
constexpr std::size_t kColumns = 200;

/// CommonMark 6.1: a code span ends at as many backticks as it began with.
std::string code(std::string_view text) {
  const std::string inside = shortened(escape_text(text), kColumns);
  std::size_t longest = 0, run = 0;
  for (const char c : inside) longest = std::max(longest, run = c == '`' ? run + 1 : 0);
  const std::string ticks(longest + 1, '`');
  const auto delicate = [](char c) { return c == '`' || c == ' '; };
  const bool padded = inside.empty() || delicate(inside.front()) || delicate(inside.back());
  return ticks + (padded ? " " : "") + inside + (padded ? " " : "") + ticks;
}

std::string turned(const Change& c) {
  if (c.form == Change::Form::Values) {
    if (c.before.empty()) return code(c.after);
    return c.after.empty() ? told("was {}", code(c.before)) : told("{} before, {} now", code(c.before), code(c.after));
  }
  if (c.before.empty()) return told("new: {}", code(c.after));
  return c.after.empty() ? told("gone: {}", code(c.before)) : told("gone: {}; new: {}", code(c.before), code(c.after));
}

void report(std::ostream& out, const std::string& which, const Compared& c) {
  out << "- " << which << ": " << code(c.name) << ", **" << tr(to_string(c.verdict)) << "**, " << fraction_of(c.counts)
      << ", " << period_of(c) << '\n';
}

}  // namespace

void write_difference_markdown(std::ostream& out, const Difference& d, const ReportOptions&) {
  out << "## " << answer_word(d.answer) << ": " << summary_of(d) << "\n\n";
  report(out, tr("before"), d.before);
  report(out, tr("after"), d.after);
  for (const std::string& caution : d.cautions) out << "- " << code(caution) << '\n';
  for (std::size_t i = 0; i < kTurns; ++i) {
    const auto turn = static_cast<Turn>(i);
    if (d.numbers[i] == 0) continue;
    out << "\n### " << title_of(turn) << "\n\n";
    std::size_t shown = 0;
    for (const Change& c : d.changes) {
      if (c.turn != turn || shown++ >= kShown) continue;
      out << "- " << word_of(c.subject);
      if (!c.what.empty()) out << ' ' << code(c.what);
      if (!c.aspect.empty()) out << ", " << tr(c.aspect);
      out << ": " << turned(c);
      if (!c.detail.empty()) out << "; " << code(c.detail);
      out << '\n';
    }
    if (d.numbers[i] > kShown) out << "- " << told_number(d.numbers[i] - kShown, "and {} more", "and {} more") << '\n';
  }
  if (!d.recounts.empty()) out << "\n### " << tr("Seen more or less often") << "\n\n";
  for (const Recount& r : d.recounts)
    out << "- " << tr(to_string(r.severity)) << ' ' << code(r.id) << ": "
        << told("{} before, {} now", r.before, r.after) << '\n';
  out << "\n### " << tr("Limits") << "\n\n";
  for (const std::string& line : limits_of(d)) out << "- " << line << '\n';
}

}  // namespace mailseal
