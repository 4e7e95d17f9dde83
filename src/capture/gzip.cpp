// gzip (RFC 1952), one member or several, by zlib: see unpacker.h for why not by libarchive.
#include <zlib.h>

#include <algorithm>
#include <vector>

#include "unpacker.h"

namespace mailseal {
namespace {

constexpr std::size_t kPackedBytes = 64u << 10;
constexpr int kGzipOnly = MAX_WBITS + 16;

class Gunzip final : public Unpacker {
 public:
  Gunzip(Bytes begun, ReadSome read)
      : read_(std::move(read)),
        packed_(std::max(kPackedBytes, begun.size())),
        end_(begun.size()),
        usable_(inflateInit2(&stream_, kGzipOnly) == Z_OK) {
    std::copy(begun.begin(), begun.end(), packed_.begin());
  }
  ~Gunzip() override { inflateEnd(&stream_); }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  bool broken() const noexcept override { return broken_; }

  std::ptrdiff_t read(std::span<std::byte> room) override {
    while (usable_) {
      if (begin_ == end_) {
        const std::ptrdiff_t got = read_(packed_);
        if (got < 0) return got;
        if (got == 0) {
          broken_ = inside_;
          break;
        }
        begin_ = 0;
        end_ = static_cast<std::size_t>(got);
      }
      stream_.next_in = reinterpret_cast<Bytef*>(packed_.data() + begin_);
      stream_.avail_in = static_cast<uInt>(end_ - begin_);
      stream_.next_out = reinterpret_cast<Bytef*>(room.data());
      stream_.avail_out = static_cast<uInt>(room.size());
      const int result = ::inflate(&stream_, Z_NO_FLUSH);
      begin_ = end_ - stream_.avail_in;
      const std::size_t given = room.size() - stream_.avail_out;
      inside_ = result != Z_STREAM_END;
      if (result == Z_STREAM_END) {
        inflateReset(&stream_);  // another member may follow (RFC 1952 2.2)
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        broken_ = true;
        usable_ = false;
      }
      if (given > 0) return static_cast<std::ptrdiff_t>(given);
    }
    return 0;
  }

 private:
  ReadSome read_;
  z_stream stream_{};
  std::vector<std::byte> packed_;
  std::size_t begin_ = 0, end_;
  bool usable_, inside_ = true, broken_ = false;
};

}  // namespace

std::unique_ptr<Unpacker> open_gzip(Bytes begun, ReadSome packed) {
  return std::make_unique<Gunzip>(begun, std::move(packed));
}

}  // namespace mailseal
