#include "text/row.h"

#include <algorithm>

namespace mailseal {
namespace {

constexpr std::size_t kOctets = 16;
constexpr std::size_t kOffsetDigits = 8;

constexpr std::array<std::int8_t, 256> kHex = [] {
  std::array<std::int8_t, 256> value{};
  for (auto& v : value) v = -1;
  for (int i = 0; i < 10; ++i) value[static_cast<std::size_t>('0' + i)] = static_cast<std::int8_t>(i);
  for (int i = 0; i < 6; ++i) {
    value[static_cast<std::size_t>('a' + i)] = static_cast<std::int8_t>(10 + i);
    value[static_cast<std::size_t>('A' + i)] = static_cast<std::int8_t>(10 + i);
  }
  return value;
}();

int digit(char c) noexcept { return kHex[static_cast<unsigned char>(c)]; }
bool blank(char c) noexcept { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Two digits at `at` as an octet; false: they are not there.
bool octet_at(std::string_view text, std::size_t at, std::byte& octet) noexcept {
  if (at + 2 > text.size()) return false;
  const int high = digit(text[at]), low = digit(text[at + 1]);
  if (high < 0 || low < 0) return false;
  octet = static_cast<std::byte>(high * 16 + low);
  return true;
}

/// Whether it stands so in the column: a blank is printed as a dot, or as itself.
bool shows(char c, std::byte octet) noexcept {
  const auto o = std::to_integer<unsigned>(octet);
  if (o == 0x20) return c == '.' || c == ' ';
  return c == (o > 0x20 && o < 0x7f ? static_cast<char>(o) : '.');
}

/// `column`: without the blanks around it, which may have been octets.
bool agrees(const TextRow& row, std::string_view column) noexcept {
  const auto fits = [&](std::size_t first) {
    if (first + column.size() > row.count) return false;
    for (std::size_t i = 0; i < column.size(); ++i)
      if (!shows(column[i], row.octets[first + i])) return false;
    for (std::size_t i = first + column.size(); i < row.count; ++i)
      if (row.octets[i] != std::byte{0x20}) return false;
    return true;
  };
  std::size_t blanks = 0;
  while (blanks < row.count && row.octets[blanks] == std::byte{0x20}) ++blanks;
  return fits(0) || (blanks > 0 && fits(blanks));
}

/// The hexadecimal offset that a row begins with: at least `digits` of them. Where it ends; 0: there is none.
std::size_t read_offset(std::string_view text, std::size_t digits, TextRow& row) noexcept {
  std::size_t at = 0;
  for (row.offset = 0; at < text.size() && at < kOffsetDigits && digit(text[at]) >= 0; ++at)
    row.offset = row.offset * 16 + static_cast<std::uint64_t>(digit(text[at]));
  return at >= digits ? at : 0;
}

/// Groups of four digits, the last perhaps of two, one blank between them. Where they end.
std::size_t read_groups(std::string_view text, TextRow& row) noexcept {
  std::size_t at = 0;
  row.count = 0;
  while (row.count < kOctets && octet_at(text, at, row.octets[row.count])) {
    if (octet_at(text, at + 2, row.octets[row.count + 1])) {
      row.count += 2;
      at += 4;
    } else {
      ++row.count;
      at += 2;
      break;
    }
    if (row.count == kOctets || at + 1 >= text.size() || text[at] != ' ' || blank(text[at + 1])) break;
    ++at;
  }
  return at;
}

/// `body`: the groups and what stands behind them.
RowIs read_body(std::string_view body, TextRow& row) noexcept {
  const std::size_t end = read_groups(body, row);
  const std::string_view rest = trimmed(body.substr(end));
  const bool apart = end >= body.size() || blank(body[end]) || (end > 0 && blank(body[end - 1]));
  row.characters = true;
  if (row.count > 0 && apart && agrees(row, rest)) return RowIs::Sound;
  // Blanks were joined on the way, so that characters stand where a group could: the last word is them.
  const std::string_view words = trimmed(body);
  const std::size_t last = words.find_last_of(" \t");
  if (last != words.npos) {
    TextRow other = row;
    const std::string_view groups = trimmed(words.substr(0, last));
    if (read_groups(groups, other) == groups.size() && other.count > 0 && agrees(other, words.substr(last + 1))) {
      row = other;
      return RowIs::Sound;
    }
  }
  row.characters = false;
  return row.count > 0 && rest.empty() ? RowIs::Sound : RowIs::Damaged;
}

enum class Colon : std::uint8_t { None, Due };

RowIs read_grouped(std::string_view line, Colon colon, TextRow& row) noexcept {
  line = trimmed(line);
  if (!line.starts_with("0x")) return RowIs::NoRow;
  line.remove_prefix(2);
  std::size_t at = read_offset(line, 4, row);
  if (at == 0 || at >= line.size()) return RowIs::NoRow;
  if (line[at] == ':') {
    if (colon == Colon::None) return RowIs::NoRow;
    ++at;
  }
  if (at >= line.size() || !blank(line[at])) return RowIs::Damaged;
  return read_body(trimmed(line.substr(at)), row);
}

/// Single octets, one blank between them; two in the middle of the row, where there are. Where they end.
std::size_t read_singles(std::string_view text, TextRow& row) noexcept {
  std::size_t at = 0;
  row.count = 0;
  while (row.count < kOctets && octet_at(text, at, row.octets[row.count])) {
    ++row.count;
    at += 2;
    if (row.count == kOctets || at + 1 >= text.size() || text[at] != ' ') break;
    if (!blank(text[at + 1])) {
      ++at;
    } else if (row.count == kOctets / 2 && at + 2 < text.size() && !blank(text[at + 2])) {
      at += 2;
    } else {
      break;
    }
  }
  return at;
}

RowIs read_single_octets(std::string_view body, TextRow& row) noexcept {
  const std::size_t end = read_singles(body, row);
  if (row.count == 0) return RowIs::NoRow;
  row.characters = end >= body.size() || blank(body[end]) ? agrees(row, trimmed(body.substr(end))) : false;
  return row.characters ? RowIs::Sound : RowIs::Damaged;
}

}  // namespace

RowIs read_words(std::string_view line, TextRow& row) noexcept {
  const RowIs is = read_grouped(line, Colon::None, row);
  return is == RowIs::Sound && !row.characters ? RowIs::Damaged : is;
}

RowIs read_colon_words(std::string_view line, TextRow& row) noexcept { return read_grouped(line, Colon::Due, row); }

RowIs read_octets(std::string_view line, TextRow& row) noexcept {
  line = trimmed(line);
  const std::size_t at = read_offset(line, 6, row);
  if (at == 0 || at >= line.size() || !blank(line[at])) return RowIs::NoRow;
  const std::string_view body = trimmed(line.substr(at));
  return read_single_octets(body, row);
}

RowIs read_spaced_octets(std::string_view line, TextRow& row) noexcept {
  const std::size_t at = read_offset(line, 4, row);
  if (at == 0 || at + 2 >= line.size() || !blank(line[at])) return RowIs::NoRow;
  const std::size_t begin = line.find_first_not_of(" \t", at);
  if (begin == line.npos) return RowIs::NoRow;
  return read_single_octets(line.substr(begin), row);
}

RowIs read_bare_octets(std::string_view line, TextRow& row) noexcept {
  constexpr std::size_t kIndent = 14;
  if (line.size() < kIndent + 2 || line.find_first_not_of(' ') != kIndent) return RowIs::NoRow;
  const RowIs is = read_single_octets(line.substr(kIndent), row);
  // Other lines are indented likewise: only what begins as octets do is a row.
  return is == RowIs::Damaged && row.count < 2 ? RowIs::NoRow : is;
}

}  // namespace mailseal
