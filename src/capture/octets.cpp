#include "octets.h"

#include <cerrno>
#include <cstring>

namespace mailseal {
namespace {
constexpr std::size_t kBufferBytes = 64u << 10;  // stays in a second-level cache beside all else that a packet needs
}

Octets::Octets(ReadSome read)
    : read_(std::move(read)),
      capacity_(kBufferBytes),
      buffer_(std::make_unique_for_overwrite<std::byte[]>(kBufferBytes)) {}

bool Octets::refill(std::size_t n) {
  if (n > capacity_) {
    auto larger = std::make_unique_for_overwrite<std::byte[]>(n);
    std::memcpy(larger.get(), buffer_.get() + begin_, left());
    buffer_ = std::move(larger);
    capacity_ = n;
  } else if (begin_ != 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, left());
  }
  end_ = left();
  begin_ = 0;
  // A pipe gives what it has: no more than is needed is waited for.
  while (end_ < n)
    if (!read_more()) return false;
  return true;
}

std::ptrdiff_t Octets::read_stored(std::span<std::byte> room) {
  const std::ptrdiff_t got = read_(room);
  if (got <= 0) return got;
  const auto n = static_cast<std::size_t>(got);
  digest_.add(room.first(n));
  size_ += n;
  return got;
}

/// As inflated; 0: no more will come.
std::size_t Octets::read_plain(std::span<std::byte> room) {
  if (ended_) return 0;
  const std::ptrdiff_t got =
      gunzip_ ? gunzip_->read(room, [this](std::span<std::byte> r) { return read_stored(r); }) : read_stored(room);
  if (got > 0) return static_cast<std::size_t>(got);
  error_ = got < 0 ? errno : 0;
  ended_ = true;
  return 0;
}

bool Octets::read_more() {
  const std::size_t got = read_plain({buffer_.get() + end_, capacity_ - end_});
  end_ += got;
  taken_ += got;
  return got > 0;
}

void Octets::inflate() {
  gunzip_ = std::make_unique<Gunzip>(first(left()));
  begin_ = end_ = 0;
  taken_ = 0;
  ended_ = false;
}

void Octets::drain() {
  begin_ = end_;
  const auto aside = std::make_unique_for_overwrite<std::byte[]>(kBufferBytes);
  const std::span<std::byte> room(aside.get(), kBufferBytes);
  while (read_plain(room) > 0) continue;
  if (!gunzip_ || error_ != 0) return;
  // What stands behind the end of the compressed data, or behind its damage.
  while (read_stored(room) > 0) continue;
}

std::string Octets::digest() { return digest_.finish(); }

}  // namespace mailseal
