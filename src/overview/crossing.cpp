#include "crossing.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "mailseal/base/hash.h"
#include "span.h"

namespace mailseal {
namespace {

const FindingKind* fallback() noexcept {
  static const FindingKind* const kind = find_kind("starttls-failed-fallback-plaintext");
  return kind;
}

std::optional<Seen> failure_of(const JudgedSession& judged) {
  const Session& s = judged.session;
  if (s.upgrade_refused) return s.upgrade_refused;
  if (judged.judgement.state != State::Failed) return {};
  if (s.tls && s.tls->fatal_alert) return s.tls->fatal_alert->seen;
  return s.not_tls_after_accept ? *s.not_tls_after_accept : s.last;
}

// By client and server, then by time.
bool earlier(const Crossing::Event& a, const Crossing::Event& b) noexcept {
  return std::tie(a.path.hop, a.seen.time) < std::tie(b.path.hop, b.seen.time);
}

}  // namespace

void Crossing::add(const JudgedSession& judged, const std::optional<Seen>& exposed, const Order& order,
                   Summary::Path path) {
  const Session& s = judged.session;
  const Event here{
      order, {}, path, judged.judgement.role, s.client_name.empty() ? 0 : hash_of(as_bytes(s.client_name))};
  const auto at = [&](const Seen& seen) {
    Event event = here;
    event.seen = seen;
    return event;
  };
  if (const auto seen = failure_of(judged); seen && seen->time != Timestamp{}) failures_.push_back(at(*seen));
  const auto& kinds = judged.finding_kinds;
  if (exposed && exposed->time != Timestamp{} && std::find(kinds.begin(), kinds.end(), fallback()) == kinds.end())
    in_clear_.push_back(at(*exposed));

  const bool made = s.upgrade_offered.has_value();
  if (!made && !offer_withheld(s)) return;
  if (offers_.size() <= path.server) offers_.resize(path.server + 1);
  Offers& offers = offers_[path.server];
  std::uint64_t& count = made ? offers.made : offers.withheld;
  Event& first = made ? offers.first_made : offers.first_withheld;
  if (count++ == 0 || order < first.order) first = at(made ? *s.upgrade_offered : *s.capabilities);
}

std::vector<Crossing::Fallback> Crossing::find_fallbacks(std::chrono::seconds window, const Same& same,
                                                         const Tell& tell) {
  std::vector<Fallback> found;
  std::sort(failures_.begin(), failures_.end(),
            [](const Event& a, const Event& b) { return earlier(a, b) || (!earlier(b, a) && a.order < b.order); });
  for (const Event& clear : in_clear_) {
    auto last = std::upper_bound(failures_.begin(), failures_.end(), clear, earlier);
    // The session's own failure is judged by its own rule; so is that of the same connection at another point.
    while (last != failures_.begin() &&
           (std::prev(last)->order == clear.order || same(std::prev(last)->order.session, clear.order.session)))
      --last;
    if (last == failures_.begin()) continue;
    --last;
    if (last->path.hop != clear.path.hop) continue;
    const auto gap = clear.seen.time - last->seen.time;
    if (gap > window) continue;
    found.push_back({*last, clear, clear.name != 0 && clear.name == last->name});
    tell(clear, fallback(),
         last->seen.input == clear.seen.input
             ? phrase("same client and server, {:t} after TLS failed in frame {:d}", span_of(gap), last->seen.frame)
             : phrase("same client and server, {:t} after TLS failed in frame {:d} of input {:d}", span_of(gap),
                      last->seen.frame, last->seen.input + 1));
  }
  return found;
}

void Crossing::was_not_withheld(Summary::Path path) {
  if (path.server < offers_.size() && offers_[path.server].withheld > 0) --offers_[path.server].withheld;
}

void Crossing::find_inconsistent_offers(const Tell& tell) const {
  const FindingKind* kind = find_kind("starttls-inconsistent-offer");
  for (const Offers& offers : unequal_offers()) {
    const Phrase note = counted(offers.made, "offered in {:d} session, not offered in {:d}",
                                "offered in {:d} sessions, not offered in {:d}", offers.withheld);
    tell(offers.first_made, kind, note);
    tell(offers.first_withheld, kind, note);
  }
}

std::vector<Crossing::Offers> Crossing::unequal_offers() const {
  std::vector<Offers> unequal;
  std::copy_if(offers_.begin(), offers_.end(), std::back_inserter(unequal),
               [](const Offers& offers) { return offers.made > 0 && offers.withheld > 0; });
  return unequal;
}

}  // namespace mailseal
