// Sslv2Opening: the first message of a side where it has the form of SSL 2.0.
//
// Old clients begin so, whatever they then speak (RFC 5246 E.2); a server answers so only
// where SSL 2.0 itself is spoken, of which nothing more is read. No record of TLS begins with
// the first bit set. Keeps one message: at most 2 + 32,767 octets, and in practice some 100.
#pragma once

#include <cstdint>
#include <vector>

#include "mailseal/base/bytes.h"
#include "mailseal/base/place.h"

namespace mailseal::tls {

class Sslv2Opening {
 public:
  enum class Form : std::uint8_t { ClientHello, ServerHello };
  enum class Result : std::uint8_t { Other, Unfinished, Whole };

  /// Moves `rest` and `seen` behind what was used; Other uses nothing of this call.
  Result feed(Form, Bytes& rest, Seen& seen);

  /// The ClientHello, once Whole; of a ServerHello only the head is kept.
  Bytes octets() const noexcept { return octets_; }
  const Seen& seen() const noexcept { return at_; }

 private:
  bool fill(std::size_t total, Bytes& rest, Seen& seen);
  Result client_hello(Bytes& rest, Seen& seen);
  Result server_hello(Bytes& rest, Seen& seen);

  std::vector<std::byte> octets_;
  Seen at_;
};

}  // namespace mailseal::tls
