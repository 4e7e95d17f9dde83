#include "evidence.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "mailseal/base/ascii.h"
#include "mailseal/report.h"
#include "retold.h"
#include "table.h"
#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

constexpr std::size_t kPlaces = 3;
constexpr std::size_t kLabelColumns = 120;  ///< of a file's name before its frames

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string_view::npos || slash + 1 == path.size() ? path : path.substr(slash + 1);
}

std::string path_text(const FlowKey& flow) { return to_string(flow.client.address) + " > " + to_string(flow.server); }

void add(EvidenceRow& row, const Seen& seen, const std::string& note) {
  if (row.count++ == 0) row.note = note;
  if (row.places.size() < kPlaces) row.places.push_back(seen);
  row.one_note &= row.note == note;
}

bool is_reason(const FindingKind& kind, const CitedSession& session) {
  return std::find(session.reasons.begin(), session.reasons.end(), &kind) != session.reasons.end();
}

}  // namespace

std::string note_of(const EvidenceRow& row) {
  const std::string note = retold(row.note);
  if (note.empty()) return note;
  if (!row.one_note) return told("first: {}", note);
  return row.count > 1 && is_digit(row.note.front()) ? told("each: {}", note) : note;
}

bool tells_of_sight(const FindingGroup& group) {
  return group.kind->cls == FindingClass::Inconclusive ||
         (group.kind->cls == FindingClass::Capture && group.severity < Severity::Info);
}

Evidence::Evidence(const Overview* overview) : inputs_(overview->run.inputs), cited_(*overview) {
  std::map<std::string_view, int> uses;
  std::vector<std::string> paths;
  for (const InputFacts& input : overview->run.inputs) paths.push_back(escape_text(input.path));
  for (const std::string& path : paths) ++uses[base_name(path)];
  for (const std::string& path : paths) {
    const std::string_view name = base_name(path);
    labels_.emplace_back(uses[name] == 1 ? name : path);
  }
  for (const JudgedSession& judged : overview->sessions.in(State::Inconclusive)) explain(judged);
}

void Evidence::explain(const JudgedSession& judged) {
  for (const FindingKind* reason : judged.judgement.reasons) ++unjudged_[reason];
  if (!judged.judgement.reasons.empty()) return;
  const Session& s = judged.session;
  EvidenceRow& row = unexplained_[std::string(s.doubts.empty() ? "unknown" : to_string(s.doubts.front().doubt))];
  const std::string where = path_text(s.flow);
  row.where = row.count == 0 || row.where == where ? where : tr("several paths");
  add(row, s.doubts.empty() ? s.first : s.doubts.front().seen, {});
}

EvidenceRows Evidence::rows(const FindingGroup& group, Of of) const {
  using Path = std::tuple<IpAddress, Endpoint, std::uint64_t>;  // the last: a session that was not cited
  EvidenceRows rows;
  std::map<Path, std::size_t> index;  // in order of their first
  for (const Occurrence& o : group.occurrences) {
    const CitedSession* cited = o.session == 0 ? nullptr : cited_.find(o.session);
    const bool unjudged = cited && is_reason(*group.kind, *cited);
    if (of != Of::All && unjudged != (of == Of::Unjudged)) continue;
    const Path path = cited ? Path{cited->flow.client.address, cited->flow.server, 0} : Path{{}, {}, o.session};
    const auto [at, fresh] = index.try_emplace(path, index.size());
    if (fresh && rows.paths.size() < kPathsShown)
      rows.paths.emplace_back().where = o.session == 0 ? tr("the capture")
                                        : cited        ? path_text(cited->flow)
                                                       : told("session {}", o.session);
    if (at->second < rows.paths.size()) add(rows.paths[at->second], o.seen, o.note);
    add(rows.all, o.seen, o.note);
    if (o.session == 0 && at->second == 0 && o.seen.input != rows.paths.front().places.front().input)
      rows.paths.front().where = tr("the captures");
  }
  const auto counted = unjudged_.find(group.kind);
  const std::uint64_t unjudged = counted == unjudged_.end() ? 0 : counted->second;
  const std::uint64_t truth = of == Of::All        ? group.count
                              : of == Of::Unjudged ? unjudged
                                                   : group.count - std::min(group.count, unjudged);
  rows.complete = truth <= rows.all.count;
  rows.all.one_note &= rows.complete;
  rows.all.count = truth;
  rows.path_count = index.size();
  if (rows.path_count == 1)
    rows.all.where = rows.paths.front().where;
  else if (rows.path_count != 0)
    rows.all.where = told(rows.complete ? tr_later("{} paths") : tr_later("{}+ paths"), rows.path_count);
  return rows;
}

std::string Evidence::places(const EvidenceRow& row) const {
  std::string text;
  for (std::size_t i = 0; i < row.places.size();) {
    const std::uint32_t input = row.places[i].input;
    std::string frames;
    std::size_t listed = 0;
    for (; i < row.places.size() && row.places[i].input == input; ++i)
      if (row.places[i].frame != 0) frames += (listed++ ? ", " : "") + frame_number(inputs_, row.places[i]);
    std::string part = labels_.size() > 1 && input < labels_.size() ? shortened(labels_[input], kLabelColumns) : "";
    if (listed != 0)
      part += (part.empty() ? "" : " ") + told(listed > 1 ? tr_later("frames {}") : tr_later("frame {}"), frames);
    if (!text.empty() && !part.empty()) text += "; ";
    text += part;
  }
  if (!text.empty() && row.count > row.places.size()) text += ", ...";
  return text;
}

}  // namespace mailseal
