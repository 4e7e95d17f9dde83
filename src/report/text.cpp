// The report for a terminal: the answer in the first word, then how many, then why,
// where, what was not seen, and what all this was read from.
//
// Short whatever the capture's size: each finding shows its first paths and frames and
// counts the rest. Lines carry all they say (severity, id, where, count, frames), so that
// grep works, and are never wrapped. ASCII but for translations and what strangers' names hold.
#include <algorithm>
#include <array>
#include <ostream>
#include <sstream>

#include "canary_words.h"
#include "chain_words.h"
#include "evidence.h"
#include "figures.h"
#include "formats.h"
#include "inside.h"
#include "mailseal/base/ascii.h"
#include "policy_words.h"
#include "remedies.h"
#include "retold.h"
#include "room.h"
#include "table.h"
#include "tr.h"
#include "words.h"
#include "wrap.h"

namespace mailseal {
namespace {

constexpr std::size_t kHopsShown = 20;
constexpr std::size_t kStoriesShown = 10;
constexpr std::size_t kStoryColumns = 600;
constexpr std::size_t kInputsInFull = 3;  ///< captures; of more a line each
constexpr std::size_t kInputsShown = 10;
constexpr std::size_t kFilesShown = 3;  ///< that were no captures
constexpr std::size_t kNoteColumns = 72;
constexpr std::size_t kColumns = 98;  ///< of running text, behind its indent

std::string number(std::uint64_t n) { return std::to_string(n); }

std::string packets(std::uint64_t n) { return told_number(n, "{} packet", "{} packets"); }
std::string sessions(std::uint64_t n) { return told_number(n, "{} session", "{} sessions"); }

std::string in_columns(std::string_view note) { return shortened(escape_text(note), kNoteColumns); }

class Text {
 public:
  Text(const Overview& overview, const ReportOptions& options)
      : overview_(overview),
        options_(options),
        colour_(options.colour ? Colour::On : Colour::Off),
        evidence_(&overview) {
    for (const FindingGroup& group : overview.findings)
      if (!tells_of_sight(group)) {
        findings_.push_back(&group);
        rows_.push_back(evidence_.rows(group, Evidence::Of::All));
      }
    constexpr std::array<std::pair<Part, void (Text::*)()>, 8> kWriters{{{Part::Policy, &Text::policy},
                                                                         {Part::Stories, &Text::stories},
                                                                         {Part::NotJudged, &Text::not_judged},
                                                                         {Part::NotSeen, &Text::not_seen},
                                                                         {Part::Inside, &Text::inside},
                                                                         {Part::Hops, &Text::hops},
                                                                         {Part::Captures, &Text::captures},
                                                                         {Part::Limits, &Text::limits}}};
    for (const auto& [part, write] : kWriters) {
      (this->*write)();
      parts_.emplace_back(part, taken());
    }
  }

  std::string fitted() {
    return mailseal::fitted(options_.max_bytes, findings_.size(), severe(findings_),
                            [&](const Room& room) { return whole(room); });
  }

 private:
  /// What was written since the last call.
  std::string taken() {
    std::string text = out_.str();
    out_.str({});
    return text;
  }

  std::string whole(const Room& room) {
    answer(room);
    findings(room);
    for (const auto& [part, text] : parts_)
      if (room.has(part)) out_ << text;
    if (const std::string rest = left_out(room, findings_.size()); !rest.empty()) out_ << '\n' << rest << '\n';
    return taken();
  }

  void section(std::string_view title, const Table& table) {
    if (table.empty()) return;
    heading(title);
    table.write(out_, colour_, "  ");
  }
  void heading(std::string_view title) { out_ << '\n' << painted(title, Style::Strong, colour_) << '\n'; }

