// What every report must be, whatever it says.
#pragma once

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace mailseal::sample {

/// The first octet that a terminal would obey or a person could not see; npos where none.
/// Newlines are allowed. UTF-8 is taken apart by hand, not by the code under test.
inline std::size_t first_harmful(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octet = [&](std::size_t k) {
      return i + k < text.size() ? static_cast<std::uint8_t>(text[i + k]) : std::uint8_t{0};
    };
    const std::uint8_t lead = octet(0);
    if ((lead < 0x20 && lead != '\n') || lead == 0x7f) return i;
    if (lead < 0x80) continue;
    const auto tail = [&](std::size_t k) { return octet(k) >= 0x80 && octet(k) <= 0xbf; };
    if (lead >= 0xc2 && lead <= 0xdf && tail(1)) {
      if (lead == 0xc2 && octet(1) < 0xa0) return i;  // C1
      i += 1;
    } else if (lead >= 0xe0 && lead <= 0xef && tail(1) && tail(2)) {
      if (lead == 0xe0 && octet(1) < 0xa0) return i;                                           // overlong
      if (lead == 0xed && octet(1) > 0x9f) return i;                                           // surrogate
      if (lead == 0xe2 && octet(1) == 0x80 && octet(2) >= 0x8b && octet(2) <= 0x8f) return i;  // U+200B..F
      if (lead == 0xe2 && octet(1) == 0x80 && octet(2) >= 0xa8 && octet(2) <= 0xae) return i;  // U+2028..E
      if (lead == 0xe2 && octet(1) == 0x81 && octet(2) >= 0xa0 && octet(2) <= 0xaf) return i;  // U+2060..F
      if (lead == 0xef && octet(1) == 0xbb && octet(2) == 0xbf) return i;                      // U+FEFF
      i += 2;
    } else if (lead >= 0xf0 && lead <= 0xf4 && tail(1) && tail(2) && tail(3)) {
      i += 3;
    } else {
      return i;
    }
  }
  return std::string_view::npos;
}

/// Without what CSV has to have: a byte order mark and carriage returns.
inline std::string without_csv_signs(std::string report) {
  if (report.starts_with("\xef\xbb\xbf")) report.erase(0, 3);
  std::erase(report, '\r');
  return report;
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Without SGR sequences.
inline std::string uncoloured(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b')
      i = std::min(text.find('m', i), text.size());
    else
      plain += text[i];
  }
  return plain;
}

}  // namespace mailseal::sample
