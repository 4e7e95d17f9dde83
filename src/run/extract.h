// Extract: the frames that findings cite, with the handshakes of their sessions, as a pcapng to
// attach to a ticket instead of the capture.
//
// Reads the inputs once more, so they must be files that stand as they stood. Each frame keeps its
// time, its interface and its lengths, and says in a comment which frame it was and what it shows.
#pragma once

#include <ostream>

#include "mailseal/base/expected.h"
#include "mailseal/base/limits.h"
#include "mailseal/overview.h"
#include "options.h"

namespace mailseal {

/// One line where an input has changed or cannot be read again.
Expected<void> extract(std::ostream&, const Overview&, Payload, const Limits&, Archives&);

}  // namespace mailseal
