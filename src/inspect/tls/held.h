// Held: the client's records that overtook the ServerHello.
//
// The two directions of a capture overtake each other (two taps, two queues), so what can
// only follow the ServerHello may come before it. It waits here, whole, until the other
// side's octets tell how it is to be read. Bounded by Limits::held_bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "mailseal/flow.h"
#include "record.h"

namespace mailseal::tls {

struct HeldPiece {
  PieceView::Kind kind;
  RecordHeader header;
  Seen seen;
  std::vector<std::byte> octets;
  std::optional<SideEnd::How> ended;  ///< the side's end instead of a piece
};

class Held {
 public:
  /// False: the bound is reached; nothing was added.
  bool add(const PieceView& piece, std::size_t limit) {
    if (piece.kind == PieceView::Kind::Body && joins(piece) && piece.body.size() <= limit - std::min(limit, bytes_)) {
      bytes_ += piece.body.size();
      pieces_.back().octets.insert(pieces_.back().octets.end(), piece.body.begin(), piece.body.end());
      return true;
    }
    // A piece costs more than its octets, else a million empty records would be free.
    const std::size_t cost = sizeof(HeldPiece) + piece.body.size();
    if (cost > limit || bytes_ > limit - cost) return false;
    bytes_ += cost;
    pieces_.push_back({piece.kind, piece.header, piece.seen, {piece.body.begin(), piece.body.end()}, std::nullopt});
    return true;
  }
  void add_end(SideEnd::How how, const Seen& seen) { pieces_.push_back({PieceView::Kind::None, {}, seen, {}, how}); }

  std::size_t bytes() const noexcept { return bytes_; }  ///< what it costs
  bool empty() const noexcept { return pieces_.empty(); }
  /// All of it, in order; nothing is left.
  std::vector<HeldPiece> take() noexcept {
    bytes_ = 0;
    return std::exchange(pieces_, {});
  }

 private:
  bool joins(const PieceView& piece) const noexcept {
    return !pieces_.empty() && pieces_.back().kind == PieceView::Kind::Body &&
           pieces_.back().seen.frame == piece.seen.frame && pieces_.back().seen.input == piece.seen.input &&
           pieces_.back().seen.offset + pieces_.back().octets.size() == piece.seen.offset;
  }

  std::vector<HeldPiece> pieces_;
  std::size_t bytes_ = 0;
};

}  // namespace mailseal::tls
