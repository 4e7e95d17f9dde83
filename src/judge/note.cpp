// Findings of class note: facts worth knowing that are neither good nor bad.
#include <algorithm>

#include "rule.h"

namespace mailseal {
namespace {

using enum Severity;
constexpr auto kClass = FindingClass::Note;

std::optional<Proof> tls_on_clear_port(const Case& c) { return told(c.session.tls_on_clear_port); }
std::optional<Proof> end_to_end(const Case& c) { return told(c.session.end_to_end); }

std::optional<Proof> tls12(const Case& c) { return c.tls.version == 0x0303 ? told(c.tls.server_hello) : std::nullopt; }

// The mark ending in 1 says 1.3; the other one is set by servers of TLS 1.2 too (RFC 8446 4.1.3).
std::optional<Proof> could_do_tls13(const Case& c) {
  const std::uint16_t offered = highest_offer(c.tls);
  return c.tls.sentinel == 1 && offered != 0 && offered < 0x0304 ? told(c.tls.server_hello) : std::nullopt;
}

std::optional<Proof> renegotiated(const Case& c) { return told(c.tls.renegotiation); }

std::optional<Proof> resumed(const Case& c) { return c.tls.resumed ? told(c.tls.server_hello) : std::nullopt; }

std::optional<Proof> no_server_name(const Case& c) {
  if (!c.tls.server_name.empty() || offer_of(c.tls).ech || c.tls.sslv2_hello) return {};
  return told(c.tls.client_hello);
}

std::optional<Proof> encrypted_hello(const Case& c) {
  return offer_of(c.tls).ech ? told(c.tls.client_hello) : std::nullopt;
}

std::optional<Proof> client_certificate(const Case& c) {
  if (c.tls.client_certificate) {
    if (!c.client_chain || !c.client_chain->error_code) return Proof{*c.tls.client_certificate, phrase("sent")};
    if (c.client_chain->ok) return Proof{*c.tls.client_certificate, phrase("sent; verified: ok")};
    return Proof{*c.tls.client_certificate,
                 phrase("sent; verify error:num={:d}:{} at depth {:d}", *c.client_chain->error_code,
                        verify_error_text(*c.client_chain->error_code), c.client_chain->depth.value_or(0))};
  }
  if (c.tls.certificate_request) return Proof{*c.tls.certificate_request, phrase("asked for")};
  return {};
}

std::optional<Proof> no_application_data(const Case& c) {
  if (c.tls.application_data || c.outcome.state != State::NoMail) return {};
  return told(c.tls.established);
}

std::optional<Proof> too_small(const Case& c) {
  const auto& [client, server] = c.tls.payload;
  if (!c.tls.established || !c.tls.application_data || client.bytes + server.bytes > 0) return {};
  if (c.suite != nullptr && c.suite->null_encryption) return {};
  return Proof{*c.tls.application_data,
               phrase("client {:d}, server {:d} octets", c.tls.application_bytes[0], c.tls.application_bytes[1])};
}

std::optional<Proof> wildcard(const Case& c) {
  const Certificate* own = leaf(c);
  if (own == nullptr) return {};
  const auto is_wildcard = [](const std::string& name) { return name.starts_with("*."); };
  return std::any_of(own->names.begin(), own->names.end(), is_wildcard) ? told(shown(c)) : std::nullopt;
}

// In the certificate, in the handshake or with the stapled status: RFC 6962 3.3. Private CAs log nothing.
std::optional<Proof> not_logged(const Case& c) {
  const Certificate* own = leaf(c);
  if (own == nullptr || own->has_scts || c.tls.sct || c.tls.certificate_status || !publicly_trusted(c)) return {};
  return told(shown(c));
}

const Rule kRules[] = {
    {{"tls-on-cleartext-port", "Implicit TLS on a port for clear text", kClass, Info, Info,
      "On 25, 587, 110 or 143 the client's first octets were a ClientHello, without STARTTLS.",
      "Unusual: clients that begin in clear will fail here.", "Publish the port that fits.", "RFC 8314 7.3"},
     tls_on_clear_port},
    {{"content-end-to-end-encrypted", "Body labelled as S/MIME or OpenPGP encrypted", kClass, Info, Info,
      "Readable headers say that the body is encrypted end to end.",
      "The body has a protection of its own, the headers do not. A label is no proof of sound encryption.",
      "None; TLS protects the headers.", "RFC 8551; RFC 9580"},
     end_to_end},
    {{"tls-version-1-2", "TLS 1.2 negotiated", kClass, Info, Info, "The ServerHello chose TLS 1.2.",
      "Good with a good cipher suite.", "Plan for TLS 1.3.", "RFC 9325 3.1.1"},
     tls12},
    {{"tls-server-capable-of-1-3", "Server knows TLS 1.3, client did not offer it", kClass, Info, Info,
      "The server's random value carries the mark of a TLS 1.3 server; the client offered at most TLS 1.2.",
      "The client is what limits the version.", "Update the client.", "RFC 9846 4.1.3"},
     could_do_tls13},
    {{"tls-renegotiation-observed", "Renegotiation inside TLS", kClass, Low, Low,
      "In TLS 1.2 or older, handshake records followed application data.",
      "New keys were agreed inside the connection.", "Switch off renegotiation by clients.", "RFC 9325 3.5"},
     renegotiated},
    {{"tls-session-resumed", "Session resumed", kClass, Info, Info, "Resumed by session id, ticket or PSK.",
      "No certificate is shown here; the first handshake had it.", "None.", "RFC 9325 3.4"},
     resumed},
    {{"tls-sni-absent", "No server name sent", kClass, Info, Info, "The ClientHello has no server name (SNI).",
      "The server may show a default certificate, and the name cannot be checked here.", "Update the client.",
      "RFC 9325 3.7; RFC 8461 7.1; RFC 7672 8.1"},
     no_server_name},
    {{"tls-ech-used", "Encrypted ClientHello", kClass, Info, Info, "The ClientHello carries the extension for ECH.",
      "The visible server name may be a cover name.", "None.", "RFC 9849"},
     encrypted_hello},
    {{"tls-client-certificate", "Client certificate asked for or sent", kClass, Info, Info,
      "In TLS 1.2 or older the server asked for a client certificate, or the client sent one.",
      "The client may be authenticated by its certificate.", "None.", "RFC 5246 7.4.4"},
     client_certificate},
    {{"cert-wildcard", "Wildcard certificate", kClass, Info, Info, "One of the certificate's names begins with *.",
      "One key may serve many hosts.", "None.", "RFC 9525 7.1"},
     wildcard},
    {{"cert-sct-missing", "Certificate not shown to be logged", kClass, Info, Info,
      "A certificate that the system trusts came without a signed certificate timestamp.",
      "No log of Certificate Transparency vouches for it; mail clients do not ask for that.", "None.",
      "RFC 6962 3.3; RFC 9162"},
     not_logged},
    {{"cert-key-shared", "Same key on several servers", kClass, Info, Info,
      "Servers at different addresses showed certificates with the same key.",
      "Who has the key of one can imitate all of them; usual in a cluster.", "None.", "RFC 9325 3.9"},
     nullptr},
    {{"tls-no-application-data", "TLS without data", kClass, Info, Info,
      "The handshake was completed; then only the end followed.", "Nothing was transferred.", "None.", ""},
     no_application_data},
    {{"payload-too-small", "Too little application data to test", kClass, Info, Info,
      "In neither direction were there 256 octets of application data.",
      "Whether it looks like ciphertext cannot be tested on so little.", "None.", ""},
     too_small},
};

}  // namespace

std::span<const Rule> note_rules() noexcept { return kRules; }

}  // namespace mailseal
