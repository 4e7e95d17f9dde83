// The lines of SHA256SUMS as coreutils writes them, and comments for what is no file. Names are not made printable
// here: sha256sum must find them.
#include "sums.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <ostream>

#include "mailseal/base/digest.h"

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

void Sums::input(const std::string& name, const std::string& path, const std::string& sha256, Redact level) {
  Line line{path, sha256};
  if (path == "-")
    line = {name + " is standard input: no file" + (sha256.empty() ? "" : "; SHA-256 " + sha256), {}};
  else if (sha256.empty())
    line = {name + " could not be read again", {}};
  else if (level == Redact::Strict)
    line = {name + " is not named (--redact strict); SHA-256 " + sha256, {}};
  if (std::find(lines_.begin(), lines_.end(), line) == lines_.end()) lines_.push_back(std::move(line));
}

void Sums::captures(const RunFacts& run, Redact level) {
  for (std::size_t i = 0; i < run.inputs.size(); ++i) {
    const InputFacts& facts = run.inputs[i];
    const std::string name = "input " + std::to_string(i + 1);
    if (facts.format == "live")
      lines_.push_back({name + " is live traffic of " + escape_text(facts.path) + ": no file", {}});
    else if (facts.file.empty())
      input(name, facts.path, facts.sha256, level);
    else
      member(name, facts, level);
  }
}

/// Of the archive its own digest, so that `sha256sum -c` can look; of what was unpacked from it a comment.
void Sums::member(const std::string& name, const InputFacts& facts, Redact level) {
  std::string line = name + " is unpacked from an archive";
  if (level != Redact::Strict) line += ": " + escape_text(facts.path);
  if (!facts.sha256.empty()) line += "; SHA-256 " + facts.sha256;
  lines_.push_back({std::move(line), {}});
  if (archives_.insert(facts.file).second) other("an archive", facts.file, level);
}

void Sums::other(const std::string& name, const std::string& path, Redact level) {
  std::string digest;
  std::error_code none;
  if (std::ifstream in(path, std::ios::binary); path != "-" && std::filesystem::is_regular_file(path, none) && in) {
    Sha256 sha256;
    std::array<char, 1 << 16> piece{};
    while (in.read(piece.data(), piece.size()) || in.gcount() != 0)
      sha256.add(as_bytes({piece.data(), static_cast<std::size_t>(in.gcount())}));
    if (in.eof()) digest = sha256.finish();
  }
  input(name, path, digest, level);
}

void Sums::output(const std::string& path, const std::string& sha256) {
  if (sha256.empty()) {
    lines_.push_back({escape_text(path) + " is no file that stays", {}});
    return;
  }
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
