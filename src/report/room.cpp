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
  room.sentence = max_bytes / 10;  // escaping makes six octets of one at worst
  for (;; --room.parts) {
    room.findings = largest(findings + 1, [&](std::size_t n) {
      room.findings = n;
      return render(room).size() <= max_bytes;
    });
    if (room.findings >= severe || room.parts == 0) break;
  }
  std::string text = render(room);
  while (text.size() > max_bytes && room.parts != 0) {  // without a finding
    --room.parts;
    text = render(room);
  }
  return text;
}

std::size_t severe(const std::vector<const FindingGroup*>& findings) {
  const auto end = std::find_if(findings.begin(), findings.end(), [](auto* g) { return g->severity > Severity::High; });
  return static_cast<std::size_t>(end - findings.begin());
}

std::string left_out(const Room& room, std::size_t findings) {
  if (room.parts < kParts)
    return told("{} more findings and other parts, see the attachment", findings - room.findings);
  if (room.findings == findings) return "";
  return told_number(findings - room.findings, "{} more finding, see the attachment",
                     "{} more findings, see the attachment");
}

}  // namespace mailseal
