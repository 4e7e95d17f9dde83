// The capture's verdict (CRITERIA 3.3).
//
//   FAIL          a session is plaintext or mixed, or a finding is as severe as fail_on. What tells of the capture or
//                 of what could not be judged never fails it, nor does good news.
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
#include <map>

#include "summary.h"

namespace mailseal {
namespace {

constexpr std::size_t kReasonsInSentence = 3;

struct Tally {
  std::uint64_t encrypted, failed, clear, no_mail, unjudged;
  std::uint64_t judged() const noexcept { return encrypted + failed + clear; }
};

Tally tally_of(const Counts& c) noexcept {
  return {of(c, State::Encrypted), of(c, State::Failed), of(c, State::Plaintext) + of(c, State::Mixed),
          of(c, State::NoMail), of(c, State::Inconclusive)};
}

std::string number(std::uint64_t n) { return std::to_string(n); }

std::string things(std::uint64_t n, std::string_view one, std::string_view many) {
  return number(n) + ' ' + std::string(n == 1 ? one : many);
}

std::string place(const RunFacts& run, const Seen& seen) {
  std::string text = seen.input < run.inputs.size() ? run.inputs[seen.input].path : "input " + number(seen.input + 1);
  if (seen.frame != 0) text += " frame " + number(seen.frame);
  return text;
}

// "2026-11-21T10:00:00Z": the sentence needs no fractions.
std::string second_of(Timestamp t) { return to_string(t).substr(0, 19) + 'Z'; }

std::string period(const RunFacts& run) {
  std::optional<Timestamp> from, to;
  for (const InputFacts& input : run.inputs)
    for (const auto& time : {input.first, input.last}) {
      if (!time || *time == Timestamp{}) continue;
      if (!from || *time < *from) from = time;
      if (!to || *time > *to) to = time;
    }
  return from ? " between " + second_of(*from) + " and " + second_of(*to) : std::string();
}

// The place of the first octet that was readable, over all sessions.
std::optional<Seen> first_in_clear(const std::deque<JudgedSession>& sessions) {
  std::optional<Seen> first;
  for (const JudgedSession& judged : sessions) {
    const State state = judged.judgement.state;
    if (state != State::Plaintext && state != State::Mixed) continue;
    const Session& s = judged.session;
    std::optional<Seen> seen = first_exposed(s);
    if (!seen && s.tls) seen = s.tls->application_data;  // of a NULL suite, not understood
    if (!seen) seen = s.first;
    if (!first || std::tuple(seen->input, seen->frame) < std::tuple(first->input, first->frame)) first = seen;
  }
  return first;
}

bool may_fail(FindingClass cls) noexcept {
  return cls != FindingClass::Capture && cls != FindingClass::Inconclusive && cls != FindingClass::Positive;
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
    if (group.count == 0 || !may_fail(kind.cls) || group.severity > std::min(*fail_on, Severity::Low)) continue;
    all.push_back({&kind, group.severity, group.worst});
  }
  std::stable_sort(all.begin(), all.end(), [](const Failing& a, const Failing& b) { return a.severity < b.severity; });
  return all;
}

/// Packets that may carry TCP, and so mail, and were passed over. A UDP port is all that tells a tunnel
/// from noise on it, so one stray datagram blocks a pass; the reason says how to be rid of it.
struct Unread {
  std::string_view skipped;  ///< as to_string(Skipped) names it
  std::string_view what, remedy;
};
constexpr std::array kUnread{
    Unread{"unknown-link", "of a link type that is not decoded", "capture on an interface of another type"},
    Unread{"tunnel", "of a tunnel that is not decoded (told by IP protocol or UDP port)",
           "capture inside the tunnel, or filter them out if no mail runs there"},
    Unread{"truncated", "cut by the snap length inside their headers", "capture whole packets (tcpdump -s 0)"},
};

std::vector<std::string> unread(const RunFacts& run) {
  std::vector<std::string> all;
  for (const Unread& kind : kUnread) {
    std::uint64_t count = 0;
    std::optional<Seen> first;
    for (std::size_t i = 0; i < run.skipped.size(); ++i) {
      const auto found = run.skipped[i].find(std::string(kind.skipped));
      if (found == run.skipped[i].end() || found->second == 0) continue;
      count += found->second;
      if (!first) first.emplace().input = static_cast<std::uint32_t>(i);
    }
    if (first)
      all.push_back(things(count, "packet", "packets") + ' ' + std::string(kind.what) +
                    (count == 1 ? " was" : " were") + " passed over, first in " + place(run, *first) + ": " +
                    std::string(kind.remedy));
  }
  return all;
}

std::vector<std::string> blockers(const RunFacts& run) {
  std::vector<std::string> all = unread(run);
  for (const std::string& failed : run.failed_inputs) all.push_back("not read: " + failed);
  for (const InputFacts& input : run.inputs) {
    if (input.ended == "truncated") all.push_back(input.path + ": the file ends inside a packet");
    if (input.ended.starts_with("error")) all.push_back(input.path + ": not read to its end (" + input.ended + ")");
    if (input.dropped.value_or(0) > 0)
      all.push_back(input.path + ": " + things(*input.dropped, "packet was", "packets were") +
                    " dropped by the capturing system");
  }
  return all;
}

std::uint64_t packets(const RunFacts& run) noexcept {
  std::uint64_t all = 0;
  for (const InputFacts& input : run.inputs) all += input.packets;
  return all;
}

std::vector<std::string> unjudged(const Overview& o) {
  struct Group {
    std::uint64_t sessions = 0;
    Seen first;
  };
  std::map<const FindingKind*, Group> groups;  // in the order of the catalogue: pointers into one array
  for (const JudgedSession& judged : o.sessions)
    for (const FindingKind* kind : judged.judgement.reasons) {
      Group& group = groups[kind];
      if (group.sessions++ == 0) group.first = judged.session.first;
    }
  std::vector<std::pair<const FindingKind*, Group>> sorted(groups.begin(), groups.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.sessions > b.second.sessions; });
  std::vector<std::string> all;
  for (const auto& [kind, group] : sorted)
    all.push_back(things(group.sessions, "session", "sessions") + " could not be judged: " + std::string(kind->title) +
                  " (" + std::string(kind->id) + "); first: " + place(o.run, group.first));
  return all;
}

