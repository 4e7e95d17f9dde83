// pcap: the classic capture file (draft-ietf-opsawg-pcap), in either byte order, with
// micro- or nanoseconds, and the variants whose headers are longer: Kuznetzov's, netsniff-ng's, Ixia's ("lcap").
//
//   header 24: magic, version, 8 unused, snap length, link type
//   record 16: seconds, fraction, captured length, length on the wire; then the octets
//
// Refuses versions nobody wrote and records longer than Limits::packet_bytes.
#include <array>

#include "fields.h"
#include "file.h"

namespace mailseal {
namespace {

constexpr std::size_t kHeaderBytes = 24;

// To add a variant: one row.
struct Variant {
  std::uint32_t magic;
  std::uint32_t nanoseconds_per_fraction;
  std::size_t record_bytes;
  std::size_t behind_header = 0;  ///< octets
};
constexpr std::array kVariants{
    Variant{0xa1b2c3d4, 1000, 16},    Variant{0xa1b23c4d, 1, 16},
    Variant{0xa1b2cd34, 1000, 24},     // Kuznetzov's: interface, protocol and packet type behind the lengths
    Variant{0xa1e2cb12, 1, 24},        // netsniff-ng's: likewise, and the clock that took the time
    Variant{0x1c0001ac, 1, 16, 4},     // Ixia's, by hardware: the length of all records behind the header
    Variant{0x1c0001ab, 1000, 16, 4},  // likewise, by software
};

struct Found {
  const Variant* variant = nullptr;
  ByteOrder order = ByteOrder::Little;
};

Found find_variant(Bytes beginning) noexcept {
  if (beginning.size() < 4) return {};
  for (const ByteOrder order : {ByteOrder::Little, ByteOrder::Big})
    for (const Variant& v : kVariants)
      if (u32_at(beginning, 0, order) == v.magic) return {&v, order};
  return {};
}

class PcapSource final : public FileSource {
 public:
  using FileSource::FileSource;

  Captured next() override {
    if (ended_) return EndOfCapture{};
    if (variant_ == nullptr) {
      if (auto end = header()) return *end;
    }
    const std::size_t head = variant_->record_bytes;
    if (!octets_.ensure(head)) return end_of_data();
    const Record record = record_at(octets_.first(head));
    const std::uint32_t captured = record.captured;
    if (captured > limits_->packet_bytes) {
      return error("packet " + std::to_string(facts_.packets + 1) + " at octet " + std::to_string(octets_.offset()) +
                   " claims " + std::to_string(captured) + " octets; at most " + std::to_string(limits_->packet_bytes) +
                   " are believed");
    }
    if (!octets_.ensure(head + captured)) return end_of_data();
    Captured answer{std::in_place_type<PacketView>};
    take(*std::get_if<PacketView>(&answer), record);
    return answer;
  }

  std::size_t at_hand(std::span<PacketView> room) override {
    if (ended_ || variant_ == nullptr) return 0;
    const std::size_t head = variant_->record_bytes;
    std::size_t n = 0;
    for (; n < room.size() && octets_.left() >= head; ++n) {
      const Record record = record_at(octets_.first(head));
      if (record.captured > limits_->packet_bytes || octets_.left() - head < record.captured) break;
      take(room[n], record);
    }
    return n;
  }

 private:
  /// The fields of a record's header that all variants begin with.
  struct Record {
    std::uint32_t seconds, fraction, captured, wire;
  };
  Record record_at(Bytes head) const noexcept {
    std::array<std::uint32_t, 4> f = u32s_at<4>(head, 0, order_);
    if (lengths_swapped_ && f[2] > f[3]) std::swap(f[2], f[3]);
    return {f[0], f[1], f[2], f[3]};
  }

  /// The record that begins here, all of which was read.
  void take(PacketView& view, const Record& record) {
    const std::size_t head = variant_->record_bytes;
    // No time out of 32 bits of seconds needs clamped_time(). A million microseconds and more are tolerated.
    const std::chrono::seconds seconds{record.seconds};
    const std::chrono::nanoseconds fraction{std::uint64_t{record.fraction} * variant_->nanoseconds_per_fraction};
    packet(view, Timestamp{seconds + fraction}, link_, record.wire,
           octets_.first(head + record.captured).subspan(head));
    octets_.consume(head + record.captured);
  }

  std::optional<Captured> header() {
    if (!octets_.ensure(kHeaderBytes)) return end_of_data();
    const Found found = find_variant(octets_.first(kHeaderBytes));
    const std::size_t header_bytes = kHeaderBytes + found.variant->behind_header;
    if (!octets_.ensure(header_bytes)) return end_of_data();
    const Bytes head = octets_.first(header_bytes);
    order_ = found.order;
    const std::uint16_t major = u16_at(head, 4, order_), minor = u16_at(head, 6, order_);
    if (major != 2 && major != 543)  // 543.0: DG/UX tcpdump
      return error("pcap version " + std::to_string(major) + "." + std::to_string(minor) + " is not known");
    // Before 2.4 some writers exchanged the two lengths (libpcap, sf-pcap.c).
    lengths_swapped_ = major == 543 || minor < 4;
    // The upper half may tell of an FCS at the end of each frame; the IP length cuts it off.
    const std::uint32_t link = u32_at(head, 20, order_) & 0xffff;
    link_ = LinkType{link};
    facts_.interfaces.push_back({std::nullopt, link, u32_at(head, 16, order_)});
    octets_.consume(header_bytes);
    variant_ = found.variant;
    return std::nullopt;
  }

  const Variant* variant_ = nullptr;
  ByteOrder order_ = ByteOrder::Little;
  LinkType link_{};
  bool lengths_swapped_ = false;
};

}  // namespace

bool is_pcap(Bytes beginning) noexcept { return find_variant(beginning).variant != nullptr; }

std::unique_ptr<PacketSource> open_pcap(Octets octets, InputFacts facts, std::uint32_t input, const Limits* limits) {
  return std::make_unique<PcapSource>(std::move(octets), std::move(facts), input, limits);
}

}  // namespace mailseal
