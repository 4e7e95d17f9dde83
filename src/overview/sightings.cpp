#include "sightings.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>
#include <utility>

#include "mailseal/base/hash.h"

namespace mailseal {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kSameMoment = std::chrono::seconds(1);
constexpr nanoseconds kTranslated = std::chrono::seconds(2);
constexpr nanoseconds kClocks = std::chrono::minutes(10);
/// Who chooses numbers by chance hardly ever has one below it; who always begins with the same one, mostly.
constexpr std::uint32_t kByChance = 1u << 16;

std::uint64_t flow_of(const FlowKey& flow) {
  std::array<std::byte, 36> octets;
  std::size_t at = 0;
  for (const Endpoint& end : {flow.client, flow.server}) {
    for (const std::uint8_t octet : end.address.octets) octets[at++] = std::byte{octet};
    octets[at++] = static_cast<std::byte>(end.port >> 8);
    octets[at++] = static_cast<std::byte>(end.port & 0xff);
  }
  return hash_of(octets);
}

nanoseconds apart(Timestamp a, Timestamp b) { return a < b ? b - a : a - b; }

bool lacks_offer(const Session& s) { return offer_withheld(s) || (s.capability_masked && !s.upgrade_offered); }

/// It said something in clear that tells mail or logins, and no TLS.
bool is_clear(const Session& s) { return !s.tls && (s.greeting || first_exposed(s)); }

}  // namespace

void Sightings::add(JudgedSession& judged, const Order& order, Summary::Path path) {
  const Session& s = judged.session;
  const TlsMarks marks = s.tls ? s.tls->marks : TlsMarks{};
  const bool tells = (s.initial[0] >= kByChance && s.initial[1] >= kByChance) || marks.server_random != 0 || s.began;
  if (all_.size() == kMost || !tells || s.first.time == Timestamp{}) return;
  Sighting one{{order, path},      flow_of(s.flow), marks.client_random, marks.server_random,
               s.initial,          s.first.time,    s.last.time,         0,
               s.began.has_value()};
  if (Boxed<Said> said = std::exchange(judged.session.said, {})) {
    const std::size_t count = (*said)[0].size() + (*said)[1].size();
    if (count != 0 && marks_ + count <= kMostMarks) {
      marks_ += count;
      said_.push_back(std::move(said));
      one.said = static_cast<std::uint32_t>(said_.size());
    }
  }
  all_.push_back(one);
}

/// Which are one: by groups that are joined.
class Sightings::Grouping {
 public:
  Grouping(const std::vector<Sighting>* all, const RunFacts* run) : all_(*all), run_(*run), parent_(all->size()) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }

  /// Those with one key, two by two where `same` says so.
  template <class Key, class Same>
  void join(Key key, Same same) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (key(all_[i]) != decltype(key(all_[i])){}) places.push_back(i);
    std::sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
      return std::tuple(key(all_[a]), all_[a].first, a) < std::tuple(key(all_[b]), all_[b].first, b);
    });
    for (std::size_t i = 0; i < places.size(); ++i)
      for (std::size_t j = i + 1; j < places.size() && key(all_[places[i]]) == key(all_[places[j]]); ++j) {
        if (all_[places[j]].first - all_[places[i]].first > kClocks || j - i > 4 * kMostOfOne) break;
        if (is_another(places[i], places[j]) && same(all_[places[i]], all_[places[j]])) unite(places[i], places[j]);
      }
  }

  std::vector<std::vector<std::size_t>> take() {
    std::vector<std::pair<std::size_t, std::size_t>> by_root;
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (const std::size_t root = root_of(i); root != i || joined_root(i)) by_root.emplace_back(root, i);
    std::sort(by_root.begin(), by_root.end());
    std::vector<std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < by_root.size(); ++i) {
      if (i == 0 || by_root[i].first != by_root[i - 1].first) groups.emplace_back();
      groups.back().push_back(by_root[i].second);
    }
    std::erase_if(groups, [](const auto& group) { return group.size() < 2 || group.size() > kMostOfOne; });
    return groups;
  }

 private:
  std::uint32_t point(std::size_t i) const { return run_.point_of(all_[i].member.order.input); }
  /// The same addresses and ports at the same point are two connections, or one that was cut in two.
  bool is_another(std::size_t i, std::size_t j) const { return all_[i].flow != all_[j].flow || point(i) != point(j); }
  bool joined_root(std::size_t i) const { return roots_.size() > i && roots_[i]; }
  std::size_t root_of(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void unite(std::size_t i, std::size_t j) {
    const std::size_t a = root_of(i), b = root_of(j);
    parent_[std::max(a, b)] = std::min(a, b);
    roots_.resize(all_.size());
    roots_[std::min(a, b)] = true;
  }

  const std::vector<Sighting>& all_;
  const RunFacts& run_;
  std::vector<std::size_t> parent_;
  std::vector<bool> roots_;
};

