// JSON: mailseal-report/1, the one machine-readable form of a result.
//
// Streamed: the outer object is written by hand and each session, server, hop and finding
// is made, written on a line of its own and forgotten, so that a report of 100,000
// sessions needs no more memory than its largest line, and `grep` finds a session.
// Same overview, same octets: nothing here depends on an address, a locale or a clock.
//
// Names and meanings: schema/mailseal-report-1.schema.json. null means "not seen", never "fine".
#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <ostream>

#include "formats.h"
#include "words.h"

namespace mailseal {
namespace {

using json = nlohmann::ordered_json;

void put(std::ostream& out, const json& value) {
  // All strings are escaped and so valid UTF-8; `replace` keeps dump() from throwing all the same.
  out << value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// The outer object, member by member; a list's elements stand on a line each.
class Document {
 public:
  explicit Document(std::ostream& out) : out_(out) {}

  void member(std::string_view name, const json& value) {
    begin(name);
    put(out_, value);
  }
  template <class Elements, class ToJson>
  void list(std::string_view name, const Elements& elements, ToJson to_json) {
    begin(name);
    std::string_view before = "[\n";
    for (const auto& element : elements) {
      out_ << before;
      put(out_, to_json(element));
      before = ",\n";
    }
    out_ << (elements.empty() ? "[]" : "\n]");
  }
  void end() { out_ << "\n}\n"; }

 private:
  void begin(std::string_view name) {
    out_ << before_ << '"' << name << "\": ";
    before_ = ",\n";
  }
  std::ostream& out_;
  std::string_view before_ = "{\n";
};

json text(std::string_view s) { return escape_text(s); }
json text_or_null(std::string_view s) { return s.empty() ? json() : text(s); }

template <class Strings>
json texts(const Strings& strings) {
  json list = json::array();
  for (const auto& s : strings) list.push_back(text(s));
  return list;
}

template <class Codes, class ToName>
json names(const Codes& codes, ToName to_name) {
  json list = json::array();
  for (const auto code : codes) list.push_back(to_name(code));
  return list;
}

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json();
}

json frame(std::uint64_t number) { return number == 0 ? json() : json(number); }

/// A packet without a date (a text source) has time zero.
json time(Timestamp t) { return t == Timestamp{} ? json() : json(to_string(t)); }
json time(const std::optional<Timestamp>& t) { return t ? json(to_string(*t)) : json(); }

json endpoint(const Endpoint& e) { return json::object({{"ip", to_string(e.address)}, {"port", e.port}}); }

json counts(const Counts& by_state) {
  json object = json::object({{"sessions", total(by_state)}});
  for (std::size_t i = 0; i < kStates; ++i) object[std::string(to_string(static_cast<State>(i)))] = by_state[i];
  return object;
}

/// Places of one session: the input is named only where it is not the session's.
class Places {
 public:
  explicit Places(std::uint32_t input) : input_(input) {}

  json operator()(const Seen& seen) const {
    json place = json::object({{"frame", frame(seen.frame)}, {"time", time(seen.time)}});
    if (seen.input != input_) place["input"] = seen.input;
    return place;
  }
  json operator()(const std::optional<Seen>& seen) const { return seen ? (*this)(*seen) : json(); }

