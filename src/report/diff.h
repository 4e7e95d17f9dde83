// diff: what changed between two reports of the same network.
//
// Servers are matched by address and port, hops by both addresses and the port, findings by id and server: never by
// sessions or times, which differ in any two captures. What is compared is what is open and what was found;
// how often is shown and not judged, for it depends on how long was captured. What could not be seen is
// never called better: a hop that is gone may be closed, or only unseen.
//
// Pure but for reading. Sessions are passed over once as they are read, and not kept.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mailseal/report.h"

namespace mailseal {

/// In the order of the report.
enum class Turn : std::uint8_t {
  Opened,    ///< mail or logins are readable where they were not
  Worse,     ///< proof or protection is less
  Closed,    ///< what was readable is encrypted
  Better,    ///< proof or protection is more
  Changed,   ///< neither
  Appeared,  ///< not in the report before
  Vanished,  ///< not in the report after: closed, moved or only unseen
};
inline constexpr std::size_t kTurns = 7;

enum class Subject : std::uint8_t { Verdict, Server, Hop, Finding };

/// All texts are printable; what is not ours may stand in them.
struct Change {
  Turn turn;
  Subject subject;
  std::string what;    ///< "192.0.2.25:25", "192.0.2.7 > 192.0.2.25:25", a finding's id; "": of the whole
  std::string aspect;  ///< "state", "TLS versions", a severity: a text for tr()
  enum class Form : std::uint8_t { Values, Sets } form = Form::Values;  ///< Sets: what is gone, and what is new
  std::string before = {}, after = {};
  std::string detail = {};
};

/// A finding that both have, in other numbers.
struct Recount {
  Severity severity;
  std::string id;
  std::uint64_t before, after;
};

/// What is said of a report that is compared.
struct Compared {
  std::string name, version, generated;
  Verdict verdict = Verdict::Inconclusive;
  Counts counts{};
  std::size_t inputs = 0;
  std::optional<Timestamp> first, last;  ///< of the packets of all inputs
};

struct Difference {
  Answer answer = Answer::Same;
  Compared before, after;
  std::vector<Change> changes;  ///< by turn, subject, then place
  std::array<std::size_t, kTurns> numbers{};
  std::vector<Recount> recounts;
  Redact redact = Redact::Standard;
  std::vector<std::string> cautions;  ///< why the two may not be comparable: sentences for a person
};

/// What of a report a comparison needs.
struct Snapshot {
  struct Shown {
    std::set<std::uint16_t> versions, suites;
    std::map<std::string, std::string> certificates;  ///< digest, what it is called: of the server itself
  };
  std::string name;
  StoredReport report;  ///< without its sessions
  std::map<Endpoint, Shown> shown;
  void add(const JudgedSession&);
};
Expected<Snapshot> read_snapshot(const std::string& path, Redaction*);

Difference difference_of(const Snapshot& before, const Snapshot& after);

// --- which way something turned (diff_turns.cpp) ---

bool is_open(State) noexcept;
/// From one state of a server or hop to another, both seen.
Turn turn_of(State before, State after) noexcept;
Turn turn_of(Verdict before, Verdict after) noexcept;
/// Of Server::observed_level.
Turn turn_of_level(std::string_view before, std::string_view after) noexcept;
/// Does it say something against the mail's protection (not of sight, and not in its favour)?
bool stands_against(const FindingKind&, Severity) noexcept;

// --- for its formats ---

std::string answer_word(Answer);            ///< "WORSE"
std::string title_of(Turn);                 ///< "Opened"
std::string word_of(Subject);               ///< "server"
std::string summary_of(const Difference&);  ///< "1 opened, 2 changed"
std::string fraction_of(const Counts&);     ///< "7/9 encrypted"
std::string period_of(const Compared&);     ///< "2026-11-21 10:05:02 to 2026-11-21 10:35:47 UTC"
/// Sentence by sentence.
std::vector<std::string> limits_of(const Difference&);

void write_difference_text(std::ostream&, const Difference&, const ReportOptions&);
void write_difference_markdown(std::ostream&, const Difference&, const ReportOptions&);
void write_difference_html(std::ostream&, const Difference&, const ReportOptions&);

}  // namespace mailseal
