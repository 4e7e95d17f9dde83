#include "recent.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace mailseal {
namespace {
constexpr std::size_t kLine = 512;               ///< segments up to this size are kept anywhere in a stream
constexpr std::uint64_t kBeginning = 64 * 1024;  ///< up to here all are
constexpr int kSteps = 64;                       ///< segments looked back; bounds the work per packet
}  // namespace

std::optional<std::size_t> first_difference(Bytes a, Bytes b) {
  if (std::memcmp(a.data(), b.data(), a.size()) == 0) return std::nullopt;
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin());
}

// Not value-initialized: pages never written to cost nothing.
Recent::Recent(std::size_t capacity)
    : capacity_(std::bit_floor(std::max(capacity, kLineBytes))),
      ring_(new Line[capacity_ / kLineBytes]),
      head_(capacity_) {}

void Recent::add(Thread& newest, std::uint64_t offset, const Copy& copy, Bytes bytes) {
  const Bytes kept = bytes.size() <= kLine || offset < kBeginning ? bytes : Bytes{};
  const std::size_t room = (sizeof(Header) + kept.size() + kLineBytes - 1) / kLineBytes * kLineBytes;
  if (room > capacity_) return;
  std::size_t place = head_ & (capacity_ - 1);
  if (place + room > capacity_) {  // never wraps inside a segment
    head_ += capacity_ - place;
    place = 0;
  }
  const Header header{newest, offset, copy, static_cast<std::uint32_t>(bytes.size()),
                      static_cast<std::uint32_t>(kept.size())};
  std::memcpy(line_.octets, &header, sizeof header);
  static_assert(sizeof header <= kLineBytes);
  constexpr std::size_t kBeside = kLineBytes - sizeof header;  // octets in the header's line
  std::byte* to = at(place);
  const std::byte* from = kept.data();
  std::size_t left = kept.size();
  if (left < kBeside) {
    if (left > 0) std::memcpy(line_.octets + sizeof header, from, left);
    left = 0;
  } else {
    std::memcpy(line_.octets + sizeof header, from, kBeside);  // without a call
    from += kBeside, left -= kBeside;
  }
  copy_line_past_cache(to, line_.octets);
  for (to += kLineBytes; left >= kLineBytes; from += kLineBytes, left -= kLineBytes, to += kLineBytes)
    copy_line_past_cache(to, from);
  if (left > 0) {
    std::memcpy(line_.octets, from, left);
    copy_line_past_cache(to, line_.octets);
  }
  newest = head_;
  head_ += room;
}

Recent::Comparison Recent::compare(Thread newest, std::uint64_t offset, const Copy& copy, Bytes bytes) const {
  Comparison result;
  const std::uint64_t end = offset + bytes.size();
  for (int step = 0; step < kSteps && holds(newest); ++step) {
    const std::size_t place = newest & (capacity_ - 1);
    Header header;
    std::memcpy(&header, at(place), sizeof header);
    if (header.offset + header.length <= offset) break;  // older ones lie even further down
    if (header.offset == offset && header.length == bytes.size() && copy.same_packet(header.copy))
      result.same_packet = true;
    const std::uint64_t from = std::max(offset, header.offset);
    const std::uint64_t to = std::min(end, header.offset + header.kept);
    if (from < to) {
      const std::size_t n = static_cast<std::size_t>(to - from);
      const Bytes before{at(place) + sizeof header + (from - header.offset), n};
      const Bytes now = bytes.subspan(static_cast<std::size_t>(from - offset), n);
      if (const auto i = first_difference(before, now)) result.differs = from + *i;
    }
    newest = header.older;
  }
  return result;
}

}  // namespace mailseal
