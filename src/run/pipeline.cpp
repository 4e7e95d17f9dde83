#include "pipeline.h"

#include <algorithm>

namespace mailseal {
namespace {
constexpr unsigned kPacketsBetweenQuestions = 4096, kTogether = 32, kEndedTogether = 16;

/// A capture that begins within this time after the end of `before` continues it: one of the same
/// form may be the next of a rotation, whose connections may have been silent meanwhile.
std::chrono::nanoseconds patience(const InputFacts& before, const InputFacts& next, const Limits& limits) {
  const auto same_link = [](const InterfaceFacts& a, const InterfaceFacts& b) { return a.link_type == b.link_type; };
  const bool same_form =
      before.format == next.format && std::equal(before.interfaces.begin(), before.interfaces.end(),
                                                 next.interfaces.begin(), next.interfaces.end(), same_link);
  return same_form ? limits.idle : std::chrono::minutes{1};
}
}  // namespace

/// Segments of packets that came together, not fed yet.
struct Pipeline::BatchView {
  std::array<SegmentView, kTogether> segments;
  std::size_t size = 0;
};

Pipeline::Pipeline(const Options* options, const Limits* limits, JudgeOptions judge_options)
    : limits_(*limits),
      judge_options_(std::move(judge_options)),
      collector_(&options->overview, limits),
      inspector_(make_inspector(&options->inspect, limits, this)),
      decoder_(std::make_unique<Decoder>(limits)),
      flows_(std::make_unique<FlowTable>(limits, inspector_.get())) {
  judge_options_.texts = &texts_;
  ended_.reserve(kEndedTogether);
}

Pipeline::~Pipeline() = default;

void Pipeline::read(PacketSource& source, const std::function<bool()>& stop) {
  counted_ = {};
  bool first = true;
  BatchView batch;
  std::array<PacketView, kTogether> packets;
  for (unsigned asked = 0, n = 0;; n += kTogether) {
    if (n - asked >= kPacketsBetweenQuestions || n == 0) {
      asked = n;
      if (collector_.fault() || (stop && stop())) break;
    }
    const std::size_t count = first ? 0 : source.at_hand(packets);
    for (std::size_t i = 0; i < count; ++i) packet(packets[i], batch);
    feed(batch);
    if (count == packets.size()) continue;
    const Captured captured = source.next();
    if (std::holds_alternative<EndOfCapture>(captured)) break;
    const auto* view = std::get_if<PacketView>(&captured);
    if (!view) {  // idle: nothing came
      if (stop && stop()) break;
      continue;
    }
    if (first && source.facts().text) texts_.insert(view->seen.input);
    if (std::exchange(first, false) && before_) {
      const auto pause = view->seen.time - *before_->last;
      if (pause < pause.zero() || pause > patience(*before_, source.facts(), limits_)) end_connections();
    }
    packet(*view, batch);
    feed(batch);
  }
  if (source.facts().last) before_ = source.facts();
  auto &names = skipped_.emplace_back(), &first_frames = first_skipped_.emplace_back();
  for (std::size_t i = 0; i < kSkippedKinds; ++i) {
    if (counted_[i].packets == 0) continue;
    const std::string name(to_string(static_cast<Skipped>(i)));
    names[name] = counted_[i].packets;
    first_frames[name] = counted_[i].first;
  }
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
  Passed& passed = counted_[static_cast<std::size_t>(why)];
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
  flows_->feed({batch.segments.data(), batch.size});
  batch.size = 0;
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
  settle();
  facts.skipped = skipped_;
  facts.first_skipped = first_skipped_;
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
