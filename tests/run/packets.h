// packets: captures held in memory, what can be done to their packets, and a small builder of
// conversations, for the tests that run the whole program.
//
// A packet keeps the frame number it had, whatever is done to it, so that what the program says
// of a changed capture can be set beside what it said of the whole one.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline.h"

namespace mailseal::packets {

inline const Limits kLimits;
inline constexpr LinkType kEthernet{1};

struct Packet {
  std::uint64_t frame = 0;
  Timestamp time{};
  LinkType link = kEthernet;
  std::uint32_t wire = 0;  ///< octets on the wire; more than `octets` when the snap length cut it
  std::string octets;
};
using Packets = std::vector<Packet>;

inline PacketView view(const Packet& p) {
  PacketView v{{}, p.link, p.wire, as_bytes(p.octets)};
  v.seen.frame = p.frame;
  v.seen.time = p.time;
  return v;
}

/// Hands out packets that lie in memory.
class MemorySource : public PacketSource {
 public:
  explicit MemorySource(const Packets* packets) : packets_(packets) {}
  Captured next() override {
    if (at_ == packets_->size()) return EndOfCapture{};
    facts_.last = (*packets_)[at_].time;
    return view((*packets_)[at_++]);
  }
  const InputFacts& facts() override { return facts_; }

 private:
  const Packets* packets_;
  std::size_t at_ = 0;
  InputFacts facts_;
};

struct Capture {
  std::string name;
  Packets packets;
  InputFacts facts;
};

/// Packets of a file, at most `most`: nothing when there are more or it cannot be opened.
inline std::optional<Capture> load(const std::filesystem::path& path, std::size_t most = SIZE_MAX) {
  auto source = open_file(path, 0, &kLimits);
  if (!source) return std::nullopt;
  Capture capture;
  capture.name = path.filename().string();
  for (;;) {
    const Captured captured = (*source)->next();
    const auto* p = std::get_if<PacketView>(&captured);
    if (p == nullptr) break;
    if (capture.packets.size() == most) return std::nullopt;
    capture.packets.push_back({p->seen.frame, p->seen.time, p->link, p->wire_bytes, std::string(as_text(p->bytes))});
  }
  capture.facts = (*source)->facts();
  return capture;
}

inline Overview run(PacketSource& source, const Options& options, const InputFacts* facts = nullptr) {
  Pipeline pipeline(&options, &kLimits);
  pipeline.read(source, {});
  RunFacts run_facts;
  run_facts.inputs.push_back(facts != nullptr ? *facts : source.facts());
  return pipeline.finish(std::move(run_facts));
}
inline Overview run(const Packets& packets, const InputFacts* facts = nullptr, const Options& options = {}) {
  MemorySource source(&packets);
  return run(source, options, facts);
}

// --- where the headers of a packet lie

inline unsigned get16(const std::string& s, std::size_t at) {
  return static_cast<unsigned>(static_cast<unsigned char>(s[at])) << 8 | static_cast<unsigned char>(s[at + 1]);
}
inline std::uint32_t get32(const std::string& s, std::size_t at) { return get16(s, at) << 16 | get16(s, at + 2); }
inline void put16(std::string& s, std::size_t at, std::size_t v) {
  s[at] = static_cast<char>(v >> 8 & 0xff);
  s[at + 1] = static_cast<char>(v & 0xff);
}
inline void put32(std::string& s, std::size_t at, std::uint32_t v) {
  put16(s, at, v >> 16);
  put16(s, at + 2, v & 0xffff);
}

struct Headers {
  std::size_t ip, tcp, payload;  ///< offsets of the first octets
  std::size_t captured;          ///< payload octets in the capture
  std::size_t on_wire;           ///< payload octets on the wire
};

/// Of a TCP packet straight in IPv4 or IPv6, not fragmented, without IPv6 extension headers.
inline std::optional<Headers> headers(const Packet& p) {
  const std::string& s = p.octets;
  std::size_t ip = 0;
  const auto type_at = [&](std::size_t at) { return at + 2 <= s.size() ? get16(s, at) : 0; };
  switch (static_cast<std::uint32_t>(p.link)) {
    case 0:
    case 108:
      ip = 4;
      break;
    case 1:
      ip = 14;
      for (int tags = 0; tags < 3; ++tags, ip += 4)
        if (const unsigned t = type_at(ip - 2); t != 0x8100 && t != 0x88a8 && t != 0x9100) break;
      if (type_at(ip - 2) != 0x0800 && type_at(ip - 2) != 0x86dd) return std::nullopt;
      break;
    case 113:
      ip = 16;
      break;
    case 276:
      ip = 20;
      break;
    case 12:
    case 101:
    case 228:
    case 229:
      break;
    default:
      return std::nullopt;
  }
  if (s.size() < ip + 40) return std::nullopt;
  Headers h{ip, 0, 0, 0, 0};
  std::size_t end = 0;  // of the datagram
  if ((s[ip] & 0xf0) == 0x40) {
    if (s[ip + 9] != 6 || (get16(s, ip + 6) & 0x3fff) != 0) return std::nullopt;
    h.tcp = ip + 4u * (static_cast<unsigned char>(s[ip]) & 15);
    const unsigned total = get16(s, ip + 2);
    end = total != 0 ? ip + total : p.wire;
  } else if ((s[ip] & 0xf0) == 0x60) {
    if (s[ip + 6] != 6) return std::nullopt;
    h.tcp = ip + 40;
    const unsigned length = get16(s, ip + 4);
    end = length != 0 ? h.tcp + length : p.wire;
  } else {
    return std::nullopt;
  }
  if (s.size() < h.tcp + 20) return std::nullopt;
  h.payload = h.tcp + 4u * (static_cast<unsigned char>(s[h.tcp + 12]) >> 4);
  if (h.payload > s.size() || h.payload > end) return std::nullopt;
  h.captured = std::min(end, s.size()) - h.payload;
  h.on_wire = end - h.payload;
  return h;
}

inline constexpr char kFin = 1, kSyn = 2, kRst = 4, kAck = 16;

// --- what can be done to packets

/// Each packet with data as several of at most `octets` octets, of the same frame and time.
inline Packets cut(const Packets& packets, std::size_t octets) {
  Packets out;
  for (const Packet& p : packets) {
    const auto h = headers(p);
    if (!h || h->captured <= octets) {
      out.push_back(p);
      continue;
    }
    std::uint32_t seq = get32(p.octets, h->tcp + 4);
    for (std::size_t at = 0; at < h->captured; at += octets) {
      const bool first = at == 0, last = at + octets >= h->captured;
      const std::size_t n = std::min(octets, h->captured - at);
      const std::size_t on_wire = last ? h->on_wire - at : n;
      Packet piece = p;
      piece.octets = p.octets.substr(0, h->payload) + p.octets.substr(h->payload + at, n);
      piece.wire = static_cast<std::uint32_t>(h->payload + on_wire);
      put32(piece.octets, h->tcp + 4, seq);
      char& flags = piece.octets[h->tcp + 13];
      if (first && (flags & kSyn) != 0) ++seq;
      if (!first) flags = static_cast<char>(flags & ~kSyn);
      if (!last) flags = static_cast<char>(flags & ~(kFin | kRst));
      seq += static_cast<std::uint32_t>(n);
      const bool v4 = (p.octets[h->ip] & 0xf0) == 0x40;
      const std::size_t length = h->payload + on_wire - h->ip;
      put16(piece.octets, v4 ? h->ip + 2 : h->ip + 4, v4 ? length : length - 40);
      out.push_back(std::move(piece));
    }
  }
  return out;
}

inline Packets without(const Packets& packets, std::size_t index) {
  Packets out = packets;
  out.erase(out.begin() + static_cast<std::ptrdiff_t>(index));
  return out;
}
inline Packets first(const Packets& packets, std::size_t n) {
  return {packets.begin(), packets.begin() + static_cast<std::ptrdiff_t>(n)};
}
inline Packets without_first(const Packets& packets, std::size_t n) {
  return {packets.begin() + static_cast<std::ptrdiff_t>(n), packets.end()};
}

// --- conversations

inline std::string ethernet(std::string_view datagram, unsigned type = 0x0800) {
  std::string s = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, static_cast<char>(type >> 8), static_cast<char>(type & 255)};
  return s += datagram;
}

