// report: from the overview to text a person or a program reads.
//
// Everything printed that came off the wire is escaped here and nowhere else.
//
//   previous: overview.h
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mailseal/base/expected.h"
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

/// What reports for people are written in. JSON and other formats for machines are always the same.
enum class Language : std::uint8_t { English, Japanese };
std::string_view to_string(Language) noexcept;  ///< "en", "ja"
std::optional<Language> find_language(std::string_view) noexcept;
/// From now on all reports of this process are in this language, with the first translations found in these folders
/// (FOLDER/ja/LC_MESSAGES/mailseal.mo); English needs none. Before other threads begin: it sets LANGUAGE.
Expected<void> speak(Language, const std::vector<std::string>& folders);

/// One line for a finding as it appears in a live capture; of the options its colour.
std::string live_line(const Session&, const Finding&, const ReportOptions&);
/// The catalogue entry as `mailseal explain` prints it.
std::string explain(const FindingKind&);
std::string title(const FindingKind&);  ///< in the language of the report
/// Printable: C0, C1, DEL, bidi controls and invalid UTF-8 become \xNN (for a terminal or log).
std::string escape_text(std::string_view);

}  // namespace mailseal
