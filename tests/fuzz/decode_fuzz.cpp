// decode: frames of any link type, one after the other, so that fragments meet.
// Input: [link type index] then frames, each [length 2][cut 1][octets].
#include <array>
#include <cstdlib>

#include "fuzz/pieces.h"
#include "mailseal/decode.h"

using namespace mailseal;

namespace {

bool same(const SegmentView& a, const SegmentView& b) {
  return a.seen.frame == b.seen.frame && a.from == b.from && a.to == b.to && a.seq == b.seq && a.ack == b.ack &&
         a.syn == b.syn && a.has_ack == b.has_ack && a.fin == b.fin && a.rst == b.rst && a.joined == b.joined &&
         a.ip_id == b.ip_id && a.cut_bytes == b.cut_bytes && as_text(a.payload) == as_text(b.payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<std::uint32_t, 56> kLinks{1,   101, 12,  14,  228, 229, 0,   108, 113, 276, 9,   50,  104, 105,
                                                 147, 1,   109, 117, 239, 226, 258, 149, 51,  166, 204, 205, 107, 206,
                                                 127, 119, 163, 192, 240, 241, 274, 197, 242, 138, 122, 281, 282, 284,
                                                 285, 6,   10,  7,   129, 100, 11,  106, 123, 143, 178, 179, 180, 181};
  Limits limits;
  limits.fragment_datagrams = 4;
  limits.fragment_bytes = 4096;
  Decoder decoder(&limits), twin(&limits);
  if (size == 0) return 0;
  PacketView packet{};
  packet.link = LinkType{kLinks[data[0] % kLinks.size()]};
  Bytes rest(reinterpret_cast<const std::byte*>(data + 1), size - 1);
  std::uint64_t frames = 0;
  while (rest.size() >= 3) {
    const auto told = std::to_integer<std::size_t>(rest[0]) << 8 | std::to_integer<std::size_t>(rest[1]);
    const auto cut = std::to_integer<std::uint32_t>(rest[2]);
    rest = rest.subspan(3);
    packet.bytes = rest.first(std::min(told, rest.size()));
    rest = rest.subspan(packet.bytes.size());
    packet.wire_bytes = static_cast<std::uint32_t>(packet.bytes.size()) + cut;
    packet.seen.frame = ++frames;
    packet.seen.time += std::chrono::seconds(cut);
    const Decoded decoded = decoder.decode(packet);
    if (before_ip_payload(packet) > packet.bytes.size()) std::abort();
    std::array<PacketView, kMostWithin> parts;
    const std::size_t within = apart(packet, parts);
    if (std::get_if<Skipped>(&decoded) != nullptr && std::get<Skipped>(decoded) == Skipped::Several && within < 2)
      std::abort();
    for (std::size_t i = 0; i < within; ++i)
      if (parts[i].bytes.data() < packet.bytes.data() ||
          parts[i].bytes.data() + parts[i].bytes.size() > packet.bytes.data() + packet.bytes.size())
        std::abort();
    SegmentView in_place;
    if (twin.decode(packet, in_place) ? !std::holds_alternative<Skipped>(decoded)
                                      : !same(in_place, std::get<SegmentView>(decoded)))
      std::abort();
    if (const auto* s = std::get_if<SegmentView>(&decoded)) {
      if (s->seen.frame != frames || s->payload.size() > 65'535 + 255) std::abort();
      test::touch(s->payload);
    } else if (to_string(std::get<Skipped>(decoded)).empty()) {
      std::abort();
    }
  }
  decoder.finish();
  if (decoder.take_lost().size() > frames) std::abort();
  return 0;
}
