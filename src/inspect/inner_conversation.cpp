#include "inner_conversation.h"

namespace mailseal {
namespace {

/// The server greeted in clear, before STARTTLS: a dialogue begins behind it (RFC 3207 4.2, RFC 2595 4, RFC
/// 9051 6.2.1).
std::string_view greeting(Protocol protocol) noexcept {
  switch (protocol) {
    case Protocol::Smtp:
    case Protocol::Lmtp:
      return "220 ready";
    case Protocol::Pop3:
      return "+OK POP3 ready";
    case Protocol::Imap:
      return "* OK IMAP ready";
    case Protocol::Unknown:
      break;
  }
  return {};
}

}  // namespace

InnerConversation::InnerConversation(Protocol protocol, Greeting when, Holdings* holdings, Inside* told,
                                     const Seen& first)
    : holdings_(*holdings), told_(*told) {
  session_.protocol = protocol;
  session_.began = session_.first = first;
  for (const mail::ProtocolRow& row : mail::protocols())
    if (row.protocol == protocol) dialogue_ = row.start(&session_, holdings);
  if (!dialogue_) return;
  if (when == Greeting::WasBefore) dialogue_->line(Side::Server, greeting(protocol), first);
  dialogue_->tells(told);
  framer_ =
      std::make_unique<Framer>(dialogue_.get(), &session_, holdings, static_cast<Takeover*>(this), Watch::ClearOnly);
}

InnerConversation::~InnerConversation() = default;

std::size_t InnerConversation::bytes() noexcept {
  constexpr std::size_t kDialogue = 1024, kKeys = 4096;  // two contexts of a cipher, and what they stand in
  return sizeof(InnerConversation) + sizeof(Framer) + kDialogue + kKeys;
}

void InnerConversation::data(Side side, Bytes octets, const Seen& seen) {
  if (framer_) framer_->data(side, octets, seen);
}

void InnerConversation::deflated(Side side, Bytes octets, const Seen& seen) {
  if (!inflated_) {
    dialogue_->back_to_clear();
    inflated_ = std::make_unique<Framer>(dialogue_.get(), &session_, &holdings_, static_cast<Takeover*>(this),
                                         Watch::ClearOnly);
  }
  auto& inflate = inflate_[static_cast<std::size_t>(side)];
  if (!inflate) inflate = std::make_unique<Inflate>(&holdings_.limits());
  inflate->data(octets, [&](std::string_view text) { inflated_->data(side, as_bytes(text), seen); });
}

void InnerConversation::finish() {
  if (framer_) framer_->finish();
  if (inflated_) inflated_->finish();
  told_.protocol = session_.protocol;
  told_.client_name = session_.client_name;
  told_.messages = session_.messages;
  told_.recipients = session_.recipients;
  for (const Credential& c : session_.credentials) told_.logins.push_back({c.mechanism, c.user, c.seen, c.accepted});
}

}  // namespace mailseal
