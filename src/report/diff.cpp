#include "diff.h"

#include <algorithm>
#include <functional>
#include <tuple>

#include "table.h"
#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

constexpr std::size_t kListed = 4;  ///< of servers, suites, certificates in one row
constexpr std::size_t kCautionColumns = 400;

template <class Strings>
std::string listed(const Strings& strings) {
  std::string out;
  std::size_t n = 0;
  for (const std::string& s : strings) {
    if (n == kListed) return told("{} and {} more", out, strings.size() - n);
    out += (n++ ? ", " : "") + s;
  }
  return out;
}

template <class Key, class To>
std::vector<std::string> missing_in(const std::set<Key>& all, const std::set<Key>& other, To to_text) {
  std::vector<std::string> out;
  for (const Key& key : all)
    if (!other.contains(key)) out.push_back(to_text(key));
  return out;
}

using HopPlace = std::tuple<IpAddress, IpAddress, std::uint16_t>;
HopPlace place_of(const Hop& h) { return {h.from, h.to, h.port}; }
std::string hop_text(const Hop& h) { return to_string(h.from) + " > " + to_string(Endpoint{h.to, h.port}); }

/// What the two share is walked side by side; either may be nullptr.
template <class Key, class T>
void side_by_side(const std::map<Key, const T*>& before, const std::map<Key, const T*>& after,
                  const std::function<void(const T*, const T*)>& see) {
  auto b = before.begin();
  auto a = after.begin();
  while (b != before.end() || a != after.end()) {
    if (a == after.end() || (b != before.end() && b->first < a->first))
      see((b++)->second, nullptr);
    else if (b == before.end() || a->first < b->first)
      see(nullptr, (a++)->second);
    else
      see((b++)->second, (a++)->second);
  }
}

using Groups = std::map<std::string, const FindingGroup*, std::less<>>;
Groups groups_of(const Overview& overview) {
  Groups groups;
  for (const FindingGroup& group : overview.findings) groups.emplace(std::string(group.kind->id), &group);
  return groups;
}

class Comparison {
 public:
  Comparison(const Snapshot& before, const Snapshot& after)
      : before_(before),
        after_(after),
        groups_before_(groups_of(before.report.overview)),
        groups_after_(groups_of(after.report.overview)) {}

  Difference make() {
    out_.before = compared(before_);
    out_.after = compared(after_);
    cautions();
    look_for_unseen();
    verdict();
    servers();
    hops();
    findings();
    std::stable_sort(out_.changes.begin(), out_.changes.end(), [](const Change& a, const Change& b) {
      return std::tuple(a.turn, a.subject) < std::tuple(b.turn, b.subject);
    });
    for (const Change& change : out_.changes) ++out_.numbers[static_cast<std::size_t>(change.turn)];
    out_.answer = answer();
    return std::move(out_);
  }

 private:
  static Compared compared(const Snapshot& s) {
    const Overview& overview = s.report.overview;
    Compared c;
    c.name = s.name;
    c.version = s.report.options.version;
    c.generated = s.report.options.generated;
    c.verdict = overview.verdict;
    c.counts = overview.counts;
    c.inputs = overview.run.inputs.size();
    for (const InputFacts& input : overview.run.inputs)
      for (const auto& time : {input.first, input.last}) {
        if (!time) continue;
        c.first = std::min(c.first.value_or(*time), *time);
        c.last = std::max(c.last.value_or(*time), *time);
      }
    return c;
  }

  Answer answer() const {
    const auto any = [&](Turn t) { return out_.numbers[static_cast<std::size_t>(t)] != 0; };
    if (any(Turn::Opened) || any(Turn::Worse)) return Answer::Worse;
    if (any(Turn::Closed) || any(Turn::Better)) return Answer::Better;
    return out_.changes.empty() ? Answer::Same : Answer::Changed;
  }

  // --- what speaks against comparing them ---

