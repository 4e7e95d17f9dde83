// Clear text where TLS was: behind octets that are no records, and behind a hole in which step was
// lost. The mail is read, whatever stood before it.
#include <gtest/gtest.h>

#include "clear_text.h"
#include "converse.h"
#include "tls_bytes.h"

namespace mailseal::test {
namespace {

using namespace std::literals;

std::vector<Turn> encrypted() {
  return {{S, "220 mx.example ESMTP\r\n"},
          {C, "EHLO client.example\r\n"},
          {S, "250-mx.example\r\n250 STARTTLS\r\n"},
          {C, "STARTTLS\r\n"},
          {S, "220 go ahead\r\n"},
          {C, tls::test::client_hello12()},
          {S, tls::test::server_hello12() + tls::test::certificate({tls::test::kCertificate}) +
                  tls::test::server_key_exchange() + tls::test::kServerHelloDone},
          {C, tls::test::kClientKeyExchange + tls::test::kCcs + tls::test::kFinished12},
          {S, tls::test::kCcs + tls::test::kFinished12},
          {C, tls::test::protected_record(60)},
          {S, tls::test::protected_record(70)}};
}

const std::vector<Turn> kMail = {{C, "MAIL FROM:<someone@client.example>\r\nRCPT TO:<other@mx.example>\r\nDATA\r\n"},
                                 {S, "250 sender ok\r\n250 recipient ok\r\n354 go on with the message\r\n"},
                                 {C, "Subject: in clear\r\n\r\nreadable by all on the way\r\n.\r\n"},
                                 {S, "250 taken\r\n"}};

std::vector<Turn> joined(std::vector<Turn> first, const std::vector<Turn>& then) {
  first.insert(first.end(), then.begin(), then.end());
  return first;
}

TEST(ClearAgain, BehindOctetsThatAreNoRecords) {
  for (const std::string& octets : {"\0"s, "\0\1\2\3"s, std::string(100, '\xff'), "\x80 not text\0"s}) {
    const auto turns = joined(joined(encrypted(), {{C, octets}}), kMail);
    for (const std::size_t piece : {std::size_t{1} << 20, std::size_t{1}, std::size_t{7}}) {
      const auto session = converse(turns, {.piece = piece});
      ASSERT_TRUE(session && session->tls && session->tls->established);
      EXPECT_TRUE(session->envelope && session->content && session->headers) << octets.size() << " by " << piece;
      EXPECT_EQ(session->recipients, 1u);
      EXPECT_TRUE(session->tls->malformed);
    }
  }
}

TEST(ClearAgain, BehindAHoleInWhichStepWasLost) {
  for (const std::size_t hole : {std::size_t{5}, std::size_t{3000}}) {
    auto turns = joined(encrypted(), {{C, std::string(hole, 'x'), Lost}, {S, std::string(hole, 'x'), Lost}});
    const auto session = converse(joined(turns, kMail));
    ASSERT_TRUE(session && session->tls && session->tls->established);
    EXPECT_TRUE(session->envelope && session->content) << hole;
  }
  // What is still a record is none of it.
  auto turns = joined(
      encrypted(), {{C, "xxxxx", Lost}, {C, tls::test::protected_record(400)}, {S, tls::test::protected_record(60)}});
  const auto session = converse(turns);
  ASSERT_TRUE(session && session->tls);
  EXPECT_FALSE(session->content || session->envelope || session->tls->malformed);
}

TEST(ClearAgain, TextIsARunOrALine) {
  const struct {
    std::string octets;
    std::size_t begins;
    bool line;
  } table[] = {
      {"", kNoText, false},
      {"QUIT\r\n", kNoText, true},
      {"QUIT\r", kNoText, false},
      {"ok\r\n", kNoText, false},
      {std::string(31, 'a'), kNoText, false},
      {std::string(32, 'a'), 0, false},
      {"\xff" + std::string(31, 'a') + "\n", 1, false},
      {std::string(31, 'a') + "\x7f" + std::string(40, 'b'), 32, false},
  };
  for (const auto& row : table) {
    EXPECT_EQ(text_begins(as_bytes(row.octets)), row.begins) << row.octets;
    EXPECT_EQ(is_text_line(as_bytes(row.octets)), row.line) << row.octets;
  }
}

}  // namespace
}  // namespace mailseal::test
