#include "mail/imap_commands.h"

#include <algorithm>

#include "mailseal/base/ascii.h"

namespace mailseal::mail {
namespace {

using Verb = ImapVerb;
using Response = ImapResponse;

struct Word {
  std::string_view text;
  Verb verb;
};
constexpr Word kCommands[] = {
    {"STARTTLS", Verb::StartTls},
    {"LOGIN", Verb::Login},
    {"AUTHENTICATE", Verb::Authenticate},
    {"COMPRESS", Verb::Compress},
    {"APPEND", Verb::Append},
    {"REPLACE", Verb::Append},
    {"IDLE", Verb::Idle},
    {"SELECT", Verb::Mailbox},
    {"EXAMINE", Verb::Mailbox},
    {"FETCH", Verb::Mailbox},
    {"STORE", Verb::Mailbox},
    {"COPY", Verb::Mailbox},
    {"MOVE", Verb::Mailbox},
    {"SEARCH", Verb::Mailbox},
    {"SORT", Verb::Mailbox},
    {"THREAD", Verb::Mailbox},
    {"ESEARCH", Verb::Mailbox},
    {"EXPUNGE", Verb::Mailbox},
    {"STATUS", Verb::Mailbox},
    {"LIST", Verb::Mailbox},
    {"LSUB", Verb::Mailbox},
    {"XLIST", Verb::Mailbox},
    {"RLIST", Verb::Mailbox},
    {"RLSUB", Verb::Mailbox},
    {"CREATE", Verb::Mailbox},
    {"DELETE", Verb::Mailbox},
    {"RENAME", Verb::Mailbox},
    {"SUBSCRIBE", Verb::Mailbox},
    {"UNSUBSCRIBE", Verb::Mailbox},
    {"NAMESPACE", Verb::Mailbox},
    {"GETQUOTA", Verb::Mailbox},
    {"GETQUOTAROOT", Verb::Mailbox},
    {"SETQUOTA", Verb::Mailbox},
    {"GETACL", Verb::Mailbox},
    {"SETACL", Verb::Mailbox},
    {"DELETEACL", Verb::Mailbox},
    {"LISTRIGHTS", Verb::Mailbox},
    {"MYRIGHTS", Verb::Mailbox},
    {"GETMETADATA", Verb::Mailbox},
    {"SETMETADATA", Verb::Mailbox},
    {"GETANNOTATION", Verb::Mailbox},
    {"SETANNOTATION", Verb::Mailbox},
    {"NOTIFY", Verb::Mailbox},
    {"URLFETCH", Verb::Mailbox},
    {"GENURLAUTH", Verb::Mailbox},
    {"RESETKEY", Verb::Mailbox},
    {"CONVERT", Verb::Mailbox},
    {"PARTIAL", Verb::Mailbox},
    {"CAPABILITY", Verb::Other},
    {"NOOP", Verb::Other},
    {"LOGOUT", Verb::Other},
    {"ID", Verb::Other},
    {"ENABLE", Verb::Other},
    {"CHECK", Verb::Other},
    {"CLOSE", Verb::Other},
    {"UNSELECT", Verb::Other},
    {"LANGUAGE", Verb::Other},
    {"COMPARATOR", Verb::Other},
    {"UNAUTHENTICATE", Verb::Other},
};

struct ResponseWord {
  std::string_view text;
  Response response;
};
constexpr ResponseWord kResponses[] = {
    {"CAPABILITY", Response::Known},   {"ENABLED", Response::Known},      {"ID", Response::Known},
    {"LANGUAGE", Response::Known},     {"COMPARATOR", Response::Known},   {"LIST", Response::Mailbox},
    {"LSUB", Response::Mailbox},       {"XLIST", Response::Mailbox},      {"STATUS", Response::Mailbox},
    {"SEARCH", Response::Mailbox},     {"ESEARCH", Response::Mailbox},    {"SORT", Response::Mailbox},
    {"THREAD", Response::Mailbox},     {"FLAGS", Response::Mailbox},      {"QUOTA", Response::Mailbox},
    {"METADATA", Response::Mailbox},   {"ANNOTATION", Response::Mailbox}, {"VANISHED", Response::Mailbox},
    {"ACL", Response::Mailbox},        {"LISTRIGHTS", Response::Mailbox}, {"NAMESPACE", Response::Mailbox},
    {"QUOTAROOT", Response::Mailbox},  {"MYRIGHTS", Response::Mailbox},   {"URLFETCH", Response::Mailbox},
    {"GENURLAUTH", Response::Mailbox}, {"CONVERTED", Response::Mailbox},
};

bool is_upper(std::string_view word) noexcept {
  return std::none_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

ImapVerb cut_imap_verb(std::string_view& rest) noexcept {
  std::string_view word = cut_word(rest);
  if (same_word(word, "UID")) word = cut_word(rest);
  for (const Word& w : kCommands)
    if (same_word(word, w.text)) return w.verb;
  return Verb::Unknown;
}

bool reads_as_imap_command(std::string_view line, Care care) noexcept {
  const std::string_view tag = cut_word(line), typed = line.substr(0, line.find(' '));
  const Verb verb = cut_imap_verb(line);
  if (verb == Verb::Unknown) return false;
  if (care == Care::Little || tag == "." || std::any_of(tag.begin(), tag.end(), is_digit)) return true;
  // A tag of letters is a word like others: nobody shouts the command in a text, and what follows is what it takes.
  constexpr std::size_t kLettersOfATag = 16;
  if (tag.empty() || tag.size() > kLettersOfATag || !is_upper(typed)) return false;
  const std::string_view all = line, first = cut_word(line), second = cut_word(line);
  if (verb == Verb::StartTls) return first.empty();
  if (verb == Verb::Login)
    return all.find('"') != all.npos || first.ends_with('}') || (!second.empty() && line.empty());
  return verb == Verb::Authenticate && !first.empty() && is_upper(first) && line.empty();
}

ImapResponse imap_response(std::string_view word) noexcept {
  for (const ResponseWord& r : kResponses)
    if (same_word(word, r.text)) return r.response;
  return Response::Unknown;
}

PendingTags::Tag::Tag(std::string_view tag) noexcept {
  constexpr std::size_t kFront = 7;
  size = static_cast<std::uint8_t>(std::min(tag.size(), kTagBytes));
  if (tag.size() <= kTagBytes) {
    std::copy(tag.begin(), tag.end(), text.begin());
    return;
  }
  std::copy_n(tag.begin(), kFront, text.begin());
  std::copy_n(tag.end() - (kTagBytes - kFront), kTagBytes - kFront, text.begin() + kFront);
}

PendingTags::Command* PendingTags::find(const Tag& tag) noexcept {
  const auto at = std::find_if(commands_.begin(), commands_.end(), [&](const Command& c) { return c.tag == tag; });
  return at == commands_.end() ? nullptr : &*at;
}

void PendingTags::push(const Command& command) {
  if (Command* same = find(command.tag))
    *same = command;
  else
    commands_.push_back(command);
}

std::optional<PendingTags::Command> PendingTags::take(const Tag& tag) noexcept {
  const Command* at = find(tag);
  if (!at) return std::nullopt;
  const Command taken = *at;
  commands_.erase(commands_.begin() + (at - commands_.data()));
  return taken;
}

bool PendingTags::logs_in() const noexcept {
  return std::any_of(commands_.begin(), commands_.end(),
                     [](const Command& c) { return c.verb == Verb::Login || c.verb == Verb::Authenticate; });
}

}  // namespace mailseal::mail
