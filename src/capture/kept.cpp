#include "kept.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace mailseal {

Recorder::Recorder(ReadSome from, std::uint64_t expected, std::size_t most)
    : from_(std::move(from)), most_(most), recording_(most > 0 && expected <= most) {
  if (recording_) member_->octets.reserve(static_cast<std::size_t>(expected));
}

std::ptrdiff_t Recorder::more(std::span<std::byte> room) {
  if (ended_) {
    errno = error_;
    return error_ == 0 ? 0 : -1;
  }
  const std::ptrdiff_t got = from_(room);
  if (got > 0) {
    taken_ += static_cast<std::uint64_t>(got);
    return got;
  }
  ended_ = true;
  error_ = got < 0 ? errno : 0;
  return got;
}

std::ptrdiff_t Recorder::read(std::span<std::byte> room) {
  std::vector<std::byte>& octets = member_->octets;
  if (given_ < octets.size()) {
    const std::size_t n = std::min(room.size(), octets.size() - given_);
    std::copy_n(octets.begin() + static_cast<std::ptrdiff_t>(given_), n, room.begin());
    given_ += n;
    return static_cast<std::ptrdiff_t>(n);
  }
  const std::ptrdiff_t got = more(room);
  if (got <= 0 || !recording_) return got;
  octets.insert(octets.end(), room.begin(), room.begin() + got);
  given_ = octets.size();
  if (octets.size() > most_) stop();
  return got;
}

void Recorder::stop() {
  recording_ = false;
  if (ended_ || given_ < member_->octets.size()) return;
  member_->octets = {};
  given_ = 0;
}

std::shared_ptr<KeptMember> Recorder::finish() {
  std::array<std::byte, 16 * 1024> aside;
  std::vector<std::byte>& octets = member_->octets;
  while (recording_ && !ended_) {
    const std::ptrdiff_t got = more(aside);
    if (got > 0) octets.insert(octets.end(), aside.begin(), aside.begin() + got);
    recording_ = octets.size() <= most_;
  }
  // Where more is not allowed, or the file cannot be read, it is to be tried again.
  if (!recording_ || (error_ != 0 && error_ != EBADMSG)) return nullptr;
  member_->damaged = error_ != 0;
  return member_;
}

std::size_t KeptMembers::room() const noexcept {
  return std::min(limits_.kept_member_bytes, limits_.kept_bytes - std::min(bytes_, limits_.kept_bytes));
}

void KeptMembers::keep(const std::string& file, const Member& member, std::shared_ptr<KeptMember> kept) {
  const std::size_t bytes = kept->octets.capacity();
  if (members_.try_emplace({file, member}, std::move(kept)).second) bytes_ += bytes;
}

std::shared_ptr<const KeptMember> KeptMembers::find(const std::string& file, const Member& member) const {
  const auto at = members_.find({file, member});
  return at == members_.end() ? nullptr : at->second;
}

}  // namespace mailseal
