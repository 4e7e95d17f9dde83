// Holdings: what all conversations together may hold of octets that cannot be read yet: unfinished
// lines, what awaits an answer, handshakes in pieces, commands without a reply.
//
// Each has bounds of its own, but thousands that fill theirs at once would fill the memory. While
// more is held than Limits::inspect_bytes, nobody may hold more than a little: what would be kept
// is then decided at once, and doubted, as at any other limit.
#pragma once

#include <algorithm>
#include <cstddef>

#include "mailseal/base/limits.h"

namespace mailseal {

class Holdings {
 public:
  /// `limits` is kept and must outlive the holdings.
  explicit Holdings(const Limits* limits) : limits_(*limits) {}

  /// How much of what `limit` allows one holder may have at present.
  std::size_t within(std::size_t limit) const noexcept {
    constexpr std::size_t kLittle = 1024;
    return held_ < limits_.inspect_bytes ? limit : std::min(limit, kLittle);
  }
  const Limits& limits() const noexcept { return limits_; }

  /// What one holder has; given back when it goes. The holdings must outlive it.
  class Share {
   public:
    explicit Share(Holdings* holdings) noexcept : holdings_(*holdings) {}
    ~Share() { holds(0); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    void holds(std::size_t bytes) noexcept {
      holdings_.held_ += bytes - bytes_;
      bytes_ = bytes;
    }

   private:
    Holdings& holdings_;
    std::size_t bytes_ = 0;
  };

 private:
  const Limits& limits_;
  std::size_t held_ = 0;
};

}  // namespace mailseal
