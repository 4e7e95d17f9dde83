// The HTML page: one file that an auditor reads months later, without the program and without a network.
//
// No script, nothing from outside, and a policy in the page that forbids both. The order is that in which
// an auditor reads: the verdict and its bounds, the mail's way, findings with their evidence, servers,
// sessions, what could not be judged, what was read and by what, the method, how to find it again, sign-off.
#include <ostream>

#include "formats.h"
#include "html_page.h"
#include "mailseal/base/ascii.h"
#include "svg.h"
#include "tr.h"

namespace mailseal {
namespace {

/// WeasyPrint and browsers alike take the style from here; nothing else may be loaded or run.
constexpr std::string_view kPolicy = "default-src 'none'; style-src 'unsafe-inline'";

struct Part {
  std::string_view id, label;
  void (*write)(HtmlPage&);
};
constexpr Part kParts[] = {
    {"verdict", "Verdict", html_verdict},
    {"way", "The mail's way", html_map},
    {"policy", "Policy", html_policy},
    {"findings", "Findings", html_findings},
    {"stories", "Across connections", html_stories},
    {"servers", "Servers", html_servers},
    {"sessions", "Sessions", html_sessions},
    {"not-judged", "What could not be judged", html_not_judged},
    {"capture", "The capture", html_inputs},
    {"tool", "The tool", html_tool},
    {"method", "Method and limits", html_method},
    {"reproduce", "How to reproduce", html_reproduce},
    {"sign-off", "Sign-off", html_sign_off},
};

std::string title(const Overview& overview, const Evidence& evidence) {
  const std::string verdict = upper_case(tr(to_string(overview.verdict)));
  const auto& inputs = overview.run.inputs;
  if (inputs.size() == 1) return told("{}: mail encryption in {}", verdict, brief(evidence.label(0), 80));
  return told("{}: mail encryption in {} captures", verdict, figure(inputs.size()));
}

void head(HtmlPage& page) {
  HtmlWriter& html = page.html;
  html.element("head", [&] {
    html.empty("meta", {{"charset", "utf-8"}});
    html.empty("meta", {{"http-equiv", "Content-Security-Policy"}, {"content", std::string(kPolicy)}});
    html.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
    html.empty("meta", {{"name", "color-scheme"}, {"content", "light dark"}});
    html.empty("meta", {{"name", "referrer"}, {"content", "no-referrer"}});
    html.empty("meta", {{"name", "robots"}, {"content", "noindex"}});
    html.empty("meta", {{"name", "generator"}, {"content", "mailseal " + page.options.version}});
    html.element("title", title(page.overview, page.evidence));
    html.element("style", [&] {
      html.raw(html_style());
      html.raw(map_style());
    });
  });
}

/// What the report is of: the memo's head.
void masthead(HtmlPage& page) {
  HtmlWriter& html = page.html;
  const auto& inputs = page.overview.run.inputs;
  html.element("header", [&] {
    html.element("p.kind", tr("Report of a passive verification"));
    html.element("h1", tr("Mail transport encryption"));
    html.element("dl.facts", [&] {
      html_fact(html, tr("Capture"),
                inputs.size() == 1 ? brief(page.evidence.label(0)) : told_figure(inputs.size(), "{} file", "{} files"));
      std::optional<Timestamp> first, last;
      for (const InputFacts& input : inputs)
        for (const auto& t : {input.first, input.last}) {
          if (!t || *t == Timestamp{}) continue;
          if (!first || *t < *first) first = t;
          if (!last || *t > *last) last = t;
        }
      if (first) {
        html_fact(html, tr("First packet"), [&] { html_time(html, first); });
        html_fact(html, tr("Last packet"), [&] { html_time(html, last); });
      }
    });
    html_blanks(html, {tr("Ticket")});
  });
}

void contents(HtmlPage& page) {
  HtmlWriter& html = page.html;
  html.element("nav", {{"aria-label", tr("Contents")}}, [&] {
    html.element("ol", [&] {
      for (const Part& part : kParts)
        if (part.write != html_policy || has_policy(page))
          html.element("li", [&] { html.element("a", {{"href", "#" + std::string(part.id)}}, tr(part.label)); });
    });
  });
}

}  // namespace

void write_html(std::ostream& out, const Overview& overview, const ReportOptions& options) {
  const Evidence evidence(&overview);
  const HtmlGathered gathered(overview);
  HtmlPage page{HtmlWriter(out), overview, options, evidence, gathered};
  HtmlWriter& html = page.html;
  html.raw("<!DOCTYPE html>");
  html.element("html", {{"lang", tr("en")}}, [&] {
    head(page);
    html.element("body", [&] {
      html.element("a.skip", {{"href", "#main"}}, tr("Skip to the verdict"));
      masthead(page);
      contents(page);
      html.element("main", {{"id", "main"}, {"tabindex", "-1"}}, [&] {
        for (const Part& part : kParts) part.write(page);
      });
      html.element("footer", [&] {
        html.element("p", page.overview.keyed == 0
                              ? told("Made by mailseal {}. It decrypted nothing and asked no network; no password and "
                                     "no message text stands in this report.",
                                     page.options.version)
                              : told("Made by mailseal {}. It decrypted only what it was given keys for and asked no "
                                     "network; no password and no message text stands in this report.",
                                     page.options.version));
      });
    });
  });
  out << '\n';
}

}  // namespace mailseal
