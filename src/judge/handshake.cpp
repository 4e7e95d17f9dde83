// Findings of class handshake: how TLS was begun, and how it ended before it was established.
#include <algorithm>

#include "rule.h"

namespace mailseal {
namespace {

using enum Severity;
constexpr auto kClass = FindingClass::Handshake;

enum AlertCode : std::uint8_t { kInappropriateFallback = 86 };

template <class Wanted>
std::optional<Alert> find_alert(const TlsFacts& tls, Wanted wanted) {
  const auto at = std::find_if(tls.alerts.begin(), tls.alerts.end(), wanted);
  if (at != tls.alerts.end()) return *at;
  if (tls.fatal_alert && wanted(*tls.fatal_alert)) return tls.fatal_alert;
  return {};
}

Phrase said(const Alert& a) {
  const std::string name = alert_name(a.description);
  return a.seen.side == Side::Client ? phrase("{} from the client", name) : phrase("{} from the server", name);
}

std::optional<Proof> alert_told(const std::optional<Alert>& alert) {
  if (!alert) return {};
  return Proof{alert->seen, said(*alert)};
}

// Doubts on what came before the end of the handshake: a message may be missing, not withheld.
bool undoubted(const Session& s) {
  return std::none_of(s.doubts.begin(), s.doubts.end(), [](const DoubtSeen& d) {
    return !d.after_established && d.doubt != Doubt::CaptureEnded && d.doubt != Doubt::Malformed;
  });
}

std::optional<Proof> failed(const Case& c) {
  const Session& s = c.session;
  if (!c.tls.client_hello && !c.tls.sslv2_hello) return {};
  if (c.tls.established || !undoubted(s) || !s.began) return {};
  if (c.tls.fatal_alert) return alert_told(c.tls.fatal_alert);
  if (s.not_tls_after_accept) return Proof{*s.not_tls_after_accept, phrase("clear text where TLS was due")};
  const auto end = connection_end(s);
  if (!end) return {};
  const bool client = end->side == Side::Client;
  if (s.reset) return Proof{*end, client ? phrase("reset by the client") : phrase("reset by the server")};
  return Proof{*end, client ? phrase("closed by the client") : phrase("closed by the server")};
}

std::optional<Proof> fatal_alert(const Case& c) { return alert_told(c.tls.fatal_alert); }

std::optional<Proof> rejected_certificate(const Case& c) {
  return alert_told(find_alert(c.tls, [](const Alert& a) {
    // bad_certificate, unsupported_, revoked, expired, unknown; unknown_ca; bad_certificate_status_response
    const int code = a.description;
    return a.seen.side == Side::Client && ((code >= 42 && code <= 46) || code == 48 || code == 113);
  }));
}

std::optional<Proof> probable_alert(const Case& c) { return told(c.tls.encrypted_alert_before_data); }

// Behind a hole, records are no longer found where they begin: that is the hole's doing.
std::optional<Proof> malformed(const Case& c) {
  if (!c.tls.malformed) return {};
  for (const DoubtSeen& d : c.session.doubts) {
    const bool hole = d.doubt == Doubt::Gap || d.doubt == Doubt::CutBySnapLength || d.doubt == Doubt::Fragment;
    if (hole && !is_after(d.seen, *c.tls.malformed)) return {};
  }
  return told(c.tls.malformed);
}

// "...TLS 1.3 servers which negotiate TLS 1.2 or below in response to a ClientHello MUST set the last 8 bytes of
// their Random value specially" (RFC 8446 4.1.3): a sign only to a client that offered more.
std::optional<Proof> downgrade(const Case& c) {
  if (!c.tls.server_hello || c.tls.sentinel > 1) return {};
  const std::uint16_t offered = highest_offer(c.tls);
  if (offered <= c.tls.version || (c.tls.sentinel == 1 && offered < 0x0304)) return {};
  return Proof{*c.tls.server_hello,
               phrase("{} offered, {} chosen", version_name(offered), version_name(c.tls.version))};
}

std::optional<Proof> fallback_scsv(const Case& c) {
  return offer_of(c.tls).fallback_scsv ? told(c.tls.client_hello) : std::nullopt;
}

std::optional<Proof> inappropriate_fallback(const Case& c) {
  return alert_told(find_alert(c.tls, [](const Alert& a) { return a.description == kInappropriateFallback; }));
}

std::optional<Proof> suite_not_offered(const Case& c) {
  const auto& offered = offer_of(c.tls).suites;
  if (!c.tls.server_hello || !c.tls.client_hello || c.tls.sslv2_hello || offered.empty()) return {};
  if (!undoubted(c.session)) return {};
  if (std::find(offered.begin(), offered.end(), c.tls.cipher_suite) != offered.end()) return {};
  return Proof{*c.tls.server_hello, Phrase::as_is(suite_name(c.tls.cipher_suite))};
}

const Rule kRules[] = {
    {{"tls-handshake-failed", "TLS handshake failed", kClass, Medium, Medium,
      "A ClientHello was seen; before the handshake was complete came a fatal alert, clear text, FIN or RST.",
      "No protected channel in this connection. What became of the mail is not visible here.",
      "Read the alert; bring versions, cipher suites and certificate into line.", "RFC 5246 7.2; RFC 9846 6"},
     failed},
    {{"tls-alert-fatal", "Fatal TLS alert", kClass, Medium, Medium, "A fatal alert crossed in clear.",
      "One side gave up the handshake for the reason named.", "As the alert's name says.", "RFC 5246 7.2.2"},
     fatal_alert},
    {{"tls-client-rejected-certificate", "Client rejected the server's certificate", kClass, Medium, Medium,
      "The client sent an alert about the certificate (such as unknown_ca or certificate_expired).",
      "This client does check certificates, and refused this one.",
      "Mend the server's chain, name or dates, or give the client the issuer's root.", "RFC 5246 7.2.2"},
     rejected_certificate},
    {{"tls-alert-probable-encrypted", "Probably an encrypted alert before any data", kClass, Low, Low,
      "Before any application data a protected record crossed that has the size of an alert.",
      "Perhaps a rejected certificate; what the record says is not visible.", "Look into the sender's log.",
      "RFC 9846 5"},
     probable_alert},
    {{"tls-record-malformed", "Octets inside TLS that are no TLS record", kClass, High, High,
      "Behind good records, with no hole before, stood octets that cannot be a TLS record, or not there: of another "
      "kind than TLS has at that place, or too short for the cipher suite.",
      "Damage, or clear text within the TLS stream.", "Capture again; examine the TLS library and devices on the path.",
      "RFC 5246 6.2; RFC 9846 5"},
     malformed},
    {{"tls-downgrade-sentinel", "Sign of a downgrade in the ServerHello", kClass, High, High,
      "The server's random value carries the mark for 'I could do better', and the client had offered better.",
      "The offer was probably changed on the way, or a device on the path answers for the server.",
      "Find the device on the path; update it.", "RFC 9846 4.1.3"},
     downgrade},
    {{"tls-fallback-scsv", "Client retried with a lower version", kClass, Low, Low,
      "The ClientHello carries TLS_FALLBACK_SCSV.", "An earlier attempt failed, and the client now offers less.",
      "Find out why the first attempt failed.", "RFC 7507"},
     fallback_scsv},
    {{"tls-inappropriate-fallback", "Server refused a downgrade", kClass, High, High,
      "The alert inappropriate_fallback crossed in clear.",
      "A client fell back to a lower version though the server knows a higher one: something disturbs the handshake.",
      "Examine the path between the two.", "RFC 7507"},
     inappropriate_fallback},
    {{"cipher-not-offered", "Server chose a cipher suite that was not offered", kClass, High, High,
      "The suite of the ServerHello is not in the ClientHello of the same connection.",
      "The hello was changed on the way, or the server is broken.", "Examine the server and the path.",
      "RFC 5246 7.4.1.3"},
     suite_not_offered},
};

}  // namespace

std::span<const Rule> handshake_rules() noexcept { return kRules; }

}  // namespace mailseal
