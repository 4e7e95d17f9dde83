// snoop: the capture file of Solaris (RFC 1761), which Check Point's fw monitor writes as well.
//
//   header 16: "snoop\0\0\0", version, link type
//   record 24: length on the wire, captured length, length of record and padding, packets dropped so far, seconds,
//              microseconds; then the octets and padding. All big-endian.
//
// fw monitor sees a packet at up to four points of the firewall (i before it and I behind it on its way in, o and O on
// its way out; e and E around encryption), and writes point and interface where Ethernet has its addresses. Here each
// becomes an interface, "eth0:i". The copies stay packets of their own, for they may differ (NAT, what the firewall
// rewrites); equal ones have one IP identification, so that the connection counts them as one packet captured twice.
//
// Refuses other versions, and records that contradict themselves or are longer than Limits::packet_bytes.
#include <algorithm>
#include <array>
#include <string>

#include "fields.h"
#include "file.h"
#include "mailseal/base/ascii.h"

namespace mailseal {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kMagic = "snoop\0\0\0"sv;
constexpr std::size_t kHeader = 16, kRecord = 24;

struct SnoopLink {
  std::uint32_t told, link;
};
// The registry of RFC 1761 section 4, in LINKTYPE_ numbers. IEEE 802.3 and Ethernet are told apart by each frame.
constexpr std::array kSnoopLinks{SnoopLink{0, 1}, SnoopLink{2, 6}, SnoopLink{4, 1}, SnoopLink{8, 10}};
constexpr std::uint32_t kUnknownLink = 0xffff;  // no LINKTYPE_

std::uint32_t link_of(std::uint32_t told) noexcept {
  for (const SnoopLink& row : kSnoopLinks)
    if (row.told == told) return row.link;
  return kUnknownLink;
}

/// What fw monitor wrote in place of the addresses: "eth0:i". Empty: these are addresses.
std::string monitored(Bytes frame) {
  constexpr std::size_t kTwoAddresses = 12, kNameAt = 2;
  constexpr std::size_t kUuidAt = 8;  // with -u or -s, behind a name of at most 6
  if (frame.size() < kTwoAddresses + 2 || "iIoOeE"sv.find(as_text(frame)[0]) == std::string_view::npos) return {};
  const std::string_view field = as_text(frame.first(kTwoAddresses)).substr(kNameAt);
  const std::string_view name = field.substr(0, field.find('\0'));
  const auto in_name = [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_' || c == ':'; };
  if (name.empty() || !is_alnum(name[0]) || !std::all_of(name.begin(), name.end(), in_name)) return {};
  const std::string_view padding = field.substr(
      name.size(), name.size() <= kUuidAt - kNameAt ? kUuidAt - kNameAt - name.size() : std::string_view::npos);
  if (padding.find_first_not_of('\0') != std::string_view::npos) return {};
  return std::string(name) + ":" + as_text(frame)[0];
}

class SnoopSource final : public FileSource {
 public:
  using FileSource::FileSource;

  Captured next() override {
    if (ended_) return EndOfCapture{};
    if (!begun_) {
      if (auto end = header()) return *end;
    }
    if (!octets_.ensure(kRecord)) return end_of_data();
    const Bytes head = octets_.first(kRecord);
    const std::uint32_t wire = word(head, 0), captured = word(head, 4), record = word(head, 8), drops = word(head, 12);
    if (captured > limits_->packet_bytes || record > limits_->packet_bytes + kRecord || record < kRecord ||
        record - kRecord < captured)
      return error("packet " + std::to_string(facts_.packets + 1) + " at octet " + std::to_string(octets_.offset()) +
                   " claims " + std::to_string(captured) + " octets in a record of " + std::to_string(record) +
                   "; its own " + std::to_string(kRecord) + " and at most " + std::to_string(limits_->packet_bytes) +
                   " more are believed");
    // Of the last packet the padding may be missing.
    if (!octets_.ensure(record) && octets_.left() < kRecord + captured) return end_of_data();
    const Bytes whole = octets_.first(std::min<std::size_t>(record, octets_.left()));
    // "Some implementations lack the ability to count dropped packets" and set it to zero.
    if (drops != 0) facts_.dropped = drops;
    const Bytes frame = whole.subspan(kRecord, captured);
    if (told_ == kEthernet) interface_ = interface_of(monitored(frame));
    octets_.consume(whole.size());
    return packet(Timestamp{std::chrono::seconds{word(whole, 16)} + std::chrono::microseconds{word(whole, 20)}},
                  LinkType{link_}, wire, frame);
  }

 private:
  static constexpr std::uint32_t kEthernet = 4;

  static std::uint32_t word(Bytes b, std::size_t at) noexcept { return u32_at(b, at, ByteOrder::Big); }

  std::optional<Captured> header() {
    if (!octets_.ensure(kHeader)) return end_of_data();
    const Bytes head = octets_.first(kHeader);
    if (const std::uint32_t version = word(head, 8); version != 2)
      return error("snoop version " + std::to_string(version) + " is not known");
    told_ = word(head, 12);
    link_ = link_of(told_);
    facts_.interfaces.push_back({std::nullopt, link_, 0});
    octets_.consume(kHeader);
    begun_ = true;
    return std::nullopt;
  }

  /// The first has no name: where all packets are of fw monitor, the first of them gives it one.
  std::uint32_t interface_of(std::string name) {
    std::vector<InterfaceFacts>& known = facts_.interfaces;
    if (name.empty()) return 0;
    if (facts_.packets == 0) known[0].name = name;
    const auto at = std::find_if(known.begin(), known.end(), [&](const InterfaceFacts& i) { return i.name == name; });
    if (at != known.end()) return static_cast<std::uint32_t>(at - known.begin());
    if (known.size() >= limits_->interfaces) return static_cast<std::uint32_t>(limits_->interfaces);
    known.push_back({std::move(name), link_, 0});
    return static_cast<std::uint32_t>(known.size() - 1);
  }

  bool begun_ = false;
  std::uint32_t told_ = 0, link_ = 0;
};

}  // namespace

bool is_snoop(Bytes beginning) noexcept { return as_text(beginning).starts_with(kMagic); }

std::unique_ptr<PacketSource> open_snoop(Octets octets, InputFacts facts, std::uint32_t input, const Limits* limits) {
  return std::make_unique<SnoopSource>(std::move(octets), std::move(facts), input, limits);
}

}  // namespace mailseal
