// SARIF 2.1.0 (OASIS), for GitHub's and GitLab's lists of security findings.
//
// A rule for each finding that was made, a result for each occurrence that is listed; where it is, is the capture file
// and the frame in it: in the message, as a logical location, and in the properties. What could not be judged is
// `open`, never a pass: SARIF has a word for it. A capture has no lines, and where in the file a frame lies is not
// kept: the region is the whole file, with the line 1 that GitHub asks for before it shows a message at all.
//
// Refuses to point at what has no address: standard input and devices are described, not located.
#include <algorithm>
#include <numeric>

#include "cited.h"
#include "evidence.h"
#include "figures.h"
#include "formats.h"
#include "json_writer.h"
#include "mailseal/base/ascii.h"
#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

using Layout = JsonWriter::Layout;

/// 3.27.9: "fail", "pass", "open" (not enough to decide), "informational".
std::string_view kind_of(const FindingGroup& group) {
  if (tells_of_sight(group)) return "open";
  if (group.severity == Severity::Positive) return "pass";
  return group.severity == Severity::Info ? "informational" : "fail";
}

/// 3.27.10: "If kind has any value other than "fail", then if level is absent, it SHALL default to "none", and if it is
/// present, it SHALL have the value "none"."
std::string_view level_of(const FindingGroup& group) {
  if (kind_of(group) != "fail") return "none";
  switch (group.severity) {
    case Severity::Critical:
    case Severity::High:
      return "error";
    case Severity::Medium:
      return "warning";
    case Severity::Low:
    case Severity::Info:
    case Severity::Positive:
      break;
  }
  return "note";
}

/// As GitHub reads it: from 9.0 critical, 7.0 high, 4.0 medium, above 0 low.
std::string_view security_severity(Severity severity) {
  switch (severity) {
    case Severity::Critical:
      return "9.5";
    case Severity::High:
      return "8.0";
    case Severity::Medium:
      return "5.5";
    case Severity::Low:
      return "2.0";
    case Severity::Info:
    case Severity::Positive:
      break;
  }
  return "0.0";
}

/// RFC 3986: a path as a relative reference, or as a file: URI where it is absolute.
std::string uri_of(std::string_view path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out = path.starts_with('/') ? "file://" : "";
  for (const char c : escape_text(path))
    if (is_alnum(c) || std::string_view("-._~/").find(c) != std::string_view::npos)
      out += c;
    else
      ((out += '%') += kHex[static_cast<unsigned char>(c) >> 4]) += kHex[static_cast<unsigned char>(c) & 15];
  return out;
}

/// 3.11.5 and 3.11.6: in a message braces are placeholders and brackets links.
std::string message_text(std::string_view text) {
  std::string out;
  for (const char c : escape_text(text)) {
    if (c == '{' || c == '}') out += c;
    if (c == '[' || c == ']') out += '\\';
    out += c;
  }
  return out;
}

class Sarif {
 public:
  Sarif(std::ostream& out, const Overview& overview, const ReportOptions& options)
      : json_(out), overview_(overview), options_(options), sessions_(overview) {}

