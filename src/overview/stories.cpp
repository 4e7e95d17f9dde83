#include "stories.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <unordered_map>

#include "mailseal/base/ascii.h"
#include "span.h"

namespace mailseal {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kPassedOn = std::chrono::seconds(60);  ///< a relay that waits longer is not matched
constexpr std::size_t kOfOneName = 8;                        ///< servers: a name of more is no host's

constexpr auto index_of(Side side) noexcept { return static_cast<std::size_t>(side); }

bool is_mail_transfer(const Session& s) noexcept {
  return s.protocol == Protocol::Smtp || s.protocol == Protocol::Lmtp;
}

// TLS adds headers, tags and a dialogue, and hides how much of it is mail.
bool alike(std::uint64_t in_tls, std::uint64_t in_clear) noexcept {
  const std::uint64_t more = std::max(in_tls, in_clear) - std::min(in_tls, in_clear);
  return in_clear >= 512 && more <= 1024 + in_clear / 8;
}

// A name that tells one host from others.
bool names_a_host(std::string_view name) noexcept {
  return name.find('.') != name.npos && name.front() != '[' && !same_word(name, "localhost.localdomain");
}

}  // namespace

void Stories::add(const JudgedSession& judged, const std::optional<Seen>& exposed, const Order& order,
                  Summary::Path path) {
  const Session& s = judged.session;
  const auto at = [&](const Seen& seen) { return Crossing::Event{order, seen, path, judged.judgement.role, 0}; };
  const bool in_tls = judged.judgement.state == State::Encrypted && s.tls && s.tls->application_data;
  const bool in_clear = s.content.has_value();
  if (is_mail_transfer(s) && in_tls != in_clear && legs_.size() < kMost && s.first.time != Timestamp{})
    legs_.push_back({s.first.time, s.last.time,
                     in_tls ? s.tls->application_bytes[index_of(Side::Client)] : s.content_bytes + s.header_bytes,
                     order.session, path.hop, path.server, in_tls});

  static const FindingKind* const kInjection = find_kind("starttls-command-injection");
  static const FindingKind* const kStripped = find_kind("starttls-stripped-suspected");
  const auto told = [&](const FindingKind* kind) {
    return std::binary_search(judged.finding_kinds.begin(), judged.finding_kinds.end(), kind);
  };
  if (s.injected_commands && s.tls && s.tls->server_hello && told(kInjection))
    alone_.push_back({Story::Kind::Injection, at(*s.injected_commands), *s.tls->server_hello});
  if (s.capability_masked && exposed && told(kStripped))
    alone_.push_back({Story::Kind::Stripped, at(*s.capability_masked), *exposed});

  if (s.doubts.empty())  // behind a hole half of one may look like another
    for (const Credential& login : s.credentials) {
      if (login.fingerprint == 0) continue;
      if (secrets_.size() >= kMostSecrets && !secrets_.contains(login.fingerprint)) continue;
      Secret& secret = secrets_[login.fingerprint];
      const Crossing::Event here = at(login.seen);
      if (secret.sessions.size() < Secret::kTimes) secret.sessions.push_back(order.session);
      const auto key = [](const Crossing::Event& e) { return std::tie(e.order, e.seen.frame, e.seen.offset); };
      if (secret.count++ == 0) {
        secret.first = secret.last = here;
        secret.user = login.user;
        continue;
      }
      if (key(here) < key(secret.first)) secret.first = here;
      if (key(secret.last) < key(here)) secret.last = here;
      secret.several_users |= login.user != secret.user;
    }

  // Most servers never refuse: they have no entry before they do.
  const auto known = enforced_.find(path.server);
  if (known == enforced_.end() && !s.refused_before_tls) return;
  Enforced& server = known != enforced_.end() ? known->second : enforced_[path.server];
  const bool accepted = std::any_of(s.credentials.begin(), s.credentials.end(),
                                    [](const Credential& login) { return login.accepted.value_or(false); });
  server.took_clear |= s.messages > 0 || s.mailbox_activity || accepted;
  if (s.refused_before_tls && (server.refused++ == 0 || order < server.first_refused.order))
    server.first_refused = at(*s.refused_before_tls);
  if (s.tls && s.tls->established && (server.then_tls++ == 0 || order < server.first_tls.order))
    server.first_tls = at(*s.tls->established);
}

