// CitedSessions: of the sessions that findings cite, what a row about an occurrence tells.
//
// Taken once, in order of ids, for the sessions may lie on a disk; holds no more than the occurrences that are
// listed (Limits::occurrences of each finding).
#pragma once

#include <cstdint>
#include <vector>

#include "mailseal/overview.h"

namespace mailseal {

struct CitedSession {
  std::uint64_t id = 0;
  FlowKey flow;
  Protocol protocol = Protocol::Unknown;
  Role role = Role::Relay;
  State state = State::Inconclusive;
  std::vector<const FindingKind*> reasons;  ///< why Inconclusive
};

class CitedSessions {
 public:
  explicit CitedSessions(const Overview&);
  /// nullptr: of the capture, or not listed in the report.
  const CitedSession* find(std::uint64_t id) const;

 private:
  std::vector<CitedSession> sessions_;  ///< ascending ids
};

}  // namespace mailseal
