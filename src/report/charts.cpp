#include "charts.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "svg.h"
#include "table.h"
#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

using std::chrono::nanoseconds;

constexpr double kMargin = 12;

// --- the time line

constexpr std::size_t kBins = 120, kTicks = 6;

/// Widths that a clock or a calendar has.
constexpr std::array<nanoseconds, 38> kSteps = [] {
  using namespace std::chrono_literals;
  return std::array<nanoseconds, 38>{
      10ms,  20ms,      50ms,      100ms,      200ms,      500ms,      1s,          2s,         5s,       10s,
      15s,   30s,       1min,      2min,       5min,       10min,      15min,       30min,      1h,       2h,
      3h,    6h,        12h,       24h,        48h,        24h * 7,    24h * 14,    24h * 30,   24h * 90, 24h * 180,
      8760h, 8760h * 2, 8760h * 5, 8760h * 10, 8760h * 20, 8760h * 50, 8760h * 100, 8760h * 200};
}();

nanoseconds step(nanoseconds span, std::size_t most) {
  for (const nanoseconds width : kSteps)
    if (span / width < static_cast<nanoseconds::rep>(most)) return width;
  return kSteps.back();
}

nanoseconds floored(Timestamp t, nanoseconds width) {
  const nanoseconds since = t.time_since_epoch(), rest = since % width;
  return since - (rest < nanoseconds{0} ? rest + width : rest);
}

/// A packet without a date has time zero, and before that there were none.
bool dated(Timestamp t) { return t > Timestamp{}; }

/// A clock may say anything, even what cannot be added to.
Timestamp in_sight(Timestamp t) {
  constexpr Timestamp kLatest = std::chrono::sys_days(std::chrono::year(2200) / std::chrono::January / 1);
  return std::min(t, kLatest);
}

struct Period {
  Timestamp first = Timestamp::max(), last = Timestamp::min();

  void add(Timestamp t) {
    if (!dated(t)) return;
    first = std::min(first, in_sight(t));
    last = std::max(last, in_sight(t));
  }
  bool empty() const { return last < first; }
};

/// Of the captures; where they have no times, of the sessions.
Period period_of(const Overview& overview) {
  Period period;
  for (const InputFacts& input : overview.run.inputs) {
    if (input.first) period.add(*input.first);
    if (input.last) period.add(*input.last);
  }
  if (period.empty())
    for (const JudgedSession& judged : overview.sessions) period.add(judged.session.first.time);
  return period;
}

class Axis {
 public:
  explicit Axis(const Period& period)
      : width_(step(period.last - period.first, kBins)),
        tick_(step(period.last - period.first, kTicks)),
        first_(floored(period.first, width_)),
        bins_(static_cast<std::size_t>((floored(period.last, width_) - first_) / width_) + 1) {}

  std::size_t bins() const noexcept { return bins_; }
  nanoseconds width() const noexcept { return width_; }
  /// What lies beyond either end counts there.
  std::size_t bin(Timestamp t) const {
    const auto at = (floored(in_sight(t), width_) - first_) / width_;
    return static_cast<std::size_t>(std::clamp<nanoseconds::rep>(at, 0, static_cast<nanoseconds::rep>(bins_) - 1));
  }
  /// From 0 to 1, with its time.
  template <class Each>
  void ticks(Each each) const {
    const nanoseconds end = first_ + width_ * static_cast<nanoseconds::rep>(bins_);
    nanoseconds at = floored(Timestamp{first_}, tick_);
    if (at < first_) at += tick_;
    for (; at <= end; at += tick_)
      each(static_cast<double>((at - first_).count()) / static_cast<double>((end - first_).count()), Timestamp{at});
  }
  /// "2026-11-21", "10:05", "10:05:02", "10:05:02.500": as far as ticks differ.
  std::string label(Timestamp t) const {
    const std::string text = to_string(t);
    if (tick_ >= std::chrono::hours{24}) return text.substr(0, 10);
    if (tick_ >= std::chrono::minutes{1}) return text.substr(11, 5);
    return text.substr(11, tick_ >= std::chrono::seconds{1} ? 8 : 12);
  }
  bool within_days() const noexcept { return tick_ < std::chrono::hours{24}; }

