#include "mail/sasl.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <vector>

#include "doubts.h"
#include "mail/dialogue.h"
#include "mail/fingerprint.h"
#include "mailseal/base/ascii.h"
#include "masked.h"

namespace mailseal::mail {
namespace {

enum class Kind { Password, Token, Challenge, Scram, None, Layer };

struct Mechanism {
  std::string_view name;
  Kind kind;
  unsigned answer;  ///< which response of the client is the secret, from 1
};
// To add a mechanism: one row. Unknown ones are taken for a challenge-response in one step.
constexpr Mechanism kMechanisms[] = {
    {"PLAIN", Kind::Password, 1},
    {"LOGIN", Kind::Password, 2},
    {"XOAUTH2", Kind::Token, 1},
    {"OAUTHBEARER", Kind::Token, 1},
    {"CRAM-MD5", Kind::Challenge, 1},
    {"DIGEST-MD5", Kind::Challenge, 1},
    {"NTLM", Kind::Challenge, 2},
    {"SCRAM-SHA-1", Kind::Scram, 2},
    {"SCRAM-SHA-1-PLUS", Kind::Scram, 2},
    {"SCRAM-SHA-256", Kind::Scram, 2},
    {"SCRAM-SHA-256-PLUS", Kind::Scram, 2},
    {"SCRAM-SHA-512", Kind::Scram, 2},
    {"SCRAM-SHA-512-PLUS", Kind::Scram, 2},
    {"EXTERNAL", Kind::None, 1},
    {"ANONYMOUS", Kind::None, 1},
    {"GSSAPI", Kind::Layer, 1},
    {"GSS-SPNEGO", Kind::Layer, 1},
    {"KERBEROS_V4", Kind::Layer, 1},
};

/// What the client named is told only when it is one of these: it might be anything.
Mechanism find(std::string_view name) {
  for (const Mechanism& m : kMechanisms)
    if (name == m.name) return m;
  return {"unknown", Kind::Challenge, 1};
}

/// Decoded octets that are wiped when they go.
class Wiped {
 public:
  explicit Wiped(std::string_view base64) {
    while (!base64.empty() && base64.back() == ' ') base64.remove_suffix(1);
    if (base64.empty() || base64.size() % 4 != 0 || base64.size() > 16'384) return;
    octets_.resize(base64.size() / 4 * 3 + 1);
    const int n = EVP_DecodeBlock(octets_.data(), reinterpret_cast<const unsigned char*>(base64.data()),
                                  static_cast<int>(base64.size()));
    const int padding = base64.ends_with("==") ? 2 : base64.ends_with('=') ? 1 : 0;
    used_ = n > padding ? static_cast<std::size_t>(n - padding) : 0;
  }
  ~Wiped() { OPENSSL_cleanse(octets_.data(), octets_.size()); }
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  std::string_view text() const { return {reinterpret_cast<const char*>(octets_.data()), used_}; }

 private:
  std::vector<unsigned char> octets_;
  std::size_t used_ = 0;
};

/// What stands there up to `end`; nothing where that is missing.
std::string_view until(std::string_view text, char end) {
  const std::size_t size = text.find(end);
  return size == text.npos ? std::string_view() : text.substr(0, size);
}

std::string_view between(std::string_view text, std::string_view before, char end) {
  const std::size_t at = text.find(before);
  return at == text.npos ? std::string_view() : until(text.substr(at + before.size()), end);
}

/// RFC 4616 2: authzid NUL authcid NUL passwd.
std::string_view user_of_plain(std::string_view text) {
  const std::size_t first = text.find('\0'), last = text.rfind('\0');
  if (std::count(text.begin(), text.end(), '\0') != 2 || last + 1 == text.size()) return {};
  return text.substr(first + 1, last - first - 1);
}

/// RFC 2195 2: the user name, a space, and a digest in hexadecimal.
std::string_view user_of_cram(std::string_view text) {
  constexpr std::size_t kDigest = 32;
  if (text.size() <= kDigest || text[text.size() - kDigest - 1] != ' ') return {};
  if (text.find_first_not_of("0123456789abcdefABCDEF", text.size() - kDigest) != text.npos) return {};
  return text.substr(0, text.size() - kDigest - 1);
}

std::string user_of(std::string_view mechanism, unsigned step, std::string_view base64) {
  const Wiped plain(base64);
  const std::string_view text = plain.text();
  if (mechanism == "PLAIN") return masked(user_of_plain(text));
  if (mechanism == "LOGIN") return step == 1 ? masked(text) : std::string();
  if (mechanism == "XOAUTH2") return text.starts_with("user=") ? masked(until(text.substr(5), '\x01')) : std::string();
  if (mechanism == "OAUTHBEARER") return text.find(",a=") == 1 ? masked(until(text.substr(4), ',')) : std::string();
  if (mechanism == "CRAM-MD5") return masked(user_of_cram(text));
  if (mechanism == "DIGEST-MD5") return masked(between(text, "username=\"", '"'));
  if (mechanism.starts_with("SCRAM-") && step == 1) return masked(between(text, ",n=", ','));
  return {};
}

/// The password or the token itself, so that it is known again whatever mechanism carries it.
std::uint64_t secret_of(std::string_view mechanism, std::string_view base64) {
  const Wiped plain(base64);
  const std::string_view text = plain.text();
  if (mechanism == "PLAIN") return user_of_plain(text).empty() ? 0 : fingerprint_of(text.substr(text.rfind('\0') + 1));
  if (mechanism == "LOGIN") return fingerprint_of(text);
  return fingerprint_of(between(text, "auth=Bearer ", '\x01'));
}

/// Behind a hole they are not: what seems to be LOGIN's user name may be its password.
bool steps_are_sure(const Session& session) { return session.doubts.empty(); }

CredentialKind credential_kind(Kind kind) {
  switch (kind) {
    case Kind::Password:
      return CredentialKind::Password;
    case Kind::Token:
      return CredentialKind::Token;
    case Kind::Scram:
      return CredentialKind::Scram;
    case Kind::Challenge:
    case Kind::None:
    case Kind::Layer:
      break;
  }
  return CredentialKind::ChallengeResponse;
}

}  // namespace

std::size_t add_credential(Session& session, Credential&& credential, const Limits& limits) {
  if (session.credentials.size() >= limits.credentials) {
    add_doubt(session, Doubt::LimitHit, credential.seen);
    return kNone;
  }
  session.credentials.push_back(std::move(credential));
  return session.credentials.size() - 1;
}

bool takes_password(std::string_view mechanism) noexcept {
  return same_word(mechanism, "PLAIN") || same_word(mechanism, "LOGIN");
}

void SaslExchange::start(std::string_view mechanism) {
  stop();
  user_.clear();
  for (const char c : mechanism.substr(0, 32)) mechanism_ += upper(c);
}

void SaslExchange::response(Session& session, std::string_view base64, const Seen& seen, const Limits& limits) {
  const Mechanism mechanism = find(mechanism_);
  if (base64 == "*") return stop();  // RFC 4954 4: the client cancels
  ++step_;
  // "=" is an empty initial response (RFC 4954 4).
  if (base64.empty() || base64 == "=") return;
  if (mechanism.kind == Kind::None) return;
  if (mechanism.kind == Kind::Layer) {
    if (!session.sasl_layer) session.sasl_layer = seen;
    return;
  }
  const bool named = mechanism_ != "LOGIN" || steps_are_sure(session);
  if (const std::string user = named ? user_of(mechanism_, step_, base64) : std::string(); !user.empty()) user_ = user;
  Credential credential;
  credential.kind = credential_kind(mechanism.kind);
  credential.mechanism = mechanism.name;
  credential.secret_bytes = base64.size();
  credential.seen = seen;
  if (step_ == mechanism.answer) {
    credential.user = user_;
    if (named && (mechanism.kind == Kind::Password || mechanism.kind == Kind::Token))
      credential.fingerprint = secret_of(mechanism_, base64);
    credential_ = add_credential(session, std::move(credential), limits);
    undecided_.reset();
  } else if (step_ < mechanism.answer) {  // nameless: the name may be the secret
    undecided_ = Undecided{std::move(credential), &limits};
  }
  if (verdict_) outcome(session, *verdict_);
}

void SaslExchange::outcome(Session& session, bool accepted) {
  if (undecided_ && (accepted || !steps_are_sure(session)))
    credential_ = add_credential(session, std::move(undecided_->credential), *undecided_->limits);
  undecided_.reset();
  verdict_ = accepted;
  if (credential_ < session.credentials.size()) session.credentials[credential_].accepted = accepted;
}

}  // namespace mailseal::mail
