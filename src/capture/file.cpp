#include "file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace mailseal {

const InputFacts& FileSource::facts() {
  if (!ended_) facts_.size = octets_.size();
  return facts_;
}

Captured FileSource::end_of_data() {
  if (octets_.error() != 0) {
    return end("error: reading stopped at octet " + std::to_string(octets_.size()) + ": " +
               std::strerror(octets_.error()));
  }
  return end(octets_.left() == 0 && !octets_.cut() ? "complete" : "truncated");
}

Captured FileSource::error(std::string what) { return end("error: " + std::move(what)); }

Captured FileSource::end(std::string how) {
  octets_.drain();
  facts_.size = octets_.size();
  facts_.sha256 = octets_.digest();
  facts_.ended = std::move(how);
  ended_ = true;
  return EndOfCapture{};
}

Timestamp clamped_time(std::int64_t seconds, std::uint64_t nanoseconds) noexcept {
  constexpr std::int64_t kLastSecond = 9'000'000'000;  // 2255; 64 bits of nanoseconds end in 2262
  constexpr std::uint64_t kPerSecond = 1'000'000'000;
  if (seconds < 0) return Timestamp{};
  if (seconds >= kLastSecond) return Timestamp{std::chrono::seconds(kLastSecond)};
  // Less than 2^32 microseconds: more than a second is tolerated, since some writers did not carry.
  nanoseconds = std::min(nanoseconds, (std::uint64_t{1} << 32) * 1000);
  static_assert((std::uint64_t{1} << 32) * 1000 / kPerSecond < 200'000'000);
  return Timestamp{std::chrono::seconds(seconds)} + std::chrono::nanoseconds(nanoseconds);
}

namespace {

// To add a capture format: one file beside this one, one row.
struct Format {
  const char* name;
  bool (*is)(Bytes) noexcept;
  std::unique_ptr<PacketSource> (*open)(Octets, InputFacts, std::uint32_t, const Limits*);
};
constexpr std::array kFormats{
    Format{"pcap", is_pcap, open_pcap},
    Format{"pcapng", is_pcapng, open_pcapng},
};
/// Asked last: it needs to see more, and says itself what kind of text it is.
constexpr Format kText{"text", is_text_capture, open_text};

// What else a person may hand us by mistake. %s is replaced by the file's name.
struct Stranger {
  std::string_view magic;
  std::string_view what;
  std::string_view remedy;
};
constexpr std::string_view kConvert = "convert it: editcap -F pcap %s capture.pcap";
using namespace std::string_view_literals;
constexpr std::array kStrangers{
    Stranger{"\x28\xb5\x2f\xfd"sv, "is compressed with zstd", "run: zstd -dc %s | mailseal check -"},
    Stranger{"\xfd\x37zXZ\0"sv, "is compressed with xz", "run: xz -dc %s | mailseal check -"},
    Stranger{"BZh"sv, "is compressed with bzip2", "run: bzip2 -dc %s | mailseal check -"},
    Stranger{"\x04\x22\x4d\x18"sv, "is compressed with lz4", "run: lz4 -dc %s | mailseal check -"},
    Stranger{"PK\3\4"sv, "is a zip archive", "run: unzip -p %s | mailseal check -"},
    Stranger{"7z\xbc\xaf\x27\x1c"sv, "is a 7z archive", "run: 7z x -so %s | mailseal check -"},
    Stranger{"snoop\0\0\0"sv, "is a snoop capture", kConvert},
    Stranger{"GMBU"sv, "is a Network Monitor capture", kConvert},
    Stranger{"RTSS"sv, "is a Network Monitor capture", kConvert},
    Stranger{"XCP\0"sv, "is a NetXRay capture", kConvert},
    Stranger{"TRSNIFF data"sv, "is a Sniffer capture", kConvert},
    Stranger{"iptrace "sv, "is an AIX iptrace capture", kConvert},
};

/// A name as it may stand within one line.
std::string in_one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

/// A name as a shell takes it.
std::string as_word(const std::string& name) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+/=:@%,";
  if (!name.empty() && name.find_first_not_of(kPlain) == std::string::npos) return name;
  std::string word = "'";
  for (const char c : name) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

tl::unexpected<Error> unusable(const std::string& path, const std::string& why) {
  return fail("cannot read " + (path == "-" ? "standard input" : in_one_line(path)) + ": " + why);
}

/// No zeros but those of UTF-16, of which a mark tells.
bool may_be_text(Bytes beginning) noexcept {
  const std::string_view text = as_text(beginning);
  return !text.empty() &&
         (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff") || text.find('\0') == text.npos);
}

/// No control characters, and an ASCII character or a UTF-8 mark to begin with.
bool looks_like_text(Bytes beginning) {
  beginning = beginning.first(std::min(beginning.size(), kMagicBytes));
  const auto first = std::to_integer<unsigned>(beginning[0]);
  if (first >= 0x80 && first != 0xef) return false;
  return std::all_of(beginning.begin(), beginning.end(), [](std::byte b) {
    const auto c = std::to_integer<unsigned>(b);
    return c >= 0x20 ? c != 0x7f : c == '\t' || c == '\n' || c == '\r' || c == 0x1b;
  });
}

std::string why_no_capture(Bytes beginning, const std::string& path) {
  for (const Stranger& s : kStrangers) {
    if (!as_text(beginning).starts_with(s.magic)) continue;
    std::string why = "it " + std::string(s.what) + "; " + std::string(s.remedy);
    // What came by a pipe is to be unpacked in that pipe.
    if (const auto place = why.find("%s"); place != std::string::npos)
      why.replace(place, 2, path == "-" ? "FILE" : in_one_line(as_word(path)));
    return why;
  }
  if (const auto what = text_without_octets(beginning); !what.empty()) return std::string(what);
  if (looks_like_text(beginning)) return "it is text, no capture; record packets with: tcpdump -w FILE";
  std::string magic;
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const std::byte b : beginning.first(std::min<std::size_t>(beginning.size(), 4))) {
    magic += kHex[std::to_integer<unsigned>(b) >> 4];
    magic += kHex[std::to_integer<unsigned>(b) & 15];
  }
  return "it is neither pcap nor pcapng (it begins with 0x" + magic + "); record packets with: tcpdump -w FILE";
}

/// Closes what it opened; standard input it leaves open.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ > STDIN_FILENO) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  std::ptrdiff_t read_some(std::span<std::byte> room) const {
    for (;;) {
      const ssize_t got = ::read(fd_, room.data(), room.size());
      if (got >= 0 || errno != EINTR) return got;
    }
  }

 private:
  int fd_;
};

