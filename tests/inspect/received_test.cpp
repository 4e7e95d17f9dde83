// What Received fields claim of TLS on earlier hops, and what else is told of readable messages.
#include "mail/received.h"

#include <gtest/gtest.h>

#include <string>

#include "converse.h"
#include "mail/dialogue.h"

namespace mailseal::test {
namespace {

using mail::MessageReader;
using mail::read_received;

/// "from > by with version cipher bits verify tls"
std::string told(const ReceivedClaim& c) {
  const auto part = [](const std::string& text) { return text.empty() ? std::string("-") : text; };
  return part(c.from) + " > " + part(c.by) + " " + part(c.with) + " " + part(c.version) + " " + part(c.cipher) + " " +
         (c.bits ? std::to_string(*c.bits) : "-") + " " + part(c.verify) + (c.tls ? " tls" : " unstated");
}
std::string told(const std::optional<ReceivedClaim>& c) { return c ? told(*c) : "nothing"; }

struct Field {
  const char* what;
  std::string text;
  const char* claim;
};
// FORMATS.md 3, and reference/samples/received.
const Field kFields[] = {
    {"Postfix, from IMSVA",
     "from imsva.trendmicro.com (imsva.trendmicro.com [192.0.2.1])\r\n\t(using TLSv1.2 with cipher "
     "DHE-RSA-AES256-GCM-SHA384 (256/256 bits))\r\n\t(No client certificate requested)\r\n\tby mail.trendmicro.com "
     "(Postfix) with ESMTPS id BC015C0048",
     "imsva.trendmicro.com > mail.trendmicro.com ESMTPS TLSv1.2 DHE-RSA-AES256-GCM-SHA384 256 NOT tls"},
    {"Postfix inside IMSVA, no id",
     "from mail.example.com (unknown [192.0.2.2])\r\n\t(using TLSv1.2 with cipher DHE-RSA-AES256-GCM-SHA384 (256/256 "
     "bits))\r\n\t(Client did not present a certificate)\r\n\tby imsva.trendmicro.com (Postfix) with ESMTPS",
     "mail.example.com > imsva.trendmicro.com ESMTPS TLSv1.2 DHE-RSA-AES256-GCM-SHA384 256 NO tls"},
    {"Postfix 3.4",
     "from a.example (a.example [192.0.2.1])\r\n (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 "
     "bits)\r\n\t "
     "key-exchange X25519 server-signature ECDSA (P-256) server-digest SHA256)\r\n (Client CN \"a.example (verified "
     "OK)\", Issuer \"x\" (not verified))\r\n by b.example (Postfix) with ESMTPS id 1",
     "a.example > b.example ESMTPS TLSv1.3 TLS_AES_256_GCM_SHA384 256 FAIL tls"},
    {"Postfix that does not tell",
     "from www9.example.com (www9.example.com [1.2.3.4])\r\n\tby mail2.example.com (Postfix) with ESMTP id "
     "EEF9ABDD8F\r\n\tfor <user@example.com>; Wed,  6 Oct 2021 14:37:31 +0000 (UTC)",
     "www9.example.com > mail2.example.com ESMTP - - - - unstated"},
    {"sendmail 8.14.9, ESMTP although TLS",
     "from mx.example (mx.example [192.0.2.1])\r\n\tby smtprelay02.example (8.14.9/8.14.9/NCO v10.0) with ESMTP id "
     "3BI7kJpg13370024\r\n\t(version=TLSv1/SSLv3 cipher=DHE-RSA-AES256-GCM-SHA384 bits=256 verify=OK);",
     "mx.example > smtprelay02.example ESMTP TLSv1/SSLv3 DHE-RSA-AES256-GCM-SHA384 256 OK tls"},
    {"FortiMail",
     "from [192.168.1.5] ([203.0.113.234])\r\n\t(user=user@example.cn mech=PLAIN bits=0)\r\n\tby mx1.example.cn  with "
     "ESMTP id 344F9wQT006378-344F9wQU006378\r\n\t(version=TLSv1.2 cipher=ECDHE-RSA-AES128-GCM-SHA256 bits=128 "
     "verify=NO);",
     "[192.168.1.5] > mx1.example.cn ESMTP TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 128 NO tls"},
    {"Cisco ESA",
     "from unknown (HELO email.example.com) ([170.129.1.10])\r\n  by esa6.example.iphmx.com with "
     "ESMTP/TLS/AES256-SHA256; 19 Aug 2022 06:20:11 -0700",
     "unknown > esa6.example.iphmx.com ESMTP/TLS - AES256-SHA256 - - tls"},
    {"Exim 4.94",
     "from [37.201.193.1] (helo=smtpclient.apple)\r\n\tby smtprelay08.example.com with esmtpsa  (TLS1.2) tls "
     "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\r\n\t(Exim 4.94.2)\r\n\t(envelope-from <user@example.com>)\r\n\tid "
     "1mY7WH-000350-LT\r\n\tfor user@example.com; Wed, 06 Oct 2021 16:03:41 +0200",
     "[37.201.193.1] > smtprelay08.example.com ESMTPSA TLS1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 - - tls"},
    {"Exim 4.92", "from a.example by b.example with esmtps (TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384:256) (Exim 4.92)",
     "a.example > b.example ESMTPS TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384 256 - tls"},
    {"Exchange Online",
     "from A.example (2603:1096::1) by B.example (2603:1096::2) with Microsoft SMTP Server (version=TLS1_2, "
     "cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.1.2 via Frontend Transport; Mon, 4 Jul 2022 12:00:00 "
     "+0000",
     "a.example > b.example Microsoft SMTP Server TLS1_2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 - - tls"},
    {"Exchange 2013",
     "from a.example (192.0.2.1) by b.example (192.0.2.2) with Microsoft SMTP Server (TLS) id 15.0.1497.18",
     "a.example > b.example Microsoft SMTP Server - - - - tls"},
    {"Exchange in clear", "from a.example by b.example with Microsoft SMTP Server id 15.0.1497.18",
     "a.example > b.example Microsoft SMTP Server - - - - unstated"},
    {"Exchange inside", "from a.example by b.example with mapi id 15.0.1",
     "a.example > b.example MAPI - - - - unstated"},
    {"Mimecast",
     "from mail-qk1-f200.google.com (mail-qk1-f200.google.com\r\n [209.85.222.200]) by relay.mimecast.com with ESMTP "
     "with STARTTLS\r\n (version=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384) id\r\n us-mta-422; Mon, 06 Nov 2023 11:37:31",
     "mail-qk1-f200.google.com > relay.mimecast.com ESMTP TLSv1.3 TLS_AES_256_GCM_SHA384 - - tls"},
    {"Gmail",
     "from a.example (a.example. [192.0.2.1]) by mx.google.com with ESMTPS id d9 for <u@x.example> (version=TLS1_3 "
     "cipher=TLS_AES_128_GCM_SHA256 bits=128/128); Mon",
     "a.example > mx.google.com ESMTPS TLS1_3 TLS_AES_128_GCM_SHA256 128 - tls"},
    {"Gmail inside",
     "by mail-qk1-f200.google.com with SMTP id\r\n af79cd13be357-77a12fbe7ee.2\r\n for <list@example.org>; Mon",
     "- > mail-qk1-f200.google.com SMTP - - - - unstated"},
    {"Gmail inside, by an address", "by 2002:a05:6a10:1234 with SMTP id x; Mon", "nothing"},
    {"Courier",
     "from [172.16.0.150] (w2rz8l4s02.example.com [::ffff:172.16.0.150])\r\n  (AUTH: PLAIN user, SSL: "
     "TLSv1/SSLv3,256bits,AES256-SHA)\r\n  by example.com with esmtp; Fri, 19 Nov 2004 09:17:34 -0800\r\n  id 0000C642",
     "[172.16.0.150] > example.com ESMTP TLSv1/SSLv3 AES256-SHA 256 - tls"},
    {"qpsmtpd",
     "from coredump.example (HELO coredump.example) (10.0.0.2)\r\n by example.net (qpsmtpd/0.94) with "
     "(TLS_AES_256_GCM_SHA384 encrypted) ESMTPS; Wed, 17 Jul 2024",
     "coredump.example > example.net ESMTPS - TLS_AES_256_GCM_SHA384 - - tls"},
    {"Haraka",
     "from host.example ([192.168.30.103] [203.0.113.1])\r\n    by mail1.example.com (Haraka/1.3.3) with ESMTPSA id "
     "E5D4345F.1\r\n    envelope-from <user@example.com> (authenticated bits=0)\r\n    (version=TLSv1/SSLv3 "
     "cipher=AES128-SHA verify=FAIL);\r\n    Tue",
     "host.example > mail1.example.com ESMTPSA TLSv1/SSLv3 AES128-SHA - FAIL tls"},
    {"James",
     "from localhost (EHLO localhost) ([127.0.0.1])\r\n (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384)\r\n by host "
     "(JAMES SMTP Server ) with ESMTPA ID f3184f40\r\n for <rcpt@localhost>;",
     "localhost > host ESMTPA TLSv1.3 TLS_AES_256_GCM_SHA384 - - tls"},
    {"OpenSMTPD",
     "from a.example by b.example (OpenSMTPD) with ESMTPSA id 482bd64b (TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO)",
     "a.example > b.example ESMTPSA TLSv1.3 TLS_AES_256_GCM_SHA384 256 NO tls"},
    {"Exchange, folded anew", "from a.example by b.example with Microsoft\r\n SMTP\tServer\r\n id 15.0.1497.18",
     "a.example > b.example Microsoft SMTP Server - - - - unstated"},
    {"Postfix, folded anew",
     "from a.example (a.example [192.0.2.1])\r\n (using TLSv1.3 with cipher\r\n TLS_AES_256_GCM_SHA384 (256/256 "
     "bits))\r\n (No client certificate\r\n requested)\r\n by b.example (Postfix) with ESMTPS",
     "a.example > b.example ESMTPS TLSv1.3 TLS_AES_256_GCM_SHA384 256 NOT tls"},
    {"MDaemon", "from a.example by b.example (MDaemon PRO v23.5.1) with ESMTPSA id md5000001.msg; Mon",
     "a.example > b.example ESMTPSA - - - - tls"},
    {"MailMarshal", "from a.example by b.example with MailMarshal (using TLS: TLSv1, AES256-SHA) id <B1>; Mon",
     "a.example > b.example - TLSv1 AES256-SHA - - tls"},
    {"Cellopoint", "from a.example by b.example (x with TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384 256/256) with ESMTP id 1",
     "a.example > b.example ESMTP TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384 256 - tls"},
    // What is no claim, or a false one that is easily made.
    {"the date ends it", "from a.example by b.example with SMTP; (version=TLSv1.2 cipher=AES256-SHA)",
     "a.example > b.example SMTP - - - - unstated"},
    {"what a client calls itself", "from x (HELO with (version=TLSv1.2)) by b.example with SMTP",
     "x > b.example SMTP - - - - unstated"},
    {"bits of a login alone", "from a.example (user=u mech=PLAIN bits=256) by b.example with ESMTPA",
     "a.example > b.example ESMTPA - - - - unstated"},
    {"an id named with", "from a.example by b.example id with for ESMTPS via x",
     "a.example > b.example - - - - - unstated"},
    {"words that are no cipher",
     "from a.example by b.example with SMTP (version=hunter2 cipher=Tr0ub4dor verify=maybe)",
     "a.example > b.example SMTP - - - - unstated"},
    {"names that are none", "from <script> by user@x.example with SMTP", "nothing"},
    {"an open comment", "from a.example (version=TLSv1.2 cipher=AES256-SHA",
     "a.example > - - TLSv1.2 AES256-SHA - - tls"},
    {"nothing", "", "nothing"},
    {"a stray end", ") by ;", "nothing"},
    {"a backslash at the end", "from a.example (\\", "a.example > - - - - - - unstated"},
    {"MMS ends in S", "from a.example by b.example with MMS", "a.example > b.example MMS - - - - unstated"},
};

TEST(Received, ClaimsOfEachProduct) {
  for (const Field& f : kFields) EXPECT_EQ(told(read_received(f.text)), f.claim) << f.what;
}

/// A message of one Received field and another, in pieces.
Session read_in_pieces(const std::string& text, std::size_t piece, std::size_t lost_at = std::string::npos) {
  Session session;
  MessageReader reader;
  reader.start(MessageReader::Part::Whole);
  Seen seen;
  for (std::size_t i = 0; i < text.size(); i += piece) {
    if (i == lost_at) continue;
    seen.offset = i;
    seen.frame = 10 + i;
    reader.octets(session, std::string_view(text).substr(i, piece), seen);
  }
  reader.whole(session, seen);
  return session;
}

TEST(Received, IsReadInAnyCut) {
  for (const Field& f : kFields) {
    const std::string text = "Subject: hunter2\r\nreceived : " + f.text + "\r\nTo: hunter3@x.example\r\n\r\nbody";
    for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, text.size()}) {
      SCOPED_TRACE(std::string(f.what) + ", pieces of " + std::to_string(piece));
      const Session session = read_in_pieces(text, piece);
      ASSERT_TRUE(session.message_facts);
      EXPECT_EQ(session.message_facts->octets, text.size());
      EXPECT_EQ(session.message_facts->largest, text.size());
      const auto& claims = session.message_facts->received;
      EXPECT_EQ(claims.empty() ? "nothing" : told(claims.front()), f.claim);
      if (!claims.empty()) {
        EXPECT_EQ(claims.front().seen.frame, 10 + (27 / piece) * piece);  // of the colon
      }
    }
  }
}

