// Findings of class client: what a ClientHello offers that it should not.
//
// Anonymous suites are not among the weak ones: a relay that takes any certificate loses nothing by them
// (RFC 7672 8.2), and where one is chosen, cipher-anonymous tells it.
#include <algorithm>

#include "rule.h"

namespace mailseal {
namespace {

using enum Severity;
constexpr auto kClass = FindingClass::Client;
constexpr std::size_t kNamed = 3;  // of the weak suites; the others are counted

bool weak(const CipherSuite& suite) {
  return suite.null_encryption || suite.export_grade || suite.encryption == "RC4" || suite.bits <= 64;
}

std::optional<Proof> weak_ciphers(const Case& c) {
  if (!c.tls.client_hello) return {};
  std::string names;
  std::size_t found = 0;
  for (const std::uint16_t code : offer_of(c.tls).suites) {
    const CipherSuite* suite = find_suite(code);
    if (suite == nullptr || !weak(*suite) || ++found > kNamed) continue;
    if (!names.empty()) names += ", ";
    names += suite->name;
  }
  if (found == 0) return {};
  if (found > kNamed) return Proof{*c.tls.client_hello, phrase("{} and {:d} more", names, found - kNamed)};
  return Proof{*c.tls.client_hello, Phrase::as_is(std::move(names))};
}

std::optional<Proof> old_version(const Case& c) {
  const std::uint16_t highest = highest_offer(c.tls);
  if (!c.tls.client_hello || highest == 0 || highest >= 0x0303) return {};
  return Proof{*c.tls.client_hello, phrase("at most {}", version_name(highest))};
}

std::optional<Proof> sslv2_hello(const Case& c) { return told(c.tls.sslv2_hello); }

const Rule kRules[] = {
    {{"client-offers-weak-ciphers", "Client offers broken cipher suites", kClass, Low, Low,
      "The ClientHello offers suites with NULL encryption, EXPORT keys, RC4, or DES and its like.",
      "A server could choose one of them.", "Update the client or restrict its cipher suites.",
      "RFC 9325 4.1; RFC 7465"},
     weak_ciphers},
    {{"client-max-version-old", "Client cannot do TLS 1.2", kClass, Medium, Medium,
      "The highest version that the ClientHello offers is TLS 1.1 or older.",
      "Such clients keep servers from switching off old versions.", "Update the client.", "RFC 8996; RFC 8997"},
     old_version},
    {{"client-offers-sslv2-hello", "ClientHello in the form of SSL 2.0", kClass, Low, Low,
      "The first message had the form of SSL 2.0.", "A very old client; the form must not be sent any more.",
      "Update the client.", "RFC 6176 3"},
     sslv2_hello},
};

}  // namespace

std::uint16_t highest_offer(const TlsFacts& tls) noexcept {
  std::uint16_t highest = 0;
  for (std::uint16_t version : offer_of(tls).versions) {
    if (is_tls13(version)) version = 0x0304;
    const bool known = version == 0x0002 || (version >= 0x0300 && version <= 0x0304);  // else GREASE and the like
    if (known) highest = std::max(highest, version);
  }
  return highest;
}

std::span<const Rule> client_rules() noexcept { return kRules; }

}  // namespace mailseal
