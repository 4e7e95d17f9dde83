// Jira's wiki markup, of the editor of Jira Server and Data Center and of what Jira Cloud takes as such.
//
// A backslash before a sign makes it a sign; both renderers agree on those of kSigns. Where one of them takes no
// backslash (a bar in a table, a colon before an address, a backslash itself) a character reference is used, which the
// other shows as it is written: not pretty, and as inert.
#include <algorithm>

#include "formats.h"
#include "mailseal/base/ascii.h"
#include "ticket.h"

namespace mailseal {
namespace {

constexpr std::string_view kSigns = "!#%()*+-?@[]^_{}~";

bool is_letter(char c) { return is_alnum(c) && !is_digit(c); }
bool is_plain(char c) { return is_alnum(c) || std::string_view(".:>=,/ -").find(c) != std::string_view::npos; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

/// "h1." or "bq." at the beginning of a cell.
bool begins_block(std::string_view text) {
  return (upper(text[0]) == 'H' && is_digit(text[1])) || same_word(text.substr(0, 2), "bq");
}

std::string escaped(std::string_view raw) {
  const std::string text = escape_text(raw);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i], before = i ? text[i - 1] : ' ', after = i + 1 < text.size() ? text[i + 1] : ' ';
    if (c == '-' && (is_lower(before) || is_digit(before)) && is_lower(after))
      out += c;  // in a word: no dash, no strike-through, no ABC-12
    else if (kSigns.find(c) != std::string_view::npos)
      (out += '\\') += c;
    else if (c == '|')
      out += "&#124;";
    else if (c == '\\' && !is_alnum(after))
      out += "&#92;";  // two of them are the end of a line
    else if (c == ':' && (is_letter(after) || after == '/' || after == '-' || after == '\\'))
      out += "&#58;";  // http://, mailto:x, :D
    else if (c == '&' && (after == '#' || is_alnum(after)))
      out += "&amp;";
    else if (c == '.' && i == 2 && begins_block(text))
      out += "&#46;";
    else
      out += c;
  }
  return out;
}

class Jira final : public Notation {
 public:
  void heading(std::string& out, int level, const Line& line) const override {
    out += "h" + std::to_string(level + 1) + ". ";
    spans(out, line);
    out += "\n\n";
  }
  void paragraph(std::string& out, const Line& line) const override {
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
    row(out, head, "||");
    for (const Cells& cells : rows) row(out, cells, "|");
    out += '\n';
  }
  void code(std::string& out, const std::vector<std::string>& lines) const override {
    out += "{noformat}\n";
    for (const std::string& line : lines) out += escape_text(line) + "\n";  // shell_word() leaves no brace
    out += "{noformat}\n\n";
  }

 private:
  static void row(std::string& out, const Cells& cells, std::string_view bar) {
    out += bar;
    for (const Line& cell : cells) {
      out += ' ';
      spans(out, cell);
      (out += ' ') += bar;
    }
    out += '\n';
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
        case Span::Kind::Code:  // markup is obeyed inside of it too, or shown with its backslashes
          out += !text.empty() && text == span.text && std::all_of(text.begin(), text.end(), is_plain)
                     ? "{{" + text + "}}"
                     : text;
          break;
        case Span::Kind::Link:
          out += "[" + text + "|" + span.url + "]";
          break;
      }
    }
  }
};

}  // namespace

void write_jira(std::ostream& out, const Overview& overview, const ReportOptions& options) {
  write_ticket(out, overview, options, Jira());
}

}  // namespace mailseal
