// pcapng: blocks, each with its own length in front and behind (draft-ietf-opsawg-pcapng).
//
// Read here: section header, interface, packet (enhanced, simple, obsolete), interface
// statistics and, where somebody asks, decryption secrets blocks; all others are stepped over. Interfaces belong to
// their section, may differ in link type and clock, and each section has its own byte order.
//
// Refuses blocks whose two lengths differ, are below 12 or beyond what one packet may need,
// and packets of interfaces nobody described: behind such a place nothing can be trusted.
#include <array>
#include <limits>
#include <vector>

#include "fields.h"
#include "file.h"
#include "secrets.h"

namespace mailseal {
namespace {

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr std::uint32_t kInterface = 1, kObsoletePacket = 2, kSimplePacket = 3, kStatistics = 5, kEnhancedPacket = 6;
// No packets, yet Wireshark numbers them as frames, and so do we: journal entries, sysdig events, custom blocks.
constexpr std::uint32_t kJournal = 9, kSysdig = 0x204, kSysdig2 = 0x216, kSysdig2Large = 0x221;
constexpr std::uint32_t kCustom = 0xbad, kCustomNotCopied = 0x40000bad;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint32_t kNanosPerSecond = 1'000'000'000;
constexpr std::size_t kOptionRoom = 1u << 20;  // beside a packet, for its options
constexpr std::size_t kNameBytes = 255;

/// A clock's tick as if_tsresol says it: 10^-n s, or 2^-n s with the top bit set.
class Clock {
 public:
  void resolution(std::uint8_t told) noexcept {
    exponent_ = told & 0x7f;
    binary_ = (told & 0x80) != 0;
  }
  void offset(std::int64_t seconds) noexcept { offset_ = seconds; }

  Timestamp time(std::uint64_t ticks) const noexcept {
    const auto [seconds, nanos] = binary_ ? binary(ticks) : decimal(ticks);
    // Both within 2^62, so that the sum cannot overflow; clamped_time() bounds it further.
    constexpr std::int64_t kFar = std::int64_t{1} << 62;
    const auto whole = static_cast<std::int64_t>(std::min<std::uint64_t>(seconds, kFar));
    return clamped_time(whole + std::clamp(offset_, -kFar, kFar - 1), nanos);
  }

 private:
  struct Parts {
    std::uint64_t seconds, nanos;
  };

  static std::uint64_t power_of_ten(unsigned n) noexcept {  // n <= 19
    std::uint64_t p = 1;
    while (n-- > 0) p *= 10;
    return p;
  }

  Parts decimal(std::uint64_t ticks) const noexcept {
    if (exponent_ == 6) return {ticks / 1'000'000, ticks % 1'000'000 * 1000};
    if (exponent_ == 9) return {ticks / kNanosPerSecond, ticks % kNanosPerSecond};
    if (exponent_ > 28) return {0, 0};  // less than a nanosecond in all 64 bits
    if (exponent_ > 9) ticks /= power_of_ten(exponent_ - 9);
    const std::uint64_t per_second = power_of_ten(std::min(exponent_, 9u));
    return {ticks / per_second, ticks % per_second * (kNanosPerSecond / per_second)};
  }

  Parts binary(std::uint64_t ticks) const noexcept {
    if (exponent_ > 94) return {0, 0};
    unsigned exponent = exponent_;
    if (exponent > 32) {  // keep 32 bits of fraction, a quarter of a nanosecond
      ticks = exponent - 32 < 64 ? ticks >> (exponent - 32) : 0;
      exponent = 32;
    }
    const std::uint64_t fraction = ticks & ((std::uint64_t{1} << exponent) - 1);
    return {ticks >> exponent, (fraction * kNanosPerSecond) >> exponent};
  }

