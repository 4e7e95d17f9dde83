// report: from the overview to text a person or a program reads.
//
// Everything printed that came off the wire is escaped here and nowhere else.
//
//   previous: overview.h
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mailseal/overview.h"

namespace mailseal {

/// What of people and hosts a report tells. Secrets, subjects and text: in none.
enum class Redact : std::uint8_t {
  Standard,  ///< mailboxes masked, addresses and names told
  Strict     ///< and stable aliases in place of addresses, names and paths
};
std::string_view to_string(Redact) noexcept;  ///< "standard", "strict"

struct ReportOptions {
  std::vector<std::string> arguments;  ///< of the command line, without the program
  std::string generated;               ///< RFC 3339; the only thing that may differ between runs
  bool colour = false;
  int exit_code = 0;
  Redact redact = Redact::Standard;  ///< as it was done: a writer only tells it
  std::size_t max_bytes = 0;  ///< of text and ticket bodies: whole findings are left out; 0: no limit
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
/// Addresses, names, certificates' serials and digests, and paths are replaced; times, ports, interfaces, sizes and the
/// captures' digests stay. One object for one report: its aliases are numbered as they come.
class Redaction {
 public:
  Redaction();
  ~Redaction();
  /// Both of these, in the order that they must have.
  void apply(Overview&, ReportOptions&);
  /// In order of the report.
  void session(JudgedSession&);
  /// What is not a session, after all sessions; and the arguments, which name files.
  void rest(Overview&, ReportOptions&);
  /// Of a session in progress, as live_line() is to tell it.
  void live(Session&, Finding&);
  /// What each alias stands for: "kind TAB alias TAB original", for the one who may know.
  void write_map(std::ostream&) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// One line for a finding as it appears in a live capture; of the options its colour.
std::string live_line(const Session&, const Finding&, const ReportOptions&);
/// The catalogue entry as `mailseal explain` prints it.
std::string explain(const FindingKind&);
/// Printable: C0, C1, DEL, bidi controls and invalid UTF-8 become \xNN (for a terminal or log).
std::string escape_text(std::string_view);

}  // namespace mailseal
