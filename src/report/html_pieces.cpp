// What the parts of the page are made of: signs, links and boxes that more than one of them needs, each said once,
// so that they look alike everywhere. No part of the page itself.
#include <algorithm>

#include "figures.h"
#include "html_page.h"
#include "markup.h"
#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

/// Told apart without colour too. In fonts everywhere, and said by no screen reader: the word stands beside it.
std::string_view sign(State state) noexcept {
  switch (state) {
    case State::Encrypted:
      return "●";
    case State::Plaintext:
      return "○";
    case State::Mixed:
      return "◐";
    case State::Failed:
      return "×";
    case State::NoMail:
      return "–";
    case State::Inconclusive:
      return "?";
  }
  return "";
}

}  // namespace

std::string figure(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string told_figure(std::uint64_t n, std::string_view one, std::string_view many) {
  return fmt::format(fmt::runtime(tr(n, one, many)), figure(n));
}

std::string clock_text(Timestamp t) {
  std::string text = to_string(t);
  if (!text.empty()) text.pop_back();  // the Z
  std::replace(text.begin(), text.end(), 'T', ' ');
  while (text.ends_with("000")) text.resize(text.size() - 3);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

void html_time(HtmlWriter& html, const std::optional<Timestamp>& t) {
  if (!t || *t == Timestamp{}) {
    html.text(tr("no date"));
    return;
  }
  if (const std::string elapsed = elapsed_text(*t); !elapsed.empty())
    html.text(elapsed);
  else
    html.element("time", {{"datetime", to_string(*t)}}, clock_text(*t) + " UTC");
}

void html_state(HtmlWriter& html, State state) {
  const std::string name = std::string("span.state.").append(to_string(state));
  html.element(name, [&] {
    html.element("span", {{"aria-hidden", "true"}}, sign(state));
    html.text(" " + tr(to_string(state)));
  });
}

void html_severity(HtmlWriter& html, Severity severity) {
  html.element(std::string("span.severity.").append(to_string(severity)), tr(to_string(severity)));
}

void html_finding_link(HtmlWriter& html, const FindingKind& kind) {
  html.element("a.id", {{"href", "#f-" + std::string(kind.id)}}, kind.id);
}

void html_connection(HtmlWriter& html, const FlowKey& flow) {
  html.element("span.address", to_string(flow.client));
  html.text(" ");
  html.element("span.address", "> " + to_string(flow.server));
}

std::string html_names(const std::vector<std::string>& names) {
  std::string text;
  std::size_t shown = 0;
  for (const std::string& name : names) {
    if (shown == HtmlLimits::names) break;
    text += (shown++ ? ", " : "") + brief(name, 80);
  }
  if (names.size() > shown) text += ", " + told("{} more", figure(names.size() - shown));
  return text;
}

void html_long_name(HtmlWriter& html, std::string_view name) {
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('_') + 1, name.size());
    const std::size_t size = end == 0 ? name.size() : end;
    html.text(name.substr(0, size));
    name.remove_prefix(size);
    if (!name.empty()) html.raw("<wbr>");
  }
}

std::string html_fraction(const Counts& counts) {
  const std::uint64_t judgeable = total(counts) - count_of(counts, State::NoMail);
  if (judgeable == 0) return tr("nothing to encrypt");
  return told("{} of {} encrypted", figure(count_of(counts, State::Encrypted)), figure(judgeable));
}

std::string others_text(const Counts& counts) {
  std::string text;
  for (const State state : kWorstFirst) {
    const std::uint64_t n = count_of(counts, state);
    if (n == 0 || state == State::Encrypted) continue;
    if (!text.empty()) text += ", ";
    text += told("{0} {1}", figure(n), tr(to_string(state)));
  }
  return text;
}

std::string place_text(const HtmlPage& page, const Occurrence& o) {
  const std::size_t input = o.seen.input;
  const std::string file = input < page.overview.run.inputs.size() ? brief(page.evidence.label(input), 80) : "";
  if (o.seen.frame == 0) return file;
  const std::string frame = frame_number(page.overview.run.inputs, o.seen);
  if (o.session == 0) return told("{} frame {}", file, frame);
  return o.seen.side == Side::Client ? told("{} frame {}, client, offset {}", file, frame, o.seen.offset)
                                     : told("{} frame {}, server, offset {}", file, frame, o.seen.offset);
}

void html_fact(HtmlWriter& html, const std::string& term, std::string_view text) {
  html_fact(html, term, [&] { html.text(text); });
}

void html_lines(HtmlWriter& html, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    html.stream() << markup(text.substr(0, end));
    if (end < text.size()) html.stream() << '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void html_blanks(HtmlWriter& html, std::initializer_list<std::string> labels) {
  html.element("dl.blanks", [&] {
    for (const std::string& label : labels)
      html_fact(html, label, [&] { html.element("span.unseen", tr("to be filled in")); });
  });
}

}  // namespace mailseal
