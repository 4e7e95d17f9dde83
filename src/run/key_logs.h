// The key logs that --keylog names.
#pragma once

#include <string>
#include <vector>

#include "mailseal/base/expected.h"
#include "mailseal/base/key_log.h"

namespace mailseal {

/// All of them, or one line that says what is wrong with which: never what stands in it.
Expected<void> read_key_logs(const std::vector<std::string>& paths, const Limits&, KeyLog&);

}  // namespace mailseal
