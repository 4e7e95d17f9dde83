// Record rules: where a record or a message in clear may stand, and how long it must be.
//
// What breaks them is no TLS, or hides something in what looks like it. RFC 5246 6.2, 7.1; RFC 8446 5; RFC 6520.
#pragma once

#include <cstddef>
#include <cstdint>

#include "mailseal/base/suites.h"
#include "messages.h"
#include "record.h"

namespace mailseal::tls {

/// What is known of a side when one of its records begins.
struct Standing {
  bool from_its_hello;   ///< all of its TLS was seen, from its hello on: else nothing is sure
  bool server_hello;     ///< was seen; below, what it chose
  bool tls13;            ///< or a HelloRetryRequest did
  bool sealed;           ///< ChangeCipherSpec was sent, to TLS 1.2
  bool clear_handshake;  ///< its handshake records are in clear
  bool heartbeat;        ///< was agreed on
};

/// None of its kind can stand there.
bool out_of_place(const RecordHeader&, const Standing&) noexcept;
/// No message in clear of that side's, behind its hello, is of that type and length (RFC 5246 7.4).
bool out_of_place(HandshakeType, std::uint32_t length, Side) noexcept;

/// Octets of a record of application data that carries nothing, and in TLS 1.3 has its type inside. 0: not known.
std::size_t least_bytes(const CipherSuite*, std::uint16_t version, bool truncated_hmac) noexcept;

/// A protected record of that many octets can carry nothing: stacks of TLS 1.0 send an empty one first. With CBC the
/// padding hides how much there is, so only other modes are sure.
bool empty_of_data(const CipherSuite*, std::size_t length) noexcept;

}  // namespace mailseal::tls
