// Proof: what the octets of a packet say of themselves: what they begin with, and whether they are whole.
#pragma once

#include <map>
#include <optional>

#include "mailseal/capture.h"

namespace mailseal {

inline constexpr LinkType kEthernet{1}, kRawIp{101}, kCooked{113}, kCooked2{276};
inline constexpr LinkType kNotKnown{147};  ///< nobody's: reserved for private use

/// The link type that the checksum of an IP header, or other figures that do not come by chance, prove.
std::optional<LinkType> proven_link(Bytes) noexcept;

/// Watches the checksums of TCP. A wrong digit in a row shows only where the octet is printable; the checksum shows the
/// rest. It says nothing where the network card was to fill it in: so a sender's is asked for once two were right,
/// and never again after one that was not.
class TcpSums {
 public:
  explicit TcpSums(const Limits* limits) : limits_(*limits) {}
  /// Whether this packet is not what was sent.
  bool contradict(LinkType, Bytes);

 private:
  const Limits& limits_;
  struct Sender {
    std::uint64_t right = 0;
    bool wrong = false;
  };
  std::map<IpAddress, Sender> senders_;
};

}  // namespace mailseal
