// masked: a user name as a report may show it. Who it was can be guessed by those who know
// them, and by nobody else.
#include <algorithm>

#include "mail/dialogue.h"

namespace mailseal::mail {
namespace {

constexpr std::size_t kDomainBytes = 255;  // RFC 5321 4.5.3.1.2

/// The octets of the first `characters` UTF-8 characters; other encodings are taken octet by octet.
std::size_t prefix(std::string_view text, std::size_t characters) {
  std::size_t end = 0;
  while (characters-- > 0 && end < text.size()) {
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
  return std::string(local.substr(0, prefix(local, 2))) + "***" + std::string(user.substr(at, kDomainBytes + 1));
}

}  // namespace mailseal::mail
