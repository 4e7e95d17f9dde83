// How to start a dialogue of IMAP, which protocols.cpp needs and nobody else: what it follows and what it
// refuses stands in imap.cpp, and what a dialogue is in dialogue.h.
#pragma once

#include <memory>

#include "mail/dialogue.h"

namespace mailseal::mail {

/// IMAP as far as encryption is concerned; see imap.cpp.
std::unique_ptr<Dialogue> start_imap(Session*, Holdings*);

}  // namespace mailseal::mail
