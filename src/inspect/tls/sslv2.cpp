#include "sslv2.h"

#include <algorithm>

#include "follower.h"

namespace mailseal::tls {

Sslv2Opening::Result Sslv2Opening::feed(Form form, Bytes& rest, Seen& seen) {
  if (octets_.empty()) {
    if (rest.empty() || (rest.front() & std::byte{0x80}) == std::byte{0}) return Result::Other;
    at_ = seen;
  }
  const Bytes all = rest;
  const Seen all_seen = seen;
  const Result result = form == Form::ClientHello ? client_hello(rest, seen) : server_hello(rest, seen);
  if (result == Result::Other) {
    rest = all;
    seen = all_seen;
  }
  return result;
}

// True: there are `total` octets.
bool Sslv2Opening::fill(std::size_t total, Bytes& rest, Seen& seen) {
  const std::size_t n = std::min(total - std::min(total, octets_.size()), rest.size());
  octets_.insert(octets_.end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(n));
  at_.time = seen.time;
  at_.frame = seen.frame;
  rest = rest.subspan(n);
  seen.offset += n;
  return octets_.size() >= total;
}

Sslv2Opening::Result Sslv2Opening::client_hello(Bytes& rest, Seen& seen) {
  constexpr std::size_t kLengthBytes = 2, kBeforeLists = 11;
  const bool head = fill(kBeforeLists, rest, seen);
  if (looks_like_sslv2_hello(octets_) == Look::NotTls) return Result::Other;
  if (!head) return Result::Unfinished;
  const auto octet = [this](std::size_t i) { return std::to_integer<std::size_t>(octets_[i]); };
  const std::size_t length = (octet(0) & 0x7f) << 8 | octet(1);
  return fill(kLengthBytes + length, rest, seen) ? Result::Whole : Result::Unfinished;
}

// SERVER-HELLO: length, type 4, session-id-hit, certificate type, version 0x0002.
Sslv2Opening::Result Sslv2Opening::server_hello(Bytes& rest, Seen& seen) {
  constexpr std::size_t kHead = 7;
  constexpr std::byte kType{4};
  if (!fill(kHead, rest, seen)) return Result::Unfinished;
  const bool sslv2 = octets_[2] == kType && octets_[5] == std::byte{0} && octets_[6] == std::byte{2};
  return sslv2 ? Result::Whole : Result::Other;
}

}  // namespace mailseal::tls
