// Certificates as servers send them, read by OpenSSL, each distinct one once.
//
// Parsing one costs some 0.2 ms and servers show the same ones all day, so results are shared
// between sessions. Names keep what the certificate says, as UTF-8 with control characters
// escaped by OpenSSL; nothing here judges them. What OpenSSL refuses stays as octets and digest.
//
// RFC 5280, RFC 2253 (names as text).
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <unordered_map>

#include "follower.h"
#include "mailseal/base/digest.h"
#include "mailseal/base/freed_by.h"
#include "masked.h"

namespace mailseal::tls {
namespace {

using X509Owned = std::unique_ptr<X509, FreedBy<X509_free>>;
using BioOwned = std::unique_ptr<BIO, FreedBy<BIO_free_all>>;
using NumberOwned = std::unique_ptr<BIGNUM, FreedBy<BN_free>>;

template <class Extension, auto Free>
std::unique_ptr<Extension, FreedBy<Free>> owned(const X509* certificate, int nid) {
  return std::unique_ptr<Extension, FreedBy<Free>>(
      static_cast<Extension*>(X509_get_ext_d2i(certificate, nid, nullptr, nullptr)));
}

// As RFC 2253 writes names, but in the order of the certificate (C, O, ..., CN, as openssl x509
// prints them), and less the escapes of characters that end nothing there: '<' stays '<'.
std::string name_text(const X509_NAME* name) {
  constexpr std::string_view kHarmless = "<>;\"";
  const BioOwned printed(BIO_new(BIO_s_mem()));
  if (!printed || !name) return {};
  if (X509_NAME_print_ex(printed.get(), name, 0, XN_FLAG_RFC2253 & ~XN_FLAG_DN_REV & ~ASN1_STRFLGS_ESC_MSB) < 0)
    return {};
  char* text = nullptr;
  const long length = BIO_get_mem_data(printed.get(), &text);
  const std::string_view escaped(text, length > 0 ? static_cast<std::size_t>(length) : 0);
  std::string out;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    const bool needless =
        escaped[i] == '\\' && i + 1 < escaped.size() && kHarmless.find(escaped[i + 1]) != kHarmless.npos;
    if (needless) ++i;
    out += escaped[i];
    if (!needless && escaped[i] == '\\' && i + 1 < escaped.size()) out += escaped[++i];
  }
  return out;
}

std::string serial_text(const X509* certificate) {
  const NumberOwned number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  if (!number) return {};
  char* const hex = BN_bn2hex(number.get());
  if (!hex) return {};
  std::string text(hex);
  OPENSSL_free(hex);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  return text;
}

// A Timestamp spans the years 1678 to 2262; "99991231235959Z", which says that there is no end
// (RFC 5280 4.1.2.5), becomes the last of them.
std::optional<Timestamp> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  const std::chrono::sys_seconds at{std::chrono::seconds(timegm(&parts))};
  using std::chrono::ceil;
  using std::chrono::floor;
  using std::chrono::seconds;
  return Timestamp(std::clamp(at, ceil<seconds>(Timestamp::min()), floor<seconds>(Timestamp::max())));
}

void read_alternative_names(const X509* certificate, Certificate& out) {
  out.has_alternative_names = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1) >= 0;
  const auto names = owned<GENERAL_NAMES, GENERAL_NAMES_free>(certificate, NID_subject_alt_name);
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int kind = 0;
    const auto* const value =
        static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &kind));
    if (kind != GEN_DNS && kind != GEN_IPADD) continue;
    const unsigned char* const octets = ASN1_STRING_get0_data(value);
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(value));
    if (kind == GEN_DNS) {
      out.names.emplace_back(reinterpret_cast<const char*>(octets), size);
      continue;
    }
    IpAddress address;
    if (size == 4) address.octets[10] = address.octets[11] = 0xff;
    if (size != 4 && size != 16) continue;
    std::copy_n(octets, size, address.octets.end() - static_cast<std::ptrdiff_t>(size));
    out.names.push_back(to_string(address));
    out.addresses.push_back(address);
  }
}

