// text: any octets as a sniffer's text, in pieces of the size that the first octet says; lines and rows of every
// dialect.
#include <algorithm>
#include <cstdlib>

#include "file.h"
#include "fuzz/pieces.h"
#include "text/dialect.h"

using namespace mailseal;

namespace {

void check_line(std::string_view line) {
  for (const auto read : {read_words, read_colon_words, read_octets, read_spaced_octets, read_bare_octets}) {
    TextRow row;
    if (read(line, row) == RowIs::Sound && (row.count == 0 || row.count > row.octets.size())) std::abort();
  }
  for (const auto read :
       {read_fortigate_line, read_tcpdump_line, read_tshark_line, read_asa_line, read_screenos_line}) {
    PacketLine packet;
    if (!read(line, packet) || packet.interface.empty()) continue;
    if (packet.interface.data() < line.data() ||
        packet.interface.data() + packet.interface.size() > line.data() + line.size())
      std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  for (std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1); !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    check_line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  Limits limits;
  limits.text_line_bytes = 512;
  limits.text_packet_bytes = 4096;
  limits.text_frames = 64;
  limits.interfaces = 4;
  auto opened = open_octets(test::in_pieces(data, size, std::size_t{data[0]} + 1), "fuzz", 0, &limits);
  if (!opened) {
    if (opened.error().message.find('\n') != std::string::npos) std::abort();
    return 0;
  }
  PacketSource& source = **opened;
  std::uint64_t frame = 0, line = 0;
  for (;;) {
    const Captured captured = source.next();
    const auto* p = std::get_if<PacketView>(&captured);
    if (p == nullptr) break;
    if (p->seen.frame != ++frame || p->bytes.size() > p->wire_bytes || p->bytes.size() > limits.text_packet_bytes)
      std::abort();
    const auto& facts = source.facts();
    if (!facts.text) return 0;  // another format's
    const auto told = facts.text->lines.line_of(frame);
    if (told.has_value() != (frame <= limits.text_frames) || (told && *told < line)) std::abort();
    line = told.value_or(line);
    test::touch(p->bytes);
  }
  const InputFacts& facts = source.facts();
  if (facts.packets != frame || facts.interfaces.size() > limits.interfaces || facts.sha256.size() != 64) std::abort();
  return 0;
}
