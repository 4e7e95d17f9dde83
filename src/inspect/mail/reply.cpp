// What is told of a server's reply: its words only where nothing private was said before that it could repeat.
#include <algorithm>

#include "mail/dialogue.h"
#include "mailseal/base/ascii.h"
#include "masked.h"

namespace mailseal::mail {
namespace {

constexpr std::size_t kReplyBytes = 200;

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

/// RFC 3463 2: class "." subject "." detail.
bool is_enhanced_status(std::string_view word) noexcept {
  if (word.size() < 5 || word.size() > 9 || (word[0] != '2' && word[0] != '4' && word[0] != '5') || word[1] != '.')
    return false;
  const auto is_part = [](std::string_view part) {
    return !part.empty() && part.size() <= 3 && std::all_of(part.begin(), part.end(), is_digit);
  };
  const std::size_t dot = word.find('.', 2);
  return dot != word.npos && is_part(word.substr(2, dot - 2)) && is_part(word.substr(dot + 1));
}

// Those known alone: what stands in brackets is the server's, and it might repeat anything. To add a code: one row.
constexpr std::string_view kResponseCodes[] = {
    // POP3: RFC 2449 8.1, 3206, 6856
    "LOGIN-DELAY", "IN-USE", "SYS/TEMP", "SYS/PERM", "AUTH", "UTF8",
    // IMAP: RFC 9051 7.1, 5530
    "ALERT", "ALREADYEXISTS", "AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "BADCHARSET", "CANNOT", "CLIENTBUG",
    "CONTACTADMIN", "CORRUPTION", "EXPIRED", "EXPUNGEISSUED", "HASCHILDREN", "INUSE", "LIMIT", "NONEXISTENT", "NOPERM",
    "NOTSAVED", "OVERQUOTA", "PARSE", "PRIVACYREQUIRED", "SERVERBUG", "TRYCREATE", "UNAVAILABLE", "UNKNOWN-CTE"};

std::string_view status_code(std::string_view words) noexcept {
  if (!words.starts_with('[')) {
    const std::string_view word = cut_word(words);
    return is_enhanced_status(word) ? word : std::string_view();
  }
  const std::string_view code = words.substr(1, words.find_first_of("] ") - 1);
  const auto* const known = std::find_if(std::begin(kResponseCodes), std::end(kResponseCodes),
                                         [&](std::string_view row) { return same_word(code, row); });
  return known == std::end(kResponseCodes) ? std::string_view() : *known;
}

}  // namespace

void Dialogue::tell_status(std::string_view code, std::string_view words, const Seen& seen) {
  constexpr std::size_t kMost = 64;
  if (inside_->statuses.size() < kMost)
    inside_->statuses.push_back({std::string(code), std::string(status_code(words)), seen});
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

std::string Dialogue::told_reply(std::string_view reply, std::string_view status, const Seen& seen) const {
  const bool seen_whole = session_.began && session_.doubts.empty();
  const bool in_order = session_.upgrade_requested && !precedes(seen, *session_.upgrade_requested);
  if (only_preliminaries_ && seen_whole && in_order) return masked_mailboxes(reply).substr(0, kReplyBytes);
  return std::string(status);
}

}  // namespace mailseal::mail
