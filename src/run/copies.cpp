#include "copies.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <utility>

namespace mailseal {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = 64u << 10, kBeginning = 1024;

/// Reads on; less than a block is the last.
std::string block(std::ifstream& file) {
  std::string octets(kBlock, '\0');
  file.read(octets.data(), static_cast<std::streamsize>(octets.size()));
  octets.resize(static_cast<std::size_t>(file.gcount()));
  return octets;
}

bool is_same(const InputFile& a, const InputFile& b) {
  std::error_code unknown;
  if (fs::equivalent(a.path, b.path, unknown)) return true;
  if (!a.member.empty()) return false;
  std::ifstream one(a.path, std::ios::binary), two(b.path, std::ios::binary);
  if (!one || !two) return false;
  for (;;) {
    const std::string x = block(one);
    if (x != block(two)) return false;
    if (x.size() < kBlock) return true;
  }
}

}  // namespace

std::vector<InputFile> without_copies(std::vector<InputFile> inputs,
                                      const std::function<void(const InputFile&, const InputFile&)>& tell) {
  std::map<std::pair<std::uintmax_t, Member>, std::vector<const InputFile*>> of_size;
  for (const InputFile& input : inputs) {
    std::error_code unknown;
    if (!is_regular(input)) continue;
    if (const auto size = fs::file_size(input.path, unknown); !unknown) of_size[{size, input.member}].push_back(&input);
  }
  std::map<const InputFile*, const InputFile*> copies;
  for (const auto& [size, alike] : of_size) {
    if (alike.size() < 2) continue;
    std::map<std::string, std::vector<const InputFile*>> beginnings;
    for (const InputFile* input : alike) {
      std::ifstream file(input->path, std::ios::binary);
      auto& before = beginnings[block(file).substr(0, kBeginning)];
      const auto same =
          std::find_if(before.begin(), before.end(), [&](const InputFile* other) { return is_same(*input, *other); });
      if (same == before.end())
        before.push_back(input);
      else
        copies[input] = *same;
    }
  }
  std::vector<InputFile> left;
  for (InputFile& input : inputs) {
    const auto copy = copies.find(&input);
    if (copy == copies.end())
      left.push_back(input);
    else
      tell(input, *copy->second);
  }
  return left;
}

}  // namespace mailseal
