// Plays a conversation written as literals through the whole of inspect, cut as one
// likes, and says in one line what was found: the tables of tests compare that line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mailseal/inspect.h"

namespace mailseal::test {

inline constexpr Side C = Side::Client, S = Side::Server;

struct Turn {
  enum class Fate : std::uint8_t { Captured, Lost };
  Side from;
  std::string text;  ///< sent in one frame
  Fate fate = Fate::Captured;
};
inline constexpr auto Lost = Turn::Fate::Lost;

struct Play {
  std::uint16_t port = 25;
  std::size_t piece = 1 << 20;  ///< octets a call of data() at most
  Beginning beginning = Beginning::Syn;
  bool ends = true;  ///< FIN from both sides
  InspectOptions options = {};
};

/// The session, or nothing where inspect was not interested. Frames count from 4 (a SYN,
/// its answer and an ACK stand before).
std::optional<Session> converse(const std::vector<Turn>&, const Play& = {});

/// "smtp offered@5 accepted@8 content@12 messages=1 PLAIN:al***@6 tls@9 doubts=gap": what is
/// set and where, in a fixed order.
std::string summary(const std::optional<Session>&);

/// A minimal TLS 1.2 client hello in one record.
std::string client_hello();

}  // namespace mailseal::test
