// CanaryWatch: the marker test in one conversation.
//
// Is given the octets that were readable, by layer and side, and writes down where markers ended. A searcher is made
// for each stream that carries something; nothing of this exists where no marker was asked for.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "mailseal/base/canary.h"
#include "mailseal/inspect.h"

namespace mailseal {

class CanaryWatch {
 public:
  /// Both are kept and must outlive it.
  CanaryWatch(const Canary*, CanaryFacts*);

  /// `seen` is of the first octet. Of deflated text it is of the packet, and all of it is there.
  void look(CanaryLayer, Side, Bytes, const Seen& seen);
  void gap(Side) noexcept;

 private:
  static constexpr std::size_t kLayers = 4, kMostSeen = 64;

  const Canary& canary_;
  CanaryFacts& facts_;
  std::array<std::array<std::optional<CanarySearch>, 2>, kLayers> searches_;
};

}  // namespace mailseal
