// The policy: what was set, and what came of it.
#include "html_page.h"
#include "policy_words.h"
#include "tr.h"

namespace mailseal {

bool has_policy(const HtmlPage& page) noexcept { return page.overview.policy || !page.overview.profiles.empty(); }

void html_policy(HtmlPage& page) {
  if (!has_policy(page)) return;
  const std::vector<std::string> lines = policy_lines(page.overview), profiles = profile_lines(page.overview);
  HtmlWriter& html = page.html;
  html_section(html, "policy", tr("Policy"), [&] {
    for (const std::string& line : profiles) html.element("p", line);
    const std::vector<PolicyRow> rows = policy_rows(page.overview, page.evidence);
    if (!rows.empty()) {
      using Holds = HtmlColumn::Holds;
      const HtmlTable table{"policy-rules",
                            "summary",
                            tr("Rules"),
                            {{tr("Rule"), Holds::Numbers},
                             {tr("Result")},
                             {tr("Name")},
                             {tr("Way")},
                             {tr("What is set")},
                             {tr("Sessions")},
                             {tr("First frames")}}};
      html_table(html, table, [&] {
        for (const PolicyRow& row : rows)
          html.element("tr", [&] {
            html.element("td.number", row.number);
            html.element("th", {{"scope", "row"}}, row.result);
            for (const std::string& text : {row.name, row.way, row.demands, row.figures, row.places})
              html.element("td", text);
          });
      });
    }
    for (const std::string& line : lines) html.element("p", line);
  });
}

}  // namespace mailseal
