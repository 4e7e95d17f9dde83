// The commands: check, watch, report, diff, explain, policy, inputs, convert.
#include "mailseal/run.h"

#include <fcntl.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <vector>

#include "apart.h"
#include "canaries.h"
#include "convert.h"
#include "identity.h"
#include "inputs.h"
#include "key_logs.h"
#include "language.h"
#include "options.h"
#include "output.h"
#include "pipeline.h"
#include "policy.h"
#include "privileges.h"
#include "progress.h"
#include "reading.h"
#include "survey.h"

namespace mailseal {
namespace {

namespace fs = std::filesystem;

std::atomic<bool> interrupted{false};

std::string now() {
  using namespace std::chrono;
  auto t = time_point_cast<seconds>(system_clock::now());
  // Reproducible builds of a report: https://reproducible-builds.org/specs/source-date-epoch/
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH")) t = sys_seconds(seconds(std::strtoll(epoch, nullptr, 10)));
  std::string text = to_string(Timestamp(t));
  return text.substr(0, text.find('.')) + "Z";
}

/// What went wrong is told.
template <class T>
bool done(const Expected<T>& what) {
  if (!what) spdlog::error(what.error().message);
  return what.has_value();
}

/// Of report and diff.
std::vector<InputFile> named_inputs(const Options& options) {
  std::vector<InputFile> inputs;
  for (const std::string& path : options.inputs) inputs.push_back({path});
  return inputs;
}

Exit exit_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Pass:
      return Exit::Pass;
    case Verdict::Fail:
      return Exit::Fail;
    case Verdict::Inconclusive:
      return Exit::Inconclusive;
  }
  return Exit::CannotRun;
}

/// `copies`: paths of captures that were not read, as others are the same.
Exit conclude(const Options& options, const Limits& limits, Archives& archives, Pipeline& pipeline, RunFacts facts,
              Redaction& redaction, const std::vector<std::string>& copies = {}) {
  const bool unread = !facts.failed_inputs.empty();
  facts.scope = Scope{followed_ports(options.inspect), options.inspect.any_port, options.overview.fail_on};
  Overview overview = pipeline.finish(std::move(facts));
  if (const auto& fault = overview.sessions.fault()) {
    spdlog::error(fault->message);
    return Exit::CannotRun;
  }
  Outputs outputs(&options);
  if (!options.sums.empty()) {
    outputs.inputs().captures(overview.run, options.redact);
    for (const std::string& path : copies) outputs.inputs().other("a copy of a capture", path, options.redact);
    for (const std::string& path : options.key_logs) outputs.inputs().other("a key log", path, options.redact);
    for (const std::string& path : options.canary_files) outputs.inputs().other("the markers", path, options.redact);
    if (!options.policy.empty()) outputs.inputs().other("the policy", options.policy, options.redact);
  }
  outputs.evidence(overview, limits, archives);
  ReportOptions how;
  how.arguments = options.arguments;
  how.generated = now();
  how.max_bytes = options.max_bytes;
  how.commit = build_commit();
  if (!options.outputs.empty() || !options.format.empty()) how.executable_sha256 = executable_sha256();
  if (options.redact == Redact::Strict) redaction.apply(overview, how);
  outputs.map(redaction);
  const Exit exit = unread || outputs.failed() ? Exit::CannotRun : exit_of(overview.verdict);
  how.exit_code = static_cast<int>(exit);
  outputs.reports(overview, std::move(how));
  outputs.sums();
  return outputs.failed() ? Exit::CannotRun : exit;
}

/// What --policy, --profile and --ca-file name; it outlives the pipeline.
struct Demands {
  Policy policy;
  std::optional<TrustStore> trust;
  std::map<std::string, TrustStore> rule_trust;  ///< by the policy's name of the file

  /// Told, if it cannot be read.
  bool load(Options& options) {
    if (!options.policy.empty()) {
      auto read = load_policy(options.policy);
      if (!done(read)) return false;
      policy = std::move(*read);
      options.overview.policy = &policy;
    }
    if (options.profile.empty()) return true;
    const auto profile = choose_profile(options.profile);
    if (!done(profile)) return false;
    options.overview.profile = *profile;
    return true;
  }

