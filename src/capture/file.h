// file: what all capture files share, whatever their format: the octets, the facts
// gathered while packets pass, and the ways in which a file ends.
//
// A format is a class that derives from FileSource and answers next(); its row stands in
// file.cpp. No error is thrown and none is lost: the end's cause stands in the facts.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "mailseal/base/expected.h"
#include "mailseal/capture.h"
#include "octets.h"

namespace mailseal {

class FileSource : public PacketSource {
 public:
  FileSource(Octets octets, InputFacts facts, std::uint32_t input, const Limits* limits)
      : octets_(std::move(octets)), facts_(std::move(facts)), limits_(limits), input_(input) {}

  const InputFacts& facts() override;
  void renumber(std::uint32_t input) override { input_ = input; }
  void meanwhile() override { octets_.digest_some(); }

 protected:
  /// Numbers a packet and takes its facts. No time: a simple packet block, which has none;
  /// it counts as seen at the time of the packet before.
  Captured packet(std::optional<Timestamp>, LinkType, std::uint32_t wire_bytes, Bytes);
  void packet(PacketView&, std::optional<Timestamp>, LinkType, std::uint32_t wire_bytes, Bytes);

  /// Each ends the input for good, drained and digested.
  Captured end_of_data();  ///< fewer octets are left than a record needs: complete only if none
  Captured error(std::string what);

  Octets octets_;
  InputFacts facts_;
  const Limits* limits_;
  std::uint64_t frames_ = 0;  // packets, and what else Wireshark numbers
  bool ended_ = false;
  std::uint32_t interface_ = 0;  ///< of the next packet(), in InputFacts::interfaces

 private:
  Captured end(std::string how);
  std::uint32_t input_;
};

inline void count_packet(InputFacts& facts, std::uint64_t frame, std::optional<Timestamp> time) noexcept {
  ++facts.packets;
  if (!time) return;
  if (!facts.first) facts.first = time;
  if (facts.last && *time < *facts.last - std::chrono::seconds(1) && facts.backward_steps++ == 0)
    facts.backward_frame = frame;
  facts.last = time;
}

inline void FileSource::packet(PacketView& view, std::optional<Timestamp> time, LinkType link, std::uint32_t wire_bytes,
                               Bytes bytes) {
  count_packet(facts_, ++frames_, time);
  view.seen.frame = frames_;
  view.seen.time = facts_.last.value_or(Timestamp{});
  view.seen.input = input_;
  view.link = link;
  view.interface = interface_;
  // Some writers set the length on the wire to 0 or to less than was captured.
  view.wire_bytes = std::max(wire_bytes, static_cast<std::uint32_t>(bytes.size()));
  view.bytes = bytes;
  view.direction = Direction::Unknown;
}

inline Captured FileSource::packet(std::optional<Timestamp> time, LinkType link, std::uint32_t wire_bytes,
                                   Bytes bytes) {
  Captured captured{std::in_place_type<PacketView>};  // built where it is answered, not copied
  packet(*std::get_if<PacketView>(&captured), time, link, wire_bytes, bytes);
  return captured;
}

/// Seconds and nanoseconds since 1970, held within 1970 and 2255 so that times can be
/// subtracted without a thought.
Timestamp clamped_time(std::int64_t seconds, std::uint64_t nanoseconds) noexcept;

/// A path as it may stand within one line; "-" as "standard input".
std::string shown(std::string path);

/// Closes what it opened; standard input it leaves open.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  std::ptrdiff_t read_some(std::span<std::byte> room) const;
  int number() const noexcept { return number_; }

 private:
  int number_;
};
Expected<std::shared_ptr<Descriptor>> open_descriptor(const std::filesystem::path&);

/// The first capture that lies in some octets; tests and fuzzers begin here.
Expected<std::unique_ptr<PacketSource>> open_octets(ReadSome, const std::string& path, std::uint32_t input,
                                                    const Limits*);
/// A capture, also compressed, in `octets`, which then are its own. nullptr: they hold none, and stand at the
/// beginning, unpacked, for whoever knows what else it may be.
std::unique_ptr<PacketSource> open_capture(Octets& octets, InputFacts, std::uint32_t input, const Limits*);
/// One line of what they are instead.
std::string why_no_capture(const Octets&, const std::string& path);

// One per format: "is it yours?" is asked with up to kMagicBytes of the beginning.
inline constexpr std::size_t kMagicBytes = 512;
bool is_pcap(Bytes beginning) noexcept;
bool is_pcapng(Bytes beginning) noexcept;
bool is_snoop(Bytes beginning) noexcept;
/// How much of a text is looked at for packets, which may begin behind much that is none.
inline constexpr std::size_t kTextBytes = 64u << 10;
bool is_text_capture(Bytes beginning) noexcept;
/// What text is that looks like a sniffer's and holds no octets, and what to do; empty: it is none.
std::string_view text_without_octets(Bytes beginning) noexcept;
std::unique_ptr<PacketSource> open_text(Octets, InputFacts, std::uint32_t input, const Limits*);
std::unique_ptr<PacketSource> open_pcap(Octets, InputFacts, std::uint32_t input, const Limits*);
std::unique_ptr<PacketSource> open_pcapng(Octets, InputFacts, std::uint32_t input, const Limits*);
std::unique_ptr<PacketSource> open_snoop(Octets, InputFacts, std::uint32_t input, const Limits*);

}  // namespace mailseal
