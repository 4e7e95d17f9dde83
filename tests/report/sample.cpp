#include "sample.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

namespace mailseal::sample {
namespace {

using enum Severity;

constexpr std::array kKinds{
    FindingKind{"plaintext-message-content", "Message content readable on the wire", FindingClass::Plaintext, Critical,
                Critical, "Outside any TLS record, at least one octet of message data",
                "Anyone on the path at this point could read the mail",
                "Require TLS on this hop: implicit TLS for access and submission, STARTTLS with DANE, MTA-STS or a "
                "mandatory-TLS policy for relay",
                "RFC 8314 4.1; RFC 9325 3.2; PCI DSS 4.2.1"},
    FindingKind{"plaintext-credentials-password", "Password sent in the clear", FindingClass::Plaintext, Critical,
                Critical, "Outside TLS: a password", "Reusable password exposed to every observer",
                "Disable plaintext mechanisms before TLS; change the exposed password", "RFC 4954 4"},
    FindingKind{"starttls-offered-not-used", "STARTTLS offered but the client did not use it", FindingClass::Starttls,
                High, High, "Offer seen, then MAIL outside TLS", "Client configured without TLS",
                "Set the sender to encrypt", "RFC 8314 5"},
    FindingKind{"tls-handshake-failed", "TLS handshake failed", FindingClass::Handshake, Medium, Low,
                "ClientHello seen; before completion a fatal alert, FIN or RST", "No protected channel",
                "Read the alert; align versions, suites, certificate", "RFC 5246 7.2"},
    FindingKind{"tls-version-1-2", "TLS 1.2 negotiated", FindingClass::Note, Info, Info, "ServerHello says 1.2",
                "Acceptable with a good suite", "plan TLS 1.3", "RFC 9325 3.1.1"},
    FindingKind{"tls-handshake-completed", "TLS handshake completed", FindingClass::Positive, Positive, Positive,
                "Both Finished", "Keys agreed by both ends", "none", "RFC 9846 2"},
    FindingKind{"kx-pq-hybrid", "Post-quantum hybrid key agreement used", FindingClass::Positive, Positive, Positive,
                "A hybrid group", "Safe from a later quantum computer too", "none", "RFC 10024"},
    FindingKind{"cert-not-observable", "Certificate not visible", FindingClass::Inconclusive, Info, Info,
                "TLS 1.3 or resumed", "Name, chain and expiry cannot be judged", "Check with an active scan",
                "RFC 9846 4.4"},
    FindingKind{"inconclusive-gap", "Missing segments", FindingClass::Inconclusive, Info, Info, "A hole",
                "Cannot be judged", "Reduce load; bigger buffer; capture at another point", ""},
    FindingKind{"inconclusive-mid-stream", "Connection began before the capture", FindingClass::Inconclusive, Info,
                Info, "No SYN, no greeting", "Cannot be judged", "Start the capture first, or restart the service", ""},
    FindingKind{"capture-drops-reported", "Capturing system dropped packets", FindingClass::Capture, Medium, Medium,
                "Statistics say so", "Unseen traffic exists", "Bigger buffer, narrower filter", ""},
    FindingKind{"capture-truncated-file", "File ends inside a record", FindingClass::Capture, Medium, Medium,
                "The file is short", "Copy broken or capture killed", "Copy again; compare the digest", ""},
    FindingKind{"capture-superframes", "Frames larger than the MTU (LRO/GRO)", FindingClass::Capture, Info, Info,
                "Large frames", "Offload at the capture host; harmless", "none", ""},
};

constexpr std::uint64_t kStart = 1'795'255'502;  // 2026-11-21 10:05:02 UTC

void hop_of(Draft& o, const JudgedSession& s) {
  const FlowKey& flow = s.session.flow;
  const auto state = static_cast<std::size_t>(s.judgement.state);
  auto hop = std::find_if(o.hops.begin(), o.hops.end(), [&](const Hop& h) {
    return h.from == flow.client.address && h.to == flow.server.address && h.port == flow.server.port;
  });
  if (hop == o.hops.end())
    hop = o.hops.insert(hop, {flow.client.address, flow.server.address, flow.server.port, s.session.protocol, {}, {}});
  ++hop->counts[state];
  hop->state = s.judgement.state;

  auto server =
      std::find_if(o.servers.begin(), o.servers.end(), [&](const Server& v) { return v.endpoint == flow.server; });
  if (server == o.servers.end()) {
    server = o.servers.insert(server, Server{});
    server->endpoint = flow.server;
    server->protocol = s.session.protocol;
    server->observed_level = "offered";
  }
  ++server->counts[state];
  server->state = s.judgement.state;
}

Protocol protocol_of(std::uint16_t port) {
  if (port == 110 || port == 995) return Protocol::Pop3;
  if (port == 143 || port == 993) return Protocol::Imap;
  return Protocol::Smtp;
}

std::shared_ptr<Certificate> certificate(const std::string& name) {
  auto c = std::make_shared<Certificate>();
  c->subject = "CN=" + name;
  c->issuer = "CN=Example CA,O=Example";
  c->serial = "0a1b";
  c->names = {name, "192.0.2.25"};
  c->not_before = Timestamp{std::chrono::seconds{1'767'225'600}};
  c->not_after = Timestamp{std::chrono::seconds{1'798'761'600}};
  c->key = "RSA";
  c->key_bits = 2048;
  c->signature_algorithm = "sha256WithRSAEncryption";
  c->sha256 = std::string(64, 'c');
  c->spki_sha256 = std::string(64, 'd');
  c->has_alternative_names = c->has_key_usages = c->for_servers = true;
  c->parsed = true;
  return c;
}

/// What OpenSSL says of that one alone.
std::shared_ptr<const ChainResult> chain(const std::string& name) {
  auto result = std::make_shared<ChainResult>();
  result->error_code = 20;
  result->error = "unable to get local issuer certificate";
  result->depth = 0;
  for (const int error : {20, 21, 0}) result->steps.push_back({0, "CN=" + name, error});
  return result;
}

TlsFacts tls12(std::uint64_t frame) {
  TlsFacts tls;
  tls.first_record = tls.client_hello = seen(frame);
  tls.server_hello = seen(frame + 2, Side::Server);
  tls.established = seen(frame + 8, Side::Server);
  tls.application_bytes = {1200, 340};
  tls.version = 0x0303;
  tls.cipher_suite = 0xc030;
  tls.group = std::uint16_t{29};
  tls.server_name = "mail.example";
  ClientOffer offer;
  offer.versions = {0x0304, 0x0303};
  offer.suites = {0x1302, 0xc030, 0x2a2a};
  offer.groups = {29, 23};
  offer.schemes = {0x0804};
  tls.offer = std::make_shared<const ClientOffer>(std::move(offer));
  tls.chain = {certificate("mail.example")};
  return tls;
}

TlsFacts tls13(std::uint64_t frame) {
  TlsFacts tls = tls12(frame);
  tls.version = 0x0304;
  tls.cipher_suite = 0x1302;
  tls.group = std::uint16_t{0x11ec};
  tls.chain.clear();
  tls.chain_hidden = true;
  return tls;
}

void upgraded(Session& s, std::uint64_t frame) {
  s.upgrade_offered = seen(frame, Side::Server);
  s.upgrade_requested = seen(frame + 2);
  s.upgrade_accepted = seen(frame + 3, Side::Server);
  s.upgrade_reply = "220 2.0.0 Ready to start TLS";
}

}  // namespace

const FindingKind& kind(Kind k) { return kKinds[static_cast<std::size_t>(k)]; }

Seen seen(std::uint64_t frame, Side side, std::uint32_t input) {
  Seen s;
  s.time = Timestamp{std::chrono::seconds{kStart} + std::chrono::milliseconds{frame * 118}};
  s.frame = frame;
  s.offset = frame * 10;
  s.input = input;
  s.side = side;
  return s;
}

Endpoint v4(std::uint8_t last, std::uint16_t port) {
  return {IpAddress{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, last}}, port};
}
Endpoint v6(std::uint8_t last, std::uint16_t port) {
  return {IpAddress{{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last}}, port};
}

Draft::operator Overview() const {
  Overview o;
  o.run = run;
  o.verdict = verdict;
  o.sentence = sentence;
  o.verdict_reasons = verdict_reasons;
  o.counts = counts;
  for (const JudgedSession& judged : sessions) o.sessions.add(judged);
  o.servers = servers;
  o.hops = hops;
  o.findings = findings;
  o.stories = stories;
  return o;
}

JudgedSession& add(Draft& o, Endpoint client, Endpoint server, State state, std::uint64_t first, std::uint32_t input) {
  JudgedSession& judged = o.sessions.emplace_back();
  judged.id = o.sessions.size();
  Session& s = judged.session;
  s.flow = {client, server};
  s.protocol = protocol_of(server.port);
  s.entry = server.port == 465 || server.port == 993 || server.port == 995 ? Entry::ImplicitTls : Entry::Plain;
  s.first = seen(first, Side::Client, input);
  s.last = seen(first + 20, Side::Server, input);
  s.began = s.first;
  s.closed = CloseReason::Ended;
  s.sides = {SideCounters{12, 2000, 0, 0, 0}, SideCounters{9, 900, 1, 0, 0}};
  judged.judgement.state = state;
  judged.judgement.confidence = state == State::Inconclusive ? Confidence::Low : Confidence::High;
  judged.judgement.role = server.port == 25 ? Role::Relay : Role::Access;
  ++o.counts[static_cast<std::size_t>(state)];
  hop_of(o, judged);
  return judged;
}

void find(Draft& o, JudgedSession* judged, Kind k, const Seen& at, std::string note) {
  const FindingKind* what = &kind(k);
  const Severity how = severity(*what, judged ? judged->judgement.role : Role::Access);
  auto group = std::find_if(o.findings.begin(), o.findings.end(), [&](const auto& g) { return g.kind == what; });
  if (group == o.findings.end()) {
    const auto worse = [&](const auto& g) { return g.severity > how; };
    group =
        o.findings.insert(std::find_if(o.findings.begin(), o.findings.end(), worse), FindingGroup{what, how, 0, {}});
  }
  ++group->count;
  if (group->occurrences.size() < Limits{}.occurrences)
    group->occurrences.push_back({judged ? judged->id : 0, at, std::move(note)});
  if (!judged) return;
  judged->finding_kinds.push_back(what);
  if (judged->judgement.state == State::Inconclusive && k != Kind::CertHidden)
    judged->judgement.reasons.push_back(what);
  for (Server& server : o.servers)
    if (server.endpoint == judged->session.flow.server) server.findings.insert(what);
}

void add_input(RunFacts& run, std::string path) {
  InputFacts& input = run.inputs.emplace_back();
  input.path = std::move(path);
  input.format = "pcap";
  input.sha256 = std::string(64, static_cast<char>('a' + run.inputs.size() - 1));
  input.size = 22'242;
  input.interfaces = {{std::nullopt, 1, 262'144}};
  input.packets = 249;
  input.first = seen(1).time;
  input.last = seen(249).time;
  run.skipped.push_back({{"not-ip", 1}, {"not-tcp", 2}, {"tunnel", 0}});
}

Draft mixed_bag() {
  Draft o;
  o.run.scope = Scope{{{25, {Protocol::Smtp, Entry::Plain}}, {993, {Protocol::Imap, Entry::ImplicitTls}}}, true, {}};
  add_input(o.run, "captures/relay-25.pcap");
  o.run.trust = TrustFacts{TrustFacts::Kind::Given, "pki/roots.pem", "", 2};
  o.verdict = Verdict::Fail;
  o.sentence = "2 of 6 mail sessions carried mail or credentials readable by anyone on the path. First: frame 14.";
  o.verdict_reasons = {o.sentence, "1 session could not be judged"};
  o.stories = {
      {Story::Kind::Fallback,
       "192.0.2.7 could not use TLS with 192.0.2.25:25 (session 3, frame 31); 12 s later it spoke in clear on another "
       "connection (session 1, frame 14), by the same name",
       2,
       {{3, seen(31), "TLS failed"}, {1, seen(14), "in clear"}}}};

  JudgedSession* s = &add(o, v4(7, 51'000), v4(25, 25), State::Plaintext, 1);
  s->session.upgrade_offered = seen(6, Side::Server);
  s->session.content = seen(14);
  s->session.headers = seen(14);
  s->session.envelope = seen(10);
  s->session.content_bytes = 812;
  s->session.header_bytes = 400;
  s->session.recipients = 2;
  s->session.messages = 1;
  s->judgement.exposed = {Exposure::Content, Exposure::Headers, Exposure::Envelope};
  find(o, s, Kind::Content, seen(14), "812 octets of 1 message");
  find(o, s, Kind::OfferedNotUsed, seen(10));
  s->session.product = ProductSeen{Product::Postfix, Certainty::High, "3.7.11", seen(4, Side::Server)};
  MessageFacts& facts = s->session.message_facts.emplace();
  facts.octets = facts.largest = 1212;
  facts.from_domains = {"a.example"};
  facts.to_domains = {"b.example", "c.example"};
  facts.received_fields = 2;
  facts.received.resize(2);
  facts.received[0] = {"gate.example", "mx.example", "ESMTPS", "TLSv1.3", "TLS_AES_256_GCM_SHA384",
                       "NO",           256,          true,     1,         seen(14)};
  facts.received[1].by = "gate.example";
  facts.received[1].with = "ESMTP";
  facts.received[1].count = 1;
  facts.received[1].seen = seen(14);

  s = &add(o, v4(20, 51'001), v4(7, 110), State::Mixed, 22);
  upgraded(s->session, 30);
  s->session.tls = tls12(36);
  s->session.credentials = {
      {CredentialKind::Password, "USER/PASS", "al***", 9, seen(27), false},
      {CredentialKind::ChallengeResponse, "APOP", "", 32, seen(29), std::nullopt},
  };
  s->judgement.exposed = {Exposure::Credentials};
  find(o, s, Kind::Password, seen(27), "USER/PASS, user al***, refused");
  find(o, s, Kind::Version12, seen(38, Side::Server));
  find(o, s, Kind::HandshakeCompleted, seen(44, Side::Server));

  s = &add(o, v4(7, 51'002), v4(8, 25), State::Encrypted, 60);
  upgraded(s->session, 66);
  s->session.tls = tls12(70);
  s->session.tls->alpn = "smtp";
  s->session.tls->certificate = seen(72, Side::Server);
  s->session.tls->client_certificate = seen(74);
  s->session.tls->client_chain = {certificate("client.example")};
  s->judgement.chain = chain("mail.example");
  s->judgement.client_chain = chain("client.example");
  find(o, s, Kind::Version12, seen(72, Side::Server));
  find(o, s, Kind::HandshakeCompleted, seen(78, Side::Server));

  s = &add(o, v6(7, 51'003), v6(0x25, 465), State::Encrypted, 90);
  s->session.upgrade_offered = seen(91);  // never to be told: there is nothing to upgrade
  s->session.tls = tls13(93);
  s->judgement.confidence = Confidence::Medium;
  s->judgement.confidence_lacks = {"256 octets of application data in one direction"};
  find(o, s, Kind::HandshakeCompleted, seen(101, Side::Server));
  find(o, s, Kind::PqHybrid, seen(95, Side::Server), "X25519MLKEM768");
  find(o, s, Kind::CertHidden, seen(95, Side::Server));

  s = &add(o, v4(7, 51'004), v4(8, 25), State::Failed, 120);
  upgraded(s->session, 126);
  s->session.tls = tls12(130);
  s->session.tls->established.reset();
  s->session.tls->alerts = {{seen(134), 2, 48}};
  s->session.tls->fatal_alert = s->session.tls->alerts.front();
  s->session.reset = seen(135);
  find(o, s, Kind::HandshakeFailed, seen(134), "alert unknown_ca from the client");

  s = &add(o, v4(9, 51'005), v4(8, 25), State::Inconclusive, 150);
  find(o, s, Kind::CertHidden, seen(152, Side::Server));  // unseen, but not the reason
  s->session.doubts = {{Doubt::Gap, seen(155), false}, {Doubt::Gap, seen(165), true}};
  find(o, s, Kind::Gap, seen(155));

  add(o, v4(99, 51'006), v4(8, 25), State::NoMail, 180);
  find(o, nullptr, Kind::Superframes, seen(16), "65160 octets");
  o.servers[0].products = {{Product::Postfix, Certainty::High, "3.7.11", 1},
                           {Product::CiscoEsa, Certainty::Medium, "", 1}};
  o.servers[1].products = {{Product::Dovecot, Certainty::High, "", 1}};
  return o;
}

Draft sealed() {
  Draft o;
  add_input(o.run, "eth1");
  o.run.inputs[0].format = "live";
  o.run.inputs[0].sha256.clear();
  o.run.inputs[0].dropped = 0;
  o.run.trust = TrustFacts{TrustFacts::Kind::System, "", "/etc/ssl/certs", {}};
  o.verdict = Verdict::Pass;
  o.sentence =
      "No readable mail or credentials in the 3 judged mail flows seen at eth1 between 10:05:02 and 10:05:31 UTC: 3 "
      "were "
      "inside TLS, 0 failed before any mail was sent. 0 carried no mail. 0 could not be judged.";
  o.verdict_reasons = {"no readable mail or credentials"};
  for (std::uint64_t i = 0; i < 3; ++i) {
    JudgedSession& s = add(o, v4(7, static_cast<std::uint16_t>(51'000 + i)), v4(25, 25), State::Encrypted, 1 + 30 * i);
    upgraded(s.session, 7 + 30 * i);
    s.session.tls = tls13(10 + 30 * i);
    find(o, &s, Kind::HandshakeCompleted, seen(20 + 30 * i, Side::Server));
    find(o, &s, Kind::CertHidden, seen(12 + 30 * i, Side::Server));
  }
  return o;
}

Draft unseen() {
  Draft o;
  o.run.scope = Scope{{{25, {Protocol::Smtp, Entry::Plain}}}, false, Severity::Medium};
  add_input(o.run, "monday/mx.pcap");
  add_input(o.run, "tuesday/mx.pcap");
  add_input(o.run, "tuesday/store.pcapng");
  o.run.inputs[1].ended = "truncated";
  o.run.inputs[1].last = *o.run.inputs[1].last + std::chrono::hours{24};
  o.run.inputs[2].format = "pcapng";
  o.run.inputs[2].dropped = 17;
  o.run.inputs[2].ended = "error: block of 4294967295 octets at 18244";
  o.run.failed_inputs = {"wednesday.pcap: no such file; check the name"};
  o.run.skipped_files = {"monday/notes.txt"};
  o.run.evicted = 1;
  o.run.trust = TrustFacts{};
  o.verdict = Verdict::Inconclusive;
  o.sentence =
      "This capture does not show whether mail was encrypted: 4 sessions could not be judged (3 mid-stream, 1 gap). It "
      "is "
      "neither a pass nor a fail.";
  o.verdict_reasons = {"4 sessions could not be judged", "17 packets were dropped by the capturing system"};
  for (std::uint32_t i = 0; i < 3; ++i) {
    JudgedSession& s = add(o, v4(7, static_cast<std::uint16_t>(50'000 + i)), v4(static_cast<std::uint8_t>(25 + i), 25),
                           State::Inconclusive, 3 + i, i);
    s.session.began.reset();
    s.session.doubts = {{Doubt::JoinedMidway, seen(3 + i, Side::Client, i), false}};
    find(o, &s, Kind::MidStream, seen(3 + i, Side::Client, i));
  }
  JudgedSession& s = add(o, v4(7, 50'009), v4(25, 25), State::Inconclusive, 40, 1);
  s.session.doubts = {{Doubt::Fragment, seen(42, Side::Server, 0), false}};  // another input than the session's
  find(o, nullptr, Kind::Drops, seen(0, Side::Client, 2), "17 packets");
  find(o, nullptr, Kind::Truncated, seen(0, Side::Client, 1));
  return o;
}

Draft large(std::size_t sessions, std::size_t servers) {
  Draft o;
  add_input(o.run, "large.pcap");
  o.run.inputs[0].size = 1'073'741'824;
  o.verdict = Verdict::Fail;
  o.sentence = "Some of many were in clear.";
  for (std::size_t i = 0; i < sessions; ++i) {
    const bool clear = i % 10 == 0;
    const auto n = static_cast<std::uint8_t>(i % servers);
    const std::uint64_t frame = 1 + 21 * i;
    JudgedSession& s = add(o, v4(static_cast<std::uint8_t>(100 + n), static_cast<std::uint16_t>(1024 + i % 60'000)),
                           v4(n, 25), clear ? State::Plaintext : State::Encrypted, frame);
    if (clear) {
      s.judgement.exposed = {Exposure::Content};
      find(o, &s, Kind::Content, seen(frame + 9), "812 octets");
    } else {
      upgraded(s.session, frame + 2);
      s.session.tls = i % 2 == 0 ? tls12(frame + 6) : tls13(frame + 6);
      find(o, &s, Kind::HandshakeCompleted, seen(frame + 14));
    }
  }
  return o;
}

Draft hostile(const std::string& text) {
  Draft o = mixed_bag();
  for (JudgedSession& judged : o.sessions) {
    Session& s = judged.session;
    s.upgrade_reply = s.client_name = s.greeting_name = text;
    s.product = ProductSeen{Product::Exim, Certainty::High, text, s.first};
    ReceivedClaim claim;
    claim.from = claim.by = claim.with = claim.version = claim.cipher = claim.verify = text;
    claim.tls = true;
    claim.count = 1;
    claim.seen = s.first;
    MessageFacts& facts = s.message_facts.emplace();
    facts.from_domains = facts.to_domains = {text};
    facts.received = {claim};
    judged.judgement.confidence_lacks = {text};
    for (Credential& c : s.credentials) c.mechanism = c.user = text;
    if (!s.tls) continue;
    s.tls->server_name = text;
    s.tls->alpn = text;
    ClientOffer offer = offer_of(*s.tls);
    offer.alpn = {text};
    s.tls->offer = std::make_shared<const ClientOffer>(std::move(offer));
    auto c = certificate(text);
    c->subject = c->issuer = c->key = c->signature_algorithm = text;
    s.tls->chain = {c};
  }
  for (FindingGroup& group : o.findings)
    for (Occurrence& occurrence : group.occurrences) occurrence.note = text;
  for (Server& server : o.servers) {
    server.names = {text};
    server.greeting_names = {text};
    server.products = {{Product::Exim, Certainty::High, text, 1}};
  }
  o.stories = {{Story::Kind::Gateway, text, 2, {{1, seen(4), text}, {2, seen(9), text}}}};
  for (Hop& hop : o.hops) hop.client_names = {text};
  o.run.inputs[0].path = text;
  o.run.inputs[0].interfaces[0].name = text;
  add_input(o.run, text + "/" + text);
  o.run.inputs[1].ended = "error: " + text;
  o.run.skipped_files = {text};
  o.run.failed_inputs = {text};
  o.sentence = text;
  o.verdict_reasons = {"First: " + text};
  return o;
}

ReportOptions options(int exit_code) {
  ReportOptions made;
  made.arguments = {"check", "relay-25.pcap"};
  made.generated = "2026-11-21T11:00:00Z";
  made.commit = "1a2b3c4d5e6f";
  made.executable_sha256 = std::string(64, 'e');
  made.exit_code = exit_code;
  return made;
}

std::string written(std::string_view format, const Overview& o, const ReportOptions& how) {
  std::ostringstream out;
  find_format(format)->write(out, o, how);
  return out.str();
}

namespace {

/// Writes files into a folder that is gone afterwards, and runs a checker over some of them. "" where it
/// found nothing.
std::string checked(
    std::string_view checker,
    const std::function<std::vector<std::filesystem::path>(const std::filesystem::path& folder)>& write) {
  namespace fs = std::filesystem;
  std::string pattern = (fs::temp_directory_path() / "mailseal-report-XXXXXX").string();
  if (!mkdtemp(pattern.data())) return "no temporary directory";
  const fs::path folder = pattern;
  const fs::path faults = folder / "faults";
  std::string command = std::string(MAILSEAL_PYTHON " " MAILSEAL_SOURCE_DIR "/").append(checker);
  for (const fs::path& file : write(folder)) command += " " + file.string();
  const int status = std::system((command + " > " + faults.string() + " 2>&1").c_str());
  std::ostringstream text;
  text << std::ifstream(faults).rdbuf();
  fs::remove_all(folder);
  if (status == 0) return "";
  return text.str().empty() ? "exit status " + std::to_string(status) : text.str();
}

}  // namespace

std::string schema_faults(const std::vector<std::string>& reports) {
  return checked("scripts/validate_report.py", [&](const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (std::size_t i = 0; i < reports.size(); ++i) {
      files.push_back(folder / (std::to_string(i) + ".json"));
      std::ofstream(files.back(), std::ios::binary) << reports[i];
    }
    return files;
  });
}

/// What `script` prints about files of these contents.
std::string faults_by(std::string_view script, const std::vector<std::string>& contents, const char* suffix) {
  return checked(script, [&](const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (std::size_t i = 0; i < contents.size(); ++i) {
      files.push_back(folder / (std::to_string(i) + suffix));
      std::ofstream(files.back(), std::ios::binary) << contents[i];
    }
    return files;
  });
}

std::string svg_faults(const std::vector<std::string>& pictures) {
  return faults_by("tests/report/check_svg.py", pictures, ".svg");
}

std::string html_faults(const std::vector<std::string>& pages) {
  return faults_by("tests/report/html_check.py", pages, ".html");
}

std::string format_faults(const std::vector<Reported>& reports, const SeeReport& see) {
  return checked("tests/report/formats_check.py", [&](const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    const char* kept = std::getenv("MAILSEAL_KEEP_FORMATS");
    for (std::size_t i = 0; i < reports.size(); ++i) {
      const std::string name = (kept ? std::filesystem::path(kept) : folder) / std::to_string(i);
      for (const Format& format : formats()) {
        std::ostringstream out;
        format.write(out, reports[i].overview, reports[i].options);
        const std::string report = std::move(out).str();
        if (see) see(i, format.name, report);
        std::ofstream(name + std::string(format.suffix), std::ios::binary) << report;
      }
      files.push_back(name + ".json");
    }
    return files;
  });
}

}  // namespace mailseal::sample