/// Makes the sentences.
class Stories::Teller {
 public:
  Teller(const Summary* summary, const RunFacts* run, const SessionSpool* sessions,
         const std::vector<std::uint64_t>* ids)
      : summary_(*summary), run_(*run), sessions_(*sessions), ids_(*ids) {}

  void fallbacks(const std::vector<Crossing::Fallback>& all) {
    std::map<std::uint32_t, std::pair<const Crossing::Fallback*, std::uint64_t>> of_hop;
    for (const Crossing::Fallback& one : all) {
      auto& [first, count] = of_hop[one.clear.path.hop];
      if (count++ == 0 || one.clear.order < first->clear.order) first = &one;
    }
    for (const auto& [hop, one] : of_hop) {
      const auto& [first, count] = one;
      const Crossing::Event &failed = first->failed, &clear = first->clear;
      const Phrase later = span_of(clear.seen.time - failed.seen.time);
      tell(
          Story::Kind::Fallback,
          first->same_name
              ? phrase("{} could not use TLS with {} (session {:d}, frame {:d}); {:t} later it spoke in clear on "
                       "another connection (session {:d}, frame {:d}), by the same name",
                       client(clear), server(clear), id(failed), failed.seen.frame, later, id(clear), clear.seen.frame)
              : phrase("{} could not use TLS with {} (session {:d}, frame {:d}); {:t} later it spoke in clear on "
                       "another connection (session {:d}, frame {:d})",
                       client(clear), server(clear), id(failed), failed.seen.frame, later, id(clear), clear.seen.frame),
          count, {place(failed, phrase("TLS failed")), place(clear, phrase("in clear"))});
    }
  }

  void unequal_offers(const Crossing& crossing) {
    for (const Crossing::Offers& offers : crossing.unequal_offers())
      tell(
          Story::Kind::UnequalOffer,
          phrase(
              "{} offered STARTTLS (first: session {:d}, frame {:d}; in all {:d}) and did not offer it (first: session "
              "{:d}, frame {:d}; in all {:d})",
              server(offers.first_made), id(offers.first_made), offers.first_made.seen.frame, offers.made,
              id(offers.first_withheld), offers.first_withheld.seen.frame, offers.withheld),
          offers.withheld,
          {place(offers.first_made, phrase("offered")), place(offers.first_withheld, phrase("not offered"))});
  }

  void alone(const Alone& one) {
    Crossing::Event second = one.event;
    second.seen = one.second;
    if (one.kind == Story::Kind::Injection)
      tell(one.kind,
           phrase("{} put commands behind STARTTLS (session {:d}, frame {:d}) before TLS with {} began (frame {:d}): a "
                  "server that keeps them takes them as if they had come inside TLS",
                  client(one.event), id(one.event), one.event.seen.frame, server(one.event), one.second.frame),
           1, {place(one.event, phrase("commands in clear")), place(second, phrase("TLS began"))});
    else
      tell(one.kind,
           phrase("{}'s list of capabilities was overwritten on the way (session {:d}, frame {:d}), as devices do that "
                  "remove STARTTLS; {} then spoke in clear (frame {:d})",
                  server(one.event), id(one.event), one.event.seen.frame, client(one.event), one.second.frame),
           1, {place(one.event, phrase("overwritten")), place(second, phrase("in clear"))});
  }

  void enforced(const Enforced& one) {
    if (one.refused == 0 || one.took_clear) return;
    if (one.then_tls == 0) {
      tell(Story::Kind::Enforcement,
           phrase("{} refused mail or logins before TLS (first: session {:d}, frame {:d}) and took none in clear",
                  server(one.first_refused), id(one.first_refused), one.first_refused.seen.frame),
           one.refused, {place(one.first_refused, phrase("refused in clear"))});
      return;
    }
    tell(Story::Kind::Enforcement,
         phrase(
             "{} refused mail or logins before TLS (first: session {:d}, frame {:d}), took none in clear, and went on "
             "inside TLS (first: session {:d}, frame {:d})",
             server(one.first_refused), id(one.first_refused), one.first_refused.seen.frame, id(one.first_tls),
             one.first_tls.seen.frame),
         one.refused,
         {place(one.first_refused, phrase("refused in clear")), place(one.first_tls, phrase("inside TLS"))});
  }

