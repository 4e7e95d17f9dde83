// What was found, with the frames that show it; and what could not be judged, with what to do about it.
//
// Findings that ask for something to be done have a block each; notes and good signs a line each. Those
// that tell of what could not be seen stand in a section of their own.
#include <algorithm>
#include <set>

#include "html_page.h"
#include "remedies.h"
#include "retold.h"
#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

constexpr std::size_t kNoteColumns = 160;
constexpr std::size_t kFileColumns = 60;
constexpr std::size_t kStoryColumns = 600;

using Holds = HtmlColumn::Holds;

bool asks_for_action(const FindingGroup& group) { return group.severity < Severity::Info; }

std::string path_text(const FlowKey& flow) { return to_string(flow.client.address) + " > " + to_string(flow.server); }

/// One of each path before the second of any, then as they came.
std::vector<const Occurrence*> chosen(const HtmlPage& page, const FindingGroup& group) {
  std::vector<const Occurrence*> first, rest;
  std::set<std::string> paths;
  for (const Occurrence& o : group.occurrences) {
    const FlowKey* flow = page.gathered.flow(o.session);
    const bool fresh = paths.insert(flow ? path_text(*flow) : "").second;
    (fresh ? first : rest).push_back(&o);
  }
  first.insert(first.end(), rest.begin(), rest.end());
  first.resize(std::min(first.size(), HtmlLimits::evidence));
  std::sort(first.begin(), first.end());  // as they lie in the list
  return first;
}

void session_link(HtmlPage& page, std::uint64_t session) {
  if (session == 0)
    page.html.text(tr("the capture"));
  else if (page.gathered.shows(session))
    page.html.element("a", {{"href", "#s" + std::to_string(session)}}, std::to_string(session));
  else
    page.html.text(std::to_string(session));
}

void evidence_row(HtmlPage& page, const Occurrence& o) {
  HtmlWriter& html = page.html;
  const bool framed = o.seen.frame != 0, placed = framed && o.session != 0;  // else side and offset mean nothing
  html.element("tr", [&] {
    html.element("th.file", {{"scope", "row"}}, [&] {
      if (o.seen.input < page.overview.run.inputs.size())
        html.text(brief(page.evidence.label(o.seen.input), kFileColumns));
    });
    html.element("td.number", framed ? frame_number(page.overview.run.inputs, o.seen) : tr("none"));
    html.element("td.when", [&] {
      if (framed) html_time(html, o.seen.time);
    });
    html.element("td.number", [&] { session_link(page, o.session); });
    html.element("td", [&] {
      if (const FlowKey* flow = page.gathered.flow(o.session)) html_connection(html, *flow);
    });
    html.element("td", placed ? tr(word(o.seen.side)) : "");
    html.element("td.number", placed ? std::to_string(o.seen.offset) : "");
    html.element("td", brief(retold(o.note), kNoteColumns));
  });
}

void evidence(HtmlPage& page, const FindingGroup& group) {
  const std::vector<const Occurrence*> shown = chosen(page, group);
  if (shown.empty()) return;
  std::string caption = tr("Evidence");
  if (group.count > group.occurrences.size())
    caption = told("Evidence: showing {} of {}; the JSON report lists {}", figure(shown.size()), figure(group.count),
                   figure(group.occurrences.size()));
  else if (group.count > shown.size())
    caption = told("Evidence: showing {} of {}; all are in the JSON report", figure(shown.size()), figure(group.count));
  const HtmlTable table{"e-" + std::string(group.kind->id),
                        "evidence",
                        caption,
                        {{tr("File")},
                         {tr("Frame"), Holds::Numbers},
                         {tr("Time")},
                         {tr("Session"), Holds::Numbers},
                         {tr("Connection")},
                         {tr("Sent by")},
                         {tr("Offset"), Holds::Numbers},
                         {tr("Observed")}}};
  html_table(page.html, table, [&] {
    for (const Occurrence* o : shown) evidence_row(page, *o);
  });
}

void references_of(HtmlWriter& html, const FindingKind& kind) {
  std::string text;
  for (const std::string_view reference : references(kind)) text.append(text.empty() ? "" : "; ").append(reference);
  html.text(text);
}

std::string occurrences_text(const FindingGroup& group) {
  return told_figure(group.count, "{} occurrence", "{} occurrences");
}

