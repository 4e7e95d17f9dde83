#include "masked.h"

#include <algorithm>

#include "mailseal/base/ascii.h"

namespace mailseal {
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

bool blank_or_control(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet <= 0x20 || octet == 0x7f;
}

/// Letters of UTF-8 are taken octet by octet.
bool in_domain(char c) {
  return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'Z') || c == '.' || c == '-' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Of an address among words (RFC 5321 4.1.2: Dot-string, and letters of UTF-8), without the '=' of emailAddress=.
bool in_local_part(char c) {
  return is_alnum(c) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("!#$%&'*+-/?^_`{|}~.").find(c) != std::string_view::npos;
}

/// "@mail.example", or "" where no domain stands behind the '@' but who knows what: a password typed for a
/// name may hold an '@', and hardly a dot and what may be a top-level domain behind it as well.
std::string_view at_domain(std::string_view text) {
  const std::size_t dot = text.rfind('.');
  if (text.size() < 2 || text.size() > kDomainBytes + 1 || dot == text.npos) return {};
  if (!std::all_of(text.begin() + 1, text.end(), in_domain)) return {};
  const std::string_view last = text.substr(dot + 1);
  const auto letter = [](char c) {
    return (upper(c) >= 'A' && upper(c) <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
  };
  const bool top = last.starts_with("xn--") || std::all_of(last.begin(), last.end(), letter);  // RFC 3696 2
  return last.size() >= 2 && top ? text : std::string_view();
}

}  // namespace

std::string masked(std::string_view user) {
  if (user.empty()) return {};
  const std::size_t at = std::min(user.rfind('@'), user.size());
  const std::string_view local = user.substr(0, at);
  if (std::any_of(local.begin(), local.end(), blank_or_control)) return "***";
  // Two characters, and always fewer than half of them.
  const std::size_t length = std::max<std::size_t>(characters(local), 1);
  const std::size_t shown = std::min<std::size_t>(2, (length - 1) / 2);
  // Where nothing of who can be shown, it may have been no one: "P@ssword.example".
  const std::string_view domain = shown == 0 ? std::string_view() : at_domain(user.substr(at));
  return std::string(local.substr(0, prefix(local, shown))) + "***" + std::string(domain);
}

std::string masked_mailboxes(std::string_view text) {
  std::string out;
  for (std::size_t done = 0;;) {
    const std::size_t at = text.find('@', done);
    if (at == text.npos) return out + std::string(text.substr(done));
    std::size_t begin = at, end = at + 1;
    if (begin > done && text[begin - 1] == '"') {  // RFC 5321 4.1.2: Quoted-string
      const std::size_t quote = begin > done + 1 ? text.rfind('"', begin - 2) : text.npos;
      begin = quote == text.npos || quote < done ? done : quote;
    } else {
      while (begin > done && in_local_part(text[begin - 1])) --begin;
    }
    while (end < text.size() && in_domain(text[end])) ++end;
    if (end < text.size() && text[end] == '@') end = at + 1;  // no domain, but who is before the next one
    out += text.substr(done, begin - done);
    out += begin == at ? "@" : masked(text.substr(begin, at - begin)) + "@";
    out += text.substr(at + 1, end - at - 1);
    done = end;
  }
}

}  // namespace mailseal
