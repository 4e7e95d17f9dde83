// frames: hand-built headers for the tests of decode, octet by octet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mailseal::frames {

/// "0a 1b" to octets; blanks are for the eye.
inline std::string hex(std::string_view text) {
  std::string octets;
  int half = -1;
  for (const char c : text) {
    if (c == ' ') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (half < 0) {
      half = digit;
    } else {
      octets += static_cast<char>(half * 16 + digit);
      half = -1;
    }
  }
  return octets;
}

inline std::string u8(unsigned v) { return {static_cast<char>(v)}; }
inline std::string u16(unsigned v) { return u8(v >> 8 & 255) + u8(v & 255); }
inline std::string u32(unsigned v) { return u16(v >> 16) + u16(v & 0xffff); }
inline std::string zeros(std::size_t n) { return std::string(n, '\0'); }

struct Tcp {
  unsigned from = 51000, to = 25, seq = 1000, ack = 2000;
  unsigned flags = 0x18;  // PSH, ACK
  std::string options = {};
};
inline std::string tcp(std::string_view payload, const Tcp& t = {}) {
  return u16(t.from) + u16(t.to) + u32(t.seq) + u32(t.ack) +
         u8(static_cast<unsigned>((20 + t.options.size()) / 4) << 4) + u8(t.flags) + u16(0xffff) + u16(0xdead) +
         u16(0) + t.options + std::string(payload);
}

struct Ip4 {
  unsigned protocol = 6, id = 0x1234, fragment = 0x4000;
  int total = -1;  // -1: what it is
  std::string options = {};
  unsigned from = 0xc0000201, to = 0xc6336402;  // 192.0.2.1, 198.51.100.2
};
inline std::string ip4(std::string_view payload, const Ip4& h = {}) {
  const std::size_t header = 20 + h.options.size();
  const unsigned total = h.total >= 0 ? static_cast<unsigned>(h.total) : static_cast<unsigned>(header + payload.size());
  return u8(0x40 | static_cast<unsigned>(header / 4)) + u8(0) + u16(total) + u16(h.id) + u16(h.fragment) + u8(64) +
         u8(h.protocol) + u16(0xbeef) + u32(h.from) + u32(h.to) + h.options + std::string(payload);
}

struct Ip6 {
  unsigned next = 6;
  int length = -1;  // -1: what it is
};
inline std::string ip6(std::string_view payload, const Ip6& h = {}) {
  const unsigned length = h.length >= 0 ? static_cast<unsigned>(h.length) : static_cast<unsigned>(payload.size());
  return u32(0x60000000) + u16(length) + u8(h.next) + u8(64) + hex("20010db8 00000000 00000000 00000001") +
         hex("20010db8 00000000 00000000 00000002") + std::string(payload);
}
/// RFC 8200 4.5; `offset` in octets.
inline std::string fragment6(unsigned next, unsigned offset, bool more, unsigned id, std::string_view payload) {
  return u8(next) + u8(0) + u16(offset | (more ? 1u : 0u)) + u32(id) + std::string(payload);
}

inline std::string udp(unsigned from, unsigned to, std::string_view payload) {
  return u16(from) + u16(to) + u16(static_cast<unsigned>(8 + payload.size())) + u16(0) + std::string(payload);
}
inline std::string udp4(unsigned from, unsigned to, std::string_view payload) {
  return ip4(udp(from, to, payload), {.protocol = 17});
}

inline std::string ether(unsigned type, std::string_view payload) {
  return hex("0200 0000 0002 0200 0000 0001") + u16(type) + std::string(payload);
}

}  // namespace mailseal::frames
