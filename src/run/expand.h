// Expand: of the files that a run was given, the captures that lie in them.
//
// Archives are looked through before anything is read, so that their members can be put in order of time, and opened
// each by itself; a stream is taken as it comes.
#pragma once

#include <functional>
#include <vector>

#include "apart.h"
#include "mailseal/capture.h"

namespace mailseal {

/// In the order in which they are stored. `untaken` is told what is in an archive or a directory and no capture, and
/// what cannot be read there. A file that was named and is none stays: whoever opens it is told why it cannot be read.
std::vector<InputFile> expanded(const InputFile&, Archives&, const std::function<void(const Content&)>& untaken);

/// The capture that it is; of a stream all that lie in it, one after another, and what is none, or why there is none.
/// `number`: the input that the next source will be.
void open_each(const InputFile&, Archives&, const std::function<std::uint32_t()>& number,
               const std::function<void(Content&&)>& visit);

}  // namespace mailseal
