// Verdict: pass, fail or inconclusive, its reasons and its one sentence. See verdict.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "mailseal/overview.h"
#include "occurrences.h"
#include "order.h"

namespace mailseal {

/// What the verdict rests on of the sessions, gathered as they end.
struct Grounds {
  std::optional<Seen> first_in_clear;  ///< the place of the first octet that was readable
  struct Unjudged {
    std::uint64_t sessions = 0;
    Order order;  ///< of the first of them
    Seen seen;
  };
  std::map<const FindingKind*, Unjudged> unjudged;  ///< by reason, in the order of the catalogue: one array

  /// `exposed`: first_exposed() of it.
  void add(const JudgedSession&, const std::optional<Seen>& exposed, const Order&);
};

/// Fills verdict, verdict_reasons and sentence of an overview whose other members are complete but for `findings`.
/// `unproven`: the places of hops without proof.
void give_verdict(Overview&, const Grounds&, const std::vector<std::size_t>& unproven, const Occurrences&,
                  const OverviewOptions&);

}  // namespace mailseal
