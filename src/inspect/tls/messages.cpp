#include "messages.h"

#include <algorithm>

namespace mailseal::tls {
namespace {

bool wanted(HandshakeType type) {
  switch (type) {
    case HandshakeType::ClientHello:
    case HandshakeType::ServerHello:
    case HandshakeType::HelloRetryRequest:
    case HandshakeType::EncryptedExtensions:
    case HandshakeType::Certificate:
    case HandshakeType::ServerKeyExchange:
    case HandshakeType::NewSessionTicket:
      return true;
    case HandshakeType::HelloRequest:
    case HandshakeType::EndOfEarlyData:
    case HandshakeType::CertificateRequest:
    case HandshakeType::ServerHelloDone:
    case HandshakeType::CertificateVerify:
    case HandshakeType::ClientKeyExchange:
    case HandshakeType::Finished:
    case HandshakeType::CertificateStatus:
    case HandshakeType::KeyUpdate:
    case HandshakeType::CompressedCertificate:
      return false;
  }
  return false;
}

// May these four octets begin a message? Asked only where step was lost.
bool plausible(std::uint8_t type, std::uint32_t length) {
  constexpr std::uint32_t kSane = 1u << 17;
  return (type <= 2 || type == 4 || type == 6 || (type >= 11 && type <= 16) || type == 20 || type == 22) &&
         length < kSane;
}

}  // namespace

void MessageCutter::record() noexcept {
  if (state_ != State::Lost) return;
  state_ = State::Head;
  have_ = 0;
  guessing_ = true;
}

MessageView MessageCutter::whole(Bytes body, bool kept, const Seen& last) const noexcept {
  MessageView message{type_, length_, kept, body, last};
  message.seen.offset = offset_;
  return message;
}

bool MessageCutter::next(Bytes& rest, Seen& seen, const Holdings& holdings, MessageView& out) {
  const auto use = [&rest, &seen](std::size_t n) {
    rest = rest.subspan(n);
    seen.offset += n;
  };
  if (state_ == State::Lost) {
    use(rest.size());
    return false;
  }
  if (rest.empty() && (state_ == State::Head || left_ > 0)) return false;
  if (state_ == State::Head) {
    if (have_ == 0) offset_ = seen.offset;
    const std::size_t fresh = std::min(head_.size() - have_, rest.size());
    std::copy_n(rest.begin(), fresh, head_.begin() + have_);
    have_ = static_cast<std::uint8_t>(have_ + fresh);
    use(fresh);
    if (have_ < head_.size()) return false;
    have_ = 0;
    const auto octet = [this](std::size_t i) { return std::to_integer<std::uint32_t>(head_[i]); };
    type_ = static_cast<HandshakeType>(octet(0));
    length_ = left_ = octet(1) << 16 | octet(2) << 8 | octet(3);
    if (guessing_ && !plausible(static_cast<std::uint8_t>(type_), length_)) {
      state_ = State::Lost;
      use(rest.size());
      return false;
    }
    guessing_ = false;
    const bool in_one_piece = length_ <= rest.size();  // then nothing is held
    const std::size_t limit = holdings.limits().handshake_bytes;
    const bool keep = wanted(type_) && length_ <= (in_one_piece ? limit : holdings.within(limit));
    limit_hit_ |= wanted(type_) && !keep;
    if (keep && in_one_piece) {
      const Bytes body = rest.first(length_);
      use(length_);
      out = whole(body, true, seen);
      return true;
    }
    state_ = keep ? State::Collect : State::Skip;
    buffer_.clear();
    // Not reserved: the length is a stranger's word, the octets are not here yet.
  }
  const std::size_t part = std::min<std::size_t>(left_, rest.size());
  const Bytes octets = rest.first(part);
  use(part);
  left_ -= static_cast<std::uint32_t>(part);
  // There may be less room than when the message began.
  const std::size_t limit = holdings.within(holdings.limits().handshake_bytes);
  if (state_ == State::Collect && buffer_.size() + octets.size() > limit) {
    limit_hit_ = true;
    buffer_ = {};
    state_ = State::Skip;
  }
  if (state_ == State::Collect) buffer_.insert(buffer_.end(), octets.begin(), octets.end());
  if (left_ > 0) return false;
  const bool kept = state_ == State::Collect;
  state_ = State::Head;
  out = whole(buffer_, kept, seen);
  return true;
}

void MessageCutter::hole(std::uint64_t bytes) noexcept {
  if (bytes == 0 || state_ == State::Lost) return;
  if ((state_ == State::Collect || state_ == State::Skip) && bytes <= left_) {
    left_ -= static_cast<std::uint32_t>(bytes);
    state_ = State::Skip;
    return;
  }
  state_ = State::Lost;
}

void MessageCutter::drop() noexcept {
  state_ = State::Lost;
  buffer_ = {};
}

}  // namespace mailseal::tls