  void answer(const Room& room) {
    constexpr std::array kOrder{State::Encrypted, State::Plaintext,    State::Mixed,
                                State::Failed,    State::Inconclusive, State::NoMail};
    std::vector<std::string> parts;
    for (const State state : kOrder) {
      const std::uint64_t n = count_of(overview_.counts, state);
      const std::string text = so_many(n, tr(to_string(state)));
      parts.push_back(painted(text, n == 0 ? Style::Faint : style(state), colour_));
    }
    out_ << painted(upper_case(tr(to_string(overview_.verdict))), style(overview_.verdict), colour_) << "  "
         << told("{}: {}", sessions(total(overview_.counts)), joined(parts)) << '\n';
    if (overview_.seen_again != 0)
      for (const std::string& line : wrapped(seen_again_words(overview_), kColumns)) out_ << line << '\n';

    if (overview_.sentence.empty()) return;
    out_ << '\n' << verdict_sentence(overview_, room.sentence) << '\n';
    if (overview_.verdict != Verdict::Inconclusive || !room.has(Part::Reasons)) return;  // the findings tell the rest
    for (const std::string& reason : overview_.verdict_reasons)
      if (overview_.sentence.find(reason) == std::string::npos) out_ << "- " << escape_text(retold(reason)) << '\n';
  }

  void findings(const Room& room) {
    Table table;
    for (std::size_t i = 0; i < room.findings; ++i) {
      const FindingGroup& group = *findings_[i];
      const EvidenceRows& rows = rows_[i];
      if (rows.path_count <= 1 || group.severity >= Severity::Info)
        add(table, group, rows.all);
      else
        add_paths(table, group, rows);
      for (const ProductRemedy& r : remedies_of(overview_, group)) table.line(2, {told_remedy(r), Style::Faint});
    }
    section(tr("Findings"), table);
  }

  void add(Table& table, const FindingGroup& group, const EvidenceRow& row) const {
    table.row({{tr(to_string(group.severity)), style(group.severity)},
               {std::string(group.kind->id), Style::Strong},
               {row.where},
               {number(row.count), Style::Plain, Align::Right},
               {evidence_.places(row)},
               {in_columns(row.note.empty() ? tr(group.kind->title) : note_of(row)), Style::Faint}});
  }

  void add_paths(Table& table, const FindingGroup& group, const EvidenceRows& rows) const {
    std::uint64_t left = group.count;
    for (const EvidenceRow& row : rows.paths) {
      add(table, group, row);
      left -= std::min(left, row.count);
    }
    if (left == 0) return;
    const std::size_t others = rows.path_count - rows.paths.size();
    table.line(2, {!rows.complete ? told("and {} more", left)
                   : others == 1  ? told("and {} more on 1 other path", left)
                                  : told("and {} more on {} other paths", left, others),
                   Style::Faint});
  }

  /// What was set, and what came of it.
  void policy() {
    Table table;
    for (const PolicyRow& row : policy_rows(overview_, evidence_)) {
      using Result = RuleOutcome::Result;
      const Result result = row.outcome->result;
      const Style look = result == Result::Broken ? Style::Bad : result == Result::Kept ? Style::Good : Style::Warn;
      table.row({{row.result, look},
                 {told("rule {}", row.number), Style::Strong},
                 {shortened(row.name, kNoteColumns)},
                 {row.way},
                 {row.demands},
                 {row.figures},
                 {row.places}});
    }
    for (const std::string& line : policy_lines(overview_)) table.line(0, {line, Style::Faint});
    for (const std::string& line : profile_lines(overview_)) table.line(0, {line});
    section(tr("Policy"), table);
  }

  /// What several connections tell together.
  void stories() {
    const auto& all = overview_.stories;
    if (all.empty()) return;
    heading(tr("Across connections"));
    for (std::size_t i = 0; i < std::min(all.size(), kStoriesShown); ++i)
      out_ << "  - " << shortened(escape_text(retold(all[i].sentence)), kStoryColumns)
           << (all[i].count > 1 ? " " + told("({} times)", number(all[i].count)) : std::string()) << '\n';
    const std::uint64_t more = all.size() - std::min(all.size(), kStoriesShown) + overview_.stories_left_out;
    if (more > 0) out_ << "  " << told("and {} more", more) << '\n';
  }

