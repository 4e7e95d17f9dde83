// capture: any octets as a file, in pieces of the size that the first octet says.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "file.h"

using namespace mailseal;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = std::size_t{data[0]} + 1, octets = size - 1;
  std::size_t at = 1;
  const auto read = [&](std::span<std::byte> room) {
    const std::size_t n = std::min({piece, room.size(), size - at});
    std::memcpy(room.data(), data + at, n);
    at += n;
    return static_cast<std::ptrdiff_t>(n);
  };
  Limits limits;
  limits.packet_bytes = 1 << 16;
  limits.interfaces = 8;
  auto opened = open_octets(read, "fuzz", 0, &limits);
  if (!opened) {
    if (opened.error().message.find('\n') != std::string::npos) std::abort();
    return 0;
  }
  PacketSource& source = **opened;
  std::uint64_t packets = 0, frame = 0;
  for (;;) {
    const Captured captured = source.next();
    const auto* p = std::get_if<PacketView>(&captured);
    if (p == nullptr) break;
    ++packets;
    if (p->seen.frame <= frame || p->bytes.size() > p->wire_bytes) std::abort();
    frame = p->seen.frame;
    unsigned sum = 0;  // every octet handed out may be read
    for (const std::byte b : p->bytes) sum += std::to_integer<unsigned>(b);
    if (sum != 0 && p->bytes.empty()) std::abort();
  }
  const InputFacts& facts = source.facts();
  if (facts.packets != packets || facts.size != octets || facts.sha256.size() != 64) std::abort();
  if (facts.ended != "complete" && facts.ended != "truncated" && !facts.ended.starts_with("error: ")) std::abort();
  if (facts.interfaces.size() > limits.interfaces || facts.ended.find('\n') != std::string::npos) std::abort();
  return 0;
}
