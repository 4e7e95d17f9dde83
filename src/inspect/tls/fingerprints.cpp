#include "fingerprints.h"

#include <algorithm>

#include "mailseal/base/ascii.h"
#include "mailseal/base/digest.h"

namespace mailseal::tls {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

template <class Numbers>
void append_decimal(std::string& text, const Numbers& numbers) {
  text += ',';
  bool first = true;
  for (const auto number : numbers) {
    if (!first) text += '-';
    first = false;
    text += std::to_string(number);
  }
}

// "1301,1302,c02b"
std::string hex_list(const std::vector<std::uint16_t>& codes) {
  std::string text;
  for (const std::uint16_t code : codes) {
    if (!text.empty()) text += ',';
    for (int shift = 12; shift >= 0; shift -= 4) text += kHex[code >> shift & 15];
  }
  return text;
}

std::string short_digest(std::string_view text) {
  constexpr std::size_t kKept = 12;
  return sha256(as_bytes(text)).substr(0, kKept);
}

std::string_view version_mark(std::uint16_t version) {
  switch (version) {
    case 0x0304:
      return "13";
    case 0x0303:
      return "12";
    case 0x0302:
      return "11";
    case 0x0301:
      return "10";
    case 0x0300:
      return "s3";
    case 0x0002:
      return "s2";
    default:
      return "00";
  }
}

std::string two_digits(std::size_t count) {
  count = std::min<std::size_t>(count, 99);
  return {static_cast<char>('0' + count / 10), static_cast<char>('0' + count % 10)};
}

// The ends of the first protocol's name; of their hexadecimal form where one of them is no letter and no digit.
std::string ends_of(const std::vector<std::string>& protocols) {
  if (protocols.empty() || protocols.front().empty()) return "00";
  const char first = protocols.front().front(), last = protocols.front().back();
  if (is_alnum(first) && is_alnum(last)) return {first, last};
  return {kHex[static_cast<unsigned char>(first) >> 4], kHex[static_cast<unsigned char>(last) & 15]};
}

}  // namespace

std::string ja3(const ClientOffer& offer) {
  std::string text = std::to_string(offer.legacy_version);
  append_decimal(text, offer.suites);
  append_decimal(text, offer.extensions);
  append_decimal(text, offer.groups);
  append_decimal(text, offer.point_formats);
  return md5(as_bytes(text));
}

std::string ja3s(const ServerHelloView& hello) {
  std::vector<std::uint16_t> extensions;
  each_extension(hello.extensions, [&](std::uint16_t type, Bytes) { extensions.push_back(type); });
  std::string text = std::to_string(hello.legacy_version) + ',' + std::to_string(hello.suite);
  append_decimal(text, extensions);
  return md5(as_bytes(text));
}

std::string ja4(const ClientOffer& offer) {
  constexpr std::string_view kNone = "000000000000";
  const std::uint16_t version = *std::max_element(offer.versions.begin(), offer.versions.end());
  std::string text = "t";
  text += version_mark(version);
  text += offer.server_name ? 'd' : 'i';
  text += two_digits(offer.suites.size()) + two_digits(offer.extensions.size()) + ends_of(offer.alpn) + '_';

  std::vector<std::uint16_t> suites = offer.suites;
  std::sort(suites.begin(), suites.end());
  text += suites.empty() ? std::string(kNone) : short_digest(hex_list(suites));
  text += '_';

  // What differs between two servers that one program visits is counted above, and left out here.
  std::vector<std::uint16_t> extensions = offer.extensions;
  std::erase_if(extensions, [](std::uint16_t type) { return type == kServerName || type == kAlpn; });
  std::sort(extensions.begin(), extensions.end());
  std::string listed = hex_list(extensions);
  if (!offer.schemes.empty()) listed += '_' + hex_list(offer.schemes);
  return text += extensions.empty() ? std::string(kNone) : short_digest(listed);
}

}  // namespace mailseal::tls
