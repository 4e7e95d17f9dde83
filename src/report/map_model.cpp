#include "map_model.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <tuple>

#include "aliases.h"
#include "words.h"

namespace mailseal {
namespace {

/// How wide the networks are that hosts are taken together in, from not at all to all of a family.
constexpr std::array<unsigned, 5> kIpv4Prefixes{128, 96 + 24, 96 + 16, 96 + 8, 96};
constexpr std::array<unsigned, 5> kIpv6Prefixes{128, 64, 48, 32, 0};

struct Width {
  std::size_t clients, servers, outside;  ///< into the prefixes; `outside` of both, where there is an inside
  bool grouped() const { return clients + servers + outside != 0; }
};

/// In the order in which they are tried. The world first, then clients: they are many and alike, and it is one's own
/// servers that can be set right.
std::vector<Width> widths() {
  std::vector<Width> all;
  for (std::size_t clients = 0; clients < kIpv4Prefixes.size(); ++clients)
    for (std::size_t servers = 0; servers <= clients; ++servers)
      for (std::size_t outside = 0; outside < kIpv4Prefixes.size(); ++outside)
        all.push_back({clients, servers, outside});
  return all;
}

struct Network {
  const char* name;
  std::array<std::uint8_t, 16> octets;
  unsigned prefix;
};

constexpr std::array<std::uint8_t, 16> v4(std::uint8_t a, std::uint8_t b = 0, std::uint8_t c = 0) {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, 0};
}

// RFC 6890 and IANA's registries: what is never seen on the way through the Internet.
constexpr Network kSpecial[] = {
    {"this network", v4(0), 96 + 8},
    {"private (RFC 1918)", v4(10), 96 + 8},
    {"shared (RFC 6598)", v4(100, 64), 96 + 10},
    {"loopback", v4(127), 96 + 8},
    {"link-local", v4(169, 254), 96 + 16},
    {"private (RFC 1918)", v4(172, 16), 96 + 12},
    {"IETF protocols", v4(192, 0, 0), 96 + 24},
    {"documentation", v4(192, 0, 2), 96 + 24},
    {"private (RFC 1918)", v4(192, 168), 96 + 16},
    {"benchmarking", v4(198, 18), 96 + 15},
    {"documentation", v4(198, 51, 100), 96 + 24},
    {"documentation", v4(203, 0, 113), 96 + 24},
    {"multicast and reserved", v4(224), 96 + 3},
    {"documentation", {0x20, 0x01, 0x0d, 0xb8}, 32},
    {"documentation", {0x3f, 0xff}, 20},
};
constexpr Network kGlobalIpv6{"global unicast", {0x20}, 3};
constexpr Network kIpv4{"IPv4", v4(0), 96};

IpAddress network_of(IpAddress address, unsigned prefix) noexcept {
  if (prefix >= 128) return address;
  auto octet = address.octets.begin() + prefix / 8;
  *octet = static_cast<std::uint8_t>(*octet & (0xff00u >> prefix % 8));
  std::fill(octet + 1, address.octets.end(), std::uint8_t{0});
  return address;
}

/// The narrowest network that is told of, and holds both.
unsigned common_prefix(const IpAddress& a, const IpAddress& b, std::span<const unsigned> prefixes) noexcept {
  const auto at = std::find_if(prefixes.begin(), prefixes.end(),
                               [&](unsigned prefix) { return network_of(a, prefix) == network_of(b, prefix); });
  return at == prefixes.end() ? 0 : *at;
}

bool within(const IpAddress& address, const Network& network) noexcept {
  return network_of(address, network.prefix) == network_of(IpAddress{network.octets}, network.prefix);
}

// --- what each host was seen to do

struct Deeds {
  bool is_public = false;
  bool connects = false, sends = false, takes_smtp = false, stores = false;

