// capture: packets out of files, pipes and live ports.
//
// Files are read by our own reader, because libpcap refuses a pcapng whose
// interfaces differ in link type and hides statistics blocks; live ports by
// libpcap. One pass: the digest of a file is taken while it is read.
//
//   next stage: decode.h
//
// Formats: draft-ietf-opsawg-pcap (magic a1b2c3d4, a1b23c4d, both byte orders),
//          draft-ietf-opsawg-pcapng (SHB, IDB, EPB, SPB, obsolete PB, ISB, and DSB for who asks; others skipped).
// Errors:  opening answers Expected with one line for a person. What goes wrong later
//          ends the input and stands in InputFacts::ended; packets before it count.
#pragma once

#include <cstdint>
#include <filesystem>
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
#include "mailseal/base/place.h"

namespace mailseal {

/// Link types as the LINKTYPE_ registry numbers them (tcpdump.org/linktypes.html).
enum class LinkType : std::uint32_t {};

struct PacketView {
  Seen seen;  ///< input, frame and time; side and offset mean nothing yet
  LinkType link{};
  std::uint32_t wire_bytes;     ///< length on the wire; bytes.size() is less when the snap length cut it
  Bytes bytes;                  ///< valid until the next call of PacketSource::next()
  std::uint32_t interface = 0;  ///< in InputFacts::interfaces; beyond their number where too many were described
};
struct Idle {};          ///< live only: nothing for now
struct EndOfCapture {};  ///< why: InputFacts::ended

using Captured = std::variant<PacketView, Idle, EndOfCapture>;

struct InterfaceFacts {
  std::optional<std::string> name;  ///< as the file says; from strangers, escape it
  std::uint32_t link_type = 0;
  std::uint32_t snap_length = 0;  ///< 0: no limit told
  std::string filter{};           ///< of what was captured, as the file says (pcapng if_filter); likewise; empty: none
};

/// What a report says of one input. Complete once next() has answered EndOfCapture.
struct InputFacts {
  std::string path;        ///< as given; "-" for standard input, the interface's name when live
  std::string format;      ///< "pcap", "pcapng", "live"
  std::string sha256;      ///< of all octets, also those behind an error; empty when live
  std::uint64_t size = 0;  ///< octets
  std::vector<InterfaceFacts> interfaces;
  std::uint64_t packets = 0;
  std::optional<Timestamp> first, last;         ///< of the first and last packet in file order
  std::uint64_t backward_steps = 0;             ///< packets more than 1 s earlier than the one before
  std::optional<std::uint64_t> backward_frame;  ///< the first of them
  std::optional<std::uint64_t> dropped;         ///< by the capturing system; nullopt: it does not say
  std::string ended = "complete";               ///< "complete", "truncated", "error: ..."
  bool undated = false;  ///< times count from its own beginning: it is not set on a time line with others
};

/// Not thread-safe; owned by the reading thread.
class PacketSource {
 public:
  virtual ~PacketSource() = default;
  virtual Captured next() = 0;
  /// The next packets that lie in memory already, as many as there is room for; 0: ask next().
  /// What was answered before stays valid.
  virtual std::size_t at_hand(std::span<PacketView>) { return 0; }
  /// From here on the secrets that stand among the packets go there, as they are met; it must outlive the source.
  virtual void secrets_go_to(KeyLog*) {}
  /// Blocks of them that stood behind packets.
  virtual std::uint64_t late_secrets() const { return 0; }
  /// Packets from here on are numbered as those of this input: it was opened before its place was known.
  virtual void renumber(std::uint32_t) {}
  virtual const InputFacts& facts() = 0;
};

/// pcap or pcapng, told apart by content, not by name; "-" is standard input, pipes are
/// fine. `input` numbers it. The error says what is wrong in one line: not found, no
/// permission, a directory, empty file, not a capture, a compression other than gzip (which to undo first).
/// `limits` is kept and must outlive the source.
Expected<std::unique_ptr<PacketSource>> open_file(const std::filesystem::path&, std::uint32_t input,
                                                  const Limits* limits);

/// The secrets that stand behind the last packet of a pcapng: found from its end, so that they are known before the
/// packets that need them; says how many blocks. Of pipes, and of what is compressed, none; errors are told by
/// open_file().
std::uint64_t read_secrets_at_end(const std::filesystem::path&, const Limits&, KeyLog*);

/// Writes one pcapng section, times in nanoseconds (draft-ietf-opsawg-pcapng, SHB, IDB, EPB).
/// `out` is kept; whether all could be written is the stream's state.
class PcapngWriter {
 public:
  PcapngWriter(std::ostream* out, std::string_view program);
  /// The number that packets of it are written with.
  std::uint32_t interface(const InterfaceFacts&, std::string_view comment);
  /// `comment` may be empty. Of `view` the time, the lengths and the octets are written.
  void packet(std::uint32_t interface, const PacketView&, std::string_view comment);

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
