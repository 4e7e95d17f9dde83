#include "map_words.h"

#include <algorithm>

#include "mailseal/report.h"
#include "table.h"
#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

constexpr std::size_t kColumns = 26;    // of a name: longer ones are cut
constexpr std::size_t kVersions = 3;    // told of a line
constexpr std::size_t kSentences = 40;  // of a description

std::string protocol_name(Protocol protocol) {
  switch (protocol) {
    case Protocol::Unknown:
      return tr("unknown");
    case Protocol::Smtp:
      return "SMTP";
    case Protocol::Lmtp:
      return "LMTP";
    case Protocol::Pop3:
      return "POP3";
    case Protocol::Imap:
      return "IMAP";
  }
  return "";
}

std::string role_name(const MapHost& host) {
  switch (host.role) {
    case MapRole::Client:
      return host.outside ? tr("client, outside") : tr("client");
    case MapRole::Store:
      return host.outside ? tr("mail store, outside") : tr("mail store");
    case MapRole::StoreAndRelay:
      return host.outside ? tr("mail store and relay, outside") : tr("mail store and relay");
    case MapRole::Relay:
      return host.outside ? tr("relay, outside") : tr("relay");
    case MapRole::Server:
      return host.outside ? tr("mail server, outside") : tr("mail server");
  }
  return "";
}

}  // namespace

std::string address_text(const MapHost& host) {
  if (host.prefix == 128) return to_string(host.network);
  const unsigned bits = is_ipv4(host.network) ? host.prefix - 96 : host.prefix;
  return to_string(host.network) + "/" + std::to_string(bits);
}

std::string role_text(const MapHost& host) {
  if (host.hosts == 1) return role_name(host);
  return told("{}: {}", role_name(host), told_number(host.hosts, "{} host", "{} hosts"));
}

std::string claim_text(const MapHost& host) {
  if (host.names.empty()) return "";
  const std::string first = shortened(escape_text(host.names.front()), kColumns);
  if (host.names.size() == 1) return told("claims “{}”", first);
  return told("claims “{}” (+{})", first, host.names.size() - 1);
}

std::string state_text(const MapLine& line) { return unseen(line) ? tr("not seen") : tr(to_string(line.state)); }

std::string port_text(const MapLine& line) {
  const std::string protocol = protocol_name(line.protocol);
  if (line.ports.contains(0)) return protocol;  // declared without one
  if (line.ports.size() == 1) return told("{} port {}", protocol, *line.ports.begin());
  return told("{}, {} ports", protocol, line.ports.size());
}

std::string fraction_text(const MapLine& line) {
  // Sessions without mail had nothing to encrypt.
  const std::uint64_t all = total(line.counts), judged = all - line.counts[static_cast<std::size_t>(State::NoMail)];
  if (all == 0) return tr("declared, not seen");
  if (judged == 0) return told_number(all, "{} session without mail", "{} sessions without mail");
  return fmt::format(fmt::runtime(tr(judged, "{} of {} session encrypted", "{} of {} sessions encrypted")),
                     line.counts[static_cast<std::size_t>(State::Encrypted)], judged);
}

std::string versions_text(const MapLine& line) {
  std::string text;
  std::size_t told = 0;
  for (auto version = line.tls_versions.rbegin(); version != line.tls_versions.rend(); ++version) {
    if (told++ == kVersions) return text + ", ...";
    text += (text.empty() ? "" : ", ") + version_name(*version);
  }
  return text;
}

std::string sentence(const MapModel& model, const MapLine& line) {
  const std::string client = address_text(model.hosts[line.client]), server = address_text(model.hosts[line.server]);
  const std::string port = port_text(line), state = state_text(line), fraction = fraction_text(line);
  switch (travel(line.protocol)) {
    case Travel::ToServer:
      return told("Mail from {} to {} ({}): {}, {}.", client, server, port, state, fraction);
    case Travel::ToClient:
      return told("Mail fetched by {} from {} ({}): {}, {}.", client, server, port, state, fraction);
    case Travel::Unknown:
      break;
  }
  return told("Between {} and {} ({}): {}, {}.", client, server, port, state, fraction);
}

std::string description(const MapModel& model) {
  std::string text = told_number(model.all_hosts, "{} host.", "{} hosts.");
  const std::size_t shown = std::min(model.lines.size(), kSentences);
  for (std::size_t i = 0; i < shown; ++i) text += " " + sentence(model, model.lines[i]);
  const std::uint64_t more = model.lines_hidden + (model.lines.size() - shown);
  if (more != 0) text += gap() + told_number(more, "And {} more line.", "And {} more lines.");
  return text;
}

}  // namespace mailseal
