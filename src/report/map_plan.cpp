#include "map_plan.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "map_words.h"
#include "svg.h"

namespace mailseal {
namespace {

constexpr double kApart = 11;                      // lines that end at one side of a host
constexpr double kHead = 9;                        // the length of an arrow head
constexpr double kSmallest = 100;                  // text
constexpr double kHostRoom = 42, kLabelRoom = 36;  // for an icon and the margins beside a text

/// A line as it stands on the page, from left to right.
struct Laid {
  std::size_t left, right;   ///< hosts
  Link::Head first, second;  ///< of the pieces before and after the label
};

int column(const MapHost& host) { return static_cast<int>(host.role) + (host.outside ? 8 : 0); }

Laid laid(const MapLine& line, const std::vector<MapHost>& hosts) {
  using Head = Link::Head;
  const Travel way = travel(line.protocol);
  const bool fetched = way == Travel::ToClient;
  const std::size_t giver = fetched ? line.server : line.client, taker = fetched ? line.client : line.server;
  const bool rightwards = column(hosts[giver]) <= column(hosts[taker]);
  Laid at{giver, taker, Head::None, way == Travel::Unknown ? Head::None : Head::AtTo};
  if (!rightwards) at = {taker, giver, way == Travel::Unknown ? Head::None : Head::AtFrom, Head::None};
  return at;
}

double width_of(const MapHost& host) {
  return kHostRoom + std::max({kSmallest, mono_width(address_text(host)), small_width(role_text(host)),
                               mono_width(claim_text(host))});
}

double widest_label(const MapModel& model) {
  double width = kSmallest;
  for (const MapLine& line : model.lines)
    width = std::max({width, text_width(state_text(line)) + 14 + small_width(port_text(line)),
                      text_width(fraction_text(line)), small_width(versions_text(line))});
  return width;
}

class Planner {
 public:
  explicit Planner(const MapModel& model) : model_(model) {
    std::vector<std::array<std::size_t, 2>> ends(model.hosts.size());  // on the left, on the right
    std::size_t most = 0;
    for (const MapLine& line : model.lines) {
      const Laid at = laid(line, model.hosts);
      most = std::max({most, ++ends[at.left][1], ++ends[at.right][0]});
    }
    between_ = std::min(110.0, 30 + 4 * static_cast<double>(most));

    const double label_width = widest_label(model) + kLabelRoom;
    for (std::size_t i = 0; i < model.hosts.size(); ++i)
      boxes_.push_back(
          {width_of(model.hosts[i]), std::max(text_height(model.hosts[i]) + 14,
                                              kApart * static_cast<double>(std::max(ends[i][0], ends[i][1]) + 1))});
    for (const MapLine& line : model.lines) {
      const Laid at = laid(line, model.hosts);
      const std::size_t label = boxes_.size();
      boxes_.push_back({label_width, text_height(line) + 12});
      links_.push_back({at.left, label, at.first});
      links_.push_back({label, at.right, at.second});
    }
  }

  std::optional<MapPlan> plan() {
    auto layout = laid_out(boxes_, links_, between_);
    if (!layout) return std::nullopt;
    align(layout->centres);
    for (std::size_t i = 0; i < boxes_.size(); ++i) {
      const Box& box = boxes_[i];
      const Point centre = layout->centres[i];
      placed_.push_back({{centre.x - box.width / 2, centre.y - box.height / 2}, box.width, box.height});
    }
    spread(layout->curves);
    MapPlan plan;
    plan.width = layout->width;
    plan.height = layout->height;
    const auto labels = placed_.begin() + static_cast<std::ptrdiff_t>(model_.hosts.size());
    plan.hosts.assign(placed_.begin(), labels);
    plan.labels.assign(labels, placed_.end());
    for (std::size_t i = 0; i < model_.lines.size(); ++i)
      plan.curves.push_back({std::move(layout->curves[2 * i]), std::move(layout->curves[2 * i + 1])});
    return plan;
  }

