#include "summary.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <random>

namespace mailseal {
namespace {

void count(Counts& counts, State state) noexcept { ++counts[static_cast<std::size_t>(state)]; }

// In order, each once.
template <class T>
void insert(std::vector<T>& all, const T& one) {
  const auto at = std::lower_bound(all.begin(), all.end(), one);
  if (at == all.end() || *at != one) all.insert(at, one);
}

// The first of them by octets, whichever came first.
void claim(std::vector<std::string>& names, const std::string& name) {
  if (name.empty() || (names.size() == kClaims && name > names.back())) return;
  insert(names, name);
  if (names.size() > kClaims) names.pop_back();
}

void claim(std::vector<ProductClaim>& products, const ProductSeen& seen) {
  auto at = std::find_if(products.begin(), products.end(), [&](const auto& p) { return p.product == seen.product; });
  if (at == products.end()) at = products.insert(at, {.product = seen.product});
  at->certainty = std::max(at->certainty, seen.certainty);
  if (!seen.version.empty() && (at->version.empty() || seen.version < at->version)) at->version = seen.version;
  ++at->sessions;
}

// That of the first session whose protocol is known.
void tell_protocol(Protocol& protocol, Order& from, const Session& s, const Order& order) {
  if (s.protocol == Protocol::Unknown || (protocol != Protocol::Unknown && from < order)) return;
  protocol = s.protocol;
  from = order;
}

std::uint32_t upper_half(std::uint64_t hash) noexcept { return static_cast<std::uint32_t>(hash >> 32); }

std::size_t place(const FindingKind* kind) noexcept { return static_cast<std::size_t>(kind - catalogue().data()); }

}  // namespace

HopHash::HopHash() {
  std::random_device secret;
  for (auto& key : keys_) key = std::uint64_t{secret()} << 32 | secret();
}

// As flow's TupleHash, which says why: NH of UMAC, and a product to mix.
std::uint64_t HopHash::operator()(const HopKey& key) const noexcept {
  __extension__ using Wide = unsigned __int128;
  std::array<std::uint64_t, 4> words;
  std::memcpy(words.data(), key.client.octets.data(), 16);
  std::memcpy(words.data() + 2, key.server.address.octets.data(), 16);
  const Wide sum = Wide{words[0] + keys_[0]} * (words[1] + keys_[1]) +
                   Wide{words[2] + keys_[2]} * (words[3] + keys_[3]) + Wide{key.server.port + keys_[4]} * keys_[5];
  const Wide mixed =
      Wide{static_cast<std::uint64_t>(sum) ^ keys_[0]} * (static_cast<std::uint64_t>(sum >> 64) ^ keys_[5]);
  return static_cast<std::uint64_t>(mixed) ^ static_cast<std::uint64_t>(mixed >> 64);
}

void Treatment::add(const Session& s) {
  offered |= s.upgrade_offered.has_value();
  withheld |= offer_withheld(s);
  refused_clear |= s.refused_before_tls.has_value();
  took_clear |= s.messages > 0 || s.mailbox_activity.has_value();
  for (const Credential& login : s.credentials) took_clear |= login.accepted.value_or(false);
  implicit |= s.entry == Entry::ImplicitTls && s.tls && s.tls->server_hello;
  clear_on_implicit |= s.clear_on_implicit_port.has_value();
  client_certificate |= s.tls && s.tls->client_certificate;
}

std::string_view Treatment::level() const noexcept {
  if (refused_clear && !took_clear) return client_certificate ? "verified" : "required";
  if (offered) return took_clear ? "preferred" : "offered";
  if (withheld || clear_on_implicit) return "none";
  return implicit ? "implicit" : "unknown";
}

State joined(const Counts& counts) noexcept {
  const bool encrypted = of(counts, State::Encrypted) > 0;
  if (of(counts, State::Mixed) > 0) return State::Mixed;
  if (of(counts, State::Plaintext) > 0) return encrypted ? State::Mixed : State::Plaintext;
  // A failure that fell back to clear text is counted above: its clear session has the same client and server.
  if (encrypted) return State::Encrypted;
  if (of(counts, State::Failed) > 0) return State::Failed;
  return of(counts, State::Inconclusive) > 0 ? State::Inconclusive : State::NoMail;
}

Summary::Path Summary::add(const JudgedSession& judged, const Order& order) {
  const Path path{server_of(judged, order), hop_of(judged, order)};
  for (const FindingKind* kind : judged.finding_kinds) found(path, kind);
  return path;
}

void Summary::found(Path path, const FindingKind* kind) { servers_[path.server].findings.set(place(kind)); }

std::uint32_t Summary::server_of(const JudgedSession& judged, const Order& order) {
  const Session& s = judged.session;
  const auto number = static_cast<std::uint32_t>(servers_.size());
  const auto [at, fresh] = server_numbers_.try_emplace(s.flow.server, number);
  if (fresh) servers_.emplace_back().server.endpoint = s.flow.server;
  ServerSoFar& so_far = servers_[at->second];
  tell_protocol(so_far.server.protocol, so_far.protocol_from, s, order);
  if (s.tls && !s.tls->server_name.empty()) so_far.names.insert(s.tls->server_name);
  if (s.tls && !s.tls->chain.empty() && s.tls->chain.front() && s.tls->chain.front() != so_far.shown) {
    so_far.shown = s.tls->chain.front();
    so_far.names.insert(so_far.shown->names.begin(), so_far.shown->names.end());
  }
  claim(so_far.server.greeting_names, s.greeting_name);
  if (s.product) claim(so_far.server.products, *s.product);
  count(so_far.server.counts, judged.judgement.state);
  so_far.treatment.add(s);
  return at->second;
}

std::uint32_t HopIndex::place(std::vector<Hop>& hops, const HopKey& key) {
  const std::uint64_t hash = hash_(key);
  std::size_t at = hash & (slots_.size() - 1);
  for (; slots_[at].place != 0; at = (at + 1) & (slots_.size() - 1))
    if (slots_[at].hash == upper_half(hash) && key_of(hops[slots_[at].place - 1]) == key) return slots_[at].place - 1;
  hops.push_back({.from = key.client, .to = key.server.address, .port = key.server.port});
  const auto place = static_cast<std::uint32_t>(hops.size());
  slots_[at] = {place, upper_half(hash)};
  if (hops.size() * 4 > slots_.size() * 3) grow(hops);
  return place - 1;
}

void HopIndex::grow(const std::vector<Hop>& hops) {
  slots_ = std::vector<Slot>(slots_.size() * 2);
  for (std::uint32_t place = 1; place <= hops.size(); ++place) {
    const std::uint64_t hash = hash_(key_of(hops[place - 1]));
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at].place != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = {place, upper_half(hash)};
  }
}

