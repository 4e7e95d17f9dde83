#include "room.h"

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

std::string fitted(std::size_t max_bytes, std::size_t findings, const std::function<std::string(const Room&)>& render) {
  Room room{findings};
  std::string text = render(room);
  if (max_bytes == 0 || text.size() <= max_bytes) return text;
  room.sentence = max_bytes / 10;  // escaping makes six octets of one at worst
  const auto fits = [&] { return render(room).size() <= max_bytes; };
  room.findings = largest(findings + 1, [&](std::size_t n) {
    room.findings = n;
    return fits();
  });
  if (room.findings == 0 && !fits())
    room.parts = largest(kParts, [&](std::size_t n) {
      room.parts = n;
      return fits();
    });
  return render(room);
}

std::string left_out(const Room& room, std::size_t findings) {
  if (room.parts < kParts)
    return told("{} more findings and other parts, see the attachment", findings - room.findings);
  if (room.findings == findings) return "";
  return told_number(findings - room.findings, "{} more finding, see the attachment",
                     "{} more findings, see the attachment");
}

}  // namespace mailseal