  /// Sessions that are inconclusive: the reasons, and what to do for a better capture.
  void not_judged() {
    const std::uint64_t unjudged = count_of(overview_.counts, State::Inconclusive);
    Table table;
    add_sights(table, Evidence::Of::Unjudged);
    for (const auto& [doubt, row] : evidence_.unexplained())
      table.row({{tr(doubt), Style::Strong},
                 {row.where},
                 {number(row.count), Style::Plain, Align::Right},
                 {evidence_.places(row)}});
    section(told_number(unjudged, "Not judged: {} session", "Not judged: {} sessions"), table);
  }

  /// What bounds the sessions that were judged, and the capture as a whole.
  void not_seen() {
    Table table;
    add_sights(table, Evidence::Of::Judged);
    section(tr("Not seen"), table);
  }

  void add_sights(Table& table, Evidence::Of which) const {
    for (const FindingGroup& group : overview_.findings) {
      if (which == Evidence::Of::Judged && !tells_of_sight(group)) continue;
      const EvidenceRow row = evidence_.rows(group, which).all;
      if (row.count == 0) continue;
      const FindingKind& kind = *group.kind;
      table.row({{std::string(kind.id), Style::Strong},
                 {row.where},
                 {number(row.count), Style::Plain, Align::Right},
                 {evidence_.places(row)},
                 {in_columns(row.note.empty() ? tr(kind.title) : told("{}: {}", tr(kind.title), note_of(row)))}});
      if (!kind.remedy.empty() && kind.remedy != "none")
        table.line(0, {"  " + told("do: {}", escape_text(tr(kind.remedy))), Style::Faint});
    }
  }

  void inside() {
    const InsideRows seen(overview_);
    Table table;
    for (const InsideRow& row : seen.rows)
      table.row({{to_string(row.flow.client.address) + " > " + to_string(row.flow.server)},
                 {told("frame {}", frame_number(overview_.run.inputs, row.first))},
                 {escape_text(row.text)}});
    if (seen.decrypted > seen.rows.size())
      table.line(0, {told("and {} more", seen.decrypted - seen.rows.size()), Style::Faint});
    for (const std::string& line : seen.others) table.line(0, {line, Style::Faint});
    section(tr("Inside TLS, with keys (sealed on the wire)"), table);
  }

  void hops() {
    if (overview_.hops.size() <= 1) return;
    const std::vector kButEncrypted{State::Plaintext, State::Mixed, State::Inconclusive, State::Failed, State::NoMail};
    std::vector<const Hop*> sorted;
    for (const State state : kWorstFirst)
      for (const Hop& hop : overview_.hops)
        if (hop.state == state) sorted.push_back(&hop);
    Table table;
    for (std::size_t i = 0; i < sorted.size() && i < kHopsShown; ++i) {
      const Hop& hop = *sorted[i];
      table.row({{to_string(hop.from) + " > " + to_string(Endpoint{hop.to, hop.port})},
                 {std::string(to_string(hop.protocol))},
                 {tr(to_string(hop.state)), style(hop.state)},
                 {fraction_text(hop.counts)},
                 {counts_text(hop.counts, kButEncrypted)}});
    }
    if (sorted.size() > kHopsShown) {
      Counts rest{};
      for (std::size_t i = kHopsShown; i < sorted.size(); ++i) ++rest[static_cast<std::size_t>(sorted[i]->state)];
      table.line(
          0, {told("and {} more: {}", total(rest), counts_text(rest, {std::begin(kWorstFirst), std::end(kWorstFirst)})),
              Style::Faint});
    }
    section(tr("Hops"), table);
  }

  void captures() {
    const RunFacts& run = overview_.run;
    Table table;
    for (std::size_t i = 0; i < run.inputs.size() && i < kInputsShown; ++i) capture(table, i);
    if (run.inputs.empty()) table.line(0, {tr("none was read")});
    if (run.inputs.size() > kInputsShown)
      table.line(0, {told("and {} more", run.inputs.size() - kInputsShown), Style::Faint});
    for (const std::string& failed : run.failed_inputs)
      table.line(0, {told("not read: {}", escape_text(failed)), Style::Bad});
    if (!run.skipped_files.empty()) table.line(0, {skipped_files_text(run.skipped_files)});
    if (run.evicted != 0)
      table.line(0, {told_number(run.evicted, "{} connection forgotten for lack of room; split the capture",
                                 "{} connections forgotten for lack of room; split the capture"),
                     Style::Warn});
    section(run.inputs.size() == 1 ? tr("Capture") : tr("Captures"), table);
  }

