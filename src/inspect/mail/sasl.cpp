#include "mail/sasl.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <vector>

#include "mail/dialogue.h"
#include "mailseal/base/ascii.h"

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

std::string_view between(std::string_view text, std::string_view before, std::string_view enders) {
  const std::size_t at = text.find(before);
  if (at == text.npos) return {};
  text.remove_prefix(at + before.size());
  return text.substr(0, text.find_first_of(enders));
}

std::string user_of(std::string_view mechanism, unsigned step, std::string_view base64) {
  const Wiped plain(base64);
  const std::string_view text = plain.text();
  if (mechanism == "PLAIN") {  // RFC 4616: authzid NUL authcid NUL passwd
    const std::size_t first = text.find('\0');
    if (first == text.npos) return {};
    return masked(text.substr(first + 1, text.find('\0', first + 1) - first - 1));
  }
  if (mechanism == "LOGIN") return step == 1 ? masked(text) : std::string();
  if (mechanism == "XOAUTH2") return masked(between(text, "user=", "\x01"));
  if (mechanism == "OAUTHBEARER") return masked(between(text, "a=", ",\x01"));
  if (mechanism == "CRAM-MD5") return masked(text.substr(0, text.rfind(' ')));
  if (mechanism == "DIGEST-MD5") return masked(between(text, "username=\"", "\""));
  if (mechanism.starts_with("SCRAM-") && step == 1) return masked(between(text, "n=", ","));
  return {};
}

}  // namespace

std::size_t add_credential(Session& session, Credential&& credential, const Limits& limits) {
  if (session.credentials.size() < limits.credentials) session.credentials.push_back(std::move(credential));
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
  if (const std::string user = user_of(mechanism_, step_, base64); !user.empty()) user_ = user;
  if (step_ != mechanism.answer) return;
  Credential credential;
  credential.kind = mechanism.kind == Kind::Password ? CredentialKind::Password
                    : mechanism.kind == Kind::Token  ? CredentialKind::Token
                    : mechanism.kind == Kind::Scram  ? CredentialKind::Scram
                                                     : CredentialKind::ChallengeResponse;
  credential.mechanism = mechanism.name;
  credential.user = user_;
  credential.secret_bytes = base64.size();
  credential.seen = seen;
  credential_ = add_credential(session, std::move(credential), limits);
}

void SaslExchange::outcome(Session& session, bool accepted) const {
  if (credential_ < session.credentials.size()) session.credentials[credential_].accepted = accepted;
}

}  // namespace mailseal::mail
