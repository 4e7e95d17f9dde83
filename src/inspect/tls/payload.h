// PayloadTest: do the records of one side look like ciphertext?
//
// Two things are looked for in the bodies of type-23 records, less what no cipher hides (the explicit nonce of
// AEAD suites, the initial block of CBC):
//   - that the first 512 octets are spread as chance spreads them: Pearson's chi-square over the 256 values;
//   - a run of 32 printable octets within one record, anywhere: chance makes one in some 10^14 places.
// What passes is ciphertext or compressed data, which no statistic tells apart. The figures are judge's business.
//
// The result depends on the octets alone, not on how they were cut. Holds 512 octets until the sample is whole.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "mailseal/base/bytes.h"
#include "mailseal/base/fact.h"
#include "mailseal/base/pool.h"
#include "mailseal/base/suites.h"
#include "mailseal/inspect.h"

namespace mailseal::tls {

/// Octets at the beginning of a record that are not encrypted (RFC 5246 6.2.3.2, 6.2.3.3; RFC 5288 3).
std::size_t clear_bytes(const CipherSuite*, std::uint16_t version) noexcept;

class PayloadTest {
 public:
  /// A record begins, with `clear` octets that say nothing.
  void begin(std::size_t clear) noexcept {
    clear_ = static_cast<std::uint8_t>(clear);
    run_ = 0;
  }
  /// More of it; `seen` is of octets[0].
  void add(Bytes octets, const Seen& seen, TlsFacts&);
  /// Nothing more comes.
  void finish(TlsFacts&);

 private:
  static constexpr std::size_t kSample = 512, kRun = 32;
  struct Sample : Pooled<Sample> {
    std::array<std::byte, kSample> octets;
    std::size_t size = 0;
    Seen last;
  };
  void sample(Bytes, const Seen&, TlsFacts&);
  void conclude(TlsFacts&);
  void look_for_text(Bytes, const Seen&, TlsFacts&);

  std::unique_ptr<Sample> sample_;
  std::uint8_t clear_ = 0;  ///< octets of the record still to be passed over
  std::uint8_t run_ = 0;    ///< printable octets at the end of what came of the record
  bool concluded_ = false, text_ = false;
};

}  // namespace mailseal::tls
