// The writers behind the format table: one file each.
#pragma once

#include "mailseal/report.h"

namespace mailseal {

void write_text(std::ostream&, const Overview&, const ReportOptions&);  ///< text.cpp
void write_json(std::ostream&, const Overview&, const ReportOptions&);  ///< json.cpp
void write_svg(std::ostream&, const Overview&, const ReportOptions&);   ///< map.cpp

}  // namespace mailseal
