// Contents: a stack of archives, the innermost being walked. Each reads from a member of the one below, by way of
// Octets, so that compressions between them are undone and all is counted by one Allowance.
//
// A source that was handed out holds the archives it lies in, and so outlives the walk.
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "file.h"
#include "kept.h"
#include "member_octets.h"

namespace mailseal {
namespace {

using namespace std::string_view_literals;

/// No RAR: its readers in libarchive were the way into programs more than once (CVE-2024-26256, 48957, 48958). No
/// mtree: it names files of this machine.
struct ArchiveKind {
  std::string_view name, magic;
  std::size_t at;
  int (*read)(archive*);
};
// To add an archive: one row.
constexpr std::array kKinds{
    ArchiveKind{"zip", "PK\3\4"sv, 0, archive_read_support_format_zip},
    ArchiveKind{"zip", "PK\5\6"sv, 0, archive_read_support_format_zip},
    ArchiveKind{"zip", "PK00PK\3\4"sv, 0, archive_read_support_format_zip},
    ArchiveKind{"7z", "7z\xbc\xaf\x27\x1c"sv, 0, archive_read_support_format_7zip},
    ArchiveKind{"tar", "ustar"sv, 257, archive_read_support_format_tar},
    ArchiveKind{"cpio", "070701"sv, 0, archive_read_support_format_cpio},
    ArchiveKind{"cpio", "070702"sv, 0, archive_read_support_format_cpio},
    ArchiveKind{"cpio", "070707"sv, 0, archive_read_support_format_cpio},
    ArchiveKind{"cpio", "\xc7\x71"sv, 0, archive_read_support_format_cpio},
    ArchiveKind{"cab", "MSCF\0\0\0\0"sv, 0, archive_read_support_format_cab},
};

const ArchiveKind* find_kind(Bytes beginning) noexcept {
  for (const ArchiveKind& kind : kKinds)
    if (beginning.size() > kind.at && as_text(beginning.subspan(kind.at)).starts_with(kind.magic)) return &kind;
  return nullptr;
}

/// One archive that is being walked.
class OpenArchive {
 public:
  /// `file`: where it is the file itself and can be sought in; else -1.
  OpenArchive(const ArchiveKind& kind, Octets octets, int file, std::shared_ptr<void> below)
      : kind_(kind), octets_(std::move(octets)), below_(std::move(below)), archive_(archive_read_new()) {
    kind.read(archive_);
    // The raw filter alone: what is compressed was unpacked by Octets, which counts it.
    usable_ = (file < 0 ? archive_read_open2(archive_, this, nullptr, more, nullptr, nullptr)
                        : archive_read_open_fd(archive_, file, kBlockBytes)) == ARCHIVE_OK;
  }
  ~OpenArchive() { archive_read_free(archive_); }
  OpenArchive(const OpenArchive&) = delete;
  OpenArchive& operator=(const OpenArchive&) = delete;

  /// The next member; nullptr: there is no more, or broken().
  archive_entry* next() {
    archive_entry* member = nullptr;
    if (!usable_) {
      broken_ = true;
      return nullptr;
    }
    const int result = archive_read_next_header(archive_, &member);
    usable_ = result == ARCHIVE_OK || result == ARCHIVE_WARN;
    broken_ = !usable_ && (result != ARCHIVE_EOF || octets_.cut() || octets_.error() != 0);
    if (!usable_) return nullptr;
    ++number_;
    entry_ = MemberOctets(archive_);
    // What 7z passes over it unpacks as well; of a zip that is streamed the same holds where no size stands in front.
    unread_ = kind_.name == "7z" ? static_cast<std::uint64_t>(std::max<la_int64_t>(archive_entry_size(member), 0)) : 0;
    endless_ = kind_.name == "zip" && !archive_entry_size_is_set(member);
    return member;
  }

