// Handshake messages one by one: each extension, each cut, what is shared between hellos, and the names given to them.
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <chrono>
#include <functional>
#include <memory>

#include "mailseal/base/digest.h"
#include "mailseal/base/hash.h"
#include "tls/dh_primes.h"
#include "tls/fingerprints.h"
#include "tls/hello_cache.h"
#include "tls_bytes.h"
#include "tls_play.h"

namespace mailseal::tls::test {
namespace {

using Codes = std::vector<std::uint16_t>;
using Octets = std::vector<std::uint8_t>;

/// The octets alone on the heap, so that a sanitizer sees each one read beyond them.
class Alone {
 public:
  explicit Alone(std::string_view octets) : size_(octets.size()), copy_(new std::byte[octets.size()]) {
    std::copy_n(as_bytes(octets).begin(), size_, copy_.get());
  }
  operator Bytes() const { return {copy_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<std::byte[]> copy_;
};

std::string codes(const Codes& all) {
  std::string out;
  for (const std::uint16_t code : all) out += u16(code);
  return out;
}
std::string names(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& name : all) out += counted(1, name);
  return counted(2, out);
}
std::string server_name(const std::string& name) { return counted(2, "\x00"s + counted(2, name)); }

// ---- each extension ---------------------------------------------------------------------

struct OfferCase {
  std::string_view name;
  int type;
  std::string body;
  bool (*holds)(const ClientOffer&);
};

const OfferCase kOffers[] = {
    {"server_name", 0, server_name("mail.example"), [](const ClientOffer& o) { return o.server_name; }},
    {"truncated_hmac", 4, "", [](const ClientOffer& o) { return o.truncated_hmac; }},
    {"status_request", 5, "\x01\x00\x00\x00\x00"s, [](const ClientOffer& o) { return o.ocsp; }},
    {"supported_groups", 10, counted(2, codes({0x1a1a, 0x11ec, 29, 23})),
     [](const ClientOffer& o) {
       return o.groups == Codes{0x11ec, 29, 23};
     }},
    {"ec_point_formats", 11, counted(1, "\x00\x01\x02"s),
     [](const ClientOffer& o) {
       return o.point_formats == Octets{0, 1, 2};
     }},
    {"signature_algorithms", 13, counted(2, codes({0x0403, 0x2a2a, 0x0804})),
     [](const ClientOffer& o) {
       return o.schemes == Codes{0x0403, 0x0804};
     }},
    {"heartbeat", 15, "\x01", [](const ClientOffer& o) { return o.heartbeat; }},
    {"alpn", 16, names({"smtp", "imap"}),
     [](const ClientOffer& o) {
       return o.alpn == std::vector<std::string>{"smtp", "imap"};
     }},
    {"signed_certificate_timestamp", 18, "", [](const ClientOffer& o) { return o.sct; }},
    {"encrypt_then_mac", 22, "", [](const ClientOffer& o) { return o.encrypt_then_mac; }},
    {"extended_master_secret", 23, "", [](const ClientOffer& o) { return o.ems; }},
    {"session_ticket", 35, "ticket", [](const ClientOffer& o) { return o.ticket; }},
    {"pre_shared_key", 41, "identities", [](const ClientOffer& o) { return o.psk; }},
    {"early_data", 42, "", [](const ClientOffer& o) { return o.early_data; }},
    {"supported_versions", 43, counted(1, codes({0x3a3a, 0x0304, 0x0303})),
     [](const ClientOffer& o) {
       return o.versions == Codes{0x0304, 0x0303};
     }},
    {"psk_key_exchange_modes", 45, counted(1, "\x01"), [](const ClientOffer& o) { return o.psk_modes == Octets{1}; }},
    {"key_share", 51, counted(2, u16(0x4a4a) + counted(2, "x") + u16(29) + counted(2, std::string(32, 'k'))),
     [](const ClientOffer& o) { return o.key_shares == Codes{29}; }},
    {"encrypted_client_hello", 0xfe0d, "outer", [](const ClientOffer& o) { return o.ech; }},
    {"renegotiation_info", 0xff01, "\x00"s, [](const ClientOffer& o) { return o.reneg_info; }},
};

ClientOffer offered(const HelloOptions& options) {
  const std::string body = client_hello_body(options);
  const auto hello = parse_client_hello(as_bytes(body));
  return hello ? read_offer(*hello) : ClientOffer{};
}

TEST(TlsVectors, EachExtensionOfAClient) {
  const ClientOffer bare = offered({.suites = {0x1301}});
  for (const OfferCase& c : kOffers) {
    EXPECT_FALSE(c.holds(bare)) << c.name;
    const ClientOffer offer = offered({.suites = {0x1301}, .extensions = extension(c.type, c.body)});
    EXPECT_TRUE(c.holds(offer)) << c.name;
    EXPECT_EQ(offer.extensions, Codes{static_cast<std::uint16_t>(c.type)}) << c.name;
  }
}

std::string all_extensions() {
  std::string out;
  for (const OfferCase& c : kOffers) out += extension(c.type, c.body);
  return out;
}

TEST(TlsVectors, AClientHelloCutAnywhereIsRefusedOrDamaged) {
  const std::string body = client_hello_body({.suites = {0x1301, 0x00ff}, .extensions = all_extensions()});
  const std::size_t without_extensions = client_hello_body({.suites = {0x1301, 0x00ff}}).size();
  for (std::size_t size = 0; size < body.size(); ++size) {
    const Alone cut(std::string_view(body).substr(0, size));
    const auto hello = parse_client_hello(cut);
    EXPECT_EQ(hello.has_value(), size >= without_extensions) << size;
    if (!hello) continue;
    EXPECT_EQ(hello->damaged, size > without_extensions) << size;
    EXPECT_EQ(read_offer(*hello).suites, (Codes{0x1301, 0x00ff})) << size;
  }
}

// The length in front of the block says less than there is: what stands behind is no extension.
TEST(TlsVectors, EachExtensionCutAnywhereStaysWithinItsOctets) {
  for (const OfferCase& c : kOffers)
    for (std::size_t size = 0; size < c.body.size(); ++size) {
      const Alone body(
          client_hello_body({.suites = {0x1301}, .extensions = extension(c.type, c.body.substr(0, size))}));
      const auto hello = parse_client_hello(body);
      ASSERT_TRUE(hello) << c.name;
      EXPECT_FALSE(hello->damaged) << c.name << size;
      const ClientOffer offer = read_offer(*hello);
      EXPECT_EQ(offer.extensions.size(), 1u);
      EXPECT_FALSE(offer.versions.empty());
    }
}

struct AnswerCase {
  std::string_view name;
  int type;
  std::string body;
  bool (*holds)(const ServerHelloView&);
};

const AnswerCase kAnswers[] = {
    {"truncated_hmac", 4, "", [](const ServerHelloView& h) { return h.truncated_hmac; }},
    {"heartbeat", 15, "\x01", [](const ServerHelloView& h) { return h.heartbeat; }},
    {"alpn", 16, names({"imap"}), [](const ServerHelloView& h) { return h.alpn == "imap"; }},
    {"signed_certificate_timestamp", 18, "list", [](const ServerHelloView& h) { return h.timestamps; }},
    {"encrypt_then_mac", 22, "", [](const ServerHelloView& h) { return h.encrypt_then_mac; }},
    {"extended_master_secret", 23, "", [](const ServerHelloView& h) { return h.extended_master_secret; }},
    {"pre_shared_key", 41, u16(0), [](const ServerHelloView& h) { return h.pre_shared_key; }},
    {"supported_versions", 43, u16(0x0304),
     [](const ServerHelloView& h) { return h.version == 0x0304 && h.legacy_version == 0x0303; }},
    {"key_share", 51, u16(29) + counted(2, "share"),
     [](const ServerHelloView& h) { return h.group == 29 && as_text(h.key_share) == "share"; }},
    {"renegotiation_info", 0xff01, "\x00"s, [](const ServerHelloView& h) { return h.renegotiation_info; }},
};

TEST(TlsVectors, EachExtensionOfAServer) {
  for (const AnswerCase& c : kAnswers) {
    const std::string body = server_hello_body({.suites = {0x1301}, .extensions = extension(c.type, c.body)});
    const auto hello = parse_server_hello(as_bytes(body));
    ASSERT_TRUE(hello) << c.name;
    EXPECT_TRUE(c.holds(*hello)) << c.name;
    const std::string bare = server_hello_body({.suites = {0x1301}});
    EXPECT_FALSE(c.holds(*parse_server_hello(as_bytes(bare)))) << c.name;
  }
}

TEST(TlsVectors, AServerHelloCutAnywhereIsRefused) {
  std::string extensions;
  for (const AnswerCase& c : kAnswers) extensions += extension(c.type, c.body);
  const std::string body = server_hello_body({.suites = {0x1301}, .extensions = extensions});
  const std::size_t without_extensions = server_hello_body({.suites = {0x1301}}).size();
  for (std::size_t size = 0; size < body.size(); ++size) {
    const Alone cut(std::string_view(body).substr(0, size));
    EXPECT_EQ(parse_server_hello(cut).has_value(), size == without_extensions) << size;
  }
  EXPECT_TRUE(parse_server_hello(as_bytes(body)));
}

TEST(TlsVectors, OtherMessagesCutAnywhere) {
  const std::string ecdhe = "\x03"s + u16(29) + counted(1, std::string(32, 'p')) + u16(0x0804) + counted(2, "sig");
  const std::string dhe =
      counted(2, std::string(256, '\xee')) + counted(2, "\x02") + counted(2, std::string(256, 's')) + u16(0x0401);
  const std::string ticket = number(7200, 4) + counted(2, std::string(160, 't'));
  const std::string chain = counted(3, counted(3, "first") + counted(3, "second"));
  const std::string entries = counted(1, "") + counted(3, counted(3, "first") + counted(2, extension(5, "staple")));
  const std::string chosen = counted(2, extension(16, names({"smtp"})));
  // "msg_length, msg_type, version, cipher_spec_length, session_id_length, challenge_length" (RFC 5246 E.2)
  const std::string sslv2 =
      u16(0x8000 + 15) + "\x01" + u16(0x0301) + u16(6) + u16(0) + u16(16) + "\x01\x00\x80"s + "\x00\x00\x2f"s;
  const struct {
    std::string body;
    std::size_t needed;  ///< fewer octets are refused
    bool (*read)(Bytes);
  } table[] = {
      {ecdhe, 3 + 33, [](Bytes in) { return parse_server_key_exchange(in, *find_suite(0xc02f), kTls12).has_value(); }},
      {dhe, 258 + 3 + 258,
       [](Bytes in) { return parse_server_key_exchange(in, *find_suite(0x009f), kTls12).has_value(); }},
      {ticket, ticket.size(), [](Bytes in) { return parse_session_ticket(in).has_value(); }},
      {chain, chain.size(), [](Bytes in) { return certificate_list(in).has_value(); }},
      {u16(0x7f12) + u16(0x1301), 2, [](Bytes in) { return parse_draft_retry(in).has_value(); }},
      {entries, entries.size(), [](Bytes in) { return certificate_entries(in).has_value(); }},
      {chosen, chosen.size(), [](Bytes in) { return alpn_of_encrypted_extensions(in) == "smtp"; }},
      {sslv2, sslv2.size(), [](Bytes in) { return parse_sslv2_hello(in).has_value(); }},
  };
  for (const auto& row : table)
    for (std::size_t size = 0; size <= row.body.size(); ++size)
      EXPECT_EQ(row.read(Alone(std::string_view(row.body).substr(0, size))), size >= row.needed) << size;
}

// ---- facts that come of them ------------------------------------------------------------

TEST(TlsVectors, TicketsAndStaples) {
  const std::string ticket(160, 't');
  const std::string issued = handshake(4, number(7200, 4) + counted(2, ticket));
  const std::string staple = handshake(22, "\x01"s + counted(3, "response"));
  const Played p =
      play({c(client_hello({.suites = {0xc02f}, .extensions = extension(35, ticket)})),
            s(server_hello12() + certificate({kCertificate}) + staple + server_key_exchange() + kServerHelloDone),
            c(kClientKeyExchange + kCcs + kFinished12), s(issued + kCcs + kFinished12)});
  EXPECT_TRUE(p.established);
  ASSERT_TRUE(p.facts.ticket && p.facts.certificate_status);
  EXPECT_EQ(p.facts.ticket->frame, 4u);
  EXPECT_EQ(p.facts.certificate_status->frame, 2u);
  EXPECT_EQ(p.facts.marks.ticket_issued, hash_of(as_bytes(ticket)));
  EXPECT_EQ(p.facts.marks.ticket_offered, p.facts.marks.ticket_issued);
  EXPECT_EQ(p.facts.marks.session_id, 0u);

  // "if the server determines that it does not want to include a ticket ... zero-length ticket" (RFC 5077 3.3)
  const Played none = play({c(client_hello12()), s(server_hello12() + handshake(4, number(0, 4) + counted(2, "")))});
  EXPECT_FALSE(none.facts.ticket || none.facts.malformed);
  EXPECT_TRUE(play({c(client_hello12()), s(server_hello12() + handshake(4, "cut"))}).facts.malformed);
}

TEST(TlsVectors, TheServersPublicValueIsToldApart) {
  const auto share12 = [](char fill) {
    const std::string body = "\x03"s + u16(29) + counted(1, std::string(32, fill)) + u16(0x0804);
    return play({c(client_hello12()), s(server_hello12() + handshake(12, body))}).facts.marks.server_share;
  };
  EXPECT_NE(share12('a'), 0u);
  EXPECT_EQ(share12('a'), share12('a'));
  EXPECT_NE(share12('a'), share12('b'));

  // Of a hybrid the ciphertext is another one each time: the curve's part tells.
  const auto share13 = [](int group, const std::string& share) {
    const std::string extensions =
        extension(43, u16(0x0304)) + extension(51, u16(static_cast<std::size_t>(group)) + counted(2, share));
    return play({c(client_hello13()), s(server_hello({.suites = {0x1301}, .extensions = extensions}))})
        .facts.marks.server_share;
  };
  const std::string x(32, 'x'), p256(65, 'p'), p384(97, 'q'), one(1088, '1'), two(1088, '2'), large(1568, '3');
  EXPECT_EQ(share13(0x11ec, one + x), share13(0x11ec, two + x));
  EXPECT_EQ(share13(0x11ec, one + x), share13(29, x));
  EXPECT_EQ(share13(0x11eb, p256 + one), share13(0x11eb, p256 + two));
  EXPECT_EQ(share13(0x11ed, p384 + large), share13(24, p384));
  EXPECT_NE(share13(0x11ec, x + one), share13(0x11ec, x + two));
}

TEST(TlsVectors, APrimeOfZeroIsMalformedAndWeak) {
  for (const std::string& prime : {""s, "\x00"s, std::string(16'000, '\0')}) {
    const std::string body = counted(2, prime) + counted(2, "\x02") + counted(2, "share") + u16(0x0401);
    const Played p = play({c(client_hello12()), s(server_hello12(0x009f) + handshake(12, body))});
    EXPECT_EQ(p.facts.dh_bits, 0);
    EXPECT_TRUE(p.facts.malformed);
    EXPECT_FALSE(p.facts.dh_prime);
  }
}

// ---- what is shared ---------------------------------------------------------------------

std::shared_ptr<const ClientOffer> shared(HelloCache& cache, const HelloOptions& options) {
  const std::string body = client_hello_body(options);
  return cache.offer(*parse_client_hello(as_bytes(body)));
}

HelloOptions visit(const std::string& name, int grease, const std::string& key) {
  const auto g = static_cast<std::uint16_t>(grease);
  return {.session_id = std::string(32, key[0]),
          .suites = {grease, 0x1301, 0xc02f},
          .extensions = extension(grease, "") + extension(0, server_name(name)) +
                        extension(10, counted(2, codes({g, 29}))) + extension(35, key) +
                        extension(43, counted(1, codes({g, 0x0304}))) +
                        extension(51, counted(2, u16(g) + counted(2, "x") + u16(29) + counted(2, key))),
          .random = std::string(32, key[0])};
}

TEST(HelloCache, HellosOfOneProgramShareTheirOffer) {
  const Limits limits;
  HelloCache cache(&limits);
  const auto first = shared(cache, visit("mail.example", 0x0a0a, "key"));
  EXPECT_EQ(shared(cache, visit("other.example", 0x5a5a, "another key")), first);
  EXPECT_EQ(shared(cache, visit("", 0xfafa, "a")), first) << "the extension is there";
  EXPECT_EQ(first->key_shares, Codes{29});
  EXPECT_EQ(first->extensions, (Codes{0, 10, 35, 43, 51}));

  HelloOptions other = visit("mail.example", 0x0a0a, "key");
  other.suites = {0x1301, 0xc030};
  EXPECT_NE(shared(cache, other), first);
  other = visit("mail.example", 0x0a0a, "key");
  other.version = 0x0302;
  EXPECT_NE(shared(cache, other), first);
  for (const OfferCase& c : kOffers) {
    other = visit("mail.example", 0x0a0a, "key");
    other.extensions += extension(c.type, c.body);
    const auto made = shared(cache, other);
    EXPECT_NE(made, first) << c.name;
    EXPECT_NE(made->ja3, first->ja3) << c.name;
    EXPECT_TRUE(c.holds(*made)) << c.name;
  }
}

TEST(HelloCache, IsBounded) {
  Limits limits;
  limits.hello_cache = 2;
  HelloCache cache(&limits);
  const auto of = [&](int suite) { return shared(cache, {.suites = {suite}}); };
  const auto first = of(1);
  EXPECT_EQ(of(1), first);
  of(2);
  EXPECT_EQ(of(1), first);
  of(3);
  EXPECT_NE(of(1), first) << "begun anew";
  EXPECT_EQ(*of(1), *first);
}

TEST(HelloCache, HugeHellosAreReadAndNotKept) {
  const auto begin = std::chrono::steady_clock::now();
  const Limits limits;
  HelloCache cache(&limits);
  const HelloOptions suites{.suites = std::vector<int>(16'000, 0xc02f)};
  const auto first = shared(cache, suites);
  EXPECT_EQ(first->suites.size(), 16'000u);
  EXPECT_TRUE(first->ja4.starts_with("t12i9900")) << first->ja4;
  EXPECT_NE(shared(cache, suites), first) << "not kept";

  std::string block;
  while (block.size() + 4 <= 65'535) block += extension(static_cast<int>(block.size() / 4), "");
  const Played p = play({c(handshake(1, client_hello_body({.suites = {0x1301}})))});
  EXPECT_FALSE(p.facts.malformed);
  const HelloOptions extensions{.suites = {0x1301}, .extensions = block};
  const auto many = shared(cache, extensions);
  EXPECT_GT(many->extensions.size(), 16'000u);
  EXPECT_TRUE(many->ja4.starts_with("t12d0199")) << many->ja4;
  const std::string body = client_hello_body(extensions);
  std::string records;
  const std::string whole = message(1, body);
  for (std::size_t at = 0; at < whole.size(); at += 16'384) records += record(22, whole.substr(at, 16'384));
  const Played played = play({c(records), s(server_hello12())});
  ASSERT_TRUE(played.facts.offer);
  EXPECT_EQ(*played.facts.offer, *many);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

// ---- fingerprints -----------------------------------------------------------------------

TEST(Fingerprints, Ja3) {
  ClientOffer offer;  // the examples of those who made it
  offer.legacy_version = 769;
  offer.suites = {47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4};
  offer.extensions = {0, 10, 11};
  offer.groups = {23, 24, 25};
  offer.point_formats = {0};
  EXPECT_EQ(ja3(offer), "ada70206e40642a3e4461f35503241d5");
  offer = {};
  offer.legacy_version = 769;
  offer.suites = {4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99};
  EXPECT_EQ(ja3(offer), "de350869b8c85de67a350c8d186f11e6");
}

TEST(Fingerprints, Ja3s) {
  const std::string body =
      server_hello_body({.suites = {0x1302}, .extensions = extension(43, u16(0x0304)) + extension(51, "share")});
  EXPECT_EQ(ja3s(*parse_server_hello(as_bytes(body))), "15af977ce25de452b96affa2addb1036");
}

TEST(Fingerprints, Ja4) {
  ClientOffer chrome;  // the example of those who made it
  chrome.versions = {0x0304, 0x0303};
  chrome.server_name = true;
  chrome.suites = {0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9,
                   0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035};
  chrome.extensions = {0x0000, 0x0033, 0x000d, 0x0023, 0x000b, 0xff01, 0x000a, 0x001b,
                       0x4469, 0x0012, 0x002d, 0x0010, 0x0005, 0x002b, 0x0017, 0x0015};
  chrome.schemes = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601};
  chrome.alpn = {"h2", "http/1.1"};
  EXPECT_EQ(ja4(chrome), "t13d1516h2_8daaf6152771_e5627efa2ab1");

  const struct {
    std::vector<std::string> alpn;
    std::string_view ends;
  } table[] = {{{}, "00"},           {{""}, "00"},      {{"h"}, "hh"},         {{"http/1.1"}, "h1"},
               {{"\xab\xcd"}, "ad"}, {{"i\xff"}, "6f"}, {{"smtp", "x"}, "sp"}, {{" a"}, "21"}};
  for (const auto& row : table) {
    chrome.alpn = row.alpn;
    EXPECT_EQ(ja4(chrome).substr(8, 2), row.ends);
  }
  ClientOffer bare;
  const struct {
    std::uint16_t version;
    std::string_view mark;
  } versions[] = {{0x0304, "t13"}, {0x0303, "t12"}, {0x0302, "t11"}, {0x0301, "t10"},
                  {0x0300, "ts3"}, {0x0002, "ts2"}, {0x7f1c, "t00"}};
  for (const auto& row : versions) {
    bare.versions = {row.version};
    EXPECT_EQ(ja4(bare), std::string(row.mark) + "i000000_000000000000_000000000000");
  }
}

// ---- primes -----------------------------------------------------------------------------

std::string octets_of(const BIGNUM* number) {
  std::string out(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

std::string openssl_prime(const char* group) {
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr);
  EVP_PKEY* parameters = nullptr;
  std::string name = group, out;
  const OSSL_PARAM wanted[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name.data(), 0),
                               OSSL_PARAM_construct_end()};
  BIGNUM* prime = nullptr;
  if (EVP_PKEY_paramgen_init(context) == 1 && EVP_PKEY_CTX_set_params(context, wanted) == 1 &&
      EVP_PKEY_generate(context, &parameters) == 1 &&
      EVP_PKEY_get_bn_param(parameters, OSSL_PKEY_PARAM_FFC_P, &prime) == 1)
    out = octets_of(prime);
  BN_free(prime);
  EVP_PKEY_free(parameters);
  EVP_PKEY_CTX_free(context);
  return out;
}

TEST(DhPrimes, AreThoseOfOpenssl) {
  const struct {
    const char* openssl;
    std::string_view name;
    int group;
  } table[] = {{"ffdhe2048", "ffdhe2048", 0x100},       {"ffdhe3072", "ffdhe3072", 0x101},
               {"ffdhe4096", "ffdhe4096", 0x102},       {"ffdhe6144", "ffdhe6144", 0x103},
               {"ffdhe8192", "ffdhe8192", 0x104},       {"modp_1536", "RFC 3526 group 5", 0},
               {"modp_2048", "RFC 3526 group 14", 0},   {"modp_3072", "RFC 3526 group 15", 0},
               {"modp_4096", "RFC 3526 group 16", 0},   {"modp_6144", "RFC 3526 group 17", 0},
               {"modp_8192", "RFC 3526 group 18", 0},   {"dh_1024_160", "RFC 5114 group 22", 0},
               {"dh_2048_224", "RFC 5114 group 23", 0}, {"dh_2048_256", "RFC 5114 group 24", 0}};
  for (const auto& row : table) {
    const std::string prime = openssl_prime(row.openssl);
    ASSERT_FALSE(prime.empty()) << row.openssl;
    EXPECT_EQ(known_prime(as_bytes(prime)).name, row.name);
    EXPECT_EQ(ffdhe_group(known_prime(as_bytes(prime))).value_or(0), row.group);
  }
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> first(BN_get_rfc2409_prime_768(nullptr), BN_free),
      second(BN_get_rfc2409_prime_1024(nullptr), BN_free);
  EXPECT_EQ(known_prime(as_bytes(octets_of(first.get()))).name, "RFC 2409 group 1");
  EXPECT_EQ(known_prime(as_bytes(octets_of(second.get()))).name, "RFC 2409 group 2");
  EXPECT_EQ(known_prime(as_bytes("another")).name, "");
}

TEST(DhPrimes, AreKnownWithZerosInFront) {
  const std::string prime = openssl_prime("ffdhe2048");
  for (const std::string& octets : {prime, "\x00\x00"s + prime}) {
    const std::string body = counted(2, octets) + counted(2, "\x02") + counted(2, "share") + u16(0x0401);
    const Played p = play({c(client_hello12()), s(server_hello12(0x009f) + handshake(12, body))});
    EXPECT_EQ(p.facts.group, 0x0100);
    EXPECT_EQ(p.facts.dh_bits, 2048);
    ASSERT_TRUE(p.facts.dh_prime);
    EXPECT_EQ(p.facts.dh_prime->name, "ffdhe2048");
  }
}

}  // namespace
}  // namespace mailseal::tls::test
