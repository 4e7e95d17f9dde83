#include "ticket.h"

#include <algorithm>
#include <array>
#include <ostream>

#include "canary_words.h"
#include "chain_words.h"
#include "evidence.h"
#include "figures.h"
#include "inside.h"
#include "inventory.h"
#include "mailseal/base/ascii.h"
#include "policy_words.h"
#include "remedies.h"
#include "retold.h"
#include "room.h"
#include "shell.h"
#include "table.h"
#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

constexpr std::size_t kCommandsShown = 3;  ///< tshark lines of one finding
constexpr std::size_t kCommandBytes = 4000;
constexpr std::size_t kRowsShown = 30;      ///< servers, hops
constexpr std::size_t kCapturesShown = 10;  ///< and what could not be read
constexpr std::size_t kReasonsShown = 10;
constexpr std::size_t kStoriesShown = 20;
constexpr std::size_t kStoryColumns = 600;
constexpr std::size_t kNamesShown = 3;  ///< of a server
constexpr std::size_t kTextColumns = 200;

using Kind = Span::Kind;

std::string in_columns(std::string_view text) { return shortened(escape_text(text), kTextColumns); }
Span text(std::string_view t) { return {Kind::Text, std::string(t)}; }
Span strong(std::string_view t) { return {Kind::Strong, std::string(t)}; }
Span code(std::string_view t) { return {Kind::Code, in_columns(t)}; }
Line cell(std::string_view t) { return {text(in_columns(t))}; }
Line code_cell(std::string_view t) { return t.empty() ? Line{} : Line{code(t)}; }
Line where_cell(std::string_view where) {
  return where.find('>') == std::string_view::npos ? cell(where) : code_cell(where);
}
Line number_cell(std::uint64_t n) { return {text(std::to_string(n))}; }
Cells head(std::initializer_list<std::string> titles) {
  Cells cells;
  for (const std::string& title : titles) cells.push_back({text(title)});
  return cells;
}

/// "RFC 8314 4.1" is a link to its section; other references are their text.
Span reference(std::string_view name) {
  std::string_view rest = name;
  const std::string_view series = cut_word(rest), number = cut_word(rest), section = rest;
  const auto digits = [](std::string_view t) { return !t.empty() && std::all_of(t.begin(), t.end(), is_digit); };
  const auto dotted = [](std::string_view t) {
    return std::all_of(t.begin(), t.end(), [](char c) { return is_digit(c) || c == '.'; });
  };
  if (series != "RFC" || !digits(number) || !dotted(section)) return text(name);
  std::string url = "https://www.rfc-editor.org/rfc/rfc" + std::string(number);
  if (!section.empty()) url += "#section-" + std::string(section);
  return {Kind::Link, std::string(name), url};
}

/// Whose octets, and where in their stream, so that "Follow TCP stream" leads there.
std::string octet_of(const EvidenceRow& row) {
  if (row.places.empty() || row.places.front().frame == 0) return "";
  const Seen& seen = row.places.front();
  return told(seen.side == Side::Client ? tr_later("client, octet {}") : tr_later("server, octet {}"), seen.offset);
}

class Ticket {
 public:
  Ticket(const Overview& overview, const ReportOptions& options, const Notation& notation)
      : overview_(overview), options_(options), to_(notation), evidence_(&overview), inventory_(overview) {
    for (const FindingGroup& group : overview.findings)
      if (!tells_of_sight(group)) findings_.push_back(&group);
    for (const Server& server : overview.servers) servers_.push_back(&server);
    for (const Hop& hop : overview.hops) hops_.push_back(&hop);
    const auto worst_first = [](const auto* a, const auto* b) { return order_of(a->state) < order_of(b->state); };
    std::stable_sort(servers_.begin(), servers_.end(), worst_first);
    std::stable_sort(hops_.begin(), hops_.end(), worst_first);
    for (const FindingGroup* group : findings_) {
      const bool in_full = group->severity < Severity::Info;
      found_.push_back({in_full ? finding(*group) : "", in_full ? Cells() : finding_row(*group)});
    }
    parts_[index(Part::Policy)] = policy();
    parts_[index(Part::Stories)] = stories();
    parts_[index(Part::NotJudged)] = not_judged();
    parts_[index(Part::NotSeen)] = not_seen();
    parts_[index(Part::Inside)] = inside();
    parts_[index(Part::Servers)] = servers();
    parts_[index(Part::Hops)] = hops();
    parts_[index(Part::Captures)] = captures();
    parts_[index(Part::Reproduce)] = reproduce();
    parts_[index(Part::Limits)] = limits();
  }

