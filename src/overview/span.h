// How long something took, in words.
#pragma once

#include <chrono>

#include "mailseal/base/phrase.h"

namespace mailseal {

inline Phrase span_of(std::chrono::nanoseconds gap) {
  using namespace std::chrono;
  if (gap < 1s) return phrase("{:d} ms", duration_cast<milliseconds>(gap).count());
  return phrase("{:d} s", duration_cast<seconds>(gap).count());
}

}  // namespace mailseal
