// The follower on handshakes built octet by octet: what it notes, when it says that the
// handshake stood, what it leaves to others, and that no way of cutting changes any of it.
#include <gtest/gtest.h>

#include "tls/follower.h"
#include "tls_bytes.h"
#include "tls_play.h"

namespace mailseal::tls::test {
namespace {

// ---- what is a record -------------------------------------------------------------------

TEST(TlsRecord, IsToldByItsFirstOctets) {
  const struct {
    std::string_view octets;
    Look look;
  } table[] = {
      {"", Look::TooShort},
      {"16", Look::TooShort},
      {"16 03", Look::TooShort},
      {"16 03 01 00", Look::TooShort},
      {"16 03 01 00 05", Look::Tls},
      {"16 03 01 00 00", Look::NotTls},  // no empty handshake records
      {"17 03 03 00 00", Look::Tls},     // but empty data
      {"17 03 03 48 00", Look::Tls},     // 2^14 + 2048
      {"17 03 03 48 01", Look::NotTls},
      {"14 03 00 00 01", Look::Tls},
      {"18 03 03 00 03", Look::Tls},
      {"13 03 03 00 01", Look::NotTls},
      {"19 03 03 00 01", Look::NotTls},
      {"16 02", Look::NotTls},
      {"16 03 05", Look::NotTls},
      {"32 32 30", Look::NotTls},  // "220"
  };
  for (const auto& row : table) EXPECT_EQ(looks_like_record(as_bytes(hex(row.octets))), row.look) << row.octets;
}

std::string sslv2_hello(const std::string& specs, int version = 0x0301, std::size_t challenge = 16) {
  const std::string body = "\x01"s + u16(static_cast<std::size_t>(version)) + u16(specs.size()) + u16(0) +
                           u16(challenge) + specs + std::string(challenge, 'c');
  return u16(0x8000 | body.size()) + body;
}

TEST(TlsRecord, Sslv2HelloIsToldByLengthsThatAddUp) {
  const std::string good = sslv2_hello(hex("00002f 00000a 010080"));
  const auto look = [](const std::string& octets) { return looks_like_sslv2_hello(as_bytes(octets)); };
  EXPECT_EQ(look(good), Look::Tls);
  EXPECT_EQ(look(good.substr(0, 10)), Look::TooShort);
  EXPECT_EQ(look(good.substr(0, 11)), Look::Tls);
  EXPECT_EQ(look(sslv2_hello(hex("010080"), 0x0002)), Look::Tls);
  EXPECT_EQ(look(sslv2_hello(hex("0100"))), Look::NotTls);
  EXPECT_EQ(look(sslv2_hello(hex("010080"), 0x0405)), Look::NotTls);
  EXPECT_EQ(look(sslv2_hello(hex("010080"), 0x0301, 8)), Look::NotTls);
  EXPECT_EQ(look("EHLO there\r\n"), Look::NotTls);
  EXPECT_EQ(look(hex("80 2e 04")), Look::NotTls);
}

// ---- TLS 1.2 ----------------------------------------------------------------------------

Steps full12() {
  return {c(client_hello12()),
          s(server_hello12() + certificate({kCertificate}) + server_key_exchange() + kServerHelloDone),
          c(kClientKeyExchange + kCcs + kFinished12),
          s(kCcs + kFinished12),
          c(protected_record(60)),
          s(protected_record(70))};
}

TEST(Tls12, FullHandshake) {
  const Played p = play(full12());
  const TlsFacts& f = p.facts;
  EXPECT_TRUE(p.established);
  EXPECT_EQ(place(f.established), "4/" + std::to_string(full12()[1].octets.size() + kCcs.size()));
  EXPECT_EQ(place(f.client_hello), "1/5");
  EXPECT_EQ(place(f.server_hello), "2/5");
  EXPECT_EQ(place(f.application_data), "5/" + std::to_string(full12()[0].octets.size() + full12()[2].octets.size()));
  EXPECT_EQ(f.application_bytes, (std::array<std::uint64_t, 2>{60, 70}));
  EXPECT_EQ(f.version, 0x0303);
  EXPECT_EQ(f.cipher_suite, 0xc02f);
  EXPECT_EQ(f.group, 29);
  EXPECT_EQ(f.server_signature, 0x0804);
  EXPECT_TRUE(f.certificate && f.client_ccs && f.server_ccs && f.client_finished && f.server_finished &&
              f.client_key_exchange);
  EXPECT_FALSE(f.resumed || f.chain_hidden || f.malformed || f.renegotiation || f.client_certificate);
  ASSERT_EQ(f.chain.size(), 1u);
  EXPECT_EQ(offer_of(f).versions, std::vector<std::uint16_t>{0x0303});
  EXPECT_TRUE(offer_of(f).reneg_info);  // by the signalling suite
}

TEST(Tls12, AbbreviatedHandshakeIsAResumption) {
  for (const std::string& id : {std::string(32, 's'), ""s}) {  // by session id or ticket; by ticket alone
    const Played p =
        play({c(client_hello12()), s(server_hello({.session_id = id, .suites = {0xc02f}}) + kCcs + kFinished12),
              c(kCcs + kFinished12 + protected_record(50))});
    EXPECT_TRUE(p.established);
    EXPECT_EQ(p.facts.established->frame, 3u);
    EXPECT_TRUE(p.facts.resumed);
    EXPECT_TRUE(p.facts.chain.empty());
  }
}

TEST(Tls12, EveryPartOfTheProofIsNeeded) {
  const std::string flight = server_hello12() + certificate({kCertificate}) + server_key_exchange() + kServerHelloDone;
  const struct {
    std::string_view what;
    std::string client, server;
    bool established;
  } table[] = {
      {"all", kClientKeyExchange + kCcs + kFinished12, kCcs + kFinished12, true},
      {"no server CCS", kClientKeyExchange + kCcs + kFinished12, kFinished12, false},
      {"no server Finished", kClientKeyExchange + kCcs + kFinished12, kCcs, false},
      {"server alert instead", kClientKeyExchange + kCcs + kFinished12, alert(2, 51), false},
      {"protected alert instead", kClientKeyExchange + kCcs + kFinished12, kCcs + protected_record(26, 21), false},
      {"no client Finished", kClientKeyExchange + kCcs, kCcs + kFinished12, false},
      {"client Finished too small", kClientKeyExchange + kCcs + protected_record(15, 22), kCcs + kFinished12, false},
      {"data only", protected_record(100), protected_record(100), false},
  };
  for (const auto& row : table) {
    const Played p = play({c(client_hello12()), s(flight), c(row.client), s(row.server), c(protected_record(99))});
    EXPECT_EQ(p.established, row.established) << row.what;
    EXPECT_EQ(p.facts.established.has_value(), row.established) << row.what;
  }
  EXPECT_FALSE(play({s(flight), c(kClientKeyExchange + kCcs + kFinished12), s(kCcs + kFinished12)}).established)
      << "without a ClientHello";
}

TEST(Tls12, RenegotiationIsNoNewHandshake) {
  Steps steps = full12();
  steps.push_back(c(protected_record(120, 22)));
  const Played p = play(steps);
  ASSERT_TRUE(p.facts.renegotiation);
  EXPECT_EQ(p.facts.renegotiation->frame, 7u);
  EXPECT_EQ(p.facts.client_hello->frame, 1u);
  EXPECT_FALSE(p.facts.malformed);
}

TEST(Tls12, OctetsThatAreNoRecordAreMalformedOnceEstablished) {
  Steps steps = full12();
  steps.push_back(s("454 4.7.0 oops\r\n"));
  steps.push_back(c(protected_record(33)));
  const Played p = play(steps);
  EXPECT_EQ(p.foreign, (std::array<std::string, 2>{"", "454 4.7.0 oops\r\n"})) << "clear again: mail may follow";
  ASSERT_TRUE(p.facts.malformed);
  EXPECT_EQ(p.facts.malformed->frame, 7u);
  EXPECT_EQ(p.facts.application_bytes[0], 93u);
}

TEST(Tls12, EmptyRecordsAreNoData) {
  Steps steps = full12();
  steps.resize(4);
  steps.push_back(c(protected_record(24)));  // AES-GCM: 8 of nonce, 16 of tag
  EXPECT_FALSE(play(steps).facts.application_data);
  steps.push_back(c(protected_record(25)));
  EXPECT_TRUE(play(steps).facts.application_data);
}

TEST(Tls12, ServerKeyExchangeTellsGroupsAndSizes) {
  const std::string odd_prime = "\x00\x3f"s + std::string(127, '\x77');
  const struct {
    int suite;
    std::string body;
    int group, bits, scheme;
  } table[] = {
      {0xc02f, "\x03"s + u16(23) + counted(1, std::string(65, 'p')) + u16(0x0401), 23, 0, 0x0401},
      {0xc02f, "\x01"s + std::string(80, 'x'), 0xff01, 0, 0},
      {0xc018, "\x03"s + u16(29) + counted(1, std::string(32, 'p')), 29, 0, 0},  // anonymous: unsigned
      {0xccac, counted(2, "hint") + "\x03"s + u16(29) + counted(1, std::string(32, 'p')), 29, 0, 0},
      {0x009f, counted(2, odd_prime) + counted(2, "\x02") + counted(2, "share") + u16(0x0501), 0, 1022, 0x0501},
      {0x00aa, counted(2, "hint") + counted(2, odd_prime) + counted(2, "\x02") + counted(2, "share"), 0, 1022, 0},
      {0x002f, "whatever", 0, 0, 0},
  };
  for (const auto& row : table) {
    const Played p = play({c(client_hello12()), s(server_hello12(row.suite) + handshake(12, row.body))});
    EXPECT_EQ(p.facts.group.value_or(0), row.group) << row.suite;
    EXPECT_EQ(p.facts.dh_bits.value_or(0), row.bits) << row.suite;
    EXPECT_EQ(p.facts.server_signature.value_or(0), row.scheme) << row.suite;
    EXPECT_FALSE(p.facts.malformed);
  }
  EXPECT_TRUE(play({c(client_hello12()), s(server_hello12() + handshake(12, "\x03\x00"s))}).facts.malformed);
}

// ---- TLS 1.3 ----------------------------------------------------------------------------

constexpr std::size_t kFinished13 = 4 + 32 + 1 + 16, kAlert13 = 2 + 1 + 16;

TEST(Tls13, WhatProvesTheHandshake) {
  const std::string finished = protected_record(kFinished13), alert13 = protected_record(kAlert13);
  const std::string data = protected_record(40), ticket = protected_record(250);
  const struct {
    std::string_view what;
    Steps then;
    bool established, alert_before_data, data;
  } table[] = {
      {"nothing", {}, false, false, false},
      {"compatibility CCS only", {c(kCcs)}, false, false, false},
      {"CCS, then gone", {c(kCcs), fin(Side::Client)}, false, false, false},
      {"Finished, then nothing", {c(kCcs + finished)}, false, false, false},
      {"Finished and FIN", {c(kCcs + finished), fin(Side::Client)}, true, false, false},
      {"Finished and server's FIN", {c(kCcs + finished), fin(Side::Server)}, false, false, false},
      {"Finished and reset", {c(kCcs + finished), reset(Side::Client)}, false, false, false},
      {"Finished and data", {c(kCcs + finished), c(data)}, true, false, true},
      {"Finished and data in one segment", {c(finished + data)}, true, false, true},
      {"Finished and the server's ticket", {c(finished), s(ticket)}, true, false, true},
      {"Finished, close_notify, FIN", {c(finished), c(alert13), fin(Side::Client)}, true, true, false},
      {"Finished, close_notify of both, FIN",
       {c(finished), c(alert13), s(alert13), fin(Side::Client)},
       true,
       true,
       false},
      {"the server turns it away", {c(finished), s(alert13), fin(Side::Client)}, false, true, false},
      {"the server turns it away, data in flight", {c(finished), s(alert13), c(data)}, false, true, true},
      {"an alert instead of Finished", {c(kCcs + alert13), fin(Side::Client)}, false, true, false},
      {"an alert, and then what looks well", {c(alert13), c(finished), c(data)}, false, true, false},
      {"an alert of the server's before", {s(alert13), c(finished), c(data)}, false, true, false},
      {"an alert in clear", {c(alert(2, 48)), c(finished), c(data)}, false, false, false},
      {"too small for a Finished",
       {c(protected_record(kFinished13 - 1)), c(protected_record(30))},
       false,
       false,
       false},
      {"empty certificate, Finished, data", {c(protected_record(25) + finished), c(data)}, true, false, true},
      {"certificates, Finished", {c(protected_record(900) + protected_record(281) + finished)}, false, false, false},
      {"certificates, Finished, data",
       {c(protected_record(900) + protected_record(281) + finished), c(data)},
       true,
       false,
       true},
      {"perhaps certificates and Finished in one", {c(protected_record(1200)), c(data)}, false, false, false},
      {"the same, answered", {c(protected_record(1200)), c(data), s(ticket)}, false, false, true},
      {"the same, answered, and the client goes on",
       {c(protected_record(1200)), c(data), s(ticket), c(data)},
       true,
       false,
       true},
      {"the same, answered by an alert, and the client goes on",
       {c(protected_record(1200)), c(data), s(alert13), c(data)},
       false,
       true,
       false},
      {"a certificate, the rest of its flight later, refused",
       {c(kCcs + protected_record(900)), c(protected_record(281) + finished), s(alert13), fin(Side::Client)},
       false,
       true,
       false},
      {"data at once, refused", {c(finished + data), s(alert13), c(data), fin(Side::Client)}, false, false, true},
      {"certificates, refused",
       {c(protected_record(900) + protected_record(281) + finished), s(alert13), fin(Side::Client)},
       false,
       true,
       false},
  };
  const std::string flight = server_hello13() + kCcs + protected_record(900) + protected_record(kFinished13);
  for (const auto& row : table) {
    Steps steps{c(client_hello13()), s(flight)};
    steps.insert(steps.end(), row.then.begin(), row.then.end());
    const Played p = play(steps);
    EXPECT_EQ(p.established, row.established) << row.what;
    EXPECT_EQ(p.facts.encrypted_alert_before_data.has_value(), row.alert_before_data) << row.what;
    EXPECT_EQ(p.facts.application_data.has_value(), row.data) << row.what;
    EXPECT_EQ(told(p), told(play(steps, 1))) << row.what;
    if (!p.established) continue;
    EXPECT_EQ(p.facts.established->side, Side::Client) << row.what;
    EXPECT_EQ(p.facts.established->frame, 3u) << row.what;
  }
}

TEST(Tls13, SizesFollowTheSuite) {
  const struct {
    int suite;
    std::size_t finished, alert;
  } table[] = {
      {0x1301, 53, 19}, {0x1302, 69, 19}, {0x1303, 53, 19},  {0x1305, 45, 11},
      {0x1306, 85, 19}, {0xc0b4, 69, 35}, {0xc0b5, 101, 51}, {0xfafb, 53, 19},
  };
  for (const auto& row : table) {
    const auto established = [&](std::size_t first) {
      return play({c(client_hello13()), s(server_hello13(row.suite)), c(protected_record(first)),
                   c(protected_record(200)), s(protected_record(200)), c(protected_record(200))})
          .established;
    };
    EXPECT_TRUE(established(row.finished)) << row.suite;
    EXPECT_TRUE(established(row.finished + 1)) << row.suite;
    EXPECT_FALSE(established(row.alert)) << row.suite;
  }
  // Smaller than a Finished is passed over: the next one stands for it, and nothing follows.
  EXPECT_FALSE(play({c(client_hello13()), s(server_hello13(0x1302)), c(protected_record(68)), c(protected_record(200))})
                   .established);
}

TEST(Tls13, VersionGroupAndResumptionAreThoseOfTheServerHello) {
  const Played p = play({c(client_hello13()), s(server_hello13(0x1301, extension(41, u16(0))))});
  EXPECT_EQ(p.facts.version, 0x0304);
  EXPECT_EQ(p.facts.group, 29);
  EXPECT_TRUE(p.facts.resumed && p.facts.chain_hidden);
  EXPECT_FALSE(p.facts.psk_without_key_share);
  const Played psk =
      play({c(client_hello13()),
            s(server_hello({.suites = {0x1301}, .extensions = extension(43, u16(0x0304)) + extension(41, u16(0))}))});
  EXPECT_TRUE(psk.facts.psk_without_key_share);
  EXPECT_FALSE(psk.facts.group);
}

const std::string kRetryRandom = hex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");

TEST(Tls13, HelloRetryRequestIsNoServerHello) {
  const std::string retry = server_hello(
      {.suites = {0x1301}, .extensions = extension(43, u16(0x0304)) + extension(51, u16(24)), .random = kRetryRandom});
  const Steps steps{c(client_hello13()),        s(retry + kCcs),
                    c(kCcs + client_hello13()), s(server_hello13(0x1302) + protected_record(900)),
                    c(protected_record(69)),    c(protected_record(50))};
  const Played p = play(steps);
  EXPECT_EQ(place(p.facts.hello_retry), "2/5");
  EXPECT_EQ(p.facts.server_hello->frame, 4u);
  EXPECT_EQ(p.facts.client_hello->frame, 1u);
  EXPECT_EQ(p.facts.cipher_suite, 0x1302);
  EXPECT_TRUE(p.established);
  EXPECT_EQ(told(play(one_side_first(steps, Side::Client)), Facts::WithoutOrder), told(p, Facts::WithoutOrder));
  const Played only = play({c(client_hello13()), s(retry)});
  EXPECT_TRUE(only.facts.hello_retry);
  EXPECT_FALSE(only.facts.server_hello);
}

TEST(Tls13, DraftsBeforeTwentyTwoHadAShorterHello) {
  const std::string body =
      u16(0x7f12) + std::string(32, 'r') + u16(0x1301) + counted(2, extension(40, u16(29) + counted(2, "key")));
  const Played p =
      play({c(client_hello13()), s(handshake(2, body)), c(protected_record(kFinished13)), c(protected_record(50))});
  EXPECT_EQ(version_name(p.facts.version), "TLSv1.3-draft18");
  EXPECT_EQ(p.facts.cipher_suite, 0x1301);
  EXPECT_EQ(p.facts.group, 29);
  EXPECT_TRUE(p.established);
}

TEST(Tls13, EarlyDataProvesNothing) {
  const std::string hello = client_hello13(extension(42, ""));
  const std::string early = protected_record(400);
  const Played p = play({c(hello + kCcs + early + early), s(server_hello13() + protected_record(100))});
  ASSERT_TRUE(p.facts.early_data);
  EXPECT_FALSE(p.established);
  EXPECT_FALSE(p.facts.application_data);
  EXPECT_FALSE(play({c(client_hello13() + early), s(server_hello13())}).facts.early_data) << "not offered";
  // Captured behind the ServerHello it still is none; the Finished is known by its size.
  Steps late{c(hello), s(server_hello13() + protected_record(100)), c(kCcs + early + early)};
  EXPECT_FALSE(play(late).established);
  late.push_back(c(protected_record(21) + protected_record(kFinished13)));
  EXPECT_FALSE(play(late).established);
  late.push_back(s(protected_record(250)));
  EXPECT_TRUE(play(late).established);
}

// ---- facts of the hellos ----------------------------------------------------------------

TEST(TlsHello, OffersAreListedWithoutGrease) {
  const std::string extensions =
      extension(0x2a2a, "") + extension(0, counted(2, "\x00"s + counted(2, "mail.example"))) +
      extension(10, counted(2, u16(0x3a3a) + u16(0x11ec) + u16(29))) +
      extension(13, counted(2, u16(0x0403) + u16(0x0804))) +
      extension(16, counted(2, counted(1, "smtp") + counted(1, "imap"))) + extension(23, "") +
      extension(43, counted(1, u16(0x4a4a) + u16(0x0304) + u16(0x0303))) + extension(0xfe0d, "x") +
      extension(0xff01, "\x00"s);
  const Played p = play({c(client_hello({.suites = {0x0a0a, 0x1301, 0xc02f, 0x5600}, .extensions = extensions}))});
  const TlsFacts& f = p.facts;
  EXPECT_EQ(f.server_name, "mail.example");
  EXPECT_EQ(offer_of(f).suites, (std::vector<std::uint16_t>{0x1301, 0xc02f, 0x5600}));
  EXPECT_EQ(offer_of(f).groups, (std::vector<std::uint16_t>{0x11ec, 29}));
  EXPECT_EQ(offer_of(f).schemes, (std::vector<std::uint16_t>{0x0403, 0x0804}));
  EXPECT_EQ(offer_of(f).versions, (std::vector<std::uint16_t>{0x0304, 0x0303}));
  EXPECT_EQ(offer_of(f).alpn, (std::vector<std::string>{"smtp", "imap"}));
  const ClientOffer& offer = offer_of(f);
  EXPECT_TRUE(offer.ems && offer.reneg_info && offer.ech && offer.fallback_scsv && offer.server_name);
}

TEST(TlsHello, AnswersOfTheServer) {
  const std::string extensions = extension(4, "") + extension(15, "\x01") +
                                 extension(16, counted(2, counted(1, "smtp"))) + extension(22, "") + extension(23, "") +
                                 extension(0xff01, "\x00"s);
  const Played p = play({c(client_hello12()), s(server_hello({.suites = {0x002f},
                                                              .extensions = extensions,
                                                              .random = std::string(24, 'r') + "DOWNGRD\x01",
                                                              .compression = 1}))});
  const TlsFacts& f = p.facts;
  EXPECT_TRUE(f.truncated_hmac && f.heartbeat && f.encrypt_then_mac && f.ems && f.reneg_info && f.compression);
  EXPECT_EQ(f.alpn, "smtp");
  EXPECT_EQ(f.sentinel, 1);
  EXPECT_EQ(play({c(client_hello12()), s(server_hello12())}).facts.sentinel, 0xff);
}

TEST(TlsHello, VersionsBelowTwelve) {
  for (const int version : {0x0300, 0x0301, 0x0302}) {
    const Played p = play(
        {c(client_hello({.version = version, .suites = {0x0005}})),
         s(server_hello({.version = version, .suites = {0x0005}}) + certificate({kCertificate}) + kServerHelloDone),
         c(kClientKeyExchange + kCcs + protected_record(60, 22)), s(kCcs + protected_record(60, 22))});
    EXPECT_EQ(p.facts.version, version);
    EXPECT_TRUE(p.established);
  }
}

TEST(TlsHello, MalformedOnesAreToldAndProveNothing) {
  const std::string cut = handshake(2, server_hello_body({.suites = {0xc02f}}).substr(0, 36));
  const Played p = play({c(client_hello12()), s(cut + certificate({kCertificate}) + kServerHelloDone),
                         c(kCcs + kFinished12), s(kCcs + kFinished12)});
  EXPECT_TRUE(p.facts.malformed);
  EXPECT_FALSE(p.facts.server_hello);
  EXPECT_FALSE(p.established);
  EXPECT_TRUE(play({c(handshake(1, "short"))}).facts.malformed);
}

TEST(TlsHello, InTheFormOfSslv2) {
  const std::string hello = sslv2_hello(hex("010080 00c014 00002f 0000ff"));
  const Steps steps{
      c(hello),
      s(server_hello({.version = 0x0301, .suites = {0x002f}}) + certificate({kCertificate}) + kServerHelloDone),
      c(kClientKeyExchange + kCcs + kFinished12), s(kCcs + kFinished12)};
  const Played p = play(steps);
  EXPECT_TRUE(p.facts.sslv2_hello && p.facts.client_hello);
  EXPECT_EQ(offer_of(p.facts).versions, std::vector<std::uint16_t>{0x0301});
  EXPECT_EQ(offer_of(p.facts).suites, (std::vector<std::uint16_t>{0xc014, 0x002f, 0x00ff}));
  EXPECT_TRUE(p.established);
  EXPECT_EQ(told(play(steps, 1)), told(p));
  // Only as the very first octets, and only from the client.
  EXPECT_EQ(play({c(client_hello12()), s(server_hello12()), c(hello)}).foreign[0], hello);
  EXPECT_EQ(play({s(hello)}).foreign[1], hello);
}

TEST(TlsHello, TrueSslv2IsNamedAndNeverEstablished) {
  const std::string answer = hex("8020 04 00 01 0002 0000 0003 0010") + std::string(19, 'x');
  const Played p =
      play({c(sslv2_hello(hex("010080"), 2)), s(answer), c("\x80\x10 what follows is not read"), s("nor this")}, 1);
  EXPECT_EQ(version_name(p.facts.version), "SSLv2");
  EXPECT_FALSE(p.established || p.null_suite);
  EXPECT_EQ(p.foreign, (std::array<std::string, 2>{}));
}

// ---- alerts -----------------------------------------------------------------------------

TEST(TlsAlert, InClearIsListedWithItsSide) {
  const Played p = play({c(client_hello12()), s(alert(1, 112) + server_hello12() + certificate({kCertificate})),
                         c(alert(2, 48)), fin(Side::Client)});
  ASSERT_EQ(p.facts.alerts.size(), 2u);
  EXPECT_EQ(p.facts.alerts[0].level, 1);
  EXPECT_EQ(p.facts.alerts[0].description, 112);
  EXPECT_EQ(p.facts.alerts[0].seen.side, Side::Server);
  ASSERT_TRUE(p.facts.fatal_alert);
  EXPECT_EQ(p.facts.fatal_alert->description, 48);
  EXPECT_EQ(p.facts.fatal_alert->seen.frame, 3u);
  EXPECT_FALSE(p.established);
}

TEST(TlsAlert, ProtectedOnesAreNotRead) {
  Steps steps = full12();
  steps.resize(4);
  steps.push_back(c(protected_record(26, 21)));
  const Played p = play(steps);
  EXPECT_TRUE(p.established);
  EXPECT_TRUE(p.facts.alerts.empty());
  ASSERT_TRUE(p.facts.encrypted_alert_before_data);
  EXPECT_EQ(p.facts.encrypted_alert_before_data->frame, 5u);
}

TEST(TlsAlert, SixteenAreKept) {
  std::string many;
  for (int i = 0; i < 40; ++i) many += alert(1, 90);
  EXPECT_EQ(play({c(client_hello12()), s(many)}).facts.alerts.size(), 16u);
}

// ---- what is not TLS --------------------------------------------------------------------

TEST(TlsForeign, ClearTextBehindAnAlertIsLeft) {
  const std::string clear = "454 4.7.0 TLS not available due to local problem\r\n";
  const Steps steps{c(client_hello13()), s(alert(2, 80) + clear), c("QUIT\r\n")};
  for (const std::size_t cut : {0u, 1u, 3u, 8u}) {
    const Played p = play(steps, cut);
    EXPECT_EQ(p.foreign[1], clear) << cut;
    EXPECT_EQ(p.foreign[0], "QUIT\r\n") << cut;
    EXPECT_EQ(p.facts.alerts.size(), 1u);
  }
}

TEST(TlsForeign, ClearTextInsteadOfTls) {
  const Played p = play({c("EHLO again\r\n"), s("250 ok\r\n")});
  EXPECT_EQ(p.foreign[0], "EHLO again\r\n");
  EXPECT_EQ(p.foreign[1], "250 ok\r\n");
  EXPECT_FALSE(p.facts.first_record);
}

TEST(TlsForeign, RecordsWithoutABeginningAreSeenAndProveNothing) {
  const Played p =
      play({c(protected_record(100)), s(protected_record(200)), c(protected_record(100)), fin(Side::Client)});
  EXPECT_TRUE(p.facts.first_record && p.facts.application_data);
  EXPECT_FALSE(p.facts.client_hello || p.facts.server_hello || p.established);
}

// ---- suites without encryption ----------------------------------------------------------

TEST(TlsNull, ContentPassesWithoutItsMac) {
  const struct {
    int suite;
    std::size_t mac;
  } table[] = {{0x0001, 16}, {0x0002, 20}, {0x003b, 32}, {0x00b1, 48}, {0xc010, 20}};
  for (const auto& row : table) {
    const std::string mac(row.mac, '#');
    const Steps steps{c(client_hello({.suites = {row.suite}})),
                      s(server_hello12(row.suite) + certificate({kCertificate}) + kServerHelloDone),
                      c(kClientKeyExchange + kCcs + protected_record(16 + row.mac, 22)),
                      s(kCcs + protected_record(16 + row.mac, 22)),
                      s(record(23, "220 mail" + mac) + record(23, mac)),
                      c(record(23, "EHLO x\r\n" + mac) + record(23, "MAIL" + mac))};
    const Played p = play(steps);
    EXPECT_TRUE(p.established && p.null_suite) << row.suite;
    EXPECT_EQ(p.readable[0], "EHLO x\r\nMAIL");
    EXPECT_EQ(p.readable[1], "220 mail");
    EXPECT_EQ(told(play(steps, 1)), told(p));
    EXPECT_EQ(play(one_side_first(steps, Side::Client)).readable, p.readable);
  }
}

TEST(TlsNull, WhatCameBeforeAHoleOrTheEndWasReadable) {
  const std::string mac(20, '#');
  Steps steps{c(client_hello({.suites = {2}})), s(server_hello12(2) + certificate({kCertificate}) + kServerHelloDone),
              c(kClientKeyExchange + kCcs + protected_record(36, 22)), s(kCcs + protected_record(36, 22))};
  const std::string whole = record(23, "secret in two parts" + mac);
  steps.push_back(c(whole.substr(0, 11)));
  EXPECT_EQ(play(steps).readable[0], "secret");
  steps.push_back(gap(Side::Client, 3));
  steps.push_back(c(whole.substr(14) + record(23, ", and on" + mac)));
  EXPECT_EQ(play(steps).readable[0], "secret two parts, and on");
}

TEST(TlsNull, IntegrityOnlySuitesOfTls13) {
  const std::string mac(32, '#');
  const auto inner = [&mac](const std::string& content, char type, std::size_t zeros) {
    return record(23, content + type + std::string(zeros, '\0') + mac);
  };
  const Steps steps{c(client_hello13()),
                    s(server_hello13(0xc0b4) + inner("certificate", 22, 0)),
                    c(inner(std::string(36, 'f'), 22, 0)),
                    s(inner("220 mail\r\n", 23, 7)),
                    c(inner("EHLO x\r\n", 23, 0)),
                    c(inner(""s + '\x01' + '\0', 21, 0))};
  const Played p = play(steps);
  EXPECT_TRUE(p.established && p.null_suite);
  EXPECT_EQ(p.readable[0], "EHLO x\r\n");
  EXPECT_EQ(p.readable[1], "220 mail\r\n");
  EXPECT_EQ(told(play(steps, 1)), told(p));
}

TEST(TlsNull, EncryptedSuitesTellNothing) { EXPECT_EQ(play(full12()).readable, (std::array<std::string, 2>{})); }

// ---- holes ------------------------------------------------------------------------------

TEST(TlsGap, BeforeEstablishmentItIsForGood) {
  const Steps steps = full12();
  for (std::size_t lost = 0; lost < 4; ++lost) {
    Steps with_hole = steps;
    with_hole[lost] = gap(steps[lost].side, steps[lost].octets.size());
    EXPECT_FALSE(play(with_hole).established) << lost;
  }
  Steps late = steps;
  late[4] = gap(Side::Client, steps[4].octets.size());
  const Played p = play(late);
  EXPECT_TRUE(p.established);
  EXPECT_FALSE(p.facts.malformed);
  Steps marked = steps;
  marked.insert(marked.begin() + 2, gap(Side::Server, 0));
  EXPECT_FALSE(play(marked).established) << "a datagram that never became whole";
}

TEST(TlsGap, InsideARecordStepIsKept) {
  const std::string other_certificate = kCertificate.substr(0, 200) + std::string(300, 'x');
  const std::string flight = server_hello12() + certificate({kCertificate, other_certificate, other_certificate}) +
                             server_key_exchange() + kServerHelloDone;
  const std::size_t at = server_hello12().size() + kCertificate.size() + 700;
  const Played p =
      play({c(client_hello12()), s(flight.substr(0, at)), gap(Side::Server, 100), s(flight.substr(at + 100))});
  EXPECT_EQ(p.facts.group, 29);
  EXPECT_TRUE(p.facts.certificate);
  ASSERT_EQ(p.facts.chain.size(), 2u);  // what lies before the hole
  EXPECT_EQ(p.facts.chain[0]->key, "EC");
  EXPECT_FALSE(p.facts.malformed || p.established);
}

TEST(TlsGap, StepIsFoundAgainAtTheNextRecord) {
  const std::string flight = certificate({kCertificate}) + server_key_exchange();
  const Played p = play({c(client_hello12()), s(server_hello12() + flight.substr(0, 90)), gap(Side::Server, 2000),
                         s("in the middle of something"), s(alert(2, 40)), s(protected_record(77))});
  EXPECT_EQ(p.foreign[1], "");
  EXPECT_EQ(p.facts.alerts.size(), 1u);
  EXPECT_FALSE(p.established || p.facts.malformed);
}

// ---- order of the directions ------------------------------------------------------------

TEST(TlsOrder, TheClientMayOvertakeTheServer) {
  const std::string flight = server_hello13() + kCcs + protected_record(900) + protected_record(kFinished13);
  const Steps in_order{
      c(client_hello13()),     s(flight),        c(kCcs + protected_record(kFinished13)), s(protected_record(250)),
      c(protected_record(60)), fin(Side::Client)};
  Steps overtaken = in_order;
  std::swap(overtaken[1], overtaken[2]);
  const Played p = play(overtaken);
  EXPECT_TRUE(p.established);
  EXPECT_EQ(p.facts.established->frame, 2u);
  EXPECT_TRUE(p.facts.client_ccs);
  EXPECT_FALSE(p.facts.early_data);
  // What of the server's follows cannot be told: only the client's own data proves.
  overtaken.resize(4);
  EXPECT_FALSE(play(overtaken).established);

  EXPECT_EQ(told(play(one_side_first(full12(), Side::Client)), Facts::WithoutOrder),
            told(play(full12()), Facts::WithoutOrder));
  EXPECT_EQ(told(play(one_side_first(full12(), Side::Server)), Facts::WithoutOrder),
            told(play(full12()), Facts::WithoutOrder));
}

TEST(TlsOrder, WhatIsHeldIsBounded) {
  Limits limits;
  limits.held_bytes = 4096;
  Steps steps{c(client_hello13())};
  for (int i = 0; i < 100; ++i) steps.push_back(c(protected_record(100)));
  steps.push_back(s(server_hello13()));
  const Played p = play(steps, 0, limits);
  EXPECT_TRUE(p.limit_hit);
  EXPECT_FALSE(p.established);
}

TEST(TlsOrder, OneSideAloneProvesNothing) {
  for (const Side side : {Side::Client, Side::Server}) {
    Steps steps = one_side_first(full12(), side);
    std::erase_if(steps, [side](const Step& step) { return step.side != side; });
    const Played p = play(steps);
    EXPECT_FALSE(p.established);
    EXPECT_TRUE(side == Side::Client ? p.facts.client_hello && p.facts.client_key_exchange && p.facts.client_ccs
                                     : p.facts.server_hello && p.facts.certificate && p.facts.server_ccs);
  }
}

// ---- messages over records, limits ------------------------------------------------------

TEST(TlsMessages, AreJoinedOverRecordsAndFoundInOne) {
  const std::string hello = message(1, client_hello_body({.suites = {0xc02f, 0x002f, 0x00ff}}));
  const std::string in_one =
      record(22, message(2, server_hello_body({.session_id = "", .suites = {0xc02f}})) +
                     certificate({kCertificate}).substr(5) + server_key_exchange().substr(5) + message(14, ""));
  for (std::size_t cut = 1; cut < hello.size(); ++cut) {
    Steps steps = full12();
    steps[0] = c(record(22, hello.substr(0, cut)) + record(22, hello.substr(cut)));
    steps[1] = s(in_one);
    const Played p = play(steps);
    ASSERT_TRUE(p.established) << cut;
    ASSERT_EQ(offer_of(p.facts).suites.size(), 3u) << cut;
    ASSERT_EQ(p.facts.group, 29);
    ASSERT_EQ(p.facts.chain.size(), 1u);
  }
}

TEST(TlsMessages, AnyCutGivesTheSameFacts) {
  const Played whole = play(full12());
  for (std::size_t cut = 1; cut < 200; ++cut) ASSERT_EQ(told(play(full12(), cut)), told(whole)) << cut;
}

TEST(TlsMessages, TooLongIsSkippedAndTold) {
  Limits limits;
  limits.handshake_bytes = 400;
  const Played p = play(full12(), 0, limits);
  EXPECT_TRUE(p.limit_hit);
  EXPECT_TRUE(p.facts.certificate && p.facts.chain.empty());
  EXPECT_EQ(p.facts.group, 29) << "in step behind it";
  EXPECT_TRUE(p.established);
}

TEST(TlsMessages, ChainsAreBounded) {
  Limits limits;
  limits.certificates = 2;
  const Played p = play(
      {c(client_hello12()), s(server_hello12() + certificate({kCertificate, kCertificate, kCertificate}))}, 0, limits);
  EXPECT_EQ(p.facts.chain.size(), 2u);
  EXPECT_EQ(p.facts.chain_lack, ChainLack::Cut);
  EXPECT_TRUE(p.limit_hit);
  const Played whole =
      play({c(client_hello12()), s(server_hello12() + certificate({kCertificate, kCertificate}))}, 0, limits);
  EXPECT_EQ(whole.facts.chain_lack, ChainLack::Nothing);
  EXPECT_FALSE(whole.limit_hit);
}

// ---- certificates -----------------------------------------------------------------------

TEST(TlsCertificate, IsReadAsSent) {
  const Limits limits;
  CertificateCache cache(&limits);
  const auto certificate = cache.parse(as_bytes(kCertificate));
  EXPECT_TRUE(certificate->parsed && certificate->self_signed);
  EXPECT_EQ(certificate->subject, "O=A\\, B,CN=mail.example <x>");
  EXPECT_EQ(certificate->issuer, certificate->subject);
  EXPECT_EQ(certificate->serial, "0a1b2c");
  EXPECT_EQ(certificate->names, (std::vector<std::string>{"mail.example", "*.example", "192.0.2.25", "2001:db8::25"}));
  EXPECT_EQ(to_string(certificate->not_before.value()), "2026-11-21T22:04:25.000000000Z");
  EXPECT_EQ(to_string(certificate->not_after.value()), "2036-11-18T22:04:25.000000000Z");
  EXPECT_EQ(certificate->key, "EC");
  EXPECT_EQ(certificate->key_bits, 256);
  EXPECT_EQ(certificate->signature_algorithm, "ecdsa-with-SHA256");
  EXPECT_EQ(certificate->sha256, "4e1c51efc04f7fb5bdc74cf84159a0292eedf5a209b47131294568dba5165b74");
  EXPECT_EQ(as_text(certificate->der), kCertificate);
}

TEST(TlsCertificate, IsParsedOnce) {
  Limits limits;
  limits.certificate_cache = 2;
  CertificateCache cache(&limits);
  const auto first = cache.parse(as_bytes(kCertificate));
  EXPECT_EQ(cache.parse(as_bytes(kCertificate)), first);
  cache.parse(as_bytes("one"));
  EXPECT_EQ(cache.parse(as_bytes(kCertificate)), first);
  cache.parse(as_bytes("two"));  // over the bound: the cache starts anew
  const auto again = cache.parse(as_bytes(kCertificate));
  EXPECT_NE(again, first);
  EXPECT_EQ(again->sha256, first->sha256);
}

TEST(TlsCertificate, RefusedOnesStayAsOctets) {
  const Limits limits;
  CertificateCache cache(&limits);
  for (const std::string& der : {""s, "nonsense"s, kCertificate.substr(0, 300)}) {
    const auto certificate = cache.parse(as_bytes(der));
    EXPECT_FALSE(certificate->parsed);
    EXPECT_EQ(certificate->subject, "");
    EXPECT_EQ(certificate->sha256.size(), 64u);
    EXPECT_EQ(as_text(certificate->der), der);
  }
  std::string forged = kCertificate;
  forged.back() ^= 1;
  EXPECT_TRUE(cache.parse(as_bytes(forged))->parsed);
  EXPECT_FALSE(cache.parse(as_bytes(forged))->self_signed) << "its own key does not verify it";
}

}  // namespace
}  // namespace mailseal::tls::test
