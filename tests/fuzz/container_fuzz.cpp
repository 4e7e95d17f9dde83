// container: any octets as what may hold captures: compressed, archives, archives in archives; all that lies in them is
// read. The first octet says in pieces of which size they come.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "mailseal/capture.h"

using namespace mailseal;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = (std::size_t{data[0]} + 1) * 16;
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
  limits.members = 64;
  limits.nesting = 3;
  limits.unpacked_freely = 1 << 20;
  limits.unpacked_bytes = 4 << 20;
  Contents contents = Contents::over(read, "fuzz", &limits);
  std::size_t found = 0, members = 0;
  std::uint64_t octets = 0;
  while (auto content = contents.next(static_cast<std::uint32_t>(found))) {
    ++found;
    members += !content->member.empty();
    if (content->member.size() > limits.nesting || !content->path.starts_with("fuzz")) std::abort();
    if ((content->source != nullptr) != (content->what == Content::What::Capture)) std::abort();
    if (!content->source) {
      if (content->why.empty() || content->why.find('\n') != std::string::npos) std::abort();
      continue;
    }
    PacketSource& source = *content->source;
    for (;;) {
      const Captured captured = source.next();
      const auto* p = std::get_if<PacketView>(&captured);
      if (p == nullptr) break;
      octets += p->bytes.size();
      unsigned sum = 0;  // every octet handed out may be read
      for (const std::byte b : p->bytes) sum += std::to_integer<unsigned>(b);
      if (sum != 0 && p->bytes.empty()) std::abort();
    }
    const InputFacts& facts = source.facts();
    if (facts.ended != "complete" && facts.ended != "truncated" && !facts.ended.starts_with("error: ")) std::abort();
    if (facts.sha256.size() != 64 && !(facts.sha256.empty() && facts.ended.starts_with("error: "))) std::abort();
    if (facts.member != content->member || facts.packed.find('\n') != std::string::npos) std::abort();
  }
  // Each archive may add one line of its own to those of its members.
  if (members > 2 * limits.members + 8 || octets > limits.unpacked_bytes + size) std::abort();
  return 0;
}
