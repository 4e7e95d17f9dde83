#include "establishment.h"

#include "null_records.h"

namespace mailseal::tls {
namespace {

// Octets of the hash that makes a Finished in TLS 1.3.
std::size_t hash_bytes(const CipherSuite& suite) {
  if (suite.hash == "SHA384") return 48;
  if (suite.hash == "SHA512") return 64;
  return 32;  // SHA256, SM3, Ascon-Hash256, Streebog-256
}

constexpr std::size_t index(Side side) { return static_cast<std::size_t>(side); }

}  // namespace

void Establishment::server_hello(const CipherSuite* suite) noexcept {
  constexpr std::size_t kInnerType = 1, kHandshakeHeader = 4, kAlert = 2;
  const std::size_t tag = suite ? mac_bytes(*suite) : 16;
  server_hello_ = true;
  finished_bytes_ = kHandshakeHeader + (suite ? hash_bytes(*suite) : 32) + kInnerType + tag;
  alert_bytes_ = kAlert + kInnerType + tag;
}

void Establishment::prove(const Seen& seen) noexcept {
  if (!at_ && !forbidden_ && client_hello_ && server_hello_) at_ = seen;
}

void Establishment::finished(Side side, const Seen& seen) noexcept {
  auto& mine = finished_[index(side)];
  if (!mine) mine = seen;
  const auto& theirs = finished_[index(other(side))];
  if (theirs) prove(precedes(*mine, *theirs) ? *theirs : *mine);
}

Carries Establishment::record(Side side, std::size_t length, const Seen& seen) noexcept {
  const bool alert = length == alert_bytes_;
  auto& client_finished = finished_[index(Side::Client)];
  if (!client_finished) {
    // Nothing of a handshake is as small as an alert: EncryptedExtensions takes 6 octets, an
    // empty Certificate 8.
    if (alert) forbidden_ = true;
    const bool exact = length == finished_bytes_;
    // Early data looks like all else. The Finished behind it has a record of its own, since
    // EndOfEarlyData before it is under other keys (RFC 8446 4.5).
    if (side == Side::Client && !forbidden_ && (exact || (length > finished_bytes_ && !early_data_))) {
      client_finished = seen;
      exact_ = exact;
    }
    return alert ? Carries::Alert : Carries::Handshake;
  }
  if (at_) return alert ? Carries::Alert : Carries::Data;
  if (side == Side::Client && !exact_ && !alert) {
    // What was larger than a Finished may have been a Certificate, and this still be of the same flight.
    exact_ = length == finished_bytes_;
    if (exact_) client_finished = seen;
    if (exact_ || !answered_ || same_packet(seen, *client_finished)) return Carries::Handshake;
    prove(*client_finished);
    return Carries::Data;
  }
  if (alert) {
    // The client's close_notify and its server's answer are an orderly end; a server that speaks
    // first turns the client away.
    client_left_ |= side == Side::Client;
    forbidden_ |= !client_left_;
    return Carries::Alert;
  }
  if (side == Side::Server) {
    if (overtaken_ || length < alert_bytes_) return Carries::Handshake;
    answered_ = true;
    if (exact_) prove(*client_finished);
  } else if (overtaken_) {
    prove(*client_finished);  // the answer came before it was looked for
  } else {
    unanswered_ = true;
  }
  return Carries::Data;
}

void Establishment::client_end() noexcept {
  if (exact_) prove(*finished_[index(Side::Client)]);
}

void Establishment::finish() noexcept {
  if (unanswered_) prove(*finished_[index(Side::Client)]);
}

}  // namespace mailseal::tls