  /// Likewise; the limits are kept.
  bool load_trust(const Options& options, const Limits& limits) {
    const auto kept = [](auto store, auto keep) {
      if (store) keep(std::move(*store));
      if (!store) spdlog::error(escape_text(store.error().message));
      return store.has_value();
    };
    if (!kept(TrustStore::load(options.ca_file, options.ca_path, &limits), [&](TrustStore s) { trust = std::move(s); }))
      return false;
    for (const PolicyRule& rule : policy.rules) {
      if (rule.ca.empty() || rule_trust.contains(rule.ca)) continue;
      const std::string named = policy.file + ":" + std::to_string(rule.line) + ": ca " + rule.ca;
      if (!kept(TrustStore::load_file(ca_of(policy, rule).string(), named, &limits),
                [&](TrustStore s) { rule_trust.emplace(rule.ca, std::move(s)); }))
        return false;
    }
    return true;
  }

  JudgeOptions judge_options(const Options& options) const {
    JudgeOptions judge{&*trust, options.server_names, options.overview.policy, options.overview.profile};
    if (!rule_trust.empty())
      for (const PolicyRule& rule : policy.rules)
        judge.rule_trust.push_back(rule.ca.empty() ? nullptr : &rule_trust.at(rule.ca));
    return judge;
  }
};

/// Nothing: none was asked for. What makes one weak is told.
Expected<std::optional<Canary>> canary_of(const Options& options) {
  if (options.canaries.empty()) return std::optional<Canary>();
  auto canary = Canary::compile(options.canaries);
  if (!canary) return fail("--canary: " + canary.error().message);
  for (const CanaryMarker& marker : canary->markers())
    for (const CanaryWeakness weakness : marker.weaknesses)
      spdlog::warn(
          "--canary: the marker {} is weak ({}); what is found may be other mail. Take a line of random letters "
          "and digits",
          canary_name(marker.sha256), to_string(weakness));
  return std::optional(std::move(*canary));
}

Exit check(const Options& options) {
  const Limits limits;
  Archives archives(&limits);
  RunFacts facts;
  const std::vector<InputFile> inputs = inputs_of(options, archives, facts);
  Options keyed = options;
  Demands demands;
  if (!demands.load(keyed)) return Exit::CannotRun;
  if (!done(try_outputs(keyed, inputs))) return Exit::CannotRun;
  KeyLog keys(&limits);
  if (!done(read_key_logs(options.key_logs, limits, keys))) return Exit::CannotRun;
  const auto canary = canary_of(options);
  if (!done(canary)) return Exit::CannotRun;
  for (const InputFile& input : inputs)
    if (holds_canary(options.canaries, input.path.string())) {
      spdlog::error("--canary: a marker stands in the name of an input, and reports show that; rename it");
      return Exit::CannotRun;
    }
  keyed.inspect.keys = &keys;
  keyed.inspect.mark_said = inputs.size() > 1;
  keyed.inspect.canary = *canary ? &**canary : nullptr;
  if (!demands.load_trust(options, limits)) return Exit::CannotRun;
  Pipeline pipeline(&keyed, &limits, demands.judge_options(keyed));
  facts.trust = demands.trust->facts();
  if (*canary) facts.canaries = (*canary)->markers();
  std::vector<std::string> copies;
  read_inputs(inputs, options, limits, archives, keys, pipeline, facts, copies);
  // What was asked for tells that nothing could be read, so that nobody takes the report of yesterday for today's.
  if (facts.inputs.empty() && !facts.failed_inputs.empty() && !asks_for_output(options)) return Exit::CannotRun;
  Redaction redaction;
  return conclude(options, limits, archives, pipeline, std::move(facts), redaction, copies);
}

Exit watch(const Options& options) {
  const Limits limits;
  auto source = open_live(options.interface, options.filter, 0);
  if (!done(source)) return Exit::CannotRun;
  if (!done(drop_privileges())) return Exit::CannotRun;
  // With the rights that are left:
  Options live = options;
  Demands demands;
  if (!demands.load(live)) return Exit::CannotRun;
  if (!done(try_outputs(live, {}))) return Exit::CannotRun;
  if (!demands.load_trust(options, limits)) return Exit::CannotRun;
  const auto canary = canary_of(options);
  if (!done(canary)) return Exit::CannotRun;
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = true; };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);

  live.inspect.report_ongoing = true;
  live.inspect.canary = *canary ? &**canary : nullptr;
  Pipeline pipeline(&live, &limits, demands.judge_options(live));
  const bool text_taken = std::find(options.outputs.begin(), options.outputs.end(), "-") != options.outputs.end();
  ReportOptions how;
  how.colour = coloured(options.colour, text_taken ? STDERR_FILENO : STDOUT_FILENO);
  bool spoken = false;
  Redaction redaction;
  pipeline.listen([&](const Session& session, const Finding& finding) {
    std::ostream& out = text_taken ? std::cerr : std::cout;
    if (options.redact == Redact::Strict) {
      Session told = session;
      Finding found = finding;
      redaction.live(told, found);
      out << live_line(told, found, how) << std::endl;
    } else {
      out << live_line(session, finding, how) << std::endl;
    }
    spoken = true;
  });
  if (!options.quiet)
    std::cerr << "watching " << escape_text(options.interface) << " (redaction " << to_string(options.redact)
              << "); Ctrl-C ends it with a report\n";
  const auto begun = std::chrono::steady_clock::now();
  pipeline.read(**source, [&] {
    return interrupted || (options.duration && std::chrono::steady_clock::now() - begun >= *options.duration);
  });
  Archives archives(&limits);
  RunFacts facts;
  facts.trust = demands.trust->facts();
  if (*canary) facts.canaries = (*canary)->markers();
  const InputFacts& read = (*source)->facts();
  if (read.ended.starts_with("error"))
    not_read(escape_text(read.path) + ": " + read.ended + "; what came before was analyzed", facts);
  facts.inputs.push_back(read);
  if (spoken && !text_taken) std::cout << '\n';
  return conclude(options, limits, archives, pipeline, std::move(facts), redaction);
}

