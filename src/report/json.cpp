// JSON: mailseal-report/1, the one machine-readable form of a result.
//
// Streamed, so that a report of 100,000 sessions needs no memory of its own. Each session,
// server, hop and finding stands on a line, so that `grep` finds a session.
// Same overview, same octets: nothing here depends on an address, a locale or a clock.
//
// Names and meanings: schema/mailseal-report-1.schema.json. null means "not seen", never "fine".
#include <numeric>

#include "formats.h"
#include "json_writer.h"
#include "words.h"

namespace mailseal {
namespace {

using Layout = JsonWriter::Layout;

std::optional<std::string_view> told(std::string_view s) { return s.empty() ? std::nullopt : std::optional(s); }

/// A packet without a date (a text source) has time zero; frame 0 is no packet.
std::optional<std::string> dated(Timestamp t) { return t == Timestamp{} ? std::nullopt : std::optional(to_string(t)); }
std::optional<std::string> dated(const std::optional<Timestamp>& t) {
  return t ? std::optional(to_string(*t)) : std::nullopt;
}
std::optional<std::uint64_t> numbered(std::uint64_t frame) { return frame == 0 ? std::nullopt : std::optional(frame); }

class Report {
 public:
  Report(std::ostream& out, const Overview& overview) : json_(out), overview_(overview) {}

  void write(const ReportOptions& options) {
    json_.object([&] { members(options); }, Layout::Lines);
  }

 private:
  void members(const ReportOptions& options) {
    const RunFacts& run = overview_.run;
    json_.member("schema", "mailseal-report/1");
    json_.object("tool", [&] {
      json_.member("name", "mailseal");
      json_.member("version", options.version);
      json_.member("registry_date", options.registry);
      texts("arguments", options.arguments);
    });
    json_.member("generated", options.generated);
    json_.member("exit_code", options.exit_code);
    json_.member("redaction", to_string(options.redact));
    if (run.scope)
      json_.object("scope", [&] { scope(*run.scope); });
    else
      json_.member("scope", nullptr);
    std::vector<std::size_t> inputs(run.inputs.size());
    std::iota(inputs.begin(), inputs.end(), std::size_t{0});
    lines("inputs", inputs, [&](std::size_t i) { input(run.inputs[i], i); });
    trust(run.trust);
    texts("failed_inputs", run.failed_inputs);
    texts("skipped_files", run.skipped_files);
    json_.member("evicted", run.evicted);
    json_.member("verdict", to_string(overview_.verdict));
    json_.member("sentence", overview_.sentence);
    texts("verdict_reasons", overview_.verdict_reasons);
    counts(overview_.counts);
    lines("sessions", overview_.sessions, [&](const JudgedSession& s) { session(s); });
    lines("servers", overview_.servers, [&](const Server& s) { server(s); });
    lines("hops", overview_.hops, [&](const Hop& h) { hop(h); });
    lines("findings", overview_.findings, [&](const FindingGroup& g) { finding(g); });
  }

  // --- forms that recur ---

  /// A list whose elements are objects, one on a line; `body` writes the members of one.
  template <class Elements, class Body>
  void lines(std::string_view name, const Elements& elements, Body body) {
    objects(name, elements, body, Layout::Lines);
  }
  template <class Elements, class Body>
  void objects(std::string_view name, const Elements& elements, Body body, Layout layout = Layout::Compact) {
    json_.list(
        name, elements, [&](const auto& element) { json_.object([&] { body(element); }); }, layout);
  }
  template <class Strings>
  void texts(std::string_view name, const Strings& strings) {
    json_.list(name, strings, [&](const auto& s) { json_.value(s); });
  }
  template <class Codes, class ToName>
  void names(std::string_view name, const Codes& codes, ToName to_name) {
    json_.list(name, codes, [&](const auto& code) { json_.value(to_name(code)); });
  }

  void address(const Endpoint& e) {
    json_.member("ip", to_string(e.address));
    json_.member("port", e.port);
  }

  void counts(const Counts& by_state) {
    json_.object("counts", [&] {
      json_.member("sessions", total(by_state));
      for (std::size_t i = 0; i < kStates; ++i) json_.member(to_string(static_cast<State>(i)), by_state[i]);
    });
  }

  /// The input is named only where it is not the session's.
  void place(const Seen& seen) {
    json_.member("frame", numbered(seen.frame));
    json_.member("time", dated(seen.time));
    if (seen.input != session_input_) json_.member("input", seen.input);
  }
  void place(std::string_view name, const std::optional<Seen>& seen) {
    if (seen)
      json_.object(name, [&] { place(*seen); });
    else
      json_.member(name, nullptr);
  }

  // --- inputs, and what was looked for in them ---

  void scope(const Scope& s) {
    objects("ports", s.ports, [&](const auto& at) {
      json_.member("port", at.first);
      json_.member("protocol", to_string(at.second.protocol));
      json_.member("entry", word(at.second.entry));
    });
    json_.member("any_port", s.any_port);
    json_.member("fail_on", s.fail_on ? std::optional(to_string(*s.fail_on)) : std::nullopt);
  }

  void trust(const std::optional<TrustFacts>& t) {
    if (!t) {
      json_.member("trust_store", nullptr);
      return;
    }
    json_.object("trust_store", [&] {
      json_.member("kind", word(t->kind));
      json_.member("file", told(t->file));
      json_.member("folder", told(t->folder));
      json_.member("certificates", t->certificates);
    });
  }

  void input(const InputFacts& f, std::size_t index) {
    json_.member("path", f.path);
    json_.member("format", f.format);
    json_.member("sha256", told(f.sha256));
    json_.member("size", f.size);
    objects("interfaces", f.interfaces, [&](const InterfaceFacts& face) {
      json_.member("name", face.name);
      json_.member("link_type", link_type_name(face.link_type));
      json_.member("link_type_code", face.link_type);
      json_.member("snap_length", numbered(face.snap_length));
    });
    json_.member("packets", f.packets);
    json_.member("first", dated(f.first));
    json_.member("last", dated(f.last));
    json_.member("backward_steps", f.backward_steps);
    json_.member("backward_frame", f.backward_frame);
    json_.member("dropped", f.dropped);
    json_.object("skipped", [&] {
      if (index >= overview_.run.skipped.size()) return;
      for (const auto& [reason, packets] : overview_.run.skipped[index]) json_.member(reason, packets);
    });
    json_.member("ended", f.ended);
  }

  // --- one session ---

  void session(const JudgedSession& judged) {
    const Session& s = judged.session;
    const Judgement& j = judged.judgement;
    session_input_ = s.first.input;
    json_.member("id", judged.id);
    json_.member("input", s.first.input);
    json_.object("client", [&] { address(s.flow.client); });
    json_.object("server", [&] { address(s.flow.server); });
    place("first", s.first);
    place("last", s.last);
    json_.member("closed", word(s.closed));
    json_.member("protocol", to_string(s.protocol));
    json_.member("role", word(j.role));
    json_.member("entry", word(s.entry));
    json_.member("client_name", told(s.client_name));
    json_.member("server_name_claimed", told(s.greeting_name));
    json_.object("upgrade", [&] { upgrade(s); });
    json_.member("state", to_string(j.state));
    json_.member("confidence", to_string(j.confidence));
    texts("confidence_lacks", j.confidence_lacks);
    names("reasons", j.reasons, [](const FindingKind* kind) { return kind->id; });
    names("exposed", j.exposed, [](Exposure e) { return to_string(e); });
    names("doubts", doubts(s), [](Doubt d) { return to_string(d); });
    doubt_places(s.doubts);
    objects("credentials", s.credentials, [&](const Credential& c) { credential(c); });
    json_.member("messages", s.messages);
    json_.member("content_bytes", s.content_bytes);
    json_.member("header_bytes", s.header_bytes);
    json_.member("recipients", s.recipients);
    json_.object("sides", [&] {
      json_.object("client", [&] { counters(s.sides[0]); });
      json_.object("server", [&] { counters(s.sides[1]); });
    });
    if (s.tls)
      json_.object("tls", [&] { tls(*s.tls, judged); });
    else
      json_.member("tls", nullptr);
    names("findings", judged.finding_kinds, [](const FindingKind* kind) { return kind->id; });
  }

  void upgrade(const Session& s) {
    // On implicit TLS there is nothing to upgrade: all of it is null.
    const bool implicit = s.entry == Entry::ImplicitTls;
    const auto fact = [&](std::string_view name, const std::optional<Seen>& seen) {
      place(name, implicit ? std::nullopt : seen);
    };
    fact("offered", s.upgrade_offered);
    fact("requested", s.upgrade_requested);
    fact("accepted", s.upgrade_accepted);
    fact("refused", s.upgrade_refused);
    json_.member("reply", implicit ? std::nullopt : told(s.upgrade_reply));
  }

