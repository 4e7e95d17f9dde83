// Kept members: what small members of archives unpacked to, so that each is unpacked once however often it is opened.
//
// A member is recorded while it is read. Refuses those that are large, and more than Limits::kept_bytes of all.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mailseal/capture.h"

namespace mailseal {

struct KeptMember {
  std::string path, packed;  ///< as InputFacts has them
  std::uint64_t stored = 0;  ///< octets of the file that it lies in
  std::vector<std::byte> octets;
  bool damaged = false;  ///< they end there, and it did not
};

/// Answers as ReadSome does what `from` gives, once.
class Recorder {
 public:
  /// `expected`: its size, where the archive tells it.
  Recorder(ReadSome from, std::uint64_t expected, std::size_t most);

  std::ptrdiff_t read(std::span<std::byte> room);
  /// No more than what was read ahead is held from here on.
  void stop();
  std::uint64_t taken() const noexcept { return taken_; }  ///< octets
  /// Reads ahead, to its end. nullptr: it is too large, or cannot be read.
  std::shared_ptr<KeptMember> finish();

 private:
  /// `room` is as large as what was read.
  std::ptrdiff_t more(std::span<std::byte> room);

  ReadSome from_;
  std::size_t most_;
  std::shared_ptr<KeptMember> member_ = std::make_shared<KeptMember>();
  std::size_t given_ = 0;  ///< of its octets
  std::uint64_t taken_ = 0;
  int error_ = 0;
  bool recording_ = true, ended_ = false;
};

class KeptMembers {
 public:
  explicit KeptMembers(const Limits* limits) : limits_(*limits) {}

  /// Of the next one.
  std::size_t room() const noexcept;
  void keep(const std::string& file, const Member&, std::shared_ptr<KeptMember>);
  /// nullptr: it is not kept.
  std::shared_ptr<const KeptMember> find(const std::string& file, const Member&) const;

 private:
  const Limits& limits_;
  std::size_t bytes_ = 0;
  std::map<std::pair<std::string, Member>, std::shared_ptr<const KeptMember>> members_;
};

}  // namespace mailseal
