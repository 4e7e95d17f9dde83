// Sightings: which sessions show one connection, and what differs between them.
//
// A connection that passes two capture points is two sessions; so is one whose addresses are translated on the way,
// even in a single capture. They are tied by what chance does not repeat:
//
//   - the randoms of both hellos of TLS;
//   - the initial sequence numbers of both sides;
//   - the addresses and ports themselves, of two points, where the connection begins within kSameMoment: that is how a
//     device shows that answers in the server's place; or lasts at once, where a point joined it midway.
//
// Clocks must agree within kTranslated, of the same addresses and ports within kClocks; by one clock, both last at
// once, unless they are the same addresses and ports in two inputs: those may be of two points all the same. Where more
// than kMostOfOne sessions would be one connection, none is believed to be. Kept of a session: no more than a Sighting,
// up to kMost of them, and hashes of what was said, up to kMostMarks. What is beyond that is not tied.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "mailseal/overview.h"
#include "order.h"
#include "summary.h"

namespace mailseal {

class Sightings {
 public:
  static constexpr std::size_t kMost = 1u << 17, kMostMarks = 1u << 19, kMostOfOne = 4;

  /// Takes what was said.
  void add(JudgedSession&, const Order&, Summary::Path);

  /// One session of a connection.
  struct Member {
    Order order;
    Summary::Path path;
  };
  /// Two of one connection, and how they differ.
  struct Pair {
    Member first, second;
    bool translated = false;  ///< other addresses or ports
    Story::Kind kind = Story::Kind::Points;
    std::optional<Seen> at_first, at_second;  ///< where
    bool second_lacks = false;                ///< Removed: the offer, or the command; else the first does
    bool command = false;                     ///< Removed: it is the command that lacks
    std::optional<Member> withheld;           ///< whose list lacks what the other's has: the server gave but one
    std::size_t side = 0;                     ///< Altered: whose words
  };
  struct Told {
    std::vector<Pair> pairs;                         ///< by order
    std::vector<std::vector<std::uint32_t>> of_one;  ///< places in the collector, each row one connection

    /// How often something happened in these sessions, each time of a connection counted once. `count`: how often as
    /// the sessions tell; where that is more than are named, it stays.
    std::uint64_t once(const std::vector<std::uint32_t>& sessions, std::uint64_t count) const;
  };
  /// `ids` by place. Empties this.
  Told take(const RunFacts&, const SessionSpool&, const std::vector<std::uint64_t>& ids);

 private:
  struct Sighting {
    Member member;
    std::uint64_t flow;  ///< a hash of addresses and ports
    std::uint64_t client_random, server_random;
    std::array<std::uint32_t, 2> initial;
    Timestamp first, last;
    std::uint32_t said;  ///< place in said_ and 1; 0: none
    bool began;
  };
  class Grouping;

  void compare(const Sighting&, const Sighting&, const SessionSpool&, Pair&) const;
  std::optional<std::pair<Seen, Seen>> difference(const Sighting&, const Sighting&, Side) const;

  std::vector<Sighting> all_;
  std::vector<Boxed<Said>> said_;
  std::size_t marks_ = 0;
};

}  // namespace mailseal
