// Every conversation is played whole and cut at every octet: the facts, and the frames
// that show them, must not depend on where TCP happened to cut.
#include <gtest/gtest.h>

#include "converse.h"

namespace mailseal::test {
namespace {

struct Case {
  const char* name;
  std::vector<Turn> turns;
  const char* expected;
  Play play = {};
};

const std::string kGreeting = "220 mx.example ESMTP\r\n";
const std::string kEhlo = "EHLO client.example\r\n";
const std::string kOffer = "250-mx.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n";
const std::string kPlainOffer = "250-mx.example\r\n250 SIZE 1000\r\n";
const std::string kMessage = "Subject: x\r\n\r\nbody\r\n.\r\n";

const std::vector<Case>& cases() {
  static const std::vector<Case> kCases = {
      {"starttls is followed into tls",
       {{S, kGreeting}, {C, kEhlo}, {S, kOffer}, {C, "STARTTLS\r\n"}, {S, "220 go\r\n"}, {C, client_hello()}},
       "smtp offered@6 requested@7 accepted@8 tls@9"},
      {"offered and not used",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kOffer},
        {C, "MAIL FROM:<a@b>\r\n"},
        {S, "250 ok\r\n"},
        {C, "DATA\r\n"},
        {S, "354 go\r\n"},
        {C, kMessage},
        {S, "250 ok\r\n"},
        {C, "QUIT\r\n"},
        {S, "221 bye\r\n"}},
       "smtp offered@6 content@11 headers@11 envelope@7 messages=1"},
      // TRAPS 1
      {"trap 1: clear text after the 220",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kOffer},
        {C, "STARTTLS\r\n"},
        {S, "220 go\r\n"},
        {C, kEhlo},
        {S, kPlainOffer},
        {C, "MAIL FROM:<a@b>\r\n"},
        {S, "250 ok\r\n"},
        {C, "DATA\r\n"},
        {S, "354 go\r\n"},
        {C, kMessage},
        {S, "250 ok\r\n"}},
       "smtp offered@6 requested@7 accepted@8 not-tls@9 content@15 headers@15 envelope@11 messages=1"},
      {"trap 1: an alert and a clear 454 in one segment",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kOffer},
        {C, "STARTTLS\r\n"},
        {S, "220 go\r\n"},
        {C, client_hello()},
        {S, std::string("\x15\x03\x01\0\x02\x02\x28", 7) + "454 4.7.0 TLS not available\r\n"},
        {C, "QUIT\r\n"}},
       "smtp offered@6 requested@7 accepted@8 not-tls@10 tls@9"},
      {"trap 1: nothing at all after the 220",
       {{S, kGreeting}, {C, kEhlo}, {S, kOffer}, {C, "STARTTLS\r\n"}, {S, "220 go\r\n"}},
       "smtp offered@6 requested@7 accepted@8"},
      // TRAPS 3
      {"trap 3: after 454 Exim sends MAIL, RCPT, BDAT and the message in one segment",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kOffer},
        {C, "STARTTLS\r\n"},
        {S, "454 not now\r\n"},
        {C, "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 16 LAST\r\nSubject: x\r\n\r\nhi"},
        {S, "250 ok\r\n250 ok\r\n250 ok\r\n"},
        {C, "QUIT\r\n"},
        {S, "221 bye\r\n"}},
       "smtp offered@6 requested@7 refused@8 content@9 headers@9 envelope@9 messages=1"},
      // TRAPS 5
      {"trap 5: a mail in clear, then starttls",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kOffer},
        {C, "MAIL FROM:<a@b>\r\n"},
        {S, "250 ok\r\n"},
        {C, "DATA\r\n"},
        {S, "354 go\r\n"},
        {C, kMessage},
        {S, "250 ok\r\n"},
        {C, "STARTTLS\r\n"},
        {S, "220 go\r\n"},
        {C, client_hello()}},
       "smtp offered@6 requested@13 accepted@14 content@11 headers@11 envelope@7 messages=1 tls@15"},
      {"trap 5: AUTH before STARTTLS",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kOffer},
        {C, "AUTH PLAIN AGFsaWNlQGV4YW1wbGUAc2VjcmV0\r\n"},
        {S, "235 ok\r\n"},
        {C, "STARTTLS\r\n"},
        {S, "220 go\r\n"},
        {C, client_hello()}},
       "smtp offered@6 requested@9 accepted@10 PLAIN:al***@7+ tls@11"},
      // TRAPS 6
      {"trap 6: commands behind STARTTLS",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kOffer},
        {C, "STARTTLS\r\nRSET\r\nMAIL FROM:<a@b>\r\n"},
        {S, "220 go\r\n"},
        {C, client_hello()}},
       "smtp offered@6 requested@7 accepted@8 injected@7 envelope@7 tls@9"},
      {"trap 6: replies behind the 220",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kOffer},
        {C, "STARTTLS\r\n"},
        {S, "220 go\r\n250 injected\r\n"},
        {C, client_hello()},
        {S, std::string("\x16\x03\x03\0\x01\x02", 6)}},
       "smtp offered@6 requested@7 accepted@8 injected-reply@8 tls@9"},
      {"trap 6: rset and staRttLs in one segment with bare LF",
       {{S, kGreeting},
        {C, "ehlo x\n"},
        {S, kOffer},
        {C, "rset\nstaRttLs\n"},
        {S, "250 ok\n220 go\n"},
        {C, client_hello()}},
       "smtp offered@6 requested@7 accepted@8 tls@9"},
      // TRAPS 7
      {"trap 7: STARTTLS without an offer",
       {{S, kGreeting}, {C, kEhlo}, {S, kPlainOffer}, {C, "STARTTLS\r\n"}, {S, "220 go\r\n"}, {C, client_hello()}},
       "smtp requested@7 accepted@8 tls@9"},
      {"trap 7: X-ANONYMOUSTLS",
       {{S, kGreeting},
        {C, kEhlo},
        {S, "250-mx\r\n250 X-ANONYMOUSTLS\r\n"},
        {C, "X-ANONYMOUSTLS\r\n"},
        {S, "220 go\r\n"},
        {C, client_hello()}},
       "smtp requested@7 accepted@8 tls@9"},
      {"trap 7: HELO only",
       {{S, kGreeting}, {C, "HELO x\r\n"}, {S, "250 mx\r\n"}, {C, "MAIL FROM:<a@b>\r\n"}, {S, "250 ok\r\n"}},
       "smtp helo@5 envelope@7"},
      // TRAPS 9
      {"trap 9: the offer overwritten",
       {{S, kGreeting},
        {C, kEhlo},
        {S, "250-mx\r\n250-SIZE\r\n250-XXXXXXXA\r\n250 OK\r\n"},
        {C, "QUIT\r\n"},
        {S, "221\r\n"}},
       "smtp masked@6"},
      {"trap 9: STARTTLS in a banner, a body and a chunk",
       {{S, "220-STARTTLS here\r\n220 2.0.0 Ready to start TLS\r\n"},
        {C, kEhlo},
        {S, kPlainOffer},
        {C, "MAIL FROM:<a@b>\r\n"},
        {S, "250 ok\r\n"},
        {C, "DATA\r\n"},
        {S, "354 go\r\n"},
        {C, "Subject: STARTTLS\r\n\r\nSTARTTLS\r\n220 2.0.0 Ready to start TLS\r\n" + client_hello() + "\r\n.\r\n"},
        {S, "250 ok\r\n"},
        {C, "BDAT 12 LAST\r\nSTARTTLS\r\n.\n"},
        {S, "250 ok\r\n"},
        {C, "QUIT\r\n"},
        {S, "221 x\r\n"}},
       "smtp content@11 headers@11 envelope@7 messages=2"},
      // TRAPS 10
      {"joined in a message in ISO-2022-JP, whose letters are told by ESC",
       {{C, "\x1b$B$3$s$K$A$O\x1b(B, \x1b$B:#F|$O\x1b(B\r\nregards\r\n.\r\n"}, {S, "250 ok\r\n"}},
       "smtp content@4 messages=1 doubt=joined-midway",
       {.beginning = Beginning::Midway}},
      {"a greeting without its end, and the reply to EHLO read before it",
       {{S, "220-wait\r\n250-mx.example\r\n250 STARTTLS\r\n"}, {C, kEhlo}, {C, "QUIT\r\n"}, {S, "221 bye\r\n"}},
       "smtp offered@4"},
      {"a reply captured before its command says what the client sends in the same segment",
       {{S, kGreeting + "354 go\r\n"}, {C, "XDATA\r\nSubject: x\r\n\r\nbody\r\n.\r\nQUIT\r\n"}},
       "smtp content@5 headers@5 messages=1"},
      {"trap 10: clear text on 465",
       {{S, kGreeting}, {C, kEhlo}, {S, kPlainOffer}, {C, "QUIT\r\n"}, {S, "221 bye\r\n"}},
       "smtp clear-on-tls-port@4",
       {.port = 465}},
      {"trap 10: TLS at once on 25", {{C, client_hello()}}, "smtp tls-on-clear-port@4 tls@4"},
      // TRAPS 11
      {"trap 11: STARTTLS before the EHLO reply",
       {{S, kGreeting}, {C, kEhlo}, {C, "STARTTLS\r\n"}, {S, kOffer + "220 go\r\n"}, {C, client_hello()}},
       "smtp offered@7 requested@6 accepted@7 tls@8"},
      {"trap 11: replies captured before their commands",
       {{S, kGreeting}, {S, kOffer}, {C, kEhlo}, {S, "220 go\r\n"}, {C, "STARTTLS\r\n"}, {C, client_hello()}},
       "smtp offered@5 requested@8 accepted@7 tls@9"},
      // TRAPS 12
      {"trap 12: a chunk that holds a dot, QUIT and STARTTLS, begun in the middle of a segment",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kPlainOffer},
        {C, "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 25\r\nA: b\r\n\r\n.\r\nQUIT\r\nSTARTTLS"},
        {S, "250\r\n250\r\n250\r\n"},
        {C, "BDAT 0 LAST\r\n"},
        {S, "250 ok\r\n"},
        {C, "QUIT\r\n"},
        {S, "221 x\r\n"}},
       "smtp content@7 headers@7 envelope@7 messages=1"},
      {"trap 12: the body before the 354",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kPlainOffer},
        {C, "MAIL FROM:<a@b>\r\nDATA\r\n" + kMessage},
        {S, "250 ok\r\n354 go\r\n250 ok\r\n"},
        {C, "QUIT\r\n"},
        {S, "221 x\r\n"}},
       "smtp content@7 headers@7 envelope@7 messages=1"},
      {"trap 12: everything in the first segment before the banner",
       {{C, kEhlo + "MAIL FROM:<a@b>\r\nDATA\r\n" + kMessage},
        {S, kGreeting + kPlainOffer + "250 ok\r\n354 go\r\n250 ok\r\n"}},
       "smtp content@4 headers@4 envelope@4 messages=1"},
      {"trap 12: cut off in DATA counts no message",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kPlainOffer},
        {C, "DATA\r\n"},
        {S, "354 go\r\n"},
        {C, "Subject: x\r\n\r\nbody\r\n"}},
       "smtp content@9 headers@9"},
      {"the message is sent although DATA was refused",
       {{S, kGreeting}, {C, kEhlo}, {S, kPlainOffer}, {C, "DATA\r\n" + kMessage}, {S, "554 no\r\n"}},
       "smtp content@7 headers@7 messages=1"},
      {"DATA refused, then QUIT",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kPlainOffer},
        {C, "DATA\r\n"},
        {S, "554 no\r\n"},
        {C, "QUIT\r\n"},
        {S, "221 x\r\n"}},
       "smtp"},
      // TRAPS 13
      {"trap 13: refused is exposed",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kOffer},
        {C, "AUTH LOGIN\r\n"},
        {S, "334 VXNlcm5hbWU6\r\n"},
        {C, "YWxpY2U=\r\n"},
        {S, "334 UGFzc3dvcmQ6\r\n"},
        {C, "c2VjcmV0\r\n"},
        {S, "535 no\r\n"},
        {C, "MAIL FROM:<a@b>\r\n"},
        {S, "530 Must issue a STARTTLS command first\r\n"}},
       "smtp offered@6 enforced@14 envelope@13 LOGIN:al***@11-"},
      {"trap 13: advertised is not exposed",
       {{S, kGreeting},
        {C, kEhlo},
        {S, "250-mx\r\n250 AUTH LOGIN PLAIN\r\n"},
        {C, "AUTH LOGIN\r\n"},
        {S, "334 VXNlcm5hbWU6\r\n"},
        {C, "QUIT\r\n"},
        {S, "221 bye\r\n"}},
       "smtp auth-offered@6"},
      {"trap 13: AUTH LOGIN refused at once",
       {{S, kGreeting}, {C, kEhlo}, {S, kPlainOffer}, {C, "AUTH LOGIN\r\n"}, {S, "503 no\r\n"}, {C, "QUIT\r\n"}},
       "smtp"},
      {"a cancelled AUTH discloses nothing",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kPlainOffer},
        {C, "AUTH PLAIN\r\n"},
        {S, "334 \r\n"},
        {C, "*\r\n"},
        {S, "501 cancelled\r\n"}},
       "smtp"},
      {"AUTH PLAIN on a line of its own",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kPlainOffer},
        {C, "AUTH PLAIN\r\n"},
        {S, "334 \r\n"},
        {C, "AGFsaWNlAHNlY3JldA==\r\n"},
        {S, "235 ok\r\n"}},
       "smtp PLAIN:al***@9+"},
      {"CRAM-MD5",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kPlainOffer},
        {C, "AUTH CRAM-MD5\r\n"},
        {S, "334 PDEyMz4=\r\n"},
        {C, "YWxpY2UgMjlmMjBiNjY5MzQ3YWEwODE3NDkwNjVkOTAzYTk0ZTQ=\r\n"},
        {S, "235 ok\r\n"}},
       "smtp CRAM-MD5:al***@9+"},
      {"XOAUTH2",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kPlainOffer},
        {C, "AUTH XOAUTH2 dXNlcj1hbGljZUBleGFtcGxlAWF1dGg9QmVhcmVyIHRvawEB\r\n"},
        {S, "235 ok\r\n"}},
       "smtp XOAUTH2:al***@7+"},
      {"GSSAPI is no credential",
       {{S, kGreeting}, {C, kEhlo}, {S, kPlainOffer}, {C, "AUTH GSSAPI YIICsw==\r\n"}, {S, "235 ok\r\n"}},
       "smtp sasl-layer@7"},
      {"EXTERNAL is no credential",
       {{S, kGreeting}, {C, kEhlo}, {S, kPlainOffer}, {C, "AUTH EXTERNAL YWxpY2U=\r\n"}, {S, "235 ok\r\n"}},
       "smtp"},
      // TRAPS 14
      {"trap 14: a teaser before the banner",
       {{S, "220-wait\r\n"},
        {S, kGreeting},
        {C, kEhlo},
        {S, kOffer},
        {C, "STARTTLS\r\n"},
        {S, "220 go\r\n"},
        {C, client_hello()}},
       "smtp offered@7 requested@8 accepted@9 tls@10"},
      // TRAPS 23
      {"trap 23: joined in DATA",
       {{C, "line one of a text\r\nline two of it\r\n.\r\n"}, {S, "250 ok\r\n"}, {C, "QUIT\r\n"}, {S, "221 x\r\n"}},
       "smtp content@4 messages=1 doubt=joined-midway",
       {.beginning = Beginning::Midway}},
      {"trap 23: joined after the 220",
       {{C, client_hello()}},
       "smtp tls@4 doubt=joined-midway doubt=one-sided",
       {.beginning = Beginning::Midway}},
      {"joined midway, but the greeting was seen",
       {{S, kGreeting}, {C, kEhlo}, {S, kOffer}, {C, "STARTTLS\r\n"}, {S, "220 go\r\n"}, {C, client_hello()}},
       "smtp offered@6 requested@7 accepted@8 tls@9",
       {.beginning = Beginning::Midway}},
      {"the reply to STARTTLS is no greeting",
       {{S, "220 2.0.0 Ready to start TLS\r\n"}, {C, client_hello()}},
       "smtp tls@5 doubt=joined-midway",
       {.beginning = Beginning::Midway}},
      {"one direction only: the client's",
       {{C, kEhlo}, {C, "MAIL FROM:<a@b>\r\n"}, {C, "DATA\r\n"}, {C, kMessage}, {C, "QUIT\r\n"}},
       "smtp content@7 headers@7 envelope@5 messages=1 doubt=joined-midway doubt=one-sided",
       {.beginning = Beginning::Midway}},
      // TRAPS 28
      {"trap 28: a PROXY line before the client's first command",
       {{C, "PROXY TCP4 192.0.2.1 192.0.2.2 40000 25\r\n"}, {S, kGreeting}, {C, kEhlo}, {S, kOffer}, {C, "QUIT\r\n"}},
       "smtp proxy@4 offered@7"},
      {"trap 28: PROXY version 2 in one segment with EHLO",
       {{S, kGreeting},
        {C, std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"
                        "abcdefghijkl",
                        28) +
                kEhlo},
        {S, kOffer}},
       "smtp proxy@5 offered@6"},
      {"trap 28: HTTP on 25",
       {{C, "GET / HTTP/1.0\r\n\r\n"}, {S, kGreeting + "221 no\r\n"}},
       "smtp unknown-protocol@4"},
      {"LMTP answers once for each recipient",
       {{S, "220 lmtp\r\n"},
        {C, "LHLO x\r\n"},
        {S, kPlainOffer},
        {C, "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nDATA\r\n"},
        {S, "250\r\n250\r\n250\r\n354\r\n"},
        {C, kMessage},
        {S, "250 a\r\n250 b\r\n"},
        {C, "STARTTLS\r\n"},
        {S, "220 go\r\n"},
        {C, client_hello()}},
       "lmtp requested@11 accepted@12 content@9 headers@9 envelope@7 messages=1 tls@13",
       {.port = 24}},
      // A review's vectors: five octets that look like a record header hide no mail.
      {"a fake record header in clear",
       {{S, kGreeting},
        {C, "\x17\x03\x03\r\n"},
        {S, "500 what?\r\n"},
        {C, kEhlo},
        {S, kPlainOffer},
        {C, "MAIL FROM:<a@b>\r\n"},
        {S, "250 ok\r\n"},
        {C, "DATA\r\n"},
        {S, "354 go\r\n"},
        {C, kMessage},
        {S, "250 ok\r\n"}},
       "smtp content@13 headers@13 envelope@9 messages=1"},
      {"a ClientHello that promises more than it is, answered in clear",
       {{S, kGreeting},
        {C, std::string("\x16\x03\x01\x40\x00\x01\r\n", 8)},
        {S, "500 what?\r\n"},
        {C, kEhlo},
        {S, kPlainOffer},
        {C, "MAIL FROM:<a@b>\r\n"},
        {S, "250 ok\r\n"}},
       "smtp tls-on-clear-port@5 envelope@9"},
      {"clear text that begins with an empty line after a failed handshake",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kOffer},
        {C, "STARTTLS\r\n"},
        {S, "220 go\r\n"},
        {C, client_hello()},
        {S, std::string("\x15\x03\x01\0\x02\x02\x28", 7) + "454 no TLS\r\n"},
        {C, "\r\nMAIL FROM:<a@b>\r\n"},
        {S, "500 what?\r\n250 ok\r\n"}},
       "smtp offered@6 requested@7 accepted@8 not-tls@10 envelope@11 tls@9"},
      {"a second STARTTLS after a failed one",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kOffer},
        {C, "STARTTLS\r\n"},
        {S, "220 go\r\n"},
        {C, client_hello()},
        {S, std::string("\x15\x03\x01\0\x02\x02\x28", 7) + "454 no TLS\r\n"},
        {C, "STARTTLS\r\n"},
        {S, "220 go\r\n"},
        {C, client_hello()}},
       "smtp offered@6 requested@7 accepted@8 not-tls@10 tls@13"},
      {"a command that nobody knows, taken by the server",
       {{S, kGreeting}, {C, kEhlo}, {S, kPlainOffer}, {C, "XMAIL\r\n"}, {S, "250 go\r\n"}, {C, kMessage}},
       "smtp unknown-protocol@7"},
      {"roles are turned",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kPlainOffer},
        {C, "TURN\r\n"},
        {S, "250 ok\r\n"},
        {C, "220 client\r\n"},
        {S, "MAIL FROM:<a@b.example>\r\n"}},
       "smtp unknown-protocol@8"},
      {"turned down", {{S, kGreeting}, {C, kEhlo}, {S, kPlainOffer}, {C, "TURN\r\n"}, {S, "502 no\r\n"}}, "smtp"},
      {"a server's line that is no reply",
       {{S, kGreeting}, {C, kEhlo}, {S, kPlainOffer}, {C, "NOOP\r\n"}, {S, "Subject: pushed\r\n250 ok\r\n"}},
       "smtp unknown-protocol@8"},
      {"octets of XEXCH50",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kPlainOffer},
        {C, "XEXCH50 4 2\r\n"},
        {S, "354 send\r\n"},
        {C, "mail"},
        {S, "250 ok\r\n"}},
       "smtp unknown-protocol@8"},
      {"mail to a terminal",
       {{S, kGreeting}, {C, kEhlo}, {S, kPlainOffer}, {C, "SAML FROM:<a@b.example>\r\n"}, {S, "250 ok\r\n"}},
       "smtp envelope@7"},
      {"a command behind a bare CR",
       {{S, kGreeting}, {C, kEhlo}, {S, kPlainOffer}, {C, "NOOP\rAUTH PLAIN AGEAYg==\r\n"}, {S, "250 ok\r\n"}},
       "smtp unknown-protocol@7"},
      {"Exchange's AUTH, refused",
       {{S, kGreeting}, {C, kEhlo}, {S, kPlainOffer}, {C, "X-EXPS PLAIN AGFsaWNlAGh1bnRlcjI=\r\n"}, {S, "535 no\r\n"}},
       "smtp PLAIN:al***@7-"},
      {"354 to what was no command of ours",
       {{S, kGreeting},
        {C, kEhlo},
        {S, kPlainOffer},
        {C, "DATE\r\n"},
        {S, "354 go\r\n"},
        {C, kMessage},
        {S, "250 ok\r\n"}},
       "smtp content@9 headers@9 messages=1"},
      {"235 to what was no command of ours",
       {{S, kGreeting}, {C, kEhlo}, {S, kPlainOffer}, {C, "AUTH=PLAIN AGEAYg==\r\n"}, {S, "235 ok\r\n"}},
       "smtp unknown:@7+"},
      {"blanks before commands",
       {{S, kGreeting}, {C, " EHLO x\r\n"}, {S, kPlainOffer}, {C, "\t MAIL FROM:<a@b>\r\n"}, {S, "250 ok\r\n"}},
       "smtp envelope@7"},
      {"SMTP on an IMAP port",
       {{S, kGreeting}, {C, kEhlo}, {S, kPlainOffer}, {C, "MAIL FROM:<a@b>\r\n"}, {S, "250 ok\r\n"}},
       "smtp envelope@7",
       {.port = 143}},
      {"a greeting that names SMTP is enough on any port",
       {{S, kGreeting}, {C, "MAIL FROM:<a@b>\r\n"}, {S, "250 ok\r\n"}},
       "smtp envelope@5",
       {.port = 10'025, .options = {.any_port = true}}},
      {"found by its greeting on any port",
       {{S, kGreeting}, {C, kEhlo}, {S, kOffer}},
       "smtp offered@6",
       {.port = 10'025, .options = {.any_port = true}}},
      {"FTP greets like SMTP",
       {{S, "220 ftp\r\n"}, {C, "USER x\r\n"}},
       "none",
       {.port = 21, .options = {.any_port = true}}},
  };
  return kCases;
}

TEST(Smtp, FactsDoNotDependOnSegmentation) {
  for (const Case& c : cases())
    for (const std::size_t piece : {1UL << 20, 1UL, 2UL, 3UL, 7UL}) {
      SCOPED_TRACE(std::string(c.name) + ", pieces of " + std::to_string(piece));
      Play play = c.play;
      play.piece = piece;
      EXPECT_EQ(summary(converse(c.turns, play)), c.expected);
    }
}

TEST(Smtp, EveryPrefixIsSurvivedAndExposesNoMore) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const auto whole = converse(c.turns, c.play);
    std::vector<Turn> turns = c.turns;
    while (!turns.empty()) {
      turns.back().text.pop_back();
      if (turns.back().text.empty()) turns.pop_back();
      Play play = c.play;
      play.ends = false;
      const auto part = converse(turns, play);
      if (!part || !whole) continue;
      EXPECT_LE(part->credentials.size(), whole->credentials.size());
      EXPECT_FALSE(part->tls && part->tls->established);
    }
  }
}

