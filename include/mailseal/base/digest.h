// Sha256: the digest that names a capture or a certificate in a report (FIPS 180-4).
#pragma once

#include <memory>
#include <string>

#include "mailseal/base/bytes.h"

namespace mailseal {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void add(Bytes);
  /// Lower-case hexadecimal, 64 characters. Call once, last.
  std::string finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailseal
