#include "handshake.h"

#include <algorithm>
#include <array>
#include <bit>

#include "mailseal/base/digest.h"
#include "mailseal/base/reader.h"

namespace mailseal::tls {
namespace {

// IANA "TLS ExtensionType Values", those whose content or presence is a fact.
enum Extension : std::uint16_t {
  kServerName = 0,
  kTruncatedHmac = 4,
  kSupportedGroups = 10,
  kSignatureAlgorithms = 13,
  kHeartbeat = 15,
  kAlpn = 16,
  kEncryptThenMac = 22,
  kExtendedMasterSecret = 23,
  kDraftKeyShare = 40,  // in the drafts of TLS 1.3 before 23
  kPreSharedKey = 41,
  kEarlyData = 42,
  kSupportedVersions = 43,
  kKeyShare = 51,
  kEncryptedClientHello = 0xfe0d,
  kRenegotiationInfo = 0xff01,
};

constexpr std::uint16_t kEmptyRenegotiationInfoScsv = 0x00ff, kFallbackScsv = 0x5600;  // RFC 5746, RFC 7507

// Calls visit(type, body) for each; false where the block is malformed.
template <class Visit>
bool each_extension(Reader& in, Visit visit) {
  // "If no extensions are present ... there are no octets" (RFC 5246 7.4.1.2)
  if (in.done()) return true;
  Bytes block;
  if (!in.prefixed16(block)) return false;
  Reader list(block);
  while (!list.done()) {
    std::uint16_t type = 0;
    Bytes body;
    if (!list.u16(type) || !list.prefixed16(body)) return false;
    visit(type, body);
  }
  return true;
}

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

std::string host_name(Bytes extension) {
  constexpr std::size_t kLongest = 255;  // octets of a DNS name
  Reader in(extension);
  Bytes list;
  if (!in.prefixed16(list)) return {};
  Reader names(list);
  std::uint8_t type = 0;
  for (Bytes name; names.u8(type) && names.prefixed16(name);)
    if (type == 0) return std::string(as_text(name.first(std::min(name.size(), kLongest))));
  return {};
}

std::vector<std::string> protocol_names(Bytes extension) {
  constexpr std::size_t kMost = 32;  // nobody offers so many; a hostile list may hold 30,000
  std::vector<std::string> out;
  Reader in(extension);
  Bytes list;
  if (!in.prefixed16(list)) return out;
  Reader names(list);
  for (Bytes name; out.size() < kMost && names.prefixed8(name);) out.emplace_back(as_text(name));
  return out;
}

void take_suites(ClientHello& hello, std::vector<std::uint16_t> suites) {
  for (const std::uint16_t suite : suites) {
    hello.renegotiation_info |= suite == kEmptyRenegotiationInfoScsv;
    hello.fallback |= suite == kFallbackScsv;
  }
  hello.suites = std::move(suites);
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

void take_extension(ServerHello& hello, std::uint16_t type, Bytes body) {
  Reader in(body);
  std::uint16_t value = 0;
  switch (type) {
    case kSupportedVersions:
      if (in.u16(value)) hello.version = value;
      break;
    case kKeyShare:
    case kDraftKeyShare:
      if (!in.u16(value)) break;
      hello.key_share = true;
      hello.group = value;
      break;
    case kAlpn:
      if (auto names = protocol_names(body); !names.empty()) hello.alpn = std::move(names.front());
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

// The groups of RFC 7919 by the SHA-256 of their primes.
std::optional<std::uint16_t> known_prime(Bytes prime) {
  struct Known {
    std::size_t octets;
    std::uint16_t group;
    std::string_view sha256;
  };
  constexpr Known kKnown[] = {
      {256, 0x0100, "9cd3b7f336872f46c09428d1bbc19877a4d440512cda8d1c1cf0cd6e33698966"},
      {384, 0x0101, "0eaf67db3a839156d5013494a5318a772b5697d270d721f37f092efc69ea5a17"},
      {512, 0x0102, "4648414224ac881b3d0dc59b466f96d06a558278776807797ecf1f66ff397b3e"},
      {768, 0x0103, "227ac9066b3ddd9e193670cda2388fa884f65ba0cf98b742d1fe77a6687c79c7"},
      {1024, 0x0104, "770b14efaf6f049929c523113b3fa99a8d11dab1b18af3609590122075d19833"},
  };
  while (!prime.empty() && prime.front() == std::byte{0}) prime = prime.subspan(1);
  for (const Known& known : kKnown) {
    if (known.octets != prime.size()) continue;
    Sha256 digest;
    digest.add(prime);
    if (digest.finish() == known.sha256) return known.group;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ClientHello> parse_client_hello(Bytes body) {
  Reader in(body);
  std::uint16_t legacy_version = 0;
  Bytes session_id, suites, compressions;
  if (!in.u16(legacy_version) || !in.skip(32) || !in.prefixed8(session_id) || !in.prefixed16(suites) ||
      !in.prefixed8(compressions))
    return std::nullopt;
  ClientHello hello;
  take_suites(hello, values(suites));
  const bool whole = each_extension(in, [&hello](std::uint16_t type, Bytes extension) {
    switch (type) {
      case kServerName:
        hello.server_name = host_name(extension);
        break;
      case kAlpn:
        hello.alpn = protocol_names(extension);
        break;
      case kSupportedGroups:
        hello.groups = values16(extension);
        break;
      case kSignatureAlgorithms:
        hello.schemes = values16(extension);
        break;
      case kSupportedVersions: {
        Reader list(extension);
        Bytes versions;
        if (list.prefixed8(versions)) hello.versions = values(versions);
        break;
      }
      case kExtendedMasterSecret:
        hello.extended_master_secret = true;
        break;
      case kRenegotiationInfo:
        hello.renegotiation_info = true;
        break;
      case kEarlyData:
        hello.early_data = true;
        break;
      case kEncryptedClientHello:
        hello.encrypted_hello = true;
        break;
      default:
        break;
    }
  });
  hello.damaged = !whole;  // what stood before was offered all the same
  if (hello.versions.empty()) hello.versions.push_back(legacy_version);
  return hello;
}

std::optional<ClientHello> parse_sslv2_hello(Bytes message) {
  Reader in(message);
  std::uint16_t version = 0, specs_length = 0;
  Bytes specs;
  if (!in.skip(3) || !in.u16(version) || !in.u16(specs_length) || !in.skip(4) || !in.take(specs_length, specs))
    return std::nullopt;
  ClientHello hello;
  hello.versions.push_back(version);
  std::vector<std::uint16_t> suites;
  Reader list(specs);
  // "V2CipherSpec": 0x00 and a suite of SSL 3.0 and TLS, else a kind of SSL 2.0 (RFC 5246 E.2)
  for (std::uint32_t spec = 0; list.u24(spec);)
    if (spec <= 0xffff) suites.push_back(static_cast<std::uint16_t>(spec));
  take_suites(hello, std::move(suites));
  return hello;
}

std::optional<ServerHello> parse_server_hello(Bytes body) {
  Reader in(body);
  ServerHello hello;
  Bytes random, session_id;
  if (!in.u16(hello.version) || !in.take(32, random)) return std::nullopt;
  if (is_short_hello(hello.version)) {
    if (!in.u16(hello.suite)) return std::nullopt;
  } else if (!in.prefixed8(session_id) || !in.u16(hello.suite) || !in.u8(hello.compression)) {
    return std::nullopt;
  }
  if (!each_extension(in, [&hello](std::uint16_t type, Bytes extension) { take_extension(hello, type, extension); }))
    return std::nullopt;
  hello.retry = equal(random, kRetryRandom);
  hello.sentinel = sentinel_of(random);
  return hello;
}

std::optional<ServerHello> parse_draft_retry(Bytes body) {
  Reader in(body);
  ServerHello hello;
  hello.retry = true;
  if (!in.u16(hello.version) || !is_tls13(hello.version)) return std::nullopt;
  return hello;
}

std::optional<ServerKeyExchange> parse_server_key_exchange(Bytes body, const CipherSuite& suite,
                                                           std::uint16_t version) {
  ServerKeyExchange exchange;
  Reader in(body);
  const std::string_view kind = suite.key_exchange;
  Bytes hint;
  if (kind.ends_with("PSK") && !in.prefixed16(hint)) return std::nullopt;
  if (kind.starts_with("ECDHE") || kind == "ECDH_anon") {
    constexpr std::uint8_t kExplicitPrime = 1, kExplicitChar2 = 2, kNamedCurve = 3;  // RFC 8422 5.4
    std::uint8_t curve_type = 0;
    std::uint16_t curve = 0;
    Bytes point;
    if (!in.u8(curve_type)) return std::nullopt;
    if (curve_type == kExplicitPrime || curve_type == kExplicitChar2) {
      exchange.group = curve_type == kExplicitPrime ? 0xff01 : 0xff02;
      return exchange;
    }
    if (curve_type != kNamedCurve || !in.u16(curve) || !in.prefixed8(point)) return std::nullopt;
    exchange.group = curve;
  } else if (kind.starts_with("DHE") || kind == "DH_anon") {
    Bytes prime, generator, share;
    if (!in.prefixed16(prime) || !in.prefixed16(generator) || !in.prefixed16(share)) return std::nullopt;
    exchange.dh_bits = bits_of(prime);
    exchange.group = known_prime(prime);
  } else {
    return exchange;
  }
  std::uint16_t scheme = 0;
  const bool is_signed = !suite.anonymous && suite.authentication != "PSK";
  if (version == kTls12 && is_signed && in.u16(scheme)) exchange.signature = scheme;
  return exchange;
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

}  // namespace mailseal::tls
