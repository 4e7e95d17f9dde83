#include "inside.h"

#include <algorithm>
#include <map>

#include "figures.h"
#include "tr.h"

namespace mailseal {
namespace {

std::string reason_text(Decryption why) {
  switch (why) {
    case Decryption::Decrypted:
      return tr("decrypted");
    case Decryption::NoKey:
      return tr("no key");
    case Decryption::WrongKey:
      return tr("wrong key");
    case Decryption::Unsupported:
      return tr("not a kind of TLS that is decrypted here");
    case Decryption::Gap:
      return tr("packets are missing");
    case Decryption::Damaged:
      return tr("a record does not verify");
    case Decryption::Renegotiated:
      return tr("renegotiated without keys");
    case Decryption::LimitHit:
      return tr("a limit was reached");
  }
  return {};
}

std::string login_text(const InsideLogin& login) {
  if (!login.accepted) return told("login {} without an answer", login.mechanism);
  return *login.accepted ? told("login {} accepted", login.mechanism) : told("login {} refused", login.mechanism);
}

bool refuses(const InsideStatus& status) { return !status.code.starts_with('2'); }

std::string status_text(const InsideStatus& status) {
  return status.enhanced.empty() ? status.code : status.code + " " + status.enhanced;
}

}  // namespace

std::string inside_text(const Inside& inside) {
  constexpr std::size_t kLogins = 3, kRefusals = 3;
  if (inside.state != Decryption::Decrypted) return reason_text(inside.state);
  std::vector<std::string> parts{told_number(inside.messages, "{} message", "{} messages")};
  for (std::size_t i = 0; i < inside.logins.size() && i < kLogins; ++i) parts.push_back(login_text(inside.logins[i]));
  std::size_t refusals = 0;
  for (const InsideStatus& status : inside.statuses)
    if (refuses(status) && refusals++ < kRefusals) parts.push_back(told("refusal {}", status_text(status)));
  if (refusals > kRefusals) parts.push_back(told_number(refusals - kRefusals, "{} more refusal", "{} more refusals"));
  for (const Undecrypted& stop : inside.stopped)
    parts.push_back(told(stop.seen.side == Side::Client ? tr_later("the client's octets up to frame {}: {}")
                                                        : tr_later("the server's octets up to frame {}: {}"),
                         stop.seen.frame, reason_text(stop.why)));
  return joined(parts);
}

InsideRows::InsideRows(const Overview& overview) {
  if (overview.keyed == 0) return;
  std::map<Decryption, std::uint64_t> counts;
  for (const JudgedSession& judged : overview.sessions) {
    const Session& s = judged.session;
    if (!s.tls || !s.tls->inside) continue;
    const Inside& inside = *s.tls->inside;
    ++counts[inside.state];
    if (inside.state == Decryption::Decrypted && rows.size() < kShown)
      rows.push_back({s.flow, inside.first ? *inside.first : s.first, inside_text(inside)});
  }
  decrypted = counts[Decryption::Decrypted];
  counts.erase(Decryption::Decrypted);
  std::vector<std::pair<Decryption, std::uint64_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& [why, n] : sorted)
    others.push_back(told("{}: {}", told_number(n, "{} session", "{} sessions"), reason_text(why)));
}

}  // namespace mailseal
