// The lines that announce packets, dialect by dialect.
#include <algorithm>
#include <array>
#include <charconv>

#include "mailseal/base/ascii.h"
#include "text/dialect.h"

namespace mailseal {

template <class Int>
bool read_whole_number(std::string_view text, Int& number) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

namespace {

using std::chrono::nanoseconds, std::chrono::seconds;

/// So many digits at `at`; -1: they are not.
int digits_at(std::string_view text, std::size_t at, std::size_t count) noexcept {
  if (at + count > text.size()) return -1;
  int n = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (!is_digit(text[i])) return -1;
    n = n * 10 + (text[i] - '0');
  }
  return n;
}

/// ".911262" at the beginning, of one to nine digits: taken off.
bool take_fraction(std::string_view& line, nanoseconds& fraction) noexcept {
  if (!line.starts_with('.')) return false;
  std::size_t at = 1;
  std::int64_t n = 0, unit = 1'000'000'000;
  for (; at < line.size() && at <= 9 && is_digit(line[at]); ++at) {
    n = n * 10 + (line[at] - '0');
    unit /= 10;
  }
  if (at == 1 || (at < line.size() && is_digit(line[at]))) return false;
  fraction = nanoseconds(n * unit);
  line.remove_prefix(at);
  return true;
}

/// "01:00:03.911262"; taken off.
bool take_clock(std::string_view& line, nanoseconds& since) noexcept {
  const int h = digits_at(line, 0, 2), m = digits_at(line, 3, 2), s = digits_at(line, 6, 2);
  if (h < 0 || m < 0 || s < 0 || h > 23 || m > 59 || s > 60 || line[2] != ':' || line[5] != ':') return false;
  std::string_view rest = line.substr(8);
  nanoseconds fraction{0};
  if (!take_fraction(rest, fraction)) return false;
  since = seconds(h * 3600 + m * 60 + s) + fraction;
  line = rest;
  return true;
}

bool is_mac(std::string_view word) noexcept {
  const auto hex = [](char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); };
  return word.size() == 17 && word[2] == ':' && word[5] == ':' && word[14] == ':' && hex(word[0]) && hex(word[16]);
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) noexcept {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// "syn 123 ack 456 ", "ack 456 ", "psh 123 ack 456 ".
bool read_flags(std::string_view text, ToldSegment& told) noexcept {
  bool any = false;
  while (!text.empty()) {
    const std::string_view word = take_word(text);
    const bool flag = is_one_of(word, {"syn", "psh", "fin", "rst", "urg"});
    if (!flag && word != "ack") break;
    any = true;
    told.syn |= word == "syn";
    told.psh |= word == "psh";
    told.fin |= word == "fin";
    told.rst |= word == "rst";
    std::string_view ahead = text;
    std::uint32_t number = 0;
    if (!read_whole_number(take_word(ahead), number)) continue;
    text = ahead;
    (flag ? told.seq : told.ack) = number;
  }
  return any;
}

/// "S 3624439037:3624439037(0) ack 1 win 8192", ". ack 3624439038 win 8192".
bool read_old_flags(std::string_view text, ToldSegment& told) noexcept {
  const std::string_view flags = take_word(text);
  if (flags.empty() || flags.find_first_not_of("SFPRUWE.") != flags.npos) return false;
  told.syn = flags.find('S') != flags.npos;
  told.psh = flags.find('P') != flags.npos;
  told.fin = flags.find('F') != flags.npos;
  told.rst = flags.find('R') != flags.npos;
  const std::string_view numbers = take_word(text);
  const std::size_t colon = numbers.find(':'), open = numbers.find('(');
  std::uint32_t seq = 0, n = 0;
  if (colon != numbers.npos && open != numbers.npos && numbers.back() == ')' &&
      read_whole_number(numbers.substr(0, colon), seq) &&
      read_whole_number(numbers.substr(open + 1, numbers.size() - open - 2), n)) {
    told.seq = seq;
    told.payload = n;
    if (take_word(text) != "ack") return true;
  } else if (numbers != "ack") {
    return false;
  }
  if (read_whole_number(take_word(text), n)) told.ack = n;
  return true;
}

}  // namespace

std::string_view take_word(std::string_view& line) noexcept {
  const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view word = line.substr(0, end);
  line = without_blanks(line.substr(end));
  return word;
}

bool read_dotted_endpoint(std::string_view text, IpAddress& address, std::uint16_t& port) {
  const std::size_t dot = text.rfind('.');
  if (dot == text.npos || !read_whole_number(text.substr(dot + 1), port)) return false;
  const auto parsed = parse_address(text.substr(0, dot));
  if (parsed) address = *parsed;
  return parsed.has_value();
}

