// Records: what lies between TCP and the messages of TLS.
//
// RecordCutter finds the records in one side's octets however the segments were cut, and
// keeps step over a hole that lies inside a record whose length is known. It copies an
// unfinished header (at most 4 octets) and nothing else, and refuses what is no record.
//
// RFC 5246 6.2, RFC 8446 5.1; SSL 2.0's hello: RFC 5246 E.2.
#pragma once

#include <array>
#include <cstdint>

#include "mailseal/base/bytes.h"
#include "mailseal/base/parsed.h"
#include "mailseal/base/place.h"

namespace mailseal::tls {

enum class ContentType : std::uint8_t { ChangeCipherSpec = 20, Alert, Handshake, ApplicationData, Heartbeat };

struct RecordHeader {
  ContentType type{};
  std::uint16_t version = 0;  ///< says nothing of what is negotiated
  std::uint16_t length = 0;   ///< of the body
};

inline constexpr std::size_t kRecordHeaderBytes = 5;
/// "The length MUST NOT exceed 2^14 + 2048" (RFC 5246 6.2.3; less in TLS 1.3).
inline constexpr std::size_t kRecordBytes = (1u << 14) + 2048;

/// Malformed at the first octet that no header can have there.
Parsed<RecordHeader> parse_record_header(Bytes) noexcept;

/// A part of a record, as it passes.
struct PieceView {
  enum class Kind : std::uint8_t {
    None,     ///< all octets are used
    Begin,    ///< a header is whole
    Body,     ///< the next octets of the body
    End,      ///< the body is whole (but for holes)
    Foreign,  ///< the next octets are no record; they are left where they are
  };
  Kind kind = Kind::None;
  RecordHeader header;
  Bytes body;
  Seen seen;  ///< of body[0]; at Begin and End, the record's place and the packet so far

  explicit operator bool() const noexcept { return kind != Kind::None; }
};

class RecordCutter {
 public:
  /// Call until None. Moves `rest` and `seen` (of rest[0]) behind what was used.
  PieceView next(Bytes& rest, Seen& seen) noexcept;
  /// Octets of the record of application data that stands whole at the beginning of `rest`, its header
  /// included. 0: there is none, or a record is begun: next() is to be asked.
  std::size_t whole_data(Bytes rest) const noexcept;
  /// `bytes` are missing here: false, and step is lost, unless they lie inside a body.
  bool gap(std::uint64_t bytes, const Seen& seen) noexcept;
  /// Step was lost and is found again if these octets begin with a whole header.
  bool resume(Bytes) noexcept;
  void lose() noexcept { lost_ = true; }

  bool lost() const noexcept { return lost_; }
  /// A header or a body is unfinished.
  bool inside() const noexcept { return inside_ || have_ > 0; }
  bool inside(ContentType type) const noexcept { return inside_ && header_.type == type; }
  const Seen& place() const noexcept { return at_; }  ///< of the last record that began

 private:
  std::array<std::byte, kRecordHeaderBytes> head_{};
  std::uint8_t have_ = 0;  ///< octets of an unfinished header
  bool inside_ = false;
  bool lost_ = false;
  RecordHeader header_;
  std::size_t left_ = 0;  ///< of the body
  Seen at_;               ///< offset of the header, and the packet of the last octet so far
};

}  // namespace mailseal::tls
