// UnknownCommands: what of a clear conversation nobody here understood.
//
// "No mail" may be said only of what was understood. A command that is not known and that the server
// refuses was nothing. One that the server takes, or never answers, may have been mail: there
// Session::unknown_protocol stands, from the first of them on, and stays. Likewise where all that the
// client said is unknown.
#pragma once

#include "mailseal/inspect.h"

namespace mailseal::mail {

class UnknownCommands {
 public:
  /// The client sent one.
  void sent(Session& session, const Seen& seen) noexcept {
    note_first(session, seen);
    ++open_;
  }
  /// The server understood one no more than we do.
  void refused(Session& session) noexcept {
    if (open_ > 0) --open_;
    settle(session);
  }
  /// The server took one, or there are octets that are no part of the protocol as it is known here.
  void stay(Session& session, const Seen& seen) noexcept {
    note_first(session, seen);
    stays_ = true;
  }
  /// The client sent a command that is known.
  void known(Session& session) noexcept {
    if (known_) return;
    known_ = true;
    settle(session);
  }

  bool any_known() const noexcept { return known_; }
  bool any_sent() const noexcept { return first_.has_value(); }

 private:
  void note_first(Session& session, const Seen& seen) noexcept {
    note(first_, seen);
    note(session.unknown_protocol, seen);
  }
  void settle(Session& session) noexcept {
    if (!known_ || stays_ || open_ > 0 || !first_ || !session.unknown_protocol) return;
    const Seen ours = *first_, told = *session.unknown_protocol;
    if (ours.frame == told.frame && ours.offset == told.offset && ours.side == told.side)
      session.unknown_protocol.reset();
    first_.reset();
  }

  Fact first_;
  unsigned open_ = 0;  ///< sent and not answered
  bool known_ = false, stays_ = false;
};

}  // namespace mailseal::mail
