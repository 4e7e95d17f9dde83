// Findings of class positive: what was seen to work. Told of this session only, never of the server.
#include <algorithm>

#include "rule.h"

namespace mailseal {
namespace {

using enum Severity;
constexpr auto kClass = FindingClass::Positive;
constexpr std::uint16_t kHybrids[] = {0x11eb, 0x11ec, 0x11ed};

// With a suite that encrypts, and its beginning seen.
bool protects(const Case& c) {
  return c.tls.established && !(c.suite != nullptr && c.suite->null_encryption) &&
         c.outcome.state != State::Inconclusive;
}

std::optional<Proof> enforced(const Case& c) { return told(c.session.refused_before_tls); }

std::optional<Proof> upgraded(const Case& c) {
  const Session& s = c.session;
  if (!s.upgrade_requested || !s.upgrade_accepted || !protects(c)) return {};
  return Proof{*c.tls.established,
               phrase("asked in {:t}, accepted in {:t}", frame_of(*s.upgrade_requested, *c.tls.established),
                      frame_of(*s.upgrade_accepted, *c.tls.established))};
}

std::optional<Proof> handshake_completed(const Case& c) { return protects(c) ? told(c.tls.established) : std::nullopt; }

std::optional<Proof> tls13(const Case& c) { return c.tls.version == 0x0304 ? told(c.tls.server_hello) : std::nullopt; }

std::optional<Proof> hybrid(const Case& c) {
  if (!c.tls.server_hello || !c.tls.group) return {};
  if (std::find(std::begin(kHybrids), std::end(kHybrids), *c.tls.group) == std::end(kHybrids)) return {};
  return Proof{*c.tls.server_hello, Phrase::as_is(group_name(*c.tls.group))};
}

const Rule kRules[] = {
    {{"starttls-enforced", "Server refuses mail or login before TLS", kClass, Positive, Low,
      "Before TLS the server answered mail or a login with 530, 538, -ERR or NO.",
      "The server insists on TLS. A public MX must not (RFC 3207 4): mail of senders without TLS would be lost.",
      "Keep it; on a public MX use DANE or MTA-STS instead.", "RFC 3207 4; RFC 8314; RFC 4954"},
     enforced},
    {{"starttls-upgrade-observed", "Upgrade to TLS completed", kClass, Positive, Positive,
      "STARTTLS, go-ahead, TLS records and a complete handshake were seen.", "The upgrade worked here.", "None.",
      "RFC 3207"},
     upgraded},
    {{"tls-handshake-completed", "TLS handshake completed", kClass, Positive, Positive,
      "Both sides were seen to finish the handshake.",
      "Both ends agreed on keys. Whether the client checked the certificate is not visible.", "None.",
      "RFC 5246 7.3; RFC 9846 2"},
     handshake_completed},
    {{"tls-version-1-3", "TLS 1.3 negotiated", kClass, Positive, Positive, "The ServerHello chose TLS 1.3.",
      "The current version.", "None.", "RFC 9846"},
     tls13},
    {{"kx-pq-hybrid", "Post-quantum key agreement used", kClass, Positive, Positive,
      "The key exchange used a hybrid of ML-KEM and a curve.",
      "A stored capture is protected against a future quantum computer as well.", "None.", "RFC 10024"},
     hybrid},
};

}  // namespace

std::span<const Rule> positive_rules() noexcept { return kRules; }

}  // namespace mailseal
