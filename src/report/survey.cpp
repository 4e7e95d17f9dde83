// Surveys: what `mailseal inputs` has counted, for people and as JSON. It ends with what is the matter, in words: who
// runs it wonders why a capture shows nothing. Names of the JSON: schema/mailseal-inputs-1.schema.json.
#include <algorithm>
#include <map>
#include <ostream>

#include "figures.h"
#include "json_writer.h"
#include "mailseal/report.h"
#include "table.h"
#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

constexpr std::size_t kPortsShown = 5, kInterfacesShown = 8;

struct Reason {
  std::string_view name, meaning;
};
// Of Skipped, what a person makes of it.
constexpr Reason kReasons[] = {
    {"not-ip", tr_later("no IP packet (ARP, spanning tree and the like)")},
    {"not-tcp", tr_later("UDP, ICMP and the like, in which there is no mail")},
    {"unknown-link", tr_later("of a link type that is not read")},
    {"tunnel-unknown", tr_later("of EtherTypes or tunnels that are not known, or not what they say")},
    {"nested-too-deep", tr_later("inside too many tags or tunnels")},
    {"ipsec", tr_later("inside IPsec")},
    {"ipcomp", tr_later("compressed by IPComp")},
    {"macsec", tr_later("inside MACsec")},
    {"wireguard", tr_later("inside WireGuard")},
    {"openvpn", tr_later("inside OpenVPN")},
    {"ppp-encrypted", tr_later("inside encrypted or compressed PPP")},
    {"wifi-encrypted", tr_later("inside encrypted Wi-Fi")},
    {"awaiting-fragments", tr_later("fragments of IP packets, joined to others")},
    {"lost-fragments", tr_later("fragments of IP packets of which others are missing")},
    {"truncated", tr_later("cut within their headers by the snap length; capture with tcpdump -s 0")},
    {"bad-header", tr_later("damaged, with headers that contradict themselves")},
};

std::string meaning(const std::string& reason) {
  for (const Reason& row : kReasons)
    if (row.name == reason) return tr(row.meaning);
  return escape_text(reason);
}

std::string ports_text(const std::vector<std::pair<std::uint16_t, std::uint64_t>>& ports) {
  std::vector<std::string> some;
  for (std::size_t i = 0; i < ports.size() && i < kPortsShown; ++i)
    some.push_back(told("port {}: {}", ports[i].first, std::to_string(ports[i].second)));
  if (ports.size() > kPortsShown) some.push_back(told("{} more", std::to_string(ports.size() - kPortsShown)));
  return joined(some);
}

std::string ended_words(const std::string& ended) {
  return ended == "complete" || ended == "truncated" ? tr(ended) : escape_text(ended);
}

std::string interfaces_text(const InputFacts& facts) {
  std::vector<std::string> some;
  for (std::size_t i = 0; i < facts.interfaces.size() && i < kInterfacesShown; ++i) {
    const InterfaceFacts& face = facts.interfaces[i];
    some.push_back((face.name ? escape_text(*face.name) + " " : "") + link_type_name(face.link_type));
  }
  if (facts.interfaces.size() > kInterfacesShown)
    some.push_back(told("{} more", std::to_string(facts.interfaces.size() - kInterfacesShown)));
  return joined(some);
}

/// The reason that most packets have.
std::optional<std::pair<std::string, std::uint64_t>> commonest(const std::map<std::string, std::uint64_t>& skipped) {
  const auto at = std::max_element(skipped.begin(), skipped.end(),
                                   [](const auto& a, const auto& b) { return a.second < b.second; });
  return at == skipped.end() || at->second == 0 ? std::nullopt : std::optional(std::pair(at->first, at->second));
}

