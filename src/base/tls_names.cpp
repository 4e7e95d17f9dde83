// Names of groups, signature schemes, versions and alerts (IANA "TLS Supported Groups",
// "TLS SignatureScheme", "TLS Alerts"; pairs of RFC 5246 7.4.1.4.1 in the schemes' spelling).
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iterator>
#include <unordered_map>

#include "mailseal/base/suites.h"

namespace mailseal {
namespace {

struct Named {
  std::uint16_t code;
  std::string_view name;
};

// Each table is sorted by code.
constexpr Named kGroups[] = {
    {0x0001, "sect163k1"},
    {0x0002, "sect163r1"},
    {0x0003, "sect163r2"},
    {0x0004, "sect193r1"},
    {0x0005, "sect193r2"},
    {0x0006, "sect233k1"},
    {0x0007, "sect233r1"},
    {0x0008, "sect239k1"},
    {0x0009, "sect283k1"},
    {0x000a, "sect283r1"},
    {0x000b, "sect409k1"},
    {0x000c, "sect409r1"},
    {0x000d, "sect571k1"},
    {0x000e, "sect571r1"},
    {0x000f, "secp160k1"},
    {0x0010, "secp160r1"},
    {0x0011, "secp160r2"},
    {0x0012, "secp192k1"},
    {0x0013, "secp192r1"},
    {0x0014, "secp224k1"},
    {0x0015, "secp224r1"},
    {0x0016, "secp256k1"},
    {0x0017, "secp256r1"},
    {0x0018, "secp384r1"},
    {0x0019, "secp521r1"},
    {0x001a, "brainpoolP256r1"},
    {0x001b, "brainpoolP384r1"},
    {0x001c, "brainpoolP512r1"},
    {0x001d, "x25519"},
    {0x001e, "x448"},
    {0x001f, "brainpoolP256r1tls13"},
    {0x0020, "brainpoolP384r1tls13"},
    {0x0021, "brainpoolP512r1tls13"},
    {0x0022, "GC256A"},
    {0x0023, "GC256B"},
    {0x0024, "GC256C"},
    {0x0025, "GC256D"},
    {0x0026, "GC512A"},
    {0x0027, "GC512B"},
    {0x0028, "GC512C"},
    {0x0029, "curveSM2"},
    {0x0100, "ffdhe2048"},
    {0x0101, "ffdhe3072"},
    {0x0102, "ffdhe4096"},
    {0x0103, "ffdhe6144"},
    {0x0104, "ffdhe8192"},
    {0x0200, "MLKEM512"},
    {0x0201, "MLKEM768"},
    {0x0202, "MLKEM1024"},
    {0x11eb, "SecP256r1MLKEM768"},
    {0x11ec, "X25519MLKEM768"},
    {0x11ed, "SecP384r1MLKEM1024"},
    {0x6399, "X25519Kyber768Draft00"},
    {0x639a, "SecP256r1Kyber768Draft00"},
    {0xff01, "arbitrary_explicit_prime_curves"},
    {0xff02, "arbitrary_explicit_char2_curves"},
};

constexpr Named kSchemes[] = {
    {0x0101, "rsa_pkcs1_md5"},
    {0x0102, "dsa_md5"},
    {0x0103, "ecdsa_md5"},
    {0x0201, "rsa_pkcs1_sha1"},
    {0x0202, "dsa_sha1"},
    {0x0203, "ecdsa_sha1"},
    {0x0301, "rsa_pkcs1_sha224"},
    {0x0302, "dsa_sha224"},
    {0x0303, "ecdsa_sha224"},
    {0x0401, "rsa_pkcs1_sha256"},
    {0x0402, "dsa_sha256"},
    {0x0403, "ecdsa_secp256r1_sha256"},
    {0x0501, "rsa_pkcs1_sha384"},
    {0x0502, "dsa_sha384"},
    {0x0503, "ecdsa_secp384r1_sha384"},
    {0x0601, "rsa_pkcs1_sha512"},
    {0x0602, "dsa_sha512"},
    {0x0603, "ecdsa_secp521r1_sha512"},
    {0x0708, "sm2sig_sm3"},
    {0x0709, "gostr34102012_256a"},
    {0x070a, "gostr34102012_256b"},
    {0x070b, "gostr34102012_256c"},
    {0x070c, "gostr34102012_256d"},
    {0x070d, "gostr34102012_512a"},
    {0x070e, "gostr34102012_512b"},
    {0x070f, "gostr34102012_512c"},
    {0x0804, "rsa_pss_rsae_sha256"},
    {0x0805, "rsa_pss_rsae_sha384"},
    {0x0806, "rsa_pss_rsae_sha512"},
    {0x0807, "ed25519"},
    {0x0808, "ed448"},
    {0x0809, "rsa_pss_pss_sha256"},
    {0x080a, "rsa_pss_pss_sha384"},
    {0x080b, "rsa_pss_pss_sha512"},
    {0x081a, "ecdsa_brainpoolP256r1tls13_sha256"},
    {0x081b, "ecdsa_brainpoolP384r1tls13_sha384"},
    {0x081c, "ecdsa_brainpoolP512r1tls13_sha512"},
    {0x0904, "mldsa44"},
    {0x0905, "mldsa65"},
    {0x0906, "mldsa87"},
};

constexpr Named kAlerts[] = {
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {21, "decryption_failed_RESERVED"},
    {22, "record_overflow"},
    {30, "decompression_failure"},
    {40, "handshake_failure"},
    {41, "no_certificate_RESERVED"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {60, "export_restriction_RESERVED"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {111, "certificate_unobtainable"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {114, "bad_certificate_hash_value"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {117, "general_error"},
    {120, "no_application_protocol"},
    {121, "ech_required"},
};

template <std::size_t N>
constexpr bool ascending(const Named (&table)[N]) {
  for (std::size_t i = 1; i < N; ++i)
    if (table[i - 1].code >= table[i].code) return false;
  return true;
}
static_assert(ascending(kGroups) && ascending(kSchemes) && ascending(kAlerts));

template <std::size_t N>
std::string_view find(const Named (&table)[N], std::uint16_t code) {
  const auto* const at = std::lower_bound(std::begin(table), std::end(table), code,
                                          [](const Named& n, std::uint16_t c) { return n.code < c; });
  return at != std::end(table) && at->code == code ? at->name : std::string_view();
}

std::string number(unsigned code, int digits) {
  char text[8];
  std::snprintf(text, sizeof text, "0x%0*x", digits, code);
  return text;
}

std::string name_or_number(std::string_view name, unsigned code, int digits = 4) {
  return name.empty() ? number(code, digits) : std::string(name);
}

/// "0x1a2b", with exactly so many digits.
std::optional<std::uint16_t> number_of(std::string_view text, std::size_t digits) {
  if (text.size() != 2 + digits || !text.starts_with("0x")) return std::nullopt;
  std::uint16_t code = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), code, 16);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(code) : std::nullopt;
}

template <std::size_t N>
std::optional<std::uint16_t> code_of(const Named (&table)[N], std::string_view name, std::size_t digits = 4) {
  const auto* const at =
      std::find_if(std::begin(table), std::end(table), [name](const Named& n) { return n.name == name; });
  return at != std::end(table) ? std::optional(at->code) : number_of(name, digits);
}

constexpr Named kSignals[] = {{0x00ff, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"}, {0x5600, "TLS_FALLBACK_SCSV"}};
constexpr Named kVersions[] = {{0x0002, "SSLv2"},   {0x0300, "SSLv3"},   {0x0301, "TLSv1.0"},
                               {0x0302, "TLSv1.1"}, {0x0303, "TLSv1.2"}, {0x0304, "TLSv1.3"}};
constexpr std::string_view kDraft = "TLSv1.3-draft";
static_assert(ascending(kSignals) && ascending(kVersions));

}  // namespace

std::string suite_name(std::uint16_t code) {
  if (const std::string_view signal = find(kSignals, code); !signal.empty()) return std::string(signal);
  const CipherSuite* const suite = find_suite(code);
  return suite ? std::string(suite->name) : number(code, 4);
}

std::string group_name(std::uint16_t code) { return name_or_number(find(kGroups, code), code); }

std::string signature_scheme_name(std::uint16_t code) { return name_or_number(find(kSchemes, code), code); }

std::string version_name(std::uint16_t code) {
  // "0x7f00 | draft number" (RFC 8446's drafts, 4.2.1.1)
  if (code >> 8 == 0x7f) return std::string(kDraft) + std::to_string(code & 0xff);
  return name_or_number(find(kVersions, code), code);
}

std::string alert_name(std::uint8_t code) { return name_or_number(find(kAlerts, code), code, 2); }

std::optional<std::uint16_t> suite_code(std::string_view name) {
  static const std::unordered_map<std::string_view, std::uint16_t> codes = [] {
    std::unordered_map<std::string_view, std::uint16_t> all;
    // Drafts come first and share their names with what was registered in the end.
    for (const CipherSuite& suite : cipher_suites()) all.insert_or_assign(suite.name, suite.code);
    for (const Named& signal : kSignals) all.emplace(signal.name, signal.code);
    return all;
  }();
  const auto at = codes.find(name);
  return at != codes.end() ? std::optional(at->second) : number_of(name, 4);
}

std::optional<std::uint16_t> group_code(std::string_view name) { return code_of(kGroups, name); }

std::optional<std::uint16_t> signature_scheme_code(std::string_view name) { return code_of(kSchemes, name); }

std::optional<std::uint16_t> version_code(std::string_view name) {
  if (name.starts_with(kDraft)) {
    std::uint8_t draft = 0;
    const auto [end, error] = std::from_chars(name.data() + kDraft.size(), name.data() + name.size(), draft);
    if (error == std::errc() && end == name.data() + name.size()) return static_cast<std::uint16_t>(0x7f00 | draft);
    return std::nullopt;
  }
  return code_of(kVersions, name);
}

std::optional<std::uint8_t> alert_code(std::string_view name) {
  const auto code = code_of(kAlerts, name, 2);
  return code ? std::optional(static_cast<std::uint8_t>(*code)) : std::nullopt;
}

}  // namespace mailseal
