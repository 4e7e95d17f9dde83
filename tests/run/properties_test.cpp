// What holds for every capture: the whole program over captures that were cut, renumbered,
// rewritten, shortened and doubled.
//
// The project's own captures always; those shared with the project where they are. Captures of
// more packets than kMostPackets only with MAILSEAL_LONG=1.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "dialogues.h"
#include "files.h"
#include "mailseal/report.h"
#include "packets.h"

namespace mailseal::packets {
namespace {

using std::filesystem::path;

const std::size_t kMostPackets = std::getenv("MAILSEAL_LONG") != nullptr ? 2000 : 400;

void add(std::vector<Capture>& all, const path& folder) {
  if (!std::filesystem::is_directory(folder)) return;
  std::vector<path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().filename().string().find(".pcap") != std::string::npos)
      paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  for (const path& p : paths)
    if (auto capture = load(p, kMostPackets); capture && !capture->packets.empty()) all.push_back(std::move(*capture));
}

void add(std::vector<Capture>& all, const char* name, Packets packets) {
  all.push_back({name, std::move(packets), {}});
}

/// Conversations that no recording shows, each near the edge of being encrypted.
void add_built(std::vector<Capture>& all) {
  Conversation sealed12 = upgraded(), sealed13 = upgraded(), null12 = upgraded(), null13 = upgraded();
  add(all, "built_tls12", tls12(sealed12).close().packets);
  add(all, "built_tls13", tls13(sealed13).close().packets);
  add(all, "built_null12", tls12(null12, 0x0002).close().packets);
  null13.c(client_hello({.suites = {0xc0b4}, .extensions = extension(43, counted(1, u16(0x0304)))}));
  null13.s(server_hello13(0xc0b4) + kCcs + protected_record(900)).c(kCcs + protected_record(69)).c(kData).s(kData);
  add(all, "built_null13", null13.close().packets);

  Conversation dead13 = upgraded(), refused13 = upgraded(), quiet12 = upgraded();
  dead13.c(client_hello13()).s(server_hello13() + kCcs + protected_record(900)).c(kCcs).c(protected_record(19));
  add(all, "built_dead13", dead13.fin(kClient).rst(kServer).packets);
  refused13.c(client_hello13()).s(server_hello13() + kCcs + protected_record(900)).c(kCcs + kFinished13);
  add(all, "built_refused13", refused13.s(protected_record(19)).fin(kServer).fin(kClient).packets);
  quiet12.c(client_hello12()).s(server_hello12() + server_key_exchange() + kServerHelloDone);
  quiet12.c(kClientKeyExchange + kCcs + kFinished12).s(kCcs + kFinished12);
  add(all, "built_quiet12", quiet12.close().packets);

  Conversation login = smtp(), sender = smtp(), first_mail = smtp(), unasked(25);
  login.c("AUTH LOGIN\r\n").s("334 VXNlcm5hbWU6\r\n").c("YWxpY2U=\r\n").s("334 UGFzc3dvcmQ6\r\n").c("c2VjcmV0\r\n");
  login.s("235 ok\r\n").c("STARTTLS\r\n").s("220 go\r\n");
  add(all, "built_login_then_tls13", tls13(login).close().packets);
  sender.c("MAIL FROM:<a@example.com>\r\n").s("530 5.7.0 Must issue a STARTTLS command first\r\n");
  add(all, "built_sender_then_tls12", tls12(sender.c("STARTTLS\r\n").s("220 go\r\n")).close().packets);
  mail(first_mail).c("STARTTLS\r\n").s("220 go\r\n");
  add(all, "built_mail_then_tls13", tls13(first_mail).close().packets);
  unasked.open().s("220 mail.example ESMTP\r\n").c("STARTTLS\r\nMAIL FROM:<a@example.com>\r\n").s("220 go\r\n");
  add(all, "built_sender_behind_starttls", tls13(unasked).close().packets);

  Conversation clear = upgraded(), reuse = upgraded(), again(25, {77'000, 99'000}), syn(25);
  add(all, "built_clear_behind_accept", quit(mail(clear)).packets);
  tls13(reuse).rst(kClient);
  again.wait(std::chrono::seconds{1}).open().s("220 mail.example ESMTP\r\n").c("EHLO x\r\n").s(kNoOffers);
  add(all, "built_port_reuse", joined(reuse.packets, quit(mail(again)).packets));
  // The SYN comes again when a mail has passed.
  syn.open().s("220 mail.example ESMTP\r\n").c("EHLO x\r\n").s(kOffers);
  mail(syn).raw(kClient, kSyn, 1000, "").c("STARTTLS\r\n").s("220 go\r\n");
  add(all, "built_late_syn", tls13(syn).close().packets);
}

const std::vector<Capture>& captures() {
  static const std::vector<Capture> all = [] {
    const path source(MAILSEAL_SOURCE_DIR), shared = source.parent_path() / "shared" / "captures";
    std::vector<Capture> found;
    add_built(found);
    add(found, source / "captures");
    add(found, shared / "lab");
    add(found, shared / "public");
    return found;
  }();
  return all;
}

std::string place(const char* name, const std::optional<Seen>& seen) {
  return seen ? std::string(" ") + name + "@" + std::to_string(seen->frame) : "";
}

enum class Of : std::uint8_t {
  Everything,  ///< all that does not tell how the octets lay in packets
  Verdict,     ///< what no copy of a packet may change
};

/// One line for each session, then the verdict.
std::vector<std::string> summary(const Overview& overview, Of what) {
  std::vector<std::string> lines;
  std::map<std::uint64_t, std::set<std::string>> findings;
  for (const FindingGroup& group : overview.findings) {
    if (group.kind->cls == FindingClass::Capture) continue;
    for (const Occurrence& o : group.occurrences)
      findings[o.session].insert(" " + std::string(group.kind->id) + "@" + std::to_string(o.seen.frame));
  }
  for (const JudgedSession& j : overview.sessions) {
    const Session& s = j.session;
    // A refused connection seen twice looks like one that was answered: listed, and nothing more.
    if (what == Of::Verdict && !s.spoke[0] && !s.spoke[1]) continue;
    std::ostringstream line;
    line << to_string(s.flow.client) << " > " << to_string(s.flow.server) << " " << to_string(s.protocol) << " "
         << to_string(j.judgement.state) << " exposed:";
    for (const Exposure e : j.judgement.exposed) line << " " << to_string(e);
    line << " messages: " << s.messages;
    if (what == Of::Everything) {
      line << " content: " << s.content_bytes << "+" << s.header_bytes << " to " << s.recipients;
      for (const Credential& c : s.credentials)
        line << " [" << c.mechanism << " " << c.user << " " << c.secret_bytes << " @" << c.seen.frame << "]";
      line << place("offered", s.upgrade_offered) << place("requested", s.upgrade_requested)
           << place("accepted", s.upgrade_accepted) << place("refused", s.upgrade_refused);
      if (s.tls) {
        line << " tls " << std::hex << s.tls->version << " " << s.tls->cipher_suite << std::dec
             << place("hello", s.tls->client_hello) << place("answer", s.tls->server_hello)
             << place("established", s.tls->established);
        // Behind a hole, where records are found again depends on where packets begin.
        if (s.tls->established) line << place("data", s.tls->application_data);
      }
      for (const std::string& f : findings[j.id]) line << f;
    } else if (s.tls) {
      line << place(" established", s.tls->established);
    }
    lines.push_back(line.str());
  }
  lines.push_back(std::string(to_string(overview.verdict)) + (what == Of::Everything ? overview.sentence : ""));
  return lines;
}

std::string difference(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    const std::string b = i < before.size() ? before[i] : "-", a = i < after.size() ? after[i] : "-";
    if (a != b) return "  was " + b + "\n  now " + a;
  }
  return "";
}

