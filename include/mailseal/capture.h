// capture: packets out of files, pipes and live ports.
//
// Files are read by our own reader, because libpcap refuses a pcapng whose
// interfaces differ in link type and hides statistics blocks; live ports by
// libpcap. One pass: the digest of a file is taken while it is read.
//
//   next stage: decode.h
//
// Formats: draft-ietf-opsawg-pcap (micro- and nanoseconds, both byte orders, Kuznetzov's, netsniff-ng's, Ixia's),
//          draft-ietf-opsawg-pcapng (SHB, IDB, EPB, SPB, obsolete PB, ISB, and DSB for who asks; others skipped),
//          snoop (RFC 1761), also as Check Point's fw monitor writes it.
//          Compressed by gzip, zstd, xz, bzip2, lz4, lzma, lzip, compress; members of zip, 7z, tar, cpio and cab.
//          Nothing is written to disk; what may be unpacked is bounded by Limits.
//          Text that sniffers print, where it shows the packets' octets (src/capture/text/), and FortiGate's without.
// Errors:  opening answers Expected with one line for a person. What goes wrong later
//          ends the input and stands in InputFacts::ended; packets before it count.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mailseal/base/bytes.h"
#include "mailseal/base/expected.h"
#include "mailseal/base/key_log.h"
#include "mailseal/base/limits.h"
#include "mailseal/base/meanwhile.h"
#include "mailseal/base/place.h"

namespace mailseal {

/// Link types as the LINKTYPE_ registry numbers them (tcpdump.org/linktypes.html).
enum class LinkType : std::uint32_t {};

/// As the capturing device says it: into it or out of it.
enum class Direction : std::uint8_t { Unknown, In, Out };

struct PacketView {
  Seen seen;  ///< input, frame and time; side and offset mean nothing yet
  LinkType link{};
  std::uint32_t wire_bytes;     ///< length on the wire; bytes.size() is less when the snap length cut it
  Bytes bytes;                  ///< valid until the next call of PacketSource::next()
  std::uint32_t interface = 0;  ///< in InputFacts::interfaces; beyond their number where too many were described
  Direction direction = Direction::Unknown;
};
struct Idle {};          ///< live only: nothing for now
struct EndOfCapture {};  ///< why: InputFacts::ended

using Captured = std::variant<PacketView, Idle, EndOfCapture>;

/// Which member of an archive: its number there (from 1), and so on for each archive in an archive; empty: the file.
using Member = std::vector<std::uint32_t>;

struct InterfaceFacts {
  std::optional<std::string> name;  ///< as the file says; from strangers, escape it. fw monitor: "eth0:i"
  std::uint32_t link_type = 0;
  std::uint32_t snap_length = 0;  ///< 0: no limit told
  std::string filter{};           ///< of what was captured, as the file says (pcapng if_filter); likewise; empty: none
};

/// Where packets stand in a text: the line that announces each, else the first of its octets. From 1.
class FrameLines {
 public:
  void add(std::uint64_t frame, std::uint64_t line);
  /// Once, where they were not added in order.
  void settle();
  std::optional<std::uint64_t> line_of(std::uint64_t frame) const noexcept;

