// FrameLines: where packets stand in a text.
#include <algorithm>

#include "mailseal/capture.h"

namespace mailseal {

void FrameLines::add(std::uint64_t frame, std::uint64_t line) { entries_.push_back({frame, line}); }

void FrameLines::settle() {
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.frame < b.frame; });
  const auto last =
      std::unique(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.frame == b.frame; });
  entries_.erase(last, entries_.end());
}

std::optional<std::uint64_t> FrameLines::line_of(std::uint64_t frame) const noexcept {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), frame,
                                   [](const Entry& e, std::uint64_t f) { return e.frame < f; });
  return at != entries_.end() && at->frame == frame ? std::optional(at->line) : std::nullopt;
}

std::string_view to_string(TextClock clock) noexcept {
  switch (clock) {
    case TextClock::Utc:
      return "utc";
    case TextClock::Unzoned:
      return "unzoned";
    case TextClock::Undated:
      return "undated";
  }
  return "undated";
}

}  // namespace mailseal