  std::ptrdiff_t read(std::span<std::byte> room, Allowance& allowance) {
    const std::size_t got = entry_.read(room);
    unread_ -= std::min<std::uint64_t>(unread_, got);
    if (got == 0 && entry_.broken()) errno = EBADMSG;
    if (got == 0) return entry_.broken() ? -1 : 0;
    if (allowance.take(got)) return static_cast<std::ptrdiff_t>(got);
    errno = EFBIG;
    return -1;
  }

  /// The rest of this member is not wanted. False: it is too much.
  bool skip(Allowance& allowance) {
    if (!allowance.take(std::exchange(unread_, 0))) return false;
    std::array<std::byte, 16 * 1024> aside;
    while (endless_ && !entry_.broken()) {
      const std::size_t got = entry_.read(aside);
      if (got == 0) break;
      if (!allowance.take(got)) return false;
    }
    endless_ = false;
    return true;
  }

  bool broken() const noexcept { return broken_; }
  bool locked() const noexcept {
    // libarchive 3.6 asks a format that it may not have found.
    return archive_format(archive_) != 0 && archive_read_has_encrypted_entries(archive_) == 1;
  }
  const std::string& packed() const noexcept { return octets_.packed(); }
  std::string_view kind() const noexcept { return kind_.name; }
  std::uint32_t number() const noexcept { return number_; }

 private:
  static constexpr std::size_t kBlockBytes = 64u << 10;

  static la_ssize_t more(archive*, void* self, const void** octets) {
    Octets& from = static_cast<OpenArchive*>(self)->octets_;
    from.consume(std::exchange(static_cast<OpenArchive*>(self)->handed_, 0));
    if (!from.ensure(1)) return 0;
    *octets = from.first(from.left()).data();
    return static_cast<la_ssize_t>(static_cast<OpenArchive*>(self)->handed_ = from.left());
  }

  const ArchiveKind& kind_;
  Octets octets_;
  std::shared_ptr<void> below_;  // what octets_ read from
  archive* archive_;
  MemberOctets entry_{nullptr};
  std::uint64_t unread_ = 0;
  std::size_t handed_ = 0;
  std::uint32_t number_ = 0;
  bool usable_ = false, broken_ = false, endless_ = false;
};

constexpr std::size_t kNameBytes = 1024;
constexpr std::string_view kUnpack = "; unpack it yourself, and check what comes out";

std::string name_of(archive_entry* member, std::uint32_t number) {
  const char* name = archive_entry_pathname(member);
  if (!name || !*name) return "member " + std::to_string(number);
  return std::string(name).substr(0, kNameBytes);
}

bool sealed(archive_entry* member) {
  return archive_entry_is_data_encrypted(member) == 1 || archive_entry_is_metadata_encrypted(member) == 1;
}

std::string listed(const std::string& before, std::string_view name) {
  return before.empty() ? std::string(name) : name.empty() ? before : before + ", " + std::string(name);
}

}  // namespace

std::vector<std::string_view> archive_names() {
  std::vector<std::string_view> names;
  for (const ArchiveKind& kind : kKinds)
    if (names.empty() || names.back() != kind.name) names.push_back(kind.name);
  return names;
}

struct Contents::Impl {
  struct Step {
    std::shared_ptr<OpenArchive> archive;
    std::string path, packed;
    Member member;
  };

  std::string path;
  const Limits* limits;
  std::shared_ptr<Allowance> allowance;
  std::shared_ptr<Descriptor> file;  // may be sought in; else nullptr
  std::optional<Octets> whole;       // the input itself, until it was looked at
  std::vector<Step> steps;
  bool ended = false;
  KeptMembers* kept = nullptr;
  std::weak_ptr<Recorder> last;  // what the last member is read by

  static Content unreadable(std::string path, Member member, const std::string& why) {
    std::string line = "cannot read " + shown(path) + ": " + why;
    return {Content::What::Unreadable, std::move(path), std::move(member), nullptr, std::move(line)};
  }

