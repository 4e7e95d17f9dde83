// The policy file, read: TOML by toml++, then key by key. Every mistake is one line with its place; the first in the
// file is told.
//
// To add a key: one row in its table below, one member of Policy, one line in the README and one in the tests.
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "mailseal/base/ascii.h"
#include "mailseal/base/digest.h"
#include "mailseal/base/policy.h"
#include "mailseal/base/suites.h"

namespace mailseal {
namespace {

constexpr std::size_t kMostBytes = 1 << 20, kMostRules = 1000, kMostText = 200;

std::string quoted(std::string_view text) { return "'" + std::string(text.substr(0, kMostText)) + "'"; }

std::string did_you_mean(std::string_view said, const std::vector<std::string_view>& known) {
  const std::string_view near = nearest(said, known);
  return near.empty() ? "" : "; did you mean " + quoted(near) + "?";
}

/// A name or a reason: it stands in reports on one line.
bool is_one_line(std::string_view text) {
  return !text.empty() && text.size() <= kMostText && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

/// "1.2", "TLS 1.2", "TLSv1.2", "tls1_2", "SSLv3"
std::optional<std::uint16_t> parse_version(std::string_view said) {
  std::string plain;
  for (const char c : said)
    if (c != ' ') plain += c == '_' ? '.' : upper(c);
  std::string_view rest = plain;
  if (rest == "SSLV3" || rest == "SSL3") return std::uint16_t{0x0300};
  if (rest.starts_with("TLS")) rest.remove_prefix(3);
  if (rest.starts_with('V')) rest.remove_prefix(1);
  constexpr std::pair<std::string_view, std::uint16_t> kVersions[] = {
      {"1", 0x0301}, {"1.0", 0x0301}, {"1.1", 0x0302}, {"1.2", 0x0303}, {"1.3", 0x0304}};
  for (const auto& [word, code] : kVersions)
    if (rest == word) return code;
  return std::nullopt;
}

/// "256", "256 bits", "256 ビット"
std::optional<int> parse_bits(std::string_view said) {
  said = without_blanks(said);
  int bits = 0;
  const auto [stopped, error] = std::from_chars(said.data(), said.data() + said.size(), bits);
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit = without_blanks(said.substr(static_cast<std::size_t>(stopped - said.data())));
  const bool known = unit.empty() || same_word(unit, "bit") || same_word(unit, "bits") || unit == "ビット";
  return known ? std::optional(bits) : std::nullopt;
}

/// By IANA's name or by OpenSSL's.
std::optional<std::uint16_t> parse_suite(std::string_view said) {
  for (const CipherSuite& suite : cipher_suites())
    if (same_word(suite.name, said) || (!suite.openssl_name.empty() && same_word(suite.openssl_name, said)))
      return suite.code;
  return std::nullopt;
}

/// The first letter beyond ASCII outside quotes and comments, where TOML has none: toml++ 3.3 does not tell all of
/// them.
std::optional<toml::source_position> stray_letter(std::string_view text) {
  toml::source_position at{1, 1};
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  std::string_view closing;  // of the quotes or the comment that this is in
  for (std::size_t i = text.starts_with(kMark) ? kMark.size() : 0; i < text.size(); ++i) {
    const char c = text[i];
    const std::string_view rest = text.substr(i);
    const bool goes_on = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
    if (closing.empty() && static_cast<unsigned char>(c) >= 0x80) return at;
    std::size_t taken = 1;
    if (!closing.empty() && closing.front() == '"' && c == '\\' && rest.size() > 1 && rest[1] != '\n') {
      taken = 2;
    } else if (!closing.empty() && rest.starts_with(closing)) {
      taken = closing.size();
      if (taken == 3) taken = std::min(rest.find_first_not_of(c), std::min<std::size_t>(rest.size(), 5));
      closing = {};
    } else if (closing.size() == 1 && c == '\n') {
      closing = {};
    } else if (closing.empty()) {
      for (const std::string_view quotes : {"\"\"\"", "\'\'\'", "\"", "\'"})
        if (closing.empty() && rest.starts_with(quotes)) closing = quotes;
      taken = std::max<std::size_t>(closing.size(), 1);
      if (c == '#') closing = "\n";
    }
    at = c == '\n' ? toml::source_position{at.line + 1, 1} : at;
    if (c != '\n' && !goes_on) at.column += static_cast<toml::source_index>(taken);
    i += taken - 1;
  }
  return std::nullopt;
}

class PolicyFile {
 public:
  explicit PolicyFile(std::string_view file) : file_(file) {}

  Expected<Policy> read(std::string_view text) {
    if (text.size() > kMostBytes) return fail(file_ + ": larger than 1 MiB; no policy is");
    if (const auto stray = stray_letter(text)) return fail(place(*stray) + "letters beyond ASCII stand in quotes");
    const toml::parse_result parsed = toml::parse(text, file_);
    if (!parsed) {
      const toml::source_position at = parsed.error().source().begin;
      std::string why(parsed.error().description());
      while (why.ends_with('.')) why.pop_back();
      if (why.ends_with("could not determine value type")) why += "; a text stands in quotes";
      return fail(place(at) + why);
    }
    whole(parsed.table());
    policy_.file = file_;
    policy_.sha256 = sha256(as_bytes(text));
    if (!first_) return std::move(policy_);
    return fail(place(first_->at) + first_->what);
  }

 private:
  struct Wrong {
    toml::source_position at;
    std::string what;
  };
  struct Key {
    std::string_view name;
    void (PolicyFile::*read)(const toml::node&);
  };

  std::string place(const toml::source_position& at) const {
    return file_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": ";
  }
  void wrong(const toml::source_position& at, std::string what) {
    if (!first_ || at < first_->at) first_ = Wrong{at, std::move(what)};
  }
  void wrong(const toml::node& node, std::string what) { wrong(node.source().begin, std::move(what)); }

  template <std::size_t N>
  void keys(const toml::table& table, const Key (&known)[N]) {
    for (const auto& [key, value] : table) {
      const auto* row =
          std::find_if(std::begin(known), std::end(known), [name = key.str()](const Key& k) { return k.name == name; });
      if (row != std::end(known)) {
        (this->*row->read)(value);
        continue;
      }
      std::vector<std::string_view> names;
      for (const Key& k : known) names.push_back(k.name);
      std::string near = did_you_mean(key.str(), names);
      if (near.empty()) {
        near = "; the keys here are ";
        for (const std::string_view name : names) near += (name == names.front() ? "" : ", ") + std::string(name);
      }
      wrong(key.source().begin, "unknown key " + quoted(key.str()) + near);
    }
  }

  // --- values ---

  std::optional<std::string> text(const toml::node& node, std::string_view what) {
    if (const auto* said = node.as_string()) return said->get();
    wrong(node, std::string(what) + " must be a text in quotes");
    return std::nullopt;
  }
  std::optional<std::string> line(const toml::node& node, std::string_view what) {
    auto said = text(node, what);
    if (!said || is_one_line(*said)) return said;
    wrong(node, std::string(what) + " must be one line of at most 200 octets, and not empty");
    return std::nullopt;
  }
  std::optional<bool> truth(const toml::node& node, std::string_view what) {
    if (const auto* said = node.as_boolean()) return said->get();
    wrong(node, std::string(what) + " must be true or false");
    return std::nullopt;
  }
  /// One, or a list of them.
  template <class Each>
  void each(const toml::node& node, std::string_view what, const Each& take) {
    const auto* list = node.as_array();
    if (!list) return take(node);
    if (list->empty()) wrong(node, std::string(what) + " is an empty list; leave it out");
    for (const toml::node& element : *list) take(element);
  }

  // --- the file ---

  void whole(const toml::table& table) {
    constexpr Key kKeys[] = {{"only", &PolicyFile::only},
                             {"networks", &PolicyFile::names_of_networks},
                             {"servers", &PolicyFile::names_of_networks},
                             {"rule", &PolicyFile::rules},
                             {"exception", &PolicyFile::exceptions}};
    // Names before those who use them, wherever they stand.
    for (const std::string_view key : {"networks", "servers"})
      if (const toml::node* node = table.get(key)) names_of_networks(*node);
    if (const toml::node* node = table.get("rule")) rules(*node);
    named_ = true;
    keys(table, kKeys);
    if (!first_ && policy_.rules.empty())
      wrong({1, 1}, "no [[rule]] in it; mailseal policy --infer CAPTURE writes a first one");
  }
  void only(const toml::node& node) { policy_.only = truth(node, "only").value_or(false); }

  void names_of_networks(const toml::node& node) {
    if (named_) return;
    const auto* table = node.as_table();
    if (!table) return wrong(node, "must be a table: [networks], then lines like lan = \"192.168.1.0/24\"");
    for (const auto& [key, value] : *table) {
      const std::string name(key.str());
      if (networks_.contains(name)) {
        wrong(key.source().begin, quoted(name) + " is named in [networks] and in [servers]; name it once");
        continue;
      }
      auto& ranges = networks_[name];
      each(value, quoted(name), [&](const toml::node& element) {
        const auto said = text(element, "an address or network");
        if (!said) return;
        if (const auto range = range_of(element, *said)) ranges.push_back(*range);
      });
    }
  }

  std::optional<AddressRange> range_of(const toml::node& node, const std::string& said) {
    if (auto range = parse_address_range(said)) return range;
    const std::size_t slash = said.find('/');
    const auto address = parse_address(std::string_view(said).substr(0, slash));
    if (slash != said.npos && address)
      wrong(node, quoted(said) + " is no network: its length is not a number that fits, or bits stand behind it");
    else
      wrong(node, quoted(said) + " is no IP address or network like 192.0.2.25, 192.168.1.0/24 or 2001:db8::/32");
    return std::nullopt;
  }

  void end_of_hop(const toml::node& node, std::string_view key, PolicyEnd& end) {
    each(node, key, [&](const toml::node& element) {
      const auto said = text(element, key);
      if (!said) return;
      if (const auto known = networks_.find(*said); known != networks_.end()) {
        end.ranges.insert(end.ranges.end(), known->second.begin(), known->second.end());
        return;
      }
      const bool like_address =
          said->find_first_not_of("0123456789abcdefABCDEF.:/") == said->npos && said->find_first_of(".:") != said->npos;
      if (like_address) {
        if (const auto range = range_of(element, *said)) end.ranges.push_back(*range);
        return;
      }
      std::vector<std::string_view> names;
      for (const auto& [name, ranges] : networks_) names.push_back(name);
      wrong(element,
            quoted(*said) + " is no address, and no name in [networks] or [servers]" + did_you_mean(*said, names));
    });
  }

  // --- rules ---

  void rules(const toml::node& node) {
    if (named_) return;
    const auto* all = node.as_array();
    if (!all || !all->is_array_of_tables()) return wrong(node, "rules begin with a line [[rule]], in double brackets");
    if (all->size() > kMostRules) return wrong(node, "more than 1000 rules; name networks instead of hosts");
    for (const toml::node& element : *all) rule(*element.as_table());
  }
  void rule(const toml::table& table) {
    constexpr Key kKeys[] = {{"name", &PolicyFile::rule_name},
                             {"from", &PolicyFile::rule_from},
                             {"to", &PolicyFile::rule_to},
                             {"port", &PolicyFile::rule_port},
                             {"protocol", &PolicyFile::rule_protocol},
                             {"level", &PolicyFile::rule_level},
                             {"min_version", &PolicyFile::rule_version},
                             {"min_bits", &PolicyFile::rule_bits},
                             {"allowed_suites", &PolicyFile::rule_allowed},
                             {"forbidden_suites", &PolicyFile::rule_forbidden},
                             {"names", &PolicyFile::rule_names},
                             {"profile", &PolicyFile::rule_profile},
                             {"ca", &PolicyFile::rule_ca},
                             {"public_mx", &PolicyFile::rule_public}};
    PolicyRule& r = policy_.rules.emplace_back();
    const toml::source_position at = table.source().begin;
    r.line = at.line;
    keys(table, kKeys);
    if (r.name.empty()) r.name = "rule " + std::to_string(policy_.rules.size());
    if (!table.contains("level")) wrong(at, "this rule has no level; say none, preferred, required or verified");
    const auto same = [&](const PolicyRule& other) { return &other != &r && other.name == r.name; };
    if (std::any_of(policy_.rules.begin(), policy_.rules.end(), same))
      wrong(*table.get("name"), "two rules are named " + quoted(r.name) + "; name each otherwise");
    if (!r.ca.empty() && r.level != PolicyLevel::Verified && !r.verify)
      wrong(*table.get("ca"), "this rule verifies no certificate; say level = \"verified\", or leave ca out");
    if (r.public_mx && r.level >= PolicyLevel::Required)
      wrong(*table.get("public_mx"), "a public MX must not require TLS (RFC 3207 4); say level = \"preferred\"");
    for (const std::uint16_t code : r.allowed)
      if (std::find(r.forbidden.begin(), r.forbidden.end(), code) != r.forbidden.end())
        wrong(*table.get("forbidden_suites"), suite_name(code) + " is allowed and forbidden");
  }
  PolicyRule& last() { return policy_.rules.back(); }

  void rule_name(const toml::node& node) { last().name = line(node, "name").value_or(""); }
  void rule_from(const toml::node& node) { end_of_hop(node, "from", last().from); }
  void rule_to(const toml::node& node) { end_of_hop(node, "to", last().to); }
  void rule_port(const toml::node& node) {
    each(node, "port", [&](const toml::node& element) {
      const auto* said = element.as_integer();
      if (said && said->get() > 0 && said->get() <= 65535)
        last().ports.push_back(static_cast<std::uint16_t>(said->get()));
      else
        wrong(element, "port must be a number from 1 to 65535, or a list of them");
    });
  }
  void rule_protocol(const toml::node& node) {
    const auto said = text(node, "protocol");
    if (!said) return;
    const std::vector<std::string_view> known{"smtp", "lmtp", "pop3", "imap"};
    for (const std::string_view protocol : known)
      if (same_word(*said, protocol)) {
        last().protocol = protocol;
        return;
      }
    wrong(node, "unknown protocol " + quoted(*said) + "; say smtp, lmtp, pop3 or imap");
  }
  void rule_level(const toml::node& node) {
    const auto said = text(node, "level");
    if (!said) return;
    if (const auto level = parse_level(*said)) {
      last().level = level->level;
      last().verify = level->verify;
      return;
    }
    const std::string near = did_you_mean(*said, {"none", "preferred", "required", "verified", "opportunistic",
                                                  "encrypt", "mandatory", "secure", "certificate", "required-verify"});
    wrong(node,
          "unknown level " + quoted(*said) + (near.empty() ? "; say none, preferred, required or verified" : near));
  }
  void rule_version(const toml::node& node) {
    std::string said;
    if (const auto* number = node.as_floating_point()) {  // 1.2 without quotes
      for (const auto& [value, word] : {std::pair(1.0, "1.0"), {1.1, "1.1"}, {1.2, "1.2"}, {1.3, "1.3"}})
        if (number->get() == value) said = word;
    } else if (const auto given = text(node, "min_version")) {
      said = *given;
    } else {
      return;
    }
    if (const auto version = parse_version(said))
      last().min_version = *version;
    else
      wrong(node,
            "unknown TLS version" + (said.empty() ? std::string() : " " + quoted(said)) + "; say 1.0, 1.1, 1.2 or 1.3");
  }
  void rule_bits(const toml::node& node) {
    std::optional<int> bits;
    if (const auto* number = node.as_integer())
      bits = number->get() > 0 && number->get() <= 256 ? static_cast<int>(number->get()) : 0;
    else if (const auto* said = node.as_string())
      bits = parse_bits(said->get());
    if (bits && *bits > 0 && *bits <= 256)
      last().min_bits = *bits;
    else
      wrong(node, "min_bits must be a number of bits of the cipher, 1 to 256, like 128 or \"256 bits\"");
  }
  void suites(const toml::node& node, std::string_view key, std::vector<std::uint16_t>& all) {
    each(node, key, [&](const toml::node& element) {
      const auto said = text(element, key);
      if (!said) return;
      if (const auto code = parse_suite(*said)) return all.push_back(*code);
      std::vector<std::string_view> known;
      for (const CipherSuite& suite : cipher_suites())
        known.push_back(said->starts_with("TLS_") || suite.openssl_name.empty() ? suite.name : suite.openssl_name);
      wrong(element, "unknown suite " + quoted(*said) + did_you_mean(*said, known));
    });
  }
  void rule_allowed(const toml::node& node) { suites(node, "allowed_suites", last().allowed); }
  void rule_forbidden(const toml::node& node) { suites(node, "forbidden_suites", last().forbidden); }
  void rule_names(const toml::node& node) {
    each(node, "names", [&](const toml::node& element) {
      const auto said = line(element, "names");
      if (!said) return;
      const auto in_name = [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; };
      if (std::all_of(said->begin(), said->end(), in_name) || parse_address(*said))
        last().names.push_back(*said);
      else
        wrong(element,
              quoted(*said) + " is no name of a host as a certificate has it; leave wildcards to the certificate");
    });
  }
  void rule_profile(const toml::node& node) {
    const auto said = text(node, "profile");
    if (!said) return;
    last().profile = find_profile(*said);
    std::vector<std::string_view> known;
    std::string list;
    for (const Profile& p : profiles()) {
      known.push_back(p.name);
      list += (list.empty() ? "" : ", ") + std::string(p.name);
    }
    if (!last().profile) {
      const std::string near = did_you_mean(*said, known);
      wrong(node, "unknown profile " + quoted(*said) + (near.empty() ? "; say one of " + list : near));
    }
  }
  void rule_ca(const toml::node& node) { last().ca = line(node, "ca").value_or(""); }
  void rule_public(const toml::node& node) { last().public_mx = truth(node, "public_mx").value_or(false); }

  // --- exceptions ---

  void exceptions(const toml::node& node) {
    const auto* all = node.as_array();
    if (!all || !all->is_array_of_tables())
      return wrong(node, "exceptions begin with a line [[exception]], in double brackets");
    if (all->size() > kMostRules) return wrong(node, "more than 1000 exceptions; mend something");
    for (const toml::node& element : *all) exception(*element.as_table());
  }
  void exception(const toml::table& table) {
    constexpr Key kKeys[] = {{"rule", &PolicyFile::exception_rule},
                             {"from", &PolicyFile::exception_from},
                             {"to", &PolicyFile::exception_to},
                             {"reason", &PolicyFile::exception_reason},
                             {"until", &PolicyFile::exception_until}};
    policy_.exceptions.emplace_back();
    keys(table, kKeys);
    const toml::source_position at = table.source().begin;
    if (!table.contains("reason")) wrong(at, "this exception has no reason; say why it is one");
    if (!table.contains("until")) wrong(at, "this exception has no end; say until = 2026-12-31");
    if (!table.contains("rule") && !table.contains("from") && !table.contains("to"))
      wrong(at, "this exception is of everything; say of which rule, from or to");
  }
  PolicyException& last_exception() { return policy_.exceptions.back(); }

  void exception_rule(const toml::node& node) {
    const auto said = text(node, "rule");
    if (!said) return;
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < policy_.rules.size(); ++i) {
      names.push_back(policy_.rules[i].name);
      if (policy_.rules[i].name == *said) last_exception().rule = i;
    }
    if (!last_exception().rule) wrong(node, "no rule is named " + quoted(*said) + did_you_mean(*said, names));
  }
  void exception_from(const toml::node& node) { end_of_hop(node, "from", last_exception().from); }
  void exception_to(const toml::node& node) { end_of_hop(node, "to", last_exception().to); }
  void exception_reason(const toml::node& node) { last_exception().reason = line(node, "reason").value_or(""); }
  void exception_until(const toml::node& node) {
    if (const auto* date = node.as_date()) {
      const toml::date& said = date->get();
      last_exception().until = std::chrono::year_month_day(std::chrono::year(said.year), std::chrono::month(said.month),
                                                           std::chrono::day(said.day));
      return;
    }
    if (const auto* said = node.as_string())
      if (const auto time = parse_timestamp(said->get() + "T00:00:00Z")) {
        last_exception().until = std::chrono::floor<std::chrono::days>(*time);
        return;
      }
    wrong(node, "until must be a day like 2026-12-31");
  }

  const std::string file_;
  Policy policy_;
  std::map<std::string, std::vector<AddressRange>, std::less<>> networks_;
  bool named_ = false;  ///< networks and rules were read
  std::optional<Wrong> first_;
};

}  // namespace

Expected<Policy> parse_policy(std::string_view text, std::string_view file) { return PolicyFile(file).read(text); }

}  // namespace mailseal
