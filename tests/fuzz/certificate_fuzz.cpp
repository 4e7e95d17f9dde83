// Certificates of strangers through OpenSSL and our reading of what it gives.
#include <cstdint>
#include <cstdlib>

#include "tls/follower.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailseal;
  Limits limits;
  limits.certificate_cache = 4;
  tls::CertificateCache cache(&limits);
  const Bytes der(reinterpret_cast<const std::byte*>(data), size);
  const auto certificate = cache.parse(der);
  if (certificate != cache.parse(der)) std::abort();
  if (certificate->sha256.size() != 64 || certificate->der.size() != size) std::abort();
  if (!certificate->parsed && (certificate->self_signed || !certificate->subject.empty())) std::abort();
  return 0;
}
