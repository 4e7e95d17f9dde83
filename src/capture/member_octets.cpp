#include "member_octets.h"

#include <archive.h>

#include <algorithm>
#include <cstring>

namespace mailseal {

bool MemberOctets::next_block() {
  const void* octets = nullptr;
  std::size_t size = 0;
  la_int64_t at = 0;
  const int result = ended_ ? ARCHIVE_EOF : archive_read_data_block(archive_, &octets, &size, &at);
  ended_ = result != ARCHIVE_OK;
  broken_ |= ended_ && result != ARCHIVE_EOF;
  if (result < ARCHIVE_WARN || result == ARCHIVE_EOF || at < 0) size = 0;
  block_ = static_cast<const std::byte*>(octets);
  left_ = size;
  at_ = std::max(given_, at < 0 ? 0 : static_cast<std::uint64_t>(at));
  return !ended_ || size > 0;
}

std::size_t MemberOctets::read(std::span<std::byte> room) {
  while (given_ == at_ && left_ == 0)
    if (!next_block()) return 0;
  if (given_ < at_) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), at_ - given_));
    std::fill_n(room.begin(), n, std::byte{0});
    given_ += n;
    return n;
  }
  const std::size_t n = std::min(room.size(), left_);
  std::memcpy(room.data(), block_, n);
  block_ += n;
  left_ -= n;
  at_ = given_ += n;
  return n;
}

}  // namespace mailseal