std::string why_not_opened(int error) {
  switch (error) {
    case ENOENT:
      return "there is no such file; look at its name";
    case ENOTDIR:
      return "a part of its path is no directory; look at its name";
    case EACCES:
    case EPERM:
      return "permission denied; run as a user who may read it";
    default:
      return std::strerror(error);
  }
}

}  // namespace

Expected<std::unique_ptr<PacketSource>> open_octets(ReadSome read, const std::string& path, std::uint32_t input,
                                                    const Limits* limits) {
  Octets octets(std::move(read));
  // Four octets tell the formats; only what is none of them is waited for further.
  (void)octets.ensure(2);
  if (is_gzip(octets.first(std::min<std::size_t>(octets.left(), 2)))) octets.inflate();
  for (const std::size_t n : {std::size_t{4}, kMagicBytes}) {
    (void)octets.ensure(n);
    const Bytes beginning = octets.first(std::min(octets.left(), n));
    for (const Format& format : kFormats) {
      if (!format.is(beginning)) continue;
      InputFacts facts;
      facts.path = path;
      facts.format = format.name;
      return format.open(std::move(octets), std::move(facts), input, limits);
    }
  }
  const auto beginning = [&](std::size_t most) { return octets.first(std::min(octets.left(), most)); };
  if (may_be_text(beginning(kMagicBytes))) {
    (void)octets.ensure(kTextBytes);
    if (kText.is(beginning(kTextBytes))) {
      InputFacts facts;
      facts.path = path;
      return kText.open(std::move(octets), std::move(facts), input, limits);
    }
  }
  if (octets.error() == EISDIR) return unusable(path, "it is a directory; name the captures in it");
  if (octets.error() != 0) return unusable(path, std::strerror(octets.error()));
  if (octets.cut()) return unusable(path, "it is gzip, but damaged from its beginning on; copy it again");
  if (octets.left() == 0) return unusable(path, "it is empty; record packets with: tcpdump -w FILE");
  return unusable(path, why_no_capture(beginning(kTextBytes), path));
}

Expected<std::unique_ptr<PacketSource>> open_file(const std::filesystem::path& path, std::uint32_t input,
                                                  const Limits* limits) {
  const std::string name = path.string();
  int fd = STDIN_FILENO;
  if (name == "-") {
    if (isatty(fd) != 0)
      return unusable(name, "it is a terminal; pipe a capture into it: tcpdump -w - | mailseal check -");
  } else {
    fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return unusable(name, why_not_opened(errno));
  }
  auto file = std::make_shared<Descriptor>(fd);
  return open_octets([file](std::span<std::byte> room) { return file->read_some(room); }, name, input, limits);
}

}  // namespace mailseal
