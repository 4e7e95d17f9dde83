// Kinship: what tells that two inputs may be parts of one set, but for their times: their names and their form.
#pragma once

#include <string>

#include "apart.h"
#include "mailseal/capture.h"

namespace mailseal {

/// The name without its numbers: what files of one rotated set have in common.
std::string family_of(const InputFile&);
/// file2 before file10.
bool in_natural_order(const std::string& a, const std::string& b);

/// The same format and link types.
bool same_form(const InputFacts&, const InputFacts&);
/// The same names of interfaces.
bool same_interfaces(const InputFacts&, const InputFacts&);

}  // namespace mailseal
