// Layout: where boxes go, and the lines between them.
//
// Graphviz's dot does it, as a library and with nothing but its layout: no text is measured, no file read, no
// plugin sought. The same boxes and lines always come out the same. Its time grows faster than its input: whoever
// calls keeps to a few hundred boxes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace mailseal {

struct Point {
  double x = 0, y = 0;  ///< y grows downwards, as in SVG
};

struct Box {
  double width, height;
};

struct Link {
  enum class Head : std::uint8_t { None, AtFrom, AtTo };
  std::size_t from, to;  ///< boxes; `from` stands left of `to` where that can be
  Head head = Head::None;
};

struct Curve {
  std::vector<Point> bezier;  ///< a start, then three points for each cubic segment
  std::optional<Point> tip;   ///< of the arrow head, beyond that end
};

struct Layout {
  double width = 0, height = 0;
  std::vector<Point> centres;  ///< of the boxes, in their order
  std::vector<Curve> curves;   ///< of the links, in their order; empty where nothing could be drawn
};

/// `between`: columns of boxes, at least. nullopt: Graphviz refused.
std::optional<Layout> laid_out(std::span<const Box>, std::span<const Link>, double between);

}  // namespace mailseal
