// Names: whether a certificate is for a host, as RFC 9525 has it. See names.cpp.
#pragma once

#include <optional>
#include <string_view>

#include "mailseal/judge.h"

namespace mailseal {

/// By its subjectAltName alone: "the Common Name RDN ... MUST NOT be used" (RFC 9525 2).
bool is_for(const Certificate&, std::string_view reference);
/// Of the options, the one for that port first; nullptr: none.
const ServerName* find_name(const JudgeOptions&, const Endpoint& server);

}  // namespace mailseal
