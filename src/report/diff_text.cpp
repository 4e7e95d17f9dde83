// A difference for a terminal: the answer in the first word, how many, then what, worst first.
#include <ostream>

#include "diff.h"
#include "table.h"
#include "tr.h"

namespace mailseal {
namespace {

constexpr std::size_t kShown = 50;  ///< changes of one turn

Style style_of(Turn turn) {
  switch (turn) {
    case Turn::Opened:
    case Turn::Worse:
      return Style::Bad;
    case Turn::Closed:
    case Turn::Better:
      return Style::Good;
    case Turn::Changed:
    case Turn::Appeared:
    case Turn::Vanished:
      break;
  }
  return Style::Strong;
}

Style style_of(Answer answer) {
  return answer == Answer::Worse ? Style::Bad : answer == Answer::Changed ? Style::Warn : Style::Good;
}

std::string turned(const Change& c) {
  if (c.form == Change::Form::Values) {
    if (c.before.empty()) return c.after;
    return c.after.empty() ? told("was {}", c.before) : c.before + " > " + c.after;
  }
  if (c.before.empty()) return told("new: {}", c.after);
  return c.after.empty() ? told("gone: {}", c.before) : told("gone: {}; new: {}", c.before, c.after);
}

class Text {
 public:
  Text(std::ostream& out, const Difference& difference, const ReportOptions& options)
      : out_(out), difference_(difference), options_(options), colour_(options.colour ? Colour::On : Colour::Off) {}

  void write() {
    out_ << painted(answer_word(difference_.answer), style_of(difference_.answer), colour_) << "  "
         << summary_of(difference_) << "\n\n";
    Table reports;
    report(reports, tr("before"), difference_.before);
    report(reports, tr("after"), difference_.after);
    for (const std::string& caution : difference_.cautions) reports.line(0, {caution, Style::Warn});
    reports.write(out_, colour_, "  ");
    for (std::size_t i = 0; i < kTurns; ++i) turn(static_cast<Turn>(i));
    recounts();
    out_ << '\n' << painted(tr("Limits"), Style::Strong, colour_) << '\n';
    for (const std::string& line : limits_of(difference_)) out_ << "  " << line << '\n';
    out_ << "  " << told("Exit {}.", options_.exit_code) << '\n';
  }

 private:
  void report(Table& table, std::string which, const Compared& c) const {
    table.row({{std::move(which)},
               {tr(to_string(c.verdict)), style(c.verdict)},
               {shortened(c.name, 60), Style::Strong},
               {told("{}, {}", fraction_of(c.counts), period_of(c))}});
  }

  void turn(Turn wanted) {
    const std::size_t all = difference_.numbers[static_cast<std::size_t>(wanted)];
    if (all == 0) return;
    Table table;
    std::size_t shown = 0;
    for (const Change& c : difference_.changes) {
      if (c.turn != wanted || shown++ >= kShown) continue;
      table.row({{word_of(c.subject)},
                 {shortened(c.what, 90), Style::Strong},
                 {c.aspect.empty() ? "" : tr(c.aspect)},
                 {shortened(turned(c), 160), style_of(wanted)},
                 {shortened(c.detail, 120), Style::Faint}});
    }
    if (all > kShown) table.line(0, {told_number(all - kShown, "and {} more", "and {} more"), Style::Faint});
    out_ << '\n' << painted(title_of(wanted), Style::Strong, colour_) << '\n';
    table.write(out_, colour_, "  ");
  }

  void recounts() {
    if (difference_.recounts.empty()) return;
    Table table;
    for (const Recount& r : difference_.recounts)
      table.row({{tr(to_string(r.severity)), style(r.severity)},
                 {r.id, Style::Strong},
                 {std::to_string(r.before) + " > " + std::to_string(r.after)}});
    out_ << '\n' << painted(tr("Seen more or less often"), Style::Strong, colour_) << '\n';
    table.write(out_, colour_, "  ");
  }

  std::ostream& out_;
  const Difference& difference_;
  const ReportOptions& options_;
  const Colour colour_;
};

}  // namespace

void write_difference_text(std::ostream& out, const Difference& difference, const ReportOptions& options) {
  Text(out, difference, options).write();
}

}  // namespace mailseal
