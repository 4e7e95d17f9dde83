// Scripts: segments as short lines, events as short lines.
//
//   "[@SECONDS] [#N] SIDE FLAGS SEQ ACK [TEXT] [id=N] [cut=N]"   a segment
//   "@SECONDS tick"                                              FlowTable::tick
//   "[#N] SIDE lost [hosts]"                                     FlowTable::lost, without ports
//
// SIDE is c or s: whom the script means, not what the table thinks. FLAGS of S A F R. SEQ and ACK
// count from the SYN (the first octet is 1), "-": no ACK. #N is the N-th connection (another client
// port). The line's number is the frame; without @ it is 1 ms later than the line before. Each script
// is run with several initial sequence numbers.
//
// Events, with "N: " in front but for connection 1:
//   "open syn c @1"         beginning, side of the first packet, frame
//   "c 0 EHLO @4"           octets at an offset, frame
//   "c gap 4+6 missing @7"  "c conflict 4 @9"  "c fin 10 @11"  "closed ended @12"
#pragma once

#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "mailseal/flow.h"

namespace mailseal::script {

using Events = std::vector<std::string>;

inline std::string text(Side side) { return side == Side::Client ? "c" : "s"; }
inline std::string text(Beginning b) {
  return b == Beginning::Syn ? "syn" : b == Beginning::SynAck ? "synack" : "midway";
}
inline std::string text(Gap::Why why) {
  switch (why) {
    case Gap::Why::Missing:
      return "missing";
    case Gap::Why::CutBySnapLength:
      return "cut";
    case Gap::Why::Fragment:
      return "fragment";
    case Gap::Why::Limit:
      return "limit";
  }
  return "?";
}
inline std::string text(CloseReason reason) {
  switch (reason) {
    case CloseReason::Ended:
      return "ended";
    case CloseReason::Reused:
      return "reused";
    case CloseReason::Idle:
      return "idle";
    case CloseReason::Evicted:
      return "evicted";
    case CloseReason::EndOfCapture:
      return "capture";
  }
  return "?";
}

/// Writes down what it is told.
class Recorder : public StreamFactory {
 public:
  bool concerns(std::uint16_t from, std::uint16_t to) const override { return from == 25 || to == 25 || any_port; }
  bool is_service(std::uint16_t port) const override { return port == 25; }
  std::unique_ptr<StreamHandler> open(const Opening& opening) override {
    const int n = (opening.key.server.port == server_port ? opening.key.client.port : opening.key.server.port) - 40000;
    const std::string name = n == 1 ? "" : std::to_string(n) + ": ";
    std::string event = name + "open " + text(opening.beginning) + " " + text(opening.first.side);
    if (opening.key.server.port != server_port) event += " swapped";
    events.push_back(event + at(opening.first));
    if (refuse) return nullptr;
    return std::make_unique<Listener>(this, name);
  }

  static std::string at(const Seen& seen) { return " @" + std::to_string(seen.frame); }

  Events events;
  std::vector<SideCounters> counters;  ///< of each connection closed: client, server
  std::uint16_t server_port = 25;
  std::string enough;  ///< data that contains this is answered with Interest::None
  bool refuse = false, any_port = false;

 private:
  class Listener : public StreamHandler {
   public:
    Listener(Recorder* log, std::string name) : log_(log), name_(std::move(name)) {}
    Interest data(const DataView& d) override {
      const std::string octets(as_text(d.bytes));
      say(text(d.from) + " " + std::to_string(d.seen.offset) + " " + octets, d.seen);
      return !log_->enough.empty() && octets.find(log_->enough) != std::string::npos ? Interest::None : Interest::More;
    }
    void gap(const Gap& g) override {
      say(text(g.from) + " gap " + std::to_string(g.seen.offset) + "+" + std::to_string(g.bytes) + " " + text(g.why),
          g.seen);
    }
    void conflict(const Conflict& c) override {
      say(text(c.from) + " conflict " + std::to_string(c.seen.offset), c.seen);
    }
    void end(const SideEnd& e) override {
      say(text(e.from) + (e.how == SideEnd::How::Fin ? " fin " : " reset ") + std::to_string(e.seen.offset), e.seen);
    }
    void closed(const Closed& c) override {
      say("closed " + text(c.reason), c.last);
      log_->counters.insert(log_->counters.end(), c.sides.begin(), c.sides.end());
    }

   private:
    void say(const std::string& what, const Seen& seen) { log_->events.push_back(name_ + what + at(seen)); }
    Recorder* log_;
    std::string name_;
  };
};

struct Isns {
  std::uint32_t client, server;
};
inline constexpr Isns kIsns[] = {
    {0, 0x7ffffffe}, {0x7ffffffe, 0xfffffffd}, {0x7fffffff, 0}, {0xfffffffd, 0x7fffffff}, {0xffffffff, 0xffffffff}};

inline IpAddress host(std::uint8_t last) {
  IpAddress a;
  a.octets = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, last};
  return a;
}
inline constexpr Timestamp kStart{std::chrono::seconds{1'700'000'000}};

inline Timestamp after(double seconds) {
  return kStart + std::chrono::nanoseconds{static_cast<std::int64_t>(seconds * 1e9)};
}

/// Feeds the lines; does not finish.
inline void play(FlowTable& table, const std::vector<std::string>& lines, const Isns& isns,
                 std::uint16_t server_port = 25) {
  double now = 0;
  std::uint64_t frame = 0;
  for (const std::string& line : lines) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    now += 0.001;
    ++frame;
    if (word[0] == '@') {
      now = std::stod(word.substr(1));
      words >> word;
    }
    if (word == "tick") {
      table.tick(after(now));
      continue;
    }
    std::uint16_t client_port = 40001;
    if (word[0] == '#') {
      client_port = static_cast<std::uint16_t>(40000 + std::stoi(word.substr(1)));
      words >> word;
    }
    const bool client = word == "c";
    const Endpoint c{host(1), client_port}, s{host(2), server_port};
    SegmentView segment;
    segment.from = client ? c : s;
    segment.to = client ? s : c;
    segment.seen.time = after(now);
    segment.seen.frame = frame;
    std::string flags, seq, ack, payload;
    words >> flags >> seq >> ack;
    if (flags == "lost") {
      const bool hosts = seq == "hosts";
      table.lost({segment.from.address, segment.to.address, hosts ? std::uint16_t{0} : segment.from.port,
                  hosts ? std::uint16_t{0} : segment.to.port, segment.seen});
      continue;
    }
    for (const char f : flags) {
      segment.syn |= f == 'S';
      segment.fin |= f == 'F';
      segment.rst |= f == 'R';
    }
    segment.seq = (client ? isns.client : isns.server) + static_cast<std::uint32_t>(std::stoll(seq));
    segment.has_ack = ack != "-";
    if (segment.has_ack)
      segment.ack = (client ? isns.server : isns.client) + static_cast<std::uint32_t>(std::stoll(ack));
    segment.ip_id = static_cast<std::uint32_t>(1000 + frame);
    while (words >> word) {
      if (word.starts_with("id="))
        segment.ip_id = static_cast<std::uint32_t>(std::stoul(word.substr(3)));
      else if (word.starts_with("cut="))
        segment.cut_bytes = static_cast<std::uint32_t>(std::stoul(word.substr(4)));
      else if (word.starts_with("x"))  // x700: that many x
        payload = word.size() > 1 && std::isdigit(word[1]) ? std::string(std::stoul(word.substr(1)), 'x') : word;
      else
        payload = word;
    }
    segment.payload = as_bytes(payload);
    table.feed(segment);
  }
}

}  // namespace mailseal::script
