#include "null_records.h"

#include <algorithm>

namespace mailseal::tls {

std::size_t mac_bytes(const CipherSuite& suite) noexcept {
  if (suite.aead) return suite.short_tag || suite.block_bits == 64 ? 8 : 16;  // a tag of MGM is a block (RFC 9058 4)
  if (suite.mac == "MD5") return 16;
  if (suite.mac == "SHA") return 20;
  if (suite.mac == "SHA256") return 32;
  if (suite.mac == "SHA384") return 48;
  return 0;
}

void NullRecords::begin(Form form, std::size_t length, std::size_t mac) {
  form_ = form;
  mac_ = mac;
  damaged_ = false;
  left_ = length > mac ? length - mac : 0;
  inner_.clear();
}

void NullRecords::body(Side side, Bytes octets, const Seen& seen, ReadableSink& sink) {
  if (form_ == Form::ContentAndMac) {
    const Bytes content = octets.first(std::min(left_, octets.size()));
    left_ -= content.size();
    if (!content.empty()) sink.readable(side, content, seen);
    return;
  }
  if (inner_.empty()) first_ = seen;
  first_.time = seen.time;
  first_.frame = seen.frame;
  inner_.insert(inner_.end(), octets.begin(), octets.end());
}

void NullRecords::hole(std::uint64_t bytes) noexcept {
  left_ -= static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes));
  damaged_ = damaged_ || bytes > 0;
}

void NullRecords::end(Side side, ReadableSink& sink) {
  constexpr std::byte kApplicationData{23};
  if (form_ == Form::ContentAndMac || damaged_ || inner_.size() <= mac_) return;
  // "scan the field from the end toward the beginning until it finds a non-zero octet.
  // This non-zero octet is the content type" (RFC 8446 5.4)
  Bytes inner = Bytes(inner_).first(inner_.size() - mac_);
  while (!inner.empty() && inner.back() == std::byte{0}) inner = inner.first(inner.size() - 1);
  if (inner.size() > 1 && inner.back() == kApplicationData) sink.readable(side, inner.first(inner.size() - 1), first_);
}

}  // namespace mailseal::tls
