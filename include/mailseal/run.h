// run: options in, exit code out. The only stage that knows all the others.
//
// Owns signals, logging (spdlog) and the command line (CLI11). The other stages do
// not log; they return.
#pragma once

namespace mailseal {

enum class Exit : int { Pass = 0, Fail = 1, CannotRun = 2, Inconclusive = 3 };

/// The whole program: parses the command line and runs the command.
Exit run(int argc, char** argv);

}  // namespace mailseal
