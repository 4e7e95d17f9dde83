// One session of a JSON report: what was said, and of TLS all that was in clear or opened with keys.
#include "json_forms.h"

namespace mailseal {
namespace {

class SessionMembers : JsonForms {
 public:
  SessionMembers(JsonWriter& json, const std::vector<InputFacts>& inputs) : JsonForms(json, inputs) {}

  void write(const JudgedSession& judged, std::optional<std::uint32_t> point) {
    const Session& s = judged.session;
    const Judgement& j = judged.judgement;
    session_input_ = s.first.input;
    json_.member("id", judged.id);
    json_.member("input", s.first.input);
    if (point) json_.member("point", *point);
    if (!judged.also_seen_as.empty()) texts("also_seen_as", judged.also_seen_as);
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
    if (s.proxy_header) place("proxy_header", *s.proxy_header);
    product(s.product);
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
    message_facts(s.message_facts);
    json_.object("sides", [&] {
      json_.object("client", [&] { counters(s.sides[0]); });
      json_.object("server", [&] { counters(s.sides[1]); });
    });
    if (s.tls)
      json_.object("tls", [&] { tls(*s.tls, judged); });
    else
      json_.member("tls", nullptr);
    if (s.canary) json_.object("canary", [&] { canary(*s.canary); });
    names("findings", judged.finding_kinds, [](const FindingKind* kind) { return kind->id; });
  }

 private:
  void product(const Boxed<ProductSeen>& seen) {
    if (!seen) return json_.member("product", nullptr);
    json_.object("product", [&] {
      place(seen->seen);
      json_.member("id", to_string(seen->product));
      json_.member("name", product_name(seen->product));
      json_.member("certainty", to_string(seen->certainty));
      json_.member("version", told(seen->version));
    });
  }

  void message_facts(const Boxed<MessageFacts>& facts) {
    if (!facts) return json_.member("message_facts", nullptr);
    json_.object("message_facts", [&] {
      json_.member("octets", facts->octets);
      json_.member("largest", facts->largest);
      texts("from_domains", facts->from_domains);
      texts("to_domains", facts->to_domains);
      json_.member("received_fields", facts->received_fields);
      objects("received", facts->received, [&](const ReceivedClaim& c) {
        place(c.seen);
        json_.member("from", told(c.from));
        json_.member("by", told(c.by));
        json_.member("with", told(c.with));
        json_.member("tls", c.tls ? std::optional(true) : std::nullopt);
        json_.member("version", told(c.version));
        json_.member("cipher", told(c.cipher));
        json_.member("bits", c.bits);
        json_.member("verify", told(c.verify));
        json_.member("count", c.count);
      });
    });
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

  void canary(const CanaryFacts& c) {
    json_.member("clear_bytes", c.clear_bytes);
    json_.member("tls_bytes", c.tls_bytes);
    objects("seen", c.seen, [&](const CanarySeen& seen) {
      place(seen.seen);
      json_.member("side", word(seen.seen.side));
      json_.member("stream_offset", seen.seen.offset);
      json_.member("sha256", seen.sha256);
      json_.member("charset", to_string(seen.charset));
      json_.member("form", to_string(seen.form));
      json_.member("layer", to_string(seen.layer));
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
};

}  // namespace

void write_session(JsonWriter& json, const std::vector<InputFacts>& inputs, const JudgedSession& judged,
                   std::optional<std::uint32_t> point) {
  SessionMembers(json, inputs).write(judged, point);
}

}  // namespace mailseal