std::uint32_t Summary::hop_of(const JudgedSession& judged, const Order& order) {
  const Session& s = judged.session;
  const std::uint32_t number = hop_index_.place(hops_, {s.flow.client.address, s.flow.server});
  if (number == proofs_.size()) proofs_.emplace_back();
  Hop& hop = hops_[number];
  HopProof& proof = proofs_[number];
  tell_protocol(hop.protocol, proof.protocol_from, s, order);
  count(hop.counts, judged.judgement.state);
  if (s.tls && s.tls->established && s.tls->version != 0) insert(hop.tls_versions, s.tls->version);
  claim(hop.client_names, s.client_name);
  proof.treatment.add(s);
  proof.proven |= judged.judgement.state == State::Encrypted && judged.judgement.confidence != Confidence::Low;
  return number;
}

std::vector<Server> Summary::take_servers() {
  std::vector<Server> all;
  all.reserve(servers_.size());
  std::vector<std::pair<Endpoint, std::uint32_t>> sorted(server_numbers_.begin(), server_numbers_.end());
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [endpoint, number] : sorted) {
    ServerSoFar& so_far = servers_[number];
    so_far.server.names.assign(so_far.names.begin(), so_far.names.end());
    so_far.server.state = joined(so_far.server.counts);
    so_far.server.observed_level = so_far.treatment.level();
    std::sort(so_far.server.products.begin(), so_far.server.products.end(), [](const auto& a, const auto& b) {
      return a.sessions != b.sessions ? a.sessions > b.sessions : a.product < b.product;
    });
    assert(catalogue().size() <= so_far.findings.size());
    for (const FindingKind& kind : catalogue())
      if (so_far.findings.test(place(&kind))) so_far.server.findings.insert(&kind);
    all.push_back(std::move(so_far.server));
  }
  server_numbers_.clear();
  servers_.clear();
  return all;
}

Summary::Hops Summary::take_hops() {
  std::vector<std::pair<HopKey, std::uint32_t>> sorted;
  sorted.reserve(hops_.size());
  for (const Hop& hop : hops_) sorted.emplace_back(key_of(hop), static_cast<std::uint32_t>(sorted.size()));
  std::sort(sorted.begin(), sorted.end());
  Hops taken;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    Hop& hop = hops_[sorted[i].second];
    hop.state = joined(hop.counts);
    hop.observed_level = proofs_[sorted[i].second].treatment.level();
    // "A hop counts for PASS if it has at least one session that is not no-mail": scanners block nothing.
    if (hop.state != State::NoMail && !proofs_[sorted[i].second].proven) taken.unproven.push_back(i);
  }
  // Where they lie, cycle by cycle: there may be as many as sessions.
  for (std::uint32_t start = 0; start < sorted.size(); ++start) {
    if (sorted[start].second == start) continue;
    Hop first = std::move(hops_[start]);
    std::uint32_t hole = start;
    for (std::uint32_t from = sorted[hole].second; from != start; from = sorted[hole].second) {
      hops_[hole] = std::move(hops_[from]);
      sorted[hole].second = hole;
      hole = from;
    }
    hops_[hole] = std::move(first);
    sorted[hole].second = hole;
  }
  taken.all = std::move(hops_);
  return taken;
}

}  // namespace mailseal
