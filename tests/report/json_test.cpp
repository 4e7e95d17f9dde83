// What stands where in mailseal-report/1.
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "checks.h"
#include "sample.h"
#include "words.h"

namespace mailseal {
namespace {

using nlohmann::json;
using sample::seen;
using sample::v4;

json report(const Overview& overview) { return json::parse(sample::written("json", overview, sample::options(1))); }

/// All reports made here are held against the schema at the end: once, since Python is slow to start.
class json_report : public ::testing::Test {
 public:
  static std::vector<std::string>& made() {
    static std::vector<std::string> all;
    return all;
  }
  static void TearDownTestSuite() { EXPECT_EQ(sample::schema_faults(made()), ""); }
};

/// The report of one session as `change` makes it.
json session(const std::function<void(JudgedSession&)>& change, std::uint16_t port = 25) {
  sample::Draft overview;
  sample::add_input(overview.run, "a.pcap");
  change(sample::add(overview, v4(1, 40'000), v4(2, port), State::Inconclusive, 5));
  const std::string text = sample::written("json", overview, sample::options(3));
  json_report::made().push_back(text);
  return json::parse(text)["sessions"][0];
}

TEST_F(json_report, places_name_the_input_only_where_it_is_another) {
  const json unseen = report(sample::unseen());
  EXPECT_EQ(unseen["sessions"][1]["input"], 1);
  EXPECT_EQ(unseen["sessions"][1]["first"], json({{"frame", 4}, {"time", "2026-11-21T10:05:02.472000000Z"}}));
  EXPECT_EQ(unseen["sessions"][3]["input"], 1);
  EXPECT_EQ(unseen["sessions"][3]["doubt_places"][0]["input"], 0);
}

TEST_F(json_report, what_was_not_seen_is_null) {
  const json s = session([](JudgedSession&) {});
  EXPECT_TRUE(s["tls"].is_null());
  for (const char* name : {"offered", "requested", "accepted", "refused", "reply"})
    EXPECT_TRUE(s["upgrade"].at(name).is_null()) << name;

  const json bare = session([](JudgedSession& j) { j.session.tls.emplace(); })["tls"];
  for (const char* name : {"established_at",
                           "client_hello",
                           "server_hello",
                           "version",
                           "version_code",
                           "cipher_suite",
                           "cipher_suite_code",
                           "cipher_openssl",
                           "cipher_bits",
                           "key_exchange",
                           "group",
                           "dh_bits",
                           "forward_secrecy",
                           "server_name",
                           "alpn",
                           "offered",
                           "chain",
                           "effective_bits",
                           "kx_bits",
                           "dh_group",
                           "dh_prime_sha256",
                           "server_signature",
                           "ja3",
                           "ja3s",
                           "ja4",
                           "resumed_from"})
    EXPECT_TRUE(bare.at(name).is_null()) << name;
  for (const auto& [name, value] : bare.at("hello").items()) EXPECT_TRUE(value.is_null()) << name;
  EXPECT_EQ(bare["established"], false);
  EXPECT_EQ(bare["certificates"], json::array());
}

TEST_F(json_report, what_tls_13_hides_is_null) {
  const json tls = session([](JudgedSession& j) {
    TlsFacts& t = j.session.tls.emplace();
    t.client_hello = t.server_hello = seen(9);
    t.version = 0x0304;
    t.cipher_suite = 0x1302;
    t.group = std::uint16_t{29};
    ClientOffer offer;
    offer.ems = offer.ticket = true;
    t.offer = std::make_shared<const ClientOffer>(offer);
  })["tls"];
  const json& hello = tls.at("hello");
  for (const char* name : {"extended_master_secret", "secure_renegotiation", "encrypt_then_mac", "truncated_hmac",
                           "heartbeat", "compression", "ticket_issued", "ocsp_stapled", "sct_sent"})
    EXPECT_TRUE(hello.at(name).is_null()) << name;
  EXPECT_EQ(hello["extended_master_secret_offered"], true);
  EXPECT_EQ(hello["tickets_offered"], true);
  EXPECT_EQ(hello["ech_offered"], false);
  EXPECT_EQ(tls["effective_bits"], 256);
  EXPECT_EQ(tls["kx_bits"], 128);
}

TEST_F(json_report, strengths_are_those_of_cipher_and_key_exchange) {
  const auto strengths = [](std::uint16_t suite, std::optional<std::uint16_t> group, std::optional<int> dh_bits) {
    const json tls = session([&](JudgedSession& j) {
      TlsFacts& t = j.session.tls.emplace();
      t.server_hello = seen(9);
      t.version = 0x0303;
      t.cipher_suite = suite;
      t.group = group;
      t.dh_bits = dh_bits;
    })["tls"];
    return tls["effective_bits"].dump() + " " + tls["kx_bits"].dump();
  };
  EXPECT_EQ(strengths(0x000a, {}, {}), "112 null") << "3DES, static RSA";
  EXPECT_EQ(strengths(0x0003, {}, {}), "40 null") << "EXPORT";
  EXPECT_EQ(strengths(0x0009, {}, {}), "56 null") << "DES";
  EXPECT_EQ(strengths(0xc030, 24, {}), "256 192");
  EXPECT_EQ(strengths(0x009f, {}, 2048), "256 112");
  EXPECT_EQ(strengths(0x009e, {}, 1023), "128 0");
  EXPECT_EQ(strengths(0x1a1a, 0x9999, {}), "null null");
}

TEST_F(json_report, a_packet_without_a_date_has_none) {
  const json s = session([](JudgedSession& j) { j.session.last.time = Timestamp{}; });
  EXPECT_EQ(s["last"]["frame"], 25);
  EXPECT_TRUE(s["last"].at("time").is_null());
}

TEST_F(json_report, implicit_tls_has_no_upgrade) {
  const auto upgraded = [](JudgedSession& j) {
    j.session.upgrade_accepted = seen(7);
    j.session.upgrade_reply = "220 go";
  };
  EXPECT_EQ(session(upgraded, 25)["upgrade"]["accepted"]["frame"], 7);
  EXPECT_EQ(session(upgraded, 25)["upgrade"]["reply"], "220 go");
  EXPECT_TRUE(session(upgraded, 465)["upgrade"].at("accepted").is_null());
  EXPECT_TRUE(session(upgraded, 465)["upgrade"].at("reply").is_null());
  EXPECT_EQ(session(upgraded, 465)["entry"], "implicit-tls");
}

TEST_F(json_report, a_doubt_is_named_once_and_placed_each_time) {
  const json s = session([](JudgedSession& j) {
    j.session.doubts = {{Doubt::Gap, seen(7), false}, {Doubt::Malformed, seen(8), true}, {Doubt::Gap, seen(9), true}};
  });
  EXPECT_EQ(s["doubts"], json({"gap", "malformed"}));
  ASSERT_EQ(s["doubt_places"].size(), 3u);
  EXPECT_EQ(s["doubt_places"][2]["frame"], 9);
  EXPECT_EQ(s["doubt_places"][2]["after_established"], true);
}

TEST_F(json_report, findings_of_the_capture_have_no_session) {
  const json r = report(sample::unseen());
  const auto& drops = r["findings"][0];
  EXPECT_EQ(drops["id"], "capture-drops-reported");
  const json want = {{"session", nullptr},      {"input", 2},
                     {"frame", nullptr},        {"time", drops["occurrences"][0]["time"]},
                     {"side", nullptr},         {"note", "17 packets"},
                     {"stream_offset", nullptr}};
  EXPECT_EQ(drops["occurrences"][0], want);
}

TEST_F(json_report, more_occurrences_are_counted_than_listed) {
  const json r = report(sample::large(12'000, 5));
  EXPECT_EQ(r["findings"][0]["occurrence_count"], 1200);
  EXPECT_EQ(r["findings"][0]["occurrences"].size(), Limits{}.occurrences);
  EXPECT_EQ(r["counts"]["sessions"], 12'000);
  EXPECT_EQ(r["sessions"].size(), 12'000u);
}

TEST_F(json_report, references_are_a_list) {
  FindingKind kind = sample::kind(sample::Kind::Content);
  struct Case {
    std::string_view text;
    std::vector<std::string_view> parts;
  };
  for (const Case& c : {Case{"", {}},
                        {"RFC 8314 4.1", {"RFC 8314 4.1"}},
                        {"RFC 8314 4.1; RFC 3207 4", {"RFC 8314 4.1", "RFC 3207 4"}},
                        {" a ;; b;", {"a", "b"}},
                        {";", {}}}) {
    kind.references = c.text;
    EXPECT_EQ(references(kind), c.parts) << c.text;
  }
}

TEST_F(json_report, key_exchange_and_forward_secrecy) {
  struct Case {
    const char* what;
    std::uint16_t version, suite;
    std::optional<std::uint16_t> group;
    bool psk_only;
    json exchange, secrecy;
  };
  const Case cases[] = {
      {"TLS 1.2: the suite says it", 0x0303, 0xc030, 29, false, "ECDHE", true},
      {"TLS 1.3: the group says it", 0x0304, 0x1302, 29, false, "ECDHE", true},
      {"a curve", 0x0304, 0x1302, 23, false, "ECDHE", true},
      {"finite field", 0x0304, 0x1302, 0x0100, false, "DHE", true},
      {"hybrid", 0x0304, 0x1302, 0x11ec, false, "ECDHE+MLKEM", true},
      {"ML-KEM alone", 0x0304, 0x1302, 0x0201, false, "MLKEM", true},
      {"a group nobody knows", 0x0304, 0x1302, 0x4a4a, false, nullptr, true},
      {"no key share told", 0x0304, 0x1302, std::nullopt, false, nullptr, true},
      {"PSK without a key share", 0x0304, 0x1302, std::nullopt, true, "PSK", false},
      {"a draft of TLS 1.3", 0x7f1c, 0x1302, 29, false, "ECDHE", true},
      {"a suite nobody knows", 0x0303, 0x7777, 29, false, nullptr, nullptr},
  };
  for (const Case& c : cases) {
    const json tls = session([&](JudgedSession& j) {
      TlsFacts& t = j.session.tls.emplace();
      t.server_hello = seen(9);
      t.version = c.version;
      t.cipher_suite = c.suite;
      t.group = c.group;
      t.psk_without_key_share = c.psk_only;
    })["tls"];
    EXPECT_EQ(tls.at("key_exchange"), c.exchange) << c.what;
    EXPECT_EQ(tls.at("forward_secrecy"), c.secrecy) << c.what;
    EXPECT_EQ(tls.at("cipher_suite_code"), c.suite) << c.what;
  }
}

TEST_F(json_report, a_certificate_that_is_none_has_only_its_digest) {
  auto c = std::make_shared<Certificate>();
  c->sha256 = std::string(64, '0');
  const json tls = session([&](JudgedSession& j) { j.session.tls.emplace().chain = {c}; })["tls"];
  ASSERT_EQ(tls["certificates"].size(), 1u);
  EXPECT_EQ(tls["certificates"][0]["parsed"], false);
  for (const char* name : {"subject", "issuer", "serial", "not_before", "not_after", "key", "key_bits", "self_signed"})
    EXPECT_TRUE(tls["certificates"][0].at(name).is_null()) << name;
}

TEST_F(json_report, no_length_of_a_secret_is_told) {
  sample::Draft overview;
  sample::add_input(overview.run, "a.pcap");
  sample::add(overview, v4(1, 40'000), v4(2, 110), State::Plaintext, 5).session.credentials = {
      {CredentialKind::Password, "USER/PASS", "al***", 31'337, seen(9), true}};
  for (const Format& format : formats())
    EXPECT_EQ(sample::written(format.name, overview, sample::options(1)).find("31337"), std::string::npos)
        << format.name;
}

TEST_F(json_report, the_schema_refuses_what_is_not_the_contract) {
  const json good = report(sample::mixed_bag());
  EXPECT_EQ(sample::schema_faults({good.dump()}), "");
  const std::pair<const char*, std::function<void(json&)>> changes[] = {
      {"another schema", [](json& r) { r["schema"] = "mailseal-report/2"; }},
      {"no verdict", [](json& r) { r.erase("verdict"); }},
      {"a verdict of its own", [](json& r) { r["verdict"] = "ok"; }},
      {"an unknown member", [](json& r) { r["sessions"][0]["secret"] = "x"; }},
      {"an unknown state", [](json& r) { r["sessions"][0]["state"] = "sealed"; }},
      {"a frame 0", [](json& r) { r["sessions"][0]["first"]["frame"] = 0; }},
      {"a place without time", [](json& r) { r["sessions"][0]["first"].erase("time"); }},
      {"a local time", [](json& r) { r["sessions"][0]["first"]["time"] = "2026-11-21T10:05:02+09:00"; }},
      {"tls of two words", [](json& r) { r["sessions"][1]["tls"]["established"] = "yes"; }},
      {"a version of its own", [](json& r) { r["sessions"][1]["tls"]["version"] = "TLS 1.2"; }},
      {"a count less than none", [](json& r) { r["counts"]["sessions"] = -1; }},
      {"a state not counted", [](json& r) { r["counts"].erase("no-mail"); }},
      {"exposed twice",
       [](json& r) {
         r["sessions"][0]["exposed"] = {"content", "content"};
       }},
      {"an ESC", [](json& r) { r["sentence"] = "\x1b[2J"; }},
      {"a digest cut", [](json& r) { r["inputs"][0]["sha256"] = "abc"; }},
      {"no address", [](json& r) { r["hops"][0]["from"] = "mail.example"; }},
      {"a finding nobody saw", [](json& r) { r["findings"][0]["occurrence_count"] = 0; }},
  };
  std::vector<std::string> bad{"{\"schema\": 1, \"schema\": 2}", ""};
  for (const auto& [what, change] : changes) {
    json changed = good;
    change(changed);
    bad.push_back(changed.dump());
  }
  const std::string faults = sample::schema_faults(bad);
  for (std::size_t i = 0; i < bad.size(); ++i)
    EXPECT_NE(faults.find("/" + std::to_string(i) + ".json: "), std::string::npos)
        << (i < 2 ? "no JSON" : changes[i - 2].first);
}

}  // namespace
}  // namespace mailseal