 private:
  std::uint32_t input_;
};

// --- one session ---

json upgrade(const Session& s, const Places& place) {
  // On implicit TLS there is nothing to upgrade: all of it is null.
  const bool implicit = s.entry == Entry::ImplicitTls;
  const auto fact = [&](const std::optional<Seen>& seen) { return implicit ? json() : place(seen); };
  return json::object({{"offered", fact(s.upgrade_offered)},
                       {"requested", fact(s.upgrade_requested)},
                       {"accepted", fact(s.upgrade_accepted)},
                       {"refused", fact(s.upgrade_refused)},
                       {"reply", implicit ? json() : text_or_null(s.upgrade_reply)}});
}

json credential(const Credential& c, const Places& place) {
  json object = place(c.seen);
  object["kind"] = word(c.kind);
  object["mechanism"] = text(c.mechanism);
  object["user"] = text_or_null(c.user);
  object["accepted"] = or_null(c.accepted);
  return object;
}

json certificate(const Certificate& c) {
  return json::object({{"subject", c.parsed ? text(c.subject) : json()},
                       {"issuer", c.parsed ? text(c.issuer) : json()},
                       {"serial", text_or_null(c.serial)},
                       {"names", texts(c.names)},
                       {"not_before", time(c.not_before)},
                       {"not_after", time(c.not_after)},
                       {"key", text_or_null(c.key)},
                       {"key_bits", c.key_bits > 0 ? json(c.key_bits) : json()},
                       {"signature_algorithm", text_or_null(c.signature_algorithm)},
                       {"sha256", c.sha256},
                       {"parsed", c.parsed},
                       {"self_signed", c.parsed ? json(c.self_signed) : json()}});
}

json alert(const Alert& a, const Places& place) {
  // RFC 8446 6: "enum { warning(1), fatal(2), (255) } AlertLevel;"
  json object = place(a.seen);
  object["side"] = word(a.seen.side);
  object["level"] = a.level == 1 ? "warning" : a.level == 2 ? "fatal" : "unknown";
  object["description"] = alert_name(a.description);
  return object;
}

json offered(const TlsFacts& tls) {
  if (!tls.client_hello && !tls.sslv2_hello) return json();
  return json::object({{"versions", names(tls.offered_versions, version_name)},
                       {"cipher_suites", names(tls.offered_suites, suite_name)},
                       {"groups", names(tls.offered_groups, group_name)},
                       {"signature_schemes", names(tls.offered_schemes, signature_scheme_name)},
                       {"alpn", texts(tls.alpn_offered)}});
}

json tls_facts(const TlsFacts& tls, const Places& place) {
  const bool chosen = tls.server_hello.has_value();
  const CipherSuite* suite = chosen ? find_suite(tls.cipher_suite) : nullptr;
  json object = json::object({
      {"established", tls.established.has_value()},
      {"established_at", place(tls.established)},
      {"client_hello", place(tls.client_hello)},
      {"server_hello", place(tls.server_hello)},
      {"version", tls.version ? json(version_name(tls.version)) : json()},
      {"version_code", tls.version ? json(tls.version) : json()},
      {"cipher_suite", chosen ? json(suite_name(tls.cipher_suite)) : json()},
      {"cipher_suite_code", chosen ? json(tls.cipher_suite) : json()},
      {"cipher_openssl", suite ? text_or_null(suite->openssl_name) : json()},
      {"cipher_bits", suite ? json(suite->bits) : json()},
      {"key_exchange", or_null(key_exchange(tls, suite))},
      {"group", tls.group ? json(group_name(*tls.group)) : json()},
      {"dh_bits", or_null(tls.dh_bits)},
      {"forward_secrecy", or_null(forward_secrecy(tls, suite))},
      {"server_name", text_or_null(tls.server_name)},
      {"alpn", tls.alpn ? text(*tls.alpn) : json()},
      {"resumed", tls.resumed},
      {"hello_retry", tls.hello_retry.has_value()},
      {"offered", offered(tls)},
  });
  json& alerts = object["alerts"] = json::array();
  for (const Alert& a : tls.alerts) alerts.push_back(alert(a, place));
  json& certificates = object["certificates"] = json::array();
  for (const auto& c : tls.chain)
    if (c) certificates.push_back(certificate(*c));
  object["certificates_hidden"] = tls.chain_hidden;
  object["application_bytes"] = {{"client", tls.application_bytes[0]}, {"server", tls.application_bytes[1]}};
  object["chain"] = nullptr;  // chains are not verified yet
  return object;
}

json doubt_names(const std::vector<DoubtSeen>& doubts) {
  json list = json::array();
  for (const DoubtSeen& d : doubts) {
    json name = to_string(d.doubt);
    if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(std::move(name));
  }
  return list;
}

json doubt(const DoubtSeen& d, const Places& place) {
  json object = place(d.seen);
  object["doubt"] = to_string(d.doubt);
  object["after_established"] = d.after_established;
  return object;
}

json side(const SideCounters& c) {
  return json::object({{"packets", c.packets},
                       {"payload_bytes", c.payload_bytes},
                       {"retransmitted", c.retransmitted},
                       {"duplicates", c.duplicates},
                       {"superframes", c.superframes}});
}

json session(const JudgedSession& judged) {
  const Session& s = judged.session;
  const Judgement& j = judged.judgement;
  const Places place(s.first.input);
  json object = json::object({
      {"id", judged.id},
      {"input", s.first.input},
      {"client", endpoint(s.flow.client)},
      {"server", endpoint(s.flow.server)},
      {"first", place(s.first)},
      {"last", place(s.last)},
      {"closed", word(s.closed)},
      {"protocol", to_string(s.protocol)},
      {"role", word(j.role)},
      {"entry", word(s.entry)},
      {"upgrade", upgrade(s, place)},
      {"state", to_string(j.state)},
      {"confidence", to_string(j.confidence)},
      {"confidence_lacks", texts(j.confidence_lacks)},
      {"exposed", names(j.exposed, [](Exposure e) { return to_string(e); })},
      {"doubts", doubt_names(s.doubts)},
  });
  json& doubts = object["doubt_places"] = json::array();
  for (const DoubtSeen& d : s.doubts) doubts.push_back(doubt(d, place));
  json& credentials = object["credentials"] = json::array();
  for (const Credential& c : s.credentials) credentials.push_back(credential(c, place));
  object["messages"] = s.messages;
  object["content_bytes"] = s.content_bytes;
  object["header_bytes"] = s.header_bytes;
  object["recipients"] = s.recipients;
  object["sides"] = {{"client", side(s.sides[0])}, {"server", side(s.sides[1])}};
  object["tls"] = s.tls ? tls_facts(*s.tls, place) : json();
  object["findings"] = names(judged.finding_kinds, [](const FindingKind* kind) { return kind->id; });
  return object;
}

// --- what is gathered from them ---

json finding_ids(const std::set<const FindingKind*>& kinds) {
  std::set<std::string_view> ids;  // by name: the order of pointers is nobody's business
  for (const FindingKind* kind : kinds) ids.insert(kind->id);
  return json(ids);
}

json server(const Server& s) {
  json object = endpoint(s.endpoint);
  object["protocol"] = to_string(s.protocol);
  object["names"] = texts(s.names);
  object["counts"] = counts(s.counts);
  object["state"] = to_string(s.state);
  object["observed_level"] = s.observed_level;
  object["findings"] = finding_ids(s.findings);
  return object;
}

json hop(const Hop& h) {
  return json::object({{"from", to_string(h.from)},
                       {"to", to_string(h.to)},
                       {"port", h.port},
                       {"protocol", to_string(h.protocol)},
                       {"counts", counts(h.counts)},
                       {"state", to_string(h.state)}});
}

json occurrence(const Occurrence& o) {
  const bool of_session = o.session != 0 && o.seen.frame != 0;  // else side and offset mean nothing
  return json::object({{"session", o.session ? json(o.session) : json()},
                       {"input", o.seen.input},
                       {"frame", frame(o.seen.frame)},
                       {"time", time(o.seen.time)},
                       {"side", of_session ? json(word(o.seen.side)) : json()},
                       {"stream_offset", of_session ? json(o.seen.offset) : json()},
                       {"note", text(o.note)}});
}

json finding(const FindingGroup& group) {
  const FindingKind& kind = *group.kind;
  json object = json::object({{"id", kind.id},
                              {"severity", to_string(group.severity)},
                              {"class", word(kind.cls)},
                              {"title", kind.title},
                              {"observed", kind.observed},
                              {"meaning", kind.meaning},
                              {"remedy", kind.remedy},
                              {"references", references(kind)},
                              {"occurrence_count", group.count}});
  json& list = object["occurrences"] = json::array();
  for (const Occurrence& o : group.occurrences) list.push_back(occurrence(o));
  return object;
}

json input(const RunFacts& run, std::size_t i) {
  const InputFacts& f = run.inputs[i];
  json interfaces = json::array();
  for (const InterfaceFacts& face : f.interfaces)
    interfaces.push_back(json::object({{"name", face.name ? text(*face.name) : json()},
                                       {"link_type", link_type_name(face.link_type)},
                                       {"link_type_code", face.link_type},
                                       {"snap_length", face.snap_length ? json(face.snap_length) : json()}}));
  json skipped = json::object();
  if (i < run.skipped.size())
    for (const auto& [reason, packets] : run.skipped[i]) skipped[escape_text(reason)] = packets;
  return json::object({{"path", text(f.path)},
                       {"format", f.format},
                       {"sha256", text_or_null(f.sha256)},
                       {"size", f.size},
                       {"interfaces", std::move(interfaces)},
                       {"packets", f.packets},
                       {"first", time(f.first)},
                       {"last", time(f.last)},
                       {"backward_steps", f.backward_steps},
                       {"backward_frame", or_null(f.backward_frame)},
                       {"dropped", or_null(f.dropped)},
                       {"skipped", std::move(skipped)},
                       {"ended", text(f.ended)}});
}

}  // namespace

void write_json(std::ostream& out, const Overview& overview, const ReportOptions& options) {
  Document document(out);
  document.member("schema", "mailseal-report/1");
  document.member("tool", json::object({{"name", "mailseal"},
                                        {"version", MAILSEAL_VERSION},
                                        {"registry_date", registry_date()},
                                        {"arguments", texts(options.arguments)}}));
  document.member("generated", text(options.generated));
  document.member("exit_code", options.exit_code);

  const RunFacts& run = overview.run;
  std::vector<std::size_t> indices(run.inputs.size());
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  document.list("inputs", indices, [&](std::size_t i) { return input(run, i); });
  document.list("failed_inputs", run.failed_inputs, text);
  document.list("skipped_files", run.skipped_files, text);
  document.member("evicted", run.evicted);

  document.member("verdict", to_string(overview.verdict));
  document.member("sentence", text(overview.sentence));
  document.list("verdict_reasons", overview.verdict_reasons, text);
  document.member("counts", counts(overview.counts));
  document.list("sessions", overview.sessions, session);
  document.list("servers", overview.servers, server);
  document.list("hops", overview.hops, hop);
  document.list("findings", overview.findings, finding);
  document.end();
}

}  // namespace mailseal
