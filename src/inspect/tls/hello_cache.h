// HelloCache: what many handshakes have in common, worked out once.
//
// The hellos of one program differ in their random values, names and keys, and in nothing else. So of a
// ClientHello the octets that are the same in each are put together (its shape), and looked up before anything is
// parsed, sorted or digested: a known one costs a copy of some hundred octets and a comparison. The same is
// done with what JA3S says of a ServerHello, and with the primes of Diffie-Hellman.
//
// Bounded as CertificateCache is, and by the size of each key: what is larger is made anew each time. Not thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "handshake.h"
#include "mailseal/base/limits.h"
#include "mailseal/inspect.h"

namespace mailseal::tls {

/// Values by the octets that they follow from.
template <class Value>
class MadeOnce {
 public:
  explicit MadeOnce(std::size_t most) : most_(most) {}

  /// What `make()` gave for these octets, or gives now.
  template <class Make>
  std::shared_ptr<const Value> of(Bytes octets, Make make) {
    constexpr std::size_t kLongest = 4096;
    const std::string_view key = as_text(octets);
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    auto made = std::make_shared<const Value>(make());
    if (key.size() > kLongest) return made;
    if (known_.size() >= most_) known_.clear();
    known_.emplace(key, made);
    return made;
  }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::size_t most_;
  std::unordered_map<std::string, std::shared_ptr<const Value>, Hash, std::equal_to<>> known_;
};

class HelloCache {
 public:
  /// Holds Limits::hello_cache of each kind.
  explicit HelloCache(const Limits*);

  std::shared_ptr<const ClientOffer> offer(const ClientHelloView&);
  std::shared_ptr<const std::string> ja3s(const ServerHelloView&);
  std::shared_ptr<const DhPrime> prime(Bytes);

 private:
  MadeOnce<ClientOffer> offers_;
  MadeOnce<std::string> ja3s_;
  MadeOnce<DhPrime> primes_;
  std::vector<std::byte> shape_;  ///< used again
};

}  // namespace mailseal::tls
