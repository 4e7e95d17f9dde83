// tr: what is written for people, in the language of the report. English is the key, a whole
// sentence or label at a time with {} where figures and names go (fmt), so that a translator can
// turn it round ("{1} of {0}"). Ids, JSON keys and what comes off the wire are never translated.
//
// To add a text: write it in English inside tr(), told() or told_number(), or in tr_later() where it stands in a
// table; run scripts/translate; fill what it added to po/ja.po. A test tells what was forgotten.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace mailseal {

/// `english` is a literal, or a text of the catalogue: it must be what xgettext found.
std::string tr(std::string_view english);
/// The same for a number of things: "{} session", "{} sessions".
std::string tr(std::uint64_t n, std::string_view one, std::string_view many);

/// Whether another language than English is spoken.
bool translating() noexcept;
/// Between two sentences, or a colon and what follows: Japanese has no space there.
inline std::string gap() { return translating() ? "" : " "; }

/// While it lives, in English: around what is written for machines.
class InEnglish {
 public:
  InEnglish() noexcept;
  ~InEnglish();
  InEnglish(const InEnglish&) = delete;
  InEnglish& operator=(const InEnglish&) = delete;

 private:
  bool before_;
};

/// The text itself, marked for xgettext: a constant that is given to tr() later.
constexpr std::string_view tr_later(std::string_view english) noexcept { return english; }

/// tr() with its {} filled in.
template <class... Values>
std::string told(std::string_view english, Values&&... values) {
  return fmt::format(fmt::runtime(tr(english)), std::forward<Values>(values)...);
}
/// "1 session", "12 sessions".
inline std::string told_number(std::uint64_t n, std::string_view one, std::string_view many) {
  return fmt::format(fmt::runtime(tr(n, one, many)), n);
}

/// What an embedder or a test is told of: a text without a translation, while another language than English is spoken.
using Untranslated = void (*)(std::string_view english);
void on_untranslated(Untranslated) noexcept;

}  // namespace mailseal
