// Crossing: what no single session shows, but several together do.
//
// A fallback: TLS was refused or failed, then the same client spoke in clear to the same server. An
// inconsistent offer: one server listed STARTTLS to some and not to others. Sessions are matched by addresses and
// the capture's clock alone; a second program on the same host looks the same, and the note says so much.
//
// Of a session no more is kept than these events, if it has any.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "mailseal/base/phrase.h"
#include "order.h"
#include "summary.h"

namespace mailseal {

class Crossing {
 public:
  /// Something in one session.
  struct Event {
    Order order;
    Seen seen;
    Summary::Path path;
    Role role = Role::Relay;
    std::uint64_t name = 0;  ///< what the client called itself: a hash; 0: nothing
  };
  /// TLS failed, then the same client spoke in clear to the same server.
  struct Fallback {
    Event failed, clear;
    bool same_name = false;  ///< both times it called itself the same
  };
  struct Offers {  ///< of one server
    std::uint64_t made = 0, withheld = 0;
    Event first_made, first_withheld;
  };
  using Tell = std::function<void(const Event&, const FindingKind*, Phrase note)>;

  /// `exposed`: first_exposed() of it.
  void add(const JudgedSession&, const std::optional<Seen>& exposed, const Order&, Summary::Path);

  /// Are two sessions, by place, one connection?
  using Same = std::function<bool(std::uint32_t, std::uint32_t)>;
  std::vector<Fallback> find_fallbacks(std::chrono::seconds window, const Same&, const Tell&);
  /// A list without the offer, of a connection that shows it at another point: the server did make it.
  void was_not_withheld(Summary::Path);
  void find_inconsistent_offers(const Tell&) const;
  /// Those of servers that did both, as find_inconsistent_offers() tells them.
  std::vector<Offers> unequal_offers() const;

 private:
  std::vector<Event> failures_, in_clear_;
  std::vector<Offers> offers_;  ///< by number of the server
};

}  // namespace mailseal
