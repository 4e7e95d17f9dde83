#pragma once

#include <memory>

#include "mail/dialogue.h"

namespace mailseal::mail {

/// POP3 as far as encryption is concerned; see pop3.cpp.
std::unique_ptr<Dialogue> start_pop3(Session*, const Limits*);

}  // namespace mailseal::mail
