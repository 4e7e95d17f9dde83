#include "handshake.h"

#include <algorithm>
#include <array>
#include <bit>

namespace mailseal::tls {
namespace {

constexpr std::uint16_t kEmptyRenegotiationInfoScsv = 0x00ff, kFallbackScsv = 0x5600;  // RFC 5746, RFC 7507

// The block behind the length; "if no extensions are present ... there are no octets" (RFC 5246 7.4.1.2).
bool extension_block(Reader& in, Bytes& block) noexcept { return in.done() || in.prefixed16(block); }

// A list of 16-bit values, without GREASE; an odd last octet is left.
std::vector<std::uint16_t> values(Bytes list) {
  std::vector<std::uint16_t> out;
  out.reserve(list.size() / 2);
  Reader in(list);
  for (std::uint16_t value = 0; in.u16(value);)
    if (!is_grease(value)) out.push_back(value);
  return out;
}

std::vector<std::uint16_t> values16(Bytes extension) {
  Reader in(extension);
  Bytes list;
  return in.prefixed16(list) ? values(list) : std::vector<std::uint16_t>();
}

std::vector<std::uint8_t> octets8(Bytes extension) {
  Reader in(extension);
  Bytes list;
  std::vector<std::uint8_t> out;
  if (in.prefixed8(list))
    for (const std::byte b : list) out.push_back(std::to_integer<std::uint8_t>(b));
  return out;
}

Bytes host_name(Bytes extension) noexcept {
  constexpr std::size_t kLongest = 255;  // octets of a DNS name
  Reader in(extension);
  Bytes list;
  if (!in.prefixed16(list)) return {};
  Reader names(list);
  std::uint8_t type = 0;
  for (Bytes name; names.u8(type) && names.prefixed16(name);)
    if (type == 0) return name.first(std::min(name.size(), kLongest));
  return {};
}

// Calls visit(name) for each, until that says no.
template <class Visit>
void each_protocol_name(Bytes extension, Visit visit) {
  Reader in(extension);
  Bytes list;
  if (!in.prefixed16(list)) return;
  Reader names(list);
  for (Bytes name; names.prefixed8(name);)
    if (!visit(as_text(name))) return;
}

void take_suites(ClientOffer& offer, std::vector<std::uint16_t> suites) {
  for (const std::uint16_t suite : suites) {
    offer.reneg_info |= suite == kEmptyRenegotiationInfoScsv;
    offer.fallback_scsv |= suite == kFallbackScsv;
  }
  offer.suites = std::move(suites);
}

void take_extension(ClientOffer& offer, std::uint16_t type, Bytes body) {
  constexpr std::size_t kMostProtocols = 32;  // nobody offers so many; a hostile list may hold 30,000
  if (!is_grease(type)) offer.extensions.push_back(type);
  switch (type) {
    case kServerName:
      offer.server_name = true;
      break;
    case kTruncatedHmac:
      offer.truncated_hmac = true;
      break;
    case kStatusRequest:
      offer.ocsp = true;
      break;
    case kSupportedGroups:
      offer.groups = values16(body);
      break;
    case kEcPointFormats:
      offer.point_formats = octets8(body);
      break;
    case kSignatureAlgorithms:
      offer.schemes = values16(body);
      break;
    case kHeartbeat:
      offer.heartbeat = true;
      break;
    case kAlpn:
      offer.alpn.clear();
      each_protocol_name(body, [&offer](std::string_view name) {
        if (offer.alpn.size() == kMostProtocols) return false;
        offer.alpn.emplace_back(name);
        return true;
      });
      break;
    case kSignedCertificateTimestamp:
      offer.sct = true;
      break;
    case kEncryptThenMac:
      offer.encrypt_then_mac = true;
      break;
    case kExtendedMasterSecret:
      offer.ems = true;
      break;
    case kSessionTicket:
      offer.ticket = true;
      break;
    case kPreSharedKey:
      offer.psk = true;
      break;
    case kEarlyData:
      offer.early_data = true;
      break;
    case kSupportedVersions: {
      Reader list(body);
      Bytes versions;
      if (list.prefixed8(versions)) offer.versions = values(versions);
      break;
    }
    case kPskKeyExchangeModes:
      offer.psk_modes = octets8(body);
      break;
    case kDraftKeyShare:
    case kKeyShare:
      offer.key_shares.clear();
      each_key_share(body, [&offer](std::uint16_t group) {
        if (!is_grease(group)) offer.key_shares.push_back(group);
      });
      break;
    case kEncryptedClientHello:
      offer.ech = true;
      break;
    case kRenegotiationInfo:
      offer.reneg_info = true;
      break;
    default:
      break;
  }
}

// "Hello Retry Request": SHA-256 of "HelloRetryRequest" (RFC 8446 4.1.3).
constexpr std::array<std::uint8_t, 32> kRetryRandom{0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
                                                    0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
                                                    0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

template <std::size_t N>
bool equal(Bytes octets, const std::array<std::uint8_t, N>& to) {
  return std::equal(octets.begin(), octets.end(), to.begin(), to.end(),
                    [](std::byte a, std::uint8_t b) { return std::to_integer<std::uint8_t>(a) == b; });
}

// "the last eight bytes of their Random value: 44 4F 57 4E 47 52 44 01" or 00 (RFC 8446 4.1.3)
std::uint8_t sentinel_of(Bytes random) {
  constexpr std::array<std::uint8_t, 7> kDowngrade{0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44};
  const auto last = std::to_integer<std::uint8_t>(random.back());
  return equal(random.subspan(24, 7), kDowngrade) && last <= 1 ? last : 0xff;
}

// Of the hybrids of RFC 10024 the curve's public value: the other half is made for one client, and always new.
Bytes curve_part(std::uint16_t group, Bytes share) noexcept {
  constexpr std::size_t kX25519 = 32, kP256 = 65, kP384 = 97;
  constexpr std::uint16_t kSecP256r1MLKEM768 = 0x11eb, kX25519MLKEM768 = 0x11ec, kSecP384r1MLKEM1024 = 0x11ed;
  if (group == kX25519MLKEM768) return share.last(std::min(kX25519, share.size()));
  if (group == kSecP256r1MLKEM768) return share.first(std::min(kP256, share.size()));
  if (group == kSecP384r1MLKEM1024) return share.first(std::min(kP384, share.size()));
  return share;
}

void take_extension(ServerHelloView& hello, std::uint16_t type, Bytes body) noexcept {
  Reader in(body);
  std::uint16_t value = 0;
  switch (type) {
    case kSupportedVersions:
      if (in.u16(value)) hello.version = value;
      break;
    case kKeyShare:
    case kDraftKeyShare:
      if (!in.u16(value)) break;
      hello.group = value;
      if (Bytes share; in.prefixed16(share)) hello.key_share = curve_part(value, share);
      break;
    case kAlpn:
      each_protocol_name(body, [&hello](std::string_view name) {
        hello.alpn = name;
        return false;
      });
      break;
    case kSignedCertificateTimestamp:
      hello.timestamps = true;
      break;
    case kPreSharedKey:
      hello.pre_shared_key = true;
      break;
    case kExtendedMasterSecret:
      hello.extended_master_secret = true;
      break;
    case kRenegotiationInfo:
      hello.renegotiation_info = true;
      break;
    case kEncryptThenMac:
      hello.encrypt_then_mac = true;
      break;
    case kTruncatedHmac:
      hello.truncated_hmac = true;
      break;
    case kHeartbeat:
      hello.heartbeat = true;
      break;
    default:
      break;
  }
}

// Up to draft 21 the ServerHello of TLS 1.3 had neither session id nor compression.
constexpr bool is_short_hello(std::uint16_t version) { return version >= 0x7f00 && version <= 0x7f15; }

int bits_of(Bytes number) {
  std::size_t first = 0;
  while (first < number.size() && number[first] == std::byte{0}) ++first;
  if (first == number.size()) return 0;
  const std::size_t highest = static_cast<std::size_t>(std::bit_width(std::to_integer<unsigned>(number[first])));
  return static_cast<int>(8 * (number.size() - first - 1) + highest);
}

}  // namespace

std::optional<ClientHelloView> parse_client_hello(Bytes body) noexcept {
  Reader in(body);
  ClientHelloView hello;
  Bytes session_id;
  if (!in.u16(hello.version) || !in.take(32, hello.random) || !in.prefixed8(session_id) ||
      !in.prefixed16(hello.suites) || !in.prefixed8(hello.compressions))
    return std::nullopt;
  const bool whole = extension_block(in, hello.extensions) &&
                     each_extension(hello.extensions, [&hello](std::uint16_t type, Bytes extension) {
                       if (type == kServerName) hello.server_name = host_name(extension);
                       if (type == kSessionTicket) hello.ticket = extension;
                       if (type == kEarlyData) hello.early_data = true;
                     });
  hello.damaged = !whole;  // what stood before was offered all the same
  return hello;
}

ClientOffer read_offer(const ClientHelloView& hello) {
  ClientOffer offer;
  offer.legacy_version = hello.version;
  take_suites(offer, values(hello.suites));
  for (const std::byte method : hello.compressions) offer.compressions.push_back(std::to_integer<std::uint8_t>(method));
  each_extension(hello.extensions, [&offer](std::uint16_t type, Bytes body) { take_extension(offer, type, body); });
  if (offer.versions.empty()) offer.versions.push_back(hello.version);
  return offer;
}

std::optional<ClientOffer> parse_sslv2_hello(Bytes message) {
  Reader in(message);
  ClientOffer offer;
  std::uint16_t specs_length = 0;
  Bytes specs;
  if (!in.skip(3) || !in.u16(offer.legacy_version) || !in.u16(specs_length) || !in.skip(4) ||
      !in.take(specs_length, specs))
    return std::nullopt;
  offer.versions.push_back(offer.legacy_version);
  std::vector<std::uint16_t> suites;
  Reader list(specs);
  // "V2CipherSpec": 0x00 and a suite of SSL 3.0 and TLS, else a kind of SSL 2.0 (RFC 5246 E.2)
  for (std::uint32_t spec = 0; list.u24(spec);)
    if (spec <= 0xffff) suites.push_back(static_cast<std::uint16_t>(spec));
  take_suites(offer, std::move(suites));
  return offer;
}

std::optional<ServerHelloView> parse_server_hello(Bytes body) noexcept {
  Reader in(body);
  ServerHelloView hello;
  if (!in.u16(hello.legacy_version) || !in.take(32, hello.random)) return std::nullopt;
  hello.version = hello.legacy_version;
  if (is_short_hello(hello.version)) {
    if (!in.u16(hello.suite)) return std::nullopt;
  } else if (!in.prefixed8(hello.session_id) || !in.u16(hello.suite) || !in.u8(hello.compression)) {
    return std::nullopt;
  }
  const bool whole = extension_block(in, hello.extensions) &&
                     each_extension(hello.extensions, [&hello](std::uint16_t type, Bytes extension) {
                       take_extension(hello, type, extension);
                     });
  if (!whole) return std::nullopt;
  hello.retry = equal(hello.random, kRetryRandom);
  hello.sentinel = sentinel_of(hello.random);
  return hello;
}

std::optional<ServerHelloView> parse_draft_retry(Bytes body) noexcept {
  Reader in(body);
  ServerHelloView hello;
  hello.retry = true;
  if (!in.u16(hello.version) || !is_tls13(hello.version)) return std::nullopt;
  return hello;
}

std::optional<ServerKeyExchangeView> parse_server_key_exchange(Bytes body, const CipherSuite& suite,
                                                               std::uint16_t version) noexcept {
  ServerKeyExchangeView exchange;
  Reader in(body);
  const std::string_view kind = suite.key_exchange;
  Bytes hint;
  if (kind.ends_with("PSK") && !in.prefixed16(hint)) return std::nullopt;
  if (kind.starts_with("ECDHE") || kind == "ECDH_anon") {
    constexpr std::uint8_t kExplicitPrime = 1, kExplicitChar2 = 2, kNamedCurve = 3;  // RFC 8422 5.4
    std::uint8_t curve_type = 0;
    std::uint16_t curve = 0;
    if (!in.u8(curve_type)) return std::nullopt;
    if (curve_type == kExplicitPrime || curve_type == kExplicitChar2) {
      exchange.group = curve_type == kExplicitPrime ? 0xff01 : 0xff02;
      return exchange;
    }
    if (curve_type != kNamedCurve || !in.u16(curve) || !in.prefixed8(exchange.share)) return std::nullopt;
    exchange.group = curve;
  } else if (kind.starts_with("DHE") || kind == "DH_anon") {
    Bytes generator;
    if (!in.prefixed16(exchange.prime) || !in.prefixed16(generator) || !in.prefixed16(exchange.share))
      return std::nullopt;
    exchange.dh_bits = bits_of(exchange.prime);
  } else {
    return exchange;
  }
  std::uint16_t scheme = 0;
  const bool is_signed = !suite.anonymous && suite.authentication != "PSK";
  if (version == kTls12 && is_signed && in.u16(scheme)) exchange.signature = scheme;
  return exchange;
}

std::optional<Bytes> parse_session_ticket(Bytes body) noexcept {
  Reader in(body);
  std::uint32_t lifetime = 0;
  Bytes ticket;
  if (!in.u32(lifetime) || !in.prefixed16(ticket)) return std::nullopt;
  return ticket;
}

std::optional<Bytes> certificate_list(Bytes body) {
  Reader in(body);
  Bytes list;
  if (!in.prefixed24(list)) return std::nullopt;
  return list;
}

bool next_certificate(Bytes& list, Bytes& der) {
  Reader in(list);
  if (!in.prefixed24(der)) return false;
  list = in.rest();
  return true;
}

std::optional<Bytes> certificate_entries(Bytes body) {
  Reader in(body);
  Bytes context, list;
  if (!in.prefixed8(context) || !in.prefixed24(list)) return std::nullopt;
  return list;
}

bool next_certificate_entry(Bytes& entries, Bytes& der) {
  Reader in(entries);
  Bytes extensions;
  if (!in.prefixed24(der) || !in.prefixed16(extensions)) return false;
  entries = in.rest();
  return true;
}

std::optional<std::string> alpn_of_encrypted_extensions(Bytes body) {
  std::optional<std::string> chosen;
  Reader in(body);
  Bytes block;
  if (!in.prefixed16(block)) return chosen;
  each_extension(block, [&chosen](std::uint16_t type, Bytes extension) {
    if (type != kAlpn) return;
    each_protocol_name(extension, [&chosen](std::string_view name) {
      chosen = name;
      return false;
    });
  });
  return chosen;
}

}  // namespace mailseal::tls
