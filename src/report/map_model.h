// MapModel: who the map shows, and which lines between them.
//
// A host's part in the mail's way is taken from what it was seen to do. What would not fit on a page is taken
// together: the world outside and clients by network, then servers, and at last ports; a group says how many it stands
// for, and the network that holds them all. Once hosts are grouped, what is drawn is to fit on a screen or two.
// Drawn from hops and servers alone: a hop whose counts are all zero was declared and never seen.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "mailseal/overview.h"

namespace mailseal {

inline constexpr std::size_t kMapHosts = 60;                     ///< beyond, they are grouped
inline constexpr std::size_t kMapLines = 120;                    ///< likewise; dot takes a second for so many
inline constexpr std::size_t kMapGroups = 24, kGroupLines = 32;  ///< at most, where they are grouped

/// From what it was seen to do; in the order of the map, from the people's side to the world's.
enum class MapRole : std::uint8_t {
  Client,         ///< only connects
  Store,          ///< serves POP3 or IMAP, or takes LMTP
  StoreAndRelay,  ///< and connects onward
  Relay,          ///< takes SMTP and connects onward
  Server          ///< takes SMTP
};

struct MapHost {
  IpAddress network;
  unsigned prefix = 128;  ///< of `network`, in bits of the IPv6 form; 128: one host
  MapRole role = MapRole::Client;
  bool outside = false;            ///< a public address, where the map has others too
  std::uint64_t hosts = 0;         ///< how many it stands for
  std::vector<std::string> names;  ///< claims of a single host, its own words first
};

struct MapLine {
  std::size_t client = 0, server = 0;  ///< hosts
  Protocol protocol = Protocol::Unknown;
  std::set<std::uint16_t> ports;
  std::set<std::uint16_t> tls_versions;
  Counts counts{};
  State state = State::NoMail;
};

/// Declared, and nothing of it was seen.
bool unseen(const MapLine&) noexcept;

/// Who of both ends gives the mail: SMTP's client, POP3's and IMAP's server.
enum class Travel : std::uint8_t { ToServer, ToClient, Unknown };
Travel travel(Protocol) noexcept;

struct MapModel {
  std::vector<MapHost> hosts;
  std::vector<MapLine> lines;
  std::uint64_t all_hosts = 0;     ///< before they were grouped
  std::uint64_t lines_hidden = 0;  ///< that are not in `lines`: the least bad
};

MapModel map_of(const Overview&);

/// Global, and not in IANA's registries of special-purpose addresses.
bool is_public(const IpAddress&) noexcept;
bool is_ipv4(const IpAddress&) noexcept;

}  // namespace mailseal
