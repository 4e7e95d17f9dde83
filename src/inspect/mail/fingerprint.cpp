#include "mail/fingerprint.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <cstring>

namespace mailseal::mail {
namespace {

struct RunKey {
  std::array<unsigned char, 32> octets{};
  bool drawn = RAND_bytes(octets.data(), static_cast<int>(octets.size())) == 1;
};

}  // namespace

std::uint64_t fingerprint_of(std::string_view secret) noexcept {
  static const RunKey key;
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned length = 0;
  if (secret.empty() || !key.drawn ||
      !HMAC(EVP_sha256(), key.octets.data(), static_cast<int>(key.octets.size()),
            reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), mac.data(), &length))
    return 0;
  std::uint64_t value = 0;
  std::memcpy(&value, mac.data(), sizeof value);
  return value;
}

}  // namespace mailseal::mail