void read_usage(const X509* certificate, Certificate& out) {
  out.has_scts = X509_get_ext_by_NID(certificate, NID_ct_precert_scts, -1) >= 0;
  const auto constraints = owned<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>(certificate, NID_basic_constraints);
  out.is_ca = constraints && constraints->ca != 0;
  out.has_key_usages = X509_get_ext_by_NID(certificate, NID_ext_key_usage, -1) >= 0;
  const auto usages = owned<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>(certificate, NID_ext_key_usage);
  for (int i = 0; usages && i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
    const int usage = OBJ_obj2nid(sk_ASN1_OBJECT_value(usages.get(), i));
    out.for_servers |= usage == NID_server_auth || usage == NID_anyExtendedKeyUsage;
    out.for_clients |= usage == NID_client_auth || usage == NID_anyExtendedKeyUsage;
  }
}

// What takes OpenSSL longer than a millisecond: a capture may hold a certificate in each kilobyte.
bool is_oversized(const EVP_PKEY* key, int bits) {
  constexpr int kLargestPrime = 8192, kLargestCurve = 571, kLargestExponent = 64;
  if (EVP_PKEY_is_a(key, "EC")) return bits > kLargestCurve;
  if (bits > kLargestPrime) return true;
  if (!EVP_PKEY_is_a(key, "RSA") && !EVP_PKEY_is_a(key, "RSA-PSS")) return false;
  BIGNUM* exponent = nullptr;
  const bool known = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1;
  const NumberOwned held(exponent);
  return !known || BN_num_bits(exponent) > kLargestExponent;
}

void read_key(X509* certificate, Certificate& out) {
  unsigned char* octets = nullptr;
  if (const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &octets); size > 0) {
    out.spki_sha256 = sha256({reinterpret_cast<const std::byte*>(octets), static_cast<std::size_t>(size)});
    OPENSSL_free(octets);
  }
  EVP_PKEY* const key = X509_get0_pubkey(certificate);
  if (!key) return;
  if (const char* const name = EVP_PKEY_get0_type_name(key)) out.key = name;
  out.key_bits = EVP_PKEY_get_bits(key);
  char curve[80] = "";
  if (out.key == "EC" && EVP_PKEY_get_group_name(key, curve, sizeof curve, nullptr) == 1) out.curve = curve;
  out.oversized_key = is_oversized(key, out.key_bits);
  out.self_signed = X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0 &&
                    (out.oversized_key || X509_verify(certificate, key) == 1);
}

std::string signature_text(const X509* certificate) {
  const X509_ALGOR* algorithm = nullptr;
  const ASN1_OBJECT* object = nullptr;
  X509_get0_signature(nullptr, &algorithm, certificate);
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  char text[80] = "";
  OBJ_obj2txt(text, sizeof text, object, 0);
  return text;
}

void read(Certificate& out) {
  const auto* octets = reinterpret_cast<const unsigned char*>(out.der.data());
  const X509Owned certificate(d2i_X509(nullptr, &octets, static_cast<long>(out.der.size())));
  if (!certificate) return;
  const X509* const x = certificate.get();
  out.parsed = true;
  out.subject = masked_mailboxes(name_text(X509_get_subject_name(x)));
  out.issuer = masked_mailboxes(name_text(X509_get_issuer_name(x)));
  out.serial = serial_text(x);
  read_alternative_names(x, out);
  out.not_before = time_of(X509_get0_notBefore(x));
  out.not_after = time_of(X509_get0_notAfter(x));
  out.signature_algorithm = signature_text(x);
  read_usage(x, out);
  read_key(certificate.get(), out);
}

}  // namespace

struct CertificateCache::Impl {
  const Limits* limits;
  // The key lies in the value's own octets.
  std::unordered_map<std::string_view, std::shared_ptr<const Certificate>> known;
};

CertificateCache::CertificateCache(const Limits* limits) : impl_(std::make_unique<Impl>(Impl{limits, {}})) {}
CertificateCache::~CertificateCache() = default;

std::shared_ptr<const Certificate> CertificateCache::parse(Bytes der) {
  auto& known = impl_->known;
  if (const auto found = known.find(as_text(der)); found != known.end()) return found->second;
  const auto certificate = read_certificate(der);
  // Starting anew is as bounded as any cleverer way, and the common ones are back at once.
  if (known.size() >= impl_->limits->certificate_cache) known.clear();
  known.emplace(as_text(certificate->der), certificate);
  return certificate;
}

}  // namespace mailseal::tls

namespace mailseal {

std::shared_ptr<const Certificate> read_certificate(Bytes der) {
  auto certificate = std::make_shared<Certificate>();
  certificate->der.assign(der.begin(), der.end());
  certificate->sha256 = sha256(der);
  tls::read(*certificate);
  ERR_clear_error();
  return certificate;
}

}  // namespace mailseal
