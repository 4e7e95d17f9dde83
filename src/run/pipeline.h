// Pipeline: the stages joined, from a time line of packets to an Overview.
//
// One thread, no queue; octets are copied only where the time line merges inputs. Findings of sessions in progress are
// spoken as they come when somebody listens.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "mailseal/capture.h"
#include "mailseal/decode.h"
#include "mailseal/flow.h"
#include "mailseal/overview.h"
#include "options.h"
#include "timeline.h"

namespace mailseal {

class Pipeline final : private SessionSink {
 public:
  using Listener = std::function<void(const Session&, const Finding&)>;

  /// Both, and what the judge's options name, are kept and must outlive the pipeline.
  Pipeline(const Options*, const Limits*, JudgeOptions = {});
  ~Pipeline() override;

  void listen(Listener listener) { listener_ = std::move(listener); }

  /// Reads until all inputs end, or `stop` (asked between packets, every so often) says to stop.
  void read(TimeLine&, const std::function<bool()>& stop);
  /// One source alone, as that input, behind what was read before; asked also while nothing comes.
  void read(PacketSource&, const std::function<bool()>& stop, std::uint32_t input = 0);
  Overview finish(RunFacts);

 private:
  void session(Session&&, Progress) override;
  void settle();
  void tell(const Session&, const Judgement&);
  struct BatchView;
  void captured_at(std::uint32_t input, std::uint32_t point);
  void take(std::span<const PacketView>, BatchView&);
  void packet(const PacketView&, BatchView&);
  void passed_over(const PacketView&, Skipped, BatchView&);
  void packets_within(const PacketView&, BatchView&);
  void feed(BatchView&);
  void pass_lost();
  void end_connections();

  const Limits& limits_;
  std::set<std::uint32_t> texts_;  ///< inputs that are text
  JudgeOptions judge_options_;
  Collector collector_;
  std::unique_ptr<StreamFactory> inspector_;
  std::vector<std::unique_ptr<Decoder>> decoders_;  ///< by point: fragments of one point make no whole with another's
  std::unique_ptr<FlowTable> flows_;
  struct Passed {
    std::uint64_t packets = 0, first = 0;  ///< how many, and the frame of the first
  };
  using Skips = std::array<Passed, kSkippedKinds>;
  std::vector<Skips> skips_;           ///< by input
  Decoder* decoder_ = nullptr;         ///< of what is read now; so
  Skips* counted_ = nullptr;           ///< are these
  std::vector<std::uint32_t> points_;  ///< by input
  std::optional<InputFacts> before_;   ///< of single sources, the last that had packets
  std::uint64_t evicted_ = 0;
  std::vector<JudgedSession> ended_;  ///< not judged yet
  Listener listener_;
  std::map<FlowKey, std::set<const FindingKind*>> spoken_;  ///< of sessions still open
};

}  // namespace mailseal
