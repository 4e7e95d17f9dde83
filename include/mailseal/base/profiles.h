// Profiles: named baselines for TLS (BCP 195, NCSC-NL, BSI, NIST, Mozilla), as data.
//
// A profile grades what was negotiated; it is told what falls below it, never that anything complies with it. The
// tables (profiles_table.cpp) are made by scripts/profiles from the reference; a value that stands in no grade has the
// last one.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mailseal {

/// Values that a profile calls by one word.
struct ProfileGrade {
  std::string_view word;                 ///< "recommended", "phase-out", "must-not", ...
  bool met;                              ///< the profile is met with them
  std::uint16_t until = 0;               ///< to the end of that year; 0: for good
  std::span<const std::uint16_t> codes;  ///< ascending
};

struct Profile {
  std::string_view name, title;
  std::span<const ProfileGrade> versions, suites, groups;
  std::string_view other_version, other_suite, other_group;  ///< of what no grade lists; "": nothing is said of it
  int rsa_bits = 0, dh_bits = 0, ec_bits = 0;                ///< at least; 0: nothing is said
  int hash_bits = 0;                ///< of the certificate's signature, at least: SHA-256 is 256
  int certificate_days = 0;         ///< at most
  bool ecdsa = false, rsa = false;  ///< the only keys of certificates; neither: any
  bool ems = false, secure_renegotiation = false, encrypt_then_mac = false;  ///< are asked for, to TLS 1.2
  bool no_compression = false, no_early_data = false, no_heartbeat = false;
};

std::span<const Profile> profiles() noexcept;
const Profile* find_profile(std::string_view name) noexcept;  ///< nullptr: none of that name

}  // namespace mailseal
