// JSON: mailseal-report/1, the one machine-readable form of a result.
//
// Streamed, so that a report of 100,000 sessions needs no memory of its own. Each session,
// server, hop and finding stands on a line, so that `grep` finds a session.
// Same overview, same octets: nothing here depends on an address, a locale or a clock.
//
// Names and meanings: schema/mailseal-report-1.schema.json. null means "not seen", never "fine".
#include <numeric>

#include "formats.h"
#include "json_forms.h"
#include "json_policy.h"
#include "remedies.h"

namespace mailseal {
namespace {

class Report : JsonForms {
 public:
  Report(JsonWriter& json, const Overview& overview) : JsonForms(json, overview.run.inputs), overview_(overview) {}

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
      json_.member("commit", told(options.commit));
      json_.member("executable_sha256", told(options.executable_sha256));
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
    if (!run.canaries.empty()) objects("canaries", run.canaries, [&](const CanaryMarker& m) { marker(m); });
    texts("failed_inputs", run.failed_inputs);
    texts("skipped_files", run.skipped_files);
    json_.member("evicted", run.evicted);
    json_.member("verdict", to_string(overview_.verdict));
    json_.member("sentence", overview_.sentence);
    texts("verdict_reasons", overview_.verdict_reasons);
    counts(overview_.counts);
    write_policy(json_, overview_);
    lines("sessions", overview_.sessions,
          [&](const JudgedSession& s) { write_session(json_, run.inputs, s, point(s.session.first.input)); });
    if (overview_.seen_again != 0) json_.member("seen_again", overview_.seen_again);
    lines("servers", overview_.servers, [&](const Server& s) { server(s); });
    lines("hops", overview_.hops, [&](const Hop& h) { hop(h); });
    lines("findings", overview_.findings, [&](const FindingGroup& g) { finding(g); });
    lines("stories", overview_.stories, [&](const Story& s) { story(s); });
    json_.member("stories_left_out", overview_.stories_left_out);
  }

  // --- inputs, and what was looked for in them ---

  /// From 1; told only where there are several.
  std::optional<std::uint32_t> point(std::uint32_t input) const {
    return has_points_ ? std::optional(overview_.run.point_of(input) + 1) : std::nullopt;
  }

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

  void marker(const CanaryMarker& m) {
    json_.member("sha256", m.sha256);
    json_.member("octets", m.octets);
    names("charsets", m.charsets, [](CanaryCharset c) { return to_string(c); });
    names("weaknesses", m.weaknesses, [](CanaryWeakness w) { return to_string(w); });
  }

  void input(const InputFacts& f, std::size_t index) {
    json_.member("path", f.path);
    json_.member("format", f.format);
    if (const auto where = point(static_cast<std::uint32_t>(index))) json_.member("point", *where);
    json_.member("sha256", told(f.sha256));
    json_.member("size", f.size);
    objects("interfaces", f.interfaces, [&](const InterfaceFacts& face) {
      json_.member("name", face.name);
      json_.member("link_type", link_type_name(face.link_type));
      json_.member("link_type_code", face.link_type);
      json_.member("snap_length", numbered(face.snap_length));
      json_.member("filter", told(face.filter));
    });
    json_.member("packets", f.packets);
    json_.member("first", is_dated(f) ? dated(f.first) : std::nullopt);
    json_.member("last", is_dated(f) ? dated(f.last) : std::nullopt);
    json_.member("backward_steps", f.backward_steps);
    json_.member("backward_frame", f.backward_frame);
    json_.member("dropped", f.dropped);
    json_.object("skipped", [&] {
      if (index >= overview_.run.skipped.size()) return;
      for (const auto& [reason, packets] : overview_.run.skipped[index]) json_.member(reason, packets);
    });
    json_.member("ended", f.ended);
    if (!f.text) return;
    json_.object("text", [&] {
      json_.member("clock", to_string(f.text->clock));
      json_.member("first_line", numbered(f.text->first_line));
      json_.member("last_line", numbered(f.text->last_line));
      json_.member("damaged", f.text->damaged);
      json_.member("damaged_line", f.text->damaged_line);
      json_.member("without_octets", f.text->without_octets);
      if (is_dated(f)) return;
      json_.member("first_elapsed_ns", f.first ? std::optional(elapsed(*f.first)) : std::nullopt);
      json_.member("last_elapsed_ns", f.last ? std::optional(elapsed(*f.last)) : std::nullopt);
    });
  }

  // --- what is gathered from them ---

  void server(const Server& s) {
    address(s.endpoint);
    json_.member("protocol", to_string(s.protocol));
    texts("names", s.names);
    texts("greeting_names", s.greeting_names);
    objects("products", s.products, [&](const ProductClaim& p) {
      json_.member("id", to_string(p.product));
      json_.member("name", product_name(p.product));
      json_.member("certainty", to_string(p.certainty));
      json_.member("version", told(p.version));
      json_.member("sessions", p.sessions);
    });
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
    json_.member("observed_level", h.observed_level);
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
    objects("remedies", remedies_of(overview_, group), [&](const ProductRemedy& r) {
      json_.member("product", to_string(r.product));
      json_.member("name", product_name(r.product));
      json_.member("certainty", to_string(r.certainty));
      json_.member("side", r.of_sender ? "sender" : "receiver");
      json_.member("remedy", r.remedy);
    });
    texts("references", references(kind));
    json_.member("occurrence_count", group.count);
    objects("occurrences", group.occurrences, [&](const Occurrence& o) { occurrence(o); });
  }

  void story(const Story& s) {
    json_.member("kind", to_string(s.kind));
    json_.member("sentence", s.sentence);
    json_.member("count", s.count);
    objects("places", s.places, [&](const Occurrence& o) { occurrence(o); });
  }

  void occurrence(const Occurrence& o) {
    const bool placed = o.session != 0 && o.seen.frame != 0;  // else side and offset mean nothing
    json_.member("session", numbered(o.session));
    json_.member("input", o.seen.input);
    frame_and_time(o.seen);
    json_.member("side", placed ? std::optional(word(o.seen.side)) : std::nullopt);
    json_.member("stream_offset", placed ? std::optional(o.seen.offset) : std::nullopt);
    json_.member("note", o.note);
  }

  const Overview& overview_;
  const bool has_points_ = overview_.run.has_points();
};

}  // namespace

void write_json(std::ostream& out, const Overview& overview, const ReportOptions& options) {
  {
    JsonWriter json(out);  // what it holds goes out at its end
    Report(json, overview).write(options);
  }
  out << '\n';
}

}  // namespace mailseal
