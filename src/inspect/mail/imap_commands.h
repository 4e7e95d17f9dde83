// The commands and responses of IMAP, as far as they matter here, and the tags that await an answer.
//
// Tables and what finds in them: what a command does is decided in imap.cpp. To add a command or a
// response: one row in imap_commands.cpp. RFC 9051, 3501 and the extensions that the rows are from.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

namespace mailseal::mail {

/// Commands whose arguments or answers tell of a mailbox are Mailbox.
enum class ImapVerb : std::uint8_t {
  StartTls,
  Login,
  Authenticate,
  Compress,
  Append,
  Idle,
  Mailbox,
  Other,
  Unknown  ///< no command known here
};

/// Takes the command off the front of what follows a tag, with UID before it and the blanks behind it.
ImapVerb cut_imap_verb(std::string_view& rest) noexcept;

/// A line that is a command, and with much care hardly a line of a message whose beginning was missed.
enum class Care : bool { Little, Much };
bool reads_as_imap_command(std::string_view line, Care) noexcept;

/// What an untagged response tells by its first word; numbered ones are not asked for.
enum class ImapResponse : std::uint8_t { Unknown, Known, Mailbox };
ImapResponse imap_response(std::string_view word) noexcept;

/// Commands that await their tagged replies. Bounded by its owner; an entry takes 24 octets.
class PendingTags {
 public:
  static constexpr std::size_t kTagBytes = 15;
  /// A tag as it is kept: of a longer one the first and the last octets.
  struct Tag {
    explicit Tag(std::string_view) noexcept;
    Tag() = default;
    bool operator==(const Tag& other) const noexcept { return std::memcmp(this, &other, sizeof(Tag)) == 0; }

    std::array<char, kTagBytes> text{};
    std::uint8_t size = 0;
  };
  static_assert(sizeof(Tag) == kTagBytes + 1);  // no padding: it is compared as it lies
  struct Command {
    Tag tag;
    ImapVerb verb;
    std::uint32_t credential;  ///< index in Session::credentials
  };

  bool empty() const noexcept { return commands_.empty(); }
  std::size_t size() const noexcept { return commands_.size(); }
  void clear() noexcept { commands_ = {}; }
  /// Takes the place of one of the same tag.
  void push(const Command&);
  /// Nothing, or the one of that tag, up to the next change.
  Command* find(const Tag&) noexcept;
  /// Takes the one of that tag out.
  std::optional<Command> take(const Tag&) noexcept;
  /// One of these may answer with other capabilities than those before login.
  bool logs_in() const noexcept;

 private:
  std::vector<Command> commands_;
};
static_assert(sizeof(PendingTags::Command) == 24);

}  // namespace mailseal::mail
