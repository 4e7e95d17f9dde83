// Collector: takes sessions as they end, gives the overview at the end.
//
// All that is told of the sessions together is gathered in add(), in one go; then the session goes to the spool and
// is not looked at again. What is known only at the end is amended when it is read.
#include <algorithm>
#include <cassert>
#include <set>
#include <unordered_map>
#include <utility>

#include "crossing.h"
#include "mailseal/base/phrase.h"
#include "mailseal/overview.h"
#include "occurrences.h"
#include "order.h"
#include "policy_tally.h"
#include "shown_keys.h"
#include "sightings.h"
#include "span.h"
#include "stories.h"
#include "summary.h"
#include "ties.h"
#include "unwalked.h"
#include "verdict.h"

namespace mailseal {
namespace {

// What an input shows besides its sessions.
struct InputSigns {
  std::uint64_t duplicates = 0, superframes = 0, secrets = 0, decryptable_later = 0;
};

/// What the end of the run tells of sessions that have ended.
struct Amendments {
  struct Input {
    bool dropped = false, cut = false;
  };
  std::vector<Input> inputs;
  std::unordered_map<std::uint64_t, std::vector<const FindingKind*>> found;  ///< by id
  struct Resumption {
    std::uint64_t session;
    ResumedFrom from;
  };
  std::vector<Resumption> resumptions;                                         ///< by id
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> also_seen_as;  ///< likewise

  std::optional<ResumedFrom> resumed_from(std::uint64_t id) const;
  void operator()(JudgedSession&) const;
};

void insert(std::vector<const FindingKind*>& kinds, const FindingKind* kind) {
  kinds.insert(std::upper_bound(kinds.begin(), kinds.end(), kind), kind);  // pointers into the one catalogue
}

std::optional<ResumedFrom> Amendments::resumed_from(std::uint64_t id) const {
  const auto at = std::lower_bound(resumptions.begin(), resumptions.end(), id,
                                   [](const Resumption& r, std::uint64_t wanted) { return r.session < wanted; });
  return at != resumptions.end() && at->session == id ? std::optional(at->from) : std::nullopt;
}

void Amendments::operator()(JudgedSession& judged) const {
  if (const auto from = resumed_from(judged.id)) judged.resumed_from = from;
  if (const auto others = also_seen_as.find(judged.id); others != also_seen_as.end())
    judged.also_seen_as = others->second;
  if (const auto late = found.find(judged.id); late != found.end())
    for (const FindingKind* kind : late->second)
      if (!std::binary_search(judged.finding_kinds.begin(), judged.finding_kinds.end(), kind))
        insert(judged.finding_kinds, kind);
  // "...no capture-wide blocker" is one of the items of high confidence.
  const std::size_t input = judged.session.first.input;
  if (judged.judgement.state != State::Encrypted || input >= inputs.size()) return;
  const auto [dropped, cut] = inputs[input];
  if (dropped) judged.judgement.confidence_lacks.push_back(phrase("a capture without dropped packets").text());
  if (cut) judged.judgement.confidence_lacks.push_back(phrase("a capture that is whole").text());
  if ((dropped || cut) && judged.judgement.confidence == Confidence::High)
    judged.judgement.confidence = Confidence::Medium;
}

Phrase packets(std::uint64_t n) { return counted(n, "{:d} packet", "{:d} packets"); }

bool holds_secrets(const Judgement& j) {
  return std::any_of(j.exposed.begin(), j.exposed.end(), [](Exposure e) {
    return e == Exposure::Content || e == Exposure::Headers || e == Exposure::Credentials;
  });
}

}  // namespace

struct Collector::Impl {
  Impl(const OverviewOptions* o, const Limits* limits)
      : options(*o), occurrences(limits->occurrences), sessions(*limits), policy(o->policy, o->profile) {}

