#include "mailseal/flow.h"
