// Which way something turned: the opinions of a comparison, apart from its bookkeeping.
#include "diff.h"

namespace mailseal {

bool is_open(State s) noexcept { return s == State::Plaintext || s == State::Mixed; }

Turn turn_of(State before, State after) noexcept {
  if (before == after) return Turn::Changed;
  if (is_open(after) && !is_open(before)) return Turn::Opened;
  if (is_open(before) && after == State::Encrypted) return Turn::Closed;
  // What could not be seen, or carried nothing, is neither better nor, unless proof is lost, worse.
  if (before == State::NoMail || after == State::NoMail) return Turn::Changed;
  if (after == State::Inconclusive) return before == State::Encrypted ? Turn::Worse : Turn::Changed;
  if (before == State::Inconclusive) return after == State::Encrypted ? Turn::Better : Turn::Changed;
  const auto rank = [](State s) {
    return s == State::Encrypted ? 0 : s == State::Failed ? 1 : s == State::Mixed ? 2 : 3;
  };
  return rank(after) > rank(before) ? Turn::Worse : Turn::Better;
}

Turn turn_of(Verdict before, Verdict after) noexcept {
  if (before == Verdict::Pass || after == Verdict::Fail) return Turn::Worse;
  return after == Verdict::Pass ? Turn::Better : Turn::Changed;  // a fail that can no longer be seen is no gain
}

namespace {
/// How well a server is seen to insist; nullopt: nothing shows it.
std::optional<int> rank_of_level(std::string_view level) {
  if (level == "none") return 0;
  if (level == "preferred") return 1;
  if (level == "required" || level == "implicit") return 2;
  if (level == "verified") return 3;
  return std::nullopt;
}

}  // namespace

Turn turn_of_level(std::string_view before, std::string_view after) noexcept {
  const auto b = rank_of_level(before), a = rank_of_level(after);
  if (!b || !a || *a == *b) return Turn::Changed;
  return *a > *b ? Turn::Better : Turn::Worse;
}

bool stands_against(const FindingKind& kind, Severity severity) noexcept {
  return severity <= Severity::Low && kind.cls != FindingClass::Inconclusive && kind.cls != FindingClass::Capture &&
         kind.id != "policy-coverage-missing";
}

}  // namespace mailseal
