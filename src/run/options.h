// Options: the command line, as far as it could be understood.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "mailseal/base/expected.h"
#include "mailseal/inspect.h"
#include "mailseal/overview.h"
#include "mailseal/report.h"

namespace mailseal {

enum class Command { Check, Watch, Report, Diff, Explain, Policy, Inputs, Convert };
/// What evidence keeps of what TCP carried: TLS handshakes of sessions that showed nothing in clear, nothing, or all.
enum class Payload : std::uint8_t { Tls, Zero, Keep };
enum class ColourWhen { Auto, Always, Never };

struct Options {
  Command command = Command::Check;
  std::vector<std::string> arguments;  ///< as given, without the program; of markers their digests
  /// check, inputs, convert: files, directories, "-"; report: a JSON report or "-"; diff: two
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;   ///< -o; "-" is standard output
  std::string format;                 ///< --format; empty: by suffix
  std::string extract;                ///< check: a pcapng of the evidence; empty: none
  Payload payload = Payload::Tls;     ///< of the evidence; what is not kept is blanked, lengths and checksums stay
  std::vector<std::string> key_logs;  ///< check --keylog
  std::vector<std::string> canaries;  ///< --canary, and the lines of --canary-file
  std::vector<std::string> canary_files;
  Redact redact = Redact::Standard;
  std::string redact_map;     ///< what the aliases stand for goes there; empty: nowhere
  std::string sums;           ///< a SHA256SUMS of inputs and outputs; empty: none
  std::size_t max_bytes = 0;  ///< --max-bytes; 0: no limit
  ColourWhen colour = ColourWhen::Auto;
  bool quiet = false;
  std::string interface, filter;                      ///< watch
  std::optional<std::chrono::milliseconds> duration;  ///< watch --for
  std::string finding;                                ///< explain; empty: the list
  std::optional<Language> language;                   ///< --lang; nullopt: that of the locale
  std::string ca_file, ca_path;                       ///< what chains may end in; both empty: the system's store
  std::vector<ServerName> server_names;               ///< --server-name
  std::string policy, profile;                        ///< --policy, --profile; empty: none
  InspectOptions inspect;
  OverviewOptions overview;
};

struct Done {  ///< help or version was printed, or the line was wrong: leave with this code
  int exit_code;
};

/// What the command line asks for. Help and version go to standard output; an error is
/// one line that names the option and says where help is.
Expected<std::variant<Options, Done>> parse_options(int argc, char** argv);

}  // namespace mailseal