void expect_same(const std::vector<std::string>& before, const Overview& after, Of what) {
  const std::string d = difference(before, summary(after, what));
  EXPECT_TRUE(d.empty()) << d;
}

/// The segments of a capture, one for each packet that is one by itself.
struct Segment {
  std::size_t packet;
  Endpoint from, to;
  std::uint32_t seq, end, ack;  ///< end: behind the payload, SYN and FIN
  bool has_ack, rst;
};
struct Segments {
  std::vector<Segment> all;
  bool others = false;  ///< there are fragments
};
Segments segments(const Packets& packets) {
  Segments out;
  Decoder decoder(&kLimits);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const Decoded decoded = decoder.decode(view(packets[i]));
    if (const auto* s = std::get_if<SegmentView>(&decoded)) {
      const auto length = static_cast<std::uint32_t>(s->payload.size() + s->cut_bytes + s->syn + s->fin);
      out.all.push_back({i, s->from, s->to, s->seq, s->seq + length, s->ack, s->has_ack, s->rst});
    } else if (std::get<Skipped>(decoded) == Skipped::AwaitingFragments) {
      out.others = true;
    }
  }
  return out;
}

bool after(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) > 0; }

/// Would anything else in the capture show that this packet is missing: a later octet of its side,
/// or an acknowledgement of its own?
bool loss_shows(const Segments& segments, std::size_t packet) {
  const auto mine =
      std::find_if(segments.all.begin(), segments.all.end(), [&](const Segment& s) { return s.packet == packet; });
  if (mine == segments.all.end()) return true;
  return std::any_of(segments.all.begin(), segments.all.end(), [&](const Segment& s) {
    if (s.packet == packet || s.rst) return false;
    if (s.from == mine->from && s.to == mine->to) return after(s.end, mine->seq);
    return s.from == mine->to && s.to == mine->from && s.has_ack && after(s.ack, mine->seq);
  });
}

