// One pass over the sessions: what the page's sections need of them, and no more.
#include <algorithm>
#include <tuple>

#include "chain_words.h"
#include "claims.h"
#include "figures.h"
#include "html_page.h"
#include "inside.h"
#include "words.h"

namespace mailseal {
namespace {

std::vector<const Server*> worst_servers(const std::vector<Server>& all) {
  std::vector<const Server*> sorted;
  for (const Server& server : all) sorted.push_back(&server);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Server* a, const Server* b) { return order_of(a->state) < order_of(b->state); });
  sorted.resize(std::min(sorted.size(), HtmlLimits::servers));
  return sorted;
}

/// The worst first: by state, then by the worst finding, then as they came.
std::tuple<std::size_t, Severity, std::uint64_t> rank(State state, Role role,
                                                      const std::vector<const FindingKind*>& findings,
                                                      std::uint64_t id) {
  Severity worst = Severity::Positive;
  for (const FindingKind* kind : findings) worst = std::min(worst, severity(*kind, role));
  return {order_of(state), worst, id};
}
auto rank(const SessionRow& row) { return rank(row.state, row.role, row.findings, row.id); }
bool worse(const SessionRow& a, const SessionRow& b) { return rank(a) < rank(b); }

SessionRow row_of(const JudgedSession& judged) {
  const Session& s = judged.session;
  SessionRow row;
  row.id = judged.id;
  row.flow = s.flow;
  row.protocol = s.protocol;
  row.entry = s.entry;
  row.role = judged.judgement.role;
  row.state = judged.judgement.state;
  row.confidence = judged.judgement.confidence;
  row.confidence_lacks = judged.judgement.confidence_lacks;
  row.exposed = judged.judgement.exposed;
  for (const DoubtSeen& d : s.doubts)
    if (std::find(row.doubts.begin(), row.doubts.end(), d.doubt) == row.doubts.end()) row.doubts.push_back(d.doubt);
  row.first = s.first;
  if (s.tls) {
    row.tls_begun = true;
    if (s.tls->version != 0) row.version = version_name(s.tls->version);
    if (s.tls->server_hello) row.suite = suite_name(s.tls->cipher_suite);
    if (s.tls->group) row.group = group_name(*s.tls->group);
    row.server_name = brief(s.tls->server_name);
    if (!s.tls->client_chain.empty()) {
      const Certificate& own = *s.tls->client_chain.front();
      row.client_certificate = brief(own.parsed ? own.subject : "SHA-256 " + own.sha256);
      if (const auto& chain = judged.judgement.client_chain) row.client_verified = brief(verify_words(*chain));
    }
    if (s.tls->inside) row.inside = brief(inside_text(*s.tls->inside));
  }
  row.findings = judged.finding_kinds;
  if (s.product) row.product = product_words(s.product->product, s.product->certainty, s.product->version);
  row.messages = message_words(s);
  if (s.message_facts) row.earlier_hops = received_words(*s.message_facts);
  return row;
}

}  // namespace

HtmlGathered::HtmlGathered(const Overview& overview) : servers_(worst_servers(overview.servers)), inventory_(servers_) {
  for (const FindingGroup& group : overview.findings)
    for (const Occurrence& occurrence : group.occurrences)
      if (occurrence.session != 0) cited_.try_emplace(occurrence.session);
  for (const JudgedSession& judged : overview.sessions) {
    inventory_.add(judged);
    consider(judged);
    if (const auto at = cited_.find(judged.id); at != cited_.end()) at->second = judged.session.flow;
    ++session_count_;
  }
  std::sort_heap(rows_.begin(), rows_.end(), worse);
  for (const SessionRow& row : rows_) shown_.insert(row.id);
}

/// A heap with the least bad on top, which gives way to a worse one.
void HtmlGathered::consider(const JudgedSession& judged) {
  if (rows_.size() == HtmlLimits::sessions) {
    const Judgement& j = judged.judgement;
    if (rank(j.state, j.role, judged.finding_kinds, judged.id) >= rank(rows_.front())) return;
    std::pop_heap(rows_.begin(), rows_.end(), worse);
    rows_.pop_back();
  }
  rows_.push_back(row_of(judged));
  std::push_heap(rows_.begin(), rows_.end(), worse);
}

const FlowKey* HtmlGathered::flow(std::uint64_t session) const {
  const auto at = cited_.find(session);
  return at == cited_.end() || at->second == FlowKey{} ? nullptr : &at->second;
}

}  // namespace mailseal
