// container: any octets as what may hold captures: compressed, archives, archives in archives; all that lies in them is
// read. The first octet says in pieces of which size they come.
#include <cstdlib>

#include "fuzz/pieces.h"

using namespace mailseal;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Limits limits;
  limits.packet_bytes = 1 << 16;
  limits.interfaces = 8;
  limits.members = 64;
  limits.nesting = 3;
  limits.unpacked_freely = 1 << 20;
  limits.unpacked_bytes = 4 << 20;
  Contents contents = Contents::over(test::in_pieces(data, size, (std::size_t{data[0]} + 1) * 16), "fuzz", &limits);
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
      test::touch(p->bytes);
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
