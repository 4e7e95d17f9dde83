// The states and their order.
//
//   1 plaintext, mixed  something sensitive was readable; no later fact lifts this. mixed: TLS was
//                       established as well. A NULL suite is no TLS in this sense: plaintext, also where
//                       its records were not understood but carried data.
//                       A marker that was looked for and read somewhere is as sensitive as mail.
//   2 no-mail           TLS was established and carried nothing
//   3 encrypted         TLS was established, its beginning seen whole, from both sides
//   4 failed            TLS was begun and ended before it was established
//   5 no-mail           a whole conversation (beginning, then FIN or RST) with nothing to protect
//   6 inconclusive      everything else, with at least one reason
//
// A doubt can only move a session towards inconclusive; nothing that is missing ever helps. Doubts that
// came after TLS was established cannot hide clear text (TLS is not switched off silently), so they do not
// matter to `encrypted`, but they do to "it carried nothing".
//
// Decisions of our own, where the papers leave room:
//   - A NULL suite without application data carried nothing: no-mail, like any other suite.
//   - An established TLS 1.3 that carried no further record is no-mail, as in TLS 1.2.
//   - A connection whose end was not seen although the capture went on (idle, port taken again) is judged
//     like one that was open when the capture ended.
//   - What nobody understood in clear forbids encrypted, failed and no-mail: it may have been mail.
//   - A server's answer that was captured before the ClientHello forbids failed: the order of the rest is unknown.
//   - Malformed octets forbid encrypted and no-mail, but not failed: where TLS was due they are how it failed.
//   - An unknown cipher suite may be a NULL one: encrypted, with low confidence, which no PASS can rest on.
//   - Confidence of failed and no-mail: high without any doubt, else medium; of inconclusive: low.
#include "state.h"

#include <algorithm>

#include "mailseal/base/phrase.h"

namespace mailseal {
namespace {

constexpr std::uint64_t kEnoughData = 256;  // octets of application data in one direction

enum class Matters : std::uint8_t { BeforeTls, Always };

bool null_suite(const CipherSuite* suite) noexcept { return suite != nullptr && suite->null_encryption; }

Reason reason_of(const DoubtSeen& doubt, const Session& s) noexcept {
  switch (doubt.doubt) {
    case Doubt::JoinedMidway:
      return s.tls && s.tls->first_record && !s.tls->server_hello ? Reason::MidStreamTlsLike : Reason::MidStream;
    case Doubt::Gap:
      return Reason::Gap;
    case Doubt::OverlapConflict:
      return Reason::Overlap;
    case Doubt::OneSided:
      return Reason::OneDirection;
    case Doubt::CutBySnapLength:
      return Reason::SnapLength;
    case Doubt::Fragment:
      return Reason::Fragment;
    case Doubt::CaptureEnded:
      return tls_attempted(s) && !tls_established(s) ? Reason::HandshakeCut : Reason::CaptureEnded;
    case Doubt::Malformed:
      return s.tls && s.tls->malformed ? Reason::MalformedRecord : Reason::UnknownProtocol;
    case Doubt::LimitHit:
    case Doubt::Evicted:
      return Reason::DecodeLimit;
  }
  return Reason::DecodeLimit;
}

class Reasons {
 public:
  explicit Reasons(const Session& s) : session_(s) {}

  void add(Reason reason, const Seen& seen) {
    const bool known = std::any_of(all_.begin(), all_.end(), [&](const Why& w) { return w.reason == reason; });
    if (!known) all_.push_back({reason, seen});
  }

  // The doubts on what was seen. That the capture ended is not among them: the end itself is looked for.
  void add_doubts(Matters matters) {
    for (const DoubtSeen& d : session_.doubts) {
      if (d.doubt == Doubt::CaptureEnded) continue;
      // Octets in the place of records may have been anything.
      if (matters == Matters::BeforeTls && d.after_established && d.doubt != Doubt::Malformed) continue;
      add(reason_of(d, session_), d.seen);
    }
  }

  void add_beginning() {
    if (!session_.began) add(reason_of({Doubt::JoinedMidway, {}, false}, session_), session_.first);
  }

  // One side spoke and of the other one there is no packet at all.
  void add_one_sided() {
    for (const Side side : {Side::Client, Side::Server}) {
      const auto here = static_cast<std::size_t>(side), there = static_cast<std::size_t>(other(side));
      if (session_.spoke[here] && !session_.spoke[there] && session_.sides[there].packets == 0)
        add(Reason::OneDirection, *session_.spoke[here]);
    }
  }

  void add_end() {
    if (connection_end(session_)) return;
    if (session_.closed == CloseReason::Evicted)
      add(Reason::DecodeLimit, session_.last);
    else
      add(reason_of({Doubt::CaptureEnded, {}, false}, session_), session_.last);
  }

  bool empty() const noexcept { return all_.empty(); }
  bool only(Reason reason) const noexcept {
    return std::all_of(all_.begin(), all_.end(), [&](const Why& w) { return w.reason == reason; });
  }
  Outcome inconclusive() && { return {State::Inconclusive, Confidence::Low, {}, std::move(all_)}; }

