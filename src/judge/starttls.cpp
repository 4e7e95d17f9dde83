// Findings of class starttls: the upgrade to TLS inside a conversation that begins in clear.
//
// Says what was observed at this place. Whether an attacker took part, whether a slipped-in command was carried
// out, or what a server would offer to others, is not visible and never claimed.
#include <array>

#include "mailseal/base/ascii.h"
#include "rule.h"

namespace mailseal {
namespace {

using enum Severity;
constexpr auto kClass = FindingClass::Starttls;

// "454", "-ERR", "NO": of the reply only what the protocol knows.
std::string_view reply_code(std::string_view reply) {
  if (reply.size() >= 3 && is_digit(reply[0]) && is_digit(reply[1]) && is_digit(reply[2])) return reply.substr(0, 3);
  if (begins_with_word(reply, "-ERR")) return "-ERR";
  const std::string_view answer = cut_word(reply);
  for (const std::string_view word : {"NO", "BAD"})
    if (same_word(answer, word)) return word;
  return {};
}

// The list of an authenticated state may leave STARTTLS out (RFC 9051 6.2.1: "only valid in the not
// authenticated state"; RFC 2595 4: "only permitted in AUTHORIZATION state").
bool logged_in_before(const Session& s, const Seen& list) {
  if (s.preauth) return true;
  for (const Credential& login : s.credentials)
    if (login.accepted.value_or(false) && precedes(login.seen, list)) return true;
  return false;
}

std::optional<Proof> not_offered(const Case& c) {
  if (!offer_withheld(c.session)) return {};
  return told(c.session.capabilities);
}

std::optional<Proof> offered_not_used(const Case& c) {
  const Session& s = c.session;
  if (!s.upgrade_offered || s.upgrade_requested || tls_attempted(s)) return {};
  const auto exposed = first_exposed(s);
  if (!exposed) return {};
  return Proof{*exposed, phrase("offered in {:t}", frame_of(*s.upgrade_offered, *exposed))};
}

std::optional<Proof> refused(const Case& c) {
  const Session& s = c.session;
  if (!s.upgrade_refused) return {};
  const std::string_view code = reply_code(s.upgrade_reply);
  Phrase note = code.empty() ? Phrase() : phrase("reply {}", code);
  if (s.upgrade_requested) {
    const Phrase asked = frame_of(*s.upgrade_requested, *s.upgrade_refused);
    note = code.empty() ? phrase("asked in {:t}", asked) : phrase("reply {}, asked in {:t}", code, asked);
  }
  return Proof{*s.upgrade_refused, std::move(note)};
}

std::optional<Proof> stripped(const Case& c) {
  if (!c.session.capability_masked) return {};
  return Proof{*c.session.capability_masked, phrase("a capability overwritten with X, at its full length")};
}

// One or two octets of padding behind the command are a slip, not a command.
std::optional<Proof> slipped_in(const std::optional<Seen>& seen, std::uint64_t count) {
  if (!seen || count == 1 || count == 2) return {};
  return Proof{*seen, count == 0 ? Phrase() : octets(count)};
}

std::optional<Proof> injected_commands(const Case& c) {
  return slipped_in(c.session.injected_commands, c.session.injected_command_bytes);
}

std::optional<Proof> injected_replies(const Case& c) {
  return slipped_in(c.session.injected_replies, c.session.injected_reply_bytes);
}

std::optional<Proof> early_client_hello(const Case& c) { return told(c.session.early_client_hello); }

// Where TLS was refused, or begun and given up.
std::optional<Seen> failure(const Case& c) {
  const Session& s = c.session;
  if (s.upgrade_refused) return s.upgrade_refused;
  if (!c.tls.client_hello || c.tls.established) return {};
  if (c.tls.fatal_alert) return c.tls.fatal_alert->seen;
  return s.not_tls_after_accept ? s.not_tls_after_accept : c.tls.client_hello;
}

std::optional<Proof> fallback(const Case& c) {
  const Session& s = c.session;
  const auto failed = failure(c);
  if (!failed) return {};
  std::optional<Seen> first;
  const auto consider = [&](const std::optional<Seen>& exposed) {
    if (exposed && is_after(*exposed, *failed) && (!first || is_after(*first, *exposed))) first = exposed;
  };
  for (const auto& exposed : {s.content, s.headers, s.envelope, s.mailbox_activity}) consider(exposed);
  for (const Credential& login : s.credentials) consider(login.seen);
  if (!first) return {};
  const Phrase where = frame_of(*failed, *first);
  return Proof{*first, s.upgrade_refused ? phrase("TLS refused in {:t}, same connection", where)
                                         : phrase("TLS failed in {:t}, same connection", where)};
}

std::optional<Proof> clear_after_accept(const Case& c) {
  const Session& s = c.session;
  if (!s.not_tls_after_accept || c.tls.established) return {};
  return Proof{*s.not_tls_after_accept,
               s.upgrade_accepted ? phrase("accepted in {:t}", frame_of(*s.upgrade_accepted, *s.not_tls_after_accept))
                                  : Phrase()};
}

std::optional<Proof> preauth(const Case& c) { return told(c.session.preauth); }

const Rule kRules[] = {
    {{"starttls-not-offered", "STARTTLS not offered", kClass, High, Medium,
      "A complete list of capabilities on a clear-text port without STARTTLS (POP3: STLS).",
      "This client, at this place, could not upgrade to TLS.",
      "Turn on STARTTLS for this listener and give it a certificate; if the server does offer it, look for what "
      "removes it on the way.",
      "RFC 3207; RFC 2595 3, 4"},
     not_offered},
    {{"starttls-offered-not-used", "STARTTLS offered but not used", kClass, High, High,
      "The server offered STARTTLS; the client sent mail, addresses or a login in clear and never asked for it.",
      "The client is set up without TLS, or saw another list than this capture shows.",
      "Set the sender to require TLS; for submission use port 465.", "RFC 8314 5; RFC 9325 3.2"},
     offered_not_used},
    {{"starttls-refused", "STARTTLS refused", kClass, High, Medium,
      "The client asked for TLS; the server answered 4xx, 5xx, -ERR, NO or BAD.",
      "No TLS in this connection; many senders go on in clear.",
      "Mend the server's TLS: 454 mostly means that its certificate or key cannot be read.", "RFC 3207 4"},
     refused},
    {{"starttls-stripped-suspected", "STARTTLS probably removed before this capture point", kClass, High, High,
      "A capability in the list is overwritten with X, at its full length; or another capture point of the same "
      "connection shows STARTTLS, and this one does not.",
      "A device on the path removes offers it does not want; STARTTLS was probably one. The hop stays in clear.",
      "Switch off SMTP inspection on the firewall, or let it pass TLS; require TLS at the sender.",
      "RFC 3207 6; RFC 9325 3.2"},
     stripped},
    {{"starttls-inconsistent-offer", "STARTTLS offered to some clients only", kClass, Medium, Medium,
      "In this capture one server gave complete lists of capabilities with STARTTLS and without it.",
      "A rule per sender, several servers behind one address, or something on one path that removes the offer.",
      "Offer TLS to all senders alike.", "RFC 9325 3.9"},
     nullptr},
    {{"starttls-command-injection", "Commands slipped in behind STARTTLS", kClass, High, High,
      "Between the STARTTLS command and the client's first TLS record stood octets that are no TLS.",
      "A server that keeps them would carry them out as if sent inside TLS. Whether it did is not visible.",
      "Update the server: it must drop what it has buffered when TLS starts.", "RFC 3207 4.2; CVE-2011-0411"},
     injected_commands},
    {{"starttls-response-injection", "Replies slipped in behind the go-ahead", kClass, High, High,
      "Between the server's go-ahead and its first TLS record stood octets that are no TLS.",
      "A client that keeps them would take them as said inside TLS. Whether it did is not visible.",
      "Update the client; prefer implicit TLS.", "RFC 3207 4.2"},
     injected_replies},
    {{"starttls-early-clienthello", "ClientHello before the go-ahead", kClass, Info, Info,
      "The client's first TLS record was sent before the server had accepted STARTTLS.",
      "A slip in the protocol; harmless where the server accepts.", "None.", "RFC 3207 4"},
     early_client_hello},
    {{"starttls-failed-fallback-plaintext", "Mail in clear after TLS failed", kClass, Critical, High,
      "TLS was refused or failed; then mail or a login crossed in clear, in the same connection or in a later one "
      "from the same client to the same server.",
      "The sender gives up protection where TLS does not work: anyone who can disturb TLS can read its mail.",
      "Set the sender to require TLS, and mend what made it fail.", "RFC 3207 6; RFC 7672 2.2; RFC 8461 5"},
     fallback},
    {{"plaintext-after-starttls-accept", "Clear text after STARTTLS was accepted", kClass, Critical, Critical,
      "The server accepted STARTTLS; what came next was no TLS record.",
      "The upgrade did not happen, and what followed could be read. Behind a device that ends TLS this is how its "
      "inner side looks.",
      "Mend the client or server; require TLS; capture outside a device that ends TLS.", "RFC 3207 4"},
     clear_after_accept},
    {{"imap-preauth-cleartext", "IMAP session logged in from the start, in clear", kClass, High, High,
      "The server greeted with PREAUTH outside TLS.",
      "STARTTLS is not allowed any more after that, so the session stays in clear.",
      "Use implicit TLS on 993; let clients refuse PREAUTH.", "RFC 9051 7.1.4"},
     preauth},
};

}  // namespace

bool offer_withheld(const Session& s) noexcept {
  if (!s.capabilities || s.upgrade_offered || s.upgrade_accepted || s.capability_masked) return false;
  if (s.entry != Entry::Plain || logged_in_before(s, *s.capabilities)) return false;
  // "The server MUST NOT return the STARTTLS extension ... after" the handshake (RFC 3207 4.2): inside a NULL suite.
  return !tls_established(s) || !is_after(*s.capabilities, *s.tls->established);
}

std::span<const Rule> starttls_rules() noexcept { return kRules; }

}  // namespace mailseal