  std::string fitted() const {
    return mailseal::fitted(options_.max_bytes, findings_.size(), severe(findings_),
                            [&](const Room& room) { return whole(room); });
  }

 private:
  static std::size_t index(Part part) { return static_cast<std::size_t>(part); }

  std::string whole(const Room& room) const {
    std::string out = answer(room);
    findings(out, room);
    for (const Part part : {Part::Policy, Part::Stories, Part::Servers, Part::Hops, Part::NotJudged, Part::NotSeen,
                            Part::Inside, Part::Captures, Part::Reproduce, Part::Limits})
      if (room.has(part)) out += parts_[index(part)];
    if (const std::string rest = left_out(room, findings_.size()); !rest.empty()) to_.paragraph(out, {strong(rest)});
    return out;
  }

  Line places_cell(const EvidenceRow& row) const { return {text(evidence_.places(row))}; }

  std::string section(const std::string& title, const Cells& head, const std::vector<Cells>& rows) const {
    std::string out;
    if (rows.empty()) return out;
    to_.heading(out, 2, {text(title)});
    to_.table(out, head, rows);
    return out;
  }
  void more(std::string& out, std::size_t all, std::size_t shown) const {
    if (all > shown)
      to_.paragraph(
          out,
          {text(told_number(all - shown, "and {} more, see the JSON report", "and {} more, see the JSON report"))});
  }

  std::string answer(const Room& room) const {
    std::string out;
    to_.heading(out, 1,
                {text(tr("Is the mail encrypted?")), text(gap()), text(upper_case(tr(to_string(overview_.verdict))))});
    std::vector<std::string> states;
    for (const State state :
         {State::Encrypted, State::Plaintext, State::Mixed, State::Failed, State::Inconclusive, State::NoMail})
      states.push_back(so_many(count_of(overview_.counts, state), tr(to_string(state))));
    to_.paragraph(out, {strong(upper_case(tr(to_string(overview_.verdict)))), text(" "),
                        text(told_number(total(overview_.counts), "{} session:", "{} sessions:")), text(gap()),
                        text(joined(states))});
    if (!overview_.sentence.empty())
      to_.paragraph(out, {text(verdict_sentence(overview_, std::min<std::size_t>(room.sentence, 2000)))});
    if (overview_.verdict != Verdict::Inconclusive || !room.has(Part::Reasons)) return out;
    std::vector<Line> lines;
    for (const std::string& reason : overview_.verdict_reasons)
      if (overview_.sentence.find(reason) == std::string::npos && lines.size() < kReasonsShown)
        lines.push_back({text(in_columns(retold(reason)))});
    if (!lines.empty()) to_.bullets(out, lines);
    return out;
  }

  /// What asks for something to be done in full, one after the other; what does not, as a list.
  void findings(std::string& out, const Room& room) const {
    if (room.findings == 0) return;
    to_.heading(out, 2, {text(tr("Findings"))});
    std::vector<Cells> rows;
    for (std::size_t i = 0; i < room.findings; ++i) {
      out += found_[i].in_full;
      if (!found_[i].row.empty()) rows.push_back(found_[i].row);
    }
    if (!rows.empty())
      to_.table(out, head({tr("Severity"), tr("Finding"), tr("Where"), tr("Count"), tr("Frames"), tr("What was seen")}),
                rows);
  }

  /// What several connections tell together.
  std::string stories() const {
    std::string out;
    const auto& all = overview_.stories;
    if (all.empty()) return out;
    to_.heading(out, 2, {text(tr("Across connections"))});
    for (std::size_t i = 0; i < std::min(all.size(), kStoriesShown); ++i) {
      Line line{text(shortened(escape_text(retold(all[i].sentence)), kStoryColumns))};
      if (all[i].count > 1) line.push_back(text(" " + told("({} times)", all[i].count)));
      to_.paragraph(out, line);
    }
    more(out, all.size() + overview_.stories_left_out, std::min(all.size(), kStoriesShown));
    return out;
  }

  Cells finding_row(const FindingGroup& group) const {
    const EvidenceRow row = evidence_.rows(group, Evidence::Of::All).all;
    return {cell(tr(to_string(group.severity))),
            code_cell(group.kind->id),
            where_cell(row.where),
            number_cell(group.count),
            places_cell(row),
            cell(row.note.empty() ? tr(group.kind->title) : note_of(row))};
  }

