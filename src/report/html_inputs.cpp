// What was read, and by what: enough to know the capture again and to run the same thing once more.
#include <algorithm>
#include <string>

#include "html_page.h"
#include "mailseal/base/suites.h"
#include "shell.h"
#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

constexpr std::size_t kInterfaces = 8, kFiles = 20;
constexpr std::size_t kNameColumns = 200;

std::string seconds_text(Timestamp first, Timestamp last) {
  using namespace std::chrono;
  if (last < first) return tr("the last packet is earlier than the first");
  const auto s = static_cast<std::uint64_t>(duration_cast<seconds>(last - first).count());
  if (s < 60) return told_figure(s, "{} second", "{} seconds");
  if (s < 3600) return told("{} min {} s", s / 60, s % 60);
  return told("{} h {} min", figure(s / 3600), s % 3600 / 60);
}

void period(HtmlWriter& html, const InputFacts& input) {
  html_fact(html, tr("First packet"), [&] { html_time(html, input.first); });
  html_fact(html, tr("Last packet"), [&] { html_time(html, input.last); });
  if (input.first && input.last) html_fact(html, tr("Duration"), seconds_text(*input.first, *input.last));
}

void interfaces(HtmlWriter& html, const InputFacts& input) {
  for (std::size_t i = 0; i < input.interfaces.size() && i < kInterfaces; ++i) {
    const InterfaceFacts& face = input.interfaces[i];
    const std::string name = face.name ? brief(*face.name, kNameColumns) : tr("name not reported");
    const std::string cut =
        face.snap_length == 0 ? tr("no snap length reported") : told("snap length {}", face.snap_length);
    html_fact(html, tr("Interface"), name + ", " + link_type_name(face.link_type) + ", " + cut);
  }
  if (input.interfaces.size() > kInterfaces)
    html_fact(html, tr("Interface"), told("{} more", figure(input.interfaces.size() - kInterfaces)));
}

/// Packets that gave no TCP segment, by reason.
void skipped(HtmlWriter& html, const RunFacts& run, std::size_t input) {
  if (input >= run.skipped.size()) return;
  std::string text;
  for (const auto& [reason, packets] : run.skipped[input])
    if (packets != 0) text += (text.empty() ? "" : ", ") + figure(packets) + " " + brief(reason, 40);
  html_fact(html, tr("Packets without TCP"), text.empty() ? tr("none") : text);
}

std::string ended_text(const InputFacts& input) {
  if (input.ended == "complete") return tr("complete");
  if (input.ended == "truncated") return tr("truncated: the file ends inside a packet; what came before was analyzed");
  return brief(input.ended, kNameColumns);
}

void capture(HtmlPage& page, std::size_t i) {
  HtmlWriter& html = page.html;
  const InputFacts& input = page.overview.run.inputs[i];
  html.element("article.input", [&] {
    html.element("h3", brief(page.evidence.label(i), kNameColumns));
    html.element("dl.facts", [&] {
      html_fact(html, tr("Given as"), brief(input.path, kNameColumns));
      html_fact(html, "SHA-256", [&] {
        if (input.sha256.empty())
          html.text(tr("none: it was live traffic"));
        else
          html.element("code", input.sha256);
      });
      html_fact(html, tr("Size"), told_figure(input.size, "{} octet", "{} octets"));
      html_fact(html, tr("Format"), input.format);
      interfaces(html, input);
      period(html, input);
      html_fact(html, tr("Packets"), figure(input.packets));
      html_fact(html, tr("Dropped"), input.dropped ? figure(*input.dropped) : tr("not reported"));
      skipped(html, page.overview.run, i);
      if (input.backward_steps != 0)
        html_fact(html, tr("Clock"),
                  told("{} packets more than a second earlier than the one before, first frame {}",
                       figure(input.backward_steps), input.backward_frame.value_or(0)));
      html_fact(html, tr("Read"), ended_text(input));
    });
  });
}

void list(HtmlWriter& html, const std::string& heading, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  html.element("h3", heading);
  html.element("ul", [&] {
    for (std::size_t i = 0; i < lines.size() && i < kFiles; ++i) html.element("li", brief(lines[i], kNameColumns));
    if (lines.size() > kFiles) html.element("li", told("{} more", figure(lines.size() - kFiles)));
  });
}

}  // namespace

void html_inputs(HtmlPage& page) {
  HtmlWriter& html = page.html;
  const RunFacts& run = page.overview.run;
  html_section(html, "capture", tr("The capture"), [&] {
    if (run.inputs.empty()) html.element("p", tr("No capture was read."));
    const std::size_t shown = std::min(run.inputs.size(), HtmlLimits::inputs);
    if (shown < run.inputs.size())
      html.element(
          "p", told("Showing {} of {} captures; all are in the JSON report", figure(shown), figure(run.inputs.size())));
    for (std::size_t i = 0; i < shown; ++i) capture(page, i);
    list(html, tr("Not read"), run.failed_inputs);
    list(html, tr("No captures, passed over"), run.skipped_files);
    if (run.evicted != 0)
      html.element("p", told_figure(run.evicted, "{} connection was forgotten for lack of room; split the capture.",
                                    "{} connections were forgotten for lack of room; split the capture."));
    html.element("h3", tr("To be added by whoever captured"));
    html_blanks(html, {tr("Capture point: host and place in the mail's way"), tr("Capture filter"), tr("Captured by"),
                       tr("Local time zone")});
  });
}

void html_tool(HtmlPage& page) {
  HtmlWriter& html = page.html;
  html_section(html, "tool", tr("The tool"), [&] {
    html.element("dl.facts", [&] {
      html_fact(html, tr("Program"), std::string("mailseal ") + MAILSEAL_VERSION);
      html_fact(html, tr("Names of TLS"), told("IANA registries of {}", registry_date()));
      html_fact(html, tr("Report made"), page.options.generated.empty() ? tr("not recorded") : page.options.generated);
      html_fact(html, tr("Exit status"), std::to_string(page.options.exit_code));
    });
  });
}

}  // namespace mailseal
