// What holds for any stream, however it is cut, shuffled, repeated or numbered: set against a
// reference that is too simple to be wrong, a map from offset to octet.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "script.h"

namespace mailseal::script {
namespace {

struct Octet {
  char value;
  std::uint64_t frame;
  bool operator==(const Octet&) const = default;
};
using Model = std::map<std::uint64_t, Octet>;

/// Collects the client's octets, checks that events are contiguous, counts the rest.
struct Collector : StreamFactory {
  struct Listener : StreamHandler {
    explicit Listener(Collector* c) : all(c) {}
    Interest data(const DataView& d) override {
      if (d.from == Side::Server) return Interest::More;
      EXPECT_EQ(d.seen.offset, all->next);
      for (const char octet : as_text(d.bytes)) all->octets[all->next++] = {octet, d.seen.frame};
      return Interest::More;
    }
    void gap(const Gap& g) override {
      EXPECT_EQ(g.from, Side::Client);
      EXPECT_EQ(g.seen.offset, all->next);
      all->next += g.bytes;
      ++all->gaps;
    }
    void conflict(const Conflict&) override { ++all->conflicts; }
    void end(const SideEnd& e) override { all->ends.push_back(e.seen.offset); }
    void closed(const Closed& c) override {
      all->counters = c.sides[0];
      ++all->closings;
    }
    Collector* all;
  };
  bool concerns(std::uint16_t, std::uint16_t) const override { return true; }
  bool is_service(std::uint16_t port) const override { return port == 25; }
  std::unique_ptr<StreamHandler> open(const Opening&) override { return std::make_unique<Listener>(this); }

  Model octets;
  std::uint64_t next = 0;
  std::vector<std::uint64_t> ends;
  SideCounters counters;
  int gaps = 0, conflicts = 0, closings = 0;
};

struct Packet {
  std::uint64_t offset;
  std::string octets;
};

/// Feeds the client's packets behind a handshake, all together; frame 4 is the first of them.
Collector collect(const std::vector<Packet>& packets, const Isns& isns, const Limits& limits = {}) {
  Collector collector;
  FlowTable table(&limits, &collector);
  play(table, {"c S 0 -", "s SA 0 1", "c A 1 1"}, isns);
  SegmentView s;
  s.from = {host(1), 40001};
  s.to = {host(2), 25};
  s.seen.frame = 3;
  s.has_ack = true;
  s.ack = isns.server + 1;
  std::vector<SegmentView> segments;
  for (const Packet& packet : packets) {
    ++s.seen.frame;
    s.seen.time = after(static_cast<double>(s.seen.frame) * 0.01);
    s.ip_id = static_cast<std::uint32_t>(s.seen.frame);
    s.seq = isns.client + 1 + static_cast<std::uint32_t>(packet.offset);
    s.payload = as_bytes(packet.octets);
    segments.push_back(s);
  }
  table.feed(segments);
  table.finish();
  return collector;
}

Model reference(const std::vector<Packet>& packets) {
  Model model;
  std::uint64_t frame = 3;
  for (const Packet& packet : packets) {
    ++frame;
    for (std::size_t i = 0; i < packet.octets.size(); ++i)
      model.emplace(packet.offset + i, Octet{packet.octets[i], frame});
  }
  return model;
}

std::size_t below(std::mt19937& random, std::size_t n) {
  return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
}

std::string stream_of(std::mt19937& random, std::size_t n) {
  std::string text(n, ' ');
  for (char& c : text) c = static_cast<char>('a' + below(random, 26));
  return text;
}

TEST(AnyStream, IsTheSameHoweverItIsCutShuffledRepeatedAndNumbered) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    SCOPED_TRACE(round);
    const std::string text = stream_of(random, 1 + below(random, 3000));
    const std::size_t longest = 1 + below(random, round % 4 == 0 ? 1 : 700);
    std::vector<Packet> packets;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t n = std::min(text.size() - at, 1 + below(random, longest));
      packets.push_back({at, text.substr(at, n)});
      at += n;
    }
    const std::size_t window = 1 + below(random, 12);
    for (std::size_t i = 0; i + 1 < packets.size(); ++i)
      std::swap(packets[i], packets[std::min(packets.size() - 1, i + below(random, window))]);
    for (std::size_t extra = below(random, packets.size() + 1); extra > 0; --extra) {
      const std::size_t at = below(random, text.size());
      const Packet again{at, text.substr(at, 1 + below(random, 900))};
      packets.insert(packets.begin() + static_cast<std::ptrdiff_t>(below(random, packets.size() + 1)), again);
    }
    const Model expected = reference(packets);
    for (const Isns& isns : kIsns) {
      const Collector got = collect(packets, isns);
      ASSERT_EQ(got.octets, expected);
      EXPECT_EQ(got.next, text.size());
      EXPECT_EQ(got.gaps, 0);
      EXPECT_EQ(got.conflicts, 0);
      EXPECT_EQ(got.closings, 1);
      EXPECT_EQ(got.counters.payload_bytes, text.size());
      EXPECT_EQ(got.counters.packets, packets.size() + 2);
    }
  }
}

