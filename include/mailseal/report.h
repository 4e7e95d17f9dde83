// report: from the overview to text a person or a program reads.
//
// Everything printed that came off the wire is escaped here and nowhere else.
//
//   previous: overview.h
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mailseal/base/expected.h"
#include "mailseal/base/suites.h"
#include "mailseal/overview.h"

namespace mailseal {

std::string_view program_version() noexcept;  ///< "0.1.0"

/// What of people and hosts a report tells. Secrets, subjects and text: in none.
enum class Redact : std::uint8_t {
  Standard,  ///< mailboxes masked, addresses and names told
  Strict     ///< and stable aliases in place of addresses, names and paths
};
std::string_view to_string(Redact) noexcept;  ///< "standard", "strict"

struct ReportOptions {
  // Of the program that judged: this one, or the one that wrote the report which is read again.
  std::string version{program_version()};
  std::string commit;                     ///< of the source it was built from; "": not known
  std::string executable_sha256;          ///< of its file; "": not taken
  std::string registry{registry_date()};  ///< the date of its IANA tables

  std::vector<std::string> arguments;  ///< of the command line, without the program
  std::string generated;               ///< RFC 3339; the only thing that may differ between runs
  bool colour = false;
  int exit_code = 0;
  Redact redact = Redact::Standard;  ///< as it was done: a writer only tells it
  std::size_t max_bytes = 0;         ///< of text and ticket bodies: whole findings are left out; 0: no limit
};

/// One row of the format table (src/report/formats.cpp).
struct Format {
  std::string_view name;    ///< what --format takes
  std::string_view suffix;  ///< what -o FILE ends in, with the dot
  void (*write)(std::ostream&, const Overview&, const ReportOptions&);
};
std::span<const Format> formats() noexcept;
const Format* find_format(std::string_view name_or_suffix) noexcept;

/// Strict redaction: the model with aliases in it, made once for every format (src/report/aliases.h has their forms).
/// Addresses, names, certificates' serials and digests, interfaces and paths are replaced; times, ports, sizes and the
/// captures' digests stay. One object for one report: its aliases are numbered as they come.
class Redaction {
 public:
  Redaction();
  ~Redaction();
  /// All of a report: its sessions when they are read, the rest at once.
  void apply(Overview&, ReportOptions&);

  // The same in parts, where sessions are not kept: each of them in order of the report, then the rest.
  // A second time a session becomes what it became before, but for what only a later one has named.
  JudgedSession redacted(JudgedSession);
  /// What is not a session; and the arguments, which name files.
  void rest(Overview&, ReportOptions&);

  /// Of a session in progress, as live_line() is to tell it.
  void live(Session&, Finding&);
  /// The alias of a file of which nothing else is known.
  std::string path(const std::string&);
  /// What each alias stands for: "kind TAB alias TAB original", for the one who may know.
  void write_map(std::ostream&) const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  ///< the sessions that it is applied to share it
};

/// What reports for people are written in. JSON and other formats for machines are always the same.
enum class Language : std::uint8_t { English, Japanese };
std::string_view to_string(Language) noexcept;  ///< "en", "ja"
std::optional<Language> find_language(std::string_view) noexcept;
/// From now on all reports of this process are in this language, with the first translations found in these folders
/// (FOLDER/ja/LC_MESSAGES/mailseal.mo); English needs none. Before other threads begin: it sets LANGUAGE.
Expected<void> speak(Language, const std::vector<std::string>& folders);

/// A JSON report, read again. Its findings are worded as they were when it was written.
struct StoredReport {
  Overview overview;
  ReportOptions options;
  std::vector<std::string> left_out;    ///< what this version does not know and a dress will not show: one line each
  std::shared_ptr<const void> wording;  ///< what the FindingKinds of `overview` are kept in
};
/// Hands over each session as it is read, in order of ids.
using TakeSession = std::function<void(JudgedSession&&)>;

/// Reads mailseal-report/1 in one pass, from strangers: every member is looked at, nothing is believed. The error says
/// what is wrong, at which member and octet, and what to do. With `take`, sessions go there and `overview` has none.
/// "-" is standard input.
Expected<StoredReport> read_report(const std::string& path, const TakeSession& take = {});
/// `name` is what errors call it.
Expected<StoredReport> read_report(std::istream&, std::string_view name, const TakeSession& take = {});

/// Two reports of the same network compared: what opened, what closed, what changed (src/report/diff.h).
struct Difference;
enum class Answer : std::uint8_t { Same, Better, Worse, Changed };
/// Of paths as read_report() takes them; at most one may be "-". With `redaction` both are redacted by it. Reports that
/// are redacted already are refused: their aliases stand for different things.
Expected<std::shared_ptr<const Difference>> compare_reports(const std::string& before, const std::string& after,
                                                            Redaction* redaction = nullptr);
Answer answer_of(const Difference&) noexcept;

/// One row of its format table (src/report/diff.cpp); of the options only `colour` and `exit_code` are used.
struct DifferenceFormat {
  std::string_view name, suffix;
  void (*write)(std::ostream&, const Difference&, const ReportOptions&);
};
std::span<const DifferenceFormat> difference_formats() noexcept;
const DifferenceFormat* find_difference_format(std::string_view name_or_file) noexcept;

/// What `mailseal inputs` counts in one capture, which it does not judge.
struct Survey {
  InputFacts facts;
  std::map<std::string, std::uint64_t> skipped;  ///< packets that gave no TCP segment, by reason
  std::uint64_t tcp = 0, mail = 0;               ///< packets with a segment; those on a port that is followed
  std::uint64_t cut = 0;                         ///< packets of which not all octets were captured
  std::map<std::uint32_t, std::uint64_t> links;  ///< packets by link type
  /// Packets by port, the busiest first: those that are followed, and of others the lower of the two.
  std::vector<std::pair<std::uint16_t, std::uint64_t>> mail_ports, other_ports;
};
struct Surveys {
  std::vector<Survey> inputs;
  std::vector<std::string> skipped_files, failed_inputs;  ///< as of RunFacts
  std::vector<std::uint16_t> followed;                    ///< ports
};
/// What is the matter with it, or that nothing is, in a sentence or two.
std::string diagnosis(const Survey&, const std::vector<std::uint16_t>& followed);
void write_surveys_text(std::ostream&, const Surveys&);
void write_surveys_json(std::ostream&, const Surveys&);  ///< "mailseal-inputs/1"

/// What can be read at all.
struct Supported {
  std::vector<std::string_view> captures, compressions, archives;
  std::vector<std::uint32_t> links;
  std::vector<std::string_view> tunnels;
};
void write_supported_text(std::ostream&, const Supported&);
void write_supported_json(std::ostream&, const Supported&);

/// One line for a finding as it appears in a live capture; of the options its colour.
std::string live_line(const Session&, const Finding&, const ReportOptions&);
/// The catalogue entry as `mailseal explain` prints it.
std::string explain(const FindingKind&);
std::string title(const FindingKind&);  ///< in the language of the report
/// Printable: C0, C1, DEL, bidi controls and invalid UTF-8 become \xNN (for a terminal or log).
std::string escape_text(std::string_view);

}  // namespace mailseal
