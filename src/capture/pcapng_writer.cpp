// PcapngWriter: the few blocks that evidence needs, little-endian, one section.
#include <algorithm>
#include <array>
#include <ostream>

#include "mailseal/capture.h"

namespace mailseal {
namespace {

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a, kInterface = 1, kStatistics = 5, kEnhancedPacket = 6;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint16_t kEnd = 0, kComment = 1, kName = 2, kFlags = 2, kResolution = 9, kApplication = 4, kFilter = 11,
                        kDropped = 5;
constexpr std::size_t kTextBytes = 4096;  // of a comment or name

template <class Int>
void put(std::string& out, Int value) {
  for (std::size_t i = 0; i < sizeof(Int); ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

void pad(std::string& out) { out.resize((out.size() + 3) & ~std::size_t{3}); }

void option(std::string& out, std::uint16_t code, std::string_view value) {
  value = value.substr(0, kTextBytes);
  put(out, code);
  put(out, static_cast<std::uint16_t>(value.size()));
  out += value;
  pad(out);
}

}  // namespace

PcapngWriter::PcapngWriter(std::ostream* out, std::string_view program) : out_(*out) {
  std::string body;
  put(body, kByteOrderMagic);
  put(body, std::uint16_t{1});  // version 1.0
  put(body, std::uint16_t{0});
  put(body, ~std::uint64_t{0});  // length not told
  option(body, kApplication, program);
  option(body, kEnd, {});
  block(kSectionHeader, body);
}

std::uint32_t PcapngWriter::interface(const InterfaceFacts& facts, std::string_view comment) {
  std::string body;
  put(body, static_cast<std::uint16_t>(facts.link_type));
  put(body, std::uint16_t{0});
  put(body, facts.snap_length);
  if (facts.name) option(body, kName, *facts.name);
  if (!comment.empty()) option(body, kComment, comment);
  option(body, kResolution, std::string_view("\x09", 1));  // 10^-9 s
  if (!facts.filter.empty()) option(body, kFilter, std::string(1, '\0') + facts.filter);
  option(body, kEnd, {});
  block(kInterface, body);
  return interfaces_++;
}

void PcapngWriter::packet(std::uint32_t interface, const PacketView& view, std::string_view comment) {
  std::string body;
  const auto ticks = static_cast<std::uint64_t>(view.seen.time.time_since_epoch().count());
  put(body, interface);
  put(body, static_cast<std::uint32_t>(ticks >> 32));
  put(body, static_cast<std::uint32_t>(ticks));
  put(body, static_cast<std::uint32_t>(view.bytes.size()));
  put(body, view.wire_bytes);
  body += as_text(view.bytes);
  pad(body);
  if (!comment.empty()) option(body, kComment, comment);
  if (view.direction != Direction::Unknown) {
    std::string flags;
    put(flags, std::uint32_t{view.direction == Direction::In ? 1u : 2u});  // draft-ietf-opsawg-pcapng 4.3.1
    option(body, kFlags, flags);
  }
  if (!comment.empty() || view.direction != Direction::Unknown) option(body, kEnd, {});
  block(kEnhancedPacket, body);
}

void PcapngWriter::dropped(std::uint32_t interface, std::uint64_t packets) {
  std::string body, value;
  put(body, interface);
  put(body, std::uint64_t{0});  // no time
  put(value, packets);
  option(body, kDropped, value);
  option(body, kEnd, {});
  block(kStatistics, body);
}

void PcapngWriter::block(std::uint32_t type, std::string_view body) {
  std::string frame;
  const auto length = static_cast<std::uint32_t>(body.size() + 12);
  put(frame, type);
  put(frame, length);
  frame += body;
  put(frame, length);
  out_.write(frame.data(), static_cast<std::streamsize>(frame.size()));
}

}  // namespace mailseal
