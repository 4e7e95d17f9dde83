// Chains against a trust store: what OpenSSL says of them, once between two dates, and of hostile ones in bounded time.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>

#include "judge/sessions.h"
// after sessions.h
#include "judge/pki.h"

namespace mailseal::test {
namespace {

using Chain = std::vector<std::shared_ptr<const Certificate>>;

/// root > inter > leaf, and another root.
struct Pki {
  Issued root = issue({.name = "root", .extensions = kCa, .first_day = -900, .last_day = 900});
  Issued other = issue({.name = "other root", .extensions = kCa, .first_day = -900, .last_day = 900});
  Issued inter = issue({.name = "inter", .by = &root, .extensions = kCa, .first_day = -500, .last_day = 200});
  Issued leaf = issue({.name = "leaf", .by = &inter, .extensions = for_name("DNS:mail.example")});
  Folder folder;
  std::string root_file = folder.pem("root.pem", {&root}), other_file = folder.pem("other.pem", {&other});
  Limits limits;

  TrustStore store(const std::string& file) const { return *TrustStore::load(file, "", &limits); }
};

const Pki& pki() {
  static const Pki made;
  return made;
}

Chain chain_of(const std::vector<const Issued*>& certificates) {
  Chain chain;
  for (const Issued* one : certificates) chain.push_back(one->read());
  return chain;
}

struct Want {
  int error_code, depth;
};

TEST(Chain, IsWhatOpensslSaysAtTheTimeOfThePacket) {
  const Pki& p = pki();
  const Issued selfsigned = issue({.name = "self", .extensions = for_name("DNS:self.example")});
  const Issued client = issue({.name = "client", .by = &p.inter, .extensions = {{NID_ext_key_usage, "clientAuth"}}});
  const struct {
    std::string_view what;
    Chain chain;
    std::optional<Timestamp> at;
    std::optional<Want> root, other;  // nullopt: ok
    Purpose purpose = Purpose::Server;
  } table[] = {
      {"whole", chain_of({&p.leaf, &p.inter}), day(0), {}, Want{20, 1}},
      {"with its root", chain_of({&p.leaf, &p.inter, &p.root}), day(0), {}, Want{19, 2}},
      {"in disorder", chain_of({&p.leaf, &p.root, &p.inter}), day(0), {}, Want{19, 2}},
      {"leaf alone", chain_of({&p.leaf}), day(0), Want{20, 0}, Want{20, 0}},
      {"self-signed", chain_of({&selfsigned}), day(0), Want{18, 0}, Want{18, 0}},
      {"leaf expired", chain_of({&p.leaf, &p.inter}), day(300), Want{10, 1}, Want{20, 1}},
      {"issuer expired", chain_of({&p.leaf, &p.inter}), day(230), Want{10, 1}, Want{20, 1}},
      {"not yet", chain_of({&p.leaf, &p.inter}), day(-101), Want{9, 0}, Want{20, 1}},
      {"no date", chain_of({&p.leaf, &p.inter}), std::nullopt, {}, Want{20, 1}},
      {"for clients, as a server's", chain_of({&client, &p.inter}), day(0), Want{26, 0}, Want{20, 1}},
      {"for clients", chain_of({&client, &p.inter}), day(0), {}, Want{20, 1}, Purpose::Client},
      {"for servers, as a client's", chain_of({&p.leaf, &p.inter}), day(0), Want{26, 0}, Want{20, 1}, Purpose::Client},
  };
  const TrustStore root = p.store(p.root_file), other = p.store(p.other_file);
  for (const auto& row : table)
    for (const auto& [store, want] : {std::pair(&root, row.root), std::pair(&other, row.other)}) {
      const auto result = store->verify(row.chain, row.purpose, row.at);
      ASSERT_TRUE(result && result->error_code) << row.what;
      EXPECT_EQ(result->ok, !want) << row.what;
      EXPECT_EQ(*result->error_code, want ? want->error_code : 0) << row.what;
      EXPECT_EQ(result->depth, want ? std::optional(want->depth) : std::nullopt) << row.what;
      EXPECT_EQ(result->error, verify_error_text(*result->error_code)) << row.what;
      EXPECT_EQ(result->dates_checked, row.at.has_value()) << row.what;
    }
}

TEST(Chain, StepsAreThoseOfSClient) {
  const Pki& p = pki();
  const auto ok = p.store(p.root_file).verify(chain_of({&p.leaf, &p.inter}), Purpose::Server, day(0));
  using Step = ChainResult::Step;
  EXPECT_EQ(ok->steps,
            (std::vector<Step>{{2, "O=Test,CN=root", 0}, {1, "O=Test,CN=inter", 0}, {0, "O=Test,CN=leaf", 0}}));
  const auto alone = p.store(p.root_file).verify(chain_of({&p.leaf}), Purpose::Server, day(0));
  EXPECT_EQ(alone->steps,
            (std::vector<Step>{{0, "O=Test,CN=leaf", 20}, {0, "O=Test,CN=leaf", 21}, {0, "O=Test,CN=leaf", 0}}));
  EXPECT_EQ(alone->error, "unable to get local issuer certificate");
}

TEST(Chain, IsVerifiedOnceBetweenTwoDates) {
  const Pki& p = pki();
  const TrustStore store = p.store(p.root_file);
  const Chain chain = chain_of({&p.leaf, &p.inter});
  for (long n = -100; n <= 200; ++n) ASSERT_TRUE(store.verify(chain, Purpose::Server, day(n))->ok) << n;
  EXPECT_EQ(store.verifications(), 1u);
  // Read again, it is the same chain; one more certificate makes another.
  EXPECT_TRUE(store.verify(chain_of({&p.leaf, &p.inter}), Purpose::Server, day(0))->ok);
  EXPECT_EQ(store.verifications(), 1u);
  EXPECT_TRUE(store.verify(chain_of({&p.leaf, &p.inter, &p.root}), Purpose::Server, day(0))->ok);
  EXPECT_EQ(store.verifications(), 2u);

  using std::chrono::nanoseconds, std::chrono::seconds;
  EXPECT_TRUE(store.verify(chain, Purpose::Server, day(200) + seconds(1) - nanoseconds(1))->ok) << "inclusive";
  EXPECT_EQ(store.verifications(), 2u);
  EXPECT_EQ(store.verify(chain, Purpose::Server, day(200) + seconds(1))->error_code, 10);
  EXPECT_EQ(store.verify(chain, Purpose::Server, day(265))->error_code, 10);
  EXPECT_EQ(store.verifications(), 3u) << "one answer until the leaf expires, too";
  EXPECT_EQ(store.verify(chain, Purpose::Server, day(-100) - seconds(1))->error_code, 9);
  EXPECT_TRUE(store.verify(chain, Purpose::Server, std::nullopt)->ok);
  EXPECT_EQ(store.verify(chain, Purpose::Client, day(0))->error_code, 26);
  EXPECT_EQ(store.verifications(), 6u);
  EXPECT_TRUE(store.verify(chain, Purpose::Server, day(0))->ok);
  EXPECT_EQ(store.verifications(), 6u);
}

// A root that is not used today may be the one that is, tomorrow.
TEST(Chain, APeriodEndsWhereTheStoreHasAnotherRoot) {
  const KeyOwned key = new_key();
  const Issued old = issue({.name = "root", .extensions = kCa, .first_day = -900, .last_day = -10, .key = key});
  const Issued young = issue({.name = "root", .extensions = kCa, .first_day = -20, .last_day = 900, .key = key});
  const Issued leaf = issue({.name = "leaf", .by = &young, .extensions = for_name("DNS:a")});
  Folder folder;
  const Limits limits;
  const TrustStore store = *TrustStore::load(folder.pem("roots.pem", {&old, &young}), "", &limits);
  for (const long n : {-99, -21, -20, -15, -10, -9, 0, 200})
    EXPECT_TRUE(store.verify(chain_of({&leaf}), Purpose::Server, day(n))->ok) << n;
  EXPECT_GT(store.verifications(), 1u);
}

TEST(Chain, ResultsAreForgottenAndVerificationsAreCounted) {
  const Pki& p = pki();
  Limits few;
  few.chain_cache = 2;
  few.chain_verifications = 5;
  const TrustStore store = *TrustStore::load(p.root_file, "", &few);
  std::vector<Chain> chains;
  for (int i = 0; i < 5; ++i) chains.push_back(chain_of({&p.leaf, &p.inter}));
  for (std::size_t i = 0; i < chains.size(); ++i)
    for (std::size_t n = 0; n < i; ++n) chains[i].push_back(p.root.read());
  for (const Chain& chain : chains) EXPECT_TRUE(store.verify(chain, Purpose::Server, day(0))->ok);
  EXPECT_EQ(store.verifications(), 5u);
  EXPECT_TRUE(store.verify(chains[4], Purpose::Server, day(0))->ok) << "that one is known";
  const auto one_more = store.verify(chains[0], Purpose::Server, day(0));
  EXPECT_FALSE(one_more->ok);
  EXPECT_EQ(one_more->error_code, std::nullopt);
  EXPECT_EQ(one_more->error, "5 different chains were verified before, and there the run stops");
}

TEST(Chain, OfHostileCertificatesTakesBoundedTime) {
  const Pki& p = pki();
  const TrustStore store = p.store(p.root_file);
  const auto begun = std::chrono::steady_clock::now();

  for (const KeyOwned& key : {rsa_key(16'384), rsa_key(2048, 2000)}) {
    const auto big = issue({.name = "big", .by = &p.inter, .extensions = for_name("DNS:a"), .key = key}).read();
    EXPECT_TRUE(big->parsed && big->oversized_key);
    const auto result = store.verify({big, p.inter.read()}, Purpose::Server, day(0));
    EXPECT_EQ(result->error_code, std::nullopt);
    EXPECT_EQ(result->error, "a key of RSA " + std::to_string(big->key_bits) + " bits: larger than any in use");
    EXPECT_FALSE(result->ok);
  }
  EXPECT_FALSE(issue({.name = "large", .by = &p.inter, .key = rsa_key(8192)}).read()->oversized_key);

  const auto refused = read_certificate(as_bytes("0\x82no certificate"));
  EXPECT_FALSE(refused->parsed);
  EXPECT_EQ(store.verify({refused}, Purpose::Server, day(0))->error, "the certificate could not be read");
  EXPECT_TRUE(store.verify({p.leaf.read(), refused, p.inter.read()}, Purpose::Server, day(0))->ok)
      << "one that is not needed";
  EXPECT_EQ(store.verify({nullptr}, Purpose::Server, day(0))->error_code, std::nullopt);
  EXPECT_EQ(store.verify({}, Purpose::Server, day(0)), nullptr);

  // 200 that could each have issued the next, and a circle.
  Chain many = chain_of({&p.leaf});
  const KeyOwned shared = new_key();
  const Issued a = issue({.name = "inter", .by = &p.root, .extensions = kCa, .key = shared});
  for (int i = 0; i < 200; ++i)
    many.push_back(issue({.name = "inter", .by = &a, .extensions = kCa, .key = shared}).read());
  EXPECT_FALSE(store.verify(many, Purpose::Server, day(0))->ok);
  EXPECT_LE(store.verify(many, Purpose::Server, day(0))->steps.size(), 64u);
  Chain line;
  Issued last = issue({.name = "first", .extensions = kCa});
  for (int i = 0; i < 200; ++i) {
    Issued next = issue({.name = "link " + std::to_string(i), .by = &last, .extensions = kCa});
    line.insert(line.begin(), next.read());
    last = next;
  }
  const auto long_one = store.verify(line, Purpose::Server, day(0));
  EXPECT_FALSE(long_one->ok);
  EXPECT_TRUE(long_one->error_code == 22 || long_one->error_code == 20) << long_one->error;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
}

TEST(TrustStore, IsAFileOrAFolder) {
  const Pki& p = pki();
  Folder folder;
  const Limits limits;
  const std::string both = folder.pem("both.pem", {&p.root, &p.other});
  const auto bundle = TrustStore::load(both, "", &limits);
  ASSERT_TRUE(bundle);
  EXPECT_EQ(bundle->facts().kind, TrustFacts::Kind::Given);
  EXPECT_EQ(bundle->facts().file, both);
  EXPECT_EQ(bundle->facts().certificates, 2u);

  Folder many;  // whatever the files are called, and whatever else lies there
  many.pem("one.crt", {&p.root});
  many.pem("again.crt", {&p.root});
  const auto der = p.other.der();
  many.write("two", std::string(as_text(der)));
  many.write("README", "no certificate");
  std::filesystem::create_directory(many.path("sub"));
  const auto directory = TrustStore::load("", many.path(), &limits);
  ASSERT_TRUE(directory);
  EXPECT_EQ(directory->facts().folder, many.path());
  EXPECT_EQ(directory->facts().certificates, 2u);
  EXPECT_TRUE(directory->verify(chain_of({&p.leaf, &p.inter}), Purpose::Server, day(0))->ok);
  EXPECT_EQ(TrustStore::load(p.root_file, many.path(), &limits)->facts().certificates, 2u);
}

TEST(TrustStore, SaysInOneLineWhatIsWrong) {
  Folder folder;
  const Limits limits;
  std::filesystem::create_directory(folder.path("empty"));
  const std::string text = folder.write("text", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  const struct {
    std::string file, path, error;
  } table[] = {
      {folder.path("gone"), "", "--ca-file " + folder.path("gone") + ": No such file or directory; "},
      {text, "", "--ca-file " + text + ": holds no certificate; "},
      {folder.path(), "", "--ca-file " + folder.path() + ": is a directory; say --ca-path"},
      {"", folder.path("gone"), "--ca-path " + folder.path("gone") + ": No such file or directory; "},
      {"", text, "--ca-path " + text + ": is no directory; say --ca-file"},
      {"", folder.path("empty"), "--ca-path " + folder.path("empty") + ": holds no certificates; "},
      {"two\nlines", "", "--ca-file two?lines: No such file"},
  };
  for (const auto& row : table) {
    const auto store = TrustStore::load(row.file, row.path, &limits);
    ASSERT_FALSE(store) << row.error;
    EXPECT_TRUE(store.error().message.starts_with(row.error)) << store.error().message;
    EXPECT_EQ(store.error().message.find('\n'), std::string::npos);
  }
}

TEST(TrustStore, OfTheSystemMayBeMissing) {
  const Pki& p = pki();
  const Limits limits;
  setenv("SSL_CERT_FILE", "/nowhere", 1);
  setenv("SSL_CERT_DIR", "/nowhere:/elsewhere", 1);
  const auto none = TrustStore::load("", "", &limits);
  ASSERT_TRUE(none);
  EXPECT_EQ(none->facts().kind, TrustFacts::Kind::None);
  EXPECT_EQ(none->verify(chain_of({&p.leaf}), Purpose::Server, day(0)), nullptr);
  setenv("SSL_CERT_FILE", p.root_file.c_str(), 1);
  const auto system = TrustStore::load("", "", &limits);
  EXPECT_EQ(system->facts().kind, TrustFacts::Kind::System);
  EXPECT_EQ(system->facts().file, p.root_file);
  EXPECT_TRUE(system->verify(chain_of({&p.leaf, &p.inter}), Purpose::Server, day(0))->ok);
  EXPECT_FALSE(system->verify(chain_of({&p.other}), Purpose::Server, day(0))->ok);
  unsetenv("SSL_CERT_FILE");
  unsetenv("SSL_CERT_DIR");
}

TEST(TrustStore, OfTheSystemSaysWhatItsFileSays) {
  const Pki& p = pki();
  const Folder& folder = p.folder;
  const Limits limits;
  // Renewed, with another key, and no key identifiers: OpenSSL takes one of the two.
  const Issued renewed = issue({.name = "root", .extensions = kCa, .first_day = -900, .last_day = 900});
  const Issued by_renewed = issue({.name = "by renewed", .by = &renewed, .extensions = for_name("DNS:mail.example")});
  Issued old_form = issue({.name = "version 1", .first_day = -900, .last_day = 900});
  X509_set_version(old_form.x.get(), 0);  // its encoding begins with the serial number
  X509_sign(old_form.x.get(), old_form.key.get(), EVP_sha256());
  const Issued by_old_form = issue({.name = "by 1", .by = &old_form, .extensions = for_name("DNS:mail.example")});
  const auto text_of = [](const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::vector<std::byte> der = p.root.der();
  const std::string root = text_of(p.root_file), other = text_of(p.other_file);
  const std::string broken = "-----BEGIN CERTIFICATE-----\nMAUCAwEAAQ==\n-----END CERTIFICATE-----\n";
  std::string trusted = root;
  for (std::size_t at; (at = trusted.find(" CERTIFICATE")) != trusted.npos;) trusted.replace(at, 12, " TRUSTED CERTI");
  for (std::size_t at; (at = trusted.find("CERTI-----")) != trusted.npos;) trusted.replace(at, 5, "CERTIFICATE");
  const struct {
    std::string_view what;
    std::string file;
    int ok;  // chains
  } table[] = {
      {"root", p.root_file, 1},
      {"another", p.other_file, 0},
      {"text between", folder.write("text.pem", "# other\n" + other + "\nroot, of today\n" + root + "\nend\n"), 1},
      {"twice", folder.write("twice.pem", root + root), 1},
      {"renewed", folder.pem("renewed.pem", {&p.other, &renewed, &p.root}), 1},
      {"renewed, otherwise", folder.pem("renewed-2.pem", {&p.root, &p.other, &renewed}), 1},
      {"version 1", folder.pem("version-1.pem", {&old_form}), 1},
      {"with OpenSSL's trust", folder.write("trusted.pem", trusted), 1},
      {"CR LF", folder.write("crlf.pem", std::regex_replace(root, std::regex("\n"), "\r\n")), 1},
      {"DER", folder.write("root.der", std::string(reinterpret_cast<const char*>(der.data()), der.size())), 1},
  };
  const Chain chains[] = {chain_of({&p.leaf, &p.inter}), chain_of({&by_renewed}), chain_of({&by_old_form})};
  setenv("SSL_CERT_DIR", "/nowhere", 1);
  for (const auto& row : table) {
    setenv("SSL_CERT_FILE", row.file.c_str(), 1);
    const TrustStore system = *TrustStore::load("", "", &limits), given = p.store(row.file);
    int ok = 0;
    for (const Chain& chain : chains) {
      const auto said = system.verify(chain, Purpose::Server, day(0)),
                 want = given.verify(chain, Purpose::Server, day(0));
      EXPECT_EQ(said->error_code, want->error_code) << row.what;
      EXPECT_EQ(said->depth, want->depth) << row.what;
      EXPECT_EQ(said->steps.size(), want->steps.size()) << row.what;
      ok += said->ok;
    }
    EXPECT_EQ(ok, row.ok) << row.what;
  }
  for (const std::string& none : {folder.write("none.pem", "no certificate\n"), folder.write("empty.pem", ""),
                                  folder.write("cut.pem", root.substr(0, root.size() / 2)), folder.path(),
                                  folder.write("behind.pem", broken + root), folder.write("before.pem", root + broken),
                                  folder.write("cut-behind.pem", root + root.substr(0, root.size() / 2))}) {
    setenv("SSL_CERT_FILE", none.c_str(), 1);
    const auto store = TrustStore::load("", "", &limits);
    EXPECT_EQ(*store->verify(chains[0], Purpose::Server, day(0))->error_code, 20) << none;
  }
  unsetenv("SSL_CERT_FILE");
  unsetenv("SSL_CERT_DIR");
}

TEST(Certificate, FactsOfItsKeyAndExtensions) {
  const Pki& p = pki();
  const auto leaf =
      issue(
          {.name = "leaf",
           .by = &p.inter,
           .extensions = {{NID_subject_alt_name, "DNS:mail.example,IP:192.0.2.25,IP:2001:db8::25,email:a@mail.example"},
                          {NID_ext_key_usage, "serverAuth,clientAuth"}}})
          .read();
  EXPECT_EQ(leaf->curve, "prime256v1");
  EXPECT_EQ(leaf->spki_sha256.size(), 64u);
  EXPECT_NE(leaf->spki_sha256, leaf->sha256);
  EXPECT_TRUE(leaf->has_alternative_names && leaf->has_key_usages && leaf->for_servers && leaf->for_clients);
  EXPECT_FALSE(leaf->is_ca || leaf->has_scts || leaf->oversized_key || leaf->self_signed);
  EXPECT_EQ(leaf->names, (std::vector<std::string>{"mail.example", "192.0.2.25", "2001:db8::25"}));
  EXPECT_EQ(leaf->addresses, (std::vector<IpAddress>{*parse_address("192.0.2.25"), *parse_address("2001:db8::25")}));

  const auto root = p.root.read();
  EXPECT_TRUE(root->is_ca && root->self_signed);
  EXPECT_FALSE(root->has_alternative_names || root->has_key_usages || root->for_servers);
  const auto any =
      issue({.name = "any",
             .extensions = {{NID_ext_key_usage, "anyExtendedKeyUsage"}, {NID_ct_precert_scts, "DER:04020000"}}})
          .read();
  EXPECT_TRUE(any->for_servers && any->for_clients && any->has_scts);
  const auto code = issue({.name = "code", .extensions = {{NID_ext_key_usage, "codeSigning"}}}).read();
  EXPECT_TRUE(code->has_key_usages && !code->for_servers && !code->for_clients);

  // The key alone: another certificate with the same.
  const KeyOwned key = new_key();
  EXPECT_EQ(issue({.name = "a", .key = key}).read()->spki_sha256, issue({.name = "b", .key = key}).read()->spki_sha256);
}

}  // namespace
}  // namespace mailseal::test
