#include "convert.h"

#include <spdlog/spdlog.h>

#include <array>

#include "inputs.h"
#include "mailseal/report.h"

namespace mailseal {

Conversion::Conversion(std::ostream* out, bool quiet, RunFacts* facts)
    : writer_(out, "mailseal " + std::string(program_version())), progress_(quiet), facts_(*facts) {}

void Conversion::in_order(const std::vector<InputFile>& inputs, Archives& archives, const Limits& limits) {
  const auto open = [&](const InputFile& input, std::uint32_t number) {
    return archives.open(input.path, input.member, number);
  };
  TimeLine line(inputs, open, this, &limits);
  std::array<PacketView, 32> room;
  for (;;) {
    const TimeLine::StretchView stretch = line.next(room);
    if (stretch.ended) return progress_.clear();
    for (const PacketView& view : stretch.packets) packet(*stretch.source, view);
    if (stretch.source) progress_.show(stretch.source->facts());
  }
}

void Conversion::all_of(PacketSource& source) {
  opened({}, source);
  for (Captured captured = source.next(); !std::holds_alternative<EndOfCapture>(captured); captured = source.next())
    if (const auto* view = std::get_if<PacketView>(&captured)) {
      packet(source, *view);
      progress_.show(source.facts());
    }
  ended({}, source);
}

void Conversion::not_opened(const InputFile&, const Error& error) {
  progress_.clear();
  not_read(error.message, facts_);
}

void Conversion::opened(const InputFile&, PacketSource&) { ++inputs_; }

void Conversion::ended(const InputFile&, PacketSource& source) {
  progress_.clear();
  end(source);
  const InputFacts& read = source.facts();
  const std::string path = escape_text(read.path);
  if (read.ended.starts_with("error"))
    not_read(path + ": " + read.ended + "; what stands before was converted", facts_);
  else if (read.ended != "complete")
    spdlog::warn("{}: {}; what stands before was converted", path, read.ended);
  if (source.secrets_met() > 0)
    spdlog::warn("{}: TLS secrets stand in it, and are left out; editcap --extract-secrets takes them out for --keylog",
                 path);
}

void Conversion::describe(PacketSource& source, Numbers& numbers) {
  const InputFacts& facts = source.facts();
  while (numbers.known.size() < facts.interfaces.size())
    numbers.known.push_back(writer_.interface(facts.interfaces[numbers.known.size()], "of " + escape_text(facts.path)));
}

void Conversion::packet(PacketSource& source, const PacketView& view) {
  Numbers& numbers = numbers_[&source];
  if (view.interface >= numbers.known.size()) describe(source, numbers);
  if (view.interface < numbers.known.size()) return writer_.packet(numbers.known[view.interface], view, {});
  if (!numbers.beyond) {
    InterfaceFacts facts;
    facts.link_type = static_cast<std::uint32_t>(view.link);
    numbers.beyond = writer_.interface(facts, "of " + escape_text(source.facts().path));
  }
  writer_.packet(*numbers.beyond, view, {});
}

void Conversion::end(PacketSource& source) {
  Numbers& numbers = numbers_[&source];
  describe(source, numbers);
  const InputFacts& facts = source.facts();
  if (facts.dropped && !numbers.known.empty()) writer_.dropped(numbers.known.front(), *facts.dropped);
  numbers_.erase(&source);
}

}  // namespace mailseal
