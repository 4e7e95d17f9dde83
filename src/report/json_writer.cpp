#include "json_writer.h"

#include <algorithm>

#include "mailseal/report.h"

namespace mailseal {
namespace {

constexpr std::size_t kBuffer = 64 * 1024;

// RFC 8259 7: "quotation mark, reverse solidus, and the control characters" must be
// escaped; of the last escape_text() leaves none.
constexpr auto needs_escape = [](char c) { return c == '"' || c == '\\'; };
constexpr auto is_simple = [](char c) { return c >= ' ' && c <= '~' && !needs_escape(c); };

}  // namespace

void JsonWriter::value(std::string_view text) {
  separate();
  buffer_ += '"';
  if (std::all_of(text.begin(), text.end(), is_simple)) {
    buffer_ += text;
  } else {
    for (const char c : escape_text(text)) {
      if (needs_escape(c)) buffer_ += '\\';
      buffer_ += c;
    }
  }
  buffer_ += '"';
}

void JsonWriter::key(std::string_view name) {
  separate();
  buffer_ += '"';
  buffer_ += name;
  buffer_ += layout_ == Layout::Lines ? "\": " : "\":";
  before_ = Before::Nothing;
}

void JsonWriter::separate() {
  if (before_ == Before::Another) buffer_ += ',';
  if (before_ != Before::Nothing && layout_ == Layout::Lines) buffer_ += '\n';
  before_ = Before::Another;
  if (buffer_.size() >= kBuffer) flush();
}

void JsonWriter::flush() {
  out_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  buffer_.clear();
}

}  // namespace mailseal