  void same(const Secret& secret) {
    const Crossing::Event &first = secret.first, &last = secret.last;
    tell(Story::Kind::SameSecret,
         secret.several_users
             ? phrase(
                   "One and the same password or token was readable {:d} times, for different accounts (first: session "
                   "{:d}, frame {:d}; last: session {:d}, frame {:d})",
                   secret.count, id(first), first.seen.frame, id(last), last.seen.frame)
             : phrase(
                   "One and the same password or token was readable {:d} times (first: session {:d}, frame {:d}; last: "
                   "session {:d}, frame {:d})",
                   secret.count, id(first), first.seen.frame, id(last), last.seen.frame),
         secret.count, {place(first, phrase("readable")), place(last, phrase("readable"))});
  }

  void gateways(std::vector<Leg>);
  void seen_twice(const std::vector<Sightings::Pair>&);

  Told take() {
    std::stable_sort(stories_.begin(), stories_.end(), [](const Story& a, const Story& b) {
      return std::tuple(a.kind, a.places.front().session) < std::tuple(b.kind, b.places.front().session);
    });
    return {std::move(stories_), left_out_};
  }

 private:
  struct Match {
    const Leg *in = nullptr, *out = nullptr;
    bool sized = false;
    std::uint64_t count = 0;
  };

  void tell(Story::Kind kind, Phrase sentence, std::uint64_t count, std::vector<Occurrence> places) {
    if (told_[static_cast<std::size_t>(kind)]++ < kStories)
      stories_.push_back({kind, std::move(sentence).text(), count, std::move(places)});
    else
      ++left_out_;
  }
  std::uint64_t id(const Crossing::Event& event) const { return ids_[event.order.session]; }
  std::string client(const Crossing::Event& event) const { return to_string(summary_.hop(event.path.hop).from); }
  std::string server(const Crossing::Event& event) const {
    return to_string(summary_.server(event.path.server).endpoint);
  }
  Occurrence place(const Crossing::Event& event, Phrase note) const {
    return {id(event), event.seen, std::move(note).text()};
  }
  Occurrence place(const Leg& leg) const;
  void gateway(const Match&);

  Phrase at(const Sightings::Member&, const Seen&) const;
  std::string ends(const Sightings::Member&) const;
  void seen_twice(const Sightings::Pair&, std::uint64_t count);

  const Summary& summary_;
  const RunFacts& run_;
  const SessionSpool& sessions_;
  const std::vector<std::uint64_t>& ids_;
  std::vector<Story> stories_;
  std::array<std::size_t, Story::kKinds> told_{};
  std::uint64_t left_out_ = 0;
};

// Where the leg shows how it was protected.
Occurrence Stories::Teller::place(const Leg& leg) const {
  const JudgedSession judged = sessions_[leg.session];
  const Session& s = judged.session;
  const Seen seen = leg.in_tls && s.tls && s.tls->server_hello ? *s.tls->server_hello
                    : s.content                                ? *s.content
                                                               : s.first;
  return {ids_[leg.session], seen, (leg.in_tls ? phrase("inside TLS") : phrase("in clear")).text()};
}

// Which mail a host passed on: what it took last before. If that one was protected alike, no other is looked for.
void Stories::Teller::gateways(std::vector<Leg> legs) {
  std::sort(legs.begin(), legs.end(),
            [](const Leg& a, const Leg& b) { return std::tie(a.first, a.session) < std::tie(b.first, b.session); });
  // Servers by what they are known by as clients, too.
  std::vector<std::uint32_t> taking;
  for (const Leg& leg : legs) taking.push_back(leg.server);
  std::sort(taking.begin(), taking.end());
  taking.erase(std::unique(taking.begin(), taking.end()), taking.end());
  std::unordered_map<IpAddress, std::vector<std::uint32_t>, EndpointHash> at_address;
  std::unordered_map<std::string, std::vector<std::uint32_t>> named;
  for (const std::uint32_t number : taking) {
    const Server& server = summary_.server(number);
    at_address[server.endpoint.address].push_back(number);
    for (const std::string& name : server.greeting_names)
      if (names_a_host(name)) named[upper_case(name)].push_back(number);
  }
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> gateways_of_hop;  // servers that its client may be
  for (const Leg& leg : legs) {
    const auto [of_hop, fresh] = gateways_of_hop.try_emplace(leg.hop);
    if (!fresh) continue;
    std::vector<std::uint32_t>& found = of_hop->second;
    const Hop& hop = summary_.hop(leg.hop);
    const auto look = [&](const auto& known, const auto& by) {
      const auto at = known.find(by);
      if (at == known.end() || at->second.size() > kOfOneName) return;
      for (const std::uint32_t server : at->second)
        if (summary_.server(server).endpoint.address != hop.to) found.push_back(server);  // nobody relays to himself
    };
    look(at_address, hop.from);
    for (const std::string& name : hop.client_names)
      if (names_a_host(name)) look(named, upper_case(name));
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
  }

  std::unordered_map<std::uint32_t, const Leg*> last_taken;  // by server
  std::map<std::tuple<std::uint32_t, std::uint32_t, bool>, Match> matches;
  for (const Leg& leg : legs) {
    const Leg* in = nullptr;
    for (const std::uint32_t server : gateways_of_hop[leg.hop])
      if (const auto at = last_taken.find(server); at != last_taken.end())
        if (leg.first <= at->second->last + kPassedOn && (!in || in->first < at->second->first)) in = at->second;
    if (in && in->in_tls != leg.in_tls) {
      Match& match = matches[{in->hop, leg.hop, leg.in_tls}];
      const bool sized = leg.in_tls ? alike(leg.bytes, in->bytes) : alike(in->bytes, leg.bytes);
      if (match.count++ == 0 || (sized && !match.sized)) match = {in, &leg, sized, match.count};
    }
    last_taken[leg.server] = &leg;
  }
  for (const auto& [hops, match] : matches) gateway(match);
}

