// radio: IEEE 802.11 data frames, and the headers that receivers put before them.
//
// Only what is sent in clear, or was opened by the receiver, can be read. Management and control frames carry no IP.
// Fragments of a frame are not joined: they are rare, and counted. Frames that hold several (A-MSDU) are taken apart.
#include <array>

#include "headers.h"

namespace mailseal {
namespace {

constexpr std::uint32_t kWifi = 105, kPrism = 119, kRadiotap = 127, kAvs = 163, kPpi = 192, kEthernetLink = 1;

/// Between header and payload, where the header's length is no multiple of four, some cards put two octets.
enum class Padded : std::uint8_t { No, Yes };

/// One subframe of an A-MSDU is a frame of IEEE 802.3: two addresses, a length, 802.2; its length counts the latter.
/// Padding to four octets follows.
struct WithinView {
  FrameView frame, rest;
};

std::optional<WithinView> within(FrameView f) noexcept {
  constexpr std::size_t kHeader = 14;
  if (!f.has(kHeader)) return std::nullopt;
  const std::size_t length = kHeader + f.u16(12), padded = (length + 3) & ~std::size_t{3};
  if (f.u16(12) == 0 || length > f.wire) return std::nullopt;
  return WithinView{f.of_length(length), f.has(padded) ? f.behind(padded) : FrameView{{}, 0}};
}

/// The frame's payload, 802.2 or an A-MSDU.
struct PayloadView {
  bool several;
  FrameView rest;
};

bool is_llc(FrameView f) noexcept { return f.has(8) && f.u32(0) == 0xaaaa0300 && f.u8(4) == 0; }

std::variant<PayloadView, Skipped> data(FrameView f, Padded padded) noexcept {
  constexpr std::size_t kShortest = 24, kFourth = 6, kQos = 2, kHtc = 4;
  constexpr unsigned kType = 0x0c, kData = 0x08, kNull = 0x40, kIsQos = 0x80;
  constexpr unsigned kToDs = 0x01, kFromDs = 0x02, kMore = 0x04, kProtected = 0x40, kOrder = 0x80;
  if (!f.has(2)) return f.lacks(2);
  if ((f.u8(0) & 3) != 0 || (f.u8(0) & kType) != kData || (f.u8(0) & kNull) != 0) return Skipped::NotIp;
  const bool qos = (f.u8(0) & kIsQos) != 0, four = (f.u8(1) & kToDs) != 0 && (f.u8(1) & kFromDs) != 0;
  const std::size_t qos_at = kShortest + (four ? kFourth : 0);
  std::size_t header = qos_at + (qos ? kQos + ((f.u8(1) & kOrder) != 0 ? kHtc : 0) : 0);
  if (padded == Padded::Yes) header = (header + 3) & ~std::size_t{3};
  if (!f.has(header)) return f.lacks(header);
  constexpr unsigned kFragment = 0x0f, kAmsdu = 0x80;
  if ((f.u8(1) & kMore) != 0 || (f.u8(22) & kFragment) != 0) return Skipped::LostFragments;
  const FrameView rest = f.behind(header);
  if ((f.u8(1) & kProtected) != 0) {
    // Opened by the receiver, which left the bit, and perhaps the eight octets before what it opened.
    constexpr std::size_t kVector = 8;
    if (is_llc(rest)) return PayloadView{false, rest};
    if (rest.has(kVector) && is_llc(rest.behind(kVector))) return PayloadView{false, rest.behind(kVector)};
    return Skipped::EncryptedWifi;
  }
  return PayloadView{qos && (f.u8(qos_at) & kAmsdu) != 0, rest};
}

Walked of(FrameView f, Padded padded) noexcept {
  const auto at = data(f, padded);
  if (const auto* why = std::get_if<Skipped>(&at)) return *why;
  const auto& payload = std::get<PayloadView>(at);
  if (!payload.several) return llc(payload.rest);
  const auto first = within(payload.rest);
  if (!first) return payload.rest.has(14) ? Skipped::BadHeader : payload.rest.lacks(14);
  std::size_t count = 1;
  for (auto next = within(first->rest); next; next = within(next->rest))
    if (++count > kMostWithin) return Skipped::NestedTooDeep;
  return count > 1 ? Walked{Skipped::Several} : ethernet(first->frame);
}

/// What stands behind a receiver's header.
struct ReceivedView {
  Padded padded;
  FrameView frame;
};

/// radiotap.org: version, length, which fields are present (more words while bit 31 is set), then the fields, each at
/// a multiple of its own length. Of these the flags are asked, the second field behind the time.
std::variant<ReceivedView, Skipped> behind_radiotap(FrameView f) noexcept {
  constexpr std::uint32_t kTime = 1, kFlags = 2, kMoreWords = 0x80000000;
  constexpr unsigned kDatapad = 0x20, kBadCheck = 0x40;
  if (!f.has(8)) return f.lacks(8);
  const std::size_t header = f.le16(2);
  if (f.u8(0) != 0 || header < 8) return Skipped::BadHeader;
  if (!f.has(header)) return f.lacks(header);
  std::size_t at = 4;
  while (at + 8 <= header && (f.le32(at) & kMoreWords) != 0) at += 4;
  at += 4;
  const std::uint32_t present = f.le32(4);
  if ((present & kTime) != 0) at = ((at + 7) & ~std::size_t{7}) + 8;
  const unsigned flags = (present & kFlags) != 0 && at < header ? f.u8(at) : 0;
  if ((flags & kBadCheck) != 0) return Skipped::BadHeader;  // damaged on the air: its receiver dropped it, too
  return ReceivedView{(flags & kDatapad) != 0 ? Padded::Yes : Padded::No, f.behind(header)};
}

/// Prism's and AVS's headers tell their length in the second word, one of them in the machine's byte order.
std::variant<ReceivedView, Skipped> behind_prism(FrameView f) noexcept {
  if (!f.has(8)) return f.lacks(8);
  const std::size_t header = std::min(f.u32(4), f.le32(4));
  if (header < 64) return Skipped::BadHeader;
  if (!f.has(header)) return f.lacks(header);
  return ReceivedView{Padded::No, f.behind(header)};
}

std::variant<ReceivedView, Skipped> behind_ppi(FrameView f) noexcept {
  if (!f.has(8) || f.le16(2) < 8 || !f.has(f.le16(2))) return Skipped::BadHeader;
  const FrameView rest = f.behind(f.le16(2));
  if (f.le32(4) == kRadiotap) return behind_radiotap(rest);
  if (f.le32(4) != kWifi) return Skipped::NotIp;
  return ReceivedView{Padded::No, rest};
}

Walked behind(const std::variant<ReceivedView, Skipped>& received) noexcept {
  if (const auto* why = std::get_if<Skipped>(&received)) return *why;
  const auto& at = std::get<ReceivedView>(received);
  return of(at.frame, at.padded);
}

}  // namespace

Walked wifi(FrameView f) noexcept { return of(f, Padded::No); }
Walked radiotap(FrameView f) noexcept { return behind(behind_radiotap(f)); }
Walked prism(FrameView f) noexcept { return behind(behind_prism(f)); }
Walked avs(FrameView f) noexcept { return behind(behind_prism(f)); }

std::size_t apart(const PacketView& packet, std::span<PacketView> room) noexcept {
  const FrameView frame{packet.bytes, std::max<std::size_t>(packet.wire_bytes, packet.bytes.size())};
  std::variant<ReceivedView, Skipped> received = ReceivedView{Padded::No, frame};
  switch (static_cast<std::uint32_t>(packet.link)) {
    case kWifi:
      break;
    case kRadiotap:
      received = behind_radiotap(frame);
      break;
    case kPrism:
    case kAvs:
      received = behind_prism(frame);
      break;
    case kPpi:
      received = behind_ppi(frame);
      break;
    default:
      return 0;
  }
  const auto* at = std::get_if<ReceivedView>(&received);
  if (at == nullptr) return 0;
  const auto payload = data(at->frame, at->padded);
  const auto* held = std::get_if<PayloadView>(&payload);
  if (held == nullptr || !held->several) return 0;
  std::size_t count = 0;
  for (auto next = within(held->rest); next && count < room.size(); next = within(next->rest)) {
    PacketView& part = room[count++] = packet;
    part.link = LinkType{kEthernetLink};
    part.bytes = next->frame.bytes;
    part.wire_bytes = static_cast<std::uint32_t>(next->frame.wire);
  }
  return count;
}

}  // namespace mailseal