TEST(Received, IsDroppedWhereOctetsAreMissing) {
  const std::string text = "Received: from a.example by b.example with ESMTPS\r\n\r\nbody";
  for (std::size_t lost = 10; lost < 46; lost += 2) {
    const Session session = read_in_pieces(text, 2, lost);
    EXPECT_TRUE(!session.message_facts || session.message_facts->received.empty()) << lost;
  }
}

TEST(Received, IsBounded) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "Received: from a" + std::to_string(i) + ".example by b.example with SMTP\r\n";
  text += text;
  text += "Received: from last.example by " + std::string(5000, 'x') + ".example with ESMTPS\r\n";
  const Session session = read_in_pieces(text, 1000);
  ASSERT_TRUE(session.message_facts);
  EXPECT_EQ(session.message_facts->received.size(), kReceivedClaims);
  EXPECT_EQ(session.message_facts->received.front().count, 2U);
  EXPECT_EQ(session.message_facts->received_fields, 81U);
  // Half a name is another name: what a field was cut in is not told.
  const Session cut =
      read_in_pieces("Received: " + std::string(1000, ' ') + "from a.example by bcdefghijklmnop.example\r\n", 64);
  ASSERT_TRUE(cut.message_facts && !cut.message_facts->received.empty());
  EXPECT_EQ(told(cut.message_facts->received.front()), "a.example > - - - - - - unstated");
}

std::string domains(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& one : all) out += (out.empty() ? "" : ",") + one;
  return out;
}

TEST(Envelope, TellsDomainsAndNoMailbox) {
  const struct {
    const char* mail;
    const char* rcpt;
    const char* from;
    const char* to;
  } kCases[] = {
      {"MAIL FROM:<alice@A.example> SIZE=9", "RCPT TO:<bob@b.example>", "a.example", "b.example"},
      {"mail from: <alice@a.example>", "rcpt to: <bob@b.example> NOTIFY=NEVER", "a.example", "b.example"},
      {"MAIL FROM:<>", "RCPT TO:<postmaster>", "", ""},
      {"MAIL FROM:alice@a.example", "RCPT TO:bob@b.example x@y.example", "a.example", "b.example"},
      {"MAIL FROM:<\"hunter2@secret.example>x\"@a.example>", "RCPT TO:<@r.example:bob@b.example>", "a.example",
       "b.example"},
      {"MAIL FROM:<alice@[192.0.2.1]>", "RCPT TO:<bob@[IPv6:2001:db8::1]>", "[192.0.2.1]", "[ipv6:2001:db8::1]"},
      {"MAIL FROM:<alice@a b.example>", "RCPT TO:<bob@<b.example>>", "", ""},
      {"MAIL FROM:<alice@a.example", "RCPT TO:<bob@b.example", "", ""},
      {"MAIL FROM:<@>", "RCPT TO:<bob@\xe6\x97\xa5.example>", "", ""},
      {"MAIL FROM:<\\@a.example>", "RCPT TO:<\"\\\"@x.example\"@b.example>", "", "b.example"},
  };
  for (const auto& c : kCases)
    for (const std::size_t piece : {std::size_t{1} << 20, std::size_t{1}}) {
      const auto session = converse({{S, "220 mx ready\r\n"},
                                     {C, std::string(c.mail) + "\r\n"},
                                     {S, "250 ok\r\n"},
                                     {C, std::string(c.rcpt) + "\r\n"},
                                     {S, "250 ok\r\n"}},
                                    {.piece = piece});
      ASSERT_TRUE(session) << c.mail;
      const MessageFacts none;
      const MessageFacts& facts = session->message_facts ? *session->message_facts : none;
      EXPECT_EQ(domains(facts.from_domains), c.from) << c.mail;
      EXPECT_EQ(domains(facts.to_domains), c.to) << c.rcpt;
    }
}

