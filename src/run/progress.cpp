#include "progress.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "mailseal/report.h"

namespace mailseal {

ProgressLine::ProgressLine(bool quiet) : on_(!quiet && isatty(STDERR_FILENO) != 0) {}

void ProgressLine::show(const InputFacts& facts) {
  if (!on_) return;
  const auto now = Clock::now();
  if (now - begun_ < std::chrono::seconds(1) || now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  shown_ = true;
  std::error_code unknown;
  const auto whole = std::filesystem::file_size(facts.path, unknown);
  std::string part;
  if (!unknown && whole > 0) part = std::to_string(std::min<std::uint64_t>(100, facts.size * 100 / whole)) + " %, ";
  std::fprintf(stderr, "\r\033[Kreading %s: %s%llu packets", escape_text(facts.path).c_str(), part.c_str(),
               static_cast<unsigned long long>(facts.packets));
  std::fflush(stderr);
}

void ProgressLine::clear() {
  if (!shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace mailseal
