#include "record_rules.h"

#include "handshake.h"
#include "null_records.h"
#include "payload.h"

namespace mailseal::tls {

bool out_of_place(const RecordHeader& header, const Standing& side) noexcept {
  if (!side.from_its_hello) return false;
  switch (header.type) {
    case ContentType::ChangeCipherSpec:
      return !side.sealed && header.length != 1;  // RFC 5246 7.1; within a renegotiation it is protected
    case ContentType::Handshake:
      return side.tls13 && side.server_hello && !side.clear_handshake;  // RFC 8446 5: protected, it has type 23
    case ContentType::ApplicationData:
      return !side.tls13 && side.server_hello && !side.sealed;  // RFC 5246 6.2.1: not before the keys
    case ContentType::Heartbeat:
      return side.server_hello && (side.tls13 || !side.sealed || !side.heartbeat);  // RFC 6520 2 and 4
    case ContentType::Alert:
      return false;  // its length tells, when it is whole
  }
  return false;
}

bool out_of_place(HandshakeType type, std::uint32_t length, Side side) noexcept {
  const bool client = side == Side::Client;
  switch (type) {
    case HandshakeType::ClientHello:  // again, after a HelloRetryRequest
    case HandshakeType::ClientKeyExchange:
    case HandshakeType::CertificateVerify:
      return !client;
    case HandshakeType::Certificate:
      return false;
    case HandshakeType::HelloRequest:
    case HandshakeType::ServerHelloDone:
      return client || length != 0;
    case HandshakeType::ServerHello:
    case HandshakeType::NewSessionTicket:
    case HandshakeType::HelloRetryRequest:
    case HandshakeType::ServerKeyExchange:
    case HandshakeType::CertificateRequest:
    case HandshakeType::CertificateStatus:
      return client;
    case HandshakeType::EndOfEarlyData:  // these are never in clear
    case HandshakeType::EncryptedExtensions:
    case HandshakeType::Finished:
    case HandshakeType::KeyUpdate:
    case HandshakeType::CompressedCertificate:
      return true;
  }
  return static_cast<std::uint8_t>(type) != 23;  // supplemental data (RFC 4680)
}

std::size_t least_bytes(const CipherSuite* suite, std::uint16_t version, bool truncated_hmac) noexcept {
  constexpr std::size_t kTruncated = 10;  // RFC 6066 7
  if (!suite || suite->cbc) return 0;
  if (is_tls13(version)) return mac_bytes(*suite) + 1;
  if (!suite->aead) return truncated_hmac ? kTruncated : mac_bytes(*suite);
  return mac_bytes(*suite) + clear_bytes(suite, version);
}

bool empty_of_data(const CipherSuite* suite, std::size_t length) noexcept {
  if (!suite || suite->cbc) return length == 0;
  constexpr std::size_t kNonce = 8;  // RFC 5288 3
  return length <= mac_bytes(*suite) + (suite->aead && suite->block_bits > 0 ? kNonce : 0);
}

}  // namespace mailseal::tls
