#pragma once

#include <memory>

#include "mail/dialogue.h"

namespace mailseal::mail {

/// SMTP as far as encryption is concerned; see smtp.cpp. LMTP is told by LHLO.
std::unique_ptr<Dialogue> start_smtp(Session*, const Limits*);

}  // namespace mailseal::mail