void Stories::Teller::gateway(const Match& match) {
  const Hop& in = summary_.hop(match.in->hop);
  const Hop& out = summary_.hop(match.out->hop);
  const Occurrence from = place(*match.in), to = place(*match.out);
  std::string name;
  if (in.to != out.from)
    for (const std::string& claimed : out.client_names)
      for (const std::string& greeting : summary_.server(match.in->server).greeting_names)
        if (same_word(claimed, greeting)) name = greeting;
  const Phrase by = name.empty()  ? match.sized ? phrase("by time and size") : phrase("by time")
                     : match.sized ? phrase("by time, size and the name {}", name)
                                  : phrase("by time and the name {}", name);
  const std::string server = to_string(in.to), sender = to_string(in.from), as = to_string(out.from),
                    next = to_string(out.to);
  tell(Story::Kind::Gateway,
       match.in->in_tls
           ? phrase(
                 "{} took mail inside TLS from {} (session {:d}, frame {:d}), and as {} it passed mail on in clear to "
                 "{} (session {:d}, frame {:d}): matched {:t}",
                 server, sender, from.session, from.seen.frame, as, next, to.session, to.seen.frame, by)
           : phrase(
                 "{} took mail in clear from {} (session {:d}, frame {:d}), and as {} it passed mail on inside TLS to "
                 "{} (session {:d}, frame {:d}): matched {:t}",
                 server, sender, from.session, from.seen.frame, as, next, to.session, to.seen.frame, by),
       match.count, {from, to});
}

Phrase Stories::Teller::at(const Sightings::Member& member, const Seen& seen) const {
  const std::string path = seen.input < run_.inputs.size() ? run_.inputs[seen.input].path : std::string("-");
  return phrase("session {:d}: {} frame {:d}", ids_[member.order.session], path, seen.frame);
}

std::string Stories::Teller::ends(const Sightings::Member& member) const {
  const Hop& hop = summary_.hop(member.path.hop);
  return to_string(hop.from) + " > " + to_string(Endpoint{hop.to, hop.port});
}

/// Those of one kind on one path are one story, by points.
void Stories::Teller::seen_twice(const std::vector<Sightings::Pair>& pairs) {
  const auto point = [&](const Sightings::Member& member) { return run_.point_of(member.order.input); };
  using Alike = std::tuple<Story::Kind, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;
  std::map<Alike, std::pair<const Sightings::Pair*, std::uint64_t>> stories;
  for (const Sightings::Pair& pair : pairs) {
    // What is alike needs no more than one story for two points.
    const bool by_hop = pair.kind != Story::Kind::Points;
    auto& [first, count] = stories[{pair.kind, point(pair.first), point(pair.second), by_hop ? pair.first.path.hop : 0,
                                    by_hop ? pair.second.path.hop : 0}];
    if (count++ == 0) first = &pair;
  }
  for (const auto& [alike, one] : stories) seen_twice(*one.first, one.second);
}

