// Markdown (CommonMark with tables) for the body of an issue on GitHub, GitLab, Redmine 5 and later, or Backlog.
//
// These trackers look for mentions (@user), references (#12, !12, r12, a commit's digest) and bare addresses in what is
// left after Markdown, where no backslash and no &#64; helps: only in code they look for nothing. So every word that is
// not plainly a word stands in code; what is left cannot begin anything.
#include <algorithm>

#include "formats.h"
#include "mailseal/base/ascii.h"
#include "ticket.h"

namespace mailseal {
namespace {

enum class Within : std::uint8_t { Block, Cell };

bool is_hex(char c) { return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'F'); }
bool is_letter(char c) { return is_alnum(c) && !is_digit(c); }

/// Longest fence of `c` in the text, and one more.
std::string fence(std::string_view text, char c, std::size_t at_least) {
  std::size_t longest = 0, run = 0;
  for (const char x : text) longest = std::max(longest, run = x == c ? run + 1 : 0);
  return std::string(std::max(longest + 1, at_least), c);
}

void code_run(std::string& out, std::string_view text) {
  if (text.empty()) return;
  const std::string ticks = fence(text, '`', 1);
  const auto delicate = [](char c) { return c == '`' || c == ' '; };
  const bool padded = delicate(text.front()) || delicate(text.back());
  out += ticks;
  if (padded) out += ' ';
  out += text;
  if (padded) out += ' ';
  out += ticks;
}

/// GFM cuts a row at every | that has no backslash before it, also in code, and takes \\| for a cut: so there is none
/// in code.
void code(std::string& out, std::string_view text, Within within) {
  while (within == Within::Cell) {
    const std::size_t bar = text.find('|');
    if (bar == std::string_view::npos) break;
    code_run(out, text.substr(0, bar));
    out += "\\|";
    text.remove_prefix(bar + 1);
  }
  code_run(out, text);
}

/// Nothing in it is, or could become, anything but a word.
bool is_plain_word(std::string_view word) {
  constexpr std::string_view kBefore = "('\"", kAfter = ",.;:)'\"?", kInner = ",.;'-/+";
  const auto among = [](std::string_view signs) {
    return [signs](char c) { return signs.find(c) != std::string_view::npos; };
  };
  if (word.size() == 1 && among("-/+=,:;.")(word[0])) return true;
  std::string_view core = word;
  while (!core.empty() && among(kBefore)(core.front())) core.remove_prefix(1);
  while (!core.empty() && among(kAfter)(core.back())) core.remove_suffix(1);
  if (core.ends_with('%')) core.remove_suffix(1);  // 50%
  if (core.empty() || !is_alnum(core.front()) || !is_alnum(core.back())) return false;
  for (const char c : core)
    if (!is_alnum(c) && !among(kInner)(c)) return false;
  for (std::size_t i = 1; i + 1 < core.size(); ++i) {
    const char before = core[i - 1], c = core[i], after = core[i + 1];
    if (c == '.' && !(is_digit(before) && is_digit(after))) return false;  // www.example
    if (c == '/' && !(is_alnum(before) && is_alnum(after))) return false;
    if (c == '-' && is_digit(after) && !is_digit(before)) return false;  // GH-12
  }
  for (auto at = core.begin(); at != core.end();) {
    const auto end = std::find_if_not(at, core.end(), is_alnum);
    if (end - at >= 7 && std::all_of(at, end, is_hex) && !std::all_of(at, end, is_digit)) return false;  // a commit
    at = std::find_if(end, core.end(), is_alnum);
  }
  const std::string_view rest = core.substr(1);
  return core[0] != 'r' || rest.empty() || !std::all_of(rest.begin(), rest.end(), is_digit);  // Redmine: a revision
}

/// As code, but for the comma or parenthesis it stands in.
void quoted(std::string& out, std::string_view word, Within within) {
  const bool opened = word.find('(') != std::string_view::npos && word[0] != '(';
  const auto is_around = [&](char c) { return c == ',' || c == ';' || c == '.' || c == ':' || (c == ')' && !opened); };
  std::size_t from = word[0] == '(' ? 1 : 0, to = word.size();
  while (to > from && is_around(word[to - 1])) --to;
  if (to == from) from = 0, to = word.size();
  out += word.substr(0, from);
  code(out, word.substr(from, to - from), within);
  out += word.substr(to);
}

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool is_parenthesis(char c) { return c == '(' || c == ')'; }

/// Of a text that does not begin with a space: what stands between spaces, and of it what is all ASCII or none. Beside
/// Japanese, which has no spaces, parentheses are words of their own.
std::size_t word_length(std::string_view text, bool after_other_letters) {
  std::size_t end = 0;
  while (end < text.size() && text[end] != ' ' && is_ascii(text[end]) == is_ascii(text[0])) ++end;
  const bool before_other_letters = end < text.size() && text[end] != ' ';
  if (!is_ascii(text[0]) || (!after_other_letters && !before_other_letters)) return end;
  if (is_parenthesis(text[0])) return 1;
  const auto first = std::find_if(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), is_parenthesis);
  return static_cast<std::size_t>(first - text.begin());
}