  std::string finding(const FindingGroup& group) const {
    std::string out;
    const FindingKind& kind = *group.kind;
    to_.heading(out, 3, {text(upper_case(tr(to_string(group.severity)))), text(": "), text(tr(kind.title))});
    Line about{code(kind.id), text(" "), text(told_number(group.count, "{} time.", "{} times.")), text(gap()),
               text(tr(kind.meaning))};
    to_.paragraph(out, about);

    const EvidenceRows rows = evidence_.rows(group, Evidence::Of::All);
    std::vector<Cells> cells;
    std::uint64_t left = group.count;
    std::vector<std::string> commands;
    for (const EvidenceRow& row : rows.paths) {
      cells.push_back(
          {where_cell(row.where), number_cell(row.count), places_cell(row), cell(octet_of(row)), cell(note_of(row))});
      left -= std::min(left, row.count);
      if (!row.places.empty()) command(row.places.front(), commands);
    }
    if (!cells.empty())
      to_.table(out, head({tr("Where"), tr("Count"), tr("Frames"), tr("First: side and place"), tr("What was seen")}),
                cells);
    if (left != 0) to_.paragraph(out, {text(told("and {} more, see the JSON report", left))});
    if (!commands.empty()) to_.code(out, commands);

    std::vector<Line> lines;
    if (!kind.observed.empty()) lines.push_back({text(tr("Sign:")), text(gap()), text(tr(kind.observed))});
    if (!kind.remedy.empty() && kind.remedy != "none")
      lines.push_back({text(tr("What to do:")), text(gap()), text(tr(kind.remedy))});
    for (const ProductRemedy& r : remedies_of(overview_, group)) lines.push_back({text(told_remedy(r))});
    Line cited{text(tr("Reference:"))};
    for (const std::string_view name : references(kind)) {
      cited.push_back(text(cited.size() == 1 ? " " : ", "));
      cited.push_back(reference(name));
    }
    if (cited.size() > 1) lines.push_back(std::move(cited));
    if (!lines.empty()) to_.bullets(out, lines);
    return out;
  }

  /// Only of files: what came by a pipe or a device cannot be read again.
  void command(const Seen& seen, std::vector<std::string>& commands) const {
    const auto& inputs = overview_.run.inputs;
    if (seen.frame == 0 || commands.size() == kCommandsShown || seen.input >= inputs.size()) return;
    const InputFacts& input = inputs[seen.input];
    if (input.path == "-" || input.format == "live") return;
    commands.push_back(show_line(input, seen));
  }

  std::string policy() const {
    std::vector<Cells> rows;
    for (const PolicyRow& row : policy_rows(overview_, evidence_))
      rows.push_back({cell(row.number), cell(row.result), cell(row.name), cell(row.way), cell(row.demands),
                      cell(row.figures), cell(row.places)});
    const std::vector<std::string> lines = policy_lines(overview_), profiles = profile_lines(overview_);
    std::string out;
    if (lines.empty() && profiles.empty()) return out;
    to_.heading(out, 2, {text(tr("Policy"))});
    if (!rows.empty())
      to_.table(out,
                head({tr("Rule"), tr("Result"), tr("Name"), tr("Way"), tr("What is set"), tr("Sessions"),
                      tr("First frames")}),
                rows);
    std::vector<Line> bullets;
    for (const auto* all : {&profiles, &lines})
      for (const std::string& line : *all) bullets.push_back({text(line)});
    to_.bullets(out, bullets);
    return out;
  }

  std::string not_judged() const {
    const std::uint64_t unjudged = count_of(overview_.counts, State::Inconclusive);
    std::vector<Cells> rows = sights(Evidence::Of::Unjudged);
    for (const auto& [doubt, row] : evidence_.unexplained())
      rows.push_back({code_cell(tr(doubt)), where_cell(row.where), number_cell(row.count), places_cell(row), {}, {}});
    return section(told_number(unjudged, "Not judged: {} session", "Not judged: {} sessions"), sight_head(), rows);
  }

  std::string not_seen() const { return section(tr("Not seen"), sight_head(), sights(Evidence::Of::Judged)); }

  std::string inside() const {
    const InsideRows seen(overview_);
    std::vector<Cells> rows;
    for (const InsideRow& row : seen.rows)
      rows.push_back({code_cell(to_string(row.flow.client.address)), code_cell(to_string(row.flow.server)),
                      number_cell(row.first.frame), cell(row.text)});
    for (const std::string& line : seen.others) rows.push_back({{}, {}, {}, cell(line)});
    std::string out = section(tr("Inside TLS, with keys (sealed on the wire)"),
                              head({tr("From"), tr("To"), tr("Frames"), tr("What was seen")}), rows);
    more(out, seen.decrypted, seen.rows.size());
    return out;
  }

