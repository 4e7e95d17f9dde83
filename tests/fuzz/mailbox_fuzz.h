// Plays a fuzzed conversation whole and octet by octet through all of inspect: nothing may
// crash or hang, and the facts must be the same. Where replies were missed, or clear text
// came where TLS was due, pairing is a guess that order may sway: there they are not compared.
//
// The input is text: 0x01 hands the word to the client, 0x02 to the server, 0x03 is a hole
// of ten octets, 0x04 at the start joins midway, 0x05 takes the next octet as it is.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "mailseal/inspect.h"

namespace mailseal::fuzz {

class Keep final : public SessionSink {
 public:
  void session(Session&& s, Progress) override { kept = std::move(s); }
  std::optional<Session> kept;
};

inline std::string play(std::string_view input, std::uint16_t port, std::size_t piece) {
  const Limits limits;
  const InspectOptions options;
  Keep keep;
  const auto inspector = make_inspector(&options, &limits, &keep);
  Opening opening{};
  opening.key.client.port = 40'000;
  opening.key.server.port = port;
  opening.beginning = input.starts_with('\4') ? Beginning::Midway : Beginning::Syn;
  const auto handler = inspector->open(opening);
  Seen seen[2];
  seen[1].side = Side::Server;
  Side side = Side::Server;
  std::string said;
  const auto speak = [&] {
    Seen& at = seen[static_cast<std::size_t>(side)];
    ++at.frame;
    for (std::size_t i = 0; i < said.size(); i += piece) {
      const std::string_view part = std::string_view(said).substr(i, piece);
      handler->data({side, at, as_bytes(part)});
      at.offset += part.size();
    }
    said.clear();
  };
  for (std::size_t i = 0; i < input.size(); ++i) {
    if (input[i] == '\5' && i + 1 < input.size()) {
      said += input[++i];
    } else if (input[i] >= '\1' && input[i] <= '\4') {
      speak();
      Seen& at = seen[static_cast<std::size_t>(side)];
      if (input[i] == '\1') side = Side::Client;
      if (input[i] == '\2') side = Side::Server;
      if (input[i] == '\3') {
        handler->gap({side, at, 10, Gap::Why::Missing});
        at.offset += 10;
      }
    } else {
      said += input[i];
    }
  }
  speak();
  handler->closed({seen[0], CloseReason::EndOfCapture, {}});
  if (!keep.kept) return "none";
  const Session& s = *keep.kept;
  if (s.credentials.size() > limits.credentials || s.upgrade_reply.size() > 200) std::abort();
  if (s.upgrade_accepted || s.tls) return "not compared";
  std::string facts;
  for (const auto* fact : {&s.greeting, &s.capabilities, &s.upgrade_offered, &s.upgrade_requested, &s.upgrade_accepted,
                           &s.upgrade_refused, &s.content, &s.headers, &s.mailbox_activity, &s.auth_offered,
                           &s.refused_before_tls, &s.preauth, &s.compressed, &s.end_to_end, &s.sasl_layer})
    facts += *fact ? '1' : '0';
  for (const std::uint64_t n : {s.messages, s.content_bytes, s.header_bytes}) facts += ' ' + std::to_string(n);
  for (const Credential& c : s.credentials) facts += ' ' + c.mechanism + ':' + c.user;
  if (s.product) facts += ' ' + std::string(to_string(s.product->product)) + ' ' + s.product->version;
  if (!s.message_facts) return facts;
  const MessageFacts& m = *s.message_facts;
  if (m.received.size() > kReceivedClaims || m.from_domains.size() > kEnvelopeDomains) std::abort();
  facts += ' ' + std::to_string(m.octets) + ' ' + std::to_string(m.received_fields);
  for (const std::string& domain : m.from_domains) facts += " <" + domain;
  for (const std::string& domain : m.to_domains) facts += " >" + domain;
  for (const ReceivedClaim& c : m.received)
    facts += ' ' + c.from + ' ' + c.by + ' ' + c.with + ' ' + c.version + ' ' + c.cipher + ' ' + c.verify;
  return facts;
}

inline void same_however_cut(const std::uint8_t* data, std::size_t size, std::uint16_t port) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (size > 20'000) return;  // below the limits of what is held, where cuts may matter
  const bool comparable = !input.starts_with('\4') && input.find('\3') == input.npos;
  if (play(input, port, 1 << 20) != play(input, port, 1) && comparable) std::abort();
}

}  // namespace mailseal::fuzz
