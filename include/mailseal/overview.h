// overview: from many judged sessions to servers, hops and the capture's verdict.
//
// Pure but for what it collects: sessions come in as they end, the whole comes out
// at the end. Of each session that ended little stays in memory (SessionSpool). Also finds what no single session shows
// (a fallback to clear text on a new connection, an inconsistent offer). Never claims more than was observed.
//
//   previous: judge.h    next: report.h
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "mailseal/base/expected.h"
#include "mailseal/base/limits.h"
#include "mailseal/judge.h"

namespace mailseal {

enum class Verdict : std::uint8_t { Pass, Fail, Inconclusive };
std::string_view to_string(Verdict) noexcept;  ///< "pass", "fail", "inconclusive"

using Counts = std::array<std::uint64_t, kStates>;  ///< sessions by State

/// The state of a server, a hop, or several: clear text first, then what speaks for it (CRITERIA 3.3).
State joined(const Counts&) noexcept;

/// Names listed of one server or hop; a stranger may claim any number.
inline constexpr std::size_t kClaims = 16;

/// The session whose keys another one goes on with.
struct ResumedFrom {
  enum class By : std::uint8_t {
    SessionId,
    Ticket,
    SamePair  ///< TLS 1.3 hides its tickets: the last full handshake of the same client and server before it
  };
  std::uint64_t session = 0;  ///< its id
  By by = By::SamePair;
};

struct JudgedSession {
  std::uint64_t id = 0;  ///< from 1, in order of input and first frame
  Session session;
  Judgement judgement;  ///< its findings are moved to FindingGroup; `finding_kinds` stay
  std::vector<const FindingKind*> finding_kinds;
  std::optional<ResumedFrom> resumed_from{};  ///< nothing: not resumed, or from what was not seen
  /// Ids of sessions that show the same connection: at another capture point, or behind address translation.
  std::vector<std::uint64_t> also_seen_as = {};
};

/// Any number of judged sessions, by id. They are written down as they are added, in memory while they are few, then
/// in a file without a name in TMPDIR (Limits::ended_bytes); what is read is a copy. Not thread-safe, not even to read.
class SessionSpool {
 public:
  class Iterator;
  class Selected;

  SessionSpool() : SessionSpool(Limits{}) {}
  explicit SessionSpool(const Limits&);
  SessionSpool(const SessionSpool&);  ///< with a file of its own
  SessionSpool(SessionSpool&&) noexcept;
  SessionSpool& operator=(SessionSpool) noexcept;
  ~SessionSpool();

  /// Its id must be above those before.
  void add(const JudgedSession&);
  std::size_t size() const noexcept;
  bool empty() const noexcept { return size() == 0; }
  Iterator begin() const;
  Iterator end() const;
  Selected in(State) const;                           ///< those alone, the others are not even read
  JudgedSession operator[](std::size_t place) const;  ///< below size()
  std::optional<JudgedSession> find(std::uint64_t id) const;

  /// What could not be written or read. From there on nothing is added and reading ends at once, so whoever made
  /// something of the sessions asks, before it is believed.
  const std::optional<Error>& fault() const noexcept;

  /// For those that were added without an id (0): an id each, in the order in which they were added.
  void number(const std::vector<std::uint64_t>& ids);
  /// What became known later, done to each session that is read, after what was to be done before.
  void amend(std::function<void(JudgedSession&)>);

 private:
  struct Impl;
  /// The first from `place` on in that state, or any; size(): none.
  std::size_t next(std::size_t place, std::optional<State>) const noexcept;
  bool read(std::size_t place, JudgedSession&) const;
  std::unique_ptr<Impl> impl_;
};

/// Copies share the session that they stand on.
class SessionSpool::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = JudgedSession;
  using difference_type = std::ptrdiff_t;
  using pointer = const JudgedSession*;
  using reference = const JudgedSession&;

