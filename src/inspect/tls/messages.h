// MessageCutter: handshake messages out of the records of one side.
//
// Several messages may lie in one record and one over several records (RFC 5246 6.2.1). A
// message that is wanted and lies in one piece is handed over where it lies; only one that
// is cut is copied. Messages nobody wants are counted through, never kept. Of a message with
// a hole in it the beginning is told; the next one is found by the lengths, or at the next record.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "holdings.h"
#include "mailseal/base/bytes.h"
#include "mailseal/base/place.h"

namespace mailseal::tls {

enum class HandshakeType : std::uint8_t {
  HelloRequest = 0,
  ClientHello = 1,
  ServerHello = 2,
  NewSessionTicket = 4,
  EndOfEarlyData = 5,
  HelloRetryRequest = 6,  ///< of its own only in the drafts of TLS 1.3 before 22
  EncryptedExtensions = 8,
  Certificate = 11,
  ServerKeyExchange = 12,
  CertificateRequest = 13,
  ServerHelloDone = 14,
  CertificateVerify = 15,
  ClientKeyExchange = 16,
  Finished = 20,
  CertificateStatus = 22,
  KeyUpdate = 24,
  CompressedCertificate = 25,  ///< RFC 8879
};

struct MessageView {
  HandshakeType type{};
  std::uint32_t length = 0;  ///< of the body, also where it was not kept
  bool kept = false;         ///< `body` is whole; else it is what came before a hole, or nothing
  Bytes body;
  Seen seen;  ///< packet of the last octet, offset of the first
};

class MessageCutter {
 public:
  /// A record begins: where step was lost, a message may begin here.
  void record() noexcept;
  /// True: a message is whole. Call until false; moves `rest` and `seen` as RecordCutter does.
  bool next(Bytes& rest, Seen& seen, const Holdings& holdings, MessageView& out);
  void hole(std::uint64_t bytes) noexcept;
  void drop() noexcept;  ///< no more is wanted: what is held is freed

  /// A message is unfinished.
  bool inside() const noexcept { return have_ > 0 || state_ == State::Collect || state_ == State::Skip; }
  bool limit_hit() const noexcept { return limit_hit_; }
  std::size_t bytes() const noexcept { return buffer_.capacity(); }  ///< held of a message that is cut

 private:
  enum class State : std::uint8_t { Head, Collect, Skip, Lost };
  MessageView whole(Bytes body, bool kept, const Seen& last) const noexcept;

  State state_ = State::Head;
  bool guessing_ = false;  ///< the next head may be none
  bool limit_hit_ = false;
  std::uint8_t have_ = 0;
  std::array<std::byte, 4> head_{};
  HandshakeType type_{};
  std::uint32_t length_ = 0, left_ = 0;
  std::uint64_t offset_ = 0;
  std::vector<std::byte> buffer_;
};

}  // namespace mailseal::tls
