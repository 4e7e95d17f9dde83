#include "policy_tally.h"

#include <algorithm>

namespace mailseal {

PolicyTally::PolicyTally(const Policy* policy, const Profile* profile) : policy_(policy) {
  const auto expect = [&](const Profile* p) {
    if (p) profiles_[p->name] = {.name = std::string(p->name), .title = std::string(p->title)};
  };
  expect(profile);
  if (!policy) return;
  rules_.resize(policy->rules.size());
  for (const PolicyRule& rule : policy->rules) expect(rule.profile);
  for (const PolicyException& exception : policy->exceptions) exceptions_.push_back({exception});
}

void PolicyTally::add(const JudgedSession& judged, const Order& order) {
  static const FindingKind* const kUnexpected = find_kind("policy-unexpected-path");
  const Judgement& j = judged.judgement;
  const auto& kinds = judged.finding_kinds;
  unexpected_ += std::find(kinds.begin(), kinds.end(), kUnexpected) != kinds.end();
  if (j.profile) {
    ProfileOutcome& profile = profiles_[j.profile->profile->name];
    ++profile.handshakes;
    profile.below += !j.profile->met;
    profile.excepted += !j.profile->met && j.profile->excepted;
  }
  if (!j.policy || j.policy->rule >= rules_.size()) return;
  RuleSoFar& rule = rules_[j.policy->rule];
  if (j.policy->exception && *j.policy->exception < exceptions_.size()) {
    ExceptionOutcome& exception = exceptions_[*j.policy->exception];
    ++(j.policy->outcome == PolicyMatch::Outcome::Excepted ? exception.sessions : exception.too_late);
  }
  switch (j.policy->outcome) {
    case PolicyMatch::Outcome::Kept:
      ++rule.kept;
      return;
    case PolicyMatch::Outcome::Excepted:
      ++rule.excepted;
      return;
    case PolicyMatch::Outcome::Undecided:
      ++rule.undecided;
      return;
    case PolicyMatch::Outcome::Broken:
      break;
  }
  ++rule.broken;
  const auto before = [](const Place& a, const Order& b) { return a.order < b; };
  const auto at = std::lower_bound(rule.places.begin(), rule.places.end(), order, before);
  if (at == rule.places.end() && rule.places.size() == kPolicyPlaces) return;
  rule.places.insert(at, {order, j.policy->seen});
  if (rule.places.size() > kPolicyPlaces) rule.places.pop_back();
}

RuleOutcome::Result PolicyTally::result_of(const RuleSoFar& rule) noexcept {
  if (rule.broken > 0) return RuleOutcome::Result::Broken;
  if (rule.kept > 0) return RuleOutcome::Result::Kept;
  return rule.excepted > 0 ? RuleOutcome::Result::Excepted : RuleOutcome::Result::NotObserved;
}

std::vector<std::size_t> PolicyTally::not_observed() const {
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < rules_.size(); ++i)
    if (result_of(rules_[i]) == RuleOutcome::Result::NotObserved) numbers.push_back(i + 1);
  return numbers;
}

std::optional<PolicyFacts> PolicyTally::take_policy(const std::vector<std::uint64_t>& ids) {
  if (!policy_) return std::nullopt;
  PolicyFacts facts{policy_->file, policy_->sha256, policy_->only, unexpected_, {}, std::move(exceptions_)};
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const RuleSoFar& from = rules_[i];
    RuleOutcome& rule = facts.rules.emplace_back();
    rule.rule = policy_->rules[i];
    rule.result = result_of(from);
    rule.kept = from.kept;
    rule.broken = from.broken;
    rule.excepted = from.excepted;
    rule.undecided = from.undecided;
    for (const Place& place : from.places) rule.places.push_back({ids[place.order.session], place.seen, {}});
  }
  return facts;
}

std::vector<ProfileOutcome> PolicyTally::take_profiles() {
  std::vector<ProfileOutcome> all;
  for (auto& [name, profile] : profiles_) all.push_back(std::move(profile));
  return all;
}

std::string_view to_string(RuleOutcome::Result result) noexcept {
  constexpr std::string_view kWords[] = {"kept", "broken", "excepted", "not observed"};
  return kWords[static_cast<std::size_t>(result)];
}

}  // namespace mailseal