 private:
  nanoseconds width_, tick_, first_;
  std::size_t bins_;
};

std::string duration_text(nanoseconds width) {
  using namespace std::chrono;
  const auto in = [&](nanoseconds unit) { return static_cast<std::uint64_t>(width / unit); };
  if (width < seconds{1}) return told_number(in(milliseconds{1}), "{} millisecond", "{} milliseconds");
  if (width < minutes{1}) return told_number(in(seconds{1}), "{} second", "{} seconds");
  if (width < hours{1}) return told_number(in(minutes{1}), "{} minute", "{} minutes");
  if (width < hours{24}) return told_number(in(hours{1}), "{} hour", "{} hours");
  return told_number(in(hours{24}), "{} day", "{} days");
}

constexpr std::array kRows{State::Plaintext, State::Mixed,     State::Inconclusive,
                           State::Failed,    State::Encrypted, State::NoMail};

class Timeline {
 public:
  Timeline(const Overview& overview, const Period& period) : overview_(overview), axis_(period) {
    for (auto& row : bars_) row.resize(axis_.bins());
    for (const JudgedSession& judged : overview.sessions) {
      const Timestamp begun = judged.session.first.time;
      if (!dated(begun))
        ++undated_;
      else
        tallest_ = std::max(tallest_, ++bars_[static_cast<std::size_t>(judged.judgement.state)][axis_.bin(begun)]);
    }
    captured_.resize(axis_.bins());
    for (const InputFacts& input : overview.run.inputs) {
      if (!input.first || !input.last || !dated(*input.first)) continue;
      const auto from = captured_.begin() + static_cast<std::ptrdiff_t>(axis_.bin(*input.first));
      const auto to = captured_.begin() + static_cast<std::ptrdiff_t>(axis_.bin(*input.last));
      if (from <= to) std::fill(from, to + 1, true);
    }
    for (const State state : kRows)
      if (overview.counts[static_cast<std::size_t>(state)] != 0) rows_.push_back(state);
  }

  void write(std::ostream& out) const {
    const double height = kTop + kRow * static_cast<double>(rows_.size()) + 74;
    Svg svg(out, {"timeline", kLeft + kPlot + kMargin, height, tr("Sessions over time"), description()});
    const double bottom = kTop + kRow * static_cast<double>(rows_.size());
    grid(svg, bottom);
    double y = kTop;
    for (const State state : rows_) row(svg, state, y += kRow);
    captures(svg, bottom + 8);
    svg.begin("quiet");
    svg.text({kMargin, bottom + 17}, "small", tr("captured"));
    svg.text({kMargin, bottom + 63}, "small", note());
    svg.end();
  }

 private:
  static constexpr double kLeft = 170, kPlot = 600, kTop = 4, kRow = 34, kBar = 26;

  std::uint64_t count(State state) const { return overview_.counts[static_cast<std::size_t>(state)]; }
  double x(std::size_t bin) const {
    return kLeft + kPlot * static_cast<double>(bin) / static_cast<double>(axis_.bins());
  }

  std::string description() const {
    std::string text = note();
    for (const State state : rows_) text += gap() + told("{}: {}.", tr(to_string(state)), count(state));
    return text;
  }
  std::string note() const {
    std::string text = told("Each bar: {}; the tallest: {}. Times are UTC.", duration_text(axis_.width()),
                            told_number(tallest_, "{} session", "{} sessions"));
    if (undated_ != 0) text += gap() + told_number(undated_, "{} session has no time.", "{} sessions have no time.");
    return text;
  }

