#include "mailseal/decode.h"
