// What Canary compiles, and CanarySearch passes over.
#pragma once

#include <vector>

#include "canary_automaton.h"

namespace mailseal {

struct Canary::Impl {
  std::vector<CanaryMarker> markers;
  Automaton exact;            ///< the octets of each character set
  Automaton bare;             ///< what Bare leaves of them
  Automaton utf7;             ///< what Utf7 gives for the text
  bool utf7_differs = false;  ///< from ASCII, for one of them at least
};

}  // namespace mailseal
