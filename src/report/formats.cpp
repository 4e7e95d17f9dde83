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
    Format{"svg", ".svg", write_svg},
};

bool ends_with_word(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && same_word(text.substr(text.size() - suffix.size()), suffix);
}

}  // namespace

std::span<const Format> formats() noexcept { return kFormats; }

const Format* find_format(std::string_view name_or_suffix) noexcept {
  for (const Format& format : kFormats)
    if (name_or_suffix == format.name) return &format;
  for (const Format& format : kFormats)
    if (ends_with_word(name_or_suffix, format.suffix)) return &format;
  return nullptr;
}

}  // namespace mailseal
