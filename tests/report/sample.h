// Overviews written by hand, as the stage before would have made them.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "mailseal/report.h"

namespace mailseal::sample {

enum class Kind : std::size_t {
  Content,
  Password,
  OfferedNotUsed,
  HandshakeFailed,
  Version12,
  HandshakeCompleted,
  PqHybrid,
  CertHidden,
  Gap,
  MidStream,
  Drops,
  Truncated,
  Superframes,
};
const FindingKind& kind(Kind);

Seen seen(std::uint64_t frame, Side = Side::Client, std::uint32_t input = 0);
Endpoint v4(std::uint8_t last, std::uint16_t port = 0);
Endpoint v6(std::uint8_t last, std::uint16_t port = 0);

/// An overview in the making: its sessions can still be changed.
struct Draft {
  RunFacts run;
  Verdict verdict = Verdict::Inconclusive;
  std::string sentence;
  std::vector<std::string> verdict_reasons;
  Counts counts{};
  std::deque<JudgedSession> sessions;
  std::vector<Server> servers;
  std::vector<Hop> hops;
  std::vector<FindingGroup> findings;
  std::vector<Story> stories;

  operator Overview() const;
};

/// Adds a session and counts it, with an id of its own.
JudgedSession& add(Draft&, Endpoint client, Endpoint server, State, std::uint64_t first_frame, std::uint32_t input = 0);
/// Adds a finding to a session (nullptr: to the capture) and to the overview's list.
void find(Draft&, JudgedSession*, Kind, const Seen&, std::string note = "");
void add_input(RunFacts&, std::string path);

/// One of each state, with all that a session may hold.
Draft mixed_bag();
/// Everything encrypted.
Draft sealed();
/// Several inputs, cut and with holes; nothing can be judged.
Draft unseen();
/// `sessions` sessions of `servers` servers, each tenth in clear.
Draft large(std::size_t sessions, std::size_t servers);
/// Every string that may come from strangers is `text`.
Draft hostile(const std::string& text);

ReportOptions options(int exit_code);
std::string written(std::string_view format, const Overview&, const ReportOptions&);

/// The faults scripts/validate_report.py finds in these reports, as lines of "N.json: ..."; "" where all are valid.
std::string schema_faults(const std::vector<std::string>& reports);
/// The same for pictures, by tests/report/check_svg.py.
std::string svg_faults(const std::vector<std::string>& pictures);

/// Likewise tests/report/html_check.py of HTML.
std::string html_faults(const std::vector<std::string>& pages);

struct Reported {
  Overview overview;
  ReportOptions options;
};
/// What tests/report/formats_check.py finds wrong with all formats of these; "" where nothing. The files
/// are kept where MAILSEAL_KEEP_FORMATS names a folder; `see` is shown each, with the report's place and its format.
using SeeReport = std::function<void(std::size_t, std::string_view format, const std::string&)>;
std::string format_faults(const std::vector<Reported>& reports, const SeeReport& see = nullptr);

}  // namespace mailseal::sample
