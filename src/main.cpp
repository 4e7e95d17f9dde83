#include "mailseal/run.h"

int main(int argc, char** argv) { return static_cast<int>(mailseal::run(argc, argv)); }
