// What application data looks like: text of any kind is told from ciphertext, wherever it stands and however it is cut.
#include <gtest/gtest.h>

#include "tls/payload.h"
#include "tls_bytes.h"
#include "tls_play.h"

namespace mailseal::tls::test {
namespace {

std::string repeated(std::string_view text, std::size_t length) {
  std::string out;
  while (out.size() < length) out += text;
  out.resize(length);
  return out;
}
std::string data(const std::string& body) { return record(23, body); }

Steps with_data(const std::string& client, const std::string& server = {}) {
  return {c(client_hello12()),
          s(server_hello12() + certificate({kCertificate}) + server_key_exchange() + kServerHelloDone),
          c(kClientKeyExchange + kCcs + kFinished12),
          s(kCcs + kFinished12),
          c(client),
          s(server)};
}
PayloadSample client_sample(const std::string& octets) { return play(with_data(octets)).facts.payload[0]; }

constexpr std::uint32_t kOfNoCipher = 512;
const std::string kClear(8, '\0');  // the nonce of AES-GCM, the suite of with_data()

TEST(Payload, TextIsToldFromCiphertext) {
  const std::string_view english = "Dear all, the meeting is on Monday at nine, in the small room. ";
  const std::string_view base64 = "UGxlYXNlIGZpbmQgYXR0YWNoZWQgdGhlIGludm9pY2Ugb2YgTWF5Lg0K0b7QsNGA0LjRhtCw";
  const std::string_view utf8 = "\xe6\x9a\x97\xe5\x8f\xb7\xe5\x8c\x96\xe3\x81\x97\xe3\x81\xbe\xe3\x81\x99\r\n";
  const std::string_view iso2022 = "\x1b$B0E9f2=$7$^$9\x1b(B\r\n";
  const struct {
    std::string_view name;
    std::string body;
    bool ciphertext;
  } table[] = {
      {"ciphertext", ciphertext(600), true},      {"other ciphertext", ciphertext(256, 7), true},
      {"English", repeated(english, 256), false}, {"base64", repeated(base64, 256), false},
      {"UTF-8", repeated(utf8, 256), false},      {"ISO-2022-JP", repeated(iso2022, 256), false},
      {"zeros", std::string(300, '\0'), false},
  };
  for (const auto& row : table) {
    const PayloadSample sample = client_sample(data(kClear + row.body));
    EXPECT_EQ(sample.bytes, 256) << row.name;
    EXPECT_EQ(sample.chi_square <= kOfNoCipher, row.ciphertext) << row.name << ": " << sample.chi_square;
  }
}

TEST(Payload, ChiSquareIsPearsons) {
  // All alike: (n - n/256)^2 / (n/256) + 255 * n/256 = 255 n.
  EXPECT_EQ(client_sample(data(kClear + std::string(256, 'x'))).chi_square, 255u * 256);
  // Each value as often as due.
  std::string each;
  for (int i = 0; i < 256; ++i) each += static_cast<char>(i);
  EXPECT_EQ(client_sample(data(kClear + each)).chi_square, 0u);
}

TEST(Payload, LessThan256OctetsAreNotTested) {
  EXPECT_EQ(client_sample(data(kClear + std::string(255, 'x'))).bytes, 0);
  EXPECT_EQ(client_sample(data(kClear + std::string(256, 'x'))).bytes, 256);
  std::string small;
  for (int i = 0; i < 8; ++i) small += data(kClear + ciphertext(32, static_cast<std::uint32_t>(i)));
  EXPECT_EQ(client_sample(small).bytes, 256);
  EXPECT_EQ(client_sample(small.substr(0, small.size() - 1)).bytes, 0) << "31 octets of an unfinished record more";
}

// "nonce_explicit" is sent in clear, and is a counter where it can be (RFC 5288 3).
TEST(Payload, WhatNoCipherHidesIsNotTested) {
  const auto suite = [](std::uint16_t code) { return find_suite(code); };
  EXPECT_EQ(clear_bytes(suite(0xc02f), 0x0303), 8u);   // ECDHE-RSA-AES128-GCM-SHA256
  EXPECT_EQ(clear_bytes(suite(0xc0ac), 0x0303), 8u);   // ECDHE-ECDSA-AES128-CCM
  EXPECT_EQ(clear_bytes(suite(0xcca8), 0x0303), 0u);   // ECDHE-RSA-CHACHA20-POLY1305
  EXPECT_EQ(clear_bytes(suite(0xc013), 0x0303), 16u);  // ECDHE-RSA-AES128-SHA
  EXPECT_EQ(clear_bytes(suite(0xc013), 0x0302), 16u);
  EXPECT_EQ(clear_bytes(suite(0xc013), 0x0301), 0u);  // its initial block is the end of the record before
  EXPECT_EQ(clear_bytes(suite(0x000a), 0x0303), 8u);  // DES-CBC3-SHA
  EXPECT_EQ(clear_bytes(suite(0x0005), 0x0303), 0u);  // RC4-SHA
  EXPECT_EQ(clear_bytes(suite(0x1301), 0x0304), 0u);
  EXPECT_EQ(clear_bytes(nullptr, 0x0303), 0u);
  std::string counted_records;
  for (std::uint8_t i = 0; i < 40; ++i)
    counted_records += data(std::string(7, '\0') + static_cast<char>(i) + ciphertext(16, i));
  const PayloadSample sample = client_sample(counted_records);
  EXPECT_EQ(sample.bytes, 256);
  EXPECT_LE(sample.chi_square, kOfNoCipher);
}

TEST(Payload, ServersAreTestedOnTheirOwn) {
  const Played p = play(with_data(data(kClear + ciphertext(300)), data(kClear + std::string(300, 'x'))));
  EXPECT_LE(p.facts.payload[0].chi_square, kOfNoCipher);
  EXPECT_GT(p.facts.payload[1].chi_square, kOfNoCipher);
  EXPECT_EQ(p.facts.payload[1].last->frame, 6u);
}

TEST(Payload, TextFarBehindTheBeginningIsFound) {
  const std::string text = repeated("\xe6\x9a\x97\xe5\x8f\xb7\r\n", 200'000);
  for (const std::size_t sound : {256, 700, 5'000, 100'000}) {
    std::string octets;
    const std::string body = ciphertext(sound) + text;
    for (std::size_t at = 0; at < body.size(); at += 8'000) octets += data(kClear + body.substr(at, 8'000));
    const Played whole = play(with_data(octets));
    EXPECT_GT(whole.facts.payload[0].chi_square, kOfNoCipher) << sound;
    EXPECT_FALSE(whole.facts.printable_run);
    EXPECT_EQ(told(play(with_data(octets), 1'000)), told(whole)) << sound;
  }
}

// ---- text in the midst ------------------------------------------------------------------

std::string unprintable(std::size_t n) { return repeated("\x80\x7f\x1f\xff\x0b", n); }

TEST(Payload, ARunIsFoundWhereverItStands) {
  const std::string run(32, '~');
  const std::uint64_t start = with_data("")[0].octets.size() + with_data("")[2].octets.size() + 5 + kClear.size();
  for (std::size_t before = 0; before < 70; ++before)
    for (const std::size_t after : {std::size_t{0}, std::size_t{1}, std::size_t{40}}) {
      const Played p = play(with_data(data(kClear + unprintable(before) + run + unprintable(after))));
      ASSERT_TRUE(p.facts.printable_run) << before << " before, " << after << " after";
      EXPECT_EQ(p.facts.printable_run->offset, start + before);
      EXPECT_FALSE(
          play(with_data(data(kClear + unprintable(before) + run.substr(1) + unprintable(after)))).facts.printable_run);
    }
}

TEST(Payload, PrintableAreSpaceToTildeTabsAndLineEnds) {
  for (int octet = 0; octet < 256; ++octet)
    for (const std::size_t place : {0, 7, 8, 15, 31}) {
      std::string run(32, ' ');
      run[place] = static_cast<char>(octet);
      const bool text = (octet >= 0x20 && octet < 0x7f) || octet == '\t' || octet == '\n' || octet == '\r';
      EXPECT_EQ(play(with_data(data(kClear + run))).facts.printable_run.has_value(), text) << octet << " at " << place;
    }
}

TEST(Payload, ARunLiesWithinOneRecordInAnyCut) {
  const std::string half(16, 'x'), run(40, 'x');
  EXPECT_FALSE(play(with_data(data(kClear + half) + data(kClear + half))).facts.printable_run);
  const Steps steps = with_data(data(kClear + ciphertext(50) + run + ciphertext(50)));
  const Fact whole = play(steps).facts.printable_run;
  ASSERT_TRUE(whole);
  for (std::size_t cut = 1; cut < 60; ++cut) {
    const Fact found = play(steps, cut).facts.printable_run;
    EXPECT_EQ(place(found), place(whole)) << "cut every " << cut;
  }
}

}  // namespace
}  // namespace mailseal::tls::test