/// What it says of exit codes is what the analysis left with; its own is 0, for it has judged nothing.
Exit render(const Options& options) {
  if (!done(try_outputs(options, named_inputs(options)))) return Exit::CannotRun;
  auto read = read_report(options.inputs.front());
  if (!done(read)) return Exit::CannotRun;
  StoredReport& report = *read;
  for (const std::string& line : report.left_out) spdlog::warn(line);
  Redaction redaction;
  if (report.options.redact == Redact::Strict && !options.redact_map.empty()) {
    spdlog::error(
        "{} {}: the report is redacted already; what its aliases stand for, only the run that made it can tell",
        kRedactMap, escape_text(options.redact_map));
    return Exit::CannotRun;
  }
  if (report.options.redact != options.redact && options.redact == Redact::Strict)
    redaction.apply(report.overview, report.options);
  report.options.max_bytes = options.max_bytes;
  Outputs outputs(&options);
  if (!options.sums.empty()) outputs.inputs().other("the report", options.inputs.front(), options.redact);
  outputs.map(redaction);
  outputs.reports(report.overview, std::move(report.options));
  outputs.sums();
  return outputs.failed() ? Exit::CannotRun : Exit::Pass;
}

Exit compare(const Options& options) {
  if (!done(try_outputs(options, named_inputs(options)))) return Exit::CannotRun;
  Redaction redaction;
  const bool strict = options.redact == Redact::Strict;
  const auto difference = compare_reports(options.inputs[0], options.inputs[1], strict ? &redaction : nullptr);
  if (!done(difference)) return Exit::CannotRun;
  const Exit exit = answer_of(**difference) == Answer::Worse ? Exit::Fail : Exit::Pass;
  ReportOptions how;
  how.exit_code = static_cast<int>(exit);
  Outputs outputs(&options);
  if (!options.sums.empty())
    for (const std::string& input : options.inputs) outputs.inputs().other("the report", input, options.redact);
  outputs.map(redaction);
  outputs.difference(**difference, std::move(how));
  outputs.sums();
  return outputs.failed() ? Exit::CannotRun : exit;
}

Exit infer_policy(const Options& options) {
  const Limits limits;
  Archives archives(&limits);
  RunFacts facts;
  const std::vector<InputFile> inputs = inputs_of(options, archives, facts);
  if (!done(try_outputs(options, inputs))) return Exit::CannotRun;
  KeyLog keys(&limits);
  Pipeline pipeline(&options, &limits);
  std::vector<std::string> copies;
  read_inputs(inputs, options, limits, archives, keys, pipeline, facts, copies);
  const bool unread = !facts.failed_inputs.empty();
  const Overview overview = pipeline.finish(std::move(facts));
  const auto write = [&](std::ostream& out) -> Expected<void> {
    write_inferred(out, overview);
    if (const auto& fault = overview.sessions.fault()) return tl::unexpected(*fault);
    return {};
  };
  if (!options.outputs.empty() && options.outputs.front() != "-") {
    const auto written = write_file(options.outputs.front(), kOutput, write);
    return done(written) && !unread ? Exit::Pass : Exit::CannotRun;
  }
  const auto written = write(std::cout);
  return flush_output() && done(written) && !unread ? Exit::Pass : Exit::CannotRun;
}

