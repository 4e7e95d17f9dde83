// files: packets written as capture files of every form.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "packets.h"

namespace mailseal::packets {

template <class Int>
void put(std::string& out, Int value, bool swap) {
  char octets[sizeof value];
  std::memcpy(octets, &value, sizeof value);
  if (swap) std::reverse(octets, octets + sizeof value);
  out.append(octets, sizeof value);
}

struct FileForm {
  const char* name;
  bool nanoseconds, other_order, next_generation;
};

inline std::string as_file(const Packets& packets, const FileForm& form) {
  std::string out;
  const bool swap = form.other_order;
  const auto u16 = [&](unsigned v) { put(out, static_cast<std::uint16_t>(v), swap); };
  const auto u32 = [&](std::uint64_t v) { put(out, static_cast<std::uint32_t>(v), swap); };
  const std::int64_t unit = form.nanoseconds ? 1 : 1000;
  if (!form.next_generation) {
    u32(form.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4);
    u16(2), u16(4), u32(0), u32(0), u32(1 << 20), u32(static_cast<std::uint32_t>(packets.front().link));
    for (const Packet& p : packets) {
      const std::int64_t ns = p.time.time_since_epoch().count();
      u32(static_cast<std::uint64_t>(ns / 1'000'000'000)), u32(static_cast<std::uint64_t>(ns % 1'000'000'000 / unit));
      u32(p.octets.size()), u32(p.wire);
      out += p.octets;
    }
    return out;
  }
  u32(0x0a0d0d0a), u32(28), u32(0x1a2b3c4d), u16(1), u16(0), u32(~0u), u32(~0u), u32(28);
  std::vector<LinkType> interfaces;
  for (const Packet& p : packets) {
    auto known = std::find(interfaces.begin(), interfaces.end(), p.link);
    if (known == interfaces.end()) {
      u32(1), u32(32), u16(static_cast<unsigned>(p.link)), u16(0), u32(1 << 20);
      u16(9), u16(1), out += std::string{form.nanoseconds ? '\x09' : '\x06', 0, 0, 0}, u32(0), u32(32);
      known = interfaces.insert(known, p.link);
    }
    const std::size_t padding = (4 - p.octets.size() % 4) % 4, length = 32 + p.octets.size() + padding;
    const auto ticks = static_cast<std::uint64_t>(p.time.time_since_epoch().count() / unit);
    u32(6), u32(length), u32(static_cast<std::uint64_t>(known - interfaces.begin()));
    u32(ticks >> 32), u32(ticks & 0xffffffff), u32(p.octets.size()), u32(p.wire);
    out += p.octets + std::string(padding, '\0');
    u32(length);
  }
  return out;
}

/// A file without a name.
class ScratchFile {
 public:
  explicit ScratchFile(std::string_view octets) : file_(memfd_create("capture", 0)) {
    EXPECT_EQ(write(file_, octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
  }
  ~ScratchFile() { close(file_); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  std::filesystem::path name() const { return "/proc/self/fd/" + std::to_string(file_); }
  void shorten(std::size_t octets) const { EXPECT_EQ(ftruncate(file_, static_cast<off_t>(octets)), 0); }

 private:
  int file_;
};

}  // namespace mailseal::packets
