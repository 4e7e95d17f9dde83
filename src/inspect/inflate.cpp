#include "inflate.h"

#include <zlib.h>

#include <array>

namespace mailseal {

struct Inflate::Impl {
  z_stream stream{};
  std::size_t left;
  bool usable;
  explicit Impl(std::size_t limit) : left(limit), usable(inflateInit2(&stream, -MAX_WBITS) == Z_OK) {}
  ~Impl() { inflateEnd(&stream); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
};

Inflate::Inflate(const Limits* limits) : impl_(std::make_unique<Impl>(limits->inflated_bytes)) {}
Inflate::~Inflate() = default;

Inflate::Outcome Inflate::data(Bytes bytes, const std::function<void(std::string_view)>& give) {
  Impl& z = *impl_;
  if (!z.usable) return Outcome::Broken;
  std::array<char, 16'384> out;
  z.stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
  z.stream.avail_in = static_cast<uInt>(bytes.size());
  do {
    z.stream.next_out = reinterpret_cast<Bytef*>(out.data());
    z.stream.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&z.stream, Z_SYNC_FLUSH);
    const std::size_t n = out.size() - z.stream.avail_out;
    if (n > z.left) {
      z.usable = false;
      return Outcome::LimitHit;
    }
    z.left -= n;
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
