// Octets of TLS for the tests, built piece by piece so that each test shows what matters.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mailseal/base/bytes.h"

namespace mailseal::tls::test {

using namespace std::string_literals;

inline std::string hex(std::string_view digits) {
  std::string out;
  int high = -1;
  for (const char c : digits) {
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (value < 0) continue;
    if (high < 0) {
      high = value;
    } else {
      out += static_cast<char>(high << 4 | value);
      high = -1;
    }
  }
  return out;
}

inline std::string number(std::size_t value, int octets) {
  std::string out;
  for (int i = octets - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}
inline std::string u16(std::size_t value) { return number(value, 2); }
inline std::string counted(int octets, const std::string& body) { return number(body.size(), octets) + body; }

inline std::string record(int type, const std::string& body, int version = 0x0303) {
  return number(static_cast<std::size_t>(type), 1) + u16(static_cast<std::size_t>(version)) + counted(2, body);
}
inline std::string message(int type, const std::string& body) {
  return number(static_cast<std::size_t>(type), 1) + counted(3, body);
}
inline std::string handshake(int type, const std::string& body) { return record(22, message(type, body)); }
inline std::string extension(int type, const std::string& body) {
  return u16(static_cast<std::size_t>(type)) + counted(2, body);
}
/// Octets spread as a cipher's are, the same ones each time (the numbers are those of Numerical Recipes' generator).
inline std::string ciphertext(std::size_t length, std::uint32_t seed = 1) {
  std::string out;
  for (std::uint32_t x = seed; out.size() < length; out += static_cast<char>(x >> 24)) x = x * 1664525 + 1013904223;
  return out;
}
inline std::string protected_record(std::size_t length, int type = 23) { return record(type, ciphertext(length)); }

inline const std::string kCcs = record(20, "\x01");
inline std::string alert(int level, int description) {
  return record(21, number(static_cast<std::size_t>(level), 1) + number(static_cast<std::size_t>(description), 1));
}

struct HelloOptions {
  int version = 0x0303;
  std::string session_id = std::string(32, 's');
  std::vector<int> suites = {};
  std::string extensions = {};
  std::string random = std::string(32, 'r');
  int compression = 0;
};

inline std::string extensions_block(const std::string& extensions) {
  return extensions.empty() ? ""s : counted(2, extensions);
}

inline std::string client_hello_body(const HelloOptions& o) {
  std::string suites;
  for (const int suite : o.suites) suites += u16(static_cast<std::size_t>(suite));
  return u16(static_cast<std::size_t>(o.version)) + o.random + counted(1, o.session_id) + counted(2, suites) +
         "\x01\x00"s + extensions_block(o.extensions);
}
inline std::string server_hello_body(const HelloOptions& o) {
  return u16(static_cast<std::size_t>(o.version)) + o.random + counted(1, o.session_id) +
         u16(static_cast<std::size_t>(o.suites.at(0))) + number(static_cast<std::size_t>(o.compression), 1) +
         extensions_block(o.extensions);
}
inline std::string client_hello(const HelloOptions& o) { return handshake(1, client_hello_body(o)); }
inline std::string server_hello(const HelloOptions& o) { return handshake(2, server_hello_body(o)); }

inline std::string client_hello13(const std::string& more = "") {
  return client_hello(
      {.suites = {0x1301, 0x1302},
       .extensions = extension(43, counted(1, u16(0x0304) + u16(0x0303))) + extension(10, counted(2, u16(29))) + more});
}
inline std::string server_hello13(int suite = 0x1301, const std::string& more = "") {
  return server_hello({.suites = {suite},
                       .extensions = extension(43, u16(0x0304)) + extension(51, u16(29) + counted(2, "key")) + more});
}
inline std::string client_hello12() { return client_hello({.suites = {0xc02f, 0x002f, 0x00ff}}); }
inline std::string server_hello12(int suite = 0xc02f) { return server_hello({.session_id = "", .suites = {suite}}); }

/// CN=mail.example <x>,O=A\, B; P-256, self-signed, 2026-11-21 22:04:25 to 2036-11-18 22:04:25.
inline const std::string kCertificate =
    hex("308201d63082017ca00302010202030a1b2c300a06082a8648ce3d040302302a310d300b060355040a0c04412c20423119301706035504"
        "030c106d61696c2e6578616d706c65203c783e301e170d3236313132313232303432355a170d3336313131383232303432355a302a310d"
        "300b060355040a0c04412c20423119301706035504030c106d61696c2e6578616d706c65203c783e3059301306072a8648ce3d02010608"
        "2a8648ce3d030107034200045abd8482af4154697e4fd65b11e8de68f470174797358a10a9550edcc724b26911d1b9f03f4f0fe24532aa"
        "41ba77be99cc11fd1be5e596653e57ea98a66cafa4a3819030818d301d0603551d0e0416041460e5245679b0d195318444f64c6c9a7ad7"
        "34de48301f0603551d2304183016801460e5245679b0d195318444f64c6c9a7ad734de48300f0603551d130101ff040530030101ff303a"
        "0603551d1104333031820c6d61696c2e6578616d706c6582092a2e6578616d706c658704c0000219871020010db8000000000000000000"
        "000025300a06082a8648ce3d04030203480030450221009bddecade93e52653b0e2ca7ef1e9f67c00a7d5d0548f32ce31c64c9a84915f0"
        "02201fbea4dc7f9dd3463766dc9b300f52d12abfe69d4ad69958b8bf7bae8b5ef1cf");

inline std::string certificate(const std::vector<std::string>& chain) {
  std::string list;
  for (const std::string& der : chain) list += counted(3, der);
  return handshake(11, counted(3, list));
}
/// ECDHE with a named curve, as TLS 1.2 signs it.
inline std::string server_key_exchange(int curve = 29, int scheme = 0x0804) {
  return handshake(12, "\x03"s + u16(static_cast<std::size_t>(curve)) + counted(1, std::string(32, 'p')) +
                           u16(static_cast<std::size_t>(scheme)) + counted(2, std::string(64, 'g')));
}
inline const std::string kServerHelloDone = handshake(14, "");
inline const std::string kClientKeyExchange = handshake(16, counted(1, std::string(32, 'p')));
/// A Finished as AES-GCM in TLS 1.2 protects it.
inline const std::string kFinished12 = protected_record(40, 22);

}  // namespace mailseal::tls::test
