#include "reading.h"

#include <spdlog/spdlog.h>

#include <map>
#include <utility>

#include "copies.h"
#include "expand.h"
#include "inputs.h"
#include "mailseal/report.h"
#include "progress.h"
#include "timeline.h"

namespace mailseal {
namespace {

/// Tells what becomes of the inputs.
class Reading final : public TimeLine::Listener {
 public:
  /// All are kept.
  Reading(const Options* options, const Limits* limits, KeyLog* keys, RunFacts* facts)
      : progress_(options->quiet), limits_(*limits), keys_(*keys), facts_(*facts) {}

  void not_opened(const InputFile&, const Error& error) override {
    progress_.clear();
    not_read(error.message, facts_);
  }
  void not_taken(const Content& content) {
    progress_.clear();
    mailseal::not_taken(content, facts_);
  }
  void opened(const InputFile& input, PacketSource& source) override {
    if (input.member.empty()) known_[&source] = read_secrets_at_end(input.path, limits_, &keys_);
    source.secrets_go_to(&keys_);
  }
  void ended(const InputFile&, PacketSource& source) override {
    const InputFacts& read = source.facts();
    if (read.ended.starts_with("error")) {
      progress_.clear();
      not_read(escape_text(read.path) + ": " + read.ended + "; what stands before was analyzed", facts_);
    }
    const auto known = known_.extract(&source);
    if (source.late_secrets() <= (known ? known.mapped() : 0)) return;
    progress_.clear();
    spdlog::warn(
        "{}: TLS secrets stood behind packets: what was sealed before was not decrypted with them; give the key log "
        "with --keylog, or write the secrets before the packets",
        escape_text(read.path));
  }
  void show(PacketSource* source) {
    if (source) progress_.show(source->facts());
  }
  void done() { progress_.clear(); }

 private:
  ProgressLine progress_;
  const Limits& limits_;
  KeyLog& keys_;
  RunFacts& facts_;
  std::map<const PacketSource*, std::uint64_t> known_;  ///< secrets that stood at the end
};

/// One that can be read but once: what lies in it, in the order in which it lies there.
void read_stream(const InputFile& input, Archives& archives, Reading& reading, Pipeline& pipeline,
                 std::vector<InputFacts>& facts) {
  const auto number = [&] { return static_cast<std::uint32_t>(facts.size()); };
  open_each(input, archives, number, [&](Content&& content) {
    if (!content.source && content.member.empty()) return reading.not_opened(input, {content.why});
    if (!content.source) return reading.not_taken(content);
    PacketSource& source = *content.source;
    reading.opened(input, source);
    const auto show = [&] {
      reading.show(&source);
      return false;
    };
    pipeline.read(source, show, number());
    reading.ended(input, source);
    facts.push_back(source.facts());
  });
}

}  // namespace

void read_inputs(std::vector<InputFile> inputs, const Options& options, const Limits& limits, Archives& archives,
                 KeyLog& keys, Pipeline& pipeline, RunFacts& facts, std::vector<std::string>& copies) {
  Reading reading(&options, &limits, &keys, &facts);
  if (inputs.size() == 1 && !is_regular(inputs.front())) {
    read_stream(inputs.front(), archives, reading, pipeline, facts.inputs);
    return reading.done();
  }
  inputs = without_copies(std::move(inputs), [&](const InputFile& copy, const InputFile& of) {
    copies.push_back(copy.path.string());
    spdlog::warn("{}: the same as {}; read once", escape_text(copy.path.string()), escape_text(of.path.string()));
  });
  const auto open = [&](const InputFile& input, std::uint32_t number) {
    return archives.open(input.path, input.member, number);
  };
  TimeLine line(std::move(inputs), open, &reading, &limits);
  pipeline.read(line, [&] {
    reading.show(line.reading());
    return false;
  });
  reading.done();
  facts.inputs = line.facts();
}

}  // namespace mailseal
