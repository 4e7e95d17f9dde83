// The policy that a capture keeps: a rule for each server and each way in which clients were seen there. Always inside
// TLS is required; in clear too, though TLS is offered, preferred; else none. What no session decides stands there as a
// comment: a rule that nobody saw at work would be a guess.
#include <algorithm>
#include <map>
#include <ostream>
#include <set>
#include <tuple>
#include <vector>

#include "mailseal/base/suites.h"
#include "mailseal/report.h"
#include "policy.h"

namespace mailseal {
namespace {

constexpr std::size_t kClientsListed = 32;

/// One client at one server.
struct Way {
  std::uint64_t sessions = 0, sealed = 0, clear = 0;
  bool withheld = false;
  bool known = true;  ///< every completed handshake told its version and a suite with a name
  std::uint16_t version = 0xffff;
  int bits = 0xffff;
  Protocol protocol = Protocol::Unknown;

  void add(const JudgedSession& judged) {
    const Session& s = judged.session;
    ++sessions;
    const State state = judged.judgement.state;
    sealed += state == State::Encrypted && judged.judgement.confidence != Confidence::Low;
    clear += state == State::Plaintext || state == State::Mixed;
    withheld |= offer_withheld(s);
    if (s.protocol != Protocol::Unknown) protocol = s.protocol;
    if (!s.tls || !s.tls->established || !s.tls->server_hello) return;
    const CipherSuite* suite = find_suite(s.tls->cipher_suite);
    known &= suite != nullptr && s.tls->version >= 0x0300;
    if (suite) bits = std::min<int>(bits, suite->bits);
    if (s.tls->version >= 0x0300)
      version = std::min(version, is_tls13(s.tls->version) ? std::uint16_t{0x0304} : s.tls->version);
  }
  std::optional<PolicyLevel> level() const {
    if (sealed + clear == 0) return std::nullopt;
    if (withheld) return PolicyLevel::None;
    return clear > 0 ? PolicyLevel::Preferred : PolicyLevel::Required;
  }
};

/// One server, and one way.
struct InferredRule {
  std::set<IpAddress> clients;
  Way all;
};

std::string version_word(std::uint16_t version) {
  return version == 0x0300 ? "SSLv3" : "1." + std::to_string(version - 0x0301);
}

std::string sessions(std::uint64_t n) { return std::to_string(n) + (n == 1 ? " session" : " sessions"); }

}  // namespace

void write_inferred(std::ostream& out, const Overview& overview) {
  std::map<std::pair<Endpoint, IpAddress>, Way> ways;
  for (const JudgedSession& judged : overview.sessions)
    if (!never_answered(judged.session))
      ways[{judged.session.flow.server, judged.session.flow.client.address}].add(judged);

  using Key = std::tuple<Endpoint, PolicyLevel, Protocol>;
  std::map<Key, InferredRule> rules;
  std::map<Endpoint, Way> undecided;
  for (const auto& [ends, way] : ways) {
    const auto level = way.level();
    InferredRule* rule = nullptr;
    if (level) {
      rule = &rules[{ends.first, *level, way.protocol}];
      rule->clients.insert(ends.second);
    }
    Way& sum = rule ? rule->all : undecided[ends.first];
    sum.sessions += way.sessions;
    sum.sealed += way.sealed;
    sum.clear += way.clear;
    sum.known &= way.known;
    sum.version = std::min(sum.version, way.version);
    sum.bits = std::min(sum.bits, way.bits);
    sum.protocol = way.protocol;
  }

  out << "# What mailseal " << program_version() << " saw in";
  for (const InputFacts& input : overview.run.inputs) out << ' ' << escape_text(input.path);
  out << ".\n"
         "# It says what was, not what should be: look at each rule, and ask for more where you set more.\n"
         "# The first rule that fits a session counts. Levels: none, preferred, required, verified.\n\n";
  if (rules.empty()) out << "# No session decides anything: there is nothing to write down.\n";
  out << "only = " << (undecided.empty() ? "true" : "false") << "  # true: mail on any other way is told\n";
  for (const auto& [key, rule] : rules) {
    const auto& [server, level, protocol] = key;
    const Way& seen = rule.all;
    out << "\n# " << sessions(seen.sessions) << ": " << seen.sealed << " inside TLS, " << seen.clear << " in clear; "
        << rule.clients.size() << (rule.clients.size() == 1 ? " client" : " clients") << "\n[[rule]]\nname = \""
        << (protocol == Protocol::Unknown ? "mail" : to_string(protocol)) << " to " << to_string(server) << ", "
        << to_string(level) << "\"\n";
    if (rule.clients.size() <= kClientsListed) {
      out << "from = [";
      for (const IpAddress& client : rule.clients)
        out << (client == *rule.clients.begin() ? "" : ", ") << '"' << to_string(client) << '"';
      out << "]\n";
    } else {
      out << "# from: more clients than are listed here; name their network\n";
    }
    out << "to = \"" << to_string(server.address) << "\"\nport = " << server.port << '\n';
    if (protocol != Protocol::Unknown) out << "protocol = \"" << to_string(protocol) << "\"\n";
    out << "level = \"" << to_string(level) << "\"\n";
    if (seen.known && seen.version != 0xffff)
      out << "min_version = \"" << version_word(seen.version) << "\"  # the lowest that was negotiated\n"
          << (seen.bits > 0 ? "" : "# ") << "min_bits = " << seen.bits << "\n";
  }
  for (const auto& [server, way] : undecided)
    out << "\n# " << to_string(server) << ": " << sessions(way.sessions)
        << " that decide nothing; no rule is written\n";
}

}  // namespace mailseal
