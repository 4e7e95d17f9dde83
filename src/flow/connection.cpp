#include "connection.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <tuple>
#include <utility>

namespace mailseal {
namespace {

/// The largest window there is (RFC 7323 section 2.3: shift 14): nothing further ahead
/// can have been accepted by a receiver.
constexpr std::int64_t kWindow = std::int64_t{1} << 30;
/// A RST may stand this far behind: it answers an older segment.
constexpr std::int64_t kResetBehind = std::int64_t{1} << 24;
/// Larger holes right behind a SYN-ACK are none: the SYN-ACK was wrong.
constexpr std::int64_t kFirstFlight = std::int64_t{1} << 24;
/// A stream joined midway may turn out to have begun this much earlier; and what a connection
/// says after a long silence is this near to what it said before.
constexpr std::int64_t kNear = std::int64_t{1} << 20;
/// Octets this far before those of a stream joined midway may be sent again: the window of most.
constexpr std::int64_t kSentBefore = std::int64_t{1} << 16;
/// Segments of the same side after which an acknowledged hole will not be filled any more.
constexpr std::uint64_t kHolePackets = 64;
/// Larger payloads were joined by an interface (GSO, GRO): no wire carries them.
constexpr std::size_t kJumbo = 9000;

Seen at(Seen seen, Side side, std::uint64_t offset) {
  seen.side = side;
  seen.offset = offset;
  return seen;
}

}  // namespace

/// A run of one segment's octets, or of octets cut from it.
struct Connection::PieceView {
  std::int64_t begin;  ///< offset; below 0 lies before the beginning
  std::uint64_t length;
  const std::byte* bytes;  ///< null: cut
  Seen seen;
  Copy copy;

  PieceView part(std::uint64_t from, std::uint64_t n) const {
    return {begin + static_cast<std::int64_t>(from), n, bytes ? bytes + from : nullptr, seen, copy};
  }
  Bytes view() const { return {bytes, bytes ? static_cast<std::size_t>(length) : 0}; }
};

/// What a segment was found to repeat.
struct Connection::Repeats {
  std::uint64_t fresh = 0;  ///< octets not seen before
  bool any = false, same_packet = false;
  std::optional<std::uint64_t> differs;

