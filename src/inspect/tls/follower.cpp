// Follower: the order of things in a TLS connection, and where each was seen.
//
// The parts are elsewhere: record.h cuts records, messages.h cuts handshake messages,
// handshake.h reads them, establishment.h says when the handshake stood, null_records.h what
// is readable all the same, held.h keeps what came too early. Here they are joined to facts.
#include "follower.h"

#include <algorithm>
#include <utility>

#include "clear_text.h"
#include "decryptor.h"
#include "dh_primes.h"
#include "establishment.h"
#include "handshake.h"
#include "held.h"
#include "hello_cache.h"
#include "mailseal/base/fetch.h"
#include "mailseal/base/hash.h"
#include "mailseal/base/pool.h"
#include "messages.h"
#include "null_records.h"
#include "payload.h"
#include "record.h"
#include "record_rules.h"
#include "sslv2.h"

namespace mailseal::tls {
namespace {

constexpr std::size_t index(Side side) { return static_cast<std::size_t>(side); }

// One side's place in its records and messages.
struct Stream {
  // What application data needs lies together, in the first kBusy octets.
  RecordCutter records;
  PayloadTest payload;
  bool hole = false;   ///< in the record
  bool holed = false;  ///< anywhere before
  bool begun = false;  ///< octets came
  bool not_tls = false;
  bool protects = false;             ///< ChangeCipherSpec was sent, to TLS 1.2
  bool finished = false;             ///< and a protected handshake record after it
  std::array<std::byte, 2> first{};  ///< of the record's body
  std::size_t have = 0;              ///< of those
  MessageCutter messages;
  NullRecords null_records;
  Sslv2Opening sslv2;

  static constexpr std::size_t kBusy = sizeof(RecordCutter) + sizeof(PayloadTest) + 16;
};

}  // namespace

struct Follower::Impl : Pooled<Follower::Impl> {
  Impl(TlsFacts* facts, Holdings* holdings, CertificateCache* cache, HelloCache* hellos, ReadableSink* sink)
      : facts_(*facts),
        limits_(holdings->limits()),
        cache_(*cache),
        sink_(*sink),
        holdings_(*holdings),
        share_(holdings),
        hellos_(*hellos) {}

  std::size_t whole_records(Side, Bytes, const Seen&);
  std::size_t data(Side, Bytes, Seen);
  void gap(Side, std::uint64_t, const Seen&);
  void end(Side, SideEnd::How, const Seen&);
  void finish();
  Fact cut_data() const;
  void release();
  void decrypt(const KeyLog*, Crypto*);

  bool established() const { return establishment_.at().has_value(); }
  bool null_suite() const { return suite_ && suite_->null_encryption; }

  TlsFacts& facts_;
  const Limits& limits_;
  CertificateCache& cache_;
  ReadableSink& sink_;

  bool holding_ = false;
  bool limit_hit_ = false;
  bool sslv2_ = false;     ///< truly SSL 2.0: its records are not read
  bool settled_ = false;   ///< the facts have that it was established
  bool decrypts_ = false;  ///< keyed_ is there
  bool shows_ = false;     ///< what is sealed

  // the handshake so far
  const CipherSuite* suite_ = nullptr;  ///< of server_hello
  std::size_t clear_bytes_ = 0;         ///< of each record of application data
  std::size_t least_bytes_ = 0;         ///< that each of those has
  bool tls13_ = false;                  ///< by ServerHello or HelloRetryRequest
  bool client_hello_ = false;
  bool second_hello_ = false;  ///< after a HelloRetryRequest
  bool early_data_ = false;    ///< offered
  bool server_hello_done_ = false;

  Establishment establishment_;
  static constexpr std::size_t kBusy = 192;  ///< octets up to here are used by every segment
  std::array<Stream, 2> streams_;
  Held held_;
  Holdings& holdings_;
  Holdings::Share share_;
  HelloCache& hellos_;
  struct Keyed;
  std::unique_ptr<Keyed> keyed_;  ///< nothing: no keys, or none of use any more

