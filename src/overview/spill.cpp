#include "spill.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

namespace mailseal {
namespace {

constexpr std::size_t kTogether = 1u << 20;  // octets written at once

std::string folder() {
  const char* named = std::getenv("TMPDIR");
  return named && *named ? named : "/tmp";
}

int open_nameless(const std::string& in) {
  const int file = open(in.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return file;
  std::string path = in + "/mailseal-XXXXXX";  // a file system without such files
  const int named = mkostemp(path.data(), O_CLOEXEC);
  if (named >= 0) unlink(path.c_str());
  return named;
}

}  // namespace

Spill::~Spill() {
  if (file_ >= 0) close(file_);
}

void Spill::refuse(std::string what) {
  if (!fault_) fault_ = Error{std::move(what)};
  tail_ = {};
}

std::uint64_t Spill::append(Bytes octets) {
  if (fault_) return 0;
  const std::uint64_t at = flushed_ + tail_.size();
  tail_.insert(tail_.end(), octets.begin(), octets.end());
  if (tail_.size() > (file_ < 0 ? memory_ : std::min(memory_, kTogether))) flush();
  return at;
}

bool Spill::open() {
  if (file_ < 0) file_ = open_nameless(folder());
  return file_ >= 0;
}

void Spill::flush() {
  std::size_t written = 0;
  while (written < tail_.size()) {
    const ssize_t n =
        open() ? pwrite(file_, tail_.data() + written, tail_.size() - written, static_cast<off_t>(flushed_ + written))
               : -1;
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      return refuse("cannot keep the sessions that have ended in " + folder() + ": " +
                    std::strerror(n == 0 ? ENOSPC : errno) + "; make room there, or name another folder with TMPDIR");
    written += static_cast<std::size_t>(n);
  }
  flushed_ += tail_.size();
  tail_.clear();
  if (tail_.capacity() > 2 * kTogether) tail_.shrink_to_fit();
}

const Spill::Block* Spill::block(std::uint64_t number) {
  if (blocks_.empty()) blocks_.resize(kBlocks);
  Block& block = blocks_[number % kBlocks];
  const std::uint64_t from = number * kBlock;
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, flushed_ - from));
  if (block.number == number && block.octets.size() == size) return &block;
  block.number = number;
  block.octets.resize(size);
  for (std::size_t have = 0; have < block.octets.size();) {
    const ssize_t n =
        pread(file_, block.octets.data() + have, block.octets.size() - have, static_cast<off_t>(from + have));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const std::string why = n == 0 ? "it has become shorter" : std::strerror(errno);
      block.octets.clear();
      refuse("cannot read the sessions again that were kept in " + folder() + ": " + why +
             "; name another folder with TMPDIR");
      return nullptr;
    }
    have += static_cast<std::size_t>(n);
  }
  return &block;
}

Bytes Spill::read(std::uint64_t at, std::size_t size) {
  if (fault_) return {};
  if (at >= flushed_) return Bytes(tail_).subspan(static_cast<std::size_t>(at - flushed_), size);
  const Block* held = block(at / kBlock);
  std::size_t begin = static_cast<std::size_t>(at % kBlock);
  if (held && begin + size <= held->octets.size()) return Bytes(held->octets).subspan(begin, size);
  joined_.clear();
  for (; held; held = block((at + joined_.size()) / kBlock), begin = 0) {
    const Bytes piece = Bytes(held->octets).subspan(begin);
    const std::size_t wanted = std::min(piece.size(), size - joined_.size());
    joined_.insert(joined_.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(wanted));
    if (joined_.size() == size) return joined_;
  }
  return {};
}

}  // namespace mailseal