  void grid(Svg& svg, double bottom) const {
    std::string day;
    axis_.ticks([&](double at, Timestamp t) {
      const double place = kLeft + kPlot * at;
      svg.line({place, kTop}, {place, bottom + 18}, "grid");
      svg.begin("quiet");
      svg.text({place, bottom + 31}, "small", axis_.label(t), Svg::Anchor::Middle);
      const std::string date = to_string(t).substr(0, 10);
      if (axis_.within_days() && date != day) svg.text({place, bottom + 44}, "small", date, Svg::Anchor::Middle);
      day = date;
      svg.end();
    });
  }

  void row(Svg& svg, State state, double base) const {
    svg.begin(ink(state));
    svg.symbol({kMargin + 8, base - 10}, state);
    svg.text({kMargin + 24, base - 6}, "strong", tr(to_string(state)));
    svg.text({kLeft - 12, base - 6}, "strong", std::to_string(count(state)), Svg::Anchor::End);
    const auto& bars = bars_[static_cast<std::size_t>(state)];
    const double width = kPlot / static_cast<double>(bars.size());
    for (std::size_t i = 0; i < bars.size(); ++i) {
      if (bars[i] == 0) continue;
      const double tall = std::max(4.0, kBar * static_cast<double>(bars[i]) / static_cast<double>(tallest_));
      svg.box({x(i), base - tall}, std::max(2.0, width - 1), tall, "fill");
    }
    svg.line({kLeft, base}, {kLeft + kPlot, base}, "grid");
    svg.end();
  }

  void captures(Svg& svg, double y) const {
    svg.begin("quiet");
    for (std::size_t i = 0; i < captured_.size();) {
      if (!captured_[i]) {
        ++i;
        continue;
      }
      const std::size_t from = i;
      while (i < captured_.size() && captured_[i]) ++i;
      svg.box({x(from), y + 3}, x(i) - x(from), 5, "fill", 2);
    }
    svg.end();
  }

  const Overview& overview_;
  const Axis axis_;
  std::array<std::vector<std::uint64_t>, kStates> bars_;
  std::vector<bool> captured_;
  std::vector<State> rows_;
  std::uint64_t tallest_ = 0, undated_ = 0;
};

// --- shares

constexpr std::size_t kShares = 12;

struct Share {
  std::uint64_t sessions = 0;
  std::optional<Severity> severity;  ///< the worst finding on it
};
using Shares = std::map<std::uint16_t, Share>;
using Named = std::pair<std::uint16_t, Share>;

bool tells_of_version(const FindingKind& kind) { return kind.id.starts_with("tls-version-"); }
bool tells_of_suite(const FindingKind& kind) {
  return kind.id.starts_with("cipher-") || kind.id == "kx-no-forward-secrecy" || kind.id == "kx-ffdhe";
}

template <class Tells>
void add(Share& share, const JudgedSession& judged, Tells tells) {
  ++share.sessions;
  for (const FindingKind* kind : judged.finding_kinds) {
    if (kind->cls != FindingClass::Strength || !tells(*kind)) continue;
    const Severity how = severity(*kind, judged.judgement.role);
    share.severity = std::min(share.severity.value_or(how), how);
  }
}

bool weak(const Share& share) { return share.severity && *share.severity <= Severity::Medium; }

/// Most sessions first; of too many the weak ones stay in any case.
std::vector<Named> sorted(const Shares& shares) {
  std::vector<Named> all(shares.begin(), shares.end());
  const auto by = [](auto key) { return [key](const Named& a, const Named& b) { return key(a) > key(b); }; };
  const auto most = by([](const Named& n) { return n.second.sessions; });
  std::stable_sort(all.begin(), all.end(), most);
  if (all.size() <= kShares) return all;
  std::stable_sort(all.begin(), all.end(), by([](const Named& n) { return weak(n.second); }));
  all.resize(kShares);
  std::stable_sort(all.begin(), all.end(), most);
  return all;
}

class SharesChart {
 public:
  explicit SharesChart(const Overview& overview) {
    for (const JudgedSession& judged : overview.sessions) {
      if (!judged.session.tls || !judged.session.tls->server_hello) continue;
      const TlsFacts& tls = *judged.session.tls;
      ++sessions_;
      if (tls.version != 0) add(versions_[tls.version], judged, tells_of_version);
      add(suites_[tls.cipher_suite], judged, tells_of_suite);
    }
  }

