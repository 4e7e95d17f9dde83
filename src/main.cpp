// The program: nothing but run(), so that all of it can be tested without a process.
#include "mailseal/run.h"

int main(int argc, char** argv) { return static_cast<int>(mailseal::run(argc, argv)); }
