// PayloadTest: do the records of one side look like ciphertext?
//
// Two things are looked for in the bodies of records, less what no cipher hides (the explicit nonce of AEAD suites,
// the initial block of CBC):
//   - in application data, that samples of 256 octets are spread as chance spreads them: Pearson's chi-square over the
//   256 values. They lie
//     at the beginning, twice as far on each time, and from 64 kB on at every 64 kB; the worst one is told;
//   - a run of 32 printable octets (tabs and line ends among them) within one record that is encrypted, or ought to
//     be, of any type: chance makes one in some 10^13 places.
// What passes is ciphertext or compressed data, which no statistic tells apart. The figures are judge's business.
//
// The result depends on the octets alone, not on how they were cut. Holds 256 octets while a sample is cut.
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
  static constexpr std::uint32_t kSample = 256;  ///< octets

  /// A record begins, with `clear` octets that say nothing.
  void begin(std::size_t clear) noexcept {
    clear_ = static_cast<std::uint8_t>(clear);
    run_ = 0;
  }
  /// More of it, that many octets behind `seen`. Text is looked for in all of it; samples are taken of application
  /// data.
  enum class Of : std::uint8_t { Handshake, ApplicationData };
  void add(Of, Bytes octets, const Seen& seen, std::size_t behind, TlsFacts&);

 private:
  static constexpr std::uint32_t kFarthest = 64 * 1024;
  static constexpr std::size_t kRun = 32;
  struct Cut : Pooled<Cut> {
    std::array<std::byte, kSample> octets;
    std::size_t size = 0;
  };
  void sample(Bytes, const Seen&, std::size_t behind, TlsFacts&);
  void conclude(Bytes sample, const Seen& last, TlsFacts&);
  void look_for_text(Bytes, const Seen&, std::size_t behind, TlsFacts&);

  std::unique_ptr<Cut> cut_;  ///< a sample of which more is to come
  std::int32_t worst_ = -1;   ///< Pearson's of the samples so far; -1: there was none
  std::uint32_t at_ = 0;      ///< where the sample of now begins, up to kFarthest
  std::uint32_t skip_ = 0;    ///< octets up to the next one
  std::uint8_t clear_ = 0;    ///< octets of the record still to be passed over
  std::uint8_t run_ = 0;      ///< printable octets at the end of what came of the record
  bool text_ = false;
};

}  // namespace mailseal::tls