/// Words in `text` that are not plain stand in code; `out` may end in the middle of a line. Neither digits nor signs
/// begin one.
void words(std::string& out, std::string_view text, Within within) {
  bool begins = out.empty() || out.back() == '\n';
  bool after_other_letters = false;  // in this word
  while (!text.empty()) {
    const std::size_t end = text[0] == ' ' ? 1 : word_length(text, after_other_letters);
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end);
    const bool begins_nothing = !begins || is_letter(word[0]) || std::all_of(word.begin(), word.end(), is_digit);
    const bool parenthesis = word.size() == 1 && is_parenthesis(word[0]);
    if (!is_ascii(word[0]) || word == " " || ((is_plain_word(word) || parenthesis) && begins_nothing))
      out += word;
    else
      quoted(out, word, within);
    begins = false;
    after_other_letters = word != " " && (after_other_letters || !is_ascii(word[0]));
  }
}

class Markdown final : public Notation {
 public:
  void heading(std::string& out, int level, const Line& line) const override {
    out += std::string(static_cast<std::size_t>(level + 1), '#') + " ";
    spans(out, line, Within::Block);
    out += "\n\n";
  }
  void paragraph(std::string& out, const Line& line) const override {
    spans(out, line, Within::Block);
    out += "\n\n";
  }
  void bullets(std::string& out, const std::vector<Line>& lines) const override {
    for (const Line& line : lines) {
      out += "- ";
      spans(out, line, Within::Block);
      out += '\n';
    }
    out += '\n';
  }
  void table(std::string& out, const Cells& head, const std::vector<Cells>& rows) const override {
    row(out, head);
    out += '|';
    for (std::size_t i = 0; i < head.size(); ++i) out += "---|";
    out += '\n';
    for (const Cells& cells : rows) row(out, cells);
    out += '\n';
  }
  void code(std::string& out, const std::vector<std::string>& lines) const override {
    std::string all;
    for (const std::string& line : lines) all += escape_text(line) + "\n";
    const std::string ticks = fence(all, '`', 3);
    out += ticks + "\n" + all + ticks + "\n\n";
  }

 private:
  void row(std::string& out, const Cells& cells) const {
    out += '|';
    for (const Line& cell : cells) {
      out += ' ';
      spans(out, cell, Within::Cell);
      out += " |";
    }
    out += '\n';
  }
  static void spans(std::string& out, const Line& line, Within within) {
    for (const Span& span : line) {
      const std::string text = escape_text(span.text);
      switch (span.kind) {
        case Span::Kind::Text:
          words(out, text, within);
          break;
        case Span::Kind::Strong:
          out += "**";
          words(out, text, within);
          out += "**";
          break;
        case Span::Kind::Code:
          mailseal::code(out, text, within);
          break;
        case Span::Kind::Link:
          out += "[";
          words(out, text, within);
          out += "](" + span.url + ")";
          break;
      }
    }
  }
};

}  // namespace

void write_markdown(std::ostream& out, const Overview& overview, const ReportOptions& options) {
  write_ticket(out, overview, options, Markdown());
}

}  // namespace mailseal
