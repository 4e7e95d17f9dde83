// Room: a report that may not grow beyond so many octets, because a tracker's field would refuse it.
//
// Whole findings are left out, the least severe first, then whole parts, then severe findings: nothing ends in the
// middle, and what was left out is told at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "mailseal/overview.h"

namespace mailseal {

/// Of a report for people beside its verdict and its findings, what is missed most first.
enum class Part : std::uint8_t {
  Captures,
  Reasons,
  Policy,
  NotJudged,
  Stories,
  Limits,
  Reproduce,
  NotSeen,
  Inside,
  Servers,
  Hops
};
inline constexpr std::size_t kParts = 11;

struct Room {
  std::size_t findings;         ///< so many of them, the most severe
  std::size_t parts = kParts;   ///< so many of Part
  std::size_t sentence = ~0ul;  ///< columns of the verdict's, see verdict_sentence()
  bool has(Part part) const { return static_cast<std::size_t>(part) < parts; }
};

/// The most that render() makes of at most `max_bytes` octets (0: no limit). Parts are left out before one of
/// the first `severe` findings is. render() is called many times.
std::string fitted(std::size_t max_bytes, std::size_t findings, std::size_t severe,
                   const std::function<std::string(const Room&)>& render);

/// How many findings, of those sorted by severity, must not make room for a part.
std::size_t severe(const std::vector<const FindingGroup*>&);

/// What a shortened report ends with: "7 more findings, see the attachment"; "" where nothing was left out.
std::string left_out(const Room&, std::size_t findings);

}  // namespace mailseal
