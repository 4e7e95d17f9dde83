#include "gunzip.h"

#include <zlib.h>

#include <algorithm>
#include <vector>

namespace mailseal {
namespace {
constexpr std::size_t kStoredBytes = 64u << 10;
constexpr int kGzipOnly = MAX_WBITS + 16;
}  // namespace

struct Gunzip::Impl {
  z_stream stream{};
  std::vector<std::byte> stored;
  std::size_t begin, end;
  bool usable, inside = true, broken = false;

  explicit Impl(Bytes begun)
      : stored(std::max(kStoredBytes, begun.size())),
        begin(0),
        end(begun.size()),
        usable(inflateInit2(&stream, kGzipOnly) == Z_OK) {
    std::copy(begun.begin(), begun.end(), stored.begin());
  }
  ~Impl() { inflateEnd(&stream); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
};

Gunzip::Gunzip(Bytes begun) : impl_(std::make_unique<Impl>(begun)) {}
Gunzip::~Gunzip() = default;

bool Gunzip::broken() const noexcept { return impl_->broken; }

std::ptrdiff_t Gunzip::read(std::span<std::byte> room,
                            const std::function<std::ptrdiff_t(std::span<std::byte>)>& stored) {
  Impl& z = *impl_;
  while (z.usable) {
    if (z.begin == z.end) {
      const std::ptrdiff_t got = stored(z.stored);
      if (got < 0) return got;
      if (got == 0) {
        z.broken = z.inside;
        break;
      }
      z.begin = 0;
      z.end = static_cast<std::size_t>(got);
    }
    z.stream.next_in = reinterpret_cast<Bytef*>(z.stored.data() + z.begin);
    z.stream.avail_in = static_cast<uInt>(z.end - z.begin);
    z.stream.next_out = reinterpret_cast<Bytef*>(room.data());
    z.stream.avail_out = static_cast<uInt>(room.size());
    const int result = ::inflate(&z.stream, Z_NO_FLUSH);
    z.begin = z.end - z.stream.avail_in;
    const std::size_t given = room.size() - z.stream.avail_out;
    z.inside = result != Z_STREAM_END;
    if (result == Z_STREAM_END) {
      inflateReset(&z.stream);  // another member may follow (RFC 1952 2.2)
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      z.broken = true;
      z.usable = false;
    }
    if (given > 0) return static_cast<std::ptrdiff_t>(given);
  }
  return 0;
}

bool is_gzip(Bytes beginning) noexcept {
  return beginning.size() >= 2 && beginning[0] == std::byte{0x1f} && beginning[1] == std::byte{0x8b};
}

}  // namespace mailseal
