#include "mailseal/capture.h"
