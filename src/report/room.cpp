#include "room.h"

#include <algorithm>

#include "tr.h"

namespace mailseal {
namespace {

/// The largest number below `bad` for which `fits`, that is true up to some number. 0 where none.
std::size_t largest(std::size_t bad, const std::function<bool(std::size_t)>& fits) {
  std::size_t good = 0;
  while (bad - good > 1) {
    const std::size_t middle = good + (bad - good) / 2;
    (fits(middle) ? good : bad) = middle;
  }
  return good;
}

}  // namespace

std::string fitted(std::size_t max_bytes, std::size_t findings, std::size_t severe,
                   const std::function<std::string(const Room&)>& render) {
  Room room{findings};
  if (std::string whole = render(room); max_bytes == 0 || whole.size() <= max_bytes) return whole;
  constexpr std::size_t kSentence = 600;                // with all its figures
  room.sentence = std::max(max_bytes / 10, kSentence);  // escaping makes six octets of one at worst
  const auto fits = [&](const Room& r) { return render(r).size() <= max_bytes; };
  for (;; --room.parts) {
    room.findings = largest(findings + 1, [&](std::size_t n) { return fits({n, room.parts, room.sentence}); });
    if (room.parts == 0 || (room.findings >= severe && fits(room))) break;
  }
  if (!fits(room)) room.sentence = max_bytes / 10;  // it is none of ours
  while (room.parts < kParts && fits({room.findings, room.parts + 1, room.sentence})) ++room.parts;
  return render(room);
}

std::size_t severe(const std::vector<const FindingGroup*>& findings) {
  const auto end = std::find_if(findings.begin(), findings.end(), [](auto* g) { return g->severity > Severity::High; });
  return static_cast<std::size_t>(end - findings.begin());
}

std::string left_out(const Room& room, std::size_t findings) {
  const std::size_t left = findings - room.findings;
  if (room.parts == kParts)
    return left == 0 ? ""
                     : told_number(left, "{} more finding, see the attachment", "{} more findings, see the attachment");
  if (left == 0) return tr("Other parts are left out, see the attachment");
  return told_number(left, "{} more finding and other parts, see the attachment",
                     "{} more findings and other parts, see the attachment");
}

}  // namespace mailseal
