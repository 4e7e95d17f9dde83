// Verdict: pass, fail or inconclusive, its reasons and its one sentence. See verdict.cpp.
#pragma once

#include "mailseal/overview.h"
#include "occurrences.h"

namespace mailseal {

/// Fills verdict, verdict_reasons and sentence of an overview whose other members are complete but for `findings`.
void give_verdict(Overview&, const Occurrences&, const OverviewOptions&);

}  // namespace mailseal
