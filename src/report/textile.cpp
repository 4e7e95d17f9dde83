// Textile, as Redmine writes it.
//
// Textile has no backslash. Redmine (and others) take character references as they are, before and after they look
// for markup, links, mentions and references: so every sign that could begin something is written as one.
#include <algorithm>

#include "formats.h"
#include "mailseal/base/ascii.h"
#include "ticket.h"

namespace mailseal {
namespace {

/// What needs no reference between @ and @, where some renderers take none.
bool is_code(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-' || c == '.'; });
}

std::string escaped(std::string_view raw) {
  const std::string text = escape_text(raw);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i], before = i ? text[i - 1] : ' ', after = i + 1 < text.size() ? text[i + 1] : ' ';
    const bool begins = !is_alnum(before), ends = after == ' ';
    const bool plain =
        is_alnum(c)
            ? !(before == 'r' && is_digit(c) && (i == 1 || !is_alnum(text[i - 2])))  // r12: a revision
            : c == ' ' || static_cast<unsigned char>(c) >= 0x80 || c == ',' ||
                  (c == '.' && upper(before) != 'W' && before != '.' && !(i <= 3 && ends)) ||  // www.x, ..., "h1. "
                  ((c == ':' || c == ';') && ends && !begins) || (c == '-' && !begins && is_alnum(after));
    if (plain)
      out += c;
    else
      out += "&#" + std::to_string(static_cast<int>(c)) + ";";
  }
  return out;
}

class Textile final : public Notation {
 public:
  void heading(std::string& out, int level, const Line& line) const override {
    out += "h" + std::to_string(level + 1) + ". ";
    spans(out, line);
    out += "\n\n";
  }
  void paragraph(std::string& out, const Line& line) const override {
    out += "p. ";
    spans(out, line);
    out += "\n\n";
  }
  void bullets(std::string& out, const std::vector<Line>& lines) const override {
    for (const Line& line : lines) {
      out += "* ";
      spans(out, line);
      out += '\n';
    }
    out += '\n';
  }
  void table(std::string& out, const Cells& head, const std::vector<Cells>& rows) const override {
    row(out, head, "|_. ");
    for (const Cells& cells : rows) row(out, cells, "| ");
    out += '\n';
  }
  void code(std::string& out, const std::vector<std::string>& lines) const override {
    out += "<pre>\n";
    for (const std::string& line : lines) out += escape_text(line) + "\n";  // shell_word() leaves no <
    out += "</pre>\n\n";
  }

 private:
  static void row(std::string& out, const Cells& cells, std::string_view bar) {
    for (const Line& cell : cells) {
      out += bar;
      spans(out, cell);
      out += ' ';
    }
    out += "|\n";
  }
  static void spans(std::string& out, const Line& line) {
    for (const Span& span : line) {
      const std::string text = escaped(span.text);
      switch (span.kind) {
        case Span::Kind::Text:
          out += text;
          break;
        case Span::Kind::Strong:
          out += "*" + text + "*";
          break;
        case Span::Kind::Code:
          out += text == span.text && is_code(text) ? "@" + text + "@" : text;
          break;
        case Span::Kind::Link:
          out += "\"" + text + "\":" + span.url;
          break;
      }
    }
  }
};

}  // namespace

void write_textile(std::ostream& out, const Overview& overview, const ReportOptions& options) {
  write_ticket(out, overview, options, Textile());
}

}  // namespace mailseal
