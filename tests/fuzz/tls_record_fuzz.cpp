// The follower over any octets of two sides, in any cut, with holes and ends.
//
// Each step is one octet of what (side, octets or hole or end) and one of how many, then the
// octets. What must hold whatever comes: no more is taken than given, and inside an established
// connection no less without a word; an established handshake has its hellos, and no hole came before it.
#include <cstdint>
#include <cstdlib>

#include "tls/follower.h"
#include "tls/hello_cache.h"

namespace {
void must(bool holds) {
  if (!holds) std::abort();
}
struct Nobody : mailseal::tls::ReadableSink {
  std::size_t bytes = 0;
  void readable(mailseal::Side, mailseal::Bytes octets, const mailseal::Seen&) override { bytes += octets.size(); }
};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailseal;
  Limits limits;
  limits.held_bytes = 4096;
  limits.handshake_bytes = 2048;
  limits.certificates = 3;
  TlsFacts facts;
  tls::CertificateCache cache(&limits);
  tls::HelloCache hellos(&limits);
  Holdings holdings(&limits);
  Nobody sink;
  tls::Follower follower(&facts, &holdings, &cache, &hellos, &sink);
  Bytes in(reinterpret_cast<const std::byte*>(data), size);
  std::uint64_t frame = 0;
  std::uint64_t offset[2] = {};
  bool refused[2] = {}, holed[2] = {};
  bool hole = false;
  while (in.size() >= 2) {
    const auto what = std::to_integer<unsigned>(in[0]);
    std::size_t n = std::to_integer<std::size_t>(in[1]);
    in = in.subspan(2);
    const Side side = (what & 1) != 0 ? Side::Server : Side::Client;
    const auto i = static_cast<std::size_t>(side);
    const Seen seen{Timestamp{}, ++frame, offset[i], 0, side};
    const bool before = follower.established();
    if ((what & 0xf0) == 0xf0) {
      follower.end(side, (what & 2) != 0 ? SideEnd::How::Reset : SideEnd::How::Fin, seen);
    } else if ((what & 0xf0) == 0xe0) {
      hole = hole || !before;
      holed[i] = true;
      if (!refused[i]) follower.gap(side, n, seen);
      offset[i] += n;
    } else {
      if ((what & 8) != 0) n *= 16;
      const Bytes octets = in.first(std::min(n, in.size()));
      in = in.subspan(octets.size());
      if (refused[i]) continue;
      const std::size_t took = follower.data(side, octets, seen);
      must(took <= octets.size());
      must(took == octets.size() || !before || facts.malformed || holed[i]);
      refused[i] = took < octets.size();
      offset[i] += octets.size();
    }
    must(follower.established() >= before);
  }
  follower.finish();
  must(follower.established() == facts.established.has_value());
  must(!follower.established() || (facts.client_hello && facts.server_hello && !hole));
  must(facts.alerts.size() <= 16 && facts.chain.size() <= limits.certificates);
  must(sink.bytes == 0 || follower.null_suite());
  return 0;
}
