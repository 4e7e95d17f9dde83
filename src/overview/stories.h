// Stories: what several connections tell together, each in one sentence with the frames of all.
//
//   - fallback: TLS failed, then the same client spoke in clear on another connection (found by Crossing);
//   - gateway: a host took mail inside TLS and passed mail on in clear, or the other way round;
//   - unequal offer: one server offered STARTTLS to some and not to others (found by Crossing);
//   - stripped, injection, enforcement: what stood before the upgrade, and what came of it;
//   - same secret: one password or token that was readable more than once, known by its fingerprint of this run;
//   - removed, terminated, altered, translated, points: one connection at several points (found by Sightings).
//
// Two legs of a gateway are matched by time, by the size of what they carried and by the names that both sides claim;
// what TLS carries is not seen, so that they passed one message on is likely, not certain, and the sentence says by
// what they were matched. Of each session no more is kept than a Leg, up to kMost of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "crossing.h"
#include "sightings.h"
#include "summary.h"

namespace mailseal {

class Stories {
 public:
  /// `exposed`: first_exposed() of it.
  void add(const JudgedSession&, const std::optional<Seen>& exposed, const Order&, Summary::Path);

  struct Told {
    std::vector<Story> all;  ///< by kind, then by session
    std::uint64_t left_out = 0;
  };
  /// `ids` by place in the spool, which is not numbered yet.
  Told take(const Summary&, const Crossing&, const std::vector<Crossing::Fallback>&, const Sightings::Told&,
            const RunFacts&, const SessionSpool&, const std::vector<std::uint64_t>& ids);

 private:
  static constexpr std::size_t kMost = 1u << 17, kMostSecrets = 1u << 14;

  /// A session that carried mail.
  struct Leg {
    Timestamp first, last;
    std::uint64_t bytes;  ///< what the client sent as mail: in clear of messages, in TLS of records
    std::uint32_t session, hop, server;
    bool in_tls;
  };
  /// One session that is a story by itself.
  struct Alone {
    Story::Kind kind;
    Crossing::Event event;
    Seen second;  ///< what it led to
  };
  /// Of one server that refuses what comes in clear.
  struct Enforced {
    std::uint64_t refused = 0, then_tls = 0;
    Crossing::Event first_refused, first_tls;
    bool took_clear = false;
  };

  /// A password or token that was read.
  struct Secret {
    std::uint64_t count = 0;
    Crossing::Event first, last;
    std::string user;  ///< of one of them, masked
    bool several_users = false;
    std::vector<std::uint32_t> sessions;  ///< of each time, the first kTimes

    static constexpr std::size_t kTimes = 16;
  };

  class Teller;

  std::vector<Leg> legs_;
  std::vector<Alone> alone_;
  std::map<std::uint32_t, Enforced> enforced_;         ///< by number of the server
  std::unordered_map<std::uint64_t, Secret> secrets_;  ///< by fingerprint; up to kMostSecrets
};

}  // namespace mailseal
