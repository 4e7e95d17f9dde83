// fingerprint: what tells equal secrets from others, and nothing else of them.
//
// A MAC under a key that is drawn anew for each run, is written nowhere and dies with it: not even who has the value
// and guesses the secret can check the guess. Reports never show it; that two are equal is what they tell.
#pragma once

#include <cstdint>
#include <string_view>

namespace mailseal::mail {

/// HMAC-SHA-256 (RFC 2104), the first 64 bits; 0: of nothing, or the machine gave no key.
std::uint64_t fingerprint_of(std::string_view secret) noexcept;

}  // namespace mailseal::mail
