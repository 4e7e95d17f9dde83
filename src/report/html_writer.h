// HtmlWriter: elements and text written straight into a stream, nothing kept.
//
// Every text and every attribute's value passes through markup() here, so that none can be forgotten;
// names of elements, classes and attributes are our own literals and do not. What comes off the wire may
// be long: text() and the values end in "..." after so many columns, and the JSON has all of it.
//
//   html.element("section", {{"id", "servers"}}, [&] {
//     html.element("h2", tr("Servers"));
//     html.element("p.note", tr("Names are claims."));   // <p class="note">
//   });
//
// Refuses nothing: the caller sees to it that elements may stand where they do.
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>

namespace mailseal {

class HtmlWriter {
 public:
  struct Attribute {
    std::string_view name;
    std::string value;
  };
  using Attributes = std::initializer_list<Attribute>;

  explicit HtmlWriter(std::ostream& out) : out_(out) {}

  /// At most kLongest columns of it.
  void text(std::string_view);
  /// Literals of ours that are markup already.
  void raw(std::string_view literal) { out_ << literal; }
  /// For what writes into a stream by itself.
  std::ostream& stream() noexcept { return out_; }

  /// `name` is an element's, with classes behind dots: "td.frame".
  template <std::invocable Body>
  void element(std::string_view name, Attributes attributes, Body body) {
    open(name, attributes);
    body();
    close(name);
  }
  void element(std::string_view name, Attributes attributes, std::string_view content) {
    element(name, attributes, [&] { text(content); });
  }
  template <std::invocable Body>
  void element(std::string_view name, Body body) {
    element(name, {}, body);
  }
  void element(std::string_view name, std::string_view content) { element(name, {}, content); }
  /// One that has no end: meta, br.
  void empty(std::string_view name, Attributes attributes = {}) { open(name, attributes); }

 private:
  static constexpr std::size_t kLongest = 1500;

  void open(std::string_view name, Attributes);
  void close(std::string_view name);

  std::ostream& out_;
};

/// Text from strangers as it may stand in a line or a cell: escaped, and cut at `columns`.
std::string brief(std::string_view text, std::size_t columns = 100);

}  // namespace mailseal