  static Cells sight_head() {
    return head(
        {tr("Reason"), tr("Where"), tr("Count"), tr("Frames"), tr("What it means"), tr("How to capture better")});
  }
  std::vector<Cells> sights(Evidence::Of which) const {
    std::vector<Cells> rows;
    for (const FindingGroup& group : overview_.findings) {
      if (which == Evidence::Of::Judged && !tells_of_sight(group)) continue;
      const EvidenceRow row = evidence_.rows(group, which).all;
      if (row.count == 0) continue;
      const FindingKind& kind = *group.kind;
      const std::string title = tr(kind.title);
      rows.push_back({code_cell(kind.id), where_cell(row.where), number_cell(row.count), places_cell(row),
                      cell(row.note.empty() ? title : told("{}: {}", title, note_of(row))),
                      cell(kind.remedy == "none" ? "" : tr(kind.remedy))});
    }
    return rows;
  }

  std::string servers() const {
    std::vector<Cells> rows;
    for (std::size_t i = 0; i < servers_.size() && i < kRowsShown; ++i) {
      const Server& server = *servers_[i];
      const ServerInventory& tls = inventory_.of(server.endpoint);
      rows.push_back({code_cell(to_string(server.endpoint)), cell(to_string(server.protocol)),
                      cell(tr(to_string(server.state))), cell(fraction_text(server.counts)),
                      cell(tr(server.observed_level)), names(tls.versions, version_name), names(tls.suites, suite_name),
                      certificates(tls), claimed(server.names)});
    }
    std::string out = section(tr("Servers"),
                              head({tr("Server"), tr("Protocol"), tr("State"), tr("Sessions"), tr("TLS offered"),
                                    tr("Versions seen"), tr("Suites seen"), tr("Certificate"), tr("Names it claims")}),
                              rows);
    more(out, servers_.size(), kRowsShown);
    return out;
  }
  template <class ToName>
  static Line names(const Tally<std::uint16_t>& shown, ToName to_name) {
    Line line;
    for (std::size_t i = 0; i < shown.counts.size() && i < kNamesShown; ++i) add(line, to_name(shown.counts[i].first));
    if (shown.counts.size() > kNamesShown || shown.others != 0) line.push_back(text(", ..."));
    return line;
  }
  static Line claimed(const std::vector<std::string>& claims) {
    Line line;
    for (const std::string& name : claims) {
      if (line.size() >= 2 * kNamesShown - 1) {
        line.push_back(text(", ..."));
        break;
      }
      add(line, name);
    }
    return line;
  }
  static void add(Line& line, std::string_view name) {
    if (!line.empty()) line.push_back(text(", "));
    line.push_back(code(shortened(escape_text(name), kTextColumns / kNamesShown)));
  }
  static Line certificates(const ServerInventory& tls) {
    Line line;
    const auto& shown = tls.certificates.counts;
    for (std::size_t i = 0; i < shown.size() && i < kNamesShown; ++i) {
      const Certificate& leaf = *shown[i].first;
      add(line, !leaf.parsed || leaf.subject.empty() ? leaf.sha256.substr(0, 16) : leaf.subject);
      if (leaf.not_after) line.push_back(text(" " + told("until {}", to_string(*leaf.not_after).substr(0, 10))));
      if (const auto& chain = tls.chains[i]) {
        line.push_back(text(", "));
        line.push_back(code(verify_words(*chain)));
      }
    }
    if (shown.size() > kNamesShown || tls.certificates.others != 0) line.push_back(text(", ..."));
    if (tls.certificates_hidden != 0 && line.empty()) line.push_back(text(tr("hidden by TLS 1.3")));
    return line;
  }

  std::string hops() const {
    std::vector<Cells> rows;
    for (std::size_t i = 0; i < hops_.size() && i < kRowsShown; ++i) {
      const Hop& hop = *hops_[i];
      rows.push_back({code_cell(to_string(hop.from)), code_cell(to_string(Endpoint{hop.to, hop.port})),
                      cell(to_string(hop.protocol)), cell(tr(to_string(hop.state))), cell(fraction_text(hop.counts)),
                      cell(counts_text(hop.counts, {State::Plaintext, State::Mixed, State::Inconclusive, State::Failed,
                                                    State::NoMail}))});
    }
    std::string out = section(
        tr("Hops"),
        head({tr("From"), tr("To"), tr("Protocol"), tr("State"), tr("Sessions"), tr("Of them not encrypted")}), rows);
    more(out, hops_.size(), kRowsShown);
    return out;
  }

