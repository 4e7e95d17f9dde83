#include "read.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "json_policy.h"
#include "split.h"
#include "words.h"

namespace mailseal {
namespace {

constexpr std::string_view kSchema = "mailseal-report/1";
constexpr std::uint64_t kMostFrames = (std::uint64_t{1} << 40) - 1;  // what a Fact holds
constexpr std::uint64_t kMostInputs = (std::uint64_t{1} << 22) - 1;

/// "0.12.3": of equal length after padding, so that text order is number order.
std::string ordered(std::string_view version) {
  std::string out, part;
  for (const char c : std::string(version) + ".") {
    if (c != '.') {
      part += c;
      continue;
    }
    out += std::string(part.size() < 8 ? 8 - part.size() : 0, '0') + part + ".";
    part.clear();
  }
  return out;
}

class Report {
 public:
  Report(std::string name, const TakeSession& take) : name_(std::move(name)), take_(take) {}

  Expected<StoredReport> read(std::istream& in) {
    const AskWanted ask = [this](std::string_view member) {
      const auto* const row = row_of(member);
      if (row == std::end(kRows)) return Wanted::Not;
      there_[static_cast<std::size_t>(row - kRows)] = true;
      return row->wanted;
    };
    const TakePart take = [&](std::string_view member, std::optional<std::size_t>, const Tree& tree) {
      (this->*row_of(member)->read)(tree.root());
      return !tree.fault();
    };
    if (const auto fault = split_report(in, ask, take)) return refused(*fault);
    for (std::size_t i = 0; i < std::size(kRows); ++i)
      if (!there_[i] && kRows[i].since == Row::Since::TheFirst)
        return refused({std::string(kRows[i].name), 0, "is missing"});
    if (const auto fault = contradiction()) return refused(*fault);
    if (const auto& fault = report_.overview.sessions.fault()) return fail(fault->message);
    tell_unknown();
    place_lines();
    report_.wording = reading_.wording;
    return std::move(report_);
  }

 private:
  // --- what is wrong, in one line ---

  tl::unexpected<Error> refused(const ReadFault& fault) const {
    std::string line = escape_text(name_) + ": ";
    if (!fault.where.empty()) line += fault.where + " ";
    line += fault.what;
    if (fault.at != 0 || fault.where.empty()) line += " (octet " + std::to_string(fault.at) + ")";
    if (newer())
      return fail(line + "; mailseal " + report_.options.version + " wrote it: read it with that, this is " +
                  std::string(program_version()));
    return fail(line + "; give a report that mailseal check wrote with -o FILE.json");
  }
  bool newer() const { return has_version_ && ordered(program_version()) < ordered(report_.options.version); }

  /// Names that are newer than our tables: what was left out is told, for a report must not hide it.
  void tell_unknown() {
    if (reading_.unknown_names.empty()) return;
    std::string line = "left out, for this version does not know them:";
    for (const std::string& name : reading_.unknown_names) line += " " + name;
    report_.left_out.push_back(std::move(line));
  }

  /// What places said of lines, to the input whose they are.
  void place_lines() {
    std::vector<InputFacts>& inputs = report_.overview.run.inputs;
    for (auto& [input, lines] : reading_.lines) {
      if (input >= inputs.size() || !inputs[input].text) continue;
      auto text = std::make_shared<TextFacts>(*inputs[input].text);
      text->lines = std::move(lines);
      text->lines.settle();
      inputs[input].text = std::move(text);
    }
  }

  /// What no single member shows.
  std::optional<ReadFault> contradiction() const {
    const std::size_t inputs = report_.overview.run.inputs.size();
    if (reading_.greatest_input >= std::max<std::size_t>(inputs, 1))
      return ReadFault{
          "inputs", 0,
          "are " + std::to_string(inputs) + ", yet a place names input " + std::to_string(reading_.greatest_input)};
    return std::nullopt;
  }

  // --- the members ---

