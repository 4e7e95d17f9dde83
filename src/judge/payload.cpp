// Findings of class payload: whether what TLS carried looks like what a cipher gives.
//
// It can only be told that it does not: what passes looks like ciphertext or compressed data, and no more is claimed.
// Where it does not, a session is not called encrypted whatever its handshake was (state.cpp). A NULL suite is no case
// of these: its records are read, and what they carry is told as readable.
#include "rule.h"

namespace mailseal {
namespace {

using enum Severity;
constexpr auto kClass = FindingClass::Payload;

std::optional<Proof> not_random(const Case& c) {
  if (!c.tls.established) return {};
  const PayloadSample* worst = nullptr;
  for (const PayloadSample& sample : c.tls.payload)
    if (looks_unlike_ciphertext(sample) && (!worst || sample.chi_square > worst->chi_square)) worst = &sample;
  if (!worst) return {};
  return Proof{*worst->last, phrase("chi-square {:d} over {:d} octets, of ciphertext below {:d}", worst->chi_square,
                                    worst->bytes, kChiSquareLimit)};
}

std::optional<Proof> readable_run(const Case& c) {
  if (!c.tls.established || !c.tls.printable_run) return {};
  return Proof{*c.tls.printable_run, phrase("32 printable octets in a row, or more")};
}

const Rule kRules[] = {
    {{"payload-not-random", "Application data does not look like ciphertext", kClass, High, High,
      "After a TLS handshake the octets of the records are not spread as those of any cipher.",
      "What looks like TLS may protect nothing: no encryption, a false handshake, or a broken program.",
      "Find out at once which software speaks here, and what it sends.", "RFC 9846 5.2"},
     not_random},
    {{"payload-printable-run", "Readable text inside application data", kClass, High, High,
      "Within a TLS record stand 32 or more printable characters in a row; tabs and line ends count.",
      "Ciphertext holds such a run once in some 10^13 octets: something is readable here.",
      "Find out at once which software speaks here, and what it sends.", "RFC 9846 5.2"},
     readable_run},
};

}  // namespace

std::span<const Rule> payload_rules() noexcept { return kRules; }

}  // namespace mailseal
