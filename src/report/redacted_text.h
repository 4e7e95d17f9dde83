// Redacted text: a sentence of this program with every address, name and path in it replaced.
//
// Notes, reasons and the verdict are sentences that hold them among words. What has an alias is
// found wherever it stands as a word of its own, the longest first; and what has the form of an
// address, a host's name, a digest, a masked mailbox or an absolute path is replaced even if nobody
// has named it before. A name that is an English word of our own sentences is let stand among them:
// there it tells nothing, and no stranger shall word a verdict by what it calls itself.
#pragma once

#include <string>
#include <string_view>

#include "aliases.h"

namespace mailseal {

std::string redacted_text(std::string_view, Aliases&);

/// "al***@mail.example" without its first letters, its domain as an alias.
std::string redacted_mailbox(std::string_view masked, Aliases&);

}  // namespace mailseal
