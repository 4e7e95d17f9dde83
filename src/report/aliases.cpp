#include "aliases.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdio>
#include <ostream>
#include <vector>

#include "mailseal/base/ascii.h"
#include "map_model.h"

namespace mailseal {
namespace {

constexpr std::size_t kNameBytes = 255;  // RFC 1035 2.3.4
constexpr std::size_t kLabels = 8;       // what is left of them counts as one
constexpr std::string_view kTop = "alias", kMore = "more";

constexpr std::size_t kV4 = 12;  // where an IPv4 address lies among the octets

/// What a reader must still see of an address.
enum class Reach : std::uint8_t { Public, Private, Loopback, LinkLocal };
/// By reach: the first octet of its IPv4 aliases and how many there are.
struct Block {
  unsigned first, count;
};
constexpr std::array kBlocks{Block{240, 10}, Block{250, 2}, Block{252, 1}, Block{253, 1}};

Reach reach_of(const IpAddress& a) {
  const auto& o = a.octets;
  if (is_ipv4(a)) {
    if (o[kV4] == 127) return Reach::Loopback;
    if (o[kV4] == 169 && o[kV4 + 1] == 254) return Reach::LinkLocal;  // RFC 3927
  } else {
    if (std::all_of(o.begin(), o.end() - 1, [](unsigned octet) { return octet == 0; })) return Reach::Loopback;
    if (o[0] == 0xfe && o[1] >> 6 == 2) return Reach::LinkLocal;  // RFC 4291 2.5.6
  }
  return is_public(a) ? Reach::Public : Reach::Private;
}

/// `value` in the `count` octets that end at `end`.
void put(IpAddress& a, std::size_t end, std::size_t count, std::uint64_t value) {
  for (std::size_t i = 0; i < count; ++i, value >>= 8) a.octets[end - 1 - i] = static_cast<std::uint8_t>(value);
}

bool in_host_name(char c) {
  return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'Z') || c == '-' || c == '_' || c == '*' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// As in C, so that it can be turned back.
std::string one_word(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '\\') {
      out += "\\\\";
    } else if (octet < 0x20 || octet >= 0x7f) {
      std::array<char, 5> hex{};
      std::snprintf(hex.data(), hex.size(), "\\x%02x", octet);
      out += hex.data();
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

bool is_public_alias(const IpAddress& a) noexcept {
  const auto& o = a.octets;
  if (is_ipv4(a)) return o[kV4] >= kBlocks[0].first && o[kV4] < kBlocks[0].first + kBlocks[0].count;
  return o[0] == 0xa0 || (o[0] == 0xa4 && o[1] == 0);
}

bool is_address(std::string_view text, IpAddress& out) {
  const std::string whole(text);
  if (whole.find('\0') != whole.npos) return false;
  IpAddress address;
  if (inet_pton(AF_INET6, whole.c_str(), address.octets.data()) != 1) {
    address.octets[10] = address.octets[11] = 0xff;
    if (inet_pton(AF_INET, whole.c_str(), address.octets.data() + kV4) != 1) return false;
  }
  out = address;
  return true;
}

bool is_host_name(std::string_view text) noexcept {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > kNameBytes || text.front() == '.') return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (!in_host_name(text[i]) && (text[i] != '.' || text[i - 1] == '.')) return false;
  return true;
}

Aliases::Prefix& Aliases::prefix(std::string_view octets, std::uint64_t& siblings) {
  auto at = prefixes_.find(octets);
  if (at == prefixes_.end()) at = prefixes_.emplace(octets, Prefix{++siblings, 0}).first;
  return at->second;
}

IpAddress Aliases::address(const IpAddress& original) {
  if (const auto found = addresses_.find(original); found != addresses_.end()) return found->second;
  const std::string_view octets(reinterpret_cast<const char*>(original.octets.data()), original.octets.size());
  const auto reach = static_cast<std::size_t>(reach_of(original));
  IpAddress alias;
  if (is_ipv4(original)) {
    Prefix& network = prefix(octets.substr(0, kV4 + 2), networks_[reach]);
    Prefix& subnet = prefix(octets.substr(0, kV4 + 3), network.children);
    const std::uint64_t host = ++subnet.children;
    const Block block = kBlocks[reach];
    if (network.number < block.count * 256) {
      alias.octets[10] = alias.octets[11] = 0xff;
      put(alias, kV4 + 2, 2, block.first * 256 + network.number);
      put(alias, kV4 + 3, 1, subnet.number);  // 256 of them fit: 1 to 255, then 0
      put(alias, kV4 + 4, 1, host);
    } else {
      put(alias, 2, 2, 0xa400 | reach);
      put(alias, 6, 4, network.number);
      put(alias, 8, 2, subnet.number);
      put(alias, 16, 8, host);
    }
  } else {
    Prefix& network = prefix(octets.substr(0, 4), networks_[kBlocks.size() + reach]);
    Prefix& site = prefix(octets.substr(0, 6), network.children);
    Prefix& subnet = prefix(octets.substr(0, 8), site.children);
    put(alias, 4, 4, 0xa0000000 | reach << 24 | network.number);
    put(alias, 6, 2, site.number);  // 65,536 of them fit, as above
    put(alias, 8, 2, subnet.number);
    put(alias, 16, 8, ++subnet.children);
  }
  return addresses_.emplace(original, alias).first->second;
}

bool Aliases::room_for(std::string_view original, std::size_t rows) {
  constexpr std::size_t kEach = 128;  // of the tables themselves
  if (held_ + original.size() + rows * kEach > kHeldBytes) return false;
  held_ += original.size() + rows * kEach;
  return true;
}

std::string Aliases::claimed(const IpAddress& original) {
  constexpr std::size_t kRows = 4;  // its own, and three prefixes
  if (!addresses_.contains(original) && !room_for({}, kRows)) return std::string(kMore) + "." + std::string(kTop);
  return to_string(address(original));
}

const Aliases::Name& Aliases::host(const std::string& name) {
  if (const auto found = names_.find(name); found != names_.end()) return found->second;
  static const Name kOther{std::string(kMore) + "." + std::string(kTop)};
  if (!room_for(name)) return kOther;
  const auto dots = static_cast<std::size_t>(std::count(name.begin(), name.end(), '.'));
  std::size_t dot = name.find('.');
  for (std::size_t left = dots; left > kLabels - 1; --left) dot = name.find('.', dot + 1);
  std::uint64_t* children = &top_level_;
  std::string parent(kTop);
  if (dot != name.npos) {
    const Name& above = host(name.substr(dot + 1));
    if (&above == &kOther) return kOther;
    children = &names_.find(name.substr(dot + 1))->second.children;
    parent = above.alias;
  }
  const bool wildcard = name.substr(0, dot) == "*";
  learn(name);
  return names_.emplace(name, Name{(wildcard ? "*" : "n" + std::to_string(++*children)) + "." + parent}).first->second;
}

std::string Aliases::name(std::string_view original) {
  if (original.empty()) return {};
  if (IpAddress found; is_address(original, found)) return claimed(found);
  if (original.size() > 2 && original.front() == '[' && original.back() == ']') {  // RFC 5321 4.1.3
    std::string_view inner = original.substr(1, original.size() - 2);
    const std::string_view tag = begins_with_word(inner, "IPv6:") ? inner.substr(0, 5) : std::string_view();
    inner.remove_prefix(tag.size());
    if (IpAddress found; is_address(inner, found)) return "[" + std::string(tag) + claimed(found) + "]";
  }
  if (!is_host_name(original)) return text(original);
  const bool rooted = original.ends_with('.');
  if (rooted) original.remove_suffix(1);
  return host(lower_case(original)).alias + (rooted ? "." : "");
}

std::string Aliases::text(std::string_view original) {
  if (original.empty()) return {};
  if (const auto found = texts_.find(original); found != texts_.end()) return found->second;
  if (!room_for(original)) return "text-" + std::string(kMore);
  learn(original);
  return texts_.emplace(original, "text-" + std::to_string(texts_.size() + 1)).first->second;
}

std::string Aliases::distinguished_name(std::string_view original) {
  std::string out;
  for (;;) {
    std::size_t end = 0;
    for (; end < original.size() && original[end] != ',' && original[end] != '+'; ++end)
      if (original[end] == '\\' && end + 1 < original.size()) ++end;  // RFC 4514 2.4
    out += attribute(original.substr(0, end));
    if (end == original.size()) return out;
    out += original[end];
    original.remove_prefix(end + 1);
  }
}

std::string Aliases::attribute(std::string_view original) {
  const std::string_view type = original.substr(0, std::min(original.find('='), original.size()));
  const bool word = std::all_of(type.begin(), type.end(), [](char c) { return upper(c) >= 'A' && upper(c) <= 'Z'; });
  const bool numbers = std::all_of(type.begin(), type.end(), [](char c) { return is_digit(c) || c == '.'; });
  const bool typed = !type.empty() && type.size() < original.size() && (word || numbers);
  const std::size_t begin = typed ? type.size() + 1 : 0;
  const std::string_view value = original.substr(begin);
  return std::string(original.substr(0, begin)) + (value.find('.') != value.npos ? name(value) : text(value));
}

std::string Aliases::numbered(Texts& all, std::string_view original, std::size_t digits) {
  if (original.empty()) return {};
  auto found = all.find(original);
  if (found == all.end()) {
    if (!room_for(original)) return std::string(digits, 'f');
    std::array<char, 9> number{};
    std::snprintf(number.data(), number.size(), "%08zx", (all.size() + 1) & 0xffffffffu);
    found = all.emplace(original, number.data() + std::string(digits - 8, '0')).first;
  }
  return found->second;
}

std::string Aliases::serial(std::string_view original) {
  constexpr std::size_t kDigits = 40;  // RFC 5280 4.1.2.2: up to 20 octets
  return numbered(serials_, original, kDigits);
}

std::string Aliases::fingerprint(std::string_view original) {
  constexpr std::size_t kDigits = 64;
  const std::string digest(original);
  return kept_.contains(digest) ? digest : numbered(fingerprints_, original, kDigits);
}

std::string Aliases::path(std::string_view original, std::string alias) {
  if (original.empty()) return {};
  if (const auto found = paths_.find(original); found != paths_.end()) return found->second;
  if (!room_for(original)) return "path-" + std::string(kMore);
  learn(original);
  if (alias.empty()) alias = "path-" + std::to_string(++unnamed_paths_);
  return paths_.emplace(original, std::move(alias)).first->second;
}

std::string Aliases::interface(std::string_view original) {
  if (original.empty()) return {};
  if (const auto found = interfaces_.find(original); found != interfaces_.end()) return found->second;
  if (!room_for(original)) return "interface-" + std::string(kMore);
  learn(original);
  return interfaces_.emplace(original, "interface-" + std::to_string(interfaces_.size() + 1)).first->second;
}

void Aliases::also(std::string_view original, std::string written) {
  const std::string alias = path(original);
  if (written.empty() || paths_.contains(written) || !room_for(written)) return;
  learn(written);
  written_.emplace(std::move(written), alias);
}

const std::string* Aliases::known(std::string_view original) const {
  for (const Texts* all : {&paths_, &written_, &interfaces_, &texts_})
    if (const auto found = all->find(original); found != all->end()) return &found->second;
  const auto found = names_.find(lower_case(original));
  return found == names_.end() ? nullptr : &found->second.alias;
}

void Aliases::write(std::ostream& out) const {
  const auto line = [&](std::string_view kind, std::string_view alias, std::string_view original) {
    out << kind << '\t' << one_word(alias) << '\t' << one_word(original) << '\n';
  };
  std::vector<std::pair<IpAddress, IpAddress>> by_alias;
  for (const auto& [original, alias] : addresses_) by_alias.emplace_back(alias, original);
  std::sort(by_alias.begin(), by_alias.end());
  out << "kind\talias\toriginal\n";
  for (const auto& [alias, original] : by_alias) line("address", to_string(alias), to_string(original));
  for (const auto& [original, name] : names_) line("name", name.alias, original);
  for (const auto& [original, alias] : texts_) line("text", alias, original);
  for (const auto& [original, alias] : serials_) line("serial", alias, original);
  for (const auto& [original, alias] : fingerprints_) line("sha256", alias, original);
  for (const auto& [original, alias] : paths_) line("path", alias, original);
  for (const auto& [original, alias] : interfaces_) line("interface", alias, original);
}

}  // namespace mailseal