  std::optional<Content> next(std::uint32_t input) {
    if (whole) {
      Octets octets = std::move(*whole);
      whole.reset();
      if (auto found = look(std::move(octets), Step{nullptr, path, "", {}}, input)) return found;
    }
    while (!steps.empty() && !ended) {
      const Step step = steps.back();
      OpenArchive& archive = *step.archive;
      if (!archive.skip(*allowance)) return too_much();
      archive_entry* member = archive.next();
      if (!member) {
        steps.pop_back();
        if (!allowance->exceeded().empty()) return too_much();
        if (!archive.broken()) continue;
        if (archive.locked())
          return unreadable(step.path, step.member, "it is protected by a password" + std::string(kUnpack));
        return unreadable(step.path, step.member,
                          "the " + std::string(archive.kind()) + " archive is damaged or cut" +
                              (archive.number() == 0 ? " from its beginning on"
                                                     : " behind its member " + std::to_string(archive.number())) +
                              "; copy it again");
      }
      if (archive_entry_filetype(member) != AE_IFREG || archive_entry_hardlink(member)) continue;
      Step inside{nullptr, step.path + "/" + name_of(member, archive.number()), listed(step.packed, archive.kind()),
                  step.member};
      inside.member.push_back(archive.number());
      if (!allowance->member()) {
        ended = true;
        return unreadable(path, {},
                          "it has more than " + std::to_string(limits->members) + " members" + std::string(kUnpack));
      }
      if (sealed(member))
        return unreadable(std::move(inside.path), std::move(inside.member),
                          "it is protected by a password" + std::string(kUnpack));
      const auto told = archive_entry_size_is_set(member) ? std::max<la_int64_t>(archive_entry_size(member), 0) : 0;
      const auto recorder = std::make_shared<Recorder>(
          [from = step.archive, count = allowance](std::span<std::byte> room) { return from->read(room, *count); },
          static_cast<std::uint64_t>(told), kept ? kept->room() : 0);
      last = recorder;
      Octets octets([recorder](std::span<std::byte> room) { return recorder->read(room); }, allowance);
      const std::string packed = inside.packed;
      auto found = look(std::move(octets), std::move(inside), input);
      if (found && found->source && kept) {
        keep(*found, packed, *recorder);
        // Who looks through it reads it later, in walks that know nothing of each other: what that unpacks counts here.
        const auto size = static_cast<std::uint64_t>(told);
        (void)allowance->take(size - std::min(size, recorder->taken()));
      }
      recorder->stop();
      if (found) return found;
    }
    return std::nullopt;
  }

  void keep(const Content& found, const std::string& packed, Recorder& recorder) {
    const std::shared_ptr<KeptMember> member = recorder.finish();
    if (!member) return;
    member->path = found.path;
    member->packed = packed;
    member->stored = allowance->size();
    kept->keep(path, found.member, member);
  }

  std::optional<Content> too_much() {
    ended = true;
    return unreadable(path, {}, "it " + allowance->exceeded() + std::string(kUnpack) + ", if you trust it");
  }

