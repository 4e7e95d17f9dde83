// Privileges: root is needed to open a live device, and for nothing after that.
#pragma once

#include "mailseal/base/expected.h"

namespace mailseal {

/// Becomes the user who called sudo, else "nobody", for good; without root does nothing.
/// The error says what the system refused.
Expected<void> drop_privileges();

}  // namespace mailseal