/// Does a side's stream ever come out of order? Flow's patience with a hole is counted in packets,
/// so that pieces of single octets use it up.
bool out_of_order(const Segments& segments) {
  std::map<std::pair<Endpoint, Endpoint>, std::uint32_t> ends;
  return std::any_of(segments.all.begin(), segments.all.end(), [&](const Segment& s) {
    const auto [stream, is_new] = ends.emplace(std::pair{s.from, s.to}, s.end);
    const bool early = !is_new && after(s.seq, stream->second);
    if (is_new || after(s.end, stream->second)) stream->second = s.end;
    return early;
  });
}

/// Does the clock leap by more than a connection lives? A second packet confirms it (flow.h), and
/// what one packet leaves open, two pieces or copies of it decide.
bool leaps(const Packets& packets) {
  for (std::size_t i = 1; i < packets.size(); ++i)
    if (packets[i].time - packets[i - 1].time > kLimits.idle) return true;
  return false;
}

bool same_peers(const FlowKey& a, const FlowKey& b) {
  return (a.client == b.client && a.server == b.server) || (a.client == b.server && a.server == b.client);
}

/// The session of the whole capture in which this one lies.
std::optional<JudgedSession> counterpart(const Overview& whole, const JudgedSession& part) {
  const std::uint64_t frame = part.session.tls->established->frame;
  for (const JudgedSession& j : whole.sessions)
    if (same_peers(j.session.flow, part.session.flow) && j.session.first.frame <= frame &&
        frame <= j.session.last.frame)
      return j;
  return std::nullopt;
}

/// Sessions that are encrypted here and were something else in the whole.
std::string newly_encrypted(const Overview& whole, const Overview& part) {
  std::string out;
  for (const JudgedSession& j : part.sessions) {
    if (j.judgement.state != State::Encrypted) continue;
    const auto was = counterpart(whole, j);
    if (was && was->judgement.state == State::Encrypted) continue;
    out += "  " + to_string(j.session.flow.client) + " > " + to_string(j.session.flow.server) + " was " +
           (was ? std::string(to_string(was->judgement.state)) : "nothing") + ", is encrypted, established@" +
           std::to_string(j.session.tls->established->frame) + "\n";
  }
  return out;
}

/// Sessions in which something is readable here, between peers of whom the whole shows nothing that was.
std::string newly_exposed(const Overview& whole, const Overview& part) {
  std::string out;
  for (const JudgedSession& j : part.sessions) {
    const bool was = std::any_of(whole.sessions.begin(), whole.sessions.end(), [&](const JudgedSession& w) {
      return same_peers(w.session.flow, j.session.flow) && !w.judgement.exposed.empty();
    });
    if (was || j.judgement.exposed.empty()) continue;
    out += "  " + to_string(j.session.flow.client) + " > " + to_string(j.session.flow.server) + " exposes " +
           std::string(to_string(j.judgement.exposed.front())) + "\n";
  }
  return out;
}

/// Captures in which one packet is itself the conflict.
bool holds_a_conflict(const Capture& c) { return c.name.rfind("g_overlap", 0) == 0; }

class AnyCapture : public testing::TestWithParam<std::size_t> {
 protected:
  const Capture& capture() const { return captures()[GetParam()]; }
};

TEST_P(AnyCapture, IsTheSameHoweverTheStreamIsCut) {
  if (leaps(capture().packets)) GTEST_SKIP() << "its clock leaps";
  const bool holes = out_of_order(segments(capture().packets));
  const auto expected = summary(run(capture().packets), Of::Everything);
  for (const std::size_t octets : holes ? std::vector<std::size_t>{500} : std::vector<std::size_t>{1, 3, 7}) {
    SCOPED_TRACE(capture().name + " cut into " + std::to_string(octets));
    expect_same(expected, run(cut(capture().packets, octets)), Of::Everything);
  }
}

