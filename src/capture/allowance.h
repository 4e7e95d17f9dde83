// Allowance: how much one input may unpack to, whatever lies in what: Limits::unpack_ratio, unpacked_bytes, members.
//
// All that is unpacked is counted, at every level, and also what is passed over: a bomb is one that takes long, too.
#pragma once

#include <cstdint>
#include <string>

#include "mailseal/base/limits.h"

namespace mailseal {

class Allowance {
 public:
  /// `size` of the input as it is stored, where it is known: else it grows as it is read. `limits` is kept.
  explicit Allowance(const Limits* limits, std::uint64_t size = 0) : limits_(limits), size_(size) {}

  void stored(std::uint64_t octets) noexcept { read_ += octets; }
  /// False: too much.
  bool take(std::uint64_t octets) {
    if (!exceeded_.empty()) return false;
    unpacked_ += octets;
    if (unpacked_ > limits_->unpacked_bytes)
      exceeded_ = "unpacks to more than " + std::to_string(limits_->unpacked_bytes) + " octets";
    else if (unpacked_ > limits_->unpacked_freely && unpacked_ / limits_->unpack_ratio > size())
      exceeded_ = "unpacks to more than " + std::to_string(limits_->unpack_ratio) + " times its size";
    return exceeded_.empty();
  }
  /// Octets stored, as far as they are known.
  std::uint64_t size() const noexcept { return size_ != 0 ? size_ : read_; }
  bool member() noexcept { return ++members_ <= limits_->members; }
  /// What was too much; empty: nothing.
  const std::string& exceeded() const noexcept { return exceeded_; }
  const Limits& limits() const noexcept { return *limits_; }

 private:
  const Limits* limits_;
  std::uint64_t size_, read_ = 0, unpacked_ = 0;
  std::size_t members_ = 0;
  std::string exceeded_;
};

}  // namespace mailseal
