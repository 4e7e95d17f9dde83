#include "octets.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace mailseal {
namespace {
constexpr std::size_t kBufferBytes = 64u << 10;  // stays in a second-level cache beside all else that a packet needs
}

Octets::Octets(ReadSome read, std::shared_ptr<Allowance> allowance)
    : packed_(std::make_unique<Packed>()),
      allowance_(std::move(allowance)),
      capacity_(kBufferBytes),
      buffer_(std::make_unique_for_overwrite<std::byte[]>(kBufferBytes)) {
  packed_->read = std::move(read);
}

bool Octets::refill(std::size_t n) {
  digest_all();
  if (n > capacity_) {
    auto larger = std::make_unique_for_overwrite<std::byte[]>(n);
    std::memcpy(larger.get(), buffer_.get() + begin_, left());
    buffer_ = std::move(larger);
    capacity_ = n;
  } else if (begin_ != 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, left());
  }
  digested_ = end_ = left();
  begin_ = 0;
  // A pipe gives what it has: no more than is needed is waited for.
  while (end_ < n)
    if (!read_more()) return false;
  return true;
}

std::ptrdiff_t Octets::Packed::some(std::span<std::byte> room) {
  const std::ptrdiff_t got = read_some(room);
  if (got > 0) digest.add(room.first(static_cast<std::size_t>(got)));
  return got;
}

std::ptrdiff_t Octets::Packed::read_some(std::span<std::byte> room) {
  if (ended) return 0;
  const std::ptrdiff_t got = read(room);
  if (got > 0) {
    size += static_cast<std::size_t>(got);
    return got;
  }
  ended = true;
  if (got == 0) return 0;
  cut = errno == EBADMSG;
  whole = errno != EFBIG;
  error = cut || !whole ? 0 : errno;
  return error != 0 ? -1 : 0;
}

/// As unpacked; 0: no more will come.
std::size_t Octets::read_plain(std::span<std::byte> room) {
  if (ended_) return 0;
  const std::ptrdiff_t got = unpackers_.empty() ? packed_->read_some(room) : unpackers_.back()->read(room);
  if (got > 0) {
    const auto n = static_cast<std::size_t>(got);
    if (unpackers_.empty() || !allowance_ || allowance_->take(n)) return n;
  }
  ended_ = true;
  return 0;
}

bool Octets::read_more() {
  const std::size_t got = read_plain({buffer_.get() + end_, capacity_ - end_});
  end_ += got;
  taken_ += got;
  return got > 0;
}

bool Octets::cut() const noexcept {
  return packed_->cut ||
         std::any_of(unpackers_.begin(), unpackers_.end(), [](const auto& layer) { return layer->broken(); });
}

void Octets::digest_all() {
  if (const std::size_t n = undigested(); n > 0) packed_->digest.add({buffer_.get() + digested_, n});
  digested_ = end_;
}

// About a packet's length, up to the end of a block of the digest: no part of one is copied.
void Octets::digest_some() {
  constexpr std::size_t kStep = 256, kBlock = 64;
  const std::size_t left = undigested();
  if (left == 0) return;
  const std::size_t n = std::min(left, kStep - static_cast<std::size_t>((packed_->size - left) % kBlock));
  packed_->digest.add({buffer_.get() + digested_, n});
  digested_ += n;
}

void Octets::unpack(const Compression& compression) {
  digest_all();
  ReadSome from;
  if (unpackers_.empty())
    from = [packed = packed_.get()](std::span<std::byte> room) { return packed->some(room); };
  else
    from = [below = unpackers_.back().get(), allowance = allowance_](std::span<std::byte> room) -> std::ptrdiff_t {
      const std::ptrdiff_t got = below->read(room);
      return got > 0 && allowance && !allowance->take(static_cast<std::uint64_t>(got)) ? 0 : got;
    };
  unpackers_.push_back(compression.open(first(left()), std::move(from)));
  (names_ += names_.empty() ? "" : ", ") += compression.name;
  begin_ = end_ = 0;
  taken_ = 0;
  ended_ = false;
}

void Octets::drain() {
  digest_all();
  begin_ = end_;
  const auto aside = std::make_unique_for_overwrite<std::byte[]>(kBufferBytes);
  const std::span<std::byte> room(aside.get(), kBufferBytes);
  // Of what is compressed the rest is digested as it is stored: what it would unpack to does not matter any more.
  while (packed_->some(room) > 0) continue;
}

std::string Octets::digest() {
  digest_all();
  return packed_->whole ? packed_->digest.finish() : std::string();
}

}  // namespace mailseal
