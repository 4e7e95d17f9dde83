// What POP3 and IMAP, the two protocols of mailbox access, share: a few ways to tell from
// one line what it is, for where a capture has holes and the dialogue must be guessed.
#pragma once

#include <cstddef>
#include <string_view>

#include "mail/dialogue.h"

namespace mailseal::mail {

/// A refusal that asks for TLS first: "Plaintext authentication disallowed on non-secure
/// (SSL/TLS) connections." A wrong password gets the same code [AUTH] (RFC 3206), so only words tell.
bool asks_for_tls(std::string_view reply) noexcept;

/// Begins like a header that mail messages begin with ("Received:", "From:", ...).
bool looks_like_header(std::string_view line) noexcept;

/// The mechanism whose response begins like this, where the AUTH before it was not
/// captured: PLAIN (with an empty authorization identity), XOAUTH2, OAUTHBEARER; else "".
std::string_view mechanism_of_response(std::string_view base64) noexcept;

/// Finds a message in lines that were cut as if they were replies, because what
/// announced them was not captured. Lines of protocol must not be shown to it.
class StrayMessage {
 public:
  enum class Begun : bool { No, Yes };
  /// Yes: it is a message, and this line and those held back in count have been written down.
  Begun line(Session&, MessageReader&, std::string_view text, const Seen&);
  void reset() noexcept { octets_ = 0; }

 private:
  std::size_t octets_ = 0;  ///< of consecutive lines of text
  Seen first_;
};

}  // namespace mailseal::mail
