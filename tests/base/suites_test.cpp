// The derived suites against a handful of literal cases, and against the reference's merged
// registry row by row where it lies beside the project.
#include "mailseal/base/suites.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "mailseal/base/digest.h"
#include "mailseal/base/hash.h"

namespace mailseal {
namespace {

struct Expected {
  std::uint16_t code;
  std::string_view name, key_exchange, authentication, encryption, mac, hash;
  int bits, block_bits;
  std::string_view flags;  // 1 tls13, c cbc, a aead, f forward secrecy, n anonymous, 0 null, e export, s short tag
};

std::string flags_of(const CipherSuite& s) {
  std::string text;
  for (const auto& [on, letter] : {std::pair{s.tls13, '1'},
                                   {s.cbc, 'c'},
                                   {s.aead, 'a'},
                                   {s.forward_secrecy, 'f'},
                                   {s.anonymous, 'n'},
                                   {s.null_encryption, '0'},
                                   {s.export_grade, 'e'},
                                   {s.short_tag, 's'}})
    if (on) text += letter;
  return text;
}

TEST(Suites, AreDerivedFromTheirNames) {
  const Expected table[] = {
      {0x0000, "TLS_NULL_WITH_NULL_NULL", "NULL", "NULL", "NULL", "NULL", "NULL", 0, 0, "n0"},
      {0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5", "RSA", "RSA", "RC4", "MD5", "MD5", 40, 0, "e"},
      {0x0004, "TLS_RSA_WITH_RC4_128_MD5", "RSA", "RSA", "RC4", "MD5", "MD5", 38, 0, ""},
      {0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "RSA", "RSA", "3DES", "SHA", "SHA", 112, 64, "c"},
      {0x0011, "TLS_DHE_DSS_EXPORT_WITH_DES40_CBC_SHA", "DHE", "DSS", "DES", "SHA", "SHA", 40, 64, "cfe"},
      {0x0026, "TLS_KRB5_EXPORT_WITH_DES_CBC_40_SHA", "KRB5", "KRB5", "DES", "SHA", "SHA", 40, 64, "ce"},
      {0x0062, "TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA", "RSA", "RSA", "DES", "SHA", "SHA", 56, 64, "ce"},
      {0x00a6, "TLS_DH_anon_WITH_AES_128_GCM_SHA256", "DH_anon", "anon", "AES", "AEAD", "SHA256", 128, 128, "afn"},
      {0x00c7, "TLS_SM4_CCM_SM3", "", "", "SM4", "AEAD", "SM3", 128, 128, "1af"},
      {0x1301, "TLS_AES_128_GCM_SHA256", "", "", "AES", "AEAD", "SHA256", 128, 128, "1af"},
      {0x1302, "TLS_AES_256_GCM_SHA384", "", "", "AES", "AEAD", "SHA384", 256, 128, "1af"},
      {0x1303, "TLS_CHACHA20_POLY1305_SHA256", "", "", "CHACHA20-POLY1305", "AEAD", "SHA256", 256, 0, "1af"},
      {0x1305, "TLS_AES_128_CCM_8_SHA256", "", "", "AES", "AEAD", "SHA256", 128, 128, "1afs"},
      {0xc01b, "TLS_SRP_SHA_RSA_WITH_3DES_EDE_CBC_SHA", "SRP", "RSA", "3DES", "SHA", "SHA", 112, 64, "cf"},
      {0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE", "RSA", "AES", "AEAD", "SHA384", 256, 128, "af"},
      {0xc0a0, "TLS_RSA_WITH_AES_128_CCM_8", "RSA", "RSA", "AES", "AEAD", "SHA256", 128, 128, "as"},
      {0xc0aa, "TLS_PSK_DHE_WITH_AES_128_CCM_8", "DHE_PSK", "PSK", "AES", "AEAD", "SHA256", 128, 128, "afs"},
      {0xc0b0, "TLS_ECCPWD_WITH_AES_128_GCM_SHA256", "ECCPWD", "PWD", "AES", "AEAD", "SHA256", 128, 128, "af"},
      {0xc0b4, "TLS_SHA256_SHA256", "", "", "NULL", "SHA256", "SHA256", 0, 0, "1f0"},
      {0xc102, "TLS_GOSTR341112_256_WITH_28147_CNT_IMIT", "GOST", "GOST", "GOST28147", "IMIT", "IMIT", 178, 64, ""},
      {0xc104, "TLS_GOSTR341112_256_WITH_MAGMA_MGM_L", "", "", "MAGMA", "AEAD", "", 256, 64, "1af"},
      {0xfeff, "SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA", "RSA", "RSA", "3DES", "SHA", "SHA", 112, 64, "c"},
      // the four of which a well-known table had the AEAD flag wrong
      {0xc070, "TLS_ECDHE_PSK_WITH_ARIA_128_CBC_SHA256", "ECDHE_PSK", "PSK", "ARIA", "SHA256", "SHA256", 128, 128,
       "cf"},
      {0xc071, "TLS_ECDHE_PSK_WITH_ARIA_256_CBC_SHA384", "ECDHE_PSK", "PSK", "ARIA", "SHA384", "SHA384", 256, 128,
       "cf"},
      {0xd003, "TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256", "ECDHE_PSK", "PSK", "AES", "AEAD", "SHA256", 128, 128, "afs"},
      {0xd005, "TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256", "ECDHE_PSK", "PSK", "AES", "AEAD", "SHA256", 128, 128, "af"},
  };
  for (const Expected& want : table) {
    SCOPED_TRACE(want.name);
    const CipherSuite* const got = find_suite(want.code);
    ASSERT_NE(got, nullptr);
    EXPECT_EQ(got->code, want.code);
    EXPECT_EQ(got->name, want.name);
    EXPECT_EQ(got->key_exchange, want.key_exchange);
    EXPECT_EQ(got->authentication, want.authentication);
    EXPECT_EQ(got->encryption, want.encryption);
    EXPECT_EQ(got->mac, want.mac);
    EXPECT_EQ(got->hash, want.hash);
    EXPECT_EQ(got->bits, want.bits);
    EXPECT_EQ(got->block_bits, want.block_bits);
    EXPECT_EQ(flags_of(*got), want.flags);
  }
}

TEST(Suites, AreAllInAscendingOrderAndWhole) {
  const auto all = cipher_suites();
  ASSERT_EQ(all.size(), 354u + 12u);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(),
                             [](const CipherSuite& a, const CipherSuite& b) { return a.code < b.code; }));
  EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const CipherSuite& s) { return s.null_encryption; }), 23);
  for (const CipherSuite& suite : all) {
    EXPECT_EQ(find_suite(suite.code), &suite);
    EXPECT_FALSE(suite.encryption.empty()) << suite.name;
    EXPECT_EQ(suite.key_exchange.empty(), suite.tls13) << suite.name;
  }
  constexpr std::uint16_t kNone[] = {0x00ff, 0x5600, 0x0a0a, 0x1300, 0xffff};
  for (const std::uint16_t none : kNone) EXPECT_EQ(find_suite(none), nullptr);
}

