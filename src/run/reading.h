// Reading: all inputs of a run into the pipeline, by time.
#pragma once

#include <string>
#include <vector>

#include "apart.h"
#include "mailseal/base/key_log.h"
#include "mailseal/overview.h"
#include "options.h"
#include "pipeline.h"

namespace mailseal {

/// What cannot be read is told. `copies`: paths of captures that are not read, as others are the same.
void read_inputs(std::vector<InputFile>, const Options&, const Limits&, Archives&, KeyLog&, Pipeline&, RunFacts&,
                 std::vector<std::string>& copies);

}  // namespace mailseal
