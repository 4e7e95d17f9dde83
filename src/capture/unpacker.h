// Unpacker: what undoes a compression while it is read, one class for all: gzip by zlib, the others by libarchive.
//
// Not gzip by libarchive as well: where a gzip is cut or damaged, it throws away what it has inflated since it last
// gave something (up to 64 kB, 11 kB of a 300 kB capture cut by a third), and it holds back what came by a pipe until
// it has as much. zlib gives every octet that stands before the damage, at once.
//
// Refuses nothing but damage: what ends inside compressed data, or is none there, ends at that place and is
// told as broken().
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "mailseal/base/bytes.h"
#include "mailseal/capture.h"

namespace mailseal {

class Unpacker {
 public:
  virtual ~Unpacker() = default;
  /// Answers as ReadSome does, never -1 for damage.
  virtual std::ptrdiff_t read(std::span<std::byte> room) = 0;
  virtual bool broken() const noexcept = 0;
};

/// A compression is a row of the table in unpacker.cpp.
struct Compression {
  std::string_view name;  ///< "gzip"
  bool (*is)(Bytes beginning) noexcept;
  /// `begun`: what was read of it already, copied.
  std::unique_ptr<Unpacker> (*open)(Bytes begun, ReadSome packed);
};
inline constexpr std::size_t kCompressionMagicBytes = 13;
/// nullptr: none of those. Asked with up to kCompressionMagicBytes.
const Compression* find_compression(Bytes beginning) noexcept;

std::unique_ptr<Unpacker> open_gzip(Bytes begun, ReadSome packed);

}  // namespace mailseal
