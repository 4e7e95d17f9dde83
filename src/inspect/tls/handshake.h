// The bodies of handshake messages, read into small views and lists.
//
// Each function reads one whole body and says nothing where it is malformed; a view lies in the body that it was read
// from. What cannot be understood (an unknown extension, a curve by explicit parameters) is passed over; a length that
// points outside its enclosure is malformed. No function keeps anything.
//
// RFC 6101 5.6 (SSL 3.0), RFC 5246 7.4, RFC 8446 4.1 and its drafts from 14 on, RFC 8422 5.4, RFC 5077 3.3
// (tickets), RFC 5246 E.2 (SSL 2.0 hello).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "mailseal/base/bytes.h"
#include "mailseal/base/reader.h"
#include "mailseal/base/suites.h"
#include "mailseal/inspect.h"

namespace mailseal::tls {

inline constexpr std::uint16_t kTls12 = 0x0303, kSsl2 = 0x0002;

/// "GREASE": reserved values that say nothing (RFC 8701).
constexpr bool is_grease(std::uint16_t value) noexcept {
  return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

// IANA "TLS ExtensionType Values", those whose content or presence is a fact.
enum Extension : std::uint16_t {
  kServerName = 0,
  kTruncatedHmac = 4,
  kStatusRequest = 5,
  kSupportedGroups = 10,
  kEcPointFormats = 11,
  kSignatureAlgorithms = 13,
  kHeartbeat = 15,
  kAlpn = 16,
  kSignedCertificateTimestamp = 18,
  kEncryptThenMac = 22,
  kExtendedMasterSecret = 23,
  kSessionTicket = 35,
  kDraftKeyShare = 40,  // in the drafts of TLS 1.3 before 23
  kPreSharedKey = 41,
  kEarlyData = 42,
  kSupportedVersions = 43,
  kPskKeyExchangeModes = 45,
  kKeyShare = 51,
  kEncryptedClientHello = 0xfe0d,
  kRenegotiationInfo = 0xff01,
};

/// Calls visit(type, body) for each extension of the block; false where it is malformed.
template <class Visit>
bool each_extension(Bytes block, Visit visit) {
  Reader list(block);
  while (!list.done()) {
    std::uint16_t type = 0;
    Bytes body;
    if (!list.u16(type) || !list.prefixed16(body)) return false;
    visit(type, body);
  }
  return true;
}

/// Calls visit(group) for each key share of a ClientHello's extension, as far as it can be read.
template <class Visit>
void each_key_share(Bytes extension, Visit visit) {
  Reader in(extension);
  Bytes list;
  if (!in.prefixed16(list)) return;
  Reader shares(list);
  std::uint16_t group = 0;
  for (Bytes share; shares.u16(group) && shares.prefixed16(share);) visit(group);
}

struct ClientHelloView {
  std::uint16_t version = 0;  ///< as it stands in front
  Bytes random, suites, compressions;
  Bytes extensions;         ///< the block, without its length
  Bytes server_name;        ///< the first host name
  Bytes ticket;             ///< to TLS 1.2
  bool early_data = false;  ///< the extension is there
  bool damaged = false;     ///< its extensions could not be read to the end
};
std::optional<ClientHelloView> parse_client_hello(Bytes body) noexcept;
/// What of it is a ClientOffer, but the fingerprints.
ClientOffer read_offer(const ClientHelloView&);
/// `message` with its two octets of length (looks_like_sslv2_hello says Tls).
std::optional<ClientOffer> parse_sslv2_hello(Bytes message);

struct ServerHelloView {
  std::uint16_t version = 0;  ///< supported_versions first
  std::uint16_t legacy_version = 0;
  std::uint16_t suite = 0;
  std::uint8_t compression = 0;
  bool retry = false;  ///< a HelloRetryRequest
  bool pre_shared_key = false;
  bool extended_master_secret = false, renegotiation_info = false;
  bool encrypt_then_mac = false, truncated_hmac = false, heartbeat = false, timestamps = false;
  std::uint8_t sentinel = 0xff;  ///< as TlsFacts::sentinel
  std::optional<std::uint16_t> group;
  std::optional<std::string_view> alpn;
  Bytes random, session_id, extensions;
  Bytes key_share;  ///< the server's public value; of hybrids the curve's part
};
std::optional<ServerHelloView> parse_server_hello(Bytes body) noexcept;
/// The HelloRetryRequest message of the drafts before 22.
std::optional<ServerHelloView> parse_draft_retry(Bytes body) noexcept;

struct ServerKeyExchangeView {
  std::optional<std::uint16_t> group;      ///< of a curve
  std::optional<int> dh_bits;              ///< of the prime
  Bytes prime;                             ///< empty: none
  Bytes share;                             ///< the server's public value
  std::optional<std::uint16_t> signature;  ///< TLS 1.2 only
};
std::optional<ServerKeyExchangeView> parse_server_key_exchange(Bytes body, const CipherSuite&,
                                                               std::uint16_t version) noexcept;

/// The ticket of a NewSessionTicket to TLS 1.2; empty: the server gives none after all.
std::optional<Bytes> parse_session_ticket(Bytes body) noexcept;

/// Takes the next certificate off `list`; false at the end or where it is malformed.
bool next_certificate(Bytes& list, Bytes& der);
/// The list within a Certificate message to TLS 1.2.
std::optional<Bytes> certificate_list(Bytes body);

/// TLS 1.3 (RFC 8446 4.4.2): the list behind the request's context. Its entries have extensions behind them.
std::optional<Bytes> certificate_entries(Bytes body);
bool next_certificate_entry(Bytes& entries, Bytes& der);
/// What EncryptedExtensions chose (RFC 8446 4.3.1); nothing, too, where it is malformed.
std::optional<std::string> alpn_of_encrypted_extensions(Bytes body);

}  // namespace mailseal::tls
