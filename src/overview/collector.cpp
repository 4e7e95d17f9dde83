// Collector: takes sessions as they end, gives the overview at the end.
//
// A session is moved in and stays where it lies; at the end the places are put in order one
// by one, so that at no time a second copy of all of them exists. Findings leave the session as it comes.
#include <algorithm>

#include "crossing.h"
#include "mailseal/base/fetch.h"
#include "mailseal/base/phrase.h"
#include "mailseal/overview.h"
#include "occurrences.h"
#include "summary.h"
#include "verdict.h"

namespace mailseal {
namespace {

// What an input shows besides its sessions.
struct InputSigns {
  std::uint64_t duplicates = 0, superframes = 0, secrets = 0, decryptable_later = 0;
};

Phrase packets(std::uint64_t n) { return counted(n, "{:d} packet", "{:d} packets"); }

bool holds_secrets(const Judgement& j) {
  return std::any_of(j.exposed.begin(), j.exposed.end(), [](Exposure e) {
    return e == Exposure::Content || e == Exposure::Headers || e == Exposure::Credentials;
  });
}

}  // namespace

struct Collector::Impl {
  Impl(const OverviewOptions* o, const Limits* limits) : options(*o), occurrences(limits->occurrences) {}

  const OverviewOptions& options;
  Occurrences occurrences;
  std::deque<JudgedSession> sessions;
  std::vector<Order> orders;  // of sessions, by place
  std::vector<InputSigns> signs;
  std::uint64_t unanswered = 0;

  void add(Session&&, Judgement&&);
  void tell(std::size_t place, const FindingKind*, Severity, const Seen&, std::string note);
  void tell_of_input(std::string_view id, std::size_t input, std::uint64_t frame, Phrase note);
  void judge_inputs(const RunFacts&);
  void cap_confidence(const RunFacts&);
  std::vector<std::size_t> in_order() const;
  void sort(std::vector<std::size_t> order);
};

void Collector::Impl::tell(std::size_t place, const FindingKind* kind, Severity severity, const Seen& seen,
                           std::string note) {
  occurrences.add(kind, severity, orders[place], seen, std::move(note));
  auto& kinds = sessions[place].finding_kinds;
  kinds.insert(std::upper_bound(kinds.begin(), kinds.end(), kind), kind);  // pointers into the one catalogue
}

void Collector::Impl::add(Session&& session, Judgement&& judgement) {
  const bool answered = !never_answered(session);
  if (!answered) ++unanswered;
  if (!answered && !options.all) return;

  const std::size_t place = sessions.size(), input = session.first.input;
  orders.push_back({session.first.input, session.first.frame, place});
  JudgedSession& judged = sessions.emplace_back();
  judged.session = std::move(session);
  judged.judgement = std::move(judgement);
  judged.finding_kinds.reserve(judged.judgement.findings.size());
  for (Finding& f : judged.judgement.findings) tell(place, f.kind, f.severity, f.seen, std::move(f.note));
  judged.judgement.findings = {};

  if (signs.size() <= input) signs.resize(input + 1);
  InputSigns& sign = signs[input];
  for (const SideCounters& side : judged.session.sides) {
    sign.duplicates += side.duplicates;
    sign.superframes += side.superframes;
  }
  static const FindingKind* const kNoForwardSecrecy = find_kind("kx-no-forward-secrecy");
  const auto& kinds = judged.finding_kinds;
  sign.secrets += holds_secrets(judged.judgement);
  sign.decryptable_later += std::binary_search(kinds.begin(), kinds.end(), kNoForwardSecrecy);

  static const FindingKind* const kGaps = find_kind("capture-sequence-gaps");
  for (const DoubtSeen& d : judged.session.doubts) {
    if (d.doubt != Doubt::Gap) continue;
    tell(place, kGaps, severity(*kGaps, judged.judgement.role), d.seen,
         d.after_established ? phrase("after TLS was established: the state does not depend on it").text() : "");
    break;
  }
}

void Collector::Impl::tell_of_input(std::string_view id, std::size_t input, std::uint64_t frame, Phrase note) {
  const FindingKind* kind = find_kind(id);
  Seen seen;
  seen.input = static_cast<std::uint32_t>(input);
  seen.frame = frame;
  occurrences.add(kind, kind->access, {seen.input, 0, Order::kNone}, seen, std::move(note).text());
}

void Collector::Impl::judge_inputs(const RunFacts& run) {
  if (sessions.size() == 0 || (options.all && unanswered == sessions.size())) {
    std::uint64_t all = 0;
    for (const InputFacts& input : run.inputs) all += input.packets;
    Phrase note = packets(all);
    if (unanswered > 0)
      note = phrase("{:t}, {:t} without an answer", note,
                    counted(unanswered, "{:d} connection attempt", "{:d} connection attempts"));
    tell_of_input("capture-no-mail-traffic", 0, 0, std::move(note));
  }
  constexpr Timestamp kYear2000 = std::chrono::sys_days(std::chrono::year(2000) / std::chrono::January / 1);
  for (std::size_t i = 0; i < run.inputs.size(); ++i) {
    const InputFacts& input = run.inputs[i];
    if (input.dropped.value_or(0) > 0) tell_of_input("capture-drops-reported", i, 0, packets(*input.dropped));
    if (input.ended != "complete")
      tell_of_input("capture-truncated-file", i, 0,
                    input.ended == "truncated" ? phrase("truncated") : Phrase::as_is(input.ended));
    if (input.backward_steps > 0)
      tell_of_input("capture-clock-anomaly", i, input.backward_frame.value_or(0),
                    counted(input.backward_steps, "{:d} step back by more than a second",
                            "{:d} steps back by more than a second"));
    else if (input.first && *input.first < kYear2000)
      tell_of_input("capture-clock-anomaly", i, 1, phrase("the first packet is dated before the year 2000"));
    if (i < run.skipped.size())
      if (const auto tunnel = run.skipped[i].find("tunnel"); tunnel != run.skipped[i].end() && tunnel->second > 0)
        tell_of_input("inconclusive-tunnel", i, 0, phrase("{:t} passed over", packets(tunnel->second)));
  }
  for (std::size_t i = 0; i < signs.size(); ++i) {
    const InputSigns& sign = signs[i];
    if (sign.duplicates > 0) tell_of_input("capture-duplicates", i, 0, packets(sign.duplicates));
    if (sign.superframes > 0)
      tell_of_input("capture-superframes", i, 0, counted(sign.superframes, "{:d} frame", "{:d} frames"));
    if (sign.secrets + sign.decryptable_later > 0)
      tell_of_input(
          "capture-contains-secrets", i, 0,
          counted(sign.secrets, "{:d} session with readable mail or logins, {:d} without forward secrecy",
                  "{:d} sessions with readable mail or logins, {:d} without forward secrecy", sign.decryptable_later));
  }
}

// "...no capture-wide blocker" is one of the items of high confidence.
void Collector::Impl::cap_confidence(const RunFacts& run) {
  for (JudgedSession& judged : sessions) {
    const std::size_t i = judged.session.first.input;
    if (judged.judgement.state != State::Encrypted || i >= run.inputs.size()) continue;
    const InputFacts& input = run.inputs[i];
    const bool dropped = input.dropped.value_or(0) > 0, cut = input.ended != "complete";
    if (dropped) judged.judgement.confidence_lacks.push_back(phrase("a capture without dropped packets").text());
    if (cut) judged.judgement.confidence_lacks.push_back(phrase("a capture that is whole").text());
    if ((dropped || cut) && judged.judgement.confidence == Confidence::High)
      judged.judgement.confidence = Confidence::Medium;
  }
}

std::vector<std::size_t> Collector::Impl::in_order() const {
  std::vector<std::size_t> order(sessions.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return orders[a] < orders[b]; });
  return order;
}

