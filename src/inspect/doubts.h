// Doubts: what of a session was missed, or not understood. Judge asks of each whether
// the state still depended on it.
#pragma once

#include "mailseal/inspect.h"

namespace mailseal {

/// Adds the doubt unless one of its kind stands already (one before, one after TLS was
/// established). How the capture began is doubted from the beginning, whenever that is found out.
inline void add_doubt(Session& session, Doubt doubt, const Seen& seen) {
  const bool of_the_beginning = doubt == Doubt::JoinedMidway || doubt == Doubt::OneSided;
  const bool after = !of_the_beginning && session.tls && session.tls->established;
  for (const DoubtSeen& d : session.doubts)
    if (d.doubt == doubt && d.after_established == after) return;
  session.doubts.push_back({doubt, seen, after});
}

}  // namespace mailseal
