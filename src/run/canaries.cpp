#include "canaries.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "mailseal/base/canary.h"
#include "mailseal/report.h"

namespace mailseal {

Expected<void> read_canary_file(const std::string& path, std::vector<std::string>& texts) {
  constexpr std::size_t kMostOctets = 1 << 16;
  const auto wrong = [&](const std::string& why) { return fail("--canary-file " + escape_text(path) + ": " + why); };
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return wrong(errno != 0 ? std::strerror(errno) : "it cannot be read");
  std::string all(kMostOctets + 1, '\0');
  file.read(all.data(), static_cast<std::streamsize>(all.size()));
  if (file.bad() || (file.gcount() == 0 && !file.eof())) return wrong("it cannot be read");
  all.resize(static_cast<std::size_t>(file.gcount()));
  if (all.size() > kMostOctets) return wrong("it is too long for a list of markers; write one marker on each line");
  const std::size_t before = texts.size();
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find('\n', at), all.size());
    std::string line = all.substr(at, end - at);
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) texts.push_back(std::move(line));
    at = end + 1;
  }
  if (texts.size() == before) return wrong("it holds no marker; write one on each line");
  return {};
}

bool holds_canary(const std::vector<std::string>& texts, const std::string& name) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return !text.empty() && name.find(text) != name.npos; });
}

Expected<void> mask_canaries(const std::vector<std::string>& texts, std::vector<std::string>& arguments) {
  constexpr std::string_view kOption = "--canary", kWithValue = "--canary=";
  bool value = false;
  for (std::string& argument : arguments) {
    if (value)
      argument = canary_label(argument);
    else if (argument.starts_with(kWithValue))
      argument = std::string(kWithValue) + canary_label(argument.substr(kWithValue.size()));
    else if (holds_canary(texts, argument))
      return fail(
          "--canary: a marker stands in another argument, too, and reports show that; rename the file, or take "
          "another marker");
    value = !value && argument == kOption;
  }
  return {};
}

}  // namespace mailseal
