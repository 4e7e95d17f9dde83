#include "text/proof.h"

#include <algorithm>
#include <cstring>

namespace mailseal {
namespace {

std::uint16_t u16(Bytes b, std::size_t at) noexcept {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(b[at]) << 8 | std::to_integer<unsigned>(b[at + 1]));
}

/// An IPv4 header whose checksum holds (RFC 1071), or an IPv6 header whose length is that of the packet.
bool is_ip(Bytes b, std::size_t at, std::uint16_t type) noexcept {
  constexpr std::size_t kIp4 = 20, kIp6 = 40;
  if (type == 0x0800 && b.size() >= at + kIp4) {
    const auto first = std::to_integer<std::size_t>(b[at]);
    const std::size_t length = (first & 15) * 4;
    if (first >> 4 != 4 || length < kIp4 || b.size() < at + length) return false;
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < length; i += 2) sum += u16(b, at + i);
    return (sum & 0xffff) + (sum >> 16) == 0xffff;
  }
  return type == 0x86dd && b.size() >= at + kIp6 && std::to_integer<unsigned>(b[at]) >> 4 == 6 &&
         at + kIp6 + u16(b, at + 4) == b.size();
}

bool is_any_ip(Bytes b, std::size_t at) noexcept { return is_ip(b, at, 0x0800) || is_ip(b, at, 0x86dd); }

/// Where the IP packet begins; the size: there is none.
std::size_t ip_at(LinkType link, Bytes b) noexcept {
  if (link == kRawIp) return 0;
  if (link == kCooked) return 16;
  if (link == kCooked2) return 20;
  std::size_t at = 12;
  while (b.size() >= at + 6 && (u16(b, at) == 0x8100 || u16(b, at) == 0x88a8)) at += 4;
  return b.size() > at + 2 && (u16(b, at) == 0x0800 || u16(b, at) == 0x86dd) ? at + 2 : b.size();
}

std::uint32_t folded(std::uint32_t sum) noexcept {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

std::uint32_t sum_of(Bytes b) noexcept {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < b.size(); i += 2) sum += u16(b, i);
  if (b.size() % 2 != 0) sum += std::to_integer<std::uint32_t>(b.back()) << 8;
  return sum;
}

}  // namespace

std::optional<LinkType> proven_link(Bytes b) noexcept {
  std::size_t at = 12;
  for (int tags = 0; tags < 3 && b.size() >= at + 6 && (u16(b, at) == 0x8100 || u16(b, at) == 0x88a8); ++tags) at += 4;
  if (b.size() > at + 2) {
    const std::uint16_t type = u16(b, at);
    if (is_ip(b, at + 2, type)) return kEthernet;
    if (type == 0x0806 && b.size() >= at + 6 && u16(b, at + 2) == 1 && u16(b, at + 4) == 0x0800) return kEthernet;
    if ((type == 0x8863 || type == 0x8864) && b[at + 2] == std::byte{0x11}) return kEthernet;
  }
  const bool arp = b.size() >= 6 && u16(b, 0) == 1 && u16(b, 2) == 0x0800 && u16(b, 4) == 0x0604;
  if (is_any_ip(b, 0) || arp) return kRawIp;
  if (b.size() > 16 && is_ip(b, 16, u16(b, 14))) return kCooked;
  if (b.size() > 20 && is_ip(b, 20, u16(b, 0))) return kCooked2;
  return std::nullopt;
}

bool TcpSums::contradict(LinkType link, Bytes frame) {
  constexpr std::size_t kIp4 = 20, kIp6 = 40, kTcp = 20;
  constexpr std::uint8_t kTcpNumber = 6;
  const std::size_t at = ip_at(link, frame);
  const Bytes ip = frame.subspan(std::min(at, frame.size()));
  if (ip.size() < kIp4) return false;
  const bool v4 = std::to_integer<unsigned>(ip[0]) >> 4 == 4;
  const std::size_t header = v4 ? (std::to_integer<std::size_t>(ip[0]) & 15) * 4 : kIp6;
  if (ip.size() < header + kTcp) return false;
  const std::size_t total = v4 ? u16(ip, 2) : kIp6 + u16(ip, 4);
  const bool whole =
      total >= header + kTcp && total <= ip.size() && (!v4 || (header >= kIp4 && (u16(ip, 6) & 0x3fff) == 0));
  if (!whole || ip[v4 ? 9 : 6] != std::byte{kTcpNumber}) return false;
  const std::size_t address = v4 ? 4 : 16, from = v4 ? 12 : 8;
  IpAddress sender;
  std::memcpy(sender.octets.data() + (16 - address), ip.data() + from, address);
  const Bytes segment = ip.subspan(header, total - header);
  const std::uint32_t pseudo =
      folded(sum_of(ip.subspan(from, 2 * address)) + kTcpNumber + static_cast<std::uint32_t>(segment.size()));
  const std::uint16_t told = u16(segment, 16);
  // What a network card was to complete, or completed for packets it joined, holds the sum of the addresses alone.
  if (told == 0 || told == pseudo) return false;
  const bool right = folded(pseudo + sum_of(segment)) == 0xffff;
  if (senders_.size() >= limits_.text_senders && !senders_.contains(sender)) return false;
  Sender& known = senders_[sender];
  if (right) {
    ++known.right;
    return false;
  }
  if (known.wrong || known.right < 2) {
    known.wrong = true;
    return false;
  }
  return true;
}

}  // namespace mailseal
