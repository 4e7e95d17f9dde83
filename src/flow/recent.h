// Recent: what was handed over lately, so that a later copy can be set against it.
//
// A copy of octets already delivered is nearly always an honest retransmission; where
// it differs, someone tells two stories, one to the receiver and one to us. To see that
// under any segmentation the octets themselves are needed. One ring per table holds
// them, of all connections together: its size is fixed (Limits::recent_bytes), an idle
// connection costs eight octets per side, and a busy one cannot use more than the ring.
// Each side's segments are a thread through the ring, newest first.
//
// Not all is kept: of large segments deep in a stream (bulk: bodies, TLS records) only
// the header, since what decides a session are short lines and its first 64 KiB. What
// was overwritten or not kept is not compared, and no conflict is claimed.
//
// It is written past the cache: it would fill that with what is hardly ever read again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "mailseal/base/bytes.h"
#include "mailseal/base/past_cache.h"
#include "mailseal/base/place.h"

namespace mailseal {

/// How one copy of a segment is told from another.
struct Copy {
  Timestamp time;
  std::uint32_t ip_id;

  /// The same packet captured twice (a mirror of two ports, "any"), rather than sent twice.
  /// Without an identification (IPv6; 0 is also what Linux sends where it may) only the time
  /// tells, and no sender repeats itself within a millisecond.
  bool same_packet(const Copy& b) const {
    using std::chrono::milliseconds;
    if (ip_id != b.ip_id) return false;
    const auto apart = time < b.time ? b.time - time : time - b.time;
    return apart <= (ip_id == 0 ? milliseconds{1} : milliseconds{100});
  }
};

/// Where two runs of equal length first differ.
std::optional<std::size_t> first_difference(Bytes, Bytes);

class Recent {
 public:
  explicit Recent(std::size_t capacity);

  /// The newest segment of one side's thread; 0: none.
  using Thread = std::uint64_t;

  void add(Thread&, std::uint64_t offset, const Copy&, Bytes);

  struct Comparison {
    bool same_packet = false;              ///< the very segment, captured twice
    std::optional<std::uint64_t> differs;  ///< offset of the first octet that does
  };
  Comparison compare(Thread, std::uint64_t offset, const Copy&, Bytes) const;

 private:
  struct Header;
  struct alignas(kLineBytes) Line {
    std::byte octets[kLineBytes];
  };
  std::byte* at(std::size_t place) const { return reinterpret_cast<std::byte*>(ring_.get()) + place; }
  bool holds(Thread at) const { return at != 0 && at + capacity_ >= head_; }

  std::size_t capacity_;  ///< a power of two, the largest that was allowed
  std::unique_ptr<Line[]> ring_;
  std::uint64_t head_;  ///< where the next segment goes; only ever grows, the place is modulo capacity
};

}  // namespace mailseal