  unsigned exponent_ = 6;
  bool binary_ = false;
  std::int64_t offset_ = 0;
};

struct Interface {
  LinkType link{};
  std::uint32_t number = 0;  // in InputFacts, over all sections
  std::uint32_t snap_length = 0;
  Clock clock;
  std::optional<std::uint64_t> dropped;          // as the last statistics block says, of the whole time
  std::optional<std::uint64_t> dropped_between;  // as packets say, each of the time since the one before
};

/// Of epb_flags (4.3.1) the lowest two bits.
constexpr Direction direction_of(std::uint32_t flags) noexcept {
  return (flags & 3) == 1 ? Direction::In : (flags & 3) == 2 ? Direction::Out : Direction::Unknown;
}

constexpr std::uint64_t sum(std::uint64_t a, std::uint64_t b) noexcept {
  return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max() : a + b;
}
void add(std::optional<std::uint64_t>& total, std::uint64_t n) noexcept { total = sum(total.value_or(0), n); }

/// Calls visit(code, value) for each option; a list that contradicts itself just ends there.
template <class Visit>
void for_each_option(Bytes list, ByteOrder order, Visit visit) {
  while (list.size() >= 4) {
    const std::uint16_t code = u16_at(list, 0, order);
    const std::size_t length = u16_at(list, 2, order);
    list = list.subspan(4);
    if (code == 0 || length > list.size()) return;
    visit(code, list.first(length));
    list = list.subspan(std::min((length + 3) & ~std::size_t{3}, list.size()));
  }
}

class PcapngSource final : public FileSource {
 public:
  using FileSource::FileSource;

  Captured next() override {
    while (!ended_) {
      if (auto found = block()) return *found;
    }
    return EndOfCapture{};
  }

  std::size_t at_hand(std::span<PacketView> room) override {
    std::size_t n = 0;
    for (; n < room.size() && packet_at_hand(); ++n) {
      const Captured captured = next();
      const auto* const view = std::get_if<PacketView>(&captured);
      if (!view) break;  // an error, which next() tells once more
      room[n] = *view;
    }
    return n;
  }

  void secrets_go_to(KeyLog* keys) override { keys_ = keys; }
  std::uint64_t secrets_met() const override { return secrets_met_; }
  std::uint64_t late_secrets() const override { return late_secrets_; }

  const InputFacts& facts() override {
    facts_.dropped = dropped();
    return FileSource::facts();
  }

 private:
  bool packet_at_hand() const noexcept {
    if (ended_ || octets_.left() < 8) return false;
    const Bytes head = octets_.first(8);
    const std::uint32_t type = u32_at(head, 0, order_);
    if (type != kEnhancedPacket && type != kSimplePacket && type != kObsoletePacket) return false;
    return octets_.left() >= padded(u32_at(head, 4, order_));
  }

  /// Some writers count without the padding to 32 bits.
  static std::size_t padded(std::uint32_t length) noexcept { return (std::size_t{length} + 3) & ~std::size_t{3}; }

  /// Reads one block; a packet, or the end, if it gave one.
  std::optional<Captured> block() {
    if (!octets_.ensure(8)) return end_of_data();
    std::uint32_t type = u32_at(octets_.first(8), 0, order_);
    if (type == kSectionHeader) {  // reads the same in both orders
      if (!octets_.ensure(12)) return end_of_data();
      const Bytes head = octets_.first(12);
      if (u32_at(head, 8, ByteOrder::Little) == kByteOrderMagic) {
        order_ = ByteOrder::Little;
      } else if (u32_at(head, 8, ByteOrder::Big) == kByteOrderMagic) {
        order_ = ByteOrder::Big;
      } else {
        return error(here("section header") + " has no byte-order magic");
      }
    }
    const std::uint32_t length = u32_at(octets_.first(8), 4, order_);
    const std::size_t most = limits_->packet_bytes + kOptionRoom;
    if (length < 12 || length > most)
      return error(here("block") + " claims " + std::to_string(length) + " octets; 12 to " + std::to_string(most) +
                   " are believed");
    const std::size_t room = padded(length);
    if (!octets_.ensure(room)) return end_of_data();
    const Bytes whole = octets_.first(room);
    const std::uint32_t behind = u32_at(whole, room - 4, order_);
    if (behind != length && behind != room)
      return error(here("block") + " has the length " + std::to_string(length) + " in front and " +
                   std::to_string(behind) + " behind");
    if (type == kDecryptionSecrets) ++secrets_met_;
    if (type == kDecryptionSecrets && keys_) {
      const bool any = read_secrets(whole.subspan(8, room - 12), order_, *keys_);
      if (any && facts_.packets > 0) ++late_secrets_;
      octets_.wipe_first(room);
    }
    auto result = content(type, whole.subspan(8, room - 12));
    if (!ended_) octets_.consume(room);
    return result;
  }

