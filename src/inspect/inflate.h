// Inflate: one direction of IMAP's COMPRESS=DEFLATE (RFC 4978: a raw deflate stream,
// RFC 1951, flushed after each command or response). Bounded: what it gives out in all
// is limited, so that a small capture cannot become a large one.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "mailseal/base/bytes.h"
#include "mailseal/base/limits.h"

namespace mailseal {

class Inflate {
 public:
  explicit Inflate(const Limits*);
  ~Inflate();

  enum class Outcome { Ok, Broken, LimitHit };
  /// Gives what comes out in pieces; they die with the call. After Broken or LimitHit
  /// nothing comes any more.
  Outcome data(Bytes, const std::function<void(std::string_view)>& give);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailseal
