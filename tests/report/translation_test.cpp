// Reports in Japanese: what is found again of English phrases, and that no text was forgotten.
#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "checks.h"
#include "mailseal/base/phrase.h"
#include "phrases.h"
#include "retold.h"
#include "sample.h"
#include "table.h"
#include "tr.h"
#include "wrap.h"

namespace mailseal {
namespace {

class Japanese : public testing::Test {
 protected:
  void SetUp() override {
    const auto spoken = speak(Language::Japanese, {MAILSEAL_LOCALES});
    ASSERT_TRUE(spoken) << spoken.error().message;
  }
  void TearDown() override {
    on_untranslated(nullptr);
    ASSERT_TRUE(speak(Language::English, {}));
  }
};

bool holds_japanese(std::string_view text) {
  for (; !text.empty(); text.remove_prefix(first_character(text).size()))
    if (display_width(first_character(text)) == 2) return true;
  return false;
}

TEST_F(Japanese, is_spoken_whatever_the_locale_and_only_here) {
  EXPECT_EQ(tr("pass"), "合格");
  EXPECT_EQ(told_number(1, "{} session", "{} sessions"), "セッション1件");
  EXPECT_EQ(tr("a text that nobody wrote"), "a text that nobody wrote");
  EXPECT_EQ(tr(""), "");
  EXPECT_STREQ(setlocale(LC_ALL, nullptr), "C") << "of the process";
  const InEnglish guard;
  EXPECT_EQ(tr("pass"), "pass");
  EXPECT_EQ(told_number(2, "{} session", "{} sessions"), "2 sessions");
  EXPECT_EQ(retold("8 octets"), "8 octets");
}

TEST(english, needs_no_translations) {
  ASSERT_TRUE(speak(Language::English, {}));
  EXPECT_EQ(tr("pass"), "pass");
  EXPECT_EQ(retold("offered in frame 8"), "offered in frame 8");
  const auto spoken = speak(Language::Japanese, {"/nowhere", "/nowhere\x1b[2J"});
  ASSERT_FALSE(spoken);
  EXPECT_EQ(spoken.error().message, "the translation ja/LC_MESSAGES/mailseal.mo is not in /nowhere, /nowhere\\x1b[2J");
  EXPECT_EQ(tr("pass"), "pass");
}

TEST_F(Japanese, phrases_are_found_again) {
  struct Case {
    std::string_view english, japanese;
  };
  for (
      const Case& c : {
          Case{"offered in frame 8", "フレーム8で提供"},
          {"64 octets of message bodies, 1 whole message", "本文64バイト、完全なメール1通"},
          {"PLAIN, user a***, 32 octets, accepted", "PLAIN、ユーザ a***、32バイト、認証成功"},
          {"LOGIN, 1 octet; 3 logins of this kind", "LOGIN、1バイト。この種の認証は3回"},
          {"same client and server, 12 ms after TLS failed in frame 42",
           "同じクライアントとサーバ、フレーム42でのTLS失敗の12ミリ秒後"},
          {"1 packet", "パケット1個"},
          {"99999999999999999999999 packets", "パケット99999999999999999999999個"},
          {"2 of 9 mail sessions carried mail or credentials in clear; first: a b frame 3 frame 14",
           "メールセッション9件のうち2件で、メールまたは認証情報が平文で流れた。最初はa b frame 3 フレーム14"},
          {"TLS 1.0 negotiated (tls-version-1-0, high) in 1 session; first: x frame 2",
           "TLS 1.0で接続（tls-version-1-0、重大度：高）：セッション1件、最初はx フレーム2"},
          {"No readable mail or credentials in the 1 judged mail flow seen at this capture point: 1 were inside TLS, 0 "
           "failed before any mail was sent. 0 carried no mail. 0 could not be judged.",
           "判定したメール通信1件（このキャプチャ地点で観測）に、読み取れるメールや認証情報はない。内訳："
           "TLS内1件、メール送信前に失敗0件。メールなし0件。判定不能0件。"},
          {"This capture does not show whether mail was encrypted: not read: a; b; a: the file ends inside a packet; "
           "a: "
           "1 packet was dropped by the capturing system; and 2 more. It is neither a pass nor a fail. Of 0 judged "
           "mail "
           "flows seen at this capture point, 0 were inside TLS, 0 failed before any mail was sent. 0 carried no mail. "
           "0 could not be judged.",
           "このキャプチャからは、メールが暗号化されていたかどうかを判定できない。理由：読み込めず：a; b／a: "
           "ファイルがパケットの途中で終わっている／a: "
           "キャプチャ側でパケット1個を取りこぼした／ほか2件。合格でも不合格でもない。判定したメール通信0件（この"
           "キャプチャ地点で観測）の内訳：TLS内0件、メール送信前に失敗0件。メールなし0件。判定不能0件。"},
          // Not ours: left as they are.
          {"TLS_RSA_WITH_NULL_SHA", "TLS_RSA_WITH_NULL_SHA"},
          {"error: No such device", "error: No such device"},
          {"1 packets of other things", "1 packets of other things"},
          {"", ""},
      })
    EXPECT_EQ(retold(c.english), c.japanese);
}

std::string filled_with(std::string_view text, std::string_view name, std::string_view figure,
                        std::string_view phrase) {
  std::vector<std::string> values;
  for (std::string_view rest = text; rest.find('{') != rest.npos;) {
    rest.remove_prefix(rest.find('{'));
    const Field field = cut_field(rest);
    values.emplace_back(field == Field::Name ? name : field == Field::Figure ? figure : phrase);
  }
  return Phrase::filled(text, values).text();
}

TEST_F(Japanese, every_phrase_is_found_again) {
  for (const PhraseTemplate& t : phrase_templates())
    for (const auto& [text, figure] : {std::pair{t.one, "1"}, std::pair{t.many, "23"}}) {
      if (text.empty()) continue;
      const std::string english = filled_with(text, "relay.pcap", figure, "high"), told = retold(english);
      EXPECT_NE(told, english);
      EXPECT_EQ(told.find('{'), told.npos) << told;
      for (const std::string_view value : {"relay.pcap", "23"})
        EXPECT_EQ(english.find(value) == english.npos, told.find(value) == told.npos) << told;
      // Their translation is punctuation alone.
      const bool in_words = text.find_first_of("abcdefghijklmnopqrstuvwxyz", text.find('}') + 1) != text.npos;
      EXPECT_TRUE(!in_words || holds_japanese(told)) << told;
    }
}

TEST_F(Japanese, hostile_names_cost_little_and_come_out_whole) {
  std::string semicolons, frames, octets;
  for (int i = 0; i < 5000; ++i) semicolons += "1 packet; ", frames += " frame 1", octets += ", 1 octet";
  const auto begun = std::chrono::steady_clock::now();
  for (const std::string& name : {semicolons, frames, octets, std::string(65536, ';'), std::string(65536, '{')}) {
    EXPECT_NE(retold("not read: " + name).find(name), std::string::npos);
    for (const std::string& text : {name, "PLAIN, user " + name + ", 3 octets", name + ": " + name,
                                    "1 of 1 mail session carried mail or credentials in clear; first: " + name})
      EXPECT_FALSE(retold(text).empty());
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(60));
}

// What the catalogue, the enumerations and the sources of every format say. Those of the samples are made up.
std::set<std::string>* forgotten = nullptr;

TEST_F(Japanese, nothing_is_left_in_english) {
  std::set<std::string> all;
  forgotten = &all;
  on_untranslated([](std::string_view english) { forgotten->insert(std::string(english)); });
  for (const FindingKind& kind : catalogue()) EXPECT_TRUE(holds_japanese(explain(kind))) << kind.id;
  for (std::size_t i = 0; i < kStates; ++i) tr(to_string(static_cast<State>(i)));
  for (const auto severity :
       {Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info, Severity::Positive})
    tr(to_string(severity));
  for (const auto confidence : {Confidence::High, Confidence::Medium, Confidence::Low}) tr(to_string(confidence));
  for (const auto exposure :
       {Exposure::Content, Exposure::Headers, Exposure::Envelope, Exposure::Credentials, Exposure::MailboxActivity})
    tr(to_string(exposure));
  for (auto i = static_cast<int>(Doubt::JoinedMidway); i <= static_cast<int>(Doubt::Evicted); ++i)
    tr(to_string(static_cast<Doubt>(i)));
  for (const Verdict verdict : {Verdict::Pass, Verdict::Fail, Verdict::Inconclusive}) tr(to_string(verdict));
  for (std::size_t i = 0; i < kSkippedKinds; ++i) tr(to_string(static_cast<Skipped>(i)));
  for (const Format& format : formats())
    for (const sample::Draft& overview :
         {sample::mixed_bag(), sample::sealed(), sample::unseen(), sample::large(2000, 100), sample::Draft{}})
      sample::written(format.name, overview, sample::options(1));
  for (int k = 0; k <= static_cast<int>(sample::Kind::Superframes); ++k) {
    const FindingKind& kind = sample::kind(static_cast<sample::Kind>(k));
    for (const std::string_view text : {kind.title, kind.observed, kind.meaning, kind.remedy})
      all.erase(std::string(text));
  }
  EXPECT_EQ(all, std::set<std::string>());
}

TEST_F(Japanese, formats_for_machines_stay_english) {
  for (const std::string_view name : {"json", "csv-findings", "csv-sessions", "csv-servers", "sarif", "junit"}) {
    const std::string japanese = sample::written(name, sample::mixed_bag(), sample::options(1));
    const InEnglish guard;
    EXPECT_EQ(japanese, sample::written(name, sample::mixed_bag(), sample::options(1))) << name;
  }
}

TEST_F(Japanese, columns_are_aligned) {
  std::set<std::size_t> begins;
  for (const std::string& line : sample::lines_of(sample::written("text", sample::mixed_bag(), sample::options(1)))) {
    EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
    if (const std::size_t at = line.find("192.0.2.7 > 192.0.2.25:25"); at != line.npos && line.find("  緊急") == 0)
      begins.insert(display_width(std::string_view(line).substr(0, at)));
    if (const std::size_t at = line.find("192.0.2.7 > 192.0.2.25:25"); at != line.npos && line.find("  高") == 0)
      begins.insert(display_width(std::string_view(line).substr(0, at)));
  }
  EXPECT_EQ(begins.size(), 1u);
}

TEST(wrapped, breaks_where_japanese_may_be_broken) {
  using Lines = std::vector<std::string>;
  struct Case {
    std::string_view text;
    std::size_t columns;
    Lines lines;
  };
  for (const Case& c : {
           Case{"", 10, {}},
           {"   ", 10, {}},
           {"one two three", 7, {"one two", "three"}},
           {"a verylongword b", 5, {"a", "verylongword", "b"}},
           {"メールを読む", 6, {"メール", "を読む"}},
           {"読んだ。次に", 6, {"読ん", "だ。次", "に"}},          // no line begins with a full stop
           {"これは「秘密」だ", 8, {"これは", "「秘密」", "だ"}},  // nor ends with an opening bracket
           {"TLSを必須にする", 9, {"TLSを必須", "にする"}},
           {"STARTTLS後のEHLO応答", 10, {"STARTTLS後", "のEHLO応答"}},
           {"ポートは 25 です", 11, {"ポートは 25", "です"}},
       })
    EXPECT_EQ(wrapped(c.text, c.columns), c.lines) << c.text;
}

}  // namespace
}  // namespace mailseal
