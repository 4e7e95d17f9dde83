// Boxed: an optional whose value lies elsewhere, so that its absence costs a pointer only.
//
// Owns it; a copy is deep, a move leaves nothing behind.
#pragma once

#include <memory>
#include <utility>

namespace mailseal {

template <class T>
class Boxed {
 public:
  Boxed() = default;
  Boxed(T value) : value_(std::make_unique<T>(std::move(value))) {}
  Boxed(const Boxed& b) : value_(b ? std::make_unique<T>(*b) : nullptr) {}
  Boxed(Boxed&&) noexcept = default;
  Boxed& operator=(Boxed b) noexcept {
    value_ = std::move(b.value_);
    return *this;
  }

  T& emplace() { return *(value_ = std::make_unique<T>()); }
  void reset() noexcept { value_.reset(); }
  explicit operator bool() const noexcept { return value_ != nullptr; }
  T& operator*() noexcept { return *value_; }
  const T& operator*() const noexcept { return *value_; }
  T* operator->() noexcept { return value_.get(); }
  const T* operator->() const noexcept { return value_.get(); }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace mailseal
