// Datagrams in pieces: in every order, twice, in conflict, cut, late, and too many.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "frames.h"
#include "mailseal/base/parsed.h"
#include "mailseal/decode.h"

namespace mailseal {
namespace {
using namespace frames;

constexpr unsigned kMore = 0x2000;

/// A decoder fed with raw IP packets, numbered and one millisecond apart.
struct Feed {
  explicit Feed(Limits l = {}) : limits(l), decoder(&limits) {}

  std::string operator()(const std::string& packet, std::size_t wire = 0) {
    now += std::chrono::milliseconds(1);
    PacketView view{};
    view.seen.frame = ++frame;
    view.seen.time = now;
    view.link = LinkType{101};
    view.bytes = as_bytes(packet);
    view.wire_bytes = static_cast<std::uint32_t>(wire == 0 ? packet.size() : wire);
    return match(
        decoder.decode(view), [](Skipped why) { return std::string(to_string(why)); },
        [](const SegmentView& s) {
          return std::to_string(s.from.port) + ">" + std::to_string(s.to.port) + " " + std::to_string(s.seen.frame) +
                 " '" + std::string(as_text(s.payload)) + "'";
        });
  }

  /// What was lost: "51000>25 frame 1; ..."
  std::string lost() {
    std::string all;
    for (const LostDatagram& l : decoder.take_lost())
      all += (all.empty() ? "" : "; ") + std::to_string(l.from_port) + ">" + std::to_string(l.to_port) + " frame " +
             std::to_string(l.seen.frame);
    return all;
  }
  std::string lost_at_the_end() {
    decoder.finish();
    return lost();
  }

  Limits limits;
  Decoder decoder;
  Timestamp now{std::chrono::seconds(1'000)};
  std::uint64_t frame = 0;
};

const std::string kText = "MAIL FROM:<a@example.org> SIZE=1000 BODY=8BITMIME";
const std::string kDatagram = tcp(kText);  // 69 octets: 0-24, 24-48, 48-69

std::string piece(std::size_t begin, std::size_t end, unsigned id = 1, const std::string& datagram = kDatagram) {
  const unsigned more = end < datagram.size() ? kMore : 0;
  return ip4(datagram.substr(begin, end - begin), {.id = id, .fragment = more | static_cast<unsigned>(begin / 8)});
}
std::string piece6(std::size_t begin, std::size_t end, unsigned id = 1, const std::string& datagram = kDatagram,
                   unsigned next = 6) {
  return ip6(
      fragment6(next, static_cast<unsigned>(begin), end < datagram.size(), id, datagram.substr(begin, end - begin)),
      {.next = 44});
}
std::string whole(int frame) { return "51000>25 " + std::to_string(frame) + " '" + kText + "'"; }
const std::string kKept = "awaiting-fragments", kLost = "lost-fragments";

TEST(Fragments, JoinInEveryOrder) {
  for (const auto make : {+[](std::size_t b, std::size_t e) { return piece(b, e); },
                          +[](std::size_t b, std::size_t e) { return piece6(b, e); }}) {
    std::vector<std::string> pieces{make(0, 24), make(24, 48), make(48, 69)};
    std::sort(pieces.begin(), pieces.end());
    do {
      Feed feed;
      EXPECT_EQ(feed(pieces[0]), kKept);
      EXPECT_EQ(feed(pieces[1]), kKept);
      EXPECT_EQ(feed(pieces[2]), whole(3));
      EXPECT_EQ(feed.lost_at_the_end(), "");
    } while (std::next_permutation(pieces.begin(), pieces.end()));
  }
}

TEST(Fragments, MirrorsCopiesAreNoLoss) {
  Feed twice_each;
  EXPECT_EQ(twice_each(piece(0, 24)), kKept);
  EXPECT_EQ(twice_each(piece(0, 24)), kKept);
  EXPECT_EQ(twice_each(piece(24, 69)), whole(3));
  EXPECT_EQ(twice_each(piece(24, 69)), kKept) << "of a datagram that is whole";
  EXPECT_EQ(twice_each.lost_at_the_end(), "");

  Feed all_twice;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(all_twice(piece(0, 24)), kKept);
    EXPECT_EQ(all_twice(piece(24, 69)), i == 0 ? whole(2) : kKept);
  }
  EXPECT_EQ(all_twice.lost_at_the_end(), "");
}

TEST(Fragments, IdentificationComesRound) {
  const std::string other = tcp("RCPT TO:<b@example.org>", {.seq = 5000});
  Feed feed;
  EXPECT_EQ(feed(piece(0, 24)), kKept);
  EXPECT_EQ(feed(piece(24, 69)), whole(2));
  EXPECT_EQ(feed(piece(0, 24, 1, other)), kKept);
  EXPECT_EQ(feed(piece(24, other.size(), 1, other)), "51000>25 4 'RCPT TO:<b@example.org>'");
  EXPECT_EQ(feed.lost_at_the_end(), "");
}

// What a fragment says otherwise than the one before may be what the receiver took; its beginning passed for a copy.
TEST(Fragments, AnotherStoryOfAWholeDatagramIsALoss) {
  const std::string other = tcp("MAIL FROM:<a@example.org> SIZE=1000 AUTH=secret");
  for (const bool begins_again : {true, false}) {
    Feed feed;
    EXPECT_EQ(feed(piece(0, 24)), kKept);
    EXPECT_EQ(feed(piece(24, 69)), whole(2));
    if (begins_again) feed(piece(0, 24));
    EXPECT_EQ(feed(piece(24, other.size(), 1, other)), kKept);
    EXPECT_EQ(feed.lost(), "51000>25 frame " + std::to_string(begins_again ? 4 : 3));
  }
}

TEST(Fragments, KeptApartByIdentity) {
  Feed feed;
  EXPECT_EQ(feed(piece(0, 24, 1)), kKept);
  EXPECT_EQ(feed(piece(24, 69, 2)), kKept) << "another identification";
  EXPECT_EQ(feed(ip4(kDatagram.substr(24), {.id = 1, .fragment = 3, .from = 0xc0000207})), kKept) << "another source";
  EXPECT_EQ(feed(piece6(24, 69, 1)), kKept) << "another family";
  EXPECT_EQ(feed(piece(24, 69, 1)), whole(5));
  EXPECT_EQ(feed.lost_at_the_end(), "0>0 frame 2; 0>0 frame 3; 0>0 frame 4");
}

TEST(Fragments, OverlapsThatAgreeJoin) {
  Feed feed;
  EXPECT_EQ(feed(piece(0, 40)), kKept);
  EXPECT_EQ(feed(piece(48, 69)), kKept);
  EXPECT_EQ(feed(piece(24, 56)), whole(3));
}

TEST(Fragments, OverlapsThatDifferGiveUp) {
  std::string forged = kDatagram;
  forged[30] ^= 1;
  Feed feed;
  EXPECT_EQ(feed(piece(0, 32)), kKept);
  EXPECT_EQ(feed(piece(24, 69, 1, forged)), kLost);
  EXPECT_EQ(feed.lost(), "51000>25 frame 1");
  EXPECT_EQ(feed(piece(24, 69)), kLost) << "told once, and never taken up again";
  EXPECT_EQ(feed.lost_at_the_end(), "");
}

TEST(Fragments, ContradictingEndsGiveUp) {
  Feed two_ends;
  EXPECT_EQ(two_ends(piece(48, 69)), kKept);
  EXPECT_EQ(two_ends(ip4("QUIT", {.id = 1, .fragment = 3})), kLost);
  EXPECT_EQ(two_ends.lost(), "0>0 frame 1");

  Feed beyond;
  EXPECT_EQ(beyond(ip4("QUIT", {.id = 1, .fragment = 3})), kKept);
  EXPECT_EQ(beyond(piece(24, 48)), kLost);
  Feed before;
  EXPECT_EQ(before(piece(24, 48)), kKept);
  EXPECT_EQ(before(ip4("QUIT", {.id = 1, .fragment = 3})), kLost);
}

TEST(Fragments, ImpossiblePieces) {
  Feed feed;
  EXPECT_EQ(feed(ip4("QUIT", {.fragment = kMore})), "bad-header") << "more follow, but it is no multiple of 8";
  EXPECT_EQ(feed(ip4("", {.fragment = kMore})), "bad-header") << "empty";
  EXPECT_EQ(feed(ip4("QUITQUIT", {.fragment = 0x1fff})), "bad-header") << "beyond 65,535";
  EXPECT_EQ(feed(ip6(hex("06 00 00"), {.next = 44})), "bad-header");
  EXPECT_EQ(feed.lost_at_the_end(), "");
}

TEST(Fragments, OfOthersAreNotKept) {
  Feed feed;
  EXPECT_EQ(feed(ip4(zeros(24), {.protocol = 17, .fragment = kMore})), "not-tcp");
  EXPECT_EQ(feed(ip4(zeros(24), {.protocol = 50, .fragment = kMore})), "ipsec");
  EXPECT_EQ(feed(ip6(fragment6(17, 0, true, 1, zeros(24)), {.next = 44})), "not-tcp");
  EXPECT_EQ(feed.lost_at_the_end(), "");
}

TEST(Fragments, Ipv6ExtensionsInThePieces) {
  const std::string datagram = hex("06 00 010400000000") + kDatagram;  // destination options, then TCP
  Feed feed;
  EXPECT_EQ(feed(piece6(0, 16, 1, datagram, 60)), kKept);
  EXPECT_EQ(feed(piece6(16, datagram.size(), 1, datagram, 60)), whole(2));
  const std::string nested = hex("2c 00 010400000000") + fragment6(6, 0, true, 9, kDatagram.substr(0, 24));
  EXPECT_EQ(feed(piece6(0, 16, 2, nested, 60)), kKept);
  EXPECT_EQ(feed(piece6(16, nested.size(), 2, nested, 60)), "bad-header") << "fragments of a fragment";
}

TEST(Fragments, CutBySnapLengthGivesUp) {
  Feed feed;
  const std::string first = piece(0, 48);
  EXPECT_EQ(feed(first.substr(0, 40), first.size()), kLost);
  EXPECT_EQ(feed(piece(48, 69)), kLost);
  EXPECT_EQ(feed.lost_at_the_end(), "51000>25 frame 1");
}

TEST(Fragments, TinyFirstPiece) {
  Feed feed;  // 8 octets of TCP header, as one hides from filters
  EXPECT_EQ(feed(piece(0, 8)), kKept);
  EXPECT_EQ(feed(piece(8, 16)), kKept);
  EXPECT_EQ(feed(piece(16, 69)), whole(3));
}

TEST(Fragments, WaitingTooLong) {
  Feed feed;
  EXPECT_EQ(feed(piece(0, 24)), kKept);
  feed.now += std::chrono::seconds(29);
  EXPECT_EQ(feed(ip4(tcp("NOOP"))), "51000>25 2 'NOOP'");
  EXPECT_EQ(feed.lost(), "");
  feed.now += std::chrono::seconds(2);
  EXPECT_EQ(feed(ip4(tcp("NOOP"))), "51000>25 3 'NOOP'") << "any packet moves the clock";
  EXPECT_EQ(feed.lost(), "51000>25 frame 1");
  EXPECT_EQ(feed.lost(), "") << "told once";
}

TEST(Fragments, TooManyDatagrams) {
  Limits limits;
  limits.fragment_datagrams = 2;
  Feed feed(limits);
  EXPECT_EQ(feed(piece(0, 24, 1)), kKept);
  EXPECT_EQ(feed(piece(0, 24, 2)), kKept);
  EXPECT_EQ(feed(piece(0, 24, 3)), kKept);
  EXPECT_EQ(feed.lost(), "51000>25 frame 1");
  EXPECT_EQ(feed(piece(24, 69, 1)), kLost);
  EXPECT_EQ(feed(piece(24, 69, 2)), whole(5));
  EXPECT_EQ(feed(piece(24, 69, 3)), whole(6));
  EXPECT_EQ(feed.lost_at_the_end(), "");
}

TEST(Fragments, TooManyBytes) {
  Limits limits;
  limits.fragment_bytes = 100;
  Feed feed(limits);
  EXPECT_EQ(feed(piece(0, 64, 1)), kKept);
  EXPECT_EQ(feed(piece(0, 64, 2)), kKept) << "128 octets held";
  EXPECT_EQ(feed(piece(64, 69, 2)), whole(3)) << "the oldest was given up for it";
  EXPECT_EQ(feed.lost(), "51000>25 frame 1");
  EXPECT_EQ(feed(piece(0, 64, 3)), kKept);
  EXPECT_EQ(feed(piece(0, 64, 4)), kKept) << "what is remembered of datagram 2 went first";
  EXPECT_EQ(feed.lost(), "");
}

TEST(Fragments, NoLimitIsTooSmall) {
  Limits limits;
  limits.fragment_datagrams = 0;
  limits.fragment_bytes = 0;
  Feed feed(limits);
  EXPECT_EQ(feed(piece(0, 24)), kKept);
  EXPECT_EQ(feed(piece(24, 69)), kLost);
  EXPECT_EQ(feed.lost_at_the_end(), "51000>25 frame 1");
}

TEST(Fragments, ManyPiecesAndManyDatagramsStayBounded) {
  Feed feed;
  const std::string datagram = tcp(std::string(60'000, 'x'));
  for (std::size_t at = 8; at + 8 < datagram.size(); at += 16) EXPECT_EQ(feed(piece(at, at + 8, 1, datagram)), kKept);
  for (std::size_t at = 0; at + 8 < datagram.size(); at += 16) EXPECT_EQ(feed(piece(at, at + 8, 1, datagram)), kKept);
  const std::size_t tail = (datagram.size() - 1) / 8 * 8;
  EXPECT_NE(feed(piece(tail, datagram.size(), 1, datagram)), kKept);
  for (unsigned id = 0; id < 3'000; ++id) EXPECT_EQ(feed(piece(0, 24, id)), kKept);
  EXPECT_EQ(feed.decoder.take_lost().size(), 3'000u - feed.limits.fragment_datagrams);
}

}  // namespace
}  // namespace mailseal
