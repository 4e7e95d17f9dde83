// Summary: servers and hops, out of sessions that come one by one and in any order.
//
// Each session costs one look at its server and one at its hop. What depends on which session comes first asks for
// their Order, so that the result is the same whoever ends first.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "mailseal/overview.h"
#include "order.h"

namespace mailseal {

constexpr std::uint64_t of(const Counts& counts, State state) noexcept {
  return counts[static_cast<std::size_t>(state)];
}

/// One direction of travel: from the client's address to a server's port.
struct HopKey {
  IpAddress client;
  Endpoint server;
  auto operator<=>(const HopKey&) const = default;
};
inline HopKey key_of(const Hop& hop) noexcept { return {hop.from, {hop.to, hop.port}}; }

/// Of addresses that strangers may choose: keyed, so that they cannot all be given one place.
class HopHash {
 public:
  HopHash();
  std::uint64_t operator()(const HopKey&) const noexcept;

 private:
  std::array<std::uint64_t, 6> keys_;
};

/// Of a server, or of an address alone, likewise.
struct EndpointHash {
  HopHash of;
  std::size_t operator()(const Endpoint& server) const noexcept { return of({{}, server}); }
  std::size_t operator()(const IpAddress& address) const noexcept { return of({address, {}}); }
};

/// Where in a list the hop with that key is. The keys stand in the list alone: there may be as many hops as sessions.
class HopIndex {
 public:
  /// The place, or the one of the new hop that was added.
  std::uint32_t place(std::vector<Hop>&, const HopKey&);

 private:
  void grow(const std::vector<Hop>&);

  struct Slot {
    std::uint32_t place = 0;  ///< from 1; 0: free
    std::uint32_t hash = 0;   ///< its upper half: the list is far away
  };

  HopHash hash_;
  std::vector<Slot> slots_{std::vector<Slot>(64)};  ///< a power of two, never full
};

/// What was seen of how a server treats TLS. "Supports" is never said: only what was offered or done in view.
struct Treatment {
  bool offered = false, withheld = false, refused_clear = false, took_clear = false;
  bool implicit = false, clear_on_implicit = false, client_certificate = false;

  void add(const Session&);
  std::string_view level() const noexcept;
};

class Summary {
 public:
  /// A session's server and hop, by number.
  struct Path {
    std::uint32_t server = 0, hop = 0;
  };

  Path add(const JudgedSession&, const Order&);
  void found(Path, const FindingKind*);

  const Server& server(std::uint32_t number) const { return servers_[number].server; }
  const Hop& hop(std::uint32_t number) const { return hops_[number]; }

  std::vector<Server> take_servers();
  struct Hops {
    std::vector<Hop> all;
    /// Those that count (something was judged or should have been) and have no session that is encrypted with at
    /// least medium confidence: places in `all`.
    std::vector<std::size_t> unproven;
  };
  Hops take_hops();

 private:
  struct ServerSoFar {
    Server server;
    Order protocol_from;  ///< the session that told it
    std::set<std::string> names;
    std::shared_ptr<const Certificate> shown;  ///< the last one: its names are known
    std::bitset<256> findings;                 ///< by place in catalogue()
    Treatment treatment;
  };
  struct HopProof {
    Order protocol_from;
    bool proven = false;
    Treatment treatment;
  };
  std::uint32_t server_of(const JudgedSession&, const Order&);
  std::uint32_t hop_of(const JudgedSession&, const Order&);

  std::unordered_map<Endpoint, std::uint32_t, EndpointHash> server_numbers_;
  std::deque<ServerSoFar> servers_;
  HopIndex hop_index_;
  std::vector<Hop> hops_;
  std::vector<HopProof> proofs_;  ///< of the same hops
};

}  // namespace mailseal
