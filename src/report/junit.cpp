// JUnit XML, for the test reports of Jenkins, GitLab and other CI systems.
//
// A suite for each server, a case for each session: plaintext, mixed and failed are failures, what could not be judged
// or carried no mail is skipped with its reason: a pass is told of encrypted sessions only. The first suite holds the
// verdict, so that the whole is red exactly when the program's exit status says so or a session failed; the second the
// captures, where one that could not be read is an error.
//
// Sessions come in the order of their first packets, suites want them by server: of each a few words are held (72
// octets, 7 MB of 100,000), not the session.
#include <algorithm>
#include <map>
#include <ostream>

#include "formats.h"
#include "markup.h"
#include "table.h"
#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

constexpr std::size_t kTextColumns = 1000;  ///< of a message; JSON has all

/// An attribute's or element's text.
std::string xml(std::string_view text) { return markup(shortened(escape_text(text), kTextColumns)); }

enum class Outcome : std::uint8_t { Passed, Failed, Skipped, Error };

struct Case {
  std::uint64_t id, first, last;  ///< of the session; frames
  std::chrono::nanoseconds took;
  const FindingKind* reason;  ///< why Inconclusive; nullptr: the doubt says it
  std::uint32_t suite, input;
  Endpoint client;
  State state;
  std::uint8_t exposed;  ///< Exposure, a bit each
  std::optional<Doubt> doubt;
};
static_assert(sizeof(Case) <= 80);

struct Tally {
  std::uint64_t tests = 0, failures = 0, errors = 0, skipped = 0;
  void add(Outcome outcome) {
    ++tests;
    failures += outcome == Outcome::Failed;
    errors += outcome == Outcome::Error;
    skipped += outcome == Outcome::Skipped;
  }
  void add(const Tally& t) {
    tests += t.tests;
    failures += t.failures;
    errors += t.errors;
    skipped += t.skipped;
  }
  std::string attributes() const {
    return " tests=\"" + std::to_string(tests) + "\" failures=\"" + std::to_string(failures) + "\" errors=\"" +
           std::to_string(errors) + "\" skipped=\"" + std::to_string(skipped) + "\"";
  }
};

struct Suite {
  std::string name;
  Tally tally;
};

Outcome outcome(State state) {
  switch (state) {
    case State::Encrypted:
      return Outcome::Passed;
    case State::Plaintext:
    case State::Mixed:
    case State::Failed:
      return Outcome::Failed;
    case State::NoMail:
    case State::Inconclusive:
      break;
  }
  return Outcome::Skipped;
}

class JUnit {
 public:
  JUnit(std::ostream& out, const Overview& overview, const ReportOptions& options)
      : out_(out), overview_(overview), options_(options) {
    cases_.reserve(total(overview.counts));
    for (const JudgedSession& s : overview.sessions) add(s);
    std::stable_sort(cases_.begin(), cases_.end(), [](const Case& a, const Case& b) { return a.suite < b.suite; });
  }

  void write() {
    const RunFacts& run = overview_.run;
    Tally verdict, captures;
    verdict.add(verdict_outcome());
    for (const InputFacts& input : run.inputs) captures.add(outcome_of(input));
    for (std::size_t i = 0; i < run.failed_inputs.size(); ++i) captures.add(Outcome::Error);
    Tally all = verdict;
    all.add(captures);
    for (const Suite& suite : suites_) all.add(suite.tally);

    out_ << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"mailseal\"" << all.attributes() << ">\n";
    begin("verdict", verdict);
    out_ << "  <properties><property name=\"redaction\" value=\"" << to_string(options_.redact)
         << "\"/></properties>\n";
    write_verdict();
    end();
    begin("captures", captures);
    for (const InputFacts& input : run.inputs)
      test("captures", input.path, {}, outcome_of(input), "capture-cut", input.ended, "");
    for (const std::string& failed : run.failed_inputs)
      test("captures", failed, {}, Outcome::Error, "not-read", failed, "");
    end();
    auto at = cases_.begin();
    for (std::uint32_t i = 0; i < suites_.size(); ++i) {
      begin(suites_[i].name, suites_[i].tally);
      for (; at != cases_.end() && at->suite == i; ++at) session(*at);
      end();
    }
    out_ << "</testsuites>\n";
  }

 private:
  void add(const JudgedSession& judged) {
    const Session& s = judged.session;
    const Judgement& j = judged.judgement;
    const auto [at, fresh] = index_.try_emplace(s.flow.server, static_cast<std::uint32_t>(suites_.size()));
    if (fresh) suites_.push_back({std::string(to_string(s.protocol)) + " " + to_string(s.flow.server), {}});
    suites_[at->second].tally.add(outcome(j.state));
    std::uint8_t exposed = 0;
    for (const Exposure e : j.exposed) exposed = static_cast<std::uint8_t>(exposed | 1u << static_cast<unsigned>(e));
    cases_.push_back({judged.id, s.first.frame, s.last.frame,
                      std::max(s.last.time - s.first.time, std::chrono::nanoseconds{0}),
                      j.reasons.empty() ? nullptr : j.reasons.front(), at->second, s.first.input, s.flow.client,
                      j.state, exposed, s.doubts.empty() ? std::nullopt : std::optional(s.doubts.front().doubt)});
  }

  Outcome verdict_outcome() const {
    switch (overview_.verdict) {
      case Verdict::Pass:
        return Outcome::Passed;
      case Verdict::Fail:
        return Outcome::Failed;
      case Verdict::Inconclusive:
        break;
    }
    return Outcome::Skipped;
  }
  static Outcome outcome_of(const InputFacts& input) {
    return input.ended == "complete" ? Outcome::Passed : Outcome::Skipped;
  }

  void write_verdict() {
    std::string reasons;
    for (const std::string& reason : overview_.verdict_reasons)
      reasons += shortened(escape_text(reason), kTextColumns) + "; ";
    test("verdict", tr("all that was read"), {}, verdict_outcome(), to_string(overview_.verdict), overview_.sentence,
         reasons);
  }

  void session(const Case& c) {
    const auto& inputs = overview_.run.inputs;
    const std::string where = (c.input < inputs.size() ? escape_text(inputs[c.input].path) + " " : "") +
                              told("frames {} to {}", c.first, c.last);
    test(suites_[c.suite].name, told("session {}: from {}", c.id, to_string(c.client)), c.took, outcome(c.state),
         to_string(c.state), why(c), where);
  }

  static std::string why(const Case& c) {
    switch (c.state) {
      case State::Encrypted:
        return "";
      case State::Plaintext:
      case State::Mixed: {
        std::string kinds;
        for (unsigned e = 0; e <= static_cast<unsigned>(Exposure::MailboxActivity); ++e)
          if (c.exposed >> e & 1u) (kinds += kinds.empty() ? "" : ", ") += to_string(static_cast<Exposure>(e));
        return told("readable on the wire: {}", kinds);
      }
      case State::Failed:
        return tr("TLS was begun and not established");
      case State::NoMail:
        return tr("no mail: nothing to protect was there");
      case State::Inconclusive:
        break;
    }
    if (c.reason) return std::string(c.reason->id) + ": " + tr(c.reason->title);
    return c.doubt ? std::string(to_string(*c.doubt)) : tr("unknown");
  }

  void begin(std::string_view name, const Tally& tally) {
    out_ << " <testsuite name=\"" << xml(name) << "\"" << tally.attributes();
    if (!options_.generated.empty()) out_ << " timestamp=\"" << xml(options_.generated) << "\"";
    out_ << ">\n";
  }
  void end() { out_ << " </testsuite>\n"; }

  void test(std::string_view suite, std::string_view name, std::chrono::nanoseconds took, Outcome outcome,
            std::string_view type, std::string_view message, std::string_view text) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    out_ << "  <testcase classname=\"" << xml(suite) << "\" name=\"" << xml(name) << "\" time=\""
         << fmt::format("{}.{:03}", ms / 1000, ms % 1000) << '"';
    switch (outcome) {
      case Outcome::Passed:
        out_ << "/>\n";
        return;
      case Outcome::Skipped:
        out_ << "><skipped message=\"" << xml(message) << "\"/></testcase>\n";
        return;
      case Outcome::Failed:
        element("failure", type, message, text);
        return;
      case Outcome::Error:
        element("error", type, message, text);
        return;
    }
  }
  void element(std::string_view tag, std::string_view type, std::string_view message, std::string_view text) {
    out_ << "><" << tag << " type=\"" << xml(type) << "\" message=\"" << xml(message) << "\">" << xml(text) << "</"
         << tag << "></testcase>\n";
  }

  std::ostream& out_;
  const Overview& overview_;
  const ReportOptions& options_;
  std::map<Endpoint, std::uint32_t> index_;
  std::vector<Suite> suites_;
  std::vector<Case> cases_;
};

}  // namespace

void write_junit(std::ostream& out, const Overview& overview, const ReportOptions& options) {
  const InEnglish for_machines;
  JUnit(out, overview, options).write();
}

}  // namespace mailseal
