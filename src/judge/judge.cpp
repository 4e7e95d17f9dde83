#include "mailseal/judge.h"
