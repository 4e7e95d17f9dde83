// The words of the stages before, as to_string() gives them: here xgettext finds them.
#include <algorithm>
#include <array>
#include <set>

#include "mailseal/report.h"
#include "phrases.h"
#include "tr.h"

namespace mailseal {
namespace {

constexpr std::array kVocabulary{
    // State, Verdict
    tr_later("encrypted"),
    tr_later("plaintext"),
    tr_later("mixed"),
    tr_later("failed"),
    tr_later("no-mail"),
    tr_later("inconclusive"),
    tr_later("pass"),
    tr_later("fail"),
    // Severity, Confidence
    tr_later("critical"),
    tr_later("high"),
    tr_later("medium"),
    tr_later("low"),
    tr_later("info"),
    tr_later("positive"),
    // Exposure
    tr_later("content"),
    tr_later("headers"),
    tr_later("envelope"),
    tr_later("credentials"),
    tr_later("mailbox-activity"),
    // Side, Role
    tr_later("client"),
    tr_later("server"),
    tr_later("access"),
    tr_later("relay"),
    // Doubt
    tr_later("joined-midway"),
    tr_later("gap"),
    tr_later("overlap-conflict"),
    tr_later("one-sided"),
    tr_later("cut-by-snap-length"),
    tr_later("fragment"),
    tr_later("capture-ended"),
    tr_later("malformed"),
    tr_later("limit-hit"),
    tr_later("evicted"),
    tr_later("unknown"),
    // Server::observed_level
    tr_later("none"),
    tr_later("offered"),
    tr_later("preferred"),
    tr_later("required"),
    tr_later("verified"),
    tr_later("implicit"),
    // InputFacts::ended, but for errors
    tr_later("complete"),
    tr_later("truncated"),
    // Skipped
    tr_later("not-ip"),
    tr_later("not-tcp"),
    tr_later("unknown-link"),
    tr_later("tunnel"),  // of reports before these were told apart
    tr_later("tunnel-unknown"),
    tr_later("nested-too-deep"),
    tr_later("ipsec"),
    tr_later("ipcomp"),
    tr_later("macsec"),
    tr_later("wireguard"),
    tr_later("openvpn"),
    tr_later("ppp-encrypted"),
    tr_later("wifi-encrypted"),
    tr_later("several-frames"),
    tr_later("awaiting-fragments"),
    tr_later("lost-fragments"),
    tr_later("truncated"),
    tr_later("bad-header"),
};

}  // namespace

bool is_phrase_word(std::string_view english) {
  static const std::set<std::string_view> words = [] {
    std::set<std::string_view> all(kVocabulary.begin(), kVocabulary.end());
    for (const FindingKind& kind : catalogue()) all.insert(kind.title);
    return all;
  }();
  return words.contains(english);
}

}  // namespace mailseal