using Streams = std::map<std::pair<Endpoint, Endpoint>, std::uint32_t>;

std::string json(const Packets& packets, const InputFacts& facts) {
  std::ostringstream out;
  find_format("json")->write(out, run(packets, &facts), {});
  return out.str();
}

TEST_P(AnyCapture, IsTheSameWithAnyInitialSequenceNumber) {
  const Segments s = segments(capture().packets);
  Streams first;
  for (const Segment& segment : s.all) {
    if (!headers(capture().packets[segment.packet])) GTEST_SKIP() << "wrapped in something else";
    first.emplace(std::pair{segment.from, segment.to}, segment.seq);
  }
  if (s.others) GTEST_SKIP() << "fragments";
  const std::string expected = json(capture().packets, capture().facts);
  for (const std::uint32_t isn : {0u, 0x7ffffff0u, 0xfffffff0u, 0xffffffffu}) {
    SCOPED_TRACE(capture().name + " from " + std::to_string(isn));
    // To each stream its own, for connections with the same are taken for one that was translated.
    Streams shift;
    for (std::uint32_t own = isn; const auto& [stream, seq] : first) shift[stream] = own-- - seq;
    Packets moved = capture().packets;
    for (const Segment& segment : s.all) {
      Packet& p = moved[segment.packet];
      const std::size_t tcp = headers(p)->tcp;
      put32(p.octets, tcp + 4, segment.seq + shift.at({segment.from, segment.to}));
      const auto reverse = shift.find({segment.to, segment.from});
      if (segment.has_ack && reverse != shift.end()) put32(p.octets, tcp + 8, segment.ack + reverse->second);
    }
    EXPECT_EQ(expected, json(moved, capture().facts));
  }
}

TEST_P(AnyCapture, IsTheSameInAnyFileFormat) {
  Packets packets = capture().packets;
  bool one_link = true;
  for (Packet& p : packets) {
    p.frame = static_cast<std::uint64_t>(&p - packets.data()) + 1;
    p.time = std::chrono::floor<std::chrono::microseconds>(p.time);
    one_link &= p.link == packets.front().link;
    if (p.time.time_since_epoch().count() < 0) GTEST_SKIP() << "a time before 1970";
  }
  const std::string expected = json(packets, capture().facts);
  constexpr FileForm kForms[] = {
      {"pcap, us", false, false, false},
      {"pcap, ns", true, false, false},
      {"pcap, us, other order", false, true, false},
      {"pcap, ns, other order", true, true, false},
      {"pcapng, us", false, false, true},
      {"pcapng, ns, other order", true, true, true},
  };
  for (const FileForm& form : kForms) {
    if (!form.next_generation && !one_link) continue;
    SCOPED_TRACE(capture().name + " as " + form.name);
    const ScratchFile file(as_file(packets, form));
    const auto read = load(file.name());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->facts.ended, "complete");
    EXPECT_EQ(read->packets.size(), packets.size());
    EXPECT_EQ(expected, json(read->packets, capture().facts));
  }
}

// --- what is missing

TEST_P(AnyCapture, IsNeitherEncryptedNorExposedForWhatIsMissing) {
  const Overview whole = run(capture().packets);
  const Segments all = segments(capture().packets);
  for (std::size_t i = 0; i < capture().packets.size(); ++i) {
    const Overview less = run(without(capture().packets, i));
    const std::string without_one = newly_encrypted(whole, less);
    if (!without_one.empty() && !holds_a_conflict(capture()) && loss_shows(all, i))
      ADD_FAILURE() << capture().name << " without frame " << capture().packets[i].frame << ":\n" << without_one;
    EXPECT_EQ(newly_exposed(whole, less), "") << capture().name << " without frame " << capture().packets[i].frame;
    const Overview late = run(without_first(capture().packets, i + 1));
    const std::string behind = newly_encrypted(whole, late);
    if (!behind.empty() && !holds_a_conflict(capture()))
      ADD_FAILURE() << capture().name << " without the first " << i + 1 << ":\n" << behind;
    EXPECT_EQ(newly_exposed(whole, late), "") << capture().name << " without the first " << i + 1;
  }
}

TEST_P(AnyCapture, IsNotEncryptedBeforeTheHandshakeWasSeen) {
  const Overview whole = run(capture().packets);
  for (std::size_t n = 0; n < capture().packets.size(); ++n) {
    const Overview part = run(first(capture().packets, n));
    for (const JudgedSession& j : part.sessions) {
      if (j.judgement.state != State::Encrypted) continue;
      const auto was = counterpart(whole, j);
      EXPECT_TRUE(was && established(*was) && was->session.tls->established->frame <= capture().packets[n - 1].frame)
          << capture().name << ", its first " << n << " packets: " << to_string(j.session.flow.client)
          << " is encrypted, the whole " << (was && established(*was) ? "later" : "never");
    }
  }
}

