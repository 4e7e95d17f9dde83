// What a policy is made of: ranges, levels and the words for them. policy_file.cpp reads the file.
#include "mailseal/base/policy.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "mailseal/base/ascii.h"

namespace mailseal {
namespace {

constexpr unsigned kIpv4Bits = 96;

bool is_ipv4_mapped(const IpAddress& a) noexcept {
  return std::all_of(a.octets.begin(), a.octets.begin() + 10, [](auto o) { return o == 0; }) && a.octets[10] == 0xff &&
         a.octets[11] == 0xff;
}

IpAddress masked(IpAddress a, unsigned prefix) noexcept {
  for (unsigned bit = prefix; bit < 128; ++bit)
    a.octets[bit / 8] = static_cast<std::uint8_t>(a.octets[bit / 8] & ~(0x80u >> bit % 8));
  return a;
}

/// A word as products write it, and what is meant.
struct Synonym {
  std::string_view word;
  LevelWord meaning;
};
constexpr LevelWord kNone{PolicyLevel::None}, kPreferred{PolicyLevel::Preferred}, kRequired{PolicyLevel::Required},
    kVerified{PolicyLevel::Verified}, kPreferredVerify{PolicyLevel::Preferred, true};
constexpr Synonym kSynonyms[] = {
    {"none", kNone},
    {"off", kNone},
    {"no", kNone},
    {"なし", kNone},
    {"preferred", kPreferred},
    {"may", kPreferred},  // Postfix
    {"opportunistic", kPreferred},
    {"default", kPreferred},  // ESA, whose default destination is Preferred
    {"auto", kPreferred},     // Outlook
    {"自動", kPreferred},
    {"推奨", kPreferred},                                      // FortiMail
    {"dane", kPreferred},                                      // Postfix: where there is no TLSA record, may
    {"enable incoming transport layer security", kPreferred},  // InterScan
    {"enable outgoing transport layer security", kPreferred},
    {"preferred-verify", kPreferredVerify},  // ESA
    {"required", kRequired},
    {"encrypt", kRequired},  // Postfix, FortiMail
    {"encrypted", kRequired},
    {"basic", kRequired},
    {"ベーシック", kRequired},
    {"mandatory", kRequired},
    {"必須", kRequired},
    {"tls-only", kRequired},
    {"tlsによるsmtp接続のみを許可する", kRequired},  // InterScan
    {"only accept smtp connection by tls", kRequired},
    {"requiretls", kRequired},      // Exchange
    {"encryptiononly", kRequired},  // Microsoft 365
    {"always use transport layer security", kRequired},
    {"require secure transport", kRequired},  // Google Workspace
    {"secure transport (tls) compliance", kRequired},
    {"verified", kVerified},
    {"verify", kVerified},  // Postfix
    {"secure", kVerified},  // Postfix, FortiMail
    {"fingerprint", kVerified},
    {"dane-only", kVerified},
    {"certificate", kVerified},
    {"証明書認証", kVerified},
    {"required-verify", kVerified},        // ESA
    {"certificatevalidation", kVerified},  // Exchange, Microsoft 365
    {"domainvalidation", kVerified},
};

}  // namespace

bool AddressRange::holds(const IpAddress& a) const noexcept { return masked(a, prefix) == network; }

std::string to_string(const AddressRange& range) {
  const std::string address = to_string(range.network);
  if (range.prefix >= 128) return address;
  const bool ipv4 = range.prefix >= kIpv4Bits && is_ipv4_mapped(range.network);
  return address + "/" + std::to_string(ipv4 ? range.prefix - kIpv4Bits : range.prefix);
}

std::optional<AddressRange> parse_address_range(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  AddressRange range{*address};
  if (slash == text.npos) return range;
  const std::string_view length = text.substr(slash + 1);
  const bool ipv4 = text.substr(0, slash).find(':') == text.npos;
  unsigned bits = 0;
  const auto [stopped, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (error != std::errc() || stopped != length.data() + length.size() || bits > (ipv4 ? 32u : 128u))
    return std::nullopt;
  range.prefix = ipv4 ? bits + kIpv4Bits : bits;
  return masked(range.network, range.prefix) == range.network ? std::optional(range) : std::nullopt;
}

std::string_view to_string(PolicyLevel level) noexcept {
  constexpr std::array<std::string_view, 4> kWords{"none", "preferred", "required", "verified"};
  return kWords[static_cast<std::size_t>(level)];
}

std::optional<LevelWord> parse_level(std::string_view said) {
  said = without_blanks(said);
  if (begins_with_word(said, "tls:")) said = without_blanks(said.substr(4));  // as ESA prints it
  while (!said.empty() && is_blank(said.back())) said.remove_suffix(1);
  for (const Synonym& s : kSynonyms)
    if (same_word(s.word, said)) return s.meaning;
  return std::nullopt;
}

bool PolicyEnd::holds(const IpAddress& a) const noexcept {
  return ranges.empty() || std::any_of(ranges.begin(), ranges.end(), [&](const auto& range) { return range.holds(a); });
}

bool PolicyException::covers(std::size_t broken, const IpAddress& client, const IpAddress& server) const noexcept {
  return (!rule || *rule == broken) && from.holds(client) && to.holds(server);
}

std::string_view nearest(std::string_view said, const std::vector<std::string_view>& known) {
  constexpr std::size_t kLongest = 64;
  std::string_view best;
  if (said.size() > kLongest) return best;
  std::size_t least = (said.size() < 4 ? 1 : std::max<std::size_t>(said.size() / 3, 2)) + 1;
  for (const std::string_view word : known) {
    if (word.size() > kLongest) continue;
    std::array<std::size_t, kLongest + 1> row{};
    for (std::size_t j = 0; j <= word.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= said.size(); ++i) {
      std::size_t corner = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= word.size(); ++j) {
        const auto fold = [](char c) { return c == '-' || c == ' ' ? '_' : upper(c); };
        const std::size_t changed = corner + (fold(said[i - 1]) == fold(word[j - 1]) ? 0 : 1);
        corner = row[j];
        row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
      }
    }
    // What goes on behind what was said is one mistake: "ncsc-nl" is a beginning of "ncsc-nl-2025".
    const auto end = row.begin() + static_cast<std::ptrdiff_t>(word.size());
    const std::size_t cut = said.size() < 4 ? *end : *std::min_element(row.begin(), end + 1) + 1;
    if (const std::size_t mistakes = std::min(*end, cut); mistakes < least) {
      least = mistakes;
      best = word;
    }
  }
  return best;
}

}  // namespace mailseal
