// Spill: octets in the order in which they came, in memory while they are few.
//
// Behind the first few all of them go to a file without a name: no other program finds it, only its owner may
// read it (mode 0600), and it is gone with the process, however that ends. It lies in TMPDIR, else in /tmp. Nothing is
// mapped: the file may be large, and a disk that fails must end in a line for a person, not in a signal.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mailseal/base/bytes.h"
#include "mailseal/base/expected.h"

namespace mailseal {

class Spill {
 public:
  /// No file as long as there are not more octets than that.
  explicit Spill(std::size_t memory) : memory_(memory) {}
  ~Spill();
  Spill(const Spill&) = delete;
  Spill& operator=(const Spill&) = delete;

  /// Where they lie. After a fault nothing is kept.
  std::uint64_t append(Bytes);
  /// What was appended there in one piece; valid until the next call. Empty: a fault.
  Bytes read(std::uint64_t at, std::size_t size);

  /// The first thing that went wrong.
  const std::optional<Error>& fault() const noexcept { return fault_; }
  void refuse(std::string what);

 private:
  // What is read lies close together most of the time, but not in order: sessions end out of order. So
  // blocks of the file are kept, those of the same remainder in each other's place.
  static constexpr std::size_t kBlock = 16 * 1024, kBlocks = 128;
  struct Block {
    std::uint64_t number = 0;
    std::vector<std::byte> octets;  ///< none: not read yet
  };

  bool open();
  void flush();
  const Block* block(std::uint64_t number);

  std::size_t memory_;
  std::vector<std::byte> tail_;  ///< not in the file yet
  std::uint64_t flushed_ = 0;
  int file_ = -1;
  std::vector<Block> blocks_;
  std::vector<std::byte> joined_;
  std::optional<Error> fault_;
};

}  // namespace mailseal
