// Recorded handshakes (data/*.hex) with their keys (data/keys.log), and RFC 8448's trace: what is read inside, in
// any cut, and what wrong, half or missing keys and holes make of it.
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

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

Opened open(const Steps& steps, const std::string& log, std::size_t cut = 0, const Limits& limits = {}) {
  Opened out;
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

// ---- messages that TLS 1.3 hides ---------------------------------------------------------

using Octets = std::vector<unsigned char>;

/// HKDF-Expand-Label with SHA-256 and no context (RFC 8446 7.1).
Octets expanded(const std::string& secret, const std::string& label, std::size_t size) {
  const std::string info = u16(size) + counted(1, "tls13 " + label) + "\x00"s;
  char digest[] = "SHA256";
  int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<char*>(secret.data()), secret.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, const_cast<char*>(info.data()), info.size()),
      OSSL_PARAM_construct_end()};
  EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  EVP_KDF_CTX* const context = EVP_KDF_CTX_new(kdf);
  Octets out(size);
  EXPECT_EQ(EVP_KDF_derive(context, out.data(), size, parameters), 1);
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(kdf);
  return out;
}

/// The first record that TLS_AES_128_GCM_SHA256 seals with the secret (RFC 8446 5.2).
std::string sealed_first(const std::string& secret, const std::string& content, char type) {
  const Octets key = expanded(secret, "key", 16), nonce = expanded(secret, "iv", 12);
  const std::string inner = content + type;
  const std::string header = "\x17\x03\x03"s + u16(inner.size() + 16);
  const auto octets = [](const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  Octets out(inner.size() + 16);
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  int n = 0;
  EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), nullptr, key.data(), nonce.data());
  EVP_EncryptUpdate(context, nullptr, &n, octets(header), static_cast<int>(header.size()));
  EVP_EncryptUpdate(context, out.data(), &n, octets(inner), static_cast<int>(inner.size()));
  EVP_EncryptFinal_ex(context, nullptr, &n);
  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, out.data() + inner.size());
  EVP_CIPHER_CTX_free(context);
  return header + std::string(out.begin(), out.end());
}

/// What comes of messages of both sides that handshake keys seal, where those keys are there.
TlsFacts hidden(const std::string& of_server, const std::string& of_client, const Limits& limits = {}) {
  const std::string random(64, '7'), of_s(64, '1'), of_c(64, '2');
  const std::string log = "SERVER_HANDSHAKE_TRAFFIC_SECRET " + random + " " + of_s +
                          "\nCLIENT_HANDSHAKE_TRAFFIC_SECRET " + random + " " + of_c + "\n";
  constexpr char kHandshake = 22;
  Steps steps{c(client_hello({.suites = {0x1301},
                              .extensions = extension(43, counted(1, u16(0x0304))),
                              .random = std::string(32, '\x77')})),
              s(server_hello13())};
  if (!of_server.empty()) steps.push_back(s(sealed_first(std::string(32, '\x11'), of_server, kHandshake)));
  if (!of_client.empty()) steps.push_back(c(sealed_first(std::string(32, '\x22'), of_client, kHandshake)));
  return open(steps, log, 0, limits).facts;
}

/// A Certificate message to TLS 1.3, each entry with an extension (RFC 8446 4.4.2).
std::string certificate13(std::size_t n) {
  std::string list;
  for (std::size_t i = 0; i < n; ++i) list += counted(3, kCertificate) + counted(2, extension(5, "staple"));
  return message(11, counted(1, "") + counted(3, list));
}
/// RFC 8879 4: the algorithm (1: zlib), the length before, and what it became.
const std::string kCompressed = message(25, u16(1) + number(600, 3) + counted(3, "no matter what"));

struct HiddenCase {
  std::string_view name;
  std::string server, client;
  bool (*holds)(const TlsFacts&);
};

TEST(HiddenMessages, EachIsRead) {
  const HiddenCase table[] = {
      {"EncryptedExtensions", message(8, counted(2, extension(16, counted(2, counted(1, "smtp"))))), "",
       [](const TlsFacts& f) { return f.alpn == "smtp"; }},
      {"EncryptedExtensions without ALPN", message(8, counted(2, extension(10, ""))), "",
       [](const TlsFacts& f) { return !f.alpn; }},
      {"EncryptedExtensions, cut", message(8, u16(40) + extension(16, "")), "",
       [](const TlsFacts& f) { return !f.alpn; }},
      {"CertificateRequest", message(13, counted(1, "") + counted(2, extension(13, counted(2, u16(0x0804))))), "",
       [](const TlsFacts& f) { return f.certificate_request && f.certificate_request->frame == 3; }},
      {"Certificate", certificate13(2), "",
       [](const TlsFacts& f) {
         return f.chain.size() == 2 && f.chain[1]->parsed && f.chain_decrypted && !f.chain_hidden && f.certificate;
       }},
      {"Certificate, its list longer than it is", message(11, counted(1, "") + number(4000, 3) + "x"), "",
       [](const TlsFacts& f) { return f.chain.empty() && f.chain_hidden && !f.certificate; }},
      {"Certificate, an entry longer than the list", message(11, counted(1, "") + counted(3, number(9, 3) + "short")),
       "", [](const TlsFacts& f) { return f.chain.empty() && f.chain_hidden; }},
      {"Certificate of a client", certificate13(1), certificate13(3),
       [](const TlsFacts& f) { return f.chain.size() == 1 && f.client_chain.size() == 3 && f.client_certificate; }},
      {"Certificate of a client that has none", certificate13(1), message(11, counted(1, "") + counted(3, "")),
       [](const TlsFacts& f) { return f.client_chain.empty() && !f.client_certificate; }},
      {"CompressedCertificate", kCompressed, "",
       [](const TlsFacts& f) {
         return f.chain.empty() && f.chain_hidden && f.chain_lack == ChainLack::Compressed && f.certificate;
       }},
      {"CompressedCertificate of a client", certificate13(1), kCompressed,
       [](const TlsFacts& f) {
         return f.client_chain_lack == ChainLack::Compressed && f.chain_lack == ChainLack::Nothing;
       }},
      {"Finished, and what nobody asks for", message(15, u16(0x0804) + counted(2, "sig")) + message(20, "verify"), "",
       [](const TlsFacts& f) { return f.inside && f.inside->records == 1 && f.chain_hidden; }},
  };
  for (const HiddenCase& row : table) EXPECT_TRUE(row.holds(hidden(row.server, row.client))) << row.name;
}

TEST(HiddenMessages, ChainsAreBoundedAndThatIsTold) {
  Limits limits;
  limits.certificates = 3;
  const TlsFacts whole = hidden(certificate13(3), certificate13(3), limits);
  EXPECT_EQ(whole.chain_lack, ChainLack::Nothing);
  EXPECT_EQ(whole.client_chain_lack, ChainLack::Nothing);
  const TlsFacts cut = hidden(certificate13(4), certificate13(5), limits);
  EXPECT_EQ(cut.chain.size(), 3u);
  EXPECT_EQ(cut.client_chain.size(), 3u);
  EXPECT_EQ(cut.chain_lack, ChainLack::Cut);
  EXPECT_EQ(cut.client_chain_lack, ChainLack::Cut);
}

}  // namespace
}  // namespace mailseal::tls::test
