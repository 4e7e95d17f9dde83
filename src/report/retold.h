// Retold: what judge and overview said in English, in the language of the report.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "mailseal/overview.h"

namespace mailseal {

/// A finding's note, an item of the confidence, a reason or a sentence of the verdict. What is no phrase of this
/// program (a name, a line of the system) comes back as it is. From strangers in part: escape.
std::string retold(std::string_view english);

/// The sentence of the verdict, printable, in at most so many columns. Names of files give way, and then reasons: its
/// figures and its bounds, which end it, are there always (from 600 columns on).
std::string verdict_sentence(const Overview&, std::size_t columns);

}  // namespace mailseal
