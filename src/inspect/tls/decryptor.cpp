#include "decryptor.h"

#include <algorithm>
#include <utility>

#include "handshake.h"

namespace mailseal::tls {
namespace {

constexpr unsigned kPassedOver = 64;  ///< records, of early data or of a handshake whose secret lacks
constexpr std::size_t kRandomAt = 2, kRandomBytes = 32;  // of both hellos (RFC 5246 7.4.1)

bool take_random(Bytes hello, std::array<std::byte, kRandomBytes>& out) {
  if (hello.size() < kRandomAt + kRandomBytes) return false;
  std::copy_n(hello.begin() + kRandomAt, kRandomBytes, out.begin());
  return true;
}

Bytes session_id(Bytes server_hello) {
  constexpr std::size_t kAt = kRandomAt + kRandomBytes;
  if (server_hello.size() <= kAt) return {};
  const auto size = std::to_integer<std::size_t>(server_hello[kAt]);
  return server_hello.size() - kAt - 1 < size ? Bytes() : server_hello.subspan(kAt + 1, size);
}

}  // namespace

Decryptor::Decryptor(const KeyLog* keys, Crypto* crypto, Holdings* holdings, DecryptedSink* sink)
    : keys_(*keys), crypto_(*crypto), holdings_(*holdings), sink_(*sink), share_(holdings) {}

// ---- keys -------------------------------------------------------------------------------

void Decryptor::client_hello(Bytes body, Early early) {
  client_hello_ = take_random(body, client_random_);
  early_ = early == Early::Offered;
  if (told_) begin();
}

void Decryptor::server_hello(Bytes body, const TlsFacts& facts, Inside* told) {
  if (told_ || !take_random(body, server_random_)) return;
  told_ = told;
  how_ = {facts.version, find_suite(facts.cipher_suite), facts.encrypt_then_mac, facts.truncated_hmac};
  if (facts.compression || !crypto_.supports(how_)) {
    told->state = Decryption::Unsupported;
    sides_[0].over = sides_[1].over = true;
    return;
  }
  // A server that asks for another hello, or takes no PSK, ignores early data (RFC 8446 4.2.10).
  early_taken_ = facts.resumed && !facts.hello_retry;
  const Bytes id = session_id(body);
  session_id_.assign(id.begin(), id.end());
  begin();
}

void Decryptor::begin() {
  if (begun_ || !client_hello_ || over()) return;
  begun_ = true;
  is13() ? begin13() : begin12();
  for (const Waiting& held : std::exchange(waiting_, {})) record(held.side, held.header, held.body, held.seen);
  waiting_bytes_ = 0;
  share();
}

void Decryptor::begin12() {
  const Secret* master = keys_.find(SecretKind::Master, client_random_);
  if (!master && !session_id_.empty()) master = keys_.find(SecretKind::MasterOfSession, session_id_);
  Crypto::Pair made;
  if (master) made = crypto_.ciphers(how_, master->bytes(), client_random_, server_random_);
  sides_[0].ciphers[kApplication] = std::move(made.client);
  sides_[1].ciphers[kApplication] = std::move(made.server);
  if (!master) sides_[0].over = sides_[1].over = true;
}

void Decryptor::begin13() {
  constexpr SecretKind kKinds[2][kEpochs] = {
      {SecretKind::ClientEarly, SecretKind::ClientHandshake, SecretKind::ClientTraffic},
      {SecretKind::ClientEarly, SecretKind::ServerHandshake, SecretKind::ServerTraffic}};
  bool any = false;
  for (const Side s : {Side::Client, Side::Server}) {
    SideState& my = side(s);
    for (int epoch = kApplication; epoch >= kEarly; --epoch) {
      if (epoch == kEarly && (s == Side::Server || !early_taken_)) continue;
      const Secret* secret = keys_.find(kKinds[static_cast<std::size_t>(s)][epoch], client_random_);
      if (secret) my.ciphers[static_cast<std::size_t>(epoch)] = crypto_.cipher(how_, secret->bytes());
      if (secret && epoch == kApplication) my.traffic = *secret;
      any |= secret != nullptr;
      if (my.ciphers[static_cast<std::size_t>(epoch)]) my.at = static_cast<Epoch>(epoch);
    }
    my.handshake_lacks = !my.ciphers[kHandshake];
  }
  if (!any) sides_[0].over = sides_[1].over = true;
}

// ---- records ----------------------------------------------------------------------------

void Decryptor::piece(Side s, const PieceView& part) {
  SideState& my = side(s);
  if (my.over) return;
  switch (part.kind) {
    case PieceView::Kind::Begin:
      my.record.clear();
      my.whole = false;
      break;
    case PieceView::Kind::Body:
      my.whole = my.record.empty() && part.body.size() == part.header.length;
      if (my.whole) return record(s, part.header, part.body, part.seen);
      if (my.record.size() + part.body.size() > holdings_.within(kRecordBytes))
        return stop(s, Decryption::LimitHit, part.seen);
      my.record.insert(my.record.end(), part.body.begin(), part.body.end());
      share();
      break;
    case PieceView::Kind::End:
      if (!my.whole && part.header.length > 0) {
        const std::vector<std::byte> body = std::exchange(my.record, {});
        record(s, part.header, body, part.seen);
      }
      share();
      break;
    case PieceView::Kind::None:
    case PieceView::Kind::Foreign:
      break;
  }
}

void Decryptor::gap(Side s, const Seen& seen) { stop(s, Decryption::Gap, seen); }

void Decryptor::record(Side s, const RecordHeader& header, Bytes body, const Seen& seen) {
  SideState& my = side(s);
  if (my.over) return;
  if (!begun_) return wait(s, header, body, seen);
  if (const auto view = open(s, header, body)) return opened(s, *view, seen);
  const bool has_key =
      std::any_of(my.ciphers.begin() + my.at, my.ciphers.end(), [](const auto& c) { return c != nullptr; });
  const bool refused_early = s == Side::Client && early_ && my.at != kApplication && (my.at == kEarly || !my.any);
  if (has_key && (refused_early || (my.handshake_lacks && !my.any)) && ++my.passed <= kPassedOver) return;
  stop(s, !has_key ? Decryption::NoKey : my.any ? Decryption::Damaged : Decryption::WrongKey, seen);
}

/// Beyond the bound early data is passed over, as if there were no key for it.
void Decryptor::wait(Side s, const RecordHeader& header, Bytes body, const Seen& seen) {
  if (s == Side::Client && !early_) return;
  const std::size_t cost = sizeof(Waiting) + body.size();
  if (waiting_bytes_ + cost <= holdings_.within(holdings_.limits().held_bytes)) {
    waiting_bytes_ += cost;
    waiting_.push_back({s, header, seen, {body.begin(), body.end()}});
  } else if (s == Side::Server) {
    stop(s, Decryption::LimitHit, seen);
  }
}

/// With the keys of now, or with later ones, where what would have told of the change was not there to be read.
std::optional<OpenedView> Decryptor::open(Side s, const RecordHeader& header, Bytes body) {
  SideState& my = side(s);
  for (std::size_t epoch = my.at; epoch < kEpochs; ++epoch) {
    if (!my.ciphers[epoch]) continue;
    const auto view = my.ciphers[epoch]->open(header, body);
    if (!view) continue;
    my.at = static_cast<Epoch>(epoch);
    my.any = true;
    return view;
  }
  return std::nullopt;
}

void Decryptor::opened(Side s, const OpenedView& view, const Seen& seen) {
  SideState& my = side(s);
  told_->state = Decryption::Decrypted;
  ++told_->records;
  note(told_->first, seen);
  switch (view.type) {
    case ContentType::ApplicationData: {
      Seen inner = seen;
      inner.offset = my.offset;
      my.offset += view.content.size();
      if (!view.content.empty()) sink_.inside(s, view.content, inner);
      break;
    }
    case ContentType::Handshake: {
      Bytes rest = view.content;
      Seen at = seen;
      my.messages.record();
      for (MessageView next; my.messages.next(rest, at, holdings_, next);)
        is13() ? message13(s, next) : message12(s, next);
      break;
    }
    case ContentType::ChangeCipherSpec:
      if (!is13()) change_keys(s, seen);
      break;
    case ContentType::Alert:
    case ContentType::Heartbeat:
      break;
  }
}

// ---- messages ---------------------------------------------------------------------------

void Decryptor::message13(Side s, const MessageView& m) {
  SideState& my = side(s);
  const auto enter = [&](Epoch epoch) {
    my.at = epoch;
    my.any = false;
  };
  if (m.type == HandshakeType::EndOfEarlyData && my.at == kEarly) enter(kHandshake);
  if (m.type == HandshakeType::Finished && my.at == kHandshake) enter(kApplication);
  if (m.type == HandshakeType::KeyUpdate && my.at == kApplication) {
    my.traffic = crypto_.next(how_, my.traffic.bytes());
    my.ciphers[kApplication] = crypto_.cipher(how_, my.traffic.bytes());
    my.any = false;
  }
  sink_.hidden(s, m);
}

/// Inside a connection they are of a renegotiation.
void Decryptor::message12(Side s, const MessageView& m) {
  if (m.type == HandshakeType::ClientHello && s == Side::Client && m.kept) {
    Random random{};
    if (take_random(m.body, random)) again_ = random;
  }
  if (m.type != HandshakeType::ServerHello || s != Side::Server || !m.kept) return;
  const auto hello = parse_server_hello(m.body);
  const auto client_random = std::exchange(again_, std::nullopt);
  if (!hello || !client_random || !take_random(m.body, server_random_)) return;
  client_random_ = *client_random;
  const Protection how{hello->version, find_suite(hello->suite), hello->encrypt_then_mac, hello->truncated_hmac};
  const Secret* master = keys_.find(SecretKind::Master, client_random_);
  if (!master) master = keys_.find(SecretKind::MasterOfSession, session_id(m.body));
  if (!master || hello->compression != 0 || is_tls13(how.version) || !crypto_.supports(how)) return;
  Crypto::Pair made = crypto_.ciphers(how, master->bytes(), client_random_, server_random_);
  sides_[0].next = std::move(made.client);
  sides_[1].next = std::move(made.server);
}

void Decryptor::change_keys(Side s, const Seen& seen) {
  SideState& my = side(s);
  if (!my.next) return stop(s, Decryption::Renegotiated, seen);
  my.ciphers[kApplication] = std::exchange(my.next, nullptr);
  my.any = false;
}

void Decryptor::stop(Side s, Decryption why, const Seen& seen) {
  SideState& my = side(s);
  if (std::exchange(my.over, true)) return;
  std::vector<std::byte>().swap(my.record);
  my.messages.drop();
  if (!told_) return;
  if (told_->records == 0) told_->state = why;
  Undecrypted at{why, seen};
  at.seen.side = s;
  told_->stopped.push_back(at);
  share();
}

void Decryptor::share() noexcept {
  std::size_t bytes = waiting_bytes_;
  for (const SideState& my : sides_) bytes += my.record.capacity() + my.messages.bytes();
  share_.holds(bytes);
}

}  // namespace mailseal::tls
