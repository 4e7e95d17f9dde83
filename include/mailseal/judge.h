// judge: from facts to a state, a confidence and findings.
//
// Pure: no bytes, no clock, no state. The same Session, names and trust store give the same Judgement for
// ever, so that every rule is tested with a Session written by hand.
//
//   previous: inspect.h    next: overview.h
//
// The states and their order: see state.cpp. Severity is fixed per finding and role;
// weak TLS never ranks below plaintext (RFC 9325 5.2, RFC 7435).
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mailseal/base/expected.h"
#include "mailseal/base/limits.h"
#include "mailseal/base/policy.h"
#include "mailseal/inspect.h"

namespace mailseal {

enum class State : std::uint8_t { Encrypted, Plaintext, Mixed, Failed, NoMail, Inconclusive };
enum class Confidence : std::uint8_t { High, Medium, Low };
enum class Severity : std::uint8_t { Critical, High, Medium, Low, Info, Positive };
enum class FindingClass : std::uint8_t {
  Plaintext,
  Starttls,
  Handshake,
  Strength,
  Certificate,
  Client,
  Payload,
  Policy,
  Canary,
  Inconclusive,
  Capture,
  Positive,
  Note
};
enum class Exposure : std::uint8_t { Content, Headers, Envelope, Credentials, MailboxActivity };
/// Access and submission, or relay (port 25, 2525, 24): severities differ.
enum class Role : std::uint8_t { Access, Relay };

inline constexpr std::size_t kStates = 6;
std::string_view to_string(State) noexcept;       ///< "encrypted", "no-mail", ...
std::string_view to_string(Confidence) noexcept;  ///< "high", ...
std::string_view to_string(Severity) noexcept;    ///< "critical", ..., "positive"
std::string_view to_string(Exposure) noexcept;    ///< "content", "mailbox-activity", ...

/// One entry of the catalogue: what a finding is. Ids are stable for ever.
struct FindingKind {
  std::string_view id, title;
  FindingClass cls;
  Severity access, relay;
  std::string_view observed;    ///< what is seen on the wire
  std::string_view meaning;     ///< what it means, in a sentence
  std::string_view remedy;      ///< what to do
  std::string_view references;  ///< "RFC 8314 4.1; RFC 3207 4"
};
std::span<const FindingKind> catalogue() noexcept;  ///< in the order of the report
const FindingKind* find_kind(std::string_view id) noexcept;
constexpr Severity severity(const FindingKind& k, Role r) noexcept { return r == Role::Access ? k.access : k.relay; }

struct Finding {
  const FindingKind* kind;  ///< into catalogue(), static storage
  Severity severity;
  Seen seen;
  std::string note;  ///< one line: observed figures and names; no secret, no message text
};

// --- chains ---

enum class Purpose : std::uint8_t { Server, Client };  ///< as in openssl verify -purpose sslserver, sslclient

/// What OpenSSL says of a chain, in its own words.
struct ChainResult {
  /// One call of the verify callback, as openssl s_client prints them.
  struct Step {
    int depth = 0;
    std::string subject;  ///< as Certificate::subject
    int error_code = 0;   ///< X509_V_...; 0: none
    bool operator==(const Step&) const = default;
  };
  bool ok = false;
  std::optional<int> error_code;  ///< the first error, 0 when ok; nullopt: not verified, `error` says why in our words
  std::string error;              ///< "unable to get local issuer certificate"
  std::optional<int> depth;       ///< of the first error
  bool dates_checked = true;      ///< false: the packets have no believable date
  std::vector<Step> steps;        ///< errors do not end them; up to 64
  bool operator==(const ChainResult&) const = default;
};
std::string verify_error_text(int error_code);  ///< OpenSSL's

/// Where chains were to end.
struct TrustFacts {
  enum class Kind : std::uint8_t { None, Given, System };
  Kind kind = Kind::None;
  std::string file, folder;                   ///< empty: none
  std::optional<std::size_t> certificates{};  ///< nullopt: they are looked up one by one as they are asked for
};

/// Certificates that are trusted to end a chain. Verifies as `openssl verify -attime`, with nothing that s_client's
/// security level adds; the same chain once between two dates of its certificates (Limits::chain_cache). Looks up no
/// revocation and no network. Not thread-safe.
class TrustStore {
 public:
  /// PEM (or one DER) certificates of a file, and of the files of a folder; both empty: the system's store, as OpenSSL
  /// finds it (SSL_CERT_FILE, SSL_CERT_DIR), where it has one. The limits are kept.
  static Expected<TrustStore> load(const std::string& file, const std::string& folder, const Limits*);
  /// Those of one file alone; the error calls it `named`.
  static Expected<TrustStore> load_file(const std::string& file, const std::string& named, const Limits*);
  TrustStore(TrustStore&&) noexcept;
  TrustStore& operator=(TrustStore&&) noexcept;
  ~TrustStore();

