#include "cited.h"

#include <algorithm>

namespace mailseal {

CitedSessions::CitedSessions(const Overview& overview) {
  std::vector<std::uint64_t> ids;
  for (const FindingGroup& group : overview.findings)
    for (const Occurrence& occurrence : group.occurrences)
      if (occurrence.session != 0) ids.push_back(occurrence.session);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  for (const std::uint64_t id : ids)
    if (auto s = overview.sessions.find(id))
      sessions_.push_back({id, s->session.flow, s->session.protocol, s->judgement.role, s->judgement.state,
                           std::move(s->judgement.reasons)});
}

const CitedSession* CitedSessions::find(std::uint64_t id) const {
  const auto at = std::lower_bound(sessions_.begin(), sessions_.end(), id,
                                   [](const CitedSession& s, std::uint64_t wanted) { return s.id < wanted; });
  return at != sessions_.end() && at->id == id ? &*at : nullptr;
}

}  // namespace mailseal
