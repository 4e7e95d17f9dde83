// What a toy gets wrong, shown through the whole program: one test for each line of TRAPS.md. Here
// upgrade and dialogue, lines 1 to 16; the others stand in traps_capture_test.cpp.
#include "traps.h"

namespace mailseal::packets {
namespace {

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
  EXPECT_EQ(real.sessions[real.sessions.size() - 1].judgement.state, State::Plaintext);
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

}  // namespace
}  // namespace mailseal::packets