bool take_stamp(std::string_view& line, Stamp& stamp) {
  std::string_view rest = line;
  const bool indented = rest.starts_with(' ') || rest.starts_with('-');
  if (indented) rest.remove_prefix(1);
  if (rest.empty() || !is_digit(rest.front())) return false;
  nanoseconds since{0};
  if (rest.size() > 10 && rest[4] == '-' && rest[7] == '-' && rest[10] == ' ' && !indented) {
    using namespace std::chrono;
    const int y = digits_at(rest, 0, 4), m = digits_at(rest, 5, 2), d = digits_at(rest, 8, 2);
    const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
    if (y < 1970 || y > 2255 || m < 0 || d < 0 || !date.ok()) return false;
    rest.remove_prefix(11);
    if (!take_clock(rest, since)) return false;
    stamp = {StampKind::Dated, since + nanoseconds(sys_days(date).time_since_epoch())};
  } else if (rest.size() > 8 && rest[2] == ':') {
    if (!take_clock(rest, since)) return false;
    stamp = {indented ? StampKind::Indented : StampKind::OfDay, line.starts_with('-') ? -since : since};
  } else {
    constexpr std::size_t kMostDigits = 10;
    const std::size_t dot = rest.find('.');
    std::uint64_t whole = 0;
    if (indented || dot == rest.npos || dot > kMostDigits || !read_whole_number(rest.substr(0, dot), whole))
      return false;
    rest.remove_prefix(dot);
    nanoseconds fraction{0};
    if (!take_fraction(rest, fraction)) return false;
    stamp = {StampKind::Epoch, seconds(std::min<std::uint64_t>(whole, 9'000'000'000)) + fraction};
  }
  if (!rest.starts_with(' ')) return false;
  line = without_blanks(rest);
  return true;
}

/// [slot] time [interface direction] decode
bool read_fortigate_line(std::string_view line, PacketLine& packet) {
  if (line.starts_with('[')) {
    const std::size_t end = line.find("] ");
    if (end == line.npos) return false;
    line.remove_prefix(end + 2);
  }
  if (line.empty() || !is_digit(line.front()) || !take_stamp(line, packet.stamp)) return false;
  if (packet.stamp.kind == StampKind::OfDay) return false;
  if (packet.stamp.kind == StampKind::Epoch) packet.stamp.kind = StampKind::Elapsed;
  std::string_view behind = line;
  const std::string_view interface = take_word(behind), direction = take_word(behind);
  if (is_one_of(direction, {"in", "out", "--"})) {
    packet.interface = interface;
    packet.direction = direction == "in" ? Direction::In : direction == "out" ? Direction::Out : Direction::Unknown;
    line = behind;
  }
  if (line.empty()) return false;
  const std::size_t arrow = line.find(" -> ");
  packet.sure = arrow != line.npos || line.starts_with("arp ");
  if (arrow == line.npos) return true;
  std::string_view rest = line.substr(arrow + 4);
  const std::size_t colon = rest.find(": ");
  ToldSegment told;
  if (colon != rest.npos && read_dotted_endpoint(line.substr(0, arrow), told.from, told.from_port) &&
      read_dotted_endpoint(rest.substr(0, colon), told.to, told.to_port) && read_flags(rest.substr(colon + 2), told))
    packet.told = told;
  return true;
}

/// [time] [interface] [direction] IP ..., or with -e: MAC > MAC, ethertype ..., length N: ...
bool read_tcpdump_line(std::string_view line, PacketLine& packet) {
  const bool stamped = take_stamp(line, packet.stamp);
  const auto protocol = [](std::string_view word) {
    if (word.ends_with(',') || word.ends_with(':')) word.remove_suffix(1);
    return is_one_of(word, {"IP",      "IP6",    "ARP",    "STP",      "LLDP",      "LLC",     "PPPoE", "MPLS",
                            "CDPv2",   "CDPv1",  "802.1Q", "Loopback", "EAPOL",     "LACPv1",  "IS-IS", "RARP",
                            "Realtek", "UDLDv1", "DTPv1",  "VTP",      "ethertype", "802.1ad", "QinQ"});
  };
  const auto direction = [](std::string_view word) {
    return word == "In"                                ? Direction::In
           : word == "Out"                             ? Direction::Out
           : word == "B" || word == "M" || word == "P" ? Direction::In
                                                       : Direction::Unknown;
  };
  std::string_view rest = line;
  std::string_view word = take_word(rest);
  const Direction first = direction(word);
  if (stamped && first != Direction::Unknown) {
    packet.direction = first;
    word = take_word(rest);
  } else if (stamped && direction(rest.substr(0, rest.find(' '))) != Direction::Unknown) {
    packet.interface = word;
    packet.direction = direction(take_word(rest));
    word = take_word(rest);
  }
  const bool linked = is_mac(word) && (rest.starts_with("> ") || rest.find("ethertype") != rest.npos);
  packet.sure = protocol(word) || linked || word == "ifindex";
  if (!packet.sure) return stamped && rest.find(" > ") != rest.npos;
  if (const std::size_t type = rest.find("ethertype"); type != rest.npos) {
    const std::size_t length = rest.find(", length ", type);
    const std::size_t colon = length == rest.npos ? rest.npos : rest.find(':', length);
    if (colon == rest.npos || !read_whole_number(rest.substr(length + 9, colon - length - 9), packet.wire_bytes))
      packet.wire_bytes = 0;
  }
  return stamped || !word.ends_with(':');
}

/// "Frame 3: 66 bytes on wire (528 bits), 66 bytes captured", "Frame (108 bytes):", "    3 0.000123 192.0.2.1 → ...".
bool read_tshark_line(std::string_view line, PacketLine& packet) {
  constexpr std::string_view kFrame = "Frame ", kBlockEnd = " bytes):";
  if (line.ends_with(kBlockEnd)) {
    const std::size_t open = line.rfind('(');
    std::uint32_t bytes = 0;
    if (open == line.npos || open == 0 || line[open - 1] != ' ') return false;
    if (!read_whole_number(line.substr(open + 1, line.size() - kBlockEnd.size() - open - 1), bytes)) return false;
    packet.phantom = line.substr(0, open) != kFrame;
    return true;
  }
  if (line.starts_with(kFrame)) {
    std::string_view rest = line.substr(kFrame.size());
    const std::size_t colon = rest.find(": ");
    std::uint64_t number = 0;
    if (colon == rest.npos || !read_whole_number(rest.substr(0, colon), number)) return false;
    rest.remove_prefix(colon + 2);
    packet.sure = rest.find(" on wire (") != rest.npos;
    return packet.sure && read_whole_number(take_word(rest), packet.wire_bytes);
  }
  const std::size_t begin = line.find_first_not_of(' ');
  if (begin == line.npos) return false;
  line.remove_prefix(begin);
  if (constexpr std::string_view kEpoch = "Epoch "; line.starts_with(kEpoch)) {
    const std::size_t time = line.find("Time: ");
    if (time == line.npos) return false;
    line.remove_prefix(time + 6);
    return take_stamp(line, packet.stamp) && packet.stamp.kind == StampKind::Epoch;
  }
  std::uint64_t number = 0;
  if (!read_whole_number(take_word(line), number) || !take_stamp(line, packet.stamp)) return false;
  if (packet.stamp.kind == StampKind::Epoch && packet.stamp.since < seconds(946'684'800))
    packet.stamp.kind = StampKind::Elapsed;
  packet.sure = line.find("\xe2\x86\x92") != line.npos || line.find(" -> ") != line.npos;
  return packet.sure;
}

/// "   1: 15:01:45.052762 1.1.1.1.12869 > 2.2.2.2.80: S 3624439037:3624439037(0) win 8192"
bool read_asa_line(std::string_view line, PacketLine& packet) {
  line = without_blanks(line);
  const std::size_t colon = line.find(": ");
  std::uint64_t number = 0;
  if (colon == line.npos || !read_whole_number(line.substr(0, colon), number)) return false;
  line = without_blanks(line.substr(colon + 2));
  if (!take_stamp(line, packet.stamp) || packet.stamp.kind != StampKind::OfDay) return false;
  packet.sure = true;
  constexpr std::string_view kTag = "802.1Q vlan#";
  if (line.starts_with(kTag)) {
    (void)take_word(line);
    (void)take_word(line);
    if (line.starts_with('P')) (void)take_word(line);
  }
  const std::string_view from = take_word(line);
  if (take_word(line) != ">") return true;
  std::string_view to = take_word(line);
  if (to.ends_with(':')) to.remove_suffix(1);
  ToldSegment told;
  if (read_dotted_endpoint(from, told.from, told.from_port) && read_dotted_endpoint(to, told.to, told.to_port) &&
      read_old_flags(line, told))
    packet.told = told;
  return true;
}

/// "6843828.0: trust(o) len=98:00121ebbd132->00600868d659/0800"
bool read_screenos_line(std::string_view line, PacketLine& packet) {
  const std::size_t colon = line.find(": ");
  if (colon == line.npos || line.empty() || !is_digit(line.front())) return false;
  const std::string_view stamp = line.substr(0, colon);
  const std::size_t dot = stamp.find('.');
  std::uint32_t whole = 0, tenths = 0;
  if (dot == stamp.npos || !read_whole_number(stamp.substr(0, dot), whole) ||
      !read_whole_number(stamp.substr(dot + 1), tenths) || tenths > 9)
    return false;
  std::string_view rest = line.substr(colon + 2);
  std::string_view interface = take_word(rest);
  if (interface.size() < 4 || !(interface.ends_with("(i)") || interface.ends_with("(o)")) || !rest.starts_with("len="))
    return false;
  packet.direction = interface.ends_with("(i)") ? Direction::In : Direction::Out;
  interface.remove_suffix(3);
  packet.interface = interface;
  packet.stamp = {StampKind::Elapsed, seconds(whole) + std::chrono::milliseconds(100 * tenths)};
  const std::size_t end = std::min(rest.find(':'), rest.size());
  if (!read_whole_number(rest.substr(4, end - 4), packet.wire_bytes)) packet.wire_bytes = 0;
  packet.sure = true;
  return true;
}

}  // namespace mailseal
