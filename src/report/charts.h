// Charts: what the sessions were over time, and what TLS they chose. Each is an <svg> element for a page that has
// map_style() in its <style>; each passes over the sessions once and keeps nothing of them.
#pragma once

#include "formats.h"

namespace mailseal {

/// Sessions by the time they began, a row for each kind of state; in UTC.
void write_timeline(std::ostream&, const Overview&, const ReportOptions&);
/// Versions of TLS and cipher suites, by sessions; what the findings call weak is marked.
void write_shares(std::ostream&, const Overview&, const ReportOptions&);

}  // namespace mailseal