  MapRole role() const {
    if (stores) return sends ? MapRole::StoreAndRelay : MapRole::Store;
    if (takes_smtp) return connects ? MapRole::Relay : MapRole::Server;
    return MapRole::Client;
  }
};

std::map<IpAddress, Deeds> deeds_of(const std::vector<Hop>& hops) {
  std::map<IpAddress, Deeds> all;
  for (const Hop& hop : hops) {
    const bool fetches = hop.protocol == Protocol::Pop3 || hop.protocol == Protocol::Imap;
    Deeds& from = all[hop.from];
    from.connects = true;
    from.sends |= hop.protocol == Protocol::Smtp;
    Deeds& to = all[hop.to];
    (fetches || hop.protocol == Protocol::Lmtp ? to.stores : to.takes_smtp) = true;
  }
  for (auto& [address, deeds] : all) deeds.is_public = is_public(address);
  return all;
}

/// Those that were seen, and those between two hosts of which a rule of the policy tells and no session was seen.
std::vector<Hop> with_declared(const Overview& overview) {
  std::vector<Hop> hops = overview.hops;
  if (!overview.policy) return hops;
  const auto one = [](const PolicyEnd& end) { return end.ranges.size() == 1 && end.ranges.front().prefix == 128; };
  for (const RuleOutcome& o : overview.policy->rules) {
    if (o.kept + o.broken + o.excepted + o.undecided != 0 || !one(o.rule.from) || !one(o.rule.to)) continue;
    Hop hop{.from = o.rule.from.ranges.front().network, .to = o.rule.to.ranges.front().network};
    for (const Protocol protocol : {Protocol::Smtp, Protocol::Lmtp, Protocol::Pop3, Protocol::Imap})
      if (o.rule.protocol == to_string(protocol)) hop.protocol = protocol;
    for (const std::uint16_t port : o.rule.ports.empty() ? std::vector<std::uint16_t>{0} : o.rule.ports) {
      Hop on_port = hop;
      on_port.port = port;
      // A rule without a protocol means the one that its port is followed for.
      const auto& scope = overview.run.scope;
      if (hop.protocol == Protocol::Unknown && scope && scope->ports.contains(port))
        on_port.protocol = scope->ports.at(port).protocol;
      hops.push_back(on_port);
    }
  }
  return hops;
}

// --- taking together

class Builder {
 public:
  explicit Builder(const Overview& overview)
      : overview_(overview), hops_(with_declared(overview)), deeds_(deeds_of(hops_)) {
    has_inside_ = std::any_of(deeds_.begin(), deeds_.end(), [](const auto& host) { return !host.second.is_public; });
  }

  MapModel build() {
    MapModel model;
    for (const Width& width : widths()) {
      const std::size_t most_lines = width.grouped() ? kGroupLines : kMapLines;
      for (const Ports ports : {Ports::Apart, Ports::Together}) {
        model = built(width, ports);
        if (model.hosts.size() > most_hosts(width)) break;
        if (model.lines.size() <= most_lines) return model;
      }
    }
    leave_out(model);
    return model;
  }

 private:
  enum class Ports : std::uint8_t { Apart, Together };

  static std::size_t most_hosts(const Width& width) { return width.grouped() ? kMapGroups : kMapHosts; }
  static std::span<const unsigned> prefixes(const IpAddress& address) {
    return is_ipv4(address) ? kIpv4Prefixes : kIpv6Prefixes;
  }

  MapHost place(const IpAddress& address, const Deeds& deeds, const Width& width) const {
    MapHost host;
    host.role = deeds.role();
    host.outside = has_inside_ && deeds.is_public;
    const std::size_t wide = host.outside                   ? width.outside
                             : host.role == MapRole::Client ? width.clients
                                                            : width.servers;
    host.prefix = prefixes(address)[wide];
    host.network = network_of(address, host.prefix);
    return host;
  }

