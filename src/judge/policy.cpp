// Findings of class policy: what the administrator set, held against what one session shows.
//
// The first rule that matches counts. Its level looks at what crossed: a session that ended before any mail was sent
// keeps nothing and breaks nothing. Versions and suites count where the handshake was completed, for a peer that
// refuses a bad one does what the policy wants. What cannot be seen (a certificate in TLS 1.3) is undecided, never
// kept. An exception takes the finding away, not the readable mail: that keeps its own.
#include "policy.h"

#include <algorithm>

#include "names.h"

namespace mailseal {
namespace {

using enum Severity;
constexpr auto kClass = FindingClass::Policy;

bool matches(const PolicyRule& rule, const Session& s) {
  const auto& ports = rule.ports;
  return rule.from.holds(s.flow.client.address) && rule.to.holds(s.flow.server.address) &&
         (ports.empty() || std::find(ports.begin(), ports.end(), s.flow.server.port) != ports.end()) &&
         (rule.protocol.empty() || s.protocol == Protocol::Unknown || rule.protocol == to_string(s.protocol));
}

/// Nothing but addresses crossed, and the server took nothing: that is how "required" looks.
bool was_enforced(const Session& s) {
  return s.refused_before_tls && s.messages == 0 && !s.content && !s.headers && !s.mailbox_activity &&
         s.credentials.empty();
}

/// One rule against one session.
class Held {
 public:
  Held(const Case& c, const PolicyRule& rule) : c_(c), rule_(rule) {
    level();
    if (tls_established(c.session) && c.tls.server_hello) {
      negotiated();
      certificate();
    }
  }

  std::vector<PolicyReason> take_broken() { return std::move(broken_); }
  PolicyMatch::Outcome outcome() const {
    if (!broken_.empty()) return PolicyMatch::Outcome::Broken;
    const State state = c_.outcome.state;
    const bool shown =
        (state == State::Encrypted && c_.outcome.confidence != Confidence::Low) || in_clear() ||
        (rule_.level >= PolicyLevel::Required && c_.session.refused_before_tls && state != State::Inconclusive);
    return shown && !unseen_ ? PolicyMatch::Outcome::Kept : PolicyMatch::Outcome::Undecided;
  }

 private:
  bool in_clear() const { return c_.outcome.state == State::Plaintext || c_.outcome.state == State::Mixed; }
  void broken(const Seen& seen, Phrase text) { broken_.push_back({seen, std::move(text)}); }

  void level() {
    const Session& s = c_.session;
    if (rule_.level >= PolicyLevel::Required && in_clear() && !was_enforced(s))
      broken(first_exposed(s).value_or(c_.tls.application_data ? *c_.tls.application_data : s.first),
             rule_.level == PolicyLevel::Required ? phrase("readable mail or logins where TLS is required")
                                                  : phrase("readable mail or logins where verified TLS is required"));
    // Of a server that nobody named it is not said what it must offer.
    if (rule_.level >= PolicyLevel::Preferred && !rule_.to.ranges.empty() && offer_withheld(s) && s.capabilities)
      broken(*s.capabilities, phrase("the server offers no TLS"));
    // "A publicly-referenced SMTP server MUST NOT require use of the STARTTLS extension" (RFC 3207 4).
    if (rule_.public_mx && s.refused_before_tls && !s.submission)
      broken(*s.refused_before_tls, phrase("a public MX refuses mail without TLS"));
  }

  void negotiated() {
    const Seen hello = *c_.tls.server_hello;
    const std::uint16_t version = is_tls13(c_.tls.version) ? 0x0304 : c_.tls.version;
    if (rule_.min_version != 0 && version == 0) unseen_ = true;
    if (version != 0 && version < rule_.min_version)
      broken(hello,
             phrase("{} where at least {} is set", version_name(c_.tls.version), version_name(rule_.min_version)));
    const std::uint16_t suite = c_.tls.cipher_suite;
    if (rule_.min_bits > 0 && c_.suite == nullptr) unseen_ = true;
    if (c_.suite != nullptr && c_.suite->bits < rule_.min_bits)
      broken(hello, phrase("a cipher of {:d} bits ({}) where at least {:d} are set", c_.suite->bits, suite_name(suite),
                           rule_.min_bits));
    const auto among = [&](const auto& suites) {
      return std::find(suites.begin(), suites.end(), suite) != suites.end();
    };
    if (!rule_.allowed.empty() && !among(rule_.allowed))
      broken(hello, phrase("{} is none of the allowed suites", suite_name(suite)));
    if (among(rule_.forbidden)) broken(hello, phrase("{} is a forbidden suite", suite_name(suite)));
  }

  void certificate() {
    const bool verify = rule_.level == PolicyLevel::Verified || rule_.verify;
    if (!verify && rule_.names.empty()) return;
    const Seen seen = shown(c_).value_or(*c_.tls.server_hello);
    if (c_.suite != nullptr && c_.suite->anonymous)
      return broken(seen, phrase("no certificate, for the suite is anonymous"));
    const Certificate* own = leaf(c_);
    if (own == nullptr) {
      unseen_ = true;
      return;
    }
    if (verify) {
      if (!c_.chain || !c_.chain->error_code)
        unseen_ = true;
      else if (!c_.chain->ok)
        broken(seen, phrase("the certificate does not verify: error {:d}, {}", *c_.chain->error_code,
                            verify_error_text(*c_.chain->error_code)));
    }
    if (!rule_.names.empty()) {
      const auto fits = [&](const std::string& name) { return is_for(*own, name); };
      if (std::none_of(rule_.names.begin(), rule_.names.end(), fits))
        broken(seen, phrase("the certificate has none of the names that are set"));
    } else {
      const ServerName* given = find_name(c_.options, c_.session.flow.server);
      const std::string& asked = given ? given->name : c_.tls.server_name;
      if (!asked.empty() && !is_for(*own, asked)) broken(seen, phrase("the certificate is for another name"));
    }
  }

