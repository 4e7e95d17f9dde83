// Recorded handshakes (data/*.hex) with their keys (data/keys.log), and RFC 8448's trace: what is read inside, in
// any cut, and what wrong, half or missing keys and holes make of it.
#include <gtest/gtest.h>

#include <fstream>

#include "tls/crypto.h"
#include "tls_bytes.h"
#include "tls_play.h"

namespace mailseal::tls::test {
namespace {

std::string keys_of_recordings() {
  std::ifstream in(std::string(MAILSEAL_SOURCE_DIR) + "/tests/inspect/data/keys.log");
  return {std::istreambuf_iterator<char>(in), {}};
}

// RFC 8448 3, as a program would have logged it.
const std::string kRfc8448Random = "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7";
const std::string kRfc8448 = "CLIENT_HANDSHAKE_TRAFFIC_SECRET " + kRfc8448Random +
                             " b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21\n"
                             "SERVER_HANDSHAKE_TRAFFIC_SECRET " +
                             kRfc8448Random +
                             " b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38\n"
                             "CLIENT_TRAFFIC_SECRET_0 " +
                             kRfc8448Random +
                             " 9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5\n"
                             "SERVER_TRAFFIC_SECRET_0 " +
                             kRfc8448Random + " a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643\n";

/// With its labels and digits as they are, but for one digit of each secret.
std::string with_wrong_secrets(std::string log) {
  for (std::size_t end = log.find('\n'); end != log.npos; end = log.find('\n', end + 1))
    if (end > 70) log[end - 1] = log[end - 1] == '0' ? '1' : '0';
  return log;
}

/// The lines that hold `word`.
std::string lines_with(const std::string& log, std::string_view word) {
  std::string out;
  for (std::size_t at = 0; at < log.size();) {
    const std::size_t end = log.find('\n', at) + 1;
    if (const std::string line = log.substr(at, end - at); line.find(word) != line.npos) out += line;
    at = end;
  }
  return out;
}

struct Opened {
  TlsFacts facts;
  std::array<std::string, 2> text;
};

class Heard : public ReadableSink {
 public:
  explicit Heard(Opened* out) : out_(*out) {}
  void readable(Side, Bytes, const Seen&) override { ADD_FAILURE() << "called readable"; }
  void decrypted(Side side, Bytes octets, const Seen& seen) override {
    auto& text = out_.text[static_cast<std::size_t>(side)];
    EXPECT_EQ(seen.offset, text.size());
    text += as_text(octets);
  }

