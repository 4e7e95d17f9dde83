// The two reports of a comparison, read; and the formats it is written in.
#include <algorithm>

#include "diff.h"
#include "tr.h"
#include "words.h"

namespace mailseal {

void Snapshot::add(const JudgedSession& judged) {
  const Session& s = judged.session;
  if (!s.tls || !s.tls->server_hello) return;
  Shown& seen = shown[s.flow.server];
  if (s.tls->version != 0) seen.versions.insert(s.tls->version);
  seen.suites.insert(s.tls->cipher_suite);
  if (s.tls->chain.empty() || !s.tls->chain.front()) return;
  const Certificate& c = *s.tls->chain.front();
  std::string& called = seen.certificates[c.sha256];
  if (!called.empty()) return;
  called = "sha256 " + c.sha256.substr(0, 12);
  if (c.parsed) called = c.subject.substr(0, 200) + ", " + called;
  if (c.not_after) called += told(", until {}", to_string(*c.not_after).substr(0, 10));
  called = escape_text(called);
}

Expected<Snapshot> read_snapshot(const std::string& path, Redaction* redaction) {
  Snapshot made;
  auto report =
      read_report(path, [&](JudgedSession&& s) { made.add(redaction ? redaction->redacted(std::move(s)) : s); });
  if (!report) return tl::unexpected(report.error());
  const std::string name = path == "-" ? tr("standard input") : escape_text(path);
  if (report->options.redact == Redact::Strict)
    return fail(name +
                ": is redacted (strict), and what its aliases stand for is something else in every report; compare the "
                "reports as they were, and redact the difference: mailseal diff BEFORE AFTER --redact strict");
  made.name = redaction && path != "-" ? redaction->path(path) : name;
  made.report = std::move(*report);
  if (redaction) redaction->rest(made.report.overview, made.report.options);
  return made;
}

Expected<std::shared_ptr<const Difference>> compare_reports(const std::string& before, const std::string& after,
                                                            Redaction* redaction) {
  const auto then = read_snapshot(before, redaction);
  if (!then) return tl::unexpected(then.error());
  const auto now = read_snapshot(after, redaction);
  if (!now) return tl::unexpected(now.error());
  Difference made = difference_of(*then, *now);
  made.redact = redaction ? Redact::Strict : Redact::Standard;
  return std::make_shared<const Difference>(std::move(made));
}

Answer answer_of(const Difference& d) noexcept { return d.answer; }

namespace {
constexpr std::array kFormats{
    DifferenceFormat{"text", ".txt", write_difference_text},
    DifferenceFormat{"markdown", ".md", write_difference_markdown},
    DifferenceFormat{"html", ".html", write_difference_html},
};
}  // namespace

std::span<const DifferenceFormat> difference_formats() noexcept { return kFormats; }

const DifferenceFormat* find_difference_format(std::string_view name_or_file) noexcept {
  for (const DifferenceFormat& format : kFormats)
    if (name_or_file == format.name || name_or_file.ends_with(format.suffix)) return &format;
  return nullptr;
}

}  // namespace mailseal
