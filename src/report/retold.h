// Retold: what judge and overview said in English, in the language of the report.
#pragma once

#include <string>
#include <string_view>

namespace mailseal {

/// A finding's note, an item of the confidence, a reason or a sentence of the verdict. What is no phrase of this
/// program (a name, a line of the system) comes back as it is. From strangers in part: escape.
std::string retold(std::string_view english);

}  // namespace mailseal
