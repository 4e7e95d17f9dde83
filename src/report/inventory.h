// Inventory: what the sessions of each server showed of TLS: versions, suites, groups and certificates, with the
// number of sessions. PCI DSS 12.3.3 asks for such a list of "cipher suites and protocols in use".
//
// Only what was negotiated in view: it says nothing of what a server would accept. Taken in one pass over the
// sessions, which may lie on a disk. Bounded: of what a hostile server shows in ever new forms the first few are
// named and the rest is counted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mailseal/overview.h"

namespace mailseal {

struct ServerTls {
  struct Shown {
    std::string name;
    std::uint64_t sessions = 0;
  };
  struct Leaf {
    std::string sha256, subject, issuer, key;  ///< from strangers, escape
    std::optional<Timestamp> not_before, not_after;
    int key_bits = 0;
    std::uint64_t sessions = 0;
  };
  std::vector<Shown> versions, suites, groups;  ///< in order of their first session
  std::vector<Leaf> certificates;               ///< the server's own of each chain
  std::uint64_t hidden = 0;                     ///< sessions whose certificates TLS 1.3 hides
  std::uint64_t unnamed = 0;                    ///< what was beyond the bounds and is not named above
};

class Inventory {
 public:
  explicit Inventory(const Overview&);
  const ServerTls& of(const Endpoint&) const;

 private:
  void add(const TlsFacts&, ServerTls&);

  std::map<Endpoint, ServerTls> servers_;
  std::size_t certificates_ = 0;
};

}  // namespace mailseal
