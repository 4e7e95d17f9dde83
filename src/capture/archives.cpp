// Archives: a member is opened out of what was kept of it, or else by a walk: one that stands before it and whose last
// source is closed goes on, so that members in the order in which they are stored cost one pass.
#include <algorithm>
#include <cerrno>
#include <map>

#include "file.h"
#include "kept.h"

namespace mailseal {
namespace {

constexpr std::size_t kWalks = 8;  // that wait to go on, with a file open each

Expected<std::unique_ptr<PacketSource>> open_kept(std::shared_ptr<const KeptMember> kept, const std::string& file,
                                                  const Member& member, std::uint32_t input, const Limits* limits) {
  InputFacts facts;
  facts.path = kept->path;
  facts.file = file;
  facts.member = member;
  facts.packed = kept->packed;
  Octets octets(
      [kept, at = std::size_t{0}](std::span<std::byte> room) mutable -> std::ptrdiff_t {
        const std::size_t n = std::min(room.size(), kept->octets.size() - at);
        std::copy_n(kept->octets.begin() + static_cast<std::ptrdiff_t>(at), n, room.begin());
        at += n;
        if (n > 0 || !kept->damaged) return static_cast<std::ptrdiff_t>(n);
        errno = EBADMSG;
        return -1;
      },
      std::make_shared<Allowance>(limits, kept->stored));
  if (auto source = open_capture(octets, std::move(facts), input, limits)) return source;
  return fail(why_no_capture(octets, kept->path));
}

}  // namespace

struct Archives::Impl {
  struct Walk {
    std::string file;
    Contents contents;
    Member at;  ///< the furthest that it has come to
  };

  explicit Impl(const Limits* limits_kept) : limits(limits_kept), kept(limits_kept) {}

  const Limits* limits;
  KeptMembers kept;
  std::vector<Walk> walks;
  std::map<std::string, std::string> too_much;  ///< files that unpack to more than is allowed, and the line of each

  Expected<Walk> walk_to(const std::string& file, const Member& member) {
    auto best = walks.end();
    for (auto walk = walks.begin(); walk != walks.end(); ++walk)
      if (walk->file == file && walk->at < member && !walk->contents.in_use() &&
          (best == walks.end() || best->at < walk->at))
        best = walk;
    if (best == walks.end()) {
      auto contents = Contents::open(file, limits);
      if (!contents) return tl::unexpected(contents.error());
      return Walk{file, std::move(*contents), {}};
    }
    Walk walk = std::move(*best);
    walks.erase(best);
    return walk;
  }

  void put_back(Walk walk) {
    if (walks.size() >= kWalks) walks.erase(walks.begin());
    walks.push_back(std::move(walk));
  }
};

Archives::Archives(const Limits* limits) : impl_(std::make_unique<Impl>(limits)) {}
Archives::~Archives() = default;

Expected<Contents> Archives::contents(const std::filesystem::path& path) {
  return Contents::open(path, impl_->limits, &impl_->kept);
}

Expected<std::unique_ptr<PacketSource>> Archives::open(const std::filesystem::path& path, const Member& member,
                                                       std::uint32_t input) {
  if (member.empty()) return open_file(path, input, impl_->limits);
  const std::string file = path.string();
  if (auto kept = impl_->kept.find(file, member)) return open_kept(std::move(kept), file, member, input, impl_->limits);
  if (const auto known = impl_->too_much.find(file); known != impl_->too_much.end()) return fail(known->second);
  auto walk = impl_->walk_to(file, member);
  if (!walk) return tl::unexpected(walk.error());
  std::string why =
      "cannot read " + shown(file) + ": what was found in it is no longer there; leave it as it is while it is read";
  while (auto found = walk->contents.next(input)) {
    walk->at = std::max(walk->at, found->member);
    if (found->member.empty() && !found->why.empty())  // of what is behind it, too
      impl_->too_much.emplace(file, why = std::move(found->why));
    if (found->member != member) continue;
    impl_->put_back(std::move(*walk));
    if (found->what != Content::What::Capture) return fail(std::move(found->why));
    return std::move(found->source);
  }
  return fail(std::move(why));
}

}  // namespace mailseal
