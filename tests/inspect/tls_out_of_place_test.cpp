// Records where none of their kind can stand, and text in records of any kind: who sends them hides something, or does
// not speak TLS. Whoever judges must hear of it.
#include <gtest/gtest.h>

#include "tls/follower.h"
#include "tls_bytes.h"
#include "tls_play.h"

namespace mailseal::tls::test {
namespace {

const std::string kText = "Subject: hidden\r\n\r\nThis line is mail.\r\n";
const std::string kNonce(8, '\0');

struct Where {
  std::string client_after_hello = {}, client_before_keys = {}, server_after_hello = {};
  std::string client_after_all = {}, server_after_all = {};
};

Steps tls12(const Where& w) {
  return {c(client_hello12() + w.client_after_hello),
          s(server_hello12() + w.server_after_hello + certificate({kCertificate}) + server_key_exchange() +
            kServerHelloDone),
          c(kClientKeyExchange + w.client_before_keys + kCcs + kFinished12),
          s(kCcs + kFinished12),
          c(protected_record(60) + w.client_after_all),
          s(protected_record(60) + w.server_after_all)};
}

Steps tls13(const Where& w) {
  return {c(client_hello13() + w.client_after_hello),
          s(server_hello13() + w.server_after_hello + kCcs + protected_record(900)),
          c(kCcs + w.client_before_keys + protected_record(53)), c(protected_record(60) + w.client_after_all),
          s(protected_record(60) + w.server_after_all)};
}

TEST(TlsOutOfPlace, IsToldWhereverItStands) {
  const std::string ticket = record(22, ciphertext(200));
  const struct {
    const char* what;
    Steps steps;
    bool malformed, text;
  } table[] = {
      {"1.2", tls12({}), false, false},
      {"1.3", tls13({}), false, false},
      {"1.2, renegotiation", tls12({.client_after_all = ticket, .server_after_all = ticket}), false, false},
      {"1.2, heartbeat nobody agreed on", tls12({.client_after_all = protected_record(60, 24)}), true, false},
      {"1.3, heartbeat", tls13({.server_after_all = protected_record(60, 24)}), true, false},
      {"1.3, handshake in its old clothes", tls13({.client_after_all = ticket}), true, false},
      {"1.3, the same of the server", tls13({.server_after_all = ticket}), true, false},
      {"1.2, a long ChangeCipherSpec before the keys", tls12({.client_before_keys = record(20, "\1\1")}), true, false},
      {"1.3, a long ChangeCipherSpec", tls13({.client_after_all = record(20, ciphertext(40))}), true, false},
      {"1.2, data before the keys", tls12({.client_before_keys = protected_record(60)}), true, false},
      {"1.2, data of the server before the keys", tls12({.server_after_hello = protected_record(60)}), true, false},
      {"1.2, a message that has no name", tls12({.client_before_keys = handshake(99, ciphertext(40))}), true, false},
      {"1.2, a message that does not end", tls12({.client_before_keys = record(22, "\x0f\x00\x40\x00"s)}), true, false},
      {"1.2, less than nonce and tag", tls12({.client_after_all = protected_record(23)}), true, false},
      {"1.2, nothing but nonce and tag", tls12({.client_after_all = protected_record(24)}), false, false},
      {"1.3, less than type and tag", tls13({.client_after_all = protected_record(16)}), true, false},
      {"1.3, nothing but type and tag", tls13({.client_after_all = protected_record(17)}), false, false},
      {"1.2, text in handshake", tls12({.client_after_all = record(22, kNonce + kText)}), false, true},
      {"1.2, text in ChangeCipherSpec", tls12({.client_after_all = record(20, kNonce + kText)}), false, true},
      {"1.2, text in an alert", tls12({.client_after_all = record(21, kNonce + kText)}), false, true},
      {"1.2, short lines of text in data", tls12({.client_after_all = record(23, kNonce + kText)}), false, true},
      {"1.3, text behind the hello", tls13({.client_after_hello = record(23, kText)}), false, true},
  };
  for (const auto& row : table)
    for (const std::size_t piece : {std::size_t{1} << 20, std::size_t{1}, std::size_t{7}}) {
      const Played p = play(row.steps, piece);
      EXPECT_EQ(p.facts.malformed.has_value(), row.malformed) << row.what << ", pieces of " << piece;
      EXPECT_EQ(p.facts.printable_run.has_value(), row.text) << row.what << ", pieces of " << piece;
    }
}

TEST(TlsOutOfPlace, OfWhatWasMissedNothingIsSaid) {
  Steps steps = tls12({.client_after_all = protected_record(60, 24)});
  steps.insert(steps.begin() + 4, gap(Side::Client, 100));
  EXPECT_FALSE(play(steps).facts.malformed);
}

// What a record holds that never ends is looked at; that there was data it does not prove.
TEST(TlsOutOfPlace, ARecordThatIsCutIsLookedAt) {
  const std::string begun = "\x17\x03\x03\x40\x00"s;
  const auto with = [&](const std::string& body) {
    Steps steps = tls12({});
    steps.erase(steps.begin() + 4, steps.end());
    steps.push_back(c(begun + body));
    return play(steps).facts;
  };
  EXPECT_FALSE(with(kNonce + ciphertext(100)).application_data);
  EXPECT_FALSE(with(kNonce + ciphertext(100)).printable_run);
  EXPECT_TRUE(with(kNonce + kText).printable_run);
}

TEST(TlsOutOfPlace, MessagesOfTheOtherSideOrOfOtherVersions) {
  for (int type = 0; type < 256; ++type)
    for (const std::size_t length : {std::size_t{0}, std::size_t{40}}) {
      const std::string message = handshake(type, ciphertext(length));
      const bool of_clients = type == 11 || type == 15 || type == 16 || type == 23;
      EXPECT_EQ(play(tls12({.client_before_keys = message})).facts.malformed.has_value(), !of_clients)
          << type << ", " << length << " octets of the client";
    }
  for (const int type : {0, 14}) {
    EXPECT_FALSE(play(tls12({.server_after_hello = handshake(type, "")})).facts.malformed);
    EXPECT_TRUE(play(tls12({.server_after_hello = handshake(type, ciphertext(40))})).facts.malformed);
  }
  for (const int type : {5, 8, 15, 16, 20, 24, 25, 67})
    EXPECT_TRUE(play(tls12({.server_after_hello = handshake(type, ciphertext(40))})).facts.malformed) << type;
}

TEST(TlsOutOfPlace, AnotherSuiteMayHaveShorterRecords) {
  const std::string again = protected_record(200, 22);
  EXPECT_FALSE(play(tls12({.client_after_all = again + protected_record(20)})).facts.malformed);
  // TLS_GOSTR341112_256_WITH_MAGMA_MGM_L: a tag is one block of 8 octets.
  Steps magma = tls13({.client_after_all = protected_record(10)});
  magma[1].octets = server_hello13(0xc104) + kCcs + protected_record(900);
  EXPECT_FALSE(play(magma).facts.malformed);
}

}  // namespace
}  // namespace mailseal::tls::test
