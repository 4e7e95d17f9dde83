#include "conversation.h"

#include <algorithm>
#include <utility>

#include "doubts.h"
#include "mailseal/base/fetch.h"
#include "mailseal/base/parsed.h"
#include "mailseal/base/suites.h"
#include "proxy.h"

namespace mailseal {
namespace {
/// Octets after which a connection on an unknown port that has not greeted is no mail.
constexpr std::size_t kRecognizeBytes = 2048;

/// What is fetched in advance, in octets: of TlsFacts, of a dialogue and of MessageFacts the beginning, of Session what
/// is counted while mail passes and does not lie beside what is fetched of the conversation itself.
constexpr std::size_t kBusyFacts = 64, kDialogue = 192, kBusySession = 128, kMessageFacts = 64;

/// What one takes, in octets, beside the objects whose size is known: a dialogue with the strings of a session;
/// what was read of two hellos; zlib's window and tables; searchers of a marker.
constexpr std::size_t kDialogueBytes = 1024, kHelloBytes = 1024, kInflateBytes = 44 * 1024, kCanaryBytes = 4096;

}  // namespace

Conversation::Conversation(const Opening& opening, const Expectation& expected, Surroundings* around)
    : around_(*around), expected_(expected) {
  session_.flow = opening.key;
  session_.first = session_.last = opening.first;
  session_.protocol = expected.protocol;
  session_.entry = expected.entry;
  session_.submission = expected.use == mail::Use::Access;
  if (opening.beginning != Beginning::Midway) session_.began = opening.first;
  takes(sizeof(Conversation));
  if (around_.options.mark_said) {
    marker_ = std::make_unique<SaidMarker>(&session_.said.emplace());
    takes(sizeof(SaidMarker) + sizeof(Said));
  }
  if (!around_.options.canary) return;
  canary_ = std::make_unique<CanaryWatch>(around_.options.canary, &session_.canary.emplace());
  takes(kCanaryBytes);
}

Conversation::~Conversation() { around_.open_bytes -= taken_; }

void Conversation::takes(std::size_t more) noexcept {
  taken_ += more;
  around_.open_bytes += more;
}

void Conversation::expect(Side from) const noexcept {
  if (follower_) {
    follower_->expect(from);
    fetch<kBusyFacts>(&*session_.tls);
  }
  if (passes_tls_[static_cast<std::size_t>(from)]) return;
  if (wire_) wire_->expect();
  if (dialogue_) fetch<kDialogue>(dialogue_.get());
  fetch<kBusySession>(&session_.end_to_end);
}

Interest Conversation::data(const DataView& view) {
  if (passes_tls_[static_cast<std::size_t>(view.from)]) {  // most octets of most captures
    const std::size_t used = tls(view.from, view.bytes, view.seen);
    if (used < view.bytes.size()) {
      wire_->leave_tls(view.from, view.bytes.subspan(used), later(view.seen, used));
      watch_tls();
    }
    if (around_.options.report_ongoing) tell_ongoing(view.seen);
    return Interest::More;
  }
  const auto side = static_cast<std::size_t>(view.from);
  if (session_.message_facts) fetch<kMessageFacts>(&*session_.message_facts);
  if (around_.options.mark_said) mark_said(view);  // then there is marker_, which lies far away
  if (!std::exchange(spoke_[side], true)) note(session_.spoke[side], view.seen);
  if (proxy(view)) return Interest::More;
  if (!dialogue_ && !recognize(view)) return dropped_ ? Interest::None : Interest::More;
  take(view.from, view.bytes, view.seen);
  if (around_.options.report_ongoing) tell_ongoing(view.seen);
  return Interest::More;
}

void Conversation::mark_said(const DataView& view) {
  const std::size_t before = marker_->bytes();
  marker_->data(view.from, view.bytes, view.seen);
  takes(marker_->bytes() - before);
}

/// A PROXY header before the client's first octet is skipped and told. True: it took the octets.
bool Conversation::proxy(const DataView& view) {
  if (proxy_done_ || view.from != Side::Client) return false;
  if (proxy_held_.empty() && std::holds_alternative<Malformed>(proxy_header(view.bytes))) {
    proxy_done_ = true;
    return false;
  }
  proxy_held_.push_back({std::string(as_text(view.bytes)), view.seen});
  std::string all;
  for (const Early& e : proxy_held_) all += e.text;
  const auto parsed = proxy_header(as_bytes(all));
  if (std::holds_alternative<NeedMore>(parsed)) return true;
  proxy_done_ = true;
  std::size_t skip = 0;
  if (const auto* header = std::get_if<Took<ProxyHeader>>(&parsed)) {
    skip = header->used;
    Seen whole = proxy_held_.front().seen;
    whole.frame = view.seen.frame;
    whole.time = view.seen.time;
    session_.proxy_header = whole;
  }
  for (const Early& e : std::exchange(proxy_held_, {})) {
    const std::size_t here = std::min(skip, e.text.size());
    skip -= here;
    if (here == e.text.size()) continue;
    data({Side::Client, later(e.seen, here), as_bytes(e.text).subspan(here)});
  }
  return true;
}

/// Which protocol: by the port, unless the server's first octet clearly says another; on a
/// port that says nothing, by the greeting and the client's first word.
bool Conversation::recognize(const DataView& view) {
  if (expected_.protocol != Protocol::Unknown) {
    Protocol protocol = expected_.protocol;
    const char first = static_cast<char>(view.bytes.front());
    if (view.from == Side::Server && session_.began) {
      if (first == '+') protocol = Protocol::Pop3;
      if (first == '*') protocol = Protocol::Imap;
      if (first == '2' && protocol != Protocol::Lmtp) protocol = Protocol::Smtp;
    }
    start_dialogue(protocol);
    return true;
  }
  if (dropped_) return false;
  early_.push_back({std::string(as_text(view.bytes)), view.seen});
  early_.back().seen.side = view.from;
  early_bytes_ += view.bytes.size();
  std::array<std::string, 2> said;
  for (const Early& e : early_) said[static_cast<std::size_t>(e.seen.side)] += e.text;
  const auto& [client, server] = said;
  const auto drop = [&] {
    dropped_ = true;
    early_.clear();
    return false;
  };
  const auto line = [](const std::string& s) {
    std::string_view text(s);
    const std::size_t end = text.find('\n');
    return end == text.npos ? std::string_view() : text.substr(0, end > 0 && text[end - 1] == '\r' ? end - 1 : end);
  };
  const std::string_view greeting = line(server), command = line(client);
  const Protocol greeted = mail::protocol_of_greeting(greeting);
  Protocol asked = mail::protocol_of_command(command);
  // "220" alone is FTP's greeting as well: there the client's first word decides.
  const bool sure = greeted != Protocol::Unknown && (greeted != Protocol::Smtp || mail::names_smtp(greeting));
  const bool midway = !session_.began && mail::reads_as_smtp(command, greeting);
  if (!sure && !midway && greeted == Protocol::Smtp) {
    const auto spoken = mail::protocol_behind_220(client);
    if (!spoken) return early_bytes_ > kRecognizeBytes ? drop() : false;
    if (*spoken == Protocol::Unknown) return drop();
    asked = *spoken;
  } else if (!sure && !midway) {
    const bool no_greeting = !greeting.empty() && greeted == Protocol::Unknown;
    if (no_greeting && (session_.began || asked == Protocol::Unknown)) return drop();
    if (!greeting.empty() && !command.empty() && asked == Protocol::Unknown) return drop();
    if (greeted == Protocol::Unknown || asked == Protocol::Unknown)
      return early_bytes_ > kRecognizeBytes ? drop() : false;
    if (greeted != asked) return drop();
  }
  session_.entry = Entry::Plain;
  start_dialogue(midway ? Protocol::Smtp : asked == Protocol::Lmtp && greeted == Protocol::Smtp ? asked : greeted);
  for (const Early& e : std::exchange(early_, {})) take(e.seen.side, as_bytes(e.text), e.seen);
  return false;
}

void Conversation::start_dialogue(Protocol protocol) {
  session_.protocol = protocol;
  for (const mail::ProtocolRow& row : mail::protocols())
    if (row.protocol == protocol) dialogue_ = row.start(&session_, &around_.holdings);
  wire_ = std::make_unique<Framer>(dialogue_.get(), &session_, &around_.holdings, static_cast<Takeover*>(this),
                                   Watch::ForTls);
  if (canary_) wire_->show_clear();
  takes(kDialogueBytes + sizeof(Framer));
}

void Conversation::take(Side from, Bytes bytes, const Seen& seen) {
  wire_->data(from, bytes, seen);
  watch_tls();
  if (expected_.entry == Entry::ImplicitTls && !session_.clear_on_implicit_port && session_.began &&
      !wire_->in_tls(from) && !session_.tls && seen.offset == 0) {
    const int first = std::to_integer<int>(bytes.front());
    if (first >= 0x20 && first < 0x7f) {
      session_.clear_on_implicit_port = seen;
      session_.entry = Entry::Plain;
    }
  }
}

void Conversation::watch_tls() {
  for (const Side side : {Side::Client, Side::Server})
    passes_tls_[static_cast<std::size_t>(side)] = wire_->passes_tls(side);
}

std::size_t Conversation::tls(Side side, Bytes bytes, const Seen& seen) {
  if (!follower_) begin_tls();
  if (side == Side::Client && seen.offset == 0 && session_.began) {
    if (expected_.entry == Entry::Plain) session_.tls_on_clear_port = seen;
    session_.entry = Entry::ImplicitTls;
  }
  const bool before = established();
  const std::size_t used = follower_->data(side, bytes, seen);
  if (before) return used;
  if (!session_.early_client_hello && session_.upgrade_requested && session_.tls->client_hello &&
      same_packet(*session_.tls->client_hello, *session_.upgrade_requested))
    session_.early_client_hello = session_.tls->client_hello;
  if (follower_->limit_hit()) doubt(Doubt::LimitHit, seen);
  return used;
}

/// The attempt that failed leaves its alerts; all else is told of the one that counts.
void Conversation::tls_again() {
  if (!follower_ || established()) return;
  const TlsFacts failed = std::move(*session_.tls);
  begin_tls();
  session_.tls->first_record = failed.first_record;
  session_.tls->fatal_alert = failed.fatal_alert;
  session_.tls->alerts = failed.alerts;
}

void Conversation::begin_tls() {
  if (!follower_) takes(sizeof(TlsFacts) + kHelloBytes);
  inner_.reset();
  session_.tls.emplace();
  follower_.emplace(&*session_.tls, &around_.holdings, &around_.certificates, &around_.hellos,
                    static_cast<tls::ReadableSink*>(this));
  if (canary_) follower_->show_sealed();
  if (!around_.options.keys || around_.options.keys->empty()) return;
  if (!around_.crypto) around_.crypto = std::make_unique<tls::Crypto>();
  follower_->decrypt(around_.options.keys, &*around_.crypto);
}

void Conversation::tls_gap(Side side, std::uint64_t bytes, const Seen& seen) {
  if (!follower_) begin_tls();
  follower_->gap(side, bytes, seen);
}

void Conversation::clear(Side side, Bytes bytes, const Seen& seen) {
  if (canary_) canary_->look(CanaryLayer::Clear, side, bytes, seen);
}

void Conversation::sealed(Side side, Bytes bytes, const Seen& seen) {
  if (canary_) canary_->look(CanaryLayer::TlsRecords, side, bytes, seen);
}

void Conversation::readable(Side side, Bytes bytes, const Seen& seen) {
  if (canary_) canary_->look(CanaryLayer::NullSuite, side, bytes, seen);
  if (!inside_) {
    dialogue_->back_to_clear();
    inside_ = std::make_unique<Framer>(dialogue_.get(), &session_, &around_.holdings, static_cast<Takeover*>(this),
                                       Watch::ClearOnly);
    takes(sizeof(Framer));
  }
  inside_->data(side, bytes, seen);
}

void Conversation::decrypted(Side side, Bytes bytes, const Seen& seen) {
  if (!inner_) {
    using Greeting = InnerConversation::Greeting;
    inner_ = std::make_unique<InnerConversation>(session_.protocol,
                                                 session_.upgrade_accepted ? Greeting::WasBefore : Greeting::ToCome,
                                                 &around_.holdings, &*session_.tls->inside, seen);
    takes(InnerConversation::bytes());
  }
  inner_->data(side, bytes, seen);
}

void Conversation::deflated(Side side, Bytes bytes, const Seen& seen) {
  auto& inflate = inflate_[static_cast<std::size_t>(side)];
  if (!inflated_) {
    note(session_.compressed, seen);
    dialogue_->back_to_clear();
    inflated_ = std::make_unique<Framer>(dialogue_.get(), &session_, &around_.holdings, static_cast<Takeover*>(this),
                                         Watch::ClearOnly);
    takes(sizeof(Framer));
  }
  if (!inflate) {
    inflate = std::make_unique<Inflate>(&around_.limits);
    takes(kInflateBytes);
  }
  const auto outcome = inflate->data(bytes, [&](std::string_view text) {
    if (canary_) canary_->look(CanaryLayer::Deflate, side, as_bytes(text), seen);
    inflated_->data(side, as_bytes(text), seen);
  });
  if (outcome == Inflate::Outcome::LimitHit) doubt(Doubt::LimitHit, seen);
  if (outcome == Inflate::Outcome::Broken) doubt(Doubt::Malformed, seen);
}

void Conversation::doubt(Doubt what, const Seen& seen) { add_doubt(session_, what, seen); }

void Conversation::gap(const Gap& g) {
  switch (g.why) {
    case Gap::Why::Missing:
      doubt(Doubt::Gap, g.seen);
      break;
    case Gap::Why::CutBySnapLength:
      doubt(Doubt::CutBySnapLength, g.seen);
      break;
    case Gap::Why::Fragment:
      doubt(Doubt::Fragment, g.seen);
      break;
    case Gap::Why::Limit:
      doubt(Doubt::LimitHit, g.seen);
      break;
  }
  if (marker_) marker_->gap(g.from);
  if (g.bytes == 0 && follower_) follower_->gap(g.from, 0, g.seen);
  if (dropped_ || g.bytes == 0) return;
  if (!dialogue_ && expected_.protocol != Protocol::Unknown) start_dialogue(expected_.protocol);
  if (!dialogue_) return;
  release_held();
  inflate_[static_cast<std::size_t>(g.from)].reset();
  wire_->gap(g.from, g.bytes, g.seen);
  watch_tls();
  if (canary_) canary_->gap(g.from);
}

/// What was held to see whether a PROXY header begins there is the client's after all.
void Conversation::release_held() {
  if (std::exchange(proxy_done_, true)) return;
  for (const Early& e : std::exchange(proxy_held_, {})) take(e.seen.side, as_bytes(e.text), e.seen);
}

void Conversation::conflict(const Conflict& c) { doubt(Doubt::OverlapConflict, c.seen); }

void Conversation::end(const SideEnd& e) {
  const bool reset = e.how == SideEnd::How::Reset;
  if (!std::exchange(reset ? reset_ : finished_[static_cast<std::size_t>(e.from)], true))
    (reset ? session_.reset : e.from == Side::Client ? session_.fin_client : session_.fin_server) = e.seen;
  if (follower_) follower_->end(e.from, e.how, e.seen);
}

void Conversation::closed(const Closed& c) {
  if (dropped_ || (!dialogue_ && expected_.protocol == Protocol::Unknown)) return;
  session_.last = c.last;
  if (!proxy_held_.empty() && !dialogue_) start_dialogue(expected_.protocol);
  release_held();
  if (wire_) wire_->finish();
  if (follower_) follower_->finish();
  if (inside_) inside_->finish();
  if (inflated_) inflated_->finish();
  if (inner_) inner_->finish();
  settle(c);
  around_.sink.session(std::move(session_), Progress::Ended);
}

void Conversation::settle(const Closed& c) {
  session_.closed = c.reason;
  session_.sides = c.sides;
  session_.initial = c.initial;
  const bool spoken = session_.spoke[0] || session_.spoke[1];
  const SideCounters &client = c.sides[0], &server = c.sides[1];
  if (!session_.began && spoken) doubt(Doubt::JoinedMidway, session_.first);
  if (spoken && (client.packets == 0 || server.packets == 0)) doubt(Doubt::OneSided, session_.first);
  if (session_.tls && session_.tls->malformed) doubt(Doubt::Malformed, *session_.tls->malformed);
  if (session_.tls) doubt_cut_chains(*session_.tls);
  // What it held crossed, and the rest of it was not seen: nobody can say that there was no mail.
  if (follower_ && session_.tls && session_.tls->established && !session_.tls->application_data)
    if (const Fact cut = follower_->cut_data()) doubt(Doubt::Gap, *cut);
  const bool ended = session_.fin_client || session_.fin_server || session_.reset;
  if (c.reason == CloseReason::Evicted) doubt(Doubt::Evicted, c.last);
  if (!ended && c.reason != CloseReason::Evicted) doubt(Doubt::CaptureEnded, c.last);
}

/// Those in clear are doubted as they come. What keys opened may change no state: it is doubted where TLS stands and
/// carried data, for there no doubt that is later than the handshake is asked.
void Conversation::doubt_cut_chains(const TlsFacts& tls) {
  if (!is_tls13(tls.version) || !tls.established || !tls.application_data) return;
  if (tls.chain_lack == ChainLack::Cut && tls.certificate) doubt(Doubt::LimitHit, *tls.certificate);
  if (tls.client_chain_lack == ChainLack::Cut && tls.client_certificate)
    doubt(Doubt::LimitHit, *tls.client_certificate);
}

/// Live: hands a copy over whenever a fact has come up that should not wait for the end.
void Conversation::tell_ongoing(const Seen& now) {
  const auto has = [](const auto& fact) { return fact ? std::size_t{1} : 0; };
  const Session& s = session_;
  std::size_t facts = has(s.content) + has(s.headers) + has(s.envelope) + has(s.mailbox_activity) +
                      s.credentials.size() + has(s.upgrade_refused) + has(s.injected_commands) +
                      has(s.not_tls_after_accept) + has(s.clear_on_implicit_port) + has(s.preauth);
  if (s.canary) facts += s.canary->seen.size();
  if (s.tls) facts += has(s.tls->server_hello) + has(s.tls->established) + has(s.tls->fatal_alert);
  if (facts == std::exchange(told_, facts) || facts == 0) return;
  session_.last = now;
  around_.sink.session(Session(session_), Progress::Ongoing);
}

}  // namespace mailseal
