#include "canary_watch.h"

namespace mailseal {

CanaryWatch::CanaryWatch(const Canary* canary, CanaryFacts* facts) : canary_(*canary), facts_(*facts) {}

void CanaryWatch::look(CanaryLayer layer, Side side, Bytes octets, const Seen& seen) {
  (layer == CanaryLayer::TlsRecords ? facts_.tls_bytes : facts_.clear_bytes) += octets.size();
  auto& search = searches_[static_cast<std::size_t>(layer)][static_cast<std::size_t>(side)];
  if (!search) search.emplace(&canary_);
  for (const CanarySearch::Hit& hit : search->data(octets)) {
    if (facts_.seen.size() == kMostSeen) return;
    Seen at = layer == CanaryLayer::Deflate ? seen : later(seen, hit.at);
    at.side = side;
    facts_.seen.push_back({canary_.markers()[hit.marker].sha256, hit.charset, hit.form, layer, at});
  }
}

void CanaryWatch::gap(Side side) noexcept {
  for (auto& layer : searches_)
    if (auto& search = layer[static_cast<std::size_t>(side)]) search->gap();
}

std::string_view to_string(CanaryLayer layer) noexcept {
  switch (layer) {
    case CanaryLayer::Clear:
      return "clear";
    case CanaryLayer::Deflate:
      return "deflate";
    case CanaryLayer::NullSuite:
      return "null-suite";
    case CanaryLayer::TlsRecords:
      return "tls-records";
  }
  return "clear";
}

}  // namespace mailseal