  void cautions() {
    const Compared &b = out_.before, &a = out_.after;
    if (b.first && a.first && *a.first < *b.first)
      caution(told("{} is of an earlier time than {}: are they given in the right order?", a.name, b.name));
    if (digests(before_) == digests(after_) && !digests(after_).empty()) caution(tr("Both are of the same captures."));
    if (b.version != a.version)
      caution(told("{} was judged by mailseal {}, {} by {}: their rules may differ.", b.name, b.version, a.name,
                   a.version));
    if (const auto [then, now] = std::pair(rules(before_), rules(after_)); then != now)
      caution(told("They were judged with other options: \"{}\" and \"{}\".", then, now));
    for (const Snapshot* s : {&before_, &after_}) {
      const std::size_t failed = s->report.overview.run.failed_inputs.size();
      if (failed != 0)
        caution(told("{}: {} could not be read.", s->name, told_number(failed, "{} capture", "{} captures")));
      for (const std::string& line : s->report.left_out) caution(s->name + ": " + line);
    }
  }
  void caution(std::string_view sentence) { out_.cautions.push_back(shortened(sentence, kCautionColumns)); }

  static std::set<std::string> digests(const Snapshot& s) {
    std::set<std::string> all;
    for (const InputFacts& input : s.report.overview.run.inputs)
      if (!input.sha256.empty()) all.insert(input.sha256);
    return all;
  }

