// IMAP (RFC 3501, 9051, 7888, 2595, 4978, 2177, 5530), as far as encryption is concerned.
//
// It follows the conversation just closely enough to know whether the next octets are a
// line, a literal, TLS or a deflate stream, and whether a secret, a message or what a mailbox
// holds went by in the clear. Literals stand anywhere, in commands and responses, and are
// of any size: what they hold is streamed, never kept, save a user name to be masked.
//
// Commands are matched to their final replies by tag:
//
//   command        reply    effect
//   STARTTLS       OK       both sides switch to TLS             (RFC 9051 6.2.1)
//   STARTTLS       NO, BAD  refused, the conversation goes on in the clear
//   AUTHENTICATE   +        the client's next line is a SASL response
//   any, "{n}"     +        n octets follow, then the rest of the command
//   any, "{n}"     NO, BAD  the literal is not sent
//   COMPRESS       OK       both sides go on in a deflate stream (RFC 4978)
//   unknown        OK       perhaps it was mail: unknown.h
//
// Untagged FETCH responses count whether or not a FETCH was seen. Where replies or commands
// were not captured the machine is `loose_`: nothing waits for the other side, and lines that are
// neither commands nor responses are judged by what they look like.
#include "mail/imap.h"

#include <algorithm>
#include <array>
#include <utility>

#include "doubts.h"
#include "mail/fingerprint.h"
#include "mail/imap_commands.h"
#include "mail/imap_fetch.h"
#include "mail/mailbox.h"
#include "mail/products.h"
#include "mail/sasl.h"
#include "mail/text.h"
#include "mail/unknown.h"
#include "mailseal/base/ascii.h"
#include "mailseal/base/pool.h"
#include "masked.h"

namespace mailseal::mail {
namespace {

using Verb = ImapVerb;
using Tag = PendingTags::Tag;

/// Where the SYN was not captured: surely a greeting, not "* OK Still here".
bool greets(std::string_view text) {
  return text.starts_with("[CAPABILITY") || text.find("IMAP") != text.npos || text.find("eady") != text.npos;
}

class Imap final : public Dialogue, public Pooled<Imap> {
 public:
  Imap(Session* session, Holdings* holdings)
      : Dialogue(session, holdings),
        limits_(holdings->limits()),
        loose_(!session->began),
        missed_(loose_),
        greeted_(loose_) {}

  Expect expects(Side side) const override {
    if (tls_) return {Expect::Tls};
    if (deflation_ == Deflation::Due) return {Expect::Deflate};
    if (side == Side::Client) {
      if (client_ == Client::Literal) return {Expect::Block, client_literal_.literal.octets};
      return client_ == Client::Waiting ? Expect{Expect::Await} : Expect{Expect::Line};
    }
    if (server_literal_.passing) return {Expect::Block, server_literal_.literal.octets};
    const bool unasked = greeted_ && pending_.empty() && response_ == Response::None && !loose_;
    return unasked ? Expect{Expect::Await} : Expect{Expect::Line};
  }

  void line(Side side, std::string_view text, const Seen& seen) override {
    if (side == Side::Server) {
      said_more_ |= session_.greeting.has_value();
      return server_line(text, seen);
    }
    // Joined midway, but at the beginning all the same (Framer::first_client_line).
    if (!heard_client_ && session_.began && !said_more_) loose_ = missed_ = false;
    std::string_view untagged_command = text;
    cut_word(untagged_command);
    heard(untagged_command);
    // Some servers take a bare CR for a line end, and what is behind it for a command.
    if (text.find('\r') != text.npos) unknown_.stay(session_, seen);
    switch (client_) {
      case Client::Continue:
        return arguments(text, seen);
      case Client::Response:
        return response(text, seen);
      case Client::Guess:
        return guess(text, seen);
      case Client::Command:
      case Client::Waiting:
      case Client::Literal:
        return command(text, seen);
    }
  }

