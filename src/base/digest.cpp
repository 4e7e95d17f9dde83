#include "mailseal/base/digest.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <array>
#include <cassert>

namespace mailseal {
namespace {

using Octets = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string hexadecimal(const Octets& octets, unsigned length) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    text += kHex[octets[i] >> 4];
    text += kHex[octets[i] & 15];
  }
  return text;
}

}  // namespace

struct Sha256::Impl {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  Impl() {
    [[maybe_unused]] const int ok = EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
    assert(ok == 1);
  }
  ~Impl() { EVP_MD_CTX_free(context); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(Bytes bytes) { EVP_DigestUpdate(impl_->context, bytes.data(), bytes.size()); }

std::string Sha256::finish() {
  Octets digest{};
  unsigned length = 0;
  EVP_DigestFinal_ex(impl_->context, digest.data(), &length);
  return hexadecimal(digest, length);
}

std::string sha256(Bytes bytes) {
  Sha256 digest;
  digest.add(bytes);
  return digest.finish();
}

std::string md5(Bytes bytes) {
  Octets digest{};
  unsigned length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_md5(), nullptr) != 1) {
    ERR_clear_error();
    return {};
  }
  return hexadecimal(digest, length);
}

}  // namespace mailseal
