// PolicyTally: what came of each rule of the policy, of its exceptions and of the profiles, session by session.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "mailseal/overview.h"
#include "order.h"

namespace mailseal {

class PolicyTally {
 public:
  /// Both may be nullptr; they are kept.
  PolicyTally(const Policy*, const Profile*);

  void add(const JudgedSession&, const Order&);

  /// Numbers of rules, from 1, of which no session shows whether they are kept.
  std::vector<std::size_t> not_observed() const;
  /// `ids[i]` is the session's number that was at place i. Empties this.
  std::optional<PolicyFacts> take_policy(const std::vector<std::uint64_t>& ids);
  std::vector<ProfileOutcome> take_profiles();

 private:
  struct Place {
    Order order;
    Seen seen;
  };
  struct RuleSoFar {
    std::uint64_t kept = 0, broken = 0, excepted = 0, undecided = 0;
    std::vector<Place> places;  ///< the first where it was broken, in order
  };
  static RuleOutcome::Result result_of(const RuleSoFar&) noexcept;

  const Policy* policy_;
  std::vector<RuleSoFar> rules_;
  std::vector<ExceptionOutcome> exceptions_;
  std::uint64_t unexpected_ = 0;
  std::map<std::string_view, ProfileOutcome> profiles_;  ///< by name, which is static text
};

}  // namespace mailseal
