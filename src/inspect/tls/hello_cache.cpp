#include "hello_cache.h"

#include <algorithm>

#include "dh_primes.h"
#include "fingerprints.h"

namespace mailseal::tls {
namespace {

// Which of an extension's octets say what the client can do, and not what it wants here and now.
enum class Part : std::uint8_t { TypeOnly, All, Values, KeyShareGroups };

Part part_of(std::uint16_t type) noexcept {
  switch (type) {
    case kSupportedGroups:
    case kSignatureAlgorithms:
    case kSupportedVersions:
      return Part::Values;
    case kEcPointFormats:
    case kAlpn:
    case kPskKeyExchangeModes:
      return Part::All;
    case kKeyShare:
    case kDraftKeyShare:
      return Part::KeyShareGroups;
    default:
      return Part::TypeOnly;
  }
}

// Writes a shape. Each part is no longer than what it stands for, but for a few octets of the whole and four of
// each extension, which has as many: the room asked for in the beginning is enough.
class ShapeWriter {
 public:
  explicit ShapeWriter(std::byte* to) noexcept : begin_(to), to_(to) {}

  void u16(std::size_t value) noexcept {
    *to_++ = static_cast<std::byte>(value >> 8);
    *to_++ = static_cast<std::byte>(value);
  }
  void code(std::uint16_t value) noexcept { u16(is_grease(value) ? kGrease : value); }
  void all(Bytes octets) noexcept {
    u16(octets.size());
    to_ = std::copy(octets.begin(), octets.end(), to_);
  }
  /// A list of 16-bit values behind `head` octets of length; all GREASE is one.
  void values(Bytes octets, std::size_t head) noexcept {
    u16(octets.size());
    head = std::min(head, octets.size());
    to_ = std::copy_n(octets.begin(), head, to_);
    octets = octets.subspan(head);
    for (; octets.size() >= 2; octets = octets.subspan(2)) {
      const bool grease = octets[0] == octets[1] && (octets[0] & std::byte{0x0f}) == std::byte{0x0a};
      *to_++ = grease ? std::byte{0x0a} : octets[0];
      *to_++ = grease ? std::byte{0x0a} : octets[1];
    }
    to_ = std::copy(octets.begin(), octets.end(), to_);
  }
  void key_share_groups(Bytes extension) noexcept {
    std::byte* const count = to_;
    u16(0);
    std::byte* const first = to_;
    each_key_share(extension, [this](std::uint16_t group) { code(group); });
    const auto octets = static_cast<std::size_t>(to_ - first);
    count[0] = static_cast<std::byte>(octets >> 8);
    count[1] = static_cast<std::byte>(octets);
  }

  Bytes shape() const noexcept { return {begin_, static_cast<std::size_t>(to_ - begin_)}; }

 private:
  static constexpr std::uint16_t kGrease = 0x0a0a;
  std::byte* begin_;
  std::byte* to_;
};

void write_extension(ShapeWriter& shape, std::uint16_t type, Bytes body) noexcept {
  shape.code(type);
  switch (part_of(type)) {
    case Part::TypeOnly:
      shape.u16(0);
      break;
    case Part::All:
      shape.all(body);
      break;
    case Part::Values:
      shape.values(body, type == kSupportedVersions ? 1 : 2);
      break;
    case Part::KeyShareGroups:
      shape.key_share_groups(body);
      break;
  }
}

ClientOffer offer_with_names(const ClientHelloView& hello) {
  ClientOffer offer = read_offer(hello);
  offer.ja3 = ja3(offer);
  offer.ja4 = ja4(offer);
  return offer;
}

}  // namespace

HelloCache::HelloCache(const Limits* limits)
    : offers_(limits->hello_cache), ja3s_(limits->hello_cache), primes_(limits->hello_cache) {}

std::shared_ptr<const ClientOffer> HelloCache::offer(const ClientHelloView& hello) {
  constexpr std::size_t kOfTheWhole = 6;  // its version, and the length of two lists
  const std::size_t most = kOfTheWhole + hello.suites.size() + hello.compressions.size() + hello.extensions.size();
  if (shape_.size() < most) shape_.resize(most);
  ShapeWriter shape(shape_.data());
  shape.u16(hello.version);
  shape.values(hello.suites, 0);
  shape.all(hello.compressions);
  each_extension(hello.extensions, [&shape](std::uint16_t type, Bytes body) { write_extension(shape, type, body); });
  return offers_.of(shape.shape(), [&hello] { return offer_with_names(hello); });
}

std::shared_ptr<const std::string> HelloCache::ja3s(const ServerHelloView& hello) {
  const std::size_t most = 4 + hello.extensions.size();
  if (shape_.size() < most) shape_.resize(most);
  ShapeWriter shape(shape_.data());
  shape.u16(hello.legacy_version);
  shape.u16(hello.suite);
  each_extension(hello.extensions, [&shape](std::uint16_t type, Bytes) { shape.u16(type); });
  return ja3s_.of(shape.shape(), [&hello] { return tls::ja3s(hello); });
}

std::shared_ptr<const DhPrime> HelloCache::prime(Bytes number) {
  number = without_zeros(number);
  return primes_.of(number, [number] { return known_prime(number); });
}

}  // namespace mailseal::tls
