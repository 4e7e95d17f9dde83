// The marker test: every character set, coding, alignment and cut finds the marker; one character off does not.
#include "mailseal/base/canary.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>

#include "mail_codings.h"

namespace mailseal {
namespace {

using namespace testing;

struct Charset {
  CanaryCharset charset;
  const char* name;
};
constexpr Charset kCharsets[] = {
    {CanaryCharset::Utf8, "UTF-8"},         {CanaryCharset::Utf16Le, "UTF-16LE"},
    {CanaryCharset::Utf16Be, "UTF-16BE"},   {CanaryCharset::Iso2022Jp, "ISO-2022-JP"},
    {CanaryCharset::ShiftJis, "SHIFT_JIS"}, {CanaryCharset::EucJp, "EUC-JP"},
    {CanaryCharset::Latin1, "ISO-8859-1"},  {CanaryCharset::Utf7, "UTF-7"},
};
const std::string kJapanese = "暗号化の試験 Q7f3.x9", kFrench = "Crème brûlée Q7f3.x9", kPlain = "Canary Q7f3.x9 plain";

struct Planted {
  std::string what, stream;
  CanaryCharset charset;
  CanaryForm form;
};

/// A text in every way in which mail may carry it.
std::vector<Planted> planted(const std::string& text) {
  std::vector<Planted> all;
  for (const Charset& c : kCharsets) {
    const std::string octets = written(text, c.name);
    if (octets.empty() || (c.charset != CanaryCharset::Utf8 && octets == text)) continue;
    const std::string name = c.name;
    const bool wide = c.charset == CanaryCharset::Utf16Le || c.charset == CanaryCharset::Utf16Be;
    const auto add = [&](std::string what, std::string stream, CanaryForm form) {
      all.push_back({name + ", " + what, std::move(stream), c.charset, form});
    };
    add("as it stands", "Subject: x\r\n\r\nb " + octets + ".\r\n", CanaryForm::AsItStands);
    for (std::size_t lead = 0; lead < 3; ++lead)
      for (const std::size_t line : {0u, 1u, 3u, 4u, 19u, 76u})
        for (const std::string_view line_end : {"\r\n", "\n", "\r\n "})
          add("base64, " + std::to_string(lead) + " octets before, lines of " + std::to_string(line),
              "Content-Transfer-Encoding: base64\r\n\r\n" +
                  base64(std::string(lead, 'x') + octets + "zz", line, line_end),
              CanaryForm::Base64);
    for (const Escape which : {Escape::All, Escape::Needed, Escape::LowerCase})
      for (const std::size_t line : {0u, 1u, 2u, 5u, 9u})
        for (const std::string_view soft : {"=\r\n", "=\n", "= \t\r\n"})
          if (std::string stream = quoted_printable(octets, which, line, soft); stream != octets)
            add("quoted-printable, lines of " + std::to_string(line), "x=3D" + stream + "=\r\nz\r\n",
                CanaryForm::QuotedPrintable);
    if (wide) continue;
    for (const char coding : {'B', 'b', 'Q', 'q'})
      for (std::size_t each = 1; each <= 20; ++each)
        add(std::string("encoded-words ") + coding + " of " + std::to_string(each),
            "Subject: " + encoded_words(text, c.name, coding, each) + "\r\n", CanaryForm::EncodedWord);
    if (c.charset == CanaryCharset::Utf7) continue;
    const std::size_t blank = text.find(' ');
    const std::string first = written(text.substr(0, blank), c.name), second = written(text.substr(blank + 1), c.name);
    for (const std::string_view line_end : {"\r\n", "\n", " \r\n", "\r\n ", "\r\n\t"})
      add("wrapped", "a\r\n" + first + std::string(line_end) + second + "\r\n", CanaryForm::Wrapped);
    const std::size_t dot = text.find('.');
    if (dot == text.npos) continue;
    add("dot-stuffed", written(text.substr(0, dot), c.name) + "\r\n." + written(text.substr(dot), c.name) + "\r\n",
        CanaryForm::Wrapped);
    const auto letters = characters(text);
    std::string lines;
    for (const std::string& letter : letters) lines += written(letter, c.name) + "\r\n";
    add("a letter on each line", lines.substr(0, lines.find(".\r\n")) + "." + lines.substr(lines.find(".\r\n")),
        CanaryForm::Wrapped);
  }
  return all;
}

Canary compiled(const std::vector<std::string>& texts) {
  auto canary = Canary::compile(texts);
  EXPECT_TRUE(canary.has_value());
  return std::move(*canary);
}

struct FoundAt {
  CanarySearch::Hit hit;
  std::size_t at;  ///< in the whole
};

std::vector<FoundAt> found(const Canary& canary, std::string_view stream, const std::vector<std::size_t>& cuts = {}) {
  CanarySearch search(&canary);
  std::vector<FoundAt> all;
  std::size_t begin = 0;
  const auto take = [&](std::size_t end) {
    for (const auto& hit : search.data(as_bytes(stream.substr(begin, end - begin))))
      all.push_back({hit, begin + hit.at});
    begin = end;
  };
  for (const std::size_t cut : cuts) take(cut);
  take(stream.size());
  return all;
}

class CanaryTable : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Texts, CanaryTable, ::testing::Values(kJapanese, kFrench, kPlain));

TEST_P(CanaryTable, IsFoundInEveryCodingHoweverItIsCut) {
  const Canary canary = compiled({GetParam()});
  std::size_t cases = 0;
  for (const Planted& p : planted(GetParam())) {
    SCOPED_TRACE(p.what + ": " + p.stream);
    const auto whole = found(canary, p.stream);
    ASSERT_EQ(whole.size(), 1u);
    EXPECT_EQ(to_string(whole[0].hit.charset), to_string(p.charset));
    EXPECT_EQ(to_string(whole[0].hit.form), to_string(p.form));
    for (std::size_t cut = 0; cut <= p.stream.size(); ++cut) {
      const auto parts = found(canary, p.stream, {cut});
      ASSERT_EQ(parts.size(), 1u) << "cut at " << cut;
      ASSERT_EQ(parts[0].at, whole[0].at) << "cut at " << cut;
      ++cases;
    }
    std::vector<std::size_t> each(p.stream.size());
    for (std::size_t i = 0; i < each.size(); ++i) each[i] = i;
    ASSERT_EQ(found(canary, p.stream, each).size(), 1u);
  }
  EXPECT_GT(cases, 10'000u);
}

TEST_P(CanaryTable, OneCharacterOffIsNotFound) {
  const Canary canary = compiled({GetParam()});
  const auto letters = characters(GetParam());
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (letters[i] == " ") continue;
    std::string near;
    for (std::size_t n = 0; n < letters.size(); ++n)
      near += n != i                   ? letters[n]
              : letters[n] == "a"      ? "b"
              : letters[n].size() == 1 ? "a"
              : letters[n] == "ï"      ? "î"
                                       : "字";
    for (const Planted& p : planted(near))
      ASSERT_TRUE(found(canary, p.stream).empty()) << near << ", " << p.what << ": " << p.stream;
  }
}

TEST(Canary, OneBitOffIsNotFoundInBase64AtAnyAlignment) {
  const Canary canary = compiled({kPlain});
  for (std::size_t at = 0; at < kPlain.size(); ++at)
    for (unsigned bit = 0; bit < 8; ++bit)
      for (std::size_t lead = 0; lead < 3; ++lead) {
        std::string near = std::string(lead, 'x') + kPlain + "zz";
        near[lead + at] = static_cast<char>(static_cast<unsigned char>(near[lead + at]) ^ 1u << bit);
        ASSERT_TRUE(kPlain[at] == ' ' || found(canary, base64(near)).empty()) << at << " " << bit << " " << lead;
      }
}

TEST(Canary, ThePlaceIsThatOfTheLastOctet) {
  const Canary canary = compiled({kPlain});
  const std::string before = "before\r\n";
  EXPECT_EQ(found(canary, before + kPlain + " and after").at(0).at, before.size() + kPlain.size() - 1);
  const std::string coded = base64(kPlain + "x");  // 20 octets: the last letter of the marker is the 27th
  EXPECT_EQ(found(canary, before + coded).at(0).at, before.size() + (kPlain.size() * 8 + 5) / 6 - 1);
}

TEST(Canary, WhatIsMissingIsNotJoined) {
  const Canary canary = compiled({kPlain});
  CanarySearch search(&canary);
  EXPECT_TRUE(search.data(as_bytes(kPlain.substr(0, 9))).empty());
  search.gap();
  EXPECT_TRUE(search.data(as_bytes(kPlain.substr(9))).empty());
  EXPECT_EQ(search.data(as_bytes(kPlain)).size(), 1u);
}

TEST(Canary, EachWayIsToldOnce) {
  const Canary canary = compiled({kPlain});
  EXPECT_EQ(found(canary, kPlain + "\r\n" + kPlain + "\r\n" + kPlain).size(), 1u);
  EXPECT_EQ(found(canary, kPlain + "\r\n" + base64(kPlain) + "==\r\n" + base64(kPlain)).size(), 2u);
}

TEST(Canary, SeveralMarkersAreToldApart) {
  const Canary canary = compiled({kPlain, kJapanese, kPlain, kPlain + " longer"});
  ASSERT_EQ(canary.markers().size(), 3u);  // the same one is one
  const auto all = found(canary, kPlain + " longer " + written(kJapanese, "EUC-JP"));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].hit.marker, 0);
  EXPECT_EQ(all[1].hit.marker, 2);
  EXPECT_EQ(all[2].hit.marker, 1);
}