void block(HtmlPage& page, const FindingGroup& group) {
  HtmlWriter& html = page.html;
  const FindingKind& kind = *group.kind;
  const std::string id(kind.id);
  html.element("article.finding." + std::string(to_string(group.severity)),
               {{"id", "f-" + id}, {"aria-labelledby", "t-" + id}}, [&] {
                 html.element("h3", {{"id", "t-" + id}}, [&] {
                   html_severity(html, group.severity);
                   html.text(" " + tr(kind.title));
                 });
                 html.element("p.id", [&] {
                   html.element("code", id);
                   html.text(" · " + occurrences_text(group));
                 });
                 html.element("dl.facts", [&] {
                   html_fact(html, tr("Observed"), tr(kind.observed));
                   html_fact(html, tr("Meaning"), tr(kind.meaning));
                   if (const auto due = expected(kind.cls); !due.empty()) html_fact(html, tr("Expected"), tr(due));
                   if (has_remedy(kind))
                     html_fact(html, tr("Remedy"), [&] {
                       html.text(tr(kind.remedy));
                       for (const ProductRemedy& r : remedies_of(page.overview, group))
                         html.element("div.more", told_remedy(r));
                     });
                   if (!kind.references.empty()) html_fact(html, tr("Reference"), [&] { references_of(html, kind); });
                 });
                 evidence(page, group);
                 html_blanks(html, {tr("Owner"), tr("Status"), tr("Due")});
               });
}

void summary(HtmlPage& page, const std::vector<const FindingGroup*>& groups) {
  HtmlWriter& html = page.html;
  const HtmlTable table{"findings-summary",
                        "summary",
                        tr("The worst first"),
                        {{tr("Finding")}, {tr("Severity")}, {tr("Count"), Holds::Numbers}, {tr("First evidence")}}};
  html_table(html, table, [&] {
    for (const FindingGroup* group : groups)
      html.element("tr", [&] {
        html.element("th", {{"scope", "row"}}, [&] {
          html.element("div.title", tr(group->kind->title));
          html_finding_link(html, *group->kind);
        });
        html.element("td", [&] { html_severity(html, group->severity); });
        html.element("td.number", figure(group->count));
        html.element("td", group->occurrences.empty() ? "" : place_text(page, group->occurrences.front()));
      });
  });
}

/// Notes and good signs: a row each, with the first place.
void notes(HtmlPage& page, const std::string& id, const std::string& caption,
           const std::vector<const FindingGroup*>& groups) {
  HtmlWriter& html = page.html;
  if (groups.empty()) return;
  const HtmlTable table{
      id, "notes", caption, {{tr("Finding")}, {tr("Count"), Holds::Numbers}, {tr("Meaning")}, {tr("First evidence")}}};
  html_table(html, table, [&] {
    for (const FindingGroup* group : groups) {
      const FindingKind& kind = *group->kind;
      html.element("tr", {{"id", "f-" + std::string(kind.id)}}, [&] {
        html.element("th", {{"scope", "row"}}, [&] {
          html.element("div.title", tr(kind.title));
          html.element("code.id", kind.id);
        });
        html.element("td.number", figure(group->count));
        html.element("td", [&] {
          html.text(tr(kind.meaning));
          if (has_remedy(kind)) html.element("div.more", told("Remedy: {}", tr(kind.remedy)));
          if (!kind.references.empty()) html.element("div.more", [&] { references_of(html, kind); });
        });
        html.element("td", [&] {
          if (group->occurrences.empty()) return;
          const Occurrence& first = group->occurrences.front();
          html.text(place_text(page, first));
          if (!first.note.empty()) html.element("div.more", brief(retold(first.note), kNoteColumns));
        });
      });
    }
  });
}

// --- what could not be judged ---

/// The first occurrence that stands behind a row of Evidence.
const Occurrence* first_at(const FindingGroup& group, const EvidenceRow& row) {
  if (row.places.empty()) return nullptr;
  const Seen& seen = row.places.front();
  const auto at = std::find_if(group.occurrences.begin(), group.occurrences.end(), [&](const Occurrence& o) {
    return o.seen.input == seen.input && o.seen.frame == seen.frame && o.seen.offset == seen.offset;
  });
  return at == group.occurrences.end() ? nullptr : &*at;
}

struct Sight {
  const FindingGroup* group;
  EvidenceRow row;
};

std::vector<Sight> sights(const HtmlPage& page, Evidence::Of of) {
  std::vector<Sight> all;
  for (const FindingGroup& group : page.overview.findings) {
    if (of == Evidence::Of::Judged && !tells_of_sight(group)) continue;
    EvidenceRow row = page.evidence.rows(group, of).all;
    if (row.count != 0) all.push_back({&group, std::move(row)});
  }
  return all;
}

