#include "shell.h"

#include <algorithm>

#include "mailseal/base/ascii.h"
#include "mailseal/report.h"
#include "table.h"

namespace mailseal {
namespace {

bool is_letter_of_another_script(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool is_plain(char c) {
  return is_alnum(c) || is_letter_of_another_script(c) ||
         std::string_view("-_./:=,+%").find(c) != std::string_view::npos;
}
bool is_quotable(char c) { return is_plain(c) || c == ' '; }

}  // namespace

std::string shell_word(std::string_view text) {
  const bool printable = escape_text(text) == text;
  if (printable && !text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  if (printable && std::all_of(text.begin(), text.end(), is_quotable)) return "'" + std::string(text) + "'";
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "$'";
  while (!text.empty()) {
    const std::string_view character = text.substr(0, first_character(text).size());
    const bool shown =
        escape_text(character) == character && std::all_of(character.begin(), character.end(), is_quotable);
    for (const char c : character)
      if (shown)
        out += c;
      else  // bash and zsh take two digits at most
        ((out += "\\x") += kHex[static_cast<unsigned char>(c) >> 4]) += kHex[static_cast<unsigned char>(c) & 15];
    text.remove_prefix(character.size());
  }
  return out + "'";
}

std::string shell_line(std::string_view program, const std::vector<std::string>& arguments) {
  std::string line(program);
  for (const std::string& argument : arguments) line += " " + shell_word(argument);
  return line;
}

std::string tshark_line(std::string_view path, std::uint64_t frame) {
  // A name that begins with a dash is an option to tshark, "-" standard input.
  const std::string file = (path.starts_with('-') ? "./" : "") + std::string(path);
  return "tshark -r " + shell_word(file) + " -Y frame.number==" + std::to_string(frame) + " -V";
}

std::string show_line(const InputFacts& input, const Seen& seen) {
  if (!input.text) return tshark_line(input.path, seen.frame);
  constexpr std::uint64_t kRowsShown = 40;
  const std::string file = (input.path.starts_with('-') ? "./" : "") + input.path;
  const std::uint64_t line = input.text->lines.line_of(seen.frame).value_or(input.text->first_line);
  return "sed -n " + std::to_string(line) + "," + std::to_string(line + kRowsShown) + "p " + shell_word(file);
}

}  // namespace mailseal