  bool empty() const noexcept { return sessions_ == 0; }

  void write(std::ostream& out) const {
    const auto versions = sorted(versions_), suites = sorted(suites_);
    const double height = 2 * kHeading + kRow * static_cast<double>(rows(versions_) + rows(suites_)) + 3 * kMargin;
    Svg svg(out, {"shares", kLeft + kBar + kAfter, height, tr("TLS versions and cipher suites, by sessions"),
                  description(versions, suites)});
    double y = kMargin;
    group(svg, y, tr("TLS versions"), versions, versions_.size(), version_name);
    y += kMargin;
    group(svg, y, tr("Cipher suites"), suites, suites_.size(), suite_name);
  }

 private:
  static constexpr double kLeft = 330, kBar = 260, kAfter = 170, kRow = 20, kHeading = 22;

  static std::size_t rows(const Shares& shares) { return std::min(shares.size(), kShares) + (shares.size() > kShares); }

  template <class Name>
  void group(Svg& svg, double& y, const std::string& heading, const std::vector<Named>& shares, std::size_t all,
             Name name) const {
    svg.text({kMargin, y + 12}, "strong", heading);
    y += kHeading;
    for (const auto& [code, share] : shares) {
      bar(svg, y, name(code), share);
      y += kRow;
    }
    if (all <= shares.size()) return;
    svg.begin("quiet");
    svg.text({kLeft - 10, y + 13}, "small", told_number(all - shares.size(), "and {} other", "and {} others"),
             Svg::Anchor::End);
    svg.end();
    y += kRow;
  }

  void bar(Svg& svg, double y, const std::string& name, const Share& share) const {
    const double width = std::max(2.0, kBar * static_cast<double>(share.sessions) / static_cast<double>(sessions_));
    svg.text({kLeft - 10, y + 13}, "mono", name, Svg::Anchor::End);
    svg.begin(share.severity ? ink(*share.severity) : "closed");
    svg.box({kLeft, y + 3}, width, 13, weak(share) ? "hollow" : "fill", 2);
    svg.text({kLeft + width + 8, y + 14}, "strong", std::to_string(share.sessions));
    if (share.severity) {
      const double after = kLeft + width + 16 + 7.5 * static_cast<double>(std::to_string(share.sessions).size());
      if (weak(share)) svg.warning({after + 8, y + 10});
      svg.text({after + (weak(share) ? 22 : 0), y + 14}, "small", told("weak: {}", tr(to_string(*share.severity))));
    }
    svg.end();
  }

  std::string description(const std::vector<Named>& versions, const std::vector<Named>& suites) const {
    std::string text =
        told_number(sessions_, "{} session chose a version and a suite.", "{} sessions chose a version and a suite.");
    for (const auto& [code, share] : versions) text += gap() + told("{}: {}.", version_name(code), share.sessions);
    for (const auto& [code, share] : suites) text += gap() + told("{}: {}.", suite_name(code), share.sessions);
    return text;
  }

  Shares versions_, suites_;
  std::uint64_t sessions_ = 0;
};

void write_note(std::ostream& out, std::string_view id, const std::string& title, const std::string& note) {
  Svg svg(out, {id, 480, 40, title, note});
  svg.text({kMargin, 24}, "quiet", note);
}

}  // namespace

void write_timeline(std::ostream& out, const Overview& overview, const ReportOptions&) {
  const Period period = period_of(overview);
  if (period.empty() || total(overview.counts) == 0)
    return write_note(out, "timeline", tr("Sessions over time"), tr("There is no session with a time."));
  Timeline(overview, period).write(out);
}

void write_shares(std::ostream& out, const Overview& overview, const ReportOptions&) {
  const SharesChart chart(overview);
  if (chart.empty())
    return write_note(out, "shares", tr("TLS versions and cipher suites, by sessions"), tr("No session chose TLS."));
  chart.write(out);
}

}  // namespace mailseal