  MapModel built(const Width& width, Ports ports) {
    using Key = std::tuple<bool, MapRole, IpAddress, unsigned>;
    MapModel model;
    model.all_hosts = deeds_.size();
    std::map<Key, std::size_t> groups;
    std::map<IpAddress, std::size_t> at;
    for (const auto& [address, deeds] : deeds_) {
      MapHost host = place(address, deeds, width);
      const auto [group, is_new] =
          groups.try_emplace(Key{host.outside, host.role, host.network, host.prefix}, model.hosts.size());
      if (is_new) model.hosts.push_back(host);
      if (model.hosts.size() > most_hosts(width)) return model;
      MapHost& known = model.hosts[group->second];
      if (known.hosts++ == 0) {  // alone as yet
        known.network = address;
        known.prefix = 128;
      }
      known.prefix = std::min(known.prefix, common_prefix(known.network, address, prefixes(address)));
      at[address] = group->second;
    }
    for (MapHost& host : model.hosts) host.network = network_of(host.network, host.prefix);
    add_lines(model, at, ports);
    add_names(model, at);
    return model;
  }

  void add_lines(MapModel& model, const std::map<IpAddress, std::size_t>& at, Ports ports) const {
    using Key = std::tuple<std::size_t, std::size_t, Protocol, std::uint16_t>;
    std::map<Key, MapLine> lines;
    for (const Hop& hop : hops_) {
      const std::size_t client = at.at(hop.from), server = at.at(hop.to);
      MapLine& line = lines[{client, server, hop.protocol, ports == Ports::Apart ? hop.port : std::uint16_t{0}}];
      line.client = client;
      line.server = server;
      line.protocol = hop.protocol;
      line.ports.insert(hop.port);
      line.tls_versions.insert(hop.tls_versions.begin(), hop.tls_versions.end());
      for (std::size_t i = 0; i < kStates; ++i) line.counts[i] += hop.counts[i];
    }
    for (auto& [key, line] : lines) {
      line.state = joined(line.counts);
      model.lines.push_back(std::move(line));
    }
  }

  void add_names(MapModel& model, const std::map<IpAddress, std::size_t>& at) const {
    const auto add = [&](const IpAddress& address, const auto& names) {
      const auto place = at.find(address);
      if (place == at.end()) return;
      MapHost& host = model.hosts[place->second];
      if (host.hosts != 1) return;
      for (const std::string& name : names)
        if (std::find(host.names.begin(), host.names.end(), name) == host.names.end() && host.names.size() < kClaims)
          host.names.push_back(name);
    };
    for (const Server& server : overview_.servers) add(server.endpoint.address, server.greeting_names);
    for (const Hop& hop : overview_.hops) add(hop.from, hop.client_names);
    for (const Server& server : overview_.servers) add(server.endpoint.address, server.names);
  }

  /// Even groups may be joined by more lines than can be drawn: the worst stay.
  static void leave_out(MapModel& model) {
    if (model.lines.size() <= kGroupLines) return;
    constexpr std::array kRank{4, 0, 1, 3, 5, 2};  // by State
    std::stable_sort(model.lines.begin(), model.lines.end(), [&](const MapLine& a, const MapLine& b) {
      return kRank[static_cast<std::size_t>(a.state)] < kRank[static_cast<std::size_t>(b.state)];
    });
    model.lines_hidden = model.lines.size() - kGroupLines;
    model.lines.resize(kGroupLines);
  }

  const Overview& overview_;
  const std::vector<Hop> hops_;
  const std::map<IpAddress, Deeds> deeds_;
  bool has_inside_ = false;
};

}  // namespace

bool unseen(const MapLine& line) noexcept { return total(line.counts) == 0; }

Travel travel(Protocol protocol) noexcept {
  switch (protocol) {
    case Protocol::Smtp:
    case Protocol::Lmtp:
      return Travel::ToServer;
    case Protocol::Pop3:
    case Protocol::Imap:
      return Travel::ToClient;
    case Protocol::Unknown:
      break;
  }
  return Travel::Unknown;
}

bool is_ipv4(const IpAddress& address) noexcept { return within(address, kIpv4); }

bool is_public(const IpAddress& address) noexcept {
  if (is_public_alias(address)) return true;
  if (!is_ipv4(address) && !within(address, kGlobalIpv6)) return false;
  return std::none_of(std::begin(kSpecial), std::end(kSpecial), [&](const Network& n) { return within(address, n); });
}

MapModel map_of(const Overview& overview) { return Builder(overview).build(); }

}  // namespace mailseal