Exit survey_inputs(const Options& options) {
  const bool json = options.format == "json";
  if (options.inputs.empty()) {
    (json ? write_supported_json : write_supported_text)(std::cout, supported());
    return flush_output() ? Exit::Pass : Exit::CannotRun;
  }
  const Limits limits;
  Archives archives(&limits);
  RunFacts facts;
  Surveys all;
  for (const auto& [port, role] : followed_ports(options.inspect)) all.followed.push_back(port);
  const std::vector<InputFile> inputs = inputs_of(options, archives, facts);
  ProgressLine progress(options.quiet);
  each_source(inputs, archives, facts,
              [&](PacketSource& source) { all.inputs.push_back(survey(source, options.inspect, limits, progress)); });
  all.skipped_files = facts.skipped_files;
  all.failed_inputs = facts.failed_inputs;
  (json ? write_surveys_json : write_surveys_text)(std::cout, all);
  return flush_output() && facts.failed_inputs.empty() ? Exit::Pass : Exit::CannotRun;
}

Exit convert(const Options& options) {
  const Limits limits;
  Archives archives(&limits);
  RunFacts facts;
  const std::vector<InputFile> inputs = inputs_of(options, archives, facts);
  const std::string& path = options.outputs.front();
  if (!done(try_outputs(options, inputs))) return Exit::CannotRun;
  std::error_code none;
  if (path != "-" && fs::is_regular_file(path, none)) {
    spdlog::error("{}: there is such a file already, and it may be a capture; remove it, or name another",
                  escape_text(path));
    return Exit::CannotRun;
  }
  const auto write = [&](std::ostream& out) -> Expected<void> {
    Conversion conversion(&out, options.quiet, &facts);
    if (inputs.size() == 1 && !is_regular(inputs.front()))
      each_source(inputs, archives, facts, [&](PacketSource& source) { conversion.all_of(source); });
    else
      conversion.in_order(inputs, archives, limits);
    if (conversion.inputs() == 0) return fail("nothing was converted: there is no capture in what was named");
    return {};
  };
  const bool whole = path == "-" ? done(write(std::cout)) && flush_output() : done(write_file(path, kOutput, write));
  return whole && facts.failed_inputs.empty() ? Exit::Pass : Exit::CannotRun;
}

Exit explain_finding(const Options& options) {
  if (options.finding.empty()) {
    for (const FindingKind& kind : catalogue()) std::cout << kind.id << "\t" << title(kind) << "\n";
    return flush_output() ? Exit::Pass : Exit::CannotRun;
  }
  const FindingKind* kind = find_kind(options.finding);
  if (!kind) {
    spdlog::error("{}: no such finding; mailseal explain lists them", escape_text(options.finding));
    return Exit::CannotRun;
  }
  std::cout << explain(*kind);
  return flush_output() ? Exit::Pass : Exit::CannotRun;
}

/// A standard stream that was closed is opened again, so that no capture or report takes its
/// number; in the wrong direction, so that its use fails and is told.
void hold_standard_streams() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(number, F_GETFD) < 0) (void)open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

}  // namespace

Exit run(int argc, char** argv) {
  hold_standard_streams();
  for (const int number : {SIGPIPE, SIGXFSZ}) std::signal(number, SIG_IGN);  // writing fails, and that is told
  spdlog::set_default_logger(spdlog::stderr_logger_st("mailseal"));
  spdlog::set_pattern("mailseal: %v");
  try {
    const auto parsed = parse_options(argc, argv);
    if (!parsed) {
      spdlog::error(parsed.error().message);
      return Exit::CannotRun;
    }
    if (const auto* done = std::get_if<Done>(&*parsed))
      return flush_output() ? static_cast<Exit>(done->exit_code) : Exit::CannotRun;
    const Options& options = std::get<Options>(*parsed);
    if (const auto chosen = choose_language(options.language); !chosen) {
      spdlog::error(chosen.error().message);
      return Exit::CannotRun;
    }
    switch (options.command) {
      case Command::Check:
        return check(options);
      case Command::Watch:
        return watch(options);
      case Command::Report:
        return render(options);
      case Command::Diff:
        return compare(options);
      case Command::Inputs:
        return survey_inputs(options);
      case Command::Convert:
        return convert(options);
      case Command::Explain:
        return explain_finding(options);
      case Command::Policy:
        return infer_policy(options);
    }
  } catch (const std::bad_alloc&) {
    spdlog::error("out of memory; split the capture, or filter it to the mail ports");
  } catch (const std::exception& e) {
    spdlog::error("internal error: {}; please report it with the capture's first packets", escape_text(e.what()));
  }
  return Exit::CannotRun;
}

}  // namespace mailseal
