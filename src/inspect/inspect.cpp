#include "mailseal/inspect.h"
