// Follower: reads the TLS of one connection, both sides, from the first record on.
//
// It fills TlsFacts and says how far octets were TLS. It knows nothing of mail. Records
// of a NULL suite are readable as they are and are handed, less their MAC, to a
// ReadableSink; without keys nothing else is (decrypt()).
//
// Established (what completes a handshake for a reader without keys):
//   to TLS 1.2  ChangeCipherSpec and one protected handshake record from both sides
//   TLS 1.3     ServerHello, then from the client a protected record as large as a
//               Finished, then application data or an orderly end; the compatibility
//               ChangeCipherSpecs prove nothing (RFC 8446 D.4)
// A gap before that makes `established` impossible for good; what can still be read
// is read (a record whose length is known may be skipped over a gap inside it).
//
// Limits: handshake_bytes, certificates; hit ones are told by limit_hit().
// RFC 6101, 2246, 4346, 5246, 8446/9846, 8422; SSL 2.0 hello: RFC 5246 E.2.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "holdings.h"
#include "mailseal/base/bytes.h"
#include "mailseal/inspect.h"

namespace mailseal::tls {

/// The same octets are parsed once; bounded by Limits::certificate_cache. Not thread-safe.
class CertificateCache {
 public:
  explicit CertificateCache(const Limits*);
  ~CertificateCache();
  std::shared_ptr<const Certificate> parse(Bytes der);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class HelloCache;

class ReadableSink {
 public:
  virtual ~ReadableSink() = default;
  /// What the records of a NULL suite carry, in order; dies with the call.
  virtual void readable(Side, Bytes, const Seen&) = 0;
  /// What other records carry, where there are keys: offsets are of what is inside.
  virtual void decrypted(Side, Bytes, const Seen&) {}
  /// Application data of other records as it crossed, only where the follower shows it.
  virtual void sealed(Side, Bytes, const Seen&) {}
};

class Crypto;

/// What the first octets of a side are.
enum class Look : std::uint8_t { Tls, NotTls, TooShort };
/// A TLS record header (type 20 to 24, version 3.0 to 3.4, a possible length)?
Look looks_like_record(Bytes) noexcept;
/// An SSLv2-format ClientHello (length 0x80.., type 1, version 0x0002 or 3.x, lengths that add up)?
Look looks_like_sslv2_hello(Bytes) noexcept;

class Follower {
 public:
  /// All are kept and must outlive the follower.
  Follower(TlsFacts*, Holdings*, CertificateCache*, HelloCache*, ReadableSink*);
  ~Follower();

  /// Before any octets: with these keys, TlsFacts::inside is told, and what is encrypted goes to the sink.
  /// Both are kept and must outlive the follower.
  void decrypt(const KeyLog*, Crypto*);

  /// From now on what is sealed is shown to the sink, too.
  void show_sealed() noexcept;

  /// In-order octets of one side; `seen` is of bytes[0] (its frame is that of all of them).
  /// Returns how many belong to TLS, unfinished records included (they are buffered here as
  /// far as needed). Fewer than all: there a record was due and what stands is none; do not
  /// feed that side again. After establishment this is told as TlsFacts::malformed, too.
  std::size_t data(Side, Bytes bytes, const Seen& seen);
  void gap(Side, std::uint64_t bytes, const Seen&);
  /// FIN or RST of a side, in stream order.
  void end(Side, SideEnd::How, const Seen&);
  /// The connection is over: what was held back is decided now.
  void finish();
  /// A record of application data that has begun and is not at its end.
  Fact cut_data() const;

  void expect(Side) const noexcept;  ///< as StreamHandler::expect()

  bool established() const noexcept;
  bool limit_hit() const noexcept;
  /// The chosen suite has no encryption: what comes through the sink was readable.
  bool null_suite() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailseal::tls
