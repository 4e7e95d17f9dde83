// Sha256: the digest that names a capture or a certificate in a report (FIPS 180-4).
// MD5 is here for fingerprints that others compute with it (RFC 1321); nothing is protected by it.
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

std::string sha256(Bytes);  ///< of octets that are all here, likewise
/// Lower-case hexadecimal, 32 characters; empty where the library refuses it (FIPS mode).
std::string md5(Bytes);

}  // namespace mailseal
