#include "convert.h"

#include "mailseal/report.h"

namespace mailseal {

Converter::Converter(std::ostream* out) : writer_(out, "mailseal " + std::string(program_version())) {}

void Converter::describe(PacketSource& source, Numbers& numbers) {
  const InputFacts& facts = source.facts();
  while (numbers.known.size() < facts.interfaces.size())
    numbers.known.push_back(writer_.interface(facts.interfaces[numbers.known.size()], "of " + escape_text(facts.path)));
}

void Converter::packet(PacketSource& source, const PacketView& view) {
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

void Converter::end(PacketSource& source) {
  Numbers& numbers = numbers_[&source];
  describe(source, numbers);
  const InputFacts& facts = source.facts();
  if (facts.dropped && !numbers.known.empty()) writer_.dropped(numbers.known.front(), *facts.dropped);
  numbers_.erase(&source);
}

}  // namespace mailseal