TEST(Suites, NamesAndNumbers) {
  EXPECT_EQ(suite_name(0xc02f), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
  EXPECT_EQ(suite_name(0x00ff), "TLS_EMPTY_RENEGOTIATION_INFO_SCSV");
  EXPECT_EQ(suite_name(0x5600), "TLS_FALLBACK_SCSV");
  EXPECT_EQ(suite_name(0x1a1a), "0x1a1a");
  EXPECT_EQ(group_name(0x001d), "x25519");
  EXPECT_EQ(group_name(0x11ec), "X25519MLKEM768");
  EXPECT_EQ(group_name(0x2a2a), "0x2a2a");
  EXPECT_EQ(signature_scheme_name(0x0804), "rsa_pss_rsae_sha256");
  EXPECT_EQ(signature_scheme_name(0x0001), "0x0001");
  EXPECT_EQ(version_name(0x0002), "SSLv2");
  EXPECT_EQ(version_name(0x0300), "SSLv3");
  EXPECT_EQ(version_name(0x0303), "TLSv1.2");
  EXPECT_EQ(version_name(0x0304), "TLSv1.3");
  EXPECT_EQ(version_name(0x7f1c), "TLSv1.3-draft28");
  EXPECT_EQ(version_name(0x7e01), "0x7e01");
  EXPECT_EQ(alert_name(48), "unknown_ca");
  EXPECT_EQ(alert_name(123), "0x7b");
}

// Plain CSV: no field of these files is quoted.
std::vector<std::map<std::string, std::string>> read_csv(const std::string& path) {
  std::vector<std::map<std::string, std::string>> rows;
  std::ifstream in(path);
  std::vector<std::string> header;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    std::vector<std::string> fields(1);
    for (const char c : line)
      if (c == ',')
        fields.emplace_back();
      else
        fields.back() += c;
    if (header.empty()) {
      header = fields;
      continue;
    }
    auto& row = rows.emplace_back();
    for (std::size_t i = 0; i < std::min(header.size(), fields.size()); ++i) row[header[i]] = fields[i];
  }
  return rows;
}

const std::string kReference = std::string(MAILSEAL_SOURCE_DIR) + "/../shared/reference/data/";

