// How to start a dialogue of POP3, which protocols.cpp needs and nobody else: what it follows and what it
// refuses stands in pop3.cpp, and what a dialogue is in dialogue.h.
#pragma once

#include <memory>

#include "mail/dialogue.h"

namespace mailseal::mail {

/// POP3 as far as encryption is concerned; see pop3.cpp.
std::unique_ptr<Dialogue> start_pop3(Session*, Holdings*);

}  // namespace mailseal::mail
