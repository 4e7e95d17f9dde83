// TimeLine: all inputs of a run as one sequence of packets, in the order in which they were captured.
//
// Rotated sets, directories and captures of several points are one thing here: each input is opened when the time line
// reaches its first packet, and closed at its end, so that a set of 10,000 files has one or two open. Where the next
// input begins before the one before has ended, that is looked through for Limits::look_ahead of capture time:
//
//   it ends meanwhile   the next goes on where it ended (clocks step back at such seams): one is read behind the other,
//                       as if they had been one file;
//   it does not         they overlap, so they were captured at two points: from there on packets are merged by time.
//
// Numbers inputs by this order, whatever the order in which they were named; those without a packet or a date come
// last, and what has no date is never merged. No more than Limits::inputs_at_once are open. Refuses to reorder packets
// of one input, and to believe a time stamp far ahead before the next packet confirms it.
//
// Where one input is read and no other is due, its packets pass as the source gives them; else they are copied.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apart.h"
#include "mailseal/base/expected.h"
#include "mailseal/capture.h"

namespace mailseal {

class TimeLine {
 public:
  /// Is told what becomes of each input.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void not_opened(const InputFile&, const Error&) = 0;
    virtual void opened(const InputFile&, PacketSource&) = 0;  ///< before its first packet is passed on
    virtual void ended(const InputFile&, PacketSource&) = 0;
  };
  using Open = std::function<Expected<std::unique_ptr<PacketSource>>(const InputFile&, std::uint32_t input)>;

  /// Looks at the beginning of each input, unless there is but one. `listener` and `limits` are kept.
  TimeLine(std::vector<InputFile>, Open, Listener* listener, const Limits* limits);

  using RoomView = std::span<PacketView>;
  struct StretchView {
    std::span<const PacketView> packets;  ///< of one input, in the room; what they show is valid until the next call
    PacketSource* source = nullptr;       ///< of that input
    std::uint32_t input = 0;
    std::uint32_t point = 0;  ///< where it was captured, from 0
    bool text = false;        ///< the input is one
    bool parted = false;      ///< no connection goes on from what came before
    bool ended = false;       ///< of all inputs; there are no packets then
  };
  /// `room`: for some packets, and for each call.
  StretchView next(RoomView room);

  /// Of all inputs in the order of their numbers; complete at the end.
  const std::vector<InputFacts>& facts() const noexcept { return facts_; }
  const std::vector<std::uint32_t>& points() const noexcept { return point_of_; }  ///< by input
  /// Of what is read now, for who wants to know how far it is; nullptr: nothing is.
  PacketSource* reading() const noexcept;

 private:
  struct Held {
    Seen seen;
    LinkType link;
    std::uint32_t wire_bytes, interface;
    Direction direction;
    std::vector<std::byte> bytes;

    std::size_t cost() const { return sizeof(Held) + bytes.size(); }
    PacketView view() const { return {seen, link, wire_bytes, bytes, interface, direction}; }
  };
  struct Running {
    InputFile file;
    std::unique_ptr<PacketSource> source;
    std::uint32_t input = 0, point = 0;
    bool text = false;
    std::deque<Held> ahead;  ///< read, not passed on
    std::size_t held_bytes = 0;
    bool ended = false;               ///< no more can be read
    const Running* behind = nullptr;  ///< goes on where that one ends
    std::optional<Timestamp> begins;  ///< of the first packet, if it can be believed

    /// When the packet was captured, as far as it can be believed: where it is no later than the next one.
    Timestamp time(std::size_t i = 0) const {
      const Timestamp own = ahead[i].seen.time;
      return i + 1 < ahead.size() ? std::min(own, ahead[i + 1].seen.time) : own;
    }
  };
  struct Pending {
    InputFile file;
    std::optional<Timestamp> begins = {};  ///< nothing: it has no packet, or no date
    std::unique_ptr<Running> begun = {};   ///< that cannot be opened twice
  };
  struct Point {
    InputFacts facts;  ///< of the last of its inputs, as far as it was read
    bool running = false;
  };

  std::unique_ptr<Running> open(const InputFile&, std::uint32_t input);
  void look_at(std::vector<InputFile>);
  void begin_next();
  void place(Running&);
  bool take(Running&);
  void take_ahead(Running&, std::size_t packets);
  void hold(Running&, const PacketView&);
  bool goes_on(Running&, const Running& next);
  void finish(std::size_t running);
  void release();
  std::optional<StretchView> straight(Running&, RoomView);
  std::optional<StretchView> merged(RoomView);
  StretchView pass(Running&, std::size_t count, RoomView);
  StretchView stretch(const Running&, std::span<const PacketView>);
  std::optional<Timestamp> until() const;

  Open open_;
  Listener& listener_;
  const Limits& limits_;
  std::deque<Pending> pending_;
  std::vector<std::unique_ptr<Running>> running_;
  std::vector<Point> points_;
  std::vector<InputFacts> facts_;
  std::vector<std::uint32_t> point_of_;
  std::size_t held_bytes_ = 0;                 ///< of all that are running
  std::vector<std::vector<std::byte>> spare_;  ///< of packets that were passed on
  Running* passed_from_ = nullptr;             ///< whose first packets in hand were passed on
  std::size_t passed_ = 0;
  bool parted_ = false;
  std::optional<std::uint32_t> last_;  ///< point of the input that ended last
};

}  // namespace mailseal
