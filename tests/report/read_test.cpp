// A JSON report read again: as it was written, or refused with a line that says why.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>

#include "checks.h"
#include "sample.h"

namespace mailseal {
namespace {

using Json = nlohmann::ordered_json;

Expected<StoredReport> read(const std::string& text) {
  std::istringstream in(text);
  return read_report(in, "a.json");
}

/// What it is refused with; empty where it is not.
std::string refusal(const std::string& text) {
  const auto report = read(text);
  return report ? "" : report.error().message;
}

std::string written(std::string_view format, const StoredReport& report) {
  return sample::written(format, report.overview, report.options);
}

std::string whole(const Overview& overview = sample::mixed_bag()) {
  return sample::written("json", overview, sample::options(1));
}

TEST(read, what_is_written_is_read_and_written_again_octet_for_octet) {
  const sample::Draft overviews[] = {sample::Draft{}, sample::mixed_bag(), sample::sealed(), sample::unseen(),
                                     sample::large(3000, 60)};
  for (const sample::Draft& overview : overviews) {
    const std::string json = whole(overview);
    const auto report = read(json);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->left_out.empty());
    EXPECT_TRUE(written("json", *report) == json);
    for (const Format& format : formats())
      EXPECT_EQ(written(format.name, *report), sample::written(format.name, overview, sample::options(1)))
          << format.name;
  }
}

TEST(read, text_from_strangers_is_read_as_it_was_shown) {
  const std::string bad[] = {"\x1b[2J",        "a\"b\\c",    "\xff\xfe",
                             "x\xe2\x80\xaey", "line\nline", std::string(65'536, '\x1b')};
  for (const std::string& text : bad) {
    sample::Draft overview = sample::hostile(text);
    // Unlike in octets, in what is shown of them.
    overview.servers[0].names = {"\x01z", "A", "\\x01z", "a"};
    const std::string json = whole(overview);
    const auto report = read(json);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(written("json", *report) == json);
    EXPECT_EQ(written("text", *report), sample::written("text", overview, sample::options(1)));
  }
}

TEST(read, facts_that_json_tells_by_a_word_are_there_again) {
  sample::Draft overview;
  sample::add_input(overview.run, "a.pcap");
  JudgedSession& added = sample::add(overview, sample::v4(1, 40'000), sample::v4(2, 25), State::Failed, 5);
  TlsFacts& tls = added.session.tls.emplace();
  tls.sslv2_hello = sample::seen(7);
  tls.server_hello = tls.hello_retry = sample::seen(9);
  tls.version = 0x0304;
  tls.cipher_suite = 0x1301;
  tls.group = std::uint16_t{0x9999};
  tls.psk_without_key_share = true;
  tls.dh_bits = 1024;
  tls.alerts = {{sample::seen(11, Side::Server), 1, 90}, {sample::seen(12, Side::Server), 2, 0xee}};
  const auto report = read(whole(overview));
  ASSERT_TRUE(report) << report.error().message;
  const JudgedSession judged = report->overview.sessions[0];
  const TlsFacts& t = *judged.session.tls;
  EXPECT_TRUE(t.sslv2_hello && t.hello_retry && t.psk_without_key_share);
  EXPECT_FALSE(t.client_hello);
  EXPECT_EQ(t.group, 0x9999);
  EXPECT_EQ(t.dh_bits, 1024);
  ASSERT_TRUE(t.fatal_alert);
  EXPECT_EQ(t.fatal_alert->description, 0xee);
  EXPECT_EQ(t.fatal_alert->seen.side, Side::Server);
}

TEST(read, hellos_and_what_they_are_tied_to_come_back) {
  sample::Draft overview;
  sample::add_input(overview.run, "a.pcap");
  JudgedSession& added = sample::add(overview, sample::v4(1, 40'000), sample::v4(2, 25), State::Encrypted, 5);
  TlsFacts& tls = added.session.tls.emplace();
  tls.client_hello = sample::seen(7);
  tls.server_hello = tls.ticket = tls.certificate_status = tls.early_data = sample::seen(9, Side::Server);
  tls.version = 0x0303;
  tls.cipher_suite = 0x009f;
  tls.dh_bits = 2048;
  tls.server_signature = std::uint16_t{0x0804};
  tls.dh_prime = std::make_shared<DhPrime>(DhPrime{"RFC 3526 group 14", std::string(64, 'd')});
  tls.ja3s = std::make_shared<std::string>(32, '5');
  tls.sentinel = 1;
  tls.resumed = tls.ems = tls.reneg_info = tls.encrypt_then_mac = tls.truncated_hmac = tls.heartbeat = true;
  tls.compression = tls.sct = true;
  ClientOffer offer;
  offer.ja3 = std::string(32, '3');
  offer.ja4 = "t12i020400_5bb0eb0ba27c_dd2006f5fa1e";
  offer.key_shares = {29};
  offer.ems = offer.reneg_info = offer.encrypt_then_mac = offer.truncated_hmac = offer.heartbeat = true;
  offer.ticket = offer.ocsp = offer.sct = offer.psk = offer.early_data = offer.ech = offer.fallback_scsv = true;
  tls.offer = std::make_shared<const ClientOffer>(offer);
  added.resumed_from = ResumedFrom{3, ResumedFrom::By::Ticket};
  const std::string json = whole(overview);
  for (const auto& [name, value] : Json::parse(json)["sessions"][0]["tls"]["hello"].items())
    EXPECT_EQ(value, name == "downgrade_sentinel" ? Json(1) : Json(true)) << name;
  const auto report = read(json);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(written("json", *report), json);
  const JudgedSession judged = report->overview.sessions[0];
  ASSERT_TRUE(judged.resumed_from);
  EXPECT_EQ(judged.resumed_from->session, 3u);
  EXPECT_EQ(offer_of(*judged.session.tls), offer);
}

TEST(read, a_report_without_hellos_is_read_too) {
  Json json = Json::parse(whole());
  for (Json& session : json["sessions"]) {
    if (session["tls"].is_null()) continue;
    for (const char* member : {"hello", "ja3", "ja3s", "ja4", "effective_bits", "kx_bits", "dh_group",
                               "dh_prime_sha256", "server_signature", "resumed_from"})
      session["tls"].erase(member);
    session["tls"]["offered"].erase("key_shares");
  }
  const auto report = read(json.dump());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_FALSE(report->overview.sessions[1].resumed_from);
}

TEST(read, the_one_who_judged_is_told_not_the_one_who_renders) {
  Json json = Json::parse(whole());
  json["tool"]["version"] = "0.0.7";
  json["tool"]["registry_date"] = "2020-02-29";
  json["tool"]["commit"] = "abc0123-dirty";
  json["tool"]["executable_sha256"] = std::string(64, '7');
  const auto report = read(json.dump());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->options.version, "0.0.7");
  EXPECT_EQ(report->options.arguments, sample::options(1).arguments);
  EXPECT_EQ(report->options.generated, sample::options(1).generated);
  EXPECT_EQ(report->options.exit_code, 1);
  const Json again = Json::parse(written("json", *report));
  EXPECT_EQ(again["tool"], json["tool"]);
  for (const Format& format : formats()) {
    const std::string shown = written(format.name, *report);
    EXPECT_EQ(shown.find(program_version()), std::string::npos) << format.name << ": ReportOptions::version says it";
    EXPECT_EQ(shown.find(registry_date()), std::string::npos) << format.name << ": ReportOptions::registry says it";
  }
}

TEST(read, of_which_build_an_older_report_does_not_tell) {
  Json json = Json::parse(whole());
  for (const char* member : {"commit", "executable_sha256"}) json["tool"].erase(member);
  const auto report = read(json.dump());
  ASSERT_TRUE(report) << report.error().message;
  const Json again = Json::parse(written("json", *report));
  for (const char* member : {"commit", "executable_sha256"}) EXPECT_TRUE(again["tool"].at(member).is_null()) << member;
  EXPECT_EQ(written("html", *report).find("SHA-256 of the program"), std::string::npos);
}

TEST(read, findings_keep_the_words_they_were_written_with) {
  Json json = Json::parse(whole());
  json["findings"][0]["id"] = "a-finding-of-the-year-2031";
  json["findings"][0]["title"] = "A title nobody has written yet";
  json["findings"][1]["remedy"] = "An old remedy";
  json["sessions"][0]["findings"][0] = "a-finding-of-the-year-2031";
  json["sessions"][0]["findings"].push_back("never-described");
  const auto report = read(json.dump());
  ASSERT_TRUE(report) << report.error().message;
  const Json again = Json::parse(written("json", *report));
  json["findings"][0]["remedies"] = Json::array();  // those by product are made anew, and for this one there are none
  EXPECT_EQ(again["findings"], json["findings"]);
  EXPECT_EQ(again["sessions"][0]["findings"], json["sessions"][0]["findings"]);
  EXPECT_EQ(report->overview.sessions[0].finding_kinds[0], report->overview.findings[0].kind) << "one and the same";
  EXPECT_EQ(report->overview.sessions[0].finding_kinds.back()->title, "never-described");
  EXPECT_NE(written("text", *report).find("a-finding-of-the-year-2031"), std::string::npos);
}

TEST(read, members_of_a_later_version_are_passed_over) {
  const std::string plain = whole();
  Json json = Json::parse(plain);
  const Json news = Json::parse(R"({"deep": [[[1.5, -2, {"a": null}]]], "text": "\u0000", "yes": true})");
  json["news"] = news;
  json["newer"] = Json::array({news, news});
  for (const char* member : {"tool", "counts"}) json[member]["news"] = news;
  for (const char* member : {"inputs", "sessions", "servers", "hops", "findings"}) json[member][0]["news"] = news;
  json["sessions"][1]["tls"]["news"] = news;
  const auto report = read(json.dump());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(written("json", *report), plain);
}

TEST(read, what_older_versions_did_not_tell_may_lack) {
  Json json = Json::parse(whole());
  ASSERT_FALSE(json["scope"].is_null());
  json.erase("scope");
  for (Json& session : json["sessions"])
    if (session["tls"].is_object())
      for (Json& certificate : session["tls"]["certificates"])
        for (const char* name :
             {"spki_sha256", "curve", "is_ca", "has_alternative_names", "has_scts", "extended_key_usages"})
          certificate.erase(name);
  const auto report = read(json.dump());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_FALSE(report->overview.run.scope);
}

TEST(read, names_newer_than_our_tables_are_left_out_and_that_is_told) {
  Json json = Json::parse(whole());
  Json& offered = json["sessions"][1]["tls"]["offered"];
  const std::size_t groups = offered["groups"].size();
  offered["groups"].push_back("X448MLKEM4096");
  offered["cipher_suites"].push_back("TLS_NEW\x1b[2J");
  json["sessions"][1]["tls"]["group"] = "curve2031";
  json["sessions"][1]["tls"].erase("group_code");
  const auto report = read(json.dump());
  ASSERT_TRUE(report) << report.error().message;
  const JudgedSession judged = report->overview.sessions[1];
  const TlsFacts& tls = *judged.session.tls;
  EXPECT_EQ(offer_of(tls).groups.size(), groups);
  EXPECT_FALSE(tls.group);
  ASSERT_EQ(report->left_out.size(), 1u);
  for (const char* name : {"X448MLKEM4096", "curve2031", "TLS_NEW\\x1b[2J"})
    EXPECT_NE(report->left_out[0].find(name), std::string::npos) << report->left_out[0];
}

TEST(read, a_group_without_its_number_is_known_by_its_name) {
  Json json = Json::parse(whole());
  json["sessions"][1]["tls"].erase("group_code");
  const auto report = read(json.dump());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->overview.sessions[1].session.tls->group, 29);
}

TEST(read, order_and_space_do_not_matter) {
  const nlohmann::json sorted = nlohmann::json::parse(whole());
  for (const int indent : {-1, 0, 8}) {
    const auto report = read(sorted.dump(indent) + "\n\n");
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(written("json", *report), whole());
  }
  EXPECT_EQ(refusal("\xef\xbb\xbf" + whole()), "") << "with a byte order mark";
}

TEST(read, sessions_are_handed_over_where_that_is_wanted) {
  std::istringstream in(whole(sample::large(200, 10)));
  std::vector<std::uint64_t> ids;
  const auto report = read_report(in, "a.json", [&](JudgedSession&& s) { ids.push_back(s.id); });
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(ids.size(), 200u);
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  EXPECT_TRUE(report->overview.sessions.empty());
  EXPECT_FALSE(report->overview.findings.empty());
}

TEST(read, certificates_that_many_sessions_show_are_kept_once) {
  const auto report = read(whole(sample::large(100, 5)));
  ASSERT_TRUE(report) << report.error().message;
  std::set<const Certificate*> kept;
  for (const JudgedSession& s : report->overview.sessions)
    if (s.session.tls)
      for (const auto& c : s.session.tls->chain) kept.insert(c.get());
  EXPECT_EQ(kept.size(), 1u);
}

// --- refused ---

struct Wrong {
  const char* what;
  std::function<void(Json&)> change;
  const char* words;  ///< that the line must hold
};

const Wrong kWrong[] = {
    {"another schema", [](Json& r) { r["schema"] = "mailseal-report/2"; },
     "schema is \"mailseal-report/2\", not mailseal-report/1"},
    {"no schema", [](Json& r) { r.erase("schema"); }, "schema is missing"},
    {"no sessions", [](Json& r) { r.erase("sessions"); }, "sessions is missing"},
    {"sessions that are no list", [](Json& r) { r["sessions"] = 3; }, "sessions is no list"},
    {"sessions that are null", [](Json& r) { r["sessions"] = nullptr; }, "sessions is no list"},
    {"a session that is none", [](Json& r) { r["sessions"][1] = "x"; }, "sessions[1] is a text where an object"},
    {"a session without state", [](Json& r) { r["sessions"][2].erase("state"); }, "sessions[2].state is missing"},
    {"an unknown state", [](Json& r) { r["sessions"][2]["state"] = "sealed\x1b"; },
     "sessions[2].state is \"sealed\\x1b\", none of encrypted,"},
    {"a verdict of its own", [](Json& r) { r["verdict"] = "ok"; }, "verdict is \"ok\", none of pass, fail"},
    {"a number for a text", [](Json& r) { r["sentence"] = 5; }, "sentence is a number where a text"},
    {"a text for a number", [](Json& r) { r["evicted"] = "5"; }, "evicted is a text where a whole number"},
    {"less than nothing", [](Json& r) { r["evicted"] = -5; }, "evicted is a number below 0"},
    {"half a connection", [](Json& r) { r["evicted"] = 0.5; }, "evicted is a number below 0, with a fraction"},
    {"more than there is", [](Json& r) { r["evicted"] = 1e300; },
     "evicted is a number below 0, with a fraction, or too"},
    {"an exit code no program has", [](Json& r) { r["exit_code"] = 256; }, "exit_code is 256, above 255"},
    {"a port too far", [](Json& r) { r["sessions"][0]["server"]["port"] = 65'536; },
     "sessions[0].server.port is 65536, above 65535"},
    {"a name for an address", [](Json& r) { r["hops"][0]["from"] = "mail.example"; },
     "hops[0].from is \"mail.example\", no IP address"},
    {"a local time", [](Json& r) { r["sessions"][0]["first"]["time"] = "2026-11-21T10:05:02+09:00"; },
     "sessions[0].first.time is \"2026-11-21T10:05:02+09:00\", no time"},
    {"the 31st of April", [](Json& r) { r["generated"] = "2026-04-31T10:05:02Z"; }, "generated is \"2026-04-31"},
    {"a frame nobody counted to", [](Json& r) { r["sessions"][0]["last"]["frame"] = std::uint64_t{1} << 40; },
     "sessions[0].last.frame is 1099511627776, above"},
    {"a session 0", [](Json& r) { r["sessions"][0]["id"] = 0; }, "sessions[0].id is 0"},
    {"a session twice", [](Json& r) { r["sessions"][3]["id"] = 3; }, "sessions[3].id is 3, not above the one before"},
    {"an input nobody read", [](Json& r) { r["sessions"][3]["input"] = 7; }, "inputs are 1, yet a place names input 7"},
    {"counts that do not add up", [](Json& r) { r["counts"]["sessions"] = 99; },
     "counts.sessions is 99, but the states add up to 7"},
    {"a port that is none", [](Json& r) { r["scope"]["ports"][0]["port"] = 70'000; },
     "scope.ports[0].port is 70000, above"},
    {"a protocol of its own", [](Json& r) { r["scope"]["ports"][0]["protocol"] = "uucp"; },
     "scope.ports[0].protocol is \"uucp\""},
    {"a severity that fails of its own", [](Json& r) { r["scope"]["fail_on"] = "some"; }, "scope.fail_on is \"some\""},
    {"a state not counted", [](Json& r) { r["servers"][0]["counts"].erase("no-mail"); },
     "servers[0].counts.no-mail is missing"},
    {"a level of its own", [](Json& r) { r["servers"][0]["observed_level"] = "perfect"; },
     "servers[0].observed_level is \"perfect\""},
    {"a finding twice", [](Json& r) { r["findings"][1]["id"] = r["findings"][0]["id"]; },
     "findings[1].id is plaintext-"},
    {"an id that is none", [](Json& r) { r["sessions"][0]["findings"][1] = "<script>"; },
     "sessions[0].findings[1] is \"<script>\" where a word"},
    {"an empty id", [](Json& r) { r["findings"][0]["id"] = ""; }, "findings[0].id is \"\" where a word"},
    {"more listed than counted", [](Json& r) { r["findings"][0]["occurrence_count"] = 0; },
     "findings[0].occurrence_count is 0, less than are listed"},
    {"a class of its own", [](Json& r) { r["findings"][0]["class"] = "mystery"; }, "findings[0].class is \"mystery\""},
    {"established, or not", [](Json& r) { r["sessions"][1]["tls"]["established"] = false; },
     "sessions[1].tls.established does not agree"},
    {"tls of two words", [](Json& r) { r["sessions"][1]["tls"]["resumed"] = "yes"; },
     "sessions[1].tls.resumed is a text where true or false"},
    {"a suite too far", [](Json& r) { r["sessions"][1]["tls"]["cipher_suite_code"] = 70'000; },
     "sessions[1].tls.cipher_suite_code is 70000, above 65535"},
    {"an alert nobody knows", [](Json& r) { r["sessions"][4]["tls"]["alerts"][0]["description"] = "panic"; },
     "sessions[4].tls.alerts[0].description is \"panic\""},
    {"a key of two thousand million bits",
     [](Json& r) { r["sessions"][1]["tls"]["certificates"][0]["key_bits"] = 3'000'000'000u; },
     "sessions[1].tls.certificates[0].key_bits is 3000000000, above"},
    {"a certificate without its digest", [](Json& r) { r["sessions"][1]["tls"]["certificates"][0].erase("sha256"); },
     "sessions[1].tls.certificates[0].sha256 is missing"},
    {"a reason that is markup", [](Json& r) { r["inputs"][0]["skipped"]["\"><b>"] = 1; },
     "inputs[0].skipped.\"><b> is no reason"},
    {"an end of its own", [](Json& r) { r["inputs"][0]["ended"] = "well"; }, "inputs[0].ended is \"well\""},
    {"a version that is none", [](Json& r) { r["tool"]["version"] = "<b>"; }, "tool.version is no version"},
    {"a report of reports", [](Json& r) { r = Json::array({r}); }, "is no object, so no report"},
    {"a text alone", [](Json& r) { r = "report"; }, "is no object, so no report"},
};

TEST(read, what_is_no_report_is_refused_in_one_line_that_says_where) {
  for (const Wrong& wrong : kWrong) {
    Json json = Json::parse(whole());
    wrong.change(json);
    const std::string line = refusal(json.dump());
    EXPECT_NE(line.find(wrong.words), std::string::npos) << wrong.what << ": " << line;
    EXPECT_EQ(line.rfind("a.json: ", 0), 0u) << line;
    EXPECT_NE(line.find("; give a report that mailseal check wrote"), std::string::npos) << line;
    EXPECT_EQ(sample::first_harmful(line), std::string::npos) << wrong.what;
    EXPECT_EQ(line.find('\n'), std::string::npos) << wrong.what;
  }
}

TEST(read, the_octet_named_is_where_the_value_stands) {
  const std::string good = whole();
  const auto refused_at = [&](const std::string& text) {
    const std::string line = refusal(text);
    const std::size_t at = line.find("(octet ");
    return at == line.npos ? std::string("nowhere: " + line) : line.substr(at, line.find(')') - at + 1);
  };
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"\"evicted\": 0", "\"evicted\": \"five\""},
                                 {"\"port\":51001", "\"port\":98765"},
                                 {"\"confidence\":\"medium\"", "\"confidence\":\"me\\u0064iun\""}}) {
    std::string text = good;
    const std::size_t at = text.find(from);
    ASSERT_NE(at, text.npos) << from;
    text.replace(at, from.size(), to);
    const std::size_t value = at + to.find(':') + (to[to.find(':') + 1] == ' ' ? 2 : 1);
    EXPECT_EQ(refused_at(text), "(octet " + std::to_string(value) + ")") << to;
  }
  EXPECT_EQ(refused_at("{\"schema\": truth}"), "(octet 14)") << "the first that is wrong: tru-t-h";
}

TEST(read, text_that_is_no_json_is_refused) {
  const std::string good = whole();
  const std::pair<std::string, const char*> cases[] = {
      {"", "is empty"},
      {"\n \n", "ends there, in the middle"},
      {"{", "ends there, in the middle"},
      {"PASS  1 session", "is no JSON there (octet 0)"},
      {"<!doctype html>", "is no JSON there (octet 0)"},
      {std::string("\xd4\xc3\xb2\xa1\x02\x00", 6), "is no JSON there (octet 0)"},
      {std::string("\xff\xfe{\0", 4), "is no JSON there"},
      {good + "{", "is no JSON there"},
      {good + good, "is no JSON there"},
      {"{\"schema\": \"mailseal-report/1\", }", "is no JSON there"},
      {"{\"schema\": \"\xff\"}", "is no JSON there"},
      {"{\"schema\": \"\\ud800\"}", "is no JSON there"},
      {"{\"schema\": \"a\nb\"}", "is no JSON there"},
      {"{\"schema\": 1e999}", "is no JSON there"},
      {"{'schema': 1}", "is no JSON there"},
      {"{\"schema\": \"mailseal-report/1\", \"schema\": \"mailseal-report/1\"}", "schema stands there twice"},
      {"{\"tool\": {\"name\": 1, \"name\": 2}}", "tool.name stands there twice"},
      {"{\"x\": " + std::string(100'000, '['), "is deeper than any report"},
      {"{\"sessions\": " + std::string(100'000, '['), "deeper than any report"},
      {"{\"tool\": {\"a\":" + std::string(40, '['), "deeper than any report"},
      {"{\"a\x7f\\u001b]0;x\\u0007\": " + std::string(100, '['), "is deeper than any report"},
      {"{\"a\x7f\\u001b]0;x\\u0007\": 1, \"a\x7f\\u001b]0;x\\u0007\": 1}", "stands there twice"},
      {"{\"tool\": {\"a\\u001b\": {\"b\x7f\": 1, \"b\x7f\": 2}}}", "stands there twice"},
      {"{\"sessions\": [{\"a\\u001b\": {\"b\x7f\": 1, \"b\x7f\": 2}}]}", "stands there twice"},
      {"{\"sentence\": \"" + std::string(9u << 20, 'a'), "longer than anything in a report"},
      {"{\"x\": \"" + std::string(9u << 20, 'a') + "\"}", "longer than anything in a report"},
      {"{" + std::string(9u << 20, ' ') + "}", "longer than anything in a report"},
      {"{\"evicted\": " + std::string(9u << 20, '1') + "}", "longer than anything in a report"},
  };
  for (const auto& [text, words] : cases) {
    const std::string line = refusal(text);
    EXPECT_NE(line.find(words), std::string::npos) << text.substr(0, 60) << ": " << line;
    EXPECT_EQ(sample::first_harmful(line), std::string::npos);
    EXPECT_LT(line.size(), 300u);
  }
}

TEST(read, what_is_endless_is_not_kept) {
  std::string text = "{\"failed_inputs\": [\"a\"";
  for (std::size_t i = 0; i < (1u << 20); ++i) text += ",\"a\"";
  EXPECT_NE(refusal(text + "]}").find("failed_inputs holds more values than any report"), std::string::npos);
  text = "{\"tool\": {\"a0\": 1";
  for (int i = 1; i < 300; ++i) text += ", \"a" + std::to_string(i) + "\": 1";
  EXPECT_NE(refusal(text + "}}").find("tool has more members"), std::string::npos);
}

TEST(read, a_report_cut_anywhere_is_refused) {
  for (const auto& [overview, step] : {std::pair(sample::Draft{}, 1u), std::pair(sample::unseen(), 23u)}) {
    const std::string good = whole(overview);
    for (std::size_t size = 0; size + 1 < good.size(); size += step) {
      const std::string line = refusal(good.substr(0, size));
      ASSERT_NE(line.find(size == 0 ? "is empty" : "ends there, in the middle of the report"), std::string::npos)
          << size << ": " << line;
    }
  }
}

TEST(read, a_newer_program_is_named_where_its_report_cannot_be_read) {
  for (const auto& [version, newer] :
       {std::pair<const char*, bool>{"99.0.0", true}, {"0.10.0", true}, {"0.0.9", false}, {"0.1.0", false}}) {
    Json json = Json::parse(whole());
    json["tool"]["version"] = version;
    json["verdict"] = "unknowable";
    const std::string line = refusal(json.dump());
    EXPECT_EQ(line.find("mailseal " + std::string(version) + " wrote it: read it with that") != line.npos, newer)
        << line;
  }
}

/// Every value of a report replaced by every kind of value: refused in one line, or a report that can be written.
TEST(read, no_value_anywhere_breaks_it) {
  Json good = Json::parse(whole());
  good["sessions"] = Json::array({good["sessions"][1], good["sessions"][4]});  // logins, certificates, an alert
  for (const char* list : {"servers", "hops", "findings"}) good[list] = Json::array({good[list][0], good[list][1]});
  std::vector<Json::json_pointer> places;
  const std::function<void(const Json&, const Json::json_pointer&)> walk = [&](const Json& v,
                                                                               const Json::json_pointer& at) {
    places.push_back(at);
    if (v.is_object())
      for (const auto& [name, member] : v.items()) walk(member, at / name);
    if (v.is_array())
      for (std::size_t i = 0; i < v.size() && i < 3; ++i) walk(v[i], at / i);
  };
  walk(good, Json::json_pointer());
  ASSERT_GT(places.size(), 300u);
  const Json values[] = {nullptr, true, std::uint64_t(-1), -1.5, "", Json::array(), Json::object()};
  std::size_t taken = 0;
  for (const auto& place : places)
    for (const Json& value : values) {
      Json changed = good;
      changed[place] = value;
      const auto report = read(changed.dump());
      if (!report) {
        ASSERT_LT(report.error().message.size(), 400u);
        continue;
      }
      ++taken;
      const std::string again = written("json", *report);
      ASSERT_EQ(refusal(again), "") << place << " " << value;
      ASSERT_EQ(sample::first_harmful(written("text", *report)), std::string::npos) << place << " " << value;
    }
  EXPECT_GT(taken, 100u) << "free text and counts may be many things";
}

TEST(read, a_file_that_cannot_be_read_is_told) {
  for (const auto& [path, words] :
       {std::pair<const char*, const char*>{"/nonexistent/a\x1b.json", "No such file"}, {"/", "is a directory"}}) {
    const auto report = read_report(path);
    ASSERT_FALSE(report);
    EXPECT_NE(report.error().message.find(words), std::string::npos) << report.error().message;
    EXPECT_EQ(sample::first_harmful(report.error().message), std::string::npos);
  }
}

}  // namespace
}  // namespace mailseal
