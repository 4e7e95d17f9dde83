// split: a report's text taken apart while it is read: one member of the report at a time, and of its long lists one
// element at a time, each as a Tree, so that no more than one session is held.
//
// JSON (RFC 8259) is nlohmann's to read; this says what a report may be made of: an object, each member once,
// nothing deep, nothing endless. Refuses the rest by one ReadFault, and reads no further.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "tree.h"

namespace mailseal {

/// A member of the report, or an element of it: "sessions", its number from 0, the element.
/// false: there is a fault; stop.
using TakePart = std::function<bool(std::string_view member, std::optional<std::size_t> index, const Tree&)>;
/// How a member is wanted.
enum class Wanted : std::uint8_t { Not, Whole, ByElement };
using AskWanted = std::function<Wanted(std::string_view member)>;

/// The fault that ended it, or nothing: then all of the text was read. What stands in a part is the caller's to judge.
std::optional<ReadFault> split_report(std::istream&, const AskWanted&, const TakePart&);

}  // namespace mailseal
