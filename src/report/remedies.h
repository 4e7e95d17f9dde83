// Remedies by product: where to mend a finding in the software that is probably there.
//
// Beside the general remedy of the catalogue, which holds for all. A server's product is what it claims to be, so each
// is told with that. Menus change with versions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mailseal/report.h"

namespace mailseal {

struct ProductRemedy {
  Product product;
  std::string_view remedy;                ///< English, for tr()
  Certainty certainty = Certainty::High;  ///< with which the product was known
  bool of_sender = false;                 ///< what mends it is done where the mail comes from
};

/// Of every product that has one, in the order of the products.
std::vector<ProductRemedy> all_remedies(const FindingKind&);

/// Of the products that the servers with this finding claim to be or, where the sender is to blame, the sender where it
/// was seen as a server too: the first kRemediesShown by sessions. None that was known with low certainty.
inline constexpr std::size_t kRemediesShown = 3;
std::vector<ProductRemedy> remedies_of(const Overview&, const FindingGroup&);

/// "On Postfix (as it claims to be): ...", in the language of the report.
std::string told_remedy(const ProductRemedy&);

}  // namespace mailseal
