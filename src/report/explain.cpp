// The catalogue entry of a finding, for a person: `mailseal explain ID`.
#include "mailseal/report.h"
#include "words.h"

namespace mailseal {
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kMargin = 14;

/// "  label       text, wrapped at kColumns and indented below itself". Nothing for no text.
void paragraph(std::string& out, std::string_view label, std::string_view text) {
  if (text.empty()) return;
  std::string line = "  " + std::string(label);
  line.resize(kMargin, ' ');
  bool begun = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (begun && line.size() + 1 + word.size() > kColumns) {
      out += line + "\n";
      line.assign(kMargin, ' ');
      begun = false;
    }
    if (begun) line += ' ';
    line += word;
    begun = true;
  }
  if (begun) out += line + "\n";
}

std::string severities(const FindingKind& kind) {
  const std::string access(to_string(kind.access)), relay(to_string(kind.relay));
  if (access == relay) return access;
  return access + " on access and submission ports, " + relay + " between mail servers";
}

}  // namespace

std::string explain(const FindingKind& kind) {
  std::string out = std::string(kind.id) + "\n" + std::string(kind.title) + "\n\n";
  paragraph(out, "severity", severities(kind));
  paragraph(out, "seen", kind.observed);
  paragraph(out, "it means", kind.meaning);
  paragraph(out, "what to do", kind.remedy == "none" ? "nothing" : kind.remedy);
  std::string_view label = "reference";
  for (const std::string_view reference : references(kind)) {
    paragraph(out, label, reference);
    label = "";
  }
  return out;
}

}  // namespace mailseal
