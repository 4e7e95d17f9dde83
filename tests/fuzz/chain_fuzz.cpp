// A Certificate message of a stranger (a list of certificates, each with its length in three octets): read, verified
// against a root of the project, looked at for names and makers.
#include <cstdint>
#include <cstdlib>

#include "mailseal/base/reader.h"
#include "mailseal/judge.h"
#include "names.h"
#include "vendors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailseal;
  static const Limits limits = [] {
    Limits l;
    l.chain_cache = 2;
    l.chain_verifications = ~std::size_t{0};
    return l;
  }();
  static const auto store = TrustStore::load(MAILSEAL_SOURCE_DIR "/captures/certificates/root.pem", "", &limits);
  if (!store) std::abort();
  std::vector<std::shared_ptr<const Certificate>> chain;
  Reader in(Bytes(reinterpret_cast<const std::byte*>(data), size));
  for (Bytes der; chain.size() < limits.certificates && in.prefixed24(der);) chain.push_back(read_certificate(der));
  const Timestamp at = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21);
  for (const Purpose purpose : {Purpose::Server, Purpose::Client}) {
    const auto result = store->verify(chain, purpose, at);
    if (!result != chain.empty()) std::abort();
    if (!result) continue;
    if (result->ok && (result->error_code != 0 || result->depth)) std::abort();
    if (result->error_code.value_or(1) != 0 && result->ok) std::abort();
    if (*store->verify(chain, purpose, at) != *result) std::abort();
  }
  for (const auto& link : chain) {
    is_for(*link, "mail.example.jp");
    is_for(*link, "192.0.2.1");
    vendor_of(*link);
    if (!link->parsed && (link->is_ca || link->for_servers || !link->spki_sha256.empty())) std::abort();
  }
  return 0;
}
