// One line for a finding the moment it is found: `mailseal watch`.
#include "mailseal/report.h"
#include "retold.h"
#include "table.h"
#include "tr.h"

namespace mailseal {

std::string live_line(const Session& session, const Finding& finding, const ReportOptions& how) {
  const Colour paint = how.colour ? Colour::On : Colour::Off;
  std::string line = to_string(finding.seen.time).substr(0, 19) + "Z  ";
  const std::string severity = tr(to_string(finding.severity));
  const std::size_t width = display_width(severity), padding = width < 8 ? 8 - width : 0;
  line += painted(severity, style(finding.severity), paint) + std::string(padding, ' ') + "  ";
  line += painted(finding.kind->id, Style::Strong, paint) + "  ";
  line += to_string(session.flow.client.address) + " > " + to_string(session.flow.server);
  if (finding.seen.frame != 0) line += "  " + told("frame {}", finding.seen.frame);
  const std::string note = finding.note.empty() ? tr(finding.kind->title) : retold(finding.note);
  if (!note.empty()) line += "  " + shortened(escape_text(note), 72);
  return line;
}

}  // namespace mailseal
