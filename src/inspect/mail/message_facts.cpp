#include "mail/message_facts.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "mail/received.h"
#include "mail/text.h"
#include "mailseal/base/ascii.h"

namespace mailseal::mail {
namespace {

MessageFacts& facts_of(Session& session) {
  return session.message_facts ? *session.message_facts : session.message_facts.emplace();
}

/// Of "<@relay.example:\"a>b\"@x.example>" what stands behind the last '@' of the mailbox (RFC 5321 4.1.2); "": the
/// null path, a mailbox without a domain, or no path at all.
std::string_view domain_of(std::string_view path) noexcept {
  if (!path.starts_with('<')) {
    path = path.substr(0, path.find(' '));
    const std::size_t at = path.rfind('@');
    return at == path.npos ? std::string_view() : path.substr(at + 1);
  }
  // Most have nothing quoted, and then the first '>' is the end.
  const std::string_view plain = path.substr(1, std::min(path.find('>'), path.size()) - 1);
  if (plain.size() + 1 < path.size() && plain.find('"') == plain.npos && plain.find('\\') == plain.npos) {
    const std::size_t last = plain.rfind('@');
    return last == plain.npos ? std::string_view() : plain.substr(last + 1);
  }
  std::size_t at = path.npos;
  bool quoted = false;
  for (std::size_t i = 1; i < path.size(); ++i) {
    const char c = path[i];
    if (c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == '@') {
      at = i;
    } else if (!quoted && c == '>') {
      return at == path.npos ? std::string_view() : path.substr(at + 1, i - at - 1);
    }
  }
  return {};
}

auto told(const ReceivedClaim& c) {
  return std::tie(c.from, c.by, c.with, c.version, c.cipher, c.verify, c.bits, c.tls);
}

}  // namespace

void note_size(Session& session, std::uint64_t octets) {
  MessageFacts& facts = facts_of(session);
  facts.octets += octets;
  facts.largest = std::max(facts.largest, octets);
}

void EnvelopeDomains::note(Session& session, Envelope which, std::string_view argument) {
  const std::string_view word = which == Envelope::From ? "FROM:" : "TO:";
  if (!begins_with_word(argument, word)) return;
  const std::string_view domain = domain_of(without_blanks(argument.substr(word.size())));
  Last& last = last_[static_cast<std::size_t>(which)];
  if (domain.empty() || domain == std::string_view(last.text.data(), last.size)) return;
  if (!is_host_name(domain)) return;
  MessageFacts& facts = facts_of(session);
  auto& domains = which == Envelope::From ? facts.from_domains : facts.to_domains;
  const auto same = [&](const std::string& known) { return same_word(known, domain); };
  if (domains.size() < kEnvelopeDomains && std::none_of(domains.begin(), domains.end(), same))
    domains.push_back(lower_case(domain));
  if (domain.size() > last.text.size()) return;
  std::copy(domain.begin(), domain.end(), last.text.begin());
  last.size = static_cast<std::uint8_t>(domain.size());
}

void note_received(Session& session, std::string_view field, const Seen& seen) {
  std::optional<ReceivedClaim> claim = read_received(field);
  if (!claim) return;
  MessageFacts& facts = facts_of(session);
  ++facts.received_fields;
  const auto same = std::find_if(facts.received.begin(), facts.received.end(),
                                 [&](const ReceivedClaim& known) { return told(known) == told(*claim); });
  if (same != facts.received.end()) {
    ++same->count;
  } else if (facts.received.size() < kReceivedClaims) {
    claim->count = 1;
    claim->seen = seen;
    facts.received.push_back(std::move(*claim));
  }
}

}  // namespace mailseal::mail
