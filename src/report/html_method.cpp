// What stands under the result: how it was found, what it does not say, how to find it again, who signs it.
#include <set>
#include <string>
#include <utility>

#include "canary_words.h"
#include "chain_words.h"
#include "html_page.h"
#include "shell.h"
#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

struct Term {
  State state;
  std::string_view meaning;
};
constexpr Term kTerms[] = {
    {State::Encrypted,
     tr_later("TLS was established, seen from the connection's beginning, and nothing sensitive was outside it.")},
    {State::Plaintext, tr_later("A message, its envelope or headers, a login, or what a mailbox holds was readable, "
                                "and TLS never came, or came "
                                "with a suite that encrypts nothing.")},
    {State::Mixed, tr_later("Something sensitive was readable, and TLS was established in the same connection.")},
    {State::Failed, tr_later("TLS was begun and not established; nothing sensitive was readable.")},
    {State::Inconclusive, tr_later("None of these can be shown; the reasons are given.")},
    {State::NoMail, tr_later("Nothing to protect was there: a greeting and a goodbye, or a handshake without data.")},
};

constexpr std::string_view kLimits[] = {
    tr_later("It holds for this capture point, this time and the ports that were followed: not for other hops, ports "
             "or times, "
             "and not for past or future traffic."),
    tr_later("Inside TLS nothing is seen without keys: also whether mail was passed there at all."),
    tr_later("TLS on one hop says nothing of the next one, nor of how the mail is stored. It is no protection from end "
             "to end."),
    tr_later("It tells what was offered and negotiated in view, never what a server supports or would accept."),
    tr_later(
        "A completed handshake does not show that the client checked the certificate. Without that check TLS protects "
        "against listeners only."),
    tr_later(
        "TLS 1.3 and resumed sessions hide the certificate. Revocation, DANE, MTA-STS and DNSSEC were not looked up."),
    tr_later("Of what TLS carries it tells only whether it looks like ciphertext or compressed data: by the spread of "
             "octets in samples, and by runs of readable text."),
    tr_later("Names in greetings, in SNI and in certificates are claims, and an address is not a person."),
    tr_later("A missing STARTTLS offer does not show who removed it, nor a failed handshake that the mail was not "
             "delivered."),
    tr_later("Times are as exact as the clock of the capturing system."),
    tr_later("No finding is no proof of safety, and this is no certificate of compliance with a standard."),
};

using Place = std::pair<std::uint32_t, std::uint64_t>;  ///< input, frame

std::string command_line(const ReportOptions& options) { return shell_line("mailseal", options.arguments); }

/// A line for each cited frame, once, under the finding that cites it first.
void frame_commands(HtmlPage& page) {
  HtmlWriter& html = page.html;
  const auto& inputs = page.overview.run.inputs;
  std::set<Place> told_of;
  std::size_t lines = 0, octets = 0, left = 0;
  std::string text;
  for (const FindingGroup& group : page.overview.findings) {
    bool named = false;
    for (const Occurrence& o : group.occurrences) {
      if (o.seen.frame == 0 || o.seen.input >= inputs.size() || inputs[o.seen.input].format == "live") continue;
      if (!told_of.emplace(o.seen.input, o.seen.frame).second) continue;
      std::string line = show_line(inputs[o.seen.input], o.seen) + "\n";
      if (lines == HtmlLimits::commands || octets + line.size() > HtmlLimits::command_bytes) {
        ++left;
        continue;
      }
      if (!std::exchange(named, true)) text.append("# ").append(group.kind->id).append("\n");
      text += line;
      octets += line.size();
      ++lines;
    }
  }
  if (lines == 0 && left == 0) {
    html.element("p", tr("No frame of a file is cited."));
    return;
  }
  html.element("p", tr("Each frame that a finding cites, as a command; add -V to see its fields:"));
  html.element("pre", {{"tabindex", "0"}}, [&] { html_lines(html, text); });
  if (left != 0)
    html.element("p", told("Showing {} of {} frames; all are in the JSON report", figure(lines), figure(lines + left)));
}

}  // namespace

void html_method(HtmlPage& page) {
  HtmlWriter& html = page.html;
  html_section(html, "method", tr("Method and limits"), [&] {
    html.element("p", tr("mailseal read the packets, joined them into connections, followed SMTP, POP3 and IMAP up to "
                         "where TLS begins, and read the TLS handshake as far as it is in clear. Without keys it "
                         "decrypted nothing; it sent nothing and asked no network. Each statement rests on a packet "
                         "that can be looked at: "
                         "file, frame as Wireshark numbers it, side, and offset in what that side sent."));
    if (page.overview.keyed != 0)
      html.element("p",
                   tr("Keys were given for TLS sessions. What they opened is told as seen inside TLS: it was sealed "
                      "on the wire, and no state or exposure rests on it. Certificates that TLS 1.3 hides were "
                      "judged where they were opened."));
    html.element("p", tr("A session is called encrypted only where its beginning, both directions and the whole "
                         "handshake were in view; what could not be seen is called inconclusive. What was readable "
                         "once stays readable, whatever came later. FAIL needs one such packet, or a finding of the "
                         "severity that was set; PASS needs every hop that carried mail to be shown encrypted; "
                         "everything else is INCONCLUSIVE."));
    for (const std::string& sentence : scope_words(page.overview.run.scope)) html.element("p", sentence);
    if (const std::string trust = trust_words(page.overview.run.trust); !trust.empty()) html.element("p", trust);
    for (const std::string& sentence : canary_words(page.overview.run.canaries)) html.element("p", sentence);
    html.element("h3", tr("What the states mean"));
    html.element("dl.facts", [&] {
      for (const Term& term : kTerms) {
        html.element("dt", [&] { html_state(html, term.state); });
        html.element("dd", tr(term.meaning));
      }
    });
    html.element("h3", tr("What this report does not say"));
    html.element("ul", [&] {
      for (const std::string_view limit : kLimits) html.element("li", tr(limit));
    });
    html.element("p", redaction_words(page.options.redact));
    html.element("p.note", tr("The capture itself may hold mail, passwords, and sessions that can be decrypted later. "
                              "Encrypt it, restrict who may read it, and delete it when it is no longer needed."));
  });
}

void html_reproduce(HtmlPage& page) {
  HtmlWriter& html = page.html;
  html_section(html, "reproduce", tr("How to reproduce"), [&] {
    html.element("p", tr("Compare the SHA-256 of the capture with the one above, then run:"));
    html.element("pre", {{"tabindex", "0"}}, [&] { html_lines(html, command_line(page.options)); });
    frame_commands(page);
  });
}

void html_sign_off(HtmlPage& page) {
  HtmlWriter& html = page.html;
  html_section(html, "sign-off", tr("Sign-off"), [&] {
    html_blanks(html, {tr("Prepared by"), tr("Date"), tr("Reviewed by"), tr("Date of the review"),
                       tr("SHA-256 of the JSON report (as --sums writes it)"), tr("The capture is kept until")});
  });
}

}  // namespace mailseal
