#include "svg.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ostream>
#include <utility>
#include <vector>

#include "markup.h"
#include "table.h"

namespace mailseal {
namespace {

// Four inks and a paper. Only classes can be told apart in the dark and in print, but WeasyPrint does not let a page's
// style into its pictures, and a <style> among a page's text is none to older validators. So one table is both: the
// rules of map_style(), and presentation attributes, which every rule overrules (SVG 2, 6.6). Plain colours, no
// variables: viewers of SVG files know none.
struct Rule {
  std::string_view of;  ///< a class; "": the picture, "text": every text
  std::string_view properties;
};
constexpr std::array kRules{
    Rule{"",
         "font-family:system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",\"Noto Sans CJK JP\",sans-serif;"
         "font-size:12px;color:#1b1f24"},
    Rule{"text", "fill:currentColor;font-size:12px"},
    Rule{"mono",
         "font-family:ui-monospace,\"Cascadia Mono\",Menlo,Consolas,\"DejaVu Sans Mono\",\"Noto Sans Mono CJK "
         "JP\",monospace;font-size:11px"},
    Rule{"strong", "font-weight:600"},
    Rule{"small", "font-size:11px"},
    Rule{"paper", "fill:#fff"},
    Rule{"stroke", "fill:none;stroke:currentColor;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round"},
    Rule{"fill", "fill:currentColor"},
    Rule{"hollow", "fill:none;stroke:currentColor;stroke-width:2;stroke-dasharray:3 2"},
    Rule{"card", "fill:#fff;stroke:currentColor;stroke-width:1"},
    Rule{"way", "fill:none;stroke:currentColor;stroke-width:2.2"},
    Rule{"tube", "fill:none;stroke:currentColor;stroke-width:5.5"},
    Rule{"bore", "fill:none;stroke:#fff;stroke-width:2.5"},
    Rule{"grid", "fill:none;stroke:currentColor;stroke-width:1;stroke-opacity:.18"},
    Rule{"dashed", "stroke-dasharray:7 5"},
    Rule{"dashdot", "stroke-dasharray:14 4 2 4"},
    Rule{"dotted", "stroke-dasharray:2 4"},
    Rule{"sparse", "stroke-dasharray:1 7;stroke-linecap:round"},
    Rule{"ink", "color:#1b1f24"},
    Rule{"quiet", "color:#565e6b"},
    Rule{"closed", "color:#17603a"},
    Rule{"open", "color:#9c1620"},
    Rule{"unsure", "color:#7d4a00"},
    Rule{"idle", "color:#565e6b"},
};
constexpr std::string_view kMedia =
    R"(@media screen and (prefers-color-scheme:dark){
.picture,.picture .ink{color:#e3e6ea}
.picture .paper,.picture .card{fill:#14171b}
.picture .bore{stroke:#14171b}
.picture .quiet,.picture .idle{color:#a5adb9}
.picture .closed{color:#85d0a3}
.picture .open{color:#ff9d97}
.picture .unsure{color:#eebd6c}
}
@media print{.picture{break-inside:avoid}}
)";

std::string style_sheet() {
  std::string sheet;
  for (const Rule& rule : kRules) {
    sheet += ".picture";
    if (!rule.of.empty()) sheet += rule.of == "text" ? " text" : " ." + std::string(rule.of);
    sheet.append("{").append(rule.properties).append("}\n");
  }
  return sheet.append(kMedia);
}

/// The piece of `text` before `end`, which is taken off with it.
std::string_view taken(std::string_view& text, char end) {
  const std::string_view piece = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), piece.size() + 1));
  return piece;
}

bool among(std::string_view classes, std::string_view wanted) {
  while (!classes.empty())
    if (taken(classes, ' ') == wanted) return true;
  return false;
}

/// What the rules say of an element, as attributes: of two that say the same property the later.
std::string attributes(std::string_view element, std::string_view classes) {
  std::vector<std::pair<std::string_view, std::string_view>> said;
  for (const Rule& rule : kRules) {
    if (rule.of.empty() ? element != "svg" : rule.of != element && !among(classes, rule.of)) continue;
    for (std::string_view left = rule.properties; !left.empty();) {
      std::string_view value = taken(left, ';');
      const std::string_view name = taken(value, ':');
      const auto before = std::find_if(said.begin(), said.end(), [&](const auto& pair) { return pair.first == name; });
      if (before == said.end())
        said.emplace_back(name, value);
      else
        before->second = value;
    }
  }
  std::string text;
  for (const auto& [name, value] : said) text.append(" ").append(name).append("='").append(value).append("'");
  return text;
}

std::string_view anchor_name(Svg::Anchor anchor) {
  switch (anchor) {
    case Svg::Anchor::Start:
      return "";
    case Svg::Anchor::Middle:
      return " text-anchor=\"middle\"";
    case Svg::Anchor::End:
      return " text-anchor=\"end\"";
  }
  return "";
}

}  // namespace

std::string_view map_style() {
  static const std::string sheet = style_sheet();
  return sheet;
}

std::string_view ink(State state) noexcept {
  switch (state) {
    case State::Encrypted:
      return "closed";
    case State::Plaintext:
    case State::Mixed:
      return "open";
    case State::Failed:
    case State::Inconclusive:
      return "unsure";
    case State::NoMail:
      return "idle";
  }
  return "idle";
}

std::string_view ink(Severity severity) noexcept {
  switch (severity) {
    case Severity::Critical:
    case Severity::High:
      return "open";
    case Severity::Medium:
    case Severity::Low:
      return "unsure";
    case Severity::Info:
    case Severity::Positive:
      return "closed";
  }
  return "closed";
}

double text_width(std::string_view text) noexcept { return 6.5 * static_cast<double>(display_width(text)); }
double small_width(std::string_view text) noexcept { return 6.0 * static_cast<double>(display_width(text)); }
double mono_width(std::string_view text) noexcept { return 6.7 * static_cast<double>(display_width(text)); }

std::string coordinate(double value) {
  const long tenths = std::lround(value * 10);
  const long whole = std::labs(tenths) / 10, rest = std::labs(tenths) % 10;
  std::string text = (tenths < 0 ? "-" : "") + std::to_string(whole);
  return rest == 0 ? text : text + "." + std::to_string(rest);
}

std::string coordinates(Point p) { return coordinate(p.x) + "," + coordinate(p.y); }

Svg::Svg(std::ostream& out, const Head& head) : out_(out), style_(head.style) {
  const std::string width = coordinate(std::ceil(head.width)), height = coordinate(std::ceil(head.height));
  out_ << "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"picture\" id=\"" << head.id << "\" width=\"" << width
       << "\" height=\"" << height << "\" viewBox=\"0 0 " << width << ' ' << height << "\" role=\"img\" aria-label=\""
       << markup(head.title) << "\" aria-describedby=\"" << head.id << "-desc\">\n<title>" << markup(head.title)
       << "</title>\n<desc id=\"" << head.id << "-desc\">" << markup(head.description) << "</desc>\n";
  if (style_ == Style::Own) out_ << "<style>" << map_style() << "</style>\n";
  if (style_ == Style::OfPage) out_ << "<g" << attributes("svg", "") << ">\n";
  box({0, 0}, std::ceil(head.width), std::ceil(head.height), "paper");
}

Svg::~Svg() { out_ << (style_ == Style::OfPage ? "</g>\n</svg>\n" : "</svg>\n"); }

std::string Svg::looks(std::string_view element, std::string_view classes) const {
  std::string text;
  if (!classes.empty()) text.append(" class=\"").append(classes).append("\"");
  if (style_ == Style::OfPage) text += attributes(element, classes);
  return text;
}

void Svg::begin(std::string_view classes, const std::string& tip) {
  out_ << "<g" << looks("g", classes) << '>';
  if (!tip.empty()) out_ << "<title>" << markup(tip) << "</title>";
  out_ << '\n';
}

void Svg::begin_at(Point p) { out_ << "<g transform=\"translate(" << coordinates(p) << ")\">\n"; }

void Svg::end() { out_ << "</g>\n"; }

void Svg::text(Point at, std::string_view classes, std::string_view text, Anchor anchor) {
  out_ << "<text x=\"" << coordinate(at.x) << "\" y=\"" << coordinate(at.y) << '"' << looks("text", classes)
       << anchor_name(anchor) << '>' << markup(text) << "</text>\n";
}

void Svg::box(Point corner, double width, double height, std::string_view classes, double radius) {
  out_ << "<rect x=\"" << coordinate(corner.x) << "\" y=\"" << coordinate(corner.y) << "\" width=\""
       << coordinate(width) << "\" height=\"" << coordinate(height) << '"';
  if (radius != 0) out_ << " rx=\"" << coordinate(radius) << '"';
  out_ << looks("rect", classes) << "/>\n";
}

void Svg::line(Point a, Point b, std::string_view classes) {
  path("M" + coordinates(a) + "L" + coordinates(b), classes);
}

void Svg::path(std::string_view data, std::string_view classes) {
  out_ << "<path d=\"" << data << '"' << looks("path", classes) << "/>\n";
}

void Svg::dot(Point centre, double radius, std::string_view classes) {
  out_ << "<circle cx=\"" << coordinate(centre.x) << "\" cy=\"" << coordinate(centre.y) << "\" r=\""
       << coordinate(radius) << '"' << looks("circle", classes) << "/>\n";
}

void Svg::symbol(Point centre, State state) {
  if (state == State::Plaintext) return warning(centre);
  begin_at(centre);
  switch (state) {
    case State::Encrypted:  // a padlock
      box({-5.5, -1.5}, 11, 8.5, "fill", 1.5);
      path("M-3.5,-1.5V-4a3.5,3.5 0 0 1 7,0V-1.5", "stroke");
      break;
    case State::Failed:
      dot({0, 0}, 6.5, "stroke");
      path("M-2.5,-2.5L2.5,2.5M-2.5,2.5L2.5,-2.5", "stroke");
      break;
    case State::Inconclusive:
      dot({0, 0}, 6.5, "stroke");
      path("M-2,-1.6a2,2 0 1 1 2.9,1.7c-.6,.4 -.9,.8 -.9,1.5M0,4V4", "stroke");
      break;
    case State::NoMail:
      dot({0, 0}, 6.5, "stroke");
      path("M-2.5,0H2.5", "stroke");
      break;
    case State::Mixed:  // a warning sign, half of it closed
      path("M0,-6.5L7,6H-7Z", "stroke");
      path("M0,-6.5L7,6H0Z", "fill");
      break;
    case State::Plaintext:
      break;
  }
  end();
}

void Svg::warning(Point centre) {
  begin_at(centre);
  path("M0,-6.5L7,6H-7Z", "stroke");
  path("M0,-2V1.5M0,4V4", "stroke");
  end();
}

}  // namespace mailseal
