// The catalogue: the rows of all classes in the order of the report, and the words of the enumerations.
#include <algorithm>
#include <array>
#include <vector>

#include "rule.h"

namespace mailseal {
namespace {

struct Catalogue {
  std::vector<FindingKind> kinds;
  std::vector<CheckRow> checks;
  std::vector<const FindingKind*> by_id;  // sorted
};

const Catalogue& whole() {
  static const Catalogue catalogue = [] {
    Catalogue c;
    const struct {
      std::span<const Rule> rules;
      bool of_tls = false;
    } classes[] = {{plaintext_rules()},
                   {starttls_rules()},
                   {handshake_rules(), true},
                   {strength_rules(), true},
                   {certificate_rules(), true},
                   {client_rules(), true},
                   {payload_rules(), true},
                   {policy_rules()},
                   {canary_rules()},
                   {inconclusive_rules()},
                   {capture_rules()},
                   {positive_rules()},
                   {note_rules()}};
    for (const auto& of_class : classes)
      for (const Rule& rule : of_class.rules) c.kinds.push_back(rule.kind);
    const FindingKind* next = c.kinds.data();
    for (const auto& of_class : classes)
      for (const Rule& rule : of_class.rules) {
        if (rule.check) c.checks.push_back({next, rule.check, of_class.of_tls});
        ++next;
      }
    for (const FindingKind& kind : c.kinds) c.by_id.push_back(&kind);
    std::sort(c.by_id.begin(), c.by_id.end(), [](auto* a, auto* b) { return a->id < b->id; });
    return c;
  }();
  return catalogue;
}

template <class Enum, std::size_t N>
constexpr std::string_view word(const std::array<std::string_view, N>& words, Enum value) noexcept {
  const auto i = static_cast<std::size_t>(value);
  return i < N ? words[i] : std::string_view("?");
}

}  // namespace

std::span<const FindingKind> catalogue() noexcept { return whole().kinds; }

const FindingKind* find_kind(std::string_view id) noexcept {
  const auto& kinds = whole().by_id;
  const auto at =
      std::lower_bound(kinds.begin(), kinds.end(), id, [](auto* kind, auto& key) { return kind->id < key; });
  return at != kinds.end() && (*at)->id == id ? *at : nullptr;
}

std::span<const CheckRow> checks() noexcept { return whole().checks; }

std::string_view to_string(State s) noexcept {
  return word(std::array<std::string_view, 6>{"encrypted", "plaintext", "mixed", "failed", "no-mail", "inconclusive"},
              s);
}

std::string_view to_string(Confidence c) noexcept {
  return word(std::array<std::string_view, 3>{"high", "medium", "low"}, c);
}

std::string_view to_string(Severity s) noexcept {
  return word(std::array<std::string_view, 6>{"critical", "high", "medium", "low", "info", "positive"}, s);
}

std::string_view to_string(Exposure e) noexcept {
  return word(std::array<std::string_view, 5>{"content", "headers", "envelope", "credentials", "mailbox-activity"}, e);
}

}  // namespace mailseal
