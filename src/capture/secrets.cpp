#include "secrets.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "mailseal/capture.h"

namespace mailseal {
namespace {

constexpr std::uint32_t kNames = 4, kStatistics = 5;  // blocks that may stand behind the last packet
constexpr std::uint32_t kCustom = 0xbad, kCustomNotCopied = 0x40000bad;
constexpr unsigned kBlocksBack = 256;

bool read_at(int file, std::span<std::byte> room, std::uint64_t at) {
  return ::pread(file, room.data(), room.size(), static_cast<off_t>(at)) == static_cast<ssize_t>(room.size());
}

std::optional<ByteOrder> order_of(int file) {
  constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a, kByteOrderMagic = 0x1a2b3c4d;
  std::array<std::byte, 12> head{};
  if (!read_at(file, head, 0) || u32_at(head, 0, ByteOrder::Little) != kSectionHeader) return std::nullopt;
  for (const ByteOrder order : {ByteOrder::Little, ByteOrder::Big})
    if (u32_at(head, 8, order) == kByteOrderMagic) return order;
  return std::nullopt;
}

/// `end` is behind the last block. How many held secrets.
std::uint64_t walk_back(int file, std::uint64_t end, ByteOrder order, std::size_t most, KeyLog& keys) {
  std::uint64_t found = 0;
  for (unsigned blocks = 0; blocks < kBlocksBack && end > 12; ++blocks) {
    std::array<std::byte, 8> head{};
    std::array<std::byte, 4> behind{};
    if (!read_at(file, behind, end - 4)) break;
    const std::size_t length = (u32_at(behind, 0, order) + std::size_t{3}) & ~std::size_t{3};
    if (length < 12 || length > most || length > end || !read_at(file, head, end - length)) break;
    const std::uint32_t type = u32_at(head, 0, order);
    if (type == kDecryptionSecrets) {
      std::vector<std::byte> body(length - 12);
      if (read_at(file, body, end - length + 8)) found += read_secrets(body, order, keys) ? 1 : 0;
      wipe(body);
    } else if (type != kNames && type != kStatistics && type != kCustom && type != kCustomNotCopied) {
      break;
    }
    end -= length;
  }
  return found;
}

}  // namespace

bool read_secrets(Bytes body, ByteOrder order, KeyLog& keys) {
  constexpr std::uint32_t kTlsKeyLog = 0x544c534b;  // "TLSK"
  if (body.size() < 8 || u32_at(body, 0, order) != kTlsKeyLog) return false;
  const std::size_t length = u32_at(body, 4, order);
  keys.add(body.subspan(8, std::min(length, body.size() - 8)));
  return keys.end().secrets > 0;
}

std::uint64_t read_secrets_at_end(const std::filesystem::path& path, const Limits& limits, KeyLog* keys) {
  constexpr std::size_t kOptionRoom = 1u << 20;
  std::uint64_t found = 0;
  if (path == "-") return found;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return found;
  struct stat told {};
  if (::fstat(file, &told) == 0 && S_ISREG(told.st_mode)) {
    if (const auto order = order_of(file))
      found =
          walk_back(file, static_cast<std::uint64_t>(told.st_size), *order, limits.packet_bytes + kOptionRoom, *keys);
  }
  ::close(file);
  return found;
}

}  // namespace mailseal
