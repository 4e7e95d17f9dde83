// The report for a terminal: the answer in the first word, then how many, then why,
// where, what was not seen, and what all this was read from.
//
// Short whatever the capture's size: each finding shows its first paths and frames and
// counts the rest. Lines carry all they say (severity, id, where, count, frames), so that
// grep works, and are never wrapped. ASCII but for what strangers' names hold.
#include <algorithm>
#include <array>
#include <map>
#include <ostream>

#include "formats.h"
#include "mailseal/base/ascii.h"
#include "table.h"
#include "words.h"

namespace mailseal {
namespace {

constexpr std::size_t kPathsShown = 5;   ///< rows of one finding
constexpr std::size_t kPlacesShown = 3;  ///< frames of one row
constexpr std::size_t kHopsShown = 20;
constexpr std::size_t kInputsShown = 10;  ///< captures, and files that were none
constexpr std::size_t kNoteColumns = 72;

std::string upper(std::string_view word) {
  std::string out(word);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return mailseal::upper(c); });
  return out;
}

std::string number(std::uint64_t n) { return std::to_string(n); }

/// "1 packet", "2 packets".
std::string of(std::uint64_t n, std::string_view thing) {
  return number(n) + " " + std::string(thing) + (n == 1 ? "" : "s");
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += between;
    out += part;
  }
  return out;
}

