// Translation by gettext, as glibc has it.
//
// gettext never translates in the locale "C", and the locale ja_JP exists only where somebody had it made. So the
// texts are looked up in C.UTF-8, which every Debian has, with LANGUAGE naming the language. That locale is in force
// during the look-up alone, and of its categories only the messages: else strerror() would speak Japanese into the
// JSON report, and numbers could change their form. What is said is UTF-8, whatever the terminal takes.
#include "tr.h"

#include <libintl.h>
#include <locale.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "mailseal/report.h"

namespace mailseal {
namespace {

constexpr const char* kDomain = "mailseal";

struct Spoken {
  Language language;
  std::string_view name;
};
constexpr std::array kSpoken{Spoken{Language::English, "en"}, Spoken{Language::Japanese, "ja"}};

locale_t messages = nullptr;  // where another language than English is spoken
thread_local bool in_english = false;
Untranslated untranslated = nullptr;

/// In force while it lives, for this thread.
class MessagesLocale {
 public:
  MessagesLocale() noexcept : before_(uselocale(messages)) {}
  ~MessagesLocale() { uselocale(before_); }
  MessagesLocale(const MessagesLocale&) = delete;
  MessagesLocale& operator=(const MessagesLocale&) = delete;

 private:
  locale_t before_;
};

std::string found(const char* text, const std::string& english) {
  // gettext gives the text itself where it has no other.
  if (untranslated && text == english.c_str()) untranslated(english);
  return text;
}

}  // namespace

std::string tr(std::string_view english) {
  std::string text(english);
  // "" is the header of the translations; what was read again of a report may hold anything.
  if (!translating() || text.empty() || text.find('\0') != text.npos) return text;
  const MessagesLocale in_force;
  return found(dgettext(kDomain, text.c_str()), text);
}

std::string tr(std::uint64_t n, std::string_view one, std::string_view many) {
  const std::string first(one), second(many);
  if (!translating()) return n == 1 ? first : second;
  const MessagesLocale in_force;
  return found(dngettext(kDomain, first.c_str(), second.c_str(), n), n == 1 ? first : second);
}

bool translating() noexcept { return messages != nullptr && !in_english; }

InEnglish::InEnglish() noexcept : before_(in_english) { in_english = true; }
InEnglish::~InEnglish() { in_english = before_; }

void on_untranslated(Untranslated told) noexcept { untranslated = told; }

std::string_view to_string(Language language) noexcept {
  for (const Spoken& spoken : kSpoken)
    if (spoken.language == language) return spoken.name;
  return "en";
}

std::optional<Language> find_language(std::string_view name) noexcept {
  for (const Spoken& spoken : kSpoken)
    if (spoken.name == name) return spoken.language;
  return std::nullopt;
}

Expected<void> speak(Language language, const std::vector<std::string>& folders) {
  if (messages) freelocale(messages);
  messages = nullptr;
  if (language == Language::English) return {};
  const std::string name(to_string(language));
  for (const std::string& folder : folders) {
    std::error_code none;
    if (!std::filesystem::exists(folder + "/" + name + "/LC_MESSAGES/" + kDomain + ".mo", none)) continue;
    for (const char* locale : {"C.UTF-8", "ja_JP.UTF-8", "en_US.UTF-8"})
      if (!messages) messages = newlocale(LC_MESSAGES_MASK, locale, nullptr);
    if (!messages) return fail("the locale C.UTF-8 is missing; install Debian's libc-bin");
    setenv("LANGUAGE", name.c_str(), 1);
    bindtextdomain(kDomain, folder.c_str());  // also makes gettext forget what it found before
    bind_textdomain_codeset(kDomain, "UTF-8");
    return {};
  }
  std::string where;
  for (const std::string& folder : folders) where += (where.empty() ? "" : ", ") + escape_text(folder);
  return fail("the translation " + name + "/LC_MESSAGES/" + kDomain + ".mo is not in " + where);
}

}  // namespace mailseal
