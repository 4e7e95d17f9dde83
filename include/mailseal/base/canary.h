// Canary: the marker test. A text that somebody mailed is looked for in octets that were readable.
//
// Compiled once from the markers; a CanarySearch of one direction then takes octets as they come, cut anywhere, and
// holds no text: a few states of automata, less than 1 kB, however much passes. It looks for the marker
//   - in each character set that can write it: UTF-8, UTF-16, ISO-2022-JP, Shift_JIS, EUC-JP, Latin-1, UTF-7;
//   - as it stands; wrapped over lines (dot-stuffed, folded, format=flowed); in base64 at each alignment; in
//     quoted-printable; in encoded-words, alone or spread over several (RFC 2045 6.7, 6.8; 2047; 2152; 3676).
// Codings are undone, not enumerated, so every way to write them is found. Upper and lower case are different
// letters. Blanks and line ends are not compared: they are what wrapping changes.
//
// Refuses markers that chance or any mail could show: shorter than kOctets, or fewer than kBare octets in a character
// set. The text is not given out again: a marker is named by its SHA-256.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mailseal/base/bytes.h"
#include "mailseal/base/expected.h"

namespace mailseal {

enum class CanaryCharset : std::uint8_t { Utf8, Utf16Le, Utf16Be, Iso2022Jp, ShiftJis, EucJp, Latin1, Utf7 };
std::string_view to_string(CanaryCharset) noexcept;  ///< "utf-8", "utf-16le", ...
inline constexpr std::size_t kCanaryCharsets = 8;

/// How it stood on the wire.
enum class CanaryForm : std::uint8_t { AsItStands, Wrapped, EncodedWord, QuotedPrintable, Base64 };
std::string_view to_string(CanaryForm) noexcept;  ///< "as-it-stands", "wrapped", ...
inline constexpr std::size_t kCanaryForms = 5;

/// Why not being found, or being found, may say little of a marker.
enum class CanaryWeakness : std::uint8_t { Short, FewCharacters, OneWord };
std::string_view to_string(CanaryWeakness) noexcept;  ///< "short", "few-characters", "one-word"

/// What may be told of a marker.
struct CanaryMarker {
  std::string sha256;                        ///< of its UTF-8, lower-case hexadecimal
  std::size_t octets = 0;                    ///< of its UTF-8
  std::vector<CanaryCharset> charsets = {};  ///< in which it is looked for; what writes it alike is named once
  std::vector<CanaryWeakness> weaknesses = {};
};

class Canary {
 public:
  static constexpr std::size_t kMarkers = 16, kOctets = 10, kBare = 8, kMost = 200;

  /// Of texts in UTF-8. The error names a marker by its place, never by its text.
  static Expected<Canary> compile(const std::vector<std::string>& texts);
  Canary(Canary&&) noexcept;
  Canary& operator=(Canary&&) noexcept;
  ~Canary();

  const std::vector<CanaryMarker>& markers() const noexcept;

 private:
  friend class CanarySearch;
  struct Impl;
  explicit Canary(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

/// Of a digest, as much as tells markers apart: what findings and messages call them.
constexpr std::string_view canary_name(std::string_view sha256) noexcept { return sha256.substr(0, 16); }

/// "sha256:" and the digest: what stands for the text wherever it would be told.
std::string canary_label(std::string_view text);

/// One direction of one stream. The canary is kept and must outlive it.
class CanarySearch {
 public:
  struct Hit {
    std::uint8_t marker;  ///< its place among Canary::markers()
    CanaryCharset charset;
    CanaryForm form;
    std::size_t at;  ///< of the octet, among those given, that completed it
  };

  explicit CanarySearch(const Canary*);
  ~CanarySearch();

  /// The hits that these octets complete, the first of each marker, character set and form; valid until the next call.
  const std::vector<Hit>& data(Bytes);
  /// Octets are missing here: nothing is joined across.
  void gap() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailseal
