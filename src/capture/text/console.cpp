#include "text/console.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "mailseal/base/ascii.h"

namespace mailseal {
namespace {

constexpr std::size_t kScreenColumns = 4096;  // what is further right is not edited: no terminal is that wide

/// Whether an octet stands on the screen as it is.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = 0x20; c < 0x7f; ++c) plain[c] = true;
  plain['\t'] = true;
  return plain;
}();

bool plain(std::string_view line) noexcept {
  return std::all_of(line.begin(), line.end(), [](char c) { return kPlain[static_cast<unsigned char>(c)]; });
}

/// "[2016-03-01 10:00:00.000] ", as terminal programs write before a line: brackets around a clock.
std::string_view without_stamp(std::string_view line) noexcept {
  constexpr std::size_t kLongest = 48;
  if (!line.starts_with('[')) return line;
  const std::size_t end = line.substr(0, kLongest).find(']');
  if (end == line.npos) return line;
  const std::string_view stamp = line.substr(1, end - 1);
  bool clock = false;
  for (std::size_t at = stamp.find(':'); at != stamp.npos && !clock; at = stamp.find(':', at + 1))
    clock = at >= 2 && at + 5 < stamp.size() && is_digit(stamp[at - 1]) && is_digit(stamp[at + 1]) &&
            is_digit(stamp[at + 2]) && stamp[at + 3] == ':' && is_digit(stamp[at + 4]);
  if (!clock) return line;
  line.remove_prefix(end + 1);
  if (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

std::string_view without_pager(std::string_view line) noexcept {
  constexpr std::string_view kMore = "--More--";
  if (!line.starts_with(kMore)) return line;
  line.remove_prefix(kMore.size());
  if (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

}  // namespace

void ConsoleLines::recognize() {
  (void)octets_.ensure(3);
  const std::string_view mark = as_text(octets_.first(std::min<std::size_t>(octets_.left(), 3)));
  coding_ = mark.starts_with("\xff\xfe")   ? Coding::Utf16Little
            : mark.starts_with("\xfe\xff") ? Coding::Utf16Big
                                           : Coding::Octets;
  if (mark == "\xef\xbb\xbf")
    octets_.consume(3);
  else if (coding_ != Coding::Octets)
    octets_.consume(2);
}

/// The place of the line feed in `have`, whose octets before `from` hold none; its size: there is none.
std::size_t ConsoleLines::find_end(Bytes have, std::size_t from) const noexcept {
  if (coding_ == Coding::Octets) {
    const void* at = from < have.size() ? std::memchr(have.data() + from, '\n', have.size() - from) : nullptr;
    return at ? static_cast<std::size_t>(static_cast<const std::byte*>(at) - have.data()) : have.size();
  }
  const std::size_t low = coding_ == Coding::Utf16Little ? 0 : 1;
  for (std::size_t at = from & ~std::size_t{1}; at + 1 < have.size(); at += 2)
    if (have[at + low] == std::byte{'\n'} && have[at + (1 - low)] == std::byte{0}) return at;
  return have.size();
}

bool ConsoleLines::raw(std::string_view& line) {
  if (coding_ == Coding::Unknown) recognize();
  const std::size_t feed = coding_ == Coding::Octets ? 1 : 2;
  const std::size_t most = limits_.text_line_bytes & ~std::size_t{1};
  std::size_t looked = 0;
  for (;;) {
    const Bytes have = octets_.first(std::min(octets_.left(), most));
    const std::size_t end = find_end(have, looked);
    if (end < have.size()) {
      line = as_text(have.first(end));
      octets_.consume(std::min(end + feed, octets_.left()));
      return true;
    }
    if (have.size() == most) break;
    looked = have.size();
    if (octets_.ensure(have.size() + 1)) continue;
    if (octets_.left() == 0) return false;
    line = as_text(octets_.first(octets_.left()));
    octets_.consume(octets_.left());
    return true;
  }
  // Longer than any that means something: its beginning is kept, the rest dropped.
  narrow_.assign(as_text(octets_.first(most)));
  octets_.consume(most);
  while (octets_.ensure(feed)) {
    const Bytes have = octets_.first(octets_.left() / feed * feed);
    const std::size_t end = find_end(have, 0);
    octets_.consume(std::min(end < have.size() ? end + feed : have.size(), octets_.left()));
    if (end < have.size()) break;
  }
  line = narrow_;
  return true;
}

std::string_view ConsoleLines::narrow(std::string_view wide) {
  const std::size_t low = coding_ == Coding::Utf16Little ? 0 : 1;
  std::string text;
  text.reserve(wide.size() / 2);
  for (std::size_t at = 0; at + 1 < wide.size(); at += 2) {
    const auto unit = static_cast<unsigned char>(wide[at + low]);
    const bool ascii = wide[at + (1 - low)] == '\0' && unit < 0x80,
               blank = wide[at + (1 - low)] == '\0' && unit == 0xa0;
    text += ascii ? static_cast<char>(unit) : blank ? ' ' : '?';
  }
  narrow_ = std::move(text);
  return narrow_;
}

/// As a terminal would: what is typed over is gone.
void ConsoleLines::type(std::string_view line) {
  screen_.clear();
  std::size_t cursor = 0;
  const auto put = [&](char c) {
    if (cursor < screen_.size())
      screen_[cursor] = c;
    else
      screen_ += c;
    ++cursor;
  };
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const auto octet = static_cast<unsigned char>(c);
    if (kPlain[octet]) {
      put(c);
    } else if (c == '\b') {
      if (cursor > 0) --cursor;
    } else if (c == '\r') {
      cursor = 0;
    } else if (octet == 0xc2 && i + 1 < line.size() && static_cast<unsigned char>(line[i + 1]) == 0xa0) {
      put(' ');
      ++i;
    } else if (octet == 0xa0) {
      put(' ');
    } else if (octet >= 0x80) {
      put(c);
    } else if (c == '\x1b' && i + 1 < line.size()) {
      if (line[i + 1] == ']') {  // a title, up to BEL or ESC backslash
        const std::size_t end = line.find_first_of("\a\x1b", i + 2);
        if (end == line.npos) break;
        i = line[end] == '\x1b' ? end + 1 : end;
        continue;
      }
      if (line[i + 1] != '[') {
        ++i;
        continue;
      }
      std::size_t at = i + 2, number = 0;
      for (; at < line.size() && (is_digit(line[at]) || line[at] == ';' || line[at] == '?'); ++at)
        if (is_digit(line[at]))
          number = std::min<std::size_t>(number * 10 + static_cast<std::size_t>(line[at] - '0'), kScreenColumns);
      if (at >= line.size()) break;
      const std::size_t times = std::max<std::size_t>(number, 1);
      const bool room = screen_.size() <= kScreenColumns;
      if (line[at] == 'P' && room && cursor < screen_.size()) screen_.erase(cursor, times);
      if (line[at] == '@' && room && cursor < screen_.size()) screen_.insert(cursor, times, ' ');
      if (line[at] == 'K' && number == 0 && cursor < screen_.size()) screen_.resize(cursor);
      if (line[at] == 'K' && number == 2) screen_.assign(cursor, ' ');
      if (line[at] == 'C') cursor = std::min(cursor + times, screen_.size());
      if (line[at] == 'D') cursor -= std::min(cursor, times);
      i = at;
    }
  }
}

std::string_view ConsoleLines::as_shown(std::string_view line) {
  while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (!plain(line)) {
    type(line);
    line = screen_;
  }
  if (line.starts_with('[')) line = without_stamp(line);
  if (line.starts_with('-')) line = without_pager(line);
  return line;
}

bool ConsoleLines::next(std::string_view& line) {
  std::string_view raw_line;
  if (!raw(raw_line)) return false;
  ++number_;
  if (coding_ != Coding::Octets) raw_line = narrow(raw_line);
  line = as_shown(raw_line);
  return true;
}

}  // namespace mailseal
