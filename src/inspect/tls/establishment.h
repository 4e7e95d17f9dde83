// Establishment: was the handshake completed, as far as one without keys can tell?
//
// To TLS 1.2, ChangeCipherSpec and one protected handshake record (its Finished) of both
// sides. In TLS 1.3 everything behind the ServerHello looks alike, so sizes speak: from the
// client a record as large as a Finished, and then what comes only if the handshake stood:
// application data that the server answers, or an orderly end. A larger record may be a client's
// Certificate, and what follows it its CertificateVerify: only an answer that the client goes on
// after speaks for that one. A record as small as an alert instead of the Finished is the client
// turning away, and instead of an answer the server. The ChangeCipherSpecs of TLS 1.3 prove
// nothing (RFC 8446 D.4).
//
// What is missing is never made up for: one gap before, and the answer stays no.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "mailseal/base/fact.h"
#include "mailseal/base/suites.h"

namespace mailseal::tls {

/// What a protected record of TLS 1.3 carries, by its place and size.
enum class Carries : std::uint8_t { Handshake, Alert, Data };

enum class EarlyData : std::uint8_t { None, Offered };

class Establishment {
 public:
  void client_hello(EarlyData early) noexcept {
    client_hello_ = true;
    early_data_ = early == EarlyData::Offered;
  }
  /// A HelloRetryRequest: another ClientHello is due.
  void retry() noexcept { client_hello_ = false; }
  /// `suite`: nullptr where the number is unknown; the smallest sizes are taken.
  void server_hello(const CipherSuite* suite) noexcept;
  /// TLS to 1.2: a protected handshake record of at least a Finished's size.
  void finished(Side, const Seen&) noexcept;
  /// TLS 1.3: a protected record of `length` behind the ServerHello.
  Carries record(Side, std::size_t length, const Seen&) noexcept;
  /// TLS 1.3: the client closed its side in order.
  void client_end() noexcept;
  /// Nothing more comes: client data that the server did not turn away stands.
  void finish() noexcept;
  /// The client's records came before the ServerHello they answer: of the server's records
  /// none can be said to follow them.
  void overtaken() noexcept { overtaken_ = true; }
  /// A fatal alert, or octets are missing: if not established now, then never.
  void forbid() noexcept { forbidden_ = true; }

  const Fact& at() const noexcept { return at_; }
  bool forbidden() const noexcept { return forbidden_; }
  /// What stands for the client's Finished so far.
  const Fact& client_finished() const noexcept { return finished_[0]; }

 private:
  void prove(const Seen&) noexcept;

  bool client_hello_ = false, server_hello_ = false, overtaken_ = false, forbidden_ = false;
  bool client_left_ = false;  ///< an alert-sized record of the client behind its Finished, before any data
  bool early_data_ = false;   ///< was offered: only a record of just the right size is the Finished
  bool exact_ = false;        ///< what stands for the client's Finished has just its size
  bool answered_ = false;     ///< the server went on behind a Finished of another size
  bool unanswered_ = false;   ///< client data behind an exact Finished, of which the server said nothing yet
  std::size_t finished_bytes_ = 0, alert_bytes_ = 0;
  std::array<Fact, 2> finished_;
  Fact at_;
};

}  // namespace mailseal::tls
