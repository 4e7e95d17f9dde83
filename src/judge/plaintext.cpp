// Findings of class plaintext: what anyone on the path could read.
//
// Content stands for the headers above it. Where the one message is labelled as encrypted end to end (S/MIME,
// OpenPGP), its headers are told instead: a label is no proof, but the body is not plain text either. The
// octets stay exposed and the state stays plaintext.
#include "rule.h"

namespace mailseal {
namespace {

using enum Severity;
constexpr auto kClass = FindingClass::Plaintext;

// One message, and no body octet before its label: else another message may have gone without.
bool body_end_to_end(const Session& s) {
  return s.end_to_end && s.content && s.messages <= 1 && !is_after(*s.end_to_end, *s.content);
}

std::optional<Proof> message_content(const Case& c) {
  const Session& s = c.session;
  if (!s.content || body_end_to_end(s)) return {};
  return Proof{*s.content, phrase("{:t} of message bodies, {:t}", octets(s.content_bytes),
                                  counted(s.messages, "{:d} whole message", "{:d} whole messages"))};
}

std::optional<Proof> message_headers(const Case& c) {
  const Session& s = c.session;
  if (body_end_to_end(s))
    return Proof{s.headers ? *s.headers : *s.content, phrase("the body is labelled as encrypted")};
  if (!s.headers || s.content) return {};
  return Proof{*s.headers, phrase("{:t} of headers", octets(s.header_bytes))};
}

std::optional<Proof> envelope(const Case& c) {
  const Session& s = c.session;
  if (!s.envelope || s.content) return {};
  return Proof{*s.envelope, counted(s.recipients, "{:d} recipient", "{:d} recipients")};
}

std::optional<Proof> mailbox_activity(const Case& c) { return told(c.session.mailbox_activity); }

std::optional<Proof> session_metadata(const Case& c) {
  const Session& s = c.session;
  if (!s.upgrade_accepted || !c.tls.established || readable(s)) return {};
  const Fact& first = s.greeting ? s.greeting : s.capabilities ? s.capabilities : s.upgrade_accepted;
  return s.proxy_header ? Proof{*first, phrase("behind a PROXY protocol header")} : Proof{*first, {}};
}

// The first login of that kind; the others are counted.
template <CredentialKind Kind>
std::optional<Proof> credential(const Case& c) {
  const Credential* first = nullptr;
  std::uint64_t logins = 0;
  for (const Credential& login : c.session.credentials) {
    if (login.kind != Kind) continue;
    if (first == nullptr) first = &login;
    ++logins;
  }
  if (first == nullptr) return {};
  const Phrase length = octets(first->secret_bytes);
  Phrase note = first->user.empty() ? phrase("{}, {:t}", first->mechanism, length)
                                    : phrase("{}, user {}, {:t}", first->mechanism, first->user, length);
  if (first->accepted) note = *first->accepted ? phrase("{:t}, accepted", note) : phrase("{:t}, refused", note);
  if (logins > 1) note = phrase("{:t}; {:d} logins of this kind", note, logins);
  return Proof{first->seen, std::move(note)};
}

// "...a security layer ... takes effect immediately following the last response" (RFC 4422 3.7). Anything of the
// mail dialogue that was still readable behind the login shows that there was none.
std::optional<Proof> sasl_layer(const Case& c) {
  const Session& s = c.session;
  if (!s.sasl_layer) return {};
  for (const auto& later : {s.content, s.headers, s.envelope, s.mailbox_activity, s.upgrade_requested})
    if (later && is_after(*later, *s.sasl_layer)) return {};
  return told(s.sasl_layer);
}

std::optional<Proof> auth_offered(const Case& c) { return told(c.session.auth_offered); }

// A health check, or another protocol on that port, is no mail.
std::optional<Proof> clear_on_implicit_port(const Case& c) {
  const Session& s = c.session;
  const bool mail = s.greeting || s.capabilities || !s.client_name.empty() || s.upgrade_requested || readable(s);
  return mail ? told(s.clear_on_implicit_port) : std::nullopt;
}

const Rule kRules[] = {
    {{"plaintext-message-content", "Message content readable on the wire", kClass, Critical, Critical,
      "Octets of a message's body crossed outside TLS, or inside TLS with a NULL cipher suite.",
      "Anyone on the path could read the mail.",
      "Require TLS on this hop: implicit TLS (465, 993, 995) for users; between servers a mandatory-TLS rule for "
      "this peer, or DANE or MTA-STS.",
      "RFC 8314 4.1; RFC 9325 3.2"},
     message_content},
    {{"plaintext-message-headers", "Message headers readable on the wire", kClass, High, High,
      "Header fields of a message crossed outside TLS; of its body nothing was seen, or the body is labelled as "
      "encrypted end to end.",
      "Subject, correspondents and dates could be read.",
      "Require TLS on this hop, as for message content; end-to-end encryption leaves the headers open.",
      "RFC 8314 4.1"},
     message_headers},
    {{"plaintext-envelope", "Envelope addresses readable on the wire", kClass, Medium, Medium,
      "MAIL FROM or RCPT TO crossed outside TLS; no octet of a body was seen. Refused commands count.",
      "Anyone on the path could read who writes to whom.",
      "Let the sender start TLS before MAIL. A server other than a public MX may answer 530 until it does.",
      "RFC 3207 4; RFC 9325 3.2"},
     envelope},
    {{"plaintext-mailbox-activity", "Mailbox names, listings or searches readable", kClass, Medium, Medium,
      "IMAP or POP3 commands that show the mailbox (SELECT, LIST, SEARCH, STAT, UIDL and the like) crossed outside "
      "TLS.",
      "Anyone on the path could read how the mailbox is built and used.", "Use implicit TLS: port 993 or 995.",
      "RFC 8314 4.1"},
     mailbox_activity},
    {{"plaintext-session-metadata", "Greeting and capabilities visible before the upgrade", kClass, Info, Info,
      "Only the greeting, the client's name, the capabilities and the STARTTLS exchange crossed outside TLS.",
      "This belongs to STARTTLS and is no mail in clear.", "None needed; implicit TLS hides this too.", "RFC 8314 3"},
     session_metadata},
    {{"plaintext-credentials-password", "Password sent in clear", kClass, Critical, Critical,
      "A password crossed outside TLS: AUTH PLAIN or LOGIN, POP3 PASS, IMAP LOGIN.",
      "Anyone on the path can use the password, whether or not the server accepted it.",
      "Change the password. Offer no login before TLS (LOGINDISABLED; no AUTH before STARTTLS) and set clients to "
      "require TLS.",
      "RFC 4954 4; RFC 8314 4.1; RFC 2595 6"},
     credential<CredentialKind::Password>},
    {{"plaintext-credentials-token", "Bearer token sent in clear", kClass, Critical, Critical,
      "An XOAUTH2 or OAUTHBEARER token crossed outside TLS.", "Anyone on the path can use the token until it expires.",
      "Revoke the token; require TLS before login.", "RFC 7628 5; RFC 8314 4.1"},
     credential<CredentialKind::Token>},
    {{"plaintext-credentials-challenge-response", "Challenge-response login without TLS", kClass, High, High,
      "A CRAM-MD5, DIGEST-MD5, APOP or NTLM exchange crossed outside TLS, up to the client's answer.",
      "The password can be guessed offline from the capture, and what followed was not protected.",
      "Require TLS, and then SCRAM or PLAIN inside it; change weak passwords.", "RFC 6331; RFC 2195; RFC 1939 7"},
     credential<CredentialKind::ChallengeResponse>},
    {{"plaintext-credentials-scram", "SCRAM login without TLS", kClass, Medium, Medium,
      "A SCRAM exchange crossed outside TLS, up to the client's proof.",
      "The password can be guessed offline, though slowly, and what followed was not protected.",
      "Require TLS first; SCRAM-PLUS binds the login to it.", "RFC 5802 9; RFC 7677"},
     credential<CredentialKind::Scram>},
    {{"sasl-security-layer-possible", "What follows the login may be a SASL security layer", kClass, Low, Low,
      "A GSSAPI login (or another one that may protect what follows) ended without TLS, and nothing behind it could "
      "be read.",
      "The traffic may be encrypted, but not by TLS; this program does not judge it.", "Use TLS.", "RFC 4422 3.7"},
     sasl_layer},
    {{"auth-offered-before-tls", "Password login offered before TLS", kClass, Medium, Medium,
      "Before TLS the server offered AUTH PLAIN or LOGIN, USER, or did not say LOGINDISABLED.",
      "The server invites clients to send passwords in clear.",
      "Postfix: smtpd_tls_auth_only = yes. Dovecot: disable_plaintext_auth = yes.",
      "RFC 4954 4; RFC 9051 11; RFC 2595 3.2"},
     auth_offered},
    {{"plaintext-on-implicit-tls-port", "Clear text on a port for implicit TLS", kClass, High, High,
      "On 465, 993 or 995 the first octets were a mail dialogue and no TLS record.",
      "The service or the client is set up wrongly.",
      "Turn on implicit TLS (wrapper mode) for that port; set the client to SSL/TLS, not to STARTTLS or none.",
      "RFC 8314 3, 7.3"},
     clear_on_implicit_port},
};

}  // namespace

std::span<const Rule> plaintext_rules() noexcept { return kRules; }

}  // namespace mailseal
