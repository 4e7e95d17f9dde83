// CSV (RFC 4180): findings with their places, sessions, and servers, for a spreadsheet.
//
// With a byte order mark: without one Excel takes the file for the machine's old code page (Shift_JIS in Japan) and
// names are garbled; LibreOffice, Numbers and Python's utf-8-sig take it. Lines end in CR LF, as the RFC says.
//
// A spreadsheet runs what begins like a formula. Such text gets an apostrophe before it, also in the middle of
// a cell behind a character that a spreadsheet of another country takes for the end of a cell (OWASP, CSV
// injection), and with the full-width signs that Japanese Excel reads like the narrow ones. Where a text came off the
// wire the column's name says that it is a claim. Cells end where Excel's do; JSON has all.
#include <algorithm>
#include <array>
#include <ostream>

#include "cited.h"
#include "figures.h"
#include "formats.h"
#include "inventory.h"
#include "mailseal/base/ascii.h"
#include "table.h"
#include "words.h"

namespace mailseal {
namespace {

// --- cells ---

constexpr std::size_t kCellColumns = 32'000;  ///< Excel's cell holds 32,767 characters
constexpr std::array<std::string_view, 8> kFormulaSigns{"=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"};

bool begins_formula(std::string_view text) {
  return std::any_of(kFormulaSigns.begin(), kFormulaSigns.end(),
                     [&](std::string_view s) { return text.starts_with(s); });
}

/// TAB and CR, which begin formulas too, are no more: escape_text() leaves none.
std::string guarded(std::string_view text) {
  std::string out;
  bool begins = true;  // a cell, perhaps
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (begins && begins_formula(text.substr(i))) out += '\'';
    const char c = text[i];
    begins = c == ';' || c == ',' || c == '|' || c == '"' || (begins && c == ' ');
    out += c;
  }
  return out;
}

bool is_harmless(char c) { return is_alnum(c) || c == '.' || c == ':' || c == '_' || c == '/'; }

/// RFC 4180 2: "Fields containing line breaks (CRLF), double quotes, and commas should be enclosed in
/// double-quotes"; so are those with the signs that separate cells elsewhere.
std::string cell(std::string_view text) {
  if (text.size() <= kCellColumns && std::all_of(text.begin(), text.end(), is_harmless)) return std::string(text);
  const std::string shown = guarded(shortened(escape_text(text), kCellColumns));
  if (shown.find_first_of("\",;|") == std::string::npos) return shown;
  std::string out = "\"";
  for (const char c : shown) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + '"';
}

/// A column of rows that are Row: its name and what stands in it.
template <class Row>
struct Column {
  std::string_view name;
  std::string (*text)(const Row&);
};

template <class Row, std::size_t N>
void header(std::ostream& out, const std::array<Column<Row>, N>& columns) {
  out << "\xef\xbb\xbf";
  for (std::size_t i = 0; i < N; ++i) out << (i ? "," : "") << columns[i].name;
  out << "\r\n";
}
template <class Row, std::size_t N>
void line(std::ostream& out, const std::array<Column<Row>, N>& columns, const Row& row) {
  std::string text;
  for (const Column<Row>& column : columns) (text += cell(column.text(row))) += ',';
  text.back() = '\r';
  out << text << '\n';
}

// --- values ---

std::string text(std::string_view word) { return std::string(word); }
std::string number(std::uint64_t n) { return std::to_string(n); }
std::string number_or_none(std::uint64_t n) { return n == 0 ? "" : number(n); }
std::string time(Timestamp t) {
  const std::string elapsed = elapsed_text(t);
  return t == Timestamp{} ? "" : elapsed.empty() ? to_string(t) : elapsed;
}
/// In a text; else empty.
std::string line(const RunFacts& run, const Seen& seen) {
  const auto at = line_of(run.inputs, seen);
  return at ? number(*at) : "";
}
std::string frame(const std::optional<Seen>& seen) { return seen ? number_or_none(seen->frame) : ""; }

template <class Elements, class ToText>
std::string joined(const Elements& elements, ToText to_text) {
  std::string out;
  for (const auto& element : elements) (out += out.empty() ? "" : "; ") += to_text(element);
  return out;
}
constexpr auto kWord = [](auto value) { return to_string(value); };
constexpr auto kId = [](const FindingKind* kind) { return kind->id; };

std::string path(const RunFacts& run, std::uint32_t input) {
  return input < run.inputs.size() ? run.inputs[input].path : "";
}

// --- findings: a line for each occurrence that is listed ---

struct FindingRow {
  Redact redaction;
  const RunFacts& run;
  const FindingGroup& group;
  const Occurrence& occurrence;
  std::size_t index;            ///< from 1
  const CitedSession* session;  ///< nullptr: of the capture
  bool placed() const { return occurrence.session != 0 && occurrence.seen.frame != 0; }
};
constexpr std::array kFindingColumns{
    Column<FindingRow>{"severity", [](const FindingRow& r) { return text(to_string(r.group.severity)); }},
    Column<FindingRow>{"finding", [](const FindingRow& r) { return text(r.group.kind->id); }},
    Column<FindingRow>{"title", [](const FindingRow& r) { return text(r.group.kind->title); }},
    Column<FindingRow>{"occurrence", [](const FindingRow& r) { return number(r.index); }},
    Column<FindingRow>{"occurrences_listed", [](const FindingRow& r) { return number(r.group.occurrences.size()); }},
    Column<FindingRow>{"occurrences_in_all", [](const FindingRow& r) { return number(r.group.count); }},
    Column<FindingRow>{"file", [](const FindingRow& r) { return path(r.run, r.occurrence.seen.input); }},
    Column<FindingRow>{"frame", [](const FindingRow& r) { return number_or_none(r.occurrence.seen.frame); }},
    Column<FindingRow>{"time", [](const FindingRow& r) { return time(r.occurrence.seen.time); }},
    Column<FindingRow>{"session", [](const FindingRow& r) { return number_or_none(r.occurrence.session); }},
    Column<FindingRow>{"side",
                       [](const FindingRow& r) { return r.placed() ? text(word(r.occurrence.seen.side)) : ""; }},
    Column<FindingRow>{"stream_offset",
                       [](const FindingRow& r) { return r.placed() ? number(r.occurrence.seen.offset) : ""; }},
    Column<FindingRow>{"client",
                       [](const FindingRow& r) { return r.session ? to_string(r.session->flow.client) : ""; }},
    Column<FindingRow>{"server",
                       [](const FindingRow& r) { return r.session ? to_string(r.session->flow.server) : ""; }},
    Column<FindingRow>{"protocol",
                       [](const FindingRow& r) { return r.session ? text(to_string(r.session->protocol)) : ""; }},
    Column<FindingRow>{"session_state",
                       [](const FindingRow& r) { return r.session ? text(to_string(r.session->state)) : ""; }},
    Column<FindingRow>{"note", [](const FindingRow& r) { return r.occurrence.note; }},
    Column<FindingRow>{"redaction", [](const FindingRow& r) { return text(to_string(r.redaction)); }},
    Column<FindingRow>{"line", [](const FindingRow& r) { return line(r.run, r.occurrence.seen); }},
};

// --- sessions: a line for each ---

struct SessionRow {
  Redact redaction;
  const RunFacts& run;
  const JudgedSession& judged;
  const Session& session = judged.session;
  const Judgement& judgement = judged.judgement;
  const TlsFacts* tls = session.tls ? &*session.tls : nullptr;
  const TlsFacts* chosen = tls && tls->server_hello ? tls : nullptr;
  const CipherSuite* suite = chosen ? find_suite(chosen->cipher_suite) : nullptr;
  const Certificate* leaf = tls && !tls->chain.empty() ? tls->chain.front().get() : nullptr;
  const Certificate* own = tls && !tls->client_chain.empty() ? tls->client_chain.front().get() : nullptr;  ///< client's

