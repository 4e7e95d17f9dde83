// Certificates made while the test runs: by nobody else, and valid as long as a test wants them.
#pragma once

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mailseal/judge.h"

namespace mailseal::test {

using KeyOwned = std::shared_ptr<EVP_PKEY>;
using Extensions = std::vector<std::pair<int, std::string>>;  // {NID_subject_alt_name, "DNS:mail.example"}

inline KeyOwned new_key() { return KeyOwned(EVP_EC_gen("P-256"), EVP_PKEY_free); }

/// A certificate with its key.
struct Issued {
  std::shared_ptr<X509> x;
  KeyOwned key;

  std::vector<std::byte> der() const {
    unsigned char* octets = nullptr;
    const int size = i2d_X509(x.get(), &octets);
    const auto* first = reinterpret_cast<const std::byte*>(octets);
    std::vector<std::byte> out(first, first + size);
    OPENSSL_free(octets);
    return out;
  }
  std::shared_ptr<const Certificate> read() const { return read_certificate(der()); }
};

struct CertificateOrder {  // what is asked for
  std::string name;
  const Issued* by = nullptr;  ///< nullptr: itself
  Extensions extensions = {};
  long first_day = -100, last_day = 265;  ///< from time_of(0) on
  KeyOwned key = new_key();
};

inline Timestamp day(long n) { return time_of(0) + std::chrono::hours(24 * n); }

inline Issued issue(const CertificateOrder& order) {
  Issued made{std::shared_ptr<X509>(X509_new(), X509_free), order.key};
  X509* const x = made.x.get();
  static long serial = 1000;
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
  const auto at = [](long n) {
    return std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(day(n)));
  };
  ASN1_TIME_set(X509_getm_notBefore(x), at(order.first_day));
  ASN1_TIME_set(X509_getm_notAfter(x), at(order.last_day));
  X509_NAME* const subject = X509_get_subject_name(x);
  const auto* name = reinterpret_cast<const unsigned char*>(order.name.c_str());
  X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>("Test"), -1, -1, 0);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, -1, -1, 0);
  X509_set_issuer_name(x, order.by ? X509_get_subject_name(order.by->x.get()) : subject);
  X509_set_pubkey(x, order.key.get());
  X509V3_CTX context;
  X509V3_set_ctx(&context, order.by ? order.by->x.get() : x, x, nullptr, nullptr, 0);
  for (const auto& [nid, value] : order.extensions) {
    X509_EXTENSION* const extension = X509V3_EXT_nconf_nid(nullptr, &context, nid, value.c_str());
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(x, order.by ? order.by->key.get() : order.key.get(), EVP_sha256());
  return made;
}

inline const Extensions kCa = {{NID_basic_constraints, "critical,CA:TRUE"}, {NID_key_usage, "critical,keyCertSign"}};
inline Extensions for_name(std::string name) {
  return {{NID_subject_alt_name, std::move(name)}, {NID_ext_key_usage, "serverAuth"}};
}

/// An RSA key of which nobody knows the other half: `bits` long, all of them ones but the last few.
inline KeyOwned rsa_key(int bits, unsigned long exponent_bits = 17) {
  BIGNUM* const n = BN_new();
  BIGNUM* const e = BN_new();
  BN_set_bit(n, bits);
  BN_sub_word(n, 159);
  BN_set_bit(e, static_cast<int>(exponent_bits) - 1);
  BN_add_word(e, 1);
  OSSL_PARAM_BLD* const build = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
  OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
  OSSL_PARAM* const parameters = OSSL_PARAM_BLD_to_param(build);
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context);
  EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(build);
  BN_free(n);
  BN_free(e);
  return KeyOwned(key, EVP_PKEY_free);
}

/// A folder that goes with it.
class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "mailseal-pki-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path(const std::string& name = {}) const {
    return name.empty() ? path_.string() : (path_ / name).string();
  }
  std::string pem(const std::string& name, const std::vector<const Issued*>& certificates) const {
    std::FILE* const file = std::fopen(path(name).c_str(), "w");
    for (const Issued* one : certificates) PEM_write_X509(file, one->x.get());
    std::fclose(file);
    return path(name);
  }
  std::string write(const std::string& name, const std::string& octets) const {
    std::FILE* const file = std::fopen(path(name).c_str(), "w");
    std::fwrite(octets.data(), 1, octets.size(), file);
    std::fclose(file);
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace mailseal::test
