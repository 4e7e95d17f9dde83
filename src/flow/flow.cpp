// The table of connections: who a segment belongs to, and when a connection is over.
//
// What happens to a connection depends on its own packets as far as possible (its
// lingering and its holes are measured on its own time stamps), so that the answer is the
// same on one shard or on many. The clock below is for giving back memory. One packet with
// a wild time stamp is no reason to cut a connection in two: where its numbers go on, so
// does the connection.
//
// Anybody can send a packet that bears these ports and addresses. None of them hides another's octets:
// what fits nowhere in the connection that is known is a connection of its own, beside it.
#include "mailseal/flow.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "connection.h"
#include "index.h"
#include "lanes.h"
#include "mailseal/base/pool.h"
#include "recent.h"
#include "tuple.h"

namespace mailseal {
namespace {

/// The latest time that can be believed. Time stamps may go backward, which moves nothing;
/// and one packet may be stamped far in the future, which must not end every connection.
/// So a leap counts only once the next packet confirms it, and then as far as both go.
class Clock {
 public:
  Timestamp now() const { return now_; }
  /// The number of the four seconds that now() is in: what waits for longer is not looked at with every packet.
  std::uint32_t period() const { return period_; }

  void packet(Timestamp t) {
    if (!started_ || (t > now_ && t - now_ <= kLeap)) {
      set(t);
      started_ = true;
    } else if (t > now_) {
      set(std::max(now_, std::min(t, leap_)));
      leap_ = std::max(t, leap_);
      return;
    }
    leap_ = Timestamp{};
  }
  /// The caller vouches for it.
  void tick(Timestamp t) {
    set(std::max(now_, t));
    started_ = true;
  }

 private:
  void set(Timestamp t) {
    now_ = t;
    if (t < turn_ && t >= turn_ - Period{1}) return;
    const auto whole = std::chrono::floor<Period>(t);
    period_ = static_cast<std::uint32_t>(whole.time_since_epoch().count());
    turn_ = whole + Period{1};
  }

  using Period = std::chrono::duration<std::uint32_t, std::ratio<4>>;
  static constexpr std::chrono::minutes kLeap{1};
  Timestamp now_{}, leap_{}, turn_{};  ///< turn_: when the period is over
  std::uint32_t period_ = 0;
  bool started_ = false;
};

enum class Queue : std::uint8_t { Open, Lingering };

struct alignas(64) Flow : Pooled<Flow> {
  Flow(const Tuple& t, Common* common, StreamFactory* factory, const Opening& opening)
      : tuple(t), connection(common, factory, opening) {}

  Side side(bool forward) const { return forward == client_first ? Side::Client : Side::Server; }
  /// `next`: as `beside`, in place of the one that is there.
  void set_beside(std::unique_ptr<Flow> next) {
    alone = !next;
    beside = std::move(next);
  }

  // What every segment needs, in one cache line; then what it needs of the connection.
  Tuple tuple;
  bool client_first = false;  ///< the client is the first endpoint of the tuple
  bool against_syn = false;   ///< the ports say so, the SYN that was seen says the contrary
  Queue queue = Queue::Open;
  bool alone = true;         ///< nothing is `beside`
  std::uint32_t queued = 0;  ///< period of the clock when it was put at the end of its queue
  Timestamp touched{};       ///< clock at the last packet
  std::uint64_t losses = 0;  ///< of nobody's fragments, heard of so far
  Connection connection;
  Flow *before = nullptr, *after = nullptr;
  std::uint64_t number = 0;      ///< in order of opening
  std::unique_ptr<Flow> beside;  ///< another of the same tuple, whose numbers are elsewhere
};
/// Of one tuple: more than a capture on both sides of a device that changes the numbers can show.
constexpr std::size_t kBeside = 4;
/// Segments that are due between two looks at what all flows take.
constexpr std::uint64_t kBetweenLooks = 256;
/// Octets of the table for one flow, about.
constexpr std::size_t kSlotBytes = 32;

/// Connections by activity, the longest silent first.
class ActivityList {
 public:
  Flow* first() const { return first_; }

  void append(Flow* flow) {
    flow->before = last_;
    flow->after = nullptr;
    (last_ ? last_->after : first_) = flow;
    last_ = flow;
  }
  void remove(Flow* flow) {
    (flow->before ? flow->before->after : first_) = flow->after;
    (flow->after ? flow->after->before : last_) = flow->before;
  }

 private:
  Flow *first_ = nullptr, *last_ = nullptr;
};

/// Lost datagrams whose ports were not seen concern every connection between two hosts.
/// Each connection asks when it next has a packet or ends, which costs nothing unless there
/// are any. Too many pairs of hosts: then everyone has a doubt.
class Losses {
 public:
  struct Loss {
    std::uint64_t number = 0;  ///< the latest one
    Seen seen;
  };

  std::uint64_t count() const { return count_; }

  void add(const Directed& hosts, const Seen& seen) {
    const Loss loss{++count_, seen};
    if (by_hosts_.size() >= kPairs) {
      by_hosts_.clear();
      everyone_ = loss;
    }
    by_hosts_[hosts.tuple][hosts.forward ? 0 : 1] = loss;
  }
  /// The latest loss from the first host of the pair to the second (or back) after `heard` of them.
  std::optional<Seen> since(std::uint64_t heard, const Directed& hosts) const {
    if (const auto it = by_hosts_.find(hosts.tuple); it != by_hosts_.end()) {
      const Loss& loss = it->second[hosts.forward ? 0 : 1];
      if (loss.number > heard) return loss.seen;
    }
    if (everyone_.number > heard) return everyone_.seen;
    return std::nullopt;
  }

 private:
  static constexpr std::size_t kPairs = 4096;
  std::unordered_map<Tuple, std::array<Loss, 2>, TupleHash> by_hosts_;
  Loss everyone_;
  std::uint64_t count_ = 0;
};

/// Where a segment belongs.
struct Place {
  Directed way;
  std::uint64_t hash;
};

Tuple hosts_of(const Tuple& tuple) {
  Tuple hosts = tuple;
  hosts.words[4] = 0;
  return hosts;
}

}  // namespace

struct FlowTable::Impl {
  Impl(const Limits* l, StreamFactory* f) : limits(*l), factory(*f), common{*l, Recent(l->recent_bytes), 0} {}

  const Limits& limits;
  StreamFactory& factory;
  Common common;
  Clock clock;
  Losses losses;
  FlowCounters counters;
  std::uint64_t in_order = 0;  ///< segments that were simply due
  std::uint32_t expired = 0;   ///< period of the clock when expire() last looked
  Index<Flow> flows;
  std::size_t beside = 0;                  ///< flows that are not in `flows`, but beside one that is
  std::array<ActivityList, 2> queues;      ///< by Queue
  std::optional<Lanes::Point> point;       ///< what is fed now was captured there
  std::optional<Lanes::Point> only_point;  ///< what was fed before there were lanes
  std::unique_ptr<Lanes> lanes;            ///< once a second point has shown something

  ActivityList& queue(Queue q) { return queues[static_cast<std::size_t>(q)]; }