TEST_P(AnyCapture, DoubledIsTheSame) {
  if (leaps(capture().packets)) GTEST_SKIP() << "its clock leaps";
  const auto expected = summary(run(capture().packets), Of::Verdict);
  Packets twice, tagged;
  for (const Packet& p : capture().packets) {
    Packet copy = p;
    copy.frame += 1'000'000;  // the first copy is the one to be named
    copy.time += std::chrono::microseconds{1};
    twice.insert(twice.end(), {p, copy});
    if (p.link == kEthernet && p.octets.size() >= 14) {
      copy.octets.insert(12, std::string_view("\x81\0\0\x64", 4));
      copy.octets[5] ^= 1;  // the next hop
      copy.wire += 4;
    }
    if (const auto h = headers(copy)) copy.octets[h->ip + ((copy.octets[h->ip] & 0xf0) == 0x40 ? 8 : 7)] -= 1;
    tagged.insert(tagged.end(), {p, copy});
  }
  {
    SCOPED_TRACE(capture().name + ", each packet twice");
    expect_same(expected, run(twice), Of::Verdict);
  }
  SCOPED_TRACE(capture().name + ", each packet twice, the copy tagged and one hop on");
  expect_same(expected, run(tagged), Of::Verdict);
}

INSTANTIATE_TEST_SUITE_P(Captures, AnyCapture, testing::Range(std::size_t{0}, captures().size()),
                         [](const auto& instance) {
                           std::string name = captures()[instance.param].name;
                           for (char& c : name)
                             if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                           return std::to_string(instance.param) + "_" + name;
                         });

TEST(BuiltConversations, AreWhatTheyAreCalled) {
  const std::map<std::string, State> states = {
      {"built_tls12", State::Encrypted},
      {"built_tls13", State::Encrypted},
      {"built_null12", State::Plaintext},
      {"built_null13", State::Plaintext},
      {"built_dead13", State::Failed},
      {"built_refused13", State::Failed},
      {"built_quiet12", State::NoMail},
      {"built_login_then_tls13", State::Mixed},
      {"built_sender_then_tls12", State::Mixed},
      {"built_mail_then_tls13", State::Mixed},
      {"built_sender_behind_starttls", State::Mixed},
      {"built_clear_behind_accept", State::Plaintext},
      {"built_port_reuse", State::Encrypted},
      {"built_late_syn", State::Mixed},
  };
  std::size_t known = 0;
  for (const Capture& c : captures()) {
    const auto state = states.find(c.name);
    if (state == states.end()) continue;
    ++known;
    EXPECT_EQ(to_string(run(c.packets).sessions[0].judgement.state), to_string(state->second)) << c.name;
  }
  EXPECT_EQ(known, states.size());
}

TEST(CaptureFile, CutAtAnyOctetIsReadUpToThere) {
  for (const char* name : {"smtp-no-mail.pcap", "smtp-starttls-tls13.pcap", "pop3-userpass-clear.pcap"}) {
    std::ifstream in(path(MAILSEAL_SOURCE_DIR) / "captures" / name, std::ios::binary);
    const std::string octets{std::istreambuf_iterator<char>(in), {}};
    const ScratchFile file(octets);
    const auto whole = load(file.name());
    ASSERT_TRUE(whole) << name;
    const Overview all = run(whole->packets, &whole->facts);
    for (std::size_t n = octets.size(); n-- > 0;) {
      file.shorten(n);
      auto source = open_file(file.name(), 0, &kLimits);
      if (!source) {
        EXPECT_LT(n, 24u) << name << " is no capture, cut at " << n;
        continue;
      }
      const Overview part = run(**source, {});
      const InputFacts& facts = part.run.inputs.front();
      for (const JudgedSession& j : part.sessions) {
        if (j.judgement.state != State::Encrypted) continue;
        const auto was = counterpart(all, j);
        ASSERT_TRUE(was && established(*was)) << name << " cut at " << n;
        ASSERT_LE(was->session.tls->established->frame, facts.packets) << name << " cut at " << n;
      }
      ASSERT_NE(part.verdict == Verdict::Pass && facts.ended != "complete", true) << name << " cut at " << n;
    }
  }
}

}  // namespace
}  // namespace mailseal::packets
