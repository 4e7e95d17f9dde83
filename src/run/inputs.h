// Inputs: from what the user named to the captures that are read, and what is told of what is none.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apart.h"
#include "mailseal/overview.h"
#include "options.h"

namespace mailseal {

/// What could not be read, and is no file that may be skipped: told at once and in the report.
void not_read(std::string line, RunFacts&);

/// What lies in an archive or a directory and is no capture.
void not_taken(const Content&, RunFacts&);

/// Directories are walked, hidden files left out. What may not be looked into is told: it could hold what would change
/// the verdict. Archives are looked through.
std::vector<InputFile> inputs_of(const Options&, Archives&, RunFacts&);

/// Opens one input after another; what cannot be read is told.
void each_source(const std::vector<InputFile>&, Archives&, RunFacts&, const std::function<void(PacketSource&)>& visit);

}  // namespace mailseal
