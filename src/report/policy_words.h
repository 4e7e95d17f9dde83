// What reports for people say of the policy and of the profiles: the rows and lines, without any markup.
#pragma once

#include <string>
#include <vector>

#include "evidence.h"
#include "mailseal/overview.h"

namespace mailseal {

struct PolicyRow {
  const RuleOutcome* outcome;
  std::string number, name, way, demands;  ///< escaped, as all here
  std::string result;                      ///< translated
  std::string figures;                     ///< "3 kept, 1 broken"
  std::string places;                      ///< "frames 14, 31"
};
std::vector<PolicyRow> policy_rows(const Overview&, const Evidence&);  ///< in the order of the file

/// The file, that its map is complete, and each exception with its reason and its end.
std::vector<std::string> policy_lines(const Overview&);
/// "Nothing observed below NAME in 41 handshakes." and the like.
std::vector<std::string> profile_lines(const Overview&);

std::string way_of(const PolicyEnd& from, const PolicyEnd& to, const std::vector<std::uint16_t>& ports);

}  // namespace mailseal
