#pragma once

#include <memory>

#include "mail/dialogue.h"

namespace mailseal::mail {

/// IMAP as far as encryption is concerned; see imap.cpp.
std::unique_ptr<Dialogue> start_imap(Session*, const Limits*);

}  // namespace mailseal::mail
