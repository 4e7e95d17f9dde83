// Text for HTML, SVG and XML.
#pragma once

#include <string>
#include <string_view>

namespace mailseal {

/// For element text and quoted attributes alike: escape_text(), then & < > " ' as references.
std::string markup(std::string_view);

}  // namespace mailseal
