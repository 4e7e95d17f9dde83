// Columns of text for a terminal: aligned, never wrapped, no trailing spaces, and colour
// that never carries a meaning of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mailseal/overview.h"

namespace mailseal {

enum class Style : std::uint8_t { Plain, Strong, Faint, Bad, Warn, Good };
enum class Colour : std::uint8_t { Off, On };

std::string painted(std::string_view, Style, Colour);

Style style(Severity) noexcept;
Style style(State) noexcept;
Style style(Verdict) noexcept;

/// Of text in UTF-8 that is not empty.
std::string_view first_character(std::string_view text) noexcept;
/// Columns that a terminal needs for it; `text` is escaped already.
std::size_t display_width(std::string_view text) noexcept;
/// At most so many columns, the last three of them "..." where something was cut.
std::string shortened(std::string_view text, std::size_t columns);

enum class Align : std::uint8_t { Left, Right };

struct Cell {
  std::string text;  ///< escaped already
  Style style = Style::Plain;
  Align align = Align::Left;
};

class Table {
 public:
  /// A cell wider than `widest` sticks out rather than push all the others to the right.
  explicit Table(std::size_t widest = 48) : widest_(widest) {}

  void row(std::vector<Cell>);
  /// A line of its own between rows, beginning under column `column`; it widens nothing.
  void line(std::size_t column, Cell);
  bool empty() const noexcept { return rows_.empty(); }
  void write(std::ostream&, Colour, std::string_view indent) const;

 private:
  struct Row {
    std::vector<Cell> cells;
    std::optional<std::size_t> under;  ///< a line: the column its only cell begins under
  };
  std::size_t widest_;
  std::vector<Row> rows_;
};

}  // namespace mailseal