  void passing(Side side, std::string_view text, const Seen& seen) override {
    PassingLiteral& l = side == Side::Client ? client_literal_ : server_literal_;
    l.passed += text.size();
    switch (l.role) {
      case Role::User:
        user_text_.append(text.substr(0, kUserBytes - std::min(kUserBytes, user_text_.size())));
        return;
      case Role::Secret:
        secret(text, seen);
        return;
      case Role::Message:
      case Role::Part:
        message_[static_cast<std::size_t>(side)].octets(session_, text, seen);
        return;
      case Role::Structure:
        note(session_.headers, seen);
        session_.header_bytes += text.size();
        return;
      case Role::Mailbox:
        return;
      case Role::Other:
        // Where it is of a mailbox, that has been told. Who knows what else it is.
        if (!session_.mailbox_activity) unknown_.stay(session_, seen);
        return;
    }
  }

  void body(Side side, const Seen& seen) override {
    const Role role = (side == Side::Client ? client_literal_ : server_literal_).role;
    if (role == Role::Message || role == Role::Part) message_[static_cast<std::size_t>(side)].end(session_, seen);
    if (side == Side::Client)
      client_literal_done(seen);
    else
      server_literal_done(seen);
  }

  void gap(Side side, std::uint64_t, const Seen&) override {
    // Inside a literal the framer goes on counting, and literal_done() sees that octets lack.
    if (side == Side::Client ? client_literal_.passing : server_literal_.passing) return;
    loose_ = missed_ = said_more_ = true;
    stray_[static_cast<std::size_t>(side)].reset();
    in_stray_[static_cast<std::size_t>(side)] = false;
    if (side == Side::Client) {
      go_aheads_ = std::min(go_aheads_, 1U);
      if (client_ == Client::Response) client_ = Client::Guess;
      if (client_ == Client::Continue) client_ = Client::Command;
      return;
    }
    response_ = Response::None;
    cut_response_ = true;
    if (client_ == Client::Waiting) give_up_waiting({});
  }

  void unanswered(Side side, std::string_view held, const Seen&) override {
    loose_ = missed_ = true;
    if (side == Side::Client) give_up_waiting(held.substr(0, held.find_first_of("\r\n")));
  }

  void back_to_clear() override {
    if (deflation_ == Deflation::Due) {  // from here on what was inflated is shown, and the dialogue goes on
      deflation_ = Deflation::Inside;
      return;
    }
    tls_ = false;
    loose_ = greeted_ = true;
    pending_.clear();
    go_aheads_ = 0;
    answered_.reset();
    client_ = Client::Command;
    response_ = Response::None;
    client_literal_ = server_literal_ = {};
  }

 private:
  static constexpr auto kNoCredential = static_cast<std::uint32_t>(kNone);
  static constexpr std::size_t kUserBytes = 256;  // of a user name, to be masked
  // A literal of that size may be a slip or an attack; the server's answer tells.
  static constexpr std::uint64_t kDoubtfulLiteral = std::uint64_t{1} << 31;

  enum class Client : std::uint8_t { Command, Continue, Waiting, Literal, Response, Guess };
  enum class Waits : std::uint8_t { StartTls, Authenticate, Compress, Literal };
  enum class Response : std::uint8_t { None, Fetch, Other };
  enum class Deflation : std::uint8_t { None, Due, Inside };
  enum class Role : std::uint8_t { Other, User, Secret, Mailbox, Message, Part, Structure };
  struct PassingLiteral {
    Literal literal;
    Role role = Role::Other;
    bool passing = false;
    std::uint64_t passed = 0;  ///< fewer than announced at the end: some were not captured
  };

  // --- the client's lines

