// What is told of one finding by `mailseal explain`, of one session as it happens, and of formats by their names.
#include <gtest/gtest.h>

#include "checks.h"
#include "sample.h"

namespace mailseal {
namespace {

using sample::Kind;

TEST(explain, says_all_the_catalogue_knows) {
  // Products have a test of their own.
  FindingKind kind = sample::kind(Kind::Content);
  kind.id = "plaintext-of-another-name";
  EXPECT_EQ(explain(kind),
            "plaintext-of-another-name\n"
            "Message content readable on the wire\n"
            "\n"
            "  severity    critical\n"
            "  seen        Outside any TLS record, at least one octet of message data\n"
            "  it means    Anyone on the path at this point could read the mail\n"
            "  what to do  Require TLS on this hop: implicit TLS for access and submission, STARTTLS with DANE,\n"
            "              MTA-STS or a mandatory-TLS policy for relay\n"
            "  reference   RFC 8314 4.1\n"
            "              RFC 9325 3.2\n"
            "              PCI DSS 4.2.1\n");
}

TEST(explain, two_severities_and_nothing_to_do) {
  const std::string failed = explain(sample::kind(Kind::HandshakeFailed));
  EXPECT_NE(failed.find("medium on access and submission ports, low between mail servers\n"), std::string::npos)
      << failed;
  EXPECT_NE(explain(sample::kind(Kind::HandshakeCompleted)).find("what to do  nothing\n"), std::string::npos);
  EXPECT_EQ(explain(sample::kind(Kind::Gap)).find("reference"), std::string::npos)
      << "none is told where there is none";
}

TEST(explain, keeps_to_100_columns_where_words_allow) {
  const std::string text =
      "word " + std::string(200, 'x') + " " + std::string(85, 'y') + " " + std::string(86, 'z') + " z";
  FindingKind kind = sample::kind(Kind::Content);
  kind.observed = text;
  const std::string explained = explain(kind);
  EXPECT_NE(explained.find("\n              " + std::string(200, 'x') + "\n"), std::string::npos) << explained;
  EXPECT_NE(explained.find("\n              " + std::string(86, 'z') + "\n              z\n"), std::string::npos);
  for (const std::string& line : sample::lines_of(explained)) {
    EXPECT_TRUE(line.size() <= 100 || line.find("xxx") != std::string::npos) << line;
    EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
  }
}

TEST(live_line, says_when_what_where) {
  const Overview overview = sample::mixed_bag();
  const Session& session = overview.sessions[1].session;
  const Finding finding{&sample::kind(Kind::Password), Severity::High, sample::seen(27), "USER/PASS, user al\x1b***"};
  const std::string plain = live_line(session, finding, {});
  EXPECT_EQ(plain,
            "2026-11-21T10:05:05Z  high      plaintext-credentials-password  192.0.2.20 > 192.0.2.7:110  frame 27  "
            "USER/PASS, user al\\x1b***");
  ReportOptions how;
  how.colour = true;
  const std::string coloured = live_line(session, finding, how);
  EXPECT_NE(coloured, plain);
  EXPECT_EQ(sample::uncoloured(coloured), plain);
}

TEST(formats, are_found_by_name_and_by_suffix) {
  struct Case {
    std::string_view asked, found;
  };
  for (const Case c : {Case{"json", "json"},
                       {"text", "text"},
                       {"report.json", "json"},
                       {"out/REPORT.JSON", "json"},
                       {"a.json.txt", "text"},
                       {"a.csv", "csv"},
                       {"a.sessions.csv", "csv-sessions"},
                       {"SERVERS.CSV", "csv"},
                       {"a.servers.csv", "csv-servers"},
                       {"csv-findings", "csv-findings"},
                       {"a.findings.csv", "csv-findings"},
                       {"a.md", "markdown"},
                       {"a.jira", "jira"},
                       {"a.textile", "textile"},
                       {"a.sarif", "sarif"},
                       {"a.xml", "junit"},
                       {"-", ""},
                       {"", ""},
                       {"report", ""},
                       {"report.pcap", ""},
                       {"JSON", ""}}) {
    const Format* format = find_format(c.asked);
    EXPECT_EQ(format ? format->name : std::string_view(), c.found) << c.asked;
  }
  for (const Format& format : formats()) {
    EXPECT_EQ(find_format(format.name), &format);
    EXPECT_EQ(find_format("x" + std::string(format.suffix)), &format);
  }
}

}  // namespace
}  // namespace mailseal
