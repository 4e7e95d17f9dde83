// capture: any octets as a file, in pieces of the size that the first octet says.
#include <cstdlib>

#include "file.h"
#include "fuzz/pieces.h"
#include "mailseal/base/digest.h"

using namespace mailseal;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Limits limits;
  limits.packet_bytes = 1 << 16;
  limits.interfaces = 8;
  auto opened = open_octets(test::in_pieces(data, size, std::size_t{data[0]} + 1), "fuzz", 0, &limits);
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
    if (packets % 3 != 0) source.meanwhile();  // whenever it pleases
    if (p->seen.frame <= frame || p->bytes.size() > p->wire_bytes) std::abort();
    frame = p->seen.frame;
    test::touch(p->bytes);
  }
  const InputFacts& facts = source.facts();
  if (facts.packets != packets) std::abort();
  if (facts.file.empty()) {  // else size and digest are a member's: container_fuzz
    if (facts.size != size - 1) std::abort();
    if (facts.sha256 != sha256({reinterpret_cast<const std::byte*>(data) + 1, size - 1})) std::abort();
  }
  if (facts.ended != "complete" && facts.ended != "truncated" && !facts.ended.starts_with("error: ")) std::abort();
  if (facts.interfaces.size() > limits.interfaces || facts.ended.find('\n') != std::string::npos) std::abort();
  return 0;
}
