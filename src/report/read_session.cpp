// One session of a JSON report.
#include <algorithm>
#include <climits>
#include <string>

#include "read.h"
#include "words.h"

namespace mailseal {
namespace {

constexpr std::size_t kNamesTold = 100;
constexpr std::size_t kCertificatesShared = 4096, kChainsShared = 64;

class SessionReader {
 public:
  explicit SessionReader(Reading& reading) : reading_(reading) {}

  JudgedSession read(const Value& v) {
    JudgedSession judged;
    Session& s = judged.session;
    Judgement& j = judged.judgement;
    judged.id = v["id"].number();
    if (judged.id == 0) v["id"].refuse("is 0; sessions are counted from 1");
    input_ = read_input(v["input"], reading_);
    s.flow = {endpoint(v["client"]), endpoint(v["server"])};
    s.client_name = text_or_empty(v["client_name"]);
    s.greeting_name = text_or_empty(v["server_name_claimed"]);
    if (v.has("proxy_header")) s.proxy_header = fact(v["proxy_header"], Side::Client);
    if (v.has("product")) product(v["product"], s);
    s.first = place(v["first"], Side::Client);
    s.first.input = input_;  // its own by definition
    s.last = place(v["last"], Side::Server);
    s.closed = read_one_of(v["closed"],
                           std::array{CloseReason::Ended, CloseReason::Reused, CloseReason::Idle, CloseReason::Evicted,
                                      CloseReason::EndOfCapture},
                           [](CloseReason c) { return word(c); });
    s.protocol = read_protocol(v["protocol"]);
    j.role = read_one_of(v["role"], std::array{Role::Access, Role::Relay}, [](Role r) { return word(r); });
    s.submission = j.role == Role::Access;
    s.entry = read_one_of(v["entry"], std::array{Entry::Unknown, Entry::Plain, Entry::ImplicitTls},
                          [](Entry e) { return word(e); });
    upgrade(v["upgrade"], s);
    judgement(v, j);
    v["doubt_places"].each([&](const Value& d) { s.doubts.push_back(doubt(d)); });
    v["doubts"].each([](const Value& d) { doubt_named(d); });  // said again where they stand
    v["credentials"].each([&](const Value& c) { s.credentials.push_back(credential(c)); });
    s.messages = v["messages"].number();
    s.content_bytes = v["content_bytes"].number();
    s.header_bytes = v["header_bytes"].number();
    s.recipients = v["recipients"].number();
    if (v.has("message_facts")) message_facts(v["message_facts"], s);
    s.sides = {counters(v["sides"]["client"]), counters(v["sides"]["server"])};
    if (const Value t = v["tls"]; !t.is_null()) {
      s.tls = tls(t);
      if (t.has("resumed_from")) judged.resumed_from = resumed_from(t["resumed_from"]);
      j.chain = chain(t["chain"]);
      if (t.has("client_chain")) j.client_chain = chain(t["client_chain"]);
    }
    if (v.has("also_seen_as"))
      v["also_seen_as"].each([&](const Value& id) { judged.also_seen_as.push_back(id.number()); });
    if (v.has("canary")) s.canary = canary(v["canary"]);
    judged.finding_kinds = read_kinds(v["findings"], reading_);
    return judged;
  }

 private:
  static Endpoint endpoint(const Value& v) { return {read_address(v["ip"]), read_port(v["port"])}; }

  Seen place(const Value& v, Side side) {
    Seen seen;
    seen.frame = read_frame(v["frame"]);
    seen.input = v.has("input") ? read_input(v["input"], reading_) : input_;
    read_when_and_line(v, seen, reading_);
    seen.side = side;
    return seen;
  }
  Fact fact(const Value& v, Side side) { return v.is_null() ? Fact() : Fact(place(v, side)); }
  /// It happened; JSON does not say where.
  Fact somewhere() const {
    Seen seen;
    seen.input = input_;
    return seen;
  }

  void product(const Value& v, Session& s) {
    const std::optional<Product> known =
        v.unless_null([](const Value& p) { return read_product(p["id"]); }).value_or(std::nullopt);
    if (!known) return;
    ProductSeen& seen = s.product.emplace();
    seen.product = *known;
    seen.certainty = read_certainty(v["certainty"]);
    seen.version = text_or_empty(v["version"]);
    seen.seen = place(v, Side::Server);
  }