// Cycle by cycle: each session is moved once, through one spare place.
void Collector::Impl::sort(std::vector<std::size_t> order) {
  for (std::size_t start = 0; start < order.size(); ++start) {
    if (order[start] == start) continue;
    JudgedSession spare = std::move(sessions[start]);
    std::size_t hole = start;
    while (order[hole] != start) {
      const std::size_t from = order[hole];
      fetch(&sessions[order[from]], sizeof(JudgedSession));  // the next one, from wherever it lies
      sessions[hole] = std::move(sessions[from]);
      order[hole] = hole;
      hole = from;
    }
    sessions[hole] = std::move(spare);
    order[hole] = hole;
  }
}

Collector::Collector(const OverviewOptions* options, const Limits* limits)
    : impl_(std::make_unique<Impl>(options, limits)) {}
Collector::~Collector() = default;

void Collector::add(Session&& s, Judgement&& j) { impl_->add(std::move(s), std::move(j)); }

Overview Collector::finish(RunFacts run) {
  Impl& all = *impl_;
  auto order = all.in_order();
  std::vector<std::uint64_t> ids(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) ids[order[i]] = i + 1;

  const Tell tell = [&](std::size_t place, const FindingKind* kind, const Seen& seen, Phrase note) {
    all.tell(place, kind, severity(*kind, all.sessions[place].judgement.role), seen, std::move(note).text());
  };
  find_fallbacks(all.sessions, order, all.options.fallback_window, tell);
  find_inconsistent_offers(all.sessions, order, tell);
  all.judge_inputs(run);
  all.cap_confidence(run);
  all.sort(std::move(order));

  Overview o;
  o.run = std::move(run);
  o.sessions = std::move(all.sessions);
  for (std::size_t i = 0; i < o.sessions.size(); ++i) {
    o.sessions[i].id = i + 1;
    ++o.counts[static_cast<std::size_t>(o.sessions[i].judgement.state)];
  }
  o.servers = servers_of(o.sessions);
  o.hops = hops_of(o.sessions);
  give_verdict(o, all.occurrences, all.options);
  o.findings = all.occurrences.take(ids);
  return o;
}

std::string_view to_string(Verdict v) noexcept {
  switch (v) {
    case Verdict::Pass:
      return "pass";
    case Verdict::Fail:
      return "fail";
    case Verdict::Inconclusive:
      break;
  }
  return "inconclusive";
}

}  // namespace mailseal