  const OverviewOptions& options;
  Occurrences occurrences;
  SessionSpool sessions;
  std::vector<Order> orders;  // of sessions, by place until the end
  Counts counts{};
  Summary summary;
  Crossing crossing;
  Stories stories;
  Sightings sightings;
  Ties ties;
  ShownKeys keys;
  PolicyTally policy;
  Grounds grounds;
  std::vector<InputSigns> signs;
  std::uint64_t unanswered = 0, keyed = 0, with_certificates = 0;
  std::set<std::string> markers_seen;  // by digest
  std::uint64_t searched_in_clear = 0;

  void add(std::span<JudgedSession>);
  void sum_up(JudgedSession&, const Order&);
  void find_in(JudgedSession&, const Order&);
  void tell_of_input(std::string_view id, std::size_t input, std::uint64_t frame, Phrase note);
  void judge_inputs(const RunFacts&);
  void tell_of_text(std::size_t input, const TextFacts&);
  void judge_markers(const RunFacts&);
  void tie_resumptions(const std::vector<std::uint64_t>& ids, Amendments&);
  void find_removed(const Sightings::Told&, const std::vector<std::uint64_t>& ids, const Crossing::Tell&);
  void find_reused_keys(const std::vector<std::uint64_t>& ids, Amendments&);
  Overview finish(RunFacts);
};

// Its findings leave the session as it comes.
void Collector::Impl::find_in(JudgedSession& judged, const Order& order) {
  auto& kinds = judged.finding_kinds;
  kinds.reserve(judged.judgement.findings.size() + 1);
  for (Finding& f : judged.judgement.findings) {
    occurrences.add(f.kind, f.severity, order, f.seen, std::move(f.note));
    kinds.push_back(f.kind);
  }
  judged.judgement.findings.clear();

  static const FindingKind* const kGaps = find_kind("capture-sequence-gaps");
  for (const DoubtSeen& d : judged.session.doubts) {
    if (d.doubt != Doubt::Gap) continue;
    occurrences.add(
        kGaps, severity(*kGaps, judged.judgement.role), order, d.seen,
        d.after_established ? phrase("after TLS was established: the state does not depend on it").text() : "");
    insert(kinds, kGaps);
    break;
  }
}

void Collector::Impl::add(std::span<JudgedSession> ended) {
  std::vector<JudgedSession*> kept;
  kept.reserve(ended.size());
  for (JudgedSession& judged : ended) {
    const bool answered = !never_answered(judged.session);
    if (!answered) ++unanswered;
    if (answered || options.all) kept.push_back(&judged);
  }
  // Step by step, each for all: the instructions of one step stay at hand, those of all would not.
  std::size_t number = orders.size();
  for (JudgedSession* judged : kept) {
    const Seen& first = judged->session.first;
    orders.push_back({first.input, static_cast<std::uint32_t>(orders.size()), first.frame});
    find_in(*judged, orders.back());
  }
  for (JudgedSession* judged : kept) sum_up(*judged, orders[number++]);
  for (const JudgedSession* judged : kept) sessions.add(*judged);
}

void Collector::Impl::sum_up(JudgedSession& judged, const Order& order) {
  const bool clear = !judged.judgement.exposed.empty() || judged.session.canary;
  const auto exposed = clear ? first_exposed(judged.session) : std::nullopt;
  ++counts[static_cast<std::size_t>(judged.judgement.state)];
  if (const auto& tls = judged.session.tls) {
    keyed += static_cast<bool>(tls->inside);
    with_certificates += !tls->chain.empty() || !tls->client_chain.empty();
  }
  if (const auto& canary = judged.session.canary) {
    searched_in_clear += canary->clear_bytes;
    for (const CanarySeen& marker : canary->seen) markers_seen.insert(marker.sha256);
  }
  grounds.add(judged, exposed, order);
  const Summary::Path path = summary.add(judged, order);
  crossing.add(judged, exposed, order, path);
  stories.add(judged, exposed, order, path);
  sightings.add(judged, order, path);
  if (judged.session.tls) ties.add(*judged.session.tls, judged.judgement.role, order, path);
  keys.add(judged, order, path);
  policy.add(judged, order);

  if (signs.size() <= order.input) signs.resize(order.input + 1);
  InputSigns& sign = signs[order.input];
  for (const SideCounters& side : judged.session.sides) {
    sign.duplicates += side.duplicates;
    sign.superframes += side.superframes;
  }
  static const FindingKind* const kNoForwardSecrecy = find_kind("kx-no-forward-secrecy");
  const auto& kinds = judged.finding_kinds;
  sign.secrets += holds_secrets(judged.judgement);
  sign.decryptable_later += std::binary_search(kinds.begin(), kinds.end(), kNoForwardSecrecy);
}

void Collector::Impl::tell_of_input(std::string_view id, std::size_t input, std::uint64_t frame, Phrase note) {
  const FindingKind* kind = find_kind(id);
  Seen seen;
  seen.input = static_cast<std::uint32_t>(input);
  seen.frame = frame;
  occurrences.add(kind, kind->access, {seen.input, Order::kNone, 0}, seen, std::move(note).text());
}

void Collector::Impl::judge_inputs(const RunFacts& run) {
  if (orders.empty() || (options.all && unanswered == orders.size())) {
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
    else if (is_dated(input) && input.first && *input.first < kYear2000)
      tell_of_input("capture-clock-anomaly", i, 1, phrase("the first packet is dated before the year 2000"));
    if (input.text) tell_of_text(i, *input.text);
    std::set<std::string> filters;
    for (const InterfaceFacts& face : input.interfaces)
      if (!face.filter.empty() && filters.size() < kClaims && filters.insert(face.filter).second)
        tell_of_input("capture-filter-narrow", i, 0, Phrase::as_is(face.filter));
    for (const Unwalked& kind : unwalked()) {
      if (i >= run.skipped.size()) break;
      const std::string reason(kind.reason);
      const auto found = run.skipped[i].find(reason);
      if (found == run.skipped[i].end() || found->second == 0) continue;
      std::uint64_t frame = 0;
      if (i < run.first_skipped.size())
        if (const auto first = run.first_skipped[i].find(reason); first != run.first_skipped[i].end())
          frame = first->second;
      tell_of_input("inconclusive-tunnel", i, frame, kind.packets(found->second));
    }
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

void Collector::Impl::tell_of_text(std::size_t input, const TextFacts& text) {
  constexpr std::string_view kId = "capture-text-source";
  const auto about = [](TextClock clock) {
    switch (clock) {
      case TextClock::Utc:
        return phrase("with date and time");
      case TextClock::Unzoned:
        return phrase("its times may be UTC or local, and are taken as UTC");
      case TextClock::Undated:
        return phrase("without a date: what needs one is not judged");
    }
    return phrase("without a date: what needs one is not judged");
  };
  tell_of_input(kId, input, 0, phrase("lines {:d} to {:d}, {:t}", text.first_line, text.last_line, about(text.clock)));
  if (text.damaged > 0)
    tell_of_input(kId, input, 0,
                  counted(text.damaged, "{:d} packet is cut where a row is damaged or missing, in line {:d}",
                          "{:d} packets are cut where a row is damaged or missing, first in line {:d}",
                          text.damaged_line.value_or(0)));
  if (text.without_octets > 0)
    tell_of_input(kId, input, 0,
                  counted(text.without_octets, "{:d} packet shows no payload: capture at level 3 or 6",
                          "{:d} packets show no payload: capture at level 3 or 6"));
}

void Collector::Impl::judge_markers(const RunFacts& run) {
  const auto sessions_in = [&](State state) { return counts[static_cast<std::size_t>(state)]; };
  for (const CanaryMarker& marker : run.canaries)
    if (!markers_seen.contains(marker.sha256))
      tell_of_input("canary-not-seen", 0, 0,
                    phrase("marker {}: {:t} searched in clear; sessions inconclusive: {:d}, encrypted: {:d}",
                           canary_name(marker.sha256), counted(searched_in_clear, "{:d} octet", "{:d} octets"),
                           sessions_in(State::Inconclusive), sessions_in(State::Encrypted)));
}

// `ids` by place, here and below; `orders` is sorted by them.
void Collector::Impl::tie_resumptions(const std::vector<std::uint64_t>& ids, Amendments& amendments) {
  for (const Ties::Resumption& r : ties.take_resumptions())
    amendments.resumptions.push_back({ids[r.session], {ids[r.from], r.by}});
  std::sort(amendments.resumptions.begin(), amendments.resumptions.end(),
            [](const auto& a, const auto& b) { return a.session < b.session; });
  occurrences.note_later(find_kind("tls-session-resumed"), [&](const Order& order) -> std::optional<std::string> {
    const auto from = amendments.resumed_from(ids[order.session]);
    if (!from) return std::nullopt;
    switch (from->by) {
      case ResumedFrom::By::SessionId:
        return phrase("the full handshake is in session {:d}, by the session id", from->session).text();
      case ResumedFrom::By::Ticket:
        return phrase("the full handshake is in session {:d}, by the ticket", from->session).text();
      case ResumedFrom::By::SamePair:
        break;
    }
    return phrase("the last full handshake of the same two is in session {:d}", from->session).text();
  });
}

void Collector::Impl::find_reused_keys(const std::vector<std::uint64_t>& ids, Amendments& amendments) {
  const FindingKind* const kind = find_kind("kx-key-reuse");
  for (const std::vector<Ties::Share>& group : ties.take_reused_shares()) {
    std::vector<Ties::Share> members = group;
    std::sort(members.begin(), members.end(),
              [&](const auto& a, const auto& b) { return ids[a.session] < ids[b.session]; });
    std::optional<Seen> first;
    for (const Ties::Share& member : members) {
      const std::uint64_t id = ids[member.session];
      Phrase note =
          counted(members.size() - 1, "the same value in {:d} more session", "the same value in {:d} more sessions");
      if (first)
        note = phrase("the same value as in frame {:d} of session {:d}, {:t} before", first->frame,
                      ids[members.front().session], span_of(member.seen.time - first->time));
      else
        first = member.seen;
      occurrences.add(kind, severity(*kind, member.role), orders[id - 1], member.seen, std::move(note).text());
      summary.found({member.server, 0}, kind);
      amendments.found[id].push_back(kind);
    }
  }
}

// "(b) two capture points of one flow show different lists: certain" (CRITERIA, starttls-stripped-suspected).
void Collector::Impl::find_removed(const Sightings::Told& told, const std::vector<std::uint64_t>& ids,
                                   const Crossing::Tell& tell) {
  const FindingKind* const kind = find_kind("starttls-stripped-suspected");
  std::unordered_map<std::uint32_t, std::string> known;  // by place: of sessions that were found to be so before
  std::set<std::uint32_t> not_withheld;
  for (const Sightings::Pair& pair : told.pairs) {
    if (pair.withheld && not_withheld.insert(pair.withheld->order.session).second)
      crossing.was_not_withheld(pair.withheld->path);
    if (pair.kind != Story::Kind::Removed) continue;
    const Sightings::Member& lacks = pair.second_lacks ? pair.second : pair.first;
    const Sightings::Member& has = pair.second_lacks ? pair.first : pair.second;
    const Seen& at = pair.second_lacks ? *pair.at_second : *pair.at_first;
    const Seen& there = pair.second_lacks ? *pair.at_first : *pair.at_second;
    const Phrase note =
        pair.command ? phrase(
                           "certain: the client sent STARTTLS, as another capture point shows (session {:d}, frame "
                           "{:d} of input {:d})",
                           ids[has.order.session], there.frame, there.input + 1)
                     : phrase(
                           "certain: the server offered STARTTLS, as another capture point shows (session {:d}, "
                           "frame {:d} of input {:d})",
                           ids[has.order.session], there.frame, there.input + 1);
    const JudgedSession judged = sessions[lacks.order.session];
    if (std::binary_search(judged.finding_kinds.begin(), judged.finding_kinds.end(), kind))
      known[lacks.order.session] = note.text();
    else
      tell({lacks.order, at, lacks.path, judged.judgement.role, 0}, kind, note);
  }
  if (known.empty()) return;
  occurrences.note_later(kind, [&](const Order& order) -> std::optional<std::string> {
    const auto one = known.find(order.session);
    return one == known.end() ? std::nullopt : std::optional(one->second);
  });
}

Overview Collector::Impl::finish(RunFacts run) {
  std::vector<std::uint64_t> ids(orders.size());  // by place
  std::sort(orders.begin(), orders.end());
  for (std::size_t i = 0; i < orders.size(); ++i) ids[orders[i].session] = i + 1;

  Amendments amendments;
  const auto tell = [&](const Crossing::Event& event, const FindingKind* kind, Phrase note) {
    occurrences.add(kind, severity(*kind, event.role), event.order, event.seen, std::move(note).text());
    summary.found(event.path, kind);
    amendments.found[ids[event.order.session]].push_back(kind);
  };
  const Sightings::Told seen_again = sightings.take(run, sessions, ids);
  std::unordered_map<std::uint32_t, std::uint32_t> connection;  // by place: the first session that shows it
  std::uint64_t repeated = 0;
  for (const auto& of_one : seen_again.of_one) {
    repeated += of_one.size() - 1;
    for (const std::uint32_t place : of_one) {
      connection[place] = of_one.front();
      for (const std::uint32_t other : of_one)
        if (other != place) amendments.also_seen_as[ids[place]].push_back(ids[other]);
    }
  }
  const auto same = [&](std::uint32_t a, std::uint32_t b) {
    const auto one = connection.find(a), two = connection.find(b);
    return one != connection.end() && two != connection.end() && one->second == two->second;
  };
  find_removed(seen_again, ids, tell);
  const auto fallbacks = crossing.find_fallbacks(options.fallback_window, same, tell);
  crossing.find_inconsistent_offers(tell);
  tie_resumptions(ids, amendments);
  find_reused_keys(ids, amendments);
  keys.find_changed(tell);
  keys.find_shared(tell);
  judge_inputs(run);
  for (const std::size_t rule : policy.not_observed()) {
    const FindingKind* kind = find_kind("policy-coverage-missing");
    occurrences.add(kind, kind->access, {0, Order::kNone, rule}, {},
                    phrase("rule {:d}: no session decides it", rule).text());
  }
  judge_markers(run);
  for (const InputFacts& input : run.inputs)
    amendments.inputs.push_back({input.dropped.value_or(0) > 0, input.ended != "complete"});
  auto [told, left_out] = stories.take(summary, crossing, fallbacks, seen_again, run, sessions, ids);
  sessions.number(ids);
  sessions.amend(std::move(amendments));

  Overview o;
  o.run = std::move(run);
  if (with_certificates == 0) o.run.trust.reset();  // nothing was held against it
  o.counts = counts;
  o.seen_again = repeated;
  o.keyed = keyed;
  o.sessions = std::move(sessions);
  o.stories = std::move(told);
  o.stories_left_out = left_out;
  o.servers = summary.take_servers();
  auto [hops, unproven] = summary.take_hops();
  o.hops = std::move(hops);
  o.policy = policy.take_policy(ids);
  o.profiles = policy.take_profiles();
  give_verdict(o, grounds, unproven, occurrences, options);
  o.findings = occurrences.take(ids);
  return o;
}

Collector::Collector(const OverviewOptions* options, const Limits* limits)
    : impl_(std::make_unique<Impl>(options, limits)) {}
Collector::~Collector() = default;

void Collector::add(std::span<JudgedSession> ended) { impl_->add(ended); }
const std::optional<Error>& Collector::fault() const noexcept { return impl_->sessions.fault(); }
/// What was collected goes with it: reports need the memory.
Overview Collector::finish(RunFacts run) {
  assert(impl_);
  return std::exchange(impl_, nullptr)->finish(std::move(run));
}

std::string_view to_string(Story::Kind kind) noexcept {
  constexpr std::array<std::string_view, Story::kKinds> kWords{
      "fallback",    "gateway", "stripped",   "unequal-offer", "injection",  "enforcement",
      "same-secret", "removed", "terminated", "altered",       "translated", "points"};
  return kWords[static_cast<std::size_t>(kind)];
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
