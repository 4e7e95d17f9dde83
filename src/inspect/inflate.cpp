#include "inflate.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace mailseal {

struct Inflate::Impl {
  z_stream stream{};
  const Limits& limits;
  std::uint64_t taken = 0, given = 0;
  bool usable;
  explicit Impl(const Limits& l) : limits(l), usable(inflateInit2(&stream, -MAX_WBITS) == Z_OK) {}
  ~Impl() { inflateEnd(&stream); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::uint64_t allowed() const {
    constexpr std::uint64_t kAtFirst = 1u << 20;
    return std::min<std::uint64_t>(limits.inflated_bytes, kAtFirst + taken * limits.inflate_ratio);
  }
};

Inflate::Inflate(const Limits* limits) : impl_(std::make_unique<Impl>(*limits)) {}
Inflate::~Inflate() = default;

Inflate::Outcome Inflate::data(Bytes bytes, const std::function<void(std::string_view)>& give) {
  Impl& z = *impl_;
  if (!z.usable) return Outcome::Broken;
  z.taken += bytes.size();
  std::array<char, 16'384> out;
  z.stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
  z.stream.avail_in = static_cast<uInt>(bytes.size());
  do {
    z.stream.next_out = reinterpret_cast<Bytef*>(out.data());
    z.stream.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&z.stream, Z_SYNC_FLUSH);
    const std::size_t n = out.size() - z.stream.avail_out;
    z.given += n;
    if (z.given > z.allowed()) {
      z.usable = false;
      return Outcome::LimitHit;
    }
    if (n > 0) give({out.data(), n});
    if (result == Z_BUF_ERROR) break;  // no more input: ordinary
    if (result != Z_OK) {
      z.usable = false;
      return result == Z_STREAM_END ? Outcome::Ok : Outcome::Broken;
    }
  } while (z.stream.avail_in > 0 || z.stream.avail_out == 0);
  return Outcome::Ok;
}

}  // namespace mailseal