  void doubt_places(const std::vector<DoubtSeen>& all) {
    objects("doubt_places", all, [&](const DoubtSeen& d) {
      place(d.seen);
      json_.member("doubt", to_string(d.doubt));
      json_.member("after_established", d.after_established);
    });
  }

  /// That there was one, whose, and how it went: not even its length.
  void credential(const Credential& c) {
    place(c.seen);
    json_.member("kind", word(c.kind));
    json_.member("mechanism", c.mechanism);
    json_.member("user", told(c.user));
    json_.member("accepted", c.accepted);
  }

  void counters(const SideCounters& c) {
    json_.member("packets", c.packets);
    json_.member("payload_bytes", c.payload_bytes);
    json_.member("retransmitted", c.retransmitted);
    json_.member("duplicates", c.duplicates);
    json_.member("superframes", c.superframes);
  }

  void tls(const TlsFacts& t, const JudgedSession& judged) {
    const bool chosen = t.server_hello.has_value();
    const CipherSuite* suite = chosen ? find_suite(t.cipher_suite) : nullptr;
    json_.member("established", t.established.has_value());
    place("established_at", t.established);
    place("client_hello", t.client_hello);
    place("server_hello", t.server_hello);
    json_.member("version", t.version ? std::optional(version_name(t.version)) : std::nullopt);
    json_.member("version_code", t.version ? std::optional(t.version) : std::nullopt);
    json_.member("cipher_suite", chosen ? std::optional(suite_name(t.cipher_suite)) : std::nullopt);
    json_.member("cipher_suite_code", chosen ? std::optional(t.cipher_suite) : std::nullopt);
    json_.member("cipher_openssl", suite ? told(suite->openssl_name) : std::nullopt);
    json_.member("cipher_bits", suite ? std::optional(suite->bits) : std::nullopt);
    json_.member("key_exchange", key_exchange(t, suite));
    json_.member("group", t.group ? std::optional(group_name(*t.group)) : std::nullopt);
    json_.member("group_code", t.group);
    json_.member("dh_bits", t.dh_bits);
    json_.member("forward_secrecy", forward_secrecy(t, suite));
    json_.member("server_name", told(t.server_name));
    json_.member("alpn", t.alpn);
    json_.member("resumed", t.resumed);
    json_.member("hello_retry", t.hello_retry.has_value());
    strength(t, suite);
    json_.object("hello", [&] { hello(t); });
    fingerprints(t);
    if (const auto& resumed_from = judged.resumed_from)
      json_.object("resumed_from", [&] {
        json_.member("session", resumed_from->session);
        json_.member("by", word(resumed_from->by));
      });
    else
      json_.member("resumed_from", nullptr);
    if (t.client_hello || t.sslv2_hello)
      json_.object("offered", [&] { offered(t); });
    else
      json_.member("offered", nullptr);
    objects("alerts", t.alerts, [&](const Alert& a) { alert(a); });
    objects("certificates", t.chain, [&](const auto& c) { certificate(*c); });
    json_.member("certificates_hidden", t.chain_hidden);
    json_.member("certificates_from", t.chain.empty()     ? std::nullopt
                                      : t.chain_decrypted ? std::optional("decrypted")
                                                          : std::optional("wire"));
    json_.object("application_bytes", [&] {
      json_.member("client", t.application_bytes[0]);
      json_.member("server", t.application_bytes[1]);
    });
    payload_test(t);
    chain("chain", judged.judgement.chain.get());
    place("certificate_at", t.certificate);
    place("client_certificate_at", t.client_certificate);
    objects("client_certificates", t.client_chain, [&](const auto& c) { certificate(*c); });
    chain("client_chain", judged.judgement.client_chain.get());
    if (t.inside)
      json_.object("inside", [&] { inside(*t.inside); });
    else
      json_.member("inside", nullptr);
  }

  void chain(std::string_view name, const ChainResult* result) {
    if (!result) {
      json_.member(name, nullptr);
      return;
    }
    json_.object(name, [&] {
      json_.member("ok", result->ok);
      json_.member("error_code", result->error_code);
      json_.member("error", result->error);
      json_.member("depth", result->depth);
      json_.member("dates_checked", result->dates_checked);
      objects("steps", result->steps, [&](const ChainResult::Step& step) {
        json_.member("depth", step.depth);
        json_.member("subject", step.subject);
        json_.member("error_code", step.error_code);
      });
    });
  }

