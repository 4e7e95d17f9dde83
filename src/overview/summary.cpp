#include "summary.h"

#include <map>
#include <set>
#include <tuple>

namespace mailseal {
namespace {

using HopKey = std::tuple<IpAddress, Endpoint>;

HopKey hop_of(const Session& s) { return {s.flow.client.address, s.flow.server}; }

void count(Counts& counts, State state) noexcept { ++counts[static_cast<std::size_t>(state)]; }

void claim(std::set<std::string>& names, const std::string& name) {
  if (!name.empty() && names.size() < kClaims) names.insert(name);
}

// What was seen of how a server treats TLS. "Supports" is never said: only what was offered or done in view.
struct Treatment {
  bool offered = false, withheld = false, refused_clear = false, took_clear = false;
  bool implicit = false, clear_on_implicit = false, client_certificate = false;

  void add(const Session& s) {
    offered |= s.upgrade_offered.has_value();
    withheld |= offer_withheld(s);
    refused_clear |= s.refused_before_tls.has_value();
    took_clear |= s.messages > 0 || s.mailbox_activity.has_value();
    for (const Credential& login : s.credentials) took_clear |= login.accepted.value_or(false);
    implicit |= s.entry == Entry::ImplicitTls && s.tls && s.tls->server_hello;
    clear_on_implicit |= s.clear_on_implicit_port.has_value();
    client_certificate |= s.tls && s.tls->client_certificate;
  }

  std::string_view level() const {
    if (refused_clear && !took_clear) return client_certificate ? "verified" : "required";
    if (offered) return took_clear ? "preferred" : "offered";
    if (withheld || clear_on_implicit) return "none";
    return implicit ? "implicit" : "unknown";
  }
};

struct ServerSoFar {
  Server server;
  std::set<std::string> names;
  Treatment treatment;
};

}  // namespace

State joined(const Counts& counts) noexcept {
  const bool encrypted = of(counts, State::Encrypted) > 0;
  if (of(counts, State::Mixed) > 0) return State::Mixed;
  if (of(counts, State::Plaintext) > 0) return encrypted ? State::Mixed : State::Plaintext;
  // A failure that fell back to clear text is counted above: its clear session has the same client and server.
  if (encrypted) return State::Encrypted;
  if (of(counts, State::Failed) > 0) return State::Failed;
  return of(counts, State::Inconclusive) > 0 ? State::Inconclusive : State::NoMail;
}

std::vector<Server> servers_of(const std::deque<JudgedSession>& sessions) {
  std::map<Endpoint, ServerSoFar> servers;
  for (const JudgedSession& judged : sessions) {
    const Session& s = judged.session;
    auto& [server, names, treatment] = servers[s.flow.server];
    server.endpoint = s.flow.server;
    if (server.protocol == Protocol::Unknown) server.protocol = s.protocol;
    if (s.tls && !s.tls->server_name.empty()) names.insert(s.tls->server_name);
    if (s.tls && !s.tls->chain.empty() && s.tls->chain.front())
      names.insert(s.tls->chain.front()->names.begin(), s.tls->chain.front()->names.end());
    claim(server.greeting_names, s.greeting_name);
    count(server.counts, judged.judgement.state);
    server.findings.insert(judged.finding_kinds.begin(), judged.finding_kinds.end());
    treatment.add(s);
  }
  std::vector<Server> all;
  all.reserve(servers.size());
  for (auto& [endpoint, so_far] : servers) {
    so_far.server.names.assign(so_far.names.begin(), so_far.names.end());
    so_far.server.state = joined(so_far.server.counts);
    so_far.server.observed_level = so_far.treatment.level();
    all.push_back(std::move(so_far.server));
  }
  return all;
}

std::vector<Hop> hops_of(const std::deque<JudgedSession>& sessions) {
  std::map<HopKey, Hop> hops;
  for (const JudgedSession& judged : sessions) {
    const Session& s = judged.session;
    Hop& hop = hops[hop_of(s)];
    hop.from = s.flow.client.address;
    hop.to = s.flow.server.address;
    hop.port = s.flow.server.port;
    if (hop.protocol == Protocol::Unknown) hop.protocol = s.protocol;
    count(hop.counts, judged.judgement.state);
    if (s.tls && s.tls->established && s.tls->version != 0) hop.tls_versions.insert(s.tls->version);
    claim(hop.client_names, s.client_name);
  }
  std::vector<Hop> all;
  all.reserve(hops.size());
  for (auto& [key, hop] : hops) {
    hop.state = joined(hop.counts);
    all.push_back(hop);
  }
  return all;
}

std::vector<const Hop*> unproven(const std::vector<Hop>& hops, const std::deque<JudgedSession>& sessions) {
  std::set<HopKey> proven;
  for (const JudgedSession& judged : sessions)
    if (judged.judgement.state == State::Encrypted && judged.judgement.confidence != Confidence::Low)
      proven.insert(hop_of(judged.session));
  std::vector<const Hop*> all;
  for (const Hop& hop : hops) {
    // "A hop counts for PASS if it has at least one session that is not no-mail": scanners block nothing.
    if (hop.state == State::NoMail) continue;
    if (!proven.contains(HopKey{hop.from, Endpoint{hop.to, hop.port}})) all.push_back(&hop);
  }
  return all;
}

}  // namespace mailseal