  void command(std::string_view text, const Seen& seen) {
    if (text.empty() || same_word(text, "DONE")) return;  // the end of an IDLE, RFC 2177 3
    heard_client_ = true;
    std::string_view rest = text;
    const std::string_view tag = cut_word(rest);
    const Verb verb = cut_imap_verb(rest);
    if (in_stray_[0] && verb == Verb::Unknown) return stray_on(Side::Client, text, seen);
    if (loose_ && !reads_as_imap_command(text, missed_ ? Care::Much : Care::Little)) return stray_command(text, seen);
    in_stray_[0] = false;
    stray_[0].reset();
    if (verb == Verb::Unknown) {
      const bool http = unknown_.any_sent() && !unknown_.any_known();  // its headers look like a message's
      if (!http && looks_like_header(text)) return stray_command(text, seen);
      unknown_.sent(session_, seen);
    } else {
      unknown_.known(session_);
    }
    verb_ = verb;
    tag_ = Tag(tag);
    arguments_ = 0;
    catenated_ = false;
    credential_ = kNoCredential;
    client_ = Client::Command;
    answered_.reset();
    // One that came before its command is kept: the directions overtake each other.
    go_aheads_ = std::min(go_aheads_, 1U);
    commanded();
    push(seen);
    switch (verb_) {
      case Verb::StartTls:
        note(session_.upgrade_requested, seen);
        return wait(Waits::StartTls);
      case Verb::Compress:
        return wait(Waits::Compress);
      case Verb::Authenticate:
        end_exchange({});
        sasl_.start(cut_word(rest));
        in_exchange_ = true;
        if (!rest.empty()) sasl_.response(session_, rest, seen, limits_);  // RFC 4959
        return wait(Waits::Authenticate);
      case Verb::Idle:
        if (go_aheads_ > 0)
          --go_aheads_;
        else
          idle_due_ = true;
        return;
      case Verb::Append:
      case Verb::Mailbox:
        note(session_.mailbox_activity, seen);
        break;
      case Verb::Login:
        user_.clear();
        break;
      case Verb::Other:
      case Verb::Unknown:
        break;
    }
    arguments(rest, seen);
  }

  /// Arguments of the current command, or what follows a literal in them.
  void arguments(std::string_view text, const Seen& seen) {
    client_ = Client::Command;
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const bool literal_first = text.starts_with('{') || text.starts_with("~{");
    if (verb_ == Verb::Login) {
      if (arguments_ == 0 && !text.empty() && !literal_first) {
        user_ = masked(cut_astring(text));
        ++arguments_;
      }
      // "{6" at the end of a capture is no secret either: no atom begins like that.
      const bool announced = text.starts_with('{') && text.find_first_not_of("0123456789+-}", 1) == text.npos;
      if (arguments_ == 1 && !text.empty() && !announced && !text.starts_with("~{")) {
        const bool quoted = text.size() > 1 && text.starts_with('"');
        secret(quoted ? text.substr(1, text.size() - 2) : text, seen);
        arguments_ = 2;
        return;
      }
    }
    if (verb_ == Verb::Append && begins_with_word(text.substr(std::min(text.find(' '), text.size())), " CATENATE"))
      catenated_ = true;
    const std::optional<Literal> literal = literal_at_end(text);
    if (!literal) return;
    if (literal->absurd) add_doubt(session_, Doubt::Malformed, seen);
    client_literal_ = {*literal, role_of_argument(literal_first), false, 0};
    if (!literal->waits && literal->octets < kDoubtfulLiteral) return begin_client_literal();
    wait(Waits::Literal);
  }

  Role role_of_argument(bool literal_first) const {
    if (verb_ == Verb::Login) return arguments_ == 0 ? Role::User : arguments_ == 1 ? Role::Secret : Role::Other;
    if (verb_ == Verb::Append) return arguments_ == 0 && literal_first ? Role::Mailbox : Role::Message;
    return Role::Other;
  }

