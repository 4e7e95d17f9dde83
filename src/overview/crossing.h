// Crossing: what no single session shows, but several together do.
//
// A fallback: TLS was refused or failed, then the same client spoke in clear to the same server. An
// inconsistent offer: one server listed STARTTLS to some and not to others. Sessions are matched by addresses and
// the capture's clock alone; a second program on the same host looks the same, and the note says so much.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <vector>

#include "mailseal/base/phrase.h"
#include "mailseal/overview.h"

namespace mailseal {

using Tell = std::function<void(std::size_t place, const FindingKind*, const Seen&, Phrase note)>;

/// `order`: places in `sessions`, in the order of the report.
void find_fallbacks(const std::deque<JudgedSession>& sessions, const std::vector<std::size_t>& order,
                    std::chrono::seconds window, const Tell&);
void find_inconsistent_offers(const std::deque<JudgedSession>& sessions, const std::vector<std::size_t>& order,
                              const Tell&);

}  // namespace mailseal