void Stories::Teller::seen_twice(const Sightings::Pair& pair, std::uint64_t count) {
  const Phrase one = at(pair.first, *pair.at_first), two = at(pair.second, *pair.at_second);
  const auto occurrence = [&](const Sightings::Member& member, const Seen& seen, Phrase note) {
    return Occurrence{ids_[member.order.session], seen, std::move(note).text()};
  };
  const auto say = [&](Phrase sentence, Phrase at_first, Phrase at_second) {
    tell(pair.kind, std::move(sentence), count,
         {occurrence(pair.first, *pair.at_first, std::move(at_first)),
          occurrence(pair.second, *pair.at_second, std::move(at_second))});
  };
  const Hop& first = summary_.hop(pair.first.path.hop);
  const std::string client = to_string(first.from), server = to_string(Endpoint{first.to, first.port});
  const Phrase &has = pair.second_lacks ? one : two, &lacks = pair.second_lacks ? two : one;
  switch (pair.kind) {
    case Story::Kind::Removed: {
      const Phrase there = pair.command ? phrase("asked for") : phrase("offered"), gone = phrase("removed");
      return say(
          pair.command
              ? phrase("{}'s STARTTLS to {} stands at one capture point ({:t}) and not at the other ({:t}): a device "
                       "between the two removed it",
                       client, server, has, lacks)
              : phrase("{}'s offer of STARTTLS to {} stands at one capture point ({:t}) and not at the other ({:t}): a "
                       "device between the two removed it",
                       server, client, has, lacks),
          pair.second_lacks ? there : gone, pair.second_lacks ? gone : there);
    }
    case Story::Kind::Terminated: {
      const JudgedSession a = sessions_[pair.first.order.session], b = sessions_[pair.second.order.session];
      const bool both = a.session.tls && b.session.tls;
      const auto how = [](const JudgedSession& j) { return j.session.tls ? phrase("inside TLS") : phrase("in clear"); };
      if (both)
        return say(
            phrase("{} with {}: the TLS at one capture point ({:t}) is another than at the other ({:t}): a device "
                   "between the two ends it and reads what passes",
                   client, server, one, two),
            how(a), how(b));
      return say(phrase("{} with {}: inside TLS at one capture point ({:t}) and in clear at the other ({:t}): a device "
                        "between the two ends TLS",
                        client, server, a.session.tls ? one : two, a.session.tls ? two : one),
                 how(a), how(b));
    }
    case Story::Kind::Altered: {
      const bool by_client = pair.side == 0;
      return say(phrase("what {} said to {} differs between two capture points ({:t}; {:t}): a device between the two "
                        "changed it",
                        by_client ? client : server, by_client ? server : client, one, two),
                 phrase("one wording"), phrase("another wording"));
    }
    case Story::Kind::Translated:
      return say(phrase("{} ({:t}) and {} ({:t}) are one connection: its addresses or ports are translated on the way",
                        ends(pair.first), one, ends(pair.second), two),
                 phrase("before or behind translation"), phrase("before or behind translation"));
    case Story::Kind::Fallback:
    case Story::Kind::Gateway:
    case Story::Kind::Stripped:
    case Story::Kind::UnequalOffer:
    case Story::Kind::Injection:
    case Story::Kind::Enforcement:
    case Story::Kind::SameSecret:
    case Story::Kind::Points:
      return say(phrase("connections were seen at two capture points and are listed for each (first: {:t}; {:t}); what "
                        "the two show of them does not differ",
                        one, two),
                 phrase("at one point"), phrase("at another point"));
  }
}

Stories::Told Stories::take(const Summary& summary, const Crossing& crossing,
                            const std::vector<Crossing::Fallback>& fallbacks, const Sightings::Told& seen_again,
                            const RunFacts& run, const SessionSpool& sessions, const std::vector<std::uint64_t>& ids) {
  Teller teller(&summary, &run, &sessions, &ids);
  teller.fallbacks(fallbacks);
  teller.unequal_offers(crossing);
  for (const Alone& one : alone_) teller.alone(one);
  for (const auto& [server, one] : enforced_) teller.enforced(one);
  std::vector<const Secret*> again;
  for (auto& [fingerprint, secret] : secrets_) {
    secret.count = seen_again.once(secret.sessions, secret.count);
    if (secret.count > 1) again.push_back(&secret);
  }
  std::sort(again.begin(), again.end(), [](const Secret* a, const Secret* b) {
    return std::tie(a->first.order, a->first.seen.frame, a->first.seen.offset) <
           std::tie(b->first.order, b->first.seen.frame, b->first.seen.offset);
  });
  for (const Secret* secret : again) teller.same(*secret);
  teller.gateways(std::move(legs_));
  teller.seen_twice(seen_again.pairs);
  return teller.take();
}

}  // namespace mailseal
