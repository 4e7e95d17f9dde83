// Fuzzes the marker test against the plainest search there is: the whole input decoded at once by indices, then
// std::string::find(). Markers are found by one exactly where they are found by the other, and it does not matter how
// the input is cut.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mail_codings.h"
#include "mailseal/base/canary.h"

namespace {

using namespace mailseal;

const std::vector<std::string> kMarkers{"Canary Q7f3.x9 plain", "暗号化の試験 Q7f3.x9", "Crème Q7f3.x9",
                                        "a.b=?c_=41+z/9"};
bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

constexpr std::string_view kEscapes[] = {"\x1b(B", "\x1b(J", "\x1b(I", "\x1b(H", "\x1b$@", "\x1b$B", "\x1b$(D"};

/// In one pass, from the left.
std::string bare(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t skip = 0;
    for (const std::string_view escape : kEscapes)
      if (text.substr(i).starts_with(escape)) skip = escape.size();
    if (skip == 0 && !blank(text[i])) out += text[i];
    i += skip == 0 ? 1 : skip;
  }
  return out;
}

int value(char c) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t at = kLetters.find(c);
  return at == kLetters.npos ? -1 : static_cast<int>(at);
}

std::string octets_of(std::string_view letters, std::size_t group) {
  std::string out;
  unsigned bits = 0;
  std::size_t have = 0;
  for (const char c : letters) {
    bits = (bits << 6 | static_cast<unsigned>(value(c))) & 0xffffff;
    have += 6;
    if (have < group) continue;
    have -= group;
    for (std::size_t n = group; n > 0; n -= 8) out += static_cast<char>(bits >> (have + n - 8) & 0xff);
  }
  return out;
}

bool hex(std::string_view two) {
  const auto is = [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; };
  return two.size() == 2 && is(two[0]) && is(two[1]);
}
char from_hex(std::string_view two) { return static_cast<char>(std::stoi(std::string(two), nullptr, 16)); }

std::string unstuffed(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    const bool starts = i == 0 || text[i - 1] == '\n';
    if (starts && text[i] == '.' && i + 1 < text.size() && text[i + 1] == '.') ++i;
  }
  return out;
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '=' && hex(text.substr(i + 1, 2))) {
      out += from_hex(text.substr(i + 1, 2));
      i += 3;
      continue;
    }
    if (text[i] == '=') {
      std::size_t end = i + 1;
      while (end < text.size() && blank(text[end]) && text[end] != '\n') ++end;
      const bool ended = end < text.size() && text[end] == '\n';
      if (ended || end > i + 1) {  // blanks behind it: taken for a line's end that was cut
        i = end + (ended ? 1 : 0);
        continue;
      }
    }
    out += text[i++];
  }
  return out;
}

std::string encoded_words(std::string_view text) {
  std::string out;
  bool after_word = false;
  std::size_t i = 0;
  const auto outside = [&](char c) {
    after_word = false;
    out += c;
  };
  while (i < text.size()) {
    if (!text.substr(i).starts_with("=?")) {
      if (text[i] != '=' && after_word && blank(text[i]))
        ++i;
      else if (text[i] == '=' && i + 1 == text.size())
        break;
      else
        outside(text[i++]);
      continue;
    }
    i += 2;
    std::size_t length = 0;
    while (i < text.size() && text[i] != '?' && text[i] > ' ' && text[i] != '=' && text[i] != '\x7f' && ++length <= 75)
      ++i;
    if (i == text.size()) break;
    const auto behind = [&](char c) {  // what ends a word that is none is read again
      if (c != '=') outside(text[i++]);
    };
    if (text[i] != '?') {
      behind(text[i]);
      continue;
    }
    if (++i == text.size()) break;
    const char coding = static_cast<char>(text[i] | 0x20);
    if ((text[i] != 'b' && text[i] != 'B' && text[i] != 'q' && text[i] != 'Q')) {
      behind(text[i]);
      continue;
    }
    if (++i == text.size()) break;
    if (text[i] != '?') {
      behind(text[i]);
      continue;
    }
    ++i;
    std::string letters;
    bool broken = false;
    while (i < text.size() && text[i] != '?' && !broken) {
      if (text[i] == '\n') {
        broken = true;
      } else if (coding == 'b') {
        if (value(text[i]) >= 0) letters += text[i];
        ++i;
      } else if (text[i] != '=') {
        out += text[i] == '_' ? ' ' : text[i];
        ++i;
      } else if (hex(text.substr(i + 1, 2))) {
        out += from_hex(text.substr(i + 1, 2));
        i += 3;
      } else {
        ++i;
        if (i < text.size() && std::isxdigit(static_cast<unsigned char>(text[i])) != 0) ++i;
        broken = true;
      }
    }
    out += octets_of(letters, 8);
    if (i >= text.size()) break;
    if (broken) {
      behind(text[i]);
      continue;
    }
    if (++i == text.size()) break;
    if (text[i] == '=') {
      after_word = true;
      ++i;
    } else {
      outside(text[i++]);
    }
  }
  return out;
}

