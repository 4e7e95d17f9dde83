// overview: from many judged sessions to servers, hops and the capture's verdict.
//
// Pure but for what it collects: sessions come in as they end, the whole comes out
// at the end. Also finds what no single session shows (a fallback to clear text on a
// new connection, an inconsistent offer). Never claims more than was observed.
//
//   previous: judge.h    next: report.h
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mailseal/judge.h"

namespace mailseal {

enum class Verdict : std::uint8_t { Pass, Fail, Inconclusive };
std::string_view to_string(Verdict) noexcept;  ///< "pass", "fail", "inconclusive"

using Counts = std::array<std::uint64_t, kStates>;  ///< sessions by State

/// The state of a server, a hop, or several: clear text first, then what speaks for it (CRITERIA 3.3).
State joined(const Counts&) noexcept;

/// Names listed of one server or hop; a stranger may claim any number.
inline constexpr std::size_t kClaims = 16;

struct JudgedSession {
  std::uint64_t id = 0;  ///< from 1, in order of input and first frame
  Session session;
  Judgement judgement;  ///< its findings are moved to FindingGroup; `finding_kinds` stay
  std::vector<const FindingKind*> finding_kinds;
};

struct Occurrence {
  std::uint64_t session = 0;  ///< 0: of the capture, not of one session
  Seen seen;                  ///< frame 0: of the input as a whole
  std::string note;
};

struct FindingGroup {
  const FindingKind* kind;
  Severity severity;  ///< the worst of its occurrences
  std::uint64_t count = 0;
  std::vector<Occurrence> occurrences;  ///< the first Limits::occurrences
};

struct Server {
  Endpoint endpoint;
  Protocol protocol = Protocol::Unknown;
  std::vector<std::string> names;        ///< SNI and certificate names, each once, in order of octets: claims
  std::set<std::string> greeting_names;  ///< how it greets: claims, the first kClaims
  Counts counts{};
  State state = State::NoMail;
  std::string observed_level;  ///< none, offered, preferred, required, verified, implicit, unknown
  std::set<const FindingKind*> findings;
};

struct Hop {
  IpAddress from, to;
  std::uint16_t port = 0;
  Protocol protocol = Protocol::Unknown;
  Counts counts{};
  State state = State::NoMail;
  std::set<std::uint16_t> tls_versions = {};  ///< of its sessions with TLS established
  std::set<std::string> client_names = {};    ///< as said in EHLO: claims, the first kClaims
};

struct RunFacts {
  std::vector<InputFacts> inputs;
  std::vector<std::map<std::string, std::uint64_t>> skipped;  ///< by input: packets that gave no segment
  std::vector<std::string> skipped_files;                     ///< in directories: no captures
  std::uint64_t evicted = 0;
  std::vector<std::string> failed_inputs;  ///< named inputs that could not be read: one line each
};

struct Overview {
  RunFacts run;
  Verdict verdict = Verdict::Inconclusive;
  std::string sentence;                      ///< CRITERIA 3.3's form, the only wording of a verdict
  std::vector<std::string> verdict_reasons;  ///< one line each
  Counts counts{};
  std::deque<JudgedSession> sessions;  ///< by id; without those that were never answered unless all were asked for
  std::vector<Server> servers;
  std::vector<Hop> hops;
  std::vector<FindingGroup> findings;  ///< by severity, then count, then id
};

struct OverviewOptions {
  std::optional<Severity> fail_on = Severity::High;  ///< nullopt: only plaintext and mixed sessions fail
  bool all = false;                                  ///< also list connections that nothing answered
  std::chrono::seconds fallback_window{600};
};

class Collector {
 public:
  /// Both are kept and must outlive the collector.
  Collector(const OverviewOptions*, const Limits*);
  ~Collector();
  void add(Session&&, Judgement&&);
  /// Call once, last.
  Overview finish(RunFacts);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailseal
