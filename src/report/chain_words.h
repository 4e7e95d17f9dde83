// What OpenSSL says of a chain, as administrators know it from openssl s_client and their logs; and with which trusted
// certificates it was asked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mailseal/overview.h"

namespace mailseal {

/// "Verify return code: 0 (ok)" or the first error: "verify error:num=20:unable to get local issuer certificate".
/// OpenSSL's words are the same in every language.
std::string verify_words(const ChainResult&);
/// Depth by depth what openssl s_client prints. From strangers: escape.
std::vector<std::string> verify_lines(const ChainResult&);
/// A sentence or two; "": nothing is known of it.
std::string trust_words(const std::optional<TrustFacts>&);

}  // namespace mailseal
