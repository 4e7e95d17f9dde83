// Lanes: of a connection that several capture points show, which copy is whose.
//
// Each direction of a lane belongs to the point that showed it first. A point that has a lane keeps to it; one that has
// none takes the direction that nobody has shown (the halves of a TAP, routes that differ by direction), or else opens
// a lane of its own. Who took a direction although the point of the other one shows it as well, only later,
// has taken it by mistake (its capture began in between): he leaves it.
//
// Refuses to guess from addresses or clocks which points are near each other.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "tuple.h"

namespace mailseal {

class Lanes {
 public:
  using Point = std::uint32_t;
  /// By the order of the endpoints in the tuple: forward, then back.
  using Owners = std::array<std::optional<Point>, 2>;

  explicit Lanes(std::size_t most) : most_(most) {}

  /// The lane that what `point` shows belongs to. `before` is asked, once for a tuple, for the owners of lane 0, that
  /// is older than this.
  template <class Before>
  std::uint32_t lane(const Directed& way, Point point, Timestamp now, Before before) {
    if (shown_.size() >= most_ && !shown_.contains(way.tuple)) forget();
    const auto [at, fresh] = shown_.try_emplace(way.tuple);
    Shown& shown = at->second;
    shown.last = std::max(shown.last, now);
    if (fresh)
      if (const auto owners = before()) shown.lanes.push_back(*owners);
    return choose(shown.lanes, way.forward ? 0 : 1, point);
  }

  static std::uint32_t choose(std::vector<Owners>& lanes, std::size_t direction, Point point) {
    const std::size_t back = 1 - direction;
    const auto find = [&](auto holds) {
      return static_cast<std::size_t>(std::find_if(lanes.begin(), lanes.end(), holds) - lanes.begin());
    };
    std::size_t i = find([&](const Owners& o) { return o[direction] == point; });
    if (i == lanes.size()) i = find([&](const Owners& o) { return o[back] == point; });
    if (i == lanes.size()) i = find([&](const Owners& o) { return !o[direction]; });
    if (i == lanes.size()) lanes.emplace_back();
    lanes[i][direction] = point;
    return static_cast<std::uint32_t>(i);
  }

 private:
  struct Shown {
    std::vector<Owners> lanes;
    Timestamp last{};
  };

  /// The older half of what has been silent. What goes on after that may be told as two connections.
  void forget() {
    std::vector<Timestamp> times;
    times.reserve(shown_.size());
    for (const auto& [tuple, shown] : shown_) times.push_back(shown.last);
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    std::erase_if(shown_, [&](const auto& one) { return one.second.last <= *middle; });
  }

  std::size_t most_;
  std::unordered_map<Tuple, Shown, TupleHash> shown_;
};

}  // namespace mailseal
