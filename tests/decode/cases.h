// cases: a frame, and what it must come to, in one line of text.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "frames.h"
#include "mailseal/base/parsed.h"
#include "mailseal/decode.h"

namespace mailseal {
using namespace frames;

inline constexpr std::uint32_t kEthernet = 1;
inline const Limits kLimits;

/// A decoded frame in one line: "192.0.2.1:51000>198.51.100.2:25 A 1000/2000 'QUIT'", or
/// the name of what it was skipped for.
inline std::string told(const Decoded& decoded) {
  return match(
      decoded, [](Skipped why) { return std::string(to_string(why)); },
      [](const SegmentView& s) {
        std::string flags;
        for (const auto& [set, name] : {std::pair{s.syn, 'S'}, {s.fin, 'F'}, {s.rst, 'R'}, {s.has_ack, 'A'}})
          if (set) flags += name;
        return to_string(s.from) + ">" + to_string(s.to) + " " + flags + " " + std::to_string(s.seq) + "/" +
               std::to_string(s.ack) + " '" + std::string(as_text(s.payload)) + "'" +
               (s.cut_bytes != 0 ? " cut " + std::to_string(s.cut_bytes) : "");
      });
}

struct Case {
  const char* what;
  std::uint32_t link;
  std::string frame;
  std::string expected;
  std::size_t wire = 0;  // 0: nothing was cut
};

/// The frame, which must outlive it, as a packet.
inline PacketView packet_of(std::uint32_t link, const std::string& frame, std::size_t wire = 0) {
  PacketView packet{};
  packet.link = LinkType{link};
  packet.bytes = as_bytes(frame);
  packet.wire_bytes = static_cast<std::uint32_t>(wire == 0 ? frame.size() : wire);
  return packet;
}

inline std::string decode(std::uint32_t link, const std::string& frame, std::size_t wire = 0) {
  Decoder decoder(&kLimits);
  const PacketView packet = packet_of(link, frame, wire);
  const std::string answer = told(decoder.decode(packet));
  // Written in place, nothing may remain of what stood there.
  Decoder twin(&kLimits);
  SegmentView used;
  used.syn = used.fin = used.rst = used.has_ack = used.joined = true;
  used.cut_bytes = used.ip_id = 77;
  used.from.address.octets.fill(7);
  const auto why = twin.decode(packet, used);
  EXPECT_EQ(told(why ? Decoded(*why) : Decoded(used)), answer);
  return answer;
}

inline std::size_t before_payload(std::uint32_t link, const std::string& frame, std::size_t wire = 0) {
  return before_ip_payload(packet_of(link, frame, wire));
}

/// A tunnel's header is payload of what carries it.
enum class Inside : std::uint8_t { Link, Tunnel };

inline void check(const std::vector<Case>& cases, Inside inside = Inside::Link) {
  for (const Case& c : cases) {
    EXPECT_EQ(decode(c.link, c.frame, c.wire), c.expected) << c.what;
    const std::string quit = tcp("QUIT");
    if (!c.frame.ends_with(quit) || !c.expected.ends_with(" 'QUIT'")) continue;
    const std::size_t before = before_payload(c.link, c.frame, c.wire), at = c.frame.size() - quit.size();
    EXPECT_TRUE(inside == Inside::Link ? before == at : before < at) << c.what << ": " << before;
  }
}

inline const std::string kSegment = "192.0.2.1:51000>198.51.100.2:25 A 1000/2000 'QUIT'";
inline const std::string kSegment6 = "[2001:db8::1]:51000>[2001:db8::2]:25 A 1000/2000 'QUIT'";
inline const std::string k4 = ip4(tcp("QUIT"));
inline const std::string k6 = ip6(tcp("QUIT"));

}  // namespace mailseal
