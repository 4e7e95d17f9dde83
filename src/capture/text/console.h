// ConsoleLines: the lines of a text as the terminal showed them.
//
// A console log holds what was typed and taken back: backspaces, carriage returns, escape sequences, pager prompts,
// the time that a terminal program wrote before each line, a byte order mark, UTF-16. What is left of a line is what
// a person would have copied from the screen. Lines of plain text pass where they lie.
//
// Refuses to hold more than Limits::text_line_bytes of a line: what stands behind is dropped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mailseal/base/limits.h"
#include "octets.h"

namespace mailseal {

class ConsoleLines {
 public:
  /// Both are kept.
  ConsoleLines(Octets* octets, const Limits* limits) : octets_(*octets), limits_(*limits) {}

  /// Without its end. It lives until the next call, or until the octets move. False: there is none.
  bool next(std::string_view& line);
  std::uint64_t number() const noexcept { return number_; }  ///< of the last line, from 1

 private:
  enum class Coding : std::uint8_t { Unknown, Octets, Utf16Little, Utf16Big };

  bool raw(std::string_view& line);
  std::size_t find_end(Bytes have, std::size_t from) const noexcept;
  void recognize();
  std::string_view narrow(std::string_view wide);
  std::string_view as_shown(std::string_view line);
  void type(std::string_view line);

  Octets& octets_;
  const Limits& limits_;
  std::uint64_t number_ = 0;
  Coding coding_ = Coding::Unknown;
  std::string narrow_, screen_;
};

}  // namespace mailseal
