// Aliases: what stands for addresses, names and paths in a report that leaves the house.
//
// Numbered in order of first appearance, so that the same report has the same aliases; equal stays
// equal and different stays different. Prefixes survive: what shares a /24 or a parent domain still
// does, and shows it. All are of a form that nothing real has:
//
//   192.0.2.7        250.1.1.1           /16, /24, host: 240 to 249 public, 250 and 251 not public
//                                        (RFC 1918 and its like), 252 loopback, 253 link-local.
//                                        240.0.0.0/4 is reserved (RFC 1112 4) and given to nobody.
//   2001:db8::7      a100:1:1:1::1       /32, /48, /64, host: a0 public, a1 not public, a2 loopback, a3
//                                        link-local. a000::/3 is reserved by the IETF (RFC 4291 2.4).
//                    a400:0:a00:1::1     IPv4 again, /16 in 32 bits: where those above are used up
//   mail.example.jp  n1.n1.n1.alias      each label numbered under its parent; "*" stays
//   a claim that is no host's name       text-1
//   a.pcap           input-1.pcap, path-1
//   eth0             interface-1
//   serials, digests                     the number in eight hexadecimal digits, then zeros
//
// Bounded: what strangers chose and is beyond kHeldBytes is called "more", whatever it is, addresses in their claims
// too. Hosts are never: each is an end of a hop, and the overview holds a row for every one of those.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>

#include "mailseal/base/place.h"

namespace mailseal {

class Aliases {
 public:
  IpAddress address(const IpAddress&);
  /// A host's name, also with a wildcard, an address, or an address literal of SMTP; what is none of them as text().
  std::string name(std::string_view);
  std::string text(std::string_view);
  /// "C=JP,O=Example,CN=mail.example.jp" keeps its types; so the same name stays the same name.
  std::string distinguished_name(std::string_view);
  std::string serial(std::string_view);
  std::string fingerprint(std::string_view);
  /// The digest of a capture: no alias, for it ties the report to what it is of, and tells others nothing.
  void keep(std::string digest) { kept_.insert(std::move(digest)); }
  /// `alias` is what it is called where it has none yet; "": path-1 and so on.
  std::string path(std::string_view, std::string alias = {});
  std::string interface(std::string_view);
  /// Another way in which a path that has an alias is written.
  void also(std::string_view path, std::string written);

  /// The alias of a name, text or path that has one, for finding them in sentences; nullptr: none.
  const std::string* known(std::string_view) const;
  bool is_path(std::string_view text) const { return paths_.contains(text) || written_.contains(text); }
  /// Of all that known() knows, the longest first.
  const std::set<std::size_t, std::greater<>>& lengths() const noexcept { return lengths_; }

  /// One line each: kind, alias, original, with tabs between, backslashes and what is not printable as in C.
  void write(std::ostream&) const;

 private:
  static constexpr std::size_t kHeldBytes = 32u << 20;

  struct Prefix {
    std::uint64_t number = 0, children = 0;
  };
  struct Name {
    std::string alias;
    std::uint64_t children = 0;
  };
  using Texts = std::map<std::string, std::string, std::less<>>;

  Prefix& prefix(std::string_view octets, std::uint64_t& siblings);
  const Name& host(const std::string& lower_case);
  std::string attribute(std::string_view);
  std::string claimed(const IpAddress&);
  bool room_for(std::string_view original, std::size_t rows = 1);
  void learn(std::string_view original) { lengths_.insert(original.size()); }
  std::string numbered(Texts&, std::string_view original, std::size_t digits);

  std::array<std::uint64_t, 8> networks_{};  ///< by family and kind
  std::map<std::string, Prefix, std::less<>> prefixes_;
  std::map<IpAddress, IpAddress> addresses_;
  std::map<std::string, Name, std::less<>> names_;  ///< in lower case, all parents too
  std::uint64_t top_level_ = 0;
  Texts texts_, serials_, fingerprints_, paths_, written_, interfaces_;
  std::uint64_t unnamed_paths_ = 0;
  std::unordered_set<std::string> kept_;
  std::set<std::size_t, std::greater<>> lengths_;
  std::size_t held_ = 0;
};

/// It stands for a public address.
bool is_public_alias(const IpAddress&) noexcept;
/// The address that the whole text is.
bool is_address(std::string_view text, IpAddress& out);
/// Characters of host names, Unicode ones included, labels that are not empty, at most 255 octets.
bool is_host_name(std::string_view) noexcept;

}  // namespace mailseal