  void write() {
    json_.object(
        [&] {
          json_.member("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
          json_.member("version", "2.1.0");
          json_.list("runs", std::array{0}, [&](int) { json_.object([&] { run(); }, Layout::Lines); });
        },
        Layout::Lines);
  }

 private:
  void text(std::string_view name, std::string_view words) {
    json_.object(name, [&] { json_.member("text", message_text(words)); });
  }
  static std::optional<std::string_view> known(std::string_view s) {
    return s.empty() ? std::nullopt : std::optional(s);
  }
  template <class Body>
  void numbered(std::string_view name, std::size_t n, Body body) {
    std::vector<std::size_t> numbers(n);
    std::iota(numbers.begin(), numbers.end(), std::size_t{0});
    json_.list(
        name, numbers, [&](std::size_t i) { json_.object([&] { body(i); }); }, Layout::Lines);
  }

  void run() {
    json_.object("tool", [&] {
      json_.object("driver", [&] {
        json_.member("name", "mailseal");
        json_.member("version", options_.version);
        numbered("rules", overview_.findings.size(), [&](std::size_t i) { rule(overview_.findings[i]); });
        json_.object("properties", [&] {
          json_.member("commit", known(options_.commit));
          json_.member("executable_sha256", known(options_.executable_sha256));
        });
      });
    });
    json_.list("invocations", std::array{0}, [&](int) { json_.object([&] { invocation(); }); });
    numbered("artifacts", overview_.run.inputs.size(), [&](std::size_t i) { artifact(overview_.run.inputs[i]); });
    results();
    json_.object("properties", [&] {
      json_.member("verdict", to_string(overview_.verdict));
      json_.member("sentence", overview_.sentence);
      json_.member("redaction", to_string(options_.redact));
      json_.object("counts", [&] {
        json_.member("sessions", total(overview_.counts));
        for (std::size_t i = 0; i < kStates; ++i) json_.member(to_string(static_cast<State>(i)), overview_.counts[i]);
      });
    });
  }

  void rule(const FindingGroup& group) {
    const FindingKind& kind = *group.kind;
    json_.member("id", kind.id);
    text("shortDescription", tr(kind.title));
    text("fullDescription", tr(kind.meaning));
    text("help", kind.remedy == "none" ? tr("Nothing is to be done.") : tr(kind.remedy));
    json_.object("defaultConfiguration", [&] { json_.member("level", level_of(group)); });
    json_.object("properties", [&] {
      json_.member("security-severity", security_severity(group.severity));
      json_.member("severity", to_string(group.severity));
      json_.list("tags", std::array{std::string_view("security"), word(kind.cls)},
                 [&](std::string_view tag) { json_.value(tag); });
      json_.list("references", references(kind), [&](std::string_view name) { json_.value(name); });
      json_.member("occurrence_count", group.count);
      json_.member("occurrences_listed", group.occurrences.size());
    });
  }

  void invocation() {
    json_.list("arguments", options_.arguments, [&](const std::string& argument) { json_.value(argument); });
    if (!options_.generated.empty()) json_.member("endTimeUtc", options_.generated);
    json_.member("executionSuccessful", options_.exit_code != 2);
    json_.member("exitCode", options_.exit_code);
    json_.list("toolExecutionNotifications", notifications(), [&](const auto& notification) {
      json_.object([&] {
        json_.member("level", notification.first);
        text("message", notification.second);
      });
    });
  }
  std::vector<std::pair<std::string_view, std::string>> notifications() const {
    std::vector<std::pair<std::string_view, std::string>> all;
    for (const std::string& failed : overview_.run.failed_inputs)
      all.emplace_back("error", told("Not read: {}", failed));
    for (const InputFacts& input : overview_.run.inputs)
      if (input.ended != "complete") all.emplace_back("warning", input.path + ": " + input.ended);
    return all;
  }

  void artifact(const InputFacts& input) {
    json_.object("location", [&] {
      json_.member("uri", uri_of(input.path));
      if (input.path == "-") text("description", tr("standard input"));
      if (input.format == "live") text("description", tr("a live device"));
    });
    json_.list("roles", std::array{"analysisTarget"}, [&](const char* role) { json_.value(std::string_view(role)); });
    if (input.sha256.empty()) return;  // live: no octets to count
    json_.member("length", input.size);
    json_.object("hashes", [&] { json_.member("sha-256", input.sha256); });
  }

  void results() {
    std::vector<std::pair<std::size_t, const Occurrence*>> all;
    for (std::size_t rule = 0; rule < overview_.findings.size(); ++rule)
      for (const Occurrence& o : overview_.findings[rule].occurrences) all.emplace_back(rule, &o);
    json_.list(
        "results", all, [&](const auto& r) { json_.object([&] { result(r.first, *r.second); }); }, Layout::Lines);
  }

  void result(std::size_t rule, const Occurrence& o) {
    const FindingGroup& group = overview_.findings[rule];
    const CitedSession* session = sessions_.find(o.session);
    const bool placed = o.session != 0 && o.seen.frame != 0;
    json_.member("ruleId", group.kind->id);
    json_.member("ruleIndex", rule);
    json_.member("kind", kind_of(group));
    json_.member("level", level_of(group));
    text("message", message(group, o, session));
    json_.list("locations", std::array{0}, [&](int) { json_.object([&] { place(o.seen); }); });
    json_.object("partialFingerprints", [&] {
      std::string print(group.kind->id);
      if (session) (print += " " + to_string(session->flow.server) + " ") += word(session->role);
      json_.member("finding/v1", print);
    });
    json_.object("properties", [&] {
      json_.member("session", o.session == 0 ? std::nullopt : std::optional(o.session));
      json_.member("client", session ? std::optional(to_string(session->flow.client)) : std::nullopt);
      json_.member("server", session ? std::optional(to_string(session->flow.server)) : std::nullopt);
      json_.member("frame", o.seen.frame == 0 ? std::nullopt : std::optional(o.seen.frame));
      if (const auto line = line_of(overview_.run.inputs, o.seen)) json_.member("line", *line);
      json_.member("time", !elapsed_text(o.seen.time).empty() ? std::nullopt : std::optional(to_string(o.seen.time)));
      json_.member("side", placed ? std::optional(word(o.seen.side)) : std::nullopt);
      json_.member("stream_offset", placed ? std::optional(o.seen.offset) : std::nullopt);
      json_.member("note", o.note);
    });
  }

  std::string message(const FindingGroup& group, const Occurrence& o, const CitedSession* session) const {
    std::string out = tr(group.kind->title);
    if (session) out += ": " + to_string(session->flow.client) + " > " + to_string(session->flow.server);
    if (o.seen.frame != 0) out += ", " + told("frame {}", frame_number(overview_.run.inputs, o.seen));
    if (!o.note.empty()) out += ": " + o.note;
    return out;
  }

  void place(const Seen& seen) {
    const auto& inputs = overview_.run.inputs;
    const InputFacts* input = seen.input < inputs.size() ? &inputs[seen.input] : nullptr;
    json_.object("physicalLocation", [&] {
      json_.object("artifactLocation", [&] {
        json_.member("uri", input ? uri_of(input->path) : "unknown");
        if (input) json_.member("index", seen.input);
      });
      json_.object("region", [&] {
        const auto line = line_of(inputs, seen);
        json_.member("startLine", line.value_or(1));
        if (line || !input || input->sha256.empty()) return;
        json_.member("byteOffset", 0);
        json_.member("byteLength", input->size);
      });
    });
    if (seen.frame == 0) return;
    json_.list("logicalLocations", std::array{0}, [&](int) {
      json_.object([&] {
        json_.member("name", "frame " + std::to_string(seen.frame));
        json_.member("fullyQualifiedName", (input ? input->path : "") + "#frame=" + std::to_string(seen.frame));
        json_.member("kind", "frame");
      });
    });
  }

  JsonWriter json_;
  const Overview& overview_;
  const ReportOptions& options_;
  const CitedSessions sessions_;
};

}  // namespace

void write_sarif(std::ostream& out, const Overview& overview, const ReportOptions& options) {
  const InEnglish for_machines;
  Sarif(out, overview, options).write();
  out << '\n';
}

}  // namespace mailseal
