// How to start a dialogue of SMTP, which protocols.cpp needs and nobody else: what it follows and what it
// refuses stands in smtp.cpp, and what a dialogue is in dialogue.h.
#pragma once

#include <memory>

#include "mail/dialogue.h"

namespace mailseal::mail {

/// SMTP as far as encryption is concerned; see smtp.cpp. LMTP is told by LHLO.
std::unique_ptr<Dialogue> start_smtp(Session*, Holdings*);

}  // namespace mailseal::mail
