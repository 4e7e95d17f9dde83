// masked: a user name as a report may show it. Who it was can be guessed by those who know
// them, and by nobody else.
#include <algorithm>

#include "mail/dialogue.h"

namespace mailseal::mail {
namespace {

constexpr std::size_t kDomainBytes = 255;  // RFC 5321 4.5.3.1.2

/// The characters of a text in UTF-8; other encodings are counted octet by octet.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// The octets of the first `count` UTF-8 characters; other encodings are taken octet by octet.
std::size_t prefix(std::string_view text, std::size_t count) {
  std::size_t end = 0;
  while (count-- > 0 && end < text.size()) {
    const bool multibyte = static_cast<unsigned char>(text[end]) >= 0xc0;
    ++end;
    for (int more = 0; multibyte && more < 3 && end < text.size(); ++more, ++end)
      if ((static_cast<unsigned char>(text[end]) & 0xc0) != 0x80) break;
  }
  return end;
}

}  // namespace

std::string masked(std::string_view user) {
  if (user.empty()) return {};
  const std::size_t at = std::min(user.rfind('@'), user.size());
  const std::string_view local = user.substr(0, at);
  // Two characters, and always fewer than half of them.
  const std::size_t length = std::max<std::size_t>(characters(local), 1);
  const std::size_t shown = std::min<std::size_t>(2, (length - 1) / 2);
  return std::string(local.substr(0, prefix(local, shown))) + "***" + std::string(user.substr(at, kDomainBytes + 1));
}

std::string told_reply(const Session& session, std::string_view text, std::size_t words) {
  if (session.credentials.empty()) return std::string(text.substr(0, 200));
  std::size_t end = 0;
  for (; words > 0; --words) end = text.find(' ', end == 0 ? 0 : end + 1);
  return std::string(text.substr(0, std::min<std::size_t>(end, 100)));
}

}  // namespace mailseal::mail
