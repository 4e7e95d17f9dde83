// The marker test through the whole of inspect: which octets are searched, and where a marker is told to be.
#include <gtest/gtest.h>

#include "converse.h"

namespace mailseal::test {
namespace {

const std::string kMarker = "mailseal-7f3a.91c2";

const Canary& canary() {
  static const Canary compiled = *Canary::compile({kMarker});
  return compiled;
}

/// "clear client@12+40 as-it-stands", one of these for each place.
std::string seen(const std::vector<Turn>& turns, Play play = {}) {
  play.options.canary = &canary();
  const auto session = converse(turns, play);
  if (!session || !session->canary) return "nothing was looked for";
  std::string all;
  for (const CanarySeen& at : session->canary->seen)
    all += (all.empty() ? "" : ", ") + std::string(to_string(at.layer)) +
           (at.seen.side == Side::Client ? " client@" : " server@") + std::to_string(at.seen.frame) + "+" +
           std::to_string(at.seen.offset) + " " + std::string(to_string(at.form));
  return all;
}

std::vector<Turn> with_message(std::vector<Turn> message) {
  std::vector<Turn> turns{{S, "220 mail.example ESMTP\r\n"},
                          {C, "EHLO c\r\n"},
                          {S, "250 mail.example\r\n"},
                          {C, "MAIL FROM:<a@b>\r\n"},
                          {S, "250 ok\r\n"},
                          {C, "RCPT TO:<c@d>\r\n"},
                          {S, "250 ok\r\n"},
                          {C, "DATA\r\n"},
                          {S, "354 go\r\n"}};
  turns.insert(turns.end(), message.begin(), message.end());
  turns.insert(turns.end(), {{C, "\r\n.\r\n"}, {S, "250 taken\r\n"}, {C, "QUIT\r\n"}, {S, "221 bye\r\n"}});
  return turns;
}
constexpr std::size_t kBefore = 8 + 17 + 15 + 6;  // octets of the client's commands

struct Row {
  const char* name;
  std::vector<Turn> turns;
  std::string expected;
};

TEST(CanaryWatch, TellsTheFrameOfTheLastOctet) {
  const std::size_t end = kBefore + 3 + kMarker.size() - 1;
  const Row kRows[] = {
      {"in one frame", with_message({{C, "x\r\n" + kMarker}}),
       "clear client@13+" + std::to_string(end) + " as-it-stands"},
      {"over two", with_message({{C, "x\r\n" + kMarker.substr(0, 5)}, {C, kMarker.substr(5)}}),
       "clear client@14+" + std::to_string(end) + " as-it-stands"},
      {"in a command",
       {{S, "220 mail.example\r\n"}, {C, "EHLO " + kMarker + "\r\n"}},
       "clear client@5+22 as-it-stands"},
      {"in a reply", {{S, "220 " + kMarker + "\r\n"}, {C, "QUIT\r\n"}}, "clear server@4+21 as-it-stands"},
      {"both sides, each told",
       {{S, "220 " + kMarker + "\r\n"}, {C, "EHLO " + kMarker + "\r\n"}},
       "clear server@4+21 as-it-stands, clear client@5+22 as-it-stands"},
      {"in a line that does not end",
       {{S, "220 mail.example\r\n"}, {C, "EHLO " + kMarker}},
       "clear client@5+22 as-it-stands"},
      {"in a line too long to be read",
       {{S, "220 mail.example\r\n"}, {C, std::string(70'000, 'x') + kMarker + "\r\n"}},
       "clear client@5+70017 as-it-stands"},
      {"not over a hole", with_message({{C, "x\r\n" + kMarker.substr(0, 9)}, {C, "zz", Lost}, {C, kMarker.substr(9)}}),
       ""},
      {"behind a hole", with_message({{C, "zz", Lost}, {C, kMarker}}), "clear client@14+65 as-it-stands"},
      {"over segments of both sides", {{S, "220 mail.example\r\n"}, {C, "EHLO mailseal-7"}, {S, "f3a.91c2\r\n"}}, ""},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(seen(row.turns), row.expected) << row.name;
    Play octet_by_octet;
    octet_by_octet.piece = 1;
    EXPECT_EQ(seen(row.turns, octet_by_octet), row.expected) << row.name;
  }
}

TEST(CanaryWatch, SearchesNoHandshake) {
  // A record of the handshake, as one that holds a name.
  EXPECT_EQ(
      seen({{S, "220 mail.example\r\n"},
            {C, "EHLO c\r\n"},
            {S, "250 STARTTLS\r\n"},
            {C, "STARTTLS\r\n"},
            {S, "220 go\r\n"},
            {C, client_hello() + std::string("\x16\x03\x03\0", 4) + static_cast<char>(kMarker.size()) + kMarker}}),
      "");
}

TEST(CanaryWatch, SearchesTheDataOfRecordsAsTheyCross) {
  const std::string record = std::string("\x17\x03\x03\0", 4);
  const auto data = [&](const std::string& text) { return record + static_cast<char>(text.size()) + text; };
  Play implicit;
  implicit.port = 465;
  const std::vector<Turn> kParted{{C, client_hello()},
                                  {C, data("0123456789") + data("xx" + kMarker.substr(0, 6))},
                                  {C, data(kMarker.substr(6) + "yy")}};
  const std::size_t hello = client_hello().size();
  EXPECT_EQ(seen({{C, client_hello()}, {C, data("xx" + kMarker + "yy")}}, implicit),
            "tls-records client@5+" + std::to_string(hello + 5 + 2 + kMarker.size() - 1) + " as-it-stands");
  EXPECT_EQ(seen(kParted, implicit),
            "tls-records client@6+" + std::to_string(hello + 15 + 13 + 5 + kMarker.size() - 6 - 1) + " as-it-stands");
}

TEST(CanaryWatch, CountsWhatItSearched) {
  Play play;
  play.options.canary = &canary();
  const auto session = converse({{S, "220 mail.example\r\n"}, {C, "QUIT\r\n"}, {S, "221 bye\r\n"}}, play);
  ASSERT_TRUE(session && session->canary);
  EXPECT_EQ(session->canary->clear_bytes, 18u + 6 + 9);
  EXPECT_EQ(session->canary->tls_bytes, 0u);
  EXPECT_FALSE(converse({{S, "220 mail.example\r\n"}, {C, "QUIT\r\n"}})->canary);
}

}  // namespace
}  // namespace mailseal::test