TEST(AnyStream, WithHolesAndContradictionsIsWhatWasSeenFirst) {
  std::mt19937 random(2);
  int contradicted = 0;
  for (int round = 0; round < 400; ++round) {
    SCOPED_TRACE(round);
    std::vector<Packet> packets;
    std::map<std::uint64_t, char> first;
    bool differs = false;
    for (std::size_t n = 1 + below(random, 40); n > 0; --n) {
      Packet packet{below(random, 400), stream_of(random, 2 + below(random, 30))};
      // Half of the rounds, and most packets of the others, tell one story.
      if (round % 2 == 0 || below(random, 8) != 0)
        for (std::size_t i = 0; i < packet.octets.size(); ++i)
          packet.octets[i] = static_cast<char>('A' + (packet.offset + i) % 26);
      for (std::size_t i = 0; i < packet.octets.size(); ++i)
        differs |= first.emplace(packet.offset + i, packet.octets[i]).first->second != packet.octets[i];
      packets.push_back(packet);
    }
    contradicted += differs;
    const Model expected = reference(packets);
    const Collector got = collect(packets, kIsns[static_cast<std::size_t>(round) % std::size(kIsns)]);
    ASSERT_EQ(got.octets, expected);
    EXPECT_EQ(got.next, expected.rbegin()->first + 1);
    EXPECT_EQ(got.next == expected.size(), got.gaps == 0);
    EXPECT_EQ(got.conflicts > 0, differs);
    EXPECT_EQ(got.counters.payload_bytes, expected.size());
  }
  EXPECT_GT(contradicted, 100);
}

TEST(AnyStream, LosesNothingBetweenOctetsAndGapsUnderTinyLimits) {
  std::mt19937 random(3);
  Limits limits;
  limits.reorder_bytes_per_flow = 800;
  limits.recent_bytes = 300;
  for (int round = 0; round < 200; ++round) {
    std::vector<Packet> packets;
    for (std::size_t n = 1 + below(random, 60); n > 0; --n)
      packets.push_back({below(random, 2000), stream_of(random, 1 + below(random, 200))});
    const Collector got = collect(packets, kIsns[static_cast<std::size_t>(round) % std::size(kIsns)], limits);
    const Model expected = reference(packets);
    EXPECT_EQ(got.next, expected.rbegin()->first + 1);
    for (const auto& [offset, octet] : got.octets) ASSERT_EQ(octet, expected.at(offset)) << offset;
  }
}

/// Listens to connections whose server has the port of a service, as inspect does, and knows whose octets came.
struct Witness : StreamFactory {
  struct Listener : StreamHandler {
    explicit Listener(Witness* w) : all(w) {}
    Interest data(const DataView& d) override {
      all->said[d.seen.frame] += as_text(d.bytes);
      return Interest::More;
    }
    void gap(const Gap&) override {}
    void conflict(const Conflict&) override { ++all->conflicts; }
    void end(const SideEnd&) override {}
    void closed(const Closed&) override { ++all->closings; }
    Witness* all;
  };
  bool concerns(std::uint16_t, std::uint16_t) const override { return true; }
  bool is_service(std::uint16_t port) const override { return port == 25; }
  std::unique_ptr<StreamHandler> open(const Opening& opening) override {
    if (opening.key.server.port != 25) return nullptr;
    ++openings;
    midway |= opening.beginning == Beginning::Midway;
    return std::make_unique<Listener>(this);
  }
  std::map<std::uint64_t, std::string> said;  ///< by frame
  bool midway = false;
  int openings = 0, closings = 0, conflicts = 0;
};

