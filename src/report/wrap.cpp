#include "wrap.h"

#include <algorithm>

#include "table.h"

namespace mailseal {
namespace {

constexpr std::string_view kNeverFirst =
    "、。，．・：；？！」』）］｝〕〉》】〜～ー々…ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.:;?!)]}%";
constexpr std::string_view kNeverLast = "「『（［｛〔〈《【([{";

bool among(std::string_view characters, std::string_view wanted) {
  for (; !characters.empty(); characters.remove_prefix(first_character(characters).size()))
    if (first_character(characters) == wanted) return true;
  return false;
}

bool is_wide(std::string_view character) { return display_width(character) == 2; }

/// What is not broken: a word, or a Japanese character with what belongs to it. Spaces are left out.
struct Piece {
  std::string_view text;
  bool spaced;  ///< a space stands before it
};

std::vector<Piece> pieces(std::string_view text) {
  std::vector<Piece> all;
  std::string_view before;  // the last character, empty behind a space
  while (!text.empty()) {
    const std::string_view character = first_character(text);
    text.remove_prefix(character.size());
    if (character == " ") {
      before = {};
      continue;
    }
    const bool together = !before.empty() && (!(is_wide(before) || is_wide(character)) ||
                                              among(kNeverFirst, character) || among(kNeverLast, before));
    if (together)
      all.back().text = {all.back().text.data(), all.back().text.size() + character.size()};
    else
      all.push_back({character, before.empty()});
    before = character;
  }
  return all;
}

}  // namespace

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  std::size_t width = 0;
  for (const Piece& piece : pieces(text)) {
    const std::size_t own = display_width(piece.text), gap = piece.spaced ? 1 : 0;
    if (lines.empty() || width + gap + own > columns) {
      lines.emplace_back(piece.text);
      width = own;
    } else {
      lines.back().append(gap, ' ').append(piece.text);
      width += gap + own;
    }
  }
  return lines;
}

}  // namespace mailseal
