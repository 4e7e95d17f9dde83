// Servers and sessions: who was seen, in what state, with which TLS.
#include <algorithm>
#include <string>

#include "chain_words.h"
#include "claims.h"
#include "html_page.h"
#include "mailseal/base/suites.h"
#include "retold.h"
#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

using Holds = HtmlColumn::Holds;

constexpr std::size_t kCertificates = 6;  ///< of one server
constexpr std::size_t kNameColumns = 80;

std::string day(const std::optional<Timestamp>& t) { return t ? to_string(*t).substr(0, 10) : tr("unknown"); }

/// In words, what observed_level says.
std::string level_text(std::string_view level) {
  if (level == "none") return tr("did not offer TLS");
  if (level == "offered") return tr("offered STARTTLS; what happens without is not seen");
  if (level == "preferred") return tr("offered STARTTLS, and took mail or logins in clear too");
  if (level == "required") return tr("refused mail or logins before TLS");
  if (level == "verified") return tr("refused mail or logins before TLS, and asked for a certificate of the client");
  if (level == "implicit") return tr("TLS from the first octet");
  return tr("not seen");
}

/// "TLSv1.3 (12)", a line each, the most frequent first.
template <class ToName>
void tally(HtmlWriter& html, const std::string& term, const Tally<std::uint16_t>& of, ToName to_name) {
  auto counts = of.counts;
  std::sort(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first > b.first;
  });
  html_fact(html, term, [&] {
    for (const auto& kind : counts)
      html.element("div", [&] {
        html_long_name(html, to_name(kind.first));
        html.text(" (" + figure(kind.second) + ")");
      });
    if (of.others != 0) html.element("div", told("others ({})", figure(of.others)));
  });
}

void line(HtmlWriter& html, const std::string& text) {
  if (!text.empty()) html.element("div.more", text);
}

/// In the order of the findings: the worst first.
void worst_findings(HtmlPage& page, const Server& server) {
  constexpr std::size_t kShown = 5;
  std::size_t worst = 0;
  for (const FindingGroup& group : page.overview.findings)
    if (group.severity < Severity::Info && server.findings.contains(group.kind) && worst++ < kShown)
      page.html.element("div.more", [&] { html_finding_link(page.html, *group.kind); });
  if (worst > kShown) line(page.html, told("{} more", figure(worst - kShown)));
}

void observed_tls(HtmlWriter& html, const ServerInventory& seen) {
  if (seen.hellos == 0) {
    html.text(seen.begun == 0 ? tr("no TLS handshake was seen") : tr("TLS was begun; none was negotiated"));
    return;
  }
  html.element("dl.compact", [&] {
    tally(html, tr("Versions"), seen.versions, version_name);
    tally(html, tr("Suites"), seen.suites, suite_name);
    if (!seen.groups.counts.empty()) tally(html, tr("Groups"), seen.groups, group_name);
    html_fact(html, tr("Forward secrecy"), told("{} of {} sessions", figure(seen.forward_secret), figure(seen.hellos)));
  });
}

/// OpenSSL's words, and under them what led there.
void verification(HtmlWriter& html, const ChainResult& chain) {
  constexpr std::size_t kLines = 15;
  html_fact(html, tr("Verification"), [&] {
    html.element("code", verify_words(chain));
    const std::vector<std::string> lines = verify_lines(chain);
    std::string text;
    for (std::size_t i = 0; i < lines.size() && i < kLines; ++i) text += brief(lines[i], kNameColumns) + "\n";
    if (lines.size() > kLines) text += "...\n";
    if (!text.empty()) html.element("pre", {{"tabindex", "0"}}, [&] { html_lines(html, text); });
    if (!chain.dates_checked) line(html, tr("dates not looked at"));
  });
}

void certificate(HtmlWriter& html, const Certificate& c, const ChainResult* chain, std::uint64_t sessions) {
  html.element("dl.compact", [&] {
    if (c.parsed) {
      html_fact(html, tr("Subject"), brief(c.subject, kNameColumns));
      html_fact(
          html, tr("Issuer"),
          c.self_signed ? told("{} (self-signed)", brief(c.issuer, kNameColumns)) : brief(c.issuer, kNameColumns));
      html_fact(html, tr("Valid"), told("{} to {}", day(c.not_before), day(c.not_after)));
      const std::string key = brief(c.key, 24) + (c.key_bits > 0 ? " " + std::to_string(c.key_bits) : "");
      html_fact(html, tr("Key"), key + ", " + brief(c.signature_algorithm, 40));
      html_fact(html, tr("Serial"), [&] { html.element("code", brief(c.serial, 64)); });
    } else {
      html_fact(html, tr("Subject"), tr("the certificate could not be read"));
    }
    html_fact(html, "SHA-256", [&] { html.element("code", c.sha256); });
    if (chain) verification(html, *chain);
    html_fact(html, tr("Sessions"), figure(sessions));
  });
}