  // To read a further block: one function, one row here.
  std::optional<Captured> content(std::uint32_t type, Bytes body) {
    switch (type) {
      case kEnhancedPacket:
        return enhanced_packet(body);
      case kSimplePacket:
        return simple_packet(body);
      case kObsoletePacket:
        return obsolete_packet(body);
      case kInterface:
        return interface(body);
      case kStatistics:
        return statistics(body);
      case kSectionHeader:
        return section(body);
      case kJournal:
      case kSysdig:
      case kSysdig2:
      case kSysdig2Large:
      case kCustom:
      case kCustomNotCopied:
        ++frames_;
        return std::nullopt;
      default:
        return std::nullopt;  // names, ...
    }
  }

  std::optional<Captured> section(Bytes body) {
    if (body.size() < 16) return too_short("section header");
    if (const std::uint16_t major = u16_at(body, 4, order_); major != 1)
      return error(here("section header") + " is of pcapng version " + std::to_string(major) + "." +
                   std::to_string(u16_at(body, 6, order_)) + ", which is not known");
    dropped_before_ = dropped();
    interfaces_.clear();
    return std::nullopt;
  }

  std::optional<Captured> interface(Bytes body) {
    if (body.size() < 8) return too_short("interface block");
    if (interfaces_.size() >= limits_->interfaces)
      return error(here("interface block") + " is one too many; at most " + std::to_string(limits_->interfaces) +
                   " interfaces are believed");
    Interface made;
    InterfaceFacts told;
    told.link_type = u16_at(body, 0, order_);
    told.snap_length = u32_at(body, 4, order_);
    made.link = LinkType{told.link_type};
    made.snap_length = told.snap_length;
    for_each_option(body.subspan(8), order_, [&](std::uint16_t code, Bytes value) {
      constexpr std::uint16_t kName = 2, kResolution = 9, kFilter = 11, kOffset = 14;
      if (code == kName) told.name = std::string(as_text(value.first(std::min(value.size(), kNameBytes))));
      if (code == kFilter && value.size() > 1 && value[0] == std::byte{0})  // else compiled
        told.filter = std::string(as_text(value.subspan(1, std::min(value.size() - 1, kNameBytes))));
      if (code == kResolution && value.size() == 1) made.clock.resolution(std::to_integer<std::uint8_t>(value[0]));
      if (code == kOffset && value.size() == 8) made.clock.offset(static_cast<std::int64_t>(u64_at(value, 0, order_)));
    });
    made.number = described_++;
    interfaces_.push_back(made);
    // Sections without end may each describe as many: the report lists no more of them.
    if (facts_.interfaces.size() < limits_->interfaces) facts_.interfaces.push_back(std::move(told));
    return std::nullopt;
  }

  std::optional<Captured> statistics(Bytes body) {
    if (body.size() < 12) return too_short("statistics block");
    const std::uint32_t id = u32_at(body, 0, order_);
    if (id >= interfaces_.size()) return unknown_interface(id);
    std::optional<std::uint64_t> dropped;
    for_each_option(body.subspan(12), order_, [&](std::uint16_t code, Bytes value) {
      constexpr std::uint16_t kDroppedByInterface = 5, kDroppedBySystem = 7;
      if ((code == kDroppedByInterface || code == kDroppedBySystem) && value.size() == 8)
        add(dropped, u64_at(value, 0, order_));
    });
    if (dropped) interfaces_[id].dropped = dropped;
    return std::nullopt;
  }

