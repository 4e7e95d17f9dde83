#include "occurrences.h"

#include <algorithm>
#include <tuple>

namespace mailseal {
namespace {

std::size_t place(const FindingKind* kind) noexcept { return static_cast<std::size_t>(kind - catalogue().data()); }

constexpr auto kByOrder = [](const Occurrences::Group::Kept& a, const Occurrences::Group::Kept& b) {
  return a.order < b.order;
};

}  // namespace

Occurrences::Occurrences(std::size_t limit) : limit_(limit), groups_(catalogue().size()) {}

void Occurrences::add(const FindingKind* kind, Severity severity, const Order& order, const Seen& seen,
                      std::string note) {
  Group& group = groups_[place(kind)];
  ++group.count;
  if (group.worst.count == 0 || severity < group.severity) {
    group.severity = severity;
    group.worst = {0, order, seen};
  }
  if (severity == group.severity) {
    ++group.worst.count;
    if (order < group.worst.order) group.worst = {group.worst.count, order, seen};
  }
  if (limit_ == 0) return;
  auto& kept = group.kept;
  if (kept.size() == limit_) {
    if (!(order < kept.front().order)) return;
    std::pop_heap(kept.begin(), kept.end(), kByOrder);
    kept.pop_back();
  }
  kept.push_back({order, seen, std::move(note)});
  std::push_heap(kept.begin(), kept.end(), kByOrder);
}

void Occurrences::note_later(const FindingKind* kind,
                             const std::function<std::optional<std::string>(const Order&)>& say) {
  for (Group::Kept& kept : groups_[place(kind)].kept)
    if (auto note = say(kept.order)) kept.note = std::move(*note);
}

const Occurrences::Group& Occurrences::of(const FindingKind* kind) const noexcept { return groups_[place(kind)]; }

std::vector<FindingGroup> Occurrences::take(const std::vector<std::uint64_t>& ids) {
  std::vector<FindingGroup> all;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    Group& from = groups_[i];
    if (from.count == 0) continue;
    std::sort_heap(from.kept.begin(), from.kept.end(), kByOrder);
    FindingGroup group{&catalogue()[i], from.severity, from.count, {}};
    group.occurrences.reserve(from.kept.size());
    for (Group::Kept& kept : from.kept) {
      const std::uint64_t id = kept.order.session == Order::kNone ? 0 : ids[kept.order.session];
      group.occurrences.push_back({id, kept.seen, std::move(kept.note)});
    }
    all.push_back(std::move(group));
    from = {};
  }
  std::sort(all.begin(), all.end(), [](const FindingGroup& a, const FindingGroup& b) {
    return std::tuple(a.severity, b.count, a.kind->id) < std::tuple(b.severity, a.count, b.kind->id);
  });
  return all;
}

}  // namespace mailseal
