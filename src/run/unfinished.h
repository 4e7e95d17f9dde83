// Unfinished: a file while it is written, beside the one whose place it takes when it is whole.
//
// Nobody ever reads a report by half, and nothing is left beside it: not by an error, and not by Ctrl-C or
// SIGTERM, which end the program as ever (only SIGKILL leaves the file).
#pragma once

#include <cstdint>
#include <string>

namespace mailseal {

enum class Readers : std::uint8_t { AsUsual, OwnerOnly };

/// One at a time: a signal handler knows one name.
class Unfinished {
 public:
  /// A new file: none that was there before, nor one behind a link that somebody laid there.
  Unfinished(const std::string& whole, Readers);
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished();

  /// Empty: errno says why it could not be made.
  const std::string& path() const noexcept { return path_; }
  /// It becomes `whole`. False: errno says why not.
  bool finish();

 private:
  std::string whole_, path_;
};

}  // namespace mailseal
