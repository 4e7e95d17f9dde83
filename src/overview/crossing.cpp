#include "crossing.h"

#include <algorithm>
#include <map>
#include <utility>

namespace mailseal {
namespace {

struct Event {
  Seen seen;
  std::size_t place;
};

bool earlier(const Event& a, const Event& b) noexcept { return a.seen.time < b.seen.time; }

// One client and one server.
struct Story {
  std::vector<Event> failures, in_clear;
};

std::optional<Seen> failure_of(const JudgedSession& judged) {
  const Session& s = judged.session;
  if (s.upgrade_refused) return s.upgrade_refused;
  if (judged.judgement.state != State::Failed) return {};
  if (s.tls && s.tls->fatal_alert) return s.tls->fatal_alert->seen;
  return s.not_tls_after_accept ? *s.not_tls_after_accept : s.last;
}

bool told_already(const JudgedSession& judged, const FindingKind* kind) {
  const auto& kinds = judged.finding_kinds;
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

Phrase span_of(std::chrono::nanoseconds gap) {
  using namespace std::chrono;
  if (gap < 1s) return phrase("{:d} ms", duration_cast<milliseconds>(gap).count());
  return phrase("{:d} s", duration_cast<seconds>(gap).count());
}

}  // namespace

void find_fallbacks(const std::deque<JudgedSession>& sessions, const std::vector<std::size_t>& order,
                    std::chrono::seconds window, const Tell& tell) {
  const FindingKind* kind = find_kind("starttls-failed-fallback-plaintext");
  std::map<std::pair<IpAddress, Endpoint>, Story> stories;
  const auto story_of = [&](const Session& s) { return std::pair(s.flow.client.address, s.flow.server); };
  for (const std::size_t place : order)
    if (const auto seen = failure_of(sessions[place]); seen && seen->time != Timestamp{})
      stories[story_of(sessions[place].session)].failures.push_back({*seen, place});
  if (stories.empty()) return;
  for (const std::size_t place : order) {
    const auto exposed = first_exposed(sessions[place].session);
    if (!exposed || exposed->time == Timestamp{} || told_already(sessions[place], kind)) continue;
    const auto story = stories.find(story_of(sessions[place].session));
    if (story != stories.end()) story->second.in_clear.push_back({*exposed, place});
  }
  for (auto& [hop, story] : stories) {
    std::stable_sort(story.failures.begin(), story.failures.end(), earlier);
    for (const Event& clear : story.in_clear) {
      auto last = std::upper_bound(story.failures.begin(), story.failures.end(), clear, earlier);
      // The session's own failure is judged by its own rule; there is one of each session.
      if (last != story.failures.begin() && std::prev(last)->place == clear.place) --last;
      if (last == story.failures.begin()) continue;
      --last;
      const auto gap = clear.seen.time - last->seen.time;
      if (gap > window) continue;
      tell(clear.place, kind, clear.seen,
           last->seen.input == clear.seen.input
               ? phrase("same client and server, {:t} after TLS failed in frame {:d}", span_of(gap), last->seen.frame)
               : phrase("same client and server, {:t} after TLS failed in frame {:d} of input {:d}", span_of(gap),
                        last->seen.frame, last->seen.input + 1));
    }
  }
}

void find_inconsistent_offers(const std::deque<JudgedSession>& sessions, const std::vector<std::size_t>& order,
                              const Tell& tell) {
  struct Offers {
    std::uint64_t made = 0, withheld = 0;
    std::size_t first_made = 0, first_withheld = 0;
  };
  std::map<Endpoint, Offers> servers;
  for (const std::size_t place : order) {
    const Session& s = sessions[place].session;
    if (s.upgrade_offered) {
      Offers& offers = servers[s.flow.server];
      if (offers.made++ == 0) offers.first_made = place;
    } else if (offer_withheld(s)) {
      Offers& offers = servers[s.flow.server];
      if (offers.withheld++ == 0) offers.first_withheld = place;
    }
  }
  const FindingKind* kind = find_kind("starttls-inconsistent-offer");
  for (const auto& [server, offers] : servers) {
    if (offers.made == 0 || offers.withheld == 0) continue;
    const Phrase note = counted(offers.made, "offered in {:d} session, not offered in {:d}",
                                "offered in {:d} sessions, not offered in {:d}", offers.withheld);
    tell(offers.first_made, kind, *sessions[offers.first_made].session.upgrade_offered, note);
    tell(offers.first_withheld, kind, *sessions[offers.first_withheld].session.capabilities, note);
  }
}

}  // namespace mailseal
