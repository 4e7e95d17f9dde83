// ToldFlows: packets of which a sniffer prints only the line (FortiGate levels 1 and 4, Cisco ASA).
//
// They get the headers they must have had, so that connections can be followed: ports, flags, sequence numbers. What
// they carried is not known and never made up: where something was pushed, the packet counts as cut.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "text/dialect.h"

namespace mailseal {

class ToldFlows {
 public:
  explicit ToldFlows(const Limits* limits) : limits_(*limits) {}
  /// Appends IP and TCP headers; says the length of the whole packet, 0: it cannot be placed, and nothing is appended.
  std::uint32_t follow(const ToldSegment&, std::vector<std::byte>&);

 private:
  const Limits& limits_;
  std::map<std::pair<Endpoint, Endpoint>, std::uint32_t> next_;  ///< sequence number by sender and receiver
};

}  // namespace mailseal
