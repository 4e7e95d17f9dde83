// The writers behind the format table: one file each.
#pragma once

#include "mailseal/report.h"

namespace mailseal {

void write_text(std::ostream&, const Overview&, const ReportOptions&);          ///< text.cpp
void write_json(std::ostream&, const Overview&, const ReportOptions&);          ///< json.cpp
void write_html(std::ostream&, const Overview&, const ReportOptions&);          ///< html.cpp
void write_svg(std::ostream&, const Overview&, const ReportOptions&);           ///< map.cpp
void write_markdown(std::ostream&, const Overview&, const ReportOptions&);      ///< markdown.cpp
void write_jira(std::ostream&, const Overview&, const ReportOptions&);          ///< jira.cpp
void write_textile(std::ostream&, const Overview&, const ReportOptions&);       ///< textile.cpp
void write_csv_findings(std::ostream&, const Overview&, const ReportOptions&);  ///< csv.cpp
void write_sarif(std::ostream&, const Overview&, const ReportOptions&);         ///< sarif.cpp
void write_junit(std::ostream&, const Overview&, const ReportOptions&);         ///< junit.cpp
void write_csv_sessions(std::ostream&, const Overview&, const ReportOptions&);
void write_csv_servers(std::ostream&, const Overview&, const ReportOptions&);

}  // namespace mailseal
