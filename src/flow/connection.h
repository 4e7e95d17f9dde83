// Connection: two byte streams out of the segments of one connection.
//
// One per entry of the table. It knows sequence numbers, holes and copies; it does not
// know other connections, the clock of the capture, or mail. All positions are 64-bit
// offsets; sequence numbers are turned into them at the door, near what is expected next
// (RFC 9293 section 3.4: arithmetic modulo 2^32), so no later code can get a wrap wrong.
//
// It refuses to guess: octets are delivered at their exact offset or told as missing,
// and the first copy seen is the one delivered.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>

#include "mailseal/base/fetch.h"
#include "mailseal/flow.h"
#include "recent.h"

namespace mailseal {

/// What the connections of one table share.
struct Common {
  const Limits& limits;
  Recent recent;
  std::size_t early_bytes = 0;  ///< of all connections; against Limits::reorder_bytes_total
};

/// Octets that came before their turn, or a place where the snap length cut them off.
struct Chunk {
  std::uint64_t length;
  std::unique_ptr<std::byte[]> bytes;  ///< null: cut
  Seen seen;                           ///< of the packet that carried them first
  Copy copy;

  /// What it is charged with; never nothing, so the number of chunks is bounded too.
  std::size_t cost() const { return 160 + (bytes ? static_cast<std::size_t>(length) : 0); }
};

/// What one side needs only while something is missing; most sides never do.
struct Early {
  std::map<std::uint64_t, Chunk> chunks;  ///< by offset, never overlapping, all beyond Half::next
  std::size_t bytes = 0;                  ///< what the chunks are charged with
  std::optional<Seen> fin;                ///< seen, but octets before it are missing
  // An acknowledged hole that may still be filled:
  std::uint64_t awaited = 0;  ///< its end; nothing is awaited unless beyond Half::next
  Seen shown;                 ///< the packet that acknowledged it
  std::uint64_t due = 0;      ///< Half::next when this was last looked at
  std::uint64_t packets = 0;  ///< of this side when `due` last moved
};

/// One direction. What every segment needs comes first, in one cache line.
struct alignas(64) Half {
  enum class Base : std::uint8_t { Unknown, Guessed, Exact };
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  std::uint32_t base = 0;  ///< sequence number of offset 0
  Base known = Base::Unknown;
  bool ended = false;           ///< end() was told
  bool stray_told = false;      ///< octets no receiver would take were told
  bool reset_when_due = false;  ///< by a RST behind all its octets, which are known from the first
  std::uint64_t next = 0;       ///< offset that is due; all before was delivered or given up
  std::uint64_t acked = 0;      ///< the other side has all before this one
  Recent::Thread recent = 0;
  SideCounters counters;
  std::uint64_t fin_at = kNever;   ///< offset of the FIN
  std::uint64_t over_at = kNever;  ///< nothing can follow from here: FIN or RST
  std::unique_ptr<Early> early;

  std::int64_t offset(std::uint32_t sequence) const;
  bool refuses(std::int64_t begin, std::int64_t end) const;  ///< no receiver would take these octets
  std::uint64_t proven() const;                              ///< where the octets end that this side must have sent
  bool untold() const { return next == 0 && !ended && (!early || early->chunks.empty()); }
  std::uint32_t initial() const { return known == Base::Exact ? base - 1 : 0; }  ///< 0: not known
  void locate(std::uint32_t first, Base how) { base = first, known = how; }
};

/// A SYN, or its answer, that counts from elsewhere than a connection that is not over: the next one
/// between the same ports, or forged. What follows tells.
struct Claim {
  Side from;
  Seen seen;
  std::uint32_t seq, ip_id;
  std::optional<std::uint32_t> ack;  ///< of a SYN-ACK
  std::uint32_t octets;              ///< that the SYN carried (RFC 7413); not kept, the numbers will show them
};

/// A connection of which there is nothing to tell yet: most of a scan's. A listener costs ten times as much.
struct Unopened {
  StreamFactory& factory;
  Opening opening;
  std::array<std::optional<SideEnd>, 2> ends{};  ///< in the order in which they came
};

class Connection {
 public:
  /// Does a segment begin another connection between the same ports? Anybody can forge one, so it
  /// only claims to, until the other side confirms it or the new numbers go on and the old do not.
  enum class Renewal : std::uint8_t { None, Claimed, Shown, Confirmed };