TEST(Canary, LettersOutsideAndInsideOfEncodedWordsAreOneText) {
  const Canary canary = compiled({"Betreff-Prüfung 7f3a"});
  EXPECT_EQ(found(canary, "Subject: Betreff-=?UTF-8?Q?Pr=C3=BCfung?= 7f3a\r\n").size(), 1u);
  EXPECT_EQ(found(canary, "Subject: =?x?=?=?iso-8859-1*de?q?Betreff-Pr=FCfung_7f3a?=\r\n").size(), 1u);
}

TEST(Canary, VendorsCharactersAreFoundInBothMappings) {
  for (const std::string text : {"①号〜テスト～ﾃｽﾄ", "～～～－∥￠暗号"}) {
    const Canary canary = compiled({text});
    EXPECT_EQ(found(canary, written(text, "CP932")).size(), 1u) << text;
    EXPECT_EQ(found(canary, written(text, "EUC-JP-MS")).size(), 1u) << text;
  }
  const Canary canary = compiled({"①番の暗号試験"});
  EXPECT_EQ(found(canary, "\x1b$B-!HV$N0E9f;n83\x1b(B").size(), 1u);
  EXPECT_EQ(found(canary, "\x1b$BA0-!HV$N0E9f;n83$G$9\x1b(B").size(), 1u);  // neighbours of the same set
}

