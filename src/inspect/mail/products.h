// What a server's words say it is: which product, and how sure that is.
//
// A claim and no fact: a greeting is whatever an administrator, or who sits in the path, wrote there. Of the words
// nothing is kept but the product, and a version where the greeting has one in plain letters. What was known with more
// certainty stands; a better word takes its place.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "mailseal/inspect.h"

namespace mailseal::mail {

/// Where they were said: behind "220 ", "+OK " or "* OK ", without it; a reply of SMTP with its code.
enum class Words : std::uint8_t { SmtpGreeting, EhloName, SmtpReply, Pop3Greeting, Pop3Reply, ImapGreeting, ImapReply };

/// True: the product is known with high certainty, and no words will make it better known.
bool recognise(Session&, Words, std::string_view text, const Seen&);

/// The order in which a server lists its extensions, which is its maker's: followed keyword by keyword, none kept.
class ExtensionOrder {
 public:
  /// A line of an EHLO reply behind the first.
  void keyword(Session&, std::string_view line, const Seen&) noexcept;
  /// The reply is at its end. `bare`: the greeting was a host's name and "ESMTP" alone, as some are made to be.
  void end(Session&, bool bare, const Seen&);

 private:
  static constexpr std::size_t kOrders = 9;
  std::array<std::uint8_t, kOrders> at_{};        ///< in each known order: how far it was followed; kLeft: no more
  std::array<std::uint8_t, kOrders> required_{};  ///< keywords met that it cannot be without
};

/// "mail.example ESMTP", and no more.
bool is_bare_greeting(std::string_view text) noexcept;

}  // namespace mailseal::mail