TEST(ForgedPackets, WithoutOctetsHideNoOctet) {
  const std::vector<std::string> truth = {"c S 0 -",         "s SA 0 1",          "c A 1 1",        "s A 1 1 220",
                                          "c A 1 4 EHLO",    "s A 4 5 250",       "c A 5 7 MAIL",   "s A 7 9 251",
                                          "c A 9 10 DATA",   "s A 10 13 354",     "c A 13 13 BODY", "s A 13 17 252",
                                          "c FA 17 16 QUIT", "s FA 16 22 closed", "c A 22 23"};
  std::mt19937 random(4);
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::string> lines = truth;
    std::string forged;
    for (std::size_t n = 1 + below(random, 4); n > 0; --n) {
      const char* const flags[] = {"S", "S", "SA", "R", "RA", "FA", "A"};
      const auto number = [&] {
        return std::to_string(below(random, 3) == 0 ? below(random, 30) : below(random, std::size_t{1} << 32));
      };
      const std::string flag = flags[below(random, std::size(flags))];
      const std::string line = (below(random, 2) == 0 ? "c " : "s ") + flag + " " + number() + " " +
                               (flag == "S" || flag == "R" ? "-" : number()) + " id=7";
      lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(below(random, lines.size())), line);
      forged += line + "; ";
    }
    // The capture may have missed the beginning: then one forged packet before it suffices to seem the
    // beginning, and what comes before that to be copies of old octets. But it is joined midway, and so doubted.
    const bool whole = round % 3 != 0;
    if (!whole) std::erase_if(lines, [](const std::string& l) { return l == "c S 0 -" || l == "s SA 0 1"; });
    Witness witness;
    const Limits limits;
    FlowTable table(&limits, &witness);
    play(table, lines, kIsns[static_cast<std::size_t>(round) % std::size(kIsns)]);
    table.finish();
    EXPECT_EQ(witness.openings, witness.closings);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      std::istringstream words(lines[i]);
      std::string side, flags, seq, ack, payload;
      words >> side >> flags >> seq >> ack >> payload;
      if (payload.empty() || payload.starts_with("id=") || (!whole && witness.midway)) continue;
      // Where a forged beginning lies amid a segment, the rest of it is told, and doubted.
      const std::string& said = witness.said[i + 1];
      if (!said.empty() && payload.ends_with(said) && witness.conflicts > 0) continue;
      ASSERT_EQ(said, payload) << "frame " << i + 1 << " of round " << round << ", forged: " << forged;
    }
  }
}

TEST(LongStream, OffsetsGoOnBeyondFourGibibytes) {
  constexpr std::uint32_t kPiece = 60'000;
  constexpr std::uint64_t kPieces = 80'000;  // 4.8 GB
  static_assert(kPiece * kPieces > std::uint64_t{1} << 32);
  struct Counting : Collector {
    struct Listener : Collector::Listener {
      using Collector::Listener::Listener;
      Interest data(const DataView& d) override {
        if (d.seen.offset != all->next) ++all->conflicts;
        all->next = d.seen.offset + d.bytes.size();
        return Interest::More;
      }
    };
    std::unique_ptr<StreamHandler> open(const Opening&) override { return std::make_unique<Listener>(this); }
  } counting;
  const Limits limits;
  FlowTable table(&limits, &counting);
  const std::string octets(kPiece, 'x');
  SegmentView s;
  s.from = {host(1), 40001};
  s.to = {host(2), 25};
  s.syn = true;
  s.seq = 5;
  s.seen.time = kStart;
  table.feed(s);
  s.syn = false;
  s.seq = 6;
  s.payload = as_bytes(octets);
  for (std::uint64_t i = 0; i < kPieces; ++i, s.seq += kPiece) table.feed(s);
  s.seq -= kPiece;  // the last one again, and a bit more
  s.payload = as_bytes(octets).first(100);
  s.fin = true;
  table.feed(s);
  s.seq += kPiece;
  table.feed(s);
  table.finish();
  EXPECT_EQ(counting.next, kPiece * kPieces + 100);
  EXPECT_EQ(counting.conflicts, 1);  // octets behind a FIN that lied
  EXPECT_EQ(counting.counters.retransmitted, 1u);
}

}  // namespace
}  // namespace mailseal::script
