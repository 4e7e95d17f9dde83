// Svg: pictures for a report, as inline SVG: text that stays text, no script, nothing from elsewhere.
//
// Colours, fonts and strokes are classes in map_style(), light, dark and in print, and in a page attributes, too, which
// hold where that style does not reach; what a picture says is said by shapes and words as well. Text is escaped here
// and nowhere else. One picture is one image to a screen reader, told by its title and description.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "layout.h"
#include "mailseal/overview.h"

namespace mailseal {

/// For the <style> of the page, or of a file of its own; every rule begins with ".picture".
std::string_view map_style();

/// The class that gives a state its ink: closed, open, unsure or idle.
std::string_view ink(State) noexcept;
std::string_view ink(Severity) noexcept;

class Svg {
 public:
  enum class Style : std::uint8_t { OfPage, Own };
  enum class Anchor : std::uint8_t { Start, Middle, End };

  struct Head {
    std::string_view id;  ///< ours; one picture of that id in a page
    double width, height;
    std::string title, description;
    Style style = Style::OfPage;
  };
  Svg(std::ostream&, const Head&);
  ~Svg();
  Svg(const Svg&) = delete;
  Svg& operator=(const Svg&) = delete;

  // Class names and paths are ours, texts may be anybody's.
  void begin(std::string_view classes, const std::string& tip = "");  ///< a group; `tip` shows under the mouse
  void begin_at(Point);
  void end();
  void text(Point, std::string_view classes, std::string_view text, Anchor = Anchor::Start);
  void box(Point corner, double width, double height, std::string_view classes, double radius = 0);
  void line(Point, Point, std::string_view classes);
  void path(std::string_view data, std::string_view classes);
  void dot(Point, double radius, std::string_view classes);

  /// In a square of 16 with that centre; with the ink of the group.
  void symbol(Point centre, State);
  void warning(Point centre);

 private:
  /// Classes, and attributes where the style is the page's.
  std::string looks(std::string_view element, std::string_view classes) const;

  std::ostream& out_;
  Style style_;
};

/// The room a text takes, in wide fonts too: at 12 px, of class "small", of class "mono". `text` is escaped already.
double text_width(std::string_view text) noexcept;
double small_width(std::string_view text) noexcept;
double mono_width(std::string_view text) noexcept;

/// At most one decimal, and never another form of it.
std::string coordinate(double);
/// "12.3,45.6"
std::string coordinates(Point);

}  // namespace mailseal
