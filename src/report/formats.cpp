// The format table.
//
// To add a format: write src/report/NAME.cpp with a write_NAME() that passes every
// string of the overview through escape_text() and then through the escaping of its
// own syntax; declare it in formats.h; add a row here and a golden file to tests/report.
#include "formats.h"

#include <array>

#include "mailseal/base/ascii.h"

namespace mailseal {
namespace {

constexpr std::array kFormats{
    Format{"text", ".txt", write_text},
    Format{"json", ".json", write_json},
    Format{"html", ".html", write_html},
    Format{"svg", ".svg", write_svg},
    Format{"markdown", ".md", write_markdown},
    Format{"jira", ".jira", write_jira},
    Format{"textile", ".textile", write_textile},
    Format{"csv", ".csv", write_csv_findings},
    Format{"csv-findings", ".findings.csv", write_csv_findings},
    Format{"csv-sessions", ".sessions.csv", write_csv_sessions},
    Format{"csv-servers", ".servers.csv", write_csv_servers},
    Format{"sarif", ".sarif", write_sarif},
    Format{"junit", ".xml", write_junit},
};

bool ends_with_word(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && same_word(text.substr(text.size() - suffix.size()), suffix);
}

}  // namespace

std::string_view program_version() noexcept { return MAILSEAL_VERSION; }

std::span<const Format> formats() noexcept { return kFormats; }

const Format* find_format(std::string_view name_or_suffix) noexcept {
  for (const Format& format : kFormats)
    if (name_or_suffix == format.name) return &format;
  const Format* found = nullptr;  // of several suffixes the longest: x.sessions.csv is no x.csv
  for (const Format& format : kFormats)
    if (ends_with_word(name_or_suffix, format.suffix) && (!found || format.suffix.size() > found->suffix.size()))
      found = &format;
  return found;
}

}  // namespace mailseal
