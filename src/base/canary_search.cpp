// CanarySearch: the codings of mail undone octet by octet, each reading searched as it goes.
//
// Readings of the wire stand side by side and each hands on what it decodes to cursors of its own: as it stands,
// encoded-words, quoted-printable, and base64 at four alignments. None needs what came before but its state, so octets
// may be cut anywhere. What two readings show at the same octet is the same text: the plainest one is told.
#include <array>
#include <bitset>

#include "canary_compiled.h"
#include "canary_forms.h"

namespace mailseal {
namespace {

/// A text, and how far words have been found in what it is reduced to.
struct TextCursor {
  Automaton::Cursor bare = 0, utf7 = 0;
  Bare to_bare;
  Utf7 to_utf7;
};

/// Octets of RFC 2047's encoded-words, and what stands outside of them.
class EncodedWords {
 public:
  template <class Give>
  void take(unsigned char c, Give&& give) {
    switch (at_) {
      case At::Outside:
        if (c == '=')
          at_ = At::Equals;
        else if (!after_word_ || !is_blank_octet(c))  // "ignored between adjacent encoded-words" (RFC 2047 6.2)
          outside(c, give);
        return;
      case At::Equals:
        if (c == '?') return enter(At::Charset);
        outside('=', give);
        at_ = c == '=' ? At::Equals : At::Outside;
        if (c != '=') outside(c, give);
        return;
      case At::Charset:
        if (c == '?') return enter(At::Coding);
        if (c <= ' ' || c == '=' || c >= 0x7f || ++length_ > kLongestCharset) leave(c, give);
        return;
      case At::Coding:
        if (c != 'b' && c != 'B' && c != 'q' && c != 'Q') return leave(c, give);
        base64_ = c == 'b' || c == 'B';
        return enter(At::Begin);
      case At::Begin:
        if (c != '?') return leave(c, give);
        return enter(At::Text);
      case At::Text:
        if (c == '?') return enter(At::End);
        if (c == '\n') return leave(c, give);
        return base64_ ? base64(c, give) : q(c, give);
      case At::HexHigh:
        high_ = hex_value(c);
        if (high_ < 0) return leave(c, give);
        at_ = At::HexLow;
        return;
      case At::HexLow:
        at_ = At::Text;
        if (hex_value(c) < 0) return leave(c, give);
        return give(static_cast<unsigned char>(high_ << 4 | hex_value(c)));
      case At::End:
        at_ = At::Outside;
        after_word_ = c == '=';
        if (!after_word_) leave(c, give);
        return;
    }
  }

 private:
  enum class At : std::uint8_t { Outside, Equals, Charset, Coding, Begin, Text, HexHigh, HexLow, End };
  static constexpr unsigned kLongestCharset = 75;  // "An 'encoded-word' may not be more than 75 characters long" (2)

  void enter(At at) {
    at_ = at;
    length_ = 0;
    bits_ = 0;
    have_ = 0;
  }
  /// It was none.
  template <class Give>
  void leave(unsigned char c, Give&& give) {
    at_ = c == '=' ? At::Equals : At::Outside;
    if (c != '=') outside(c, give);
  }
  template <class Give>
  void outside(unsigned char c, Give&& give) {
    after_word_ = false;
    give(c);
  }
  template <class Give>
  void q(unsigned char c, Give&& give) {
    if (c == '=')
      at_ = At::HexHigh;
    else
      give(c == '_' ? static_cast<unsigned char>(' ') : c);
  }
  template <class Give>
  void base64(unsigned char c, Give&& give) {
    const int value = base64_value(c);
    if (value < 0) return;  // padding, and blanks that should not be there
    bits_ = (bits_ << 6 | static_cast<unsigned>(value)) & 0xffffff;
    have_ += 6;
    if (have_ < 8) return;
    have_ -= 8;
    give(static_cast<unsigned char>(bits_ >> have_ & 0xff));
  }

  At at_ = At::Outside;
  bool after_word_ = false, base64_ = false;
  unsigned length_ = 0, bits_ = 0, have_ = 0;
  int high_ = 0;
};

/// RFC 2045 6.7. What is no escape stands for itself.
class QuotedPrintable {
 public:
  template <class Give>
  void take(unsigned char c, Give&& give) {
    switch (at_) {
      case At::Text:
        break;
      case At::Equals:
        high_ = c;
        if (hex_value(c) >= 0) {
          at_ = At::HexLow;
          return;
        }
        if (soft_break(c)) return;
        give('=');
        break;
      case At::HexLow:
        at_ = At::Text;
        if (hex_value(c) >= 0) return give(static_cast<unsigned char>(hex_value(high_) << 4 | hex_value(c)));
        give('='), give(high_);
        break;
      case At::Break:
        if (soft_break(c)) return;
        break;
    }
    at_ = c == '=' ? At::Equals : At::Text;
    if (c != '=') give(c);
  }

