// PolicyAnswer: how one session stands to the policy and the profile it is held against. See policy.cpp.
#pragma once

#include <optional>
#include <vector>

#include "mailseal/base/phrase.h"
#include "rule.h"

namespace mailseal {

/// One reason, and where it was seen.
struct PolicyReason {
  Seen seen;
  Phrase text;
};

struct PolicyAnswer {
  std::optional<PolicyMatch> match;
  std::vector<PolicyReason> broken;  ///< every reason; also where an exception covers them
  bool past_exception = false;       ///< one covered this, and has ended
  bool unexpected = false;
  std::optional<ProfileMatch> profile;
  std::vector<PolicyReason> below;  ///< every reason
};

/// The one that decides, in Policy::rules; nullopt: none matches.
std::optional<std::size_t> first_rule(const Policy&, const Session&);
PolicyAnswer hold_against_policy(const Case&);
/// Of what was negotiated; empty: nothing observed is below it.
std::vector<PolicyReason> below_profile(const Case&, const Profile&);

}  // namespace mailseal
