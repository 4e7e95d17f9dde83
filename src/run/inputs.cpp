#include "inputs.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "expand.h"
#include "mailseal/report.h"

namespace mailseal {

namespace fs = std::filesystem;

void not_read(std::string line, RunFacts& facts) {
  // Of an archive that is given up, each member that is left would say the same.
  if (!facts.failed_inputs.empty() && facts.failed_inputs.back() == line) return;
  spdlog::error(line);
  facts.failed_inputs.push_back(std::move(line));
}

void not_taken(const Content& content, RunFacts& facts) {
  if (content.what == Content::What::Stranger)
    facts.skipped_files.push_back(content.path);
  else
    not_read(escape_text(content.why), facts);
}

std::vector<InputFile> inputs_of(const Options& options, Archives& archives, RunFacts& facts) {
  std::vector<InputFile> inputs;
  const auto add = [&](const InputFile& file) {
    for (InputFile& capture : expanded(file, archives, [&](const Content& content) { not_taken(content, facts); }))
      inputs.push_back(std::move(capture));
  };
  for (const std::string& name : options.inputs) {
    std::error_code error;
    std::vector<fs::path> found;
    if (name == "-" || !fs::is_directory(name, error)) {
      add({name});
      continue;
    }
    const auto closed = [&](const fs::path& path, const std::string& why) {
      not_read("cannot read " + escape_text(path.string()) + ": " + why + "; give yourself the right to read it",
               facts);
    };
    fs::recursive_directory_iterator at(name, error);
    if (error) closed(name, error.message());
    while (!error && at != fs::recursive_directory_iterator()) {
      const fs::path path = at->path();
      const bool hidden = path.filename().string().starts_with('.');
      std::error_code unknown;
      const bool directory = at->is_directory(unknown) && !at->is_symlink(unknown);
      const bool readable = access(path.c_str(), directory ? R_OK | X_OK : R_OK) == 0;
      const bool regular = at->is_regular_file(unknown);
      if (directory && (hidden || !readable)) at.disable_recursion_pending();
      if (!hidden && !readable && (directory || regular)) closed(path, "permission denied");
      if (!hidden && readable && regular) found.push_back(path);
      at.increment(error);
      if (error) closed(name, error.message());
    }
    std::sort(found.begin(), found.end());
    for (const fs::path& path : found) add({path, InputFile::From::Directory});
  }
  return inputs;
}

void each_source(const std::vector<InputFile>& inputs, Archives& archives, RunFacts& facts,
                 const std::function<void(PacketSource&)>& visit) {
  std::uint32_t number = 0;
  for (const InputFile& input : inputs)
    open_each(
        input, archives, [&] { return number; },
        [&](Content&& content) {
          if (!content.source)
            return content.member.empty() ? not_read(escape_text(content.why), facts) : not_taken(content, facts);
          ++number;
          visit(*content.source);
        });
}

}  // namespace mailseal