  Iterator() = default;  ///< the end
  Iterator(const SessionSpool*, std::optional<State> only);
  reference operator*() const { return *session_; }
  pointer operator->() const { return session_.get(); }
  Iterator& operator++();
  void operator++(int) { ++*this; }
  /// Only "at the end or not" is told.
  bool operator==(const Iterator& other) const { return !session_ == !other.session_; }

 private:
  void settle();

  const SessionSpool* spool_ = nullptr;
  std::optional<State> only_;
  std::size_t place_ = 0;
  std::shared_ptr<JudgedSession> session_;  ///< nothing: the end
};

class SessionSpool::Selected {
 public:
  Selected(const SessionSpool* spool, State state) : spool_(spool), state_(state) {}
  Iterator begin() const { return Iterator(spool_, state_); }
  Iterator end() const { return {}; }

 private:
  const SessionSpool* spool_;
  State state_;
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

/// What sessions of one server heard it say it is (ProductSeen).
struct ProductClaim {
  Product product = Product::Postfix;
  Certainty certainty = Certainty::Low;  ///< the best of them
  std::string version = {};              ///< one that was told, the first by octets; empty: none
  std::uint64_t sessions = 0;
};

struct Server {
  Endpoint endpoint;
  Protocol protocol = Protocol::Unknown;
  std::vector<std::string> names;           ///< SNI and certificate names, each once, in order of octets: claims
  std::vector<std::string> greeting_names;  ///< how it greets: claims, likewise, the first kClaims
  Counts counts{};
  State state = State::NoMail;
  std::string observed_level;  ///< none, offered, preferred, required, verified, implicit, unknown
  std::set<const FindingKind*> findings;
  std::vector<ProductClaim> products = {};  ///< claims: each product once, that of most sessions first
};

struct Hop {
  IpAddress from, to;
  std::uint16_t port = 0;
  Protocol protocol = Protocol::Unknown;
  Counts counts{};
  State state = State::NoMail;
  std::vector<std::uint16_t> tls_versions = {};  ///< of its sessions with TLS established, each once, in order
  std::vector<std::string> client_names = {};    ///< as said in EHLO: claims, as greeting_names
  std::string_view observed_level = "unknown";   ///< as Server's, towards this client; static storage
};

/// What several connections tell together, or one before and behind its upgrade.
struct Story {
  enum class Kind : std::uint8_t {
    Fallback,
    Gateway,
    Stripped,
    UnequalOffer,
    Injection,
    Enforcement,
    SameSecret,
    Removed,     ///< the upgrade to TLS, between two capture points of one connection
    Terminated,  ///< TLS ends between two points: one shows other keys than the other, or clear text
    Altered,     ///< what was said in clear, likewise
    Translated,  ///< addresses or ports, likewise or on both sides of a device in one capture
    Points       ///< two points that show the same
  };
  static constexpr std::size_t kKinds = 12;
  Kind kind;
  std::string sentence;            ///< one, with the frames of its first case
  std::uint64_t count = 0;         ///< of its cases: pairs of connections, or sessions
  std::vector<Occurrence> places;  ///< of its first case, in the order in which they happened
};
inline constexpr std::size_t kStories = 200;       ///< kept of one kind
std::string_view to_string(Story::Kind) noexcept;  ///< "fallback", "unequal-offer", ...

/// What came of a rule of the policy.
struct RuleOutcome {
  /// Broken by one is broken; NotObserved: no session decides it.
  enum class Result : std::uint8_t { Kept, Broken, Excepted, NotObserved };
  PolicyRule rule;
  Result result = Result::NotObserved;
  std::uint64_t kept = 0, broken = 0, excepted = 0, undecided = 0;  ///< sessions
  std::vector<Occurrence> places = {};                              ///< the first kPolicyPlaces where it was broken
};
inline constexpr std::size_t kPolicyPlaces = 5;
std::string_view to_string(RuleOutcome::Result) noexcept;  ///< "kept", "not observed", ...

struct ExceptionOutcome {
  PolicyException exception;
  std::uint64_t sessions = 0;  ///< that break their rule and are covered
  std::uint64_t too_late = 0;  ///< that would be, had it not ended
};

/// The policy, and what came of it.
struct PolicyFacts {
  std::string file, sha256;
  bool only = false;             ///< as in Policy
  std::uint64_t unexpected = 0;  ///< sessions without a rule, where it says that it is complete
  std::vector<RuleOutcome> rules;
  std::vector<ExceptionOutcome> exceptions;
};

struct ProfileOutcome {
  std::string name, title;
  std::uint64_t handshakes = 0;  ///< completed
  std::uint64_t below = 0;       ///< of which something is below it
  std::uint64_t excepted = 0;    ///< of those below: by an exception of the policy
};

/// What was looked for, and what fails: of the options, for whoever reads the report.
struct Scope {
  std::map<std::uint16_t, PortRole> ports;
  bool any_port = false;                             ///< and every port, by its greeting
  std::optional<Severity> fail_on = Severity::High;  ///< as in OverviewOptions
};

struct RunFacts {
  /// More than one capture point; of an input or a place beyond what is known: the first.
  bool has_points() const noexcept {
    return std::any_of(points.begin(), points.end(), [](std::uint32_t p) { return p != 0; });
  }
  std::uint32_t point_of(std::uint32_t input) const noexcept { return input < points.size() ? points[input] : 0; }

