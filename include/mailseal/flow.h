// flow: from segments to two ordered byte streams per connection.
//
// Passive reassembly: nobody will resend for us, so a hole that is not filled in
// time is reported as a Gap and life goes on. In-order octets are handed over
// where they lie (no copy); only what arrives early is copied and kept, within
// Limits. Where two copies of the same octets differ, the first seen wins and the
// conflict is reported, since that is how one hides from a sniffer. Octets that no receiver of
// a known connection would take are told as another connection's between the same ports.
//
//   previous: decode.h    next: inspect.h
//
// Units:     stream offsets and lengths in octets from the first octet behind the SYN
//            (or the first one seen); time is the packets' time.
// Ownership: views die with the call; `limits` and `factory` are kept.
// RFC 9293 (TCP), 7413 (data in a SYN).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "mailseal/base/bytes.h"
#include "mailseal/base/limits.h"
#include "mailseal/base/meanwhile.h"
#include "mailseal/base/place.h"
#include "mailseal/decode.h"

namespace mailseal {

/// How much of the beginning was seen.
enum class Beginning : std::uint8_t { Syn, SynAck, Midway };

struct Opening {
  /// The server is whose port is a service, though its SYN be seen, unless that was answered; else who
  /// answers a SYN; else the one seen to speak first: in mail it greets. Only inspect can tell a greeting, and may name
  /// them otherwise.
  FlowKey key;
  Beginning beginning;
  Seen first;
};

struct DataView {
  Side from;
  const Seen& seen;  ///< the packet that carried these octets first; offset is that of bytes[0]
  Bytes bytes;
};

struct Gap {
  enum class Why : std::uint8_t { Missing, CutBySnapLength, Fragment, Limit };
  Side from;
  Seen seen;  ///< the packet that showed it; offset is that of the first missing octet
  std::uint64_t bytes;
  Why why;
};

struct Conflict {
  Side from;
  Seen seen;  ///< the packet with the differing copy; offset of the first differing octet
};

struct SideEnd {
  enum class How : std::uint8_t { Fin, Reset };
  Side from;
  Seen seen;
  How how;
};

enum class CloseReason : std::uint8_t { Ended, Reused, Idle, Evicted, EndOfCapture };

struct SideCounters {
  std::uint64_t packets = 0;
  std::uint64_t payload_bytes = 0;  ///< octets of the stream that were seen, each once
  std::uint64_t retransmitted = 0;  ///< segments that repeat octets and were sent again
  std::uint64_t duplicates = 0;     ///< segments captured twice (a mirror of two ports, "any")
  std::uint64_t superframes = 0;    ///< payloads above 9,000 octets: joined by the interface
  std::uint64_t resets = 0;         ///< packets with RST
};

struct Closed {
  Seen last;  ///< the last packet of the connection
  CloseReason reason;
  std::array<SideCounters, 2> sides;  ///< by Side
  /// Each side's initial sequence number (of its SYN), where that was seen or follows; else 0.
  std::array<std::uint32_t, 2> initial{};
};

enum class Interest : std::uint8_t { More, None };

/// One connection's listener. Calls come in stream order per side, closed() comes last
/// and exactly once, and the handler is destroyed after it. Views die with the call.
class StreamHandler {
 public:
  virtual ~StreamHandler() = default;
  /// Octets may come soon: a moment to fetch from memory what they will need. Changes nothing.
  virtual void expect(Side) const noexcept {}
  /// None: no further data, gap or conflict is wanted; end and closed still come.
  virtual Interest data(const DataView&) = 0;
  virtual void gap(const Gap&) = 0;
  virtual void conflict(const Conflict&) = 0;
  virtual void end(const SideEnd&) = 0;  ///< once per side at most, at its place in the stream
  virtual void closed(const Closed&) = 0;
};

class StreamFactory {
 public:
  virtual ~StreamFactory() = default;
  /// Asked for every segment before anything else; false: dropped without state.
  virtual bool concerns(std::uint16_t from_port, std::uint16_t to_port) const = 0;
  /// Is this the port of a service (so that its side is the server)?
  virtual bool is_service(std::uint16_t port) const = 0;
  /// Asked when there is the first thing to tell of a connection, be it its end. nullptr: not interested.
  virtual std::unique_ptr<StreamHandler> open(const Opening&) = 0;
  /// About how many octets its handlers take that are open, save what has a limit of its own. Asked often.
  virtual std::size_t open_bytes() const noexcept { return 0; }
};

struct FlowCounters {
  std::uint64_t opened = 0, evicted = 0, idle = 0, reused = 0;
};

/// One per shard; not thread-safe, and needs not to be.
class FlowTable {
 public:
  FlowTable(const Limits* limits, StreamFactory* factory);
  ~FlowTable();

  /// What comes from here on was captured at that point. Each direction of a connection belongs to the point that
  /// showed it first; the same from another point is a connection of its own, so that no point's packets pass for
  /// retransmissions of another's, and two points that see one direction each show one connection.
  void captured_at(std::uint32_t point);
  /// Also moves the clock: idle and lingering connections older than the segment end. A time
  /// stamp a minute or more ahead moves it only once the next segment confirms it.
  void feed(const SegmentView&);
  /// Each in turn, but faster: what they need is fetched from memory while others are worked on.
  /// Between two of them `other_work` goes on; nullptr: nobody does.
  void feed(std::span<const SegmentView>, Meanwhile* other_work = nullptr);
  /// A datagram of this connection never became whole: told as a Gap of 0 octets, also where
  /// nothing else was seen of it. Without ports, to every connection between the two hosts, when it next has a packet
  /// or ends.
  void lost(const LostDatagram&);
  void tick(Timestamp now);  ///< runs time-outs by capture time; the caller vouches for it
  void finish();             ///< end of capture: closes what is open, oldest first
  const FlowCounters& counters() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailseal
