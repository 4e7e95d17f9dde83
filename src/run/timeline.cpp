#include "timeline.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "kinship.h"

namespace mailseal {
namespace {

using std::chrono::nanoseconds;

/// Within this a time stamp may step back where files of one set meet, however few packets they hold.
constexpr nanoseconds kJitter = std::chrono::milliseconds(1);
/// Of one input in hand while several are merged.
constexpr std::size_t kHeldBytes = 1u << 20;
/// Buffers that are kept to be used again.
constexpr std::size_t kSpare = 256;

}  // namespace

TimeLine::TimeLine(std::vector<InputFile> files, Open open, Listener* listener, const Limits* limits)
    : open_(std::move(open)), listener_(*listener), limits_(*limits) {
  if (files.size() == 1)
    pending_.push_back({std::move(files.front())});
  else
    look_at(std::move(files));
  facts_.resize(pending_.size());
  point_of_.resize(pending_.size());
}

/// Brings them into order. What cannot be read is told, and is no input.
void TimeLine::look_at(std::vector<InputFile> files) {
  struct Looked {
    Pending pending;
    bool undated;
    Timestamp place{};  ///< on the time line
    std::string name;
  };
  std::vector<Looked> seen;
  seen.reserve(files.size());
  for (InputFile& file : files) {
    auto source = open_(file, 0);
    if (!source) {
      listener_.not_opened(file, source.error());
      continue;
    }
    auto begun = std::make_unique<Running>();
    begun->file = file;
    begun->source = std::move(*source);
    const bool again = is_regular(file);
    if (!again) listener_.opened(file, *begun->source);
    take_ahead(*begun, 2);
    Looked one{{file}, !is_dated(begun->source->facts()), {}, begun->source->facts().path};
    if (!begun->ahead.empty() && !one.undated) one.pending.begins = begun->begins = one.place = begun->time();
    if (!again) one.pending.begun = std::move(begun);
    seen.push_back(std::move(one));
  }
  // Where the names of a set tell an order and the times agree but for a step back at a seam, the names know better.
  std::map<std::string, std::vector<Looked*>> families;
  for (Looked& one : seen)
    if (one.pending.begins) families[family_of(one.name)].push_back(&one);
  for (auto& [family, members] : families) {
    std::sort(members.begin(), members.end(),
              [](const Looked* a, const Looked* b) { return in_natural_order(a->name, b->name); });
    Timestamp latest = members.front()->place;
    const bool agree = std::all_of(members.begin(), members.end(), [&](const Looked* one) {
      latest = std::max(latest, one->place);
      return latest - one->place <= kJitter;
    });
    latest = members.front()->place;
    for (Looked* one : members)
      if (agree) one->place = latest = std::max(latest, one->place);
  }
  std::stable_sort(seen.begin(), seen.end(), [](const Looked& a, const Looked& b) {
    const bool a_dated = a.pending.begins.has_value(), b_dated = b.pending.begins.has_value();
    if (!a_dated || !b_dated) return std::tuple(!a_dated, !a.undated) < std::tuple(!b_dated, !b.undated);
    return a.place != b.place ? a.place < b.place : in_natural_order(a.name, b.name);
  });
  for (Looked& one : seen) pending_.push_back(std::move(one.pending));
}

PacketSource* TimeLine::reading() const noexcept { return running_.empty() ? nullptr : running_.front()->source.get(); }

TimeLine::StretchView TimeLine::next(RoomView room) {
  release();
  for (;;) {
    if (running_.empty()) {
      if (pending_.empty()) return {.packets = {}, .ended = true};
      begin_next();
    } else if (running_.size() == 1 && running_.front()->ahead.empty() && !running_.front()->ended) {
      if (auto stretch = straight(*running_.front(), room)) return *stretch;
    } else if (auto stretch = merged(room)) {
      return *stretch;
    }
  }
}

/// When the next input begins, where that is known.
std::optional<Timestamp> TimeLine::until() const {
  return pending_.empty() || running_.size() >= limits_.inputs_at_once ? std::nullopt : pending_.front().begins;
}

/// One alone, and nothing of it is in hand.
std::optional<TimeLine::StretchView> TimeLine::straight(Running& r, RoomView room) {
  std::size_t count = r.source->at_hand(room);
  if (count == 0) {
    const Captured captured = r.source->next();
    if (std::holds_alternative<EndOfCapture>(captured)) {
      r.ended = true;
      return std::nullopt;
    }
    const auto* view = std::get_if<PacketView>(&captured);
    if (!view) return StretchView{{}, r.source.get(), r.input, r.point};
    room[count++] = *view;
  }
  if (const auto limit = until()) {
    const auto end = room.begin() + static_cast<std::ptrdiff_t>(count);
    const auto due = std::find_if(room.begin(), end, [&](const PacketView& v) { return v.seen.time >= *limit; });
    std::for_each(due, end, [&](const PacketView& view) { hold(r, view); });
    count = static_cast<std::size_t>(due - room.begin());
    if (count == 0) return std::nullopt;
  }
  return stretch(r, room.first(count));
}

/// Several, or one of which something is in hand.
std::optional<TimeLine::StretchView> TimeLine::merged(RoomView room) {
  const auto limit = until();
  for (std::size_t i = 0; i < running_.size(); ++i) {
    Running& r = *running_[i];
    // Alone, it need not be copied, but for what confirms a time.
    if (running_.size() > 1)
      take_ahead(r, room.size() + 1);
    else if (limit && !r.ahead.empty() && r.ahead.front().seen.time >= *limit)
      take_ahead(r, 2);
    if (!r.ended || !r.ahead.empty()) continue;
    finish(i);
    return std::nullopt;
  }
  Running* first = nullptr;
  std::optional<Timestamp> other;
  for (const auto& r : running_) {
    if (r->behind || r->ahead.empty()) continue;
    if (!first || r->time() < first->time()) {
      if (first) other = other ? std::min(*other, first->time()) : first->time();
      first = r.get();
    } else {
      other = other ? std::min(*other, r->time()) : r->time();
    }
  }
  if (!first) return std::nullopt;
  if (limit && first->time() >= *limit) {
    begin_next();
    return std::nullopt;
  }
  std::size_t count = 1;
  for (; count < first->ahead.size() && count < room.size(); ++count) {
    if (running_.size() == 1 && !limit) continue;
    if (count + 1 == first->ahead.size() && !first->ended) break;  // what confirms it is not in hand
    const Timestamp time = first->time(count);
    if ((other && time >= *other) || (limit && time >= *limit)) break;
  }
  return pass(*first, count, room);
}

TimeLine::StretchView TimeLine::pass(Running& r, std::size_t count, RoomView room) {
  for (std::size_t i = 0; i < count; ++i) room[i] = r.ahead[i].view();
  passed_from_ = &r;
  passed_ = count;
  return stretch(r, room.first(count));
}

/// What was passed on last is not asked for any more.
void TimeLine::release() {
  for (; passed_ > 0; --passed_) {
    Held& held = passed_from_->ahead.front();
    passed_from_->held_bytes -= held.cost();
    held_bytes_ -= held.cost();
    if (spare_.size() < kSpare) spare_.push_back(std::move(held.bytes));
    passed_from_->ahead.pop_front();
  }
}

void TimeLine::hold(Running& r, const PacketView& view) {
  std::vector<std::byte> bytes;
  if (!spare_.empty()) {
    bytes = std::move(spare_.back());
    spare_.pop_back();
  }
  bytes.assign(view.bytes.begin(), view.bytes.end());
  r.ahead.push_back({view.seen, view.link, view.wire_bytes, view.interface, view.direction, std::move(bytes)});
  r.held_bytes += r.ahead.back().cost();
  held_bytes_ += r.ahead.back().cost();
}

/// One more packet in hand; false: there is none.
bool TimeLine::take(Running& r) {
  while (!r.ended) {
    const Captured captured = r.source->next();
    if (const auto* view = std::get_if<PacketView>(&captured)) {
      hold(r, *view);
      return true;
    }
    r.ended = std::holds_alternative<EndOfCapture>(captured);
  }
  return false;
}

void TimeLine::take_ahead(Running& r, std::size_t packets) {
  while (r.ahead.size() < packets && (r.ahead.size() < 2 || r.held_bytes < kHeldBytes) && take(r)) continue;
}

std::unique_ptr<TimeLine::Running> TimeLine::open(const InputFile& file, std::uint32_t input) {
  auto source = open_(file, input);
  if (!source) {
    listener_.not_opened(file, source.error());
    return nullptr;
  }
  auto r = std::make_unique<Running>();
  r->file = file;
  r->source = std::move(*source);
  return r;
}

void TimeLine::begin_next() {
  Pending next = std::move(pending_.front());
  pending_.pop_front();
  const auto input = static_cast<std::uint32_t>(facts_.size() - pending_.size() - 1);
  const bool early = next.begun != nullptr;  // and its listener knows
  std::unique_ptr<Running> r = early ? std::move(next.begun) : open(next.file, input);
  if (!r) {
    if (facts_.size() == 1) {  // it was not looked at before
      facts_.clear();
      point_of_.clear();
    } else {
      facts_[input].path = next.file.path.string();
      facts_[input].ended = "error: it cannot be opened any more";
    }
    return;
  }
  r->input = input;
  r->begins = next.begins;
  if (early) {
    r->source->renumber(input);
    for (Held& held : r->ahead) held.seen.input = input;
  }
  if (!early) listener_.opened(r->file, *r->source);
  if (facts_.size() > 1) {
    take_ahead(*r, 2);
    place(*r);
  }
  point_of_[input] = r->point;
  r->text = r->source->facts().text != nullptr;
  running_.push_back(std::move(r));
}

/// Which point it was captured at, and whether connections go on in it.
void TimeLine::place(Running& r) {
  const InputFacts& facts = r.source->facts();
  const auto latest_end = [&](const Point& p) { return p.facts.last.value_or(Timestamp{}); };
  const auto likeness = [&](const Point& p) {
    return std::tuple(family_of(p.facts.path) == family_of(facts.path), same_form(p.facts, facts),
                      same_interfaces(p.facts, facts), latest_end(p));
  };
  Point* best = nullptr;
  Running* before = nullptr;
  const bool alone = running_.empty();
  for (Point& p : points_) {
    Running* running = nullptr;
    if (p.running) {
      for (const auto& other : running_)
        if (&points_[other->point] == &p &&
            std::none_of(running_.begin(), running_.end(), [&](const auto& x) { return x->behind == other.get(); }))
          running = other.get();
      if (!running || !is_dated(facts) || !goes_on(*running, r)) continue;
      p.facts = running->source->facts();
    } else if (!alone && !same_form(p.facts, facts) && family_of(p.facts.path) != family_of(facts.path)) {
      continue;
    }
    if (best && likeness(p) < likeness(*best)) continue;
    best = &p;
    before = running;
  }
  if (alone && last_) {
    const InputFacts& ended = points_[*last_].facts;
    Timestamp end = *ended.last;
    for (const Point& p : points_) end = std::max(end, latest_end(p));
    parted_ |= parted_by(r.begins.value_or(end) - end, ended, facts, limits_);
  }
  if (!best) best = &points_.emplace_back();
  r.point = static_cast<std::uint32_t>(best - points_.data());
  r.behind = before;
  const bool has_packets = r.begins || !r.ahead.empty();
  if (has_packets || best->facts.path.empty()) {
    if (!before) best->facts = facts;
  }
  best->running = true;
}

/// Does `r`, which was not read to its end when `next` began, end there?
bool TimeLine::goes_on(Running& r, const Running& next) {
  if (!next.begins) return false;
  const Timestamp begins = *next.begins;
  while (!r.ended) {
    if (!r.ahead.empty() && r.time(r.ahead.size() - 1) > begins + limits_.look_ahead && r.ahead.size() > 1 &&
        r.time(r.ahead.size() - 2) > begins + limits_.look_ahead)
      return false;
    if (held_bytes_ > limits_.look_ahead_bytes) return false;
    (void)take(r);
  }
  Timestamp end = begins;
  std::size_t late = 0;
  for (const Held& held : r.ahead) {
    end = std::max(end, held.seen.time);
    late += held.seen.time >= begins;
  }
  if (end > begins + limits_.look_ahead) return false;
  // Two points that were captured for seconds overlap in all; where files of a set meet, little does.
  return 2 * late <= r.source->facts().packets ||
         (end - begins <= kJitter && family_of(r.source->facts().path) == family_of(next.source->facts().path));
}

TimeLine::StretchView TimeLine::stretch(const Running& r, std::span<const PacketView> packets) {
  return {packets, r.source.get(), r.input, r.point, r.text, std::exchange(parted_, false), false};
}

/// All of it was passed on.
void TimeLine::finish(std::size_t running) {
  const std::unique_ptr<Running> r = std::move(running_[running]);
  running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(running));
  listener_.ended(r->file, *r->source);
  facts_[r->input] = r->source->facts();
  bool goes_on = false;
  for (const auto& other : running_)
    if (other->behind == r.get()) {
      other->behind = nullptr;
      goes_on = true;
    }
  if (points_.empty()) return;  // the only input
  Point& point = points_[r->point];
  if (goes_on) return;
  point.running = false;
  if (r->source->facts().last) {
    point.facts = r->source->facts();
    last_ = r->point;
  }
}

}  // namespace mailseal
