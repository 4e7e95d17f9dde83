// Summary: servers, hops and counts out of the judged sessions.
#pragma once

#include <deque>
#include <vector>

#include "mailseal/overview.h"

namespace mailseal {

constexpr std::uint64_t of(const Counts& counts, State state) noexcept {
  return counts[static_cast<std::size_t>(state)];
}

std::vector<Server> servers_of(const std::deque<JudgedSession>&);
/// A hop is one direction of travel: from the client's address to a server's port.
std::vector<Hop> hops_of(const std::deque<JudgedSession>&);
/// Those of `hops` that count (something was judged or should have been) and have no session that is
/// encrypted with at least medium confidence.
std::vector<const Hop*> unproven(const std::vector<Hop>& hops, const std::deque<JudgedSession>&);

}  // namespace mailseal