  Place place(const SegmentView& s) const {
    const Directed way = directed(s.from, s.to);
    return {way, flows.hash(way.tuple)};
  }
  Place place_in_lane(const SegmentView&);
  void feed(const SegmentView&, const Place&);
  void feed_at_least_1970(SegmentView, const Place&);
  void feed_with_care(Flow*, const SegmentView&, const Place&);
  Flow* choose(Flow* first, const Directed&, const SegmentView&) const;
  Flow* open(const Directed&, std::uint64_t hash, const SegmentView&, std::optional<Side> known);
  void insert(std::unique_ptr<Flow>, std::uint64_t hash);
  void touch(Flow&, Timestamp, Queue due);
  void hear(Flow&);
  void turn(Flow&);
  void close(Flow&, CloseReason);
  /// Something can be closed to have room, and must.
  bool full() const { return flows.size() > 0 && flows.size() + beside >= limits.flows; }
  bool costly() const {
    return flows.size() > 0 &&
           (flows.size() + beside) * (sizeof(Flow) + kSlotBytes) + factory.open_bytes() > limits.open_bytes;
  }
  void close_least();
  // Twice, for packets that are captured out of order: a connection's own time stamps decide
  // (see feed()), and memory is given back when they can no longer decide otherwise.
  // Once in a period of the clock is often enough.
  void expire() {
    if (std::exchange(expired, clock.period()) != clock.period()) expire_all();
  }
  void expire_all() {
    expire(Queue::Lingering, 2 * limits.linger, CloseReason::Ended);
    expire(Queue::Open, limits.idle, CloseReason::Idle);
  }
  void give_back() {
    expire();
    while (costly()) close_least();
  }
  void expire(Queue, std::chrono::nanoseconds patience, CloseReason);
};

FlowTable::FlowTable(const Limits* limits, StreamFactory* factory) : impl_(std::make_unique<Impl>(limits, factory)) {}
FlowTable::~FlowTable() = default;
const FlowCounters& FlowTable::counters() const noexcept { return impl_->counters; }

void FlowTable::captured_at(std::uint32_t point) {
  if (impl_->point == point) return;
  if (impl_->point && !impl_->lanes) {
    impl_->only_point = impl_->point;
    impl_->lanes = std::make_unique<Lanes>(impl_->limits.flows);
  }
  impl_->point = point;
}

/// The number of the lane stands in the tuple, above the ports.
Place FlowTable::Impl::place_in_lane(const SegmentView& s) {
  Place at = place(s);
  const std::uint64_t lane = lanes->lane(at.way, *point, s.seen.time, [&]() -> std::optional<Lanes::Owners> {
    const Flow* flow = flows.find(at.way.tuple, at.hash);
    if (!flow) return std::nullopt;
    Lanes::Owners owners;
    for (const bool forward : {true, false})
      if (flow->connection.shows(flow->side(forward))) owners[forward ? 0 : 1] = only_point;
    return owners;
  });
  if (lane == 0) return at;
  at.way.tuple.words[4] |= lane << 32;
  at.hash = flows.hash(at.way.tuple);
  return at;
}

void FlowTable::feed(const SegmentView& segment) {
  if (!impl_->factory.concerns(segment.from.port, segment.to.port)) return;
  impl_->feed(segment, impl_->lanes ? impl_->place_in_lane(segment) : impl_->place(segment));
}

// Between two packets of one connection there may be a thousand others, so all that it owns is
// far away, one pointer behind the other: slot, flow, handler. Each step is taken for several
// segments before the next, and they wait for memory together.
void FlowTable::feed(std::span<const SegmentView> segments, Meanwhile* other_work) {
  if (impl_->lanes) {
    for (const SegmentView& s : segments) {
      feed(s);
      if (other_work) other_work->meanwhile();
    }
    return;
  }
  constexpr std::size_t kTogether = 32;
  std::array<const SegmentView*, kTogether> wanted;
  std::array<Place, kTogether> places;
  while (!segments.empty()) {
    std::size_t n = 0;
    for (; n < kTogether && !segments.empty(); segments = segments.subspan(1)) {
      const SegmentView& s = segments.front();
      if (!impl_->factory.concerns(s.from.port, s.to.port)) continue;
      wanted[n] = &s;
      places[n] = impl_->place(s);
      impl_->flows.expect(places[n].hash);
      ++n;
    }
    std::array<const Flow*, kTogether> likely;
    for (std::size_t i = 0; i < n; ++i) {
      likely[i] = impl_->flows.likely(places[i].hash);
      if (!likely[i]) continue;
      fetch<1>(likely[i]);
      likely[i]->connection.fetch_busy();
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (wanted[i]->payload.empty() && !wanted[i]->fin)
        likely[i] = nullptr;  // its handler hears of octets and ends, mostly
      if (likely[i]) likely[i]->connection.fetch_handler();
    }
    for (std::size_t i = 0; i < n; ++i)
      if (likely[i]) likely[i]->connection.expect(likely[i]->side(places[i].way.forward));
    for (std::size_t i = 0; i < n; ++i) {
      impl_->feed(*wanted[i], places[i]);
      if (other_work) other_work->meanwhile();
    }
  }
}

void FlowTable::tick(Timestamp now) {
  impl_->clock.tick(now);
  impl_->expire_all();
}

void FlowTable::Impl::feed(const SegmentView& s, const Place& place) {
  if (s.seen.time < Timestamp{}) return feed_at_least_1970(s, place);
  clock.packet(s.seen.time);
  const auto& [way, hash] = place;
  Flow* flow = flows.find(way.tuple, hash);
  if (!flow || flow->losses != losses.count() || !flow->connection.accept_due(flow->side(way.forward), s))
    return feed_with_care(flow, s, place);
  touch(*flow, s.seen.time, Queue::Open);
  // What is due makes nothing open, and a connection a little larger at most.
  if (++in_order % kBetweenLooks == 0)
    give_back();
  else
    expire();
}

/// Before 1970 no clock was right; differences of times can then not overflow.
void FlowTable::Impl::feed_at_least_1970(SegmentView s, const Place& place) {
  s.seen.time = Timestamp{};
  feed(s, place);
}

/// What is not simply due. `flow`: of its tuple, the first.
void FlowTable::Impl::feed_with_care(Flow* flow, const SegmentView& s, const Place& place) {
  const auto& [way, hash] = place;
  const auto side = [&, forward = way.forward] { return flow->side(forward); };
  std::optional<Side> stray;  // whose octets these are, where the ports do not tell
  if (flow) {
    flow = choose(flow, way, s);
    if (flow->against_syn && flow->connection.turned_by(side(), s)) turn(*flow);
    const Connection& known = flow->connection;
    const auto silence = s.seen.time - known.newest();
    const auto renewal = known.renewal(side(), s);
    if (renewal == Connection::Renewal::Confirmed) {
      const SegmentView first = known.claim(side(), s);
      close(*flow, known.over() ? CloseReason::Ended : CloseReason::Reused);
      const Place at{{way.tuple, directed(first.from, first.to).forward}, hash};
      Flow* const next = open(at.way, hash, first, std::nullopt);
      next->connection.accept(next->side(at.way.forward), first);
      return feed(s, place);
    }
    if (known.over()) {
      if (silence > limits.linger || renewal == Connection::Renewal::Shown || known.beyond_settled(side(), s)) {
        close(*flow, CloseReason::Ended);
        flow = nullptr;
      }
    } else if (silence > limits.idle && !known.continued_by(side(), s)) {
      close(*flow, CloseReason::Idle);
      flow = nullptr;
    } else if (renewal == Connection::Renewal::Shown) {
      close(*flow, CloseReason::Reused);
      flow = nullptr;
    } else if (renewal == Connection::Renewal::Claimed) {
      flow->connection.claimed_by(side(), s);
      return give_back();
    }
    if (flow) flow->connection.meet(s);
    if (flow && known.strays(side(), s)) {
      stray = side();
      flow->connection.doubt_stray(side(), s);
      flow = nullptr;
    }
  }
  if (!flow) {
    // A lone RST ends nothing that was seen, and nothing follows it.
    if (s.rst) return;
    expire();
    flow = open(way, hash, s, stray);
  }
  hear(*flow);
  flow->connection.accept(side(), s);
  if (flow->connection.settled()) {
    hear(*flow);
    flow->connection.close(CloseReason::Ended);
  }
  touch(*flow, s.seen.time, flow->connection.over() ? Queue::Lingering : Queue::Open);
  give_back();  // only now: a packet that moves the clock must not end its own connection
}

/// Which of those with this tuple is meant.
Flow* FlowTable::Impl::choose(Flow* first, const Directed& way, const SegmentView& s) const {
  if (first->alone) return first;
  Flow* nearest = first;
  for (Flow* f = first; f; f = f->beside.get()) {
    const auto distance = [&](const Flow& of) { return of.connection.distance(of.side(way.forward), s); };
    if (f->connection.renewal(f->side(way.forward), s) == Connection::Renewal::Confirmed) return f;
    if (distance(*f) < distance(*nearest)) nearest = f;
  }
  return nearest;
}

/// `known`: who sends, as is known of a connection beside it.
Flow* FlowTable::Impl::open(const Directed& way, std::uint64_t hash, const SegmentView& s, std::optional<Side> known) {
  while (full()) close_least();
  // Whoever serves is the server: a SYN that says otherwise may be forged, until it is answered. In
  // mail the server speaks first, and is acknowledged first.
  const bool to_serves = factory.is_service(s.to.port), from_serves = factory.is_service(s.from.port);
  const Side by_syn = s.has_ack ? Side::Server : Side::Client, by_port = to_serves ? Side::Client : Side::Server;
  const bool told_by_port = to_serves != from_serves;
  const bool believed = s.syn && (!told_by_port || by_syn == by_port);
  const Side from = told_by_port ? by_port
                    : s.syn      ? by_syn
                                 : known.value_or(s.payload.empty() ? Side::Client : Side::Server);
  const bool from_client = from == Side::Client;
  Opening opening{from_client ? FlowKey{s.from, s.to} : FlowKey{s.to, s.from},
                  !believed   ? Beginning::Midway
                  : s.has_ack ? Beginning::SynAck
                              : Beginning::Syn,
                  s.seen};
  opening.first.side = from;
  opening.first.offset = 0;

  auto owned = std::make_unique<Flow>(way.tuple, &common, &factory, opening);
  Flow& flow = *owned;
  insert(std::move(owned), hash);
  flow.client_first = way.forward == from_client;
  flow.against_syn = s.syn && !believed;
  flow.number = ++counters.opened;
  flow.losses = losses.count();
  flow.touched = clock.now();
  flow.queued = clock.period();
  queue(Queue::Open).append(&flow);
  return &flow;
}

/// Beside those of the same tuple. Too many: that goes of which least was seen, and is told.
void FlowTable::Impl::insert(std::unique_ptr<Flow> flow, std::uint64_t hash) {
  Flow* first = flows.find(flow->tuple, hash);
  if (!first) return flows.insert(std::move(flow), hash);
  std::size_t n = 1;
  Flow* least = first;
  for (Flow* f = first->beside.get(); f; f = f->beside.get(), ++n)
    if (f->connection.packets() <= least->connection.packets()) least = f;
  if (n >= kBeside) close(*least, CloseReason::Evicted);
  first = flows.find(flow->tuple, hash);
  flow->set_beside(std::exchange(first->beside, nullptr));
  first->set_beside(std::move(flow));
  ++beside;
}

/// Keeps the queues in order of activity, to the period: most packets touch no neighbour.
void FlowTable::Impl::touch(Flow& flow, Timestamp t, Queue due) {
  flow.touched = std::max(clock.now(), t);
  if (due == flow.queue && clock.period() == flow.queued) return;
  queue(flow.queue).remove(&flow);
  flow.queue = due;
  flow.queued = clock.period();
  queue(due).append(&flow);
}

/// Tells what was lost between these two hosts since it last asked.
void FlowTable::Impl::hear(Flow& flow) {
  if (flow.losses == losses.count()) return;
  const Tuple hosts = hosts_of(flow.tuple);
  for (const Side side : {Side::Client, Side::Server}) {
    const bool one_host = hosts.words[0] == hosts.words[2] && hosts.words[1] == hosts.words[3];
    const bool forward = one_host || (side == Side::Client) == flow.client_first;
    if (const auto seen = losses.since(flow.losses, {hosts, forward})) flow.connection.lost(side, *seen);
  }
  flow.losses = losses.count();
}

/// It is as the SYN says: that was answered, or nothing came of it.
void FlowTable::Impl::turn(Flow& flow) {
  flow.connection.turn();
  flow.client_first = !flow.client_first;
  flow.against_syn = false;
}

void FlowTable::Impl::close(Flow& flow, CloseReason reason) {
  counters.idle += reason == CloseReason::Idle;
  counters.reused += reason == CloseReason::Reused;
  counters.evicted += reason == CloseReason::Evicted;
  hear(flow);
  if (flow.against_syn && flow.connection.untold()) turn(flow);
  flow.connection.close(reason);
  queue(flow.queue).remove(&flow);
  Flow* before = flows.find(flow.tuple, flows.hash(flow.tuple));
  if (before == &flow && flow.alone) return flows.erase(&flow);
  --beside;
  std::unique_ptr<Flow> next = std::move(flow.beside);
  if (before == &flow) return flows.replace(&flow, std::move(next));
  while (before->beside.get() != &flow) before = before->beside.get();
  before->set_beside(std::move(next));
}

/// One that has ended costs nothing to forget; of the others the longest silent one goes.
void FlowTable::Impl::close_least() {
  if (Flow* const ended = queue(Queue::Lingering).first())
    close(*ended, CloseReason::Ended);
  else
    close(*queue(Queue::Open).first(), CloseReason::Evicted);
}

inline void FlowTable::Impl::expire(Queue which, std::chrono::nanoseconds patience, CloseReason reason) {
  for (Flow* flow; (flow = queue(which).first()) != nullptr;) {
    if (flow->touched > clock.now()) {  // stamped in the future: begin anew
      queue(which).remove(flow);
      flow->touched = clock.now();
      flow->queued = clock.period();
      queue(which).append(flow);
    } else if (clock.now() - flow->touched > patience) {
      close(*flow, reason);
    } else {
      return;
    }
  }
}

void FlowTable::lost(const LostDatagram& datagram) {
  const bool whole = datagram.from_port != 0 && datagram.to_port != 0;
  if (whole && !impl_->factory.concerns(datagram.from_port, datagram.to_port)) return;
  const Endpoint from{datagram.from, whole ? datagram.from_port : std::uint16_t{0}};
  const Endpoint to{datagram.to, whole ? datagram.to_port : std::uint16_t{0}};
  if (!whole) return impl_->losses.add(directed(from, to), datagram.seen);
  SegmentView s;
  s.seen = datagram.seen;
  s.from = from;
  s.to = to;
  const auto [way, hash] = impl_->lanes ? impl_->place_in_lane(s) : impl_->place(s);
  Flow* f = impl_->flows.find(way.tuple, hash);
  if (!f) {  // nothing else was seen of it
    f = impl_->open(way, hash, s, std::nullopt);
    impl_->touch(*f, s.seen.time, Queue::Open);
  }
  for (; f; f = f->beside.get()) f->connection.lost(f->side(way.forward), datagram.seen);
}

void FlowTable::finish() {
  std::vector<Flow*> open;
  open.reserve(impl_->flows.size() + impl_->beside);
  impl_->flows.each([&open](Flow& flow) {
    for (Flow* f = &flow; f; f = f->beside.get()) open.push_back(f);
  });
  std::sort(open.begin(), open.end(), [](const Flow* a, const Flow* b) { return a->number < b->number; });
  for (Flow* flow : open) impl_->close(*flow, flow->connection.over() ? CloseReason::Ended : CloseReason::EndOfCapture);
}

}  // namespace mailseal
