// The HTML page: what it must hold, and what its shape must be.
#include <gtest/gtest.h>

#include <sstream>

#include "html_page.h"
#include "sample.h"
#include "shell.h"

namespace mailseal {
namespace {

std::string page_of(const Overview& overview, int exit_code = 1) {
  return sample::written("html", overview, sample::options(exit_code));
}

bool holds(const std::string& page, const std::string& part) { return page.find(part) != std::string::npos; }

/// From the section's beginning to its end; "" where there is none.
std::string section(const std::string& page, const std::string& id) {
  const std::size_t from = page.find("<section id=\"" + id + "\"");
  return from == std::string::npos ? "" : page.substr(from, page.find("</section>", from) - from);
}

TEST(html, pages_have_the_shape_they_must_have) {
  std::vector<std::string> pages;
  for (const sample::Draft& overview :
       {sample::mixed_bag(), sample::sealed(), sample::unseen(), sample::large(5000, 60), sample::Draft{}})
    pages.push_back(page_of(overview));
  EXPECT_EQ(sample::html_faults(pages), "");
}

TEST(html, faults_are_seen) {
  std::string page = page_of(sample::mixed_bag());
  page.insert(page.find("<main"), "<script>x</script>");
  EXPECT_NE(sample::html_faults({page}), "");
}

TEST(html, sections_stand_in_an_auditors_order) {
  const std::string page = page_of(sample::mixed_bag());
  std::size_t at = 0;
  for (const char* id : {"verdict", "way", "findings", "servers", "sessions", "not-judged", "capture", "tool", "method",
                         "reproduce", "sign-off"}) {
    const std::size_t next = page.find("<section id=\"" + std::string(id) + "\"");
    ASSERT_NE(next, std::string::npos) << id;
    EXPECT_GT(next, at) << id;
    at = next;
  }
}

TEST(html, the_verdict_stands_in_words) {
  for (const auto& [verdict, word] : {std::pair{Verdict::Pass, "PASS"}, std::pair{Verdict::Fail, "FAIL"},
                                      std::pair{Verdict::Inconclusive, "INCONCLUSIVE"}}) {
    sample::Draft overview = sample::mixed_bag();
    overview.verdict = verdict;
    const std::string page = page_of(overview);
    EXPECT_TRUE(holds(section(page, "verdict"), ">" + std::string(word) + "<")) << word;
    EXPECT_TRUE(holds(page, "<title>" + std::string(word) + ": ")) << word;
    EXPECT_TRUE(holds(section(page, "verdict"), overview.sentence)) << word;
  }
}

TEST(html, a_finding_has_all_that_an_auditor_asks_for) {
  const std::string page = page_of(sample::mixed_bag());
  const std::size_t from = page.find("id=\"f-plaintext-message-content\"");
  ASSERT_NE(from, std::string::npos);
  const std::string block = page.substr(from, page.find("</article>", from) - from);
  for (const char* part :
       {">critical<", "Message content readable on the wire", "plaintext-message-content", "1 occurrence",
        "<dt>Observed</dt>", "<dt>Meaning</dt>", "<dt>Expected</dt>", "<dt>Remedy</dt>", "RFC 8314 4.1; RFC 9325 3.2",
        ">relay-25.pcap<", ">14<", "2026-11-21 10:05:03.652 UTC", "192.0.2.7:51000", "&gt; 192.0.2.25:25", ">client<",
        ">140<", "812 octets of 1 message", "<dt>Owner</dt>", "<dt>Status</dt>"})
    EXPECT_TRUE(holds(block, part)) << part;
}

TEST(html, every_finding_is_on_the_page_once) {
  for (const sample::Draft& overview : {sample::mixed_bag(), sample::sealed(), sample::unseen()}) {
    const std::string page = page_of(overview);
    for (const FindingGroup& group : overview.findings) {
      const std::string id = "id=\"f-" + std::string(group.kind->id) + "\"";
      ASSERT_TRUE(holds(page, id)) << id;
      EXPECT_EQ(page.find(id, page.find(id) + 1), std::string::npos) << id;
    }
  }
}

TEST(html, what_was_not_seen_is_said) {
  const std::string page = page_of(sample::unseen(), 3);
  const std::string inputs = section(page, "capture");
  for (const char* part : {"not reported", ">17<", "truncated", "error: block of 4294967295 octets", "wednesday.pcap",
                           "monday/notes.txt", "1 connection was forgotten"})
    EXPECT_TRUE(holds(inputs, part)) << part;
  const std::string unjudged = section(page, "not-judged");
  for (const char* part : {"4 sessions could not be judged", "inconclusive-mid-stream",
                           "Start the capture first, or restart the service", "fragment", "capture-drops-reported"})
    EXPECT_TRUE(holds(unjudged, part)) << part;
  EXPECT_TRUE(holds(section(page_of(sample::sealed()), "servers"), "not observable (TLS 1.3) in 3 sessions"));
  EXPECT_FALSE(holds(section(page_of(sample::sealed()), "reproduce"), "tshark")) << "live traffic was not kept";
}

TEST(html, a_path_shows_before_another_shows_twice) {
  sample::Draft overview;
  sample::add_input(overview.run, "a.pcap");
  for (std::uint64_t i = 0; i < 60; ++i) {
    const auto client = static_cast<std::uint8_t>(i < 50 ? 1 : i - 48);  // fifty of one, then ten others
    JudgedSession& s = sample::add(overview, sample::v4(client, 50'000), sample::v4(200, 25), State::Plaintext, 1 + i);
    sample::find(overview, &s, sample::Kind::Content, sample::seen(1 + i));
  }
  const std::string page = page_of(overview);
  const std::string block = page.substr(page.find("id=\"e-plaintext-message-content\""));
  const std::string evidence = block.substr(0, block.find("</table>"));
  for (int client = 1; client <= 11; ++client)
    EXPECT_TRUE(holds(evidence, "192.0.2." + std::to_string(client) + ":50000")) << client;
  EXPECT_TRUE(holds(evidence, "showing 12 of 60; all are in the JSON report"));
}

TEST(html, tls_that_was_begun_and_failed_is_no_tls_that_was_not_seen) {
  for (const auto& [begun, said] :
       {std::pair{true, "TLS was begun; none was negotiated"}, std::pair{false, "no TLS handshake was seen"}}) {
    sample::Draft overview;
    sample::add_input(overview.run, "a.pcap");
    JudgedSession& s = sample::add(overview, sample::v4(1, 50'000), sample::v4(2, 25), State::Failed, 1);
    s.judgement.confidence = Confidence::Medium;
    s.judgement.confidence_lacks = {"a capture that is whole"};
    if (begun) s.session.tls.emplace().client_hello = sample::seen(5);
    const std::string page = page_of(overview), sessions = section(page, "sessions");
    EXPECT_TRUE(holds(section(page, "servers"), said)) << begun;
    EXPECT_EQ(holds(sessions, "begun, not negotiated"), begun);
    EXPECT_TRUE(holds(sessions, "lacks: a capture that is whole"));
  }
}

TEST(html, a_server_with_an_anonymous_suite_has_no_certificate_and_the_page_says_so) {
  sample::Draft overview;
  sample::add_input(overview.run, "a.pcap");
  JudgedSession& s = sample::add(overview, sample::v4(1, 50'000), sample::v4(2, 25), State::Encrypted, 1);
  TlsFacts& tls = s.session.tls.emplace();
  tls.client_hello = sample::seen(5);
  tls.server_hello = sample::seen(6, Side::Server);
  tls.version = 0x0303;
  tls.cipher_suite = 0xc019;  // TLS_ECDH_anon_WITH_AES_256_CBC_SHA
  EXPECT_TRUE(holds(section(page_of(overview), "servers"), "none: anonymous suite in 1 session"));
  tls.cipher_suite = 0xc014;  // its certificate was in a gap
  EXPECT_TRUE(holds(section(page_of(overview), "servers"), "none was seen"));
}

TEST(html, what_was_looked_for_is_told) {
  const std::string page = section(page_of(sample::unseen()), "method");
  EXPECT_TRUE(holds(page, "Ports that were followed: 25 (smtp)."));
  EXPECT_TRUE(holds(page, "findings of the severity medium or worse"));
  const std::string other = section(page_of(sample::mixed_bag()), "method");
  EXPECT_TRUE(holds(other, "25 (smtp), 993 (imap, TLS), and every other that greets like mail."));
  EXPECT_TRUE(holds(other, "Only readable mail and logins make it FAIL"));
  EXPECT_TRUE(holds(other, "Inside TLS nothing is seen without keys: also whether mail was passed there at all."));
  EXPECT_FALSE(holds(section(page_of(sample::sealed()), "method"), "Ports that were followed")) << "not known";
}

TEST(html, figures_and_times_are_easy_to_read) {
  EXPECT_EQ(figure(0), "0");
  EXPECT_EQ(figure(999), "999");
  EXPECT_EQ(figure(1000), "1,000");
  EXPECT_EQ(figure(18'446'744'073'709'551'615u), "18,446,744,073,709,551,615");
  const Timestamp t{std::chrono::seconds{1'795'255'502}};
  EXPECT_EQ(clock_text(t), "2026-11-21 10:05:02");
  EXPECT_EQ(clock_text(t + std::chrono::milliseconds{120}), "2026-11-21 10:05:02.120");
  EXPECT_EQ(clock_text(t + std::chrono::nanoseconds{7}), "2026-11-21 10:05:02.000000007");
}

TEST(html, writer_escapes_and_cuts) {
  std::ostringstream out;
  HtmlWriter html(out);
  html.element("p.a.b", {{"id", "x\"y"}}, "<&>\x1b");
  EXPECT_EQ(out.str(), "\n<p class=\"a b\" id=\"x&quot;y\">&lt;&amp;&gt;\\x1b</p>");
  EXPECT_EQ(brief("abcdefgh", 6), "abc...");
  EXPECT_EQ(brief(std::string(1'000'000, '\xff'), 8), "\\xff\\...");
  std::string wide;
  for (int i = 0; i < 1000; ++i) wide += "\xe6\x97\xa5";
  EXPECT_EQ(brief(wide, 9), "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5...");
}

}  // namespace
}  // namespace mailseal
