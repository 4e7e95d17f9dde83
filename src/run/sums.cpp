#include "sums.h"

#include <algorithm>
#include <ostream>

namespace mailseal {
namespace {

/// Empty: nothing in it needs an escape.
std::string escaped(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else
      out += c;
  }
  return out;
}

}  // namespace

void Sums::inputs(const RunFacts& run, Redact level) {
  for (std::size_t i = 0; i < run.inputs.size(); ++i) {
    const InputFacts& input = run.inputs[i];
    const std::string number = "input " + std::to_string(i + 1);
    if (input.format == "live")
      lines_.push_back({number + " is live traffic of " + escape_text(input.path) + ": no file", {}});
    else if (input.path == "-")
      lines_.push_back({number + " is standard input: no file; SHA-256 " + input.sha256, {}});
    else if (level == Redact::Strict)
      lines_.push_back({number + " is not named (--redact strict); SHA-256 " + input.sha256, {}});
    else if (std::none_of(lines_.begin(), lines_.end(),
                          [&](const Line& l) { return l.path == input.path && l.sha256 == input.sha256; }))
      lines_.push_back({input.path, input.sha256});
  }
}

void Sums::output(const std::string& path, const std::string& sha256) {
  if (sha256.empty()) {
    lines_.push_back({escape_text(path) + " is no file that stays", {}});
    return;
  }
  std::erase_if(lines_, [&](const Line& line) { return !line.sha256.empty() && line.path == path; });
  lines_.push_back({path, sha256});
}

void Sums::write(std::ostream& out) const {
  for (const Line& line : lines_) {
    if (line.sha256.empty()) {
      out << "# " << line.path << '\n';
      continue;
    }
    const std::string path = escaped(line.path);
    out << (path == line.path ? "" : "\\") << line.sha256 << "  " << path << '\n';
  }
}

}  // namespace mailseal