std::vector<std::string> without_proof(const Overview& o) {
  const auto hops = unproven(o.hops, o.sessions);
  if (hops.empty()) return {};
  const Hop& first = *hops.front();
  return {things(hops.size(), "hop has", "hops have") +
          " no session that was shown to be inside TLS; first: " + to_string(first.from) + " > " +
          to_string(Endpoint{first.to, first.port}) + " (" + std::string(to_string(first.state)) + ")"};
}

// What stands behind each of the three sentences.
std::string counts(const Tally& t) {
  return number(t.encrypted) + " were inside TLS, " + number(t.failed) + " failed before any mail was sent. " +
         number(t.no_mail) + " carried no mail. " + number(t.unjudged) + " could not be judged.";
}

std::string seen_here(const Tally& t, const RunFacts& run) {
  return things(t.judged(), "judged mail flow", "judged mail flows") + " seen at this capture point" + period(run);
}

std::string pass_sentence(const Tally& t, const RunFacts& run) {
  return "No readable mail or credentials in the " + seen_here(t, run) + ": " + counts(t);
}

std::string fail_sentence(const Tally& t, const RunFacts& run, const std::optional<Seen>& first,
                          const std::vector<Failing>& bad) {
  std::string text =
      number(t.clear) + " of " + seen_here(t, run) + " carried mail or credentials readable by anyone on the path";
  if (first) {
    text += ". First: " + place(run, *first) + ". ";
  } else {
    // No clear text, but something as severe: the sentence must not read as a pass.
    text += ", but " + things(bad.size(), "finding is", "findings are") +
            " severe enough to fail. First: " + std::string(bad.front().kind->id) + ", " +
            place(run, bad.front().worst.seen) + ". ";
  }
  return text + counts(t);
}

std::string inconclusive_sentence(const Tally& t, const RunFacts& run, const std::vector<std::string>& reasons) {
  std::string text = "This capture does not show whether mail was encrypted: ";
  for (std::size_t i = 0; i < reasons.size() && i < kReasonsInSentence; ++i) text += (i == 0 ? "" : "; ") + reasons[i];
  if (reasons.size() > kReasonsInSentence) text += "; and " + number(reasons.size() - kReasonsInSentence) + " more";
  return text + ". It is neither a pass nor a fail. Of " + seen_here(t, run) + ", " + counts(t);
}

void append(std::vector<std::string>& to, std::vector<std::string> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

void give_verdict(Overview& o, const Occurrences& occurrences, const OverviewOptions& options) {
  const Tally t = tally_of(o.counts);
  const auto first = first_in_clear(o.sessions);
  const auto bad = failing(occurrences, options.fail_on);
  auto& reasons = o.verdict_reasons;
  if (first)
    reasons.push_back(number(t.clear) + " of " + things(t.judged(), "mail session", "mail sessions") +
                      " carried mail or credentials in clear; first: " + place(o.run, *first));
  for (const Failing& f : bad)
    reasons.push_back(std::string(f.kind->title) + " (" + std::string(f.kind->id) + ", " +
                      std::string(to_string(f.severity)) + ") in " + things(f.worst.count, "session", "sessions") +
                      "; first: " + place(o.run, f.worst.seen));
  const bool fail = !reasons.empty();

  if (occurrences.of(find_kind("capture-no-mail-traffic")).count > 0)
    reasons.push_back("no mail traffic in " + things(packets(o.run), "packet", "packets"));
  else if (t.judged() + t.unjudged == 0)
    reasons.push_back("no session carried mail: " + things(t.no_mail, "session", "sessions") + " without");
  append(reasons, unjudged(o));
  if (!fail) append(reasons, without_proof(o));
  append(reasons, blockers(o.run));

  if (fail) {
    o.verdict = Verdict::Fail;
    o.sentence = fail_sentence(t, o.run, first, bad);
  } else if (!reasons.empty()) {
    o.verdict = Verdict::Inconclusive;
    o.sentence = inconclusive_sentence(t, o.run, reasons);
  } else {
    o.verdict = Verdict::Pass;
    o.sentence = pass_sentence(t, o.run);
    reasons.push_back("all " + things(t.judged(), "judged mail session", "judged mail sessions") +
                      " without readable mail or credentials: " + number(t.encrypted) + " inside TLS, " +
                      number(t.failed) + " failed before any mail was sent");
  }
}

}  // namespace mailseal