  void payload_test(const TlsFacts& t) {
    const auto sample = [&](std::string_view name, const PayloadSample& tested) {
      if (tested.bytes == 0) return json_.member(name, nullptr);
      json_.object(name, [&] {
        place(*tested.last);
        json_.member("bytes", tested.bytes);
        json_.member("chi_square", tested.chi_square);
      });
    };
    json_.object("payload_test", [&] {
      sample("client", t.payload[0]);
      sample("server", t.payload[1]);
      place("printable_run", t.printable_run);
    });
  }

  void inside(const Inside& i) {
    json_.object("decryption", [&] {
      json_.member("state", to_string(i.state));
      json_.member("records", i.records);
      place("first", i.first);
      objects("stopped", i.stopped, [&](const Undecrypted& u) {
        place(u.seen);
        json_.member("side", word(u.seen.side));
        json_.member("why", to_string(u.why));
      });
    });
    json_.member("protocol", to_string(i.protocol));
    json_.member("client_name", told(i.client_name));
    json_.member("commands", i.commands);
    json_.member("messages", i.messages);
    json_.member("recipients", i.recipients);
    objects("mechanisms", i.logins, [&](const InsideLogin& l) {
      place(l.seen);
      json_.member("mechanism", l.mechanism);
      json_.member("user", told(l.user));
      json_.member("accepted", l.accepted);
    });
    objects("statuses", i.statuses, [&](const InsideStatus& s) {
      place(s.seen);
      json_.member("code", s.code);
      json_.member("enhanced", told(s.enhanced));
    });
  }

  void offered(const TlsFacts& t) {
    const ClientOffer& offer = offer_of(t);
    names("versions", offer.versions, version_name);
    names("cipher_suites", offer.suites, suite_name);
    names("groups", offer.groups, group_name);
    names("signature_schemes", offer.schemes, signature_scheme_name);
    texts("alpn", offer.alpn);
    names("key_shares", offer.key_shares, group_name);
  }

  void strength(const TlsFacts& t, const CipherSuite* suite) {
    json_.member("effective_bits", suite ? std::optional(suite->bits) : std::nullopt);
    json_.member("kx_bits", key_exchange_bits(t));
    json_.member("dh_group", t.dh_prime ? told(t.dh_prime->name) : std::nullopt);
    json_.member("dh_prime_sha256", t.dh_prime ? told(t.dh_prime->sha256) : std::nullopt);
    json_.member("server_signature",
                 t.server_signature ? std::optional(signature_scheme_name(*t.server_signature)) : std::nullopt);
  }

  /// What the client offered, then what the server did with it, where that is visible: TLS 1.3 hides the most of it.
  void hello(const TlsFacts& t) {
    const ClientOffer& offer = offer_of(t);
    const auto of_client = [&](std::string_view name, bool holds) {
      json_.member(name, t.offer ? std::optional(holds) : std::nullopt);
    };
    const auto of_server = [&](std::string_view name, bool holds) {
      json_.member(name, tells_extensions(t) ? std::optional(holds) : std::nullopt);
    };
    // Where the handshake was not seen to its end, a message may be missing, not withheld.
    const auto message = [&](std::string_view name, const Fact& seen) {
      const bool told = seen || (tells_extensions(t) && t.established);
      json_.member(name, told ? std::optional(seen.has_value()) : std::nullopt);
    };
    of_client("extended_master_secret_offered", offer.ems);
    of_server("extended_master_secret", t.ems);
    of_client("secure_renegotiation_offered", offer.reneg_info);
    of_server("secure_renegotiation", t.reneg_info);
    of_client("encrypt_then_mac_offered", offer.encrypt_then_mac);
    of_server("encrypt_then_mac", t.encrypt_then_mac);
    of_client("truncated_hmac_offered", offer.truncated_hmac);
    of_server("truncated_hmac", t.truncated_hmac);
    of_client("heartbeat_offered", offer.heartbeat);
    of_server("heartbeat", t.heartbeat);
    of_server("compression", t.compression);
    of_client("tickets_offered", offer.ticket);
    message("ticket_issued", t.ticket);
    of_client("ocsp_requested", offer.ocsp);
    message("ocsp_stapled", t.certificate_status);
    of_client("sct_requested", offer.sct);
    of_server("sct_sent", t.sct);
    of_client("psk_offered", offer.psk);
    of_client("early_data_offered", offer.early_data);
    of_client("early_data_sent", t.early_data.has_value());
    of_client("ech_offered", offer.ech);
    of_client("fallback_scsv", offer.fallback_scsv);
    json_.member("downgrade_sentinel",
                 t.server_hello && t.sentinel <= 1 ? std::optional<int>(t.sentinel) : std::nullopt);
  }

