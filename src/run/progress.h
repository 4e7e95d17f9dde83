// ProgressLine: one line on a terminal's standard error for work over a second.
#pragma once

#include <chrono>
#include <string>

#include "mailseal/capture.h"

namespace mailseal {

class ProgressLine {
 public:
  explicit ProgressLine(bool quiet);
  ~ProgressLine() { clear(); }
  /// Says how far the input is read; at most ten times a second, not in the first second.
  void show(const InputFacts&);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool on_, shown_ = false;
  Clock::time_point begun_ = Clock::now(), last_{};
};

}  // namespace mailseal
