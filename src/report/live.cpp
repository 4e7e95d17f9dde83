// One line for a finding the moment it is found: `mailseal watch`.
#include "mailseal/report.h"
#include "table.h"

namespace mailseal {

std::string live_line(const Session& session, const Finding& finding, const ReportOptions& how) {
  const Colour paint = how.colour ? Colour::On : Colour::Off;
  std::string line = to_string(finding.seen.time).substr(0, 19) + "Z  ";
  std::string severity = std::string(to_string(finding.severity));
  const std::size_t padding = severity.size() < 8 ? 8 - severity.size() : 0;
  line += painted(severity, style(finding.severity), paint) + std::string(padding, ' ') + "  ";
  line += painted(finding.kind->id, Style::Strong, paint) + "  ";
  line += to_string(session.flow.client.address) + " > " + to_string(session.flow.server);
  if (finding.seen.frame != 0) line += "  frame " + std::to_string(finding.seen.frame);
  const std::string_view note = finding.note.empty() ? finding.kind->title : std::string_view(finding.note);
  if (!note.empty()) line += "  " + shortened(escape_text(note), 72);
  return line;
}

}  // namespace mailseal
