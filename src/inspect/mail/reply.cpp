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

}  // namespace

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
  const bool in_order = session_.upgrade_requested && session_.upgrade_requested->input == seen.input &&
                        session_.upgrade_requested->frame <= seen.frame;
  if (only_preliminaries_ && seen_whole && in_order) return masked_mailboxes(reply).substr(0, kReplyBytes);
  return std::string(status);
}

}  // namespace mailseal::mail
