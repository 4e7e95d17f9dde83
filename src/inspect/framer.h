// Framer: cuts two streams of clear octets into the units a Dialogue expects.
//
// The only place in inspect that buffers clear octets, and so the only place with a
// buffer limit to get wrong. What arrives whole is passed through where it lies; only
// an unfinished unit, or what must await the other side's answer, is copied and held,
// each run of octets with its own place.
//
// TLS is told at the beginning of a unit, by a hello or an alert: five octets of a record
// header alone are easily written in front of mail to hide it. From there that side's octets
// go to the Takeover, until it says that they are no TLS, or the server answers in clear.
//
// Limits: line_bytes (longer lines are cut, and doubted), held_bytes (more is decided
// without the answer), inspect_bytes (of all conversations: holdings.h).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "holdings.h"
#include "mail/dialogue.h"
#include "mailseal/base/bytes.h"
#include "mailseal/base/fetch.h"
#include "mailseal/base/pool.h"

namespace mailseal {

/// Where octets go that are no mail dialogue.
class Takeover {
 public:
  virtual ~Takeover() = default;
  /// Returns how many octets were TLS; fewer than all: that side goes on in clear there.
  virtual std::size_t tls(Side, Bytes, const Seen&) = 0;
  /// The client begins TLS once more, after an attempt that it left.
  virtual void tls_again() = 0;
  virtual void tls_gap(Side, std::uint64_t bytes, const Seen&) = 0;
  virtual void deflated(Side, Bytes, const Seen&) = 0;
  /// What was neither of these, in order: only of a framer that shows it.
  virtual void clear(Side, Bytes, const Seen&) {}
};

/// Whether record headers end the clear text. Not inside a NULL suite or a deflate stream.
enum class Watch : std::uint8_t { ForTls, ClearOnly };

class Framer : public Pooled<Framer> {
 public:
  /// All are kept and must outlive the framer.
  Framer(mail::Dialogue*, Session*, Holdings*, Takeover*, Watch);

  void data(Side, Bytes, const Seen&);  ///< `seen` is of the first octet; its frame is that of all
  void gap(Side, std::uint64_t bytes, const Seen&);
  /// That side sends no more: answers for which the other one waits will not come.
  void finish();
  /// From now on clear octets are shown to the Takeover, too.
  void show_clear() noexcept { shows_ = true; }

  /// A segment will come soon.
  void expect() const noexcept { fetch<kBusy>(this); }
  bool in_tls(Side side) const noexcept { return half(side).mode == Mode::Tls; }
  /// That side is in TLS and nothing of either is held: its octets need not come here.
  bool passes_tls(Side side) const noexcept {
    return half(side).mode == Mode::Tls && half(side).held.empty() && half(other(side)).held.empty();
  }
  /// What takeover said is no TLS of octets that did not come here; `seen` is of the first.
  void leave_tls(Side, Bytes rest, const Seen& seen);

 private:
  enum class Mode : std::uint8_t { Clear, Tls, Deflate, Lost };
  struct Run {  ///< octets of `held` up to `end` came together
    std::size_t end;
    Seen seen;  ///< of the run's first octet
  };
  struct Half {  ///< what every segment needs
    std::string held;
    std::uint64_t block_left = 0;  ///< of a Block in progress
    std::uint32_t scanned = 0;     ///< octets of held known to hold no line end
    Mode mode = Mode::Clear;
    bool in_block = false, in_dot_body = false, line_start = true, skip_line = false;
    bool heard = false, was_tls = false;
  };
  struct Seldom {  ///< of the same side, what few do
    std::vector<Run> runs;
    std::size_t used = 0, used_runs = 0;  ///< of held and runs, from the front
    std::uint64_t lost = 0;               ///< octets that were neither TLS nor text
    Fact clear_when_due;                  ///< first clear octet where TLS was due
  };
  class PieceView;
  static constexpr std::size_t kBusy = 56 + 2 * sizeof(Half);  ///< octets from the beginning: to the end of halves_

  Half& half(Side s) noexcept { return halves_[static_cast<std::size_t>(s)]; }
  const Half& half(Side s) const noexcept { return halves_[static_cast<std::size_t>(s)]; }
  Seldom& seldom(Side s) noexcept { return seldom_[static_cast<std::size_t>(s)]; }
  bool holds() const noexcept { return !halves_[0].held.empty() || !halves_[1].held.empty(); }

  void cut(Side, PieceView&);
  void show(Side, PieceView from, std::size_t octets);
  bool unit(Side, PieceView&);
  bool dot_body(Side, PieceView&);
  bool line(Side, PieceView&);
  enum class Begins : std::uint8_t { No, Yes, MoreNeeded };
  Begins begins_tls(Side, const PieceView&, bool due) const;
  void to_tls(Side, const Seen&);
  void take_tls(Side, PieceView&);
  void end_tls(Side, Bytes rest, const Seen&);
  bool established() const noexcept { return session_.tls && session_.tls->established; }
  void first_client_line(std::string_view);
  void drain_both(Side first);
  bool drain(Side side) { return !half(side).held.empty() && drain_held(side); }
  bool drain_held(Side);
  void keep(Side, PieceView&);
  bool lost(Side, PieceView&);
  bool may_keep(const PieceView&, std::size_t limit) const noexcept;
  void share() noexcept;

  mail::Dialogue& dialogue_;
  Session& session_;
  const Holdings& holdings_;
  Holdings::Share share_;
  Takeover& takeover_;
  const Watch watch_;
  bool finishing_ = false, client_spoke_ = false, shows_ = false;
  std::array<Half, 2> halves_;
  std::array<Seldom, 2> seldom_;
};

}  // namespace mailseal
