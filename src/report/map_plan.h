// MapPlan: where everything on the map stands.
//
// The people's side is on the left, the world's on the right; the label of a line stands on it like a station.
// Graphviz finds the places and the ways round others; where a line goes straight to the next column it is
// drawn as one curve, and lines that end at one side of a host end there beside each other.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "layout.h"
#include "map_model.h"

namespace mailseal {

struct Placed {
  Point corner;
  double width, height;

  Point centre() const { return {corner.x + width / 2, corner.y + height / 2}; }
};

struct MapPlan {
  double width = 0, height = 0;
  std::vector<Placed> hosts;                 ///< as in the model
  std::vector<Placed> labels;                ///< of the lines, as in the model
  std::vector<std::array<Curve, 2>> curves;  ///< of each line, to its label and from it
};

inline constexpr double kTextLine = 15;  ///< from one line of text to the next
double text_height(const MapHost&);
double text_height(const MapLine&);

/// nullopt: Graphviz refused. Of a model with lines.
std::optional<MapPlan> plan_of(const MapModel&);

}  // namespace mailseal