  /// Of the command line what changes the judgement.
  static std::string rules(const Snapshot& s) {
    std::set<std::string> all;
    const auto& words = s.report.options.arguments;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] == "--any-port" || words[i] == "--all") all.insert(words[i]);
      for (const std::string_view option : {"--fail-on", "--port"}) {
        if (words[i].starts_with(std::string(option) + "=")) all.insert(words[i]);
        if (words[i] == option && i + 1 < words.size()) all.insert(words[i] + "=" + words[i + 1]);
      }
    }
    std::string text;
    for (const std::string& word : all) text += (text.empty() ? "" : " ") + word;
    return text;
  }

  // --- verdict, servers, hops ---

  static bool is_judged(State s) { return s != State::NoMail && s != State::Inconclusive; }

  /// What stood against a pass, and was not judged again: it may have been closed, or only not captured.
  void look_for_unseen() {
    const auto& run = before_.report.overview.run;
    const std::optional<Severity> fail_on = run.scope ? run.scope->fail_on : Severity::High;
    std::set<Endpoint> servers;
    for (const Server& s : after_.report.overview.servers)
      if (is_judged(s.state)) servers.insert(s.endpoint);
    std::set<HopPlace> hops;
    for (const Hop& h : after_.report.overview.hops)
      if (is_judged(h.state)) hops.insert(place_of(h));
    for (const Hop& h : before_.report.overview.hops) {
      if (h.state == State::Encrypted || h.state == State::NoMail || hops.contains(place_of(h))) continue;
      unseen_ = true;
      if (is_open(h.state)) unseen_hops_.insert({h.to, h.port});
    }
    for (const Server& s : before_.report.overview.servers) {
      if (servers.contains(s.endpoint)) continue;
      unseen_ |= s.state != State::Encrypted && s.state != State::NoMail;
      for (const FindingKind* kind : s.findings)
        if (const auto group = groups_before_.find(kind->id); group != groups_before_.end() && fail_on)
          unseen_ |= stands_against(*kind, group->second->severity) && group->second->severity <= *fail_on;
    }
  }

  void verdict() {
    const Verdict b = out_.before.verdict, a = out_.after.verdict;
    if (b == a) return;
    const Turn turn = turn_of(b, a);
    const bool only_unseen = turn == Turn::Better && unseen_;
    out_.changes.push_back({only_unseen ? Turn::Changed : turn, Subject::Verdict, "", "", Change::Form::Values,
                            tr(to_string(b)), tr(to_string(a)),
                            only_unseen ? tr("what stood against it was not all judged again") : ""});
  }

  /// InPart: not all of what was open there was judged again.
  enum class Sight : std::uint8_t { Whole, InPart };

  void state(Subject subject, const std::string& what, State b, State a, const Counts& then, const Counts& now,
             Sight sight = Sight::Whole) {
    Turn turn = turn_of(b, a);
    if (b == a) return;
    std::string detail = told("{}, before {}", fraction_of(now), fraction_of(then));
    if (turn == Turn::Closed && sight == Sight::InPart) {
      turn = Turn::Changed;
      detail += "; " + tr("a client whose mail was readable was not seen again");
    }
    out_.changes.push_back({turn, subject, what, std::string(tr_later("state")), Change::Form::Values, tr(to_string(b)),
                            tr(to_string(a)), std::move(detail)});
  }
  void only_after(Subject subject, const std::string& what, State a, const Counts& now) {
    out_.changes.push_back({is_open(a) ? Turn::Opened : Turn::Appeared, subject, what, std::string(tr_later("state")),
                            Change::Form::Values, "", tr(to_string(a)), fraction_of(now)});
  }
  void only_before(Subject subject, const std::string& what, State b, const Counts& then) {
    out_.changes.push_back({Turn::Vanished, subject, what, std::string(tr_later("state")), Change::Form::Values,
                            tr(to_string(b)), "",
                            is_open(b) ? tr("whether it was closed is not known") : fraction_of(then)});
  }

  void servers() {
    std::map<Endpoint, const Server*> before, after;
    for (const Server& s : before_.report.overview.servers) before.emplace(s.endpoint, &s);
    for (const Server& s : after_.report.overview.servers) after.emplace(s.endpoint, &s);
    side_by_side<Endpoint, Server>(before, after, [&](const Server* b, const Server* a) {
      const std::string what = to_string(b ? b->endpoint : a->endpoint);
      if (!b)
        only_after(Subject::Server, what, a->state, a->counts);
      else if (!a)
        only_before(Subject::Server, what, b->state, b->counts);
      else
        server(what, *b, *a);
      if (a) findings_at(what, b, *a);
    });
  }

  void server(const std::string& what, const Server& b, const Server& a) {
    state(Subject::Server, what, b.state, a.state, b.counts, a.counts,
          unseen_hops_.contains(b.endpoint) ? Sight::InPart : Sight::Whole);
    if (b.observed_level != a.observed_level)
      out_.changes.push_back({turn_of_level(b.observed_level, a.observed_level), Subject::Server, what,
                              std::string(tr_later("observed level")), Change::Form::Values, tr(b.observed_level),
                              tr(a.observed_level)});
    const auto then = before_.shown.find(b.endpoint), now = after_.shown.find(a.endpoint);
    if (then == before_.shown.end() || now == after_.shown.end()) return;  // the states tell that
    set_of(what, tr_later("TLS versions"), then->second.versions, now->second.versions, version_name);
    set_of(what, tr_later("cipher suites"), then->second.suites, now->second.suites, suite_name);
    certificates(what, then->second.certificates, now->second.certificates);
  }

  template <class Key, class To>
  void set_of(const std::string& what, std::string_view aspect, const std::set<Key>& then, const std::set<Key>& now,
              To to) {
    if (then.empty() || now.empty() || then == now) return;
    out_.changes.push_back({Turn::Changed, Subject::Server, what, std::string(aspect), Change::Form::Sets,
                            listed(missing_in(then, now, to)), listed(missing_in(now, then, to))});
  }

  void certificates(const std::string& what, const std::map<std::string, std::string>& then,
                    const std::map<std::string, std::string>& now) {
    std::set<std::string> before, after;  // digests
    for (const auto& [digest, called] : then) before.insert(digest);
    for (const auto& [digest, called] : now) after.insert(digest);
    // None was seen in one of them: hidden by TLS 1.3, or resumed; that says nothing of the other.
    if (before.empty() || after.empty() || before == after) return;
    out_.changes.push_back({Turn::Changed, Subject::Server, what, std::string(tr_later("certificates")),
                            Change::Form::Sets,
                            listed(missing_in(before, after, [&](const auto& d) { return then.at(d); })),
                            listed(missing_in(after, before, [&](const auto& d) { return now.at(d); }))});
  }

  void hops() {
    std::map<HopPlace, const Hop*> before, after;
    for (const Hop& h : before_.report.overview.hops) before.emplace(place_of(h), &h);
    for (const Hop& h : after_.report.overview.hops) after.emplace(place_of(h), &h);
    side_by_side<HopPlace, Hop>(before, after, [&](const Hop* b, const Hop* a) {
      const std::string what = hop_text(b ? *b : *a);
      if (!b)
        only_after(Subject::Hop, what, a->state, a->counts);
      else if (!a)
        only_before(Subject::Hop, what, b->state, b->counts);
      else
        state(Subject::Hop, what, b->state, a->state, b->counts, a->counts);
    });
  }

  // --- findings: where each is new or gone, gathered by id ---

  static std::set<std::string_view> ids_of(const Server& s) {
    std::set<std::string_view> ids;
    for (const FindingKind* kind : s.findings) ids.insert(kind->id);
    return ids;
  }

  void findings_at(const std::string& where, const Server* b, const Server& a) {
    const std::set<std::string_view> then = b ? ids_of(*b) : std::set<std::string_view>(), now = ids_of(a);
    for (const std::string_view id : now) {
      if (then.contains(id)) continue;
      const auto group = groups_after_.find(id);
      if (group == groups_after_.end()) continue;
      const bool against = stands_against(*group->second->kind, group->second->severity);
      if (b || against) at_[{against ? Turn::Worse : Turn::Changed, std::string(id)}].fresh.push_back(where);
    }
    // That a finding is gone is a gain only where the server's mail was judged again.
    const bool judged = is_judged(a.state) && !unseen_hops_.contains(a.endpoint);
    for (const std::string_view id : then) {
      if (now.contains(id)) continue;
      const auto group = groups_before_.find(id);
      if (group == groups_before_.end()) continue;
      const bool against = stands_against(*group->second->kind, group->second->severity);
      at_[{against && judged ? Turn::Better : Turn::Changed, std::string(id)}].gone.push_back(where);
    }
  }

  void findings() {
    for (const auto& [key, places] : at_) {
      std::vector<std::string> parts;
      if (!places.fresh.empty()) parts.push_back(told("new at {}", listed(places.fresh)));
      if (!places.gone.empty()) parts.push_back(told("gone at {}", listed(places.gone)));
      std::string detail;
      for (const std::string& part : parts) detail += (detail.empty() ? "" : "; ") + part;
      finding(key.first, key.second, std::move(detail));
    }
    for (const auto& [id, group] : groups_after_) {
      const auto then = groups_before_.find(id);
      if (then == groups_before_.end()) {
        if (!told_.contains(id))
          finding(Turn::Changed, id,
                  is_of_capture(*group) ? tr("of the capture") : tr("at servers seen for the first time"));
      } else if (!told_.contains(id) && then->second->severity != group->severity) {
        const Severity was = then->second->severity;
        finding(group->severity < was ? Turn::Worse : Turn::Better, id, told("{} before", tr(to_string(was))));
      } else if (!told_.contains(id) && then->second->count != group->count) {
        out_.recounts.push_back({group->severity, id, then->second->count, group->count});
      }
    }
    for (const auto& [id, group] : groups_before_)
      if (!groups_after_.contains(id) && !told_.contains(id) && is_of_capture(*group))
        finding(Turn::Changed, id, tr("of the capture"));
    std::stable_sort(out_.recounts.begin(), out_.recounts.end(),
                     [](const Recount& a, const Recount& b) { return a.severity < b.severity; });
  }

  static bool is_of_capture(const FindingGroup& group) {
    return !group.occurrences.empty() && group.occurrences.front().session == 0;
  }

  void finding(Turn turn, std::string_view id, std::string detail) {
    const auto then = groups_before_.find(id), now = groups_after_.find(id);
    const auto text = [](const Groups& groups, Groups::const_iterator at) {
      return at == groups.end() ? std::string("0") : std::to_string(at->second->count);
    };
    const FindingGroup& group = *(now != groups_after_.end() ? now : then)->second;
    told_.emplace(id);
    out_.changes.push_back({turn, Subject::Finding, std::string(id), std::string(to_string(group.severity)),
                            Change::Form::Values, text(groups_before_, then), text(groups_after_, now),
                            std::move(detail)});
  }

  struct Places {
    std::vector<std::string> fresh, gone;
  };

  const Snapshot& before_;
  const Snapshot& after_;
  const Groups groups_before_, groups_after_;
  bool unseen_ = false;             ///< of what stood against a pass
  std::set<Endpoint> unseen_hops_;  ///< servers of hops that were open
  std::map<std::pair<Turn, std::string>, Places> at_;
  std::set<std::string, std::less<>> told_;  ///< ids
  Difference out_;
};

}  // namespace

Difference difference_of(const Snapshot& before, const Snapshot& after) { return Comparison(before, after).make(); }

}  // namespace mailseal
