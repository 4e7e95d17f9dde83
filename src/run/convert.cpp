#include "convert.h"

#include <vector>

#include "mailseal/report.h"

namespace mailseal {

Converter::Converter(std::ostream* out) : writer_(out, "mailseal " + std::string(program_version())) {}

void Converter::add(PacketSource& source) {
  std::vector<std::uint32_t> numbers;   // of the source's interfaces, in what is written
  std::optional<std::uint32_t> beyond;  // of those that were too many to be told
  const auto describe = [&] {
    const InputFacts& facts = source.facts();
    while (numbers.size() < facts.interfaces.size())
      numbers.push_back(writer_.interface(facts.interfaces[numbers.size()], "of " + escape_text(facts.path)));
  };
  for (;;) {
    const Captured captured = source.next();
    if (std::holds_alternative<EndOfCapture>(captured)) break;
    const auto* view = std::get_if<PacketView>(&captured);
    if (!view) continue;
    if (view->interface >= numbers.size()) describe();
    if (view->interface < numbers.size()) {
      writer_.packet(numbers[view->interface], *view, {});
      continue;
    }
    if (!beyond) {
      InterfaceFacts facts;
      facts.link_type = static_cast<std::uint32_t>(view->link);
      beyond = writer_.interface(facts, "of " + escape_text(source.facts().path));
    }
    writer_.packet(*beyond, *view, {});
  }
  describe();
  const InputFacts& facts = source.facts();
  if (facts.dropped && !numbers.empty()) writer_.dropped(numbers.front(), *facts.dropped);
}

}  // namespace mailseal
