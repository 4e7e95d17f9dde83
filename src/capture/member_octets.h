// MemberOctets: the octets of what libarchive has come to, block by block.
//
// Not archive_read_data(): where a block behind it is damaged, that throws away what it had copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "mailseal/base/bytes.h"

struct archive;

namespace mailseal {

class MemberOctets {
 public:
  explicit MemberOctets(archive* from) : archive_(from) {}
  /// 0: at the end, or broken().
  std::size_t read(std::span<std::byte> room);
  bool broken() const noexcept { return broken_; }

 private:
  bool next_block();

  archive* archive_;
  const std::byte* block_ = nullptr;  // libarchive's, until it is asked for the next; not given yet are
  std::size_t left_ = 0;              // so many, which lie at
  std::uint64_t at_ = 0;              // this octet; up to there from
  std::uint64_t given_ = 0;           // here zeros stand that were not stored
  bool ended_ = false, broken_ = false;
};

}  // namespace mailseal
