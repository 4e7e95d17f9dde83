// Survey of inputs: what they are taken for, and what their packets are, counted and not judged. And what can be read
// at all.
#pragma once

#include "mailseal/inspect.h"
#include "mailseal/report.h"
#include "progress.h"

namespace mailseal {

/// Reads the source to its end.
Survey survey(PacketSource&, const InspectOptions&, const Limits&, ProgressLine&);
/// Asked of those who read.
Supported supported();

}  // namespace mailseal