TEST(Envelope, IsBounded) {
  std::vector<Turn> turns{{S, "220 mx ready\r\n"}};
  for (int i = 0; i < 40; ++i) {
    turns.push_back({C, "RCPT TO:<u@d" + std::to_string(i % 20) + ".example>\r\n"});
    turns.push_back({S, "250 ok\r\n"});
  }
  const auto session = converse(turns);
  ASSERT_TRUE(session && session->message_facts);
  EXPECT_EQ(session->message_facts->to_domains.size(), kEnvelopeDomains);
  EXPECT_EQ(session->message_facts->to_domains.front(), "d0.example");
}

TEST(MessageFacts, OfTwoMessages) {
  const auto message = [](const std::string& text) {
    return std::vector<Turn>{{C, "MAIL FROM:<a@a.example>\r\n"},
                             {S, "250 ok\r\n"},
                             {C, "RCPT TO:<b@b.example>\r\n"},
                             {S, "250 ok\r\n"},
                             {C, "DATA\r\n"},
                             {S, "354 go\r\n"},
                             {C, text + ".\r\n"},
                             {S, "250 queued\r\n"}};
  };
  std::vector<Turn> turns{{S, "220 mx ready\r\n"}, {C, "EHLO c\r\n"}, {S, "250 mx\r\n"}};
  for (const std::string text :
       {"Received: by x.example with ESMTPS\r\n\r\nshort\r\n", "Subject: y\r\n\r\nis longer than the first one\r\n"})
    for (const Turn& turn : message(text)) turns.push_back(turn);
  const auto session = converse(turns);
  ASSERT_TRUE(session && session->message_facts);
  EXPECT_EQ(session->messages, 2U);
  EXPECT_EQ(session->message_facts->octets, 45U + 44U);
  EXPECT_EQ(session->message_facts->largest, 45U);
  ASSERT_EQ(session->message_facts->received.size(), 1U);
  EXPECT_EQ(session->message_facts->received[0].seen.frame, 13U);
  EXPECT_EQ(session->message_facts->received[0].seen.side, Side::Client);
}

}  // namespace
}  // namespace mailseal::test