  Connection(Common* common, StreamFactory* factory, const Opening& opening);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Shown: this segment is the first of another. Confirmed: the claim() is.
  Renewal renewal(Side from, const SegmentView&) const;
  void claimed_by(Side from, const SegmentView&);
  /// The segment that claimed; call when it is confirmed, by this one.
  SegmentView claim(Side from, const SegmentView&) const;
  /// Does it stand where this connection is, however long that was silent?
  bool continued_by(Side from, const SegmentView&) const;
  /// Octets come: is there a listener?
  void meet(const SegmentView&);
  /// Octets that are not this connection's, by their numbers.
  bool strays(Side from, const SegmentView&) const;
  void doubt_stray(Side from, const SegmentView&);
  /// How far its numbers are from what is expected next; of several connections the nearest is meant.
  std::uint64_t distance(Side from, const SegmentView&) const;
  /// Does it answer the SYN of whom the ports, against that SYN, made the server? Then the SYN was right.
  bool turned_by(Side from, const SegmentView&) const;
  bool untold() const;  ///< nobody was told of it, and nothing is held to be told
  void turn();          ///< client and server change places; only while untold()
  void accept(Side from, const SegmentView&);
  /// True: the segment is what was due, octets or an acknowledgement, on a connection of which nothing
  /// else is to be known, and was accepted, with less ado. Most segments are. False: nothing was done.
  bool accept_due(Side from, const SegmentView&);
  void lost(Side from, Seen);
  /// Both sides have ended, or one reset it: only late packets can follow.
  bool over() const { return reset_ || (halves_[0].fin_at != Half::kNever && halves_[1].fin_at != Half::kNever); }
  /// Both sides ended in order, each by a FIN that the other has acknowledged or by a RST, behind which it has nothing
  /// more to say: nothing but copies can follow, so the handler need not wait for the linger time.
  bool settled() const;
  /// Octets behind an end that was settled: whose they are, they are not this connection's.
  bool beyond_settled(Side from, const SegmentView&) const;
  /// A segment will come soon: first it is fetched itself, then the handler, then what that needs.
  void fetch_busy() const {
    fetch<1>(this);
    for (const Half& h : halves_) fetch<1>(&h);
  }
  bool shows(Side side) const { return half(side).counters.packets > 0; }
  std::uint64_t packets() const { return halves_[0].counters.packets + halves_[1].counters.packets; }
  void fetch_handler() const { fetch<kHandlerBytes>(handler_.get()); }
  void expect(Side from) const {
    if (handler_) handler_->expect(from);
  }
  Timestamp newest() const { return newest_; }
  void close(CloseReason);

 private:
  static constexpr std::size_t kHandlerBytes = 128;  ///< of a handler, its beginning is what is used most

  struct PieceView;
  struct Repeats;

  Half& half(Side side) { return halves_[static_cast<std::size_t>(side)]; }
  const Half& half(Side side) const { return halves_[static_cast<std::size_t>(side)]; }
  bool muted() const { return !wanted_; }
  bool is_plain() const;

  void place_ends(Side from, const SegmentView&);
  void receive(Side from, const SegmentView&);
  void take(Side from, PieceView, Repeats&);
  void keep(Half&, const PieceView&);
  void deliver(Side from, const PieceView&);
  void drain(Side from);
  void skip(Side from, Seen, std::uint64_t bytes, Gap::Why);
  void give_up(Side from, std::uint64_t to, Gap::Why);
  void bound(Side from);
  void watch(Side from, const Seen& now);
  void finish_side(Side from, const SegmentView&);
  void end(Side from, Seen, std::uint64_t offset, SideEnd::How);
  void conflict(Side from, Seen, std::uint64_t offset);
  bool confirms(Side from, const SegmentView&) const;
  StreamHandler* listener();
  void drop_claim() {
    claimed_ = false;
    claim_.reset();
  }
  void mute();
  void flush();

  std::unique_ptr<StreamHandler> handler_;  ///< null: not opened yet, not wanted, or closed
  Common* common_;
  Seen last_;           ///< the last packet
  Timestamp newest_{};  ///< the latest time on any packet
  bool reset_ = false;
  bool closed_ = false;   ///< the handler was told; what still comes is only recognized
  bool wanted_ = true;    ///< data is still wanted
  bool plain_ = false;    ///< is_plain(), as of the last packet or call
  bool claimed_ = false;  ///< claim_ is there
  std::array<Half, 2> halves_;
  std::unique_ptr<Claim> claim_;        ///< see claimed_
  std::unique_ptr<Unopened> unopened_;  ///< until the handler is opened
};

}  // namespace mailseal
