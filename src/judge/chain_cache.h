// ChainCache: what was found of chains, so that each is verified once. See chain.cpp.
#pragma once

#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "mailseal/judge.h"

namespace mailseal {

class ChainCache {
 public:
  explicit ChainCache(const Limits*);
  ~ChainCache();

  /// As TrustStore::verify(), of a chain that is not empty.
  std::shared_ptr<const ChainResult> verify(X509_STORE*, const std::vector<std::shared_ptr<const Certificate>>&,
                                            Purpose, std::optional<Timestamp>);
  std::size_t verifications() const noexcept { return verifications_; }

 private:
  struct Known;
  static std::uint64_t key_of(const std::vector<std::shared_ptr<const Certificate>>&) noexcept;

  const Limits& limits_;
  std::unordered_multimap<std::uint64_t, std::shared_ptr<const Known>> known_;
  std::size_t verifications_ = 0;
};

}  // namespace mailseal
