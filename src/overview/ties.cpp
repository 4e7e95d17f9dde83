#include "ties.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "mailseal/base/suites.h"

namespace mailseal {
namespace {

/// A session id or a ticket between one client and one server.
std::uint64_t key_of(std::uint64_t hash, std::uint32_t hop) noexcept {
  constexpr std::uint64_t kOdd = 0x9e37'79b9'7f4a'7c15;
  return hash ^ (hop + 1) * kOdd;
}

}  // namespace

void Ties::add(const TlsFacts& tls, Role role, const Order& order, Summary::Path path) {
  if (!tls.server_hello) return;
  if (!tls.resumed && tls.marks.server_share != 0 && shares_.size() < kMost)
    shares_.push_back(
        {tls.marks.server_share, tls.marks.server_random, order.session, path.server, *tls.server_hello, role});
  if (tls.resumed) {
    keep(tls, tls.marks.ticket_offered, What::Resumed, order, path);
    if (tls.marks.ticket_issued != 0) keep(tls, tls.marks.ticket_issued, What::Renewed, order, path);
  } else if (tls.established || !is_tls13(tls.version)) {  // of TLS 1.2 the id or the ticket alone is proof enough
    keep(tls, tls.marks.ticket_issued, What::Full, order, path);
  }
}

void Ties::keep(const TlsFacts& tls, std::uint64_t ticket, What what, const Order& order, Summary::Path path) {
  const bool tls13 = is_tls13(tls.version);
  if (events_.size() == kMost || (!tls13 && tls.marks.session_id == 0 && ticket == 0)) return;
  events_.push_back({what == What::Renewed ? 0 : tls.marks.session_id, ticket, tls.server_hello->time, order.session,
                     path.hop & 0x1fff'ffff, static_cast<std::uint32_t>(what) & 3u, tls13});
}

std::vector<Ties::Resumption> Ties::take_resumptions() {
  std::vector<Resumption> found;
  std::vector<Event> events = std::exchange(events_, {});
  const auto is = [](const Event& event, What what) { return event.what == static_cast<std::uint32_t>(what); };
  if (std::none_of(events.begin(), events.end(), [&](const Event& e) { return is(e, What::Resumed); })) return found;
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return std::tuple(a.time, a.session, a.what) < std::tuple(b.time, b.session, b.what);
  });

  // The full handshake behind each, so far.
  std::unordered_map<std::uint64_t, std::uint32_t> by_id, by_ticket;
  std::unordered_map<std::uint32_t, std::uint32_t> last_of_hop;
  const auto find = [](const auto& places, auto key) {
    const auto at = places.find(key);
    return at == places.end() ? std::nullopt : std::optional(at->second);
  };
  for (const Event& event : events) {
    const std::uint32_t hop = event.hop;
    const std::uint64_t id = key_of(event.id, hop), ticket = key_of(event.ticket, hop);
    if (is(event, What::Full)) {
      if (event.id != 0) by_id.insert_or_assign(id, event.session);
      if (event.ticket != 0) by_ticket.insert_or_assign(ticket, event.session);
      if (event.tls13 != 0) last_of_hop.insert_or_assign(hop, event.session);
    } else if (is(event, What::Renewed)) {  // directly behind its own Resumed
      if (!found.empty() && found.back().session == event.session)
        by_ticket.insert_or_assign(ticket, found.back().from);
    } else if (event.tls13 != 0) {
      if (const auto from = find(last_of_hop, hop)) found.push_back({event.session, *from, ResumedFrom::By::SamePair});
    } else if (const auto from = event.id != 0 ? find(by_id, id) : std::nullopt) {
      found.push_back({event.session, *from, ResumedFrom::By::SessionId});
    } else if (const auto giver = event.ticket != 0 ? find(by_ticket, ticket) : std::nullopt) {
      found.push_back({event.session, *giver, ResumedFrom::By::Ticket});
    }
  }
  return found;
}

std::vector<std::vector<Ties::Share>> Ties::take_reused_shares() {
  std::vector<Share> shares = std::exchange(shares_, {});
  std::sort(shares.begin(), shares.end(), [](const Share& a, const Share& b) {
    return std::tuple(a.value, a.random, a.session) < std::tuple(b.value, b.random, b.session);
  });
  std::vector<std::vector<Share>> reused;
  for (auto first = shares.begin(); first != shares.end();) {
    const auto end = std::find_if(first, shares.end(), [&](const Share& s) { return s.value != first->value; });
    if (first->random != std::prev(end)->random) reused.emplace_back(first, end);
    first = end;
  }
  return reused;
}

}  // namespace mailseal