  /// On implicit TLS there is nothing to upgrade, as in JSON.
  std::string upgrade(const Fact& fact) const { return session.entry == Entry::ImplicitTls ? "" : frame(fact); }
};

std::string credential(const Credential& c) { return c.mechanism + (c.user.empty() ? "" : " " + c.user); }
std::string yes(bool known, bool value) { return !known ? "" : value ? "yes" : "no"; }

// As openssl verify tells it: 0 and "ok"; without a number it was not verified, and the text says why.
std::string verify_code(const ChainResult* chain) {
  return chain && chain->error_code ? std::to_string(*chain->error_code) : "";
}
std::string verify_text(const ChainResult* chain) { return chain ? chain->error : ""; }
std::string verify_depth(const ChainResult* chain) {
  return chain && chain->depth ? std::to_string(*chain->depth) : "";
}

constexpr std::array kSessionColumns{
    Column<SessionRow>{"session", [](const SessionRow& r) { return number(r.judged.id); }},
    Column<SessionRow>{"state", [](const SessionRow& r) { return text(to_string(r.judgement.state)); }},
    Column<SessionRow>{"confidence", [](const SessionRow& r) { return text(to_string(r.judgement.confidence)); }},
    Column<SessionRow>{"protocol", [](const SessionRow& r) { return text(to_string(r.session.protocol)); }},
    Column<SessionRow>{"role", [](const SessionRow& r) { return text(word(r.judgement.role)); }},
    Column<SessionRow>{"entry", [](const SessionRow& r) { return text(word(r.session.entry)); }},
    Column<SessionRow>{"client", [](const SessionRow& r) { return to_string(r.session.flow.client.address); }},
    Column<SessionRow>{"client_port", [](const SessionRow& r) { return number(r.session.flow.client.port); }},
    Column<SessionRow>{"server", [](const SessionRow& r) { return to_string(r.session.flow.server.address); }},
    Column<SessionRow>{"server_port", [](const SessionRow& r) { return number(r.session.flow.server.port); }},
    Column<SessionRow>{"file", [](const SessionRow& r) { return path(r.run, r.session.first.input); }},
    Column<SessionRow>{"first_frame", [](const SessionRow& r) { return number_or_none(r.session.first.frame); }},
    Column<SessionRow>{"first_time", [](const SessionRow& r) { return time(r.session.first.time); }},
    Column<SessionRow>{"last_frame", [](const SessionRow& r) { return number_or_none(r.session.last.frame); }},
    Column<SessionRow>{"last_time", [](const SessionRow& r) { return time(r.session.last.time); }},
    Column<SessionRow>{"closed", [](const SessionRow& r) { return text(word(r.session.closed)); }},
    Column<SessionRow>{"exposed", [](const SessionRow& r) { return joined(r.judgement.exposed, kWord); }},
    Column<SessionRow>{"messages", [](const SessionRow& r) { return number(r.session.messages); }},
    Column<SessionRow>{"credentials", [](const SessionRow& r) { return joined(r.session.credentials, credential); }},
    Column<SessionRow>{"reasons", [](const SessionRow& r) { return joined(r.judgement.reasons, kId); }},
    Column<SessionRow>{"doubts", [](const SessionRow& r) { return joined(doubts(r.session), kWord); }},
    Column<SessionRow>{"upgrade_offered_frame",
                       [](const SessionRow& r) { return r.upgrade(r.session.upgrade_offered); }},
    Column<SessionRow>{"upgrade_requested_frame",
                       [](const SessionRow& r) { return r.upgrade(r.session.upgrade_requested); }},
    Column<SessionRow>{"upgrade_accepted_frame",
                       [](const SessionRow& r) { return r.upgrade(r.session.upgrade_accepted); }},
    Column<SessionRow>{"upgrade_refused_frame",
                       [](const SessionRow& r) { return r.upgrade(r.session.upgrade_refused); }},
    Column<SessionRow>{"client_hello_frame",
                       [](const SessionRow& r) { return r.tls ? frame(r.tls->client_hello) : ""; }},
    Column<SessionRow>{"server_hello_frame",
                       [](const SessionRow& r) { return r.tls ? frame(r.tls->server_hello) : ""; }},
    Column<SessionRow>{"established_frame", [](const SessionRow& r) { return r.tls ? frame(r.tls->established) : ""; }},
    Column<SessionRow>{"tls_version",
                       [](const SessionRow& r) { return r.tls && r.tls->version ? version_name(r.tls->version) : ""; }},
    Column<SessionRow>{"cipher_suite",
                       [](const SessionRow& r) { return r.chosen ? suite_name(r.chosen->cipher_suite) : ""; }},
    Column<SessionRow>{"cipher_bits", [](const SessionRow& r) { return r.suite ? number(r.suite->bits) : ""; }},
    Column<SessionRow>{"group",
                       [](const SessionRow& r) { return r.tls && r.tls->group ? group_name(*r.tls->group) : ""; }},
    Column<SessionRow>{"forward_secrecy",
                       [](const SessionRow& r) {
                         const auto known = r.tls ? forward_secrecy(*r.tls, r.suite) : std::nullopt;
                         return yes(known.has_value(), known.value_or(false));
                       }},
    Column<SessionRow>{"resumed", [](const SessionRow& r) { return yes(r.tls, r.tls && r.tls->resumed); }},
    Column<SessionRow>{"server_name_claimed", [](const SessionRow& r) { return r.tls ? r.tls->server_name : ""; }},
    Column<SessionRow>{"certificates_hidden",
                       [](const SessionRow& r) { return yes(r.tls, r.tls && r.tls->chain_hidden); }},
    Column<SessionRow>{"certificate_subject_claimed",
                       [](const SessionRow& r) { return r.leaf && r.leaf->parsed ? r.leaf->subject : ""; }},
    Column<SessionRow>{"certificate_issuer_claimed",
                       [](const SessionRow& r) { return r.leaf && r.leaf->parsed ? r.leaf->issuer : ""; }},
    Column<SessionRow>{
        "certificate_not_after",
        [](const SessionRow& r) { return r.leaf && r.leaf->not_after ? to_string(*r.leaf->not_after) : ""; }},
    Column<SessionRow>{"certificate_sha256", [](const SessionRow& r) { return r.leaf ? r.leaf->sha256 : ""; }},
    Column<SessionRow>{"findings", [](const SessionRow& r) { return joined(r.judged.finding_kinds, kId); }},
    Column<SessionRow>{"redaction", [](const SessionRow& r) { return text(to_string(r.redaction)); }},
    Column<SessionRow>{"verify_error", [](const SessionRow& r) { return verify_code(r.judgement.chain.get()); }},
    Column<SessionRow>{"verify_text", [](const SessionRow& r) { return verify_text(r.judgement.chain.get()); }},
    Column<SessionRow>{"verify_depth", [](const SessionRow& r) { return verify_depth(r.judgement.chain.get()); }},
    Column<SessionRow>{"client_certificate_subject_claimed",
                       [](const SessionRow& r) { return r.own && r.own->parsed ? r.own->subject : ""; }},
    Column<SessionRow>{"client_certificate_sha256", [](const SessionRow& r) { return r.own ? r.own->sha256 : ""; }},
    Column<SessionRow>{"client_verify_error",
                       [](const SessionRow& r) { return verify_code(r.judgement.client_chain.get()); }},
    Column<SessionRow>{"client_verify_text",
                       [](const SessionRow& r) { return verify_text(r.judgement.client_chain.get()); }},
    Column<SessionRow>{"client_verify_depth",
                       [](const SessionRow& r) { return verify_depth(r.judgement.client_chain.get()); }},
    Column<SessionRow>{"first_line", [](const SessionRow& r) { return line(r.run, r.session.first); }},
};

// --- servers: a line for each ---

struct ServerRow {
  Redact redaction;
  const Server& server;
  const ServerInventory& tls;
};

template <State S>
std::string sessions_of(const ServerRow& r) {
  return number(r.server.counts[static_cast<std::size_t>(S)]);
}
/// "TLSv1.2 (3); TLSv1.3 (9)", and those that were too many.
template <class ToName>
std::string counted(const Tally<std::uint16_t>& tally, ToName to_name) {
  std::string out =
      joined(tally.counts, [&](const auto& c) { return to_name(c.first) + " (" + number(c.second) + ")"; });
  if (tally.others != 0) out += "; others (" + number(tally.others) + ")";
  return out;
}
template <class ToText>
std::string of_certificates(const ServerRow& r, ToText to_text) {
  return joined(r.tls.certificates.counts, [&](const auto& c) { return to_text(*c.first); });
}

constexpr std::array kServerColumns{
    Column<ServerRow>{"server", [](const ServerRow& r) { return to_string(r.server.endpoint.address); }},
    Column<ServerRow>{"port", [](const ServerRow& r) { return number(r.server.endpoint.port); }},
    Column<ServerRow>{"protocol", [](const ServerRow& r) { return text(to_string(r.server.protocol)); }},
    Column<ServerRow>{"state", [](const ServerRow& r) { return text(to_string(r.server.state)); }},
    Column<ServerRow>{"observed_level", [](const ServerRow& r) { return r.server.observed_level; }},
    Column<ServerRow>{"sessions", [](const ServerRow& r) { return number(total(r.server.counts)); }},
    Column<ServerRow>{"encrypted", sessions_of<State::Encrypted>},
    Column<ServerRow>{"plaintext", sessions_of<State::Plaintext>},
    Column<ServerRow>{"mixed", sessions_of<State::Mixed>},
    Column<ServerRow>{"failed", sessions_of<State::Failed>},
    Column<ServerRow>{"no_mail", sessions_of<State::NoMail>},
    Column<ServerRow>{"inconclusive", sessions_of<State::Inconclusive>},
    Column<ServerRow>{"names_claimed", [](const ServerRow& r) { return joined(r.server.names, text); }},
    Column<ServerRow>{"tls_versions", [](const ServerRow& r) { return counted(r.tls.versions, version_name); }},
    Column<ServerRow>{"cipher_suites", [](const ServerRow& r) { return counted(r.tls.suites, suite_name); }},
    Column<ServerRow>{"groups", [](const ServerRow& r) { return counted(r.tls.groups, group_name); }},
    Column<ServerRow>{"certificates_hidden", [](const ServerRow& r) { return number(r.tls.certificates_hidden); }},
    Column<ServerRow>{"certificate_subjects_claimed",
                      [](const ServerRow& r) {
                        return of_certificates(
                            r, [](const Certificate& c) { return c.parsed ? c.subject : std::string(); });
                      }},
    Column<ServerRow>{"certificates_not_after",
                      [](const ServerRow& r) {
                        return of_certificates(
                            r, [](const Certificate& c) { return c.not_after ? to_string(*c.not_after) : "unknown"; });
                      }},
    Column<ServerRow>{
        "certificates_sha256",
        [](const ServerRow& r) { return of_certificates(r, [](const Certificate& c) { return c.sha256; }); }},
    Column<ServerRow>{"findings",
                      [](const ServerRow& r) {
                        std::set<std::string_view> ids;  // by name: the order of pointers is nobody's business
                        for (const FindingKind* kind : r.server.findings) ids.insert(kind->id);
                        return joined(ids, text);
                      }},
    Column<ServerRow>{"redaction", [](const ServerRow& r) { return text(to_string(r.redaction)); }},
};

}  // namespace

void write_csv_findings(std::ostream& out, const Overview& overview, const ReportOptions& options) {
  const CitedSessions sessions(overview);
  header(out, kFindingColumns);
  for (const FindingGroup& group : overview.findings)
    for (std::size_t i = 0; i < group.occurrences.size(); ++i) {
      const Occurrence& o = group.occurrences[i];
      line(out, kFindingColumns, {options.redact, overview.run, group, o, i + 1, sessions.find(o.session)});
    }
}

void write_csv_sessions(std::ostream& out, const Overview& overview, const ReportOptions& options) {
  header(out, kSessionColumns);
  for (const JudgedSession& judged : overview.sessions)
    line(out, kSessionColumns, SessionRow{options.redact, overview.run, judged});
}

void write_csv_servers(std::ostream& out, const Overview& overview, const ReportOptions& options) {
  const Inventory inventory(overview);
  header(out, kServerColumns);
  for (const Server& server : overview.servers)
    line(out, kServerColumns, {options.redact, server, inventory.of(server.endpoint)});
}

}  // namespace mailseal
