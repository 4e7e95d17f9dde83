// Vendors: certificates that nobody ordered. See vendors.cpp.
#pragma once

#include <string_view>

#include "mailseal/inspect.h"

namespace mailseal {

/// Whose factory or demonstration certificate it is: static text; empty: nobody's that is known.
std::string_view vendor_of(const Certificate&) noexcept;

}  // namespace mailseal