void certificates(HtmlWriter& html, const ServerInventory& seen) {
  const auto& all = seen.certificates;
  std::uint64_t rest = all.others;
  for (std::size_t i = 0; i < all.counts.size(); ++i) {
    if (i < kCertificates)
      certificate(html, *all.counts[i].first, seen.chains[i].get(), all.counts[i].second);
    else
      rest += all.counts[i].second;
  }
  if (rest != 0) line(html, told_figure(rest, "other certificates in {} session", "other certificates in {} sessions"));
  if (seen.certificates_hidden != 0)
    line(html, told_figure(seen.certificates_hidden, "not observable (TLS 1.3) in {} session",
                           "not observable (TLS 1.3) in {} sessions"));
  if (seen.certificates_resumed != 0)
    line(html,
         told_figure(seen.certificates_resumed, "not sent in {} resumed session", "not sent in {} resumed sessions"));
  if (seen.certificates_anonymous != 0)
    line(html, told_figure(seen.certificates_anonymous, "none: anonymous suite in {} session",
                           "none: anonymous suite in {} sessions"));
  if (all.counts.empty() && all.others == 0 && seen.certificates_hidden == 0 && seen.certificates_resumed == 0 &&
      seen.certificates_anonymous == 0)
    html.text(tr("none was seen"));
}

void server_row(HtmlPage& page, const Server& server) {
  HtmlWriter& html = page.html;
  const ServerInventory& seen = page.gathered.inventory().of(server.endpoint);
  html.element("tr", [&] {
    html.element("th", {{"scope", "row"}}, [&] {
      html.element("div.title.address", to_string(server.endpoint));
      line(html, std::string(to_string(server.protocol)));
      if (!server.names.empty()) line(html, told("claims to be {}", html_names(server.names)));
      if (!server.greeting_names.empty()) line(html, told("greets as {}", html_names(server.greeting_names)));
      for (const ProductClaim& p : server.products) line(html, product_words(p.product, p.certainty, p.version));
    });
    html.element("td", [&] {
      html_state(html, server.state);
      line(html, html_fraction(server.counts));
      line(html, others_text(server.counts));
      line(html, level_text(server.observed_level));
      worst_findings(page, server);
    });
    html.element("td", [&] { observed_tls(html, seen); });
    html.element("td", [&] { certificates(html, seen); });
  });
}

std::string protocol_text(const SessionRow& row) {
  const std::string protocol(to_string(row.protocol));
  switch (row.entry) {
    case Entry::ImplicitTls:
      return told("{}, TLS from the start", protocol);
    case Entry::Plain:
      return row.version.empty() ? told("{}, in clear", protocol) : told("{}, begun in clear", protocol);
    case Entry::Unknown:
      break;
  }
  return protocol;
}

void session_findings(HtmlWriter& html, const SessionRow& row) {
  std::size_t links = 0, rest = 0;
  constexpr std::size_t kShown = 6;
  for (const FindingKind* kind : row.findings) {
    if (severity(*kind, row.role) < Severity::Info && links < kShown) {
      html.element("div.more", [&] { html_finding_link(html, *kind); });
      ++links;
    } else {
      ++rest;
    }
  }
  if (rest != 0) line(html, links == 0 ? told_figure(rest, "{} note", "{} notes") : told("{} more", figure(rest)));
}

/// What Received fields claim, beside what this hop was seen to be.
void earlier_hops(HtmlWriter& html, const SessionRow& row) {
  constexpr std::size_t kShown = 6;
  html.element("div.more", tr("This hop was readable, as seen. Earlier hops, as the Received fields claim:"));
  for (std::size_t i = 0; i < row.earlier_hops.size() && i < kShown; ++i) line(html, row.earlier_hops[i]);
  if (row.earlier_hops.size() > kShown) line(html, told("{} more", figure(row.earlier_hops.size() - kShown)));
}