  void message_facts(const Value& v, Session& s) {
    if (v.is_null()) return;
    MessageFacts& facts = s.message_facts.emplace();
    facts.octets = v["octets"].number();
    facts.largest = v["largest"].number();
    facts.from_domains = read_texts(v["from_domains"]);
    facts.to_domains = read_texts(v["to_domains"]);
    facts.received_fields = v["received_fields"].number();
    v["received"].each([&](const Value& r) {
      ReceivedClaim& claim = facts.received.emplace_back();
      claim.from = text_or_empty(r["from"]);
      claim.by = text_or_empty(r["by"]);
      claim.with = text_or_empty(r["with"]);
      claim.tls = !r["tls"].is_null() && r["tls"].truth();
      claim.version = text_or_empty(r["version"]);
      claim.cipher = text_or_empty(r["cipher"]);
      claim.bits = r["bits"].unless_null(code);
      claim.verify = text_or_empty(r["verify"]);
      claim.count = r["count"].number();
      claim.seen = place(r, Side::Client);
    });
  }

  void upgrade(const Value& v, Session& s) {
    s.upgrade_offered = fact(v["offered"], Side::Server);
    s.upgrade_requested = fact(v["requested"], Side::Client);
    s.upgrade_accepted = fact(v["accepted"], Side::Server);
    s.upgrade_refused = fact(v["refused"], Side::Server);
    s.upgrade_reply = text_or_empty(v["reply"]);
  }

  void judgement(const Value& v, Judgement& j) {
    j.state = read_state(v["state"]);
    j.confidence = read_one_of(v["confidence"], std::array{Confidence::High, Confidence::Medium, Confidence::Low},
                               [](Confidence c) { return to_string(c); });
    j.confidence_lacks = read_texts(v["confidence_lacks"]);
    j.reasons = read_kinds(v["reasons"], reading_);
    v["exposed"].each([&](const Value& e) {
      constexpr std::array kAll{Exposure::Content, Exposure::Headers, Exposure::Envelope, Exposure::Credentials,
                                Exposure::MailboxActivity};
      j.exposed.push_back(read_one_of(e, kAll, [](Exposure x) { return to_string(x); }));
    });
  }

  static Doubt doubt_named(const Value& v) {
    constexpr std::array kAll{Doubt::JoinedMidway,    Doubt::Gap,      Doubt::OverlapConflict, Doubt::OneSided,
                              Doubt::CutBySnapLength, Doubt::Fragment, Doubt::CaptureEnded,    Doubt::Malformed,
                              Doubt::LimitHit,        Doubt::Evicted};
    return read_one_of(v, kAll, [](Doubt d) { return to_string(d); });
  }
  DoubtSeen doubt(const Value& v) {
    return {doubt_named(v["doubt"]), place(v, Side::Client), v["after_established"].truth()};
  }

  Credential credential(const Value& v) {
    constexpr std::array kKinds{CredentialKind::Password, CredentialKind::Token, CredentialKind::ChallengeResponse,
                                CredentialKind::Scram};
    Credential c{};
    c.kind = read_one_of(v["kind"], kKinds, [](CredentialKind k) { return word(k); });
    c.mechanism = v["mechanism"].text();
    c.user = text_or_empty(v["user"]);
    c.seen = place(v, Side::Client);
    c.accepted = v["accepted"].unless_null([](const Value& a) { return a.truth(); });
    return c;
  }

  static SideCounters counters(const Value& v) {
    SideCounters c;
    c.packets = v["packets"].number();
    c.payload_bytes = v["payload_bytes"].number();
    c.retransmitted = v["retransmitted"].number();
    c.duplicates = v["duplicates"].number();
    c.superframes = v["superframes"].number();
    return c;
  }

  // --- TLS ---

