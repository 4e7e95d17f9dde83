// What was looked for with --canary, in words. Markers are told by their SHA-256, never by their text.
#pragma once

#include <string>
#include <vector>

#include "mailseal/overview.h"

namespace mailseal {

/// Why a marker may say little: a sentence.
std::string weakness_words(CanaryWeakness);

/// A sentence each, for where a report tells its method and limits; none where no marker was looked for.
std::vector<std::string> canary_words(const std::vector<CanaryMarker>&);

}  // namespace mailseal
