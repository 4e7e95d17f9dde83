// Overviews of sessions written by hand.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "judge/sessions.h"
#include "mailseal/overview.h"

namespace mailseal::test {

inline InputFacts input(std::string path = "a.pcap") {
  InputFacts facts;
  facts.path = std::move(path);
  facts.packets = 49;
  facts.first = time_of(1);
  facts.last = time_of(60'000);
  return facts;
}

inline RunFacts run(std::vector<InputFacts> inputs = {input()}) {
  RunFacts facts;
  facts.inputs = std::move(inputs);
  return facts;
}

inline Overview overview_of(const std::vector<Session>& sessions, OverviewOptions options = {}, RunFacts facts = run(),
                            Limits limits = {}) {
  Collector collector(&options, &limits);
  std::vector<JudgedSession> ended;
  for (const Session& s : sessions) ended.push_back({0, s, judge(s), {}});
  collector.add(ended);
  return collector.finish(std::move(facts));
}

/// Every place of it goes through `move`.
template <class Move>
Session with_places(Session s, Move move) {
  const auto move_if = [&](Fact& fact) {
    if (!fact) return;
    Seen seen = *fact;
    move(seen);
    fact = seen;
  };
  move(s.first);
  move(s.last);
  for (auto* seen : {&s.began, &s.greeting, &s.capabilities, &s.capability_masked, &s.upgrade_offered,
                     &s.upgrade_requested, &s.upgrade_accepted, &s.upgrade_refused, &s.content, &s.headers, &s.envelope,
                     &s.fin_client, &s.fin_server, &s.reset, &s.spoke[0], &s.spoke[1]})
    move_if(*seen);
  for (Credential& c : s.credentials) move(c.seen);
  if (s.said)
    for (auto& marks : *s.said)
      for (SaidMark& mark : marks) move(mark.seen);
  if (s.tls)
    for (auto* seen : {&s.tls->client_hello, &s.tls->server_hello, &s.tls->established, &s.tls->application_data})
      move_if(*seen);
  return s;
}

/// That many frames (and milliseconds) later, a connection of its own.
inline Session later(Session s, std::uint64_t frames) {
  s.flow.client.port = static_cast<std::uint16_t>(s.flow.client.port + frames % 10'000);
  return with_places(std::move(s), [frames](Seen& seen) {
    seen.frame += frames;
    seen.time = time_of(seen.frame);
  });
}

inline Session refused(Session s) {
  s.upgrade_requested = at(7);
  s.upgrade_refused = server(7);
  return s;
}

inline Session from(Session s, std::uint8_t client) {
  s.flow.client.address = ip(client);
  return s;
}

inline Session to(Session s, std::uint8_t host, std::uint16_t port = 25) {
  s.flow.server = {ip(host), port};
  return s;
}

}  // namespace mailseal::test