Sightings::Told Sightings::take(const RunFacts& run, const SessionSpool& sessions,
                                const std::vector<std::uint64_t>& ids) {
  Grouping grouping(&all_, &run);
  const auto at_once = [](const Sighting& a, const Sighting& b, nanoseconds apart_at_most) {
    return apart(a.first, b.first) <= apart_at_most &&
           std::max(a.first, b.first) <= std::min(a.last, b.last) + apart_at_most;
  };
  const auto near = [&](const Sighting& a, const Sighting& b) {
    const bool one_clock = run.point_of(a.member.order.input) == run.point_of(b.member.order.input);
    return at_once(a, b, a.flow == b.flow ? kClocks : kTranslated) &&
           (!one_clock || std::max(a.first, b.first) <= std::min(a.last, b.last));
  };
  using Both = std::array<std::uint64_t, 2>;
  grouping.join(
      [](const Sighting& s) {
        return s.client_random != 0 && s.server_random != 0 ? Both{s.client_random, s.server_random} : Both{};
      },
      near);
  grouping.join(
      [](const Sighting& s) {
        return s.initial[0] >= kByChance && s.initial[1] >= kByChance ? Both{s.initial[0], s.initial[1]} : Both{};
      },
      near);
  if (run.has_points())
    grouping.join([](const Sighting& s) { return s.began ? s.flow : 0; },
                  [&](const Sighting& a, const Sighting& b) { return at_once(a, b, kSameMoment); });

  Told told;
  for (std::vector<std::size_t>& group : grouping.take()) {
    std::sort(group.begin(), group.end(), [&](std::size_t a, std::size_t b) {
      return ids[all_[a].member.order.session] < ids[all_[b].member.order.session];
    });
    const Sighting& first = all_[group.front()];
    auto& of_one = told.of_one.emplace_back();
    for (const std::size_t member : group) {
      of_one.push_back(all_[member].member.order.session);
      if (member == group.front()) continue;
      Pair pair;
      pair.first = first.member;
      pair.second = all_[member].member;
      pair.translated = first.flow != all_[member].flow;
      compare(first, all_[member], sessions, pair);
      told.pairs.push_back(pair);
    }
  }
  std::sort(told.pairs.begin(), told.pairs.end(), [](const Pair& a, const Pair& b) {
    return std::tie(a.first.order, a.second.order) < std::tie(b.first.order, b.second.order);
  });
  all_.clear();
  said_.clear();
  return told;
}

std::uint64_t Sightings::Told::once(const std::vector<std::uint32_t>& sessions, std::uint64_t count) const {
  if (count > sessions.size() || of_one.empty()) return count;
  const auto times = [&](std::uint32_t session) {
    return static_cast<std::uint64_t>(std::count(sessions.begin(), sessions.end(), session));
  };
  for (const auto& row : of_one) {
    std::uint64_t all = 0, most = 0;
    for (const std::uint32_t session : row) {
      all += times(session);
      most = std::max(most, times(session));
    }
    count -= all - most;
  }
  return count;
}

/// Of several differences the gravest is told.
void Sightings::compare(const Sighting& one, const Sighting& two, const SessionSpool& sessions, Pair& pair) const {
  const JudgedSession first = sessions[one.member.order.session], second = sessions[two.member.order.session];
  const Session &a = first.session, &b = second.session;
  const auto tell = [&](Story::Kind kind, const Seen& at_first, const Seen& at_second) {
    pair.kind = kind;
    pair.at_first = at_first;
    pair.at_second = at_second;
  };
  const auto list = [](const Session& s) {
    return s.upgrade_offered ? *s.upgrade_offered : s.capability_masked ? *s.capability_masked : *s.capabilities;
  };
  tell(pair.translated ? Story::Kind::Translated : Story::Kind::Points, a.first, b.first);

  // The first words that differ, of either side.
  if (one.said != 0 && two.said != 0)
    for (const std::size_t side : {std::size_t{1}, std::size_t{0}}) {
      const auto& x = (*said_[one.said - 1])[side];
      const auto& y = (*said_[two.said - 1])[side];
      const std::size_t both = std::min(x.size(), y.size());
      const auto differs = std::mismatch(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(both), y.begin(),
                                         [](const SaidMark& m, const SaidMark& n) { return m.hash == n.hash; });
      if (differs.first == x.begin() + static_cast<std::ptrdiff_t>(both)) continue;
      tell(Story::Kind::Altered, differs.first->seen, differs.second->seen);
      pair.side = side;
      break;
    }
  const bool altered = pair.kind == Story::Kind::Altered;

  // TLS that ends between them. What is inside TLS at both is the same TLS if its randoms are.
  const auto tls_at = [](const Session& s) {
    return s.tls->server_hello ? *s.tls->server_hello : s.tls->client_hello ? *s.tls->client_hello : s.first;
  };
  const auto clear_at = [](const Session& s) { return first_exposed(s).value_or(s.greeting ? *s.greeting : s.first); };
  if (a.tls && b.tls && one.server_random != 0 && two.server_random != 0) {
    if (one.server_random != two.server_random) tell(Story::Kind::Terminated, tls_at(a), tls_at(b));
  } else if (a.tls && a.tls->established && is_clear(b)) {
    tell(Story::Kind::Terminated, tls_at(a), clear_at(b));
  } else if (b.tls && b.tls->established && is_clear(a)) {
    tell(Story::Kind::Terminated, clear_at(a), tls_at(b));
  }

  // Where TLS came about at the point that has the offer, the device may as well have made the offer itself.
  const auto sealed = [](const Session& s) { return s.tls && s.tls->established; };
  if (pair.kind == Story::Kind::Terminated) return;
  if (a.upgrade_offered && lacks_offer(b) && !sealed(a)) {
    tell(Story::Kind::Removed, *a.upgrade_offered, list(b));
    pair.second_lacks = true;
    pair.withheld = offer_withheld(b);
  } else if (b.upgrade_offered && lacks_offer(a) && !sealed(b)) {
    tell(Story::Kind::Removed, list(a), *b.upgrade_offered);
    pair.withheld = offer_withheld(a);
  } else if (altered && a.upgrade_requested && !b.upgrade_requested && !sealed(a)) {
    tell(Story::Kind::Removed, *a.upgrade_requested, *pair.at_second);
    pair.second_lacks = pair.command = true;
  } else if (altered && b.upgrade_requested && !a.upgrade_requested && !sealed(b)) {
    tell(Story::Kind::Removed, *pair.at_first, *b.upgrade_requested);
    pair.command = true;
  }
}

}  // namespace mailseal
