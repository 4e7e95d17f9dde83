// judge(): the state, then every rule in the order of the catalogue.
#include "mailseal/judge.h"

#include <algorithm>
#include <array>

#include "policy.h"
#include "rule.h"

namespace mailseal {
namespace {

const TlsFacts kNoTls;

Role role_of(const Session& s) noexcept {
  const bool mailbox = s.protocol == Protocol::Pop3 || s.protocol == Protocol::Imap;
  return s.submission || mailbox ? Role::Access : Role::Relay;
}

struct Exposed {
  Exposure exposure;
  std::optional<Seen> seen;
};

std::array<Exposed, 5> exposures(const Session& s) noexcept {
  std::optional<Seen> login;
  if (!s.credentials.empty()) login = s.credentials.front().seen;
  return {{{Exposure::Content, s.content},
           {Exposure::Headers, s.headers},
           {Exposure::Envelope, s.envelope},
           {Exposure::Credentials, login},
           {Exposure::MailboxActivity, s.mailbox_activity}}};
}

/// Where octets of the handshake are missing, certificates may be: of a part of a chain nothing can be said.
bool holed_handshake(const Session& s) noexcept {
  return std::any_of(s.doubts.begin(), s.doubts.end(), [](const DoubtSeen& d) {
    return !d.after_established &&
           (d.doubt == Doubt::Gap || d.doubt == Doubt::CutBySnapLength || d.doubt == Doubt::Fragment);
  });
}

/// At the time of the packet that carried it. What was cut off may be what it lacks.
std::shared_ptr<const ChainResult> verified(const TrustStore& trust,
                                            const std::vector<std::shared_ptr<const Certificate>>& chain,
                                            ChainLack lack, Purpose purpose, const std::optional<Seen>& seen) {
  if (chain.empty()) return nullptr;
  if (lack == ChainLack::Cut && trust.facts().kind != TrustFacts::Kind::None) {
    auto result = std::make_shared<ChainResult>();
    result->error = phrase("more than {:d} certificates were sent, and no more are read", chain.size()).text();
    return result;
  }
  const bool dated = seen && is_plausible(seen->time);
  return trust.verify(chain, purpose, dated ? std::optional(seen->time) : std::nullopt);
}

/// Whether what decides about it stood in a text. Its packets may come from several inputs.
bool read_from_text(const Session& s, const std::set<std::uint32_t>* texts) noexcept {
  if (texts == nullptr || texts->empty()) return false;
  const auto in_text = [&](const std::optional<Seen>& seen) { return seen && texts->contains(seen->input); };
  const bool tls =
      s.tls && (in_text(s.tls->client_hello) || in_text(s.tls->server_hello) || in_text(s.tls->established));
  return tls || in_text(s.first) || in_text(s.last) || in_text(s.greeting) || in_text(first_exposed(s));
}

}  // namespace

std::optional<Seen> first_exposed(const Session& s) noexcept {
  std::optional<Seen> first;
  for (const Exposed& e : exposures(s))
    if (e.seen && (!first || precedes(*e.seen, *first))) first = e.seen;
  if (s.canary)
    for (const CanarySeen& marker : s.canary->seen)
      if (!first || is_after(*first, marker.seen)) first = marker.seen;
  return first;
}

bool never_answered(const Session& s) noexcept {
  if (!s.began || s.spoke[0] || s.spoke[1]) return false;
  const SideCounters& server = s.sides[static_cast<std::size_t>(Side::Server)];
  return server.packets == server.resets;  // each refusal may be seen twice, and each SYN be tried again
}

Judgement judge(const Session& s, const JudgeOptions& options) {
  const TlsFacts& tls = s.tls ? *s.tls : kNoTls;
  const CipherSuite* suite = tls.server_hello ? find_suite(tls.cipher_suite) : nullptr;
  Outcome outcome = decide(s, suite);

  Judgement j;
  const TrustStore* trust = options.trust;
  if (options.policy && !options.rule_trust.empty())
    if (const auto rule = first_rule(*options.policy, s); rule && *rule < options.rule_trust.size())
      if (options.rule_trust[*rule]) trust = options.rule_trust[*rule];
  if (trust && !holed_handshake(s)) {
    j.chain = verified(*trust, tls.chain, tls.chain_lack, Purpose::Server,
                       tls.certificate ? tls.certificate : tls.server_hello);
    j.client_chain = verified(*trust, tls.client_chain, tls.client_chain_lack, Purpose::Client, tls.client_certificate);
  }
  Case c{s, tls, suite, outcome, role_of(s), options, trust, j.chain.get(), j.client_chain.get()};
  PolicyAnswer policy;
  if (options.policy || options.profile) {
    policy = hold_against_policy(c);
    c.policy = &policy;
    j.policy = policy.match;
    j.profile = policy.profile;
  }
  j.role = c.role;
  for (const Exposed& e : exposures(s))
    if (e.seen) j.exposed.push_back(e.exposure);
  constexpr std::size_t kMostHave = 8;
  j.findings.reserve(kMostHave);
  for (const CheckRow& row : checks()) {
    if (row.of_tls && !s.tls) continue;
    if (auto evidence = row.check(c))
      j.findings.push_back({row.kind, evidence->severity.value_or(severity(*row.kind, c.role)), evidence->seen,
                            std::move(evidence->note).text()});
  }
  for (const Why& why : outcome.reasons) j.reasons.push_back(find_kind(id_of(why.reason)));
  j.state = outcome.state;
  j.confidence = outcome.confidence;
  j.confidence_lacks = std::move(outcome.lacks);
  if (read_from_text(s, options.texts)) {
    // A console may lose lines, and most octets print as dots: agreement proves little.
    if (j.confidence == Confidence::High) j.confidence = Confidence::Medium;
    j.confidence_lacks.push_back(phrase("a binary capture (this one is text)").text());
  }
  return j;
}

}  // namespace mailseal
