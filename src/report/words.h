// Words that more than one format uses: what an enumerator, a protocol number or a list
// of references is called in a report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mailseal/base/suites.h"
#include "mailseal/report.h"

namespace mailseal {

std::string_view word(Entry) noexcept;             ///< "plain", "implicit-tls", "unknown"
std::string_view word(Side) noexcept;              ///< "client", "server"
std::string_view word(Role) noexcept;              ///< "access", "relay"
std::string_view word(CloseReason) noexcept;       ///< "ended", "end-of-capture", ...
std::string_view word(CredentialKind) noexcept;    ///< "password", "challenge-response", ...
std::string_view word(FindingClass) noexcept;      ///< "plaintext", "starttls", ...
std::string_view word(TrustFacts::Kind) noexcept;  ///< "none", "given", "system"

/// Is there anything to do about it? The catalogue says "None." where not.
bool has_remedy(const FindingKind&) noexcept;
/// What a sound connection would have shown instead, in a sentence; "" for notes and good signs.
std::string_view expected(FindingClass) noexcept;

/// Where the frame stands in a text; nothing: in no text.
std::optional<std::uint64_t> line_of(const std::vector<InputFacts>&, const Seen&);
/// "15", "15 (line 123)".
std::string frame_number(const std::vector<InputFacts>&, const Seen&);

/// "EN10MB", "LINUX_SLL2", ... as tcpdump.org/linktypes.html has them, or the number.
std::string link_type_name(std::uint32_t);

/// "ECDHE", "RSA", ...; in TLS 1.3, where the suite does not say it, from the group:
/// "ECDHE", "DHE", "ECDHE+MLKEM" for a hybrid, "PSK" without a key share. nullopt: not seen.
std::optional<std::string> key_exchange(const TlsFacts&, const CipherSuite*);
/// By its version or, where that is not seen or a draft's, by its suite.
bool in_tls13(const TlsFacts&, const CipherSuite*) noexcept;
/// Its ServerHello answers all extensions: to TLS 1.2.
bool tells_extensions(const TlsFacts&) noexcept;
/// nullopt: not seen, or a suite we do not know.
std::optional<bool> forward_secrecy(const TlsFacts&, const CipherSuite*);

/// Security strength of the key agreement (suites.h: group_strength); nullopt: not seen, or not known.
std::optional<int> key_exchange_bits(const TlsFacts&);
std::string_view word(ResumedFrom::By) noexcept;  ///< "session-id", "ticket", "same-pair"

/// What was left out or replaced, in a sentence that names the level.
std::string redaction_words(Redact);

/// Which mailseal it was: "0.1.0 (1a2b3c4d5e6f)", the commit where it is known.
std::string build_words(const ReportOptions&);

/// Which ports were followed, and from which severity a finding fails: a sentence each; none where that is not known.
std::vector<std::string> scope_words(const std::optional<Scope>&);

/// "RFC 8314 4.1; RFC 3207 4" as its parts.
std::vector<std::string_view> references(const FindingKind&);

std::uint64_t total(const Counts&) noexcept;

/// Each kind once, in the order in which they came.
std::vector<Doubt> doubts(const Session&);

/// That some sessions are one connection, seen twice; empty: none is.
std::string seen_again_words(const Overview&);

}  // namespace mailseal
