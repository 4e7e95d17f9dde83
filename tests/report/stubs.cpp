// TEMPORARY: what base/suites, inspect, judge and overview will define. Weak, so that the
// true ones win where both are linked; delete this file and its line in CMakeLists.txt once
// those stages are in.
#include <array>
#include <cstdio>

#include "mailseal/base/suites.h"
#include "mailseal/overview.h"

#define MAILSEAL_STUB __attribute__((weak))

namespace mailseal {
namespace {

CipherSuite suite(std::uint16_t code, std::string_view name, std::string_view openssl, std::string_view exchange) {
  CipherSuite made{};
  made.code = code;
  made.name = name;
  made.openssl_name = openssl;
  made.key_exchange = exchange;
  made.bits = 256;
  made.tls13 = exchange.empty();
  made.forward_secrecy = true;
  return made;
}

const std::array kSuites{
    suite(0x1302, "TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384", ""),
    suite(0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE"),
};

std::string hex(unsigned code, int digits) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%0*x", digits, code);
  return text;
}

}  // namespace

MAILSEAL_STUB const CipherSuite* find_suite(std::uint16_t code) noexcept {
  for (const CipherSuite& known : kSuites)
    if (known.code == code) return &known;
  return nullptr;
}
MAILSEAL_STUB std::string_view registry_date() noexcept { return "2026-01-13"; }
MAILSEAL_STUB std::string suite_name(std::uint16_t code) {
  const CipherSuite* known = find_suite(code);
  return known ? std::string(known->name) : hex(code, 4);
}
MAILSEAL_STUB std::string group_name(std::uint16_t code) {
  switch (code) {
    case 23:
      return "secp256r1";
    case 29:
      return "x25519";
    case 0x100:
      return "ffdhe2048";
    case 0x201:
      return "MLKEM768";
    case 0x11ec:
      return "X25519MLKEM768";
    default:
      return hex(code, 4);
  }
}
MAILSEAL_STUB std::string signature_scheme_name(std::uint16_t code) {
  return code == 0x0804 ? "rsa_pss_rsae_sha256" : hex(code, 4);
}
MAILSEAL_STUB std::string version_name(std::uint16_t code) {
  return code == 0x0303 ? "TLSv1.2" : code == 0x0304 ? "TLSv1.3" : hex(code, 4);
}
MAILSEAL_STUB std::string alert_name(std::uint8_t code) { return code == 48 ? "unknown_ca" : hex(code, 2); }

MAILSEAL_STUB std::string_view to_string(Protocol p) noexcept {
  constexpr std::array<std::string_view, 5> kNames{"unknown", "smtp", "lmtp", "pop3", "imap"};
  return kNames[static_cast<std::size_t>(p)];
}
MAILSEAL_STUB std::string_view to_string(Doubt d) noexcept {
  constexpr std::array<std::string_view, 10> kNames{"joined-midway",      "gap",      "overlap-conflict", "one-sided",
                                                    "cut-by-snap-length", "fragment", "capture-ended",    "malformed",
                                                    "limit-hit",          "evicted"};
  return kNames[static_cast<std::size_t>(d)];
}
MAILSEAL_STUB std::string_view to_string(State s) noexcept {
  constexpr std::array<std::string_view, 6> kNames{"encrypted", "plaintext", "mixed",
                                                   "failed",    "no-mail",   "inconclusive"};
  return kNames[static_cast<std::size_t>(s)];
}
MAILSEAL_STUB std::string_view to_string(Confidence c) noexcept {
  constexpr std::array<std::string_view, 3> kNames{"high", "medium", "low"};
  return kNames[static_cast<std::size_t>(c)];
}
MAILSEAL_STUB std::string_view to_string(Severity s) noexcept {
  constexpr std::array<std::string_view, 6> kNames{"critical", "high", "medium", "low", "info", "positive"};
  return kNames[static_cast<std::size_t>(s)];
}
MAILSEAL_STUB std::string_view to_string(Exposure e) noexcept {
  constexpr std::array<std::string_view, 5> kNames{"content", "headers", "envelope", "credentials", "mailbox-activity"};
  return kNames[static_cast<std::size_t>(e)];
}
MAILSEAL_STUB std::string_view to_string(Verdict v) noexcept {
  constexpr std::array<std::string_view, 3> kNames{"pass", "fail", "inconclusive"};
  return kNames[static_cast<std::size_t>(v)];
}

}  // namespace mailseal
