#include "options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <iostream>

#include "canaries.h"
#include "identity.h"
#include "mailseal/base/ascii.h"
#include "mailseal/report.h"

namespace mailseal {
namespace {

struct PortName {
  std::string_view name;
  Protocol protocol;
};
constexpr PortName kProtocolNames[] = {
    {"smtp", Protocol::Smtp}, {"lmtp", Protocol::Lmtp}, {"pop3", Protocol::Pop3}, {"imap", Protocol::Imap}};

/// "10025=smtp", "4465=smtp/tls"
Expected<std::pair<std::uint16_t, PortRole>> parse_port(const std::string& text) {
  const auto wrong = [&] {
    return fail("--port " + escape_text(text) +
                ": say NUMBER=smtp|lmtp|pop3|imap, with /tls behind it where TLS comes first");
  };
  const std::size_t equals = text.find('=');
  if (equals == text.npos || equals == 0 || equals > 5) return wrong();
  unsigned number = 0;
  for (const char c : text.substr(0, equals)) {
    if (!is_digit(c)) return wrong();
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  if (number == 0 || number > 65'535) return wrong();
  std::string_view name = std::string_view(text).substr(equals + 1);
  const bool tls = name.ends_with("/tls");
  if (tls) name.remove_suffix(4);
  for (const PortName& p : kProtocolNames)
    if (same_word(name, p.name))
      return std::pair{static_cast<std::uint16_t>(number),
                       PortRole{p.protocol, tls ? Entry::ImplicitTls : Entry::Plain}};
  return wrong();
}

/// "192.0.2.25=mail.example", "192.0.2.25:465=mail.example", "[2001:db8::25]:25=mail.example"
Expected<ServerName> parse_server_name(const std::string& text) {
  const auto wrong = [&](const char* why) {
    return fail("--server-name " + escape_text(text) + ": " + why +
                "; say ADDR=NAME or ADDR:PORT=NAME, an IPv6 address in brackets");
  };
  const std::size_t equals = text.find('=');
  if (equals == text.npos) return wrong("no name is given");
  std::string_view where = std::string_view(text).substr(0, equals);
  const bool bracketed = where.starts_with('[');
  const std::size_t end = bracketed ? where.find(']') : std::min(where.find(':'), where.size());
  if (end == where.npos) return wrong("no address");
  const std::string_view host = bracketed ? where.substr(1, end - 1) : where.substr(0, end);
  where.remove_prefix(bracketed ? end + 1 : end);
  ServerName known;
  const auto address = parse_address(host);
  if (!address || bracketed != (host.find(':') != host.npos)) return wrong("no address");
  known.address = *address;
  if (!where.empty()) {
    std::uint16_t port = 0;
    const auto [stopped, error] = std::from_chars(where.data() + 1, where.data() + where.size(), port);
    if (where.front() != ':' || error != std::errc() || stopped != where.data() + where.size() || port == 0)
      return wrong("no port");
    known.port = port;
  }
  known.name = text.substr(equals + 1);
  const auto in_name = [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; };
  const bool is_name = known.name.size() <= 255 && !known.name.starts_with('.') &&
                       std::all_of(known.name.begin(), known.name.end(), in_name);
  if (known.name.empty() || (!is_name && !parse_address(known.name))) return wrong("no name of a host");
  return known;
}

/// "90", "90s", "10m", "2h"
Expected<std::chrono::milliseconds> parse_duration(const std::string& text) {
  std::size_t digits = 0;
  long long n = 0;
  while (digits < text.size() && digits < 9 && is_digit(text[digits])) n = n * 10 + (text[digits++] - '0');
  const std::string unit = text.substr(digits);
  const long long seconds = unit.empty() || unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : 0;
  if (digits == 0 || seconds == 0 || n == 0)
    return fail("--for " + escape_text(text) + ": say a time like 90s, 10m or 2h");
  return std::chrono::seconds(n * seconds);
}

constexpr std::size_t kSmallestReport = 2000;  ///< the verdict always fits

/// "65536"
Expected<std::size_t> parse_max_bytes(const std::string& text) {
  std::size_t n = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, n);
  if (error != std::errc() || stopped != end || n < kSmallestReport)
    return fail("--max-bytes " + escape_text(text) + ": say a number of octets, at least " +
                std::to_string(kSmallestReport));
  return n;
}

/// "text (.txt), json (.json), ..."
std::string format_list() {
  std::string list;
  for (const Format& format : formats())
    (list += list.empty() ? "" : ", ") += std::string(format.name) + " (" + std::string(format.suffix) + ")";
  return list;
}

constexpr std::string_view kAbout =
    "Says for every SMTP, POP3 and IMAP conversation in a packet capture whether mail,\n"
    "credentials or addresses could be read on the wire, with the frames that prove it.";
constexpr std::string_view kFooter =
    "Exit: 0 pass, 1 fail, 2 could not run, 3 inconclusive.\n"
    "Examples:\n"
    "  mailseal check relay.pcap -o report.json\n"
    "  tcpdump -w - port 25 | mailseal check -\n"
    "  mailseal watch -i eth1 --for 10m\n"
    "  mailseal report report.json -o report.txt\n"
    "  mailseal diff monday.json tuesday.json\n"
    "  mailseal explain starttls-offered-not-used";

/// As given.
struct Raw {
  std::vector<std::string> ports, server_names;
  std::string fail_on = "high", colour = "auto", duration, payload, max_bytes, redact = "standard";
  std::optional<std::string> language;
};

void language_option(CLI::App& app, Raw& raw) {
  app.add_option("--lang", raw.language, "Language of reports for people: en, ja (default: that of the locale)")
      ->type_name("LANG");
}

/// What every command takes that writes a report.
void output_options(CLI::App& app, Options& o, Raw& raw, const std::string& formats) {
  app.add_option("-o,--output", o.outputs,
                 "Write the report there too (repeatable); - is standard output, in place of the text")
      ->type_name("FILE");
  app.add_option("--format", o.format,
                 "Format of -o whatever its suffix: " + formats + "; without -o, of standard output")
      ->type_name("NAME");
  app.add_option("--color,--colour", raw.colour, "auto (default), always, never; NO_COLOR is respected")
      ->type_name("WHEN");
  language_option(app, raw);
  app.add_option("--redact", raw.redact,
                 "standard (default): mailboxes are masked; strict: aliases stand for addresses, names and paths, too")
      ->type_name("LEVEL");
  app.add_option("--redact-map", o.redact_map, "Write what the aliases of --redact strict stand for, for you alone")
      ->type_name("FILE");
  app.add_option("--sums", o.sums, "Write the SHA-256 of inputs and outputs, for sha256sum -c")->type_name("FILE");
}

/// What is no comparison.
void body_options(CLI::App& app, Raw& raw) {
  app.add_option("--max-bytes", raw.max_bytes,
                 "Keep text, markdown, jira and textile below so many octets: the least severe findings are left out")
      ->type_name("N");
}

/// What both check and watch take.
void common_options(CLI::App& app, Options& o, Raw& raw) {
  output_options(app, o, raw, format_list());
  body_options(app, raw);
  app.add_option("--fail-on", raw.fail_on,
                 "Findings that fail the run, this severe or worse: critical, high (default), medium, low; "
                 "none: only readable mail and credentials")
      ->type_name("SEVERITY");
  app.add_option("--port", raw.ports, "Mail on another port: 10025=smtp, 4465=smtp/tls (repeatable)")
      ->type_name("N=PROTO");
  app.add_option("--ca-file", o.ca_file, "Verify certificates with these trusted ones (PEM), not with the system's")
      ->type_name("FILE");
  app.add_option("--ca-path", o.ca_path, "Likewise with all that lie in a directory")->type_name("DIR");
  app.add_option("--server-name", raw.server_names,
                 "The name that a server's certificate must have, whatever the client asked for: "
                 "192.0.2.25=mail.example, [2001:db8::25]:465=mail.example (repeatable)")
      ->type_name("ADDR=NAME");
  app.add_option("--policy", o.policy,
                 "Hold every session against the rules of this TOML file, and tell which are kept")
      ->type_name("FILE");
  app.add_option("--profile", o.profile, "Tell what is below this baseline: ncsc-nl-2025, nist-sp800-52r2, ...")
      ->type_name("NAME");
  app.add_option("--canary", o.canaries,
                 "Look for this text, which you mailed, in all that is readable (repeatable); reports tell its SHA-256")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  app.add_option("--canary-file", o.canary_files,
                 "Likewise for each line of a file, which keeps it out of the list of processes")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_flag("--any-port", o.inspect.any_port, "Find mail on every port by its greeting");
  app.add_flag("--all", o.overview.all, "List connections that nothing answered, too");
  app.add_flag("-q,--quiet", o.quiet, "No progress line");
}

/// --redact, and what must not undo it; files that are no reports.
Expected<void> settle_redaction(Options& o, const Raw& raw) {
  if (raw.redact == to_string(Redact::Strict))
    o.redact = Redact::Strict;
  else if (raw.redact != to_string(Redact::Standard))
    return fail("--redact " + escape_text(raw.redact) + ": say standard or strict");
  if (!o.redact_map.empty() && o.redact != Redact::Strict)
    return fail("--redact-map: there are aliases with --redact strict only");
  if (!o.extract.empty() && o.redact == Redact::Strict)
    return fail("--extract: packets hold the addresses that --redact strict replaces; do without one of them");
  for (const auto& [option, file] :
       {std::pair("--redact-map", &o.redact_map), std::pair("--sums", &o.sums), std::pair("--extract", &o.extract)})
    if (*file == "-") return fail(std::string(option) + " -: it is no report; name a file");
  return {};
}

Expected<Options> settle(Options o, const Raw& raw) {
  for (const std::string& path : o.canary_files)
    if (auto read = read_canary_file(path, o.canaries); !read) return tl::unexpected(read.error());
  if (auto masked = mask_canaries(o.canaries, o.arguments); !masked) return tl::unexpected(masked.error());
  for (const std::string& text : raw.ports) {
    const auto port = parse_port(text);
    if (!port) return tl::unexpected(port.error());
    o.inspect.ports.insert_or_assign(port->first, port->second);
  }
  for (const std::string& text : raw.server_names) {
    auto name = parse_server_name(text);
    if (!name) return tl::unexpected(name.error());
    for (const ServerName& other : o.server_names)
      if (other.address == name->address && other.port == name->port && !same_word(other.name, name->name))
        return fail("--server-name " + escape_text(text) + ": that server has the name " + escape_text(other.name) +
                    " already; name it once");
    o.server_names.push_back(std::move(*name));
  }
  constexpr Severity kSeverities[] = {Severity::Critical, Severity::High, Severity::Medium, Severity::Low};
  if (raw.fail_on == "none") {
    o.overview.fail_on.reset();
  } else {
    const auto at = std::find_if(std::begin(kSeverities), std::end(kSeverities),
                                 [&](Severity s) { return to_string(s) == raw.fail_on; });
    if (at == std::end(kSeverities))
      return fail("--fail-on " + escape_text(raw.fail_on) + ": say critical, high, medium, low or none");
    o.overview.fail_on = *at;
  }
  if (raw.colour == "always")
    o.colour = ColourWhen::Always;
  else if (raw.colour == "never")
    o.colour = ColourWhen::Never;
  else if (raw.colour != "auto")
    return fail("--color " + escape_text(raw.colour) + ": say auto, always or never");
  if (raw.language && !(o.language = find_language(*raw.language)))
    return fail("--lang " + escape_text(*raw.language) + ": say en or ja");
  if (!raw.payload.empty() && o.extract.empty())
    return fail("--extract-payload " + escape_text(raw.payload) + ": nothing is extracted; add --extract FILE");
  if (raw.payload == "zero")
    o.payload = Payload::Zero;
  else if (raw.payload == "keep")
    o.payload = Payload::Keep;
  else if (!raw.payload.empty() && raw.payload != "tls")
    return fail("--extract-payload " + escape_text(raw.payload) + ": say tls, zero or keep");
  if (!o.extract.empty() && std::find(o.inputs.begin(), o.inputs.end(), "-") != o.inputs.end())
    return fail("--extract: standard input cannot be read twice; write it to a file first");
  if (auto told = settle_redaction(o, raw); !told) return tl::unexpected(told.error());
  if (!raw.duration.empty()) {
    const auto duration = parse_duration(raw.duration);
    if (!duration) return tl::unexpected(duration.error());
    o.duration = *duration;
  }
  if (!raw.max_bytes.empty()) {
    const auto max_bytes = parse_max_bytes(raw.max_bytes);
    if (!max_bytes) return tl::unexpected(max_bytes.error());
    o.max_bytes = *max_bytes;
  }
  if (o.command == Command::Diff) {
    if (std::count(o.inputs.begin(), o.inputs.end(), "-") > 1)
      return fail("diff - -: only one of the two reports can come from standard input");
    if (!o.format.empty() && !find_difference_format(o.format))
      return fail("--format " + escape_text(o.format) + ": no format of a difference; say text, markdown or html");
    for (const std::string& output : o.outputs)
      if (o.format.empty() && !find_difference_format(output == "-" ? "text" : output))
        return fail("-o " + escape_text(output) +
                    ": its suffix names no format of a difference; add --format or end it in .txt, .md or .html");
    return o;
  }
  if (o.command == Command::Inputs) {
    if (!o.format.empty() && o.format != "text" && o.format != "json")
      return fail("--format " + escape_text(o.format) + ": say text or json");
    return o;
  }
  if (o.command == Command::Convert) {
    if (o.outputs.empty()) {
      if (o.inputs.size() < 2)
        return fail("convert " + escape_text(o.inputs.front()) +
                    ": name the pcapng to write, too: mailseal convert IN OUT.pcapng");
      o.outputs.push_back(std::move(o.inputs.back()));
      o.inputs.pop_back();
    }
    if (o.outputs.size() > 1) return fail("-o " + escape_text(o.outputs[1]) + ": all inputs are written to one file");
    // A list of captures whose end was meant to be one of them would lose it.
    if (o.outputs.front() != "-" && !o.outputs.front().ends_with(".pcapng"))
      return fail("convert ... " + escape_text(o.outputs.front()) +
                  ": what is written is pcapng, and comes last; end its name in .pcapng");
    return o;
  }
  if (o.command == Command::Policy) {
    if (o.outputs.size() > 1) return fail("-o " + escape_text(o.outputs[1]) + ": one policy is written, to one file");
    return o;
  }
  if (!o.format.empty() && !find_format(o.format))
    return fail("--format " + escape_text(o.format) + ": no such format; say one of " + format_list());
  for (const std::string& output : o.outputs)
    if (o.format.empty() && !find_format(output == "-" ? "text" : output))
      return fail("-o " + escape_text(output) + ": its suffix names no format; add --format json or end it in one of " +
                  format_list());
  return o;
}

std::string version_line() {
  const std::string line = "mailseal " MAILSEAL_VERSION, commit(build_commit());
  return commit.empty() ? line : line + " (" + commit + ")";
}

}  // namespace

Expected<std::variant<Options, Done>> parse_options(int argc, char** argv) {
  Options o;
  Raw raw;
  for (int i = 1; i < argc; ++i) o.arguments.emplace_back(argv[i]);

  CLI::App app{std::string(kAbout), "mailseal"};
  app.set_version_flag("--version", version_line());
  app.footer(std::string(kFooter));
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);

