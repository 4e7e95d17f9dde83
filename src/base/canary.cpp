// Canary: from texts to automata. Which character sets write them, and which markers are too weak.
#include "mailseal/base/canary.h"

#include <iconv.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "canary_compiled.h"
#include "canary_forms.h"
#include "mailseal/base/ascii.h"
#include "mailseal/base/digest.h"

namespace mailseal {
namespace {

/// nullopt: it cannot be written so, or the system does not know the character set.
std::optional<std::string> converted(const std::string& utf8, const char* charset) {
  const iconv_t conversion = iconv_open(charset, "UTF-8");
  if (conversion == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
  std::string in = utf8, out(4 * utf8.size() + 64, '\0');
  char *from = in.data(), *to = out.data();
  std::size_t left = in.size(), room = out.size();
  const std::size_t replaced = iconv(conversion, &from, &left, &to, &room);
  const bool whole = replaced == 0 && left == 0 && iconv(conversion, nullptr, nullptr, &to, &room) == 0;
  iconv_close(conversion);
  if (!whole) return std::nullopt;
  out.resize(out.size() - room);
  return out;
}

/// ISO-2022-JP as most software writes it, rows of NEC and IBM and half-width kana included (RFC 1468 has neither): the
/// same characters as in EUC, with seven bits.
std::optional<std::string> seven_bits(const std::optional<std::string>& euc) {
  if (!euc) return std::nullopt;
  constexpr std::string_view kAscii = "\x1b(B", kKana = "\x1b(I", kKanji = "\x1b$B";
  std::string out;
  std::string_view set = kAscii;
  for (std::size_t i = 0; i < euc->size(); ++i) {
    const auto c = static_cast<unsigned char>((*euc)[i]);
    if (c == 0x8f) return std::nullopt;
    const std::string_view needed = c == 0x8e ? kKana : c >= 0x80 ? kKanji : kAscii;
    if (set != needed) out += set = needed;
    const std::size_t octets = needed == kKanji ? 2 : 1;
    if (needed == kKana) ++i;
    for (std::size_t n = 0; n < octets && i + n < euc->size(); ++n)
      out += static_cast<char>(static_cast<unsigned char>((*euc)[i + n]) & 0x7f);
    i += octets - 1;
  }
  return out;
}

struct Written {
  CanaryCharset charset;
  std::optional<std::string> octets;
};

/// Where vendors and standards map a character differently, both ways.
std::vector<Written> all_written(const std::string& text) {
  const auto euc = converted(text, "EUC-JP"), euc_of_vendors = converted(text, "EUC-JP-MS");
  return {{CanaryCharset::Utf8, text},
          {CanaryCharset::Utf16Le, converted(text, "UTF-16LE")},
          {CanaryCharset::Utf16Be, converted(text, "UTF-16BE")},
          {CanaryCharset::Iso2022Jp, converted(text, "ISO-2022-JP")},
          {CanaryCharset::Iso2022Jp, seven_bits(euc)},
          {CanaryCharset::Iso2022Jp, seven_bits(euc_of_vendors)},
          {CanaryCharset::ShiftJis, converted(text, "SHIFT_JIS")},
          {CanaryCharset::ShiftJis, converted(text, "CP932")},
          {CanaryCharset::EucJp, euc},
          {CanaryCharset::EucJp, euc_of_vendors},
          {CanaryCharset::Latin1, converted(text, "ISO-8859-1")}};
}

/// Neighbours in the same character set leave out the first and the last escape sequence.
std::string_view without_outer_escapes(std::string_view octets) {
  constexpr std::size_t kEscape = 3;
  while (octets.starts_with('\x1b')) octets.remove_prefix(std::min(kEscape, octets.size()));
  if (octets.size() > kEscape && octets[octets.size() - kEscape] == '\x1b') octets.remove_suffix(kEscape);
  return octets;
}

std::string bare(std::string_view octets) {
  std::string out;
  Bare reduce;
  for (const char c : octets)
    reduce.take(static_cast<unsigned char>(c), [&](unsigned char o) { out += static_cast<char>(o); });
  return out;
}

std::string without_blanks(const std::string& utf16be) {
  std::string out;
  for (std::size_t i = 0; i + 1 < utf16be.size(); i += 2)
    if (utf16be[i] != 0 || !is_blank_octet(static_cast<unsigned char>(utf16be[i + 1]))) out += utf16be.substr(i, 2);
  return out;
}

/// RFC 2152: the characters that no encoder may write otherwise, set D.
bool is_direct(char c) noexcept {
  constexpr std::string_view kMarks = "'(),-./:?";
  return is_alnum(c) || kMarks.find(c) != kMarks.npos || is_blank_octet(static_cast<unsigned char>(c));
}

std::vector<CanaryWeakness> weaknesses(const std::string& text) {
  constexpr std::size_t kFewOctets = 12, kFewCharacters = 4, kWordOctets = 24;
  const std::string letters = bare(text);
  std::set<std::string_view> characters;
  for (std::size_t i = 0, end = 0; i < letters.size(); i = end) {
    for (end = i + 1; end < letters.size() && (static_cast<unsigned char>(letters[end]) & 0xc0) == 0x80;) ++end;
    characters.insert(std::string_view(letters).substr(i, end - i));
  }
  std::vector<CanaryWeakness> all;
  if (text.size() < kFewOctets) all.push_back(CanaryWeakness::Short);
  if (characters.size() <= kFewCharacters) all.push_back(CanaryWeakness::FewCharacters);
  const auto is_letter = [](char c) { return is_alnum(c) && !is_digit(c); };
  if (letters.size() < kWordOctets && std::all_of(letters.begin(), letters.end(), is_letter))
    all.push_back(CanaryWeakness::OneWord);
  return all;
}

std::string ordinal(std::size_t index) { return "marker " + std::to_string(index + 1); }

/// What is wrong with it; empty: nothing.
std::string refused(const std::string& text) {
  if (text.size() < Canary::kOctets)
    return "is too short: take " + std::to_string(Canary::kOctets) + " octets or more, as no other mail has them";
  if (text.size() > Canary::kMost) return "is longer than " + std::to_string(Canary::kMost) + " octets";
  const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; };
  if (std::any_of(text.begin(), text.end(), is_control)) return "holds a control character; take one line of text";
  if (!converted(text, "UTF-16LE")) return "is not UTF-8";
  return {};
}

}  // namespace

Canary::Canary(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Canary::Canary(Canary&&) noexcept = default;
Canary& Canary::operator=(Canary&&) noexcept = default;
Canary::~Canary() = default;

const std::vector<CanaryMarker>& Canary::markers() const noexcept { return impl_->markers; }

Expected<Canary> Canary::compile(const std::vector<std::string>& texts) {
  auto impl = std::make_unique<Impl>();
  if (texts.size() > kMarkers) return fail("more than " + std::to_string(kMarkers) + " markers; look for fewer");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string& text = texts[i];
    if (const std::string why = refused(text); !why.empty()) return fail(ordinal(i) + " " + why);
    CanaryMarker marker{sha256(as_bytes(text)), text.size(), {}, weaknesses(text)};
    const auto same = [&](const CanaryMarker& m) { return m.sha256 == marker.sha256; };
    if (std::any_of(impl->markers.begin(), impl->markers.end(), same)) continue;
    const auto number = static_cast<std::uint8_t>(impl->markers.size());
    for (const Written& written : all_written(text)) {
      if (!written.octets) continue;
      const std::string_view octets = written.charset == CanaryCharset::Iso2022Jp
                                          ? without_outer_escapes(*written.octets)
                                          : std::string_view(*written.octets);
      const std::string letters = bare(octets);
      if (letters.size() < kBare)
        return fail(ordinal(i) + " is too short in " + std::string(to_string(written.charset)) +
                    ": take a longer one, blanks not counted");
      const Automaton::Word word{number, written.charset};
      if (!impl->exact.add(octets, word)) continue;
      impl->bare.add(letters, word);
      if (marker.charsets.empty() || marker.charsets.back() != written.charset)
        marker.charsets.push_back(written.charset);
    }
    if (!std::all_of(text.begin(), text.end(), is_direct)) {
      impl->utf7.add(without_blanks(*converted(text, "UTF-16BE")), {number, CanaryCharset::Utf7});
      impl->utf7_differs = true;
      marker.charsets.push_back(CanaryCharset::Utf7);
    }
    impl->markers.push_back(std::move(marker));
  }
  impl->exact.build();
  impl->bare.build();
  impl->utf7.build();
  return Canary(std::move(impl));
}

std::string canary_label(std::string_view text) { return "sha256:" + sha256(as_bytes(text)); }

std::string_view to_string(CanaryCharset c) noexcept {
  constexpr std::array<std::string_view, kCanaryCharsets> kNames{"utf-8",     "utf-16le", "utf-16be",   "iso-2022-jp",
                                                                 "shift_jis", "euc-jp",   "iso-8859-1", "utf-7"};
  return kNames[static_cast<std::size_t>(c)];
}

std::string_view to_string(CanaryForm f) noexcept {
  constexpr std::array<std::string_view, kCanaryForms> kNames{"as-it-stands", "wrapped", "encoded-word",
                                                              "quoted-printable", "base64"};
  return kNames[static_cast<std::size_t>(f)];
}

std::string_view to_string(CanaryWeakness w) noexcept {
  constexpr std::array<std::string_view, 3> kNames{"short", "few-characters", "one-word"};
  return kNames[static_cast<std::size_t>(w)];
}

}  // namespace mailseal
