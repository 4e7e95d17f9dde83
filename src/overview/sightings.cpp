#include "sightings.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <span>
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

/// Of a session, or of a sighting.
bool by_chance(const auto& s) { return s.initial[0] >= kByChance && s.initial[1] >= kByChance; }

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

bool is_sealed(const Session& s) { return s.tls && s.tls->established; }

/// What came before it of that side is there, without a hole: a list is the server's first, and it is whole.
bool is_marked_to(const std::vector<SaidMark>& marks, const Seen& place) {
  return !marks.empty() && (marks.back().seen.offset >= place.offset || same_packet(marks.back().seen, place));
}

}  // namespace

void Sightings::add(JudgedSession& judged, const Order& order, Summary::Path path) {
  const Session& s = judged.session;
  const TlsMarks marks = s.tls ? s.tls->marks : TlsMarks{};
  const bool tells = by_chance(s) || marks.server_random != 0 || s.said;
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
  Grouping(const std::vector<Sighting>* all, const RunFacts* run)
      : all_(*all), run_(*run), each_(all->size()), groups_(all->size()) {
    std::iota(each_.begin(), each_.end(), std::size_t{0});
    group_of_ = each_;
  }

  /// Those with one key, two by two where `same` says so.
  template <class Key, class Same>
  void join(Key key, Same same) {
    using Value = decltype(key(all_.front()));
    std::vector<std::tuple<Value, Timestamp, std::size_t>> sorted;  // what is compared, side by side
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (const Value value = key(all_[i]); value != Value{}) sorted.emplace_back(value, all_[i].first, i);
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::size_t> places;
    for (auto from = sorted.begin(), to = from; from != sorted.end(); from = to) {
      to = std::find_if(from, sorted.end(), [&](const auto& one) { return std::get<0>(one) != std::get<0>(*from); });
      if (to - from < 2) continue;
      places.clear();
      for (auto one = from; one != to; ++one) places.push_back(std::get<2>(*one));
      if (flows(places) > kMostOfOne) continue;  // who always begins with the same one
      for (auto i = places.begin(); i != places.end(); ++i)
        for (auto j = i + 1; j != places.end(); ++j) {
          if (all_[*j].first - all_[*i].first > kClocks || j - i > 4 * static_cast<std::ptrdiff_t>(kMostOfOne)) break;
          if (may_be_one(*i, *j) && same(all_[*i], all_[*j])) unite(*i, *j);
        }
    }
  }

  std::vector<std::vector<std::size_t>> take() {
    std::erase_if(groups_, [](const auto& group) { return group.size() < 2 || group.size() > kMostOfOne; });
    return std::move(groups_);
  }

 private:
  /// The same addresses and ports at the same point are two connections, or one that was cut in two; in two inputs that
  /// begin by the same numbers of chance it is the same again, by another clock.
  bool is_another(std::size_t i, std::size_t j) const {
    const Sighting &a = all_[i], &b = all_[j];
    const std::uint32_t input_a = a.member.order.input, input_b = b.member.order.input;
    return a.flow != b.flow || run_.point_of(input_a) != run_.point_of(input_b) ||
           (input_a != input_b && by_chance(a) && a.initial == b.initial);
  }
  /// How many connections by their addresses and ports.
  std::size_t flows(std::span<const std::size_t> places) const {
    std::set<std::uint64_t> different;
    for (const std::size_t i : places)
      if (different.size() <= kMostOfOne) different.insert(all_[i].flow);
    return different.size();
  }
  /// With all that they are one with already. Of too many none is believed.
  bool may_be_one(std::size_t i, std::size_t j) const {
    const auto with_i = members(group_of_[i]), with_j = members(group_of_[j]);
    if (group_of_[i] == group_of_[j] || with_i.size() + with_j.size() > kMostOfOne)
      return group_of_[i] != group_of_[j] && is_another(i, j);
    return std::all_of(with_i.begin(), with_i.end(), [&](std::size_t a) {
      return std::all_of(with_j.begin(), with_j.end(), [&](std::size_t b) { return is_another(a, b); });
    });
  }
  void unite(std::size_t i, std::size_t j) {
    std::size_t to = group_of_[i], from = group_of_[j];
    if (members(to).size() < members(from).size()) std::swap(to, from);
    if (groups_[to].empty()) groups_[to].push_back(to);
    for (const std::size_t member : members(from)) {
      group_of_[member] = to;
      groups_[to].push_back(member);
    }
    groups_[from] = {};
  }
  /// Of a group that something is in.
  std::span<const std::size_t> members(std::size_t group) const {
    return groups_[group].empty() ? std::span(&each_[group], 1) : std::span(groups_[group]);
  }

  const std::vector<Sighting>& all_;
  const RunFacts& run_;
  std::vector<std::size_t> each_, group_of_;
  std::vector<std::vector<std::size_t>> groups_;  ///< nothing: it is one alone, of that number
};