  void capture(Table& table, std::size_t i) const {
    const InputFacts& input = overview_.run.inputs[i];
    const bool in_full = overview_.run.inputs.size() <= kInputsInFull;
    const std::string drops = input.dropped ? told_number(*input.dropped, "{} packet dropped", "{} packets dropped")
                                            : tr("drops not reported");
    const std::string period = input.first && input.last ? period_text(*input.first, *input.last) : tr("no times");
    std::vector<std::string> parts{input.format, size_text(input.size), packets(input.packets), drops};
    if (overview_.run.has_points())
      parts.push_back(told("capture point {}", overview_.run.point_of(static_cast<std::uint32_t>(i)) + 1));
    if (!in_full) parts.insert(parts.end(), {period, "sha256 " + input.sha256.substr(0, 12)});
    table.row({{evidence_.label(i), Style::Strong}, {joined(parts)}});
    if (in_full) {
      if (input.packets != 0) table.line(1, {period});
      if (!input.sha256.empty()) table.line(1, {"sha256 " + input.sha256, Style::Faint});
      if (const std::string skipped = skipped_text(i); !skipped.empty()) table.line(1, {skipped, Style::Faint});
    }
    if (input.ended == "truncated")
      table.line(1, {tr("truncated: the file ends inside a packet; what came before was analyzed"), Style::Warn});
    else if (input.ended != "complete")
      table.line(1, {escape_text(input.ended), Style::Warn});
  }

  /// Packets that gave no TCP segment, by reason.
  std::string skipped_text(std::size_t input) const {
    if (input >= overview_.run.skipped.size()) return "";
    std::uint64_t sum = 0;
    std::vector<std::string> parts;
    for (const auto& [reason, skipped] : overview_.run.skipped[input]) {
      if (skipped == 0) continue;
      sum += skipped;
      parts.push_back(so_many(skipped, escape_text(tr(reason))));
    }
    return parts.empty() ? ""
                         : told("{}: {}", told_number(sum, "{} packet skipped", "{} packets skipped"), joined(parts));
  }

  static std::string skipped_files_text(const std::vector<std::string>& files) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < files.size() && i < kFilesShown; ++i) names.push_back(escape_text(files[i]));
    if (files.size() > kFilesShown) names.emplace_back("...");
    return told("{}: {}", told_number(files.size(), "no captures, skipped: {} file", "no captures, skipped: {} files"),
                joined(names));
  }

  void limits() {
    heading(tr("Limits"));
    std::vector<std::string> texts{
        tr("This says what passed the capture point at that time on the mail ports, and nothing of other hops, ports "
           "or times, of where the mail went on to, or of whether anyone verified a certificate."),
    };
    for (std::string& sentence : scope_words(overview_.run.scope)) texts.push_back(std::move(sentence));
    texts.push_back(trust_words(overview_.run.trust));
    for (std::string& sentence : canary_words(overview_.run.canaries)) texts.push_back(std::move(sentence));
    texts.insert(texts.end(), {tr("mailseal explain ID says what a finding means and what to do about it."),
                               redaction_words(options_.redact), told("Exit {}.", options_.exit_code)});
    for (const std::string& text : texts)
      for (const std::string& line : wrapped(text, kColumns)) out_ << "  " << line << '\n';
  }

  const Overview& overview_;
  const ReportOptions& options_;
  const Colour colour_;
  const Evidence evidence_;
  std::vector<const FindingGroup*> findings_;
  std::vector<EvidenceRows> rows_;                   ///< as findings_
  std::vector<std::pair<Part, std::string>> parts_;  ///< in the order of the report
  std::ostringstream out_;
};

}  // namespace

void write_text(std::ostream& out, const Overview& overview, const ReportOptions& options) {
  out << Text(overview, options).fitted();
}

}  // namespace mailseal
