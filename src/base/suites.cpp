// Derives what a cipher suite is made of from its IANA name.
//
// A hand-kept table of attributes goes wrong in silence (the best one known has four wrong
// AEAD flags); the name cannot: TLS_<kx>_<au>_WITH_<cipher>_<mode>_<mac>, and
// in TLS 1.3 TLS_<cipher>_<mode>_<hash>. What does not follow the grammar is in the rules
// below by name: RFC 9150 (integrity only), RFC 9367 (GOST in TLS 1.3), PSK_DHE (RFC 6655).
#include "mailseal/base/suites.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "suites_table.h"

namespace mailseal {
namespace {

struct Cipher {
  std::string_view token;  ///< how the part of the name behind WITH_ begins
  std::string_view name;
  std::uint16_t bits;  ///< effective: 3DES 112, IDEA 126, RC4 38 and GOST 28147 178 by the best attacks known
  std::uint8_t block_bits;
};

// A longer token stands before the shorter one that it begins with.
constexpr Cipher kCiphers[] = {
    {"NULL", "NULL", 0, 0},
    {"RC4_128", "RC4", 38, 0},
    {"RC4_40", "RC4", 40, 0},
    {"RC4_56", "RC4", 56, 0},
    {"RC2_CBC_40", "RC2", 40, 64},
    {"RC2_CBC_56", "RC2", 56, 64},
    {"DES40_CBC", "DES", 40, 64},
    {"DES_CBC_40", "DES", 40, 64},
    {"DES_CBC", "DES", 56, 64},
    {"3DES_EDE_CBC", "3DES", 112, 64},
    {"IDEA_CBC", "IDEA", 126, 64},
    {"SEED_CBC", "SEED", 128, 128},
    {"AES_128", "AES", 128, 128},
    {"AES_256", "AES", 256, 128},
    {"CAMELLIA_128", "CAMELLIA", 128, 128},
    {"CAMELLIA_256", "CAMELLIA", 256, 128},
    {"ARIA_128", "ARIA", 128, 128},
    {"ARIA_256", "ARIA", 256, 128},
    {"SM4", "SM4", 128, 128},
    {"CHACHA20_POLY1305", "CHACHA20-POLY1305", 256, 0},
    {"ASCONAEAD128", "ASCON-AEAD128", 128, 0},
    {"AEGIS_256", "AEGIS-256", 256, 128},
    {"AEGIS_128L", "AEGIS-128L", 128, 128},
    {"KUZNYECHIK", "KUZNYECHIK", 256, 128},
    {"MAGMA", "MAGMA", 256, 64},
    {"28147", "GOST28147", 178, 64},
};

constexpr bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

constexpr std::string_view last_word(std::string_view text) { return text.substr(text.rfind('_') + 1); }

// What stands before _WITH_: who agrees on keys, who signs.
void derive_exchange(CipherSuite& suite, std::string_view head) {
  for (const std::string_view mark : {"_EXPORT1024", "_EXPORT", "_FIPS"}) {
    if (!head.ends_with(mark)) continue;
    head.remove_suffix(mark.size());
    suite.export_grade = mark != "_FIPS";
  }
  const auto set = [&suite](std::string_view exchange, std::string_view authentication) {
    suite.key_exchange = exchange;
    suite.authentication = authentication;
  };
  if (head == "PSK_DHE" || head == "DHE_PSK")
    set("DHE_PSK", "PSK");
  else if (head == "RSA_PSK")
    set(head, "RSA+PSK");
  else if (head == "ECDHE_PSK")
    set(head, "PSK");
  else if (head == "DH_anon" || head == "ECDH_anon")
    set(head, "anon");
  else if (head == "ECCPWD")
    set(head, "PWD");
  else if (head == "GOSTR341112_256")
    set("GOST", "GOST");
  else if (head == "SRP_SHA")
    set("SRP", "SRP");
  else if (const std::size_t cut = head.find('_'); cut == head.npos)
    set(head, head);
  else
    set(head.substr(0, cut), last_word(head));
  suite.anonymous = suite.authentication == "anon" || suite.authentication == "NULL";
  for (const std::string_view fresh : {"DHE", "ECDHE", "DHE_PSK", "ECDHE_PSK", "DH_anon", "ECDH_anon", "SRP", "ECCPWD"})
    suite.forward_secrecy |= suite.key_exchange == fresh;
}

// What stands behind it: the cipher, its mode, its MAC or hash.
void derive_cipher(CipherSuite& suite, std::string_view tail) {
  const auto* const cipher = std::find_if(std::begin(kCiphers), std::end(kCiphers),
                                          [tail](const Cipher& c) { return tail.starts_with(c.token); });
  if (cipher == std::end(kCiphers)) return;
  suite.encryption = cipher->name;
  suite.bits = cipher->bits;
  suite.block_bits = cipher->block_bits;
  suite.null_encryption = suite.encryption == "NULL";
  suite.cbc = contains(tail, "_CBC");
  suite.short_tag = contains(tail, "_CCM_8");
  for (const std::string_view mode : {"_GCM", "_CCM", "_MGM", "POLY1305", "ASCONAEAD", "AEGIS"})
    suite.aead |= contains(tail, mode);
  suite.hash = last_word(tail);
  if (suite.hash == "CCM" || suite.hash == "8") suite.hash = "SHA256";  // RFC 6655 3: the PRF of TLS 1.2
  if (contains(tail, "_MGM")) suite.hash = "";
  suite.mac = suite.aead ? "AEAD" : suite.hash;
}

CipherSuite derive(const SuiteRow& row) {
  CipherSuite suite{};
  suite.code = row.code;
  suite.name = row.name;
  suite.openssl_name = row.openssl_name;
  const std::string_view parts = row.name.substr(4);  // "TLS_" or "SSL_"
  constexpr std::string_view kWith = "_WITH_";
  const std::size_t with = parts.find(kWith);
  suite.tls13 = with == parts.npos || contains(parts, "_MGM_");
  if (suite.tls13)
    suite.forward_secrecy = true;  // but for psk_ke, which the handshake tells
  else
    derive_exchange(suite, parts.substr(0, with));
  if (parts == "SHA256_SHA256" || parts == "SHA384_SHA384") {
    // "These cipher suites ... do not provide confidentiality" (RFC 9150 1)
    suite.encryption = "NULL";
    suite.null_encryption = true;
    suite.mac = suite.hash = last_word(parts);
  } else {
    derive_cipher(suite, with == parts.npos ? parts : parts.substr(with + kWith.size()));
  }
  return suite;
}

const std::vector<CipherSuite>& table() {
  static const std::vector<CipherSuite> suites = [] {
    std::vector<CipherSuite> all;
    all.reserve(iana_suite_rows().size() + unregistered_suite_rows().size());
    for (const SuiteRow& row : iana_suite_rows()) all.push_back(derive(row));
    for (const SuiteRow& row : unregistered_suite_rows()) all.push_back(derive(row));
    std::sort(all.begin(), all.end(), [](const CipherSuite& a, const CipherSuite& b) { return a.code < b.code; });
    return all;
  }();
  return suites;
}

/// By the code's first octet, then its second: a ClientHello may offer dozens, and each is looked up.
using Page = std::array<const CipherSuite*, 256>;
using Pages = std::array<Page, 256>;

const Pages& pages() {
  static const auto all = [] {
    auto made = std::make_unique<Pages>();
    for (const CipherSuite& suite : table()) (*made)[suite.code >> 8][suite.code & 0xff] = &suite;
    return made;
  }();
  return *all;
}

}  // namespace

int dh_strength(int prime_bits) noexcept {
  struct Row {
    int prime_bits, strength;
  };
  constexpr Row kRows[] = {{8192, 200}, {6144, 176}, {4096, 152}, {3072, 128}, {2048, 112}, {1024, 80}};
  for (const Row& row : kRows)
    if (prime_bits >= row.prime_bits) return row.strength;
  return 0;
}

std::optional<int> group_strength(std::uint16_t group) noexcept {
  struct Row {
    std::uint16_t first, last;
    int strength;
  };
  // Curves by the bits of their order: 160 to 223 give 80, 224 to 255 give 112, then 128, 192, 256.
  constexpr Row kRows[] = {
      {0x0001, 0x0005, 80},   // sect163k1 to sect193r2
      {0x0006, 0x0008, 112},  // sect233k1 to sect239k1
      {0x0009, 0x000a, 128},  // sect283k1, sect283r1
      {0x000b, 0x000c, 192},  // sect409k1, sect409r1
      {0x000d, 0x000e, 256},  // sect571k1, sect571r1
      {0x000f, 0x0013, 80},   // secp160k1 to secp192r1
      {0x0014, 0x0015, 112},  // secp224k1, secp224r1
      {0x0016, 0x0017, 128},  // secp256k1, secp256r1
      {0x0018, 0x0018, 192},  // secp384r1
      {0x0019, 0x0019, 256},  // secp521r1
      {0x001a, 0x001a, 128},  // brainpoolP256r1
      {0x001b, 0x001b, 192},  // brainpoolP384r1
      {0x001c, 0x001c, 256},  // brainpoolP512r1
      {0x001d, 0x001d, 128},  // x25519
      {0x001e, 0x001e, 224},  // x448
      {0x001f, 0x001f, 128},  // brainpoolP256r1tls13
      {0x0020, 0x0020, 192},  // brainpoolP384r1tls13
      {0x0021, 0x0021, 256},  // brainpoolP512r1tls13
      {0x0022, 0x0025, 128},  // GC256A to GC256D
      {0x0026, 0x0028, 256},  // GC512A to GC512C
      {0x0029, 0x0029, 128},  // curveSM2
      {0x0100, 0x0100, 112},  // ffdhe2048
      {0x0101, 0x0101, 128},  // ffdhe3072
      {0x0102, 0x0102, 152},  // ffdhe4096
      {0x0103, 0x0103, 176},  // ffdhe6144
      {0x0104, 0x0104, 200},  // ffdhe8192
      {0x11eb, 0x11ec, 128},  // SecP256r1MLKEM768, X25519MLKEM768
      {0x11ed, 0x11ed, 192},  // SecP384r1MLKEM1024
      {0x6399, 0x639a, 128},  // X25519Kyber768Draft00, SecP256r1Kyber768Draft00
  };
  for (const Row& row : kRows)
    if (group >= row.first && group <= row.last) return row.strength;
  return std::nullopt;
}

std::span<const CipherSuite> cipher_suites() noexcept { return table(); }

const CipherSuite* find_suite(std::uint16_t code) noexcept { return pages()[code >> 8][code & 0xff]; }

std::string_view registry_date() noexcept { return "2026-01-13"; }

}  // namespace mailseal
