// Occurrences: the findings of all sessions, by kind, with the first places of each.
//
// All are counted; of each kind the first Limits::occurrences places are kept, first in the order of the sessions and
// not in the order in which they ended. So memory does not grow with the traffic, and the result does not
// depend on who was quicker.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mailseal/overview.h"
#include "order.h"

namespace mailseal {

class Occurrences {
 public:
  explicit Occurrences(std::size_t limit);

  void add(const FindingKind*, Severity, const Order&, const Seen&, std::string note);

  /// What became known later of a place that is kept: its note, unless `say` gives none.
  void note_later(const FindingKind*, const std::function<std::optional<std::string>(const Order&)>& say);

  struct Worst {
    std::uint64_t count = 0;  ///< of the worst severity
    Order order;              ///< the first of those
    Seen seen;
  };
  struct Group {
    std::uint64_t count = 0;
    Severity severity = Severity::Positive;  ///< the worst
    Worst worst;
    struct Kept {
      Order order;
      Seen seen;
      std::string note;
    };
    std::vector<Kept> kept;  ///< a heap, the last in order on top
  };
  const Group& of(const FindingKind*) const noexcept;

  /// By severity, then count, then id. `ids[i]` is the session's number that was at place i. Empties this.
  std::vector<FindingGroup> take(const std::vector<std::uint64_t>& ids);

 private:
  std::size_t limit_;
  std::vector<Group> groups_;  // by place in catalogue()
};

}  // namespace mailseal
