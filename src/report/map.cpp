// The map drawn: hosts as cards, each line between them with a label on it.
//
// Arrow heads show the way of the mail, not who connected. A closed line is a tube with a padlock, an open one a bare
// wire with a warning sign; every form has its word beside it and stands in the legend.
#include "map.h"

#include <algorithm>
#include <array>
#include <ostream>

#include "map_model.h"
#include "svg.h"
#include "table.h"
#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

constexpr double kMargin = 12, kLine = 15;  // of text
constexpr double kMono = 6.7, kSans = 6.2;  // the widths of a column, as fonts have them
constexpr double kApart = 11;               // lines that end on one side of a host
constexpr double kIcon = 26;                // the room an icon takes before a text
constexpr std::size_t kColumns = 26;        // of an address or a name: longer ones are cut
constexpr std::size_t kTold = 40;           // lines in the description

/// How a line is drawn: by its state, or as one that was declared and not seen.
struct Form {
  std::string_view ink, stroke;
  bool tube = false;
};

bool unseen(const MapLine& line) { return total(line.counts) == 0; }

Form form(State state) {
  switch (state) {
    case State::Encrypted:
      return {ink(state), "tube", true};
    case State::Plaintext:
    case State::Mixed:
      return {ink(state), "way"};
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

std::string in_columns(std::string_view text) { return shortened(escape_text(text), kColumns); }

double mono_width(std::string_view text) { return kMono * static_cast<double>(display_width(text)); }
double sans_width(std::string_view text) { return kSans * static_cast<double>(display_width(text)); }

// --- words

std::string protocol_name(Protocol protocol) {
  switch (protocol) {
    case Protocol::Unknown:
      return tr("unknown");
    case Protocol::Smtp:
      return "SMTP";
    case Protocol::Lmtp:
      return "LMTP";
    case Protocol::Pop3:
      return "POP3";
    case Protocol::Imap:
      return "IMAP";
  }
  return "";
}

std::string role_name(const MapHost& host) {
  switch (host.role) {
    case MapRole::Client:
      return host.outside ? tr("client, outside") : tr("client");
    case MapRole::Store:
      return host.outside ? tr("mail store, outside") : tr("mail store");
    case MapRole::StoreAndRelay:
      return host.outside ? tr("mail store and relay, outside") : tr("mail store and relay");
    case MapRole::Relay:
      return host.outside ? tr("relay, outside") : tr("relay");
    case MapRole::Server:
      return host.outside ? tr("server, outside") : tr("server");
  }
  return "";
}

/// "192.0.2.7", "192.0.2.0/24", "2001:db8::/64".
std::string address_of(const MapHost& host) {
  if (host.prefix == 128) return to_string(host.network);
  const unsigned bits = is_ipv4(host.network) ? host.prefix - 96 : host.prefix;
  return to_string(host.network) + "/" + std::to_string(bits);
}

/// What is said below the address.
std::string second_line(const MapHost& host) {
  if (host.hosts == 1) return role_name(host);
  return told("{}: {}", role_name(host), told_number(host.hosts, "{} host", "{} hosts"));
}

std::string claim_of(const MapHost& host) {
  const std::string first = in_columns(host.names.front());
  if (host.names.size() == 1) return told("claims “{}”", first);
  return told("claims “{}” and {} more", first, host.names.size() - 1);
}

std::string port_of(const MapLine& line) {
  const std::string protocol = protocol_name(line.protocol);
  if (line.ports.size() == 1) return told("{} port {}", protocol, *line.ports.begin());
  return told("{}, {} ports", protocol, line.ports.size());
}

/// Sessions without mail had nothing to encrypt.
std::string fraction_of(const Counts& counts) {
  const std::uint64_t all = total(counts), judged = all - counts[static_cast<std::size_t>(State::NoMail)];
  if (all == 0) return tr("declared, not seen");
  if (judged == 0) return told_number(all, "{} session", "{} sessions");
  return fmt::format(fmt::runtime(tr(judged, "{} of {} session encrypted", "{} of {} sessions encrypted")),
                     counts[static_cast<std::size_t>(State::Encrypted)], judged);
}

std::string versions_of(const MapLine& line) {
  constexpr std::size_t kShown = 3;
  std::string text;
  std::size_t shown = 0;
  for (auto version = line.tls_versions.rbegin(); version != line.tls_versions.rend(); ++version) {
    if (shown++ == kShown) return text + ", ...";
    text += (text.empty() ? "" : ", ") + version_name(*version);
  }
  return text;
}

std::string state_word(const MapLine& line) { return unseen(line) ? tr("not seen") : tr(to_string(line.state)); }

// --- the way of the mail

/// Who of both ends gives: SMTP's client, POP3's and IMAP's server.
enum class Travel : std::uint8_t { ToServer, ToClient, Unknown };

Travel travel(Protocol protocol) {
  switch (protocol) {
    case Protocol::Smtp:
    case Protocol::Lmtp:
      return Travel::ToServer;
    case Protocol::Pop3:
    case Protocol::Imap:
      return Travel::ToClient;
    case Protocol::Unknown:
      break;
  }
  return Travel::Unknown;
}

/// A line as it stands on the page, from left to right.
struct Laid {
  std::size_t left, right;   ///< hosts
  Link::Head first, second;  ///< of the piece before and after the label
};

/// The people's side is on the left, the world's on the right.
int column(const MapHost& host) { return static_cast<int>(host.role) + (host.outside ? 8 : 0); }

Laid laid(const MapLine& line, const std::vector<MapHost>& hosts) {
  using Head = Link::Head;
  const Travel way = travel(line.protocol);
  const bool reading = way == Travel::ToClient;  // the server gives
  const std::size_t giver = reading ? line.server : line.client, taker = reading ? line.client : line.server;
  const bool onward = column(hosts[giver]) <= column(hosts[taker]);
  if (way == Travel::Unknown)
    return onward ? Laid{giver, taker, Head::None, Head::None} : Laid{taker, giver, Head::None, Head::None};
  return onward ? Laid{giver, taker, Head::None, Head::AtTo} : Laid{taker, giver, Head::AtFrom, Head::None};
}

class Map {
 public:
  explicit Map(const Overview& overview) : model_(map_of(overview)) {}

  void write(std::ostream& out, Svg::Style style) {
    if (model_.lines.empty()) return write_note(out, tr("No mail was seen: there is no map."), style);
    measure();
    // Wide enough apart for lines that spread far up and down.
    auto layout = laid_out(boxes_, links_, std::min(110.0, 28 + 5 * static_cast<double>(most_ends_)));
    if (!layout) return write_note(out, tr("The map could not be drawn."), style);
    spread(*layout);
    legend();
    const double width = std::max(layout->width + 2 * kMargin, legend_width_);
    const double top = kMargin, below = top + layout->height + 24;
    Svg svg(out, {"map", width, below + kLine * static_cast<double>(forms_.size() + notes_.size()) + 14,
                  tr("Map: which part of the mail's way is encrypted"), description(), style});
    const double shift = std::max(kMargin, (width - layout->width) / 2);
    draw(svg, *layout, {shift, top});
    draw_legend(svg, below);
  }

 private:
  static void write_note(std::ostream& out, const std::string& note, Svg::Style style) {
    Svg svg(out, {"map", sans_width(note) + 2 * kMargin, 40, note, note, style});
    svg.text({kMargin, 24}, "quiet", note);
  }

  // --- what is said

  std::string name_of(std::size_t host) const { return address_of(model_.hosts[host]); }

  std::string sentence(const MapLine& line) const {
    const std::string client = name_of(line.client), server = name_of(line.server), port = port_of(line);
    const std::string state = state_word(line), fraction = fraction_of(line.counts);
    switch (travel(line.protocol)) {
      case Travel::ToServer:
        return told("Mail from {} to {} ({}): {}, {}.", client, server, port, state, fraction);
      case Travel::ToClient:
        return told("Mail fetched by {} from {} ({}): {}, {}.", client, server, port, state, fraction);
      case Travel::Unknown:
        break;
    }
    return told("Between {} and {} ({}): {}, {}.", client, server, port, state, fraction);
  }

  std::string description() const {
    std::string text = told_number(model_.all_hosts, "{} host.", "{} hosts.");
    for (std::size_t i = 0; i < model_.lines.size() && i < kTold; ++i) text += " " + sentence(model_.lines[i]);
    const std::uint64_t more = model_.lines_hidden + (model_.lines.size() - std::min(model_.lines.size(), kTold));
    if (more != 0) text += " " + told_number(more, "And {} more line.", "And {} more lines.");
    return text;
  }

  // --- how large all is

  void measure() {
    double host_width = 120;
    for (const MapHost& host : model_.hosts) {
      host_width =
          std::max({host_width, kIcon + 14 + mono_width(address_of(host)), kIcon + 14 + sans_width(second_line(host))});
      if (!host.names.empty()) host_width = std::max(host_width, kIcon + 14 + sans_width(claim_of(host)));
    }
    std::vector<std::array<std::size_t, 2>> ends(model_.hosts.size());  // on its left, on its right
    for (const MapLine& line : model_.lines) {
      const Laid at = laid(line, model_.hosts);
      most_ends_ = std::max({most_ends_, ++ends[at.left][1], ++ends[at.right][0]});
    }
    for (std::size_t i = 0; i < model_.hosts.size(); ++i)
      boxes_.push_back({host_width, std::max(14 + kLine * (model_.hosts[i].names.empty() ? 2 : 3),
                                             kApart * static_cast<double>(std::max(ends[i][0], ends[i][1]) + 1))});
    double label_width = 140;
    for (const MapLine& line : model_.lines)
      label_width = std::max({label_width, kIcon + 10 + sans_width(fraction_of(line.counts)),
                              kIcon + 22 + sans_width(state_word(line)) + sans_width(port_of(line)),
                              kIcon + 10 + sans_width(versions_of(line))});
    for (const MapLine& line : model_.lines) {
      const Laid at = laid(line, model_.hosts);
      const std::size_t label = boxes_.size();
      boxes_.push_back({label_width, 12 + kLine * (line.tls_versions.empty() ? 2 : 3)});
      links_.push_back({at.left, label, at.first});
      links_.push_back({label, at.right, at.second});
    }
  }

  /// Lines that end at one side of a host end beside each other there, in the order of their labels.
  void spread(Layout& layout) const {
    struct End {
      double label;  ///< how far down it is
      std::size_t link;
    };
    std::vector<std::array<std::vector<End>, 2>> ends(model_.hosts.size());
    for (std::size_t i = 0; i < links_.size(); ++i) {
      const Link& link = links_[i];
      if (link.from < ends.size()) ends[link.from][1].push_back({layout.centres[link.to].y, i});
      if (link.to < ends.size()) ends[link.to][0].push_back({layout.centres[link.from].y, i});
    }
    for (auto& sides : ends)
      for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
        std::vector<End>& all = sides[side];
        std::stable_sort(all.begin(), all.end(), [](const End& a, const End& b) { return a.label < b.label; });
        double down = -kApart * (static_cast<double>(all.size()) - 1) / 2;
        for (const End& end : all) {
          move_end(layout.curves[end.link], side == 0 ? CurveEnd::Last : CurveEnd::First, down);
          down += kApart;
        }
      }
  }

  enum class CurveEnd : std::uint8_t { First, Last };

  /// With the point that gives it its direction, and with the arrow head.
  static void move_end(Curve& curve, CurveEnd end, double down) {
    if (curve.bezier.size() < 4) return;
    const auto at = end == CurveEnd::First ? curve.bezier.begin() : curve.bezier.end() - 2;
    at[0].y += down;
    at[1].y += down;
    if (curve.tip) curve.tip->y += down;
  }

  // --- drawing

  void draw(Svg& svg, const Layout& layout, Point shift) const {
    svg.begin_at(shift);
    for (std::size_t i = 0; i < model_.lines.size(); ++i) {
      const MapLine& line = model_.lines[i];
      svg.begin(form(line).ink, sentence(line));
      draw_curve(svg, layout.curves[2 * i], links_[2 * i].head, form(line));
      draw_curve(svg, layout.curves[2 * i + 1], links_[2 * i + 1].head, form(line));
      svg.end();
    }
    for (std::size_t i = 0; i < model_.lines.size(); ++i) {
      const std::size_t box = model_.hosts.size() + i;
      draw_label(svg, model_.lines[i], layout.centres[box], boxes_[box]);
    }
    for (std::size_t i = 0; i < model_.hosts.size(); ++i) draw_host(svg, model_.hosts[i], layout.centres[i], boxes_[i]);
    svg.end();
  }

  static void draw_curve(Svg& svg, const Curve& curve, Link::Head head, const Form& form) {
    if (curve.bezier.empty()) return;
    std::string path = "M" + coordinates(curve.bezier.front());
    for (std::size_t i = 1; i < curve.bezier.size(); ++i)
      path += (i % 3 == 1 ? "C" : " ") + coordinates(curve.bezier[i]);
    svg.path(path, form.stroke);
    if (form.tube) svg.path(path, "bore");
    if (head == Link::Head::None || !curve.tip) return;
    const Point tip = *curve.tip, base = head == Link::Head::AtTo ? curve.bezier.back() : curve.bezier.front();
    const Point along{tip.x - base.x, tip.y - base.y}, across{-along.y * 0.5, along.x * 0.5};
    svg.path("M" + coordinates(tip) + "L" + coordinates({base.x + across.x, base.y + across.y}) + "L" +
                 coordinates({base.x - across.x, base.y - across.y}) + "Z",
             "fill");
  }

  void draw_label(Svg& svg, const MapLine& line, Point centre, const Box& box) const {
    const Point corner{centre.x - box.width / 2, centre.y - box.height / 2};
    const double text = corner.x + kIcon, right = corner.x + box.width - 8;
    double y = corner.y + kLine + 2;
    svg.begin(form(line).ink, sentence(line));
    svg.box(corner, box.width, box.height, "card", 8);
    if (!unseen(line)) svg.symbol({corner.x + 14, corner.y + 14}, line.state);
    svg.text({text, y}, "strong", state_word(line));
    svg.begin("ink");
    svg.text({right, y}, "small", port_of(line), Svg::Anchor::End);
    svg.text({text, y += kLine}, "", fraction_of(line.counts));
    svg.end();
    if (!line.tls_versions.empty()) {
      svg.begin("quiet");
      svg.text({text, y += kLine}, "small", versions_of(line));
      svg.end();
    }
    svg.end();
  }

  static void draw_host(Svg& svg, const MapHost& host, Point centre, const Box& box) {
    const Point corner{centre.x - box.width / 2, centre.y - box.height / 2};
    const double radius = host.outside ? 14 : 3, text = corner.x + kIcon + 6;
    double y = corner.y + kLine + 3;
    svg.begin("ink", told("{}, {}", address_of(host), second_line(host)));
    if (host.hosts > 1) svg.box({corner.x + 4, corner.y + 4}, box.width, box.height, "card", radius);
    svg.box(corner, box.width, box.height, "card", radius);
    draw_role(svg, host.role, {corner.x + 17, corner.y + 18});
    svg.text({text, y}, "mono strong", address_of(host));
    svg.begin("quiet");
    svg.text({text, y += kLine}, "small", second_line(host));
    if (!host.names.empty()) svg.text({text, y += kLine}, "small", claim_of(host));
    svg.end();
    svg.end();
  }

  static void draw_role(Svg& svg, MapRole role, Point centre) {
    svg.begin_at(centre);
    switch (role) {
      case MapRole::Client:  // a screen
        svg.box({-7, -6}, 14, 9.5, "stroke", 1.5);
        svg.path("M0,3.5V6.5M-4,6.5H4", "stroke");
        break;
      case MapRole::Store:
      case MapRole::StoreAndRelay:  // a drum
        svg.path("M-6,-4.5a6,2.3 0 0 1 12,0a6,2.3 0 0 1 -12,0V4.5a6,2.3 0 0 0 12,0V-4.5M-6,0a6,2.3 0 0 0 12,0",
                 "stroke");
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

  // --- the legend: the forms that occur, and what the map cannot say

  struct Sample {
    Form form;
    std::optional<State> state;
    std::string text;
  };

  void legend() {
    const auto occurs = [&](auto holds) { return std::any_of(model_.lines.begin(), model_.lines.end(), holds); };
    const auto sample = [&](State state, std::string text) {
      if (occurs([&](const MapLine& line) { return !unseen(line) && line.state == state; }))
        forms_.push_back({form(state), state, std::move(text)});
    };
    sample(State::Encrypted, tr("encrypted: mail went through TLS, and none was seen in clear"));
    sample(State::Plaintext, tr("plaintext: mail or credentials were readable"));
    sample(State::Mixed, tr("mixed: partly readable, partly inside TLS"));
    sample(State::Failed, tr("failed: TLS was begun and not established, no mail was sent"));
    sample(State::Inconclusive, tr("inconclusive: what was captured does not show it"));
    sample(State::NoMail, tr("no-mail: there was nothing to encrypt"));
    if (occurs(unseen)) forms_.push_back({kUnseen, std::nullopt, tr("declared and not seen in this capture")});

    notes_.push_back(
        tr("Arrow heads show the way of the mail. Nothing is known of where it went on beyond these hosts."));
    const auto any = [&](auto holds) { return std::any_of(model_.hosts.begin(), model_.hosts.end(), holds); };
    if (any([](const MapHost& host) { return !host.names.empty(); }))
      notes_.push_back(tr("Names in quotes are what greetings, SNI and certificates claim."));
    if (any([](const MapHost& host) { return host.outside; }))
      notes_.push_back(tr("Outside: a public address (round corners)."));
    if (model_.hosts.size() < model_.all_hosts)
      notes_.push_back(told("{} hosts are grouped by network into {}.", model_.all_hosts, model_.hosts.size()));
    if (model_.lines_hidden != 0)
      notes_.push_back(told_number(model_.lines_hidden, "{} line is not drawn; those that are, are the worst.",
                                   "{} lines are not drawn; those that are, are the worst."));
    for (const Sample& s : forms_) legend_width_ = std::max(legend_width_, 2 * kMargin + 76 + sans_width(s.text));
    for (const std::string& note : notes_) legend_width_ = std::max(legend_width_, 2 * kMargin + sans_width(note));
  }

  void draw_legend(Svg& svg, double y) const {
    for (const Sample& s : forms_) {
      svg.begin(s.form.ink);
      svg.line({kMargin, y - 4}, {kMargin + 40, y - 4}, s.form.stroke);
      if (s.form.tube) svg.line({kMargin, y - 4}, {kMargin + 40, y - 4}, "bore");
      if (s.state) svg.symbol({kMargin + 54, y - 4}, *s.state);
      svg.end();
      svg.text({kMargin + 70, y}, "small", s.text);
      y += kLine + 2;
    }
    svg.begin("quiet");
    for (const std::string& note : notes_) {
      svg.text({kMargin, y}, "small", note);
      y += kLine;
    }
    svg.end();
  }

  const MapModel model_;
  std::size_t most_ends_ = 0;  ///< at one side of a host
  std::vector<Box> boxes_;     ///< of the hosts, then of the lines' labels
  std::vector<Link> links_;    ///< two of each line
  std::vector<Sample> forms_;
  std::vector<std::string> notes_;
  double legend_width_ = 0;
};

}  // namespace

void write_map(std::ostream& out, const Overview& overview, const ReportOptions&) {
  Map(overview).write(out, Svg::Style::OfPage);
}

void write_svg(std::ostream& out, const Overview& overview, const ReportOptions&) {
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  Map(overview).write(out, Svg::Style::Own);
}

}  // namespace mailseal