  std::optional<Captured> enhanced_packet(Bytes body) {
    if (body.size() < 20) return too_short("packet block");
    const std::uint32_t id = u32_at(body, 0, order_);
    if (id >= interfaces_.size()) return unknown_interface(id);
    const std::size_t captured = u32_at(body, 12, order_);
    if (captured > body.size() - 20) return too_long(captured, body.size() - 20);
    Direction direction = Direction::Unknown;
    // Options are rare: a body that ends with the packet's padding has none.
    if (body.size() - 20 - captured >= 8) {
      for_each_option(body.subspan(std::min(20 + ((captured + 3) & ~std::size_t{3}), body.size())), order_,
                      [&](std::uint16_t code, Bytes value) {
                        constexpr std::uint16_t kFlags = 2, kDropCount = 4;
                        if (code == kFlags && value.size() == 4) direction = direction_of(u32_at(value, 0, order_));
                        if (code == kDropCount && value.size() == 8)
                          add(interfaces_[id].dropped_between, u64_at(value, 0, order_));
                      });
    }
    Captured answer = timed_packet(interfaces_[id], body.subspan(4), body.subspan(20, captured));
    std::get_if<PacketView>(&answer)->direction = direction;
    return answer;
  }

  std::optional<Captured> obsolete_packet(Bytes body) {
    if (body.size() < 20) return too_short("packet block");
    const std::uint16_t id = u16_at(body, 0, order_), drops = u16_at(body, 2, order_);
    if (id >= interfaces_.size()) return unknown_interface(id);
    const std::size_t captured = u32_at(body, 12, order_);
    if (captured > body.size() - 20) return too_long(captured, body.size() - 20);
    if (drops != 0xffff) add(interfaces_[id].dropped_between, drops);
    return timed_packet(interfaces_[id], body.subspan(4), body.subspan(20, captured));
  }

  /// `head`: time in two halves, captured length, length on the wire.
  Captured timed_packet(const Interface& from, Bytes head, Bytes bytes) {
    interface_ = from.number;
    const std::uint64_t ticks = std::uint64_t{u32_at(head, 0, order_)} << 32 | u32_at(head, 4, order_);
    return packet(from.clock.time(ticks), from.link, u32_at(head, 12, order_), bytes);
  }

  std::optional<Captured> simple_packet(Bytes body) {
    if (body.size() < 4) return too_short("packet block");
    if (interfaces_.empty()) return unknown_interface(0);
    const Interface& from = interfaces_.front();
    interface_ = from.number;
    const std::uint32_t wire = u32_at(body, 0, order_);
    // "captured length ... is the minimum of Original Packet Length and SnapLen" (section 4.4)
    std::size_t captured = wire;
    if (from.snap_length != 0) captured = std::min<std::size_t>(captured, from.snap_length);
    if (captured > body.size() - 4) return too_long(captured, body.size() - 4);
    return packet(std::nullopt, from.link, wire, body.subspan(4, captured));
  }

  std::optional<std::uint64_t> dropped() const noexcept {
    std::optional<std::uint64_t> total = dropped_before_;
    for (const Interface& i : interfaces_) {
      if (i.dropped || i.dropped_between) add(total, i.dropped ? *i.dropped : *i.dropped_between);
    }
    return total;
  }

  std::string here(const char* what) const {
    return std::string(what) + " at octet " + std::to_string(octets_.offset());
  }
  Captured too_short(const char* what) { return error(here(what) + " is too short for its fields"); }
  Captured too_long(std::size_t captured, std::size_t room) {
    return error(here("packet block") + " claims " + std::to_string(captured) + " octets captured and holds " +
                 std::to_string(room));
  }
  Captured unknown_interface(std::uint32_t id) {
    return error(here("block") + " names interface " + std::to_string(id) + ", of " +
                 std::to_string(interfaces_.size()) + " described");
  }

  KeyLog* keys_ = nullptr;
  std::uint64_t secrets_met_ = 0, late_secrets_ = 0;
  ByteOrder order_ = ByteOrder::Little;
  std::vector<Interface> interfaces_;            // of this section
  std::uint32_t described_ = 0;                  // interfaces, in all sections
  std::optional<std::uint64_t> dropped_before_;  // in the sections before
};

}  // namespace

bool is_pcapng(Bytes beginning) noexcept {
  return beginning.size() >= 4 && u32_at(beginning, 0, ByteOrder::Little) == kSectionHeader;
}

std::unique_ptr<PacketSource> open_pcapng(Octets octets, InputFacts facts, std::uint32_t input, const Limits* limits) {
  return std::make_unique<PcapngSource>(std::move(octets), std::move(facts), input, limits);
}

}  // namespace mailseal
