// Which product a server claims to be, by its words, and which words claim nothing.
#include "mailseal/base/products.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "converse.h"

namespace mailseal::test {
namespace {

/// "postfix high 3.7.2", "none".
std::string told(const std::optional<Session>& session) {
  if (!session || !session->product) return "none";
  const ProductSeen& seen = *session->product;
  return std::string(to_string(seen.product)) + " " + std::string(to_string(seen.certainty)) +
         (seen.version.empty() ? "" : " " + seen.version);
}

struct Greeting {
  std::string line;
  const char* product;
};

// FORMATS.md 4.1, as its regular expressions and examples have them.
const Greeting kSmtp[] = {
    {"220 fml.example ESMTP Smtpd; Thu, 21 Nov 2019 10:00:00 +0900", "fortimail high"},
    {"220-esa.example ESMTP\r\n220 esa.example AsyncOS", "cisco-esa high"},
    {"554-esa.example\r\n554 Access denied", "cisco-esa medium"},
    {"554 #5.1.8 Domain of sender does not exist", "cisco-esa high"},
    {"220 mx.example Trend Micro InterScan Messaging Security Suite, Version: 7.1.0.1 ready", "interscan high 7.1.0.1"},
    {"220-InterScan Version 3.8-Build_1200\r\n220 x", "interscan high 3.8"},
    {"220 imss-2 ESMTP", "interscan high"},
    {"220 Trend Micro ESMTP 5.5.1 ready.", "interscan high 5.5.1"},
    {"220 mx.example ESMTP Postfix", "postfix high"},
    {"220 mx.example ESMTP Postfix (Debian/GNU)", "postfix high"},
    {"220 mx.example ESMTP Postfix (2.11.0)", "postfix high 2.11.0"},
    {"220 mx.example ESMTP Sendmail 8.15.2/8.15.2/Debian-22; Mon, 4 Jul 2022 12:14:15 GMT", "sendmail high 8.15.2"},
    {"220 mx.example ESMTP Exim 4.96 Mon, 04 Jul 2022 12:14:15 +0000", "exim high 4.96"},
    {"220 ex.example Microsoft ESMTP MAIL Service ready at Mon, 4 Jul 2022 12:14:15 +0900", "exchange high"},
    {"220 ex.example Microsoft ESMTP MAIL Service, Version: 6.0.3790.4675 ready at Mon, 4 Jul 2005 12:14:15 +0900",
     "exchange high 6.0.3790.4675"},
    {"220 TY1JPN01FT017.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready at Mon, 4 Jul 2022 12:14:15 "
     "+0000",
     "microsoft-365 high"},
    {"220 mx.google.com ESMTP d9443c01a7336-2a0f0e1si123.42 - gsmtp", "google-workspace high"},
    {"220 md.example ESMTP MDaemon 11.0.2; Mon, 04 Jul 2022 12:14:15 +0900", "mdaemon high 11.0.2"},
    {"220 md.example ESMTP MSA MDaemon 23.5.1; Mon, 04 Jul 2022 12:14:15 +0900", "mdaemon high 23.5.1"},
    {"220 localhost SMTP BlackJumboDog Version 6.1.9", "blackjumbodog high 6.1.9"},
    {"220 localhost SMTP BlackJumboDog ", "blackjumbodog high"},
    {"220 mx.example ESMTP OpenSMTPD", "opensmtpd high"},
    {"220 mx.example Kerio MailServer 6.7.3 ESMTP ready", "kerio high 6.7.3"},
    {"220 mx.example ESMTP CommuniGate Pro 5.4.1", "communigate high 5.4.1"},
    {"220 **************************************2******0******0*00*0*0*00", "cisco-asa high"},
    // near misses
    {"220 mx.example ESMTP", "none"},  // five products greet so
    {"220 mx.example ESMTP ready", "none"},
    {"220 mx.example ESMTP Postfixed", "none"},
    {"220 mx.example ESMTP postfix", "none"},
    {"220 mx.example ESMTP no Postfix here", "none"},
    {"220 mx.example FTP Postfix", "none"},
    {"220 mx.example ESMTP Sendmailer 8.1/8.1; x", "none"},
    {"220 mx.example ESMTP Eximia 4.9 x", "none"},
    {"220 mx.example ESMTP Smtpd", "none"},
    {"220 Microsoft ESMTP MAIL Service ready", "none"},
    {"220 mx.example ESMTP 42 - gsmtpd", "none"},
    {"220 mx.example ESMTP (0123456789abcdef0123456789abcdeg)", "none"},
    {"220 * 20", "none"},
    {"220 12 34", "none"},
    {"220 ********************x**", "none"},
    {"220 mx.example ESMTP Exim ", "none"},
    {"554 5.7.1 Access denied", "none"},
    {"554 #5 in the queue", "none"},
    {"550 no. 5.1.8 #", "none"},
    // A version is told only if it is plain.
    {"220 mx.example ESMTP Postfix (<script>)", "postfix high"},
    {"220 mx.example ESMTP Exim 4.96abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz x", "exim high"},
    {"220 mx.example ESMTP Sendmail evil@x.example/8; x", "sendmail high"},
};
const Greeting kPop3[] = {
    {"+OK Dovecot ready.", "dovecot high"},
    {"+OK Dovecot (Debian) ready.", "dovecot high"},
    {"+OK [XCLIENT] Dovecot ready. <1.2@mx>", "dovecot high"},
    {"+OK Hello there.", "courier high"},
    {"+OK mx.example Cyrus POP3 v2.4.17-Debian server ready <1.2@mx.example>", "cyrus high 2.4.17"},
    {"+OK The Microsoft Exchange POP3 service is ready.", "exchange high"},
    {"+OK The Microsoft Exchange POP3 service is ready. [VABZADIA]", "exchange high"},
    {"+OK Gpop ready for requests from 192.0.2.7 d2mb12", "google-workspace high"},
    {"+OK md.example POP MDaemon 11.0.2 ready <MDAEMON-F2.10@md.example>", "mdaemon high 11.0.2"},
    {"+OK <1896.697170952@mx.example>", "qmail low"},
    {"+OK ready", "none"},
    {"+OK POP3 ready <1896.697170952@mx.example>", "none"},
    {"+OK Dovecote ready.", "none"},
    {"+OK Hello", "none"},
};
const Greeting kImap[] = {
    {"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] Dovecot ready.", "dovecot high"},
    {"* OK [CAPABILITY IMAP4rev1] Dovecot (Debian) ready.", "dovecot high"},
    {"* OK [CAPABILITY IMAP4rev1 UIDPLUS] Courier-IMAP ready. Copyright 1998-2018 Double Precision, Inc.",
     "courier high"},
    {"* OK mx.example Cyrus IMAP v2.4.17 server ready", "cyrus high 2.4.17"},
    {"* OK [CAPABILITY IMAP4rev1 STARTTLS] mx.example Cyrus IMAP 3.0.8-Debian server ready", "cyrus high"},
    {"* OK The Microsoft Exchange IMAP4 service is ready.", "exchange high"},
    {"* OK Gimap ready for requests from 192.0.2.7 d2mb12", "google-workspace high"},
    {"* OK IMAP4rev1 ready", "none"},
    {"* OK Not Dovecot", "none"},
};

void each_greets(const Greeting& c, std::uint16_t port, const std::string& client) {
  SCOPED_TRACE(c.line);
  for (const std::size_t piece : {std::size_t{1} << 20, std::size_t{1}, std::size_t{3}})
    EXPECT_EQ(told(converse({{S, c.line + "\r\n"}, {C, client}}, {.port = port, .piece = piece})), c.product);
}

TEST(Products, AreKnownByTheirGreetings) {
  for (const Greeting& c : kSmtp) each_greets(c, 25, "QUIT\r\n");
  for (const Greeting& c : kPop3) each_greets(c, 110, "QUIT\r\n");
  for (const Greeting& c : kImap) each_greets(c, 143, "a LOGOUT\r\n");
}

TEST(Products, AGreetingMayBeCutAnywhere) {
  const std::string line = "220 mx.example ESMTP Postfix (2.11.0)\r\n";
  for (std::size_t at = 1; at < line.size(); ++at)
    EXPECT_EQ(told(converse({{S, line.substr(0, at)}, {S, line.substr(at)}, {C, "QUIT\r\n"}})), "postfix high 2.11.0");
  // Half a version is another version, and half a name no name.
  const std::size_t name_ends = line.find(" (");
  for (std::size_t at = 1; at + 2 < line.size(); ++at) {
    const auto session = converse({{S, line.substr(0, at)}}, {.ends = false});
    EXPECT_EQ(told(session), at == name_ends || at == name_ends + 1 ? "postfix high" : "none") << at;
  }
  const std::string exim = "220 mx.example ESMTP Exim 4.96 Mon, 04 Jul 2022\r\n";
  for (std::size_t at = 1; at < exim.find(" Mon") + 2; ++at)
    EXPECT_EQ(told(converse({{S, exim.substr(0, at)}}, {.ends = false})).find("4."), std::string::npos) << at;
}

struct Extensions {
  const char* what;
  const char* greeting;
  std::vector<const char*> lines;
  const char* product;
};
const Extensions kExtensions[] = {
    {"Postfix that does not say so",
     "mx ESMTP ready",
     {"mx", "PIPELINING", "SIZE 10240000", "VRFY", "ETRN", "STARTTLS", "AUTH PLAIN", "AUTH=PLAIN",
      "ENHANCEDSTATUSCODES", "8BITMIME", "DSN", "SMTPUTF8", "CHUNKING"},
     "postfix medium"},
    {"IMSVA: Postfix under a bare greeting",
     "mx ESMTP",
     {"mx", "PIPELINING", "SIZE", "ETRN", "STARTTLS", "ENHANCEDSTATUSCODES", "8BITMIME", "DSN"},
     "postfix medium"},
    {"in another order", "mx ESMTP ready", {"mx", "SIZE", "PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME"}, "none"},
    {"with a keyword that Postfix has not",
     "mx ESMTP ready",
     {"mx", "PIPELINING", "SIZE", "XBEER", "ENHANCEDSTATUSCODES", "8BITMIME"},
     "none"},
    {"sendmail",
     "mx ESMTP ready",
     {"mx Hello c [192.0.2.7], pleased to meet you", "ENHANCEDSTATUSCODES", "PIPELINING", "8BITMIME", "SIZE", "DSN",
      "ETRN", "STARTTLS", "DELIVERBY", "HELP"},
     "sendmail medium"},
    {"FortiMail or sendmail",
     "mx ESMTP ready",
     {"mx Hello c [192.0.2.7], pleased to meet you", "ENHANCEDSTATUSCODES", "PIPELINING", "8BITMIME", "SIZE", "DSN",
      "AUTH LOGIN PLAIN", "STARTTLS", "DELIVERBY", "HELP"},
     "sendmail low"},
    {"FortiMail by its greeting",
     "mx ESMTP Smtpd; x",
     {"mx Hello c [192.0.2.7], pleased to meet you", "ENHANCEDSTATUSCODES", "PIPELINING", "8BITMIME", "SIZE", "DSN",
      "ETRN", "STARTTLS", "DELIVERBY", "HELP"},
     "fortimail high"},
    {"Exim",
     "mx ESMTP ready",
     {"mx Hello c [192.0.2.7]", "SIZE 52428800", "8BITMIME", "PIPELINING", "CHUNKING", "STARTTLS", "PRDR", "HELP"},
     "exim medium"},
    {"Exchange",
     "mx ready",
     {"mx Hello [192.0.2.7]", "SIZE 37748736", "PIPELINING", "DSN", "ENHANCEDSTATUSCODES", "STARTTLS", "X-ANONYMOUSTLS",
      "AUTH NTLM", "X-EXPS GSSAPI NTLM", "8BITMIME", "BINARYMIME", "CHUNKING", "XRDST"},
     "exchange medium"},
    {"Gmail",
     "mx ready",
     {"mx.google.com at your service, [192.0.2.7]", "SIZE 157286400", "8BITMIME"},
     "google-workspace high"},
    {"BlackJumboDog",
     "mx ready",
     {"localhost Helo 127.0.0.1[127.0.0.1:49152], Pleased to meet you.", "SIZE=5000"},
     "blackjumbodog high"},
    {"SIZE with an equals sign", "mx ready", {"mx", "8BITMIME", "SIZE=5000", "HELP"}, "blackjumbodog medium"},
    {"Cisco ESA", "mx ESMTP", {"mx", "8BITMIME", "SIZE 33554432", "STARTTLS"}, "cisco-esa medium"},
    {"the same under another greeting", "mx ESMTP ready", {"mx", "8BITMIME", "SIZE 33554432", "STARTTLS"}, "none"},
    {"qmail", "mx ESMTP", {"mx", "PIPELINING", "8BITMIME"}, "qmail medium"},
    {"nothing said", "mx ESMTP", {"mx"}, "none"},
    {"an ASA before a Postfix",
     "**************",
     {"mx", "PIPELINING", "SIZE", "ETRN", "XXXXXXXA", "8BITMIME"},
     "cisco-asa high"},
};

TEST(Products, AreKnownByTheOrderOfTheirExtensions) {
  for (const Extensions& c : kExtensions) {
    SCOPED_TRACE(c.what);
    std::string reply;
    for (const char* line : c.lines) reply += std::string(line == c.lines.back() ? "250 " : "250-") + line + "\r\n";
    EXPECT_EQ(told(converse({{S, "220 " + std::string(c.greeting) + "\r\n"}, {C, "EHLO c\r\n"}, {S, reply}})),
              c.product);
    EXPECT_EQ(
        told(converse({{S, "220 " + std::string(c.greeting) + "\r\n"}, {C, "EHLO c\r\n"}, {S, reply}}, {.piece = 1})),
        c.product);
  }
}

struct Reply {
  const char* command;
  const char* reply;
  const char* product;
};
// FORMATS.md 4.2.
const Reply kReplies[] = {
    {"STARTTLS", "220 TLS go ahead", "exim medium"},
    {"STARTTLS", "220 2.0.0 SMTP server ready", "exchange medium"},
    {"STARTTLS", "220 Begin TLS negotiation", "mdaemon medium"},
    {"STARTTLS", "220 2.0.0 Begin TLS negotiation now.", "dovecot medium"},
    {"STARTTLS", "220 2.0.0 Ready to start TLS", "none"},  // four products say so
    {"STARTTLS", "454 4.7.0 TLS not available due to local problem", "postfix medium"},
    {"STARTTLS", "454 4.3.3 TLS not available after start", "sendmail medium"},
    {"STARTTLS", "454 TLS currently unavailable", "exim medium"},
    {"STARTTLS", "454 TLS not available due to a temporary reason", "cisco-esa medium"},
    {"STARTTLS", "503 STARTTLS command used when not advertised", "exim medium"},
    {"MAIL FROM:<a@x.example>", "530 5.7.0 Must issue a STARTTLS command first", "none"},  // Postfix and Exchange
    {"MAIL FROM:<a@x.example>", "530 #5.7.0 This sender must issue a STARTTLS command first", "cisco-esa high"},
    {"MAIL FROM:<a@x.example>", "451 5.7.3 STARTTLS is required to send mail", "exchange medium"},
    {"MAIL FROM:<a@x.example>", "400 STARTTLS is required first.", "courier medium"},
    {"AUTH PLAIN", "504 5.5.4 Encryption required for requested authentication mechanism", "postfix medium"},
    {"AUTH PLAIN", "538 #5.7.11 Encryption required", "cisco-esa high"},
    {"AUTH PLAIN", "451 5.7.3 Require STARTTLS to authenticate", "exchange medium"},
    {"MAIL FROM:<a@x.example>", "421 #4.4.5 Too many TLS sessions at this time", "cisco-esa high"},
    {"HELP", "214 qmail home page: http://pobox.com/~djb/qmail.html", "qmail medium"},
    {"MAIL FROM:<a@x.example>", "250 ok", "none"},
};

TEST(Products, AreKnownByTheirReplies) {
  for (const Reply& c : kReplies)
    EXPECT_EQ(told(converse({{S, "220 mx ready\r\n"},
                             {C, std::string(c.command) + "\r\n"},
                             {S, std::string(c.reply) + "\r\n"},
                             {C, "QUIT\r\n"}})),
              c.product)
        << c.reply;
  EXPECT_EQ(
      told(converse({{S, "+OK ready\r\n"}, {C, "STLS\r\n"}, {S, "+OK Begin TLS negotiation now.\r\n"}}, {.port = 110})),
      "dovecot medium");
  EXPECT_EQ(told(converse({{S, "* OK ready\r\n"}, {C, "a STARTTLS\r\n"}, {S, "a OK Begin TLS negotiation now.\r\n"}},
                          {.port = 143})),
            "dovecot medium");
  EXPECT_EQ(told(converse({{S, "* OK ready\r\n"},
                           {C, "a LOGIN u p\r\n"},
                           {S,
                            "a NO [PRIVACYREQUIRED] Cleartext authentication disallowed on non-secure (SSL/TLS) "
                            "connections.\r\n"}},
                          {.port = 143})),
            "dovecot medium");
}

TEST(Products, StandWhereTheyWereSaid) {
  const auto session = converse({{S, "220 mx ESMTP ready\r\n"},
                                 {C, "EHLO c\r\n"},
                                 {S, "250-mx\r\n250-PIPELINING\r\n250-SIZE\r\n"},
                                 {S, "250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n"},
                                 {C, "STARTTLS\r\n"},
                                 {S, "454 4.7.0 TLS not available due to local problem\r\n"}});
  ASSERT_TRUE(session && session->product);
  EXPECT_EQ(session->product->seen.frame,
            7U);  // the last line of the EHLO reply; what is as sure later changes nothing
  EXPECT_EQ(session->product->seen.side, Side::Server);
}

TEST(Products, TheTableIsWhole) {
  for (const ProductRow& row : products()) {
    EXPECT_EQ(to_string(row.product), row.id);
    EXPECT_FALSE(product_name(row.product).empty());
  }
  EXPECT_EQ(to_string(static_cast<Product>(200)), "");  // of a file that others changed
}

}  // namespace
}  // namespace mailseal::test