/// One connection of 192.0.2.1 with 198.51.100.2, packet by packet, one millisecond each. Each
/// packet acknowledges what the other side has sent.
class Conversation {
 public:
  struct Isns {
    std::uint32_t client = 1000, server = 5000;
  };
  explicit Conversation(unsigned port = 25) : Conversation(port, Isns()) {}
  Conversation(unsigned port, Isns isns) : port_(port), next_{isns.client, isns.server} {}

  static constexpr Side kClient = Side::Client, kServer = Side::Server;

  /// SYN, SYN and ACK, ACK.
  Conversation& open() {
    raw(kClient, kSyn, at(kClient), "");
    ++next_[0];
    raw(kServer, kSyn | kAck, at(kServer), "");
    ++next_[1];
    return raw(kClient, kAck, at(kClient), "");
  }
  Conversation& c(std::string_view octets) { return send(kClient, octets); }
  Conversation& s(std::string_view octets) { return send(kServer, octets); }
  Conversation& send(Side from, std::string_view octets) {
    raw(from, kAck, at(from), octets);
    return skip(from, octets.size());
  }
  Conversation& fin(Side from) {
    raw(from, kFin | kAck, at(from), "");
    return skip(from, 1);
  }
  Conversation& rst(Side from) { return raw(from, kRst, at(from), ""); }
  Conversation& ack(Side from) { return raw(from, kAck, at(from), ""); }
  /// Both sides close.
  Conversation& close() { return fin(kClient).fin(kServer).ack(kClient); }

