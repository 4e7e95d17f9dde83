// Tuple: the identity of a connection while its direction is still unknown.
//
// Both endpoints in one fixed order, as five words: two packets belong to the same
// connection if and only if all words are equal. The hash only chooses a bucket. It has a
// secret of this process, because strangers choose ports and addresses, and could otherwise
// choose them so that all land in one bucket.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <utility>

#include "mailseal/base/place.h"

namespace mailseal {

struct Tuple {
  std::array<std::uint64_t, 5> words{};
  bool operator==(const Tuple& b) const {  // without a call or a loop
    const auto& [a0, a1, a2, a3, a4] = words;
    const auto& [b0, b1, b2, b3, b4] = b.words;
    return ((a0 ^ b0) | (a1 ^ b1) | (a2 ^ b2) | (a3 ^ b3) | (a4 ^ b4)) == 0;
  }
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
  const bool forward = first[1] != second[1]   ? first[1] < second[1]  // where IPv4 addresses differ
                       : first[0] != second[0] ? first[0] < second[0]
                                               : first_port <= second_port;
  if (!forward) {
    std::swap(first, second);
    std::swap(first_port, second_port);
  }
  return {{{first[0], first[1], second[0], second[1], first_port << 16 | second_port}}, forward};
}

/// NH of UMAC (Black, Halevi, Krawczyk, Krovetz, Rogaway: UMAC, 1999), then one product more to mix:
/// of tuples chosen without the secret, two agree in NH with a chance of 2^-64. Nobody ever sees
/// a hash, so no secret can be learned; a cipher's strength (SipHash) would cost eight times as much.
class TupleHash {
 public:
  TupleHash() {
    std::random_device secret;
    for (auto& key : keys_) key = std::uint64_t{secret()} << 32 | secret();
  }

  std::size_t operator()(const Tuple& tuple) const {
    const auto& w = tuple.words;
    // Of IPv4 the upper halves are all alike (RFC 4291 2.5.5.2): the lower ones are a pair of their own.
    const bool short_ones = (w[0] | w[2]) == 0;
    const Wide addresses = short_ones
                               ? product(w[1] + keys_[1], w[3] + keys_[3])
                               : product(w[0] + keys_[0], w[1] + keys_[1]) + product(w[2] + keys_[2], w[3] + keys_[3]);
    const Wide sum = addresses + product(w[4] + keys_[4], keys_[5]);
    const Wide mixed = product(half(sum) ^ keys_[6], half(sum >> 64) ^ keys_[7]);
    return static_cast<std::size_t>(half(mixed) ^ half(mixed >> 64));
  }

 private:
  __extension__ using Wide = unsigned __int128;
  static std::uint64_t half(Wide wide) { return static_cast<std::uint64_t>(wide); }
  static Wide product(std::uint64_t a, std::uint64_t b) { return Wide{a} * b; }

  std::array<std::uint64_t, 8> keys_{};
};

}  // namespace mailseal
