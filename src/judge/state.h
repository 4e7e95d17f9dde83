// State: what a session was, decided from its facts and doubts alone. See state.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mailseal/base/suites.h"
#include "mailseal/judge.h"

namespace mailseal {

/// Why a session is inconclusive; the row of each is in inconclusive.cpp.
enum class Reason : std::uint8_t {
  MidStream,         ///< neither SYN nor greeting was seen
  MidStreamTlsLike,  ///< likewise, and what was seen has the form of TLS records
  Gap,
  SnapLength,
  OneDirection,
  Overlap,
  Fragment,
  CaptureEnded,
  HandshakeCut,  ///< likewise, between the first sign of TLS and its establishment
  UnknownProtocol,
  MalformedRecord,
  DecodeLimit,
  Order,          ///< of packets: not the one in which they can have crossed
  SecurityLayer,  ///< of SASL: neither readable nor TLS
  NotRandom,      ///< what should be ciphertext is not spread like it
  ReadableRun,    ///< and holds text
};
inline constexpr std::size_t kReasons = 16;

struct Why {
  Reason reason;
  Seen seen;
};

struct Outcome {
  State state = State::Inconclusive;
  Confidence confidence = Confidence::Low;
  std::vector<std::string> lacks;
  std::vector<Why> reasons;  ///< of Inconclusive: at least one; of other states: none
};

/// `suite`: the one chosen; nullptr where none was seen or the number is unknown.
Outcome decide(const Session&, const CipherSuite* suite);

/// Something is readable that belongs to its sender and receiver.
bool readable(const Session&) noexcept;
/// TLS was begun: by ClientHello, or by an upgrade that was accepted.
bool tls_attempted(const Session&) noexcept;
bool tls_established(const Session&) noexcept;
/// CRITERIA 2.1: measured at most 375 of random octets, at least 906 of text, from 256 octets on.
inline constexpr std::uint32_t kChiSquareLimit = 512;
constexpr bool looks_unlike_ciphertext(const PayloadSample& sample) noexcept {
  return sample.bytes > 0 && sample.chi_square > kChiSquareLimit;
}
/// FIN or RST of either side.
std::optional<Seen> connection_end(const Session&) noexcept;

}  // namespace mailseal
