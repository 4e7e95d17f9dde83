// What was read, and by what: enough to know the capture again and to run the same thing once more.
#include <algorithm>
#include <string>

#include "html_page.h"
#include "mailseal/base/suites.h"
#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

constexpr std::size_t kInFull = 3;  ///< captures; of more a row each
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

std::vector<std::string> interfaces(const InputFacts& input) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < input.interfaces.size() && i < kInterfaces; ++i) {
    const InterfaceFacts& face = input.interfaces[i];
    all.push_back((face.name ? brief(*face.name, kNameColumns) : tr("name not reported")) + ", " +
                  link_type_name(face.link_type) + ", " +
                  (face.snap_length == 0 ? tr("no snap length reported") : told("snap length {}", face.snap_length)) +
                  (face.filter.empty() ? std::string() : ", " + told("filter {}", brief(face.filter, kNameColumns))));
  }
  if (input.interfaces.size() > kInterfaces)
    all.push_back(told("{} more", figure(input.interfaces.size() - kInterfaces)));
  return all;
}

/// Packets that gave no TCP segment, by reason.
std::string skipped_text(const RunFacts& run, std::size_t input) {
  std::string text;
  if (input < run.skipped.size())
    for (const auto& [reason, packets] : run.skipped[input])
      if (packets != 0) text += (text.empty() ? "" : ", ") + figure(packets) + " " + brief(tr(reason), 40);
  return text.empty() ? tr("none") : text;
}

std::string dropped_text(const InputFacts& input) {
  return input.dropped ? figure(*input.dropped) : tr("not reported");
}

std::string clock_steps_text(const InputFacts& input) {
  return told("{} packets more than a second earlier than the one before, first frame {}", figure(input.backward_steps),
              input.backward_frame.value_or(0));
}

std::string ended_text(const InputFacts& input) {
  if (input.ended == "complete") return tr("complete");
  if (input.ended == "truncated") return tr("truncated: the file ends inside a packet; what came before was analyzed");
  return brief(input.ended, kNameColumns);
}

void digest(HtmlWriter& html, const InputFacts& input) {
  if (input.sha256.empty())
    html.text(input.format == "live" ? tr("none: it was live traffic") : tr("none: not all of it was unpacked"));
  else
    html.element("code", input.sha256);
}

/// One of a few: everything, a line each.
void in_full(HtmlPage& page, std::size_t i) {
  HtmlWriter& html = page.html;
  const InputFacts& input = page.overview.run.inputs[i];
  html.element("article.input", [&] {
    html.element("h3", brief(page.evidence.label(i), kNameColumns));
    html.element("dl.facts", [&] {
      html_fact(html, tr("Given as"), brief(input.path, kNameColumns));
      html_fact(html, "SHA-256", [&] { digest(html, input); });
      html_fact(html, tr("Size"), told_figure(input.size, "{} octet", "{} octets"));
      html_fact(html, tr("Format"), input.format);
      if (const RunFacts& run = page.overview.run; run.has_points())
        html_fact(html, tr("Capture point"), figure(run.point_of(static_cast<std::uint32_t>(i)) + 1));
      for (const std::string& text : interfaces(input)) html_fact(html, tr("Interface"), text);
      html_fact(html, tr("First packet"), [&] { html_time(html, input.first); });
      html_fact(html, tr("Last packet"), [&] { html_time(html, input.last); });
      if (input.first && input.last) html_fact(html, tr("Duration"), seconds_text(*input.first, *input.last));
      html_fact(html, tr("Packets"), figure(input.packets));
      html_fact(html, tr("Dropped"), dropped_text(input));
      html_fact(html, tr("Without TCP"), skipped_text(page.overview.run, i));
      if (input.backward_steps != 0) html_fact(html, tr("Clock"), clock_steps_text(input));
      html_fact(html, tr("Read"), ended_text(input));
    });
  });
}

/// One of many: the same in a row.
void in_a_row(HtmlPage& page, std::size_t i) {
  HtmlWriter& html = page.html;
  const InputFacts& input = page.overview.run.inputs[i];
  html.element("tr", [&] {
    html.element("th", {{"scope", "row"}}, [&] {
      html.element("div.title", brief(page.evidence.label(i), kNameColumns));
      html.element("div.more", brief(input.path, kNameColumns));
      html.element("div.more", [&] { digest(html, input); });
    });
    html.element("td", [&] {
      html.text(input.format + ", " + told_figure(input.size, "{} octet", "{} octets"));
      for (const std::string& text : interfaces(input)) html.element("div.more", text);
    });
    html.element("td", [&] {
      html_time(html, input.first);
      html.element("div.more", [&] { html_time(html, input.last); });
      if (input.backward_steps != 0) html.element("div.more", clock_steps_text(input));
    });
    html.element("td", [&] {
      html.text(told_figure(input.packets, "{} packet", "{} packets"));
      html.element("div.more", told("dropped: {}", dropped_text(input)));
      html.element("div.more", told("without TCP: {}", skipped_text(page.overview.run, i)));
      html.element("div.more", ended_text(input));
    });
  });
}

void captures(HtmlPage& page) {
  const std::size_t all = page.overview.run.inputs.size(), shown = std::min(all, HtmlLimits::inputs);
  if (all <= kInFull) {
    for (std::size_t i = 0; i < all; ++i) in_full(page, i);
    return;
  }
  const std::string caption =
      shown < all ? told("Showing {} of {} captures; all are in the JSON report", figure(shown), figure(all))
                  : told_figure(all, "{} capture", "{} captures");
  html_table(
      page.html,
      {"inputs",
       "inputs",
       caption,
       {{tr("File and SHA-256")}, {tr("Format, size, interfaces")}, {tr("First and last packet")}, {tr("Packets")}}},
      [&] {
        for (std::size_t i = 0; i < shown; ++i) in_a_row(page, i);
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
    captures(page);
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
      html_fact(html, tr("Program"), "mailseal " + build_words(page.options));
      if (const std::string& sha256 = page.options.executable_sha256; !sha256.empty())
        html_fact(html, tr("SHA-256 of the program"), [&] { html.element("code", sha256); });
      html_fact(html, tr("Names of TLS"), told("IANA registries of {}", page.options.registry));
      html_fact(html, tr("Report made"), page.options.generated.empty() ? tr("not recorded") : page.options.generated);
      html_fact(html, tr("Exit status"), std::to_string(page.options.exit_code));
    });
  });
}

}  // namespace mailseal