  const TrustFacts& facts() const noexcept;
  /// As sent, the leaf first; the rest is untrusted. nullptr: there is no store, or nothing was sent.
  /// `at` (nullopt: dates are not looked at) is the time of the packet that carried it.
  std::shared_ptr<const ChainResult> verify(const std::vector<std::shared_ptr<const Certificate>>&, Purpose,
                                            std::optional<Timestamp> at) const;
  std::size_t verifications() const noexcept;  ///< that were made: what was verified before is not counted

 private:
  struct Impl;
  explicit TrustStore(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

/// The name by which clients know a server, in place of SNI.
struct ServerName {
  IpAddress address;
  std::optional<std::uint16_t> port;  ///< nullopt: any
  std::string name;                   ///< a host's name, or an address
};

/// What is held against a session besides itself.
struct JudgeOptions {
  const TrustStore* trust = nullptr;  ///< nullptr: chains are not verified
  std::vector<ServerName> server_names = {};
  const Policy* policy = nullptr;    ///< nullptr: no rule is held against it
  const Profile* profile = nullptr;  ///< of sessions whose rule names none
  /// In place of `trust` where that rule is the first that matches, by rule; nullptr, or fewer of them: `trust`.
  std::vector<const TrustStore*> rule_trust = {};
};

/// How a session stands to the first rule of the policy that matches it.
struct PolicyMatch {
  enum class Outcome : std::uint8_t {
    Kept,
    Broken,
    Excepted,  ///< broken, and an exception covers it
    Undecided  ///< what the rule asks for was not seen
  };
  std::uint32_t rule = 0;  ///< of Policy::rules
  Outcome outcome = Outcome::Undecided;
  std::optional<std::uint32_t> exception;  ///< the one that covers it; of Broken: that did, and has ended
  Seen seen{};                             ///< of Broken and Excepted: where
};

/// A completed handshake, held against a profile.
struct ProfileMatch {
  const Profile* profile;
  bool met;       ///< nothing observed was below it
  bool excepted;  ///< an exception of the policy covers the session
};

struct Judgement {
  State state = State::Inconclusive;
  Confidence confidence = Confidence::Low;
  std::vector<std::string> confidence_lacks;  ///< each item missing for high, in words
  Role role = Role::Relay;
  std::vector<Exposure> exposed;
  std::vector<Finding> findings;                           ///< in catalogue order, at most one of a kind
  std::vector<const FindingKind*> reasons;                 ///< why Inconclusive, then at least one; else empty
  std::shared_ptr<const ChainResult> chain, client_chain;  ///< nullptr: not verified
  std::optional<PolicyMatch> policy{};                     ///< nothing: no rule is for it
  std::optional<ProfileMatch> profile{};                   ///< nothing: no profile, or no handshake
};

Judgement judge(const Session&, const JudgeOptions& = {});

/// Where the first sensitive octet crossed readable.
std::optional<Seen> first_exposed(const Session&) noexcept;
/// A complete list of capabilities, in clear and before any login, without the upgrade.
bool offer_withheld(const Session&) noexcept;
/// A SYN that nothing, or only a reset, came back to: no conversation, listed only on demand.
bool never_answered(const Session&) noexcept;

}  // namespace mailseal
