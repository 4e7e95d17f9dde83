#include "mailseal/run.h"

namespace mailseal {
Exit run(int, char**) { return Exit::CannotRun; }
}  // namespace mailseal
