// The HTML page: its parts, one function for each section, and what they share.
//
// Sessions are passed over once, by HtmlGathered; the sections are written from what it kept. All of it
// is bounded: the page shows the worst and counts the rest, and says where the rest is.
//
// The order of the sections is that in which an auditor reads: html.cpp has it.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "evidence.h"
#include "html_writer.h"
#include "inventory.h"
#include "mailseal/report.h"

namespace mailseal {

/// How much the page shows. With names as long and as hostile as may be it stays below 5 MB.
struct HtmlLimits {
  static constexpr std::size_t sessions = 500, servers = 200, hops = 200, inputs = 50;
  static constexpr std::size_t evidence = 12;  ///< rows of one finding
  static constexpr std::size_t names = 6;      ///< that one server is called by
  static constexpr std::size_t commands = 300, command_bytes = 300'000;
};

/// What the list of sessions says of one.
struct SessionRow {
  std::uint64_t id = 0;
  FlowKey flow;
  Protocol protocol = Protocol::Unknown;
  Entry entry = Entry::Unknown;
  Role role = Role::Relay;
  State state = State::NoMail;
  Confidence confidence = Confidence::Low;
  std::vector<std::string> confidence_lacks;  ///< for high; from strangers in part
  std::vector<Exposure> exposed;
  std::vector<Doubt> doubts;  ///< each once
  Seen first;
  std::string version, suite, group, server_name;  ///< empty: not seen
  bool tls_begun = false;
  std::string inside;                               ///< what keys showed; empty: there were none
  std::string client_certificate, client_verified;  ///< its subject, and the result; empty: none
  std::vector<const FindingKind*> findings;
  std::string product;                              ///< what the server claims to be; empty: nothing known
  std::vector<std::string> messages, earlier_hops;  ///< of readable ones, in words (claims.h)
};

/// Everything that one pass over the sessions gives.
class HtmlGathered {
 public:
  explicit HtmlGathered(const Overview&);

  const std::vector<const Server*>& servers() const noexcept { return servers_; }  ///< shown, worst first
  const Inventory& inventory() const noexcept { return inventory_; }               ///< of these
  const std::vector<SessionRow>& sessions() const noexcept { return rows_; }       ///< shown, worst first
  std::uint64_t session_count() const noexcept { return session_count_; }
  bool shows(std::uint64_t session) const { return shown_.contains(session); }
  /// Of a session that an occurrence cites; nullptr: not known.
  const FlowKey* flow(std::uint64_t session) const;

 private:
  void consider(const JudgedSession&);

  std::vector<const Server*> servers_;
  Inventory inventory_;
  std::vector<SessionRow> rows_;
  std::set<std::uint64_t> shown_;
  std::map<std::uint64_t, FlowKey> cited_;
  std::uint64_t session_count_ = 0;
};

/// What every section is given.
struct HtmlPage {
  HtmlWriter html;
  const Overview& overview;
  const ReportOptions& options;
  const Evidence& evidence;
  const HtmlGathered& gathered;
};

void html_verdict(HtmlPage&);
void html_map(HtmlPage&);
bool has_policy(const HtmlPage&) noexcept;  ///< or a profile
void html_policy(HtmlPage&);                ///< html_policy.cpp; nothing where there is none
void html_findings(HtmlPage&);
void html_stories(HtmlPage&);
void html_servers(HtmlPage&);
void html_sessions(HtmlPage&);
void html_not_judged(HtmlPage&);
void html_inputs(HtmlPage&);
void html_tool(HtmlPage&);
void html_method(HtmlPage&);
void html_reproduce(HtmlPage&);
void html_sign_off(HtmlPage&);

std::string_view html_style() noexcept;

// --- what they share (html_pieces.cpp) ---

/// "100,000".
std::string figure(std::uint64_t);
/// told_number() with such a figure.
std::string told_figure(std::uint64_t n, std::string_view one, std::string_view many);
/// "2026-11-21 10:05:02.118": UTC, without the zeros that tell nothing.
std::string clock_text(Timestamp);
/// <time>, with "UTC" behind it; "no date" for a packet without one.
void html_time(HtmlWriter&, const std::optional<Timestamp>&);

/// The word with its sign and colour.
void html_state(HtmlWriter&, State);
void html_severity(HtmlWriter&, Severity);
/// A finding's id that leads to what is said of it.
void html_finding_link(HtmlWriter&, const FindingKind&);

/// Who spoke to whom, on two lines.
void html_connection(HtmlWriter&, const FlowKey&);

/// Names that strangers gave, a few of them.
std::string html_names(const std::vector<std::string>&);
/// May be broken behind each "_".
void html_long_name(HtmlWriter&, std::string_view);

/// "7 of 9 encrypted", without those that had nothing to encrypt.
std::string html_fraction(const Counts&);
/// "1 plaintext, 1 failed": those that are, but encrypted.
std::string others_text(const Counts&);

/// Where an occurrence is, as one text: "relay.pcap frame 14, client, offset 812".
std::string place_text(const HtmlPage&, const Occurrence&);

struct HtmlColumn {
  enum class Holds : std::uint8_t { Text, Numbers };
  std::string label;
  Holds holds = Holds::Text;
};
struct HtmlTable {
  std::string id;         ///< of its caption
  std::string_view kind;  ///< a class of the style sheet
  std::string caption;
  std::vector<HtmlColumn> columns;
};
/// Scrolls where it is too wide; `body` writes the rows.
template <std::invocable Body>
void html_table(HtmlWriter& html, const HtmlTable& table, Body body) {
  // tabindex: what scrolls must be reachable without a mouse (WCAG 2.1.1).
  html.element("div.scroll", {{"role", "group"}, {"aria-labelledby", table.id}, {"tabindex", "0"}}, [&] {
    html.element("table", {{"class", std::string(table.kind)}}, [&] {
      html.element("caption", {{"id", table.id}}, table.caption);
      html.element("thead", [&] {
        html.element("tr", [&] {
          for (const HtmlColumn& column : table.columns)
            html.element(column.holds == HtmlColumn::Holds::Text ? "th" : "th.number", {{"scope", "col"}},
                         column.label);
        });
      });
      html.element("tbody", body);
    });
  });
}
/// A section with its heading; `id` is what the contents lead to.
template <std::invocable Body>
void html_section(HtmlWriter& html, std::string_view id, const std::string& heading, Body body) {
  const std::string head = std::string(id) + "-head";
  html.element("section", {{"id", std::string(id)}, {"aria-labelledby", head}}, [&] {
    html.element("h2", {{"id", head}}, heading);
    body();
  });
}

/// A term and what there is to say of it, in a <dl>.
template <std::invocable Body>
void html_fact(HtmlWriter& html, const std::string& term, Body body) {
  html.element("dt", term);
  html.element("dd", body);
}
void html_fact(HtmlWriter&, const std::string& term, std::string_view text);

/// For <pre>: escaped, whole, its line breaks kept.
void html_lines(HtmlWriter&, std::string_view);

/// Lines to be filled in by hand, or in the ticket.
void html_blanks(HtmlWriter&, std::initializer_list<std::string> labels);

}  // namespace mailseal
