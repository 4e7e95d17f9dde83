// Headers and body of a message told apart in any cut, and user names masked.
#include <gtest/gtest.h>

#include <string>

#include "mail/dialogue.h"
#include "masked.h"

namespace mailseal::mail {
namespace {

using Part = MessageReader::Part;

struct Case {
  const char* name;
  Part part;
  std::string text;
  std::uint64_t header_bytes, content_bytes;
  bool end_to_end = false;
};

const Case kCases[] = {
    {"headers and body", Part::Whole, "Subject: x\r\nTo: y\r\n\r\nbody\r\n", 21, 6},
    {"bare LF", Part::Whole, "Subject: x\n\nbody\n", 12, 5},
    {"no body", Part::Whole, "Subject: x\r\n\r\n", 14, 0},
    {"headers without an end", Part::Whole, "Subject: x\r\nTo: y", 17, 0},
    {"folded", Part::Whole, "Subject: x\r\n y: z\r\n\tw\r\n\r\nb", 25, 1},
    {"no headers at all", Part::Whole, "hello world\r\n", 0, 13},
    {"one word", Part::Whole, "hello\r\n", 0, 7},
    {"one word without a line end", Part::Whole, "hello", 0, 5},
    {"an empty line only", Part::Whole, "\r\n", 0, 0},
    {"a line that cannot be a header begins the body", Part::Whole, "Subject: x\r\nhello\r\nworld\r\n", 17, 9},
    {"space before the colon", Part::Whole, "Subject : x\r\n\r\nb", 15, 1},
    {"eight-bit text is no header", Part::Whole, "\xe6\x97\xa5\xe6\x9c\xac\r\n", 0, 8},
    {"headers only", Part::HeadersOnly, "Subject: x\r\n\r\n", 14, 0},
    {"headers only, broken", Part::HeadersOnly, "Subject: x\r\nhello\r\n\r\nmore", 25, 0},
    {"headers only, none", Part::HeadersOnly, "\r\n", 0, 0},
    {"body only", Part::BodyOnly, "Subject: x\r\n\r\nb", 0, 15},
    {"s/mime enveloped", Part::Whole,
     "Subject: x\r\nContent-Type: application/pkcs7-mime; name=smime.p7m;\r\n smime-type=enveloped-data\r\nTo: "
     "y\r\n\r\nMIA",
     104, 3, true},
    {"s/mime signed is not encrypted", Part::Whole,
     "Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n\r\nMIA", 64, 3},
    {"pgp/mime, lower case, last header", Part::Whole, "content-type: multipart/encrypted; boundary=x\r\n\r\nx", 49, 1,
     true},
    {"pgp armor in the body", Part::Whole, "A: b\r\n\r\nhi\r\n-----BEGIN PGP MESSAGE-----\r\n", 8, 33, true},
    {"pgp armor at the start of the body", Part::BodyOnly, "-----BEGIN PGP MESSAGE-----\n", 0, 28, true},
    {"quoted armor is none", Part::BodyOnly, "> -----BEGIN PGP MESSAGE-----\r\n", 0, 31},
    {"a signature is no encryption", Part::BodyOnly, "-----BEGIN PGP SIGNED MESSAGE-----\r\n", 0, 36},
    {"the label in another header says nothing", Part::Whole, "X-Content-Type: multipart/encrypted\r\n\r\nb", 39, 1},
};

TEST(MessageReader, TellsHeadersFromBodyInAnyCut) {
  for (const Case& c : kCases)
    for (std::size_t piece = 1; piece <= c.text.size(); ++piece) {
      SCOPED_TRACE(std::string(c.name) + ", pieces of " + std::to_string(piece));
      Session session;
      MessageReader reader;
      reader.start(c.part);
      Seen seen;
      for (std::size_t i = 0; i < c.text.size(); i += piece) {
        seen.offset = i;
        reader.octets(session, std::string_view(c.text).substr(i, piece), seen);
      }
      reader.end(session, seen);
      EXPECT_EQ(session.header_bytes, c.header_bytes);
      EXPECT_EQ(session.content_bytes, c.content_bytes);
      EXPECT_EQ(session.headers.has_value(), c.header_bytes > 0);
      EXPECT_EQ(session.content.has_value(), c.content_bytes > 0);
      EXPECT_EQ(session.end_to_end.has_value(), c.end_to_end);
    }
}

TEST(MessageReader, LongHeadersAreBounded) {
  Session session;
  MessageReader reader;
  reader.start(Part::Whole);
  reader.octets(session, "Content-Type: " + std::string(1 << 20, 'x') + "\r\n\r\nb", {});
  EXPECT_EQ(session.content_bytes, 1U);
  EXPECT_FALSE(session.end_to_end);
}

TEST(Masked, ShowsTwoCharactersAndTheDomain) {
  EXPECT_EQ(masked(""), "");
  EXPECT_EQ(masked("a"), "***");
  EXPECT_EQ(masked("al"), "***");
  EXPECT_EQ(masked("bob"), "b***");
  EXPECT_EQ(masked("anna@x.example"), "a***@x.example");
  EXPECT_EQ(masked("alice"), "al***");
  EXPECT_EQ(masked("alice@x.example"), "al***@x.example");
  EXPECT_EQ(masked("alice@home@x.example"), "al***@x.example");
  EXPECT_EQ(masked("@x.example"), "***");
  EXPECT_EQ(masked("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"), "\xe6\x97\xa5***");
  EXPECT_EQ(masked("\xe6"), "***");
  EXPECT_EQ(masked("bob@x." + std::string(253, 'x')).size(), 4U + 256U);
  EXPECT_EQ(masked("alice@mail-1.\xe4\xbe\x8b"), "al***@mail-1.\xe4\xbe\x8b");
}

TEST(Masked, ShowsNothingOfWhatIsNoName) {
  EXPECT_EQ(masked("alice hunter2"), "***");
  EXPECT_EQ(masked("alice\thunter2"), "***");
  EXPECT_EQ(masked("alice@x.example hunter2@y.example"), "***");
  EXPECT_EQ(masked("alice\x7f@x.example"), "***");
  EXPECT_EQ(masked("alice@x.example hunter2"), "al***");
  EXPECT_EQ(masked("alice@x.example\x01hunter2"), "al***");
  EXPECT_EQ(masked("alice@x.example/hunter2"), "al***");
  EXPECT_EQ(masked("alice@x.example^Aauth=Bearer hunter2"), "al***");
  EXPECT_EQ(masked("alice@"), "al***");
  EXPECT_EQ(masked("Tr0ub@dour"), "Tr***");
  EXPECT_EQ(masked("P@ssword.example"), "***");
  EXPECT_EQ(masked("Tr0ub@dour.x9"), "Tr***");
  EXPECT_EQ(masked("Tr0ub@dour9.1"), "Tr***");
  EXPECT_EQ(masked("alice@" + std::string(256, 'x')), "al***");
}

TEST(masked, mailboxes_in_a_text) {
  constexpr std::pair<const char*, const char*> kTexts[] = {
      {"", ""},
      {"454 no", "454 no"},
      {"454 not for alice@x.example, bob", "454 not for al***@x.example, bob"},
      {"<alice@x.example>, <bob@y.example>", "<al***@x.example>, <b***@y.example>"},
      {"C=JP,emailAddress=alice@x.example,O=y", "C=JP,emailAddress=al***@x.example,O=y"},
      {"alice@x.example@y.example", "al***@x.***@y.example"},
      {"\"alice at home\"@x.example", "***@x.example"},
      {"say \"alice\"@x.example now", "say \"a***@x.example now"},
      {"\"@x.example", "***@x.example"},
      {"@", "@"},
      {"@@alice@", "@@al***@"},
      {"alice+tag@[192.0.2.7]", "al***@[192.0.2.7]"},
      {"mailto:alice@x.example", "mailto:al***@x.example"},
      {"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e@x.example", "\xe6\x97\xa5***@x.example"},
  };
  for (const auto& [text, wanted] : kTexts) EXPECT_EQ(masked_mailboxes(text), wanted) << text;
}

}  // namespace
}  // namespace mailseal::mail
