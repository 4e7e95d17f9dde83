#include "table.h"

#include <algorithm>
#include <cstdint>
#include <ostream>

namespace mailseal {
namespace {

constexpr std::size_t kGap = 2;

bool continues(char c) { return (static_cast<std::uint8_t>(c) & 0xc0) == 0x80; }

/// Of valid UTF-8: East Asian wide characters take two columns (UAX 11, near enough).
std::size_t columns_of(std::string_view character) {
  if (character.size() < 3) return 1;
  std::uint32_t c = static_cast<std::uint8_t>(character[0]) & (0x7fu >> character.size());
  for (const char octet : character.substr(1)) c = (c << 6) | (static_cast<std::uint8_t>(octet) & 0x3fu);
  const bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
                    (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
                    (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3ffff);
  return wide ? 2 : 1;
}

std::string_view code(Style style) {
  switch (style) {
    case Style::Plain:
      return "";
    case Style::Strong:
      return "1";
    case Style::Faint:
      return "2";
    case Style::Bad:
      return "1;31";
    case Style::Warn:
      return "33";
    case Style::Good:
      return "32";
  }
  return "";
}

}  // namespace

std::string painted(std::string_view text, Style style, Colour colour) {
  if (colour == Colour::Off || style == Style::Plain || text.empty()) return std::string(text);
  std::string out = "\x1b[";
  return out.append(code(style)).append("m").append(text).append("\x1b[0m");
}

Style style(Severity severity) noexcept {
  switch (severity) {
    case Severity::Critical:
    case Severity::High:
      return Style::Bad;
    case Severity::Medium:
    case Severity::Low:
      return Style::Warn;
    case Severity::Info:
      return Style::Faint;
    case Severity::Positive:
      return Style::Good;
  }
  return Style::Plain;
}

Style style(State state) noexcept {
  switch (state) {
    case State::Plaintext:
    case State::Mixed:
      return Style::Bad;
    case State::Failed:
    case State::Inconclusive:
      return Style::Warn;
    case State::Encrypted:
      return Style::Good;
    case State::NoMail:
      return Style::Faint;
  }
  return Style::Plain;
}

Style style(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::Pass:
      return Style::Good;
    case Verdict::Fail:
      return Style::Bad;
    case Verdict::Inconclusive:
      return Style::Warn;
  }
  return Style::Plain;
}

std::string_view first_character(std::string_view text) noexcept {
  std::size_t size = 1;
  while (size < text.size() && continues(text[size])) ++size;
  return text.substr(0, size);
}

std::size_t display_width(std::string_view text) noexcept {
  std::size_t width = 0;
  while (!text.empty()) {
    const std::string_view character = first_character(text);
    width += columns_of(character);
    text.remove_prefix(character.size());
  }
  return width;
}

std::string shortened(std::string_view text, std::size_t columns) {
  if (text.size() <= columns) return std::string(text);
  std::size_t width = 0, kept = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view character = first_character(rest);
    width += columns_of(character);
    if (width > columns) return std::string(text.substr(0, kept)) + "...";
    if (width + 3 <= columns) kept += character.size();
    rest.remove_prefix(character.size());
  }
  return std::string(text);
}

void Table::row(std::vector<Cell> cells) { rows_.push_back({std::move(cells), std::nullopt}); }

void Table::line(std::size_t column, Cell cell) { rows_.push_back({{std::move(cell)}, column}); }

void Table::write(std::ostream& out, Colour colour, std::string_view indent) const {
  std::vector<std::size_t> widths;
  for (const Row& row : rows_) {
    if (row.under) continue;
    if (widths.size() < row.cells.size()) widths.resize(row.cells.size());
    for (std::size_t i = 0; i < row.cells.size(); ++i)
      widths[i] = std::max(widths[i], std::min(display_width(row.cells[i].text), widest_));
  }
  for (const Row& row : rows_) {
    out << indent;
    std::size_t pending = 0;  // spaces owed, paid only before the next text
    for (std::size_t i = 0; i < row.under.value_or(0) && i < widths.size(); ++i) pending += widths[i] + kGap;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const Cell& cell = row.cells[i];
      const std::size_t width = display_width(cell.text);
      const std::size_t padding = !row.under && width < widths[i] ? widths[i] - width : 0;
      if (cell.align == Align::Right) pending += padding;
      if (!cell.text.empty()) {
        out << std::string(pending, ' ') << painted(cell.text, cell.style, colour);
        pending = 0;
      }
      pending += kGap + (cell.align == Align::Left ? padding : 0);
    }
    out << '\n';
  }
}

}  // namespace mailseal
