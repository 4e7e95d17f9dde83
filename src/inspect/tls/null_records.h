// NullRecords: what lies readable in the records of a suite without encryption.
//
// To TLS 1.2 a record is content and MAC (RFC 5246 6.2.3.1; encrypt-then-MAC changes nothing
// here), so the content passes as it comes, before the record is whole. In TLS 1.3
// (RFC 9150) it is content, its type, zeros and MAC: the type is known at the end only, so one
// record is kept.
#pragma once

#include <cstdint>
#include <vector>

#include "follower.h"
#include "mailseal/base/suites.h"

namespace mailseal::tls {

/// Octets of the record's MAC, or of the tag where the suite encrypts.
std::size_t mac_bytes(const CipherSuite&) noexcept;

class NullRecords {
 public:
  enum class Form : std::uint8_t { ContentAndMac, InnerPlaintext };

  void begin(Form form, std::size_t length, std::size_t mac);
  void body(Side, Bytes, const Seen&, ReadableSink&);
  void hole(std::uint64_t bytes) noexcept;
  void end(Side, ReadableSink&);

 private:
  Form form_ = Form::ContentAndMac;
  bool damaged_ = false;
  std::size_t mac_ = 0;
  std::size_t left_ = 0;  ///< of the content, in the first form
  std::vector<std::byte> inner_;
  Seen first_;
};

}  // namespace mailseal::tls
