// files: capture files written octet by octet, and readers of them that answer in text.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "fields.h"
#include "file.h"
#include "mailseal/base/parsed.h"

namespace mailseal::files {

/// Numbers in the byte order of the machine that "wrote" the file.
struct Writer {
  ByteOrder order = ByteOrder::Little;

  template <class Int>
  std::string number(Int value) const {
    const bool native = (order == ByteOrder::Big) == (std::endian::native == std::endian::big);
    if (!native) value = swapped(value);
    std::string octets(sizeof value, '\0');
    std::memcpy(octets.data(), &value, sizeof value);
    return octets;
  }
  std::string u16(unsigned v) const { return number(static_cast<std::uint16_t>(v)); }
  std::string u32(std::uint64_t v) const { return number(static_cast<std::uint32_t>(v)); }
  std::string u64(std::uint64_t v) const { return number(v); }

  // pcap
  std::string header(std::uint32_t magic = 0xa1b2c3d4, std::uint32_t link = 1, std::uint32_t snap = 262'144,
                     unsigned major = 2, unsigned minor = 4) const {
    return u32(magic) + u16(major) + u16(minor) + u32(0) + u32(0) + u32(snap) + u32(link);
  }
  std::string record(std::uint32_t seconds, std::uint32_t fraction, std::string_view bytes,
                     std::uint32_t wire = 0) const {
    return u32(seconds) + u32(fraction) + u32(bytes.size()) + u32(wire != 0 ? wire : bytes.size()) + std::string(bytes);
  }

  // pcapng
  static std::string padded(std::string_view bytes) {
    return std::string(bytes) + std::string((4 - bytes.size() % 4) % 4, '\0');
  }
  std::string block(std::uint32_t type, std::string_view body) const {
    const std::string b = padded(body);
    return u32(type) + u32(b.size() + 12) + b + u32(b.size() + 12);
  }
  std::string option(unsigned code, std::string_view value) const {
    return u16(code) + u16(static_cast<unsigned>(value.size())) + padded(value);
  }
  std::string no_more() const { return u32(0); }
  std::string section() const { return block(0x0a0d0d0a, u32(0x1a2b3c4d) + u16(1) + u16(0) + u64(~std::uint64_t{0})); }
  std::string interface(unsigned link, const std::string& options = "", std::uint32_t snap = 262'144) const {
    return block(1, u16(link) + u16(0) + u32(snap) + options);
  }
  std::string enhanced(std::uint32_t id, std::uint64_t ticks, std::string_view bytes, std::uint32_t wire = 0,
                       const std::string& options = "") const {
    return block(6, u32(id) + u32(ticks >> 32) + u32(ticks) + u32(bytes.size()) + u32(wire != 0 ? wire : bytes.size()) +
                        padded(bytes) + options);
  }
  std::string simple(std::string_view bytes, std::uint32_t wire = 0) const {
    return block(3, u32(wire != 0 ? wire : bytes.size()) + padded(bytes));
  }
  std::string obsolete(unsigned id, unsigned drops, std::uint64_t ticks, std::string_view bytes) const {
    return block(2, u16(id) + u16(drops) + u32(ticks >> 32) + u32(ticks) + u32(bytes.size()) + u32(bytes.size()) +
                        padded(bytes));
  }
  std::string statistics(std::uint32_t id, const std::string& options) const {
    return block(5, u32(id) + u64(0) + options);
  }
};

/// Octets handed out in pieces of at most `piece`, as a pipe does.
inline ReadSome in_pieces(std::string octets, std::size_t piece) {
  return [octets = std::move(octets), at = std::size_t{0}, piece](std::span<std::byte> room) mutable {
    const std::size_t n = std::min({piece, room.size(), octets.size() - at});
    std::memcpy(room.data(), octets.data() + at, n);
    at += n;
    return static_cast<std::ptrdiff_t>(n);
  };
}

/// What came of a file: one line per packet, "1.000000500 link 1 'abc' of 3".
struct Result {
  std::vector<std::string> packets;
  std::vector<std::uint64_t> frames;
  InputFacts facts;
  std::string error;  // of opening
};

inline Result read_all(Expected<std::unique_ptr<PacketSource>> opened) {
  Result result;
  if (!opened) {
    result.error = opened.error().message;
    return result;
  }
  PacketSource& source = **opened;
  const auto tell = [&result](const PacketView& p) {
    result.frames.push_back(p.seen.frame);
    const auto nanos = p.seen.time.time_since_epoch().count();
    char time[32];
    std::snprintf(time, sizeof time, "%lld.%09lld", static_cast<long long>(nanos / 1'000'000'000),
                  static_cast<long long>(nanos % 1'000'000'000));
    result.packets.push_back(std::string(time) + " link " + std::to_string(static_cast<std::uint32_t>(p.link)) + " '" +
                             std::string(as_text(p.bytes)) + "' of " + std::to_string(p.wire_bytes));
  };
  std::array<PacketView, 3> packets;
  for (;;) {
    // One by one and together, as they come; together they stay where they are.
    const Captured captured = source.next();
    const auto* p = std::get_if<PacketView>(&captured);
    if (p == nullptr) {
      EXPECT_TRUE(std::holds_alternative<EndOfCapture>(captured));
      EXPECT_EQ(source.at_hand(packets), 0U);
      EXPECT_TRUE(std::holds_alternative<EndOfCapture>(source.next())) << "the end stays the end";
      break;
    }
    const std::string said(as_text(p->bytes));
    const std::size_t more = source.at_hand(packets);
    EXPECT_EQ(as_text(p->bytes), said);
    tell(*p);
    for (std::size_t i = 0; i < more; ++i) tell(packets[i]);
  }
  result.facts = source.facts();
  EXPECT_EQ(result.facts.packets, result.packets.size());
  return result;
}

inline const Limits kLimits;

inline Result read_text(const std::string& octets, std::size_t piece = 1 << 20, const Limits* limits = &kLimits) {
  return read_all(open_octets(in_pieces(octets, piece), "test", 0, limits));
}

}  // namespace mailseal::files
