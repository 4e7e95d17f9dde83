#include "fragments.h"

#include <algorithm>
#include <cstring>

namespace mailseal {
namespace {

constexpr std::size_t kLongestDatagram = 65'535;

}  // namespace

std::variant<WholeView, Skipped> Fragments::add(const FragmentView& f) {
  const std::size_t length = f.data.wire;
  // "If the length of a fragment ... is not a multiple of 8 octets and the M flag of that
  // fragment is 1, then that fragment must be discarded" (RFC 8200 4.5); RFC 791 likewise.
  if (length == 0 || (!f.last && length % 8 != 0) || f.offset + length > kLongestDatagram) return Skipped::BadHeader;

  make_room();
  auto known = places_.find(f.key);
  if (known != places_.end() && known->second->state != State::Waiting) {
    if (known->second->state == State::GivenUp) return Skipped::LostFragments;
    if (is_copy(*known->second, f)) return Skipped::AwaitingFragments;  // a mirror's second copy of what was joined
    // The identification came round again. Unless the first fragment shows that, it may be another story of the same
    // datagram, whose other fragments passed for copies: a doubt too many is better than one too few.
    if (f.offset > 0) tell_lost(*known->second, f.seen);
    forget(settled_, known->second);
    known = places_.end();
  }
  if (known == places_.end()) {
    while (!waiting_.empty() && waiting_.size() >= limits_->fragment_datagrams) give_up(waiting_.begin());
    waiting_.push_back({});
    waiting_.back().key = f.key;
    waiting_.back().first = f.seen;
    known = places_.emplace(f.key, std::prev(waiting_.end())).first;
  }
  const Place place = known->second;
  const bool whole_fragment = f.data.bytes.size() == length;  // not cut by the snap length
  if (put(*place, f) == Fit::Contradicts || !whole_fragment) return give_up(place);

  const Datagram& d = *place;
  if (d.total != 0 && d.present.size() == 1 && d.present[0].begin == 0 && d.present[0].end == d.total) {
    settle(place, State::Whole);
    return WholeView{d.protocol, d.bytes};
  }
  return Skipped::AwaitingFragments;
}

/// Writes a fragment's octets to their place, unless they differ from what is there.
Fragments::Fit Fragments::put(Datagram& d, const FragmentView& f) {
  const auto begin = static_cast<std::uint32_t>(f.offset);
  const auto end = static_cast<std::uint32_t>(f.offset + f.data.bytes.size());
  const auto wire_end = static_cast<std::uint32_t>(f.offset + f.data.wire);
  if (f.last && d.total != 0 && d.total != wire_end) return Fit::Contradicts;
  if (f.last) d.total = wire_end;
  if (d.total != 0 && (wire_end > d.total || d.bytes.size() > d.total)) return Fit::Contradicts;
  if (begin == 0) d.protocol = f.protocol;

  for (const Span& s : d.present) {
    const std::uint32_t from = std::max(s.begin, begin), to = std::min(s.end, end);
    if (from < to && std::memcmp(d.bytes.data() + from, f.data.bytes.data() + (from - begin), to - from) != 0)
      return Fit::Contradicts;
  }
  if (begin == end) return Fit::Fits;
  if (d.bytes.size() < end) {
    held_bytes_ += end - d.bytes.size();
    d.bytes.resize(end);
  }
  std::memcpy(d.bytes.data() + begin, f.data.bytes.data(), end - begin);

  // The new span swallows all that it touches.
  Span joined{begin, end};
  const auto first = std::find_if(d.present.begin(), d.present.end(), [&](const Span& s) { return s.end >= begin; });
  auto last = first;
  for (; last != d.present.end() && last->begin <= end; ++last) {
    joined.begin = std::min(joined.begin, last->begin);
    joined.end = std::max(joined.end, last->end);
  }
  d.present.insert(d.present.erase(first, last), joined);
  return Fit::Fits;
}

bool Fragments::is_copy(const Datagram& d, const FragmentView& f) const {
  const Bytes data = f.data.bytes;
  if (f.offset + f.data.wire > d.bytes.size()) return false;
  if (f.last != (f.offset + f.data.wire == d.bytes.size())) return false;
  return std::equal(data.begin(), data.end(), d.bytes.begin() + static_cast<std::ptrdiff_t>(f.offset));
}

void Fragments::tell_lost(const Datagram& d, const Seen& seen) {
  LostDatagram lost{d.key.from, d.key.to, 0, 0, seen};
  if (!d.present.empty() && d.present[0].begin == 0 && d.present[0].end >= 4) {
    const FrameView head{d.bytes, d.bytes.size()};
    lost.from_port = head.u16(0);
    lost.to_port = head.u16(2);
  }
  lost_.push_back(lost);
}

Skipped Fragments::give_up(Place place) {
  tell_lost(*place, place->first);
  settle(place, State::GivenUp);
  return Skipped::LostFragments;
}

/// Keeps a datagram's end in mind for a while. Of one given up no octet is kept.
void Fragments::settle(Place place, State state) {
  place->state = state;
  if (state == State::GivenUp) {
    held_bytes_ -= place->bytes.size();
    place->bytes = {};
    place->present = {};
  }
  settled_.splice(settled_.end(), waiting_, place);
  if (settled_.size() > std::max<std::size_t>(limits_->fragment_datagrams, 1)) forget(settled_, settled_.begin());
}

void Fragments::forget(std::list<Datagram>& list, Place place) {
  held_bytes_ -= place->bytes.size();
  places_.erase(place->key);
  list.erase(place);
}

/// Holds the limit: memories go first, then the oldest that waits.
void Fragments::make_room() {
  while (held_bytes_ > limits_->fragment_bytes && !settled_.empty()) forget(settled_, settled_.begin());
  while (held_bytes_ > limits_->fragment_bytes && !waiting_.empty()) give_up(waiting_.begin());
}

void Fragments::drop_old(Timestamp now) {
  const auto old = [&](const Datagram& d) { return now - d.first.time > limits_->fragment_age; };
  while (!settled_.empty() && old(settled_.front())) forget(settled_, settled_.begin());
  while (!waiting_.empty() && old(waiting_.front())) give_up(waiting_.begin());
}

void Fragments::give_up_all() {
  while (!waiting_.empty()) give_up(waiting_.begin());
}

}  // namespace mailseal
