// Any octets as a key log, in cuts that the first octet chooses: however it is cut the same is read, no more is
// kept than allowed, and what is kept can be asked for.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "mailseal/base/key_log.h"

namespace {
void must(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailseal;
  if (size == 0) return 0;
  const std::size_t cut = data[0] + std::size_t{1};
  const Bytes log(reinterpret_cast<const std::byte*>(data + 1), size - 1);
  Limits limits;
  limits.secrets = 3;
  KeyLog whole(&limits), pieces(&limits);
  whole.add(log);
  for (std::size_t at = 0; at < log.size(); at += cut) pieces.add(log.subspan(at, std::min(cut, log.size() - at)));
  const KeyLog::Read a = whole.end(), b = pieces.end();
  must(a.secrets == b.secrets && a.full == b.full && whole.empty() == pieces.empty());
  must(a.full || (a.secrets == 0) == whole.empty());
  for (std::size_t at = 0; at + 32 <= log.size(); at += 32)
    must(whole.find(SecretKind::Master, log.subspan(at, 32)) == nullptr || !whole.empty());
  return 0;
}
