// The bodies of handshake messages, read into small views and lists.
//
// Each function reads one whole body and says nothing where it is malformed. What cannot
// be understood (an unknown extension, a curve by explicit parameters) is passed over; a
// length that points outside its enclosure is malformed. No function keeps anything.
//
// RFC 6101 5.6 (SSL 3.0), RFC 5246 7.4, RFC 8446 4.1 and its drafts from 14 on, RFC 8422 5.4,
// RFC 5246 E.2 (SSL 2.0 hello).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mailseal/base/bytes.h"
#include "mailseal/base/suites.h"

namespace mailseal::tls {

inline constexpr std::uint16_t kTls12 = 0x0303, kSsl2 = 0x0002;

/// "GREASE": reserved values that say nothing (RFC 8701).
constexpr bool is_grease(std::uint16_t value) noexcept {
  return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

struct ClientHello {
  std::vector<std::uint16_t> versions;  ///< supported_versions, else the one of the hello
  std::vector<std::uint16_t> suites, groups, schemes;
  std::vector<std::string> alpn;
  std::string server_name;
  bool extended_master_secret = false, renegotiation_info = false, fallback = false;
  bool early_data = false, encrypted_hello = false;
  bool damaged = false;  ///< its extensions could not be read to the end
};
std::optional<ClientHello> parse_client_hello(Bytes body);
/// `message` with its two octets of length (looks_like_sslv2_hello says Tls).
std::optional<ClientHello> parse_sslv2_hello(Bytes message);

struct ServerHello {
  std::uint16_t version = 0;  ///< supported_versions first
  std::uint16_t suite = 0;
  std::uint8_t compression = 0;
  bool retry = false;  ///< a HelloRetryRequest
  bool pre_shared_key = false, key_share = false;
  bool extended_master_secret = false, renegotiation_info = false;
  bool encrypt_then_mac = false, truncated_hmac = false, heartbeat = false;
  std::uint8_t sentinel = 0xff;  ///< as TlsFacts::sentinel
  std::optional<std::uint16_t> group;
  std::optional<std::string> alpn;
};
std::optional<ServerHello> parse_server_hello(Bytes body);
/// The HelloRetryRequest message of the drafts before 22.
std::optional<ServerHello> parse_draft_retry(Bytes body);

struct ServerKeyExchange {
  std::optional<std::uint16_t> group;      ///< also an RFC 7919 group known by its prime
  std::optional<int> dh_bits;              ///< of the prime
  std::optional<std::uint16_t> signature;  ///< TLS 1.2 only
};
std::optional<ServerKeyExchange> parse_server_key_exchange(Bytes body, const CipherSuite&, std::uint16_t version);

/// Takes the next certificate off `list`; false at the end or where it is malformed.
bool next_certificate(Bytes& list, Bytes& der);
/// The list within a Certificate message to TLS 1.2.
std::optional<Bytes> certificate_list(Bytes body);

}  // namespace mailseal::tls
