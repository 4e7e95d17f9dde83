// Crypto: the parts of OpenSSL that opening records needs, in a library context of its own, so that the algorithms of
// its legacy provider (RC4, SEED, single DES) are there for this and for nothing else of the program.
//
// Made only where keys were given. Not thread-safe: the octets of a record that was opened lie in one room for all.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "mailseal/base/bytes.h"
#include "mailseal/base/key_log.h"
#include "mailseal/base/suites.h"
#include "record.h"

namespace mailseal::tls {

/// How the records of a connection are protected.
struct Protection {
  std::uint16_t version = 0;  ///< 0x0301 and above
  const CipherSuite* suite = nullptr;
  bool encrypt_then_mac = false, truncated_hmac = false;
};

/// What was in a record. Dies with the next one that is opened.
struct OpenedView {
  ContentType type{};
  Bytes content;
};

/// Opens the records of one side in their order, from those of its first keys on.
class RecordCipher {
 public:
  virtual ~RecordCipher() = default;
  /// Nothing: it does not verify, or is no record of these keys.
  virtual std::optional<OpenedView> open(const RecordHeader&, Bytes body) = 0;
};

class Crypto {
 public:
  Crypto();
  ~Crypto();
  Crypto(const Crypto&) = delete;
  Crypto& operator=(const Crypto&) = delete;

  /// OpenSSL has the cipher, and this the way in which it is used.
  bool supports(const Protection&);

  /// To TLS 1.2 (RFC 5246 6.3): client and server. Null where it is not supported.
  struct Pair {
    std::unique_ptr<RecordCipher> client, server;
  };
  Pair ciphers(const Protection&, Bytes master, Bytes client_random, Bytes server_random);
  /// TLS 1.3, of a traffic secret (RFC 8446 7.3).
  std::unique_ptr<RecordCipher> cipher(const Protection&, Bytes secret);
  /// "application_traffic_secret_N+1" (RFC 8446 7.2)
  Secret next(const Protection&, Bytes secret);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailseal::tls
