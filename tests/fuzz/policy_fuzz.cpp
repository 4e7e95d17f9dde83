// Any text as a policy file: refused in one line, or understood in a way that holds together.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mailseal/base/policy.h"

namespace {
void must(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailseal;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto policy = parse_policy(text, "mail.toml");
  if (!policy) {
    must(policy.error().message.starts_with("mail.toml:"));
    return 0;
  }
  must(!policy->rules.empty());
  for (const PolicyRule& rule : policy->rules) {
    must(!rule.name.empty() && rule.name.find('\n') == rule.name.npos);
    must(!(rule.public_mx && rule.level >= PolicyLevel::Required));
    for (const PolicyEnd* end : {&rule.from, &rule.to})
      for (const AddressRange& range : end->ranges) must(parse_address_range(to_string(range)) == range);
  }
  for (const PolicyException& exception : policy->exceptions) {
    must(!exception.reason.empty());
    must(!exception.rule || *exception.rule < policy->rules.size());
  }
  (void)parse_level(text);
  return 0;
}