void sight_row(HtmlPage& page, const Sight& sight, std::set<const FindingKind*>& named) {
  HtmlWriter& html = page.html;
  const FindingKind& kind = *sight.group->kind;
  const auto cells = [&] {
    html.element("th", {{"scope", "row"}}, [&] {
      html.element("div.title", tr(kind.title));
      html.element("code.id", kind.id);
      html.element("div.more", tr(kind.meaning));
    });
    html.element("td.number", figure(sight.row.count));
    html.element("td", [&] {
      html.text(sight.row.where);
      if (const Occurrence* first = first_at(*sight.group, sight.row))
        html.element("div.more", place_text(page, *first));
      if (!sight.row.note.empty()) html.element("div.more", brief(note_of(sight.row), kNoteColumns));
    });
    html.element("td", [&] {
      if (has_remedy(kind)) html.text(tr(kind.remedy));
      if (!kind.references.empty()) html.element("div.more", [&] { references_of(html, kind); });
    });
  };
  // An id stands once on a page; findings that have a block above keep theirs.
  if (tells_of_sight(*sight.group) && named.insert(&kind).second)
    html.element("tr", {{"id", "f-" + std::string(kind.id)}}, cells);
  else
    html.element("tr", cells);
}

}  // namespace

void html_findings(HtmlPage& page) {
  HtmlWriter& html = page.html;
  std::vector<const FindingGroup*> action, info, good;
  for (const FindingGroup& group : page.overview.findings) {
    if (tells_of_sight(group)) continue;
    (asks_for_action(group) ? action : group.severity == Severity::Positive ? good : info).push_back(&group);
  }
  html_section(html, "findings", tr("Findings"), [&] {
    if (action.empty()) {
      html.element("p", tr("Nothing was found that asks for action. That is no proof of safety: see the limits."));
    } else {
      summary(page, action);
      for (const FindingGroup* group : action) block(page, *group);
    }
    notes(page, "findings-info", tr("For information"), info);
    notes(page, "findings-good", tr("Good signs"), good);
  });
}

void html_stories(HtmlPage& page) {
  HtmlWriter& html = page.html;
  const auto& all = page.overview.stories;
  html_section(html, "stories", tr("Across connections"), [&] {
    if (all.empty()) {
      html.element("p", tr("No connection tells more beside another one than by itself: no fallback to clear text, no "
                           "gateway that takes mail inside TLS and passes it on in clear."));
      return;
    }
    html.element("ul", [&] {
      for (std::size_t i = 0; i < std::min(all.size(), HtmlLimits::evidence); ++i)
        html.element("li", [&] {
          html.text(brief(retold(all[i].sentence), kStoryColumns));
          if (all[i].count > 1) html.text(" " + told("({} times)", figure(all[i].count)));
          for (const Occurrence& o : all[i].places) {
            html.text(&o == &all[i].places.front() ? " " + tr("Sessions") + " " : ", ");
            session_link(page, o.session);
          }
        });
    });
    const std::uint64_t more = all.size() - std::min(all.size(), HtmlLimits::evidence) + page.overview.stories_left_out;
    if (more > 0) html.element("p", told("and {} more", figure(more)));
  });
}

void html_not_judged(HtmlPage& page) {
  HtmlWriter& html = page.html;
  const std::uint64_t unjudged = page.overview.counts[static_cast<std::size_t>(State::Inconclusive)];
  const std::vector<Sight> reasons = sights(page, Evidence::Of::Unjudged), bounds = sights(page, Evidence::Of::Judged);
  std::set<const FindingKind*> named;
  html_section(html, "not-judged", tr("What could not be judged"), [&] {
    html.element("p", unjudged == 0 ? tr("Every session that was seen could be judged.")
                                    : told_figure(unjudged, "{} session could not be judged.",
                                                  "{} sessions could not be judged."));
    const auto table = [&](const std::string& id, const std::string& caption) {
      return HtmlTable{id,
                       "sights",
                       caption,
                       {{tr("What was missing")},
                        {tr("Count"), Holds::Numbers},
                        {tr("Where, and first evidence")},
                        {tr("How to capture better")}}};
    };
    if (!reasons.empty() || !page.evidence.unexplained().empty())
      html_table(html, table("unjudged", tr("Why sessions are inconclusive")), [&] {
        for (const Sight& sight : reasons) sight_row(page, sight, named);
        for (const auto& unexplained : page.evidence.unexplained())
          html.element("tr", [&] {
            html.element("th", {{"scope", "row"}}, unexplained.first);
            html.element("td.number", figure(unexplained.second.count));
            html.element("td", [&] {
              html.text(unexplained.second.where);
              html.element("div.more", brief(page.evidence.places(unexplained.second), kNoteColumns));
            });
            html.element("td", "");
          });
      });
    if (!bounds.empty())
      html_table(html, table("bounds", tr("What bounds the sessions that were judged, and the capture")), [&] {
        for (const Sight& sight : bounds) sight_row(page, sight, named);
      });
  });
}

}  // namespace mailseal
