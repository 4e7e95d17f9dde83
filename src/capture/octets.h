// octets: what an input holds, once and in order, through one large buffer.
//
// Files, pipes and memory look alike behind a function that reads. Every octet is
// digested, at the latest before it is overwritten, so the digest is of the whole input
// also where a format stops early (drain()). A digest is one long chain of steps of which each
// waits for the one before; what else there is to do fits in between (digest_some()). Records are looked at where they
// lie: only the unread tail is moved when the buffer is filled again.
//
// Refuses to know a format; never seeks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "allowance.h"
#include "mailseal/base/bytes.h"
#include "mailseal/base/digest.h"
#include "mailseal/base/key_log.h"
#include "unpacker.h"

namespace mailseal {

class Octets {
 public:
  /// Where `read` answers EBADMSG, what holds these octets is damaged: they end there, and are cut(); EFBIG: more is
  /// not allowed.
  explicit Octets(ReadSome read, std::shared_ptr<Allowance> = nullptr);

  /// Are at least `n` octets at hand? Reads as needed; false: the input ended or failed
  /// before that, and left() is all there is. Bytes from first() die with this call.
  [[nodiscard]] bool ensure(std::size_t n) { return left() >= n || refill(n); }
  /// The next `n` octets, of which ensure() said that they are there.
  Bytes first(std::size_t n) const noexcept { return {buffer_.get() + begin_, n}; }
  void consume(std::size_t n) noexcept { begin_ += n; }
  /// The next `n` octets, likewise, are overwritten: they are secrets, and were read.
  void wipe_first(std::size_t n) {
    digest_all();
    wipe({buffer_.get() + begin_, n});
  }

  std::size_t left() const noexcept { return end_ - begin_; }
  std::uint64_t offset() const noexcept { return taken_ - left(); }  ///< of the next octet, as unpacked
  std::uint64_t size() const noexcept { return packed_->size; }      ///< octets of the input read so far
  int error() const noexcept { return packed_->error; }              ///< errno of a failed read, else 0
  /// The compressed input ended before its end, or is damaged there.
  bool cut() const noexcept;
  /// Why no more is unpacked, though there is more; empty: nothing hinders it.
  std::string exceeded() const { return allowance_ ? allowance_->exceeded() : std::string(); }

  /// From here on the input is so compressed: nothing of it was consumed yet. Again, where that is in another.
  void unpack(const Compression&);
  /// "gzip", outermost first; empty: it lies as it is.
  const std::string& packed() const noexcept { return names_; }
  std::size_t layers() const noexcept { return unpackers_.size(); }

  void digest_some();    ///< a little of what was read and is still to be digested
  void drain();          ///< reads and digests the rest; octets that were looked at stay where they lie
  std::string digest();  ///< of all octets read; once, last; empty: there are more, which were not unpacked

 private:
  bool refill(std::size_t n);
  bool read_more();
  std::size_t read_plain(std::span<std::byte> room);
  std::size_t undigested() const noexcept { return unpackers_.empty() ? end_ - digested_ : 0; }
  void digest_all();

  /// As stored. It stays where it is when Octets are moved: the innermost unpacker reads from it.
  struct Packed {
    ReadSome read;
    std::shared_ptr<Allowance> allowance;
    std::uint64_t size = 0;
    int error = 0;
    bool ended = false, cut = false, whole = true;
    Sha256 digest{};
    std::ptrdiff_t some(std::span<std::byte> room);       ///< read and digested
    std::ptrdiff_t read_some(std::span<std::byte> room);  ///< to be digested
  };

  std::unique_ptr<Packed> packed_;
  std::shared_ptr<Allowance> allowance_;
  std::size_t capacity_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::size_t digested_ = 0;  ///< in the buffer, up to there; where nothing is unpacked
  std::uint64_t taken_ = 0;
  std::vector<std::unique_ptr<Unpacker>> unpackers_;  // the first reads what is stored
  std::string names_;
  bool ended_ = false;
};

}  // namespace mailseal
