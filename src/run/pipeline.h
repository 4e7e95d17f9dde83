// Pipeline: the stages joined, from one packet source after another to an Overview.
//
// One thread, no queue, no copy. Findings of sessions in progress are spoken as they
// come when somebody listens.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>

#include "mailseal/capture.h"
#include "mailseal/decode.h"
#include "mailseal/flow.h"
#include "mailseal/overview.h"
#include "options.h"

namespace mailseal {

class Pipeline final : private SessionSink {
 public:
  using Listener = std::function<void(const Session&, const Finding&)>;

  /// Both, and what the judge's options name, are kept and must outlive the pipeline.
  Pipeline(const Options*, const Limits*, JudgeOptions = {});
  ~Pipeline() override;

  void listen(Listener listener) { listener_ = std::move(listener); }

  /// Reads until the source ends, or `stop` (asked between packets, every so often) says
  /// to stop. A source that begins where the one before ended continues it: connections
  /// cross from one file of a rotated capture to the next.
  void read(PacketSource&, const std::function<bool()>& stop);
  Overview finish(RunFacts);

  /// What read() has counted of the inputs, in their order.
  std::vector<std::map<std::string, std::uint64_t>> skipped() const { return skipped_; }

 private:
  void session(Session&&, Progress) override;
  void settle();
  void tell(const Session&, const Judgement&);
  struct BatchView;
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
  std::unique_ptr<Decoder> decoder_;
  std::unique_ptr<FlowTable> flows_;
  struct Passed {
    std::uint64_t packets = 0, first = 0;  ///< how many, and the frame of the first
  };
  std::array<Passed, kSkippedKinds> counted_{};
  std::vector<std::map<std::string, std::uint64_t>> skipped_, first_skipped_;
  std::optional<InputFacts> before_;  ///< the last input that had packets
  std::uint64_t evicted_ = 0;
  std::vector<JudgedSession> ended_;  ///< not judged yet
  Listener listener_;
  std::map<FlowKey, std::set<const FindingKind*>> spoken_;  ///< of sessions still open
};

}  // namespace mailseal
