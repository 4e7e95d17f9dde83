#include "mailseal/report.h"