  std::string captures() const {
    const RunFacts& run = overview_.run;
    std::vector<Cells> rows;
    for (std::size_t i = 0; i < run.inputs.size() && i < kCapturesShown; ++i) {
      const InputFacts& input = run.inputs[i];
      const std::string drops = input.dropped ? std::to_string(*input.dropped) : tr("not reported");
      rows.push_back({code_cell(evidence_.label(i)), cell(input.format + ", " + size_text(input.size)),
                      number_cell(input.packets), cell(drops),
                      cell(input.first && input.last ? period_text(*input.first, *input.last) : tr("no times")),
                      cell(input.ended.starts_with("error") ? input.ended : tr(input.ended)), code_cell(input.sha256)});
    }
    std::string out = section(tr("Captures"),
                              head({tr("File"), tr("Format"), tr("Packets"), tr("Dropped"), tr("First and last packet"),
                                    tr("Read"), "SHA-256"}),
                              rows);
    more(out, run.inputs.size(), kCapturesShown);
    std::vector<Line> lines;
    for (std::size_t i = 0; i < run.failed_inputs.size() && i < kCapturesShown; ++i)
      lines.push_back({text(tr("Not read:")), text(gap()), text(in_columns(run.failed_inputs[i]))});
    if (!run.skipped_files.empty())
      lines.push_back({text(told_number(run.skipped_files.size(), "{} file was no capture and was skipped",
                                        "{} files were no captures and were skipped"))});
    if (run.evicted != 0)
      lines.push_back({text(told_number(run.evicted, "{} connection was forgotten for lack of room; split the capture",
                                        "{} connections were forgotten for lack of room; split the capture"))});
    if (!lines.empty()) to_.bullets(out, lines);
    return out;
  }

  std::string reproduce() const {
    std::string out;
    to_.heading(out, 2, {text(tr("How to reproduce"))});
    if (const std::string line = shell_line("mailseal", options_.arguments); line.size() <= kCommandBytes)
      to_.code(out, {line});
    else  // a part of it would be another command
      to_.paragraph(out, {text(tr("The command line is too long for this place; the JSON report has it."))});
    to_.paragraph(out, {text(told("Written by mailseal {} at {}, exit {}.", build_words(options_), options_.generated,
                                  options_.exit_code))});
    return out;
  }

  std::string limits() const {
    std::string out;
    to_.heading(out, 2, {text(tr("Limits"))});
    std::vector<Line> lines{{text(
        tr("It tells what passed the capture point at that time on the mail ports, and nothing of other hops, ports "
           "or times, or of where the mail went on to."))}};
    for (const std::string& sentence : scope_words(overview_.run.scope)) lines.push_back({text(sentence)});
    if (const std::string trust = trust_words(overview_.run.trust); !trust.empty()) lines.push_back({text(trust)});
    for (const std::string& sentence : canary_words(overview_.run.canaries)) lines.push_back({text(sentence)});
    lines.insert(lines.end(),
                 {{text(overview_.keyed == 0 ? tr("Not whether a client checked the server's certificate, nor, with "
                                                  "TLS 1.3, what that certificate was.")
                                             : tr("Not whether a client checked the server's certificate."))},
                  {text(tr("Names in greetings and certificates are claims of those who sent them."))},
                  {text(tr("What a server would do for another client was not seen; no network was asked."))},
                  {text(redaction_words(options_.redact))}});
    to_.bullets(out, lines);
    return out;
  }

  const Overview& overview_;
  const ReportOptions& options_;
  const Notation& to_;
  const Evidence evidence_;
  const Inventory inventory_;
  std::vector<const FindingGroup*> findings_;
  std::vector<const Server*> servers_;
  std::vector<const Hop*> hops_;

  struct Found {
    std::string in_full;  ///< else `row`
    Cells row;
  };
  std::vector<Found> found_;  ///< as findings_
  std::array<std::string, kParts> parts_;
};

}  // namespace

void write_ticket(std::ostream& out, const Overview& overview, const ReportOptions& options, const Notation& notation) {
  out << Ticket(overview, options, notation).fitted();
}

}  // namespace mailseal
