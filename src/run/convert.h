// Convert: captures of any kind as one pcapng.
//
// Each packet keeps its time, its lengths and its octets; each interface its name, and is told in a comment which file
// it is of. What a pcapng cannot hold of the input (its own secrets blocks, names, comments) is left out.
#pragma once

#include <ostream>

#include "mailseal/base/expected.h"
#include "mailseal/capture.h"

namespace mailseal {

class Converter {
 public:
  explicit Converter(std::ostream* out);
  /// Appends all of the source.
  void add(PacketSource&);

 private:
  PcapngWriter writer_;
};

}  // namespace mailseal
