// Copies: that no capture is read twice.
//
// One that is named twice, found again in a directory beside a link to it, or copied, octet by octet, would otherwise
// pass for a second capture point that shows the same. Of archives only the same file is known, not its copy; what is
// no regular file is left alone.
#pragma once

#include <functional>
#include <vector>

#include "apart.h"

namespace mailseal {

/// Without those that are as one before them, which is told with it. Of files of one size the beginning is read, of
/// those that begin alike all.
std::vector<InputFile> without_copies(std::vector<InputFile>,
                                      const std::function<void(const InputFile& copy, const InputFile& of)>& tell);

}  // namespace mailseal
