// Inventory: what of TLS was seen at each server, the list that PCI DSS 12.3.3 asks for.
//
// Versions, suites, groups and certificates as negotiated in view, each with its number of sessions.
// "Supports" is never said. Fed with one session at a time, keeps none of them, and of each server
// no more than kKinds different values: the rest is counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "mailseal/overview.h"

namespace mailseal {

/// Sessions by value, the values in the order in which they came.
template <class Value>
struct Tally {
  static constexpr std::size_t kKinds = 24;

  std::vector<std::pair<Value, std::uint64_t>> counts;
  std::uint64_t others = 0;  ///< sessions with values that came when the list was full

  template <class Same>
  void add(const Value& value, Same same) {
    for (auto& [known, count] : counts)
      if (same(known, value)) {
        ++count;
        return;
      }
    if (counts.size() < kKinds)
      counts.emplace_back(value, 1);
    else
      ++others;
  }
};

struct ServerInventory {
  std::uint64_t begun = 0;                ///< sessions in which TLS was begun, by either side
  std::uint64_t hellos = 0;               ///< sessions with a ServerHello, of which all that follows tells
  Tally<std::uint16_t> versions, suites;  ///< IANA numbers
  Tally<std::uint16_t> groups;            ///< of those where it was seen
  std::uint64_t forward_secret = 0, not_forward_secret = 0;  ///< the rest: not known
  Tally<std::shared_ptr<const Certificate>> certificates;    ///< the server's own, by digest
  std::vector<std::shared_ptr<const ChainResult>> chains;    ///< of these, by place: what was found the first time
  std::uint64_t certificates_hidden = 0;                     ///< by TLS 1.3
  std::uint64_t certificates_resumed = 0;                    ///< none is sent
  std::uint64_t certificates_anonymous = 0;                  ///< nor by a suite without authentication
};

class Inventory {
 public:
  /// Gathers for these servers only.
  explicit Inventory(const std::vector<const Server*>& servers);
  /// All servers, all sessions.
  explicit Inventory(const Overview&);

  void add(const JudgedSession&);
  /// Empty for a server that was not asked for.
  const ServerInventory& of(const Endpoint&) const;

 private:
  std::map<Endpoint, ServerInventory> servers_;
};

}  // namespace mailseal
