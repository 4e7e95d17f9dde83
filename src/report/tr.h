// tr: what is written for people, in the language of the report. English is the key, a whole
// sentence or label at a time with {} where figures and names go (fmt), so that a translator can
// turn it round. Ids, JSON keys and what comes off the wire are never translated.
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

/// tr() with its {} filled in.
template <class... Values>
std::string told(std::string_view english, Values&&... values) {
  return fmt::format(fmt::runtime(tr(english)), std::forward<Values>(values)...);
}
/// "1 session", "12 sessions".
inline std::string told_number(std::uint64_t n, std::string_view one, std::string_view many) {
  return fmt::format(fmt::runtime(tr(n, one, many)), n);
}

}  // namespace mailseal
