#include "names.h"

#include <algorithm>

#include "mailseal/base/ascii.h"

namespace mailseal {
namespace {

std::string_view without_last_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

// "The wildcard character is the only character of the left-most label", and stands for one label (RFC 9525 6.3).
bool matches(std::string_view presented, std::string_view reference) {
  presented = without_last_dot(presented);
  if (!presented.starts_with("*.")) return same_word(presented, reference);
  const std::size_t dot = reference.find('.');
  return dot != 0 && dot != reference.npos && presented.size() > 2 &&
         same_word(presented.substr(1), reference.substr(dot));
}

}  // namespace

bool is_for(const Certificate& certificate, std::string_view reference) {
  reference = without_last_dot(reference);
  if (const auto address = parse_address(reference)) {
    const auto& all = certificate.addresses;
    return std::find(all.begin(), all.end(), *address) != all.end();
  }
  return std::any_of(certificate.names.begin(), certificate.names.end(),
                     [&](const std::string& name) { return matches(name, reference); });
}

const ServerName* find_name(const JudgeOptions& options, const Endpoint& server) {
  const ServerName* found = nullptr;
  for (const ServerName& known : options.server_names)
    if (known.address == server.address && (known.port ? *known.port == server.port : found == nullptr)) {
      found = &known;
      if (known.port) break;
    }
  return found;
}

}  // namespace mailseal
