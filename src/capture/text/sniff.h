// Sniff: which sniffer wrote a text, told by the lines and rows of its beginning.
//
// To add a dialect: its line and its row as functions (dialect.h), and a row in the table of sniff.cpp.
#pragma once

#include <string_view>
#include <vector>

#include "octets.h"
#include "text/dialect.h"

namespace mailseal {

enum class Alone : std::uint8_t { NoPacket, Empty, Told };  ///< what an announcement without rows is

struct Dialect {
  std::string_view name;
  bool (*line)(std::string_view, PacketLine&);
  RowIs (*row)(std::string_view, TextRow&) noexcept;
  Alone alone;
  std::string_view mark;  ///< a word of the command, where nothing else tells it from another one
};
struct Sniffed {
  const Dialect* dialect = nullptr;
  bool spaced = false;            ///< an empty line stands behind every line
  bool since_first = false;       ///< what StampKind::Indented means
  bool lines_of_tcpdump = false;  ///< without octets
};

Sniffed sniff(Bytes beginning);
/// What is first asked for when nothing was recognized.
const Dialect& any_dialect() noexcept;
/// As an input; the memory must outlive it.
Octets octets_of(Bytes memory);
std::vector<std::string_view> dialect_names();  ///< "fortigate-text", ...
bool is_empty(std::string_view line) noexcept;

}  // namespace mailseal