  TlsFacts tls(const Value& v) {
    TlsFacts t;
    t.established = fact(v["established_at"], Side::Server);
    if (v["established"].truth() != t.established.has_value())
      v["established"].refuse("does not agree with established_at");
    t.client_hello = fact(v["client_hello"], Side::Client);
    t.server_hello = fact(v["server_hello"], Side::Server);
    t.first_record = t.client_hello ? t.client_hello : t.server_hello;
    if (v.has("version_code")) t.version = code(v["version_code"]);
    if (v.has("cipher_suite_code")) t.cipher_suite = code(v["cipher_suite_code"]);
    v["version"].unless_null([](const Value& n) { return n.text(); });
    v["cipher_suite"].unless_null([](const Value& n) { return n.text(); });
    group(v, t);
    t.dh_bits = v["dh_bits"].unless_null([](const Value& n) { return static_cast<int>(n.number(INT_MAX)); });
    // In TLS 1.3 the suite does not say it: it was seen in the handshake.
    const CipherSuite* suite = t.server_hello ? find_suite(t.cipher_suite) : nullptr;
    t.psk_without_key_share = text_or_empty(v["key_exchange"]) == "PSK" && in_tls13(t, suite);
    t.server_name = text_or_empty(v["server_name"]);
    t.alpn = v["alpn"].unless_null([](const Value& n) { return n.text(); });
    t.resumed = v["resumed"].truth();
    if (v["hello_retry"].truth()) t.hello_retry = somewhere();
    if (const Value o = v["offered"]; !o.is_null()) {
      ClientOffer offer = offered(o);
      if (v.has("ja3")) offer.ja3 = v["ja3"].text();
      if (v.has("ja4")) offer.ja4 = v["ja4"].text();
      if (v.has("hello")) hello_of_client(v["hello"], offer, t);
      t.offer = shared(std::move(offer));
      if (!t.client_hello) t.sslv2_hello = somewhere();
    }
    if (v.has("hello")) hello_of_server(v["hello"], t);
    if (v.has("ja3s")) t.ja3s = std::make_shared<const std::string>(v["ja3s"].text());
    strength(v, t);
    v["alerts"].each([&](const Value& a) { t.alerts.push_back(alert(a)); });
    for (const Alert& a : t.alerts)
      if (a.level == kFatal && !t.fatal_alert) t.fatal_alert = a;
    v["certificates"].each([&](const Value& c) { t.chain.push_back(certificate(c)); });
    t.chain_hidden = v["certificates_hidden"].truth();
    if (v.has("certificate_at")) t.certificate = fact(v["certificate_at"], Side::Server);
    if (v.has("client_certificate_at")) t.client_certificate = fact(v["client_certificate_at"], Side::Client);
    if (v.has("client_certificates"))
      v["client_certificates"].each([&](const Value& c) { t.client_chain.push_back(certificate(c)); });
    t.chain_decrypted = v.has("certificates_from") && v["certificates_from"].text() == "decrypted";
    if (v.has("inside")) t.inside = inside(v["inside"]);
    const Value octets = v["application_bytes"];
    t.application_bytes = {octets["client"].number(), octets["server"].number()};
    if (v.has("payload_test")) payload_test(v["payload_test"], t);
    return t;
  }

  void payload_test(const Value& v, TlsFacts& t) {
    const auto sample = [&](const Value& s, Side side) {
      if (s.is_null()) return PayloadSample{};
      return PayloadSample{static_cast<std::uint16_t>(s["bytes"].number(0xffff)),
                           static_cast<std::uint32_t>(s["chi_square"].number(UINT32_MAX)), place(s, side)};
    };
    t.payload = {sample(v["client"], Side::Client), sample(v["server"], Side::Server)};
    t.printable_run = fact(v["printable_run"], Side::Client);
  }

