// Retold: finds the template that an English phrase was made of, and fills its translation with the same values.
//
// Several templates, and several ways to cut one, may fit. Those without names are tried first, since their parts must
// be phrases again, then those with most text of their own; of names the shortest, of phrases the longest. Names may
// hold anything, also what looks like a phrase: they come out as they are, so the worst a hostile name can do is to
// leave a note in English. Text that is too long, or would take too many steps, stays English too.
#include "retold.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mailseal/base/ascii.h"
#include "mailseal/base/phrase.h"
#include "mailseal/report.h"
#include "phrases.h"
#include "table.h"
#include "tr.h"

namespace mailseal {
namespace {

constexpr std::size_t kSteps = 20'000;
constexpr std::size_t kLongest = 16'384;
constexpr std::size_t kDeepest = 8;  ///< phrases within phrases

/// One form of a template, taken apart: literal, field, literal, ..., literal.
struct Pattern {
  const PhraseTemplate* from;
  std::vector<std::string_view> literals;
  std::vector<Field> fields;
  std::size_t own = 0;  ///< octets of its literals
  bool named = false;   ///< holds a field that takes anything
};

Pattern pattern(const PhraseTemplate& from, std::string_view english) {
  Pattern p{&from, {}, {}};
  for (;;) {
    const std::size_t brace = std::min(english.find('{'), english.size());
    p.literals.push_back(english.substr(0, brace));
    p.own += brace;
    english.remove_prefix(brace);
    if (english.empty()) return p;
    p.fields.push_back(cut_field(english));
    p.named |= p.fields.back() == Field::Name;
  }
}

const std::vector<Pattern>& patterns() {
  static const std::vector<Pattern> all = [] {
    std::vector<Pattern> made;
    for (const PhraseTemplate& t : phrase_templates()) {
      made.push_back(pattern(t, t.one));
      if (!t.many.empty()) made.push_back(pattern(t, t.many));
    }
    std::stable_sort(made.begin(), made.end(),
                     [](const Pattern& a, const Pattern& b) { return a.named != b.named ? b.named : a.own > b.own; });
    return made;
  }();
  return all;
}

/// "{} of {}", "{1:d} of {0}": by their numbers, or in order.
std::string filled(std::string_view text, const std::vector<std::string>& values) {
  std::string out;
  std::size_t next = 0;
  while (!text.empty()) {
    const std::size_t brace = std::min(text.find('{'), text.size());
    out += text.substr(0, brace);
    text.remove_prefix(brace);
    if (text.empty()) break;
    const std::size_t end = std::min(text.find('}'), text.size() - 1);
    const std::size_t at = end > 1 && is_digit(text[1]) ? static_cast<std::size_t>(text[1] - '0') : next++;
    if (at < values.size()) out += values[at];
    text.remove_prefix(end + 1);
  }
  return out;
}

class Retelling {
 public:
  std::optional<std::string> phrase(std::string_view text) {
    if (is_phrase_word(text)) return tr(text);
    if (depth_ == kDeepest || steps_ == 0) return {};
    --steps_;
    ++depth_;
    std::optional<std::string> told;
    for (const Pattern& p : patterns())
      if ((told = by(p, text))) break;
    --depth_;
    return told;
  }

 private:
  using Values = std::vector<std::string>;

  std::optional<std::string> by(const Pattern& p, std::string_view text) {
    if (!text.starts_with(p.literals.front()) || !text.ends_with(p.literals.back())) return {};
    Values values(p.fields.size());
    if (!cut(p, 0, text.substr(p.literals.front().size()), values)) return {};
    if (p.from->many.empty()) return filled(tr(p.from->one), values);
    std::uint64_t n = 0;  // the first field is the number that chooses the form; one too great is many
    const std::string& figure = values.front();
    if (std::from_chars(figure.data(), figure.data() + figure.size(), n).ec != std::errc()) n = 0;
    return filled(tr(n, p.from->one, p.from->many), values);
  }

  /// `rest` is what field `i` begins.
  bool cut(const Pattern& p, std::size_t i, std::string_view rest, Values& values) {
    if (i == p.fields.size()) return rest.empty();
    const std::string_view next = p.literals[i + 1];
    const bool last = i + 1 == p.fields.size();
    if (p.fields[i] == Field::Figure) {
      const std::size_t digits =
          static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_digit) - rest.begin());
      return digits != 0 && take(p, i, rest, digits, values);
    }
    if (last) return rest.size() > next.size() && take(p, i, rest, rest.size() - next.size(), values);
    if (p.fields[i] == Field::Phrase) {
      for (std::size_t size = rest.rfind(next); size != rest.npos && size != 0; size = rest.rfind(next, size - 1))
        if (take(p, i, rest, size, values)) return true;
    } else {
      for (std::size_t size = rest.find(next, 1); size != rest.npos; size = rest.find(next, size + 1))
        if (take(p, i, rest, size, values)) return true;
    }
    return false;
  }

  /// The first `size` octets of `rest` as field `i`.
  bool take(const Pattern& p, std::size_t i, std::string_view rest, std::size_t size, Values& values) {
    if (steps_ == 0) return false;
    --steps_;
    const std::string_view value = rest.substr(0, size), next = p.literals[i + 1];
    rest.remove_prefix(size);
    if (!rest.starts_with(next) || !cut(p, i + 1, rest.substr(next.size()), values)) return false;
    if (p.fields[i] != Field::Phrase) {
      values[i] = value;
      return true;
    }
    auto told = phrase(value);
    if (told) values[i] = std::move(*told);
    return told.has_value();
  }

  std::size_t steps_ = kSteps, depth_ = 0;
};

/// A character takes a column at least, and four octets at most.
bool fits(std::string_view text, std::size_t columns) {
  return text.size() <= columns || (text.size() / 4 <= columns && display_width(text) <= columns);
}

/// The last columns of it, "..." before them where something was cut.
std::string ending(std::string_view text, std::size_t columns) {
  if (fits(text, columns)) return std::string(text);
  while (text.size() / 4 > columns) text.remove_prefix(first_character(text).size());
  std::size_t width = display_width(text);
  while (width + 3 > columns && !text.empty()) {
    const std::string_view character = first_character(text);
    width -= display_width(character);
    text.remove_prefix(character.size());
  }
  return "..." + std::string(text);
}

void replace_all(std::string& text, std::string_view from, const std::string& to) {
  for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace

std::string verdict_sentence(const Overview& overview, std::size_t columns) {
  constexpr std::size_t kName = 40, kFigures = 400;
  std::string sentence = overview.sentence;
  if (sentence.size() <= kLongest)
    if (std::string text = escape_text(retold(sentence)); fits(text, columns)) return text;
  std::vector<std::string_view> names;
  for (const InputFacts& input : overview.run.inputs) names.push_back(input.path);
  for (const std::string& line : overview.run.failed_inputs) names.push_back(line);
  // The longest first: one may be the end of another.
  std::sort(names.begin(), names.end(), [](auto a, auto b) { return a.size() > b.size(); });
  for (const std::string_view name : names)
    if (name.size() > kName) replace_all(sentence, name, ending(escape_text(name), kName));
  std::string text = escape_text(retold(sentence));
  if (fits(text, columns)) return text;
  return shortened(text, columns - std::min(columns, kFigures)) + " " + ending(text, kFigures - 1);
}

std::string retold(std::string_view english) {
  if (!translating() || english.size() > kLongest) return std::string(english);
  return Retelling().phrase(english).value_or(std::string(english));
}

}  // namespace mailseal
