#include "file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "text/sniff.h"

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
  if (const std::string exceeded = octets_.exceeded(); !exceeded.empty())
    return end("error: it " + exceeded + "; unpack it yourself and check what comes out, if you trust it");
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
    Format{"snoop", is_snoop, open_snoop},
};
/// Asked last: it needs to see more, and says itself what kind of text it is.
constexpr Format kText{"text", is_text_capture, open_text};

// What else a person may hand us by mistake. %s is replaced by the file's name.
struct Stranger {
  std::string_view magic;
  std::string_view what;
  std::string_view remedy;
};
constexpr std::string_view kPipe = "pipe a capture into it: tcpdump -w - | mailseal check -";
constexpr std::string_view kConvert = "convert it: editcap -F pcap %s capture.pcap";
using namespace std::string_view_literals;
constexpr std::array kStrangers{
    Stranger{"Rar!\x1a\x07"sv, "is a rar archive", "unpack it and check what comes out: unrar x %s"},
    Stranger{"\x89LZO\0\r\n\x1a\n"sv, "is compressed with lzop", "run: lzop -dc %s | mailseal check -"},
    Stranger{"GMBU"sv, "is a Network Monitor capture", kConvert},
    Stranger{"RTSS"sv, "is a Network Monitor capture", kConvert},
    Stranger{"XCP\0"sv, "is a NetXRay capture", kConvert},
    Stranger{"TRSNIFF data"sv, "is a Sniffer capture", kConvert},
    Stranger{"iptrace "sv, "is an AIX iptrace capture", kConvert},
};

/// A name as a shell takes it.
std::string as_word(const std::string& name) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+/=:@%,";
  if (!name.empty() && name.find_first_not_of(kPlain) == std::string::npos) return name;
  std::string word = "'";
  for (const char c : name) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::string unusable(const std::string& path, const std::string& why) {
  return "cannot read " + shown(path) + ": " + why;
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
      why.replace(place, 2, path == "-" ? "FILE" : shown(as_word(path)));
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
  return "it is no capture that is known (it begins with 0x" + magic + "); record packets with: tcpdump -w FILE";
}

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

std::vector<std::string_view> capture_format_names() {
  std::vector<std::string_view> names;
  for (const Format& format : kFormats) names.emplace_back(format.name);
  for (const std::string_view dialect : dialect_names()) names.push_back(dialect);
  return names;
}

std::string shown(std::string path) {
  if (path == "-") return "standard input";
  for (char& c : path)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return path;
}

std::unique_ptr<PacketSource> open_capture(Octets& octets, InputFacts facts, std::uint32_t input,
                                           const Limits* limits) {
  const auto beginning = [&](std::size_t most) { return octets.first(std::min(octets.left(), most)); };
  const auto open = [&](const Format& format) {
    if (!octets.packed().empty()) facts.packed += (facts.packed.empty() ? "" : ", ") + octets.packed();
    facts.format = format.name;
    return format.open(std::move(octets), std::move(facts), input, limits);
  };
  for (;;) {
    // Four octets tell the binary formats; only what is none of them is waited for further.
    for (const std::size_t n : {std::size_t{4}, kCompressionMagicBytes, kMagicBytes}) {
      (void)octets.ensure(n);
      for (const Format& format : kFormats)
        if (format.is(beginning(n))) return open(format);
      if (n >= kCompressionMagicBytes && find_compression(beginning(n))) break;
    }
    const Compression* compression = find_compression(beginning(kCompressionMagicBytes));
    if (!compression) break;
    if (octets.layers() >= limits->nesting) return nullptr;
    octets.unpack(*compression);
  }
  if (!may_be_text(beginning(kMagicBytes))) return nullptr;
  (void)octets.ensure(kTextBytes);
  return kText.is(beginning(kTextBytes)) ? open(kText) : nullptr;
}

std::string why_no_capture(const Octets& octets, const std::string& path) {
  const Bytes beginning = octets.first(std::min(octets.left(), kTextBytes));
  if (octets.error() == EISDIR) return unusable(path, "it is a directory; name the captures in it");
  if (octets.error() == EBADF) return unusable(path, "it is closed; " + std::string(kPipe));
  if (octets.error() != 0) return unusable(path, std::strerror(octets.error()));
  const std::string compressed = octets.layers() == 0 ? "" : "it is " + octets.packed() + ", ";
  if (octets.cut() && octets.left() == 0)
    return unusable(path, (compressed.empty() ? "it is " : compressed + "but ") +
                              std::string("damaged from its beginning on; copy it again"));
  if (octets.left() == 0) return unusable(path, "it is empty; record packets with: tcpdump -w FILE");
  if (const Compression* deeper = find_compression(beginning.first(std::min(beginning.size(), kCompressionMagicBytes))))
    return unusable(path, compressed + "with " + std::string(deeper->name) + " in it still; unpack it yourself");
  return unusable(
      path, (compressed.empty() ? "" : "unpacked from " + octets.packed() + ", ") + why_no_capture(beginning, path));
}

Expected<std::shared_ptr<Descriptor>> open_descriptor(const std::filesystem::path& path) {
  const std::string name = path.string();
  int number = STDIN_FILENO;
  if (name == "-") {
    if (isatty(number) != 0) return fail(unusable(name, "it is a terminal; " + std::string(kPipe)));
  } else {
    number = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
    if (number < 0) return fail(unusable(name, why_not_opened(errno)));
  }
  return std::make_shared<Descriptor>(number);
}

Descriptor::~Descriptor() {
  if (number_ > STDIN_FILENO) close(number_);
}

std::ptrdiff_t Descriptor::read_some(std::span<std::byte> room) const {
  for (;;) {
    const ssize_t got = ::read(number_, room.data(), room.size());
    if (got >= 0 || errno != EINTR) return got;
  }
}

}  // namespace mailseal
