// PROXY protocol headers, versions 1 and 2: what a load balancer puts before the
// client's first octet to say whose connection it carries.
//
// Specification: "The PROXY protocol, versions 1 & 2" (HAProxy), sections 2.1 and 2.2.
#pragma once

#include <cstddef>

#include "mailseal/base/bytes.h"
#include "mailseal/base/parsed.h"

namespace mailseal {

struct ProxyHeader {
  int version;
};

/// Malformed: these octets begin no PROXY header. At most 107 octets are asked for (v1),
/// 16 + 2,048 (v2).
Parsed<ProxyHeader> proxy_header(Bytes first_octets) noexcept;

}  // namespace mailseal