  void schema(const Value& v) {
    if (const std::string said = v.text(); said != kSchema)
      v.refuse("is \"" + said.substr(0, 40) + "\", not " + std::string(kSchema) + ", which is what this version reads");
  }
  void tool(const Value& v) {
    const auto is_version = [](std::string_view text) {
      constexpr std::string_view kUsed = "0123456789.abcdefghijklmnopqrstuvwxyz+-~";
      return !text.empty() && text.size() <= 40 && text.find_first_not_of(kUsed) == text.npos;
    };
    report_.options.version = v["version"].text();
    if (!is_version(report_.options.version)) v["version"].refuse("is no version");
    has_version_ = is_version(report_.options.version);
    // Older versions did not say from what they were built.
    const auto word_if_told = [&](std::string_view name) { return v.has(name) ? v[name].word() : std::string(); };
    report_.options.commit = word_if_told("commit");
    report_.options.executable_sha256 = word_if_told("executable_sha256");
    report_.options.registry = v["registry_date"].text();
    if (!parse_timestamp(report_.options.registry + "T00:00:00Z")) v["registry_date"].refuse("is no date");
    report_.options.arguments = read_texts(v["arguments"]);
  }
  void generated(const Value& v) {
    report_.options.generated = v.text();
    read_time(v);
  }
  void redaction(const Value& v) {
    report_.options.redact =
        read_one_of(v, std::array{Redact::Standard, Redact::Strict}, [](Redact level) { return to_string(level); });
  }
  void exit_code(const Value& v) { report_.options.exit_code = static_cast<int>(v.number(255)); }

  void scope(const Value& v) {
    report_.overview.run.scope = v.unless_null([](const Value& told) {
      Scope s;
      told["ports"].each([&](const Value& row) {
        constexpr std::array kEntries{Entry::Plain, Entry::ImplicitTls};
        s.ports[read_port(row["port"])] = {read_protocol(row["protocol"]),
                                           read_one_of(row["entry"], kEntries, [](Entry e) { return word(e); })};
      });
      s.any_port = told["any_port"].truth();
      s.fail_on = told["fail_on"].unless_null(read_severity);
      return s;
    });
  }

