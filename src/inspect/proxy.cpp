#include "proxy.h"

#include <algorithm>
#include <string_view>

namespace mailseal {
namespace {
constexpr std::string_view kVersion1 = "PROXY ";
constexpr std::string_view kVersion2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kLongestVersion1 = 107;
constexpr std::size_t kLongestAddresses = 2048;

bool agree(std::string_view a, std::string_view b) {
  const std::size_t n = std::min(a.size(), b.size());
  return a.substr(0, n) == b.substr(0, n);
}
}  // namespace

Parsed<ProxyHeader> proxy_header(Bytes first_octets) noexcept {
  const std::string_view text = as_text(first_octets);
  if (agree(text, kVersion1)) {
    if (text.size() < kVersion1.size()) return NeedMore{kVersion1.size()};
    const std::size_t end = text.find('\n');
    if (end < kLongestVersion1) return Took<ProxyHeader>{{1}, end + 1};
    if (end == text.npos && text.size() < kLongestVersion1) return NeedMore{text.size() + 1};
    return Malformed{Fault::TooLong, kLongestVersion1};
  }
  if (!agree(text, kVersion2)) return Malformed{Fault::WrongType, 0};
  if (text.size() < 16) return NeedMore{16};
  const auto octet = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(text[i])); };
  if (octet(12) >> 4 != 2) return Malformed{Fault::WrongType, 12};
  const std::size_t length = octet(14) << 8 | octet(15);
  if (length > kLongestAddresses) return Malformed{Fault::TooLong, 14};
  if (text.size() < 16 + length) return NeedMore{16 + length};
  return Took<ProxyHeader>{{2}, 16 + length};
}

}  // namespace mailseal
