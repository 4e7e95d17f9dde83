#include "text/sniff.h"

#include <algorithm>
#include <array>

#include "file.h"
#include "text/console.h"

namespace mailseal {
namespace {

constexpr std::array kDialects{
    Dialect{"fortigate-text", read_fortigate_line, read_words, Alone::Told, ""},
    Dialect{"fortimail-text", read_fortigate_line, read_octets, Alone::Told, ""},
    Dialect{"tcpdump-text", read_tcpdump_line, read_colon_words, Alone::Empty, ""},
    Dialect{"juniper-text", read_tcpdump_line, read_colon_words, Alone::Empty, "monitor traffic"},
    Dialect{"asa-text", read_asa_line, read_words, Alone::Told, ""},
    Dialect{"tshark-text", read_tshark_line, read_spaced_octets, Alone::NoPacket, ""},
    Dialect{"screenos-text", read_screenos_line, read_bare_octets, Alone::Empty, ""},
};

}  // namespace

const Dialect& any_dialect() noexcept { return kDialects.front(); }

std::vector<std::string_view> dialect_names() {
  std::vector<std::string_view> names;
  for (const Dialect& d : kDialects) names.push_back(d.name);
  return names;
}

bool is_empty(std::string_view line) noexcept { return line.find_first_not_of(" \t") == line.npos; }

Octets octets_of(Bytes memory) {
  return Octets([memory, at = std::size_t{0}](std::span<std::byte> room) mutable {
    const std::size_t n = std::min(room.size(), memory.size() - at);
    std::copy_n(memory.begin() + static_cast<std::ptrdiff_t>(at), n, room.begin());
    at += n;
    return static_cast<std::ptrdiff_t>(n);
  });
}

Sniffed sniff(Bytes beginning) {
  Octets octets = octets_of(beginning);
  const Limits limits;
  ConsoleLines lines(&octets, &limits);
  struct Score {
    std::uint64_t rows = 0, sure = 0, told = 0, marks = 0;
  };
  std::array<Score, kDialects.size()> scores;
  std::uint64_t spaced_rows = 0, close_rows = 0, back = 0, stamps = 0;
  std::chrono::nanoseconds before{0};
  std::uint64_t last_offset = 0;
  std::size_t empty_lines = 0;
  for (std::string_view line; lines.next(line);) {
    if (is_empty(line)) {
      ++empty_lines;
      continue;
    }
    bool sound = false;
    for (std::size_t i = 0; i < kDialects.size(); ++i) {
      const Dialect& d = kDialects[i];
      TextRow row;
      const RowIs is = d.row(line, row);
      if (is == RowIs::Sound) {
        ++scores[i].rows;
        if (!sound && row.offset == last_offset + 16) ++(empty_lines > 0 ? spaced_rows : close_rows);
        if (!sound) last_offset = row.offset;
        sound = true;
      }
      if (!d.mark.empty() && line.find(d.mark) != line.npos) ++scores[i].marks;
      PacketLine packet{};
      if (is != RowIs::NoRow || !d.line(line, packet) || !packet.sure) continue;
      ++scores[i].sure;
      if (packet.told) ++scores[i].told;
      if (d.name == "tcpdump-text" && packet.stamp.kind == StampKind::Indented) {
        if (stamps++ > 0 && packet.stamp.since < before) ++back;
        before = packet.stamp.since;
      }
    }
    empty_lines = 0;
  }
  Sniffed sniffed;
  sniffed.spaced = spaced_rows > close_rows;
  sniffed.since_first = stamps > 0 && back == 0;
  std::uint64_t best = 0;
  for (std::size_t i = 0; i < kDialects.size(); ++i) {
    const Score& s = scores[i];
    const Dialect& d = kDialects[i];
    if (!d.mark.empty() && s.marks == 0) continue;
    if (s.rows == 0 && (d.alone != Alone::Told || (s.told == 0 && s.sure < 2))) {
      if (d.alone == Alone::Empty && s.sure > 0) sniffed.lines_of_tcpdump = true;
      continue;
    }
    // A row at least weighs more than any number of lines.
    const std::uint64_t weight =
        s.rows * 4 + s.sure + (s.marks > 0 ? 1 : 0) + (s.rows > 0 ? std::uint64_t{1} << 32 : 0);
    if (weight <= best) continue;
    best = weight;
    sniffed.dialect = &d;
  }
  return sniffed;
}

bool is_text_capture(Bytes beginning) noexcept { return sniff(beginning).dialect != nullptr; }

std::string_view text_without_octets(Bytes beginning) noexcept {
  if (!sniff(beginning).lines_of_tcpdump) return {};
  return "it is tcpdump's text without the packets' octets; record packets with: tcpdump -w FILE, or print them with: "
         "tcpdump -n -tttt -XX";
}

}  // namespace mailseal
