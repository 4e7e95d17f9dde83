// unwalked: the reasons of decode by which a packet may hold mail that nobody saw.
//
// Told twice: for each input as finding inconclusive-tunnel, with the first frame, and in the verdict's reasons.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "mailseal/base/phrase.h"

namespace mailseal {

struct Unwalked {
  std::string_view reason;           ///< as RunFacts::skipped has it
  Phrase (*packets)(std::uint64_t);  ///< "1204 packets inside IPsec"
};

std::span<const Unwalked> unwalked() noexcept;

}  // namespace mailseal
