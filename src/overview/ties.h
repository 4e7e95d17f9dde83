// Ties: which session goes on with the keys of another, and which have the same "ephemeral" key of the server.
//
// A resumed session shows no certificate; the full handshake before it does. To TLS 1.2 the two are tied by the
// session id, or by the ticket as the server gave it; TLS 1.3 hides its tickets, and there only the last full
// handshake of the same client and server can be named. A ticket may be renewed in a resumed session: what it is tied
// to is the full handshake at the beginning.
//
// Of a session some 100 octets are kept, hashes and no values, and no more than kMost of each kind: what comes
// behind them is not tied.
#pragma once

#include <cstdint>
#include <vector>

#include "mailseal/overview.h"
#include "order.h"
#include "summary.h"

namespace mailseal {

class Ties {
 public:
  static constexpr std::size_t kMost = 1u << 17;

  void add(const TlsFacts&, Role, const Order&, Summary::Path);

  /// Places in the collector.
  struct Resumption {
    std::uint32_t session, from;
    ResumedFrom::By by;
  };
  std::vector<Resumption> take_resumptions();

  /// The server's public value in one full handshake.
  struct Share {
    std::uint64_t value, random;
    std::uint32_t session;  ///< place in the collector
    std::uint32_t server;   ///< number in the summary
    Seen seen;              ///< of the ServerHello
    Role role;
  };
  /// Those with one value and different randoms: equal ones are one handshake that was captured twice.
  std::vector<std::vector<Share>> take_reused_shares();

 private:
  enum class What : std::uint8_t { Full, Resumed, Renewed };
  struct Event {
    std::uint64_t id, ticket;  ///< Resumed: those that it came with; Renewed: the new ticket alone
    Timestamp time;
    std::uint32_t session, hop : 29, what : 2, tls13 : 1;
  };

  void keep(const TlsFacts&, std::uint64_t ticket, What, const Order&, Summary::Path);

  std::vector<Event> events_;
  std::vector<Share> shares_;
};

}  // namespace mailseal