Sightings::Told Sightings::take(const RunFacts& run, const SessionSpool& sessions,
                                const std::vector<std::uint64_t>& ids) {
  Grouping grouping(&all_, &run);
  const auto last_at_once = [](const Sighting& a, const Sighting& b, nanoseconds apart_at_most) {
    return std::max(a.first, b.first) <= std::min(a.last, b.last) + apart_at_most;
  };
  const auto near = [&](const Sighting& a, const Sighting& b) {
    const bool one_clock = run.point_of(a.member.order.input) == run.point_of(b.member.order.input);
    const nanoseconds clocks = a.flow == b.flow ? kClocks : one_clock ? nanoseconds{0} : kTranslated;
    return last_at_once(a, b, clocks) && apart(a.first, b.first) <= std::max(clocks, kTranslated);
  };
  using Both = std::array<std::uint64_t, 2>;
  grouping.join(
      [](const Sighting& s) {
        return s.client_random != 0 && s.server_random != 0 ? Both{s.client_random, s.server_random} : Both{};
      },
      near);
  // No device translates the client's port alone and keeps the numbers; who always begins with the same ones does so.
  grouping.join(
      [](const Sighting& s) {
        return by_chance(s) ? Both{s.initial[0], s.initial[1]} : Both{};
      },
      [&](const Sighting& a, const Sighting& b) {
        return (a.flow == b.flow || a.member.path.hop != b.member.path.hop) && near(a, b);
      });
  if (run.has_points())
    grouping.join([](const Sighting& s) { return s.flow; },
                  [&](const Sighting& a, const Sighting& b) {
                    if (!a.began || !b.began) return last_at_once(a, b, {});
                    return apart(a.first, b.first) <= kSameMoment && last_at_once(a, b, kSameMoment);
                  });

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

/// Of several differences the gravest is told. What only lacks at one point may have been lost there, was cut off, or
/// came before its capture began: nothing is told of it. So a device is named only where both show a side from its
/// first octet on and show it differently, or two handshakes of TLS.
void Sightings::compare(const Sighting& one, const Sighting& two, const SessionSpool& sessions, Pair& pair) const {
  const JudgedSession first = sessions[one.member.order.session], second = sessions[two.member.order.session];
  const Session &a = first.session, &b = second.session;
  const auto tell = [&](Story::Kind kind, const Seen& at_first, const Seen& at_second) {
    pair.kind = kind;
    pair.at_first = at_first;
    pair.at_second = at_second;
  };
  tell(pair.translated ? Story::Kind::Translated : Story::Kind::Points, a.first, b.first);
  if (a.upgrade_offered && offer_withheld(b)) pair.withheld = pair.second;
  if (b.upgrade_offered && offer_withheld(a)) pair.withheld = pair.first;

  // TLS of its own to either end: whoever passes a handshake on changes no random.
  if (one.began && two.began && one.client_random != 0 && two.client_random != 0 &&
      one.client_random != two.client_random && one.server_random != 0 && two.server_random != 0 &&
      one.server_random != two.server_random)
    return tell(Story::Kind::Terminated, *a.tls->server_hello, *b.tls->server_hello);

  // Two stories were told at one point already: which of them came there is no device's doing.
  const auto is_told_twice = [](const Session& s) {
    return std::any_of(s.doubts.begin(), s.doubts.end(),
                       [](const DoubtSeen& d) { return d.doubt == Doubt::OverlapConflict; });
  };
  if (is_told_twice(a) || is_told_twice(b)) return;
  const auto client = difference(one, two, Side::Client), server = difference(one, two, Side::Server);
  if (!client && !server) return;
  // Under other addresses, and neither side says the same: it may be chance that the numbers do.
  if (pair.translated && one.server_random == 0 && client && server) return;
  const auto& [in_first, in_second] = server ? *server : *client;
  tell(Story::Kind::Altered, in_first, in_second);
  pair.side = server ? 1 : 0;

  const auto sealed_at = [](const Session& s) {
    return s.tls->server_hello ? *s.tls->server_hello : *s.tls->established;
  };
  const auto clear_a = first_exposed(a), clear_b = first_exposed(b);
  if (is_sealed(a) && !clear_a && !b.tls && clear_b) return tell(Story::Kind::Terminated, sealed_at(a), *clear_b);
  if (is_sealed(b) && !clear_b && !a.tls && clear_a) return tell(Story::Kind::Terminated, *clear_a, sealed_at(b));

  // Where TLS came about at the point that has the offer, the device may as well have made the offer itself.
  const auto list = [](const Session& s) { return s.capability_masked ? *s.capability_masked : *s.capabilities; };
  const auto lacks = [&](const Session& s, const Sighting& sighting) {
    return lacks_offer(s) && is_marked_to((*said_[sighting.said - 1])[1], list(s));
  };
  const auto requested = [](const Session& s, const Seen& place) {
    return s.upgrade_requested && same_packet(*s.upgrade_requested, place);
  };
  if (server && a.upgrade_offered && !is_sealed(a) && lacks(b, two)) {
    tell(Story::Kind::Removed, *a.upgrade_offered, list(b));
    pair.second_lacks = true;
  } else if (server && b.upgrade_offered && !is_sealed(b) && lacks(a, one)) {
    tell(Story::Kind::Removed, list(a), *b.upgrade_offered);
  } else if (client && requested(a, client->first) && !b.upgrade_requested && !is_sealed(a)) {
    tell(Story::Kind::Removed, client->first, client->second);
    pair.second_lacks = pair.command = true;
  } else if (client && requested(b, client->second) && !a.upgrade_requested && !is_sealed(b)) {
    tell(Story::Kind::Removed, client->first, client->second);
    pair.command = true;
  }
}

/// The first words of that side that differ, where both points show its first octet.
std::optional<std::pair<Seen, Seen>> Sightings::difference(const Sighting& one, const Sighting& two, Side side) const {
  const auto i = static_cast<std::size_t>(side);
  if (one.said == 0 || two.said == 0 || one.initial[i] == 0 || two.initial[i] == 0) return std::nullopt;
  const auto &x = (*said_[one.said - 1])[i], &y = (*said_[two.said - 1])[i];
  const auto both = static_cast<std::ptrdiff_t>(std::min(x.size(), y.size()));
  const auto [at_x, at_y] = std::mismatch(x.begin(), x.begin() + both, y.begin(),
                                          [](const SaidMark& m, const SaidMark& n) { return m.hash == n.hash; });
  if (at_x == x.begin() + both) return std::nullopt;
  return std::pair(at_x->seen, at_y->seen);
}

}  // namespace mailseal
