// Findings of class certificate: what the server's own certificate shows in one session.
//
// Judged at the time of the packet that carried it, never at the machine's nor at the capture's end: so a session
// says the same live and in a file. Between relays nobody checks certificates unless DANE or MTA-STS asks for it, hence
// the low severities there. A name is judged where there is a reference, a path where there is a store; of a
// certificate that TLS 1.3 hides nothing is ever said. What several sessions show together is overview's.
#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>

#include "names.h"
#include "rule.h"
#include "vendors.h"

namespace mailseal {
namespace {

using enum Severity;
constexpr auto kClass = FindingClass::Certificate;

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

// A third of its life is when certificates that are renewed by programs are replaced: only what is later is soon.
std::optional<Proof> expires_soon(const Case& c) {
  using std::chrono::days;
  const Certificate* own = leaf(c);
  const auto seen = shown(c);
  if (own == nullptr || !own->not_before || !own->not_after || !seen || !is_plausible(seen->time)) return {};
  const auto left = *own->not_after - seen->time;
  if (left <= left.zero() || left >= std::min<Timestamp::duration>(days(30), (*own->not_after - *own->not_before) / 3))
    return {};
  Proof evidence{*seen, counted(static_cast<std::uint64_t>(left / days(1)), "{:d} day left, until {}",
                                "{:d} days left, until {}", to_string(*own->not_after))};
  if (left >= days(14)) evidence.severity = Info;
  return evidence;
}

// "The sender's certificate MUST come first ... Each following certificate MUST directly certify the one preceding it"
// (RFC 5246 7.4.2); only the root may be left out. Whether the one that is missing is a root, nobody can tell: so it is
// called incomplete where not even the leaf's issuer is there.
bool issuer_not_sent(const Case& c) {
  const Certificate* own = leaf(c);
  if (own == nullptr || own->self_signed || own->subject == own->issuer) return false;
  return std::none_of(c.tls.chain.begin() + 1, c.tls.chain.end(),
                      [&](const auto& link) { return link && link->parsed && link->subject == own->issuer; });
}

constexpr int kNoIssuer = 20, kNotYetValid = 9, kExpired = 10, kSelfSignedLeaf = 18,
              kWrongPurpose = 26;  // X509_V_ERR_...

bool lacks_server_usage(const Certificate& c) { return c.has_key_usages && !c.for_servers; }

/// In the words of openssl s_client.
Phrase verify_error(int code, int depth) {
  return phrase("verify error:num={:d}:{} at depth {:d}", code, verify_error_text(code), depth);
}

bool chain_incomplete_here(const Case& c) {
  return c.chain && c.chain->error_code == kNoIssuer && c.chain->depth == 0 && issuer_not_sent(c);
}

std::optional<Proof> chain_incomplete(const Case& c) {
  const auto seen = shown(c);
  if (!seen || !chain_incomplete_here(c)) return {};
  return Proof{*seen, verify_error(kNoIssuer, 0)};
}

// Less what other findings tell: dates and purpose of the leaf, one that is signed by itself, an issuer that was not
// sent.
std::optional<Proof> chain_untrusted(const Case& c) {
  const Certificate* own = leaf(c);
  const auto seen = shown(c);
  if (own == nullptr || !seen || !c.chain || c.chain->ok || chain_incomplete_here(c)) return {};
  const auto told_elsewhere = [&](const ChainResult::Step& step) {
    if (step.error_code == 0) return true;
    if (step.depth != 0) return false;
    return step.error_code == kExpired || step.error_code == kNotYetValid ||
           (step.error_code == kSelfSignedLeaf && own->self_signed) ||
           (step.error_code == kWrongPurpose && lacks_server_usage(*own));
  };
  const auto& steps = c.chain->steps;
  const auto at = std::find_if_not(steps.begin(), steps.end(), told_elsewhere);
  if (at == steps.end()) return {};
  return Proof{*seen, verify_error(at->error_code, at->depth)};
}

// The operator's word goes before the client's; without either there is nothing to hold the certificate against.
std::optional<Proof> host_mismatch(const Case& c) {
  const Certificate* own = leaf(c);
  const auto seen = shown(c);
  if (own == nullptr || !seen) return {};
  const ServerName* given = find_name(c.options, c.session.flow.server);
  const std::string& reference = given ? given->name : c.tls.server_name;
  if (reference.empty() || is_for(*own, reference)) return {};
  const std::size_t names = own->names.size();
  if (given)
    return Proof{*seen, counted(names, "the name given with --server-name is not its {:d} name",
                                "the name given with --server-name is none of its {:d} names")};
  return Proof{*seen, counted(names, "the name that the client asked for is not its {:d} name",
                              "the name that the client asked for is none of its {:d} names")};
}

std::optional<Proof> no_alternative_names(const Case& c) {
  const Certificate* own = leaf(c);
  return own == nullptr || own->has_alternative_names ? std::nullopt : told(shown(c));
}

std::optional<Proof> no_server_usage(const Case& c) {
  const Certificate* own = leaf(c);
  return own == nullptr || !lacks_server_usage(*own) ? std::nullopt : told(shown(c));
}

// CA/Browser Forum Baseline Requirements 6.3.2: what a public CA may give, by the day of issue.
std::chrono::days longest_public(Timestamp issued) {
  using namespace std::chrono;
  struct LongestFrom {
    sys_days from;
    days longest;
  };
  constexpr LongestFrom kLongest[] = {{2029y / March / 15, days(47)},
                                      {2027y / March / 15, days(100)},
                                      {2026y / March / 15, days(200)},
                                      {2020y / September / 1, days(398)},
                                      {2018y / March / 1, days(825)}};
  for (const LongestFrom& row : kLongest)
    if (issued >= row.from) return row.longest;
  return days::max();
}

// In public ones both ends count: "the period from notBefore through notAfter, inclusive" (RFC 5280 4.1.2.5).
std::optional<Proof> long_life(const Case& c) {
  using std::chrono::days, std::chrono::seconds;
  const Certificate* own = leaf(c);
  const auto seen = shown(c);
  if (own == nullptr || !seen || !own->not_before || !own->not_after || *own->not_after < *own->not_before) return {};
  const auto whole = [](Timestamp t) { return std::chrono::floor<seconds>(t); };  // far apart: not in nanoseconds
  const seconds life = whole(*own->not_after) - whole(*own->not_before);
  constexpr days kTenYears(3653);
  if (life <= kTenYears && !(publicly_trusted(c) && life + seconds(1) > longest_public(*own->not_before))) return {};
  return Proof{*seen, counted(static_cast<std::uint64_t>(life / days(1)), "valid for {:d} day", "valid for {:d} days")};
}

std::optional<Proof> vendor_default(const Case& c) {
  const Certificate* own = leaf(c);
  const auto seen = shown(c);
  if (own == nullptr || !seen) return {};
  const std::string_view vendor = vendor_of(*own);
  if (vendor.empty()) return {};
  return Proof{*seen, Phrase::as_is(std::string(vendor))};
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
    {{"cert-expires-soon", "Certificate expires soon", kClass, Low, Info,
      "Fewer than 30 days were left of the certificate, and less than a third of its life.",
      "Its renewal is due; with fewer than 14 days left it may have been forgotten.",
      "Renew the certificate, and automate it.", ""},
     expires_soon},
    {{"cert-chain-incomplete", "Intermediate certificate missing", kClass, Medium, Info,
      "The certificate was issued by a CA whose own certificate was not sent and is not in the trust store.",
      "Clients that do not fetch what is missing, or do not know that CA, cannot verify it.",
      "Send the intermediate certificates behind the server's own.", "RFC 5246 7.4.2"},
     chain_incomplete},
    {{"cert-chain-untrusted", "No path to a trusted certificate", kClass, Medium, Info,
      "No path leads from the certificates that were sent to one of the trust store, at the time of the capture.",
      "A private or unknown CA, or a broken chain. Revocation was not looked up, and another store may say otherwise.",
      "Have clients trust that CA, or use a certificate of a CA that they trust.", "RFC 5280 6; RFC 8314 4.4"},
     chain_untrusted},
    {{"cert-host-mismatch", "Certificate does not name the host", kClass, Medium, Info,
      "The name by which the server was asked for, or that was given for it, is not among the certificate's.",
      "Clients that check names warn or refuse; between relays names are often not looked at.",
      "Issue it again with that name as a subjectAltName.", "RFC 7817 3; RFC 9525 6; RFC 8461 4.1"},
     host_mismatch},
    {{"cert-no-san", "Certificate without subjectAltName", kClass, Low, Info,
      "The certificate names hosts, if any, in its subject only.", "Clients no longer look for names there.",
      "Issue it again with its names as subjectAltName.", "RFC 9525 2; RFC 7817 3"},
     no_alternative_names},
    {{"cert-eku-missing-serverauth", "Certificate not meant for servers", kClass, Low, Info,
      "Its extendedKeyUsage does not name serverAuth.", "Strict clients refuse it.", "Issue it again with serverAuth.",
      "RFC 5280 4.2.1.12"},
     no_server_usage},
    {{"cert-lifetime-long", "Certificate valid for very long", kClass, Low, Info,
      "It is valid for more than ten years, or for longer than public CAs may issue.",
      "A key that stays for years; appliances' own certificates are like that.",
      "Issue it for a shorter time, and automate the renewal.", "CA/B Forum BR 6.3.2"},
     long_life},
    {{"cert-vendor-default", "Factory or demonstration certificate", kClass, Medium, Medium,
      "Subject or issuer are those of a certificate that comes with an appliance, a package or an example.",
      "Its private key may be public, or the same in other devices.", "Install a certificate of your own.", ""},
     vendor_default},
    {{"cert-changed-during-capture", "Server showed certificates with different keys", kClass, Medium, Medium,
      "For the same address, port and name the server showed different keys of one kind.",
      "Several machines behind one address, a renewal, or someone between.",
      "Find out which it is: compare the digests with those of your certificates.", "RFC 9325 3.9"},
     nullptr},
};

}  // namespace

std::span<const Rule> certificate_rules() noexcept { return kRules; }

}  // namespace mailseal
