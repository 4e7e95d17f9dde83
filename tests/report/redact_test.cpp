// Strict redaction: nothing of who is left, in any format, and all else is.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "checks.h"
#include "redacted_text.h"
#include "sample.h"

namespace mailseal {
namespace {

struct Redacted {
  Overview overview;
  ReportOptions options;
  std::string map;
};

Redacted redacted(Overview o, ReportOptions how = sample::options(1)) {
  Redaction redaction;
  redaction.apply(o, how);
  std::ostringstream map;
  redaction.write_map(map);
  return {std::move(o), std::move(how), map.str()};
}

TEST(redacted_text, finds_what_is_to_be_replaced) {
  Aliases aliases;
  aliases.keep(std::string(64, 'c'));
  aliases.name("mail.example.jp");
  aliases.name("mailhost");
  aliases.name("client");
  aliases.text("Example Mail Ltd");
  aliases.path("captures/a b.pcap", "input-1.pcap");
  aliases.path("mail", "input-2.pcap");
  aliases.path("9", "input-3.pcap");
  const std::pair<std::string, std::string> cases[] = {
      {"64 octets of message bodies, 1 whole message", "64 octets of message bodies, 1 whole message"},
      {"TLSv1.2 offered, RFC 8446 4.2, 1.5 s", "TLSv1.2 offered, RFC 8446 4.2, 1.5 s"},
      {"valid until 2026-01-01T00:00:00.000000000Z, serial 01",
       "valid until 2026-01-01T00:00:00.000000000Z, serial 00000001" + std::string(32, '0')},
      {"SHA-256 " + std::string(64, 'a'), "SHA-256 00000001" + std::string(56, '0')},
      {"SHA-256 " + std::string(64, 'c'), "SHA-256 " + std::string(64, 'c')},
      {"USER/PASS, user al***, refused", "USER/PASS, user ***, refused"},
      {"PLAIN, user al***@mail.example.jp, 9 octets", "PLAIN, user ***@n1.n1.n1.alias, 9 octets"},
      {"PLAIN, user a,***@other.jp.", "PLAIN, user ***@n2.n1.alias."},
      {"8.8.8.8 > 8.8.4.4:25 (mixed)", "240.1.1.1 > 240.1.2.1:25 (mixed)"},
      {"2001:4860::1 > [2001:4860::2]:25.", "a000:1:1:1::1 > [a000:1:1:1::2]:25."},
      {"of mail.example.jp and MX.example.jp", "of n1.n1.n1.alias and n2.n1.n1.alias"},
      {"from mailhost, by Example Mail Ltd", "from n2.alias, by text-1"},
      {"reset by client", "reset by client"},
      {"1 of 9 carried mail. First: captures/a b.pcap frame 9. 0 were",
       "1 of 9 carried mail. First: input-1.pcap frame 9. 0 were"},
      {"1 of 9 mail flows carried mail; first: mail frame 9",
       "1 of 9 mail flows carried mail; first: input-2.pcap frame 9"},
      {"mail: the file ends inside a packet", "input-2.pcap: the file ends inside a packet"},
      {"3 packets were passed over, first in mail: capture",
       "3 packets were passed over, first in input-2.pcap: capture"},
      {"9 sessions; first: 9 frame 9. 9 were", "9 sessions; first: input-3.pcap frame 9. 9 were"},
      {"cannot open /home/anna/x.pcap: no", "cannot open path-1: no"},
      {"rpcap://8.8.8.8/eth0", "rpcap://240.1.1.1/eth0"},
      {"...8.8.8.8....5", "...240.1.1.1....5"},
      {"8.8.8.8.25 > 8.8.4.4.40000: Flags [S]", "240.1.1.1.25 > 240.1.2.1.40000: Flags [S]"},
      {"OID 1.2.840.1.1", "OID 1.2.840.1.1"},
      {"at 10:05:02, 21:55", "at 10:05:02, 21:55"},
      {"", ""},
      {"***", "***"},
  };
  for (const auto& [text, wanted] : cases) EXPECT_EQ(redacted_text(text, aliases), wanted) << text;
}

TEST(redact, nothing_of_who_is_left_in_any_format) {
  const std::string names[] = {"192.0.2.", "2001:db8", "mail.example",  "relay-25",  "captures/",
                               "monday",   "tuesday",  "wednesday",     "notes.txt", "store.pcapng",
                               "0a1b",     "al***",    "Ready to start"};
  for (auto* make : {sample::mixed_bag, sample::sealed, sample::unseen}) {
    const Redacted r = redacted(make());
    for (const Format& format : formats()) {
      const std::string plain = sample::written(format.name, make(), sample::options(1));
      const std::string strict = sample::written(format.name, r.overview, r.options);
      bool any = false;
      for (const std::string& name : names) {
        any |= plain.find(name) != plain.npos;
        EXPECT_EQ(strict.find(name), strict.npos) << format.name << ": " << name << "\n" << strict;
      }
      EXPECT_TRUE(any) << format.name << ": it was there before";
    }
  }
}

TEST(redact, a_redacted_report_is_valid_and_every_format_says_so) {
  std::vector<std::string> reports;
  std::vector<sample::Reported> formatted;
  for (auto* make : {sample::mixed_bag, sample::sealed, sample::unseen}) {
    Redacted r = redacted(make());
    reports.push_back(sample::written("json", r.overview, r.options));
    EXPECT_EQ(nlohmann::json::parse(reports.back())["redaction"], "strict");
    for (const Format& format : formats()) {
      const auto says = [&](std::string_view level, const Overview& o, const ReportOptions& how) {
        const std::string report = sample::written(format.name, o, how);
        return std::regex_search(report,
                                 std::regex("([Rr]edaction(\" value=)?[^a-z]{1,4}|,)" + std::string(level) + "[^a-z]"));
      };
      EXPECT_TRUE(says("strict", r.overview, r.options)) << format.name;
      EXPECT_TRUE(says("standard", make(), sample::options(0))) << format.name;
      EXPECT_FALSE(says("standard", r.overview, r.options)) << format.name;
    }
    formatted.push_back({std::move(r.overview), r.options});
  }
  EXPECT_EQ(sample::schema_faults(reports), "");
  EXPECT_EQ(sample::format_faults(formatted), "");
}

TEST(redact, the_same_report_has_the_same_aliases) {
  const Redacted a = redacted(sample::mixed_bag()), b = redacted(sample::mixed_bag());
  EXPECT_EQ(sample::written("json", a.overview, a.options), sample::written("json", b.overview, b.options));
  EXPECT_EQ(a.map, b.map);
  EXPECT_NE(a.map.find("\t192.0.2.7\n"), std::string::npos) << a.map;
}

TEST(redact, strangers_cannot_break_it) {
  std::vector<std::string> reports;
  for (const std::string& text :
       {std::string("\x1b[2J"), std::string("a\0b", 3), std::string(65'536, 'A'), std::string(65'536, '.'),
        std::string(65'536, '*'), std::string(65'536, ':'), std::string("***@***@..\xff"), std::string("n1.alias"),
        std::string("240.1.1.1"), std::string("serial serial 0a"), std::string(" : ; , frame 9"), std::string("")}) {
    const Redacted r = redacted(sample::hostile(text));
    for (const Format& format : formats())
      EXPECT_EQ(sample::first_harmful(sample::without_csv_signs(sample::written(format.name, r.overview, r.options))),
                std::string::npos)
          << format.name << escape_text(text).substr(0, 40);
    reports.push_back(sample::written("json", r.overview, r.options));
  }
  EXPECT_EQ(sample::schema_faults(reports), "");
}

TEST(redact, a_reply_keeps_its_code_alone) {
  constexpr std::pair<const char*, const char*> kCases[] = {
      {"220 2.0.0 mx.example ready", "220"},
      {"454-not for 192.0.2.7", "454"},
      {"+OK mx.example", "+OK"},
      {"-ERR no, anna", "-ERR"},
      {"ok begin", "OK"},
      {"NO [ALERT] anna", "NO"},
      {"2200 x", ""},
      {"anna", ""},
      {"", ""},
  };
  for (const auto& [reply, wanted] : kCases) {
    Redaction redaction;
    JudgedSession judged;
    judged.session.upgrade_reply = reply;
    judged = redaction.redacted(judged);
    EXPECT_EQ(judged.session.upgrade_reply, wanted) << reply;
  }
}

TEST(redact, protocols_that_are_nobodys_stay) {
  Redaction redaction;
  JudgedSession judged;
  judged.session.tls.emplace();
  ClientOffer offer = offer_of(*judged.session.tls);
  offer.alpn = {"imap", "acme-mail", "h2"};
  judged.session.tls->offer = std::make_shared<const ClientOffer>(std::move(offer));
  judged.session.tls->alpn = "acme-mail";
  judged = redaction.redacted(judged);
  EXPECT_EQ(offer_of(*judged.session.tls).alpn, (std::vector<std::string>{"imap", "text-1", "h2"}));
  EXPECT_EQ(judged.session.tls->alpn, "text-1");
}

TEST(redact, interfaces_have_aliases_where_they_are_named) {
  Overview o;
  sample::add_input(o.run, "acme-uplink");
  InputFacts& input = o.run.inputs.back();
  input.format = "live";
  input.sha256.clear();
  input.interfaces.push_back({.name = "acme-uplink", .link_type = 1});
  input.ended = "error: acme-uplink: the device went down";
  ReportOptions how;
  how.arguments = {"watch", "-i", "acme-uplink"};
  const Redacted r = redacted(std::move(o), how);
  const InputFacts& told = r.overview.run.inputs.back();
  EXPECT_EQ(told.path, "interface-1");
  EXPECT_EQ(told.interfaces.back().name, "interface-1");
  EXPECT_EQ(told.ended, "error: interface-1: the device went down");
  EXPECT_EQ(r.options.arguments.back(), "interface-1");
}

TEST(redact, arguments_keep_what_is_nobodys) {
  using Arguments = std::vector<std::string>;
  const std::pair<Arguments, Arguments> cases[] = {
      {{"check", "a.pcap", "-o", "x.json"}, {"check", "input-1.pcap", "-o", "path-1"}},
      {{"check", "acme/", "--format", "json", "-q"}, {"check", "path-1", "--format", "json", "-q"}},
      {{"check", "-ox.json", "--output=acme.txt", "a.pcap"}, {"check", "-opath-1", "--output=path-2", "input-1.pcap"}},
      {{"check", "--port", "4465=smtp/tls", "--port", "25=acme"},
       {"check", "--port", "4465=smtp/tls", "--port", "path-1"}},
      {{"watch", "-i", "eth1", "--for", "10m", "--filter", "host acme"},
       {"watch", "-i", "interface-1", "--for", "10m", "--filter", "text-1"}},
      {{"check", "--fail-on=none", "none", "check"}, {"check", "--fail-on=none", "path-1", "path-2"}},
      {{"check", "--\xff", "-"}, {"check", "path-1", "-"}},
  };
  for (const auto& [given, wanted] : cases) {
    Overview o;
    sample::add_input(o.run, "a.pcap");
    ReportOptions how;
    how.arguments = given;
    EXPECT_EQ(redacted(std::move(o), how).options.arguments, wanted) << given[1];
  }
}

TEST(redact, what_could_not_be_read_is_named_by_its_alias) {
  constexpr std::pair<const char*, const char*> kCases[] = {
      {"cannot read acme.pcap: there is no such file; look at its name",
       "cannot read path-1: there is no such file; look at its name"},
      {"cannot read acme: mail.zst: it is compressed; unpack it first: zstd -d 'acme: mail.zst'",
       "cannot read path-1: it is compressed; unpack it first: zstd -d 'path-1'"},
      {"cannot read acme/x: y/z: permission denied; give yourself the right to read it",
       "cannot read path-1: permission denied; give yourself the right to read it"},
      {"cannot read elsewhere: permission denied", "cannot read path-1"},
      {"a.pcap: error: reading stopped; what stands before was analyzed",
       "input-1.pcap: error: reading stopped; what stands before was analyzed"},
  };
  for (const auto& [line, wanted] : kCases) {
    Overview o;
    sample::add_input(o.run, "a.pcap");
    o.run.failed_inputs = {line};
    o.verdict_reasons = {"not read: " + std::string(line)};
    o.sentence = "It does not show it: 1 thing; not read: " + std::string(line) + ". First: a.pcap frame 1.";
    ReportOptions how;
    how.arguments = {"check", "a.pcap", "acme.pcap", "acme: mail.zst", "acme/"};
    const Redacted r = redacted(std::move(o), how);
    EXPECT_EQ(r.overview.run.failed_inputs.front(), wanted);
    EXPECT_EQ(r.overview.verdict_reasons.front(), "not read: " + std::string(wanted));
    EXPECT_EQ(r.overview.sentence,
              "It does not show it: 1 thing; not read: " + std::string(wanted) + ". First: input-1.pcap frame 1.");
  }
}

TEST(redact, a_live_line_has_the_aliases_of_the_report) {
  Overview o = sample::mixed_bag();
  Redaction redaction;
  Session session = o.sessions[0].session;
  Finding finding{&sample::kind(sample::Kind::Password), Severity::Critical, sample::seen(3),
                  "PLAIN, user al***@mail.example"};
  redaction.live(session, finding);
  const std::string line = live_line(session, finding, {});
  EXPECT_NE(line.find("250.1.1.1 > 250.1.1.2:25"), std::string::npos) << line;
  EXPECT_NE(line.find("user ***@n6.n1.alias"), std::string::npos) << line;
  ReportOptions how;
  redaction.apply(o, how);
  EXPECT_EQ(o.sessions[0].session.flow.client, session.flow.client);
}

}  // namespace
}  // namespace mailseal