  void fingerprints(const TlsFacts& t) {
    json_.member("ja3", told(offer_of(t).ja3));
    json_.member("ja3s", t.ja3s ? told(*t.ja3s) : std::nullopt);
    json_.member("ja4", told(offer_of(t).ja4));
  }

  void alert(const Alert& a) {
    // RFC 8446 6: "enum { warning(1), fatal(2), (255) } AlertLevel;"
    place(a.seen);
    json_.member("side", word(a.seen.side));
    json_.member("level", a.level == 1 ? "warning" : a.level == 2 ? "fatal" : "unknown");
    json_.member("description", alert_name(a.description));
  }

  void certificate(const Certificate& c) {
    json_.member("subject", c.parsed ? std::optional(c.subject) : std::nullopt);
    json_.member("issuer", c.parsed ? std::optional(c.issuer) : std::nullopt);
    json_.member("serial", told(c.serial));
    texts("names", c.names);
    json_.member("not_before", dated(c.not_before));
    json_.member("not_after", dated(c.not_after));
    json_.member("key", told(c.key));
    json_.member("key_bits", c.key_bits > 0 ? std::optional(c.key_bits) : std::nullopt);
    json_.member("signature_algorithm", told(c.signature_algorithm));
    json_.member("sha256", c.sha256);
    json_.member("parsed", c.parsed);
    json_.member("self_signed", c.parsed ? std::optional(c.self_signed) : std::nullopt);
    const auto if_parsed = [&](bool fact) { return c.parsed ? std::optional(fact) : std::nullopt; };
    json_.member("spki_sha256", told(c.spki_sha256));
    json_.member("curve", told(c.curve));
    json_.member("is_ca", if_parsed(c.is_ca));
    json_.member("has_alternative_names", if_parsed(c.has_alternative_names));
    json_.member("has_scts", if_parsed(c.has_scts));
    if (!c.has_key_usages) {
      json_.member("extended_key_usages", nullptr);
      return;
    }
    std::vector<std::string_view> usages;  // the two that are asked for here, also where it names any
    if (c.for_servers) usages.emplace_back("serverAuth");
    if (c.for_clients) usages.emplace_back("clientAuth");
    texts("extended_key_usages", usages);
  }

  // --- what is gathered from them ---

  void server(const Server& s) {
    address(s.endpoint);
    json_.member("protocol", to_string(s.protocol));
    texts("names", s.names);
    texts("greeting_names", s.greeting_names);
    counts(s.counts);
    json_.member("state", to_string(s.state));
    json_.member("observed_level", s.observed_level);
    std::set<std::string_view> ids;  // by name: the order of pointers is nobody's business
    for (const FindingKind* kind : s.findings) ids.insert(kind->id);
    texts("findings", ids);
  }

  void hop(const Hop& h) {
    json_.member("from", to_string(h.from));
    json_.member("to", to_string(h.to));
    json_.member("port", h.port);
    json_.member("protocol", to_string(h.protocol));
    counts(h.counts);
    json_.member("state", to_string(h.state));
    names("tls_versions", h.tls_versions, version_name);
    texts("client_names", h.client_names);
  }

  void finding(const FindingGroup& group) {
    const FindingKind& kind = *group.kind;
    json_.member("id", kind.id);
    json_.member("severity", to_string(group.severity));
    json_.member("class", word(kind.cls));
    json_.member("title", kind.title);
    json_.member("observed", kind.observed);
    json_.member("meaning", kind.meaning);
    json_.member("remedy", kind.remedy);
    texts("references", references(kind));
    json_.member("occurrence_count", group.count);
    objects("occurrences", group.occurrences, [&](const Occurrence& o) { occurrence(o); });
  }

  void occurrence(const Occurrence& o) {
    const bool placed = o.session != 0 && o.seen.frame != 0;  // else side and offset mean nothing
    json_.member("session", numbered(o.session));
    json_.member("input", o.seen.input);
    json_.member("frame", numbered(o.seen.frame));
    json_.member("time", dated(o.seen.time));
    json_.member("side", placed ? std::optional(word(o.seen.side)) : std::nullopt);
    json_.member("stream_offset", placed ? std::optional(o.seen.offset) : std::nullopt);
    json_.member("note", o.note);
  }

  JsonWriter json_;
  const Overview& overview_;
  std::uint32_t session_input_ = 0;
};

}  // namespace

void write_json(std::ostream& out, const Overview& overview, const ReportOptions& options) {
  Report(out, overview).write(options);
  out << '\n';
}

}  // namespace mailseal
