// The compressions, and the reader of those that libarchive undoes: one filter, and its "raw" format behind it.
#include "unpacker.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "member_octets.h"

namespace mailseal {
namespace {

constexpr std::size_t kPackedBytes = 64u << 10;

using Filter = int (*)(archive*);

class Filtered final : public Unpacker {
 public:
  Filtered(Bytes begun, ReadSome read, Filter filter)
      : read_(std::move(read)),
        packed_(std::max(kPackedBytes, begun.size())),
        begun_(begun.size()),
        archive_(archive_read_new()) {
    std::copy(begun.begin(), begun.end(), packed_.begin());
    usable_ = archive_ && filter(archive_) == ARCHIVE_OK && archive_read_support_format_raw(archive_) == ARCHIVE_OK;
  }
  ~Filtered() override {
    if (archive_) archive_read_free(archive_);
  }
  Filtered(const Filtered&) = delete;
  Filtered& operator=(const Filtered&) = delete;

  bool broken() const noexcept override { return broken_; }

  std::ptrdiff_t read(std::span<std::byte> room) override {
    if (!usable_) return 0;
    if (!entry_) {
      archive_entry* content = nullptr;
      // What its own look at the beginning does not confirm, libarchive would hand on as it is.
      if (archive_read_open(archive_, this, nullptr, more, nullptr) != ARCHIVE_OK ||
          archive_filter_code(archive_, 0) == ARCHIVE_FILTER_NONE ||
          archive_read_next_header(archive_, &content) != ARCHIVE_OK)
        return end();
      entry_.emplace(archive_);
    }
    const std::size_t got = entry_->read(room);
    if (got > 0) return static_cast<std::ptrdiff_t>(got);
    return entry_->broken() ? end() : 0;
  }

 private:
  static la_ssize_t more(archive*, void* self, const void** octets) {
    auto& me = *static_cast<Filtered*>(self);
    *octets = me.packed_.data();
    if (me.begun_ > 0) return static_cast<la_ssize_t>(std::exchange(me.begun_, 0));
    const std::ptrdiff_t got = me.read_(me.packed_);
    me.unread_ |= got < 0;
    return got < 0 ? 0 : got;
  }

  std::ptrdiff_t end() {
    usable_ = false;
    if (unread_) return -1;
    broken_ = true;
    return 0;
  }

  ReadSome read_;
  std::vector<std::byte> packed_;
  std::size_t begun_;
  archive* archive_;
  std::optional<MemberOctets> entry_;
  bool usable_ = false, broken_ = false, unread_ = false;
};

template <Filter filter>
std::unique_ptr<Unpacker> open_filtered(Bytes begun, ReadSome packed) {
  return std::make_unique<Filtered>(begun, std::move(packed), filter);
}

using namespace std::string_view_literals;

bool begins(Bytes beginning, std::string_view magic) noexcept { return as_text(beginning).starts_with(magic); }

bool is_gzip(Bytes b) noexcept { return begins(b, "\x1f\x8b"sv); }
bool is_zstd(Bytes b) noexcept { return begins(b, "\x28\xb5\x2f\xfd"sv); }
bool is_xz(Bytes b) noexcept { return begins(b, "\xfd\x37zXZ\0"sv); }
bool is_lz4(Bytes b) noexcept { return begins(b, "\x04\x22\x4d\x18"sv) || begins(b, "\x02\x21\x4c\x18"sv); }
bool is_bzip2(Bytes b) noexcept {
  return begins(b, "BZh"sv) && b.size() > 3 && as_text(b)[3] >= '1' && as_text(b)[3] <= '9';
}
bool is_lzip(Bytes b) noexcept { return begins(b, "LZIP\1"sv); }
bool is_compress(Bytes b) noexcept { return begins(b, "\x1f\x9d"sv); }
/// Has no magic: its usual properties, a dictionary of whole 64 kB, and a length not told or below 2^40.
bool is_lzma(Bytes b) noexcept {
  return begins(b, "\x5d\0\0"sv) && b.size() == kCompressionMagicBytes &&
         (b[12] == std::byte{0xff} || (b[12] == std::byte{0} && b[11] == std::byte{0} && b[10] == std::byte{0}));
}

// To add a compression: one row.
constexpr std::array kCompressions{
    Compression{"gzip", is_gzip, open_gzip},
    Compression{"zstd", is_zstd, open_filtered<archive_read_support_filter_zstd>},
    Compression{"xz", is_xz, open_filtered<archive_read_support_filter_xz>},
    Compression{"bzip2", is_bzip2, open_filtered<archive_read_support_filter_bzip2>},
    Compression{"lz4", is_lz4, open_filtered<archive_read_support_filter_lz4>},
    Compression{"lzma", is_lzma, open_filtered<archive_read_support_filter_lzma>},
    Compression{"lzip", is_lzip, open_filtered<archive_read_support_filter_lzip>},
    Compression{"compress", is_compress, open_filtered<archive_read_support_filter_compress>},
};

}  // namespace

std::vector<std::string_view> compression_names() {
  std::vector<std::string_view> names;
  for (const Compression& compression : kCompressions) names.push_back(compression.name);
  return names;
}

const Compression* find_compression(Bytes beginning) noexcept {
  const auto at =
      std::find_if(kCompressions.begin(), kCompressions.end(), [&](const Compression& c) { return c.is(beginning); });
  return at == kCompressions.end() ? nullptr : &*at;
}

}  // namespace mailseal
