#include "language.h"

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <vector>

#include "mailseal/base/ascii.h"

namespace mailseal {
namespace {

namespace fs = std::filesystem;

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// "ja_JP.UTF-8@x" is of "ja".
std::string_view language_part(std::string_view locale) { return locale.substr(0, locale.find_first_of("_.@")); }

/// Told to be something else than UTF-8: "ja_JP.eucJP".
bool other_charset(std::string_view locale) {
  const std::size_t dot = locale.find('.');
  if (dot == locale.npos) return false;
  const std::string_view charset = locale.substr(dot + 1, locale.find('@', dot) - dot - 1);
  return !same_word(charset, "UTF-8") && !same_word(charset, "UTF8");
}

/// Where translations may lie: beside the program in its build folder, below the prefix it was installed to (it
/// may have been moved since), or where it was to be installed.
std::vector<std::string> folders() {
  std::vector<std::string> all;
  std::error_code none;
  const fs::path program = fs::read_symlink("/proc/self/exe", none).parent_path();
  if (!program.empty()) {
    all.push_back((program / "share/locale").string());
    const fs::path installed = MAILSEAL_BINDIR;
    if (installed.is_relative() && program.filename() == installed.filename())
      all.push_back((program / MAILSEAL_BIN_TO_LOCALE).lexically_normal().string());
  }
  all.emplace_back(MAILSEAL_LOCALEDIR);
  return all;
}

}  // namespace

Language language_of_environment() {
  std::string_view locale;
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (locale.empty()) locale = variable(name);
  if (locale.empty() || locale == "C" || locale == "POSIX" || other_charset(locale)) return Language::English;
  std::string_view list = variable("LANGUAGE");
  if (list.empty()) list = locale;
  while (!list.empty()) {  // "fr:ja:en": the first that we speak
    const std::size_t colon = std::min(list.find(':'), list.size());
    if (const auto language = find_language(language_part(list.substr(0, colon)))) return *language;
    list.remove_prefix(std::min(colon + 1, list.size()));
  }
  return Language::English;
}

Expected<void> choose_language(std::optional<Language> asked) {
  const auto spoken = speak(asked.value_or(language_of_environment()), folders());
  if (spoken || !asked) return {};
  return fail("--lang " + std::string(to_string(*asked)) + ": " + spoken.error().message +
              "; install mailseal with its translations, or say --lang en");
}

}  // namespace mailseal
