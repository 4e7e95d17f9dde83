// fragments: joins the pieces of IP datagrams (RFC 791 3.2, RFC 8200 4.5).
//
// Holds what is incomplete within Limits, by the packets' time. Whatever is given up is
// told once, in lost(). A datagram that was joined is remembered for a while, so that
// the copies of its fragments that a mirror port brings are known as copies.
//
// Refuses to choose between differing copies of the same octets: hosts choose differently,
// and that is how one hides from a sniffer. Such a datagram is given up (RFC 5722 for IPv6).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <variant>
#include <vector>

#include "frame.h"
#include "mailseal/base/limits.h"
#include "mailseal/base/place.h"

namespace mailseal {

struct DatagramKey {
  IpAddress from, to;
  std::uint32_t id = 0;
  std::uint8_t protocol = 0;  ///< 0 with IPv6, where source, destination and id are the identity
  auto operator<=>(const DatagramKey&) const = default;
};

struct FragmentView {
  DatagramKey key;
  Seen seen;
  std::uint8_t protocol;  ///< of what the datagram carries; that of the first fragment counts
  std::size_t offset;     ///< octets
  bool last;              ///< no more follow
  FrameView data;
};

/// A datagram's payload; valid until the next call of add() or expire().
struct WholeView {
  std::uint8_t protocol;
  Bytes bytes;
};

class Fragments {
 public:
  explicit Fragments(const Limits* limits) : limits_(limits) {}

  std::variant<WholeView, Skipped> add(const FragmentView&);
  void expire(Timestamp now) {
    if (!waiting_.empty() || !settled_.empty()) drop_old(now);
  }
  void give_up_all();
  std::vector<LostDatagram>& lost() noexcept { return lost_; }

 private:
  enum class State : std::uint8_t { Waiting, Whole, GivenUp };
  struct Span {
    std::uint32_t begin, end;
  };
  struct Datagram {
    DatagramKey key;
    State state = State::Waiting;
    std::uint8_t protocol = 0;
    std::uint32_t total = 0;  // 0: the last fragment was not seen
    std::vector<std::byte> bytes;
    std::vector<Span> present;  // ascending, apart from each other
    Seen first;
  };
  using Place = std::list<Datagram>::iterator;

  enum class Fit : std::uint8_t { Fits, Contradicts };
  Fit put(Datagram&, const FragmentView&);
  bool is_copy(const Datagram&, const FragmentView&) const;
  void tell_lost(const Datagram&, const Seen&);
  Skipped give_up(Place);
  void settle(Place, State);
  void forget(std::list<Datagram>&, Place);
  void make_room();
  void drop_old(Timestamp now);

  const Limits* limits_;
  std::list<Datagram> waiting_;  // by arrival
  std::list<Datagram> settled_;  // whole or given up, by when that was
  std::map<DatagramKey, Place> places_;
  std::size_t held_bytes_ = 0;
  std::vector<LostDatagram> lost_;
};

}  // namespace mailseal
