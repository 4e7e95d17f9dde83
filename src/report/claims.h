// What strangers claim, in words: a server what product it is, a message by its Received fields how it came here.
#pragma once

#include <string>
#include <vector>

#include "mailseal/overview.h"

namespace mailseal {

/// "product: claims to be Postfix 3.7.11", "... speaks like Exim", "... may be qmail": by certainty.
std::string product_words(Product, Certainty, const std::string& version);

/// "2 messages of 3.1 kB, the largest 2.0 kB", "from a.example to b.example": what there is to tell. Escaped.
std::vector<std::string> message_words(const Session&);

/// Earlier hops of its messages, a line each, with the frame that says so. Escaped; bounded by kReceivedClaims.
std::vector<std::string> received_words(const MessageFacts&);

}  // namespace mailseal
