// Sessions written by hand, for the tests of judge and overview: no capture, no parser.
#pragma once

#include <chrono>
#include <string>

#include "mailseal/judge.h"

namespace mailseal::test {

inline Timestamp time_of(std::uint64_t frame) {
  return Timestamp{std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)} + std::chrono::milliseconds(frame);
}

inline Seen at(std::uint64_t frame, Side side = Side::Client, std::uint64_t offset = 0) {
  return Seen{time_of(frame), frame, offset, 0, side};
}
inline Seen server(std::uint64_t frame) { return at(frame, Side::Server); }

inline IpAddress ip(std::uint8_t last) {
  IpAddress a;
  a.octets = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, last};
  return a;
}

/// A probe of port 25: greeting, EHLO with an offer, QUIT, FIN. Nothing sensitive.
inline Session probe() {
  Session s;
  s.flow = {{ip(7), 51000}, {ip(25), 25}};
  s.protocol = Protocol::Smtp;
  s.entry = Entry::Plain;
  s.first = at(1);
  s.last = at(40);
  s.closed = CloseReason::Ended;
  s.sides[0].packets = s.sides[1].packets = 20;
  s.began = at(1);
  s.greeting = server(4);
  s.spoke = {at(5), server(4)};
  s.capabilities = s.upgrade_offered = server(6);
  s.fin_client = at(38);
  s.fin_server = server(39);
  return s;
}

/// The same, and a mail in clear.
inline Session plain_mail() {
  Session s = probe();
  s.envelope = at(8);
  s.recipients = 1;
  s.headers = s.content = at(14);
  s.header_bytes = 100;
  s.content_bytes = 10;
  s.messages = 1;
  return s;
}

inline TlsFacts hello() {
  TlsFacts tls;
  tls.first_record = tls.client_hello = at(10);
  tls.server_hello = server(12);
  tls.version = 0x0304;
  tls.cipher_suite = 0x1301;
  tls.group = 0x001d;
  tls.server_name = "mail.example";
  ClientOffer offer;
  offer.versions = {0x0304, 0x0303};
  offer.suites = {0x1301, 0xc030};
  tls.offer = std::make_shared<const ClientOffer>(std::move(offer));
  tls.chain_hidden = true;
  return tls;
}

/// Changes what the client of a session offers.
template <class Change>
void offers(Session& s, Change change) {
  ClientOffer offer = offer_of(*s.tls);
  change(offer);
  s.tls->offer = std::make_shared<const ClientOffer>(std::move(offer));
}

/// STARTTLS and TLS 1.3, established, with data.
inline Session starttls() {
  Session s = probe();
  s.upgrade_requested = at(8);
  s.upgrade_accepted = server(9);
  s.upgrade_reply = "220 2.0.0 Ready to start TLS";
  s.tls = hello();
  s.tls->established = at(18);
  s.tls->client_finished = at(16);
  s.tls->application_data = at(18);
  s.tls->application_bytes = {2000, 900};
  s.tls->payload = {PayloadSample{512, 250, at(22)}, PayloadSample{512, 260, server(23)}};
  return s;
}

/// The same in TLS 1.2, with a certificate.
inline Session starttls12() {
  Session s = starttls();
  s.tls->version = 0x0303;
  s.tls->cipher_suite = 0xc030;
  s.tls->chain_hidden = false;
  s.tls->certificate = server(13);
  Certificate c;
  c.subject = "CN=mail.example";
  c.issuer = "CN=Example CA";
  c.serial = "0a1b";
  c.names = {"mail.example"};
  c.not_before = time_of(0) - std::chrono::hours(24);
  c.not_after = time_of(0) + std::chrono::hours(24 * 90);
  c.key = "RSA";
  c.key_bits = 2048;
  c.signature_algorithm = "sha256WithRSAEncryption";
  c.sha256 = "ab12";
  c.parsed = true;
  c.spki_sha256 = "cd34";
  c.has_alternative_names = c.has_key_usages = c.for_servers = true;
  s.tls->chain = {std::make_shared<Certificate>(c)};
  return s;
}

/// An upgrade that was accepted, a ClientHello, and FIN: failed.
inline Session failed() {
  Session s = starttls();
  s.tls->server_hello.reset();
  s.tls->established.reset();
  s.tls->client_finished.reset();
  s.tls->application_data.reset();
  s.tls->application_bytes = {};
  s.tls->version = 0;
  s.tls->group.reset();
  s.tls->cipher_suite = 0;
  s.tls->chain_hidden = false;
  return s;
}

inline Session unanswered() {
  Session s;
  s.flow = {{ip(7), 51001}, {ip(25), 25}};
  s.protocol = Protocol::Smtp;
  s.first = s.last = at(1);
  s.began = at(1);
  s.sides[0].packets = 3;
  return s;
}

inline Credential login(CredentialKind kind, std::uint64_t frame, std::optional<bool> accepted = true) {
  return {kind, "PLAIN", "al***", 9, at(frame), accepted};
}

/// A marker was looked for, and could be read at these places.
inline CanaryFacts markers(std::vector<Seen> places, CanaryLayer layer = CanaryLayer::Clear) {
  CanaryFacts facts;
  facts.clear_bytes = 500;
  for (const Seen& place : places)
    facts.seen.push_back({std::string(64, 'a'), CanaryCharset::Iso2022Jp, CanaryForm::Base64, layer, place});
  return facts;
}

template <class Change>
Session with(Session s, Change change) {
  change(s);
  return s;
}

inline Session doubted(Session s, Doubt doubt, bool after_established = false, std::uint64_t frame = 11) {
  s.doubts.push_back({doubt, at(frame), after_established});
  return s;
}

}  // namespace mailseal::test
