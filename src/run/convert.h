// Conversion: captures of any kind become one pcapng.
//
// Each packet keeps its time, its lengths, its octets and its direction; each interface its name, and is told in a
// comment which file it is of. Names and comments of the input are left out, and its secrets: a file that goes to
// somebody else is not to open what was sealed. What becomes of the inputs is told.
#pragma once

#include <map>
#include <optional>
#include <ostream>
#include <vector>

#include "apart.h"
#include "mailseal/capture.h"
#include "mailseal/overview.h"
#include "progress.h"
#include "timeline.h"

namespace mailseal {

class Conversion final : public TimeLine::Listener {
 public:
  /// All are kept.
  Conversion(std::ostream* out, bool quiet, RunFacts* facts);

  /// By time.
  void in_order(const std::vector<InputFile>&, Archives&, const Limits&);
  /// Of one that can be read but once.
  void all_of(PacketSource&);
  /// That were opened.
  std::uint64_t inputs() const noexcept { return inputs_; }

  void not_opened(const InputFile&, const Error&) override;
  void opened(const InputFile&, PacketSource&) override;
  void ended(const InputFile&, PacketSource&) override;

 private:
  /// Interfaces of a source, in what is written.
  struct Numbers {
    std::vector<std::uint32_t> known;
    std::optional<std::uint32_t> beyond;  ///< of those that were too many to be told
  };
  void describe(PacketSource&, Numbers&);
  void packet(PacketSource&, const PacketView&);
  void end(PacketSource&);

  PcapngWriter writer_;
  std::map<const PacketSource*, Numbers> numbers_;
  ProgressLine progress_;
  RunFacts& facts_;
  std::uint64_t inputs_ = 0;
};

}  // namespace mailseal
