// What a toy gets wrong, shown through the whole program: TLS and the capture, lines 17 to 28 of
// TRAPS.md.
#include <algorithm>

#include "files.h"
#include "traps.h"

namespace mailseal::packets {
namespace {

using std::filesystem::path;

TEST(Traps, T17_TheRecordVersionSaysNothing) {
  EXPECT_EQ(look(own("smtp-starttls-tls13.pcap")).session().tls->version, 0x0304);
  EXPECT_EQ(look(own("smtp-starttls-tls12.pcap")).session().tls->version, 0x0303);
  Conversation c = upgraded();
  std::string hello = client_hello13();
  hello[2] = 1;  // TLS 1.0, as most clients send
  c.c(hello).s(server_hello13() + kCcs + protected_record(900)).c(kCcs + kFinished13).c(kData).s(kData);
  const Found f = look(c.close());
  EXPECT_EQ(f.session().tls->version, 0x0304);
  EXPECT_FALSE(has(f.one(), "tls-version-1-0"));
}

TEST(Traps, T18_HandshakesInPieces) {
  const std::string body = message(1, client_hello_body({.suites = {0x1301},
                                                         .extensions = extension(43, counted(1, u16(0x0304))) +
                                                                       extension(51, std::string(1800, 'k'))}));
  const std::string whole = record(22, body), halves = record(22, body.substr(0, 700)) + record(22, body.substr(700));
  for (const std::string& hello : {whole, halves}) {
    Conversation c = upgraded();
    c.c(hello.substr(0, 1448)).c(hello.substr(1448));
    c.s(server_hello13() + kCcs + protected_record(900)).c(kCcs + kFinished13).c(kData).s(kData);
    EXPECT_EQ(look(c.close()).state(), State::Encrypted);
  }
  Conversation chain = upgraded();
  chain.c(client_hello12());
  std::vector<std::string> certificates(11, std::string(1400, '\x30'));  // kept as octets
  certificates[0] = kCertificate;
  const std::string flight = server_hello12() + certificate(certificates) + server_key_exchange() + kServerHelloDone;
  ASSERT_GT(flight.size(), 14'000u);
  for (std::size_t at = 0; at < flight.size(); at += 1448) chain.s(flight.substr(at, 1448));
  chain.c(kClientKeyExchange + kCcs + kFinished12).s(kCcs + kFinished12).c(protected_record(0) + kData).s(kData);
  EXPECT_EQ(look(chain.close()).state(), State::Encrypted);
  for (const char* name : {"b_cert12_bigchain.pcap", "b_tls10_ecdhe_rsa.pcap", "g_real_hello_in_records.pcap"})
    expect_of_lab(name, State::Encrypted);
}

// Of what the cut record held nothing can be said: neither that there was mail, nor that there was none.
TEST(Traps, T18_ARecordThatTheEndCuts) {
  for (const std::string& cut : {std::string(), std::string("\x17\x03\x03\x40\x00", 5) + ciphertext(100)}) {
    Conversation c = upgraded();
    c.c(client_hello12()).s(server_hello12() + certificate({kCertificate}) + server_key_exchange() + kServerHelloDone);
    c.c(kClientKeyExchange + kCcs + kFinished12).s(kCcs + kFinished12);
    if (!cut.empty()) c.c(cut);
    const Found f = look(c.close());
    EXPECT_EQ(f.state(), cut.empty() ? State::NoMail : State::Inconclusive);
    EXPECT_EQ(f.session().doubts.empty(), cut.empty());
  }
}

TEST(Traps, T19_NoCertificateIsOrdinary) {
  const Found anonymous = look(own("smtp-postfix-anonymous.pcap"));
  EXPECT_EQ(anonymous.state(), State::Encrypted);
  EXPECT_TRUE(anonymous.session().tls->chain.empty());
  EXPECT_FALSE(anonymous.session().tls->chain_hidden);
  EXPECT_TRUE(look(own("smtp-starttls-tls13.pcap")).session().tls->chain_hidden);

  Conversation resumed = upgraded();
  const std::string id(32, 'i');
  resumed.c(client_hello({.session_id = id, .suites = {0xc02f}}));
  resumed.s(server_hello({.session_id = id, .suites = {0xc02f}}) + kCcs + kFinished12)
      .c(kCcs + kFinished12)
      .c(kData)
      .s(kData);
  const Found r = look(resumed.close());
  EXPECT_EQ(r.state(), State::Encrypted);
  EXPECT_TRUE(r.session().tls->resumed);

  Conversation refused = upgraded();
  refused.c(client_hello13()).s(server_hello13() + kCcs + protected_record(900)).c(alert(2, 48)).close();
  const Found clear_alert = look(refused);
  EXPECT_EQ(clear_alert.state(), State::Failed);
  ASSERT_TRUE(clear_alert.session().tls->fatal_alert);
  EXPECT_TRUE(has(clear_alert.one(), "tls-client-rejected-certificate"));
  expect_of_lab("c_hsfail_unknown_ca_tls13.pcap", State::Failed);
}

TEST(Traps, T20_FinAndThenRstIsANormalEnd) {
  Conversation a = upgraded(), b = smtp();
  tls13(a).fin(kClient).fin(kServer).rst(kClient).rst(kClient);
  EXPECT_EQ(look(a).state(), State::Encrypted);
  b.c("QUIT\r\n").s("221 bye\r\n").fin(kClient).rst(kServer);
  EXPECT_EQ(look(b).state(), State::NoMail);
  EXPECT_FALSE(look(b).session().tls);
}

TEST(Traps, T21_EachPacketTwiceIsOneMessage) {
  for (const char* name : {"smtp-plain.pcap", "smtp-starttls-tls13.pcap", "smtp-bdat.pcap"}) {
    const Packets once = own(name);
    Packets twice;
    for (const Packet& p : once) {
      Packet copy = p;
      copy.time += std::chrono::nanoseconds{900};
      copy.octets.insert(12, std::string_view("\x81\0\0\x64", 4));
      copy.octets[5] ^= 1;
      copy.octets[18 + 8] -= 1;  // TTL
      copy.wire += 4;
      twice.insert(twice.end(), {p, copy});
    }
    const Found a = look(once), b = look(twice);
    EXPECT_EQ(a.state(), b.state()) << name;
    EXPECT_EQ(a.session().messages, b.session().messages) << name;
    EXPECT_EQ(a.session().content_bytes, b.session().content_bytes) << name;
    EXPECT_TRUE(has(b.overview, "capture-duplicates")) << name;
    EXPECT_EQ(b.session().sides[0].retransmitted + b.session().sides[1].retransmitted, 0u) << name;
  }
}

TEST(Traps, T22_CutIsNotLost) {
  for (const std::size_t snap : {68u, 96u}) {
    for (const char* name : {"smtp-plain.pcap", "smtp-starttls-tls12.pcap"}) {
      Packets packets = own(name);
      for (Packet& p : packets) p.octets.resize(std::min(p.octets.size(), snap));
      const Found f = look(packets);
      EXPECT_NE(f.state(), State::Encrypted) << name << snap;
      const auto doubted = [&](Doubt doubt) {
        return std::any_of(f.session().doubts.begin(), f.session().doubts.end(),
                           [&](const DoubtSeen& d) { return d.doubt == doubt; });
      };
      EXPECT_TRUE(doubted(Doubt::CutBySnapLength)) << name << snap;
      EXPECT_FALSE(doubted(Doubt::Gap)) << name << snap;
      EXPECT_FALSE(has(f.overview, "capture-sequence-gaps")) << name << snap;
    }
  }
  // The reply to EHLO was cut in its middle; what comes next is a reply of its own.
  Packets packets = own("smtp-starttls-tls12.pcap");
  Packet& capabilities = packets.at(7);
  capabilities.octets.resize(capabilities.octets.size() - 30);
  const Found f = look(packets);
  EXPECT_FALSE(f.session().upgrade_refused);
  EXPECT_EQ(frame(f.session().upgrade_accepted), 10u);
  EXPECT_EQ(f.state(), State::Inconclusive);
}

TEST(Traps, T23_JoinedLateOrFromOneSide) {
  Conversation c = smtp();
  mail(c);
  quit(c);
  const auto data = static_cast<std::size_t>(
      std::find_if(c.packets.begin(), c.packets.end(),
                   [](const Packet& p) { return p.octets.find("1111111111") != std::string::npos; }) -
      c.packets.begin());
  const Found in_data = look(without_first(c.packets, data));
  EXPECT_EQ(in_data.state(), State::Plaintext);

  Conversation t = upgraded();
  const std::size_t go_ahead = t.packets.size();
  tls13(t).close();
  for (std::size_t n = 4; n < t.packets.size(); ++n) {
    const Found late = look(without_first(t.packets, n));
    for (const JudgedSession& j : late.overview.sessions) EXPECT_NE(j.judgement.state, State::Encrypted) << n;
  }
  EXPECT_TRUE(has(look(without_first(t.packets, go_ahead + 4)).one(), "inconclusive-mid-stream-tls-like"));

  for (const unsigned from : {0xc0000201u, 0xc6336402u}) {
    Packets half;
    for (const Packet& p : t.packets)
      if (get32(p.octets, 26) == from) half.push_back(p);
    const Found f = look(half);
    EXPECT_EQ(f.state(), State::Inconclusive);
  }
  // Each acknowledgement before what it acknowledges.
  Conversation a(25);
  a.open()
      .skip(kServer, 24)
      .ack(kClient)
      .skip(kServer, 0u - 24)
      .s("220 mail.example ESMTP\r\n")
      .c("EHLO x\r\n")
      .s(kOffers);
  const Found f = look(tls13(a.c("STARTTLS\r\n").s("220 go\r\n")).close());
  EXPECT_EQ(f.state(), State::Encrypted);
  // A middlebox that changes an octet in place: the client's side and the server's are one five-tuple.
  if (const auto stripped = lab("c_stripped_clientside.pcap")) {
    EXPECT_EQ(stripped->state(), State::Plaintext);
    EXPECT_TRUE(has(stripped->overview, "starttls-stripped-suspected"));
  }
}

TEST(Traps, T24_StreamsThatMisbehave) {
  // A copy with other content, in what decides.
  Conversation forged = smtp();
  const std::uint32_t at = forged.at(kClient);
  forged.c("STARTTLS\r\n").raw(kClient, kAck, at, "NOOPxxxx\r\n").s("220 go\r\n");
  const Found f = look(tls13(forged).close());
  EXPECT_TRUE(f.state() == State::Inconclusive || f.one().judgement.confidence != Confidence::High);
  EXPECT_FALSE(f.session().doubts.empty());

  // A reply that overlaps octets received before.
  Conversation overlap = smtp();
  const std::uint32_t from = overlap.at(kServer);
  overlap.c("STARTTLS\r\n").s("220 2.0.0 Rea").raw(kServer, kAck, from + 4, "2.0.0 Ready\r\n").skip(kServer, 4);
  EXPECT_EQ(look(tls13(overlap).close()).state(), State::Encrypted);

  // Wraps inside the dialogue, and the SYN itself.
  for (const std::uint32_t isn : {0x7fffffffu, 0x7ffffff0u, 0xffffffffu, 0xfffffff0u, 0u}) {
    Conversation c(25, {isn, isn - 3});
    c.open().s("220 mail.example ESMTP\r\n").c("EHLO client.example\r\n").s(kOffers).c("STARTTLS\r\n").s("220 go\r\n");
    EXPECT_EQ(look(tls13(c).close()).state(), State::Encrypted) << isn;
  }

  // The port is taken again: first sealed, then clear, and they stay apart.
  Conversation first = upgraded();
  tls13(first).rst(kClient);
  Conversation second(25, {77'000, 99'000});
  second.wait(std::chrono::seconds{1}).open().s("220 mail.example ESMTP\r\n").c("EHLO client.example\r\n").s(kNoOffers);
  mail(second);
  const Overview reuse = run(joined(first.packets, quit(second).packets));
  ASSERT_EQ(reuse.sessions.size(), 2u);
  EXPECT_EQ(reuse.sessions[0].judgement.state, State::Encrypted);
  EXPECT_EQ(reuse.sessions[1].judgement.state, State::Plaintext);

  // Half close: the server answers behind the client's FIN.
  Conversation half = smtp().c("QUIT\r\n").fin(kClient).s("221 bye\r\n").fin(kServer);
  EXPECT_EQ(look(half).state(), State::NoMail);

  // Keep-alives with and without an octet, in the dialogue and in TLS.
  const auto alive = [](Conversation& c) -> Conversation& {
    return c.raw(kClient, kAck, c.at(kClient) - 1, "")
        .raw(kClient, kAck, c.at(kClient) - 1, std::string(1, '\0'))
        .ack(kServer);
  };
  Conversation kept = smtp();
  alive(alive(kept).c("STARTTLS\r\n").s("220 go\r\n"));
  EXPECT_EQ(look(alive(tls13(kept)).close()).state(), State::Encrypted);

  // Frames larger than the MTU, checksums of zero (as all of these), times that go back.
  Conversation large = upgraded();
  tls13(large).c(protected_record(16'000) + protected_record(16'000) + protected_record(16'000));
  Packets back = large.close().packets;
  for (std::size_t i = 2; i < back.size(); i += 3) back[i].time -= std::chrono::seconds{5};
  const Found b = look(back);
  EXPECT_EQ(b.state(), State::Encrypted);
  EXPECT_TRUE(has(b.overview, "capture-superframes"));
}

TEST(Traps, T25_FilesThatLie) {
  Conversation c = smtp();
  mail(c);
  const Packets& packets = quit(c).packets;
  // memfd names have no suffix at all; what is inside counts.
  for (const FileForm& form : {FileForm{"pcapng", true, false, true}, FileForm{"pcap", false, true, false}}) {
    const std::string octets = as_file(packets, form);
    const path wrong = path(testing::TempDir()) /
                       ("mailseal_traps" + std::to_string(getpid()) + (form.next_generation ? ".pcap" : ".txt"));
    std::filesystem::remove(wrong);
    std::filesystem::copy_file(ScratchFile(octets).name(), wrong);
    const auto read = load(wrong);
    std::filesystem::remove(wrong);
    ASSERT_TRUE(read) << form.name;
    EXPECT_EQ(read->facts.format, form.name);
    EXPECT_EQ(look(read->packets).state(), State::Plaintext) << form.name;

    const auto inside = load(ScratchFile(octets.substr(0, octets.size() - 3)).name());
    ASSERT_TRUE(inside) << form.name;
    EXPECT_NE(inside->facts.ended, "complete") << form.name;
    EXPECT_EQ(inside->packets.size(), packets.size() - 1) << form.name;
    const Overview told = run(inside->packets, &inside->facts);
    EXPECT_TRUE(has(told, "capture-truncated-file")) << form.name;
    EXPECT_NE(told.verdict, Verdict::Pass) << form.name;
  }
  for (const std::uint32_t snap : {0u, 0xffffffffu}) {
    std::string octets = as_file(packets, {"pcap", false, false, false});
    std::memcpy(&octets[16], &snap, sizeof snap);
    const auto read = load(ScratchFile(octets).name());
    ASSERT_TRUE(read) << snap;
    EXPECT_EQ(read->packets.size(), packets.size()) << snap;
    EXPECT_EQ(look(read->packets).session().messages, 1u) << snap;
  }
}

TEST(Traps, T26_IdentityForgettingAndClocks) {
  // Many connections that differ in one port number only: each is itself.
  Packets all;
  for (unsigned port = 40'000; port < 40'300; ++port) {
    Conversation c(25);
    c.client_port = port;
    c.open().s("220 mail.example ESMTP\r\n").c("EHLO client.example\r\n").s(kOffers);
    if (port % 3 == 0) mail(c);
    quit(c);
    all.insert(all.end(), c.packets.begin(), c.packets.end());
  }
  std::stable_sort(all.begin(), all.end(), [](const Packet& a, const Packet& b) { return a.time < b.time; });
  const Overview many = run(all);
  ASSERT_EQ(many.sessions.size(), 300u);
  for (const JudgedSession& j : many.sessions)
    EXPECT_EQ(j.judgement.state, j.session.flow.client.port % 3 == 0 ? State::Plaintext : State::NoMail);

  // With room for few, or octets for few, the others are forgotten, and that is told.
  Limits one, few;
  one.flows = 1;
  few.open_bytes = 20'000;
  for (const Limits& tight : {one, few}) {
    const Options options;
    MemorySource source(&all);
    Pipeline pipeline(&options, &tight);
    pipeline.read(source, {});
    const Overview forgotten = pipeline.finish({});
    EXPECT_GT(forgotten.run.evicted, 0u);
    EXPECT_TRUE(has(forgotten, "inconclusive-decode-limit"));
    for (const JudgedSession& j : forgotten.sessions) EXPECT_NE(j.judgement.state, State::Encrypted);
  }

  // What is missing is not made up: the octets of the hole are in no count, and it is told.
  Conversation c = smtp();
  c.c("MAIL FROM:<a@example.com>\r\n")
      .s("250 ok\r\n")
      .c("RCPT TO:<b@example.net>\r\n")
      .s("250 ok\r\n")
      .c("DATA\r\n")
      .s("354 go on\r\n");
  c.c("Subject: x\r\n\r\n");
  const std::uint64_t before = look(c).session().content_bytes;
  c.skip(kClient, 500).c("tail\r\n.\r\n").s("250 queued\r\n");
  const Found f = look(quit(c));
  EXPECT_LE(f.session().content_bytes, before + 10);
  EXPECT_TRUE(has(f.overview, "capture-sequence-gaps"));

  // The machine's clock is nowhere: the same capture, moved by years, gives the same but for its times.
  Packets moved = c.packets;
  for (Packet& p : moved) p.time -= std::chrono::hours{24 * 365 * 20};
  EXPECT_EQ(look(moved).state(), f.state());
}

TEST(Traps, T27_OddHeaders) {
  Conversation c = upgraded();
  tls13(c).close();
  Packets tso = c.packets, padded = c.packets;
  for (Packet& p : tso)
    if (headers(p)->on_wire > 0) put16(p.octets, 16, 0);
  EXPECT_EQ(look(tso).state(), State::Encrypted);
  for (Packet& p : padded) {
    if (p.octets.size() >= 60) continue;
    p.octets.resize(60, 'P');
    p.wire = 60;
  }
  EXPECT_EQ(look(padded).state(), State::Encrypted);
  EXPECT_EQ(look(padded).session().sides[0].payload_bytes, look(c).session().sides[0].payload_bytes);

  // RFC 7413: data in the SYN; and the SYN a second time with the same number.
  Conversation open_fast(25);
  open_fast.raw(kClient, kSyn, open_fast.at(kClient), "EHLO x\r\n").skip(kClient, 1 + 8);
  open_fast.raw(kServer, kSyn | kAck, open_fast.at(kServer), "").skip(kServer, 1);
  open_fast.s("220 mail.example ESMTP\r\n").s(kOffers).c("STARTTLS\r\n").s("220 go\r\n");
  const Found fast = look(tls13(open_fast).close());
  EXPECT_EQ(fast.state(), State::Encrypted);
  EXPECT_EQ(frame(fast.session().spoke[0]), 1u);

  Conversation again(25);
  again.raw(kClient, kSyn, again.at(kClient), "").wait(std::chrono::seconds{1});
  again.open().raw(kClient, kSyn, again.at(kClient) - 1, "").s("220 mail.example ESMTP\r\n").c("EHLO x\r\n").s(kOffers);
  EXPECT_EQ(look(tls13(again.c("STARTTLS\r\n").s("220 go\r\n")).close()).state(), State::Encrypted);

  // Blocks of a pcapng that are not in order of time: two interfaces written by turns.
  Packets unordered = c.packets;
  for (std::size_t i = 0; i + 1 < unordered.size(); i += 2) std::swap(unordered[i].time, unordered[i + 1].time);
  const auto read = load(ScratchFile(as_file(unordered, {"pcapng", true, false, true})).name());
  ASSERT_TRUE(read);
  EXPECT_EQ(look(read->packets).state(), State::Encrypted);
}

TEST(Traps, T28_LoadBalancersAndHealthChecks) {
  const std::string v1 = "PROXY TCP4 203.0.113.7 198.51.100.2 51000 25\r\n";
  const std::string v2 = std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", 16) +
                         std::string("\xcb\0\x71\x07\xc6\x33\x64\x02\xc7\x38\0\x19", 12);
  for (const std::string& proxy : {v1, v2}) {
    Conversation c(25);
    c.open()
        .c(proxy)
        .s("220 mail.example ESMTP\r\n")
        .c("EHLO client.example\r\n")
        .s(kOffers)
        .c("STARTTLS\r\n")
        .s("220 go\r\n");
    const Found f = look(tls13(c).close());
    EXPECT_EQ(f.state(), State::Encrypted);
    EXPECT_EQ(frame(f.session().proxy_header), 4u);
    std::string note;
    for (const FindingGroup& g : f.overview.findings)
      if (g.kind->id == "plaintext-session-metadata") note = g.occurrences.at(0).note;
    EXPECT_EQ(note, "behind a PROXY protocol header");
    EXPECT_TRUE(has(f.one(), "plaintext-session-metadata"));
    EXPECT_FALSE(f.session().injected_commands);
  }
  Conversation forwarded = smtp("250-mail.example\r\n250-XCLIENT NAME ADDR\r\n250 XFORWARD NAME ADDR\r\n");
  forwarded.c("XCLIENT NAME=x ADDR=203.0.113.7\r\n")
      .s("220 mail.example ESMTP\r\n")
      .c("EHLO client.example\r\n")
      .s(kNoOffers);
  forwarded.c("XFORWARD NAME=x ADDR=203.0.113.7\r\n").s("250 ok\r\n");
  mail(forwarded);
  const Found x = look(quit(forwarded));
  EXPECT_EQ(x.state(), State::Plaintext);
  EXPECT_EQ(x.session().messages, 1u);
  EXPECT_FALSE(has(x.one(), "starttls-stripped-suspected"));

  Conversation http(25);
  http.open()
      .c("GET / HTTP/1.0\r\n\r\n")
      .s("220 mail.example ESMTP\r\n")
      .s("221 2.7.0 I can break rules, too\r\n")
      .close();
  const Found h = look(http);
  EXPECT_NE(h.state(), State::Encrypted);
  EXPECT_NE(h.state(), State::Plaintext);
  EXPECT_EQ(h.session().messages, 0u);

  Conversation probe(993);
  probe.open().c(client_hello13()).rst(kClient);
  EXPECT_EQ(look(probe).state(), State::Failed);
  EXPECT_EQ(look(Conversation(25).open().s("220 mail.example ESMTP\r\n").close()).state(), State::NoMail);
}

}  // namespace
}  // namespace mailseal::packets
