// Boxed: an optional whose value lies elsewhere, so that its absence costs a pointer only.
//
// Owns it; a copy is deep, a move leaves nothing behind. The values lie in a pool.
#pragma once

#include <memory>
#include <utility>

#include "mailseal/base/pool.h"

namespace mailseal {

template <class T>
class Boxed {
 public:
  Boxed() = default;
  Boxed(T value) : value_(std::make_unique<Value>(Value{{}, std::move(value)})) {}
  Boxed(const Boxed& b) : value_(b ? std::make_unique<Value>(Value{{}, *b}) : nullptr) {}
  Boxed(Boxed&&) noexcept = default;
  Boxed& operator=(Boxed b) noexcept {
    value_ = std::move(b.value_);
    return *this;
  }

  T& emplace() { return (value_ = std::make_unique<Value>())->value; }
  void reset() noexcept { value_.reset(); }
  explicit operator bool() const noexcept { return value_ != nullptr; }
  T& operator*() noexcept { return value_->value; }
  const T& operator*() const noexcept { return value_->value; }
  T* operator->() noexcept { return &value_->value; }
  const T* operator->() const noexcept { return &value_->value; }

 private:
  struct Value : Pooled<Value> {
    T value{};
  };
  std::unique_ptr<Value> value_;
};

}  // namespace mailseal