 private:
  /// Hosts that stand above each other are equally wide.
  void align(const std::vector<Point>& centres) {
    std::map<long, double> widths;
    const auto column = [&](std::size_t host) { return std::lround(centres[host].x); };
    for (std::size_t i = 0; i < model_.hosts.size(); ++i) {
      double& width = widths[column(i)];
      width = std::max(width, boxes_[i].width);
    }
    for (std::size_t i = 0; i < model_.hosts.size(); ++i) boxes_[i].width = widths[column(i)];
  }

  /// How far below the middle of a host's side each link ends: in the order of the labels.
  std::vector<double> offsets() const {
    std::vector<std::array<std::vector<std::size_t>, 2>> ends(model_.hosts.size());  // links, as above
    for (std::size_t i = 0; i < links_.size(); ++i) {
      if (links_[i].from < ends.size()) ends[links_[i].from][1].push_back(i);
      if (links_[i].to < ends.size()) ends[links_[i].to][0].push_back(i);
    }
    std::vector<double> down(links_.size());
    for (auto& sides : ends)
      for (std::vector<std::size_t>& links : sides) {
        std::stable_sort(links.begin(), links.end(),
                         [&](std::size_t a, std::size_t b) { return label_of(a).y < label_of(b).y; });
        for (std::size_t i = 0; i < links.size(); ++i)
          down[links[i]] = kApart * (static_cast<double>(i) - static_cast<double>(links.size() - 1) / 2);
      }
    return down;
  }

  /// A link has a host at one end and its label at the other.
  bool begins_at_host(std::size_t link) const { return links_[link].from < model_.hosts.size(); }
  Point label_of(std::size_t link) const {
    return placed_[begins_at_host(link) ? links_[link].to : links_[link].from].centre();
  }

  void spread(std::vector<Curve>& curves) const {
    const std::vector<double> down = offsets();
    for (std::size_t i = 0; i < curves.size(); ++i) {
      const Placed &from = placed_[links_[i].from], &to = placed_[links_[i].to];
      Point begin{from.corner.x + from.width, from.centre().y}, end{to.corner.x, to.centre().y};
      (begins_at_host(i) ? begin : end).y += down[i];
      if (end.x > begin.x && end.x - begin.x < 1.5 * between_)
        curves[i] = direct(begin, end, links_[i].head);
      else
        move_end(curves[i], begins_at_host(i) ? End::First : End::Last, down[i]);
    }
  }

  static Curve direct(Point begin, Point end, Link::Head head) {
    Curve curve;
    if (head == Link::Head::AtTo) {
      curve.tip = end;
      end.x -= kHead;
    }
    if (head == Link::Head::AtFrom) {
      curve.tip = begin;
      begin.x += kHead;
    }
    const double middle = (begin.x + end.x) / 2;
    curve.bezier = {begin, {middle, begin.y}, {middle, end.y}, end};
    return curve;
  }

  enum class End : std::uint8_t { First, Last };

  /// With the point that gives the end its direction, and with the arrow head.
  static void move_end(Curve& curve, End end, double down) {
    if (curve.bezier.size() < 4) return;
    const auto at = end == End::First ? curve.bezier.begin() : curve.bezier.end() - 2;
    at[0].y += down;
    at[1].y += down;
    if (curve.tip) curve.tip->y += down;
  }

  const MapModel& model_;
  std::vector<Box> boxes_;   // of the hosts, then of the labels
  std::vector<Link> links_;  // two of each line
  std::vector<Placed> placed_;
  double between_ = 0;  // columns
};

}  // namespace

double text_height(const MapHost& host) { return kTextLine * (host.names.empty() ? 2 : 3); }
double text_height(const MapLine& line) { return kTextLine * (line.tls_versions.empty() ? 2 : 3); }

std::optional<MapPlan> plan_of(const MapModel& model) { return Planner(model).plan(); }

}  // namespace mailseal
