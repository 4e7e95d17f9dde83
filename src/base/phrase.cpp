#include "mailseal/base/phrase.h"

namespace mailseal {

Phrase Phrase::filled(std::string_view english, std::span<const std::string> values) {
  std::string text;
  std::size_t size = english.size();
  for (const std::string& value : values) size += value.size();
  text.reserve(size);
  std::size_t next = 0;
  while (!english.empty()) {
    const std::size_t brace = std::min(english.find('{'), english.size());
    text += english.substr(0, brace);
    english.remove_prefix(brace);
    if (english.empty()) break;
    cut_field(english);
    text += values[next++];
  }
  return Phrase(std::move(text));
}

}  // namespace mailseal
