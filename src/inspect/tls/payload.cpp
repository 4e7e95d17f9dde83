#include "payload.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace mailseal::tls {
namespace {

constexpr bool is_printable(std::byte b) noexcept {
  const auto octet = std::to_integer<unsigned>(b);
  return octet - 0x20u < 0x5fu || octet == '\t' || octet == '\n' || octet == '\r';
}

std::size_t printable_at_begin(Bytes in) noexcept {
  return static_cast<std::size_t>(std::find_if_not(in.begin(), in.end(), is_printable) - in.begin());
}

std::size_t printable_at_end(Bytes in) noexcept {
  return static_cast<std::size_t>(std::find_if_not(in.rbegin(), in.rend(), is_printable) - in.rbegin());
}

// Are these eight all printable? Of chance, one in 256 is looked at octet by octet.
bool all_printable(const std::byte* at) noexcept {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return (word & 0x80 * kEach) == 0 && std::all_of(at, at + sizeof word, is_printable);
}

constexpr std::uint32_t kSample = PayloadTest::kSample;

// Pearson's chi-square against all octets alike: the sum of (seen - due)^2 / due. There are as many octets as values,
// so each is due once. Of fewer octets, that of text and that of chance overlap.
std::int32_t chi_square(std::span<const std::byte, kSample> octets) noexcept {
  static_assert(kSample == 256);
  std::array<std::int16_t, kSample> counts{};
  const auto count = [&](std::size_t i) { ++counts[std::to_integer<std::size_t>(octets[i])]; };
  for (std::size_t i = 0; i < kSample; i += 4) count(i), count(i + 1), count(i + 2), count(i + 3);
  std::int32_t squares = 0;
  for (const std::int32_t n : counts) squares += n * n;
  return squares - static_cast<std::int32_t>(kSample);
}

}  // namespace

std::size_t clear_bytes(const CipherSuite* suite, std::uint16_t version) noexcept {
  constexpr std::uint16_t kTls11 = 0x0302;
  constexpr std::size_t kNonce = 8;  // of GCM and CCM, often a counter; ChaCha20-Poly1305 has none (RFC 7905 2)
  if (!suite || suite->tls13 || suite->block_bits == 0) return 0;
  if (suite->aead) return kNonce;
  return suite->cbc && version >= kTls11 ? suite->block_bits / 8 : 0;
}

void PayloadTest::add(Of of, Bytes octets, const Seen& seen, std::size_t behind, TlsFacts& facts) {
  const std::size_t passed = std::min<std::size_t>(clear_, octets.size());
  clear_ = static_cast<std::uint8_t>(clear_ - passed);
  const Bytes hidden = octets.subspan(passed);
  if (hidden.empty()) return;
  if (of == Of::ApplicationData) {
    if (hidden.size() <= skip_)
      skip_ -= static_cast<std::uint32_t>(hidden.size());
    else
      sample(hidden, seen, behind + passed, facts);
  }
  if (!text_) look_for_text(hidden, seen, behind + passed, facts);
}

void PayloadTest::sample(Bytes octets, const Seen& seen, std::size_t behind, TlsFacts& facts) {
  for (std::size_t passed = 0;;) {
    const std::size_t skipped = std::min<std::size_t>(skip_, octets.size() - passed);
    skip_ -= static_cast<std::uint32_t>(skipped);
    passed += skipped;
    if (passed == octets.size()) return;
    const std::size_t n = std::min<std::size_t>(octets.size() - passed, kSample - (cut_ ? cut_->size : 0));
    const Bytes now = octets.subspan(passed, n);
    passed += n;
    const auto last = [&] { return later(seen, behind + passed - 1); };
    if (n == kSample) {
      conclude(now, last(), facts);
      continue;
    }
    if (!cut_) cut_ = std::make_unique<Cut>();
    std::copy(now.begin(), now.end(), cut_->octets.begin() + static_cast<std::ptrdiff_t>(cut_->size));
    cut_->size += n;
    if (cut_->size < kSample) return;
    conclude(cut_->octets, last(), facts);
    cut_.reset();
  }
}

void PayloadTest::conclude(Bytes sample, const Seen& last, TlsFacts& facts) {
  const std::int32_t value = chi_square(sample.first<kSample>());
  if (value > worst_) {
    worst_ = value;
    facts.payload[static_cast<std::size_t>(last.side)] = {kSample, static_cast<std::uint32_t>(value), last};
  }
  skip_ = std::min(at_ + kSample, kFarthest);  // as far again
  at_ = std::min(at_ + kSample + skip_, kFarthest);
}

void PayloadTest::look_for_text(Bytes octets, const Seen& seen, std::size_t behind, TlsFacts& facts) {
  const auto found = [&](std::size_t begin, std::size_t before) {
    Seen at = seen;
    at.offset += behind + begin;
    at.offset -= before;
    note(facts.printable_run, at);
    text_ = true;
  };
  if (run_ > 0) {
    const std::size_t more = printable_at_begin(octets.first(std::min(kRun - run_, octets.size())));
    if (run_ + more >= kRun) return found(0, run_);
    if (more == octets.size()) {
      run_ = static_cast<std::uint8_t>(run_ + more);
      return;
    }
  }
  // Of 32 octets in a row, eight lie at one of these places.
  constexpr std::size_t kWord = 8, kStride = kRun - kWord + 1;
  for (std::size_t i = 0; i + kWord <= octets.size(); i += kStride) {
    if (!all_printable(octets.data() + i)) continue;
    const std::size_t before = printable_at_end(octets.first(i)), after = printable_at_begin(octets.subspan(i));
    if (before + after >= kRun) return found(i - before, 0);
  }
  run_ = static_cast<std::uint8_t>(printable_at_end(octets.last(std::min(kRun - 1, octets.size()))));
}

}  // namespace mailseal::tls
