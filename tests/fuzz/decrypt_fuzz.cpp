// Any octets of two sides with keys: a key log (two octets say how long) and then the steps of tls_record_fuzz.
//
// What must hold whatever comes: what is decrypted was sealed before and is no larger, is told in order, and
// nothing that the Follower says of the octets themselves depends on the keys.
#include <array>
#include <cstdint>
#include <cstdlib>

#include "inner_conversation.h"
#include "tls/crypto.h"
#include "tls/follower.h"
#include "tls/hello_cache.h"

namespace {
using namespace mailseal;

void must(bool holds) {
  if (!holds) std::abort();
}

struct Inner : tls::ReadableSink {
  Inner(TlsFacts* f, Holdings* h) : facts(*f), holdings(*h) {}
  void readable(Side, Bytes, const Seen&) override {}
  void decrypted(Side side, Bytes octets, const Seen& seen) override {
    auto& so_far = bytes[static_cast<std::size_t>(side)];
    must(seen.offset == so_far && !octets.empty());
    must(facts.inside && facts.inside->state == Decryption::Decrypted);
    so_far += octets.size();
    if (!inner) inner.emplace(Protocol::Smtp, InnerConversation::Greeting::WasBefore, &holdings, &*facts.inside, seen);
    inner->data(side, octets, seen);
  }
  TlsFacts& facts;
  Holdings& holdings;
  std::array<std::uint64_t, 2> bytes{};
  std::optional<InnerConversation> inner;
};

struct Played {
  TlsFacts facts;
  std::array<std::uint64_t, 2> taken{}, inside{};
  bool established = false;
};

void play(Played& out, Bytes in, const KeyLog* keys, tls::Crypto* crypto) {
  Limits limits;
  limits.held_bytes = 4096;
  limits.handshake_bytes = 2048;
  limits.certificates = 3;
  tls::CertificateCache cache(&limits);
  Holdings holdings(&limits);
  Inner sink(&out.facts, &holdings);
  tls::HelloCache hellos(&limits);
  tls::Follower follower(&out.facts, &holdings, &cache, &hellos, &sink);
  if (keys) follower.decrypt(keys, crypto);
  std::uint64_t frame = 0;
  std::array<std::uint64_t, 2> offset{};
  std::array<bool, 2> refused{};
  while (in.size() >= 2) {
    const auto what = std::to_integer<unsigned>(in[0]);
    std::size_t n = std::to_integer<std::size_t>(in[1]);
    in = in.subspan(2);
    const Side side = (what & 1) != 0 ? Side::Server : Side::Client;
    const auto i = static_cast<std::size_t>(side);
    const Seen seen{Timestamp{}, ++frame, offset[i], 0, side};
    if ((what & 0xf0) == 0xf0) {
      follower.end(side, (what & 2) != 0 ? SideEnd::How::Reset : SideEnd::How::Fin, seen);
    } else if ((what & 0xf0) == 0xe0) {
      if (!refused[i]) follower.gap(side, n, seen);
      offset[i] += n;
    } else {
      if ((what & 8) != 0) n *= 16;
      const Bytes octets = in.first(std::min(n, in.size()));
      in = in.subspan(octets.size());
      if (refused[i]) continue;
      const std::size_t took = follower.data(side, octets, seen);
      out.taken[i] += took;
      refused[i] = took < octets.size();
      offset[i] += octets.size();
    }
  }
  follower.finish();
  if (sink.inner) sink.inner->finish();
  out.inside = sink.bytes;
  out.established = follower.established();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Bytes in(reinterpret_cast<const std::byte*>(data + 2), size - 2);
  const std::size_t log = std::min(std::size_t{data[0]} << 8 | data[1], in.size());
  const Limits limits;
  KeyLog keys(&limits);
  keys.add(in.first(log));
  keys.end();
  static tls::Crypto crypto;
  Played with, without;
  play(with, in.subspan(log), &keys, &crypto);
  play(without, in.subspan(log), nullptr, nullptr);
  must(with.taken == without.taken && with.established == without.established);
  must(with.facts.established.has_value() == without.facts.established.has_value());
  must(with.facts.application_bytes == without.facts.application_bytes);
  must(with.facts.alerts.size() == without.facts.alerts.size() && with.facts.resumed == without.facts.resumed);
  must(!without.facts.inside && !without.facts.chain_decrypted);
  for (const std::size_t side : {0u, 1u}) must(with.inside[side] <= with.taken[side]);
  if (!with.facts.inside) return 0;
  const Inside& inside = *with.facts.inside;
  must(inside.stopped.size() <= 2 && (inside.records > 0) == inside.first.has_value());
  must((inside.state == Decryption::Decrypted) == (inside.records > 0));
  must(inside.statuses.size() <= 64 && with.facts.chain.size() <= 3);
  must(with.facts.chain_lack != ChainLack::Cut || with.facts.chain.size() == 3);
  return 0;
}
