// Whatever stands around them in a sentence: a name and an address that have aliases leave it, and
// what is redacted as names, subjects and mailboxes has nothing of them left.
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "redacted_text.h"

namespace {

constexpr std::string_view kName = "zq9host", kAddress = "198.51.100.79";

/// As a word of its own.
bool holds(std::string_view text, std::string_view word) {
  const auto in_word = [&](std::size_t at) {
    const auto c = static_cast<unsigned char>(text[at]);
    return std::isalnum(c) != 0 || c == '_' || c >= 0x80;
  };
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !in_word(at - 1)) && (end == text.size() || !in_word(end))) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  mailseal::Aliases aliases;
  aliases.name(kName);
  aliases.path("zq9host.pcap");
  const std::string sentence = text + " " + std::string(kName) + ", " + std::string(kAddress) + ":25; " + text;
  const std::string redacted = mailseal::redacted_text(sentence, aliases);
  if (holds(redacted, kName) || holds(redacted, kAddress)) std::abort();
  for (const std::string& made : {aliases.name(text), aliases.distinguished_name("CN=" + text),
                                  mailseal::redacted_mailbox("***@" + text, aliases), aliases.path(text)})
    if (holds(made, kName)) std::abort();
  return 0;
}
