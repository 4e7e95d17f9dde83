// The tables of mail protocols and their ports. The only lists there are.
//
// To add a protocol: one file with a final subclass of Dialogue, its enumerator in
// Protocol, one row in kProtocols and one per port in kPorts.
#include <algorithm>

#include "mail/imap.h"
#include "mail/pop3.h"
#include "mail/smtp.h"
#include "mail/text.h"
#include "mailseal/base/ascii.h"

namespace mailseal::mail {
namespace {

constexpr ProtocolRow kProtocols[] = {
    {Protocol::Smtp, start_smtp},
    {Protocol::Lmtp, start_smtp},
    {Protocol::Pop3, start_pop3},
    {Protocol::Imap, start_imap},
};

constexpr PortRow kPorts[] = {
    {25, Protocol::Smtp, Entry::Plain, Use::Relay},          // RFC 5321
    {2525, Protocol::Smtp, Entry::Plain, Use::Relay},        // customary, unregistered
    {24, Protocol::Lmtp, Entry::Plain, Use::Relay},          // RFC 2033: any but 25
    {587, Protocol::Smtp, Entry::Plain, Use::Access},        // RFC 6409
    {465, Protocol::Smtp, Entry::ImplicitTls, Use::Access},  // RFC 8314 7.3
    {110, Protocol::Pop3, Entry::Plain, Use::Access},        // RFC 1939
    {995, Protocol::Pop3, Entry::ImplicitTls, Use::Access},  // RFC 8314 7.2
    {143, Protocol::Imap, Entry::Plain, Use::Access},        // RFC 9051
    {993, Protocol::Imap, Entry::ImplicitTls, Use::Access},  // RFC 8314 7.1
};

}  // namespace

std::span<const ProtocolRow> protocols() noexcept { return kProtocols; }
std::span<const PortRow> well_known_ports() noexcept { return kPorts; }

Protocol protocol_of_greeting(std::string_view line) noexcept {
  if (line.starts_with("+OK")) return Protocol::Pop3;
  if (begins_with_word(line, "* OK") || begins_with_word(line, "* PREAUTH")) return Protocol::Imap;
  if (line.starts_with("220 ") || line.starts_with("220-")) return Protocol::Smtp;
  return Protocol::Unknown;
}

bool names_smtp(std::string_view line) noexcept { return contains_word(line, "SMTP") || contains_word(line, "LMTP"); }

Protocol protocol_of_command(std::string_view line) noexcept {
  const std::string_view first = cut_word(line), second = cut_word(line);
  for (const std::string_view word : {"EHLO", "HELO"})
    if (same_word(first, word)) return Protocol::Smtp;
  if (same_word(first, "LHLO")) return Protocol::Lmtp;
  for (const std::string_view word : {"CAPA", "USER", "APOP", "STLS", "AUTH"})
    if (same_word(first, word)) return Protocol::Pop3;
  for (const std::string_view word : {"CAPABILITY", "LOGIN", "AUTHENTICATE", "STARTTLS", "ID", "NOOP"})
    if (same_word(second, word)) return Protocol::Imap;
  return Protocol::Unknown;
}

std::optional<Protocol> protocol_behind_220(std::string_view lines) noexcept {
  constexpr std::string_view kEither[] = {"NOOP", "HELP", "QUIT"};
  constexpr std::string_view kSmtp[] = {"EHLO", "HELO", "MAIL", "RCPT", "VRFY", "EXPN", "RSET", "STARTTLS", "ETRN"};
  const auto one_of = [](const auto& words, std::string_view word) {
    return std::any_of(std::begin(words), std::end(words), [&](std::string_view w) { return same_word(word, w); });
  };
  for (std::size_t end; (end = lines.find('\n')) != lines.npos; lines.remove_prefix(end + 1)) {
    std::string_view line = lines.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::string_view first = cut_word(line);
    if (same_word(first, "LHLO")) return Protocol::Lmtp;
    if (one_of(kSmtp, first)) return Protocol::Smtp;
    if (same_word(first, "AUTH"))  // RFC 4217: FTP names TLS there, or SSL
      return begins_with_word(line, "TLS") || begins_with_word(line, "SSL") ? Protocol::Unknown : Protocol::Smtp;
    if (!one_of(kEither, first)) return Protocol::Unknown;
  }
  return std::nullopt;
}

bool reads_as_smtp(std::string_view client_line, std::string_view server_line) noexcept {
  const bool asks = begins_with_word(client_line, "MAIL FROM:<") || begins_with_word(client_line, "RCPT TO:<");
  return asks && (server_line.starts_with("250 ") || server_line.starts_with("250-"));
}

}  // namespace mailseal::mail
