// The map drawn: hosts as cards, each line between them with a label on it.
//
// Arrow heads show the way of the mail, not who connected. A closed line is a tube with a padlock, an open one a bare
// wire with a warning sign, a dash-dotted one where it is open in part; every form has its word beside it and stands in
// the legend.
#include "map.h"

#include <algorithm>
#include <ostream>

#include "map_plan.h"
#include "map_words.h"
#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

constexpr double kMargin = 12;

/// How a line is drawn: by its state, or as one that was declared and not seen.
struct Form {
  std::string_view ink, stroke;
  bool tube = false;
};

Form form(State state) {
  switch (state) {
    case State::Encrypted:
      return {ink(state), "tube", true};
    case State::Plaintext:
      return {ink(state), "way"};
    case State::Mixed:
      return {ink(state), "way dashdot"};
    case State::Failed:
      return {ink(state), "way dotted"};
    case State::Inconclusive:
      return {ink(state), "way dashed"};
    case State::NoMail:
      return {ink(state), "stroke"};
  }
  return {"idle", "stroke"};
}
constexpr Form kUnseen{"idle", "way sparse"};

Form form(const MapLine& line) { return unseen(line) ? kUnseen : form(line.state); }

// --- the legend: the forms that occur, and what the map cannot say

struct Sample {
  Form form;
  std::optional<State> state;
  std::string text;
};

std::vector<Sample> samples_of(const MapModel& model) {
  std::vector<Sample> samples;
  const auto add = [&](State state, std::string text) {
    if (std::any_of(model.lines.begin(), model.lines.end(),
                    [&](const MapLine& line) { return !unseen(line) && line.state == state; }))
      samples.push_back({form(state), state, std::move(text)});
  };
  add(State::Plaintext, tr("plaintext: mail or credentials were readable"));
  add(State::Mixed, tr("mixed: partly readable, partly inside TLS"));
  add(State::Inconclusive, tr("inconclusive: what was captured does not show it"));
  add(State::Failed, tr("failed: TLS was begun and not established; nothing readable was seen"));
  add(State::Encrypted, tr("encrypted: inside TLS, and nothing readable was seen"));
  add(State::NoMail, tr("no-mail: there was nothing to encrypt"));
  if (std::any_of(model.lines.begin(), model.lines.end(), unseen))
    samples.push_back({kUnseen, std::nullopt, tr("declared, and not seen in this capture")});
  return samples;
}

std::vector<std::string> notes_of(const MapModel& model) {
  std::vector<std::string> notes{
      tr("Arrow heads show the way of the mail. Where it went on beyond these hosts was not seen.")};
  const auto any = [&](auto holds) { return std::any_of(model.hosts.begin(), model.hosts.end(), holds); };
  if (any([](const MapHost& host) { return !host.names.empty(); }))
    notes.push_back(tr("Names in quotes are claims: of greetings, SNI and certificates."));
  if (any([](const MapHost& host) { return host.outside; }))
    notes.push_back(tr("Outside: a public address (round corners)."));
  if (model.hosts.size() < model.all_hosts)
    notes.push_back(
        told("{} hosts, shown as {}: the others are grouped by network.", model.all_hosts, model.hosts.size()));
  if (model.lines_hidden != 0)
    notes.push_back(told_number(model.lines_hidden, "{} line is not drawn; those that are, are the worst.",
                                "{} lines are not drawn; those that are, are the worst."));
  return notes;
}

// --- drawing

void draw_curve(Svg& svg, const Curve& curve, const Form& form) {
  if (curve.bezier.empty()) return;
  std::string path = "M" + coordinates(curve.bezier.front());
  for (std::size_t i = 1; i < curve.bezier.size(); ++i) path += (i % 3 == 1 ? "C" : " ") + coordinates(curve.bezier[i]);
  svg.path(path, form.stroke);
  if (form.tube) svg.path(path, "bore");
  if (!curve.tip) return;
  const auto far = [&](Point p) { return std::abs(p.x - curve.tip->x) + std::abs(p.y - curve.tip->y); };
  const Point tip = *curve.tip, first = curve.bezier.front(), last = curve.bezier.back();
  const Point base = far(first) < far(last) ? first : last;
  const Point across{(base.y - tip.y) / 2, (tip.x - base.x) / 2};
  svg.path("M" + coordinates(tip) + "L" + coordinates({base.x + across.x, base.y + across.y}) + "L" +
               coordinates({base.x - across.x, base.y - across.y}) + "Z",
           "fill");
}

void draw_label(Svg& svg, const MapLine& line, const Placed& at) {
  const double text = at.corner.x + 26, right = at.corner.x + at.width - 10;
  double y = at.corner.y + kTextLine + 2;
  svg.box(at.corner, at.width, at.height, "card", 8);
  if (!unseen(line)) svg.symbol({at.corner.x + 14, at.corner.y + 14}, line.state);
  svg.text({text, y}, "strong", state_text(line));
  svg.begin("ink");
  svg.text({right, y}, "small", port_text(line), Svg::Anchor::End);
  svg.text({text, y += kTextLine}, "", fraction_text(line));
  svg.end();
  if (line.tls_versions.empty()) return;
  svg.begin("quiet");
  svg.text({text, y += kTextLine}, "small", versions_text(line));
  svg.end();
}

