#include "kinship.h"

#include <algorithm>
#include <cstddef>
#include <tuple>

namespace mailseal {

std::string family_of(std::string name) {
  const std::size_t folder = name.find_last_of('/') + 1;  // 0: none
  name.erase(std::remove_if(name.begin() + static_cast<std::ptrdiff_t>(folder), name.end(),
                            [](char c) { return c >= '0' && c <= '9'; }),
             name.end());
  return name;
}

bool in_natural_order(const std::string& a, const std::string& b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto number = [&](const std::string& text, std::size_t& at) {
    while (at < text.size() && text[at] == '0') ++at;
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return text.substr(begin, at - begin);
  };
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const std::string m = number(a, i), n = number(b, j);
      if (m != n) return std::tuple(m.size(), m) < std::tuple(n.size(), n);
    } else if (a[i] != b[j]) {
      return a[i] < b[j];
    } else {
      ++i, ++j;
    }
  }
  return std::tuple(a.size() - i, a.size()) < std::tuple(b.size() - j, b.size());
}

bool same_form(const InputFacts& a, const InputFacts& b) {
  const auto same_link = [](const InterfaceFacts& x, const InterfaceFacts& y) { return x.link_type == y.link_type; };
  return a.format == b.format &&
         std::equal(a.interfaces.begin(), a.interfaces.end(), b.interfaces.begin(), b.interfaces.end(), same_link);
}

bool same_interfaces(const InputFacts& a, const InputFacts& b) {
  const auto same = [](const InterfaceFacts& x, const InterfaceFacts& y) { return x.name == y.name; };
  return std::equal(a.interfaces.begin(), a.interfaces.end(), b.interfaces.begin(), b.interfaces.end(), same);
}

bool parted_by(std::chrono::nanoseconds pause, const InputFacts& before, const InputFacts& next, const Limits& limits) {
  const std::chrono::nanoseconds patience = same_form(before, next) ? limits.idle : std::chrono::minutes{1};
  return !is_dated(before) || !is_dated(next) || pause < -limits.look_ahead || pause > patience;
}

}  // namespace mailseal
