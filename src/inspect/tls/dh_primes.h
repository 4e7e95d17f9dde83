// Primes of Diffie-Hellman that are known: from RFCs, and those that mail servers bring along.
//
// By their SHA-256, for the digest is what a report names an unknown one by. The digests of the RFCs' primes are
// those of OpenSSL's own constants (a test compares them), those of Exim and Postfix were taken from the
// programs of Debian 12 (exim4-daemon-light 4.96, postfix 3.7.11).
#pragma once

#include <cstdint>
#include <optional>

#include "mailseal/base/bytes.h"
#include "mailseal/inspect.h"

namespace mailseal::tls {

/// The number without the zeros in front.
Bytes without_zeros(Bytes number) noexcept;
/// Of a number without zeros in front.
DhPrime known_prime(Bytes);
/// The IANA number of an RFC 7919 group, by its name.
std::optional<std::uint16_t> ffdhe_group(const DhPrime&) noexcept;

}  // namespace mailseal::tls