 private:
  struct Entry {
    std::uint64_t frame, line;
  };
  std::vector<Entry> entries_;
};

/// What the times of a text are.
enum class TextClock : std::uint8_t {
  Utc,      ///< since 1970
  Unzoned,  ///< dated, and whether in UTC or in local time the text does not say; taken as UTC
  Undated   ///< counted from where the capture began, or from midnight: the date is 1970-01-01 and means nothing
};
std::string_view to_string(TextClock) noexcept;  ///< "utc", "unzoned", "undated"

/// Of a capture that is text.
struct TextFacts {
  TextClock clock = TextClock::Utc;
  std::uint64_t first_line = 0, last_line = 0;  ///< of what was read as packets; 0: none was
  std::uint64_t damaged = 0;                    ///< packets of which a row is damaged or missing: cut there
  std::optional<std::uint64_t> damaged_line;    ///< where that shows first
  std::uint64_t without_octets = 0;             ///< packets that are announced and not printed
  FrameLines lines;                             ///< of the first Limits::text_frames
};

/// What a report says of one input. Complete once next() has answered EndOfCapture.
struct InputFacts {
  std::string path;    ///< as given; "-" for standard input, the interface's name when live. Of a member of an
                       ///< archive "ticket.zip/port1.pcap", whose name is from strangers: escape it
  std::string format;  ///< "pcap", "pcapng", "snoop", "live", "fortigate-text", "tcpdump-text", ...
  /// Of all octets of the file, or of the member as unpacked from its archive, also those behind an error; where they
  /// are compressed themselves, as they are stored. Empty when live, or where not all could be unpacked.
  std::string sha256;
  std::uint64_t size = 0;  ///< octets, of the same
  std::vector<InterfaceFacts> interfaces;
  std::uint64_t packets = 0;
  std::optional<Timestamp> first, last;         ///< of the first and last packet in file order
  std::uint64_t backward_steps = 0;             ///< packets more than 1 s earlier than the one before
  std::optional<std::uint64_t> backward_frame;  ///< the first of them
  std::optional<std::uint64_t> dropped;         ///< by the capturing system; nullopt: it does not say
  std::string ended = "complete";               ///< "complete", "truncated", "error: ..."
  std::string packed{};                         ///< "gzip", "zip, zstd": what it lay in, outermost first
  std::string file{};                           ///< of a member: the path of the archive; else empty
  Member member{};                              ///< likewise, to open it again
  std::shared_ptr<const TextFacts> text = {};   ///< nullptr: it is no text
};

/// Whether its times have a date.
inline bool is_dated(const InputFacts& input) noexcept {
  return !input.text || input.text->clock != TextClock::Undated;
}

/// Not thread-safe; owned by the reading thread.
class PacketSource : public Meanwhile {
 public:
  virtual Captured next() = 0;
  /// The next packets that lie in memory already, as many as there is room for; 0: ask next().
  /// What was answered before stays valid.
  virtual std::size_t at_hand(std::span<PacketView>) { return 0; }
  /// A little of what was read is digested.
  void meanwhile() override {}
  /// From here on the secrets that stand among the packets go there, as they are met; it must outlive the source.
  virtual void secrets_go_to(KeyLog*) {}
  /// Blocks that may hold them and were met, whether anybody asked or not.
  virtual std::uint64_t secrets_met() const { return 0; }
  /// Blocks of them that stood behind packets.
  virtual std::uint64_t late_secrets() const { return 0; }
  /// Packets from here on are numbered as those of this input: it was opened before its place was known.
  virtual void renumber(std::uint32_t) {}
  virtual const InputFacts& facts() = 0;
};

/// Fills the beginning of the span and answers how much; 0 at the end of the input,
/// -1 with errno set when it cannot be read. May block.
using ReadSome = std::function<std::ptrdiff_t(std::span<std::byte>)>;

/// One thing that lies in an input.
struct Content {
  /// Stranger: no capture. Unreadable: it might be one, or the captures behind it are not reached.
  enum class What : std::uint8_t { Capture, Stranger, Unreadable } what;
  std::string path;  ///< as InputFacts::path
  Member member;
  std::unique_ptr<PacketSource> source;  ///< of a capture; it outlives Contents, if it is read before the next
  std::string why;                       ///< else, in one line for a person, what hinders and what to do
};

class KeptMembers;

/// What lies in an input, in one pass and in the order in which it is stored: a capture, or the members of an archive,
/// archives in it too. All are told apart by content, not by name; "-" is standard input, pipes are fine. Names of
/// members are only told, never used as paths. `limits` is kept and must outlive it and the sources.
class Contents {
 public:
  static Expected<Contents> open(const std::filesystem::path&, const Limits* limits);
  /// `size`: how much is stored, where it is known; else 0.
  static Contents over(ReadSome, std::string path, const Limits* limits, std::uint64_t size = 0);
  Contents(Contents&&) noexcept;
  Contents& operator=(Contents&&) noexcept;
  ~Contents();

  /// nullopt: there is no more. Where something cannot be unpacked, the walk may go on behind it. `input` numbers the
  /// source.
  std::optional<Content> next(std::uint32_t input);
  /// The source of the last member lives still.
  bool in_use() const noexcept;

 private:
  friend class Archives;
  struct Impl;
  explicit Contents(std::unique_ptr<Impl>);
  static Expected<Contents> open(const std::filesystem::path&, const Limits* limits, KeptMembers*);
  std::unique_ptr<Impl> impl_;
};

/// The capture in a file. The error says what is wrong in one line: not found, no permission, a directory, empty file,
/// not a capture.
Expected<std::unique_ptr<PacketSource>> open_file(const std::filesystem::path&, std::uint32_t input,
                                                  const Limits* limits);

/// Files whose members are opened more than once and in any order, without unpacking all that stands before each again
/// and again: small ones are kept when contents() comes by them. `limits` is kept and must outlive it and the sources.
class Archives {
 public:
  explicit Archives(const Limits* limits);
  ~Archives();

  /// To look through; of what is no regular file nothing is kept.
  Expected<Contents> contents(const std::filesystem::path&);
  /// As open_file(), of that member, if one is named.
  Expected<std::unique_ptr<PacketSource>> open(const std::filesystem::path&, const Member&, std::uint32_t input);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What is read, by name: "pcap", "gzip", "zip".
std::vector<std::string_view> capture_format_names();
std::vector<std::string_view> compression_names();
std::vector<std::string_view> archive_names();

/// The secrets that stand behind the last packet of a pcapng: found from its end, so that they are known before the
/// packets that need them; says how many blocks. Of pipes, and of what is compressed, none; errors are told by
/// open_file().
std::uint64_t read_secrets_at_end(const std::filesystem::path&, const Limits&, KeyLog*);

/// Writes one pcapng section, times in nanoseconds (draft-ietf-opsawg-pcapng, SHB, IDB, EPB, ISB).
/// `out` is kept; whether all could be written is the stream's state.
class PcapngWriter {
 public:
  PcapngWriter(std::ostream* out, std::string_view program);
  /// The number that packets of it are written with.
  std::uint32_t interface(const InterfaceFacts&, std::string_view comment);
  /// `comment` may be empty. Of `view` the time, the lengths, the octets and the direction are written.
  void packet(std::uint32_t interface, const PacketView&, std::string_view comment);
  /// Of that interface, all told.
  void dropped(std::uint32_t interface, std::uint64_t packets);

 private:
  void block(std::uint32_t type, std::string_view body);

  std::ostream& out_;
  std::uint32_t interfaces_ = 0;
};

/// Live through libpcap, promiscuous, whole packets. `filter` is a pcap-filter(7)
/// expression; empty takes everything. next() answers Idle at least four times a second.
Expected<std::unique_ptr<PacketSource>> open_live(const std::string& interface, const std::string& filter,
                                                  std::uint32_t input);

}  // namespace mailseal
