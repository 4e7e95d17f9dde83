#include "pipeline.h"

#include <algorithm>
#include <utility>

#include "kinship.h"

namespace mailseal {
namespace {
constexpr unsigned kPacketsBetweenQuestions = 4096, kTogether = 32, kEndedTogether = 16;
}  // namespace

/// Segments of packets that came together, not fed yet.
struct Pipeline::BatchView {
  std::array<SegmentView, kTogether> segments;
  std::size_t size = 0;
  PacketSource* source = nullptr;  ///< of the packets
};

Pipeline::Pipeline(const Options* options, const Limits* limits, JudgeOptions judge_options)
    : limits_(*limits),
      judge_options_(std::move(judge_options)),
      collector_(&options->overview, limits),
      inspector_(make_inspector(&options->inspect, limits, this)),
      flows_(std::make_unique<FlowTable>(limits, inspector_.get())) {
  judge_options_.texts = &texts_;
  ended_.reserve(kEndedTogether);
}

Pipeline::~Pipeline() = default;

void Pipeline::read(TimeLine& line, const std::function<bool()>& stop) {
  BatchView batch;
  std::array<PacketView, kTogether> room;
  std::size_t packets = kPacketsBetweenQuestions;  // since the last question
  for (;;) {
    if (packets >= kPacketsBetweenQuestions) {
      packets = 0;
      if (collector_.fault() || (stop && stop())) break;
    }
    const TimeLine::StretchView stretch = line.next(room);
    if (stretch.ended) break;
    if (stretch.parted) end_connections();
    captured_at(stretch.input, stretch.point);
    if (stretch.text) texts_.insert(stretch.input);
    batch.source = stretch.source;
    take(stretch.packets, batch);
    packets += stretch.packets.size();
  }
  points_ = line.points();
}

void Pipeline::read(PacketSource& source, const std::function<bool()>& stop, std::uint32_t input) {
  points_.resize(input + std::size_t{1});
  bool first = true;
  BatchView batch;
  batch.source = &source;
  std::array<PacketView, kTogether> packets;
  for (unsigned asked = 0, n = 0;; n += kTogether) {
    if (n - asked >= kPacketsBetweenQuestions || n == 0) {
      asked = n;
      if (collector_.fault() || (stop && stop())) break;
    }
    const std::size_t count = first ? 0 : source.at_hand(packets);
    take({packets.data(), count}, batch);
    if (count == packets.size()) continue;
    const Captured captured = source.next();
    if (std::holds_alternative<EndOfCapture>(captured)) break;
    const auto* view = std::get_if<PacketView>(&captured);
    if (view && std::exchange(first, false)) {
      if (before_ && parted_by(view->seen.time - *before_->last, *before_, source.facts(), limits_)) end_connections();
      captured_at(input, 0);
      if (source.facts().text) texts_.insert(input);
    }
    if (view) take({view, 1}, batch);
    if (!view && stop && stop()) break;  // idle: nothing came
  }
  if (source.facts().last) before_ = source.facts();
}

void Pipeline::captured_at(std::uint32_t input, std::uint32_t point) {
  if (skips_.size() <= input) skips_.resize(input + std::size_t{1});
  if (decoders_.size() <= point) decoders_.resize(point + std::size_t{1});
  if (!decoders_[point]) decoders_[point] = std::make_unique<Decoder>(&limits_);
  counted_ = &skips_[input];
  decoder_ = decoders_[point].get();
  flows_->captured_at(point);
}

void Pipeline::take(std::span<const PacketView> packets, BatchView& batch) {
  for (const PacketView& view : packets) packet(view, batch);
  feed(batch);
}

void Pipeline::packet(const PacketView& view, BatchView& batch) {
  SegmentView& segment = batch.segments[batch.size];
  const auto why = decoder_->decode(view, segment);
  if (!why) {
    ++batch.size;
    if (segment.joined || batch.size == batch.segments.size()) feed(batch);
    return;
  }
  passed_over(view, *why, batch);
}

/// Apart, and kept so: what most packets need is short.
[[gnu::noinline]] void Pipeline::passed_over(const PacketView& view, Skipped why, BatchView& batch) {
  if (why == Skipped::Several) return packets_within(view, batch);
  Passed& passed = (*counted_)[static_cast<std::size_t>(why)];
  if (++passed.packets == 1) passed.first = view.seen.frame;
  if (why != Skipped::AwaitingFragments && why != Skipped::LostFragments) return;
  feed(batch);
  pass_lost();
}

void Pipeline::packets_within(const PacketView& view, BatchView& batch) {
  std::array<PacketView, kMostWithin> parts;
  const std::size_t count = apart(view, parts);
  for (std::size_t i = 0; i < count; ++i) packet(parts[i], batch);
}

void Pipeline::feed(BatchView& batch) {
  if (batch.size == 0) return;
  flows_->feed({batch.segments.data(), batch.size}, batch.source);
  batch.size = 0;
}

void Pipeline::pass_lost() {
  for (const LostDatagram& lost : decoder_->take_lost()) flows_->lost(lost);
}

void Pipeline::end_connections() {
  for (std::size_t point = 0; point < decoders_.size(); ++point) {
    if (!decoders_[point]) continue;
    decoder_ = decoders_[point].get();
    flows_->captured_at(static_cast<std::uint32_t>(point));
    decoder_->finish();
    pass_lost();
  }
  flows_->finish();
  evicted_ += flows_->counters().evicted;
  decoders_.clear();
  flows_ = std::make_unique<FlowTable>(&limits_, inspector_.get());
}

Overview Pipeline::finish(RunFacts facts) {
  end_connections();
  settle();
  for (const Skips& skips : skips_) {
    auto &packets = facts.skipped.emplace_back(), &frames = facts.first_skipped.emplace_back();
    for (std::size_t i = 0; i < kSkippedKinds; ++i) {
      if (skips[i].packets == 0) continue;
      const std::string name(to_string(static_cast<Skipped>(i)));
      packets[name] = skips[i].packets;
      frames[name] = skips[i].first;
    }
  }
  facts.skipped.resize(facts.inputs.size());
  facts.first_skipped.resize(facts.inputs.size());
  facts.points = points_;
  facts.evicted = evicted_;
  return collector_.finish(std::move(facts));
}

void Pipeline::session(Session&& session, Progress progress) {
  if (progress == Progress::Ongoing) return tell(session, judge(session, judge_options_));
  ended_.emplace_back().session = std::move(session);
  if (listener_ || ended_.size() == kEndedTogether) settle();
}

/// One step for all of them, then the next: the instructions of a step stay at hand.
void Pipeline::settle() {
  for (JudgedSession& ended : ended_) ended.judgement = judge(ended.session, judge_options_);
  for (const JudgedSession& ended : ended_) {
    tell(ended.session, ended.judgement);
    spoken_.erase(ended.session.flow);
  }
  collector_.add(ended_);
  ended_.clear();
}

void Pipeline::tell(const Session& session, const Judgement& judgement) {
  if (!listener_) return;
  auto& spoken = spoken_[session.flow];
  for (const Finding& f : judgement.findings)
    if (f.severity <= Severity::Medium && f.kind->cls != FindingClass::Inconclusive && spoken.insert(f.kind).second)
      listener_(session, f);
}

}  // namespace mailseal
