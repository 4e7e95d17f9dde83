// Fingerprints: short names of the software behind a hello, as other tools give them.
//
//   JA3, JA3S  MD5 of the hello's lists in decimal (J. Althouse, J. Atkinson, J. Atkins: "TLS Fingerprinting with
//              JA3 and JA3S")
//   JA4        the TLS client part of JA4+ (FoxIO, "JA4: TLS Client Fingerprinting"), which is free to use; the
//              other parts are not, and are not here
//
// They name what a hello looks like, not who sent it: different programs share one, and any program can imitate
// another.
#pragma once

#include <string>

#include "handshake.h"

namespace mailseal::tls {

/// 32 hexadecimal digits; empty where the library of this machine refuses MD5.
std::string ja3(const ClientOffer&);
std::string ja3s(const ServerHelloView&);
/// "t13d1516h2_8daaf6152771_e5627efa2ab1".
std::string ja4(const ClientOffer&);

}  // namespace mailseal::tls
