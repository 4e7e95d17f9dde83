#include "pipeline.h"

namespace mailseal {
namespace {
/// A capture that begins within this time after the end of the one before continues it.
constexpr std::chrono::seconds kContinues{60};
constexpr unsigned kPacketsBetweenQuestions = 4096;
}  // namespace

Pipeline::Pipeline(const Options* options, const Limits* limits)
    : limits_(*limits),
      collector_(&options->overview, limits),
      inspector_(make_inspector(&options->inspect, limits, this)),
      decoder_(std::make_unique<Decoder>(limits)),
      flows_(std::make_unique<FlowTable>(limits, inspector_.get())) {}

Pipeline::~Pipeline() = default;

void Pipeline::read(PacketSource& source, const std::function<bool()>& stop) {
  counted_ = {};
  bool first = true;
  for (unsigned n = 0;; ++n) {
    if (n % kPacketsBetweenQuestions == 0 && stop && stop()) break;
    const Captured captured = source.next();
    if (std::holds_alternative<EndOfCapture>(captured)) break;
    const auto* view = std::get_if<PacketView>(&captured);
    if (!view) {  // idle: nothing came
      if (stop && stop()) break;
      continue;
    }
    if (std::exchange(first, false) && last_) {
      const auto pause = view->seen.time - *last_;
      if (pause < pause.zero() || pause > kContinues) end_connections();
    }
    packet(*view);
  }
  if (source.facts().last) last_ = source.facts().last;
  auto& names = skipped_.emplace_back();
  for (std::size_t i = 0; i < kSkippedKinds; ++i)
    if (counted_[i] > 0) names[std::string(to_string(static_cast<Skipped>(i)))] = counted_[i];
}

void Pipeline::packet(const PacketView& view) {
  const Decoded decoded = decoder_->decode(view);
  if (const auto* segment = std::get_if<SegmentView>(&decoded)) return flows_->feed(*segment);
  const Skipped why = std::get<Skipped>(decoded);
  ++counted_[static_cast<std::size_t>(why)];
  if (why == Skipped::AwaitingFragments || why == Skipped::LostFragments) pass_lost();
}

void Pipeline::pass_lost() {
  for (const LostDatagram& lost : decoder_->take_lost()) flows_->lost(lost);
}

void Pipeline::end_connections() {
  decoder_->finish();
  pass_lost();
  flows_->finish();
  evicted_ += flows_->counters().evicted;
  decoder_ = std::make_unique<Decoder>(&limits_);
  flows_ = std::make_unique<FlowTable>(&limits_, inspector_.get());
}

Overview Pipeline::finish(RunFacts facts) {
  end_connections();
  facts.skipped = skipped_;
  facts.evicted = evicted_;
  return collector_.finish(std::move(facts));
}

void Pipeline::session(Session&& session, Progress progress) {
  Judgement judgement = judge(session);
  if (listener_) {
    auto& spoken = spoken_[session.flow];
    for (const Finding& f : judgement.findings)
      if (f.severity <= Severity::Medium && f.kind->cls != FindingClass::Inconclusive && spoken.insert(f.kind).second)
        listener_(session, f);
    if (progress == Progress::Ended) spoken_.erase(session.flow);
  }
  if (progress == Progress::Ended) collector_.add(std::move(session), std::move(judgement));
}

}  // namespace mailseal
