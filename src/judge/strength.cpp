// Findings of class strength: the version, suite and key exchange that were negotiated.
//
// They lower what TLS is worth; none of them ranks below clear text: "a worse outcome than using TLS with an
// outdated protocol version" (RFC 9325 5.2). The one exception is no encryption at all: cipher-null.
#include <algorithm>

#include "rule.h"

namespace mailseal {
namespace {

using enum Severity;
constexpr auto kClass = FindingClass::Strength;

bool up_to_tls12(const TlsFacts& tls) { return tls.server_hello && tls.version >= 0x0300 && tls.version <= 0x0303; }

template <std::uint16_t Version>
std::optional<Proof> version(const Case& c) {
  return c.tls.version == Version ? told(c.tls.server_hello) : std::nullopt;
}

// A property of the suite that was chosen.
template <class Holds>
std::optional<Proof> suite_that(const Case& c, Holds holds) {
  if (c.suite == nullptr || !holds(*c.suite)) return {};
  return Proof{*c.tls.server_hello, Phrase::as_is(std::string(c.suite->name))};
}

// A property of the ServerHello.
template <class Holds>
std::optional<Proof> hello_that(const Case& c, Holds holds) {
  return holds(c.tls) ? told(c.tls.server_hello) : std::nullopt;
}

std::optional<Proof> compression(const Case& c) {
  return hello_that(c, [](const TlsFacts& tls) { return tls.compression; });
}

// "...the client MUST include either an empty renegotiation_info extension, or the ... SCSV" (RFC 5746 3.4): a server
// that was not asked may not answer.
std::optional<Proof> no_secure_renegotiation(const Case& c) {
  if (!up_to_tls12(c.tls) || c.tls.reneg_info || !c.tls.client_hello) return {};
  if (offer_of(c.tls).reneg_info) return told(c.tls.server_hello);
  return Proof{*c.tls.server_hello, phrase("the client did not announce it either"), Info};
}

std::optional<Proof> no_extended_master_secret(const Case& c) {
  return hello_that(c, [](const TlsFacts& tls) { return up_to_tls12(tls) && offer_of(tls).ems && !tls.ems; });
}

std::optional<Proof> no_encrypt_then_mac(const Case& c) {
  return suite_that(c, [&](const CipherSuite& s) { return s.cbc && !c.tls.encrypt_then_mac; });
}

std::optional<Proof> truncated_hmac(const Case& c) {
  return hello_that(c, [](const TlsFacts& tls) { return tls.truncated_hmac; });
}

std::optional<Proof> heartbeat(const Case& c) {
  return hello_that(c, [](const TlsFacts& tls) { return tls.heartbeat; });
}

std::optional<Proof> psk_only(const Case& c) {
  return hello_that(c, [](const TlsFacts& tls) { return tls.psk_without_key_share; });
}

std::optional<Proof> early_data(const Case& c) { return told(c.tls.early_data); }

std::optional<Proof> null_suite(const Case& c) {
  return suite_that(c, [](const CipherSuite& s) { return s.null_encryption; });
}

std::optional<Proof> anonymous(const Case& c) {
  return suite_that(c, [](const CipherSuite& s) { return s.anonymous; });
}

std::optional<Proof> export_grade(const Case& c) {
  return suite_that(c, [](const CipherSuite& s) { return s.export_grade; });
}

std::optional<Proof> legacy_weak(const Case& c) {
  return suite_that(c, [](const CipherSuite& s) {
    return s.bits <= 64 && s.encryption != "RC4" && !s.export_grade && !s.null_encryption;
  });
}

std::optional<Proof> rc4(const Case& c) {
  return suite_that(c, [](const CipherSuite& s) { return s.encryption == "RC4"; });
}

std::optional<Proof> small_block(const Case& c) {
  return suite_that(c, [](const CipherSuite& s) { return s.block_bits == 64 && s.bits > 64; });
}

std::optional<Proof> cbc(const Case& c) {
  return suite_that(c, [](const CipherSuite& s) { return s.cbc && s.block_bits == 128; });
}

std::optional<Proof> short_tag(const Case& c) {
  return suite_that(c, [](const CipherSuite& s) { return s.short_tag; });
}

std::optional<Proof> unknown_suite(const Case& c) {
  if (!c.tls.server_hello || c.suite != nullptr) return {};
  return Proof{*c.tls.server_hello, phrase("{}; table of {}", suite_name(c.tls.cipher_suite), registry_date())};
}

std::optional<Proof> no_forward_secrecy(const Case& c) {
  return suite_that(c, [](const CipherSuite& s) { return !s.tls13 && !s.forward_secrecy; });
}

std::optional<Proof> ffdhe(const Case& c) {
  if (!up_to_tls12(c.tls)) return {};
  return suite_that(c, [](const CipherSuite& s) { return s.key_exchange.starts_with("DHE"); });
}

// "...Diffie-Hellman groups of at least 2048 bits" (RFC 9325 4.5); 1024 bits are within reach of a state, 512 of
// anyone (CVE-2015-4000).
std::optional<Proof> small_dh_group(const Case& c) {
  if (!c.tls.server_hello || !c.tls.dh_bits || *c.tls.dh_bits >= 2048) return {};
  Proof evidence{*c.tls.server_hello, phrase("{:d} bits", *c.tls.dh_bits)};
  if (*c.tls.dh_bits <= 512)
    evidence.severity = Critical;
  else if (*c.tls.dh_bits <= 1024)
    evidence.severity = High;
  return evidence;
}

// A prime of a server's own making cannot be checked here. Of the others the name is told.
std::optional<Proof> nonstandard_dh_group(const Case& c) {
  if (!c.tls.server_hello || !c.tls.dh_prime || c.tls.group) return {};
  const DhPrime& prime = *c.tls.dh_prime;
  const int bits = c.tls.dh_bits.value_or(0);
  if (!prime.name.empty()) return Proof{*c.tls.server_hello, phrase("{}, {:d} bits", prime.name, bits)};
  return Proof{*c.tls.server_hello, phrase("{:d} bits, a prime that is not known here", bits)};
}

template <std::size_t N>
std::optional<Proof> group_among(const Case& c, const std::uint16_t (&groups)[N]) {
  if (!c.tls.server_hello || !c.tls.group) return {};
  if (std::find(std::begin(groups), std::end(groups), *c.tls.group) == std::end(groups)) return {};
  return Proof{*c.tls.server_hello, Phrase::as_is(group_name(*c.tls.group))};
}

// Curves below 224 bits, and curves of the server's own making (RFC 8422 5.1.1).
constexpr std::uint16_t kWeakCurves[] = {0x0001, 0x0002, 0x0003, 0x0004, 0x0005, 0x000f,
                                         0x0010, 0x0011, 0x0012, 0x0013, 0xff01, 0xff02};
// Kyber's drafts and those of Cloudflare's trials.
constexpr std::uint16_t kDraftHybrids[] = {0x6399, 0x639a, 0xfe30, 0xfe31};
// The numbers that Open Quantum Safe's provider for OpenSSL took for itself; those below have become ML-KEM's.
constexpr bool is_of_open_quantum_safe(std::uint16_t group) noexcept {
  return (group >= 0x0203 && group <= 0x02ff) || (group >= 0x2f00 && group <= 0x2fff);
}

std::optional<Proof> weak_curve(const Case& c) { return group_among(c, kWeakCurves); }
std::optional<Proof> draft_hybrid(const Case& c) {
  if (c.tls.server_hello && c.tls.group && is_of_open_quantum_safe(*c.tls.group))
    return Proof{*c.tls.server_hello, phrase("{}, of Open Quantum Safe", group_name(*c.tls.group))};
  return group_among(c, kDraftHybrids);
}

// The hash is the first octet of the pair (RFC 5246 7.4.1.4.1): 1 MD5, 2 SHA-1. TLS up to 1.1 has no choice.
std::optional<Proof> weak_signature(const Case& c) {
  if (c.tls.version != 0x0303 || !c.tls.server_hello || !c.tls.server_signature) return {};
  const int hash = *c.tls.server_signature >> 8;
  if (hash != 1 && hash != 2) return {};
  return Proof{*c.tls.server_hello, Phrase::as_is(signature_scheme_name(*c.tls.server_signature))};
}

const Rule kRules[] = {
    {{"tls-version-sslv2", "SSL 2.0 negotiated", kClass, Critical, High, "The server answered in SSL 2.0.",
      "The protocol is broken.", "Switch off SSL 2.0.", "RFC 6176; RFC 9325 3.1.1; CVE-2016-0800"},
     version<0x0002>},
    {{"tls-version-sslv3", "SSL 3.0 negotiated", kClass, High, High, "The ServerHello chose SSL 3.0.",
      "The protocol is broken (POODLE) and must not be used.", "Switch off SSL 3.0.",
      "RFC 7568 3; RFC 9325 3.1.1; CVE-2014-3566"},
     version<0x0300>},
    {{"tls-version-1-0", "TLS 1.0 negotiated", kClass, Medium, Medium, "The ServerHello chose TLS 1.0.",
      "A deprecated version that must not be negotiated; still better than clear text.",
      "Offer TLS 1.2 and 1.3. Between servers do not trade old TLS for clear text.",
      "RFC 8996 4; RFC 8997; RFC 9325 3.1.1"},
     version<0x0301>},
    {{"tls-version-1-1", "TLS 1.1 negotiated", kClass, Medium, Medium, "The ServerHello chose TLS 1.1.",
      "A deprecated version that must not be negotiated; still better than clear text.",
      "Offer TLS 1.2 and 1.3. Between servers do not trade old TLS for clear text.",
      "RFC 8996 5; RFC 8997; RFC 9325 3.1.1"},
     version<0x0302>},
    {{"tls-compression-enabled", "TLS compression negotiated", kClass, Medium, Medium,
      "The ServerHello chose a compression method.", "The length of records can betray content (CRIME).",
      "Switch off TLS compression.", "RFC 9325 3.3; CVE-2012-4929"},
     compression},
    {{"tls-secure-renegotiation-missing", "No secure renegotiation", kClass, Medium, Low,
      "The ServerHello of TLS 1.2 or older has no renegotiation_info; where the client announced none "
      "either, that is a note.",
      "If the server renegotiates, text can be slipped in at the beginning.", "Update the server's TLS library.",
      "RFC 5746; RFC 9325 3.5; CVE-2009-3555"},
     no_secure_renegotiation},
    {{"tls-extended-master-secret-missing", "No extended master secret", kClass, Low, Low,
      "The client offered the extension; the ServerHello of TLS 1.2 or older did not answer it.",
      "The keys are not bound to the whole handshake.", "Update the server's TLS library.", "RFC 7627; RFC 9325 3.5"},
     no_extended_master_secret},
    {{"tls-encrypt-then-mac-missing", "CBC suite without encrypt-then-MAC", kClass, Low, Low,
      "A CBC suite was chosen, and not the extension that mends its order of encryption and MAC.",
      "Attacks on padding by time (Lucky 13) are possible where the library is not hardened.",
      "Use AEAD suites (GCM, ChaCha20-Poly1305).", "RFC 9325 4.2; RFC 7366; CVE-2013-0169"},
     no_encrypt_then_mac},
    {{"tls-truncated-hmac", "Truncated HMAC negotiated", kClass, Medium, Medium,
      "The ServerHello answered the extension truncated_hmac.", "Records are authenticated with 80 bits only.",
      "Switch the extension off.", "RFC 9325 4.6"},
     truncated_hmac},
    {{"tls-heartbeat-enabled", "TLS heartbeat negotiated", kClass, Low, Low,
      "The ServerHello answered the extension heartbeat.",
      "Mail does not need it, and old libraries had a grave flaw there. This proves no flaw.",
      "Switch the extension off.", "RFC 6520"},
     heartbeat},
    {{"tls-resumption-without-fs", "Resumed without fresh keys", kClass, Low, Low,
      "A TLS 1.3 session was resumed by its PSK alone, without a key share.",
      "Who learns the PSK later can read this session.", "Resume with psk_dhe_ke.", "RFC 9325 3.4"},
     psk_only},
    {{"tls-early-data", "Early data (0-RTT) sent", kClass, Medium, Medium,
      "The client sent protected data before the server's answer.",
      "Early data can be replayed, and no rules exist for it in mail.", "Switch 0-RTT off for mail.",
      "RFC 9325 3.10; RFC 9846 8"},
     early_data},
    {{"cipher-null", "NULL encryption negotiated", kClass, Critical, Critical,
      "The server chose a suite without encryption (also TLS_SHA256_SHA256 and TLS_SHA384_SHA384 of TLS 1.3).",
      "Records are authenticated but readable: this counts as clear text.",
      "Remove NULL and integrity-only suites on both sides.", "RFC 9325 4.1; RFC 9150"},
     null_suite},
    {{"cipher-anonymous", "Anonymous key exchange negotiated", kClass, High, Low,
      "The suite has no server authentication (ADH, AECDH).",
      "Protects against listening only. Between servers this is worth as much as a certificate nobody checks.",
      "For users: exclude aNULL. Between servers it matters only with DANE or MTA-STS.",
      "RFC 9325 4; RFC 7672 8.2; RFC 10015 2"},
     anonymous},
    {{"cipher-export", "EXPORT cipher suite negotiated", kClass, High, High,
      "The server chose a suite with 40 or 56 bit keys made for export.", "The keys can be broken.",
      "Remove EXPORT suites.", "RFC 9325 4.1; CVE-2015-0204"},
     export_grade},
    {{"cipher-legacy-weak", "DES or another cipher of at most 64 bits negotiated", kClass, High, High,
      "The suite's effective key strength is 64 bits or less.", "The keys can be broken.", "Remove DES and its like.",
      "RFC 9325 4.1"},
     legacy_weak},
    {{"cipher-rc4", "RC4 negotiated", kClass, High, High, "The server chose an RC4 suite.",
      "RC4 leaks what it encrypts and is prohibited.", "Remove RC4.",
      "RFC 7465 2; RFC 9325 4.1; CVE-2013-2566; CVE-2015-2808"},
     rc4},
    {{"cipher-3des", "Cipher with 64-bit blocks negotiated", kClass, Medium, Medium,
      "The server chose 3DES, IDEA or another cipher with blocks of 64 bits.",
      "Long sessions leak (SWEET32); the strength is 112 bits.", "Remove these suites.", "RFC 9325 4.1; CVE-2016-2183"},
     small_block},
    {{"cipher-cbc", "CBC suite negotiated", kClass, Low, Low, "The server chose a suite in CBC mode.",
      "A long history of attacks on padding.", "Prefer AEAD suites (GCM, ChaCha20-Poly1305).", "RFC 9325 4.2"},
     cbc},
    {{"cipher-ccm8", "Suite with a short tag negotiated", kClass, Low, Low, "The server chose a CCM_8 suite.",
      "Records are authenticated with 64 bits only.", "Use GCM or ChaCha20-Poly1305.", "RFC 6655"},
     short_tag},
    {{"cipher-unknown", "Cipher suite unknown", kClass, Medium, Medium,
      "The chosen number is not in the table of this program, is private, or is GREASE.",
      "The strength cannot be judged; it may be no encryption at all.",
      "Find out what the number is; use a newer version of this program.", "RFC 8701"},
     unknown_suite},
    {{"kx-no-forward-secrecy", "No forward secrecy", kClass, Medium, Medium,
      "The keys come from a static RSA, DH, ECDH or pre-shared key.",
      "Who gets the server's key later can decrypt this very capture.",
      "Allow ECDHE suites only; keep the capture confidential.", "RFC 10015 2, 4; RFC 9325 4.1"},
     no_forward_secrecy},
    {{"kx-ffdhe", "Finite-field DHE in TLS 1.2 or older", kClass, Low, Low, "The server chose a DHE suite.",
      "Deprecated since July 2026.", "Use ECDHE suites, or TLS 1.3.", "RFC 10015 3; RFC 9325 4.1"},
     ffdhe},
    {{"kx-dh-group-weak", "Diffie-Hellman group too small", kClass, High, Medium,
      "The server's group has fewer than 2048 bits.", "1024 bits can be broken with great means, 512 by anyone.",
      "Use ECDHE, or the group ffdhe3072.", "RFC 9325 4.5; CVE-2015-4000"},
     small_dh_group},
    {{"kx-dh-group-nonstandard", "Diffie-Hellman group not of RFC 7919", kClass, Low, Low,
      "The server's prime is none of those of RFC 7919.",
      "Whether it is a sound one cannot be seen; groups that many servers share are worth an attacker's effort.",
      "Use ECDHE, or the group ffdhe3072.", "RFC 7919; RFC 10015 1"},
     nonstandard_dh_group},
    {{"kx-key-reuse", "Server uses its ephemeral key again", kClass, Medium, Medium,
      "The server sent the same public value in two full handshakes or more.",
      "The key is ephemeral in name only: who gets hold of it can decrypt all of these sessions.",
      "Update the server's TLS library, or set it to make a new key for each handshake.", "RFC 9325 7.4; RFC 10015"},
     nullptr},
    {{"kx-curve-weak", "Weak or home-made curve", kClass, Medium, Medium,
      "The key exchange used a curve below 224 bits, or one of the server's own making.",
      "Weaker than the rest of the connection, or not checkable.", "Use x25519 or secp256r1.",
      "RFC 9325 4.5; RFC 8422 5.1.1"},
     weak_curve},
    {{"kx-pq-draft", "Draft of a post-quantum group used", kClass, Low, Low,
      "The key exchange used a group of a draft that is obsolete.", "Works, but will cease to.", "Update both sides.",
      "RFC 10024"},
     draft_hybrid},
    {{"sig-weak-handshake", "Handshake signed with SHA-1 or MD5", kClass, Medium, Medium,
      "The server signed its key exchange of TLS 1.2 with SHA-1 or MD5.", "Such signatures must not be used.",
      "Update the server's TLS library.", "RFC 9155 4"},
     weak_signature},
};

}  // namespace

std::span<const Rule> strength_rules() noexcept { return kRules; }

}  // namespace mailseal
