// Tuple: the identity of a connection while its direction is still unknown.
//
// Both endpoints in one fixed order, as five words: two packets belong to the same
// connection if and only if all words are equal. The hash only chooses a bucket. It is
// SipHash-1-3 with a secret of this process, because strangers choose ports and
// addresses, and could otherwise choose them so that all land in one bucket.
// Aumasson, Bernstein: SipHash, a fast short-input PRF (2012).
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <utility>

#include "mailseal/base/place.h"

namespace mailseal {

struct Tuple {
  std::array<std::uint64_t, 5> words{};
  bool operator==(const Tuple&) const = default;
};

struct Directed {
  Tuple tuple;
  bool forward;  ///< `from` is the endpoint that stands first in the tuple
};

using AddressWords = std::array<std::uint64_t, 2>;

inline AddressWords words_of(const IpAddress& address) {
  AddressWords words;
  std::memcpy(words.data(), address.octets.data(), sizeof words);
  return words;
}

/// With ports 0 it names a pair of hosts.
inline Directed directed(const Endpoint& from, const Endpoint& to) {
  AddressWords first = words_of(from.address), second = words_of(to.address);
  std::uint64_t first_port = from.port, second_port = to.port;
  const bool forward = std::pair(first, first_port) <= std::pair(second, second_port);
  if (!forward) {
    std::swap(first, second);
    std::swap(first_port, second_port);
  }
  return {{{first[0], first[1], second[0], second[1], first_port << 16 | second_port}}, forward};
}

class TupleHash {
 public:
  TupleHash() {
    std::random_device secret;
    for (auto& key : keys_) key = std::uint64_t{secret()} << 32 | secret();
  }

  std::size_t operator()(const Tuple& tuple) const {
    State s{keys_[0] ^ 0x736f6d6570736575, keys_[1] ^ 0x646f72616e646f6d, keys_[0] ^ 0x6c7967656e657261,
            keys_[1] ^ 0x7465646279746573};
    for (const std::uint64_t word : tuple.words) s.add(word);
    s.add(std::uint64_t{sizeof tuple.words} << 56);
    s.c ^= 0xff;
    for (int i = 0; i < 3; ++i) s.round();
    return static_cast<std::size_t>(s.a ^ s.b ^ s.c ^ s.d);
  }

 private:
  struct State {
    std::uint64_t a, b, c, d;
    void round() {
      a += b, b = std::rotl(b, 13) ^ a, a = std::rotl(a, 32);
      c += d, d = std::rotl(d, 16) ^ c;
      a += d, d = std::rotl(d, 21) ^ a;
      c += b, b = std::rotl(b, 17) ^ c, c = std::rotl(c, 32);
    }
    void add(std::uint64_t word) {
      d ^= word;
      round();
      a ^= word;
    }
  };
  std::array<std::uint64_t, 2> keys_{};
};

}  // namespace mailseal
