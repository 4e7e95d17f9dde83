// Phrase: a note, a reason or a sentence of ours, in English, made of a template and of what fills it.
//
// Judge and overview tell what they found in English, and so it stands in JSON. A report in another language finds
// the template again (report's retold.h). Hence each text is a phrase with a template of its own, and the templates are
// literals: scripts/translate collects them. What does not come from a template (a suite's name) is Phrase::as_is().
//
//     phrase("offered in frame {:d}", 8)                                  // "offered in frame 8"
//     counted(n, "{:d} packet", "{:d} packets")                           // "1 packet", "12 packets"
//     phrase("{:t} of message bodies, {:t}", octets, messages)            // of other phrases
//
// {} takes a name of any kind, {:d} a figure, {:t} another phrase; whether they fit the values is checked by the
// compiler. A template says whole sentences or clauses, so that a translator can turn them round.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace mailseal {

class Phrase {
 public:
  Phrase() = default;
  /// Names and figures alone, the same in every language.
  static Phrase as_is(std::string text) { return Phrase(std::move(text)); }
  /// A title of the catalogue or a word of an enumeration: report knows them without a template.
  static Phrase word(std::string_view english) { return Phrase(std::string(english)); }

  const std::string& text() const& noexcept { return text_; }
  std::string text() && noexcept { return std::move(text_); }
  bool empty() const noexcept { return text_.empty(); }

  /// `english` with its fields replaced by `values`, in order.
  static Phrase filled(std::string_view english, std::span<const std::string> values);

 private:
  explicit Phrase(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// What a field of a template takes.
enum class Field : std::uint8_t { Name, Figure, Phrase };

template <class Value>
constexpr Field field_of() noexcept {
  if constexpr (std::is_same_v<Value, Phrase>)
    return Field::Phrase;
  else
    return std::integral<Value> ? Field::Figure : Field::Name;
}

/// The field that begins at the front of `rest`, which is moved behind it; `rest` begins with '{'.
constexpr Field cut_field(std::string_view& rest) noexcept {
  const Field field = rest.starts_with("{:d}") ? Field::Figure : rest.starts_with("{:t}") ? Field::Phrase : Field::Name;
  rest.remove_prefix(field == Field::Name ? 2 : 4);
  return field;
}

void a_field_does_not_fit_its_value();  ///< never defined: the compiler names it where a template is wrong

/// A literal whose fields are of the kinds of these values.
template <class... Values>
struct Template {
  template <std::size_t N>
  consteval Template(const char (&literal)[N]) : english(literal, N - 1) {
    std::string_view rest = english;
    constexpr std::array<Field, sizeof...(Values)> kWanted{field_of<std::remove_cvref_t<Values>>()...};
    for (const Field wanted : kWanted) {
      rest.remove_prefix(std::min(rest.find('{'), rest.size()));
      if (rest.empty() || cut_field(rest) != wanted) a_field_does_not_fit_its_value();
    }
    if (rest.find('{') != rest.npos) a_field_does_not_fit_its_value();
  }
  std::string_view english;  ///< static text
};

inline std::string value_text(std::string_view name) { return std::string(name); }
inline std::string value_text(const Phrase& phrase) { return phrase.text(); }
inline std::string value_text(std::integral auto figure) { return std::to_string(figure); }

template <class... Values>
Phrase phrase(std::type_identity_t<Template<Values...>> text, const Values&... values) {
  return Phrase::filled(text.english, std::array<std::string, sizeof...(Values)>{value_text(values)...});
}

/// One form for 1 and one for all other numbers; `n` fills the first field.
template <class... Values>
Phrase counted(std::uint64_t n, std::type_identity_t<Template<std::uint64_t, Values...>> one,
               std::type_identity_t<Template<std::uint64_t, Values...>> many, const Values&... values) {
  return phrase<std::uint64_t, Values...>(n == 1 ? one : many, n, values...);
}

}  // namespace mailseal
