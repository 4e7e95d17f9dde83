// Every rule of the catalogue: one session that has it and one that just has not.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "judge/sessions.h"
// after sessions.h
#include "judge/pki.h"
#include "rule.h"

namespace mailseal::test {
namespace {

using Make = std::function<Session()>;

struct RuleCase {
  std::string_view id;
  Make has, has_not;
  std::uint64_t frame = 0;  ///< of the evidence, where the table says it
  std::optional<Severity> severity = {};
  const JudgeOptions& (*options)() = []() -> const JudgeOptions& {
    static const JudgeOptions none;
    return none;
  };
};

template <class Change>
Make clear(Change change) {
  return [change] { return with(probe(), change); };
}
template <class Change>
Make tls13(Change change) {
  return [change] { return with(starttls(), change); };
}
template <class Change>
Make tls12(Change change) {
  return [change] { return with(starttls12(), change); };
}
Make suite(std::uint16_t code) {
  return tls12([code](Session& s) { s.tls->cipher_suite = code; });
}
Make version(std::uint16_t code) {
  return tls12([code](Session& s) { s.tls->version = code; });
}
Make doubt(Doubt d) {
  return [d] { return doubted(probe(), d); };
}
template <class Change>
Make certificate(Change change) {
  return [change] {
    Session s = starttls12();
    auto own = std::make_shared<Certificate>(*s.tls->chain.front());
    change(*own);
    s.tls->chain.front() = own;
    return s;
  };
}
Make handshake_failed(std::uint8_t alert, Side side = Side::Client) {
  return [alert, side] {
    Session s = failed();
    s.tls->fatal_alert = Alert{at(14, side), 2, alert};
    s.tls->alerts = {*s.tls->fatal_alert};
    return s;
  };
}
Make credential(CredentialKind kind) {
  return clear([kind](Session& s) { s.credentials = {login(kind, 8)}; });
}

Make dh_group(const char* name, std::optional<std::uint16_t> group) {
  return tls12([name, group](Session& s) {
    s.tls->dh_bits = 2048;
    s.tls->group = group;
    s.tls->dh_prime = std::make_shared<DhPrime>(DhPrime{name, std::string(64, 'a')});
  });
}
/// TLS 1.2 with these certificates.
Make shown(std::vector<std::shared_ptr<const Certificate>> chain) {
  return tls12([chain](Session& s) { s.tls->chain = chain; });
}
Make access(const Make& make) {
  return [make] { return with(make(), [](Session& s) { s.submission = true; }); };
}

/// A root that is trusted, and what it issued.
struct Trusted {
  Issued root = issue({.name = "root", .extensions = kCa, .first_day = -900, .last_day = 900});
  Issued inter = issue({.name = "inter", .by = &root, .extensions = kCa, .first_day = -500, .last_day = -1});
  Issued leaf = issue({.name = "leaf", .by = &root, .extensions = for_name("DNS:mail.example")});
  Issued expired = issue({.name = "expired", .by = &root, .extensions = for_name("DNS:mail.example"), .last_day = -1});
  Issued below = issue({.name = "below", .by = &inter, .extensions = for_name("DNS:mail.example")});
  Issued client = issue({.name = "client", .by = &root, .extensions = {{NID_ext_key_usage, "clientAuth"}}});
  Issued self = issue({.name = "self", .extensions = for_name("DNS:mail.example")});
  Issued other = issue({.name = "other", .extensions = kCa});
  Issued stray = issue({.name = "stray", .by = &other, .extensions = for_name("DNS:mail.example")});
  Issued year = issue(
      {.name = "year", .by = &root, .extensions = for_name("DNS:mail.example"), .first_day = -10, .last_day = 189});
  Issued over = issue(
      {.name = "over", .by = &root, .extensions = for_name("DNS:mail.example"), .first_day = -10, .last_day = 190});
  Issued logged =
      issue({.name = "logged",
             .by = &root,
             .extensions = {{NID_subject_alt_name, "DNS:mail.example"}, {NID_ct_precert_scts, "DER:04020000"}}});
};
const Trusted& trusted() {
  static const Trusted made;
  return made;
}
const JudgeOptions& given() {
  static const Folder folder;
  static const Limits limits;
  static const TrustStore store = *TrustStore::load(folder.pem("root.pem", {&trusted().root}), "", &limits);
  static const JudgeOptions options{&store, {{ip(25), std::uint16_t{25}, "mx.example"}}};
  return options;
}
/// As if it were the system's.
const JudgeOptions& of_system() {
  static const Folder folder;
  static const Limits limits;
  static const TrustStore store = [] {
    setenv("SSL_CERT_FILE", folder.pem("root.pem", {&trusted().root}).c_str(), 1);
    setenv("SSL_CERT_DIR", "/nowhere", 1);
    return *TrustStore::load("", "", &limits);
  }();
  static const JudgeOptions options{&store, {}};
  return options;
}
const JudgeOptions& with_policy() {
  static const Policy policy =
      *parse_policy("only = true\n[[rule]]\nto = '192.0.2.25'\nlevel = 'required'", "mail.toml");
  static const JudgeOptions options{nullptr, {}, &policy, find_profile("mozilla-6.0-modern")};
  return options;
}
Make chain(std::vector<const Issued*> certificates) {
  std::vector<std::shared_ptr<const Certificate>> read;
  for (const Issued* one : certificates) read.push_back(one->read());
  return shown(read);
}

const auto kProbe = [] { return probe(); };
const auto kPlain = [] { return plain_mail(); };
const auto kTls13 = [] { return starttls(); };
const auto kTls12 = [] { return starttls12(); };
const auto kFailed = [] { return failed(); };

Session ended(Session s) {
  s.fin_client.reset();
  s.fin_server.reset();
  s.closed = CloseReason::EndOfCapture;
  return s;
}

const RuleCase kCases[] = {
    // plaintext
    {"plaintext-message-content", kPlain, kProbe, 14},
    {"plaintext-message-content", [] { return with(plain_mail(), [](Session& s) { s.end_to_end = at(14); s.messages = 2; }); },
     [] { return with(plain_mail(), [](Session& s) { s.end_to_end = at(14); }); }, 14},
    {"plaintext-message-headers", clear([](Session& s) { s.headers = at(9); }), kPlain, 9},
    {"plaintext-message-headers", [] { return with(plain_mail(), [](Session& s) { s.end_to_end = at(14); }); },
     [] { return with(plain_mail(), [](Session& s) { s.end_to_end = at(20); }); }, 14},
    {"plaintext-envelope", clear([](Session& s) { s.envelope = at(8); }), kPlain, 8},
    {"plaintext-mailbox-activity", clear([](Session& s) { s.mailbox_activity = at(8); }), kProbe, 8},
    {"plaintext-session-metadata", kTls13, tls13([](Session& s) { s.envelope = at(7); }), 4},
    {"plaintext-session-metadata", kTls12, kProbe},
    {"plaintext-credentials-password", credential(CredentialKind::Password), credential(CredentialKind::Scram), 8},
    {"plaintext-credentials-token", credential(CredentialKind::Token), credential(CredentialKind::Password), 8},
    {"plaintext-credentials-challenge-response", credential(CredentialKind::ChallengeResponse), kProbe, 8},
    {"plaintext-credentials-scram", credential(CredentialKind::Scram), credential(CredentialKind::Token), 8},
    {"sasl-security-layer-possible", clear([](Session& s) { s.sasl_layer = at(20); }),
     clear([](Session& s) { s.sasl_layer = at(20); s.envelope = at(21); }), 20},
    {"auth-offered-before-tls", clear([](Session& s) { s.auth_offered = server(6); }), kProbe, 6},
    {"plaintext-on-implicit-tls-port", clear([](Session& s) { s.clear_on_implicit_port = server(4); }), kProbe, 4},
    {"plaintext-on-implicit-tls-port", clear([](Session& s) { s.clear_on_implicit_port = server(4); }),
     clear([](Session& s) {  // a health check
       s.clear_on_implicit_port = server(4);
       s.greeting.reset(), s.capabilities.reset(), s.client_name.clear(), s.content.reset(), s.headers.reset();
       s.envelope.reset(), s.upgrade_requested.reset();
     }), 4},

    // starttls
    {"starttls-not-offered", clear([](Session& s) { s.upgrade_offered.reset(); }), kProbe, 6},
    {"starttls-not-offered", clear([](Session& s) { s.upgrade_offered.reset(); }),
     clear([](Session& s) { s.upgrade_offered.reset(); s.capabilities.reset(); })},
    {"starttls-not-offered", clear([](Session& s) { s.upgrade_offered.reset(); }),
     clear([](Session& s) { s.upgrade_offered.reset(); s.credentials = {login(CredentialKind::Password, 5)}; })},
    {"starttls-not-offered", clear([](Session& s) { s.upgrade_offered.reset(); }),
     clear([](Session& s) { s.upgrade_offered.reset(); s.capability_masked = server(6); })},
    {"starttls-not-offered", clear([](Session& s) { s.upgrade_offered.reset(); }),
     clear([](Session& s) { s.upgrade_offered.reset(); s.entry = Entry::ImplicitTls; })},
    {"starttls-offered-not-used", kPlain, kProbe, 8},
    {"starttls-offered-not-used", kPlain, [] { return with(plain_mail(), [](Session& s) { s.upgrade_requested = at(20); }); }},
    {"starttls-refused", clear([](Session& s) { s.upgrade_refused = server(9); }), kProbe, 9, Severity::Medium},
    {"starttls-refused", clear([](Session& s) { s.upgrade_refused = server(9); s.submission = true; }), kProbe, 9,
     Severity::High},
    {"starttls-stripped-suspected", clear([](Session& s) { s.capability_masked = server(6); }), kProbe, 6},
    {"starttls-command-injection", tls13([](Session& s) { s.injected_commands = at(8); s.injected_command_bytes = 30; }),
     tls13([](Session& s) { s.injected_commands = at(8); s.injected_command_bytes = 2; }), 8},
    {"starttls-response-injection", tls13([](Session& s) { s.injected_replies = server(9); s.injected_reply_bytes = 3; }),
     kTls13, 9},
    {"starttls-early-clienthello", tls13([](Session& s) { s.early_client_hello = at(8); }), kTls13, 8},
    {"starttls-failed-fallback-plaintext",
     [] { return with(plain_mail(), [](Session& s) { s.upgrade_requested = at(7); s.upgrade_refused = server(7); }); },
     [] { return with(plain_mail(), [](Session& s) { s.upgrade_requested = at(20); s.upgrade_refused = server(21); }); }, 8,
     Severity::High},
    {"starttls-failed-fallback-plaintext",
     [] { return with(failed(), [](Session& s) { s.tls->fatal_alert = Alert{server(14), 2, 40}; s.content = at(20);
                                                 s.submission = true; }); },
     [] { return with(failed(), [](Session& s) { s.tls->fatal_alert = Alert{server(14), 2, 40}; s.content = at(7); }); }, 20,
     Severity::Critical},
    {"plaintext-after-starttls-accept", [] { return with(failed(), [](Session& s) { s.not_tls_after_accept = at(10); }); },
     kFailed, 10},
    {"imap-preauth-cleartext", clear([](Session& s) { s.preauth = server(4); }), kProbe, 4},

    // handshake
    {"tls-handshake-failed", kFailed, kTls13, 38},
    {"tls-handshake-failed", kFailed, [] { return doubted(failed(), Doubt::Gap); }},
    {"tls-handshake-failed", kFailed, [] { return ended(failed()); }},
    {"tls-alert-fatal", handshake_failed(40), kFailed, 14},
    {"tls-client-rejected-certificate", handshake_failed(48), handshake_failed(40), 14},
    {"tls-client-rejected-certificate", handshake_failed(45), handshake_failed(48, Side::Server), 14},
    {"tls-alert-probable-encrypted", tls13([](Session& s) { s.tls->encrypted_alert_before_data = server(17); }), kTls13, 17},
    {"tls-record-malformed", tls12([](Session& s) { s.tls->malformed = server(30); }),
     [] { return doubted(with(starttls12(), [](Session& s) { s.tls->malformed = server(30); }), Doubt::Gap, true, 25); }, 30},
    {"tls-downgrade-sentinel", tls12([](Session& s) { s.tls->sentinel = 1; }),
     tls12([](Session& s) { s.tls->sentinel = 1; offers(s, [](ClientOffer& o) { o.versions = {0x0303, 0x0a0a}; }); }), 12},
    {"tls-downgrade-sentinel", tls12([](Session& s) { s.tls->sentinel = 0; s.tls->version = 0x0302; }),
     tls12([](Session& s) { s.tls->sentinel = 0; s.tls->version = 0x0302; offers(s, [](ClientOffer& o) { o.versions = {0x0302}; }); })},
    {"tls-fallback-scsv", tls12([](Session& s) { offers(s, [](ClientOffer& o) { o.fallback_scsv = true; }); }), kTls12, 10},
    {"tls-inappropriate-fallback", handshake_failed(86), handshake_failed(40), 14},
    {"cipher-not-offered", tls12([](Session& s) { offers(s, [](ClientOffer& o) { o.suites = {0x1301}; }); }), kTls12, 12},
    {"cipher-not-offered", tls12([](Session& s) { offers(s, [](ClientOffer& o) { o.suites = {0x1301}; }); }),
     [] { return doubted(with(starttls12(), [](Session& s) { offers(s, [](ClientOffer& o) { o.suites = {0x1301}; }); }), Doubt::Gap); }},

    // strength
    {"tls-version-sslv2", version(0x0002), kTls12, 12},
    {"tls-version-sslv3", version(0x0300), version(0x0301), 12},
    {"tls-version-1-0", version(0x0301), version(0x0302), 12},
    {"tls-version-1-1", version(0x0302), version(0x0303), 12},
    {"tls-compression-enabled", tls12([](Session& s) { s.tls->compression = true; }), kTls12, 12},
    {"tls-secure-renegotiation-missing", tls12([](Session& s) { offers(s, [](ClientOffer& o) { o.reneg_info = true; }); }),
     tls12([](Session& s) { s.tls->reneg_info = true; offers(s, [](ClientOffer& o) { o.reneg_info = true; }); }), 12, Severity::Low},
    {"tls-secure-renegotiation-missing", tls12([](Session& s) { s.submission = true; offers(s, [](ClientOffer& o) { o.reneg_info = true; }); }),
     tls13([](Session& s) { offers(s, [](ClientOffer& o) { o.reneg_info = true; }); }), 12, Severity::Medium},
    {"tls-secure-renegotiation-missing", kTls12, tls12([](Session& s) { s.tls->reneg_info = true; }), 12, Severity::Info},
    {"tls-secure-renegotiation-missing", kTls12, tls12([](Session& s) { s.tls->client_hello.reset(); s.tls->offer.reset(); }), 12, Severity::Info},
    {"tls-extended-master-secret-missing", tls12([](Session& s) { offers(s, [](ClientOffer& o) { o.ems = true; }); }), kTls12, 12},
    {"tls-encrypt-then-mac-missing", suite(0x002f),
     tls12([](Session& s) { s.tls->cipher_suite = 0x002f; s.tls->encrypt_then_mac = true; }), 12},
    {"tls-truncated-hmac", tls12([](Session& s) { s.tls->truncated_hmac = true; }), kTls12, 12},
    {"tls-heartbeat-enabled", tls12([](Session& s) { s.tls->heartbeat = true; }), kTls12, 12},
    {"tls-resumption-without-fs", tls13([](Session& s) { s.tls->psk_without_key_share = true; }), kTls13, 12},
    {"tls-early-data", tls13([](Session& s) { s.tls->early_data = at(11); }), kTls13, 11},
    {"cipher-null", suite(0xc010), kTls12, 12},
    {"cipher-null", tls13([](Session& s) { s.tls->cipher_suite = 0xc0b4; }), kTls13, 12},
    {"cipher-anonymous", suite(0x00a6), kTls12, 12, Severity::Low},
    {"cipher-anonymous", tls12([](Session& s) { s.tls->cipher_suite = 0x00a6; s.protocol = Protocol::Imap; }), kTls12, 12,
     Severity::High},
    {"cipher-export", suite(0x0003), suite(0x0005), 12},
    {"cipher-legacy-weak", suite(0x0009), suite(0x000a), 12},
    {"cipher-legacy-weak", suite(0x0009), suite(0x0005)},
    {"cipher-legacy-weak", suite(0x0009), suite(0xc010)},
    {"cipher-rc4", suite(0x0005), suite(0x000a), 12},
    {"cipher-rc4", suite(0x0003), suite(0x0009)},
    {"cipher-3des", suite(0x000a), suite(0x0009), 12},
    {"cipher-cbc", suite(0x002f), suite(0x000a), 12},
    {"cipher-ccm8", suite(0xc0a0), kTls12, 12},
    {"cipher-unknown", suite(0x1a1a), kTls12, 12},
    {"kx-no-forward-secrecy", suite(0x002f), suite(0x009f), 12},
    {"kx-no-forward-secrecy", suite(0x0005), kTls13},
    {"kx-ffdhe", suite(0x009f), suite(0x00a6), 12},
    {"kx-dh-group-weak", tls12([](Session& s) { s.tls->dh_bits = 2047; }), tls12([](Session& s) { s.tls->dh_bits = 2048; }),
     12, Severity::Medium},
    {"kx-dh-group-weak", tls12([](Session& s) { s.tls->dh_bits = 1024; }), kTls12, 12, Severity::High},
    {"kx-dh-group-weak", tls12([](Session& s) { s.tls->dh_bits = 512; }), kTls12, 12, Severity::Critical},
    {"kx-dh-group-weak", tls12([](Session& s) { s.tls->dh_bits = 0; }), kTls12, 12, Severity::Critical},
    {"kx-dh-group-nonstandard", dh_group("RFC 3526 group 14", {}), dh_group("ffdhe2048", 0x0100), 12},
    {"kx-dh-group-nonstandard", dh_group("", {}), kTls12, 12},
    {"kx-curve-weak", tls12([](Session& s) { s.tls->group = 0x0013; }), tls12([](Session& s) { s.tls->group = 0x0017; }), 12},
    {"kx-pq-draft", tls13([](Session& s) { s.tls->group = 0x6399; }), tls13([](Session& s) { s.tls->group = 0x11ec; }), 12},
    {"kx-pq-draft", tls13([](Session& s) { s.tls->group = 0x2f3c; }), tls13([](Session& s) { s.tls->group = 0x0202; }), 12},
    {"kx-pq-draft", tls13([](Session& s) { s.tls->group = 0x0203; }), tls13([](Session& s) { s.tls->group = 0x3000; }), 12},
    {"sig-weak-handshake", tls12([](Session& s) { s.tls->server_signature = 0x0201; }),
     tls12([](Session& s) { s.tls->server_signature = 0x0401; }), 12},
    {"sig-weak-handshake", tls12([](Session& s) { s.tls->server_signature = 0x0101; }),
     tls12([](Session& s) { s.tls->server_signature = 0x0201; s.tls->version = 0x0302; })},

    // certificate
    {"cert-expired", certificate([](Certificate& c) { c.not_after = time_of(0) - std::chrono::hours(1); }), kTls12, 13,
     Severity::Info},
    {"cert-not-yet-valid", certificate([](Certificate& c) { c.not_before = time_of(0) + std::chrono::hours(1); }), kTls12, 13},
    {"cert-self-signed", certificate([](Certificate& c) { c.self_signed = true; }), kTls12, 13},
    {"cert-key-too-small", certificate([](Certificate& c) { c.key_bits = 2047; }), kTls12, 13, Severity::Medium},
    {"cert-key-too-small", certificate([](Certificate& c) { c.key_bits = 1024; }), kTls12, 13, Severity::High},
    {"cert-key-too-small", certificate([](Certificate& c) { c.key = "EC"; c.key_bits = 192; }),
     certificate([](Certificate& c) { c.key = "EC"; c.key_bits = 256; })},
    {"cert-key-too-small", certificate([](Certificate& c) { c.key_bits = 512; }),
     certificate([](Certificate& c) { c.key = "ED25519"; c.key_bits = 256; })},
    {"cert-signature-weak", certificate([](Certificate& c) { c.signature_algorithm = "sha1WithRSAEncryption"; }), kTls12, 13,
     Severity::Low},
    {"cert-signature-weak", certificate([](Certificate& c) { c.signature_algorithm = "ecdsa-with-SHA1"; }),
     certificate([](Certificate& c) { c.signature_algorithm = "sha1WithRSAEncryption"; c.self_signed = true; })},
    {"cert-signature-weak", certificate([](Certificate& c) { c.signature_algorithm = "md5WithRSAEncryption"; }), kTls12, 13,
     Severity::High},
    {"cert-expires-soon", certificate([](Certificate& c) { c.not_after = day(29); c.not_before = day(-61); }),
     certificate([](Certificate& c) { c.not_after = day(30) + std::chrono::hours(1); c.not_before = day(-61); }), 13, Severity::Info},
    {"cert-expires-soon", access(certificate([](Certificate& c) { c.not_after = day(14); c.not_before = day(-300); })), kTls12, 13,
     Severity::Low},
    {"cert-expires-soon", access(certificate([](Certificate& c) { c.not_after = day(15); c.not_before = day(-300); })),
     certificate([](Certificate& c) { c.not_after = day(3); c.not_before = day(-5); }), 13, Severity::Info},
    {"cert-expires-soon", certificate([](Certificate& c) { c.not_after = day(2); c.not_before = day(-5); }),
     certificate([](Certificate& c) { c.not_after = day(0); c.not_before = day(-90); })},
    {"cert-chain-incomplete", chain({&trusted().below}), chain({&trusted().leaf}), 13, Severity::Info, given},
    {"cert-chain-incomplete", access(chain({&trusted().stray})), chain({&trusted().stray, &trusted().other}), 13, Severity::Medium,
     given},
    {"cert-chain-untrusted", access(chain({&trusted().stray, &trusted().other})), chain({&trusted().stray}), 13, Severity::Medium,
     given},
    {"cert-chain-untrusted", chain({&trusted().below, &trusted().inter}), chain({&trusted().expired}), 13, Severity::Info, given},
    {"cert-chain-untrusted", chain({&trusted().stray, &trusted().other}), chain({&trusted().self}), 13, {}, given},
    {"cert-chain-untrusted", chain({&trusted().stray, &trusted().other}), chain({&trusted().client}), 13, {}, given},
    {"cert-host-mismatch", tls12([](Session& s) { s.tls->server_name = "mx.example"; }), kTls12, 13, Severity::Info},
    {"cert-host-mismatch", access(tls12([](Session& s) { s.tls->server_name = "mx.example"; })),
     tls12([](Session& s) { s.tls->server_name.clear(); }), 13, Severity::Medium},
    {"cert-host-mismatch", kTls12, certificate([](Certificate& c) { c.names = {"*.example"}; }), 13, {}, given},
    {"cert-no-san", certificate([](Certificate& c) { c.has_alternative_names = false; }), kTls12, 13, Severity::Info},
    {"cert-eku-missing-serverauth", certificate([](Certificate& c) { c.for_servers = false; }),
     certificate([](Certificate& c) { c.has_key_usages = c.for_servers = false; }), 13, Severity::Info},
    {"cert-lifetime-long", access(certificate([](Certificate& c) { c.not_before = day(-10); c.not_after = day(3644); })),
     certificate([](Certificate& c) { c.not_before = day(-10); c.not_after = day(3643); }), 13, Severity::Low},
    {"cert-lifetime-long", chain({&trusted().over}), chain({&trusted().year}), 13, Severity::Info, of_system},
    {"cert-vendor-default", certificate([](Certificate& c) { c.subject = "O=Fortinet,CN=FE-1000"; }), kTls12, 13, Severity::Medium},

    // client
    {"client-offers-weak-ciphers", tls13([](Session& s) { offers(s, [](ClientOffer& o) { o.suites.push_back(0x0005); }); }),
     tls13([](Session& s) { offers(s, [](ClientOffer& o) { o.suites.push_back(0x00a6); }); }), 10},
    {"client-max-version-old", tls12([](Session& s) { offers(s, [](ClientOffer& o) { o.versions = {0x0301, 0x7a7a}; }); }), kTls12, 10},
    {"client-max-version-old", tls12([](Session& s) { offers(s, [](ClientOffer& o) { o.versions = {0x0302}; }); }),
     tls12([](Session& s) { offers(s, [](ClientOffer& o) { o.versions = {0x7f1c, 0x0301}; }); })},
    {"client-offers-sslv2-hello", tls12([](Session& s) { s.tls->sslv2_hello = at(10); }), kTls12, 10},
    {"payload-not-random", tls12([](Session& s) { s.tls->payload[1] = {256, 513, server(23)}; }),
     tls12([](Session& s) { s.tls->payload[1] = {256, 512, server(23)}; }), 23},
    {"payload-printable-run", tls12([](Session& s) { s.tls->printable_run = at(24); }), kTls12, 24},
    {"policy-mismatch", kPlain, kTls13, 8, Severity::High, with_policy},
    {"policy-profile-not-met", kTls12, kTls13, 12, Severity::Low, with_policy},
    {"policy-profile-not-met", access(kTls12), kTls13, 12, Severity::Medium, with_policy},
    {"policy-unexpected-path", [] { return with(plain_mail(), [](Session& s) { s.flow.server.address = ip(26); }); }, kPlain, 1,
     Severity::Medium, with_policy},
    {"canary-seen", clear([](Session& s) { s.canary = markers({server(12), at(9), at(15)}); }),
     clear([](Session& s) { s.canary = markers({}); }), 9},
    {"canary-seen", tls13([](Session& s) { s.canary = markers({at(20)}, CanaryLayer::TlsRecords); }), kTls12, 20},
    {"payload-too-small", tls12([](Session& s) { s.tls->payload = {}; }),
     tls12([](Session& s) { s.tls->payload[0] = {}; }), 18},

    // inconclusive
    {"tls-handshake-incomplete", [] { return ended(failed()); }, kFailed, 40},
    {"cert-not-observable", kTls13, kTls12, 12},
    {"cert-not-observable", tls13([](Session& s) { s.tls->chain_lack = ChainLack::Compressed; s.tls->certificate = server(15); }), kTls12, 15},
    {"cert-not-observable", tls12([](Session& s) { s.tls->chain.clear(); s.tls->resumed = true; }),
     tls12([](Session& s) { s.tls->chain.clear(); s.tls->certificate.reset(); s.tls->cipher_suite = 0x00a7; })},
    {"cert-not-observable", tls12([](Session& s) { s.tls->chain.clear(); s.tls->certificate.reset(); }),
     tls12([](Session& s) { s.tls->chain.clear(); s.tls->certificate.reset(); s.tls->established.reset(); }), 12},
    {"cert-not-observable", tls12([](Session& s) { s.tls->chain.clear(); s.tls->certificate.reset(); }),
     tls12([](Session& s) { s.tls->chain.clear(); s.tls->certificate.reset(); s.tls->cipher_suite = 0x001f; }), 12},  // KRB5
    {"inconclusive-snaplen", doubt(Doubt::CutBySnapLength), kProbe, 11},
    {"inconclusive-gap", doubt(Doubt::Gap), [] { return doubted(plain_mail(), Doubt::Gap); }, 11},
    {"inconclusive-capture-ended", [] { return ended(probe()); }, [] { return ended(plain_mail()); }, 40},
    {"inconclusive-overlap", doubt(Doubt::OverlapConflict), kProbe, 11},
    {"inconclusive-one-direction", doubt(Doubt::OneSided), kProbe, 11},
    {"inconclusive-mid-stream", doubt(Doubt::JoinedMidway), kProbe, 11},
    {"inconclusive-mid-stream-tls-like",
     [] { return doubted(with(probe(), [](Session& s) { s.tls = TlsFacts{}; s.tls->first_record = at(1); }), Doubt::JoinedMidway); },
     doubt(Doubt::JoinedMidway), 11},
    {"inconclusive-no-payload", [] { return unanswered(); }, kProbe, 1},
    {"inconclusive-handshake-cut", [] { return ended(failed()); }, [] { return ended(probe()); }, 40},
    {"inconclusive-helo-only", clear([](Session& s) { s.helo_only = at(5); }), tls13([](Session& s) { s.helo_only = at(5); }), 5},
    {"inconclusive-unknown-protocol", clear([](Session& s) { s.unknown_protocol = at(5); }), kProbe, 5},
    {"inconclusive-fragment", doubt(Doubt::Fragment), kProbe, 11},
    {"inconclusive-decode-limit", doubt(Doubt::LimitHit), kProbe, 11},
    {"inconclusive-clock", tls12([](Session& s) {
       Seen undated = *s.tls->certificate;
       undated.time = {};
       s.tls->certificate = undated;
     }), kTls12, 13},
    {"inconclusive-clock", [] { return ended(with(failed(), [](Session& s) { s.tls->server_hello = server(1); s.tls->client_hello = at(30); })); },
     [] { return ended(failed()); }, 1},

    // positive
    {"starttls-enforced", clear([](Session& s) { s.refused_before_tls = server(9); }), kProbe, 9, Severity::Low},
    {"starttls-enforced", clear([](Session& s) { s.refused_before_tls = server(9); s.submission = true; }), kProbe, 9,
     Severity::Positive},
    {"starttls-upgrade-observed", kTls13, suite(0xc010), 18},
    {"tls-handshake-completed", kTls13, kFailed, 18},
    {"tls-handshake-completed", kTls12, [] { return doubted(starttls(), Doubt::Gap); }},
    {"tls-version-1-3", kTls13, kTls12, 12},
    {"kx-pq-hybrid", tls13([](Session& s) { s.tls->group = 0x11ec; }), kTls13, 12},

    // note
    {"tls-on-cleartext-port", tls13([](Session& s) { s.tls_on_clear_port = at(5); }), kTls13, 5},
    {"content-end-to-end-encrypted", [] { return with(plain_mail(), [](Session& s) { s.end_to_end = at(14); }); }, kPlain, 14},
    {"tls-version-1-2", kTls12, kTls13, 12},
    {"tls-server-capable-of-1-3", tls12([](Session& s) { s.tls->sentinel = 1; offers(s, [](ClientOffer& o) { o.versions = {0x0303}; }); }),
     tls12([](Session& s) { s.tls->sentinel = 0; offers(s, [](ClientOffer& o) { o.versions = {0x0303}; }); }), 12},
    {"tls-renegotiation-observed", tls12([](Session& s) { s.tls->renegotiation = at(25); }), kTls12, 25},
    {"tls-session-resumed", tls12([](Session& s) { s.tls->resumed = true; }), kTls12, 12},
    {"tls-sni-absent", tls13([](Session& s) { s.tls->server_name.clear(); }),
     tls13([](Session& s) { s.tls->server_name.clear(); offers(s, [](ClientOffer& o) { o.ech = true; }); }), 10},
    {"tls-ech-used", tls13([](Session& s) { offers(s, [](ClientOffer& o) { o.ech = true; }); }), kTls13, 10},
    {"tls-client-certificate", tls12([](Session& s) { s.tls->client_certificate = at(14); }), kTls12, 14},
    {"tls-client-certificate", tls12([](Session& s) { s.tls->certificate_request = server(13); }), kTls13, 13},
    {"cert-wildcard", certificate([](Certificate& c) { c.names = {"a.example", "*.example"}; }), kTls12, 13},
    {"cert-sct-missing", chain({&trusted().leaf}), chain({&trusted().logged}), 13, {}, of_system},
    {"cert-sct-missing", chain({&trusted().leaf}), chain({&trusted().stray}), 13, {}, of_system},
    {"cert-sct-missing", chain({&trusted().leaf}), [] { return with(chain({&trusted().leaf})(), [](Session& s) { s.tls->sct = true; }); }, 13,
     {}, of_system},
    {"tls-no-application-data", tls12([](Session& s) { s.tls->application_data.reset(); }), kTls12, 18},
};

const Finding* find(const Judgement& j, std::string_view id) {
  const auto at =
      std::find_if(j.findings.begin(), j.findings.end(), [&](const Finding& f) { return f.kind->id == id; });
  return at == j.findings.end() ? nullptr : &*at;
}

TEST(Rules, EachHasAndHasNot) {
  for (const RuleCase& c : kCases) {
    const Judgement has = judge(c.has(), c.options()), has_not = judge(c.has_not(), c.options());
    EXPECT_EQ(find(has_not, c.id), nullptr) << c.id;
    const Finding* finding = find(has, c.id);
    ASSERT_NE(finding, nullptr) << c.id;
    if (c.frame != 0) {
      EXPECT_EQ(finding->seen.frame, c.frame) << c.id;
    }
    if (c.severity) {
      EXPECT_EQ(to_string(finding->severity), to_string(*c.severity)) << c.id;
    }
  }
}

TEST(Rules, EveryRuleIsInTheTable) {
  std::set<std::string_view> tested;
  for (const RuleCase& c : kCases) {
    EXPECT_NE(find_kind(c.id), nullptr) << c.id;
    tested.insert(c.id);
  }
  for (const CheckRow& row : checks()) EXPECT_TRUE(tested.contains(row.kind->id)) << row.kind->id;
}

// What judge() does not ask where there is no TLS would have had nothing to say.
TEST(Rules, OfTlsSayNothingWithoutIt) {
  const TlsFacts none;
  std::size_t of_tls = 0;
  for (const RuleCase& rule : kCases) {
    Session s = rule.has();
    s.tls.reset();
    const JudgeOptions options = rule.options();
    const Outcome outcome = decide(s, nullptr);
    const Case c{s, none, nullptr, outcome, judge(s, options).role, options, options.trust, nullptr, nullptr};
    for (const CheckRow& row : checks()) {
      if (!row.of_tls) continue;
      ++of_tls;
      EXPECT_FALSE(row.check(c)) << row.kind->id << " of " << rule.id;
    }
  }
  EXPECT_GT(of_tls, 40 * std::size(kCases));
}

TEST(Rules, FindingsComeInTheOrderOfTheCatalogueAndOnce) {
  for (const RuleCase& c : kCases) {
    const Judgement j = judge(c.has(), c.options());
    for (std::size_t i = 1; i < j.findings.size(); ++i) EXPECT_LT(j.findings[i - 1].kind, j.findings[i].kind) << c.id;
  }
}

TEST(Rules, NotesAreOneLineAndHoldNoTextOffTheWire) {
  constexpr std::string_view kForeign = "SECRET\r\n\x1b[31m";
  for (const RuleCase& c : kCases) {
    Session s = c.has();
    s.upgrade_reply = "454 " + std::string(kForeign);
    if (s.tls) s.tls->server_name = s.tls->server_name.empty() ? "" : std::string(kForeign);
    for (const Finding& f : judge(s, c.options()).findings) {
      EXPECT_EQ(f.note.find("SECRET"), std::string::npos) << f.kind->id;
      EXPECT_EQ(f.note.find_first_of("\r\n\x1b"), std::string::npos) << f.kind->id;
    }
  }
}

TEST(Rules, RefusedNamesTheReplyCodeOnly) {
  const auto note = [](std::string reply) {
    return find(judge(with(probe(),
                           [&](Session& s) {
                             s.upgrade_requested = at(8);
                             s.upgrade_refused = server(9);
                             s.upgrade_reply = std::move(reply);
                           })),
                "starttls-refused")
        ->note;
  };
  EXPECT_EQ(note("454 4.7.0 TLS not available"), "reply 454, asked in frame 8");
  EXPECT_EQ(note("-ERR no"), "reply -ERR, asked in frame 8");
  EXPECT_EQ(note("no way"), "reply NO, asked in frame 8");
  EXPECT_EQ(note("BAD what"), "reply BAD, asked in frame 8");
  EXPECT_EQ(note("gibberish"), "asked in frame 8");
}

TEST(Rules, CredentialNoteHasMechanismUserLengthAndAnswer) {
  const Session s = with(probe(), [](Session& x) {
    x.credentials = {login(CredentialKind::Password, 8, false), login(CredentialKind::Password, 9)};
  });
  EXPECT_EQ(find(judge(s), "plaintext-credentials-password")->note,
            "PLAIN, user al***, 9 octets, refused; 2 logins of this kind");
}

TEST(Rules, ARoleFollowsThePortOrTheProtocol) {
  EXPECT_EQ(judge(probe()).role, Role::Relay);
  EXPECT_EQ(judge(with(probe(), [](Session& s) { s.submission = true; })).role, Role::Access);
  EXPECT_EQ(judge(with(probe(), [](Session& s) { s.protocol = Protocol::Pop3; })).role, Role::Access);
}

TEST(Rules, ExposedListsAllThatWasReadable) {
  const Session s = with(plain_mail(), [](Session& x) {
    x.mailbox_activity = at(9);
    x.credentials = {login(CredentialKind::Token, 7)};
  });
  EXPECT_EQ(judge(s).exposed, (std::vector<Exposure>{Exposure::Content, Exposure::Headers, Exposure::Envelope,
                                                     Exposure::Credentials, Exposure::MailboxActivity}));
  EXPECT_EQ(first_exposed(s)->frame, 7u);
}

const std::string& note_of(const Judgement& j, std::string_view id) { return find(j, id)->note; }

TEST(Rules, NotesOfChainsAreInTheWordsOfSClient) {
  EXPECT_EQ(note_of(judge(chain({&trusted().below})(), given()), "cert-chain-incomplete"),
            "verify error:num=20:unable to get local issuer certificate at depth 0");
  EXPECT_EQ(note_of(judge(chain({&trusted().stray, &trusted().other})(), given()), "cert-chain-untrusted"),
            "verify error:num=19:self-signed certificate in certificate chain at depth 1");
  EXPECT_EQ(note_of(judge(chain({&trusted().below, &trusted().inter})(), given()), "cert-chain-untrusted"),
            "verify error:num=10:certificate has expired at depth 1");
  // Of several errors the first that nothing else tells.
  EXPECT_EQ(note_of(judge(chain({&trusted().expired})(), given()), "cert-expired").substr(0, 11), "valid until");
  EXPECT_EQ(find(judge(chain({&trusted().expired})(), given()), "cert-chain-untrusted"), nullptr);
}

TEST(Rules, WithoutAStoreOrADateLessIsSaid) {
  EXPECT_EQ(judge(chain({&trusted().stray, &trusted().other})()).chain, nullptr);
  EXPECT_EQ(find(judge(chain({&trusted().stray, &trusted().other})()), "cert-chain-untrusted"), nullptr);
  EXPECT_EQ(judge(starttls(), given()).chain, nullptr) << "hidden by TLS 1.3";
  const Session undated = with(chain({&trusted().expired})(), [](Session& s) {
    Seen seen = *s.tls->certificate;
    seen.time = {};
    s.tls->certificate = seen;
  });
  const Judgement j = judge(undated, given());
  EXPECT_TRUE(j.chain->ok);
  EXPECT_FALSE(j.chain->dates_checked);
}

TEST(Rules, AChainThatWasCutIsNotVerified) {
  const Session whole = with(chain({&trusted().below, &trusted().inter})(), [](Session& x) {
    x.tls->client_chain = {trusted().client.read()};
    x.tls->client_certificate = at(14);
  });
  EXPECT_TRUE(judge(whole, given()).chain->error_code);
  const Session cut = with(whole, [](Session& x) { x.tls->chain_lack = x.tls->client_chain_lack = ChainLack::Cut; });
  const Judgement j = judge(cut, given());
  EXPECT_EQ(j.chain->error_code, std::nullopt);
  EXPECT_FALSE(j.chain->ok);
  EXPECT_EQ(j.chain->error, "more than 2 certificates were sent, and no more are read");
  EXPECT_EQ(j.client_chain->error, "more than 1 certificates were sent, and no more are read");
  EXPECT_EQ(find(j, "cert-chain-untrusted"), nullptr);
  EXPECT_EQ(find(j, "cert-chain-incomplete"), nullptr);
  EXPECT_EQ(judge(cut).chain, nullptr) << "without a store";
}

TEST(Rules, NotesOfAClientsCertificateSayWhatVerifySays) {
  const auto note = [](const Issued* own, const JudgeOptions& options) {
    const Session s = with(starttls12(), [&](Session& x) {
      x.tls->client_certificate = at(14);
      if (own != nullptr) x.tls->client_chain = {own->read()};
    });
    return note_of(judge(s, options), "tls-client-certificate");
  };
  EXPECT_EQ(note(&trusted().client, given()), "sent; verified: ok");
  EXPECT_EQ(note(&trusted().stray, given()),
            "sent; verify error:num=20:unable to get local issuer certificate at depth 0");
  EXPECT_EQ(note(&trusted().client, {}), "sent");
  EXPECT_EQ(note(nullptr, given()), "sent") << "it could not be read";
}

TEST(Rules, AClientsChainIsVerifiedAsAClients) {
  const Session s = with(chain({&trusted().leaf})(), [](Session& x) {
    x.tls->client_chain = {trusted().client.read()};
    x.tls->client_certificate = at(14);
  });
  EXPECT_TRUE(judge(s, given()).client_chain->ok);
  EXPECT_TRUE(judge(s, given()).chain->ok);
  EXPECT_EQ(judge(chain({&trusted().leaf})(), given()).client_chain, nullptr);
}

TEST(Rules, LongestLivesAreThoseOfTheDayOfIssue) {
  struct Row {
    std::chrono::year_month_day issued;
    int days;
  };
  using namespace std::chrono;
  for (const Row& row : {Row{2018y / 3 / 1, 825}, Row{2020y / 9 / 1, 398}, Row{2026y / 3 / 14, 398},
                         Row{2026y / 3 / 15, 200}, Row{2027y / 3 / 15, 100}, Row{2029y / 3 / 15, 47}}) {
    for (const int more : {0, 1}) {
      // Both ends count, so `days` of them is a second less than as many days.
      const auto own = std::make_shared<Certificate>(*trusted().leaf.read());
      own->not_before = sys_days(row.issued);
      own->not_after = sys_days(row.issued) + days(row.days) - seconds(1 - more);
      EXPECT_EQ(find(judge(shown({own})(), of_system()), "cert-lifetime-long") != nullptr, more == 1) << row.days;
      EXPECT_EQ(find(judge(shown({own})(), given()), "cert-lifetime-long"), nullptr);
    }
  }
}

TEST(Rules, AMarkerIsToldByItsDigestAndHowItStood) {
  const auto note = [](std::vector<Seen> places, CanaryLayer layer) {
    return find(judge(with(probe(), [&](Session& s) { s.canary = markers(places, layer); })), "canary-seen")->note;
  };
  EXPECT_EQ(note({at(9)}, CanaryLayer::Clear), "marker aaaaaaaaaaaaaaaa: iso-2022-jp in base64, in clear");
  EXPECT_EQ(
      note({at(9), at(12), server(13)}, CanaryLayer::NullSuite),
      "marker aaaaaaaaaaaaaaaa: iso-2022-jp in base64, in TLS records of a suite without encryption; and in 2 more "
      "ways or directions");
}

// The catalogue

TEST(Catalogue, EveryRowIsWhole) {
  std::set<std::string_view> ids;
  for (const FindingKind& kind : catalogue()) {
    EXPECT_TRUE(ids.insert(kind.id).second) << kind.id;
    EXPECT_EQ(find_kind(kind.id), &kind);
    for (const auto text : {kind.title, kind.observed, kind.meaning, kind.remedy}) {
      EXPECT_FALSE(text.empty()) << kind.id;
      EXPECT_EQ(text.find('\n'), text.npos) << kind.id;
      EXPECT_EQ(text.find("  "), text.npos) << kind.id;
    }
    EXPECT_EQ(kind.observed.back(), '.') << kind.id;
    EXPECT_EQ(kind.meaning.back(), '.') << kind.id;
    EXPECT_EQ(kind.remedy.back(), '.') << kind.id;
    EXPECT_NE(kind.title.back(), '.') << kind.id;
  }
  EXPECT_EQ(find_kind("no-such-finding"), nullptr);
  EXPECT_EQ(find_kind(""), nullptr);
}

constexpr std::string_view class_word(FindingClass cls) {
  constexpr std::string_view kWords[] = {"plaintext", "starttls", "handshake", "strength", "certificate",
                                         "client",    "payload",  "policy",    "canary",   "inconclusive",
                                         "capture",   "positive", "note"};
  return kWords[static_cast<std::size_t>(cls)];
}

TEST(Catalogue, AgreesWithTheReference) {
  std::ifstream file(MAILSEAL_SOURCE_DIR "/../shared/reference/data/findings.json");
  if (!file) GTEST_SKIP() << "the reference is not at hand";
  const auto reference = nlohmann::json::parse(file);
  std::map<std::string, nlohmann::json> rows;
  for (const auto& row : reference.at("findings")) rows[row.at("id")] = row;
  for (const FindingKind& kind : catalogue()) {
    const auto row = rows.find(std::string(kind.id));
    ASSERT_NE(row, rows.end()) << kind.id << " does not exist";
    EXPECT_EQ(row->second.at("class"), class_word(kind.cls)) << kind.id;
    EXPECT_EQ(row->second.at("severity_access"), to_string(kind.access)) << kind.id;
    const std::string relay = row->second.at("severity_relay");
    EXPECT_EQ(relay == "n/a" ? std::string(to_string(kind.access)) : relay, to_string(kind.relay)) << kind.id;
  }
  // Not decided, deliberately.
  const std::map<std::string, std::string> undecided{
      {"policy-dane-mismatch", "TLSA records are not in a capture of mail, and nothing is asked of the network"},
      {"policy-mta-sts-violation", "MTA-STS policies come by HTTPS, likewise"}};
  for (const auto& [id, row] : rows)
    EXPECT_NE(find_kind(id) != nullptr, undecided.contains(id))
        << id << " is decided, or it is not and nobody says why";
}

TEST(Words, AreThoseOfTheReport) {
  EXPECT_EQ(to_string(State::NoMail), "no-mail");
  EXPECT_EQ(to_string(State::Inconclusive), "inconclusive");
  EXPECT_EQ(to_string(Confidence::Medium), "medium");
  EXPECT_EQ(to_string(Severity::Positive), "positive");
  EXPECT_EQ(to_string(Exposure::MailboxActivity), "mailbox-activity");
}

}  // namespace
}  // namespace mailseal::test
