#include "recent.h"

#include <algorithm>
#include <bit>
#include <cassert>
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

/// As it lies in the ring, before the octets.
struct Recent::Header {
  Thread older;
  std::uint64_t offset;
  Copy copy;
  std::uint64_t length;  ///< octets, of a segment: far below 2^31
  bool kept;             ///< they follow

  PastCacheWords words() const {
    assert(length < std::uint64_t{1} << 31);
    return {older, offset, static_cast<std::uint64_t>(copy.time.time_since_epoch().count()),
            length << 33 | std::uint64_t{kept} << 32 | copy.ip_id};
  }
  static Header of(const PastCacheWords& w) {
    return {w[0],
            w[1],
            {Timestamp{Timestamp::duration{static_cast<std::int64_t>(w[2])}}, static_cast<std::uint32_t>(w[3])},
            w[3] >> 33,
            (w[3] >> 32 & 1) != 0};
  }
};

// Not value-initialized: pages never written to cost nothing.
Recent::Recent(std::size_t capacity)
    : capacity_(std::bit_floor(std::max(capacity, kLineBytes))),
      ring_(new Line[capacity_ / kLineBytes]),
      head_(capacity_) {}

void Recent::add(Thread& newest, std::uint64_t offset, const Copy& copy, Bytes bytes) {
  const bool kept = bytes.size() <= kLine || offset < kBeginning;
  const std::size_t room = bytes_past_cache(kept ? bytes.size() : 0);
  if (room > capacity_) return;
  std::size_t place = head_ & (capacity_ - 1);
  if (place + room > capacity_) {  // never wraps inside a segment
    head_ += capacity_ - place;
    place = 0;
  }
  const Header header{newest, offset, copy, bytes.size(), kept};
  write_past_cache(at(place), header.words(), kept ? bytes : Bytes{});
  newest = head_;
  head_ += room;
}

Recent::Comparison Recent::compare(Thread newest, std::uint64_t offset, const Copy& copy, Bytes bytes) const {
  Comparison result;
  const std::uint64_t end = offset + bytes.size();
  for (int step = 0; step < kSteps && holds(newest); ++step) {
    const std::size_t place = newest & (capacity_ - 1);
    PastCacheWords words;
    std::memcpy(words.data(), at(place), sizeof words);
    const Header header = Header::of(words);
    if (header.offset + header.length <= offset) break;  // older ones lie even further down
    if (header.offset == offset && header.length == bytes.size() && copy.same_packet(header.copy))
      result.same_packet = true;
    const std::uint64_t from = std::max(offset, header.offset);
    const std::uint64_t to = std::min(end, header.offset + (header.kept ? header.length : 0));
    if (from < to) {
      const std::size_t n = static_cast<std::size_t>(to - from);
      const Bytes before{at(place) + sizeof words + (from - header.offset), n};
      const Bytes now = bytes.subspan(static_cast<std::size_t>(from - offset), n);
      if (const auto i = first_difference(before, now)) result.differs = from + *i;
    }
    newest = header.older;
  }
  return result;
}

}  // namespace mailseal
