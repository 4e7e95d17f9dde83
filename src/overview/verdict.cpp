// The capture's verdict (CRITERIA 3.3).
//
//   FAIL          a session is plaintext or mixed, or a finding is as severe as fail_on. What tells of the capture or
//                 of what could not be judged never fails it, nor does good news or a rule that was not observed.
//   PASS          not FAIL; every hop that counts has an encrypted session of at least medium confidence, and there is
//                 such a hop; nothing was left unjudged; and nothing blocks (drops, a damaged input, an unreadable
//                 one, packets that could carry mail and were passed over)
//   INCONCLUSIVE  everything else; an empty capture too
//
// One packet is enough for FAIL; PASS is always bounded to what was observed. The sentences are the only
// wording of a verdict: they name the place, the time and every count, also those that are 0.
#include "verdict.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "mailseal/base/phrase.h"
#include "summary.h"
#include "unwalked.h"

namespace mailseal {
namespace {

constexpr std::size_t kReasonsInSentence = 3;

using Phrases = std::vector<Phrase>;

struct Tally {
  std::uint64_t encrypted, failed, clear, no_mail, unjudged;
  std::uint64_t judged() const noexcept { return encrypted + failed + clear; }
};

Tally tally_of(const Counts& c) noexcept {
  return {of(c, State::Encrypted), of(c, State::Failed), of(c, State::Plaintext) + of(c, State::Mixed),
          of(c, State::NoMail), of(c, State::Inconclusive)};
}

Phrase sessions(std::uint64_t n) { return counted(n, "{:d} session", "{:d} sessions"); }

std::string input_name(const RunFacts& run, std::size_t input) {
  return input < run.inputs.size() ? run.inputs[input].path : "input " + std::to_string(input + 1);
}

Phrase place(const RunFacts& run, const Seen& seen) {
  std::string name = input_name(run, seen.input);
  return seen.frame == 0 ? Phrase::as_is(std::move(name)) : phrase("{} frame {:d}", name, seen.frame);
}

// "2026-11-21T10:00:00Z": the sentence needs no fractions.
std::string second_of(Timestamp t) { return to_string(t).substr(0, 19) + 'Z'; }

// What the verdict is about: "12 judged mail flows seen at this capture point between ... and ...".
Phrase seen_here(const Tally& t, const RunFacts& run) {
  const Phrase flows = counted(t.judged(), "{:d} judged mail flow", "{:d} judged mail flows");
  std::optional<Timestamp> from, to;
  for (const InputFacts& input : run.inputs)
    for (const auto& time : {input.first, input.last}) {
      if (!time || *time == Timestamp{} || !is_dated(input)) continue;
      if (!from || *time < *from) from = time;
      if (!to || *time > *to) to = time;
    }
  std::set<std::uint32_t> points(run.points.begin(), run.points.end());
  if (from && points.size() > 1)
    return phrase("{:t} seen at {:d} capture points between {} and {}", flows, points.size(), second_of(*from),
                  second_of(*to));
  if (!from) return phrase("{:t} seen at this capture point", flows);
  return phrase("{:t} seen at this capture point between {} and {}", flows, second_of(*from), second_of(*to));
}

bool may_fail(const FindingKind& kind) noexcept {
  const FindingClass cls = kind.cls;
  return kind.id != "policy-coverage-missing" && cls != FindingClass::Capture && cls != FindingClass::Inconclusive &&
         cls != FindingClass::Positive;
}

struct Failing {
  const FindingKind* kind;
  Severity severity;
  Occurrences::Worst worst;
};

std::vector<Failing> failing(const Occurrences& occurrences, std::optional<Severity> fail_on) {
  std::vector<Failing> all;
  if (!fail_on) return all;
  for (const FindingKind& kind : catalogue()) {
    const auto& group = occurrences.of(&kind);
    // Severity::Info and Positive are no failure, whatever was asked for.
    if (group.count == 0 || !may_fail(kind) || group.severity > std::min(*fail_on, Severity::Low)) continue;
    all.push_back({&kind, group.severity, group.worst});
  }
  std::stable_sort(all.begin(), all.end(), [](const Failing& a, const Failing& b) { return a.severity < b.severity; });
  return all;
}

/// Packets that may carry TCP, and so mail, and were passed over; of tunnels unwalked() tells. One stray datagram
/// blocks a pass; the reason says how to be rid of it. Not here: what holds no TCP (not-ip, not-tcp), what no receiver
/// takes (bad-header), and fragments that were kept, which become whole or lost.
struct Unread {
  std::string_view skipped;  ///< as to_string(Skipped) names it
  Phrase (*told)(std::uint64_t, const std::string& first);
};
constexpr std::array kUnread{
    Unread{"unknown-link",
           [](std::uint64_t n, const std::string& first) {
             return counted(n,
                            "{:d} packet of a link type that is not decoded was passed over, first in {}: capture on "
                            "an interface of another type",
                            "{:d} packets of a link type that is not decoded were passed over, first in {}: capture "
                            "on an interface of another type",
                            first);
           }},
    Unread{"truncated",
           [](std::uint64_t n, const std::string& first) {
             return counted(n,
                            "{:d} packet cut by the snap length inside their headers was passed over, first in {}: "
                            "capture whole packets (tcpdump -s 0)",
                            "{:d} packets cut by the snap length inside their headers were passed over, first in {}: "
                            "capture whole packets (tcpdump -s 0)",
                            first);
           }},
    Unread{"lost-fragments",
           [](std::uint64_t n, const std::string& first) {
             return counted(n,
                            "{:d} fragment of a TCP packet that could not be joined was passed over, first in {}: "
                            "capture whole packets (tcpdump -s 0) where none is lost",
                            "{:d} fragments of TCP packets that could not be joined were passed over, first in {}: "
                            "capture whole packets (tcpdump -s 0) where none is lost",
                            first);
           }},
};

/// Packets of all inputs that were skipped for that reason, and the first input that has some.
struct PassedOver {
  std::uint64_t packets = 0;
  std::size_t first = 0;
};

PassedOver passed_over(const RunFacts& run, std::string_view reason) {
  PassedOver all;
  for (std::size_t i = 0; i < run.skipped.size(); ++i) {
    const auto found = run.skipped[i].find(std::string(reason));
    if (found == run.skipped[i].end() || found->second == 0) continue;
    if (all.packets == 0) all.first = i;
    all.packets += found->second;
  }
  return all;
}

Phrases unread(const RunFacts& run) {
  Phrases all;
  for (const Unread& kind : kUnread)
    if (const PassedOver over = passed_over(run, kind.skipped); over.packets != 0)
      all.push_back(kind.told(over.packets, input_name(run, over.first)));
  for (const Unwalked& kind : unwalked())
    if (const PassedOver over = passed_over(run, kind.reason); over.packets != 0)
      all.push_back(
          phrase("{:t} could not be read, first in {}: capture where they are in clear, or filter them out if "
                 "no mail runs there",
                 kind.packets(over.packets), input_name(run, over.first)));
  return all;
}

Phrases blockers(const RunFacts& run) {
  Phrases all = unread(run);
  for (const std::string& failed : run.failed_inputs) all.push_back(phrase("not read: {}", failed));
  for (const InputFacts& input : run.inputs) {
    if (input.ended == "truncated") all.push_back(phrase("{}: the file ends inside a packet", input.path));
    if (input.ended.starts_with("error"))
      all.push_back(phrase("{}: not read to its end ({})", input.path, input.ended));
    if (input.text && input.text->damaged > 0)
      all.push_back(
          phrase("{}: {:t}", input.path,
                 counted(input.text->damaged, "{:d} packet is cut where a row of the text is damaged or missing",
                         "{:d} packets are cut where a row of the text is damaged or missing")));
    if (input.text && input.text->without_octets > 0)
      all.push_back(phrase("{}: {:t}", input.path,
                           counted(input.text->without_octets, "{:d} packet shows no payload: capture at level 3 or 6",
                                   "{:d} packets show no payload: capture at level 3 or 6")));
    if (input.dropped.value_or(0) > 0)
      all.push_back(phrase("{}: {:t}", input.path,
                           counted(*input.dropped, "{:d} packet was dropped by the capturing system",
                                   "{:d} packets were dropped by the capturing system")));
  }
  return all;
}

Phrases not_observed(const Overview& o) {
  std::uint64_t count = 0;
  std::size_t first = 0;
  if (o.policy)
    for (std::size_t i = 0; i < o.policy->rules.size(); ++i)
      if (o.policy->rules[i].result == RuleOutcome::Result::NotObserved && count++ == 0) first = i + 1;
  if (count == 0) return {};
  return {counted(count, "{:d} rule of the policy has no session that decides it; first: rule {:d}",
                  "{:d} rules of the policy have no session that decides them; first: rule {:d}", first)};
}

std::uint64_t packets(const RunFacts& run) noexcept {
  std::uint64_t all = 0;
  for (const InputFacts& input : run.inputs) all += input.packets;
  return all;
}

Phrases unjudged(const RunFacts& run, const Grounds& grounds) {
  using Group = std::pair<const FindingKind*, Grounds::Unjudged>;
  std::vector<Group> sorted(grounds.unjudged.begin(), grounds.unjudged.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Group& a, const Group& b) { return a.second.sessions > b.second.sessions; });
  Phrases all;
  for (const auto& [kind, group] : sorted)
    all.push_back(phrase("{:t} could not be judged: {:t} ({}); first: {:t}", sessions(group.sessions),
                         Phrase::word(kind->title), kind->id, place(run, group.seen)));
  return all;
}

Phrases without_proof(const std::vector<Hop>& hops, const std::vector<std::size_t>& unproven) {
  if (unproven.empty()) return {};
  const Hop& first = hops[unproven.front()];
  return {counted(unproven.size(), "{:d} hop has no session that was shown to be inside TLS; first: {} ({:t})",
                  "{:d} hops have no session that was shown to be inside TLS; first: {} ({:t})",
                  to_string(first.from) + " > " + to_string(Endpoint{first.to, first.port}),
                  Phrase::word(to_string(first.state)))};
}

// What stands behind each of the three sentences.
Phrase counts(const Tally& t) {
  return phrase(
      "{:d} were inside TLS, {:d} failed before any mail was sent. {:d} carried no mail. {:d} could not be judged.",
      t.encrypted, t.failed, t.no_mail, t.unjudged);
}

Phrase pass_sentence(const Tally& t, const RunFacts& run) {
  return phrase("No readable mail or credentials in the {:t}: {:t}", seen_here(t, run), counts(t));
}

Phrase fail_sentence(const Tally& t, const RunFacts& run, const std::optional<Seen>& first,
                     const std::vector<Failing>& bad) {
  if (first)
    return phrase("{:d} of {:t} carried mail or credentials readable by anyone on the path. First: {:t}. {:t}", t.clear,
                  seen_here(t, run), place(run, *first), counts(t));
  // No clear text, but something as severe: the sentence must not read as a pass.
  return phrase(
      "{:d} of {:t} carried mail or credentials readable by anyone on the path, but {:t}. First: {}, {:t}. {:t}",
      t.clear, seen_here(t, run),
      counted(bad.size(), "{:d} finding is severe enough to fail", "{:d} findings are severe enough to fail"),
      bad.front().kind->id, place(run, bad.front().worst.seen), counts(t));
}

// The first reasons, and how many there are besides.
Phrase in_short(const Phrases& reasons) {
  Phrase all = reasons.front();
  for (std::size_t i = 1; i < reasons.size() && i < kReasonsInSentence; ++i)
    all = phrase("{:t}; {:t}", all, reasons[i]);
  if (reasons.size() <= kReasonsInSentence) return all;
  return phrase("{:t}; and {:d} more", all, reasons.size() - kReasonsInSentence);
}

Phrase inconclusive_sentence(const Tally& t, const RunFacts& run, const Phrases& reasons) {
  return phrase(
      "This capture does not show whether mail was encrypted: {:t}. It is neither a pass nor a fail. Of {:t}, {:t}",
      in_short(reasons), seen_here(t, run), counts(t));
}

void append(Phrases& to, Phrases from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

void Grounds::add(const JudgedSession& judged, const std::optional<Seen>& exposed, const Order& order) {
  const Session& s = judged.session;
  if (judged.judgement.state == State::Plaintext || judged.judgement.state == State::Mixed) {
    std::optional<Seen> seen = exposed;
    if (!seen && s.tls) seen = s.tls->application_data;  // of a NULL suite, not understood
    if (!seen) seen = s.first;
    if (!first_in_clear || std::tie(seen->input, seen->frame) < std::tie(first_in_clear->input, first_in_clear->frame))
      first_in_clear = seen;
  }
  for (const FindingKind* kind : judged.judgement.reasons) {
    Unjudged& group = unjudged[kind];
    if (group.sessions++ != 0 && group.order < order) continue;
    group.order = order;
    group.seen = s.first;
  }
}

void give_verdict(Overview& o, const Grounds& grounds, const std::vector<std::size_t>& unproven,
                  const Occurrences& occurrences, const OverviewOptions& options) {
  const Tally t = tally_of(o.counts);
  const auto& first = grounds.first_in_clear;
  const auto bad = failing(occurrences, options.fail_on);
  Phrases reasons;
  if (first)
    reasons.push_back(phrase("{:d} of {:t} carried mail or credentials in clear; first: {:t}", t.clear,
                             counted(t.judged(), "{:d} mail session", "{:d} mail sessions"), place(o.run, *first)));
  for (const Failing& f : bad)
    reasons.push_back(phrase("{:t} ({}, {:t}) in {:t}; first: {:t}", Phrase::word(f.kind->title), f.kind->id,
                             Phrase::word(to_string(f.severity)), sessions(f.worst.count), place(o.run, f.worst.seen)));
  const bool fail = !reasons.empty();

  if (occurrences.of(find_kind("capture-no-mail-traffic")).count > 0)
    reasons.push_back(phrase("no mail traffic in {:t}", counted(packets(o.run), "{:d} packet", "{:d} packets")));
  else if (t.judged() + t.unjudged == 0)
    reasons.push_back(phrase("no session carried mail: {:t} without", sessions(t.no_mail)));
  append(reasons, unjudged(o.run, grounds));
  if (!fail) append(reasons, without_proof(o.hops, unproven));
  append(reasons, not_observed(o));
  append(reasons, blockers(o.run));

  if (fail) {
    o.verdict = Verdict::Fail;
    o.sentence = fail_sentence(t, o.run, first, bad).text();
  } else if (!reasons.empty()) {
    o.verdict = Verdict::Inconclusive;
    o.sentence = inconclusive_sentence(t, o.run, reasons).text();
  } else {
    o.verdict = Verdict::Pass;
    o.sentence = pass_sentence(t, o.run).text();
    reasons.push_back(
        phrase("all {:t} without readable mail or credentials: {:d} inside TLS, {:d} failed before any mail was sent",
               counted(t.judged(), "{:d} judged mail session", "{:d} judged mail sessions"), t.encrypted, t.failed));
  }
  for (Phrase& reason : reasons) o.verdict_reasons.push_back(std::move(reason).text());
}

}  // namespace mailseal