TEST(Suites, AgreeWithTheMergedRegistryRowByRow) {
  const auto rows = read_csv(kReference + "tls-cipher-suites.merged.csv");
  if (rows.empty()) GTEST_SKIP() << "no reference data beside the project";
  std::set<std::uint16_t> registered;
  int signalling = 0;
  for (const auto& row : rows) {
    const auto code = static_cast<std::uint16_t>(std::stoi(row.at("code"), nullptr, 16));
    SCOPED_TRACE(row.at("name"));
    EXPECT_EQ(suite_name(code), row.at("name"));
    if (row.at("kind") == "scsv") {
      ++signalling;
      EXPECT_EQ(find_suite(code), nullptr);
      continue;
    }
    registered.insert(code);
    const CipherSuite* const got = find_suite(code);
    ASSERT_NE(got, nullptr);
    const bool tls13 = row.at("tls13") == "1";
    EXPECT_EQ(got->openssl_name, row.at("openssl_name"));
    EXPECT_EQ(got->key_exchange, tls13 ? "" : row.at("kx"));
    EXPECT_EQ(got->authentication, tls13 ? "" : row.at("au"));
    EXPECT_EQ(got->encryption, row.at("enc"));
    EXPECT_EQ(got->mac, row.at("mac"));
    EXPECT_EQ(got->hash, row.at("prf_or_hash"));
    EXPECT_EQ(std::to_string(got->bits), row.at("eff_bits"));
    EXPECT_EQ(std::to_string(got->block_bits), row.at("block_bits"));
    std::string flags;
    if (tls13) flags += '1';
    if (row.at("mode") == "CBC") flags += 'c';
    if (row.at("aead") == "1") flags += 'a';
    if (row.at("fs") == "1") flags += 'f';
    if (row.at("anon") == "1") flags += 'n';
    if (row.at("null_enc") == "1") flags += '0';
    if (row.at("export") == "1") flags += 'e';
    if (row.at("mode") == "CCM_8") flags += 's';
    EXPECT_EQ(flags_of(*got), flags);
  }
  EXPECT_EQ(registered.size(), 354u);
  EXPECT_EQ(signalling, 2);
  std::size_t others = 0;
  for (const CipherSuite& suite : cipher_suites()) others += registered.count(suite.code) == 0;
  EXPECT_EQ(others, 12u);
}

TEST(Suites, NamesAgreeWithTheReference) {
  const auto groups = read_csv(kReference + "tls-groups.csv");
  if (groups.empty()) GTEST_SKIP() << "no reference data beside the project";
  const auto code = [](const auto& row, int base) {
    return static_cast<std::uint16_t>(std::stoi(row.at("code"), nullptr, base));
  };
  for (const auto& row : groups) EXPECT_EQ(group_name(code(row, 16)), row.at("name"));
  for (const auto& row : read_csv(kReference + "tls-sigschemes.csv"))
    EXPECT_EQ(signature_scheme_name(code(row, 16)), row.at("name"));
  for (const auto& row : read_csv(kReference + "tls-alerts.csv"))
    EXPECT_EQ(alert_name(static_cast<std::uint8_t>(code(row, 10))), row.at("name"));
}

TEST(Strength, OfGroupsAsNistHasIt) {
  const struct {
    const char* group;
    int bits;
  } table[] = {{"sect163k1", 80},  {"secp192r1", 80},          {"secp224r1", 112}, {"secp256r1", 128},
               {"secp384r1", 192}, {"secp521r1", 256},         {"x25519", 128},    {"x448", 224},
               {"ffdhe2048", 112}, {"ffdhe3072", 128},         {"ffdhe4096", 152}, {"ffdhe6144", 176},
               {"ffdhe8192", 200}, {"X25519MLKEM768", 128},    {"sect571r1", 256}, {"brainpoolP384r1", 192},
               {"sect283k1", 128}, {"SecP384r1MLKEM1024", 192}};
  for (const auto& row : table) {
    ASSERT_TRUE(group_code(row.group)) << row.group;
    EXPECT_EQ(group_strength(*group_code(row.group)), row.bits) << row.group;
  }
  constexpr std::uint16_t kUnknown[] = {0x0000, 0x002a, 0x0a0a, 0xff01, 0xff02, 0x0200};
  for (const std::uint16_t unknown : kUnknown) EXPECT_FALSE(group_strength(unknown)) << unknown;
}

TEST(Strength, OfPrimesByTheirLength) {
  const struct {
    int prime, bits;
  } table[] = {{0, 0},      {1023, 0},   {1024, 80},  {2047, 80},  {2048, 112}, {3071, 112},
               {3072, 128}, {4096, 152}, {6144, 176}, {8192, 200}, {65536, 200}};
  for (const auto& row : table) EXPECT_EQ(dh_strength(row.prime), row.bits) << row.prime;
}

TEST(Digest, Md5) {  // RFC 1321 A.5
  EXPECT_EQ(md5({}), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(md5(as_bytes("message digest")), "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST(Hash, TellsOctetsApartAndIsNeverNone) {
  std::set<std::uint64_t> seen{0};
  for (std::size_t size = 0; size < 100; ++size)
    for (const char fill : {'\0', 'a', '\xff'}) {
      if (size == 0 && fill != 'a') continue;
      EXPECT_TRUE(seen.insert(hash_of(as_bytes(std::string(size, fill)))).second) << size;
    }
}

}  // namespace
}  // namespace mailseal
