#include "claims.h"

#include "figures.h"
#include "mailseal/report.h"
#include "table.h"
#include "tr.h"

namespace mailseal {
namespace {

constexpr std::size_t kNameColumns = 60;
constexpr std::size_t kDomains = 4;

std::string shown(const std::string& said) { return shortened(escape_text(said), kNameColumns); }
std::string host(const std::string& name) { return name.empty() ? tr("a host it does not name") : shown(name); }

std::string domains(const std::vector<std::string>& names) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < names.size() && i < kDomains; ++i) parts.push_back(shown(names[i]));
  if (names.size() > kDomains) parts.emplace_back("...");
  return joined(parts);
}

std::string tls_words(const ReceivedClaim& claim) {
  if (!claim.tls) return claim.with.empty() ? tr("TLS not stated") : told("TLS not stated ({})", shown(claim.with));
  std::vector<std::string> parts;
  for (const std::string* said : {&claim.with, &claim.version, &claim.cipher})
    if (!said->empty()) parts.push_back(shown(*said));
  if (claim.bits) parts.push_back(told("{} bits", *claim.bits));
  if (!claim.verify.empty()) parts.push_back("verify=" + shown(claim.verify));
  return parts.empty() ? "TLS" : joined(parts);
}

}  // namespace

std::string product_words(Product product, Certainty certainty, const std::string& version) {
  const std::string name = std::string(product_name(product)) + (version.empty() ? "" : " " + shown(version));
  if (product == Product::CiscoAsa) return told("{} in the path: the greeting is overwritten", name);
  switch (certainty) {
    case Certainty::High:
      return told("product: claims to be {}", name);
    case Certainty::Medium:
      return told("product: speaks like {}", name);
    case Certainty::Low:
      break;
  }
  return told("product: may be {}", name);
}

std::vector<std::string> message_words(const Session& s) {
  std::vector<std::string> lines;
  if (!s.message_facts) return lines;
  const MessageFacts& facts = *s.message_facts;
  if (s.messages == 1)
    lines.push_back(told("1 message of {}", size_text(facts.octets)));
  else if (s.messages > 1)
    lines.push_back(
        told("{} messages of {}, the largest {}", s.messages, size_text(facts.octets), size_text(facts.largest)));
  if (!facts.from_domains.empty()) lines.push_back(told("sender's domain: {}", domains(facts.from_domains)));
  if (!facts.to_domains.empty()) lines.push_back(told("recipients' domain: {}", domains(facts.to_domains)));
  return lines;
}

std::vector<std::string> received_words(const MessageFacts& facts) {
  std::vector<std::string> lines;
  for (const ReceivedClaim& claim : facts.received) {
    if (lines.size() == kReceivedClaims) break;
    lines.push_back(
        told("from {} to {}: {} (frame {})", host(claim.from), host(claim.by), tls_words(claim), claim.seen.frame));
  }
  return lines;
}

}  // namespace mailseal