void survey_text(std::ostream& out, const Survey& s, const std::vector<std::uint16_t>& followed) {
  const InputFacts& f = s.facts;
  out << painted(escape_text(f.path), Style::Strong, Colour::Off) << '\n';
  Table table(72);
  const auto row = [&](const std::string& label, const std::string& text) {
    if (!text.empty()) table.row({{label}, {text}});
  };
  row(tr("format"),
      f.packed.empty() ? escape_text(f.format) : told("{}, packed as {}", escape_text(f.format), f.packed));
  row(tr("interfaces"), interfaces_text(f));
  row(tr("packets"), std::to_string(f.packets) + ", " + ended_words(f.ended));
  if (f.first && f.last) row(tr("time"), period_text(*f.first, *f.last));
  row(tr("dropped while capturing"), f.dropped ? std::to_string(*f.dropped) : tr("not reported"));
  if (s.cut > 0) row(tr("cut by the snap length"), std::to_string(s.cut));
  row(tr("TCP on mail ports"), std::to_string(s.mail) + (s.mail > 0 ? " (" + ports_text(s.mail_ports) + ")" : ""));
  row(tr("TCP on other ports"),
      std::to_string(s.tcp - s.mail) + (s.tcp > s.mail ? " (" + ports_text(s.other_ports) + ")" : ""));
  for (const auto& [reason, packets] : s.skipped)
    if (packets > 0) row(tr(reason), told("{}: {}", told_number(packets, "{} packet", "{} packets"), meaning(reason)));
  table.write(out, Colour::Off, "  ");
  out << "  " << diagnosis(s, followed) << "\n\n";
}

void ports_json(JsonWriter& json, std::string_view name,
                const std::vector<std::pair<std::uint16_t, std::uint64_t>>& ports) {
  json.list(name, ports, [&](const auto& port) {
    json.object([&] {
      json.member("port", port.first);
      json.member("packets", port.second);
    });
  });
}

/// Each name once: RAW is three.
std::vector<std::string> link_types(const Supported& known) {
  std::vector<std::string> names;
  for (const std::uint32_t link : known.links)
    if (std::string name = link_type_name(link); std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  return names;
}

void survey_json(JsonWriter& json, const Survey& s, const std::vector<std::uint16_t>& followed) {
  const InputFacts& f = s.facts;
  const auto time = [&](const std::optional<Timestamp>& t) {
    return t && is_dated(f) ? std::optional(to_string(*t)) : std::nullopt;
  };
  json.object([&] {
    json.member("path", f.path);
    json.member("format", f.format);
    json.member("packed", f.packed);
    json.member("sha256", f.sha256.empty() ? std::nullopt : std::optional(f.sha256));
    json.member("size", f.size);
    json.list("interfaces", f.interfaces, [&](const InterfaceFacts& face) {
      json.object([&] {
        json.member("name", face.name);
        json.member("link_type", link_type_name(face.link_type));
        json.member("link_type_code", face.link_type);
        json.member("snap_length", face.snap_length);
      });
    });
    json.member("packets", f.packets);
    json.member("first", time(f.first));
    json.member("last", time(f.last));
    json.member("dropped", f.dropped);
    json.member("cut", s.cut);
    json.member("tcp", s.tcp);
    json.member("mail", s.mail);
    ports_json(json, "mail_ports", s.mail_ports);
    ports_json(json, "other_ports", s.other_ports);
    json.object("skipped", [&] {
      for (const auto& [reason, packets] : s.skipped) json.member(reason, packets);
    });
    json.object("links", [&] {
      // Several link types have one name.
      std::map<std::string, std::uint64_t> links;
      for (const auto& [link, packets] : s.links) links[link_type_name(link)] += packets;
      for (const auto& [name, packets] : links) json.member(name, packets);
    });
    json.member("ended", f.ended);
    json.member("diagnosis", diagnosis(s, followed));
  });
}

}  // namespace