 private:
  enum class At : std::uint8_t { Text, Equals, HexLow, Break };

  /// Blanks may have been added to the line's end on the way.
  bool soft_break(unsigned char c) {
    if (!is_blank_octet(c)) return false;
    at_ = c == '\n' ? At::Text : At::Break;
    return true;
  }

  At at_ = At::Text;
  unsigned char high_ = 0;
};

}  // namespace

struct CanarySearch::Impl {
  explicit Impl(const Canary::Impl& compiled) : canary(compiled) {}

  const Canary::Impl& canary;
  std::vector<Hit> hits;
  std::bitset<Canary::kMarkers * kCanaryCharsets * kCanaryForms> found;
  std::uint32_t shown = 0;  ///< markers that end at the octet of now
  std::size_t now = 0;

  Automaton::Cursor exact = 0;  ///< of the wire; what is decoded is compared bare
  TextCursor wire, words, printable;
  std::array<TextCursor, 4> decoded;  ///< of base64, by alignment
  EncodedWords encoded_words;
  QuotedPrintable quoted_printable;
  unsigned previous = 0, letters = 0;  ///< of base64: the letter before, and how many there were, modulo 4
  bool in_base64 = false;
  bool line_start = true, dot = false;

  void tell(std::span<const Automaton::Word> ending, CanaryForm form) {
    for (const Automaton::Word& word : ending) {
      const std::uint32_t bit = std::uint32_t{1} << word.marker;
      if ((shown & bit) != 0) continue;
      shown |= bit;
      const std::size_t kind = (word.marker * kCanaryCharsets + static_cast<std::size_t>(word.charset)) * kCanaryForms +
                               static_cast<std::size_t>(form);
      if (found.test(kind)) continue;
      found.set(kind);
      hits.push_back({word.marker, word.charset, form, now});
    }
  }

  void search(const Automaton& automaton, Automaton::Cursor& cursor, unsigned char c, CanaryForm form) {
    if (automaton.step(cursor, c)) tell(automaton.words(cursor), form);
  }

  void text(TextCursor& of, unsigned char c, CanaryForm form) {
    of.to_bare.take(c, [&](unsigned char o) { search(canary.bare, of.bare, o, form); });
    if (!canary.utf7_differs) return;
    const CanaryForm utf7 =
        form == CanaryForm::Wrapped ? CanaryForm::AsItStands : form;  // it has no other way to stand
    of.to_utf7.take(c, [&](unsigned char o) { search(canary.utf7, of.utf7, o, utf7); });
  }

  /// A letter ends an octet at three of the four alignments; at the fourth it begins a group of them.
  void base64(unsigned char c) {
    if (is_blank_octet(c)) return;
    const int value = base64_value(c);
    if (value < 0) {
      if (in_base64) decoded = {};
      in_base64 = false;
      return;
    }
    const auto letter = static_cast<unsigned>(value);
    const std::uint32_t pair = previous << 6 | letter;
    previous = letter;
    if (!in_base64) {
      in_base64 = true;
      letters = 1;
      return;
    }
    for (unsigned alignment = 0; alignment < decoded.size(); ++alignment) {
      const unsigned place = (letters - alignment) & 3;  // of the letter, in its group
      if (place != 0)
        text(decoded[alignment], static_cast<unsigned char>(pair >> (6 - 2 * place) & 0xff), CanaryForm::Base64);
    }
    letters = (letters + 1) & 3;
  }

  void take(unsigned char c) {
    shown = 0;
    search(canary.exact, exact, c, CanaryForm::AsItStands);
    // RFC 5321 4.5.2: a line that begins with a dot was given another one.
    if (dot && c == '.') {
      dot = false;
      return;
    }
    dot = line_start && c == '.';
    line_start = c == '\n';
    text(wire, c, CanaryForm::Wrapped);
    encoded_words.take(c, [&](unsigned char o) { text(words, o, CanaryForm::EncodedWord); });
    quoted_printable.take(c, [&](unsigned char o) { text(printable, o, CanaryForm::QuotedPrintable); });
    base64(c);
  }
};

CanarySearch::CanarySearch(const Canary* canary) : impl_(std::make_unique<Impl>(*canary->impl_)) {}
CanarySearch::~CanarySearch() = default;

const std::vector<CanarySearch::Hit>& CanarySearch::data(Bytes octets) {
  impl_->hits.clear();
  for (impl_->now = 0; impl_->now < octets.size(); ++impl_->now)
    impl_->take(std::to_integer<unsigned char>(octets[impl_->now]));
  return impl_->hits;
}

void CanarySearch::gap() noexcept {
  Impl& s = *impl_;
  s.exact = 0;
  s.wire = s.words = s.printable = {};
  s.decoded = {};
  s.encoded_words = {};
  s.quoted_printable = {};
  s.in_base64 = s.line_start = s.dot = false;
}

}  // namespace mailseal
