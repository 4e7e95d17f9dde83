// ShortQueue: a queue of small values that is nearly always short.
//
// The first kInPlace values lie in the object itself, so that a queue of one command costs no memory
// elsewhere and no wait for it. More go to the heap, all together, until it is empty once more.
// Unbounded: whoever puts in asks size() first.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

namespace mailseal {

template <class T, std::uint8_t kInPlace>
class ShortQueue {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  bool empty() const noexcept { return size() == 0; }
  std::size_t size() const noexcept { return many_ ? many_->size() : few_size_; }
  const T* begin() const noexcept { return many_ ? many_->data() : few_.data(); }
  const T* end() const noexcept { return begin() + size(); }
  const T& front() const noexcept { return *begin(); }  ///< only where not empty

  void push_back(T value) {
    if (!many_ && few_size_ < kInPlace) {
      few_[few_size_++] = value;
      return;
    }
    if (!many_) many_ = std::make_unique<std::vector<T>>(begin(), end());
    many_->push_back(value);
  }
  void pop_front() noexcept { drop(1); }
  /// The first n; at most size().
  void drop(std::size_t n) noexcept {
    if (n == size()) return clear();
    if (many_) {
      many_->erase(many_->begin(), many_->begin() + static_cast<std::ptrdiff_t>(n));
    } else {
      std::copy(few_.begin() + n, few_.begin() + few_size_, few_.begin());
      few_size_ = static_cast<std::uint8_t>(few_size_ - n);
    }
  }
  void clear() noexcept {
    many_.reset();
    few_size_ = 0;
  }

 private:
  std::array<T, kInPlace> few_{};
  std::uint8_t few_size_ = 0;
  std::unique_ptr<std::vector<T>> many_;  ///< where there are more: all of them
};

}  // namespace mailseal
