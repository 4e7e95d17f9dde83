#include "shown_keys.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace mailseal {

void ShownKeys::add(const JudgedSession& judged, const Order& order, Summary::Path path) {
  const Session& s = judged.session;
  if (!s.tls || s.tls->chain.empty() || !s.tls->chain.front()) return;
  const auto& leaf = s.tls->chain.front();
  if (leaf->spki_sha256.empty()) return;
  if (servers_.size() <= path.server) servers_.resize(path.server + 1);
  OfServer& server = servers_[path.server];
  auto& all = server.shown;
  const std::string& name = s.tls->server_name;
  const auto has_name = [&](const Shown& known) { return known.server_name == name; };
  if (all.empty() || all[server.last].certificate != leaf || !has_name(all[server.last])) {
    const auto known = std::find_if(all.begin(), all.end(), [&](const Shown& k) {
      return k.certificate->spki_sha256 == leaf->spki_sha256 && has_name(k);
    });
    if (known == all.end() && all.size() == kOfOneServer) return;
    server.last = static_cast<std::size_t>(known - all.begin());
    if (known == all.end()) all.push_back({name, leaf, {}});
  }
  Crossing::Event& first = all[server.last].first;
  server.address = s.flow.server.address;
  if (first.seen.frame != 0 && !(order < first.order)) return;
  const std::optional<Seen> seen = s.tls->certificate ? s.tls->certificate : s.tls->server_hello;
  first = {order, seen.value_or(s.first), path, judged.judgement.role};
}

void ShownKeys::find_changed(const Crossing::Tell& tell) const {
  const FindingKind* const kind = find_kind("cert-changed-during-capture");
  for (const OfServer& server : servers_) {
    std::vector<const Shown*> sorted;
    for (const Shown& shown : server.shown) sorted.push_back(&shown);
    std::sort(sorted.begin(), sorted.end(),
              [](const Shown* a, const Shown* b) { return a->first.order < b->first.order; });
    for (auto at = sorted.begin(); at != sorted.end(); ++at) {
      const Shown& now = **at;
      const auto before = std::find_if(sorted.begin(), at, [&](const Shown* b) {
        return b->server_name == now.server_name && b->certificate->key == now.certificate->key;
      });
      if (before == at) continue;
      const Seen& then = (*before)->first.seen;
      tell(now.first, kind,
           then.input == now.first.seen.input
               ? phrase("another key than in frame {:d}", then.frame)
               : phrase("another key than in frame {:d} of input {:d}", then.frame, then.input + 1));
    }
  }
}

void ShownKeys::find_shared(const Crossing::Tell& tell) const {
  const FindingKind* const kind = find_kind("cert-key-shared");
  std::map<std::string_view, std::set<IpAddress>> addresses;
  for (const OfServer& server : servers_)
    for (const Shown& shown : server.shown) addresses[shown.certificate->spki_sha256].insert(server.address);
  for (const OfServer& server : servers_) {
    std::map<std::string_view, const Shown*> first;  // whatever name was asked for
    for (const Shown& shown : server.shown) {
      const Shown*& known = first[shown.certificate->spki_sha256];
      if (!known || shown.first.order < known->first.order) known = &shown;
    }
    for (const auto& [key, shown] : first)
      if (const std::size_t all = addresses[key].size(); all > 1)
        tell(shown->first, kind, phrase("shown at {:d} addresses", all));
  }
}

}  // namespace mailseal
