// JsonWriter: JSON (RFC 8259) written straight into a stream, nothing kept.
//
// A tree of a session costs 60 us to build and to tear down again, its text 10: so there
// is no tree. Every string passes through escape_text() here, so that none can be forgotten;
// names of members are our own words and do not.
//
//   json.object([&] {
//     json.member("frame", 14);
//     json.list("names", names, [&](const std::string& name) { json.value(name); });
//   });
//
// Refuses nothing: the caller sees to it that a member stands in an object, each name once.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

namespace mailseal {

class JsonWriter {
 public:
  enum class Layout : std::uint8_t { Compact, Lines };  ///< Lines: an element or member on each

  explicit JsonWriter(std::ostream& out) : out_(out) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;
  ~JsonWriter() { flush(); }

  void value(std::nullptr_t) { put("null"); }
  void value(std::string_view);
  template <std::integral T>
  void value(T number) {
    if constexpr (std::same_as<T, bool>) {
      put(number ? "true" : "false");
    } else {
      char digits[24];
      put({digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, number).ptr - digits)});
    }
  }
  template <class T>
  void value(const std::optional<T>& known) {
    known ? value(*known) : value(nullptr);
  }

  template <class Body>
  void object(Body body, Layout layout = Layout::Compact) {
    enclosed('{', '}', layout, body);
  }
  /// `each` writes one value.
  template <class Elements, class Each>
  void list(const Elements& elements, Each each, Layout layout = Layout::Compact) {
    enclosed('[', ']', layout, [&] {
      for (const auto& element : elements) each(element);
    });
  }

  // The same as members of an object.
  template <class T>
  void member(std::string_view name, const T& v) {
    key(name);
    value(v);
  }
  template <class Body>
  void object(std::string_view name, Body body) {
    key(name);
    object(body);
  }
  template <class Elements, class Each>
  void list(std::string_view name, const Elements& elements, Each each, Layout layout = Layout::Compact) {
    key(name);
    list(elements, each, layout);
  }

 private:
  void put(std::string_view token) {
    separate();
    buffer_ += token;
  }
  void key(std::string_view name);
  void separate();
  void flush();

  template <class Body>
  void enclosed(char open, char close, Layout layout, Body body) {
    separate();
    buffer_ += open;
    const Layout outer = layout_;
    layout_ = layout;
    before_ = Before::First;
    body();
    if (layout == Layout::Lines && before_ != Before::First) buffer_ += '\n';
    buffer_ += close;
    layout_ = outer;
    before_ = Before::Another;
  }

  enum class Before : std::uint8_t { Nothing, First, Another };  ///< what stands before the next token

  std::ostream& out_;
  std::string buffer_;
  Layout layout_ = Layout::Compact;
  Before before_ = Before::Nothing;
};

}  // namespace mailseal
