#include "mail/mailbox.h"

#include <algorithm>

#include "mail/text.h"
#include "mailseal/base/ascii.h"

namespace mailseal::mail {
namespace {

/// Fewer octets of text may be the rest of a cut reply.
constexpr std::size_t kStrayBytes = 48;

}  // namespace

bool asks_for_tls(std::string_view reply) noexcept {
  constexpr std::string_view kWords[] = {"TLS", "SSL", "encrypt", "plaintext", "cleartext", "plain text", "secure"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return contains_word(reply, word); });
}

bool looks_like_header(std::string_view line) noexcept {
  constexpr std::string_view kNames[] = {"Received:",
                                         "Return-Path:",
                                         "Delivered-To:",
                                         "From:",
                                         "To:",
                                         "Cc:",
                                         "Subject:",
                                         "Date:",
                                         "Message-ID:",
                                         "MIME-Version:",
                                         "Content-Type:",
                                         "DKIM-Signature:",
                                         "X-Received:",
                                         "Envelope-To:",
                                         "Reply-To:",
                                         "Sender:",
                                         "X-Original-To:",
                                         "Authentication-Results:",
                                         "ARC-Seal:",
                                         "Received-SPF:",
                                         "X-Mailer:",
                                         "User-Agent:",
                                         "X-Envelope-From:"};
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [&](std::string_view name) { return begins_with_word(line, name); });
}

std::string_view mechanism_of_response(std::string_view base64) noexcept {
  if (base64.size() < 8 || !is_base64(base64)) return {};
  if (base64.starts_with("dXNlcj")) return "XOAUTH2";                            // "user="
  if (base64.starts_with("bixhP")) return "OAUTHBEARER";                         // "n,a="
  if (base64[0] == 'A' && base64[1] >= 'A' && base64[1] <= 'P') return "PLAIN";  // NUL
  return {};
}

StrayMessage::Begun StrayMessage::line(Session& session, MessageReader& message, std::string_view text,
                                       const Seen& seen) {
  if (!is_text(text)) {
    reset();
    return Begun::No;
  }
  const bool header = looks_like_header(text);
  if (octets_ == 0) first_ = seen;
  octets_ += text.size();
  // One word alone may be a capability, the end of a cut reply or an answer to AUTH, unless it
  // is as long as a line of an attachment and not the first.
  const bool words = text.find(' ') != text.npos || (text.size() >= kStrayBytes && octets_ > text.size());
  if (!header && (octets_ < kStrayBytes || !words)) return Begun::No;
  message.start(header ? MessageReader::Part::Whole : MessageReader::Part::BodyOnly);
  message.octets(session, text, header ? seen : first_);
  message.octets(session, "\r\n", later(seen, text.size()));
  reset();
  return Begun::Yes;
}

}  // namespace mailseal::mail
