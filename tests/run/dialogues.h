// dialogues: mail conversations and TLS handshakes, built from the parts of packets.h.
#pragma once

#include "inspect/tls_bytes.h"
#include "packets.h"

namespace mailseal::packets {

using namespace tls::test;

inline constexpr Side kClient = Side::Client, kServer = Side::Server;

inline constexpr std::string_view kOffers =
    "250-mail.example\r\n250-PIPELINING\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n";
inline constexpr std::string_view kNoOffers = "250-mail.example\r\n250 PIPELINING\r\n";
inline constexpr std::string_view kMessage = "Subject: x\r\n\r\n1111111111\r\n.\r\n";

inline Conversation smtp(std::string_view capabilities = kOffers, unsigned port = 25) {
  return Conversation(port).open().s("220 mail.example ESMTP\r\n").c("EHLO client.example\r\n").s(capabilities);
}
inline Conversation upgraded() { return smtp().c("STARTTLS\r\n").s("220 2.0.0 Ready to start TLS\r\n"); }
inline Conversation& mail(Conversation& c) {
  c.c("MAIL FROM:<a@example.com>\r\n").s("250 ok\r\n").c("RCPT TO:<b@example.net>\r\n").s("250 ok\r\n");
  return c.c("DATA\r\n").s("354 go on\r\n").c(kMessage).s("250 queued\r\n");
}
inline Conversation& quit(Conversation& c) { return c.c("QUIT\r\n").s("221 bye\r\n").close(); }

inline const std::string kFinished13 = protected_record(53);  // TLS_AES_128_GCM_SHA256: 4 + 32, type, tag
inline const std::string kData = protected_record(300);

/// A whole handshake, and data in both directions.
inline Conversation& tls12(Conversation& c, int suite = 0xc02f, const std::string& data = kData) {
  c.c(client_hello({.suites = {0xc02f, suite}}));
  c.s(server_hello12(suite) + certificate({kCertificate}) + server_key_exchange() + kServerHelloDone);
  c.c(kClientKeyExchange + kCcs + kFinished12).s(kCcs + kFinished12);
  return c.c(data).s(data);
}
inline Conversation& tls13(Conversation& c, int suite = 0x1301) {
  c.c(client_hello13()).s(server_hello13(suite) + kCcs + protected_record(900)).c(kCcs + kFinished13);
  return c.c(kData).s(kData);
}

inline Packets joined(Packets a, const Packets& b) {
  a.insert(a.end(), b.begin(), b.end());
  for (std::size_t i = 0; i < a.size(); ++i) a[i].frame = i + 1;
  return a;
}

}  // namespace mailseal::packets