TEST(Smtp, Trap10WhatSpeaksClearOnATlsPortIsPlainFromTheBeginning) {
  const auto session = converse({{S, kGreeting}, {C, kEhlo}, {S, kOffer}}, {.port = 465});
  ASSERT_TRUE(session);
  EXPECT_EQ(session->entry, Entry::Plain);
  EXPECT_EQ(summary(session), "smtp offered@6 clear-on-tls-port@4");
}

TEST(Smtp, LongLinesAreCutAndDoubted) {
  std::vector<Turn> turns = {
      {S, kGreeting}, {C, "EHLO " + std::string(200'000, 'x') + "\r\n"}, {S, kOffer}, {C, "QUIT\r\n"}};
  EXPECT_EQ(summary(converse(turns)), "smtp offered@6 doubt=limit-hit");
}

TEST(Smtp, ManyPipelinedCommandsAreBoundedAndDoubted) {
  std::string commands;
  for (int i = 0; i < 10'000; ++i) commands += "NOOP\r\n";
  EXPECT_EQ(summary(converse({{S, kGreeting}, {C, commands + "MAIL FROM:<a@b>\r\n"}, {S, "250 ok\r\n"}})),
            "smtp envelope@5 doubt=limit-hit");
}

TEST(Smtp, MuchThatAwaitsAnAnswerIsReadWithoutItAndDoubted) {
  const std::string message = "From: a@b\r\nSubject: x\r\n\r\n" + std::string(300'000, 'x') + "\r\n.\r\n";
  EXPECT_EQ(summary(converse({{S, kGreeting}, {C, kEhlo}, {S, kOffer}, {C, "DATA\r\n" + message}})),
            "smtp offered@6 content@7 headers@7 messages=1 doubt=limit-hit");
}

TEST(Smtp, NamesAreWhatBothCallThemselves) {
  struct Named {
    const char* what;
    std::vector<Turn> turns;
    std::string client, server;
    Play play = {};
  };
  const std::string long_name = std::string(127, 'a') + "." + std::string(127, 'b');
  const Named cases[] = {
      {"both", {{S, kGreeting}, {C, kEhlo}}, "client.example", "mx.example"},
      {"first words",
       {{S, "220 MX.example ready\r\n"}, {C, "ehlo  Client.example of course\r\n"}},
       "Client.example",
       "MX.example"},
      {"a greeting of two lines", {{S, "220-mx.example hi\r\n220 there\r\n"}, {C, "HELO c\r\n"}}, "c", "mx.example"},
      {"LHLO", {{S, kGreeting}, {C, "LHLO c.example\r\n"}}, "c.example", "mx.example"},
      {"address literals",
       {{S, "220 [192.0.2.1]\r\n"}, {C, "EHLO [IPv6:2001:db8::1]\r\n"}},
       "[IPv6:2001:db8::1]",
       "[192.0.2.1]"},
      {"the first of several",
       {{S, kGreeting}, {C, kEhlo}, {S, kOffer}, {C, "EHLO other.example\r\n"}},
       "client.example",
       "mx.example"},
      {"nothing", {{S, "220\r\n"}, {C, "EHLO\r\n"}}, "", ""},
      {"no names", {{S, "220 *** ready\r\n"}, {C, "EHLO <script>\r\n"}}, "", ""},
      {"an address", {{S, "220 a@b.example\r\n"}, {C, "EHLO a@b.example\r\n"}}, "", ""},
      {"other letters", {{S, "220 \xe6\x97\xa5.example\r\n"}, {C, "EHLO m\xc3\xbcller.example\r\n"}}, "", ""},
      {"the longest", {{S, "220 " + long_name + "\r\n"}, {C, "EHLO " + long_name + "\r\n"}}, long_name, long_name},
      {"too long", {{S, "220 x" + long_name + "\r\n"}, {C, "EHLO x" + long_name + "\r\n"}}, "", ""},
      {"refused", {{S, "554 mx.example no\r\n"}, {C, kEhlo}}, "client.example", ""},
      // What might be something else than a name is none.
      {"not the first command", {{S, kGreeting}, {C, "NOOP\r\n"}, {S, "250 ok\r\n"}, {C, kEhlo}}, "", "mx.example"},
      {"after a line that is no command",
       {{S, kGreeting}, {C, "hunter2\r\n"}, {S, "500 what\r\n"}, {C, kEhlo}},
       "",
       "mx.example"},
      {"joined midway", {{C, kEhlo}, {S, kOffer}}, "", "", {.beginning = Beginning::Midway}},
      {"in a message",
       {{S, kGreeting},
        {C, "MAIL FROM:<a@b>\r\n"},
        {S, "250 ok\r\n"},
        {C, "DATA\r\n"},
        {S, "354 go\r\n"},
        {C, "EHLO secret\r\n.\r\n"}},
       "",
       "mx.example"},
  };
  for (const Named& c : cases) {
    const auto session = converse(c.turns, c.play);
    ASSERT_TRUE(session) << c.what;
    EXPECT_EQ(session->client_name, c.client) << c.what;
    EXPECT_EQ(session->greeting_name, c.server) << c.what;
  }
}

TEST(Smtp, NoSecretIsKept) {
  const auto session = converse(
      {{S, kGreeting}, {C, kEhlo}, {S, kOffer}, {C, "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n"}, {S, "235 ok\r\n"}});
  ASSERT_TRUE(session);
  ASSERT_EQ(session->credentials.size(), 1U);
  const Credential& c = session->credentials[0];
  EXPECT_EQ(c.user, "al***");
  EXPECT_EQ(c.mechanism, "PLAIN");
  EXPECT_EQ(c.secret_bytes, 20U);
}

}  // namespace
}  // namespace mailseal::test
