// The map: who it shows and how, from overviews written by hand.
#include "map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>

#include "checks.h"
#include "map_model.h"
#include "map_plan.h"
#include "map_words.h"
#include "sample.h"
#include "words.h"

namespace mailseal {
namespace {

IpAddress ip(unsigned a, unsigned b, unsigned c, unsigned d) {
  IpAddress address{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}};
  const unsigned octets[] = {a, b, c, d};
  for (std::size_t i = 0; i < 4; ++i) address.octets[12 + i] = static_cast<std::uint8_t>(octets[i]);
  return address;
}

const IpAddress kPc = ip(192, 168, 1, 6), kStore = ip(192, 168, 1, 7), kRelay = ip(192, 168, 1, 8),
                kWorld = ip(142, 250, 27, 27);

struct Sessions {
  std::uint64_t encrypted = 0, plaintext = 0, mixed = 0, failed = 0, no_mail = 0, inconclusive = 0;
};

Hop hop(IpAddress from, IpAddress to, std::uint16_t port, Protocol protocol, Sessions n) {
  Hop made;
  made.from = from;
  made.to = to;
  made.port = port;
  made.protocol = protocol;
  made.counts = {n.encrypted, n.plaintext, n.mixed, n.failed, n.no_mail, n.inconclusive};
  made.state = joined(made.counts);
  return made;
}

/// People, a store, a relay and the world.
Overview site() {
  Overview o;
  o.hops = {hop(kPc, kStore, 465, Protocol::Smtp, {.encrypted = 12}),
            hop(kPc, kStore, 110, Protocol::Pop3, {.mixed = 1}),
            hop(kStore, kRelay, 25, Protocol::Smtp, {.plaintext = 1}),
            hop(kRelay, kWorld, 25, Protocol::Smtp, {.encrypted = 22, .failed = 1, .no_mail = 3})};
  return o;
}

/// As many clients of one server, in networks of 50.
Overview clients(unsigned n, std::uint16_t ports = 1) {
  Overview o;
  for (unsigned i = 0; i < n; ++i)
    for (std::uint16_t port = 0; port < ports; ++port)
      o.hops.push_back(hop(ip(10, i / 12'500, i / 50 % 250, 1 + i % 50), kStore, static_cast<std::uint16_t>(143 + port),
                           Protocol::Imap, i % 10 == 0 ? Sessions{.plaintext = 1} : Sessions{.encrypted = 2}));
  return o;
}

std::string drawn(const Overview& o) { return sample::written("svg", o, sample::options(0)); }

std::size_t times(const std::string& text, std::string_view what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

const MapHost& host(const MapModel& model, const IpAddress& address) {
  const auto found = std::find_if(model.hosts.begin(), model.hosts.end(),
                                  [&](const MapHost& h) { return h.network == address && h.prefix == 128; });
  if (found != model.hosts.end()) return *found;
  ADD_FAILURE() << to_string(address) << " is not on the map";
  return model.hosts.front();
}

TEST(map, roles_are_what_was_seen) {
  using enum Protocol;
  struct Case {
    const char* what;
    std::vector<Hop> hops;
    MapRole role;
  };
  const IpAddress x = kRelay;
  const Case cases[] = {
      {"only connects", {hop(x, kStore, 25, Smtp, {1})}, MapRole::Client},
      {"takes mail", {hop(kPc, x, 25, Smtp, {1})}, MapRole::Server},
      {"takes submissions", {hop(kPc, x, 465, Smtp, {1})}, MapRole::Server},
      {"takes it and passes it on", {hop(kPc, x, 25, Smtp, {1}), hop(x, kWorld, 25, Smtp, {1})}, MapRole::Relay},
      {"passes it on with LMTP", {hop(kPc, x, 25, Smtp, {1}), hop(x, kStore, 24, Lmtp, {1})}, MapRole::Relay},
      {"serves IMAP", {hop(kPc, x, 993, Imap, {1})}, MapRole::Store},
      {"serves POP3 and takes mail", {hop(kPc, x, 110, Pop3, {1}), hop(kPc, x, 25, Smtp, {1})}, MapRole::Store},
      {"takes LMTP", {hop(kPc, x, 24, Lmtp, {1})}, MapRole::Store},
      {"does all", {hop(kPc, x, 993, Imap, {1}), hop(x, kWorld, 25, Smtp, {1})}, MapRole::StoreAndRelay},
      {"serves what is not known", {hop(kPc, x, 2525, Unknown, {})}, MapRole::Server},
  };
  for (const Case& c : cases) {
    Overview o;
    o.hops = c.hops;
    EXPECT_EQ(host(map_of(o), x).role, c.role) << c.what;
  }
}

TEST(map, public_addresses) {
  const std::pair<IpAddress, bool> cases[] = {
      {ip(8, 8, 8, 8), true},
      {ip(9, 255, 255, 255), true},
      {ip(10, 0, 0, 1), false},
      {ip(11, 0, 0, 0), true},
      {ip(100, 64, 0, 1), false},
      {ip(100, 128, 0, 1), true},
      {ip(127, 0, 0, 1), false},
      {ip(169, 254, 1, 1), false},
      {ip(172, 15, 0, 1), true},
      {ip(172, 16, 0, 1), false},
      {ip(172, 31, 9, 9), false},
      {ip(172, 32, 0, 1), true},
      {ip(192, 0, 2, 25), false},
      {ip(192, 168, 0, 1), false},
      {ip(192, 169, 0, 1), true},
      {ip(198, 19, 0, 1), false},
      {ip(198, 51, 100, 1), false},
      {ip(203, 0, 113, 1), false},
      {ip(223, 255, 255, 1), true},
      {ip(224, 0, 0, 1), false},
      {ip(255, 255, 255, 255), false},
      {ip(0, 0, 0, 0), false},
      {IpAddress{}, false},
      {sample::v6(1).address, false},
      {IpAddress{{0x20, 0x01, 0x48, 0x60}}, true},
      {IpAddress{{0xfe, 0x80}}, false},
      {IpAddress{{0xfd, 0x00}}, false},
  };
  for (const auto& [address, expected] : cases) EXPECT_EQ(is_public(address), expected) << to_string(address);
}

TEST(map, outside_is_told_only_where_there_is_an_inside) {
  EXPECT_EQ(role_text(host(map_of(site()), kWorld)), "mail server, outside");
  EXPECT_EQ(role_text(host(map_of(site()), kRelay)), "relay");
  Overview o;
  o.hops = {hop(ip(8, 8, 8, 8), kWorld, 25, Protocol::Smtp, {1})};
  EXPECT_EQ(role_text(host(map_of(o), kWorld)), "mail server");
}

TEST(map, arrows_show_the_way_of_the_mail) {
  const MapModel model = map_of(site());
  const auto plan = plan_of(model);
  ASSERT_TRUE(plan);
  const auto distance = [](const Placed& at, Point p) {
    return std::max(
        {at.corner.x - p.x, p.x - at.corner.x - at.width, at.corner.y - p.y, p.y - at.corner.y - at.height});
  };
  for (std::size_t i = 0; i < model.lines.size(); ++i) {
    const MapLine& line = model.lines[i];
    std::vector<Point> tips;
    for (const Curve& curve : plan->curves[i])
      if (curve.tip) tips.push_back(*curve.tip);
    ASSERT_EQ(tips.size(), 1u) << sentence(model, line);
    const bool fetched = line.protocol == Protocol::Pop3;
    EXPECT_LT(std::abs(distance(plan->hosts[fetched ? line.client : line.server], tips[0])), 1)
        << sentence(model, line);
    EXPECT_GT(distance(plan->hosts[fetched ? line.server : line.client], tips[0]), 20) << sentence(model, line);
  }
  // The people's side is on the left.
  const auto left = [&](const IpAddress& a) {
    return plan->hosts[static_cast<std::size_t>(&host(model, a) - model.hosts.data())].corner.x;
  };
  EXPECT_LT(left(kPc), left(kStore));
  EXPECT_LT(left(kStore), left(kRelay));
  EXPECT_LT(left(kRelay), left(kWorld));
}

TEST(map, what_is_not_known_has_no_arrow) {
  Overview o;
  o.hops = {hop(kPc, kRelay, 2525, Protocol::Unknown, {.inconclusive = 1})};
  const MapModel model = map_of(o);
  const auto plan = plan_of(model);
  ASSERT_TRUE(plan);
  for (const Curve& curve : plan->curves[0]) EXPECT_FALSE(curve.tip);
  EXPECT_NE(drawn(o).find("Between 192.168.1.6 and 192.168.1.8 (unknown port 2525): inconclusive"), std::string::npos);
}

TEST(map, words_of_a_line) {
  struct Case {
    Sessions sessions;
    const char *state, *fraction;
  };
  const Case cases[] = {
      {{.encrypted = 38, .no_mail = 9, .inconclusive = 3}, "encrypted", "38 of 41 sessions encrypted"},
      {{.encrypted = 1}, "encrypted", "1 of 1 session encrypted"},
      {{.plaintext = 2}, "plaintext", "0 of 2 sessions encrypted"},
      {{.encrypted = 2, .plaintext = 1}, "mixed", "2 of 3 sessions encrypted"},
      {{.failed = 2}, "failed", "0 of 2 sessions encrypted"},
      {{.inconclusive = 1}, "inconclusive", "0 of 1 session encrypted"},
      {{.no_mail = 1}, "no-mail", "1 session without mail"},
      {{}, "not seen", "declared, not seen"},
  };
  for (const Case& c : cases) {
    Overview o;
    o.hops = {hop(kPc, kRelay, 25, Protocol::Smtp, c.sessions)};
    const MapModel model = map_of(o);
    EXPECT_EQ(state_text(model.lines[0]), c.state);
    EXPECT_EQ(fraction_text(model.lines[0]), c.fraction);
    EXPECT_NE(drawn(o).find(std::string(">") + c.state + "</text>"), std::string::npos) << c.state;
    EXPECT_EQ(sentence(model, model.lines[0]),
              std::string("Mail from 192.168.1.6 to 192.168.1.8 (SMTP port 25): ") + c.state + ", " + c.fraction + ".");
  }
}

TEST(map, closed_open_and_unseen_differ_in_shape) {
  const auto of = [](Sessions n) {
    Overview o;
    o.hops = {hop(kPc, kRelay, 25, Protocol::Smtp, n)};
    return drawn(o);
  };
  const std::string closed = of({.encrypted = 1}), open = of({.plaintext = 1}), unjudged = of({.inconclusive = 1}),
                    mixed = of({.mixed = 1}), unseen = of({});
  EXPECT_EQ(times(closed, "class=\"tube\""), 3u) << "two pieces and the legend's";
  EXPECT_EQ(times(closed, "class=\"bore\""), 3u);
  EXPECT_EQ(times(open, "class=\"tube\""), 0u);
  EXPECT_EQ(times(open, "class=\"way\""), 3u);
  EXPECT_EQ(times(mixed, "class=\"way\""), 0u) << "not as what is open altogether";
  EXPECT_EQ(times(mixed, "class=\"way dashdot\""), 3u);
  EXPECT_EQ(times(unjudged, "class=\"way dashed\""), 3u);
  EXPECT_EQ(times(unseen, "class=\"way sparse\""), 3u);
  EXPECT_EQ(times(unseen, "class=\"way\""), 0u);
}

TEST(map, names_are_claims_its_own_words_first) {
  Overview o = site();
  o.hops[3].client_names = {"fm2.example"};
  Server relay;
  relay.endpoint = {kRelay, 25};
  relay.names = {"*.example", "mail.example"};
  relay.greeting_names = {"zz.example"};
  Server store;
  store.endpoint = {kStore, 465};
  store.names = {std::string(300, 'x')};
  o.servers = {relay, store};
  const MapModel model = map_of(o);
  EXPECT_EQ(host(model, kRelay).names,
            (std::vector<std::string>{"zz.example", "fm2.example", "*.example", "mail.example"}));
  EXPECT_EQ(claim_text(host(model, kRelay)), "claims “zz.example” (+3)");
  EXPECT_EQ(claim_text(host(model, kStore)), "claims “" + std::string(23, 'x') + "...”");
  EXPECT_EQ(claim_text(host(model, kPc)), "");
  EXPECT_NE(drawn(o).find("claims “zz.example” (+3)"), std::string::npos);
  EXPECT_NE(drawn(o).find("Names in quotes are claims"), std::string::npos);
}

TEST(map, one_two_sixty_and_more_hosts) {
  struct Case {
    unsigned clients;
    std::size_t shown;
  };
  std::vector<std::string> pictures;
  for (const Case& c : {Case{1, 2}, Case{2, 3}, Case{59, 60}, Case{60, 3}, Case{5000, 1 + 5000 / 12'500 + 1},
                        Case{100'000, 1 + 100'000 / 12'500}}) {
    const Overview o = clients(c.clients);
    const auto begun = std::chrono::steady_clock::now();
    pictures.push_back(drawn(o));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    EXPECT_LT(took.count(), 30) << c.clients << ", a slow machine with sanitizers included";

    const MapModel model = map_of(o);
    EXPECT_EQ(model.hosts.size(), c.shown) << c.clients;
    std::uint64_t hosts = 0, sessions = 0;
    for (const MapHost& h : model.hosts) hosts += h.hosts;
    for (const MapLine& line : model.lines) sessions += total(line.counts);
    EXPECT_EQ(hosts, c.clients + 1) << "all are told";
    EXPECT_EQ(model.all_hosts, hosts);
    EXPECT_EQ(sessions, std::accumulate(o.hops.begin(), o.hops.end(), std::uint64_t{0},
                                        [](auto n, const Hop& h) { return n + total(h.counts); }));
    EXPECT_EQ(host(model, kStore).hosts, 1u) << "the server stands alone";
    EXPECT_EQ(pictures.back().find("grouped by network") != std::string::npos, c.clients >= 60) << c.clients;
  }
  EXPECT_NE(pictures[3].find(">10.0.0.0/24</text>"), std::string::npos);
  EXPECT_NE(pictures[3].find(">client: 50 hosts</text>"), std::string::npos);
  EXPECT_EQ(sample::svg_faults(pictures), "");
}

/// A company: its people in many networks, its few servers, and the servers of the world all over the address space.
TEST(map, of_hundreds_of_hosts_the_own_servers_stay_and_the_rest_fits_on_a_screen_or_two) {
  const IpAddress gate = ip(192, 168, 1, 9);
  Overview o;
  for (unsigned i = 0; i < 400; ++i)
    o.hops.push_back(hop(ip(10, i % 40, 1, i / 40 + 1), kStore, 993, Protocol::Imap, {.encrypted = 1}));
  o.hops.push_back(hop(kStore, kRelay, 25, Protocol::Smtp, {.plaintext = 2}));
  o.hops.push_back(hop(kRelay, gate, 25, Protocol::Smtp, {.encrypted = 2}));
  for (unsigned i = 0; i < 60; ++i)
    o.hops.push_back(hop(gate, ip(20 + 3 * i, i, 9, 9), 25, Protocol::Smtp, {.encrypted = 1}));
  const MapModel model = map_of(o);
  EXPECT_LE(model.hosts.size(), kMapGroups);
  EXPECT_LE(model.lines.size(), kGroupLines);
  for (const IpAddress& own : {kStore, kRelay, gate}) EXPECT_EQ(host(model, own).hosts, 1u);
  std::map<std::string, std::uint64_t> told;
  for (const MapHost& h : model.hosts) told[address_text(h)] += h.hosts;
  EXPECT_EQ(told,
            (std::map<std::string, std::uint64_t>{
                {"0.0.0.0/0", 60}, {"10.0.0.0/8", 400}, {"192.168.1.7", 1}, {"192.168.1.8", 1}, {"192.168.1.9", 1}}));
  const auto plan = plan_of(model);
  ASSERT_TRUE(plan);
  EXPECT_LT(plan->height, 2500);
  EXPECT_EQ(sample::svg_faults({drawn(o)}), "");
}

/// Whatever they do and wherever they are.
TEST(map, however_many_they_are_the_picture_stays_readable) {
  unsigned random = 7;
  const auto next = [&] { return (random = random * 1'664'525 + 1'013'904'223) >> 8; };
  for (const unsigned hosts : {61u, 200u, 460u, 3000u})
    for (const unsigned nets : {1u, 30u, 250u}) {
      Overview o;
      const auto any = [&] { return ip(1 + next() % nets, next() % nets, next() % 4, 1 + next() % 250); };
      for (unsigned i = 0; i < hosts; ++i)
        o.hops.push_back(
            hop(any(), any(), i % 3 ? 25 : 143, i % 3 ? Protocol::Smtp : Protocol::Imap, {.encrypted = 1}));
      const MapModel model = map_of(o);
      EXPECT_LE(model.hosts.size(), kMapGroups) << hosts << " in " << nets;
      EXPECT_LE(model.lines.size(), kGroupLines) << hosts << " in " << nets;
      std::uint64_t all = 0;
      for (const MapHost& h : model.hosts) all += h.hosts;
      EXPECT_EQ(all, model.all_hosts);
      const auto plan = plan_of(model);
      ASSERT_TRUE(plan);
      EXPECT_LT(plan->height, 3000) << hosts << " in " << nets;
    }
}

TEST(map, a_host_that_talks_to_itself) {
  Overview o;
  o.hops = {hop(kStore, kStore, 24, Protocol::Lmtp, {.plaintext = 1})};
  EXPECT_EQ(map_of(o).hosts.size(), 1u);
  EXPECT_EQ(sample::svg_faults({drawn(o)}), "");
}

TEST(map, networks_of_both_families) {
  Overview o;
  for (unsigned i = 0; i < 200; ++i) {
    IpAddress v6 = sample::v6(static_cast<std::uint8_t>(i)).address;
    o.hops.push_back(hop(v6, kStore, 25, Protocol::Smtp, {1}));
    o.hops.push_back(hop(ip(172, 16, 4, i), kStore, 25, Protocol::Smtp, {1}));
  }
  const MapModel model = map_of(o);
  std::vector<std::string> addresses;
  for (const MapHost& h : model.hosts) addresses.push_back(address_text(h));
  std::sort(addresses.begin(), addresses.end());
  EXPECT_EQ(addresses, (std::vector<std::string>{"172.16.4.0/24", "192.168.1.7", "2001:db8::/64"}));
}

TEST(map, many_servers_are_grouped_as_well) {
  Overview o;
  for (unsigned i = 0; i < 70; ++i) o.hops.push_back(hop(ip(10, 0, 0, i), ip(10, 0, 1, i), 25, Protocol::Smtp, {1}));
  const MapModel model = map_of(o);
  ASSERT_EQ(model.hosts.size(), 2u);
  EXPECT_EQ(role_text(model.hosts[0]), "client: 70 hosts");
  EXPECT_EQ(role_text(model.hosts[1]), "mail server: 70 hosts");
  EXPECT_EQ(fraction_text(model.lines.at(0)), "70 of 70 sessions encrypted");
}

TEST(map, ports_are_taken_together_when_they_are_too_many) {
  Overview o;
  for (std::uint16_t port = 1; port <= 3000; ++port) o.hops.push_back(hop(kPc, kStore, port, Protocol::Smtp, {1}));
  const MapModel model = map_of(o);
  ASSERT_EQ(model.lines.size(), 1u);
  EXPECT_EQ(port_text(model.lines[0]), "SMTP, 3000 ports");
}

TEST(map, a_crowd_is_drawn_in_time) {
  Overview o;
  unsigned random = 1;
  const auto next = [&] { return (random = random * 1'664'525 + 1'013'904'223) >> 8; };
  for (unsigned i = 0; i < 100'000; ++i)
    o.hops.push_back(hop(ip(next() % 200 + 1, next() % 256, next() % 256, 1), ip(next() % 200 + 1, next() % 4, 0, 1),
                         static_cast<std::uint16_t>(next()), Protocol(next() % 5), {next() % 3, next() % 2}));
  const auto begun = std::chrono::steady_clock::now();
  const std::string picture = drawn(o);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  RecordProperty("milliseconds", static_cast<int>(took.count() * 1000));
  EXPECT_LT(took.count(), 60) << "a slow machine with sanitizers included";
  EXPECT_LT(picture.size(), 500'000u);
  EXPECT_EQ(sample::svg_faults({picture}), "");
}

TEST(map, of_too_many_lines_the_worst_stay) {
  // Twenty relays, all to all, cannot be grouped away from each other where each is alone in its network and role.
  Overview o;
  for (unsigned i = 0; i < 20; ++i)
    for (unsigned k = 0; k < 20; ++k)
      if (i != k)
        o.hops.push_back(hop(ip(10, i, 0, 1), ip(10, k, 0, 1), 25, Protocol::Smtp,
                             i == 3 ? Sessions{.plaintext = 1} : Sessions{.encrypted = 1}));
  const MapModel model = map_of(o);
  EXPECT_LE(model.lines.size(), kMapLines);
  std::uint64_t sessions = 0;
  for (const MapLine& line : model.lines) sessions += total(line.counts);
  EXPECT_EQ(sessions, 380u) << "grouped, none left out";
}

TEST(map, nothing_to_draw_is_said) {
  const std::string picture = drawn(Overview{});
  EXPECT_NE(picture.find("No mail was seen"), std::string::npos);
  EXPECT_EQ(sample::svg_faults({picture}), "");
}

TEST(map, the_same_hops_give_the_same_picture) {
  EXPECT_EQ(drawn(site()), drawn(site()));
  Overview turned = site();
  std::reverse(turned.hops.begin(), turned.hops.end());
  EXPECT_EQ(drawn(turned), drawn(site()));
}

/// In a page its looks are attributes, too: WeasyPrint does not let the page's style into a picture.
TEST(map, in_a_page_it_needs_no_style) {
  std::ostringstream out;
  write_map(out, site(), {});
  const std::string in_page = out.str(), alone = drawn(site());
  EXPECT_EQ(in_page.rfind("<svg", 0), 0u);
  EXPECT_EQ(in_page.find("<style"), std::string::npos);
  EXPECT_NE(in_page.find("class=\"open\" color='#9c1620'"), std::string::npos);
  EXPECT_NE(in_page.find("class=\"tube\" fill='none' stroke='currentColor' stroke-width='5.5'"), std::string::npos);
  EXPECT_NE(in_page.find("class=\"mono strong\" fill='currentColor' font-size='11px' font-family="), std::string::npos)
      << "the later rule holds";
  EXPECT_NE(alone.find("<style>.picture{"), std::string::npos);
  EXPECT_EQ(alone.find("currentColor'"), std::string::npos);
  EXPECT_EQ(sample::svg_faults({in_page, alone}), "");
}

/// The check itself can fail.
TEST(map, the_check_of_pictures_refuses) {
  const std::string good = drawn(site());
  ASSERT_EQ(sample::svg_faults({good}), "");
  const auto with = [&](std::string_view before, const std::string& what) {
    std::string changed = good;
    return changed.insert(changed.find(before), what);
  };
  const std::vector<std::string> bad{
      with("</svg>", "<script/>"),
      with("</svg>", "<g onclick=\"x\"/>"),
      with("</svg>", "<text x=\"9999\" y=\"1\">x</text>"),
      with("</svg>", "&nbsp;"),
      with("</svg>", "<rect class=\"card\" x=\"0\" y=\"0\" width=\"500\" height=\"100\"/>"),
      with("</svg>", "<desc id=\"map-desc\"/>"),
      with("<title>", "<title>x</title>"),
  };
  const std::string faults = sample::svg_faults(bad);
  for (std::size_t i = 0; i < bad.size(); ++i)
    EXPECT_NE(faults.find("/" + std::to_string(i) + ".svg: "), std::string::npos) << i;
}

}  // namespace
}  // namespace mailseal