  CLI::App* check =
      app.add_subcommand("check", "Judge captures of any kind, directories and archives of them, - for standard input");
  check->add_option("INPUT", o.inputs, "Captures, directories, archives, or -")->required()->type_name("");
  common_options(*check, o, raw);
  check->add_option("--extract", o.extract, "Write the frames that findings cite, with their handshakes, as a pcapng")
      ->type_name("FILE");
  check
      ->add_option("--extract-payload", raw.payload,
                   "tls (default): blank all but TLS handshakes; zero: blank all; keep: passwords and mail too")
      ->type_name("HOW");
  check
      ->add_option("--keylog", o.key_logs,
                   "Decrypt with the secrets of this NSS key log (repeatable); what is inside TLS is told apart")
      ->type_name("FILE");
  CLI::App* watch = app.add_subcommand("watch", "Judge live traffic until Ctrl-C; needs root only to open the device");
  watch->add_option("-i,--interface", o.interface, "Device to capture on")->required()->type_name("DEVICE");
  watch->add_option("--for", raw.duration, "Stop after this time: 90s, 10m, 2h")->type_name("TIME");
  watch->add_option("--filter", o.filter, "A pcap-filter(7) expression")->type_name("EXPR");
  common_options(*watch, o, raw);
  CLI::App* report = app.add_subcommand("report", "Render a JSON report again, in other formats; - for standard input");
  report->add_option("REPORT", o.inputs, "What check or watch wrote with -o FILE.json, or -")
      ->required()
      ->expected(1)
      ->type_name("");
  output_options(*report, o, raw, format_list());
  body_options(*report, raw);
  report->footer("Exit: 0 rendered (whatever the verdict was), 2 could not run.");
  CLI::App* diff = app.add_subcommand("diff", "Say what opened, closed or changed between two JSON reports");
  diff->add_option("REPORTS", o.inputs, "The report before and the one after; one of them may be -")
      ->required()
      ->expected(2)
      ->type_name("BEFORE AFTER");
  output_options(*diff, o, raw, "text, markdown, html");
  diff->footer("Exit: 0 nothing got worse, 1 something opened or got worse, 2 could not run.");
  CLI::App* policy = app.add_subcommand("policy", "Write a policy file of what captures show, for --policy");
  policy->add_option("--infer", o.inputs, "Captures, directories, archives, or -")->required()->type_name("INPUT...");
  policy->add_option("-o,--output", o.outputs, "Write it there, not to standard output")->type_name("FILE");
  policy->add_option("--port", raw.ports, "Mail on another port: 10025=smtp, 4465=smtp/tls (repeatable)")
      ->type_name("N=PROTO");
  policy->add_flag("--any-port", o.inspect.any_port, "Find mail on every port by its greeting");
  policy->add_flag("-q,--quiet", o.quiet, "No progress line");
  policy->footer("Exit: 0 written, 2 could not run.");
  CLI::App* inputs = app.add_subcommand(
      "inputs", "Say what captures are taken for and what is in them, without judging; without a file, what is read");
  inputs->add_option("INPUT", o.inputs, "Captures, directories, archives, or -")->type_name("");
  inputs->add_option("--format", o.format, "text (default), json")->type_name("NAME");
  inputs->add_option("--port", raw.ports, "Mail on another port: 10025=smtp, 4465=smtp/tls (repeatable)")
      ->type_name("N=PROTO");
  inputs->add_flag("-q,--quiet", o.quiet, "No progress line");
  language_option(*inputs, raw);
  inputs->footer("Exit: 0 all was read, 2 something could not be.");
  CLI::App* convert = app.add_subcommand("convert", "Write captures of any kind as one pcapng");
  convert
      ->add_option("INPUT", o.inputs, "Captures, directories, archives, or -; last what is written: OUT.pcapng, or -")
      ->required()
      ->type_name("INPUT... OUT");
  convert->add_option("-o,--output", o.outputs, "Write it there; all that stands without an option is input then")
      ->type_name("FILE");
  convert->add_flag("-q,--quiet", o.quiet, "No progress line");
  convert->footer("Exit: 0 written, 2 something could not be read or written.");
  CLI::App* explain = app.add_subcommand("explain", "Say what a finding means and what to do; without an id, list all");
  explain->footer("Exit: 0 explained, 2 there is no such finding.");
  CLI::Option* id = explain->add_option("ID", o.finding, "The finding, as a report names it")->type_name("");
  explain
      ->add_flag_callback(
          "--list", [] {}, "List all findings, as without an id")
      ->excludes(id);
  language_option(*explain, raw);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return std::variant<Options, Done>(Done{app.exit(e)});
    const auto used = app.get_subcommands();
    const std::string help = used.empty() ? "mailseal --help" : "mailseal " + used.front()->get_name() + " --help";
    // CLI11 asks for what is missing before it says what is unknown; a person mistyped the latter.
    const std::vector<std::string> unknown = app.remaining(true);
    if (!unknown.empty() && unknown.front() != "--") {
      const char* why = unknown.front().starts_with('-') ? "no such option"
                        : used.empty()                   ? "no such command"
                                                         : "one argument too many";
      // Of an option the name alone: what stands behind it may be a marker, or a secret.
      const std::string named =
          unknown.front().starts_with('-') ? unknown.front().substr(0, unknown.front().find('=')) : unknown.front();
      return fail(escape_text(named) + ": " + why + "; see " + help);
    }
    std::string what = escape_text(e.what());
    while (what.ends_with('.') || what.ends_with('\n')) what.pop_back();
    return fail(what + "; see " + help);
  }
  for (const auto& [app_of, command] : {std::pair{check, Command::Check},
                                        {watch, Command::Watch},
                                        {report, Command::Report},
                                        {diff, Command::Diff},
                                        {explain, Command::Explain},
                                        {policy, Command::Policy},
                                        {inputs, Command::Inputs},
                                        {convert, Command::Convert}})
    if (*app_of) o.command = command;
  auto settled = settle(std::move(o), raw);
  if (!settled) return tl::unexpected(settled.error());
  return std::variant<Options, Done>(std::move(*settled));
}

}  // namespace mailseal
