#include "identity.h"

#include <array>
#include <fstream>

#include "build_commit.h"
#include "mailseal/base/digest.h"

namespace mailseal {

std::string_view build_commit() noexcept { return kBuildCommit; }

std::string executable_sha256() {
  // What runs, also where another file has taken its name since.
  std::ifstream file("/proc/self/exe", std::ios::binary);
  if (!file) return "";
  Sha256 digest;
  std::array<char, 65'536> part;
  while (file.read(part.data(), part.size()), file.gcount() > 0)
    digest.add(as_bytes({part.data(), static_cast<std::size_t>(file.gcount())}));
  return file.eof() ? digest.finish() : "";
}

}  // namespace mailseal
