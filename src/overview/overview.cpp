#include "mailseal/overview.h"
