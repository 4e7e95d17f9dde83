// The templates of the phrases that judge and overview make (base/phrase.h), for retold().
#pragma once

#include <span>
#include <string_view>

namespace mailseal {

struct PhraseTemplate {
  std::string_view one, many;  ///< `many`: empty where there is one form only
};
/// Made by scripts/translate.
std::span<const PhraseTemplate> phrase_templates() noexcept;
/// Words of enumerations and titles of the catalogue, which phrases hold and which are phrases by themselves.
bool is_phrase_word(std::string_view english);

}  // namespace mailseal
