// The TLS registries: numbers from the wire to IANA names and attributes.
//
// Only code, name and OpenSSL's name are tabled; what a suite is made of is derived
// from the grammar of its name, TLS_kx_au_WITH_cipher_mode_mac (IANA "TLS Cipher
// Suites"), at compile or start time. Unknown numbers stay numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mailseal {

struct CipherSuite {
  std::uint16_t code;
  std::string_view name;          ///< "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
  std::string_view openssl_name;  ///< "ECDHE-RSA-AES256-GCM-SHA384"; empty where OpenSSL has none
  std::string_view key_exchange;  ///< "ECDHE", "DHE", "RSA", "PSK", ...; "" in TLS 1.3, where groups say it
  std::string_view authentication;
  std::string_view encryption;  ///< "AES", "3DES", "RC4", "CHACHA20-POLY1305", "NULL", ...
  std::string_view mac;         ///< of the record: "SHA", "SHA256", "MD5", ...; "AEAD"
  std::string_view hash;        ///< of the handshake from TLS 1.2 on: "SHA256", ...; else as `mac`
  std::uint16_t bits;           ///< effective key strength (3DES 112, RC4 38, EXPORT 40/56, NULL 0)
  std::uint8_t block_bits;      ///< of a block cipher, else 0
  bool tls13, cbc, aead, forward_secrecy, anonymous, null_encryption, export_grade, short_tag;
};

/// Security strength in bits of a key agreement, as NIST has it: of curves SP 800-57 Part 1 (table 2) and SP 800-186,
/// of finite fields SP 800-56A Rev. 3 (tables 25, 26), else by the prime's length (SP 800-57 Part 1, table 2). Of
/// hybrids that of the curve: against the computers of today. nullopt: the number is unknown, or says nothing.
std::optional<int> group_strength(std::uint16_t group) noexcept;
int dh_strength(int prime_bits) noexcept;  ///< below 1024 bits, which no table has, 0

/// nullptr: not in the table. Signalling values (0x00FF, 0x5600) are not suites.
const CipherSuite* find_suite(std::uint16_t code) noexcept;
std::span<const CipherSuite> cipher_suites() noexcept;  ///< ascending codes
/// The date of the IANA table this was taken from, "2026-01-13".
std::string_view registry_date() noexcept;

/// "TLS_..." or "0x1a2b" (GREASE and private numbers too).
std::string suite_name(std::uint16_t code);
/// "x25519", "secp256r1", "X25519MLKEM768", ... or "0x1a2b".
std::string group_name(std::uint16_t code);
std::string signature_scheme_name(std::uint16_t code);
/// "TLSv1.2", "SSLv3", "SSLv2" (0x0002), "TLSv1.3-draft28" (0x7f1c), else "0x7e01".
std::string version_name(std::uint16_t code);
/// TLS 1.3, its drafts (0x7fNN) and trials (0x7eNN, 0xfbNN): all above 1.2, none below. GREASE is none.
constexpr bool is_tls13(std::uint16_t code) noexcept { return code >= 0x0304 && (code & 0x0f0f) != 0x0a0a; }
/// "unknown_ca" or "0x7b".
std::string alert_name(std::uint8_t code);

// And back: of a name as the functions above give it. nullopt: none that is known here.
std::optional<std::uint16_t> suite_code(std::string_view name);
std::optional<std::uint16_t> group_code(std::string_view name);
std::optional<std::uint16_t> signature_scheme_code(std::string_view name);
std::optional<std::uint16_t> version_code(std::string_view name);
std::optional<std::uint8_t> alert_code(std::string_view name);

}  // namespace mailseal