  std::vector<InputFacts> inputs;
  std::vector<std::map<std::string, std::uint64_t>> skipped;  ///< by input: packets that gave no segment
  std::vector<std::uint32_t> points = {};  ///< by input: where it was captured; inputs of one number follow another
  std::vector<std::string> skipped_files;  ///< in directories: no captures
  std::uint64_t evicted = 0;
  std::vector<std::string> failed_inputs;   ///< named inputs that could not be read: one line each
  std::optional<TrustFacts> trust = {};     ///< what chains were verified with; nullopt: none were, or not known
  std::vector<CanaryMarker> canaries = {};  ///< that were looked for
  std::optional<Scope> scope;               ///< nullopt: a report of a version that did not tell it
  std::vector<std::map<std::string, std::uint64_t>> first_skipped = {};  ///< as `skipped`: the frame of the first
};

struct Overview {
  RunFacts run;
  Verdict verdict = Verdict::Inconclusive;
  std::string sentence;                      ///< CRITERIA 3.3's form, the only wording of a verdict
  std::vector<std::string> verdict_reasons;  ///< one line each
  Counts counts{};
  std::uint64_t seen_again = 0;  ///< sessions that show a connection that a session before them shows
  std::uint64_t keyed = 0;       ///< sessions that tell of what is inside TLS, or why not: keys were given
  SessionSpool sessions;         ///< by id; without those that were never answered unless all were asked for
  std::vector<Server> servers;
  std::vector<Hop> hops;
  std::optional<PolicyFacts> policy{};     ///< nothing: there was none
  std::vector<ProfileOutcome> profiles{};  ///< by name
  std::vector<FindingGroup> findings;      ///< by severity, then count, then id
  std::vector<Story> stories;              ///< by kind, then session
  std::uint64_t stories_left_out = 0;      ///< beyond kStories of a kind
};

struct OverviewOptions {
  std::optional<Severity> fail_on = Severity::High;  ///< nullopt: only plaintext and mixed sessions fail
  bool all = false;                                  ///< also list connections that nothing answered
  std::chrono::seconds fallback_window{600};
  const Policy* policy = nullptr;    ///< as in JudgeOptions; so is
  const Profile* profile = nullptr;  ///< this
};

class Collector {
 public:
  /// Both are kept and must outlive the collector.
  Collector(const OverviewOptions*, const Limits*);
  ~Collector();
  /// Sessions that have ended, judged; several at once cost less. Takes what they hold.
  void add(std::span<JudgedSession>);
  /// Sessions can no longer be kept: what comes out is worth nothing, nor is going on.
  const std::optional<Error>& fault() const noexcept;
  /// Call once, last: what was collected goes with it. Of faults Overview::sessions tells from here on.
  Overview finish(RunFacts);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailseal
