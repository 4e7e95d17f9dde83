#include "inventory.h"

#include <functional>

#include "mailseal/base/suites.h"
#include "words.h"

namespace mailseal {

Inventory::Inventory(const std::vector<const Server*>& servers) {
  for (const Server* server : servers) servers_.try_emplace(server->endpoint);
}

Inventory::Inventory(const Overview& overview) {
  for (const Server& server : overview.servers) servers_.try_emplace(server.endpoint);
  for (const JudgedSession& judged : overview.sessions) add(judged);
}

void Inventory::add(const JudgedSession& judged) {
  const Session& session = judged.session;
  if (!session.tls) return;
  const auto at = servers_.find(session.flow.server);
  if (at == servers_.end()) return;
  const TlsFacts& tls = *session.tls;
  ServerInventory& server = at->second;
  ++server.begun;
  if (!tls.server_hello) return;
  ++server.hellos;
  const CipherSuite* suite = find_suite(tls.cipher_suite);
  if (tls.version != 0) server.versions.add(tls.version, std::equal_to{});
  server.suites.add(tls.cipher_suite, std::equal_to{});
  if (tls.group) server.groups.add(*tls.group, std::equal_to{});
  if (const auto secret = forward_secrecy(tls, suite)) ++(*secret ? server.forward_secret : server.not_forward_secret);
  server.certificates_hidden += tls.chain_hidden;
  if (!tls.chain.empty()) {
    server.certificates.add(tls.chain.front(), [](const auto& a, const auto& b) { return a->sha256 == b->sha256; });
    if (server.chains.size() < server.certificates.counts.size()) server.chains.push_back(judged.judgement.chain);
  } else if (tls.resumed && !tls.chain_hidden) {
    ++server.certificates_resumed;
  } else if (suite && suite->anonymous) {
    ++server.certificates_anonymous;
  }
}

const ServerInventory& Inventory::of(const Endpoint& endpoint) const {
  static const ServerInventory kNone;
  const auto at = servers_.find(endpoint);
  return at == servers_.end() ? kNone : at->second;
}

}  // namespace mailseal