/// "22.2 kB": three digits are enough for a person, JSON has them all.
std::string size_text(std::uint64_t octets) {
  constexpr std::array<std::string_view, 4> kUnits{"kB", "MB", "GB", "TB"};
  if (octets < 1000) return of(octets, "octet");
  std::uint64_t tenths = (octets + 50) / 100;  // of a kB
  std::size_t unit = 0;
  for (; tenths >= 10'000 && unit + 1 < kUnits.size(); ++unit) tenths = (tenths + 500) / 1000;
  return number(tenths / 10) + "." + number(tenths % 10) + " " + std::string(kUnits[unit]);
}

/// "2026-11-21 10:05:02", to the second.
std::string clock_text(Timestamp t) {
  std::string text = to_string(t).substr(0, 19);
  if (text.size() > 10) text[10] = ' ';
  return text;
}

std::string period_text(Timestamp first, Timestamp last) {
  const std::string from = clock_text(first), to = clock_text(last);
  const bool same_day = from.substr(0, 10) == to.substr(0, 10);
  return from + " to " + (same_day ? to.substr(11) : to) + " UTC";
}

/// One row about a finding: what of it happened between one client and one server.
struct Row {
  std::string where;
  std::uint64_t count = 0;
  std::vector<Seen> places;  ///< the first kPlacesShown
  std::string_view note;     ///< of the first occurrence
};

/// About what could not be seen, rather than what was: it stands in a section of its own.
bool tells_of_sight(const FindingGroup& group) {
  return group.kind->cls == FindingClass::Inconclusive ||
         (group.kind->cls == FindingClass::Capture && group.severity < Severity::Info);
}

class Text {
 public:
  Text(std::ostream& out, const Overview& overview, const ReportOptions& options)
      : out_(out), overview_(overview), options_(options), colour_(options.colour ? Colour::On : Colour::Off) {
    std::map<std::string_view, int> uses;
    for (const InputFacts& input : overview.run.inputs) ++uses[base_name(input.path)];
    for (const InputFacts& input : overview.run.inputs) {
      const std::string_view name = base_name(input.path);
      labels_.push_back(escape_text(uses[name] == 1 ? name : std::string_view(input.path)));
    }
  }

  void write() {
    answer();
    findings();
    not_judged();
    not_seen();
    hops();
    captures();
    limits();
  }

 private:
  static std::string_view base_name(std::string_view path) {
    const std::size_t slash =
        path.find_last_not_of('/') == std::string_view::npos ? std::string_view::npos : path.find_last_of('/');
    return slash == std::string_view::npos || slash + 1 == path.size() ? path : path.substr(slash + 1);
  }

  void heading(std::string_view title) { out_ << '\n' << painted(title, Style::Strong, colour_) << '\n'; }

  // --- where things are ---

  const JudgedSession* session_of(std::uint64_t id) const {
    const auto& all = overview_.sessions;  // ascending ids
    const auto at = std::lower_bound(all.begin(), all.end(), id,
                                     [](const JudgedSession& s, std::uint64_t wanted) { return s.id < wanted; });
    return at != all.end() && at->id == id ? &*at : nullptr;
  }

  static std::string path_text(const FlowKey& flow) {
    return to_string(flow.client.address) + " > " + to_string(flow.server);
  }

  std::string where_text(const Occurrence& o) const {
    if (o.session == 0) return "the capture";
    const JudgedSession* judged = session_of(o.session);
    return judged ? path_text(judged->session.flow) : "session " + number(o.session);
  }

  /// "frames 14, 31, ..."; with several inputs "a.pcap frames 14, 31; b.pcap frame 3".
  std::string places_text(const std::vector<Seen>& places, std::uint64_t count) const {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < places.size();) {
      const std::uint32_t input = places[i].input;
      std::vector<std::string> frames;
      for (; i < places.size() && places[i].input == input; ++i)
        if (places[i].frame != 0) frames.push_back(number(places[i].frame));
      std::string part = labels_.size() > 1 && input < labels_.size() ? labels_[input] : "";
      if (!frames.empty()) {
        part += part.empty() ? "" : " ";
        part += (frames.size() > 1 ? "frames " : "frame ") + joined(frames, ", ");
      }
      if (!part.empty()) parts.push_back(std::move(part));
    }
    std::string text = joined(parts, "; ");
    if (!text.empty() && count > places.size()) text += ", ...";
    return text;
  }

  static void add(Row& row, const Occurrence& o) {
    if (row.count++ == 0) row.note = o.note;
    if (row.places.size() < kPlacesShown) row.places.push_back(o.seen);
  }

  /// The listed occurrences that `wanted` takes, by path, in order of their first.
  template <class Wanted>
  std::vector<Row> rows_by_path(const FindingGroup& group, Wanted wanted) const {
    std::vector<Row> rows;
    std::map<std::string, std::size_t> index;
    for (const Occurrence& o : group.occurrences) {
      if (!wanted(o)) continue;
      const std::string where = where_text(o);
      const auto [at, fresh] = index.try_emplace(where, rows.size());
      if (fresh) rows.push_back({where, 0, {}, {}});
      add(rows[at->second], o);
    }
    return rows;
  }

  /// All of them in one row, of `count` in truth: "12 paths" where they are several.
  static Row merged(const std::vector<Row>& rows, std::uint64_t count) {
    Row all{rows.empty() ? "" : rows.front().where, count, {}, rows.empty() ? "" : rows.front().note};
    std::uint64_t listed = 0;
    for (const Row& row : rows) {
      listed += row.count;
      for (const Seen& seen : row.places)
        if (all.places.size() < kPlacesShown) all.places.push_back(seen);
    }
    if (rows.size() > 1) all.where = number(rows.size()) + (listed < count ? "+ paths" : " paths");
    std::sort(all.places.begin(), all.places.end(),
              [](const Seen& a, const Seen& b) { return a.input != b.input ? a.input < b.input : a.frame < b.frame; });
    return all;
  }

  static std::string note_text(std::string_view note, const FindingKind& kind) {
    return shortened(escape_text(note.empty() ? kind.title : note), kNoteColumns);
  }

  // --- the sections ---

  void answer() {
    out_ << painted(upper(to_string(overview_.verdict)), style(overview_.verdict), colour_) << "  "
         << of(total(overview_.counts), "session") << ": ";
    constexpr std::array kOrder{State::Encrypted, State::Plaintext,    State::Mixed,
                                State::Failed,    State::Inconclusive, State::NoMail};
    std::vector<std::string> parts;
    for (const State state : kOrder) {
      const std::uint64_t count = overview_.counts[static_cast<std::size_t>(state)];
      parts.push_back(painted(number(count) + " " + std::string(to_string(state)),
                              count == 0 ? Style::Faint : style(state), colour_));
    }
    out_ << joined(parts, ", ") << '\n';
    const std::string sentence = escape_text(overview_.sentence);
    if (!sentence.empty()) out_ << '\n' << sentence << '\n';
    for (const std::string& reason : overview_.verdict_reasons)
      if (const std::string text = escape_text(reason); sentence.find(text) == std::string::npos)
        out_ << "- " << text << '\n';
  }

  void findings() {
    Table table;
    const auto row = [&](const FindingGroup& group, const Row& r) {
      table.row({{std::string(to_string(group.severity)), style(group.severity)},
                 {std::string(group.kind->id), Style::Strong},
                 {r.where},
                 {number(r.count), Style::Plain, Align::Right},
                 {places_text(r.places, r.count)},
                 {note_text(r.note, *group.kind), Style::Faint}});
    };
    for (const FindingGroup& group : overview_.findings) {
      if (tells_of_sight(group)) continue;
      const std::vector<Row> rows = rows_by_path(group, [](const Occurrence&) { return true; });
      if (rows.size() <= 1 || group.severity >= Severity::Info) {
        row(group, merged(rows, group.count));
        continue;
      }
      std::uint64_t left = group.count;
      for (std::size_t i = 0; i < rows.size() && i < kPathsShown; ++i) {
        row(group, rows[i]);
        left -= std::min(left, rows[i].count);
      }
      if (left == 0) continue;
      const bool all_listed = group.count == group.occurrences.size();
      std::string more = "and " + number(left) + " more";
      if (all_listed && rows.size() > kPathsShown) more += " on " + of(rows.size() - kPathsShown, "other path");
      table.line(2, {std::move(more), Style::Faint});
    }
    if (table.empty()) return;
    heading("Findings");
    table.write(out_, colour_, "  ");
  }

  void sight_row(Table& table, const FindingGroup& group, const Row& r) const {
    const FindingKind& kind = *group.kind;
    table.row({{std::string(kind.id), Style::Strong},
               {r.where},
               {number(r.count), Style::Plain, Align::Right},
               {places_text(r.places, r.count)},
               {note_text({}, kind)}});
    if (!kind.remedy.empty() && kind.remedy != "none")
      table.line(0, {"  do: " + escape_text(kind.remedy), Style::Faint});
  }

  bool is_unjudged(const Occurrence& o) const {
    const JudgedSession* judged = session_of(o.session);
    return judged && judged->judgement.state == State::Inconclusive;
  }

  /// Sessions that are inconclusive: the reasons, and what to do for a better capture.
  void not_judged() {
    const std::uint64_t unjudged = overview_.counts[static_cast<std::size_t>(State::Inconclusive)];
    if (unjudged == 0) return;
    std::map<std::string_view, Row> doubts;  // of sessions whose reason no finding tells
    for (const JudgedSession& judged : overview_.sessions) {
      if (judged.judgement.state != State::Inconclusive) continue;
      bool told = false;
      for (const FindingKind* kind : judged.finding_kinds)
        if (kind->cls == FindingClass::Inconclusive) {
          told = true;
          ++unjudged_by_[kind->id];
        }
      if (told) continue;
      const Session& s = judged.session;
      Row& row = doubts[s.doubts.empty() ? "unknown" : to_string(s.doubts.front().doubt)];
      const std::string where = path_text(s.flow);
      row.where = row.count == 0 || row.where == where ? where : "several paths";
      ++row.count;
      if (row.places.size() < kPlacesShown) row.places.push_back(s.doubts.empty() ? s.first : s.doubts.front().seen);
    }
    Table table;
    for (const FindingGroup& group : overview_.findings) {
      const auto counted = unjudged_by_.find(group.kind->id);
      if (counted == unjudged_by_.end()) continue;
      const auto rows = rows_by_path(group, [&](const Occurrence& o) { return is_unjudged(o); });
      sight_row(table, group, merged(rows, counted->second));
    }
    for (const auto& [doubt, row] : doubts)
      table.row({{std::string(doubt), Style::Strong},
                 {row.where},
                 {number(row.count), Style::Plain, Align::Right},
                 {places_text(row.places, row.count)}});
    heading("Not judged: " + of(unjudged, "session"));
    table.write(out_, colour_, "  ");
  }

  /// What bounds the sessions that were judged, and the capture as a whole.
  void not_seen() {
    Table table;
    for (const FindingGroup& group : overview_.findings) {
      if (!tells_of_sight(group)) continue;
      const auto counted = unjudged_by_.find(group.kind->id);
      const std::uint64_t unjudged = counted == unjudged_by_.end() ? 0 : counted->second;
      if (group.count <= unjudged) continue;
      const auto rows = rows_by_path(group, [&](const Occurrence& o) { return !is_unjudged(o); });
      sight_row(table, group, merged(rows, group.count - unjudged));
    }
    if (table.empty()) return;
    heading("Not seen");
    table.write(out_, colour_, "  ");
  }

  static std::vector<std::string> other_counts(const Counts& counts) {
    std::vector<std::string> parts;
    for (const State state : {State::Plaintext, State::Mixed, State::Failed, State::Inconclusive, State::NoMail})
      if (const std::uint64_t n = counts[static_cast<std::size_t>(state)]; n != 0)
        parts.push_back(number(n) + " " + std::string(to_string(state)));
    return parts;
  }

  static std::string fraction(const Counts& counts) {
    const std::uint64_t judgeable = total(counts) - counts[static_cast<std::size_t>(State::NoMail)];
    if (judgeable == 0) return "nothing to encrypt";
    return number(counts[static_cast<std::size_t>(State::Encrypted)]) + "/" + number(judgeable) + " encrypted";
  }

  void hops() {
    if (overview_.hops.size() <= 1) return;
    constexpr std::array kWorstFirst{State::Plaintext, State::Mixed,     State::Inconclusive,
                                     State::Failed,    State::Encrypted, State::NoMail};
    const auto rank = [&](State s) { return std::find(kWorstFirst.begin(), kWorstFirst.end(), s); };
    std::vector<const Hop*> hops;
    for (const Hop& hop : overview_.hops) hops.push_back(&hop);
    std::stable_sort(hops.begin(), hops.end(),
                     [&](const Hop* a, const Hop* b) { return rank(a->state) < rank(b->state); });
    Table table;
    for (std::size_t i = 0; i < hops.size() && i < kHopsShown; ++i) {
      const Hop& hop = *hops[i];
      table.row({{to_string(hop.from) + " > " + to_string(Endpoint{hop.to, hop.port})},
                 {std::string(to_string(hop.protocol))},
                 {std::string(to_string(hop.state)), style(hop.state)},
                 {fraction(hop.counts)},
                 {joined(other_counts(hop.counts), ", ")}});
    }
    if (hops.size() > kHopsShown) {
      Counts rest{};
      for (std::size_t i = kHopsShown; i < hops.size(); ++i) ++rest[static_cast<std::size_t>(hops[i]->state)];
      std::vector<std::string> parts = other_counts(rest);
      if (const std::uint64_t n = rest[static_cast<std::size_t>(State::Encrypted)]; n != 0)
        parts.insert(parts.begin(), number(n) + " encrypted");
      table.line(0, {"and " + number(hops.size() - kHopsShown) + " more: " + joined(parts, ", "), Style::Faint});
    }
    heading("Hops");
    table.write(out_, colour_, "  ");
  }

  std::string skipped_text(std::size_t input) const {
    if (input >= overview_.run.skipped.size()) return "";
    std::uint64_t sum = 0;
    std::vector<std::string> parts;
    for (const auto& [reason, packets] : overview_.run.skipped[input]) {
      if (packets == 0) continue;
      sum += packets;
      parts.push_back(number(packets) + " " + escape_text(reason));
    }
    return parts.empty() ? "" : of(sum, "packet") + " skipped: " + joined(parts, ", ");
  }

  void capture(Table& table, std::size_t i) const {
    const InputFacts& input = overview_.run.inputs[i];
    table.row({{labels_[i], Style::Strong},
               {input.format + ", " + size_text(input.size) + ", " + of(input.packets, "packet") + ", " +
                (input.dropped ? of(*input.dropped, "packet") + " dropped" : "drops not reported")}});
    if (input.first && input.last) table.line(1, {period_text(*input.first, *input.last)});
    if (!input.sha256.empty()) table.line(1, {"sha256 " + input.sha256, Style::Faint});
    if (const std::string skipped = skipped_text(i); !skipped.empty()) table.line(1, {skipped, Style::Faint});
    if (input.ended == "truncated")
      table.line(1, {"truncated: the file ends inside a packet; what came before was analyzed", Style::Warn});
    else if (input.ended != "complete")
      table.line(1, {escape_text(input.ended), Style::Warn});
  }

  void captures() {
    const RunFacts& run = overview_.run;
    heading(run.inputs.size() == 1 ? "Capture" : "Captures");
    Table table;
    for (std::size_t i = 0; i < run.inputs.size() && i < kInputsShown; ++i) capture(table, i);
    if (run.inputs.size() > kInputsShown)
      table.line(0, {"and " + number(run.inputs.size() - kInputsShown) + " more", Style::Faint});
    table.write(out_, colour_, "  ");
    if (run.inputs.empty()) out_ << "  none was read\n";
    for (const std::string& failed : run.failed_inputs)
      out_ << "  " << painted("not read: " + escape_text(failed), Style::Bad, colour_) << '\n';
    if (!run.skipped_files.empty()) {
      std::vector<std::string> names;
      for (std::size_t i = 0; i < run.skipped_files.size() && i < kInputsShown; ++i)
        names.push_back(escape_text(run.skipped_files[i]));
      if (run.skipped_files.size() > kInputsShown) names.emplace_back("...");
      out_ << "  no captures, skipped: " << of(run.skipped_files.size(), "file") << ": " << joined(names, ", ") << '\n';
    }
    if (run.evicted != 0)
      out_ << "  " << of(run.evicted, "connection") << " forgotten for lack of room; split the capture\n";
  }

  void limits() {
    heading("Limits");
    out_ << "  This says what passed the capture point at that time on the mail ports, and nothing of other hops,\n"
            "  ports or times, of where the mail went on to, or of whether anyone verified a certificate.\n"
            "  mailseal explain ID says what a finding means and what to do about it.\n"
            "  Exit "
         << options_.exit_code << ".\n";
  }

  std::ostream& out_;
  const Overview& overview_;
  const ReportOptions& options_;
  const Colour colour_;
  std::vector<std::string> labels_;                        ///< of the inputs, escaped
  std::map<std::string_view, std::uint64_t> unjudged_by_;  ///< inconclusive sessions by finding
};

}  // namespace

void write_text(std::ostream& out, const Overview& overview, const ReportOptions& options) {
  Text(out, overview, options).write();
}

}  // namespace mailseal