  const Case& c_;
  const PolicyRule& rule_;
  std::vector<PolicyReason> broken_;
  bool unseen_ = false;
};

/// In force on that day, by the packets' time: of packets without a date no exception is known to hold.
bool in_force(const PolicyException& exception, Timestamp time) {
  return is_plausible(time) && std::chrono::floor<std::chrono::days>(time) <= exception.until;
}

Phrase joined_reasons(const std::vector<PolicyReason>& reasons) {
  Phrase all = reasons.front().text;
  for (std::size_t i = 1; i < reasons.size(); ++i) all = phrase("{:t}; {:t}", all, reasons[i].text);
  return all;
}

std::optional<Proof> mismatch(const Case& c) {
  if (!c.policy || !c.policy->match || c.policy->match->outcome != PolicyMatch::Outcome::Broken) return {};
  const PolicyAnswer& answer = *c.policy;
  Phrase note = phrase("rule {:d}: {:t}", answer.match->rule + 1, joined_reasons(answer.broken));
  if (answer.past_exception) note = phrase("{:t}; its exception has ended", note);
  return Proof{answer.broken.front().seen, std::move(note)};
}

std::optional<Proof> profile_not_met(const Case& c) {
  if (!c.policy || !c.policy->profile || c.policy->profile->met || c.policy->profile->excepted) return {};
  const auto& below = c.policy->below;
  return Proof{below.front().seen, phrase("below {}: {:t}", c.policy->profile->profile->name, joined_reasons(below))};
}

std::optional<Proof> unexpected_path(const Case& c) {
  if (!c.policy || !c.policy->unexpected) return {};
  return Proof{c.session.first, phrase("no rule of the policy is for this way")};
}

const Rule kRules[] = {
    {{"policy-mismatch", "Observed differs from declared policy", kClass, High, High,
      "A session breaks the rule of --policy that is for it: its level, version, cipher or certificate.",
      "What is set does not work as it is documented.", "Mend the server or client, or the policy.",
      "PCI DSS 12.3.3; ISO 27001 A.5.36; RFC 3207 4"},
     mismatch},
    {{"policy-profile-not-met", "TLS profile not met", kClass, Medium, Low,
      "The version, suite, group, key or signature that was negotiated is below the chosen profile.",
      "Below the baseline that was chosen. It shows what was negotiated here, not all that is enabled.",
      "Harden the server as the profile says.", "RFC 9325; RFC 10015"},
     profile_not_met},
    {{"policy-coverage-missing", "Expected hop not observed", kClass, Medium, Medium,
      "A rule of the policy has no session that shows whether it is kept.",
      "It was not tested: that nothing was seen proves nothing.", "Capture there too, while mail passes.", ""},
     nullptr},
    {{"policy-unexpected-path", "Mail flow not in the declared map", kClass, Medium, Medium,
      "Mail passed between hosts for which the policy, which says that it is complete, has no rule.",
      "A way of the mail that nobody has written down.", "Add a rule for it, or block it.", "PCI DSS 1.2.4"},
     unexpected_path},
};

}  // namespace

std::optional<std::size_t> first_rule(const Policy& policy, const Session& s) {
  const auto at =
      std::find_if(policy.rules.begin(), policy.rules.end(), [&](const PolicyRule& rule) { return matches(rule, s); });
  if (at == policy.rules.end()) return std::nullopt;
  return static_cast<std::size_t>(at - policy.rules.begin());
}

PolicyAnswer hold_against_policy(const Case& c) {
  PolicyAnswer answer;
  const Session& s = c.session;
  const Profile* profile = c.options.profile;
  if (never_answered(s)) return answer;
  const IpAddress &client = s.flow.client.address, &server = s.flow.server.address;
  bool excepted = false;
  if (const Policy* policy = c.options.policy) {
    if (const auto number = first_rule(*policy, s)) {
      const PolicyRule& rule = policy->rules[*number];
      Held held(c, rule);
      answer.match = PolicyMatch{static_cast<std::uint32_t>(*number), held.outcome(), {}, {}};
      answer.broken = held.take_broken();
      if (!answer.broken.empty()) answer.match->seen = answer.broken.front().seen;
      if (rule.profile) profile = rule.profile;
      for (std::size_t i = 0; i < policy->exceptions.size() && !excepted; ++i) {
        if (!policy->exceptions[i].covers(*number, client, server)) continue;
        excepted = in_force(policy->exceptions[i], s.first.time);
        answer.past_exception = !excepted;
        if (answer.match->outcome == PolicyMatch::Outcome::Broken)
          answer.match->exception = static_cast<std::uint32_t>(i);
      }
      if (excepted && answer.match->outcome == PolicyMatch::Outcome::Broken)
        answer.match->outcome = PolicyMatch::Outcome::Excepted;
    } else {
      answer.unexpected = policy->only && c.outcome.state != State::NoMail;
    }
  }
  if (profile && tls_established(s) && c.tls.server_hello) {
    answer.below = below_profile(c, *profile);
    answer.profile = ProfileMatch{profile, answer.below.empty(), excepted};
  }
  return answer;
}

std::span<const Rule> policy_rules() noexcept { return kRules; }

}  // namespace mailseal