  void differ(std::uint64_t offset) { differs = std::min(offset, differs.value_or(offset)); }
};

std::int64_t Half::offset(std::uint32_t sequence) const {
  const auto ahead = static_cast<std::int32_t>(sequence - (base + static_cast<std::uint32_t>(next)));
  return static_cast<std::int64_t>(next) + ahead;
}

bool Half::refuses(std::int64_t begin, std::int64_t end) const {
  const auto due = static_cast<std::int64_t>(next);
  if (begin - due > kWindow || due - end > kWindow) return true;
  if (end > 0) return false;
  if (known == Base::Exact) return true;
  return counters.payload_bytes == 0 ? !untold() || -begin > kNear : -end > kSentBefore;
}

// The FIN has a number of its own, so an acknowledgement of all is one larger.
std::uint64_t Half::proven() const { return fin_at != kNever && acked == fin_at + 1 ? fin_at : acked; }

Connection::Connection(Common* common, StreamFactory* factory, const Opening& opening)
    : common_(common), last_(opening.first), unopened_(std::make_unique<Unopened>(Unopened{*factory, opening})) {}

Connection::~Connection() { mute(); }

Connection::Renewal Connection::renewal(Side from, const SegmentView& s) const {
  if (claimed_ && confirms(from, s)) return Renewal::Confirmed;
  const Half &mine = half(from), &theirs = half(other(from));
  const bool moved = mine.known != Half::Base::Unknown && mine.base != s.seq + 1;
  const Renewal another = over() ? Renewal::Shown : Renewal::Claimed;
  if (s.syn && !s.has_ack) {
    // Of two SYNs that cross, one may be forged, whichever came first.
    if (moved || mine.known == Half::Base::Unknown) return another;
    return mine.known == Half::Base::Guessed && mine.untold() && theirs.untold() ? Renewal::Shown : Renewal::None;
  }
  // The SYN was not captured; that the answer counts from elsewhere on both sides tells it.
  if (s.syn) return moved && (theirs.known == Half::Base::Unknown || theirs.base != s.ack) ? another : Renewal::None;
  // Neither was its answer.
  if (!over() || s.rst || s.payload.empty() || !moved) return Renewal::None;
  const std::int64_t ahead = mine.offset(s.seq) - static_cast<std::int64_t>(mine.next);
  return ahead > kWindow || ahead < -kWindow ? Renewal::Shown : Renewal::None;
}

/// RFC 9293 section 3.5: a SYN is confirmed by a SYN-ACK of it. Where that was not captured, or is what
/// claims, by the segment that comes next in the new numbering and has no place in the old.
bool Connection::confirms(Side from, const SegmentView& s) const {
  const Claim& claim = *claim_;
  const bool answer = from != claim.from;
  if (s.rst) return false;
  // Who answers with the number of an earlier SYN opened at the same time (RFC 9293 section 3.5, figure 8).
  if (s.syn)
    return answer && s.has_ack && !claim.ack && s.ack - (claim.seq + 1) <= claim.octets &&
           (half(from).known != Half::Base::Exact || half(from).base != s.seq + 1);
  if (continued_by(from, s)) return false;
  if (answer) return s.has_ack && s.ack == claim.seq + 1 && (!claim.ack || s.seq == *claim.ack);
  return s.seq == claim.seq + 1 && (!claim.ack || (s.has_ack && s.ack - *claim.ack <= kNear));
}

void Connection::claimed_by(Side from, const SegmentView& s) {
  if (claimed_ && claim_->from == from && claim_->seq == s.seq && claim_->ack.has_value() == s.has_ack) return;
  plain_ = false;
  claim_ = std::make_unique<Claim>(
      Claim{from, s.seen, s.seq, s.ip_id, std::nullopt, static_cast<std::uint32_t>(s.payload.size()) + s.cut_bytes});
  if (s.has_ack) claim_->ack = s.ack;
  claimed_ = true;
}

SegmentView Connection::claim(Side from, const SegmentView& confirming) const {
  SegmentView s;
  s.from = from == claim_->from ? confirming.from : confirming.to;
  s.to = from == claim_->from ? confirming.to : confirming.from;
  s.seen = claim_->seen;
  s.seq = claim_->seq;
  s.syn = true;
  s.has_ack = claim_->ack.has_value();
  s.ack = claim_->ack.value_or(0);
  s.ip_id = claim_->ip_id;
  return s;
}

bool Connection::continued_by(Side from, const SegmentView& s) const {
  const Half &mine = half(from), &theirs = half(other(from));
  const auto near = [](const Half& h, std::uint32_t sequence) {
    const std::int64_t ahead = h.offset(sequence) - static_cast<std::int64_t>(h.next);
    return ahead >= -kNear && ahead <= kNear;
  };
  if (mine.known != Half::Base::Unknown) return near(mine, s.seq);
  return s.has_ack && theirs.known != Half::Base::Unknown && near(theirs, s.ack);
}

bool Connection::strays(Side from, const SegmentView& s) const {
  const Half& mine = half(from);
  const auto total = static_cast<std::int64_t>(s.payload.size() + s.cut_bytes);
  if (total == 0 || s.rst || mine.known == Half::Base::Unknown) return false;
  const std::int64_t begin = mine.offset(s.seq + (s.syn ? 1 : 0)), end = begin + total;
  const bool probe = total == 1 && end == static_cast<std::int64_t>(mine.next);
  // What nobody listens to must not swallow others': two forged packets would be enough.
  const bool refused = !handler_ && !unopened_ && !closed_;
  const auto due = static_cast<std::int64_t>(mine.next);
  return !probe && (mine.refuses(begin, end) || (refused && begin != due && (begin < 0 || end > due)));
}

void Connection::meet(const SegmentView& s) {
  if (!s.payload.empty() || s.cut_bytes != 0) listener();
}

void Connection::doubt_stray(Side from, const SegmentView& s) {
  if (!std::exchange(half(from).stray_told, true)) conflict(from, s.seen, half(from).next);
}

std::uint64_t Connection::distance(Side from, const SegmentView& s) const {
  constexpr std::uint64_t kFar = std::uint64_t{1} << 32;
  const auto apart = [](const Half& h, std::uint32_t sequence) {
    if (h.known == Half::Base::Unknown) return kFar;
    const std::int64_t ahead = h.offset(sequence) - static_cast<std::int64_t>(h.next);
    return static_cast<std::uint64_t>(ahead < 0 ? -ahead : ahead);
  };
  if (strays(from, s)) return 4 * kFar;
  return apart(half(from), s.seq + (s.syn ? 1 : 0)) + (s.has_ack ? apart(half(other(from)), s.ack) : kFar);
}

bool Connection::turned_by(Side from, const SegmentView& s) const {
  const Half& theirs = half(other(from));
  return unopened_ && from == Side::Client && s.syn && s.has_ack && half(from).known == Half::Base::Unknown &&
         theirs.known == Half::Base::Exact && theirs.base == s.ack;
}

void Connection::turn() {
  Opening& opening = unopened_->opening;
  std::swap(opening.key.client, opening.key.server);
  opening.first.side = other(opening.first.side);
  opening.beginning = Beginning::Syn;
  last_.side = other(last_.side);
  for (auto& told : unopened_->ends)
    if (told) told->from = told->seen.side = other(told->from);
  std::swap(halves_[0], halves_[1]);
  drop_claim();
}

void Connection::accept(Side from, const SegmentView& s) {
  newest_ = std::max(newest_, s.seen.time);
  Half &mine = half(from), &theirs = half(other(from));
  if (claimed_ && continued_by(from, s)) {  // it was forged, or meant for nobody
    conflict(claim_->from, claim_->seen, half(claim_->from).next);
    drop_claim();
  }
  ++mine.counters.packets;
  mine.counters.resets += s.rst;
  place_ends(from, s);
  last_ = at(s.seen, from, static_cast<std::uint64_t>(std::max<std::int64_t>(mine.offset(s.seq), 0)));
  if (!s.rst) receive(from, s);  // octets in a RST are a remark (RFC 1122 section 4.2.2.12), not of the stream
  finish_side(from, s);
  if (s.has_ack) {
    const std::int64_t ack = theirs.offset(s.ack);
    if (ack - static_cast<std::int64_t>(theirs.next) <= kWindow && ack > static_cast<std::int64_t>(theirs.acked))
      theirs.acked = static_cast<std::uint64_t>(ack);
  }
  watch(from, s.seen);
  watch(other(from), s.seen);
  plain_ = is_plain();
}

/// Both beginnings are known, nothing is missing or came early, nobody ended or claims another connection.
bool Connection::is_plain() const {
  return wanted_ && handler_ && !reset_ && !claimed_ && std::all_of(halves_.begin(), halves_.end(), [](const Half& h) {
           return h.known != Half::Base::Unknown && !h.early && !h.ended && h.over_at == Half::kNever &&
                  h.acked <= h.next;
         });
}

// Step by step what accept() does with such a segment.
bool Connection::accept_due(Side from, const SegmentView& s) {
  Half &mine = half(from), &theirs = half(other(from));
  if (!plain_ || s.syn || s.fin || s.rst || !s.has_ack || s.cut_bytes != 0 || s.payload.size() > kJumbo) return false;
  if (s.seq != mine.base + static_cast<std::uint32_t>(mine.next)) return false;
  const std::int64_t acked = theirs.offset(s.ack);
  if (acked < 0 || acked > static_cast<std::int64_t>(theirs.next)) return false;
  theirs.acked = std::max(theirs.acked, static_cast<std::uint64_t>(acked));
  newest_ = std::max(newest_, s.seen.time);
  ++mine.counters.packets;
  last_ = at(s.seen, from, mine.next);
  if (s.payload.empty()) return true;
  mine.next += s.payload.size();
  mine.counters.payload_bytes += s.payload.size();
  common_->recent.add(mine.recent, last_.offset, {s.seen.time, s.ip_id}, s.payload);
  if (handler_->data({from, last_, s.payload}) == Interest::None) mute();
  return true;
}

/// Finds the sequence number of offset 0 on both sides, as well as it can be known.
void Connection::place_ends(Side from, const SegmentView& s) {
  Half &mine = half(from), &theirs = half(other(from));
  const std::uint32_t first = s.seq + (s.syn ? 1 : 0);
  const bool empty = s.payload.empty() && s.cut_bytes == 0;
  if (mine.known == Half::Base::Unknown) {
    // RFC 9293 section 3.5.2: a RST that answers a SYN has sequence number 0, not one of its own.
    if (!s.rst) mine.locate(first, s.syn ? Half::Base::Exact : Half::Base::Guessed);
  } else if (mine.base != first) {
    if (s.syn && mine.known == Half::Base::Guessed && mine.untold()) {
      const std::int64_t acked = mine.offset(mine.base) - mine.offset(first) + static_cast<std::int64_t>(mine.acked);
      mine.locate(first, Half::Base::Exact);
      mine.acked = acked <= kWindow ? static_cast<std::uint64_t>(std::max(acked, std::int64_t{0})) : 0;
    } else if (s.syn && s.has_ack) {
      conflict(from, s.seen, mine.next);
    } else if (mine.known == Half::Base::Guessed && mine.untold() && !empty) {
      // An acknowledgement overtook the octets it is for: the stream begins with them.
      const std::int64_t before = -mine.offset(first);
      const bool probe = before == 1 && s.payload.size() <= 1;
      if (before > 0 && before <= kNear && !probe) {
        mine.locate(first, Half::Base::Guessed);
        mine.acked += static_cast<std::uint64_t>(before);
      }
    }
  }
  if (!s.has_ack) return;
  if (theirs.known == Half::Base::Unknown) {
    theirs.locate(s.ack, s.syn ? Half::Base::Exact : Half::Base::Guessed);
  } else if (from == Side::Client && theirs.untold() && theirs.acked == 0 && !s.rst &&
             mine.base + static_cast<std::uint32_t>(mine.next) == first) {
    // The server sent nothing yet as far as seen, but the client counts from elsewhere: it is
    // right, and the SYN-ACK that was seen is not the one that it got.
    const std::int64_t ahead = theirs.offset(s.ack);
    if (ahead > kFirstFlight || ahead < 0) {
      theirs.locate(s.ack, Half::Base::Guessed);
      conflict(other(from), s.seen, 0);
    }
  }
}

void Connection::receive(Side from, const SegmentView& s) {
  Half& mine = half(from);
  const std::uint64_t total = s.payload.size() + s.cut_bytes;
  if (total == 0) return;
  if (total > kJumbo) ++mine.counters.superframes;
  const std::int64_t begin = mine.offset(s.seq + (s.syn ? 1 : 0));
  const std::int64_t end = begin + static_cast<std::int64_t>(total);
  const auto next = static_cast<std::int64_t>(mine.next);
  // RFC 9293 section 3.8.4: a keep-alive has SEG.SEQ = SND.NXT-1 "and may or may not contain one
  // garbage octet of data". Behind a FIN that is the FIN's own number.
  const bool after_fin = mine.ended && mine.fin_at == mine.next && begin == next;
  const bool probe = total == 1 && (end == next || after_fin);
  if (probe && after_fin) return;
  // A receiver would not take it; what does a second story told to us look like? This.
  const bool stray = mine.refuses(begin, end);
  const bool before = begin < 0 && mine.known == Half::Base::Exact;
  if (stray || before ||
      (mine.over_at != Half::kNever && end > next && end > static_cast<std::int64_t>(mine.over_at))) {
    if (!probe) doubt_stray(from, s);
    if (stray) return;
  }

  Repeats repeats;
  if (!muted()) {
    const Copy copy{s.seen.time, s.ip_id};
    take(from, {begin, s.payload.size(), s.payload.data(), s.seen, copy}, repeats);
    if (s.cut_bytes != 0)
      take(from, {begin + static_cast<std::int64_t>(s.payload.size()), s.cut_bytes, nullptr, s.seen, copy}, repeats);
    drain(from);
    bound(from);
  } else {
    repeats.any = begin < next;
    repeats.fresh = static_cast<std::uint64_t>(std::max(end - std::max(begin, next), std::int64_t{0}));
  }
  if (muted()) mine.next = std::max(mine.next, static_cast<std::uint64_t>(std::max(end, std::int64_t{0})));

  mine.counters.payload_bytes += repeats.fresh;
  if (repeats.same_packet && repeats.fresh == 0)
    ++mine.counters.duplicates;
  else if (repeats.any && !probe)
    ++mine.counters.retransmitted;
  if (repeats.differs && !probe) conflict(from, s.seen, *repeats.differs);
}

/// Cuts a piece at what is known already: that is compared, the rest delivered or kept.
void Connection::take(Side from, PieceView piece, Repeats& repeats) {
  Half& mine = half(from);
  std::uint64_t n = 0;
  for (; piece.length > 0 && !muted(); piece = piece.part(n, piece.length - n)) {
    n = piece.length;
    if (piece.begin < static_cast<std::int64_t>(mine.next)) {
      n = std::min(n, mine.next - static_cast<std::uint64_t>(piece.begin));
      repeats.any = true;
      if (piece.begin < 0) n = std::min(n, static_cast<std::uint64_t>(-piece.begin));
      if (piece.begin < 0 || !piece.bytes) continue;
      const auto found = common_->recent.compare(mine.recent, static_cast<std::uint64_t>(piece.begin), piece.copy,
                                                 piece.part(0, n).view());
      repeats.same_packet |= found.same_packet;
      if (found.differs) repeats.differ(*found.differs);
      continue;
    }
    const auto begin = static_cast<std::uint64_t>(piece.begin);
    if (mine.early && !mine.early->chunks.empty()) {
      auto& chunks = mine.early->chunks;
      const auto after = chunks.upper_bound(begin);
      if (after != chunks.begin()) {
        const auto& [start, chunk] = *std::prev(after);
        if (begin < start + chunk.length) {
          n = std::min(n, start + chunk.length - begin);
          repeats.any = true;
          repeats.same_packet |= start == begin && chunk.length == piece.length && piece.copy.same_packet(chunk.copy);
          if (!piece.bytes || !chunk.bytes) continue;
          const Bytes before{&chunk.bytes[begin - start], static_cast<std::size_t>(n)};
          if (const auto i = first_difference(before, piece.part(0, n).view())) repeats.differ(begin + *i);
          continue;
        }
      }
      if (after != chunks.end()) n = std::min(n, after->first - begin);
    }
    if (piece.bytes) repeats.fresh += n;
    if (begin == mine.next)
      deliver(from, piece.part(0, n));
    else
      keep(mine, piece.part(0, n));
  }
}

void Connection::keep(Half& mine, const PieceView& piece) {
  if (!mine.early) mine.early = std::make_unique<Early>();
  Chunk chunk{piece.length, nullptr, piece.seen, piece.copy};
  if (piece.bytes) {
    chunk.bytes.reset(new std::byte[piece.length]);
    std::memcpy(chunk.bytes.get(), piece.bytes, piece.length);
  }
  mine.early->bytes += chunk.cost();
  common_->early_bytes += chunk.cost();
  mine.early->chunks.emplace(static_cast<std::uint64_t>(piece.begin), std::move(chunk));
}

void Connection::deliver(Side from, const PieceView& piece) {
  Half& mine = half(from);
  if (!piece.bytes) return skip(from, piece.seen, piece.length, Gap::Why::CutBySnapLength);
  const std::uint64_t offset = mine.next;
  mine.next += piece.length;
  common_->recent.add(mine.recent, offset, piece.copy, piece.view());
  StreamHandler* const to = listener();
  if (to && to->data({from, at(piece.seen, from, offset), piece.view()}) == Interest::None) mute();
}

/// Delivers what was early and is due now; then the end, if this is where it is.
void Connection::drain(Side from) {
  Half& mine = half(from);
  while (mine.early && !mine.early->chunks.empty() && mine.early->chunks.begin()->first == mine.next) {
    const auto due = mine.early->chunks.extract(mine.early->chunks.begin());
    const Chunk& chunk = due.mapped();
    mine.early->bytes -= chunk.cost();
    common_->early_bytes -= chunk.cost();
    deliver(from, {static_cast<std::int64_t>(due.key()), chunk.length, chunk.bytes.get(), chunk.seen, chunk.copy});
  }
  if (mine.early && mine.early->fin && mine.next >= mine.fin_at)
    end(from, *mine.early->fin, mine.fin_at, SideEnd::How::Fin);
}

void Connection::skip(Side from, Seen seen, std::uint64_t bytes, Gap::Why why) {
  Half& mine = half(from);
  const std::uint64_t offset = mine.next;
  mine.next += bytes;
  if (StreamHandler* const to = listener()) to->gap({from, at(seen, from, offset), bytes, why});
}

/// The hole that is due, up to `to`, will not be filled.
void Connection::give_up(Side from, std::uint64_t to, Gap::Why why) {
  Half& mine = half(from);
  while (mine.next < to && mine.early) {
    Seen shown = mine.early->shown;
    std::uint64_t end = to;
    if (const auto& chunks = mine.early->chunks; !chunks.empty() && chunks.begin()->first <= to) {
      shown = chunks.begin()->second.seen;
      end = chunks.begin()->first;
    }
    skip(from, shown, end - mine.next, why);
    drain(from);
  }
}

/// Keeps to the limits by giving up the oldest holes.
void Connection::bound(Side from) {
  Half& mine = half(from);
  while (mine.early && !mine.early->chunks.empty() &&
         (mine.early->bytes > common_->limits.reorder_bytes_per_flow ||
          common_->early_bytes > common_->limits.reorder_bytes_total)) {
    const std::uint64_t end = mine.early->chunks.begin()->first;
    give_up(from, end, mine.acked >= end ? Gap::Why::Missing : Gap::Why::Limit);
  }
  assert(!mine.early || mine.early->bytes <= common_->limits.reorder_bytes_per_flow);
  assert(common_->early_bytes <= common_->limits.reorder_bytes_total);
}

/// An acknowledged hole is a packet that was sent and not captured, or not yet: in captures
/// an acknowledgement may stand before its data. So there is some patience, by time and by packets.
void Connection::watch(Side from, const Seen& now) {
  Half& mine = half(from);
  const std::uint64_t proven = mine.proven();
  if (proven > mine.next && wanted_) {
    if (!mine.early) mine.early = std::make_unique<Early>();
    Early& early = *mine.early;
    if (early.awaited <= mine.next) {
      early.awaited = proven;
      early.shown = now;
      early.due = mine.next;
      early.packets = mine.counters.packets;
      return;
    }
    // A hole that is being filled, be it by single octets, is not given up for their number.
    if (std::exchange(early.due, mine.next) != mine.next) early.packets = mine.counters.packets;
    if (now.time - early.shown.time < common_->limits.hole_patience &&
        mine.counters.packets - early.packets < kHolePackets)
      return;
    give_up(from, early.awaited, Gap::Why::Missing);
  }
  if (mine.early && mine.early->chunks.empty() && !mine.early->fin && mine.early->awaited <= mine.next)
    mine.early.reset();
}

void Connection::finish_side(Side from, const SegmentView& s) {
  Half& mine = half(from);
  if (s.fin && mine.fin_at == Half::kNever) {
    const std::int64_t offset =
        mine.offset(s.seq + (s.syn ? 1 : 0) + static_cast<std::uint32_t>(s.payload.size()) + s.cut_bytes);
    const std::int64_t ahead = offset - static_cast<std::int64_t>(mine.next);
    if (offset >= 0 && ahead <= kWindow && ahead >= -kWindow) {
      mine.fin_at = static_cast<std::uint64_t>(offset);
      mine.over_at = std::min(mine.over_at, mine.fin_at);
      if (mine.next >= mine.fin_at || muted()) {
        end(from, s.seen, mine.fin_at, SideEnd::How::Fin);
      } else {
        if (!mine.early) mine.early = std::make_unique<Early>();
        mine.early->fin = s.seen;
      }
    }
  }
  if (!s.rst) return;
  std::int64_t ahead = mine.offset(s.seq) - static_cast<std::int64_t>(mine.next);
  if (mine.known == Half::Base::Unknown || ahead > kWindow || ahead < -kResetBehind) {
    if (mine.known == Half::Base::Exact) return;
    ahead = 0;
  }
  reset_ = true;
  mine.reset_when_due = ahead == 0 && mine.known == Half::Base::Exact;
  const std::uint64_t offset = mine.next + static_cast<std::uint64_t>(std::max(ahead, std::int64_t{0}));
  mine.over_at = std::min(mine.over_at, offset);
  if (mine.fin_at == Half::kNever) end(from, s.seen, offset, SideEnd::How::Reset);
}

void Connection::end(Side from, Seen seen, std::uint64_t offset, SideEnd::How how) {
  Half& mine = half(from);
  if (mine.early) mine.early->fin.reset();
  if (std::exchange(mine.ended, true)) return;
  const SideEnd told{from, at(seen, from, offset), how};
  if (unopened_)
    unopened_->ends[unopened_->ends[0] ? 1 : 0] = told;
  else if (handler_)
    handler_->end(told);
}

void Connection::conflict(Side from, Seen seen, std::uint64_t offset) {
  if (StreamHandler* const to = listener()) to->conflict({from, at(seen, from, offset)});
}

void Connection::lost(Side from, Seen seen) {
  if (half(from).ended) return;
  if (StreamHandler* const to = listener()) to->gap({from, at(seen, from, half(from).next), 0, Gap::Why::Fragment});
}

/// Whom to tell; opened when the first thing is to be told. Null: nobody, or nobody any more.
StreamHandler* Connection::listener() {
  if (const std::unique_ptr<Unopened> now = std::move(unopened_)) {
    handler_ = now->factory.open(now->opening);
    if (!handler_) mute();
    for (const auto& told : now->ends)
      if (told && handler_) handler_->end(*told);
  }
  return wanted_ ? handler_.get() : nullptr;
}

/// Nobody wants data any more: nothing is kept, only counted.
void Connection::mute() {
  wanted_ = plain_ = false;
  for (Half& side : halves_) {
    if (!side.early) continue;
    common_->early_bytes -= side.early->bytes;
    side.early->bytes = 0;
    side.early->chunks.clear();
  }
}

/// Everything still held, in the order in which it was captured, holes told.
void Connection::flush() {
  for (;;) {
    std::optional<Side> first;
    for (const Side side : {Side::Client, Side::Server}) {
      const Half& h = half(side);
      if (!h.early || h.early->chunks.empty()) continue;
      if (!first || precedes(h.early->chunks.begin()->second.seen, half(*first).early->chunks.begin()->second.seen))
        first = side;
    }
    if (!first) break;
    give_up(*first, half(*first).early->chunks.begin()->first, Gap::Why::Missing);
  }
  for (const Side side : {Side::Client, Side::Server}) {
    Half& h = half(side);
    if (!h.early) continue;
    // What was acknowledged and never seen; and what lies before a FIN.
    const std::uint64_t to = h.early->fin ? std::max(h.fin_at, h.proven()) : h.proven();
    if (h.early->fin && h.early->awaited <= h.next) h.early->shown = *h.early->fin;
    if (wanted_) give_up(side, to, Gap::Why::Missing);
    if (h.early->fin) end(side, *h.early->fin, h.fin_at, SideEnd::How::Fin);
  }
}

bool Connection::settled() const {
  return !closed_ && std::all_of(halves_.begin(), halves_.end(), [](const Half& h) {
    const bool all_given = h.ended && h.next == h.over_at && (!h.early || h.early->chunks.empty());
    return all_given && (h.fin_at == Half::kNever ? h.reset_when_due : h.acked > h.fin_at);
  });
}

bool Connection::beyond_settled(Side from, const SegmentView& s) const {
  if (!closed_ || s.payload.empty()) return false;
  const Half& h = half(from);
  return h.offset(s.seq) + static_cast<std::int64_t>(s.payload.size()) > static_cast<std::int64_t>(h.over_at);
}

bool Connection::untold() const {
  return unopened_ &&
         std::none_of(halves_.begin(), halves_.end(), [](const Half& h) { return h.early || h.acked > 0; });
}

void Connection::close(CloseReason reason) {
  closed_ = true;
  plain_ = false;
  listener();
  if (!handler_) return;
  flush();
  handler_->closed(
      {last_, reason, {halves_[0].counters, halves_[1].counters}, {halves_[0].initial(), halves_[1].initial()}});
  handler_.reset();
  wanted_ = false;
}

}  // namespace mailseal
