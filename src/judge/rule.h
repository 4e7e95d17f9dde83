// Rules: what a finding is, and the function that looks for it.
//
// A rule looks at one Session (and its state) and shows where something is to be told, or nothing.
// Rules do not know each other. Each class has a file of its own: functions above, rows below.
//
// Of handshake, strength, certificate, client and payload nothing is asked where no TLS record was seen: what can be
// said without one goes into another class.
//
// To add a finding: in the file of its class one function and one row; the id, the class and the severities
// are those of the catalogue of findings, and an id is for ever. In tests/judge/rules_test.cpp one session that
// has it and one that just has not. A row without a function is told by overview, which sees all sessions.
#pragma once

#include <optional>
#include <span>

#include "mailseal/base/phrase.h"
#include "mailseal/base/suites.h"
#include "mailseal/judge.h"
#include "state.h"

namespace mailseal {

struct Proof {
  Seen seen;
  Phrase note;                         ///< figures and names of ours; never text off the wire but masked users
  std::optional<Severity> severity{};  ///< where a figure, not the role alone, decides it
};

struct PolicyAnswer;  ///< policy.h

struct Case {
  const Session& session;
  const TlsFacts& tls;       ///< an empty one where no TLS record was seen
  const CipherSuite* suite;  ///< chosen by the server; nullptr: none seen, or an unknown number
  const Outcome& outcome;
  Role role;
  const JudgeOptions& options;
  const TrustStore* trust;               ///< that the chains were held against; nullptr: none
  const ChainResult* chain;              ///< the server's, verified; nullptr: not, or there was none
  const ChainResult* client_chain;       ///< the client's, likewise
  const PolicyAnswer* policy = nullptr;  ///< nullptr: there is neither policy nor profile
};

/// The server's own certificate, where it could be read; and where it was seen.
inline const Certificate* leaf(const Case& c) noexcept {
  const auto& chain = c.tls.chain;
  return chain.empty() || !chain.front() || !chain.front()->parsed ? nullptr : chain.front().get();
}
inline std::optional<Seen> shown(const Case& c) { return c.tls.certificate ? c.tls.certificate : c.tls.server_hello; }
/// It ends in what the system trusts, which is what the world trusts, unless someone added to it.
inline bool publicly_trusted(const Case& c) noexcept {
  return c.chain && c.chain->ok && c.trust && c.trust->facts().kind == TrustFacts::Kind::System;
}

using Check = std::optional<Proof> (*)(const Case&);

struct Rule {
  FindingKind kind;
  Check check;  ///< nullptr: overview tells it
};

std::span<const Rule> plaintext_rules() noexcept;
std::span<const Rule> starttls_rules() noexcept;
std::span<const Rule> handshake_rules() noexcept;
std::span<const Rule> strength_rules() noexcept;
std::span<const Rule> certificate_rules() noexcept;
std::span<const Rule> client_rules() noexcept;
std::span<const Rule> payload_rules() noexcept;
std::span<const Rule> policy_rules() noexcept;
std::span<const Rule> canary_rules() noexcept;
std::span<const Rule> inconclusive_rules() noexcept;
std::span<const Rule> capture_rules() noexcept;
std::span<const Rule> positive_rules() noexcept;
std::span<const Rule> note_rules() noexcept;

/// The highest version that the client offered, drafts of 1.3 as 1.3; 0: none known.
std::uint16_t highest_offer(const TlsFacts&) noexcept;

struct CheckRow {
  const FindingKind* kind;
  Check check;
  bool of_tls;  ///< finds nothing where no TLS record was seen
};
/// Those that there are, in the order of catalogue().
std::span<const CheckRow> checks() noexcept;
std::string_view id_of(Reason) noexcept;

/// Proof without a note, where the fact is one place.
inline std::optional<Proof> told(const std::optional<Seen>& seen) {
  if (!seen) return {};
  return Proof{*seen, {}};
}

/// A date before 2000 comes from a clock that was not set, or from a source without dates.
inline bool is_plausible(Timestamp t) noexcept {
  return t >= std::chrono::sys_days(std::chrono::year(2000) / std::chrono::January / 1);
}

inline Phrase octets(std::uint64_t n) { return counted(n, "{:d} octet", "{:d} octets"); }

/// Later in the packets, or in the same packet behind it.
inline bool is_after(const Seen& a, const Seen& b) noexcept {
  return same_packet(a, b) ? a.side == b.side && a.offset > b.offset : precedes(b, a);
}

/// Where, as a note beside a finding that was seen `beside` names it.
inline Phrase frame_of(const Seen& seen, const Seen& beside) {
  return seen.input == beside.input ? phrase("frame {:d}", seen.frame)
                                    : phrase("frame {:d} of input {:d}", seen.frame, seen.input + 1);
}

}  // namespace mailseal