  /// A capture, or why it is none; nullopt: an archive, whose members are next.
  std::optional<Content> look(Octets octets, Step at, std::uint32_t input) {
    InputFacts facts;
    facts.path = at.path;
    if (!at.member.empty()) {
      facts.file = path;
      facts.member = at.member;
    }
    facts.packed = at.packed;
    const bool itself = at.member.empty();
    if (auto source = open_capture(octets, facts, input, limits))
      return Content{Content::What::Capture, std::move(at.path), std::move(at.member), std::move(source), {}};
    if (!allowance->exceeded().empty()) return too_much();
    const ArchiveKind* kind = find_kind(octets.first(std::min(octets.left(), kMagicBytes)));
    if (!kind || octets.error() != 0) {
      Content none{Content::What::Stranger, at.path, at.member, nullptr, why_no_capture(octets, at.path)};
      // What is damaged or cannot be read might have been a capture.
      if (octets.error() != 0 || octets.cut() || octets.layers() >= limits->nesting)
        none.what = Content::What::Unreadable;
      return none;
    }
    if (steps.size() >= limits->nesting)
      return unreadable(
          std::move(at.path), std::move(at.member),
          "archives in archives are opened " + std::to_string(limits->nesting) + " deep" + std::string(kUnpack));
    at.packed = listed(at.packed, octets.packed());
    const bool seekable = itself && file && octets.layers() == 0;
    if (kind->name == "7z" && !seekable)
      return unreadable(std::move(at.path), std::move(at.member),
                        "a 7z archive is read from its end, so it must be a file by itself" + std::string(kUnpack));
    std::shared_ptr<void> below = steps.empty() ? nullptr : std::shared_ptr<void>(steps.back().archive);
    if (seekable) (void)lseek(file->number(), 0, SEEK_SET);
    at.archive =
        std::make_shared<OpenArchive>(*kind, std::move(octets), seekable ? file->number() : -1, std::move(below));
    steps.push_back(std::move(at));
    return std::nullopt;
  }
};

Contents::Contents(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Contents::Contents(Contents&&) noexcept = default;
Contents& Contents::operator=(Contents&&) noexcept = default;
Contents::~Contents() = default;

std::optional<Content> Contents::next(std::uint32_t input) { return impl_->next(input); }
bool Contents::in_use() const noexcept { return !impl_->last.expired(); }

Expected<Contents> Contents::open(const std::filesystem::path& path, const Limits* limits) {
  return open(path, limits, nullptr);
}

Expected<Contents> Contents::open(const std::filesystem::path& path, const Limits* limits, KeptMembers* kept) {
  auto file = open_descriptor(path);
  if (!file) return tl::unexpected(file.error());
  struct stat told {};
  const bool regular = fstat((*file)->number(), &told) == 0 && S_ISREG(told.st_mode) && path != "-";
  Contents contents = over([file = *file](std::span<std::byte> room) { return file->read_some(room); }, path.string(),
                           limits, regular ? static_cast<std::uint64_t>(told.st_size) : 0);
  if (regular) contents.impl_->file = *file;
  if (regular) contents.impl_->kept = kept;
  return contents;
}

Contents Contents::over(ReadSome read, std::string path, const Limits* limits, std::uint64_t size) {
  auto impl = std::make_unique<Impl>();
  impl->path = std::move(path);
  impl->limits = limits;
  impl->allowance = std::make_shared<Allowance>(limits, size);
  impl->whole.emplace(
      [read = std::move(read), count = impl->allowance](std::span<std::byte> room) {
        const std::ptrdiff_t got = read(room);
        if (got > 0) count->stored(static_cast<std::uint64_t>(got));
        return got;
      },
      impl->allowance);
  return Contents(std::move(impl));
}

Expected<std::unique_ptr<PacketSource>> open_octets(ReadSome read, const std::string& path, std::uint32_t input,
                                                    const Limits* limits) {
  auto found = Contents::over(std::move(read), path, limits).next(input);
  if (!found) return fail("cannot read " + shown(path) + ": nothing lies in it");
  if (!found->source) return fail(std::move(found->why));
  return std::move(found->source);
}

Expected<std::unique_ptr<PacketSource>> open_file(const std::filesystem::path& path, std::uint32_t input,
                                                  const Limits* limits) {
  auto contents = Contents::open(path, limits);
  if (!contents) return tl::unexpected(contents.error());
  while (auto found = contents->next(input)) {
    if (!found->member.empty())
      return fail("cannot read " + shown(path.string()) +
                  ": an archive that comes through a pipe must be the only input; save it to a file first");
    if (found->what != Content::What::Capture) return fail(std::move(found->why));
    return std::move(found->source);
  }
  return fail("cannot read " + shown(path.string()) +
              ": what was found in it is no longer there; leave it as it is while it is read");
}

}  // namespace mailseal
