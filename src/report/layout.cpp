#include "layout.h"

#include <graphviz/gvc.h>

#include <memory>
#include <string>

// Linked in, so that Graphviz need not look for it in folders that the environment names.
extern "C" gvplugin_library_t gvplugin_dot_layout_LTX_library;

namespace mailseal {
namespace {

constexpr double kPointsPerInch = 72;

const lt_symlist_t kPlugins[] = {{"gvplugin_dot_layout_LTX_library", &gvplugin_dot_layout_LTX_library},
                                 {nullptr, nullptr}};

struct FreeContext {
  void operator()(GVC_t* context) const { gvFreeContext(context); }
};
struct CloseGraph {
  void operator()(Agraph_t* graph) const { agclose(graph); }
};

// Graphviz takes char* for what it only reads.
char* text(const char* literal) { return const_cast<char*>(literal); }
void set(void* object, const char* name, const std::string& value) {
  agsafeset(object, text(name), text(value.c_str()), text(""));
}

class Drawing {
 public:
  explicit Drawing(double between)
      : context_(gvContextPlugins(kPlugins, 0)), graph_(agopen(text("map"), Agdirected, nullptr)) {
    agseterr(AGMAX);  // no stage writes to stderr
    set(graph_.get(), "rankdir", "LR");
    set(graph_.get(), "ranksep", std::to_string(between / kPointsPerInch));
    set(graph_.get(), "nodesep", "0.2");
    // Bounds of its searches for fewer crossings and shorter lines.
    set(graph_.get(), "mclimit", "0.5");
    set(graph_.get(), "nslimit", "4");
    set(graph_.get(), "nslimit1", "4");
  }

  void add(const Box& box) {
    Agnode_t* node = agnode(graph_.get(), nullptr, 1);
    set(node, "shape", "box");
    set(node, "fixedsize", "true");
    set(node, "label", "");
    set(node, "width", std::to_string(box.width / kPointsPerInch));
    set(node, "height", std::to_string(box.height / kPointsPerInch));
    nodes_.push_back(node);
  }

  void add(const Link& link) {
    Agedge_t* edge = agedge(graph_.get(), nodes_[link.from], nodes_[link.to], nullptr, 1);
    set(edge, "dir", link.head == Link::Head::None ? "none" : link.head == Link::Head::AtTo ? "forward" : "back");
    set(edge, "tailport", "e");
    set(edge, "headport", "w");
    edges_.push_back(edge);
  }

  std::optional<Layout> laid_out() {
    if (gvLayout(context_.get(), graph_.get(), "dot") != 0) return std::nullopt;
    Layout layout;
    const boxf bounds = GD_bb(graph_.get());
    layout.width = bounds.UR.x - bounds.LL.x;
    layout.height = bounds.UR.y - bounds.LL.y;
    const auto place = [&](pointf p) { return Point{p.x - bounds.LL.x, bounds.UR.y - p.y}; };
    for (Agnode_t* node : nodes_) layout.centres.push_back(place(ND_coord(node)));
    for (Agedge_t* edge : edges_) {
      Curve& curve = layout.curves.emplace_back();
      const splines* drawn = ED_spl(edge);
      if (!drawn || drawn->size == 0) continue;
      const bezier& b = drawn->list[0];
      for (int i = 0; i < b.size; ++i) curve.bezier.push_back(place(b.list[i]));
      if (b.eflag) curve.tip = place(b.ep);
      if (b.sflag) curve.tip = place(b.sp);
    }
    gvFreeLayout(context_.get(), graph_.get());
    return layout;
  }

 private:
  std::unique_ptr<GVC_t, FreeContext> context_;
  std::unique_ptr<Agraph_t, CloseGraph> graph_;
  std::vector<Agnode_t*> nodes_;
  std::vector<Agedge_t*> edges_;
};

}  // namespace

std::optional<Layout> laid_out(std::span<const Box> boxes, std::span<const Link> links, double between) {
  Drawing drawing(between);
  for (const Box& box : boxes) drawing.add(box);
  for (const Link& link : links) drawing.add(link);
  return drawing.laid_out();
}

}  // namespace mailseal
