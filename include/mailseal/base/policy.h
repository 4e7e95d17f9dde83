// Policy: what the administrator says the mail's ways must be, read from a TOML file in the words of his products.
//
// Plain data: rules with the level of TLS that is set for a hop, and exceptions with a reason and an end. The first
// rule of the file that matches a session is the one that counts, as in the tables of mail gateways. Rules go by
// addresses, never by names: a name stands in TLS alone, and a rule must hold the clear sessions too.
//
// Refuses: what it does not know, with file, line, column and the nearest word that it does know. A policy that was
// understood in part would call kept what nobody looked at.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mailseal/base/expected.h"
#include "mailseal/base/place.h"
#include "mailseal/base/profiles.h"

namespace mailseal {

/// Addresses that begin with the same bits.
struct AddressRange {
  IpAddress network;
  unsigned prefix = 128;  ///< of the IPv6 form, 96 and more for IPv4; 128: one host
  bool holds(const IpAddress&) const noexcept;
  bool operator==(const AddressRange&) const = default;
};
std::string to_string(const AddressRange&);                         ///< "192.0.2.0/24"; of one host without the length
std::optional<AddressRange> parse_address_range(std::string_view);  ///< nullopt: none, or bits stand behind its length

enum class PolicyLevel : std::uint8_t {
  None,       ///< nothing is asked for
  Preferred,  ///< TLS where both sides can; clear text is not against it, a named server that offers none is
  Required,   ///< nothing but TLS
  Verified    ///< and a certificate that verifies
};
std::string_view to_string(PolicyLevel) noexcept;  ///< "none", "preferred", "required", "verified"
/// In the words of products too, whatever their case: "encrypt", "TLS: Required", "ベーシック".
struct LevelWord {
  PolicyLevel level = PolicyLevel::None;
  bool verify = false;  ///< below Verified: where TLS is used, the certificate must verify ("Preferred-Verify")
};
std::optional<LevelWord> parse_level(std::string_view);

/// One end of a hop. Without ranges anyone.
struct PolicyEnd {
  std::vector<AddressRange> ranges = {};
  bool holds(const IpAddress&) const noexcept;
  bool operator==(const PolicyEnd&) const = default;
};

struct PolicyRule {
  std::string name;  ///< printable, one line
  std::uint32_t line = 0;
  PolicyEnd from, to;
  std::vector<std::uint16_t> ports = {};  ///< of the server; none: any
  std::string protocol = {};              ///< "smtp", ...; empty: any
  PolicyLevel level = PolicyLevel::None;
  bool verify = false;  ///< as LevelWord has it
  std::uint16_t min_version = 0;
  int min_bits = 0;                                         ///< of the cipher
  std::vector<std::uint16_t> allowed = {}, forbidden = {};  ///< suites; nothing allowed: all are
  std::vector<std::string> names = {};                      ///< one of them must stand in the certificate
  const Profile* profile = nullptr;
  std::string ca = {};     ///< a file of the certificates that are trusted, printable; empty: those of the run
  bool public_mx = false;  ///< the world sends mail there: TLS must not be required (RFC 3207 4)
};

struct PolicyException {
  std::optional<std::size_t> rule;  ///< of Policy::rules; nullopt: any
  PolicyEnd from, to;
  std::string reason;
  std::chrono::sys_days until;  ///< the last day, in UTC, by the packets' time
  bool covers(std::size_t rule, const IpAddress& client, const IpAddress& server) const noexcept;
};

struct Policy {
  std::string file, sha256;  ///< of the text, lower-case hexadecimal
  bool only = false;         ///< its map is complete: other ways are told
  std::vector<PolicyRule> rules;
  std::vector<PolicyException> exceptions;
};

/// `file` is what errors call it.
Expected<Policy> parse_policy(std::string_view text, std::string_view file);

/// The one of them that a person may have meant; "": none is near. By octets, whatever their case.
std::string_view nearest(std::string_view said, const std::vector<std::string_view>& known);

}  // namespace mailseal