 private:
  Stream& stream(Side side) { return streams_[index(side)]; }

  bool opening(Side, Bytes& rest, Seen& seen);
  bool must_wait(Side, const PieceView&) const;
  void piece(Side, const PieceView&);
  void body(Side, const PieceView&);
  void record(Side, const PieceView&);
  bool clear(Side) const;
  bool readable(Side) const;
  bool from_its_hello(Side) const;
  Standing standing(Side) const;
  bool is_protected(Side, ContentType) const;

  void change_cipher_spec(Side, const PieceView&);
  void alert(Side, const PieceView&);
  void protected_handshake(Side, const PieceView&);
  void application_data(Side, std::size_t length, const Seen&);
  void data_seen(Side, std::size_t length, const Seen&);

  void message(Side, const MessageView&);
  void client_hello(const MessageView&);
  void server_hello(const std::optional<ServerHelloView>&, const Seen&);
  void server_key_exchange(const MessageView&);
  void session_ticket(const MessageView&);
  void certificates(Side, const MessageView&);
  template <class Next>
  void take_chain(Side, Bytes list, Next next);
  void hidden(Side, const MessageView&);
  void hidden_certificates(Side, const MessageView&);
  void settle() {
    if (settled_ || !established()) return;
    settled_ = true;
    facts_.established = establishment_.at();
    for (Stream& s : streams_) s.messages.drop();
  }
};

// What there is with keys only.
struct Follower::Impl::Keyed final : DecryptedSink {
  Keyed(Impl* impl, const KeyLog* keys, Crypto* crypto)
      : follower(*impl), decryptor(keys, crypto, &impl->holdings_, this) {}
  void hidden(Side side, const MessageView& m) override { follower.hidden(side, m); }
  void inside(Side side, Bytes octets, const Seen& seen) override { follower.sink_.decrypted(side, octets, seen); }