  void input(const Value& v) {
    InputFacts& f = report_.overview.run.inputs.emplace_back();
    f.path = v["path"].text();
    f.format = v["format"].word();
    f.sha256 = v["sha256"].unless_null([](const Value& d) { return d.word(); }).value_or("");
    f.size = v["size"].number();
    v["interfaces"].each([&](const Value& i) {
      InterfaceFacts& face = f.interfaces.emplace_back();
      face.name = i["name"].unless_null([](const Value& n) { return n.text(); });
      face.link_type = static_cast<std::uint32_t>(i["link_type_code"].number(0xffff'ffff));
      if (i.has("filter")) face.filter = i["filter"].text();
      if (i.has("snap_length")) face.snap_length = static_cast<std::uint32_t>(i["snap_length"].number(0xffff'ffff));
    });
    f.packets = v["packets"].number();
    f.first = v["first"].unless_null(read_time);
    f.last = v["last"].unless_null(read_time);
    f.backward_steps = v["backward_steps"].number();
    f.backward_frame = v["backward_frame"].unless_null([](const Value& n) { return n.number(kMostFrames); });
    f.dropped = v["dropped"].unless_null([](const Value& n) { return n.number(); });
    auto& skipped = report_.overview.run.skipped.emplace_back();
    v["skipped"].each_member([&](std::string_view reason, const Value& packets) {
      // It becomes a member's name again.
      constexpr std::string_view kUsed = "abcdefghijklmnopqrstuvwxyz0123456789-";
      if (reason.empty() || reason.size() > 100 || reason.find_first_not_of(kUsed) != reason.npos)
        packets.refuse("is no reason to skip a packet");
      else
        skipped.emplace(reason, packets.number());
    });
    std::vector<std::uint32_t>& points = report_.overview.run.points;
    points.push_back(0);
    if (v.has("point"))
      points.back() = static_cast<std::uint32_t>(std::max<std::uint64_t>(v["point"].number(0xffff'ffff), 1)) - 1;
    f.ended = v["ended"].text();
    if (f.ended != "complete" && f.ended != "truncated" && !f.ended.starts_with("error: "))
      v["ended"].refuse("is \"" + f.ended.substr(0, 40) + "\", none of complete, truncated, error: ...");
    if (v.has("text")) text(v["text"], f);
  }
  void text(const Value& v, InputFacts& f) {
    constexpr std::array kClocks{TextClock::Utc, TextClock::Unzoned, TextClock::Undated};
    const auto number = [](const Value& n) { return n.number(); };
    const auto time = [](const Value& n) {
      return Timestamp(std::chrono::nanoseconds(static_cast<std::int64_t>(n.number(std::uint64_t{1} << 62))));
    };
    auto text = std::make_shared<TextFacts>();
    text->clock = read_one_of(v["clock"], kClocks, [](TextClock clock) { return to_string(clock); });
    text->first_line = v["first_line"].unless_null(number).value_or(0);
    text->last_line = v["last_line"].unless_null(number).value_or(0);
    text->damaged = v["damaged"].number();
    text->damaged_line = v["damaged_line"].unless_null(number);
    text->without_octets = v["without_octets"].number();
    if (v.has("first_elapsed_ns")) f.first = v["first_elapsed_ns"].unless_null(time);
    if (v.has("last_elapsed_ns")) f.last = v["last_elapsed_ns"].unless_null(time);
    f.text = std::move(text);
  }
  void trust_store(const Value& v) {
    if (v.is_null()) return;
    TrustFacts& trust = report_.overview.run.trust.emplace();
    trust.kind =
        read_one_of(v["kind"], std::array{TrustFacts::Kind::None, TrustFacts::Kind::Given, TrustFacts::Kind::System},
                    [](TrustFacts::Kind kind) { return word(kind); });
    const auto text = [](const Value& t) { return t.text(); };
    trust.file = v["file"].unless_null(text).value_or("");
    trust.folder = v["folder"].unless_null(text).value_or("");
    trust.certificates = v["certificates"].unless_null([](const Value& n) { return n.number(); });
  }
  void canaries(const Value& v) {
    using Weakness = CanaryWeakness;
    v.each([&](const Value& m) {
      CanaryMarker& marker = report_.overview.run.canaries.emplace_back();
      marker.sha256 = m["sha256"].word();
      marker.octets = m["octets"].number();
      m["charsets"].each([&](const Value& c) { marker.charsets.push_back(read_charset(c)); });
      m["weaknesses"].each([&](const Value& w) {
        marker.weaknesses.push_back(read_one_of(w,
                                                std::array{Weakness::Short, Weakness::FewCharacters, Weakness::OneWord},
                                                [](Weakness x) { return to_string(x); }));
      });
    });
  }
  void failed_inputs(const Value& v) { report_.overview.run.failed_inputs = read_texts(v); }
  void skipped_files(const Value& v) { report_.overview.run.skipped_files = read_texts(v); }
  void evicted(const Value& v) { report_.overview.run.evicted = v.number(); }

  void verdict(const Value& v) {
    report_.overview.verdict = read_one_of(v, std::array{Verdict::Pass, Verdict::Fail, Verdict::Inconclusive},
                                           [](Verdict x) { return to_string(x); });
  }
  void sentence(const Value& v) { report_.overview.sentence = v.text(); }
  void verdict_reasons(const Value& v) { report_.overview.verdict_reasons = read_texts(v); }
  void counts(const Value& v) { report_.overview.counts = read_counts(v); }

  void policy(const Value& v) { report_.overview.policy = read_policy(v, reading_); }
  void profiles(const Value& v) { report_.overview.profiles = read_profiles(v); }

  static Counts read_counts(const Value& v) {
    Counts counts{};
    for (std::size_t i = 0; i < kStates; ++i) counts[i] = v[to_string(static_cast<State>(i))].number(kMostFrames);
    if (const std::uint64_t all = v["sessions"].number(); all != total(counts))
      v["sessions"].refuse("is " + std::to_string(all) + ", but the states add up to " + std::to_string(total(counts)));
    return counts;
  }

  void session(const Value& v) {
    JudgedSession judged = read_session(v, reading_);
    if (judged.id <= last_id_) v["id"].refuse("is " + std::to_string(judged.id) + ", not above the one before");
    last_id_ = judged.id;
    report_.overview.keyed += judged.session.tls && judged.session.tls->inside;
    if (take_)
      take_(std::move(judged));
    else
      report_.overview.sessions.add(judged);
  }

  void server(const Value& v) {
    Server& s = report_.overview.servers.emplace_back();
    s.endpoint = {read_address(v["ip"]), read_port(v["port"])};
    s.protocol = read_protocol(v["protocol"]);
    s.names = read_texts(v["names"]);
    s.greeting_names = read_names(v["greeting_names"]);
    if (v.has("products"))
      v["products"].each([&](const Value& p) {
        const std::optional<Product> product = read_product(p["id"]);
        if (!product) return;
        s.products.push_back({.product = *product,
                              .certainty = read_certainty(p["certainty"]),
                              .version = p["version"].is_null() ? std::string() : p["version"].text(),
                              .sessions = p["sessions"].number()});
      });
    s.counts = read_counts(v["counts"]);
    s.state = read_state(v["state"]);
    s.observed_level = read_level(v["observed_level"]);
    for (const FindingKind* kind : read_kinds(v["findings"], reading_)) s.findings.insert(kind);
  }

  void hop(const Value& v) {
    Hop& h = report_.overview.hops.emplace_back();
    h.from = read_address(v["from"]);
    h.to = read_address(v["to"]);
    h.port = read_port(v["port"]);
    h.protocol = read_protocol(v["protocol"]);
    h.counts = read_counts(v["counts"]);
    h.state = read_state(v["state"]);
    std::set<std::uint16_t> versions;
    v["tls_versions"].each([&](const Value& version) {
      if (const auto code = version_code(version.text())) versions.insert(*code);
    });
    h.tls_versions.assign(versions.begin(), versions.end());
    h.client_names = read_names(v["client_names"]);
    if (v.has("observed_level")) h.observed_level = read_level(v["observed_level"]);
  }

  static std::string_view read_level(const Value& v) {
    constexpr std::array<std::string_view, 7> kLevels{"none",     "offered",  "preferred", "required",
                                                      "verified", "implicit", "unknown"};
    return read_one_of(v, kLevels, [](std::string_view level) { return level; });
  }

  void finding(const Value& v) {
    const std::string id = v["id"].word();
    const Severity severity = read_severity(v["severity"]);
    constexpr std::array kClasses{FindingClass::Plaintext,    FindingClass::Starttls,    FindingClass::Handshake,
                                  FindingClass::Strength,     FindingClass::Certificate, FindingClass::Client,
                                  FindingClass::Payload,      FindingClass::Policy,      FindingClass::Canary,
                                  FindingClass::Inconclusive, FindingClass::Capture,     FindingClass::Positive,
                                  FindingClass::Note};
    const FindingClass cls = read_one_of(v["class"], kClasses, [](FindingClass c) { return word(c); });
    Wording::Texts texts{v["title"].text(), v["observed"].text(), v["meaning"].text(), v["remedy"].text(), {}};
    v["references"].each(
        [&](const Value& r) { texts.references += (texts.references.empty() ? "" : "; ") + r.text(); });
    FindingGroup group{reading_.wording->describe(id, cls, severity, std::move(texts)), severity, 0, {}};
    if (!group.kind) return v["id"].refuse("is " + id + ", which stands before already");
    v["occurrences"].each([&](const Value& o) { group.occurrences.push_back(occurrence(o)); });
    group.count = v["occurrence_count"].number(kMostFrames);
    if (group.count == 0 || group.count < group.occurrences.size())
      v["occurrence_count"].refuse("is " + std::to_string(group.count) + ", less than are listed");
    report_.overview.findings.push_back(std::move(group));
  }

  void story(const Value& v) {
    constexpr std::array kKinds{Story::Kind::Fallback,     Story::Kind::Gateway,    Story::Kind::Stripped,
                                Story::Kind::UnequalOffer, Story::Kind::Injection,  Story::Kind::Enforcement,
                                Story::Kind::SameSecret,   Story::Kind::Removed,    Story::Kind::Terminated,
                                Story::Kind::Altered,      Story::Kind::Translated, Story::Kind::Points};
    Story s{read_one_of(v["kind"], kKinds, [](Story::Kind kind) { return to_string(kind); }),
            v["sentence"].text(),
            v["count"].number(kMostFrames),
            {}};
    v["places"].each([&](const Value& o) { s.places.push_back(occurrence(o)); });
    report_.overview.stories.push_back(std::move(s));
  }

  void seen_again(const Value& v) { report_.overview.seen_again = v.number(); }
  void stories_left_out(const Value& v) { report_.overview.stories_left_out = v.number(); }

  Occurrence occurrence(const Value& v) {
    Occurrence o;
    if (v.has("session")) o.session = v["session"].number();
    o.seen.input = read_input(v["input"], reading_);
    o.seen.frame = read_frame(v["frame"]);
    read_when_and_line(v, o.seen, reading_);
    o.seen.side = v["side"].unless_null(read_side).value_or(Side::Client);
    o.seen.offset = v["stream_offset"].unless_null([](const Value& n) { return n.number(); }).value_or(0);
    o.note = v["note"].text();
    return o;
  }

  struct Row {
    std::string_view name;
    Wanted wanted;
    void (Report::*read)(const Value&);
    enum class Since : std::uint8_t { TheFirst, Later } since;  ///< Later: older reports lack it
  };
  // To add a member: one row. What stands in no row is passed over.
  static constexpr Row kRows[] = {
      {"schema", Wanted::Whole, &Report::schema, {}},
      {"tool", Wanted::Whole, &Report::tool, {}},
      {"generated", Wanted::Whole, &Report::generated, {}},
      {"exit_code", Wanted::Whole, &Report::exit_code, {}},
      {"redaction", Wanted::Whole, &Report::redaction, {}},
      {"scope", Wanted::Whole, &Report::scope, Row::Since::Later},
      {"inputs", Wanted::ByElement, &Report::input, {}},
      {"trust_store", Wanted::Whole, &Report::trust_store, Row::Since::Later},
      {"canaries", Wanted::Whole, &Report::canaries, Row::Since::Later},
      {"failed_inputs", Wanted::Whole, &Report::failed_inputs, {}},
      {"skipped_files", Wanted::Whole, &Report::skipped_files, {}},
      {"evicted", Wanted::Whole, &Report::evicted, {}},
      {"verdict", Wanted::Whole, &Report::verdict, {}},
      {"sentence", Wanted::Whole, &Report::sentence, {}},
      {"verdict_reasons", Wanted::Whole, &Report::verdict_reasons, {}},
      {"counts", Wanted::Whole, &Report::counts, {}},
      {"policy", Wanted::Whole, &Report::policy, Row::Since::Later},
      {"profiles", Wanted::Whole, &Report::profiles, Row::Since::Later},
      {"sessions", Wanted::ByElement, &Report::session, {}},
      {"seen_again", Wanted::Whole, &Report::seen_again, Row::Since::Later},
      {"servers", Wanted::ByElement, &Report::server, {}},
      {"hops", Wanted::ByElement, &Report::hop, {}},
      {"findings", Wanted::ByElement, &Report::finding, {}},
      {"stories", Wanted::ByElement, &Report::story, Row::Since::Later},
      {"stories_left_out", Wanted::Whole, &Report::stories_left_out, Row::Since::Later},
  };
  static const Row* row_of(std::string_view member) {
    return std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& row) { return row.name == member; });
  }

  std::string name_;
  const TakeSession& take_;
  StoredReport report_;
  Reading reading_;
  std::array<bool, std::size(kRows)> there_{};
  bool has_version_ = false;
  std::uint64_t last_id_ = 0;
};

}  // namespace

// --- what recurs ---

Protocol read_protocol(const Value& v) {
  constexpr std::array kAll{Protocol::Unknown, Protocol::Smtp, Protocol::Lmtp, Protocol::Pop3, Protocol::Imap};
  return read_one_of(v, kAll, [](Protocol p) { return to_string(p); });
}

State read_state(const Value& v) {
  constexpr std::array kAll{State::Encrypted, State::Plaintext, State::Mixed,
                            State::Failed,    State::NoMail,    State::Inconclusive};
  return read_one_of(v, kAll, [](State s) { return to_string(s); });
}

std::optional<Product> read_product(const Value& v) {
  const std::string id = v.text();
  for (const ProductRow& row : products())
    if (row.id == id) return row.product;
  return std::nullopt;
}

Certainty read_certainty(const Value& v) {
  return read_one_of(v, std::array{Certainty::Low, Certainty::Medium, Certainty::High},
                     [](Certainty c) { return to_string(c); });
}

Severity read_severity(const Value& v) {
  constexpr std::array kAll{Severity::Critical, Severity::High, Severity::Medium,
                            Severity::Low,      Severity::Info, Severity::Positive};
  return read_one_of(v, kAll, [](Severity s) { return to_string(s); });
}

CanaryCharset read_charset(const Value& v) {
  std::array<CanaryCharset, kCanaryCharsets> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<CanaryCharset>(i);
  return read_one_of(v, all, [](CanaryCharset c) { return to_string(c); });
}

Side read_side(const Value& v) {
  return read_one_of(v, std::array{Side::Client, Side::Server}, [](Side s) { return word(s); });
}

IpAddress read_address(const Value& v) {
  const std::string text = v.text();
  const auto address = parse_address(text);
  if (!address) v.refuse("is \"" + text.substr(0, 40) + "\", no IP address");
  return address.value_or(IpAddress{});
}

std::uint16_t read_port(const Value& v) { return static_cast<std::uint16_t>(v.number(0xffff)); }

std::uint32_t read_input(const Value& v, Reading& reading) {
  const auto input = static_cast<std::uint32_t>(v.number(kMostInputs));
  reading.greatest_input = std::max(reading.greatest_input, input);
  return input;
}

Timestamp read_time(const Value& v) {
  const std::string text = v.text();
  const auto time = parse_timestamp(text);
  if (!time) v.refuse("is \"" + text.substr(0, 40) + "\", no time like 2026-11-21T10:00:00Z");
  return time.value_or(Timestamp{});
}

std::uint64_t read_frame(const Value& v) {
  return v.unless_null([](const Value& n) { return n.number(kMostFrames); }).value_or(0);
}

std::vector<std::string> read_texts(const Value& v) {
  std::vector<std::string> texts;
  v.each([&](const Value& text) { texts.push_back(text.text()); });
  return texts;
}

std::vector<std::string> read_names(const Value& v) {
  std::set<std::string> names;
  v.each([&](const Value& text) { names.insert(text.text()); });
  return {names.begin(), names.end()};
}

std::vector<const FindingKind*> read_kinds(const Value& v, Reading& reading) {
  std::vector<const FindingKind*> kinds;
  v.each([&](const Value& id) {
    if (const std::string word = id.word(); !word.empty()) kinds.push_back(reading.wording->kind(word));
  });
  return kinds;
}

const FindingKind* Wording::kind(const std::string& id) {
  const auto [at, fresh] = entries_.try_emplace(id);
  Entry& entry = at->second;
  if (fresh) {
    entry.id = id;
    const FindingKind* const known = find_kind(id);
    entry.kind =
        known ? *known : FindingKind{{}, entry.id, FindingClass::Note, Severity::Info, Severity::Info, {}, {}, {}, {}};
    entry.kind.id = entry.id;
  }
  return &entry.kind;
}

const FindingKind* Wording::describe(const std::string& id, FindingClass cls, Severity severity, Texts texts) {
  kind(id);
  Entry& entry = entries_.find(id)->second;
  if (entry.described) return nullptr;
  entry.described = true;
  entry.texts = std::move(texts);
  FindingKind& k = entry.kind;
  const bool known = find_kind(id) != nullptr;
  k = {entry.id,
       entry.texts.title,
       cls,
       known ? k.access : severity,
       known ? k.relay : severity,
       entry.texts.observed,
       entry.texts.meaning,
       entry.texts.remedy,
       entry.texts.references};
  return &k;
}

// --- the file ---

Expected<StoredReport> read_report(std::istream& in, std::string_view name, const TakeSession& take) {
  return Report(std::string(name), take).read(in);
}

Expected<StoredReport> read_report(const std::string& path, const TakeSession& take) {
  if (path == "-") return read_report(std::cin, "standard input", take);
  const auto unreadable = [&](const std::string& why) {
    return fail(escape_text(path) + ": " + why + "; give a report that mailseal check wrote with -o FILE.json");
  };
  std::error_code none;
  if (std::filesystem::is_directory(path, none)) return unreadable("is a directory");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return unreadable(errno != 0 ? std::strerror(errno) : "cannot be read");
  return read_report(in, path, take);
}

}  // namespace mailseal
