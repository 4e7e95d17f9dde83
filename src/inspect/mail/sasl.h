// SaslExchange: one AUTH or AUTHENTICATE exchange as SMTP, POP3 and IMAP share it.
//
// It is shown the client's responses as they crossed (base64), counts the steps of the
// mechanism, and writes down that a credential crossed: kind, mechanism, masked user and
// length. The response itself is decoded only to find the user name and wiped at once; where it
// is not formed as the mechanism wants, what looks like the name may be the secret: none is told.
//
// What discloses nothing is no credential: EXTERNAL and ANONYMOUS, a cancelled ("*") or
// empty response. GSSAPI and its kin become Session::sasl_layer only.
//
// RFC 4422, 4616 (PLAIN), 2195 (CRAM-MD5), 2831 (DIGEST-MD5), 5802 (SCRAM), 7628 (OAUTHBEARER).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "mailseal/inspect.h"

namespace mailseal::mail {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);  ///< no index of Session::credentials

class SaslExchange {
 public:
  /// A new exchange; `mechanism` as the client named it.
  void start(std::string_view mechanism);
  /// The client's next response (initial response included), without its line end.
  void response(Session&, std::string_view base64, const Seen&, const Limits&);
  /// The server's final word on this exchange. It decides on a response that did not seem to be
  /// the secret: what was accepted was one, and behind a hole the steps are miscounted. Where
  /// directions overtake each other, it may come before that response, until stop().
  void outcome(Session&, bool accepted);
  /// Forgets the exchange (cancelled, or never answered).
  void stop() {
    step_ = 0;
    mechanism_.clear();
    credential_ = kNone;
    undecided_.reset();
    verdict_.reset();
  }

 private:
  struct Undecided {
    Credential credential;
    const Limits* limits;  ///< outlive the exchange
  };
  std::string mechanism_;  ///< upper case, at most 32 characters
  std::string user_;       ///< masked; LOGIN names it one step before the password
  unsigned step_ = 0;
  std::size_t credential_ = kNone;      ///< index in Session::credentials
  std::optional<Undecided> undecided_;  ///< the last response, if another one should be the secret
  std::optional<bool> verdict_;         ///< on a response still to come
};

/// Adds to Session::credentials within Limits::credentials; beyond that only the doubt
/// of a limit is told. Returns the index, or kNone.
std::size_t add_credential(Session&, Credential&&, const Limits&);

/// "PLAIN" or "LOGIN": what a client may answer with a password as it is.
bool takes_password(std::string_view mechanism) noexcept;

}  // namespace mailseal::mail
