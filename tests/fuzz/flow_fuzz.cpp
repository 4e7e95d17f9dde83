// Octets as segments, limits tiny. What must hold whatever comes: per side, data and gaps are
// contiguous and in order; each connection is closed exactly once, and told nothing after that;
// nothing but the end is told once nothing is wanted.
//
// Eight octets a segment: connection and side, flags, seq (2), ack (2), length, time step.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "mailseal/flow.h"

namespace {
using namespace mailseal;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

struct Factory : StreamFactory {
  struct Listener : StreamHandler {
    explicit Listener(Factory* f, bool easily) : factory(f), tired(easily) { ++factory->open_now; }
    ~Listener() override {
      --factory->open_now;
      require(closed_once, "closed before it is destroyed");
    }
    Interest data(const DataView& d) override {
      require(!d.bytes.empty(), "data is never empty");
      advance(d.from, d.seen, d.bytes.size());
      done = tired && d.seen.offset > 300;
      return done ? Interest::None : Interest::More;
    }
    void gap(const Gap& g) override {
      require(g.bytes > 0 || g.why == Gap::Why::Fragment, "a gap has a size");
      advance(g.from, g.seen, g.bytes);
    }
    void conflict(const Conflict&) override { require(!closed_once && !done, "conflict is wanted"); }
    void end(const SideEnd& e) override {
      require(!closed_once && !ended[side(e.from)], "each side ends once");
      ended[side(e.from)] = true;
    }
    void closed(const Closed& c) override {
      require(!closed_once, "closed once");
      closed_once = true;
      for (const SideCounters& s : c.sides) require(s.duplicates + s.retransmitted <= s.packets, "counts fit");
    }
    static std::size_t side(Side s) { return static_cast<std::size_t>(s); }
    void advance(Side from, const Seen& seen, std::uint64_t bytes) {
      require(!closed_once && !done, "octets are wanted");
      require(seen.side == from && seen.offset == next[side(from)], "octets are contiguous");
      require(seen.frame != 0, "every event has a frame");
      next[side(from)] += bytes;
    }
    Factory* factory;
    std::array<std::uint64_t, 2> next{};
    std::array<bool, 2> ended{};
    bool tired, done = false, closed_once = false;
  };

  bool concerns(std::uint16_t from, std::uint16_t to) const override { return from == 25 || to == 25; }
  bool is_service(std::uint16_t port) const override { return port == 25; }
  std::unique_ptr<StreamHandler> open(const Opening&) override {
    ++opened;
    if (opened % 16 == 15) return nullptr;
    return std::make_unique<Listener>(this, opened % 4 == 3);
  }
  std::uint64_t opened = 0;
  std::int64_t open_now = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  static const auto text = [] {
    std::array<std::byte, 1024> t{};
    for (std::size_t i = 0; i < t.size(); ++i) t[i] = static_cast<std::byte>('a' + i % 23);
    return t;
  }();
  Limits limits;
  limits.flows = 3;
  limits.reorder_bytes_per_flow = 1500;
  limits.reorder_bytes_total = 2000;
  limits.recent_bytes = 4096;
  // Sequence numbers near a wrap, as the first octet says.
  constexpr std::uint32_t kBases[] = {0, 0x7ffffff0, 0x80000000, 0xfffffff0};
  const std::uint32_t base = kBases[data[0] & 3];
  Factory factory;
  {
    FlowTable table(&limits, &factory);
    std::int64_t now = data[0] & 4 ? 0 : 1'700'000'000;
    std::uint64_t frame = 0;
    for (std::size_t i = 1; i + 8 <= size; i += 8) {
      const std::uint8_t* const p = data + i;
      // Steps of seconds, hours, years; back and forth.
      const auto step = static_cast<std::int8_t>(p[7]);
      now += step > 120 ? 40'000'000 : step < -120 ? -4000 : step > 100 ? 4000 : step % 16;
      SegmentView s;
      s.seen.frame = ++frame;
      s.seen.time = Timestamp{std::chrono::seconds{now}};
      Endpoint client, server;
      client.port = static_cast<std::uint16_t>(40000 + (p[0] & 3));
      server.port = 25;
      server.address.octets[15] = 1;
      const bool forward = (p[0] & 4) != 0;
      s.from = forward ? client : server;
      s.to = forward ? server : client;
      const std::uint8_t kind = p[0] >> 3 & 15;
      if (kind == 15) {
        table.lost({s.from.address, s.to.address, p[1] & 1 ? std::uint16_t{0} : s.from.port, s.to.port, s.seen});
        continue;
      }
      if (kind == 14) {
        table.tick(s.seen.time);
        continue;
      }
      s.syn = (p[1] & 15) == 1;
      s.fin = (p[1] & 15) == 2;
      s.rst = (p[1] & 15) == 3;
      s.has_ack = (p[1] & 16) != 0;
      const std::uint32_t seq = static_cast<std::uint32_t>(p[2]) << 8 | p[3];
      const std::uint32_t ack = static_cast<std::uint32_t>(p[4]) << 8 | p[5];
      // Mostly near, now and then far away.
      s.seq = base + (seq < 0xf000 ? seq & 0xfff : seq << 16);
      s.ack = base + (ack < 0xf000 ? ack & 0xfff : ack << 16);
      s.ip_id = p[1] & 32 ? 0 : static_cast<std::uint32_t>(p[7] & 7);
      s.cut_bytes = p[1] & 64 ? p[6] & 7 : 0;
      const std::size_t length = p[1] & 128 ? p[6] * 2u : p[6] & 7;
      s.payload = Bytes(text).subspan(p[0] & 128 ? seq & 31 : seq % 23, length);
      table.feed(s);
    }
    table.finish();
    require(factory.open_now == 0, "finish closes all");
    require(table.counters().opened == factory.opened, "opened counts");
  }
  return 0;
}