  /// A quoted string or an atom, without its quotes (RFC 9051 9, astring).
  static std::string cut_astring(std::string_view& text) {
    if (!text.starts_with('"')) return std::string(cut_word(text).substr(0, kUserBytes));
    std::string value;
    std::size_t i = 1;
    for (; i < text.size() && text[i] != '"'; ++i) {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      if (value.size() < kUserBytes) value += text[i];
    }
    text.remove_prefix(std::min(i + 1, text.size()));
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return value;
  }

  /// All of a password, or the next piece of a literal that holds it.
  void secret(std::string_view piece, const Seen& seen) {
    if (piece.empty()) return;
    if (credential_ < session_.credentials.size()) {
      session_.credentials[credential_].secret_bytes += piece.size();
      session_.credentials[credential_].fingerprint = 0;
      return;
    }
    Credential c;
    c.kind = CredentialKind::Password;
    c.mechanism = "LOGIN";
    c.user = user_;
    c.secret_bytes = piece.size();
    c.seen = seen;
    c.accepted = answered_;
    c.fingerprint = fingerprint_of(piece);
    credential_ = static_cast<std::uint32_t>(add_credential(session_, std::move(c), limits_));
    if (PendingTags::Command* command = pending_.find(tag_)) command->credential = credential_;
  }

  void begin_client_literal() {
    client_ = Client::Literal;
    client_literal_.passing = true;
    if (client_literal_.role == Role::Message) message_[0].start(MessageReader::Part::Whole);
    if (client_literal_.literal.octets == 0) client_literal_done(Seen{});
  }

  void client_literal_done(const Seen& seen) {
    const PassingLiteral done = std::exchange(client_literal_, {});
    if (done.role == Role::User) user_ = masked(user_text_);
    user_text_.clear();
    if (done.role == Role::Message && done.passed == done.literal.octets && !catenated_)
      message_[0].whole(session_, seen);
    if (done.role != Role::Message) ++arguments_;
    client_ = Client::Continue;
  }

  /// The client must be silent until the server has answered, unless it did so already.
  void wait(Waits what) {
    waits_ = what;
    client_ = Client::Waiting;
    if (what == Waits::Authenticate && go_aheads_ > 0) client_ = Client::Response;
    if (what != Waits::Literal) return;
    if (go_aheads_ > 0 || answered_.value_or(false)) {
      go_aheads_ -= std::min(go_aheads_, 1U);
      begin_client_literal();
    } else if (answered_) {
      refuse_literal();
    }
  }

  /// The next line is a new command (RFC 9051 7.5).
  void refuse_literal() {
    client_literal_ = {};
    client_ = Client::Command;
  }

  void response(std::string_view text, const Seen& seen) {
    if (reads_as_imap_command(text, Care::Little)) {  // the server gave up, or the client does without a "*"
      end_exchange(answered_);
      return command(text, seen);
    }
    if (go_aheads_ > 0) --go_aheads_;
    if (is_response(text) || text.empty())
      sasl_.response(session_, text, seen, limits_);
    else
      sasl_.stop();
    if (go_aheads_ > 0) return;
    if (answered_) return end_exchange(answered_);
    wait(Waits::Authenticate);
  }

  void end_exchange(std::optional<bool> verdict) {
    if (!std::exchange(in_exchange_, false)) return;
    if (verdict) sasl_.outcome(session_, *verdict);
    sasl_.stop();
    authenticated_ |= verdict.value_or(false);
    go_aheads_ = 0;
    client_ = Client::Command;
  }

  /// The answer that would tell what the client sends next was not captured.
  void give_up_waiting(std::string_view held_line) {
    if (waits_ == Waits::Literal && !reads_as_imap_command(held_line, Care::Little)) return begin_client_literal();
    client_literal_ = {};
    client_ = waits_ == Waits::Authenticate ? Client::Guess : Client::Command;
  }

  void guess(std::string_view text, const Seen& seen) {
    if (is_base64(text)) {
      sasl_.response(session_, text, seen, limits_);  // and still a guess what follows
      if (answered_) end_exchange(answered_);
      return;
    }
    client_ = Client::Command;
    if (text == "*") return sasl_.stop();
    command(text, seen);
  }

  /// A client's line that is no command, where replies were missed: a SASL response, or part of a message.
  void stray_command(std::string_view text, const Seen& seen) {
    if (in_stray_[0]) return stray_on(Side::Client, text, seen);
    if (const std::string_view mechanism = mechanism_of_response(text); !mechanism.empty()) {
      sasl_.start(mechanism);
      in_exchange_ = true;
      return sasl_.response(session_, text, seen, limits_);
    }
    in_stray_[0] = stray_[0].line(session_, message_[0], text, seen) == StrayMessage::Begun::Yes;
    const bool read = in_stray_[0] || text.empty() || !is_text(text);
    if (loose_ && (!missed_ || !read)) unknown_.stay(session_, seen);
  }

  void push(const Seen& seen) {
    if (!may_wait(pending_.size(), limits_.pending_tags, sizeof(PendingTags::Command))) {
      add_doubt(session_, Doubt::LimitHit, seen);
      pending_.clear();  // their answers will be nobody's
    }
    pending_.push({tag_, verb_, kNoCredential});
  }

  // --- the server's lines

  void server_line(std::string_view text, const Seen& seen) {
    if (response_ != Response::None) return respond(text, seen);
    const bool cut = std::exchange(cut_response_, false);
    if (text.starts_with("* ")) return untagged(text.substr(2), seen);
    if (text == "+" || text.starts_with("+ ")) return go_ahead();
    if (tagged(text, seen)) return;
    if (!greeted_) {
      greeted_ = not_imap_ = true;
      unknown_.stay(session_, seen);
    }
    if (not_imap_ || text.starts_with(')')) return;
    if (in_stray_[1]) return stray_on(Side::Server, text, seen);
    if (looks_like_header(text) || (loose_ && !cut))
      in_stray_[1] = stray_[1].line(session_, message_[1], text, seen) == StrayMessage::Begun::Yes;
    else if (!loose_ && !text.empty())
      unknown_.stay(session_, seen);
  }

  void stray_on(Side side, std::string_view text, const Seen& seen) {
    MessageReader& message = message_[static_cast<std::size_t>(side)];
    message.octets(session_, text, seen);
    message.octets(session_, "\r\n", later(seen, text.size()));
  }

  void end_stray() {
    in_stray_[1] = false;
    stray_[1].reset();
  }

  void untagged(std::string_view text, const Seen& seen) {
    end_stray();
    std::string_view rest = text;
    const std::string_view word = cut_word(rest);
    const bool preauth = same_word(word, "PREAUTH");
    if (preauth || same_word(word, "OK") || same_word(word, "NO") || same_word(word, "BAD") || same_word(word, "BYE")) {
      const bool first = !std::exchange(greeted_, true);
      if (first || (!heard_client_ && !session_.greeting && (preauth || greets(rest)))) {
        note(session_.greeting, seen);
        recognise(Words::ImapGreeting, rest, seen);
      }
      if (preauth) {
        note(session_.preauth, seen);
        authenticated_ = true;
      }
      return code(rest, seen);
    }
    greeted_ = true;
    response_ = Response::Other;
    if (same_word(word, "CAPABILITY")) {
      capabilities(rest, seen);
    } else if (!word.empty() && std::all_of(word.begin(), word.end(), is_digit)) {
      note(session_.mailbox_activity, seen);
      if (same_word(cut_word(rest), "FETCH")) {
        response_ = Response::Fetch;
        fetch_.start();
      }
    } else if (const ImapResponse told = imap_response(word); told == ImapResponse::Mailbox) {
      note(session_.mailbox_activity, seen);
    } else if (told == ImapResponse::Unknown && !loose_) {
      unknown_.stay(session_, seen);
    }
    url_fetch_ = same_word(word, "URLFETCH");
    respond(rest, seen);
  }

  /// A line of an untagged response, up to a literal or its end.
  void respond(std::string_view text, const Seen& seen) {
    if (response_ == Response::Fetch) fetch_.line(session_, message_[1], text, seen);
    const std::optional<Literal> literal = literal_at_end(text);
    if (!literal) {
      response_ = Response::None;
      return;
    }
    if (literal->absurd) add_doubt(session_, Doubt::Malformed, seen);
    server_literal_ = {*literal, role_of_literal(), true, 0};
    if (literal->octets == 0) server_literal_done(seen);
  }

  Role role_of_literal() {
    using Item = FetchReader::Item;
    if (url_fetch_) {  // RFC 4467: the message, or a part of it
      message_[1].start(MessageReader::Part::Whole);
      return Role::Part;
    }
    if (response_ != Response::Fetch) return Role::Other;
    const Item item = fetch_.item();
    message_[1].start(FetchReader::part(item, fetch_.from_start()));
    switch (item) {
      case Item::Message:
        return fetch_.partial() ? Role::Part : Role::Message;
      case Item::Text:
      case Item::Headers:
        return Role::Part;
      case Item::Structure:
        return Role::Structure;
      case Item::Other:
        return Role::Other;
    }
    return Role::Other;
  }

  void server_literal_done(const Seen& seen) {
    const PassingLiteral done = std::exchange(server_literal_, {});
    if (done.role == Role::Message && done.literal.octets > 0 && done.passed == done.literal.octets)
      message_[1].whole(session_, seen);
    fetch_.literal_done();
  }

  void go_ahead() {
    end_stray();
    if (std::exchange(idle_due_, false)) return;
    if (client_ == Client::Waiting && waits_ == Waits::Literal) return begin_client_literal();
    const bool authenticating =
        client_ == Client::Guess || (client_ == Client::Waiting && waits_ == Waits::Authenticate);
    if (authenticating) client_ = Client::Response;
    // In an exchange with a hole, an answer that was not captured leaves none open.
    go_aheads_ = loose_ && in_exchange_ ? 1 : go_aheads_ + 1;
  }

  /// False: no tagged reply.
  bool tagged(std::string_view text, const Seen& seen) {
    std::string_view rest = text;
    const Tag tag(cut_word(rest));
    const std::string_view answer = rest, status = cut_word(rest);
    const bool good = same_word(status, "OK");
    if (!good && !same_word(status, "NO") && !same_word(status, "BAD")) return false;
    end_stray();
    if (!good) replied(same_word(status, "NO") ? "NO" : "BAD", rest, seen);
    const std::optional<PendingTags::Command> command = pending_.take(tag);
    if (!command) {  // the answer to what was not taken for a command, inside a literal perhaps
      if (!loose_) unknown_.stay(session_, seen);
      return true;
    }
    if (tag == tag_) {
      // Taken before it was whole: what is counted as its literal may be something else to the server.
      if (good && client_literal_.passing) unknown_.stay(session_, seen);
      answered_ = good;
      if (client_ == Client::Waiting) refuse_literal();
    }
    if (command->credential < session_.credentials.size()) session_.credentials[command->credential].accepted = good;
    if (!good || command->verb == Verb::StartTls) recognise(Words::ImapReply, rest, seen);
    if (!good && refused_for_tls(command->verb, rest)) note(session_.refused_before_tls, seen);
    switch (command->verb) {
      case Verb::StartTls:
        session_.upgrade_reply = told_reply(answer, status, seen);
        note(good ? session_.upgrade_accepted : session_.upgrade_refused, seen);
        tls_ = good;
        return true;
      case Verb::Authenticate:
        // The client answered without waiting, or the server's octets came first: its answer is still to be read.
        if (client_ != Client::Response && tag == tag_) end_exchange(good);
        break;
      case Verb::Login:
        authenticated_ |= good;
        break;
      case Verb::Compress:
        if (good) {
          note(session_.compressed, seen);
          if (deflation_ == Deflation::None) deflation_ = Deflation::Due;
        }
        break;
      case Verb::Idle:
        idle_due_ = false;
        break;
      case Verb::Unknown:
        good ? unknown_.stay(session_, seen) : unknown_.refused(session_);
        break;
      case Verb::Append:
      case Verb::Mailbox:
      case Verb::Other:
        break;
    }
    code(rest, seen);
    return true;
  }

  bool refused_for_tls(Verb verb, std::string_view text) const {
    if (begins_with_word(text, "[PRIVACYREQUIRED]")) return true;  // RFC 5530 3
    if (verb == Verb::Login && login_disabled_) return true;       // RFC 9051 6.2.3
    const bool access = verb == Verb::Login || verb == Verb::Authenticate || verb == Verb::Mailbox;
    return access && asks_for_tls(text);
  }

  /// "[CAPABILITY IMAP4rev1 ...] text": the code before a status's text.
  void code(std::string_view text, const Seen& seen) {
    if (!begins_with_word(text, "[CAPABILITY ")) return;
    text.remove_prefix(12);
    capabilities(text.substr(0, text.find(']')), seen);
  }

  void capabilities(std::string_view list, const Seen& seen) {
    // After login, or as its answer, another list is given, without what was offered before.
    const bool after_login = authenticated_ || pending_.logs_in();
    bool password = false, disabled = false;
    while (!list.empty()) {
      const std::string_view word = cut_word(list);
      if (same_word(word, "STARTTLS")) note(session_.upgrade_offered, seen);
      if (masked_keyword(word, std::string_view("STARTTLS").size())) note(session_.capability_masked, seen);
      disabled |= same_word(word, "LOGINDISABLED");
      password |= begins_with_word(word, "AUTH=") && takes_password(word.substr(5));
    }
    if (after_login) return;
    note(session_.capabilities, seen);
    if (password || !disabled) note(session_.auth_offered, seen);
    login_disabled_ = disabled;
  }

  const Limits& limits_;
  PendingTags pending_;                   ///< bounded by Limits
  std::array<MessageReader, 2> message_;  ///< by side: APPEND, FETCH
  UnknownCommands unknown_;
  std::array<StrayMessage, 2> stray_;
  SaslExchange sasl_;
  FetchReader fetch_;
  PassingLiteral client_literal_, server_literal_;
  Tag tag_;                ///< of the client's last command
  std::string user_;       ///< masked
  std::string user_text_;  ///< a user name that comes as a literal, until it is whole
  std::uint32_t credential_ = kNoCredential;
  unsigned go_aheads_ = 0;        ///< "+" lines that the client has not made use of yet
  std::optional<bool> answered_;  ///< how the client's last command was answered
  unsigned arguments_ = 0;        ///< of the client's last command, as far as they matter
  Verb verb_ = Verb::Other;
  Client client_ = Client::Command;
  Waits waits_ = Waits::Literal;
  Response response_ = Response::None;
  Deflation deflation_ = Deflation::None;  ///< Inside: the framer that asks is the one of what was inflated
  std::array<bool, 2> in_stray_{};
  bool tls_ = false, loose_, missed_, greeted_;  ///< missed: octets, so lines may be cut
  bool authenticated_ = false, login_disabled_ = false;
  bool in_exchange_ = false;  ///< an AUTHENTICATE is under way
  bool idle_due_ = false;     ///< the "+" that answers IDLE is to come
  bool heard_client_ = false;
  bool said_more_ = false;  ///< the server, than its greeting, before the client's first line; or octets are missing
  bool catenated_ = false, url_fetch_ = false, cut_response_ = false;
  bool not_imap_ = false;  ///< the server's first line is no greeting
};

}  // namespace

std::unique_ptr<Dialogue> start_imap(Session* session, Holdings* holdings) {
  return std::make_unique<Imap>(session, holdings);
}

}  // namespace mailseal::mail