  Impl& follower;
  Decryptor decryptor;
};

void Follower::Impl::decrypt(const KeyLog* keys, Crypto* crypto) {
  keyed_ = std::make_unique<Keyed>(this, keys, crypto);
  decrypts_ = true;
}

// ---- octets -----------------------------------------------------------------------------

/// Most octets: records of application data of which nothing but their length and look counts, whole, from the first
/// octet on. How many octets they are. `seen` is copied only where it must be: it was written a moment ago.
std::size_t Follower::Impl::whole_records(Side side, Bytes bytes, const Seen& seen) {
  Stream& my = stream(side);
  if (!settled_ || holding_ || decrypts_ || sslv2_ || !my.begun || my.not_tls || readable(side)) return 0;
  std::size_t used = 0;
  while (const std::size_t whole = my.records.whole_data(bytes.subspan(used))) {
    const Bytes body = bytes.subspan(used, whole).subspan(kRecordHeaderBytes);
    my.payload.begin(clear_bytes_);
    my.payload.add(PayloadTest::Of::ApplicationData, body, seen, used + kRecordHeaderBytes, facts_);
    if (shows_) sink_.sealed(side, body, later(seen, used + kRecordHeaderBytes));
    if (used == 0)
      application_data(side, body.size(), seen);
    else
      application_data(side, body.size(), later(seen, used));
    used += whole;
  }
  return used;
}

std::size_t Follower::Impl::data(Side side, Bytes bytes, Seen seen) {
  Stream& my = stream(side);
  if (my.not_tls) return 0;
  if (sslv2_ || bytes.empty()) return bytes.size();
  Bytes rest = bytes;
  if (!my.begun && !opening(side, rest, seen)) return bytes.size();
  if (sslv2_) return bytes.size();
  my.begun = true;
  if (!my.records.resume(rest)) {
    // Where step was lost, clear text may have taken the place of TLS.
    const std::size_t text = is_text_line(rest) ? 0 : text_begins(rest);
    if (text == kNoText) return bytes.size();
    my.not_tls = true;
    return bytes.size() - rest.size() + text;
  }
  for (;;) {
    const std::size_t whole = whole_records(side, rest, seen);
    rest = rest.subspan(whole);
    seen.offset += whole;
    if (rest.empty() && !my.records.inside()) break;
    const PieceView next = my.records.next(rest, seen);
    if (next.kind == PieceView::Kind::None) break;
    if (next.kind == PieceView::Kind::Foreign) {
      my.not_tls = true;
      if (established())
        note(facts_.malformed, next.seen);
      else
        establishment_.forbid();
      break;
    }
    if (next.kind == PieceView::Kind::Begin && !settled_) note(facts_.first_record, next.seen);
    holding_ = holding_ || must_wait(side, next);
    if (!holding_ || side == Side::Server)
      piece(side, next);
    else if (!held_.add(next, holdings_.within(limits_.held_bytes))) {
      limit_hit_ = true;
      establishment_.forbid();
      release();
      piece(side, next);
    }
  }
  if (side == Side::Server && holding_ && (facts_.server_hello || facts_.hello_retry)) release();
  if (!settled_) {
    settle();
    share_.holds(held_.bytes() + streams_[0].messages.bytes() + streams_[1].messages.bytes());
  }
  return bytes.size() - rest.size();
}

void Follower::Impl::gap(Side side, std::uint64_t bytes, const Seen& seen) {
  Stream& my = stream(side);
  establishment_.forbid();
  if (my.not_tls || sslv2_) return;
  release();
  my.hole = my.holed = my.begun = true;
  const bool in_messages = my.records.inside(ContentType::Handshake) && clear(side);
  const bool in_step = my.records.gap(bytes, seen);
  // Where step was kept inside what is clear, no sealed record is missing.
  if (decrypts_ && bytes > 0 && (!in_step || !in_messages)) keyed_->decryptor.gap(side, seen);
  if (!in_step) {
    my.messages.hole(~std::uint64_t{0});
    return;
  }
  if (in_messages) my.messages.hole(bytes);
  my.null_records.hole(bytes);
}

void Follower::Impl::end(Side side, SideEnd::How how, const Seen& seen) {
  if (side == Side::Server || how != SideEnd::How::Fin) return;
  if (holding_)
    held_.add_end(how, seen);
  else if (tls13_)
    establishment_.client_end();
  settle();
}

void Follower::Impl::finish() {
  if (!holding_) establishment_.finish();
  settle();
  establishment_.forbid();
  release();
}

Fact Follower::Impl::cut_data() const {
  for (const Stream& my : streams_)
    if (!my.not_tls && my.records.inside(ContentType::ApplicationData)) return my.records.place();
  return {};
}

// What can only follow the ServerHello must wait for it: the captured order of two directions
// is not that of the wire.
bool Follower::Impl::must_wait(Side side, const PieceView& next) const {
  if (settled_ || side == Side::Server || next.kind != PieceView::Kind::Begin) return false;
  if (!client_hello_ || facts_.server_hello || early_data_ || establishment_.forbidden()) return false;
  if (facts_.hello_retry && !second_hello_) return false;
  return next.header.type != ContentType::Alert || next.header.length != 2;
}

void Follower::Impl::release() {
  if (!holding_) return;
  holding_ = false;
  if (facts_.server_hello) establishment_.overtaken();
  const std::vector<HeldPiece> pieces = held_.take();
  for (const HeldPiece& held : pieces) {
    const PieceView view{held.kind, held.header, held.octets, held.seen};
    holding_ = holding_ || (!held.ended && must_wait(Side::Client, view));
    if (holding_) {
      // After a HelloRetryRequest what follows the second hello waits again.
      if (held.ended)
        held_.add_end(*held.ended, held.seen);
      else
        held_.add(view, limits_.held_bytes);
    } else if (held.ended) {
      if (tls13_) establishment_.client_end();
    } else {
      piece(Side::Client, view);
    }
  }
}

// ---- SSL 2.0 ----------------------------------------------------------------------------

// The first octets of a side; false: they belong to an unfinished hello.
bool Follower::Impl::opening(Side side, Bytes& rest, Seen& seen) {
  Stream& my = stream(side);
  if (side == Side::Server && !facts_.sslv2_hello) return true;
  const auto form = side == Side::Client ? Sslv2Opening::Form::ClientHello : Sslv2Opening::Form::ServerHello;
  switch (my.sslv2.feed(form, rest, seen)) {
    case Sslv2Opening::Result::Other:
      return true;
    case Sslv2Opening::Result::Unfinished:
      return false;
    case Sslv2Opening::Result::Whole:
      break;
  }
  const Seen& at = my.sslv2.seen();
  if (side == Side::Server) {
    sslv2_ = true;
    facts_.server_hello = at;
    facts_.version = kSsl2;
    facts_.cipher_suite = 0xffff;  // its kinds have three octets, and the client chooses
    return true;
  }
  note(facts_.first_record, at);
  note(facts_.client_hello, at);
  note(facts_.sslv2_hello, at);
  if (auto offer = parse_sslv2_hello(my.sslv2.octets())) {
    client_hello_ = true;
    establishment_.client_hello(EarlyData::None);
    facts_.offer = std::make_shared<const ClientOffer>(std::move(*offer));
  }
  return true;
}

// ---- records ----------------------------------------------------------------------------

// Are this side's handshake records in clear?
bool Follower::Impl::clear(Side side) const {
  if (streams_[index(side)].protects) return false;
  if (!tls13_ || !facts_.server_hello) return true;
  // Also where the ServerHello was captured before the ClientHello.
  return side == Side::Client && (!client_hello_ || (facts_.hello_retry && !second_hello_));
}

// Are its application records those of a suite without encryption?
bool Follower::Impl::readable(Side side) const {
  if (!suite_ || !suite_->null_encryption || facts_.compression) return false;
  return tls13_ || streams_[index(side)].protects;
}

// Was all of this side's TLS seen, from its hello on?
bool Follower::Impl::from_its_hello(Side side) const {
  return !streams_[index(side)].holed && (side == Side::Client ? client_hello_ : facts_.server_hello.has_value());
}

Standing Follower::Impl::standing(Side side) const {
  return {.from_its_hello = from_its_hello(side),
          .server_hello = facts_.server_hello.has_value(),
          .tls13 = tls13_,
          .sealed = streams_[index(side)].protects,
          .clear_handshake = clear(side),
          .heartbeat = facts_.heartbeat};
}

// Sealed with keys, or so it must be?
bool Follower::Impl::is_protected(Side side, ContentType type) const {
  return streams_[index(side)].protects || (type == ContentType::ApplicationData && (tls13_ || !facts_.server_hello));
}

void Follower::Impl::piece(Side side, const PieceView& part) {
  Stream& my = stream(side);
  if (decrypts_ && is_protected(side, part.header.type)) {
    keyed_->decryptor.piece(side, part);
    decrypts_ = !keyed_->decryptor.over();
    if (!decrypts_) keyed_.reset();
  }
  switch (part.kind) {
    case PieceView::Kind::Begin:
      my.have = 0;
      my.hole = false;
      my.payload.begin(clear_bytes_);
      if ((!settled_ || part.header.type != ContentType::ApplicationData) && out_of_place(part.header, standing(side)))
        note(facts_.malformed, part.seen);
      if (part.header.type == ContentType::Handshake && clear(side)) my.messages.record();
      if (part.header.type == ContentType::ApplicationData && readable(side)) {
        const std::size_t mac = facts_.truncated_hmac ? 10 : mac_bytes(*suite_);  // RFC 6066 7
        my.null_records.begin(tls13_ ? NullRecords::Form::InnerPlaintext : NullRecords::Form::ContentAndMac,
                              part.header.length, mac);
      }
      break;
    case PieceView::Kind::Body:
      body(side, part);
      break;
    case PieceView::Kind::End:
      record(side, part);
      break;
    case PieceView::Kind::None:
    case PieceView::Kind::Foreign:
      break;
  }
}

void Follower::Impl::body(Side side, const PieceView& part) {
  Stream& my = stream(side);
  if (part.header.type == ContentType::ApplicationData) {
    if (shows_ && !readable(side)) sink_.sealed(side, part.body, part.seen);
    if (readable(side))
      my.null_records.body(side, part.body, part.seen, sink_);
    else
      my.payload.add(!facts_.server_hello || (tls13_ && !established()) ? PayloadTest::Of::Handshake
                                                                        : PayloadTest::Of::ApplicationData,
                     part.body, part.seen, 0, facts_);
    return;
  }
  if (part.header.type == ContentType::Handshake && clear(side)) {
    Bytes rest = part.body;
    Seen seen = part.seen;
    for (MessageView next; my.messages.next(rest, seen, holdings_, next);) message(side, next);
    return;
  }
  if (!readable(side)) my.payload.add(PayloadTest::Of::Handshake, part.body, part.seen, 0, facts_);
  const std::size_t n = std::min(my.first.size() - my.have, part.body.size());
  std::copy_n(part.body.begin(), n, my.first.begin() + static_cast<std::ptrdiff_t>(my.have));
  my.have += n;
}

void Follower::Impl::record(Side side, const PieceView& part) {
  switch (part.header.type) {
    case ContentType::ChangeCipherSpec:
      change_cipher_spec(side, part);
      break;
    case ContentType::Alert:
      alert(side, part);
      break;
    case ContentType::Handshake:
      protected_handshake(side, part);
      break;
    case ContentType::ApplicationData:
      application_data(side, part.header.length, part.seen);
      break;
    case ContentType::Heartbeat:
      break;
  }
}

void Follower::Impl::change_cipher_spec(Side side, const PieceView& part) {
  Stream& my = stream(side);
  // Within a renegotiation it is protected, and longer.
  if (part.header.length != 1 || my.protects) return;
  note(side == Side::Client ? facts_.client_ccs : facts_.server_ccs, part.seen);
  // In TLS 1.3 it is there for middleboxes only (RFC 8446 D.4); before the ServerHello it comes
  // with early data.
  if (tls13_ || (early_data_ && !facts_.server_hello)) return;
  my.protects = true;
  if (from_its_hello(side) && my.messages.inside()) note(facts_.malformed, part.seen);  // one was not whole
  // A full handshake has a ServerHelloDone before it (RFC 5246 7.3).
  if (side == Side::Server && facts_.server_hello && !server_hello_done_ && !facts_.certificate &&
      !establishment_.forbidden())
    facts_.resumed = true;
}

void Follower::Impl::alert(Side side, const PieceView& part) {
  constexpr std::uint8_t kWarning = 1, kFatal = 2;
  constexpr std::size_t kKept = 16;
  const Stream& my = stream(side);
  if (my.hole) return;
  if (part.header.length != 2) {
    // It is protected, unless the whole way from this side's hello on was in clear.
    if (!my.protects && from_its_hello(side))
      note(facts_.malformed, part.seen);
    else if (!facts_.application_data)
      note(facts_.encrypted_alert_before_data, part.seen);
    return;
  }
  const Alert seen{part.seen, std::to_integer<std::uint8_t>(my.first[0]), std::to_integer<std::uint8_t>(my.first[1])};
  if (seen.level != kWarning && seen.level != kFatal) {
    note(facts_.malformed, part.seen);
    return;
  }
  if (facts_.alerts.size() < kKept) facts_.alerts.push_back(seen);
  if (seen.level != kFatal) return;
  if (!facts_.fatal_alert) facts_.fatal_alert = seen;
  establishment_.forbid();
}

void Follower::Impl::protected_handshake(Side side, const PieceView& part) {
  constexpr std::size_t kFinished = 16;  // four octets of header, twelve of verify_data (RFC 5246 7.4.9)
  Stream& my = stream(side);
  if (!my.protects || my.hole) return;
  if (my.finished) {
    if (established()) note(facts_.renegotiation, part.seen);
    least_bytes_ = 0;  // another suite, perhaps
    return;
  }
  if (part.header.length < kFinished) return;
  my.finished = true;
  note(side == Side::Client ? facts_.client_finished : facts_.server_finished, part.seen);
  establishment_.finished(side, part.seen);
}

void Follower::Impl::application_data(Side side, std::size_t length, const Seen& seen) {
  Stream& my = stream(side);
  if (readable(side))
    my.null_records.end(side, sink_);
  else if (length > 0 && length < least_bytes_ && !my.holed)
    note(facts_.malformed, seen);
  if (!facts_.server_hello) {
    if (side == Side::Client && early_data_)
      note(facts_.early_data, seen);
    else
      data_seen(side, length, seen);
    return;
  }
  if (!tls13_) {
    if (!empty_of_data(suite_, length)) data_seen(side, length, seen);
    return;
  }
  // Between two records of its own the server cannot have read the client's Finished.
  if (side == Side::Client && !establishment_.client_finished() && stream(Side::Server).records.inside())
    establishment_.overtaken();
  switch (establishment_.record(side, length, seen)) {
    case Carries::Data:
      data_seen(side, length, seen);
      break;
    case Carries::Alert:
      if (!facts_.application_data) note(facts_.encrypted_alert_before_data, seen);
      break;
    case Carries::Handshake:
      if (side == Side::Client) facts_.client_finished = establishment_.client_finished();
      break;
  }
}

void Follower::Impl::data_seen(Side side, std::size_t length, const Seen& seen) {
  note(facts_.application_data, seen);
  facts_.application_bytes[index(side)] += length;
}

// ---- handshake messages -----------------------------------------------------------------

void Follower::Impl::message(Side side, const MessageView& m) {
  const bool client = side == Side::Client;
  if (from_its_hello(side) && out_of_place(m.type, m.length, side)) note(facts_.malformed, m.seen);
  switch (m.type) {
    case HandshakeType::ClientHello:
      if (client) client_hello(m);
      break;
    case HandshakeType::ServerHello:
      if (!client && m.kept) {
        server_hello(parse_server_hello(m.body), m.seen);
        if (decrypts_ && facts_.server_hello && !facts_.inside && !null_suite())
          keyed_->decryptor.server_hello(m.body, facts_, &facts_.inside.emplace());
      }
      break;
    case HandshakeType::HelloRetryRequest:
      if (!client && m.kept) server_hello(parse_draft_retry(m.body), m.seen);
      break;
    case HandshakeType::Certificate:
      certificates(side, m);
      break;
    case HandshakeType::ServerKeyExchange:
      if (!client && m.kept && suite_ && !tls13_) server_key_exchange(m);
      break;
    case HandshakeType::NewSessionTicket:
      if (!client && m.kept && !tls13_) session_ticket(m);
      break;
    case HandshakeType::CertificateStatus:
      if (!client && !tls13_) note(facts_.certificate_status, m.seen);
      break;
    case HandshakeType::CertificateRequest:
      if (!client) note(facts_.certificate_request, m.seen);
      break;
    case HandshakeType::ServerHelloDone:
      server_hello_done_ |= !client;
      break;
    case HandshakeType::ClientKeyExchange:
      if (client) note(facts_.client_key_exchange, m.seen);
      break;
    case HandshakeType::HelloRequest:
    case HandshakeType::EndOfEarlyData:
    case HandshakeType::EncryptedExtensions:
    case HandshakeType::CertificateVerify:
    case HandshakeType::Finished:
    case HandshakeType::KeyUpdate:
    case HandshakeType::CompressedCertificate:  // of TLS 1.3, where keys open it
      break;
  }
}

void Follower::Impl::client_hello(const MessageView& m) {
  if (facts_.hello_retry && client_hello_) {
    second_hello_ = true;  // the same offers but for the key share (RFC 8446 4.1.2)
    establishment_.client_hello(early_data_ ? EarlyData::Offered : EarlyData::None);
    return;
  }
  if (client_hello_ && !early_data_ && from_its_hello(Side::Client)) note(facts_.malformed, m.seen);  // nobody asked
  if (client_hello_ || !m.kept) return;
  const auto hello = parse_client_hello(m.body);
  if (!hello) {
    note(facts_.malformed, m.seen);
    return;
  }
  client_hello_ = true;
  early_data_ = hello->early_data;
  if (decrypts_)
    keyed_->decryptor.client_hello(m.body, early_data_ ? Decryptor::Early::Offered : Decryptor::Early::None);
  if (!facts_.hello_retry) establishment_.client_hello(early_data_ ? EarlyData::Offered : EarlyData::None);
  facts_.client_hello = m.seen;
  if (hello->damaged) note(facts_.malformed, m.seen);
  facts_.server_name = as_text(hello->server_name);
  facts_.marks.client_random = hash_of(hello->random);
  facts_.offer = hellos_.offer(*hello);
  if (!hello->ticket.empty()) facts_.marks.ticket_offered = hash_of(hello->ticket);
}

void Follower::Impl::server_hello(const std::optional<ServerHelloView>& hello, const Seen& seen) {
  if (facts_.server_hello) return;
  if (!hello) {
    note(facts_.malformed, seen);
    return;
  }
  facts_.version = hello->version;
  tls13_ = is_tls13(hello->version);
  if (hello->retry) {
    note(facts_.hello_retry, seen);
    establishment_.retry();
    return;
  }
  facts_.server_hello = seen;
  facts_.cipher_suite = hello->suite;
  suite_ = find_suite(hello->suite);
  clear_bytes_ = clear_bytes(suite_, hello->version);
  least_bytes_ = least_bytes(suite_, hello->version, hello->truncated_hmac);
  establishment_.server_hello(suite_);
  facts_.compression = hello->compression != 0;
  facts_.sentinel = hello->sentinel;
  facts_.ems = hello->extended_master_secret;
  facts_.reneg_info = hello->renegotiation_info;
  facts_.encrypt_then_mac = hello->encrypt_then_mac;
  facts_.truncated_hmac = hello->truncated_hmac;
  facts_.heartbeat = hello->heartbeat;
  facts_.sct = hello->timestamps;
  facts_.alpn = hello->alpn;
  facts_.ja3s = hellos_.ja3s(*hello);
  facts_.marks.server_random = hash_of(hello->random);
  if (!tls13_) {
    if (!hello->session_id.empty()) facts_.marks.session_id = hash_of(hello->session_id);
    return;
  }
  facts_.group = hello->group;
  if (!hello->key_share.empty()) facts_.marks.server_share = hash_of(hello->key_share);
  facts_.resumed = hello->pre_shared_key;
  facts_.psk_without_key_share = hello->pre_shared_key && !hello->group;
  facts_.chain_hidden = true;
}

void Follower::Impl::server_key_exchange(const MessageView& m) {
  const auto exchange = parse_server_key_exchange(m.body, *suite_, facts_.version);
  if (!exchange) {
    note(facts_.malformed, m.seen);
    return;
  }
  facts_.group = exchange->group;
  facts_.dh_bits = exchange->dh_bits;
  facts_.server_signature = exchange->signature;
  if (!exchange->share.empty()) facts_.marks.server_share = hash_of(exchange->share);
  if (exchange->dh_bits == 0) note(facts_.malformed, m.seen);  // a prime of zero: nobody could go on with it
  if (exchange->dh_bits.value_or(0) == 0) return;
  facts_.dh_prime = hellos_.prime(exchange->prime);
  facts_.group = ffdhe_group(*facts_.dh_prime);
}

void Follower::Impl::session_ticket(const MessageView& m) {
  const auto ticket = parse_session_ticket(m.body);
  if (!ticket) {
    note(facts_.malformed, m.seen);
    return;
  }
  if (ticket->empty()) return;
  note(facts_.ticket, m.seen);
  facts_.marks.ticket_issued = hash_of(*ticket);
}

void Follower::Impl::certificates(Side side, const MessageView& m) {
  const bool client = side == Side::Client;
  constexpr std::uint32_t kEmptyList = 3;
  if (client && m.length <= kEmptyList) return;  // asked for, and it has none
  Fact& shown = client ? facts_.client_certificate : facts_.certificate;
  if (shown) return;
  shown = m.seen;
  // Of a message with a hole in it the certificates before the hole stand.
  constexpr std::size_t kListLength = 3;
  std::optional<Bytes> list;
  if (m.kept)
    list = certificate_list(m.body);
  else
    list = m.body.subspan(std::min(kListLength, m.body.size()));
  if (!list) {
    if (!client) note(facts_.malformed, m.seen);
    return;
  }
  take_chain(side, *list, next_certificate);
  limit_hit_ |= (client ? facts_.client_chain_lack : facts_.chain_lack) == ChainLack::Cut;
}

template <class Next>
void Follower::Impl::take_chain(Side side, Bytes list, Next next) {
  const bool client = side == Side::Client;
  auto& chain = client ? facts_.client_chain : facts_.chain;
  for (Bytes der; next(list, der);) {
    if (chain.size() == limits_.certificates) {
      (client ? facts_.client_chain_lack : facts_.chain_lack) = ChainLack::Cut;
      return;
    }
    chain.push_back(cache_.parse(der));
  }
}

// ---- what keys show --------------------------------------------------------------------

void Follower::Impl::hidden(Side side, const MessageView& m) {
  const bool client = side == Side::Client;
  if (m.type == HandshakeType::Certificate) hidden_certificates(side, m);
  if (m.type == HandshakeType::CompressedCertificate) {
    (client ? facts_.client_chain_lack : facts_.chain_lack) = ChainLack::Compressed;
    note(client ? facts_.client_certificate : facts_.certificate, m.seen);
  }
  if (m.type == HandshakeType::CertificateRequest && !client) note(facts_.certificate_request, m.seen);
  if (m.type == HandshakeType::EncryptedExtensions && !client && m.kept && !facts_.alpn)
    facts_.alpn = alpn_of_encrypted_extensions(m.body);
}

void Follower::Impl::hidden_certificates(Side side, const MessageView& m) {
  const bool client = side == Side::Client;
  const auto entries = m.kept ? certificate_entries(m.body) : std::nullopt;
  Fact& shown = client ? facts_.client_certificate : facts_.certificate;
  if (!entries || shown || (client && entries->empty())) return;
  shown = m.seen;
  take_chain(side, *entries, next_certificate_entry);
  if (client || facts_.chain.empty()) return;
  facts_.chain_hidden = false;
  facts_.chain_decrypted = true;
}

// ---- the public face --------------------------------------------------------------------

Follower::Follower(TlsFacts* facts, Holdings* holdings, CertificateCache* cache, HelloCache* hellos, ReadableSink* sink)
    : impl_(std::make_unique<Impl>(facts, holdings, cache, hellos, sink)) {}
Follower::~Follower() = default;

std::size_t Follower::data(Side side, Bytes bytes, const Seen& seen) {
  const std::size_t whole = impl_->whole_records(side, bytes, seen);
  return whole == bytes.size() ? whole : whole + impl_->data(side, bytes.subspan(whole), later(seen, whole));
}
void Follower::gap(Side side, std::uint64_t bytes, const Seen& seen) { impl_->gap(side, bytes, seen); }
void Follower::end(Side side, SideEnd::How how, const Seen& seen) { impl_->end(side, how, seen); }

void Follower::expect(Side side) const noexcept {
  fetch<Impl::kBusy>(impl_.get());
  fetch<Stream::kBusy>(&impl_->streams_[index(side)]);
}

void Follower::show_sealed() noexcept { impl_->shows_ = true; }
void Follower::finish() { impl_->finish(); }
Fact Follower::cut_data() const { return impl_->cut_data(); }

bool Follower::established() const noexcept { return impl_->established(); }

bool Follower::limit_hit() const noexcept {
  const auto& i = *impl_;
  return i.limit_hit_ || i.streams_[0].messages.limit_hit() || i.streams_[1].messages.limit_hit();
}

bool Follower::null_suite() const noexcept { return impl_->null_suite(); }

void Follower::decrypt(const KeyLog* keys, Crypto* crypto) { impl_->decrypt(keys, crypto); }

}  // namespace mailseal::tls
