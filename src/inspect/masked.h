// masked: a user name as a report may show it. Who it was can be guessed by those who know
// them, and by nobody else.
#pragma once

#include <string>
#include <string_view>

namespace mailseal {

/// "alice@mail.example" -> "al***@mail.example", "bob" -> "b***", "al" -> "***", "" -> "". Never more than
/// two characters of the local part, nor half of it. The domain of an address is shown if it may be
/// one and something of the local part is; of what cannot be a name, because a password stands behind it, nothing is.
std::string masked(std::string_view user);

/// The same of every mailbox in a text, as a server may repeat it in a reply, or a certificate name it.
std::string masked_mailboxes(std::string_view text);

}  // namespace mailseal
