// Gunzip: a gzip input (RFC 1952), one member or several, inflated as it is read.
//
// Refuses nothing but damage: an input that ends inside a member, or is no deflate
// stream there, ends at that place and is told as broken().
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "mailseal/base/bytes.h"

namespace mailseal {

bool is_gzip(Bytes beginning) noexcept;

class Gunzip {
 public:
  /// `begun`: what was read of the input already, copied.
  explicit Gunzip(Bytes begun);
  ~Gunzip();

  /// Fills the beginning of `room` from what `stored` reads; answers as a read does.
  std::ptrdiff_t read(std::span<std::byte> room, const std::function<std::ptrdiff_t(std::span<std::byte>)>& stored);
  bool broken() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailseal
