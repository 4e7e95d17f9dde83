// Dialogue: the one interface a mail protocol implements.
//
// A dialogue is a state machine over whole lines. It never sees a partial line,
// never touches a buffer and never hears of TCP or TLS; it says what each side is
// expected to send next, and the Framer cuts the stream accordingly. That split is
// what makes a dialogue testable with a list of strings.
//
// To add a protocol: one file with a final subclass, one row in protocols.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "holdings.h"
#include "mail/products.h"
#include "mailseal/base/bytes.h"
#include "mailseal/inspect.h"

namespace mailseal::mail {

/// What one side sends next. Asked before every unit, so it is two whole words, which come back in registers.
struct Expect {
  enum class What : std::uint64_t {
    Line,     ///< octets up to LF; a CR before it is cut
    Block,    ///< exactly `bytes` (BDAT, IMAP literal); 0 is none
    DotBody,  ///< lines up to a lone "." (RFC 5321 4.5.2, RFC 1939 3)
    Await,    ///< nothing can be cut before the other side has spoken
    Tls,      ///< TLS records from here on
    Deflate   ///< a raw deflate stream from here on (RFC 4978)
  };
  using enum What;
  What what = Line;
  std::uint64_t bytes = 0;
};

class Dialogue {
 public:
  Dialogue(Session* session, Holdings* holdings)
      : session_(*session), holdings_(*holdings), waiting_commands_(holdings) {}
  virtual ~Dialogue() = default;

  /// What `side` sends next. Asked again before every unit.
  virtual Expect expects(Side side) const = 0;
  /// A line without its line end; dies with the call. Lines of a DotBody do not come here.
  virtual void line(Side side, std::string_view text, const Seen&) = 0;
  /// The next octets of a Block or DotBody as they pass, line ends and dots included (not
  /// the final ".\r\n"), in any cut; `seen` is of text[0].
  virtual void passing(Side, std::string_view /*text*/, const Seen&) {}
  /// The Block or DotBody is whole.
  virtual void body(Side side, const Seen&) = 0;
  /// Octets of that side are missing here. Inside a Block or DotBody the framer goes on
  /// counting or looking for the end; else the next unit is a Line that may be cut.
  virtual void gap(Side side, std::uint64_t bytes, const Seen&) = 0;
  /// `side` was in Await and the answer will not come (limit, gap on the other side, one
  /// direction only, or the end): decide without it. Must change what expects(side) says.
  virtual void unanswered(Side side, std::string_view held, const Seen&) = 0;
  /// TLS was set aside (NULL suite: what follows is readable inside) or ended without being
  /// established and the side goes on in clear: expects() must no longer answer Tls.
  virtual void back_to_clear() = 0;

  /// Inside TLS: commands are counted there, and replies told by their codes. It must outlive the dialogue.
  void tells(Inside* inside) noexcept { inside_ = inside; }

  /// The client sent octets that no line() has shown yet: a server may repeat them.
  void unread() noexcept { only_preliminaries_ = false; }

 protected:
  /// To be shown every line of the client's; of IMAP's without the tag.
  void heard(std::string_view command) noexcept;
  /// One command of the client's.
  void commanded() noexcept {
    if (inside_) ++inside_->commands;
  }
  /// A reply that is worth telling: its code or status, and its words, of which no more is kept than a code.
  void replied(std::string_view code, std::string_view words, const Seen& seen) {
    if (inside_) tell_status(code, words, seen);
  }
  /// A reply to STARTTLS as a report may show it: up to 200 octets, but the code or status alone
  /// once the client sent, or may have sent, anything secret: servers repeat what they were told. Likewise where it
  /// stands, at Seen, before the command: who knows what else it answers.
  std::string told_reply(std::string_view reply, std::string_view status, const Seen&) const;

  /// Words of the server's, which may say what it is.
  void recognise(Words words, std::string_view text, const Seen& seen) {
    if (!product_known_) product_known_ = mail::recognise(session_, words, text, seen);
  }
  bool product_known() const noexcept { return product_known_; }  ///< with high certainty

  /// One more command, of that many octets, may await its answer where `n` do; if so it is counted. No: `most`
  /// do already, or all dialogues together hold too much.
  bool may_wait(std::size_t n, std::size_t most, std::size_t octets) noexcept {
    if ((n + 1) * octets > holdings_.within(most * octets)) return false;
    waiting_commands_.holds((n + 1) * octets);
    return true;
  }

  Session& session_;  ///< outlives the dialogue

 private:
  const Holdings& holdings_;
  Holdings::Share waiting_commands_;
  void tell_status(std::string_view code, std::string_view words, const Seen&);

  Inside* inside_ = nullptr;  ///< in clear: nothing
  bool product_known_ = false;
  bool only_preliminaries_ = true;  ///< the client greeted, asked what there is and for TLS, and said no more
};

struct ProtocolRow {
  Protocol protocol;
  std::unique_ptr<Dialogue> (*start)(Session*, Holdings*);  ///< both are kept and must outlive the dialogue
};
std::span<const ProtocolRow> protocols() noexcept;

enum class Use : std::uint8_t { Relay, Access };  ///< MTA to MTA, or a user's own client

struct PortRow {
  std::uint16_t port;
  Protocol protocol;
  Entry entry;
  Use use;
};
std::span<const PortRow> well_known_ports() noexcept;

/// What a server's first line, or the beginning of one, says it speaks; Unknown: not mail.
/// "220" alone may be FTP as well: the client's first word decides there.
Protocol protocol_of_greeting(std::string_view line) noexcept;
/// A "220" that says SMTP or LMTP, as RFC 5321 4.2 advises: FTP's does not.
bool names_smtp(std::string_view line) noexcept;
/// What a client's first line says it speaks.
Protocol protocol_of_command(std::string_view line) noexcept;
/// What a client speaks that was greeted with "220", by its first whole lines; Unknown: not mail. nullopt: they
/// say nothing yet that FTP's might not.
std::optional<Protocol> protocol_behind_220(std::string_view lines) noexcept;
/// Commands that only SMTP has, answered as SMTP does: enough where the beginning was missed.
bool reads_as_smtp(std::string_view client_line, std::string_view server_line) noexcept;

/// Tells the headers of a message from its body as the octets pass, in any cut: headers
/// end at the first empty line (RFC 5322 2.1), or at a line that cannot be a header. Counts
/// and notes first places in Session; keeps none of the text but one field, Content-Type to see S/MIME and OpenPGP
/// labels or Received to see what it claims of TLS (received.h), bounded and only while it passes.
class MessageReader {
 public:
  enum class Part : std::uint8_t { Whole, HeadersOnly, BodyOnly };
  void start(Part) noexcept;
  void octets(Session&, std::string_view text, const Seen&);
  /// The octets are at their end: a first line without its own is decided.
  void end(Session&, const Seen&);
  /// The same for a message that passed whole: it is counted. One without a body was as
  /// readable as any: its content stands where its headers stand.
  void whole(Session&, const Seen&);

 private:
  enum class At : std::uint8_t { FirstLine, LineStart, EmptyLine, Name, AfterName, Value, Body };
  std::size_t headers(Session&, std::string_view text, const Seen&);  ///< how many octets were theirs
  void body(Session&, std::string_view text, const Seen&);
  void end_field(Session&, const Seen&);
  void read_field(Session&, const Seen& end);
  enum class Field : std::uint8_t { ContentType, Received };
  static constexpr std::array<std::string_view, 2> kFields{"CONTENT-TYPE", "RECEIVED"};

  std::uint64_t undecided_ = 0;  ///< octets of a first line that may be no header
  std::uint64_t octets_ = 0;     ///< of the message so far
  std::uint64_t next_ = 0;       ///< the place in the stream behind what came last
  Part part_ = Part::Whole;
  At at_ = At::FirstLine;
  std::uint8_t matched_ = 0;           ///< of the word looked for at the start of this line
  Field wanted_ = Field::ContentType;  ///< the one whose name is being matched, or read
  bool labelled_ = false;              ///< this field is that one
  bool any_header_ = false;
  std::string field_;  ///< the value of such a field, unfolded
  Fact field_at_;      ///< where its value begins
};

}  // namespace mailseal::mail
