// masked: a user name as a report may show it. Who it was can be guessed by those who know
// them, and by nobody else. told_reply: the same of what a server answers.
#include <algorithm>

#include "mail/dialogue.h"
#include "mailseal/base/ascii.h"

namespace mailseal::mail {
namespace {

constexpr std::size_t kDomainBytes = 255;  // RFC 5321 4.5.3.1.2
constexpr std::size_t kReplyBytes = 200;

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

/// "@mail.example", or "" where no domain stands behind the '@' but who knows what: a password
/// typed for a name may hold an '@', and hardly a dot behind it as well.
std::string_view at_domain(std::string_view text) {
  if (text.size() < 2 || text.size() > kDomainBytes + 1 || text.find('.') == text.npos) return {};
  return std::all_of(text.begin() + 1, text.end(), in_domain) ? text : std::string_view();
}

struct Preliminary {
  std::string_view word;
  enum class Argument : std::uint8_t { None, Name } argument = Argument::None;
};
// What a client sends before STARTTLS that is no secret. To add a command: one row.
constexpr Preliminary kPreliminaries[] = {
    {"EHLO", Preliminary::Argument::Name},
    {"HELO", Preliminary::Argument::Name},
    {"LHLO", Preliminary::Argument::Name},
    {"CAPA"},
    {"CAPABILITY"},
    {"NOOP"},
    {"STARTTLS"},
    {"X-ANONYMOUSTLS"},
    {"STLS"},
};

}  // namespace

std::string masked(std::string_view user) {
  if (user.empty()) return {};
  const std::size_t at = std::min(user.rfind('@'), user.size());
  const std::string_view local = user.substr(0, at);
  if (std::any_of(local.begin(), local.end(), blank_or_control)) return "***";
  // Two characters, and always fewer than half of them.
  const std::size_t length = std::max<std::size_t>(characters(local), 1);
  const std::size_t shown = std::min<std::size_t>(2, (length - 1) / 2);
  return std::string(local.substr(0, prefix(local, shown))) + "***" + std::string(at_domain(user.substr(at)));
}

void Dialogue::heard(std::string_view command) noexcept {
  if (!only_preliminaries_) return;
  const std::string_view word = cut_word(command);
  only_preliminaries_ = std::any_of(std::begin(kPreliminaries), std::end(kPreliminaries), [&](const Preliminary& p) {
    if (!same_word(word, p.word)) return false;
    std::string_view rest = command;
    if (p.argument == Preliminary::Argument::Name) cut_word(rest);
    return rest.empty();
  });
}

std::string Dialogue::told_reply(std::string_view reply, std::string_view status) const {
  const bool seen_whole = session_.began && session_.doubts.empty();
  return std::string(only_preliminaries_ && seen_whole ? reply.substr(0, kReplyBytes) : status);
}

}  // namespace mailseal::mail
