// What is told of readable messages and envelopes beside that they were readable: sizes, domains, and what Received
// fields claim. Bounded; never a mailbox, never other text of a message.
#pragma once

#include <cstdint>
#include <string_view>

#include "mailseal/inspect.h"

namespace mailseal::mail {

void note_size(Session&, std::uint64_t octets);

/// "FROM:<alice@x.example> SIZE=9": the domain alone. What has not its form is not told.
enum class Envelope : std::uint8_t { From, To };
void note_domain(Session&, Envelope, std::string_view argument);

/// The body of a Received field, as far as it was kept.
void note_received(Session&, std::string_view field, const Seen&);

}  // namespace mailseal::mail
