#include "key_logs.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "mailseal/report.h"

namespace mailseal {
namespace {

std::string why_not(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return "there is no such file; look at its name";
    case EACCES:
    case EPERM:
      return "permission denied; run as a user who may read it";
    case EISDIR:
      return "it is a directory; name the key log in it";
    default:
      return std::strerror(error);
  }
}

/// What is wrong; empty: nothing.
std::string read_key_log(const std::string& path, const Limits& limits, KeyLog& keys) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return why_not(errno);
  std::array<std::byte, 16384> room{};
  std::size_t size = 0;
  ssize_t got = 0;
  int error = 0;
  while ((got = ::read(file, room.data(), room.size())) != 0) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      error = errno;
      break;
    }
    size += static_cast<std::size_t>(got);
    if (size > limits.key_log_bytes) break;
    keys.add(Bytes(room).first(static_cast<std::size_t>(got)));
  }
  wipe(room);
  ::close(file);
  const KeyLog::Read read = keys.end();
  if (error != 0) return why_not(error);
  if (size > limits.key_log_bytes)
    return "it is larger than " + std::to_string(limits.key_log_bytes >> 20) +
           " MB; keep the lines of the capture's time";
  if (read.full)
    return "there are more than " + std::to_string(limits.secrets) + " secrets; keep the lines of the capture's time";
  if (size == 0) return "it is empty; was SSLKEYLOGFILE set where the TLS was spoken?";
  if (read.secrets == 0) return "it holds no secret of TLS; give a key log in the NSS format (SSLKEYLOGFILE)";
  return {};
}

}  // namespace

Expected<void> read_key_logs(const std::vector<std::string>& paths, const Limits& limits, KeyLog& keys) {
  for (const std::string& path : paths)
    if (const std::string wrong = read_key_log(path, limits, keys); !wrong.empty())
      return fail("cannot read the key log " + escape_text(path) + ": " + wrong);
  return {};
}

}  // namespace mailseal
