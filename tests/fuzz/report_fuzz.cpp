// Whatever octets come as a report: refused in one harmless line, or read. What was read is written and read again to
// the same octets, every format can be made of it, and it does not differ from itself.
#include <cstdlib>
#include <sstream>

#include "diff.h"
#include "mailseal/report.h"
#include "report/checks.h"

namespace {

std::string written(const mailseal::Format& format, const mailseal::StoredReport& report) {
  std::ostringstream out;
  format.write(out, report.overview, report.options);
  return out.str();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailseal;
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  const auto report = read_report(in, "report");
  if (!report) {
    const std::string& line = report.error().message;
    if (line.empty() || line.find('\n') != line.npos || sample::first_harmful(line) != line.npos) std::abort();
    return 0;
  }
  const Format& json = *find_format("json");
  const std::string once = written(json, *report);
  std::istringstream back(once);
  const auto again = read_report(back, "again");
  if (!again || written(json, *again) != once) std::abort();
  for (const Format& format : formats())
    if (written(format, *again) != written(format, *report)) std::abort();
  Snapshot snapshot;
  snapshot.report = *report;
  for (const JudgedSession& session : report->overview.sessions) snapshot.add(session);
  const Difference difference = difference_of(snapshot, snapshot);
  if (difference.answer != Answer::Same) std::abort();
  for (const DifferenceFormat& format : difference_formats()) {
    std::ostringstream made;
    format.write(made, difference, report->options);
    if (sample::first_harmful(made.str()) != std::string::npos) std::abort();
  }
  return 0;
}