/// Of each run of letters, at each alignment: groups of four may begin up to three letters before it.
std::vector<std::string> base64(std::string_view text) {
  std::vector<std::string> all;
  std::string run;
  for (const char c : std::string(text) + "!") {
    if (blank(c)) continue;
    if (value(c) >= 0) {
      run += c;
      continue;
    }
    for (std::size_t before = 0; before < 4; ++before) {
      const std::string octets = octets_of(std::string(before, 'A') + run, 8);
      all.push_back(octets.substr(std::min(before, octets.size())));
    }
    run.clear();
  }
  return all;
}

/// The 16-bit units, blanks left out.
std::string utf7(std::string_view text) {
  std::string out;
  const auto unit = [&](char high, char low) {
    if (high != 0 || !blank(low)) out.append(1, high).append(1, low);
  };
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '+') {
      unit(0, text[i++]);
      continue;
    }
    std::size_t end = ++i;
    while (end < text.size() && value(text[end]) >= 0) ++end;
    const std::string units = octets_of(text.substr(i, end - i), 16);
    for (std::size_t n = 0; n + 1 < units.size(); n += 2) unit(units[n], units[n + 1]);
    const bool minus = end < text.size() && text[end] == '-';
    if (minus && end == i) unit(0, '+');
    i = end + (minus ? 1 : 0);
  }
  return out;
}

/// A marker in all that it may be, made once.
struct Patterns {
  std::vector<std::string> exact, bare;
  std::string utf7;

  explicit Patterns(const std::string& marker) : utf7(::utf7(testing::written(marker, "UTF-7"))) {
    for (const char* charset :
         {"UTF-8", "UTF-16LE", "UTF-16BE", "SHIFT_JIS", "CP932", "EUC-JP", "EUC-JP-MS", "ISO-8859-1", "ISO-2022-JP"}) {
      const std::string octets = testing::written(marker, charset);
      if (octets.empty()) continue;
      if (charset != std::string_view("ISO-2022-JP")) exact.push_back(octets);
      bare.push_back(::bare(octets));
    }
  }
};

bool any_in(const std::string& text, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return text.find(pattern) != text.npos; });
}

bool loosely(const std::string& text, const Patterns& marker) {
  return any_in(bare(text), marker.bare) || utf7(text).find(marker.utf7) != std::string::npos;
}
bool found_plainly(const std::string& in, const Patterns& marker) {
  const std::string text = unstuffed(in);
  if (any_in(in, marker.exact) || loosely(text, marker)) return true;
  if (loosely(quoted_printable(text), marker) || loosely(encoded_words(text), marker)) return true;
  const std::vector<std::string> decoded = base64(text);
  return std::any_of(decoded.begin(), decoded.end(), [&](const std::string& part) { return loosely(part, marker); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 4096) return 0;
  static const Canary canary = *Canary::compile(kMarkers);
  static const std::vector<Patterns> patterns(kMarkers.begin(), kMarkers.end());
  const std::size_t step = data[0] % 16 + 1;
  const std::string in(reinterpret_cast<const char*>(data) + 1, size - 1);

  using Way = std::pair<std::uint8_t, std::pair<CanaryCharset, CanaryForm>>;
  const auto ways = [&](std::size_t piece) {
    CanarySearch search(&canary);
    std::map<Way, std::size_t> all;
    for (std::size_t at = 0; at < in.size(); at += piece)
      for (const auto& hit : search.data(as_bytes(std::string_view(in).substr(at, piece))))
        all.emplace(Way{hit.marker, {hit.charset, hit.form}}, at + hit.at);
    return all;
  };
  const auto whole = ways(in.size() + 1);
  if (whole != ways(step)) std::abort();
  for (std::uint8_t marker = 0; marker < kMarkers.size(); ++marker) {
    bool found = false;
    for (const auto& [way, at] : whole) found = found || way.first == marker;
    if (found != found_plainly(in, patterns[marker])) std::abort();
  }
  return 0;
}
