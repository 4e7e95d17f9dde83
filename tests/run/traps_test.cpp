// What a toy gets wrong, shown through the whole program: one test for each line of TRAPS.md.
#include <algorithm>
#include <map>
#include <sstream>

#include "dialogues.h"
#include "files.h"
#include "mailseal/report.h"
#include "packets.h"

namespace mailseal::packets {
namespace {

using std::filesystem::path;

/// What was found of a capture; `one` where there is a single session.
struct Found {
  Overview overview;
  const JudgedSession& one() const {
    EXPECT_EQ(overview.sessions.size(), 1u);
    static const JudgedSession kNone{};
    return overview.sessions.empty() ? kNone : overview.sessions.front();
  }
  State state() const { return one().judgement.state; }
  const Session& session() const { return one().session; }
};

Found look(const Packets& packets, const Options& options = {}) { return {run(packets, nullptr, options)}; }
Found look(const Conversation& conversation) { return look(conversation.packets); }

const path kOwn = path(MAILSEAL_SOURCE_DIR) / "captures";
const path kLab = path(MAILSEAL_SOURCE_DIR).parent_path() / "shared" / "captures" / "lab";

Packets own(const char* name) {
  const auto capture = load(kOwn / name);
  EXPECT_TRUE(capture) << name;
  return capture ? capture->packets : Packets();
}
/// Nothing where the shared captures are not beside the project.
std::optional<Found> lab(const char* name) {
  const auto capture = load(kLab / name);
  if (!capture) return std::nullopt;
  return look(capture->packets);
}

void expect_of_lab(const char* name, State state) {
  if (const auto found = lab(name)) {
    EXPECT_EQ(found->state(), state) << name;
  }
}

std::uint64_t frame(const std::optional<Seen>& seen) { return seen ? seen->frame : 0; }

TEST(Controls, WhatIsWholeIsEncrypted) {
  for (const bool old : {false, true}) {
    Conversation c = upgraded();
    const Found f = look((old ? tls12(c) : tls13(c)).close());
    EXPECT_EQ(f.state(), State::Encrypted);
    EXPECT_EQ(f.session().tls->version, old ? 0x0303 : 0x0304);
  }
  Conversation c = smtp();
  mail(c);
  const Found f = look(quit(c));
  EXPECT_EQ(f.state(), State::Plaintext);
  EXPECT_EQ(f.session().messages, 1u);
}

TEST(Traps, T01_AcceptedIsNotEncrypted) {
  Conversation clear = upgraded();
  mail(clear);
  const Found said = look(quit(clear));
  EXPECT_EQ(said.state(), State::Plaintext);
  EXPECT_TRUE(said.session().not_tls_after_accept);
  EXPECT_TRUE(has(said.one(), "plaintext-after-starttls-accept"));

  const Found harmless =
      look(upgraded().c("EHLO client.example\r\n").s(kOffers).c("QUIT\r\n").s("221 bye\r\n").close());
  EXPECT_EQ(harmless.state(), State::Failed);

  Conversation alerted = upgraded();
  alerted.c(client_hello13()).s(alert(2, 80) + "454 4.7.0 TLS not available\r\n").close();
  EXPECT_EQ(look(alerted).state(), State::Failed);

  EXPECT_EQ(look(upgraded().close()).state(), State::Failed);
  EXPECT_EQ(look(upgraded().rst(kServer)).state(), State::Failed);
  EXPECT_EQ(look(upgraded()).state(), State::Inconclusive);  // the capture ended
}

TEST(Traps, T02_BothChangeCipherSpecsProveNothing) {
  const auto dead = [](const std::string& client) {
    Conversation c = upgraded();
    c.c(client_hello13()).s(server_hello13() + kCcs + protected_record(900)).c(client);
    return c;
  };
  for (const std::string& last : {kCcs, kCcs + protected_record(19), kCcs + alert(2, 48)}) {
    const Found closed = look(dead(last).close()), reset = look(dead(last).rst(kClient));
    for (const Found* f : {&closed, &reset}) {
      EXPECT_EQ(f->state(), State::Failed);
      EXPECT_TRUE(f->session().tls->server_ccs && f->session().tls->client_ccs);
      EXPECT_FALSE(established(f->one()));
    }
    EXPECT_EQ(look(dead(last)).state(), last.back() == '\x30' ? State::Failed : State::Inconclusive);  // alert 48
  }
  EXPECT_EQ(look(dead(kCcs + kFinished13).rst(kServer)).state(), State::Failed);  // Finished, and at once refused
}

TEST(Traps, T03_GoesOnInClearAfter454) {
  const Found real = look(own("smtp-starttls-refused-plain.pcap"));
  EXPECT_EQ(real.state(), State::Plaintext);
  EXPECT_EQ(frame(real.session().upgrade_refused), 10u);

  const std::string body = "Subject: x\r\n\r\n1111111111\r\n";
  Conversation exim = smtp().c("STARTTLS\r\n").s("454 4.7.0 TLS not available\r\n");
  exim.c("MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nBDAT " + std::to_string(body.size()) + " LAST\r\n" +
         body)
      .s("250 ok\r\n250 ok\r\n250 queued\r\n");
  const Found f = look(quit(exim));
  EXPECT_EQ(f.state(), State::Plaintext);
  EXPECT_EQ(f.session().messages, 1u);
  EXPECT_TRUE(has(f.one(), Exposure::Content));
  for (const char* name : {"c_refused_454_postfix.pcap", "c_refused_454_plain.pcap"})
    expect_of_lab(name, State::Plaintext);
}

TEST(Traps, T04_FallsBackToClearOnANewConnection) {
  const Overview real = run(own("smtp-handshake-failed-then-fallback.pcap"));
  ASSERT_GE(real.sessions.size(), 2u);
  for (std::size_t i = 0; i + 1 < real.sessions.size(); ++i) EXPECT_EQ(real.sessions[i].judgement.state, State::Failed);
  EXPECT_EQ(real.sessions.back().judgement.state, State::Plaintext);
  EXPECT_TRUE(has(real, "starttls-failed-fallback-plaintext"));
  EXPECT_EQ(real.verdict, Verdict::Fail);

  Conversation again(25);
  again.client_port = 40001;
  again.wait(std::chrono::milliseconds{20})
      .open()
      .s("220 mail.example ESMTP\r\n")
      .c("EHLO client.example\r\n")
      .s(kOffers);
  mail(again);
  Conversation failed = upgraded().c(client_hello12()).s(alert(2, 40)).close();
  const Found f = look(joined(failed.packets, quit(again).packets));
  ASSERT_EQ(f.overview.sessions.size(), 2u);
  EXPECT_TRUE(has(f.overview, "starttls-failed-fallback-plaintext"));
}

TEST(Traps, T05_ClearFirstThenTlsIsMixed) {
  const Found real = look(own("smtp-plain-then-starttls.pcap"));
  EXPECT_EQ(real.state(), State::Mixed);
  EXPECT_EQ(real.session().messages, 1u);

  Conversation c = smtp().c("AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n").s("235 ok\r\n");
  const Found f = look(tls13(c.c("STARTTLS\r\n").s("220 go\r\n")).close());
  EXPECT_EQ(f.state(), State::Mixed);
  ASSERT_EQ(f.session().credentials.size(), 1u);
  EXPECT_TRUE(has(f.one(), "plaintext-credentials-password"));
}

TEST(Traps, T06_WhatIsSlippedInAroundTheUpgrade) {
  Conversation commands = smtp().c("STARTTLS\r\nRSET\r\nMAIL FROM:<x@example.com>\r\n").s("220 go\r\n");
  const Found injected = look(tls13(commands).close());
  EXPECT_TRUE(injected.session().injected_commands);
  EXPECT_TRUE(has(injected.one(), "starttls-command-injection"));

  Conversation replies = smtp().c("STARTTLS\r\n").s("220 go\r\n250 AUTH PLAIN\r\n");
  const Found answered = look(tls13(replies).close());
  EXPECT_TRUE(answered.session().injected_replies);
  EXPECT_TRUE(has(answered.one(), "starttls-response-injection"));

  for (const char* both : {"EHLO x\nSTARTTLS\n", "ehlo x\nstaRttLs\n", "rset\nstaRttLs\n"}) {
    Conversation c(25);
    c.open()
        .s("220 mail.example ESMTP\r\n")
        .c(both)
        .s((both[0] == 'r' ? "250 ok\r\n" : std::string(kOffers)) + "220 go\r\n");
    const Found f = look(tls13(c).close());
    EXPECT_EQ(f.state(), State::Encrypted) << both;
    EXPECT_EQ(frame(f.session().upgrade_requested), 5u) << both;
  }
}

TEST(Traps, T07_UpgradesWithoutAnOffer) {
  Conversation pop(110);
  pop.open().s("+OK ready\r\n").c("STLS\r\n").s("+OK begin\r\n");
  EXPECT_EQ(look(tls13(pop).close()).state(), State::Encrypted);

  Conversation unasked = smtp(kNoOffers).c("STARTTLS\r\n").s("220 go\r\n");
  const Found f = look(tls13(unasked).close());
  EXPECT_EQ(f.state(), State::Encrypted);
  EXPECT_FALSE(f.session().upgrade_offered);

  Conversation exchange = smtp("250-mail.example\r\n250 X-ANONYMOUSTLS\r\n").c("X-ANONYMOUSTLS\r\n").s("220 go\r\n");
  const Found x = look(tls12(exchange).close());
  EXPECT_EQ(x.state(), State::Encrypted);
  EXPECT_TRUE(x.session().upgrade_requested);

  Conversation helo(25);
  helo.open().s("220 mail.example ESMTP\r\n").c("HELO client.example\r\n").s("250 mail.example\r\n");
  mail(helo);
  const Found h = look(quit(helo));
  EXPECT_EQ(h.state(), State::Plaintext);
  EXPECT_TRUE(h.session().helo_only);
  EXPECT_FALSE(has(h.one(), "starttls-not-offered"));
}

TEST(Traps, T08_EstablishedIsNotDelivered) {
  Conversation nothing = upgraded();
  nothing.c(client_hello12())
      .s(server_hello12() + certificate({kCertificate}) + server_key_exchange() + kServerHelloDone);
  nothing.c(kClientKeyExchange + kCcs + kFinished12).s(kCcs + kFinished12);
  const Found quiet = look(nothing.close());
  EXPECT_TRUE(established(quiet.one()));
  EXPECT_EQ(quiet.state(), State::NoMail);

  Conversation again = upgraded();
  const Found renegotiated =
      look(tls12(again).c(protected_record(200, 22)).s(protected_record(900, 22)).c(kData).close());
  EXPECT_EQ(renegotiated.state(), State::Encrypted);
  EXPECT_TRUE(renegotiated.session().tls->renegotiation);
  EXPECT_EQ(renegotiated.session().messages, 0u);
  if (const auto verify = lab("c_postfix_verify_fail.pcap"))
    for (const JudgedSession& j : verify->overview.sessions) {
      EXPECT_TRUE(established(j));
      EXPECT_EQ(j.session.messages, 0u);
    }
}

TEST(Traps, T09_OffersMangledAndWordsOutOfPlace) {
  Conversation masked = smtp("250-mail.example\r\n250-XXXXXXXA\r\n250 PIPELINING\r\n");
  mail(masked);
  const Found m = look(quit(masked));
  EXPECT_EQ(m.state(), State::Plaintext);
  EXPECT_TRUE(has(m.one(), "starttls-stripped-suspected"));

  const std::string hello = client_hello13();
  const std::string body = "Subject: x\r\n\r\nSTARTTLS\r\n220 2.0.0 Ready to start TLS\r\n" + hello + "\r\nQUIT\r\n";
  Conversation dots(25), chunks(25);
  for (Conversation* c : {&dots, &chunks}) {
    c->open()
        .s("220 mail.example ESMTP STARTTLS 220 2.0.0 Ready to start TLS\r\n")
        .c("EHLO client.example\r\n")
        .s(kNoOffers);
    c->c("MAIL FROM:<a@example.com>\r\n").s("250 ok\r\n").c("RCPT TO:<b@example.net>\r\n").s("250 ok\r\n");
  }
  dots.c("DATA\r\n").s("354 go on\r\n").c(body + ".\r\n").s("250 queued\r\n");
  chunks.c("BDAT " + std::to_string(body.size()) + " LAST\r\n" + body).s("250 queued\r\n");
  for (Conversation* c : {&dots, &chunks}) {
    const Found f = look(quit(*c));
    EXPECT_EQ(f.state(), State::Plaintext);
    EXPECT_EQ(f.session().messages, 1u);
    EXPECT_FALSE(f.session().upgrade_offered || f.session().upgrade_requested || f.session().upgrade_accepted);
    EXPECT_FALSE(f.session().tls && f.session().tls->client_hello);
  }
}

TEST(Traps, T10_APortIsNoProof) {
  Conversation clear = smtp(kNoOffers, 465);
  mail(clear);
  const Found f = look(quit(clear));
  EXPECT_EQ(f.state(), State::Plaintext);
  EXPECT_TRUE(has(f.one(), "plaintext-on-implicit-tls-port"));

  for (const unsigned port : {465u, 993u, 995u}) {
    Conversation other_protocol(port);
    other_protocol.open().c(std::string("\x38\0\0\x02\x9a\x01\xf1\x05", 8) + std::string(300, '\x91'));
    other_protocol.s(std::string("\x40\0\0\x02\x9a\x01\xf1\x05", 8) + std::string(300, '\x92')).close();
    EXPECT_NE(look(other_protocol).state(), State::Encrypted) << port;
    Conversation sealed(port);
    sealed.open();
    EXPECT_EQ(look(tls13(sealed).close()).state(), State::Encrypted) << port;
  }
  Conversation direct(25);
  direct.open();
  const Found d = look(tls13(direct).close());
  EXPECT_EQ(d.state(), State::Encrypted);
  EXPECT_TRUE(d.session().tls_on_clear_port);
}

TEST(Traps, T11_RepliesArePairedByCount) {
  Conversation c = upgraded();
  // ... SYN-ACK-ACK, greeting, EHLO, reply, STARTTLS, go-ahead: STARTTLS was captured before the reply.
  std::swap(c.packets[5], c.packets[6]);
  tls13(c).close();
  for (std::size_t i = 0; i < c.packets.size(); ++i) c.packets[i].frame = i + 1;
  const Found f = look(c);
  EXPECT_EQ(f.state(), State::Encrypted);
  EXPECT_EQ(frame(f.session().upgrade_requested), 6u);
  EXPECT_EQ(frame(f.session().upgrade_offered), 7u);
  EXPECT_EQ(frame(f.session().upgrade_accepted), 8u);
}

TEST(Traps, T12_BodiesWithoutADot) {
  const Found real = look(own("smtp-bdat.pcap"));
  EXPECT_EQ(real.state(), State::Plaintext);
  EXPECT_EQ(real.session().messages, 1u);
  EXPECT_FALSE(real.session().upgrade_requested);

  const std::string body = "Subject: x\r\n\r\n.\r\nQUIT\r\nSTARTTLS\r\n" + client_hello13();
  const std::string rest = "more\r\n";
  Conversation chunks =
      smtp().c("MAIL FROM:<a@example.com>\r\n").s("250 ok\r\n").c("RCPT TO:<b@example.net>\r\n").s("250 ok\r\n");
  chunks.c("BDAT " + std::to_string(body.size()) + "\r\n" + body.substr(0, 20));
  chunks.c(body.substr(20) + "BDAT " + std::to_string(rest.size()) + " LAST\r\n" + rest).s("250 ok\r\n250 queued\r\n");
  const Found f = look(quit(chunks));
  EXPECT_EQ(f.session().messages, 1u);
  EXPECT_FALSE(f.session().upgrade_requested);
  EXPECT_FALSE(f.session().tls);

  Conversation early =
      smtp().c("MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n" + std::string(kMessage));
  early.s("250 ok\r\n250 ok\r\n354 go on\r\n").s("250 queued\r\n");
  EXPECT_EQ(look(quit(early)).session().messages, 1u);

  Conversation first(25);
  first.open().c("EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n" + std::string(kMessage) +
                 "QUIT\r\n");
  first.s("220 mail.example ESMTP\r\n")
      .s("250 mail.example\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 queued\r\n221 bye\r\n")
      .close();
  EXPECT_EQ(look(first).session().messages, 1u);
  EXPECT_EQ(look(first).state(), State::Plaintext);

  Conversation reset = smtp();
  reset.c("MAIL FROM:<a@example.com>\r\n").s("250 ok\r\n").c("RCPT TO:<b@example.net>\r\n").s("250 ok\r\n");
  const Found cut_off = look(reset.c("DATA\r\n").s("354 go on\r\n").c("Subject: x\r\n\r\nsome text\r\n").rst(kClient));
  EXPECT_EQ(cut_off.state(), State::Plaintext);
  EXPECT_EQ(cut_off.session().messages, 0u);
  EXPECT_TRUE(has(cut_off.one(), Exposure::Content));
}

TEST(Traps, T13_RefusedIsExposedAdvertisedIsNot) {
  const auto ended = [](Conversation c) { return look(quit(c)); };
  const auto credential = [](const Found& f) {
    return f.session().credentials.empty() ? nullptr : &f.session().credentials[0];
  };

  const Found refused = ended(smtp().c("AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n").s("535 5.7.8 no\r\n"));
  ASSERT_TRUE(credential(refused));
  EXPECT_EQ(refused.state(), State::Plaintext);
  EXPECT_EQ(credential(refused)->accepted, false);

  Conversation pop(110);
  pop.open()
      .s("+OK ready\r\n")
      .c("USER alice\r\n")
      .s("+OK\r\n")
      .c("PASS secret\r\n")
      .s("-ERR [AUTH] use TLS\r\n")
      .close();
  ASSERT_TRUE(credential(look(pop)));

  Conversation imap(143);
  imap.open().s("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED STARTTLS] ready\r\n").c("a1 LOGIN alice secret\r\n");
  imap.s("a1 NO [PRIVACYREQUIRED] use TLS\r\n").close();
  ASSERT_TRUE(credential(look(imap)));
  EXPECT_EQ(look(imap).state(), State::Plaintext);

  const Found must_issue =
      ended(smtp().c("MAIL FROM:<a@example.com>\r\n").s("530 5.7.0 Must issue a STARTTLS command first\r\n"));
  EXPECT_EQ(must_issue.state(), State::Plaintext);
  EXPECT_TRUE(has(must_issue.one(), Exposure::Envelope));

  Conversation not_here(25);
  not_here.open().s("521 mail.example does not accept mail\r\n").c("EHLO x\r\nMAIL FROM:<a@example.com>\r\n").close();
  EXPECT_EQ(look(not_here).state(), State::Plaintext);

  EXPECT_EQ(ended(smtp()).state(), State::NoMail);  // AUTH PLAIN LOGIN was offered
  for (const char* reply : {"334 VXNlcm5hbWU6\r\n", "503 5.5.1 not now\r\n"}) {
    const Found unused = ended(smtp().c("AUTH LOGIN\r\n").s(reply));
    EXPECT_EQ(unused.state(), State::NoMail) << reply;
    EXPECT_FALSE(credential(unused)) << reply;
  }
  EXPECT_FALSE(
      credential(ended(smtp().c("AUTH LOGIN\r\n").s("334 VXNlcm5hbWU6\r\n").c("*\r\n").s("501 cancelled\r\n"))));
}

TEST(Traps, T14_LinesInPiecesAndManyInOne) {
  Conversation teaser(25);
  teaser.open().s("220-mail.example ESMTP\r\n").wait(std::chrono::seconds{6}).s("220 mail.example ESMTP\r\n");
  teaser.c("EHLO client.example\r\n").s(kOffers).c("STARTTLS\r\n").s("220 go\r\n");
  EXPECT_EQ(look(tls13(teaser).close()).state(), State::Encrypted);

  for (const char* name :
       {"smtp-plain.pcap", "smtp-starttls-tls12.pcap", "pop3-userpass-clear.pcap", "imap-login-clear.pcap"}) {
    const Packets whole = own(name);
    const Found one = look(whole), many = look(cut(whole, 1));
    EXPECT_EQ(one.state(), many.state()) << name;
    EXPECT_EQ(one.session().messages, many.session().messages) << name;
    EXPECT_EQ(one.session().credentials.size(), many.session().credentials.size()) << name;
  }
  EXPECT_EQ(look(own("smtp-pipelined.pcap")).session().messages, 2u);

  Conversation pop(110);
  pop.open().s("+OK ready\r\n").c("USER alice\r\nPASS secret\r\nSTAT\r\nRETR 1\r\nQUIT\r\n");
  pop.s("+OK\r\n+OK\r\n+OK 1 10\r\n+OK\r\nSubject: x\r\n\r\ntext\r\n.\r\n+OK bye\r\n").close();
  const Found p = look(pop);
  EXPECT_EQ(p.session().credentials.size(), 1u);
  EXPECT_TRUE(has(p.one(), Exposure::Content));

  Conversation split = smtp().c("AUTH PLA").c("IN AGFsaWNl").c("AHNlY3JldA==\r").c("\n").s("235 ok\r\n");
  const Found s = look(quit(split));
  ASSERT_EQ(s.session().credentials.size(), 1u);
  EXPECT_EQ(s.session().credentials[0].mechanism, "PLAIN");
}

TEST(Traps, T15_LiteralsOfAnySize) {
  for (const char* size :
       {"2147483648", "4294967281", "9223372036854775808", "1234567890123456789012345678901234567890"}) {
    for (const char* command : {"a2 LOGIN {", "a2 APPEND INBOX {", "a2 select {"}) {
      Conversation c(143);
      c.open().s("* OK ready\r\n").c("a1 LOGIN alice secret\r\n").s("a1 OK in\r\n");
      c.c(std::string(command) + size + "}\r\n").s("+ go on\r\n").c("Subject: x\r\n\r\ntext\r\n").s("a2 BAD no\r\n");
      const Found f = look(c.c("a3 LOGOUT\r\n").s("* BYE\r\na3 OK\r\n").close());
      EXPECT_EQ(f.state(), State::Plaintext) << command << size;
      ASSERT_FALSE(f.session().credentials.empty()) << command << size;
    }
    Conversation fetched(143);
    fetched.open().s("* OK ready\r\n").c("a1 FETCH 1 BODY[]\r\n");
    fetched.s(std::string("* 1 FETCH (BODY[] {") + size + "}\r\nSubject: x\r\n\r\ntext that is readable\r\n").close();
    EXPECT_EQ(look(fetched).state(), State::Plaintext) << size;
  }
  Conversation credentials(143);
  credentials.open()
      .s("* OK ready\r\n")
      .c("a1 login {5}\r\n")
      .s("+ go on\r\n")
      .c("alice {6}\r\n")
      .s("+ go on\r\n")
      .c("secret\r\n");
  const Found f = look(credentials.s("a1 OK in\r\n").close());
  ASSERT_EQ(f.session().credentials.size(), 1u);
  EXPECT_EQ(f.session().credentials[0].secret_bytes, 6u);
}

TEST(Traps, T16_NullAndCompressedAreReadable) {
  const Found null = look(own("smtp-null-cipher.pcap"));
  EXPECT_EQ(null.state(), State::Plaintext);
  EXPECT_TRUE(established(null.one()));
  EXPECT_TRUE(has(null.one(), Exposure::Content));
  const Found deflated = look(own("imap-compress-deflate.pcap"));
  EXPECT_EQ(deflated.state(), State::Plaintext);
  EXPECT_TRUE(has(deflated.one(), Exposure::Content));
  for (const int suite : {0xc0b4, 0xc0b5}) {
    Conversation c = upgraded();
    c.c(client_hello({.suites = {suite}, .extensions = extension(43, counted(1, u16(0x0304)))}));
    c.s(server_hello13(suite) + kCcs + protected_record(900)).c(kCcs + protected_record(suite == 0xc0b4 ? 69 : 101));
    EXPECT_NE(look(c.c(kData).s(kData).close()).state(), State::Encrypted) << suite;
  }
}

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
  EXPECT_TRUE(look(b).session().tls == std::nullopt);
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
  tls13(large).c(record(23, std::string(16'000, 'x')) + record(23, std::string(16'000, 'x')) +
                 record(23, std::string(16'000, 'x')));
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

  // With room for one, the others are forgotten, and that is told.
  Limits tight;
  tight.flows = 1;
  const Options options;
  MemorySource source(&all);
  Pipeline pipeline(&options, &tight);
  pipeline.read(source, {});
  const Overview forgotten = pipeline.finish({});
  EXPECT_GT(forgotten.run.evicted, 0u);
  EXPECT_TRUE(has(forgotten, "inconclusive-decode-limit"));
  for (const JudgedSession& j : forgotten.sessions) EXPECT_NE(j.judgement.state, State::Encrypted);

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
