// Convert: captures of any kind as one pcapng.
//
// Each packet keeps its time, its lengths, its octets and its direction; each interface its name, and is told in a
// comment which file it is of. Names and comments of the input are left out, and its secrets: a file that goes to
// somebody else is not to open what was sealed.
#pragma once

#include <map>
#include <optional>
#include <ostream>
#include <vector>

#include "mailseal/capture.h"

namespace mailseal {

class Converter {
 public:
  explicit Converter(std::ostream* out);
  /// Of that source, which lives until its end().
  void packet(PacketSource&, const PacketView&);
  void end(PacketSource&);

 private:
  /// Interfaces of a source, in what is written.
  struct Numbers {
    std::vector<std::uint32_t> known;
    std::optional<std::uint32_t> beyond;  ///< of those that were too many to be told
  };
  void describe(PacketSource&, Numbers&);

  PcapngWriter writer_;
  std::map<const PacketSource*, Numbers> numbers_;
};

}  // namespace mailseal