// MAILSEAL_CANARY_MB: how much; scripts/canary_random asks for a gigabyte. Every other 64 kB are of base64's letters
// alone, so that all alignments have something to decode.
TEST(Canary, NothingIsFoundInRandomOctets) {
  const char* asked = std::getenv("MAILSEAL_CANARY_MB");
  const int rounds = 16 * (asked ? std::atoi(asked) : 4);
  ASSERT_GT(rounds, 0);
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const Canary canary = compiled({kPlain, kJapanese, kFrench});
  CanarySearch search(&canary);
  std::uint64_t state = 0x9e3779b97f4a7c15;
  std::string octets(1 << 16, '\0');
  for (int round = 0; round < rounds; ++round) {
    for (char& c : octets) {
      state ^= state << 13, state ^= state >> 7, state ^= state << 17;
      c = round % 2 == 0 ? static_cast<char>(state >> 32) : kLetters[state >> 32 & 63];
    }
    ASSERT_TRUE(search.data(as_bytes(octets)).empty()) << "round " << round;
  }
  EXPECT_EQ(search.data(as_bytes(kPlain)).size(), 1u);
}

TEST(Canary, CharsetsThatCanWriteItAreNamed) {
  const auto names = [](const std::string& text) {
    const Canary canary = compiled({text});
    std::string all;
    for (const CanaryCharset c : canary.markers()[0].charsets) all += std::string(to_string(c)) + " ";
    return all;
  };
  EXPECT_EQ(names("only-ascii-7f3a"), "utf-8 utf-16le utf-16be ");
  EXPECT_EQ(names(kJapanese), "utf-8 utf-16le utf-16be iso-2022-jp shift_jis euc-jp utf-7 ");
  EXPECT_EQ(names(kFrench).find("shift_jis"), std::string::npos);
  EXPECT_NE(names(kFrench).find("iso-8859-1"), std::string::npos);
}

TEST(Canary, BadMarkersAreRefusedWithoutTheirText) {
  struct Row {
    std::vector<std::string> texts;
    const char* why;
  };
  const Row kRows[] = {
      {{"short-7f3"}, "marker 1 is too short: take 10 octets or more, as no other mail has them"},
      {{kPlain, ""}, "marker 2 is too short: take 10 octets or more, as no other mail has them"},
      {{"a b c d e f"}, "marker 1 is too short in utf-8: take a longer one, blanks not counted"},
      {{"éééééé"}, "marker 1 is too short in iso-8859-1: take a longer one, blanks not counted"},
      {{std::string(201, 'x')}, "marker 1 is longer than 200 octets"},
      {{"two\nlines-7f3a"}, "marker 1 holds a control character; take one line of text"},
      {{"\xff\xfe-latin-7f3a"}, "marker 1 is not UTF-8"},
      {std::vector<std::string>(17, kPlain), "more than 16 markers; look for fewer"},
  };
  for (const Row& row : kRows) {
    const auto canary = Canary::compile(row.texts);
    ASSERT_FALSE(canary.has_value()) << row.why;
    EXPECT_EQ(canary.error().message, row.why);
  }
}

TEST(Canary, WeakMarkersAreNamed) {
  const auto weak = [](const std::string& text) {
    const Canary canary = compiled({text});
    std::string all;
    for (const CanaryWeakness w : canary.markers()[0].weaknesses) all += std::string(to_string(w)) + " ";
    return all;
  };
  EXPECT_EQ(weak("1111111111"), "short few-characters ");
  EXPECT_EQ(weak("12121212121212"), "few-characters ");
  EXPECT_EQ(weak("Confidential"), "one-word ");
  EXPECT_EQ(weak("Hello dear world"), "one-word ");
  EXPECT_EQ(weak("ああああああ"), "few-characters ");
  EXPECT_EQ(weak("mailseal-7f3a91c2"), "");
  EXPECT_EQ(weak(kJapanese), "");
}

TEST(Canary, ItsNameIsTheDigest) {
  EXPECT_EQ(canary_label("abcdefghij"), "sha256:72399361da6a7754fec986dca5b7cbaf1c810a28ded4abaf56b2106d06cb78b0");
  EXPECT_EQ("sha256:" + compiled({"abcdefghij"}).markers()[0].sha256, canary_label("abcdefghij"));
}

}  // namespace
}  // namespace mailseal
