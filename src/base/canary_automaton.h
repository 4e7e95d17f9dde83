// Automaton: finds many words in octets at once, one step for each octet (Aho and Corasick, 1975).
//
// Built once, then read only: any number of cursors, each a number, pass over it. Octets that no word holds are of
// one class, so that the table stays small: states times classes.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mailseal/base/canary.h"

namespace mailseal {

class Automaton {
 public:
  struct Word {
    std::uint8_t marker;
    CanaryCharset charset;
  };
  using Cursor = std::uint32_t;  ///< 0: the beginning

  /// False: these octets are looked for already, for the same marker.
  bool add(std::string_view octets, Word);
  void build();

  /// Moves the cursor over one octet. True: words end there.
  bool step(Cursor& at, unsigned char octet) const noexcept {
    const std::uint32_t next = next_[at + class_[octet]];
    at = next & ~kEnds;
    return (next & kEnds) != 0;
  }
  std::span<const Word> words(Cursor at) const noexcept { return ends_[at / classes_]; }

 private:
  static constexpr std::uint32_t kEnds = std::uint32_t{1} << 31;
  struct Entry {
    std::string octets;
    Word word;
  };

  std::vector<Entry> entries_;
  std::array<std::uint16_t, 256> class_{};
  std::uint32_t classes_ = 1;
  std::vector<std::uint32_t> next_;  ///< by state and class: where the row of the next state begins
  std::vector<std::vector<Word>> ends_;
};

}  // namespace mailseal
