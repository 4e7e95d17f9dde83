// Language: the one asked for on the command line, else the one of the locale.
#pragma once

#include <optional>
#include <string>

#include "mailseal/base/expected.h"
#include "mailseal/report.h"

namespace mailseal {

/// What LC_ALL, LC_MESSAGES or LANG (the first that is set) and LANGUAGE ask for, as gettext reads them. Japanese only
/// where UTF-8 can be shown: reports are written in nothing else.
Language language_of_environment();

/// `asked`: by --lang; without its translations the program cannot do what it was told to. Without it, English then.
Expected<void> choose_language(std::optional<Language> asked);

}  // namespace mailseal
