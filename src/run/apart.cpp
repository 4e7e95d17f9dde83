#include "apart.h"

#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "mailseal/report.h"
#include "output.h"
#include "policy.h"

namespace mailseal {
namespace {

namespace fs = std::filesystem;

/// What a path stands for, whatever it is called: device and number, with a name in that folder where there is none
/// yet.
using File = std::tuple<dev_t, ino_t, std::string>;

std::optional<File> regular(const struct stat& told) {
  return S_ISREG(told.st_mode) ? std::optional(File{told.st_dev, told.st_ino, {}}) : std::nullopt;
}

/// nullopt: nothing that could be replaced.
std::optional<File> file_of(const fs::path& path) {
  struct stat told {};
  if (path == "-") return fstat(STDIN_FILENO, &told) == 0 ? regular(told) : std::nullopt;
  if (stat(path.c_str(), &told) == 0) return regular(told);
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (stat(folder.c_str(), &told) != 0) return std::nullopt;
  return File{told.st_dev, told.st_ino, path.filename().string()};
}

/// As a person wrote it.
std::string said(std::string_view option, const std::string& path) {
  return std::string(option) + " " + escape_text(path);
}

}  // namespace

bool is_regular(const InputFile& input) {
  std::error_code unknown;
  return input.path != "-" && fs::is_regular_file(input.path, unknown);
}

Expected<void> keep_apart(const Options& options, const std::vector<InputFile>& inputs) {
  std::map<File, std::string> outputs;
  const auto add = [&](std::string_view option, const std::string& path) -> Expected<void> {
    if (path.empty() || path == "-") return {};
    const std::optional<File> file = file_of(path);
    if (!file) return {};
    const auto [at, fresh] = outputs.try_emplace(*file, said(option, path));
    if (!fresh) return fail(said(option, path) + ": that file is written already (" + at->second + "); name another");
    return {};
  };
  for (const std::string& path : options.outputs)
    if (auto added = add(kOutput, path); !added) return added;
  for (const auto& [option, path] : {std::pair(kExtract, &options.extract), std::pair(kRedactMap, &options.redact_map),
                                     std::pair(kSums, &options.sums)})
    if (auto added = add(option, *path); !added) return added;

  std::vector<InputFile> read = inputs;
  if (!options.ca_file.empty()) read.push_back({options.ca_file});
  if (!options.policy.empty()) read.push_back({options.policy});
  if (const Policy* policy = options.overview.policy)
    for (const PolicyRule& rule : policy->rules)
      if (!rule.ca.empty()) read.push_back({ca_of(*policy, rule)});
  for (const auto* paths : {&options.key_logs, &options.canary_files})
    for (const std::string& path : *paths) read.push_back({path});
  const Limits limits;
  for (const InputFile& input : read) {
    const std::optional<File> file = file_of(input.path);
    const auto at = file ? outputs.find(*file) : outputs.end();
    if (at == outputs.end()) continue;
    if (input.from == InputFile::From::Directory && input.member.empty() && !open_file(input.path, 0, &limits))
      continue;
    return fail(at->second + ": that is the input " + escape_text(input.path.string()) +
                ", which would be lost; name another file");
  }
  return {};
}

}  // namespace mailseal