  CanaryFacts canary(const Value& v) {
    constexpr std::array kForms{CanaryForm::AsItStands, CanaryForm::Wrapped, CanaryForm::EncodedWord,
                                CanaryForm::QuotedPrintable, CanaryForm::Base64};
    constexpr std::array kLayers{CanaryLayer::Clear, CanaryLayer::Deflate, CanaryLayer::NullSuite,
                                 CanaryLayer::TlsRecords};
    CanaryFacts facts;
    facts.clear_bytes = v["clear_bytes"].number();
    facts.tls_bytes = v["tls_bytes"].number();
    v["seen"].each([&](const Value& m) {
      CanarySeen& seen = facts.seen.emplace_back();
      seen.seen = place(m, read_side(m["side"]));
      seen.seen.offset = m["stream_offset"].number();
      seen.sha256 = m["sha256"].word();
      seen.charset = read_charset(m["charset"]);
      seen.form = read_one_of(m["form"], kForms, [](CanaryForm f) { return to_string(f); });
      seen.layer = read_one_of(m["layer"], kLayers, [](CanaryLayer l) { return to_string(l); });
    });
    return facts;
  }

  Inside inside(const Value& v) {
    constexpr std::array kAll{Decryption::Decrypted,    Decryption::NoKey,   Decryption::WrongKey,
                              Decryption::Unsupported,  Decryption::Gap,     Decryption::Damaged,
                              Decryption::Renegotiated, Decryption::LimitHit};
    const auto decryption = [&](const Value& d) {
      return read_one_of(d, kAll, [](Decryption x) { return to_string(x); });
    };
    Inside i;
    const Value how = v["decryption"];
    i.state = decryption(how["state"]);
    i.records = how["records"].number();
    i.first = fact(how["first"], Side::Client);
    how["stopped"].each([&](const Value& u) {
      i.stopped.push_back({decryption(u["why"]), place(u, read_side(u["side"]))});
    });
    i.protocol = read_protocol(v["protocol"]);
    i.client_name = text_or_empty(v["client_name"]);
    i.commands = v["commands"].number();
    i.messages = v["messages"].number();
    i.recipients = v["recipients"].number();
    v["mechanisms"].each([&](const Value& l) {
      i.logins.push_back({l["mechanism"].text(), text_or_empty(l["user"]), place(l, Side::Client),
                          l["accepted"].unless_null([](const Value& a) { return a.truth(); })});
    });
    v["statuses"].each([&](const Value& s) {
      i.statuses.push_back({s["code"].text(), text_or_empty(s["enhanced"]), place(s, Side::Server)});
    });
    return i;
  }

  void group(const Value& v, TlsFacts& t) {
    const Value name = v["group"];
    if (v.has("group_code"))
      t.group = code(v["group_code"]);
    else if (!name.is_null())
      t.group = named(name, group_code);
  }

  ClientOffer offered(const Value& v) {
    ClientOffer offer;
    offer.versions = all_named(v["versions"], version_code);
    offer.suites = all_named(v["cipher_suites"], suite_code);
    offer.groups = all_named(v["groups"], group_code);
    offer.schemes = all_named(v["signature_schemes"], signature_scheme_code);
    offer.alpn = read_texts(v["alpn"]);
    if (v.has("key_shares")) offer.key_shares = all_named(v["key_shares"], group_code);
    return offer;
  }

  // --- what came with later versions of the program: an older report does not have it ---

  static bool holds(const Value& v) {
    return v.unless_null([](const Value& n) { return n.truth(); }).value_or(false);
  }

  void hello_of_client(const Value& v, ClientOffer& offer, TlsFacts& t) const {
    offer.ems = holds(v["extended_master_secret_offered"]);
    offer.reneg_info = holds(v["secure_renegotiation_offered"]);
    offer.encrypt_then_mac = holds(v["encrypt_then_mac_offered"]);
    offer.truncated_hmac = holds(v["truncated_hmac_offered"]);
    offer.heartbeat = holds(v["heartbeat_offered"]);
    offer.ticket = holds(v["tickets_offered"]);
    offer.ocsp = holds(v["ocsp_requested"]);
    offer.sct = holds(v["sct_requested"]);
    offer.psk = holds(v["psk_offered"]);
    offer.early_data = holds(v["early_data_offered"]);
    offer.ech = holds(v["ech_offered"]);
    offer.fallback_scsv = holds(v["fallback_scsv"]);
    if (holds(v["early_data_sent"])) t.early_data = somewhere();
  }

  void hello_of_server(const Value& v, TlsFacts& t) const {
    t.ems = holds(v["extended_master_secret"]);
    t.reneg_info = holds(v["secure_renegotiation"]);
    t.encrypt_then_mac = holds(v["encrypt_then_mac"]);
    t.truncated_hmac = holds(v["truncated_hmac"]);
    t.heartbeat = holds(v["heartbeat"]);
    t.compression = holds(v["compression"]);
    t.sct = holds(v["sct_sent"]);
    if (holds(v["ticket_issued"])) t.ticket = somewhere();
    if (holds(v["ocsp_stapled"])) t.certificate_status = somewhere();
    if (v.has("downgrade_sentinel")) t.sentinel = static_cast<std::uint8_t>(v["downgrade_sentinel"].number(1));
  }

  void strength(const Value& v, TlsFacts& t) {
    if (v.has("dh_prime_sha256"))
      t.dh_prime = std::make_shared<const DhPrime>(
          DhPrime{v.has("dh_group") ? v["dh_group"].text() : std::string(), v["dh_prime_sha256"].word()});
    if (v.has("server_signature")) t.server_signature = named(v["server_signature"], signature_scheme_code);
  }

  static ResumedFrom resumed_from(const Value& v) {
    constexpr std::array kAll{ResumedFrom::By::SessionId, ResumedFrom::By::Ticket, ResumedFrom::By::SamePair};
    ResumedFrom from;
    from.session = v["session"].number();
    from.by = read_one_of(v["by"], kAll, [](ResumedFrom::By by) { return word(by); });
    return from;
  }

  /// Many sessions have the same one: the last few are kept.
  std::shared_ptr<const ClientOffer> shared(ClientOffer offer) {
    constexpr std::size_t kKept = 64;
    for (const auto& known : reading_.offers)
      if (*known == offer) return known;
    if (reading_.offers.size() == kKept) reading_.offers.pop_front();
    return reading_.offers.emplace_back(std::make_shared<const ClientOffer>(std::move(offer)));
  }

  template <class ToCode>
  std::optional<std::uint16_t> named(const Value& v, ToCode to_code) {
    const std::string name = v.text();
    const auto known = to_code(name);
    if (!known && reading_.unknown_names.size() < kNamesTold) reading_.unknown_names.insert(name.substr(0, 60));
    return known;
  }
  template <class ToCode>
  std::vector<std::uint16_t> all_named(const Value& v, ToCode to_code) {
    std::vector<std::uint16_t> codes;
    v.each([&](const Value& name) {
      if (const auto known = named(name, to_code)) codes.push_back(*known);
    });
    return codes;
  }

  Alert alert(const Value& v) {
    Alert a;
    a.seen = place(v, read_side(v["side"]));
    constexpr std::array<std::uint8_t, 3> kLevels{1, kFatal, 0};
    a.level = read_one_of(v["level"], kLevels, [](std::uint8_t level) {
      return level == 1 ? std::string_view("warning") : level == kFatal ? "fatal" : "unknown";
    });
    const std::string name = v["description"].text();
    const auto known = alert_code(name);
    if (!known) v["description"].refuse("is \"" + name.substr(0, 40) + "\", no alert that is known here");
    a.description = known.value_or(0);
    return a;
  }

