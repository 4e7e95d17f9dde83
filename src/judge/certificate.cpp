// Findings of class certificate: what the server's own certificate shows in one session.
//
// Judged at the time of the packet that carried it, never at the machine's. Between relays nobody checks
// certificates unless DANE or MTA-STS asks for it, hence the low severities there. Names and paths need a reference
// or a store and are judged elsewhere; of a TLS 1.3 certificate nothing is ever said.
#include <algorithm>
#include <array>
#include <cctype>

#include "rule.h"

namespace mailseal {
namespace {

using enum Severity;
constexpr auto kClass = FindingClass::Certificate;

const Certificate* leaf(const Case& c) {
  if (c.tls.chain.empty() || !c.tls.chain.front() || !c.tls.chain.front()->parsed) return nullptr;
  return c.tls.chain.front().get();
}

std::optional<Seen> shown(const Case& c) { return c.tls.certificate ? c.tls.certificate : c.tls.server_hello; }

std::optional<Proof> expired(const Case& c) {
  const Certificate* own = leaf(c);
  const auto seen = shown(c);
  if (own == nullptr || !own->not_after || !seen || !is_plausible(seen->time) || *own->not_after >= seen->time)
    return {};
  return Proof{*seen, phrase("valid until {}, serial {}", to_string(*own->not_after), own->serial)};
}

std::optional<Proof> not_yet_valid(const Case& c) {
  const Certificate* own = leaf(c);
  const auto seen = shown(c);
  if (own == nullptr || !own->not_before || !seen || !is_plausible(seen->time) || *own->not_before <= seen->time)
    return {};
  return Proof{*seen, phrase("valid from {}, serial {}", to_string(*own->not_before), own->serial)};
}

std::optional<Proof> self_signed(const Case& c) {
  const Certificate* own = leaf(c);
  const auto seen = shown(c);
  if (own == nullptr || !seen || !own->self_signed) return {};
  return Proof{*seen, Phrase::as_is("SHA-256 " + own->sha256)};
}

// RFC 9325 4.5: RSA at least 2048 bits, curves at least 224. 1024 bits and less are high for any role.
std::optional<Proof> small_key(const Case& c) {
  const Certificate* own = leaf(c);
  const auto seen = shown(c);
  if (own == nullptr || !seen || own->key_bits <= 0) return {};
  const bool integers = own->key == "RSA" || own->key == "DSA" || own->key == "RSA-PSS";
  if (own->key_bits >= (integers ? 2048 : own->key == "EC" ? 224 : 0)) return {};
  Proof evidence{*seen, phrase("{} {:d} bits", own->key, own->key_bits)};
  if (integers && own->key_bits <= 1024) evidence.severity = High;
  return evidence;
}

bool names_hash(const std::string& algorithm, std::string_view hash) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::search(algorithm.begin(), algorithm.end(), hash.begin(), hash.end(), same) != algorithm.end();
}

// Of the leaf and the intermediate ones; the signature of a root on itself protects nothing.
std::optional<Proof> weak_signature(const Case& c) {
  const auto seen = shown(c);
  if (!seen) return {};
  std::optional<Proof> worst;
  for (std::size_t depth = 0; depth < c.tls.chain.size(); ++depth) {
    const auto& link = c.tls.chain[depth];
    if (!link || !link->parsed || link->self_signed) continue;
    const bool broken = names_hash(link->signature_algorithm, "md5") || names_hash(link->signature_algorithm, "md2");
    if (!broken && !names_hash(link->signature_algorithm, "sha1")) continue;
    if (worst && !(broken && !worst->severity)) continue;
    worst = Proof{*seen, phrase("{} at depth {:d}", link->signature_algorithm, depth)};
    if (broken) worst->severity = High;
  }
  return worst;
}

const Rule kRules[] = {
    {{"cert-expired", "Certificate expired", kClass, High, Info,
      "The certificate had run out when it was shown in this capture.",
      "Clients that check certificates refuse it; relays mostly do not look.",
      "Renew the certificate, and automate it.", "RFC 5280 4.1.2.5; RFC 7672 3.1.1; RFC 7817"},
     expired},
    {{"cert-not-yet-valid", "Certificate not yet valid", kClass, High, Info,
      "The certificate's first day lay ahead when it was shown in this capture.",
      "A wrong clock, or a mistake when it was issued.", "Check the clocks; issue it again.", "RFC 5280 4.1.2.5"},
     not_yet_valid},
    {{"cert-self-signed", "Self-signed certificate", kClass, Medium, Info,
      "The certificate is signed with its own key.",
      "Nobody vouches for the server. Common between servers, and fine with DANE.",
      "For users: a certificate of a CA they trust. Between servers: publish a TLSA record.",
      "RFC 7672 3.1.1; RFC 8314 4.4"},
     self_signed},
    {{"cert-key-too-small", "Certificate key too small", kClass, High, Medium,
      "The key is RSA or DSA below 2048 bits, or a curve below 224.", "The key may be found, and the server imitated.",
      "Issue a new certificate with RSA 3072 or ECDSA P-256.", "RFC 9325 4.5"},
     small_key},
    {{"cert-signature-weak", "Certificate signed with SHA-1 or MD5", kClass, Medium, Low,
      "The certificate, or an intermediate one, is signed with SHA-1, MD5 or MD2.",
      "Such signatures can be forged by collision.", "Issue it again with SHA-256.", "RFC 9155; RFC 9325 4.5"},
     weak_signature},
};

}  // namespace

std::span<const Rule> certificate_rules() noexcept { return kRules; }

}  // namespace mailseal
