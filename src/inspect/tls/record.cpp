#include "record.h"

#include <algorithm>

#include "follower.h"
#include "mailseal/base/reader.h"

namespace mailseal::tls {

Parsed<RecordHeader> parse_record_header(Bytes in) noexcept {
  const auto octet = [in](std::size_t i) { return std::to_integer<unsigned>(in[i]); };
  if (!in.empty() && (octet(0) < 20 || octet(0) > 24)) return Malformed{Fault::WrongType, 0};
  if (in.size() > 1 && octet(1) != 3) return Malformed{Fault::WrongType, 1};
  if (in.size() > 2 && octet(2) > 4) return Malformed{Fault::WrongType, 2};
  if (in.size() < kRecordHeaderBytes) return NeedMore{kRecordHeaderBytes};
  RecordHeader header;
  header.type = static_cast<ContentType>(octet(0));
  header.version = static_cast<std::uint16_t>(octet(1) << 8 | octet(2));
  header.length = static_cast<std::uint16_t>(octet(3) << 8 | octet(4));
  if (header.length > kRecordBytes) return Malformed{Fault::TooLong, 3};
  // "Implementations MUST NOT send zero-length fragments of Handshake, Alert, or
  // ChangeCipherSpec content types" (RFC 5246 6.2.1)
  if (header.length == 0 && header.type != ContentType::ApplicationData) return Malformed{Fault::WrongType, 3};
  return Took<RecordHeader>{header, kRecordHeaderBytes};
}

Look looks_like_record(Bytes in) noexcept {
  return match(
      parse_record_header(in), [](const Took<RecordHeader>&) { return Look::Tls; },
      [](NeedMore) { return Look::TooShort; }, [](Malformed) { return Look::NotTls; });
}

Look looks_like_sslv2_hello(Bytes in) noexcept {
  const auto octet = [in](std::size_t i) { return std::to_integer<unsigned>(in[i]); };
  if (!in.empty() && (octet(0) & 0x80) == 0) return Look::NotTls;
  if (in.size() > 2 && octet(2) != 1) return Look::NotTls;
  if (in.size() > 4) {
    const unsigned version = octet(3) << 8 | octet(4);
    if (version != 0x0002 && (version < 0x0300 || version > 0x0304)) return Look::NotTls;
  }
  constexpr unsigned kFixed = 11;  // two octets of length, and nine it counts before the lists
  if (in.size() < kFixed) return Look::TooShort;
  const unsigned length = (octet(0) & 0x7f) << 8 | octet(1);
  const unsigned specs = octet(5) << 8 | octet(6);
  const unsigned session_id = octet(7) << 8 | octet(8);
  const unsigned challenge = octet(9) << 8 | octet(10);
  const bool fits = specs > 0 && specs % 3 == 0 && session_id <= 32 && challenge >= 16 && challenge <= 32 &&
                    9 + specs + session_id + challenge == length;
  return fits ? Look::Tls : Look::NotTls;
}

PieceView RecordCutter::next(Bytes& rest, Seen& seen) noexcept {
  if (lost_) {
    seen.offset += rest.size();
    rest = {};
    return {};
  }
  const auto use = [&rest, &seen, this](std::size_t n) {
    at_.time = seen.time;
    at_.frame = seen.frame;
    at_.input = seen.input;
    at_.side = seen.side;
    rest = rest.subspan(n);
    seen.offset += n;
  };
  if (inside_) {
    if (left_ == 0) {
      inside_ = false;
      return {PieceView::Kind::End, header_, {}, at_};
    }
    if (rest.empty()) return {};
    const PieceView piece{PieceView::Kind::Body, header_, rest.first(std::min(left_, rest.size())), seen};
    left_ -= piece.body.size();
    use(piece.body.size());
    return piece;
  }
  if (rest.empty()) return {};
  if (have_ == 0) at_.offset = seen.offset;
  const std::size_t fresh = std::min(kRecordHeaderBytes - have_, rest.size());
  Bytes head = rest.first(fresh);
  if (fresh < kRecordHeaderBytes) {  // else it is read where it lies
    std::copy_n(rest.begin(), fresh, head_.begin() + have_);
    head = Bytes(head_).first(have_ + fresh);
  }
  const auto parsed = parse_record_header(head);
  if (std::holds_alternative<Malformed>(parsed)) return {PieceView::Kind::Foreign, {}, rest, seen};
  use(fresh);
  const auto* const took = std::get_if<Took<RecordHeader>>(&parsed);
  have_ = took ? 0 : static_cast<std::uint8_t>(have_ + fresh);
  if (!took) return {};
  header_ = took->value;
  left_ = header_.length;
  inside_ = true;
  return {PieceView::Kind::Begin, header_, {}, at_};
}

std::size_t RecordCutter::whole_data(Bytes rest) const noexcept {
  if (inside() || lost_ || rest.size() < kRecordHeaderBytes) return 0;
  const auto octet = [rest](std::size_t i) { return std::to_integer<unsigned>(rest[i]); };
  const std::size_t length = octet(3) << 8 | octet(4), whole = kRecordHeaderBytes + length;
  if (octet(0) != static_cast<unsigned>(ContentType::ApplicationData) || octet(1) != 3 || octet(2) > 4) return 0;
  return length > kRecordBytes || whole > rest.size() ? 0 : whole;
}

bool RecordCutter::gap(std::uint64_t bytes, const Seen& seen) noexcept {
  if (lost_) return false;
  if (bytes == 0) return true;
  if (inside_ && bytes <= left_) {
    left_ -= static_cast<std::size_t>(bytes);
    at_.time = seen.time;
    at_.frame = seen.frame;
    return true;
  }
  inside_ = false;
  have_ = 0;
  lost_ = true;
  return false;
}

bool RecordCutter::resume(Bytes in) noexcept {
  if (lost_ && looks_like_record(in) == Look::Tls) lost_ = false;
  return !lost_;
}

}  // namespace mailseal::tls
