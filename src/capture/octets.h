// octets: what an input holds, once and in order, through one large buffer.
//
// Files, pipes and memory look alike behind a function that reads. Every octet is
// digested when it arrives, so the digest is of the whole input also where a format
// stops early (drain()). Records are looked at where they lie: only the unread tail
// is moved when the buffer is filled again.
//
// Refuses to know a format; never seeks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "gunzip.h"
#include "mailseal/base/bytes.h"
#include "mailseal/base/digest.h"
#include "mailseal/base/key_log.h"

namespace mailseal {

/// Fills the beginning of the span and answers how much; 0 at the end of the input,
/// -1 with errno set when it cannot be read. May block.
using ReadSome = std::function<std::ptrdiff_t(std::span<std::byte>)>;

class Octets {
 public:
  explicit Octets(ReadSome read);

  /// Are at least `n` octets at hand? Reads as needed; false: the input ended or failed
  /// before that, and left() is all there is. Bytes from first() die with this call.
  [[nodiscard]] bool ensure(std::size_t n) { return left() >= n || refill(n); }
  /// The next `n` octets, of which ensure() said that they are there.
  Bytes first(std::size_t n) const noexcept { return {buffer_.get() + begin_, n}; }
  void consume(std::size_t n) noexcept { begin_ += n; }
  /// The next `n` octets, likewise, are overwritten: they are secrets, and were read.
  void wipe_first(std::size_t n) noexcept { wipe({buffer_.get() + begin_, n}); }

  std::size_t left() const noexcept { return end_ - begin_; }
  std::uint64_t offset() const noexcept { return taken_ - left(); }  ///< of the next octet, as inflated
  std::uint64_t size() const noexcept { return size_; }              ///< octets of the input read so far
  int error() const noexcept { return error_; }                      ///< errno of a failed read, else 0
  /// The compressed input ended before its end, or is damaged there.
  bool cut() const noexcept { return gunzip_ && gunzip_->broken(); }

  /// From here on the input is gzip: nothing of it was consumed yet.
  void inflate();

  void drain();          ///< reads and digests the rest; octets that were looked at stay where they lie
  std::string digest();  ///< of all octets read; once, last

 private:
  bool refill(std::size_t n);
  bool read_more();
  std::size_t read_plain(std::span<std::byte> room);
  std::ptrdiff_t read_stored(std::span<std::byte> room);

  ReadSome read_;
  std::size_t capacity_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::uint64_t size_ = 0, taken_ = 0;
  std::unique_ptr<Gunzip> gunzip_;
  int error_ = 0;
  bool ended_ = false;
  Sha256 digest_;
};

}  // namespace mailseal
