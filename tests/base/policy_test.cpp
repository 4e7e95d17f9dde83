// The policy file: what it takes, in whose words, and the one line that tells what is wrong with it.
#include "mailseal/base/policy.h"

#include <gtest/gtest.h>

#include "mailseal/base/suites.h"

namespace mailseal::test {
namespace {

Policy good(std::string_view text) {
  auto policy = parse_policy(text, "mail.toml");
  EXPECT_TRUE(policy.has_value()) << text << "\n" << (policy ? "" : policy.error().message);
  return policy ? *policy : Policy{};
}

TEST(Policy, TakesAllThatARuleCanSay) {
  const Policy p = good(R"(
only = true
[networks]
lan = "192.168.1.0/24"
gateway = ["192.0.2.10", "2001:db8::10"]
[servers]
mx = "192.0.2.25"
[[rule]]
name = "out"
from = "gateway"
to = ["mx", "198.51.100.0/25"]
port = [25, 587]
protocol = "SMTP"
level = "encrypt"
min_version = "TLSv1.2"
min_bits = "256 bits"
allowed_suites = ["ECDHE-RSA-AES256-GCM-SHA384", "TLS_AES_256_GCM_SHA384"]
forbidden_suites = "RC4-SHA"
names = "mx.example.com"
profile = "ncsc-nl-2025"
[[rule]]
to = "mx"
level = "may"
public_mx = true
[[exception]]
rule = "out"
from = "192.0.2.10"
reason = "the old scanner"
until = 2026-12-31
)");
  ASSERT_EQ(p.rules.size(), 2u);
  const PolicyRule& r = p.rules[0];
  EXPECT_TRUE(p.only);
  EXPECT_EQ(p.file, "mail.toml");
  EXPECT_EQ(p.sha256.size(), 64u);
  EXPECT_EQ(r.name, "out");
  EXPECT_EQ(r.line, 8u);
  ASSERT_EQ(r.from.ranges.size(), 2u);
  EXPECT_EQ(to_string(r.from.ranges[1]), "2001:db8::10");
  EXPECT_EQ(to_string(r.to.ranges[1]), "198.51.100.0/25");
  EXPECT_EQ(r.ports, (std::vector<std::uint16_t>{25, 587}));
  EXPECT_EQ(r.protocol, "smtp");
  EXPECT_EQ(r.level, PolicyLevel::Required);
  EXPECT_EQ(r.min_version, 0x0303);
  EXPECT_EQ(r.min_bits, 256);
  EXPECT_EQ(r.allowed, (std::vector<std::uint16_t>{0xc030, 0x1302}));
  EXPECT_EQ(r.forbidden, (std::vector<std::uint16_t>{0x0005}));
  EXPECT_EQ(r.names, (std::vector<std::string>{"mx.example.com"}));
  ASSERT_NE(r.profile, nullptr);
  EXPECT_EQ(r.profile->name, "ncsc-nl-2025");
  EXPECT_EQ(p.rules[1].name, "rule 2");
  EXPECT_TRUE(p.rules[1].public_mx);
  ASSERT_EQ(p.exceptions.size(), 1u);
  EXPECT_EQ(p.exceptions[0].rule, 0u);
  EXPECT_EQ(p.exceptions[0].until, std::chrono::sys_days(std::chrono::year(2026) / 12 / 31));
}

TEST(Policy, RangesHoldWhatBeginsWithTheirBits) {
  struct Case {
    const char *range, *address;
    bool holds;
  };
  for (const Case& c : {Case{"192.168.1.0/24", "192.168.1.255", true}, Case{"192.168.1.0/24", "192.168.2.0", false},
                        Case{"192.0.2.25", "192.0.2.25", true}, Case{"192.0.2.25", "192.0.2.24", false},
                        Case{"0.0.0.0/0", "198.51.100.1", true}, Case{"0.0.0.0/0", "2001:db8::1", false},
                        Case{"::/0", "192.0.2.1", true}, Case{"2001:db8::/33", "2001:db8:7fff::1", true},
                        Case{"2001:db8::/33", "2001:db8:8000::1", false}, Case{"10.0.0.128/25", "10.0.0.127", false}}) {
    const auto range = parse_address_range(c.range);
    ASSERT_TRUE(range) << c.range;
    EXPECT_EQ(range->holds(*parse_address(c.address)), c.holds) << c.range << " " << c.address;
    EXPECT_EQ(to_string(*range), c.range);
  }
  for (const char* bad :
       {"192.168.1.5/24", "192.168.1.0/33", "192.168.1.0/", "192.168.1.0/x", "2001:db8::/129", "host", "", "/8"})
    EXPECT_FALSE(parse_address_range(bad)) << bad;
}

TEST(Policy, LevelsAreTakenInTheWordsOfProducts) {
  using enum PolicyLevel;
  struct Case {
    const char* word;
    PolicyLevel level;
    bool verify = false;
  };
  for (const Case& c :
       {// Cisco ESA: mail flow policies and destination controls
        Case{"Off", None}, Case{"No", None}, Case{"Preferred", Preferred}, Case{"Required", Required},
        Case{"TLS: Required", Required}, Case{"Preferred-Verify", Preferred, true}, Case{"Required-Verify", Verified},
        Case{"Default", Preferred},
        // FortiMail, in English and Japanese
        Case{"none", None}, Case{"preferred", Preferred}, Case{"encrypt", Required}, Case{"secure", Verified},
        Case{"なし", None}, Case{"推奨", Preferred}, Case{"ベーシック", Required}, Case{"証明書認証", Verified},
        // InterScan
        Case{"TLSによるSMTP接続のみを許可する", Required}, Case{"Only accept SMTP connection by TLS", Required},
        Case{"Enable Incoming Transport Layer Security", Preferred},
        // Postfix
        Case{"may", Preferred}, Case{"ENCRYPT", Required}, Case{"dane", Preferred}, Case{"dane-only", Verified},
        Case{"fingerprint", Verified}, Case{"verify", Verified},
        // Exchange, Microsoft 365, Google Workspace, others
        Case{"RequireTls", Required}, Case{"EncryptionOnly", Required}, Case{"CertificateValidation", Verified},
        Case{"DomainValidation", Verified}, Case{"Always use Transport Layer Security", Required},
        Case{"Require secure transport", Required}, Case{"opportunistic", Preferred}, Case{"mandatory", Required},
        Case{"basic", Required}, Case{"tls-only", Required}, Case{"certificate", Verified}, Case{"自動", Preferred}}) {
    const auto said = parse_level(c.word);
    ASSERT_TRUE(said) << c.word;
    EXPECT_EQ(to_string(said->level), to_string(c.level)) << c.word;
    EXPECT_EQ(said->verify, c.verify) << c.word;
  }
  for (const char* bad : {"", "requird", "TLS", "true", "yes"}) EXPECT_FALSE(parse_level(bad)) << bad;
}

TEST(Policy, VersionsAndBitsAreTakenAsTheyAreWritten) {
  for (const auto& [text, version] : {std::pair("\"1.2\"", 0x0303),
                                      {"1.2", 0x0303},
                                      {"\"TLS 1.3\"", 0x0304},
                                      {"\"tls1_2\"", 0x0303},
                                      {"\"TLSv1\"", 0x0301},
                                      {"\"SSLv3\"", 0x0300},
                                      {"1.0", 0x0301}})
    EXPECT_EQ(good("[[rule]]\nlevel='may'\nmin_version=" + std::string(text)).rules.at(0).min_version, version) << text;
  for (const auto& [text, bits] :
       {std::pair("128", 128), {"\"256\"", 256}, {"\"256 bits\"", 256}, {"\"256ビット\"", 256}})
    EXPECT_EQ(good("[[rule]]\nlevel='may'\nmin_bits=" + std::string(text)).rules.at(0).min_bits, bits) << text;
}

struct BadFile {
  const char *text, *line;
};
constexpr BadFile kBad[] = {
#include "base/policy_bad.inc"
};

TEST(Policy, EachMistakeIsOneLineWithItsPlace) {
  EXPECT_GE(std::size(kBad), 30u);
  for (const BadFile& bad : kBad) {
    const auto policy = parse_policy(bad.text, "mail.toml");
    ASSERT_FALSE(policy) << bad.text;
    EXPECT_EQ(policy.error().message, bad.line) << bad.text;
  }
}

TEST(Policy, ALargeFileIsRefused) {
  EXPECT_EQ(parse_policy(std::string(2 << 20, '#'), "mail.toml").error().message,
            "mail.toml: larger than 1 MiB; no policy is");
}

TEST(Policy, NearestIsNearOrNothing) {
  EXPECT_EQ(nearest("min-vesion", {"min_version", "min_bits"}), "min_version");
  EXPECT_EQ(nearest("LEVLE", {"level", "names"}), "level");
  EXPECT_EQ(nearest("colour", {"level", "names"}), "");
  EXPECT_EQ(nearest("ncsc-nl", {"bsi-tr-02102-2-2025", "ncsc-nl-2025"}), "ncsc-nl-2025");
  EXPECT_EQ(nearest("min", {"min_version"}), "");
  EXPECT_EQ(nearest("", {"level"}), "");
  EXPECT_EQ(nearest(std::string(1000, 'x'), {"level"}), "");
}

TEST(Profiles, AreInOrderAndKnowTheirSuites) {
  EXPECT_EQ(profiles().size(), 8u);
  for (const Profile& p : profiles()) {
    EXPECT_EQ(find_profile(p.name), &p);
    EXPECT_FALSE(p.title.empty());
    for (const auto& grades : {p.versions, p.suites, p.groups})
      for (const ProfileGrade& g : grades)
        EXPECT_TRUE(std::is_sorted(g.codes.begin(), g.codes.end())) << p.name << g.word;
    for (const ProfileGrade& g : p.suites)
      for (const std::uint16_t code : g.codes) EXPECT_NE(find_suite(code), nullptr) << p.name << " " << code;
  }
  EXPECT_EQ(find_profile("ipa-cryptrec-v3"), nullptr);
}

}  // namespace
}  // namespace mailseal::test
