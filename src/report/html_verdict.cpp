// What the page begins with: the verdict with its bounds, and the mail's way.
#include <algorithm>
#include <array>

#include "charts.h"
#include "figures.h"
#include "html_page.h"
#include "mailseal/base/ascii.h"
#include "mailseal/base/suites.h"
#include "map.h"
#include "retold.h"
#include "svg.h"
#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

constexpr std::array kOrder{State::Encrypted, State::Plaintext,    State::Mixed,
                            State::Failed,    State::Inconclusive, State::NoMail};

/// Decoration: the figures stand beneath it. A row of cells, for WeasyPrint draws no empty boxes that are to grow; each
/// can be seen, however small its share.
void share_bar(HtmlWriter& html, const Counts& counts) {
  const auto all = static_cast<double>(total(counts)), least = 1.0;
  const auto kinds = static_cast<double>(std::count_if(counts.begin(), counts.end(), [](auto n) { return n != 0; }));
  if (kinds == 0) return;
  html.element("div.bar", {{"aria-hidden", "true"}}, [&] {
    for (const State state : kOrder)
      if (const auto n = static_cast<double>(count_of(counts, state)); n != 0)
        html.element(std::string("i.").append(to_string(state)),
                     {{"style", "width:" + coordinate(least + (100 - least * kinds) * n / all) + "%"}}, "\u00a0");
  });
}

void figures(HtmlWriter& html, const Counts& counts) {
  html.element("ul.figures", [&] {
    for (const State state : kOrder) {
      const std::uint64_t n = count_of(counts, state);
      html.element(n == 0 ? "li.none" : "li", [&] {
        html.element("b", figure(n));
        html.text(" ");
        html_state(html, state);
      });
    }
  });
}

/// What carried mail in which state first; then the busiest.
std::vector<const Hop*> worst_hops(const std::vector<Hop>& all) {
  std::vector<const Hop*> sorted;
  for (const Hop& hop : all) sorted.push_back(&hop);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Hop* a, const Hop* b) {
    if (a->state != b->state) return order_of(a->state) < order_of(b->state);
    return total(a->counts) > total(b->counts);
  });
  return sorted;
}

using Draw = void (*)(std::ostream&, const Overview&, const ReportOptions&);

/// Scrolls where it is wider than the page: shrunk it could not be read.
void picture(HtmlPage& page, const std::string& label, Draw draw) {
  HtmlWriter& html = page.html;
  html.element("figure", {{"role", "group"}, {"aria-label", label}, {"tabindex", "0"}}, [&] {
    html.raw("\n");
    draw(html.stream(), page.overview, page.options);
  });
}

std::string versions_text(const Hop& hop) {
  std::string text;
  for (const std::uint16_t version : hop.tls_versions) text += (text.empty() ? "" : ", ") + version_name(version);
  return text.empty() ? tr("none") : text;
}

}  // namespace

void html_verdict(HtmlPage& page) {
  HtmlWriter& html = page.html;
  const Overview& o = page.overview;
  html_section(html, "verdict", tr("Verdict"), [&] {
    html.element("div.answer." + std::string(to_string(o.verdict)), [&] {
      html.element("p.word", upper_case(tr(to_string(o.verdict))));
      html.element("p.sentence", o.sentence.empty() ? tr("No verdict was reached.") : verdict_sentence(o, 1400));
    });
    const std::uint64_t sessions = total(o.counts);
    html.element("p.sum", told_figure(sessions, "{} mail session was seen:", "{} mail sessions were seen:"));
    share_bar(html, o.counts);
    figures(html, o.counts);
    if (o.seen_again != 0) html.element("p.note", seen_again_words(o));
    std::vector<std::string_view> reasons;
    for (const std::string& reason : o.verdict_reasons)
      if (o.sentence.find(reason) == std::string::npos) reasons.push_back(reason);
    if (!reasons.empty()) {
      html.element("h3", tr("Reasons"));
      html.element("ul", [&] {
        for (const std::string_view reason : reasons) html.element("li", retold(reason));
      });
    }
    html.element(
        "p.note",
        tr("This holds for what passed the capture point at that time on the ports that were followed. It says "
           "nothing of other hops, ports or times, of where the mail went on to, or of whether anyone "
           "checked a certificate."));
  });
}

void html_map(HtmlPage& page) {
  HtmlWriter& html = page.html;
  const std::vector<Hop>& hops = page.overview.hops;
  html_section(html, "way", tr("The mail's way"), [&] {
    if (hops.empty()) {
      html.element("p", tr("No mail was seen on any hop."));
      return;
    }
    picture(page, tr("Map"), write_map);
    picture(page, tr("Time line"), write_timeline);
    picture(page, tr("Shares of TLS versions and cipher suites"), write_shares);
    const std::vector<const Hop*> sorted = worst_hops(hops);
    const std::size_t shown = std::min(sorted.size(), HtmlLimits::hops);
    const std::string caption = shown < sorted.size()
                                    ? told("Hops: showing {} of {}, the worst first; all are in the JSON report",
                                           figure(shown), figure(sorted.size()))
                                    : tr("Hops: who spoke to whom, and how much of it was encrypted");
    const HtmlTable table{"hops",
                          "hops",
                          caption,
                          {{tr("From")}, {tr("To")}, {tr("Protocol")}, {tr("State")}, {tr("Sessions")}, {tr("TLS")}}};
    html_table(html, table, [&] {
      for (std::size_t i = 0; i < shown; ++i) {
        const Hop& hop = *sorted[i];
        html.element("tr", [&] {
          html.element("th", {{"scope", "row"}}, [&] {
            html.element("span.address", to_string(hop.from));
            if (!hop.client_names.empty())
              html.element("div.more", told("claims to be {}", html_names(hop.client_names)));
          });
          html.element("td.address", to_string(Endpoint{hop.to, hop.port}));
          html.element("td", to_string(hop.protocol));
          html.element("td", [&] { html_state(html, hop.state); });
          html.element("td", [&] {
            html.text(html_fraction(hop.counts));
            if (const std::string others = others_text(hop.counts); !others.empty()) html.element("div.more", others);
          });
          html.element("td", versions_text(hop));
        });
      }
    });
  });
}

}  // namespace mailseal