std::string diagnosis(const Survey& s, const std::vector<std::uint16_t>& followed) {
  const std::uint64_t all = s.facts.packets;
  std::vector<std::string> ports;
  for (const std::uint16_t port : followed) ports.push_back(std::to_string(port));
  std::string text;
  const auto say = [&](const std::string& sentence) { text += (text.empty() ? "" : gap()) + sentence; };
  if (all == 0) {
    say(tr("It holds no packet: look at the filter and the interface that it was captured with."));
  } else if (s.mail > 0) {
    say(told("{} of {} packets are on mail ports: mailseal check tells what they show.", std::to_string(s.mail),
             std::to_string(all)));
  } else if (s.tcp > 0) {
    const std::string busiest = s.other_ports.empty() ? "?" : std::to_string(s.other_ports.front().first);
    say(told(
        "No packet is on a mail port ({}); of {} packets with TCP most are on port {}: if that is mail, say so with "
        "--port {}=smtp, or let --any-port look for it.",
        joined(ports), std::to_string(s.tcp), busiest, busiest));
  } else if (const auto most = commonest(s.skipped)) {
    say(told("No packet is on a mail port, and none shows TCP: most ({} of {}) are {}.", std::to_string(most->second),
             std::to_string(all), meaning(most->first)));
    if (most->first == "unknown-link" && !s.links.empty()) {
      const auto link = std::max_element(s.links.begin(), s.links.end(),
                                         [](const auto& a, const auto& b) { return a.second < b.second; });
      say(told("The link type is {}.", link_type_name(link->first)));
    }
  }
  if (s.tcp > 0 && s.skipped.size() > 0) {
    // What is inside of them may be the mail that is missed.
    const auto most = commonest(s.skipped);
    if (most && most->first != "not-tcp" && most->first != "not-ip" && most->second * 2 > all)
      say(told("Most packets ({}) are {}.", std::to_string(most->second), meaning(most->first)));
  }
  if (s.facts.ended == "truncated")
    say(tr("It ends within a packet: it was cut, or is still being written."));
  else if (s.facts.ended != "complete")
    say(tr("It could not be read to its end."));
  if (s.cut * 2 > all) say(tr("Most packets are cut by the snap length: capture whole ones, with tcpdump -s 0."));
  return text;
}

void write_surveys_text(std::ostream& out, const Surveys& all) {
  for (const Survey& s : all.inputs) survey_text(out, s, all.followed);
  for (const std::string& path : all.skipped_files) out << told("{} is no capture", escape_text(path)) << '\n';
}

void write_surveys_json(std::ostream& out, const Surveys& all) {
  const InEnglish english;
  {
    JsonWriter json(out);  // what it holds goes out at its end
    json.object(
        [&] {
          json.member("schema", std::string_view("mailseal-inputs/1"));
          json.list(
              "inputs", all.inputs, [&](const Survey& s) { survey_json(json, s, all.followed); },
              JsonWriter::Layout::Lines);
          json.list("skipped_files", all.skipped_files, [&](const std::string& path) { json.value(path); });
          json.list("failed_inputs", all.failed_inputs, [&](const std::string& line) { json.value(line); });
        },
        JsonWriter::Layout::Lines);
  }
  out << '\n';
}

void write_supported_text(std::ostream& out, const Supported& known) {
  const auto names = [](const std::vector<std::string_view>& all) {
    return joined(std::vector<std::string>(all.begin(), all.end()));
  };
  Table table(72);
  table.row({{tr("captures")}, {names(known.captures)}});
  table.row({{tr("compressed by")}, {names(known.compressions)}});
  table.row({{tr("in archives")}, {names(known.archives)}});
  table.row({{tr("link types")}, {joined(link_types(known))}});
  table.row({{tr("tags and tunnels")}, {names(known.tunnels)}});
  table.write(out, Colour::Off, "");
}

void write_supported_json(std::ostream& out, const Supported& known) {
  {
    JsonWriter json(out);
    const auto names = [&](std::string_view name, const std::vector<std::string_view>& all) {
      json.list(name, all, [&](std::string_view word) { json.value(word); });
    };
    json.object(
        [&] {
          json.member("schema", std::string_view("mailseal-inputs/1"));
          json.object("supported", [&] {
            names("captures", known.captures);
            names("compressions", known.compressions);
            names("archives", known.archives);
            json.list("link_types", link_types(known), [&](const std::string& name) { json.value(name); });
            names("tunnels", known.tunnels);
          });
        },
        JsonWriter::Layout::Lines);
  }
  out << '\n';
}

}  // namespace mailseal