 private:
  const Session& session_;
  std::vector<Why> all_;
};

Outcome certain_if_undoubted(State state, const Session& s) {
  return {state, s.doubts.empty() ? Confidence::High : Confidence::Medium, {}, {}};
}

// Each item that CRITERIA 3.2 asks for and this session does not have.
Outcome encrypted(const Session& s, const CipherSuite* suite) {
  const TlsFacts& tls = *s.tls;
  Outcome outcome{State::Encrypted, Confidence::Medium, {}, {}};
  if (s.greeting && same_packet(*s.began, *s.greeting))
    outcome.lacks.push_back(phrase("the TCP handshake (the greeting was the first packet seen)").text());
  const auto& [client, server] = tls.payload;
  if (std::max(tls.application_bytes[0], tls.application_bytes[1]) < kEnoughData)
    outcome.lacks.push_back(phrase("256 octets of application data in one direction").text());
  else if (client.bytes + server.bytes == 0)
    outcome.lacks.push_back(phrase("a payload test (there was too little to test)").text());
  if (tls.encrypted_alert_before_data)
    outcome.lacks.push_back(phrase("a first record inside TLS that is no alert by its size").text());
  if (suite == nullptr) {
    outcome.lacks.push_back(phrase("a cipher suite that is known").text());
    outcome.confidence = Confidence::Low;
  }
  if (outcome.lacks.empty()) outcome.confidence = Confidence::High;
  return outcome;
}

Outcome established(const Session& s, const CipherSuite* suite) {
  Reasons before(s);
  before.add_beginning();
  before.add_doubts(Matters::BeforeTls);
  for (const Side side : {Side::Client, Side::Server})
    if (!s.spoke[static_cast<std::size_t>(side)]) before.add(Reason::OneDirection, s.first);
  if (!s.tls->server_hello) before.add(Reason::HandshakeCut, *s.tls->established);
  if (s.unknown_protocol) before.add(Reason::UnknownProtocol, *s.unknown_protocol);  // it crossed in clear
  // Called TLS, and no ciphertext: whoever could read it cannot be told.
  for (const PayloadSample& sample : s.tls->payload)
    if (looks_unlike_ciphertext(sample)) before.add(Reason::NotRandom, *sample.last);
  if (s.tls->printable_run) before.add(Reason::ReadableRun, *s.tls->printable_run);
  if (!before.empty()) return std::move(before).inconclusive();
  if (s.tls->application_data) return encrypted(s, suite);

  Reasons hidden(s);  // what could have carried data unseen
  hidden.add_doubts(Matters::Always);
  hidden.add_end();
  if (!hidden.empty()) return std::move(hidden).inconclusive();
  return certain_if_undoubted(State::NoMail, s);
}

// One direction was captured later than the other: who ended a handshake, and when, cannot be told.
bool out_of_order(const Session& s) noexcept {
  return s.tls && s.tls->client_hello && s.tls->server_hello && precedes(*s.tls->server_hello, *s.tls->client_hello);
}

bool failed(const Session& s) noexcept {
  const bool ended =
      connection_end(s) || s.not_tls_after_accept || s.clear_answer_to_hello || (s.tls && s.tls->fatal_alert);
  // Octets that could not be read at all may have been anything.
  return tls_attempted(s) && !tls_established(s) && ended && !s.unknown_protocol;
}

bool silent(const Session& s) noexcept { return !s.spoke[0] && !s.spoke[1]; }

}  // namespace

bool readable(const Session& s) noexcept {
  const bool marker = s.canary && !s.canary->seen.empty();
  return s.content || s.headers || s.envelope || s.mailbox_activity || !s.credentials.empty() || marker;
}

bool tls_established(const Session& s) noexcept { return s.tls && s.tls->established; }

bool tls_attempted(const Session& s) noexcept {
  return s.upgrade_accepted || (s.tls && (s.tls->client_hello || s.tls->sslv2_hello));
}

std::optional<Seen> connection_end(const Session& s) noexcept {
  if (s.reset) return s.reset;
  return s.fin_client ? s.fin_client : s.fin_server;
}

Outcome decide(const Session& s, const CipherSuite* suite) {
  const bool tls_up = tls_established(s), readable_inside = tls_up && null_suite(suite);
  if (readable(s)) {
    const State state = tls_up && !readable_inside ? State::Mixed : State::Plaintext;
    return {state, Confidence::High, {}, {}};
  }
  if (readable_inside && s.tls->application_data) return {State::Plaintext, Confidence::High, {}, {}};
  if (tls_up) return established(s, suite);
  if (never_answered(s)) return certain_if_undoubted(State::NoMail, s);

  Reasons why(s);
  why.add_beginning();
  why.add_one_sided();
  why.add_doubts(Matters::Always);
  const bool only_malformed = why.only(s.tls && s.tls->malformed ? Reason::MalformedRecord : Reason::UnknownProtocol);
  if (out_of_order(s))
    why.add(Reason::Order, *s.tls->server_hello);
  else if (failed(s) && only_malformed)
    return certain_if_undoubted(State::Failed, s);

  if (s.sasl_layer) why.add(Reason::SecurityLayer, *s.sasl_layer);
  if (s.unknown_protocol)
    why.add(Reason::UnknownProtocol, *s.unknown_protocol);
  else if (s.protocol == Protocol::Unknown && !silent(s))
    why.add(Reason::UnknownProtocol, s.spoke[0] ? *s.spoke[0] : *s.spoke[1]);
  // A client's records that no hello began: what they are nobody can say.
  if (s.began && s.tls && s.tls->first_record && s.tls->first_record->side == Side::Client && !s.tls->client_hello &&
      !s.tls->server_hello)
    why.add(Reason::UnknownProtocol, *s.tls->first_record);
  // A connection over which nothing was said and that went silent carried nothing, whatever its end.
  if (!(silent(s) && s.closed != CloseReason::EndOfCapture)) why.add_end();
  if (!why.empty()) return std::move(why).inconclusive();
  return certain_if_undoubted(State::NoMail, s);
}

}  // namespace mailseal