void draw_role(Svg& svg, MapRole role, Point centre) {
  svg.begin_at(centre);
  switch (role) {
    case MapRole::Client:  // a screen
      svg.box({-7, -6}, 14, 9.5, "stroke", 1.5);
      svg.path("M0,3.5V6.5M-4,6.5H4", "stroke");
      break;
    case MapRole::Store:
    case MapRole::StoreAndRelay:  // a drum
      svg.path("M-6,-4.5a6,2.3 0 0 1 12,0a6,2.3 0 0 1 -12,0V4.5a6,2.3 0 0 0 12,0V-4.5M-6,0a6,2.3 0 0 0 12,0", "stroke");
      break;
    case MapRole::Relay:  // there and on
      svg.path("M-7,-3.5H6M3,-6.5L6,-3.5L3,-.5M7,4H-6M-3,1L-6,4L-3,7", "stroke");
      break;
    case MapRole::Server:  // two boxes of a rack
      svg.box({-7, -6}, 14, 5.5, "stroke", 1);
      svg.box({-7, 1}, 14, 5.5, "stroke", 1);
      svg.path("M-4,-3.2V-3.2M-4,3.8V3.8", "stroke");
      break;
  }
  svg.end();
}

void draw_host(Svg& svg, const MapHost& host, const Placed& at) {
  const double radius = host.outside ? 14 : 3, text = at.corner.x + 32;
  double y = at.centre().y - text_height(host) / 2 + 11.5;
  svg.begin("ink", told("{}, {}", address_text(host), role_text(host)));
  if (host.hosts > 1) svg.box({at.corner.x + 4, at.corner.y + 4}, at.width - 8, at.height, "card under", radius);
  svg.box(at.corner, at.width, at.height, "card", radius);
  draw_role(svg, host.role, {at.corner.x + 17, y - 1});
  svg.text({text, y}, "mono strong", address_text(host));
  svg.begin("quiet");
  svg.text({text, y += kTextLine}, "small", role_text(host));
  if (!host.names.empty()) svg.text({text, y += kTextLine}, "mono", claim_text(host));
  svg.end();
  svg.end();
}

void draw_legend(Svg& svg, const std::vector<Sample>& samples, const std::vector<std::string>& notes, double y) {
  for (const Sample& sample : samples) {
    svg.begin(sample.form.ink);
    svg.line({kMargin, y - 4}, {kMargin + 40, y - 4}, sample.form.stroke);
    if (sample.form.tube) svg.line({kMargin, y - 4}, {kMargin + 40, y - 4}, "bore");
    if (sample.state) svg.symbol({kMargin + 54, y - 4}, *sample.state);
    svg.end();
    svg.text({kMargin + 70, y}, "small", sample.text);
    y += kTextLine + 3;
  }
  svg.begin("quiet");
  for (const std::string& note : notes) {
    svg.text({kMargin, y}, "small", note);
    y += kTextLine;
  }
  svg.end();
}

/// `redaction` is told where the picture stands alone.
void draw(std::ostream& out, const Overview& overview, Svg::Style style, std::optional<Redact> redaction) {
  const auto note = [&](const std::string& text) {
    Svg svg(out, {"map", text_width(text) + 2 * kMargin, 40, text, text, style});
    svg.begin("quiet");
    svg.text({kMargin, 24}, "", text);
    svg.end();
  };
  const MapModel model = map_of(overview);
  if (model.lines.empty()) return note(tr("No mail was seen: there is no map."));
  const auto plan = plan_of(model);
  if (!plan) return note(tr("The map could not be drawn."));

  const auto samples = samples_of(model);
  auto notes = notes_of(model);
  if (redaction) notes.push_back(redaction_words(*redaction));
  double width = plan->width + 2 * kMargin;
  for (const Sample& sample : samples) width = std::max(width, small_width(sample.text) + 70 + 2 * kMargin);
  for (const std::string& text : notes) width = std::max(width, small_width(text) + 2 * kMargin);
  const double legend = plan->height + kMargin + 34;
  const double height =
      legend + (kTextLine + 3) * static_cast<double>(samples.size()) + kTextLine * static_cast<double>(notes.size());

  Svg svg(out, {"map", width, height, tr("Map: which part of the mail's way is encrypted"), description(model), style});
  svg.begin_at({(width - plan->width) / 2, kMargin});
  for (std::size_t i = 0; i < model.lines.size(); ++i) {
    const MapLine& line = model.lines[i];
    svg.begin(form(line).ink, sentence(model, line));
    for (const Curve& curve : plan->curves[i]) draw_curve(svg, curve, form(line));
    svg.end();
  }
  for (std::size_t i = 0; i < model.lines.size(); ++i) {
    svg.begin(form(model.lines[i]).ink, sentence(model, model.lines[i]));
    draw_label(svg, model.lines[i], plan->labels[i]);
    svg.end();
  }
  for (std::size_t i = 0; i < model.hosts.size(); ++i) draw_host(svg, model.hosts[i], plan->hosts[i]);
  svg.end();
  draw_legend(svg, samples, notes, legend);
}

}  // namespace

void write_map(std::ostream& out, const Overview& overview, const ReportOptions&) {
  draw(out, overview, Svg::Style::OfPage, std::nullopt);
}

void write_svg(std::ostream& out, const Overview& overview, const ReportOptions& options) {
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  draw(out, overview, Svg::Style::Own, options.redact);
}

}  // namespace mailseal
