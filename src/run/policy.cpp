#include "policy.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

#include "mailseal/report.h"

namespace mailseal {
Expected<Policy> load_policy(const std::string& path) {
  const auto unreadable = [&](const std::string& why) {
    return fail("cannot read the policy " + escape_text(path) + ": " + why);
  };
  std::error_code none;
  if (std::filesystem::is_directory(path, none)) return unreadable("it is a directory; name the file in it");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return unreadable(std::strerror(errno));
  constexpr std::size_t kMost = (1 << 20) + 1;  // what is larger is refused by its size
  std::string text(kMost, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return unreadable(std::strerror(errno));
  text.resize(static_cast<std::size_t>(in.gcount()));
  auto policy = parse_policy(text, path);
  if (!policy) return fail(escape_text(policy.error().message));
  return policy;
}

std::filesystem::path ca_of(const Policy& policy, const PolicyRule& rule) {
  return std::filesystem::path(policy.file).parent_path() / rule.ca;
}

Expected<const Profile*> choose_profile(const std::string& name) {
  if (const Profile* profile = find_profile(name)) return profile;
  std::vector<std::string_view> known;
  std::string list;
  for (const Profile& p : profiles()) {
    known.push_back(p.name);
    list += (list.empty() ? "" : ", ") + std::string(p.name);
  }
  const std::string_view near = nearest(name, known);
  return fail("--profile " + escape_text(name) + ": no such profile; " +
              (near.empty() ? "there are " : "did you mean " + std::string(near) + "? There are ") + list);
}

}  // namespace mailseal
