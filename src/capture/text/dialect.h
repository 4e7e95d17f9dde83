// Dialect: how one kind of sniffer prints packets: the line that announces one, and the rows of its octets.
//
// To add a dialect: its line and its row as functions, and a row in the table of sniff.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "mailseal/capture.h"
#include "text/row.h"

namespace mailseal {

/// What the digits before a packet count from.
enum class StampKind : std::uint8_t {
  None,
  Dated,     ///< since 1970, in a zone that the text does not name
  Epoch,     ///< since 1970, UTC
  Elapsed,   ///< since the capture began
  OfDay,     ///< since midnight
  Indented,  ///< since the packet before, or since the first: tcpdump prints both with one more blank (-ttt, -ttttt)
};

struct Stamp {
  StampKind kind = StampKind::None;
  std::chrono::nanoseconds since{0};
};

/// What a line says of a segment whose octets are not printed.
struct ToldSegment {
  IpAddress from, to;
  std::uint16_t from_port = 0, to_port = 0;
  std::optional<std::uint32_t> seq, ack;
  bool syn = false, psh = false, fin = false, rst = false;
  std::uint32_t payload = 0;  ///< octets, where they are told
};

/// The line that announces a packet.
struct PacketLine {
  Stamp stamp;
  std::string_view interface {};  ///< empty: not told
  Direction direction = Direction::Unknown;
  std::uint32_t wire_bytes = 0;  ///< 0: not told
  bool sure = false;             ///< nothing else looks like that
  /// The packet's own octets do not follow, but what was made of several packets (tshark).
  bool phantom = false;
  std::optional<ToldSegment> told{};
};

/// Whether the line announces a packet; what it points to lives as long as the line.
bool read_fortigate_line(std::string_view line, PacketLine&);
bool read_tcpdump_line(std::string_view line, PacketLine&);
bool read_tshark_line(std::string_view line, PacketLine&);
bool read_asa_line(std::string_view line, PacketLine&);
bool read_screenos_line(std::string_view line, PacketLine&);

/// What stands in front of a packet's line: "2016-03-01 01:00:03.911262", "01:00:03.911262", "1435149641.095371".
/// It is taken off, with the blank behind it; false: there is none, and `line` stays.
bool take_stamp(std::string_view& line, Stamp&);
/// The next word, with the blanks behind it.
std::string_view take_word(std::string_view& line) noexcept;
/// "192.0.2.1.25", "fe80::1.25"; false: it is none.
bool read_dotted_endpoint(std::string_view, IpAddress&, std::uint16_t& port);

}  // namespace mailseal
