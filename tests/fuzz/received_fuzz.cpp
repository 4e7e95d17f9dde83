// Any text as a Received field: what is taken has the form it should have, and folding changes nothing.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mail/received.h"

namespace {
void must(bool holds) {
  if (!holds) std::abort();
}

/// No mailbox, no blank, nothing that a terminal obeys.
bool is_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '@' && c != '<'; });
}

bool same(const mailseal::ReceivedClaim& a, const mailseal::ReceivedClaim& b) {
  return a.from == b.from && a.by == b.by && a.with == b.with && a.version == b.version && a.cipher == b.cipher &&
         a.verify == b.verify && a.bits == b.bits && a.tls == b.tls;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using mailseal::mail::read_received;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto claim = read_received(text);
  std::string folded;
  for (const char c : text) c == ' ' ? folded += "\r\n " : folded += c;
  const auto again = read_received(folded);
  // Within quotes and comments a fold is another text, of which nothing is taken but words.
  if (text.find_first_of("\"\\") == text.npos)
    must(claim.has_value() == again.has_value() && (!claim || same(*claim, *again)));
  if (!claim) return 0;
  for (const std::string* said : {&claim->from, &claim->by, &claim->version, &claim->cipher, &claim->verify})
    must(is_word(*said) && said->size() <= text.size());
  must(claim->with == "Microsoft SMTP Server" || is_word(claim->with));
  return 0;
}
