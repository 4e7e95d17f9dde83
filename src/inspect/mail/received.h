// What a Received field of a message says of TLS on an earlier hop (RFC 5321 4.4, RFC 3848, and what products write).
#pragma once

#include <optional>
#include <string_view>

#include "mailseal/inspect.h"

namespace mailseal::mail {

/// The field's body, folded or not; `seen` and `count` are not set. nullopt: it names no host and says nothing of TLS.
std::optional<ReceivedClaim> read_received(std::string_view field);

}  // namespace mailseal::mail
