// The commands: check, watch, explain.
#include "mailseal/run.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "options.h"
#include "output.h"
#include "pipeline.h"
#include "privileges.h"
#include "progress.h"

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

struct Input {
  fs::path path;
  bool named;  ///< on the command line, not found in a directory
};

/// Directories are walked in the order of names, hidden files left out.
std::vector<Input> inputs_of(const Options& options, RunFacts& facts) {
  std::vector<Input> inputs;
  for (const std::string& name : options.inputs) {
    std::error_code error;
    if (name == "-" || !fs::is_directory(name, error)) {
      inputs.push_back({name, true});
      continue;
    }
    std::vector<fs::path> found;
    fs::recursive_directory_iterator at(name, fs::directory_options::skip_permission_denied, error);
    if (error) {
      facts.failed_inputs.push_back(escape_text(name) + ": " + error.message());
      continue;
    }
    for (; at != fs::recursive_directory_iterator(); at.increment(error)) {
      const bool hidden = at->path().filename().string().starts_with('.');
      if (hidden && at->is_directory(error)) at.disable_recursion_pending();
      if (!hidden && at->is_regular_file(error)) found.push_back(at->path());
    }
    std::sort(found.begin(), found.end());
    for (const fs::path& path : found) inputs.push_back({path, false});
  }
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

Exit conclude(const Options& options, Pipeline& pipeline, RunFacts facts) {
  const bool trouble = !facts.failed_inputs.empty();
  const Overview overview = pipeline.finish(std::move(facts));
  const Exit exit = trouble ? Exit::CannotRun : exit_of(overview.verdict);
  ReportOptions how;
  how.arguments = options.arguments;
  how.generated = now();
  how.exit_code = static_cast<int>(exit);
  if (const auto written = write_reports(options, overview, how); !written) {
    spdlog::error(written.error().message);
    return Exit::CannotRun;
  }
  return exit;
}

Exit check(const Options& options) {
  const Limits limits;
  Pipeline pipeline(&options, &limits);
  RunFacts facts;
  const std::vector<Input> inputs = inputs_of(options, facts);
  ProgressLine progress(options.quiet ? ProgressLine::When::Never : ProgressLine::When::OnTerminal);
  for (const Input& input : inputs) {
    auto source = open_file(input.path, static_cast<std::uint32_t>(facts.inputs.size()), &limits);
    if (!source) {
      if (!input.named) {
        facts.skipped_files.push_back(input.path.string());
        continue;
      }
      progress.clear();
      spdlog::error(source.error().message);
      facts.failed_inputs.push_back(source.error().message);
      continue;
    }
    pipeline.read(**source, [&] {
      progress.show(input.path.string(), (*source)->facts());
      return false;
    });
    const InputFacts& read = (*source)->facts();
    if (read.ended.starts_with("error")) {
      const std::string line = escape_text(read.path) + ": " + read.ended + "; what stands before was analyzed";
      progress.clear();
      spdlog::error(line);
      facts.failed_inputs.push_back(line);
    }
    facts.inputs.push_back(read);
  }
  progress.clear();
  if (facts.inputs.empty() && !facts.failed_inputs.empty()) return Exit::CannotRun;
  return conclude(options, pipeline, std::move(facts));
}

Exit watch(const Options& options) {
  const Limits limits;
  auto source = open_live(options.interface, options.filter, 0);
  if (!source) {
    spdlog::error(source.error().message);
    return Exit::CannotRun;
  }
  if (const auto dropped = drop_privileges(); !dropped) {
    spdlog::error(dropped.error().message);
    return Exit::CannotRun;
  }
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = true; };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);

  Options live = options;
  live.inspect.report_ongoing = true;
  Pipeline pipeline(&live, &limits);
  const bool text_taken = std::find(options.outputs.begin(), options.outputs.end(), "-") != options.outputs.end();
  const bool colour = coloured(options.colour, text_taken ? STDERR_FILENO : STDOUT_FILENO);
  pipeline.listen([&](const Session& session, const Finding& finding) {
    (text_taken ? std::cerr : std::cout) << live_line(session, finding, colour) << std::endl;
  });
  if (!options.quiet) std::cerr << "watching " << escape_text(options.interface) << "; Ctrl-C ends it with a report\n";
  const auto begun = std::chrono::steady_clock::now();
  pipeline.read(**source, [&] {
    return interrupted || (options.duration && std::chrono::steady_clock::now() - begun >= *options.duration);
  });
  RunFacts facts;
  facts.inputs.push_back((*source)->facts());
  return conclude(options, pipeline, std::move(facts));
}

Exit explain_finding(const Options& options) {
  if (options.finding.empty()) {
    for (const FindingKind& kind : catalogue()) std::cout << kind.id << "\t" << kind.title << "\n";
    return Exit::Pass;
  }
  const FindingKind* kind = find_kind(options.finding);
  if (!kind) {
    spdlog::error("{}: no such finding; mailseal explain lists them", escape_text(options.finding));
    return Exit::CannotRun;
  }
  std::cout << explain(*kind);
  return Exit::Pass;
}

}  // namespace

Exit run(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  spdlog::set_default_logger(spdlog::stderr_logger_st("mailseal"));
  spdlog::set_pattern("mailseal: %v");
  try {
    const auto parsed = parse_options(argc, argv);
    if (!parsed) {
      spdlog::error(parsed.error().message);
      return Exit::CannotRun;
    }
    if (const auto* done = std::get_if<Done>(&*parsed)) return static_cast<Exit>(done->exit_code);
    const Options& options = std::get<Options>(*parsed);
    switch (options.command) {
      case Command::Check:
        return check(options);
      case Command::Watch:
        return watch(options);
      case Command::Explain:
        return explain_finding(options);
    }
  } catch (const std::bad_alloc&) {
    spdlog::error("out of memory; split the capture, or filter it to the mail ports");
  } catch (const std::exception& e) {
    spdlog::error("internal error: {}; please report it with the capture's first packets", escape_text(e.what()));
  }
  return Exit::CannotRun;
}

}  // namespace mailseal
