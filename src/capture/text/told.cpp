#include "text/told.h"

#include <algorithm>

namespace mailseal {
namespace {

void put16(std::vector<std::byte>& out, std::uint32_t n) {
  out.push_back(static_cast<std::byte>(n >> 8 & 0xff));
  out.push_back(static_cast<std::byte>(n & 0xff));
}
void put32(std::vector<std::byte>& out, std::uint32_t n) {
  put16(out, n >> 16);
  put16(out, n & 0xffff);
}

/// The headers that the packet must have had, so that it can be followed; the length is that of what was said.
std::uint32_t put_headers(std::vector<std::byte>& out, const ToldSegment& told, std::uint32_t seq) {
  constexpr std::uint32_t kIp4 = 20, kIp6 = 40, kTcp = 20;
  const bool v4 = std::all_of(told.from.octets.begin(), told.from.octets.begin() + 10, [](auto o) { return o == 0; }) &&
                  told.from.octets[10] == 0xff;
  const std::uint32_t payload = std::min<std::uint32_t>(told.payload, 0xff00);
  const std::uint32_t carried = kTcp + std::max<std::uint32_t>(payload, told.psh ? 1 : 0);
  const auto put_address = [&](const IpAddress& a) {
    for (std::size_t i = v4 ? 12 : 0; i < a.octets.size(); ++i) out.push_back(std::byte{a.octets[i]});
  };
  if (v4) {
    put16(out, 0x4500);
    put16(out, kIp4 + carried);
    put32(out, 0);
    put32(out, 0x40060000);
  } else {
    put32(out, 0x60000000);
    put16(out, carried);
    put16(out, 0x0640);
  }
  put_address(told.from);
  put_address(told.to);
  put16(out, told.from_port);
  put16(out, told.to_port);
  put32(out, seq);
  put32(out, told.ack.value_or(0));
  put16(out, 0x5000u | (told.ack ? 0x10u : 0u) | (told.psh ? 8u : 0u) | (told.rst ? 4u : 0u) | (told.syn ? 2u : 0u) |
                 (told.fin ? 1u : 0u));
  put16(out, 0xffff);
  put32(out, 0);
  return (v4 ? kIp4 : kIp6) + carried;
}

}  // namespace

/// "ack 5" alone does not tell where its sender stands: there where the other side said it does.
std::uint32_t ToldFlows::follow(const ToldSegment& told, std::vector<std::byte>& out) {
  if (next_.size() >= limits_.text_flows) next_.clear();
  const Endpoint from{told.from, told.from_port}, to{told.to, told.to_port};
  if (told.ack) next_.insert_or_assign({to, from}, *told.ack);
  std::optional<std::uint32_t> seq = told.seq;
  if (!seq)
    if (const auto known = next_.find({from, to}); known != next_.end()) seq = known->second;
  if (!seq) return 0;
  next_[{from, to}] = *seq + told.payload + (told.syn ? 1 : 0) + (told.fin ? 1 : 0);
  return put_headers(out, told, *seq);
}

}  // namespace mailseal
