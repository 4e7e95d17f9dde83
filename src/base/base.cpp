#include "mailseal/base/place.h"
