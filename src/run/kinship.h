// Kinship: what tells that two inputs may be parts of one set, but for their times: their names and their form.
#pragma once

#include <chrono>
#include <string>

#include "mailseal/base/limits.h"
#include "mailseal/capture.h"

namespace mailseal {

/// A path (InputFacts::path) without the numbers in its last name: what files of one rotated set have in common.
std::string family_of(std::string path);
/// file2 before file10.
bool in_natural_order(const std::string& a, const std::string& b);

/// The same format and link types.
bool same_form(const InputFacts&, const InputFacts&);
/// The same names of interfaces.
bool same_interfaces(const InputFacts&, const InputFacts&);

/// No connection goes on from `before` to an input that begins `pause` after its end: they have no dates, time ran
/// back, or stood so long that it would be chance. One of the same form may be the next of a rotation, whose
/// connections may have been silent meanwhile.
bool parted_by(std::chrono::nanoseconds pause, const InputFacts& before, const InputFacts& next, const Limits&);

}  // namespace mailseal
