// Lines of key logs, whole, cut and damaged: what is kept of them.
#include "mailseal/base/key_log.h"

#include <gtest/gtest.h>

#include <string>

namespace mailseal {
namespace {

const std::string kRandom = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const std::string kMaster(96, 'a'), kHash(64, 'b');

std::string raw(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return out;
}

struct Case {
  std::string_view name;
  std::string log;
  std::uint64_t secrets;
  SecretKind kind = SecretKind::Master;
  std::string found = {};  ///< in hexadecimal; empty: nothing
  std::string id = kRandom;
};

const Case kCases[] = {
    {"master", "CLIENT_RANDOM " + kRandom + " " + kMaster + "\n", 1, SecretKind::Master, kMaster},
    {"no line end", "CLIENT_RANDOM " + kRandom + " " + kMaster, 1, SecretKind::Master, kMaster},
    {"CRLF", "\r\nCLIENT_RANDOM " + kRandom + " " + kMaster + "\r\n\r\n", 1, SecretKind::Master, kMaster},
    {"comment", "# CLIENT_RANDOM " + kRandom + " " + kMaster + "\n", 0},
    {"upper case", "CLIENT_RANDOM " + kRandom + " " + std::string(96, 'A') + "\n", 1, SecretKind::Master, kMaster},
    {"label in lower case", "client_random " + kRandom + " " + kMaster + "\n", 0},
    {"something behind", "CLIENT_RANDOM " + kRandom + " " + kMaster + " more\n", 1, SecretKind::Master, kMaster},
    {"short random", "CLIENT_RANDOM " + kRandom.substr(2) + " " + kMaster + "\n", 0},
    {"long random", "CLIENT_RANDOM " + kRandom + "00 " + kMaster + "\n", 0},
    {"short master", "CLIENT_RANDOM " + kRandom + " " + kMaster.substr(2) + "\n", 0},
    {"long master", "CLIENT_RANDOM " + kRandom + " " + kMaster + "00\n", 0},
    {"odd digits", "CLIENT_RANDOM " + kRandom + " " + kMaster.substr(1) + "\n", 0},
    {"no digit", "CLIENT_RANDOM " + kRandom + " " + kMaster.substr(1) + "g\n", 0},
    {"no secret", "CLIENT_RANDOM " + kRandom + "\n", 0},
    {"label alone", "CLIENT_RANDOM", 0},
    {"early", "CLIENT_EARLY_TRAFFIC_SECRET " + kRandom + " " + kHash + "\n", 1, SecretKind::ClientEarly, kHash},
    {"client handshake", "CLIENT_HANDSHAKE_TRAFFIC_SECRET " + kRandom + " " + kHash + "\n", 1,
     SecretKind::ClientHandshake, kHash},
    {"server handshake", "SERVER_HANDSHAKE_TRAFFIC_SECRET " + kRandom + " " + kHash + "\n", 1,
     SecretKind::ServerHandshake, kHash},
    {"client traffic", "CLIENT_TRAFFIC_SECRET_0 " + kRandom + " " + kMaster + "\n", 1, SecretKind::ClientTraffic,
     kMaster},
    {"server traffic", "SERVER_TRAFFIC_SECRET_0 " + kRandom + " " + kHash + "\n", 1, SecretKind::ServerTraffic, kHash},
    {"later traffic", "SERVER_TRAFFIC_SECRET_1 " + kRandom + " " + kHash + "\n", 0},
    {"exporter", "EXPORTER_SECRET " + kRandom + " " + kHash + "\n", 0},
    {"of another kind", "CLIENT_RANDOM " + kRandom + " " + kMaster + "\n", 1, SecretKind::ServerTraffic},
    {"of another session", "CLIENT_RANDOM " + kRandom + " " + kMaster + "\n", 1, SecretKind::Master, "",
     std::string(64, '0')},
    {"session id", "RSA Session-ID:0a0b0c Master-Key:" + kMaster + "\n", 1, SecretKind::MasterOfSession, kMaster,
     "0a0b0c"},
    {"session id, part of it", "RSA Session-ID:0a0b0c Master-Key:" + kMaster + "\n", 1, SecretKind::MasterOfSession, "",
     "0a0b"},
    {"no session id", "RSA Session-ID: Master-Key:" + kMaster + "\n", 0},
    {"encrypted premaster", "RSA 0011223344556677 " + kMaster + "\n", 0},
    {"the first counts",
     "CLIENT_RANDOM " + kRandom + " " + kMaster + "\nCLIENT_RANDOM " + kRandom + " " + std::string(96, 'c') + "\n", 2,
     SecretKind::Master, kMaster},
    {"behind a long line", std::string(5000, 'x') + "\nCLIENT_RANDOM " + kRandom + " " + kMaster + "\n", 1,
     SecretKind::Master, kMaster},
    {"too long to be one", "CLIENT_RANDOM " + kRandom + " " + kMaster + std::string(300, ' ') + "\n", 0},
    {"zeros", std::string(1000, '\0') + "\nCLIENT_RANDOM " + kRandom + " " + kMaster + "\n", 1, SecretKind::Master,
     kMaster},
};

TEST(KeyLog, KeepsWhatItKnowsInAnyCut) {
  const Limits limits;
  for (const Case& c : kCases)
    for (const std::size_t cut : {std::size_t{1}, std::size_t{7}, c.log.size()}) {
      SCOPED_TRACE(std::string(c.name) + ", cut at " + std::to_string(cut));
      KeyLog keys(&limits);
      for (std::size_t at = 0; at < c.log.size(); at += cut)
        keys.add(as_bytes(std::string_view(c.log).substr(at, cut)));
      const KeyLog::Read read = keys.end();
      EXPECT_EQ(read.secrets, c.secrets);
      EXPECT_FALSE(read.full);
      EXPECT_EQ(keys.empty(), c.secrets == 0);
      const std::string id = raw(c.id);
      const Secret* found = keys.find(c.kind, as_bytes(id));
      EXPECT_EQ(found ? as_text(found->bytes()) : "", raw(c.found));
    }
}

TEST(KeyLog, TellsWhatDoesNotFit) {
  Limits limits;
  limits.secrets = 1;
  KeyLog keys(&limits);
  const std::string other = "CLIENT_RANDOM " + std::string(64, '1') + " " + kMaster + "\n";
  keys.add(as_bytes("CLIENT_RANDOM " + kRandom + " " + kMaster + "\n"));
  EXPECT_FALSE(keys.end().full);
  keys.add(as_bytes(other));
  EXPECT_TRUE(keys.end().full);
  EXPECT_EQ(keys.find(SecretKind::Master, as_bytes(raw(std::string(64, '1')))), nullptr);
  EXPECT_EQ(keys.find(SecretKind::Master, as_bytes(std::string(33, 'x'))), nullptr);
}

TEST(KeyLog, LogsDoNotRunTogether) {
  const Limits limits;
  KeyLog keys(&limits);
  keys.add(as_bytes("CLIENT_RANDOM " + kRandom));
  EXPECT_EQ(keys.end().secrets, 0u);
  keys.add(as_bytes(" " + kMaster + "\n"));
  EXPECT_EQ(keys.end().secrets, 0u);
}

}  // namespace
}  // namespace mailseal