void session_row(HtmlPage& page, const SessionRow& row) {
  HtmlWriter& html = page.html;
  html.element("tr", {{"id", "s" + std::to_string(row.id)}}, [&] {
    html.element("th.number", {{"scope", "row"}}, std::to_string(row.id));
    html.element("td", [&] {
      html_connection(html, row.flow);
      line(html, protocol_text(row));
      line(html, row.product);
    });
    html.element("td", [&] {
      html_state(html, row.state);
      line(html, told("confidence {}", tr(to_string(row.confidence))));
      for (const std::string& what : row.confidence_lacks) line(html, told("lacks: {}", retold(what)));
    });
    html.element("td", [&] {
      for (const Exposure e : row.exposed) line(html, tr(to_string(e)));
      if (row.exposed.empty()) html.text(tr("nothing seen"));
      for (const std::string& message : row.messages) line(html, message);
      if (!row.earlier_hops.empty()) earlier_hops(html, row);
    });
    html.element("td", [&] {
      if (row.version.empty() && row.suite.empty()) {
        html.text(row.tls_begun ? tr("begun, not negotiated") : tr("none"));
      } else {
        html.text(row.version.empty() ? tr("version not seen") : row.version);
        html.element("div.more", [&] { html_long_name(html, row.suite); });
        line(html, row.group);
        if (!row.server_name.empty()) line(html, told("asked for {}", row.server_name));
        if (!row.client_certificate.empty()) line(html, told("client certificate {}", row.client_certificate));
        line(html, row.client_verified);
        if (!row.inside.empty()) line(html, told("inside, with keys: {}", row.inside));
      }
    });
    html.element("td", [&] {
      if (page.overview.run.inputs.size() > 1 && row.first.input < page.overview.run.inputs.size())
        line(html, brief(page.evidence.label(row.first.input), kNameColumns));
      line(html, told("frame {}", frame_number(page.overview.run.inputs, row.first)));
      html.element("div.more", [&] { html_time(html, row.first.time); });
    });
    html.element("td", [&] {
      session_findings(html, row);
      for (const Doubt doubt : row.doubts) line(html, told("doubt: {}", tr(to_string(doubt))));
    });
  });
}

}  // namespace

void html_servers(HtmlPage& page) {
  HtmlWriter& html = page.html;
  const std::vector<const Server*>& shown = page.gathered.servers();
  const std::size_t all = page.overview.servers.size();
  html_section(html, "servers", tr("Servers"), [&] {
    if (all == 0) {
      html.element("p", tr("No mail server was seen."));
      return;
    }
    html.element("p.note",
                 tr("An inventory of the versions, cipher suites, key exchange groups and certificates that were "
                    "negotiated in view, as PCI DSS 12.3.3 asks for; in brackets the sessions. It does not say what a "
                    "server would accept from another client. Names are claims: of the client that asked (SNI), of "
                    "the certificate, or of the greeting."));
    const std::string caption = shown.size() < all
                                    ? told("Showing {} of {} servers, the worst first; all are in the JSON report",
                                           figure(shown.size()), figure(all))
                                    : told_figure(all, "{} server", "{} servers, the worst first");
    html_table(html,
               {"inventory",
                "inventory",
                caption,
                {{tr("Server")}, {tr("Sessions")}, {tr("TLS as negotiated")}, {tr("Certificates")}}},
               [&] {
                 for (const Server* server : shown) server_row(page, *server);
               });
  });
}

void html_sessions(HtmlPage& page) {
  HtmlWriter& html = page.html;
  const std::vector<SessionRow>& shown = page.gathered.sessions();
  const std::uint64_t all = page.gathered.session_count();
  html_section(html, "sessions", tr("Sessions"), [&] {
    if (all == 0) {
      html.element("p", tr("No mail session was seen."));
      return;
    }
    const std::string caption = shown.size() < all
                                    ? told("Showing {} of {} sessions, the worst first; all are in the JSON report",
                                           figure(shown.size()), figure(all))
                                    : told_figure(all, "{} session", "{} sessions, the worst first");
    html_table(html,
               {"session-list",
                "sessions",
                caption,
                {{tr("No."), Holds::Numbers},
                 {tr("Client and server")},
                 {tr("State")},
                 {tr("Readable")},
                 {tr("TLS")},
                 {tr("Begins")},
                 {tr("Findings and doubts")}}},
               [&] {
                 for (const SessionRow& row : shown) session_row(page, row);
               });
  });
}

}  // namespace mailseal