  /// One packet as told; nothing else changes.
  Conversation& raw(Side from, int flags, std::uint32_t seq, std::string_view octets) {
    std::string tcp(20, '\0');
    put16(tcp, 0, from == kClient ? client_port : port_);
    put16(tcp, 2, from == kClient ? port_ : client_port);
    put32(tcp, 4, seq);
    if ((flags & kAck) != 0) put32(tcp, 8, at(other(from)));
    tcp[12] = 0x50;
    tcp[13] = static_cast<char>(flags);
    put16(tcp, 14, 0xffff);
    std::string ip(20, '\0');
    ip[0] = 0x45;
    put16(ip, 2, 40 + octets.size());
    put16(ip, 4, ++id_);
    ip[8] = 64;
    ip[9] = 6;
    put32(ip, from == kClient ? 12 : 16, 0xc0000201);
    put32(ip, from == kClient ? 16 : 12, 0xc6336402);
    time_ += std::chrono::milliseconds{1};
    Packet p;
    p.frame = packets.size() + 1;
    p.time = time_;
    p.octets = ethernet(ip + tcp + std::string(octets));
    p.wire = static_cast<std::uint32_t>(p.octets.size());
    packets.push_back(std::move(p));
    return *this;
  }
  Conversation& skip(Side side, std::size_t octets) {
    next_[static_cast<std::size_t>(side)] += static_cast<std::uint32_t>(octets);
    return *this;
  }
  Conversation& wait(std::chrono::milliseconds time) {
    time_ += time;
    return *this;
  }
  std::uint32_t at(Side side) const { return next_[static_cast<std::size_t>(side)]; }

  Packets packets;
  unsigned client_port = 40000;

 private:
  unsigned port_, id_ = 0;
  std::uint32_t next_[2];
  Timestamp time_{std::chrono::seconds{1'700'000'000}};
};

// --- what was found

inline bool has(const JudgedSession& s, Exposure e) {
  return std::find(s.judgement.exposed.begin(), s.judgement.exposed.end(), e) != s.judgement.exposed.end();
}
inline bool has(const JudgedSession& s, std::string_view finding) {
  for (const FindingKind* k : s.finding_kinds)
    if (k->id == finding) return true;
  return false;
}
inline bool has(const Overview& o, std::string_view finding) {
  for (const FindingGroup& g : o.findings)
    if (g.kind->id == finding) return true;
  return false;
}
inline bool established(const JudgedSession& s) { return s.session.tls && s.session.tls->established; }

}  // namespace mailseal::packets