 private:
  Opened& out_;
};

Opened open(const Steps& steps, const std::string& log, std::size_t cut = 0) {
  Opened out;
  const Limits limits;
  KeyLog keys(&limits);
  keys.add(as_bytes(log));
  keys.end();
  Crypto crypto;
  CertificateCache cache(&limits);
  Holdings holdings(&limits);
  Heard sink(&out);
  HelloCache hellos(&limits);
  Follower follower(&out.facts, &holdings, &cache, &hellos, &sink);
  follower.decrypt(&keys, &crypto);
  std::array<std::uint64_t, 2> offset{};
  std::uint64_t frame = 0;
  for (const Step& step : steps) {
    ++frame;
    auto& at = offset[static_cast<std::size_t>(step.side)];
    if (step.what == Step::What::Gap) {
      follower.gap(step.side, step.missing, {Timestamp{}, frame, at, 0, step.side});
      at += step.missing;
    }
    for (std::size_t i = 0; i < step.octets.size();) {
      const std::string_view part = std::string_view(step.octets).substr(i, cut == 0 ? step.octets.size() : cut);
      follower.data(step.side, as_bytes(part), {Timestamp{}, frame, at, 0, step.side});
      i += part.size();
      at += part.size();
    }
  }
  follower.finish();
  return out;
}

std::string told(const Opened& o) {
  if (!o.facts.inside) return "nothing";
  const Inside& in = *o.facts.inside;
  std::string text = std::string(to_string(in.state)) + " " + std::to_string(in.records);
  for (const Undecrypted& u : in.stopped)
    text += std::string(" ") + (u.seen.side == Side::Client ? "client:" : "server:") + std::string(to_string(u.why));
  return text;
}

struct Recording {
  std::string_view name, told, first, last;  ///< of the client: how it begins and ends
  std::string_view subject;                  ///< of the certificate
};
const Recording kRecordings[] = {
    {"tls10_cbc", "decrypted 19", "EHLO", "QUIT\r\n", "CN=mail.example.jp"},
    {"tls10_rc4", "decrypted 15", "EHLO", "QUIT\r\n", "CN=mail.example.jp"},
    {"tls12_anonymous", "decrypted 14", "EHLO", "QUIT\r\n", ""},
    {"tls12_client_certificate", "decrypted 14", "EHLO", "QUIT\r\n", "CN=mail.example.jp"},
    {"tls12_dhe", "decrypted 14", "EHLO", "QUIT\r\n", "CN=mail.example.jp"},
    {"tls12_ticket", "decrypted 14", "EHLO", "QUIT\r\n", ""},
    {"tls13_aes128", "decrypted 20", "EHLO", "QUIT\r\n", "CN=mail.example.jp"},
    {"tls13_client_certificate", "decrypted 23", "EHLO", "QUIT\r\n", "CN=mail.example.jp"},
    {"tls13_resumed", "decrypted 15", "EHLO", "QUIT\r\n", ""},
    {"tls13_retry", "decrypted 20", "EHLO", "QUIT\r\n", "CN=mail.example.jp"},
};

TEST(Decryption, OpensRecordingsInAnyCut) {
  const std::string log = keys_of_recordings();
  for (const Recording& want : kRecordings) {
    const Steps steps = load(want.name);
    ASSERT_FALSE(steps.empty());
    for (const std::size_t cut : {0u, 1u, 2u, 3u, 5u, 16u, 100u, 1460u}) {
      SCOPED_TRACE(std::string(want.name) + ", cut at " + std::to_string(cut));
      const Opened o = open(steps, log, cut);
      EXPECT_EQ(told(o), want.told);
      EXPECT_TRUE(o.text[0].starts_with(want.first)) << o.text[0].size();
      EXPECT_TRUE(o.text[0].ends_with(want.last)) << o.text[0].size();
      const std::string subject = o.facts.chain.empty() ? "" : o.facts.chain.front()->subject;
      EXPECT_TRUE(subject.ends_with(want.subject) && subject.empty() == want.subject.empty()) << subject;
      const bool tls13 = o.facts.version == 0x0304;
      EXPECT_EQ(o.facts.chain_decrypted, tls13 && !want.subject.empty());
      EXPECT_EQ(o.facts.chain_hidden, tls13 && want.subject.empty());
    }
  }
}

TEST(Decryption, ReadsOneSideWhateverComesOfTheOther) {
  const std::string log = keys_of_recordings();
  for (const Recording& want : kRecordings) {
    SCOPED_TRACE(want.name);
    const Steps steps = load(want.name);
    const Opened whole = open(steps, log);
    // All of one side before the other: records that came too early are held back.
    for (const Side first : {Side::Client, Side::Server}) {
      const Opened o = open(one_side_first(steps, first), log);
      EXPECT_EQ(o.text, whole.text);
    }
  }
}

TEST(Decryption, ChangesNoOtherFact) {
  const std::string log = keys_of_recordings();
  for (const Recording& want : kRecordings) {
    SCOPED_TRACE(want.name);
    const Steps steps = load(want.name);
    Opened o = open(steps, log);
    Played keyed;
    keyed.facts = std::move(o.facts);
    const Played plain = play(steps);
    keyed.established = plain.established;
    if (keyed.facts.chain_decrypted) {  // these alone come with the keys
      keyed.facts.chain.clear();
      keyed.facts.chain_hidden = true;
      keyed.facts.certificate.reset();
      keyed.facts.certificate_request.reset();
      keyed.facts.client_certificate.reset();
    }
    keyed.facts.alpn = plain.facts.alpn;
    EXPECT_EQ(test::told(keyed), test::told(plain));
  }
}

TEST(Decryption, SaysWhatKeysCouldNotOpen) {
  const std::string log = keys_of_recordings();
  for (const Recording& want : kRecordings) {
    SCOPED_TRACE(want.name);
    const Steps steps = load(want.name);
    EXPECT_EQ(told(open(steps, kRfc8448)), "no-key 0");
    const Opened wrong = open(steps, with_wrong_secrets(log));
    EXPECT_TRUE(told(wrong) == "wrong-key 0 server:wrong-key client:wrong-key" ||
                told(wrong) == "wrong-key 0 client:wrong-key server:wrong-key")
        << told(wrong);
    EXPECT_EQ(wrong.text, (std::array<std::string, 2>{}));
    EXPECT_TRUE(!wrong.facts.chain_decrypted);
  }
}

TEST(Decryption, OpensWhatHalfALogOpens) {
  const Steps steps = load("tls13_aes128");
  const std::string log = keys_of_recordings();
  const Opened whole = open(steps, log);
  const Opened server = open(steps, lines_with(log, "SERVER_"));
  EXPECT_EQ(server.text, (std::array<std::string, 2>{"", whole.text[1]}));
  EXPECT_TRUE(told(server).ends_with(" client:no-key")) << told(server);
  // Without the handshake's, its records are passed over.
  EXPECT_EQ(open(steps, lines_with(log, "TRAFFIC_SECRET_0")).text, whole.text);
  const Opened handshake = open(steps, lines_with(log, "HANDSHAKE"));
  EXPECT_EQ(handshake.text, (std::array<std::string, 2>{}));
  EXPECT_TRUE(handshake.facts.chain_decrypted);
  EXPECT_TRUE(told(handshake).find("server:no-key") != std::string::npos) << told(handshake);
}

TEST(Decryption, EndsAtAHoleAndAtDamage) {
  const std::string log = keys_of_recordings();
  for (const std::string_view name : {"tls12_dhe", "tls13_aes128", "tls10_cbc"}) {
    SCOPED_TRACE(name);
    const Steps steps = load(name);
    const Opened whole = open(steps, log);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      Steps holed = steps;
      holed[i] = gap(steps[i].side, steps[i].octets.size());
      const Opened o = open(holed, log);
      for (const std::size_t side : {0u, 1u}) EXPECT_TRUE(whole.text[side].starts_with(o.text[side]));
      Steps damaged = steps;
      damaged[i].octets.back() = static_cast<char>(damaged[i].octets.back() ^ 1);
      const Opened d = open(damaged, log);
      for (const std::size_t side : {0u, 1u}) EXPECT_TRUE(whole.text[side].starts_with(d.text[side]));
    }
  }
}

TEST(Decryption, AgreesWithRfc8448) {
  const Steps steps = load("rfc8448");
  ASSERT_EQ(steps.size(), 6u);
  const Opened o = open(steps, kRfc8448);
  EXPECT_EQ(told(o), "decrypted 4");  // the server's flight, the client's Finished, data and close_notify
  std::string want;
  for (int i = 0; i < 50; ++i) want += static_cast<char>(i);
  EXPECT_EQ(o.text[0], want);
  ASSERT_EQ(o.facts.chain.size(), 1u);
  EXPECT_EQ(o.facts.chain.front()->subject, "CN=rsa");
  EXPECT_TRUE(o.facts.chain_decrypted);
}

TEST(Decryption, DoesNotTryWhatIsNotSupported) {
  const std::string log = "CLIENT_RANDOM " + std::string(64, '7') + " " + std::string(96, 'a') + "\n";
  const auto hellos = [](int version, int suite, int compression) {
    const std::string random = std::string(32, '\x77');
    return Steps{c(client_hello({.version = version, .suites = {suite}, .random = random})),
                 s(server_hello({.version = version, .suites = {suite}, .compression = compression})),
                 s(kCcs),
                 s(protected_record(64, 22)),
                 c(kCcs),
                 c(protected_record(64, 22))};
  };
  EXPECT_EQ(told(open(hellos(0x0300, 0x002f, 0), log)), "unsupported 0");  // SSL 3.0
  EXPECT_EQ(told(open(hellos(0x0303, 0x002f, 1), log)), "unsupported 0");  // compression
  EXPECT_EQ(told(open(hellos(0x0303, 0x0003, 0), log)), "unsupported 0");  // RC4 of 40 bits
  EXPECT_EQ(told(open(hellos(0x0303, 0x1301, 0), log)), "unsupported 0");  // a suite of TLS 1.3
  EXPECT_EQ(told(open(hellos(0x0303, 0xeeee, 0), log)), "unsupported 0");  // an unknown one
  EXPECT_EQ(told(open(hellos(0x0303, 0x003b, 0), log)), "nothing");        // NULL: nothing is encrypted
  EXPECT_EQ(told(open(hellos(0x0303, 0x002f, 0), log)), "wrong-key 0 server:wrong-key client:wrong-key");
}

}  // namespace
}  // namespace mailseal::tls::test
