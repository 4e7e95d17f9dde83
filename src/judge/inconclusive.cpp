// Findings of class inconclusive: what could not be judged, and why.
//
// Where the state is inconclusive, each reason is told; in other states none of them is, since what
// could be judged was. Five rows stand beside that: they name a part that stays unjudged in any state.
#include <algorithm>
#include <array>

#include "rule.h"

namespace mailseal {
namespace {

using enum Severity;
constexpr auto kClass = FindingClass::Inconclusive;

// The rows of Reason, in its order.
constexpr std::array<std::string_view, kReasons> kReasonIds = {
    "inconclusive-mid-stream",    "inconclusive-mid-stream-tls-like",
    "inconclusive-gap",           "inconclusive-snaplen",
    "inconclusive-one-direction", "inconclusive-overlap",
    "inconclusive-fragment",      "inconclusive-capture-ended",
    "inconclusive-handshake-cut", "inconclusive-unknown-protocol",
    "tls-record-malformed",       "inconclusive-decode-limit",
    "inconclusive-clock",         "sasl-security-layer-possible",
    "payload-not-random",         "payload-printable-run",
};

template <Reason Wanted>
std::optional<Proof> reason(const Case& c) {
  for (const Why& why : c.outcome.reasons)
    if (why.reason == Wanted) return Proof{why.seen, {}};
  return {};
}

std::optional<Proof> handshake_incomplete(const Case& c) {
  if (!c.tls.client_hello || c.tls.established || c.outcome.state != State::Inconclusive) return {};
  return Proof{c.session.last, phrase("ClientHello in {:t}", frame_of(*c.tls.client_hello, c.session.last))};
}

std::optional<Proof> certificate_hidden(const Case& c) {
  if (!c.tls.server_hello || !c.tls.chain.empty()) return {};
  if (c.tls.chain_lack == ChainLack::Compressed)
    return Proof{*c.tls.certificate, phrase("sent compressed, which is not read here")};
  if (c.tls.chain_hidden) return Proof{*c.tls.server_hello, phrase("encrypted by TLS 1.3")};
  if (c.tls.resumed) return Proof{*c.tls.server_hello, phrase("resumed session")};
  // Of a suite that needs one there was one, if the handshake was completed. PSK, SRP, KRB5 and the like do without.
  constexpr std::string_view kSigned[] = {"RSA", "DSS", "ECDSA"};
  const bool due = c.tls.established && c.suite &&
                   std::find(std::begin(kSigned), std::end(kSigned), c.suite->authentication) != std::end(kSigned);
  return c.tls.certificate || due ? Proof{*c.tls.server_hello, phrase("certificate message incomplete")}
                                  : std::optional<Proof>();
}

std::optional<Proof> no_payload(const Case& c) {
  const Session& s = c.session;
  if (s.spoke[0] || s.spoke[1]) return {};
  return Proof{s.first, never_answered(s) ? phrase("no answer to the SYN") : Phrase()};
}

std::optional<Proof> helo_only(const Case& c) { return c.session.tls ? std::nullopt : told(c.session.helo_only); }

// What a certificate's dates are held against, or what follows what.
std::optional<Proof> clock(const Case& c) {
  if (auto proof = reason<Reason::Order>(c)) {
    proof->note = phrase("the server's answer was captured before the ClientHello");
    return proof;
  }
  if (c.tls.chain.empty()) return {};
  const auto seen = c.tls.certificate ? c.tls.certificate : c.tls.server_hello;
  if (!seen || is_plausible(seen->time)) return {};
  return Proof{*seen, phrase("the certificate's dates are not judged")};
}

const Rule kRules[] = {
    {{"tls-handshake-incomplete", "TLS handshake not seen to its end", kClass, Info, Info,
      "A ClientHello was seen; the capture ends, or has a hole, before the handshake was complete.",
      "Whether TLS was established cannot be told.", "Capture longer, and without loss.", "RFC 9846 2"},
     handshake_incomplete},
    {{"cert-not-observable", "Certificate not visible", kClass, Info, Info,
      "TLS 1.3, a resumed session, or an incomplete message: no certificate can be read.",
      "Its name, chain, dates and key cannot be judged from a capture. This is no OK.",
      "Look at the certificate with an active test.", "RFC 9846 4.4"},
     certificate_hidden},
    {{"inconclusive-snaplen", "Packets cut by the snap length", kClass, Info, Info,
      "Frames were stored shorter than they were, in what decides the state.", "The session cannot be judged.",
      "Capture whole packets: tcpdump -s 0.", ""},
     reason<Reason::SnapLength>},
    {{"inconclusive-gap", "Packets missing", kClass, Info, Info,
      "Octets were acknowledged that this capture does not have, before TLS was established.",
      "The session cannot be judged.", "Capture with a larger buffer, a filter, or at another point.", ""},
     reason<Reason::Gap>},
    {{"inconclusive-capture-ended", "The end of the connection was not seen", kClass, Info, Info,
      "Neither FIN nor RST when the capture ended or the connection fell silent, and what could follow might change "
      "the state.",
      "What was seen holds up to the last frame only.", "Let the capture run longer.", ""},
     reason<Reason::CaptureEnded>},
    {{"inconclusive-overlap", "Conflicting copies of the same octets", kClass, Info, Info,
      "Two packets carry different octets for the same place, in what decides the state.",
      "The receiver may have read something else than this capture shows first.",
      "Capture closer to the server; look for a device that changes packets.", ""},
     reason<Reason::Overlap>},
    {{"inconclusive-one-direction", "Only one direction captured", kClass, Info, Info,
      "One side's octets were seen, none of the other side's.", "The session cannot be judged.",
      "Mirror both directions to the capture point.", ""},
     reason<Reason::OneDirection>},
    {{"inconclusive-mid-stream", "Connection began before the capture", kClass, Info, Info,
      "Neither a SYN nor a greeting was seen.", "The session cannot be judged.",
      "Start the capture first, or let the mail program connect anew.", ""},
     reason<Reason::MidStream>},
    {{"inconclusive-mid-stream-tls-like", "Began before the capture, looks like TLS", kClass, Info, Info,
      "Only octets with the form of TLS records were seen, and no handshake.",
      "It may be encrypted; form alone is no proof.", "Start the capture first, or let the mail program connect anew.",
      ""},
     reason<Reason::MidStreamTlsLike>},
    {{"inconclusive-no-payload", "Connection without content", kClass, Info, Info, "No octet was sent by either side.",
      "Nothing was transferred.", "None.", ""},
     no_payload},
    {{"inconclusive-handshake-cut", "The capture ends inside the TLS handshake", kClass, Info, Info,
      "TLS was begun; the capture ends before it was established or failed.", "The session cannot be judged.",
      "Let the capture run longer.", ""},
     reason<Reason::HandshakeCut>},
    {{"inconclusive-helo-only", "Client greeted with HELO", kClass, Info, Info,
      "The client said HELO, never EHLO, so the server listed no extensions; TLS was not tried.",
      "Whether the server has STARTTLS cannot be told.", "Let the client use EHLO and TLS.", "RFC 3207 3"},
     helo_only},
    {{"inconclusive-unknown-protocol", "Neither mail nor TLS on a mail port", kClass, Info, Info,
      "Octets in clear that belong to no mail protocol and are no TLS.", "The session cannot be judged.",
      "Check what runs on this port; name it with --port.", ""},
     reason<Reason::UnknownProtocol>},
    {{"inconclusive-tunnel", "Packets inside a tunnel that is not decoded", kClass, Info, Info,
      "Packets of an encapsulation that is encrypted, compressed or not known were passed over.",
      "Mail inside is not seen; IPsec may encrypt it below TCP.", "Capture inside the tunnel.", ""},
     nullptr},
    {{"inconclusive-fragment", "IP fragments missing", kClass, Info, Info,
      "A datagram of this connection never became whole.", "The session cannot be judged.",
      "Capture with a larger buffer, or where the datagrams are whole.", ""},
     reason<Reason::Fragment>},
    {{"inconclusive-decode-limit", "A limit of this program was reached", kClass, Info, Info,
      "Memory or length limits were hit, and a part of this session was given up.", "The session cannot be judged.",
      "Split the capture, or filter it to the mail ports.", ""},
     reason<Reason::DecodeLimit>},
    {{"inconclusive-clock", "Time unreliable", kClass, Info, Info,
      "The packets carry no believable date, or stand in an order in which they cannot have crossed.",
      "What needs it is not judged: the validity of certificates, how a handshake ended.",
      "Set the clock of the capturing system; mirror both directions through one port.", ""},
     clock},
};

}  // namespace

std::string_view id_of(Reason reason) noexcept { return kReasonIds[static_cast<std::size_t>(reason)]; }

std::span<const Rule> inconclusive_rules() noexcept { return kRules; }

}  // namespace mailseal