  /// Many sessions show the same one: it is kept once.
  std::shared_ptr<const Certificate> certificate(const Value& v) {
    auto made = std::make_shared<Certificate>();
    Certificate& c = *made;
    c.sha256 = v["sha256"].word();
    c.parsed = v["parsed"].truth();
    c.subject = text_or_empty(v["subject"]);
    c.issuer = text_or_empty(v["issuer"]);
    c.serial = v["serial"].unless_null([](const Value& n) { return n.word(); }).value_or("");
    c.names = read_texts(v["names"]);
    c.not_before = v["not_before"].unless_null(read_time);
    c.not_after = v["not_after"].unless_null(read_time);
    c.key = text_or_empty(v["key"]);
    c.key_bits =
        v["key_bits"].unless_null([](const Value& n) { return static_cast<int>(n.number(INT_MAX)); }).value_or(0);
    c.signature_algorithm = text_or_empty(v["signature_algorithm"]);
    const auto truth = [&](const char* name) {
      return v[name].unless_null([](const Value& n) { return n.truth(); }).value_or(false);
    };
    c.self_signed = truth("self_signed");
    if (v.has("spki_sha256")) {  // not in reports of older versions
      c.spki_sha256 = v["spki_sha256"].unless_null([](const Value& n) { return n.word(); }).value_or("");
      c.curve = text_or_empty(v["curve"]);
      c.is_ca = truth("is_ca");
      c.has_alternative_names = truth("has_alternative_names");
      c.has_scts = truth("has_scts");
      if (const Value usages = v["extended_key_usages"]; !usages.is_null()) {
        c.has_key_usages = true;
        usages.each([&](const Value& usage) {
          (read_one_of(usage, std::array{Purpose::Server, Purpose::Client}, usage_name) == Purpose::Server
               ? c.for_servers
               : c.for_clients) = true;
        });
      }
    }

    const auto known = reading_.certificates.find(c.sha256);
    if (known != reading_.certificates.end()) return same(*known->second, c) ? known->second : made;
    if (reading_.certificates.size() < kCertificatesShared) reading_.certificates.emplace(c.sha256, made);
    return made;
  }
  static bool same(const Certificate& a, const Certificate& b) {
    return a.parsed == b.parsed && a.subject == b.subject && a.issuer == b.issuer && a.serial == b.serial &&
           a.names == b.names && a.not_before == b.not_before && a.not_after == b.not_after && a.key == b.key &&
           a.key_bits == b.key_bits && a.signature_algorithm == b.signature_algorithm &&
           a.self_signed == b.self_signed && a.spki_sha256 == b.spki_sha256 && a.curve == b.curve &&
           a.is_ca == b.is_ca && a.has_alternative_names == b.has_alternative_names && a.has_scts == b.has_scts &&
           a.has_key_usages == b.has_key_usages && a.for_servers == b.for_servers && a.for_clients == b.for_clients;
  }
  static std::string_view usage_name(Purpose p) { return p == Purpose::Server ? "serverAuth" : "clientAuth"; }

  /// Likewise: the last one that was read is most often the next one, too.
  std::shared_ptr<const ChainResult> chain(const Value& v) {
    if (v.is_null()) return nullptr;
    ChainResult r;
    r.ok = v["ok"].truth();
    const auto number = [](const Value& n) { return static_cast<int>(n.number(INT_MAX)); };
    r.error_code = v["error_code"].unless_null(number);
    r.error = v["error"].text();
    r.depth = v["depth"].unless_null(number);
    r.dates_checked = v["dates_checked"].truth();
    v["steps"].each([&](const Value& step) {
      r.steps.push_back({number(step["depth"]), step["subject"].text(), number(step["error_code"])});
    });
    auto& known = reading_.chains;
    const auto same = std::find_if(known.begin(), known.end(), [&](const auto& k) { return *k == r; });
    if (same != known.end()) return *same;
    if (known.size() == kChainsShared) known.clear();
    return known.emplace_back(std::make_shared<ChainResult>(std::move(r)));
  }

  static std::uint16_t code(const Value& v) { return static_cast<std::uint16_t>(v.number(0xffff)); }
  static std::string text_or_empty(const Value& v) { return v.is_null() ? std::string() : v.text(); }

  static constexpr std::uint8_t kFatal = 2;  // RFC 8446 6: AlertLevel

  Reading& reading_;
  std::uint32_t input_ = 0;  ///< the session's
};

}  // namespace

void read_when_and_line(const Value& v, Seen& seen, Reading& reading) {
  seen.time = v["time"].unless_null(read_time).value_or(Timestamp{});
  constexpr std::uint64_t kMostNanoseconds = std::uint64_t{1} << 62;
  if (v.has("elapsed_ns"))
    seen.time =
        Timestamp(std::chrono::nanoseconds(static_cast<std::int64_t>(v["elapsed_ns"].number(kMostNanoseconds))));
  if (v.has("line") && seen.frame != 0) reading.lines[seen.input].add(seen.frame, v["line"].number());
}

JudgedSession read_session(const Value& v, Reading& reading) { return SessionReader(reading).read(v); }

}  // namespace mailseal
