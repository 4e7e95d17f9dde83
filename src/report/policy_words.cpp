#include "policy_words.h"

#include "figures.h"
#include "mailseal/base/suites.h"
#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

/// Words of enumerations that are translated when they are shown.
[[maybe_unused]] constexpr std::string_view kWords[] = {
    tr_later("not observed"), tr_later("none"), tr_later("preferred"), tr_later("required"), tr_later("verified")};
constexpr std::size_t kShown = 3;  ///< of networks, suites or names; more are counted

template <class All, class Name>
std::string some(const All& all, Name name) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < all.size() && i < kShown; ++i) parts.push_back(escape_text(name(all[i])));
  if (all.size() > kShown) parts.push_back(told("{} more", all.size() - kShown));
  return joined(parts);
}

std::string end_of(const PolicyEnd& end) {
  return end.ranges.empty() ? tr("anyone") : some(end.ranges, [](const AddressRange& r) { return to_string(r); });
}

std::string demands_of(const PolicyRule& rule) {
  std::vector<std::string> parts{tr(to_string(rule.level))};
  if (rule.verify) parts.push_back(tr("a certificate that verifies where TLS is used"));
  if (rule.min_version != 0) parts.push_back(told("{} or newer", version_name(rule.min_version)));
  if (rule.min_bits != 0) parts.push_back(told("{} bits or more", rule.min_bits));
  if (!rule.allowed.empty()) parts.push_back(told("only {}", some(rule.allowed, suite_name)));
  if (!rule.forbidden.empty()) parts.push_back(told("not {}", some(rule.forbidden, suite_name)));
  if (!rule.names.empty())
    parts.push_back(told("a certificate for {}", some(rule.names, [](const std::string& n) { return n; })));
  if (rule.profile) parts.push_back(told("profile {}", rule.profile->name));
  if (!rule.ca.empty()) parts.push_back(told("trusting {} alone", rule.ca));
  if (rule.public_mx) parts.push_back(tr("public MX"));
  return joined(parts);
}

std::string day_of(std::chrono::sys_days day) { return to_string(Timestamp(day)).substr(0, 10); }

}  // namespace

std::string way_of(const PolicyEnd& from, const PolicyEnd& to, const std::vector<std::uint16_t>& ports) {
  std::string way = end_of(from) + " > " + end_of(to);
  if (!ports.empty()) way += " : " + some(ports, [](std::uint16_t port) { return std::to_string(port); });
  return way;
}

std::vector<PolicyRow> policy_rows(const Overview& overview, const Evidence& evidence) {
  std::vector<PolicyRow> rows;
  if (!overview.policy) return rows;
  for (const RuleOutcome& o : overview.policy->rules) {
    PolicyRow row{&o,
                  std::to_string(rows.size() + 1),
                  escape_text(o.rule.name),
                  {},
                  demands_of(o.rule),
                  tr(to_string(o.result)),
                  {},
                  {}};
    row.way = way_of(o.rule.from, o.rule.to, o.rule.ports);
    if (!o.rule.protocol.empty()) row.way += " " + escape_text(o.rule.protocol);
    std::vector<std::string> figures;
    for (const auto& [count, word] : {std::pair(o.kept, tr_later("kept")),
                                      {o.broken, tr_later("broken")},
                                      {o.excepted, tr_later("excepted")},
                                      {o.undecided, tr_later("undecided")}})
      if (count != 0) figures.push_back(so_many(count, tr(word)));
    row.figures = joined(figures);
    EvidenceRow places;
    for (const Occurrence& place : o.places) places.places.push_back(place.seen);
    places.count = o.broken;
    if (!places.places.empty()) row.places = evidence.places(places);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::string> policy_lines(const Overview& overview) {
  std::vector<std::string> lines;
  if (!overview.policy) return lines;
  const PolicyFacts& policy = *overview.policy;
  lines.push_back(told("Policy {}, SHA-256 {}.", escape_text(policy.file), escape_text(policy.sha256)));
  if (policy.only)
    lines.push_back(told_number(policy.unexpected, "It says that it is complete: {} session has no rule.",
                                "It says that it is complete: {} sessions have no rule."));
  for (const ExceptionOutcome& o : policy.exceptions) {
    const PolicyException& e = o.exception;
    const std::string of = e.rule ? told("rule {}", *e.rule + 1) : tr("any rule");
    const bool everyone = e.from.ranges.empty() && e.to.ranges.empty();
    std::string line = told("Exception of {} until {}: {}. {}", everyone ? of : of + ", " + way_of(e.from, e.to, {}),
                            day_of(e.until), escape_text(e.reason),
                            told_number(o.sessions, "It covers {} session that breaks its rule.",
                                        "It covers {} sessions that break their rule."));
    if (o.too_late > 0)
      line += gap() + told_number(o.too_late, "{} session came after its end.", "{} sessions came after its end.");
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> profile_lines(const Overview& overview) {
  std::vector<std::string> lines;
  for (const ProfileOutcome& p : overview.profiles) {
    const std::string name = escape_text(p.name) + " (" + escape_text(p.title) + ")";
    if (p.handshakes == 0)
      lines.push_back(told("No handshake was completed that could be held against {}.", name));
    else if (p.below == 0)
      lines.push_back(
          told("Nothing observed below {} in {}.", name, told_number(p.handshakes, "{} handshake", "{} handshakes")));
    else
      lines.push_back(told("Below {}: {} of {} handshakes.", name, p.below, p.handshakes));
  }
  return lines;
}

}  // namespace mailseal
