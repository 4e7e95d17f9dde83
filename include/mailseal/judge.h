// judge: from facts to a state, a confidence and findings.
//
// Pure: no bytes, no clock, no state. The same Session gives the same Judgement for
// ever, so that every rule is tested with a Session written by hand.
//
//   previous: inspect.h    next: overview.h
//
// The states and their order: see state.cpp. Severity is fixed per finding and role;
// weak TLS never ranks below plaintext (RFC 9325 5.2, RFC 7435).
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

struct Judgement {
  State state = State::Inconclusive;
  Confidence confidence = Confidence::Low;
  std::vector<std::string> confidence_lacks;  ///< each item missing for high, in words
  Role role = Role::Relay;
  std::vector<Exposure> exposed;
  std::vector<Finding> findings;            ///< in catalogue order, at most one of a kind
  std::vector<const FindingKind*> reasons;  ///< why Inconclusive, then at least one; else empty
};

Judgement judge(const Session&);

/// Where the first sensitive octet crossed readable.
std::optional<Seen> first_exposed(const Session&) noexcept;
/// A complete list of capabilities, in clear and before any login, without the upgrade.
bool offer_withheld(const Session&) noexcept;
/// A SYN that nothing, or only a reset, came back to: no conversation, listed only on demand.
bool never_answered(const Session&) noexcept;

}  // namespace mailseal
