#include "inventory.h"

#include <algorithm>

#include "mailseal/base/suites.h"
#include "mailseal/report.h"
#include "table.h"

namespace mailseal {
namespace {

constexpr std::size_t kNamed = 32;                ///< of a kind and server
constexpr std::size_t kCertificates = 8;          ///< of a server
constexpr std::size_t kCertificatesInAll = 8192;  ///< some 5 MB
constexpr std::size_t kNameColumns = 256;

bool count(std::vector<ServerTls::Shown>& shown, const std::string& name) {
  auto at = std::find_if(shown.begin(), shown.end(), [&](const auto& s) { return s.name == name; });
  if (at == shown.end()) {
    if (shown.size() == kNamed) return false;
    at = shown.insert(at, {name, 0});
  }
  ++at->sessions;
  return true;
}

}  // namespace

Inventory::Inventory(const Overview& overview) {
  for (const JudgedSession& s : overview.sessions)
    if (s.session.tls) add(*s.session.tls, servers_[s.session.flow.server]);
}

void Inventory::add(const TlsFacts& tls, ServerTls& server) {
  if (tls.version != 0) server.unnamed += !count(server.versions, version_name(tls.version));
  if (tls.server_hello) server.unnamed += !count(server.suites, suite_name(tls.cipher_suite));
  if (tls.group) server.unnamed += !count(server.groups, group_name(*tls.group));
  server.hidden += tls.chain_hidden;
  if (tls.chain.empty()) return;
  const Certificate& c = *tls.chain.front();
  auto at = std::find_if(server.certificates.begin(), server.certificates.end(),
                         [&](const ServerTls::Leaf& leaf) { return leaf.sha256 == c.sha256; });
  if (at == server.certificates.end()) {
    if (server.certificates.size() == kCertificates || certificates_ == kCertificatesInAll) {
      ++server.unnamed;
      return;
    }
    ++certificates_;
    const auto name = [&](const std::string& text) {
      return c.parsed ? shortened(escape_text(text), kNameColumns) : std::string();
    };
    at = server.certificates.insert(
        at, {c.sha256, name(c.subject), name(c.issuer), name(c.key), c.not_before, c.not_after, c.key_bits, 0});
  }
  ++at->sessions;
}

const ServerTls& Inventory::of(const Endpoint& server) const {
  static const ServerTls kNothing;
  const auto at = servers_.find(server);
  return at == servers_.end() ? kNothing : at->second;
}

}  // namespace mailseal
