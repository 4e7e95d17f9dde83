// report: from the overview to text a person or a program reads.
//
// Everything printed that came off the wire is escaped here and nowhere else.
//
//   previous: overview.h
#pragma once

#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mailseal/overview.h"

namespace mailseal {

struct ReportOptions {
  std::vector<std::string> arguments;  ///< of the command line, without the program
  std::string generated;               ///< RFC 3339; the only thing that may differ between runs
  bool colour = false;
  int exit_code = 0;
  std::size_t max_bytes = 0;  ///< of text and ticket bodies: whole findings are left out; 0: no limit
};

/// One row of the format table (src/report/formats.cpp).
struct Format {
  std::string_view name;    ///< what --format takes
  std::string_view suffix;  ///< what -o FILE ends in, with the dot
  void (*write)(std::ostream&, const Overview&, const ReportOptions&);
};
std::span<const Format> formats() noexcept;
const Format* find_format(std::string_view name_or_suffix) noexcept;

/// One line for a finding as it appears in a live capture; of the options its colour.
std::string live_line(const Session&, const Finding&, const ReportOptions&);
/// The catalogue entry as `mailseal explain` prints it.
std::string explain(const FindingKind&);
/// Printable: C0, C1, DEL, bidi controls and invalid UTF-8 become \xNN (for a terminal or log).
std::string escape_text(std::string_view);

}  // namespace mailseal
