// POP3 (RFC 1939, 2449, 2595, 5034), as far as encryption is concerned.
//
// It follows the conversation just closely enough to know whether the next octets are a
// line, a message or TLS, and whether a secret or a message went by in the clear.
//
// Commands may be pipelined (RFC 2449 6.6) and captures deliver the two directions in any
// order, so replies are matched to commands by count through a queue, and what a command
// means is decided when its reply comes:
//
//   command       reply   effect
//   STLS          +OK     both sides switch to TLS             (RFC 2595 4)
//   STLS          -ERR    refused, the conversation goes on in the clear
//   AUTH          +       the client's next line is a SASL response
//   RETR, TOP     +OK     a message follows, up to a lone "."
//   CAPA, LIST..  +OK     lines follow, up to a lone "."
//   XTND XMIT     +OK     the client sends a message            (Berkeley)
//   unknown       +OK     perhaps it was mail: unknown.h
//
// Lists are read line by line, messages are streamed: a list whose end was forgotten or lost
// ends at the next status, and cannot swallow the messages behind it. Where commands
// or replies were not captured the machine is `loose_`: nothing waits for the other side, and what
// no command asked for is judged by what it looks like.
#include "mail/pop3.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "doubts.h"
#include "mail/fingerprint.h"
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

enum class Verb : std::uint8_t {
  Greeting,
  Capa,
  Stls,
  User,
  Pass,
  Apop,
  Auth,
  AuthList,
  Retr,
  Top,
  List,
  Stat,
  Xmit,
  Other,
  Unknown
};

struct Word {
  std::string_view text;
  Verb verb;
};
constexpr Word kWords[] = {
    {"CAPA", Verb::Capa},  {"STLS", Verb::Stls},  {"USER", Verb::User},  {"PASS", Verb::Pass},  {"APOP", Verb::Apop},
    {"AUTH", Verb::Auth},  {"RETR", Verb::Retr},  {"TOP", Verb::Top},    {"LIST", Verb::List},  {"UIDL", Verb::List},
    {"STAT", Verb::Stat},  {"DELE", Verb::Other}, {"NOOP", Verb::Other}, {"RSET", Verb::Other}, {"LAST", Verb::Other},
    {"QUIT", Verb::Other}, {"LANG", Verb::Other}, {"UTF8", Verb::Other}, {"HELP", Verb::Other}, {"XTND", Verb::Xmit},
};

const Word* find_word(std::string_view text) {
  for (const Word& w : kWords)
    if (same_word(text, w.text)) return &w;
  return nullptr;
}

/// The capture may have ended inside it.
bool begins_a_word(std::string_view text) {
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](const Word& w) { return begins_with_word(w.text, text); });
}

enum class Status : std::uint8_t { Ok, Error, Continue, None };

Status status_of(std::string_view text) {
  if (begins_with_word(text, "+OK")) return Status::Ok;
  if (begins_with_word(text, "-ERR")) return Status::Error;
  return text.starts_with('+') ? Status::Continue : Status::None;
}

/// RFC 4422 3.1: 1 to 20 capitals, digits, hyphens, underscores. Capabilities are named alike.
bool is_mechanism(std::string_view text) {
  constexpr std::size_t kLongest = 20;
  return !text.empty() && text.size() <= kLongest && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

/// Behind "+OK" or "-ERR".
std::string_view words_of(std::string_view status) {
  cut_word(status);
  return status;
}

/// Where the SYN was not captured: surely a greeting, not a reply ("+OK Begin TLS").
bool greets(std::string_view text) {
  const bool timestamp = text.find('<') != text.npos && text.ends_with('>');  // for APOP, RFC 1939 7
  const bool ready = text.find("ready") != text.npos || text.find("POP") != text.npos;
  return (timestamp || ready) && !asks_for_tls(text) && text.find("apab") == text.npos;
}

class Pop3 final : public Dialogue, public Pooled<Pop3> {
 public:
  Pop3(Session* session, Holdings* holdings) : Dialogue(session, holdings), limits_(holdings->limits()) {
    if (session_.began)
      pending_.push_back({Verb::Greeting});
    else
      loose_ = true;
  }

  Expect expects(Side side) const override {
    if (tls_) return {Expect::Tls};
    if (side == Side::Client) {
      if (client_ == Client::Message) return {Expect::DotBody};
      return client_ == Client::Waiting ? Expect{Expect::Await} : Expect{Expect::Line};
    }
    if (in_message_) return {Expect::DotBody};
    const bool unasked = pending_.empty() && listing_ == Listing::None && !loose_;
    return unasked ? Expect{Expect::Await} : Expect{Expect::Line};
  }

  void line(Side side, std::string_view text, const Seen& seen) override {
    if (side == Side::Server) return answer(text, seen);
    heard(text);
    switch (client_) {
      case Client::Response:
        return response(text, seen);
      case Client::Guess:
        return guess(text, seen);
      case Client::Command:
      case Client::Waiting:
      case Client::Message:
        return command(text, seen);
    }
  }

  void passing(Side, std::string_view text, const Seen& seen) override { message_.octets(session_, text, seen); }

  void body(Side side, const Seen& seen) override {
    if (side == Side::Client) {
      message_.whole(session_, seen);
      client_ = Client::Command;
      return push(Command{Verb::Other}, seen);
    }
    in_message_ = false;
    counts_ ? message_.whole(session_, seen) : message_.end(session_, seen);
  }

  void gap(Side side, std::uint64_t, const Seen&) override {
    loose_ = true;
    stray_.reset();
    if (side == Side::Client) {
      challenges_ = std::min(challenges_, 1U);
      if (client_ == Client::Response) client_ = Client::Guess;
      return;
    }
    if (client_ == Client::Waiting) client_ = Client::Guess;
    counts_ = announced_ = false;
    if (in_message_) return;
    // The status of a RETR may have been lost, and the beginning of the message with it.
    maybe_message_ = !pending_.empty() && (pending_.front().verb == Verb::Retr || pending_.front().verb == Verb::Top);
    listing_ = Listing::None;
    pending_.clear();
  }

  void unanswered(Side side, std::string_view, const Seen&) override {
    loose_ = true;
    if (side == Side::Client) client_ = Client::Guess;
  }

  void back_to_clear() override {
    tls_ = in_message_ = false;
    loose_ = true;
    listing_ = Listing::None;
    pending_.clear();
    end_exchange({});
    client_ = Client::Command;
  }

 private:
  static constexpr auto kNoCredential = static_cast<std::uint32_t>(kNone);
  struct Command {  ///< small: a hostile client may leave thousands without an answer
    Verb verb;
    bool list = false;                         ///< answered by lines
    std::uint32_t credential = kNoCredential;  ///< index in Session::credentials
    std::uint32_t exchange = 0;                ///< of an AUTH: which
  };
  struct Early {
    std::string text;  ///< a status, cut to what is kept of one
    Seen seen;
  };
  enum class Client : std::uint8_t { Command, Waiting, Response, Message, Guess };
  enum class Listing : std::uint8_t { None, Capabilities, Mechanisms, Mailbox };

  // --- the client's lines

  void command(std::string_view text, const Seen& seen) {
    const std::string_view whole = text;
    const Word* word = find_word(cut_word(text));
    if (word && word->verb == Verb::Xmit && !same_word(cut_word(text), "XMIT")) word = nullptr;
    heard_client_ = true;
    if (!word) {
      if (loose_ && lost_response(whole, seen)) return;
      if (unknown_.any_known() && looks_like_header(whole)) {  // a message all the same: HTTP would know no command
        loose_ = true;
        return begin_client_message(whole, seen);
      }
      commanded();
      if (!loose_) unknown_.sent(session_, seen);
      return push(Command{Verb::Unknown}, seen);
    }
    unknown_.known(session_);
    commanded();
    // Some servers take a bare CR for a line end, and what is behind it for a command.
    if (whole.find('\r') != whole.npos) unknown_.stay(session_, seen);
    Command next{word->verb};
    switch (word->verb) {
      case Verb::Stls:
        note(session_.upgrade_requested, seen);
        wait();
        break;
      case Verb::User:
        user_ = masked(text);
        break;
      case Verb::Pass:
        if (!text.empty()) next.credential = credential(CredentialKind::Password, "USER/PASS", text, seen);
        break;
      case Verb::Apop:  // name and MD5 digest
        user_ = masked(cut_word(text));
        if (!text.empty()) next.credential = credential(CredentialKind::ChallengeResponse, "APOP", text, seen);
        break;
      case Verb::Auth:
        if (text.empty()) {  // asks for the mechanisms, an old habit of Outlook's
          next = {Verb::AuthList, true};
          break;
        }
        end_exchange({});
        sasl_.start(cut_word(text));
        in_exchange_ = true;
        next.exchange = ++exchange_;
        if (!text.empty()) sasl_.response(session_, text, seen, limits_);
        wait();
        break;
      case Verb::List:
      case Verb::Capa:
        next.list = text.empty() || word->verb == Verb::Capa;
        break;
      case Verb::Xmit:
        wait();
        break;
      case Verb::Greeting:
      case Verb::AuthList:
      case Verb::Retr:
      case Verb::Top:
      case Verb::Stat:
      case Verb::Other:
      case Verb::Unknown:
        break;
    }
    push(next, seen);
  }

  void begin_client_message(std::string_view first_line, const Seen& seen) {
    message_.start(MessageReader::Part::Whole);
    client_ = Client::Message;
    pass_line(first_line, seen);
  }

  void pass_line(std::string_view text, const Seen& seen) {
    message_.octets(session_, text, seen);
    message_.octets(session_, "\r\n", later(seen, text.size()));
  }

  std::uint32_t credential(CredentialKind kind, std::string_view mechanism, std::string_view secret, const Seen& seen) {
    Credential c;
    c.kind = kind;
    c.mechanism = mechanism;
    c.user = user_;
    c.secret_bytes = secret.size();
    c.seen = seen;
    if (kind == CredentialKind::Password) c.fingerprint = fingerprint_of(secret);
    return static_cast<std::uint32_t>(add_credential(session_, std::move(c), limits_));
  }

  void response(std::string_view text, const Seen& seen) {
    std::string_view rest = text;
    if (find_word(cut_word(rest))) {  // the server gave up, or the client does without a "*"
      end_exchange(verdict_);
      return command(text, seen);
    }
    if (challenges_ > 0) --challenges_;
    if (is_response(text) || text.empty())
      sasl_.response(session_, text, seen, limits_);
    else
      sasl_.stop();
    if (challenges_ > 0) return;
    if (verdict_) return end_exchange(verdict_);
    wait();
  }

  void end_exchange(std::optional<bool> verdict) {
    if (!std::exchange(in_exchange_, false)) return;
    if (verdict) sasl_.outcome(session_, *verdict);
    sasl_.stop();
    authenticated_ |= verdict.value_or(false);
    challenges_ = 0;
    verdict_.reset();
    client_ = Client::Command;
  }

  /// The reply that would tell what this line is was not captured.
  void guess(std::string_view text, const Seen& seen) {
    std::string_view rest = text;
    const bool response = is_base64(text) && !find_word(cut_word(rest));
    if (!response || waiting_for_ != Verb::Auth) {
      client_ = Client::Command;
      if (text == "*") return sasl_.stop();
      rest = text;
      if (waiting_for_ == Verb::Xmit && !begins_a_word(cut_word(rest))) return begin_client_message(text, seen);
      return command(text, seen);
    }
    sasl_.response(session_, text, seen, limits_);  // and still a guess what follows
    if (verdict_) return end_exchange(verdict_);
    if (pending_.empty()) push({Verb::Auth, false, kNoCredential, exchange_}, seen);
  }

  /// A SASL response whose AUTH was not captured.
  bool lost_response(std::string_view text, const Seen& seen) {
    const std::string_view mechanism = mechanism_of_response(text);
    if (mechanism.empty()) return false;
    sasl_.start(mechanism);
    in_exchange_ = true;
    sasl_.response(session_, text, seen, limits_);
    push({Verb::Auth, false, kNoCredential, ++exchange_}, seen);
    return true;
  }

  /// The client must be silent until the server has answered what was pushed last, or is now.
  void wait() { client_ = Client::Waiting; }

  // --- the server's lines

  void answer(std::string_view text, const Seen& seen) {
    const Status status = status_of(text);
    if (listing_ != Listing::None && status != Status::Ok && status != Status::Error) return listed(text, seen);
    listing_ = Listing::None;
    switch (status) {
      case Status::None:
        return stray(text, seen);
      case Status::Continue:
        return go_on();
      case Status::Ok:
      case Status::Error:
        break;
    }
    stray_.reset();
    maybe_message_ = announced_ = false;
    const bool good = status == Status::Ok;
    if (!good) replied("-ERR", without_blanks(text.substr(std::min<std::size_t>(4, text.size()))), seen);
    resynchronize(good, text);
    if (pending_.empty() && !loose_) {  // only behind a list without its end: its command is still to be read
      early_ = Early{std::string(text.substr(0, 200)), seen};
      return;
    }
    if (pending_.empty()) return unsolicited(good, text, seen);
    const Command command = pending_.front();
    pending_.pop_front();
    greeted_just_now_ = command.verb == Verb::Greeting && !greets(text);
    if (command.credential < session_.credentials.size()) session_.credentials[command.credential].accepted = good;
    if (!good || command.verb == Verb::Stls) recognise(Words::Pop3Reply, words_of(text), seen);
    if (!good && command.verb != Verb::Stls && asks_for_tls(text)) note(session_.refused_before_tls, seen);
    switch (command.verb) {
      case Verb::Greeting:
        note(session_.greeting, seen);
        recognise(Words::Pop3Greeting, words_of(text), seen);
        return;
      case Verb::Stls:
        session_.upgrade_reply = told_reply(text, good ? "+OK" : "-ERR", seen);
        note(good ? session_.upgrade_accepted : session_.upgrade_refused, seen);
        tls_ = good;
        client_ = Client::Command;
        return;
      case Verb::Auth:
        // The client answered without waiting, or the server's octets came first: its answer is still to be read.
        if (command.exchange != exchange_) return;  // of one that was given up
        if (client_ == Client::Response)
          verdict_ = good;
        else
          end_exchange(good);
        return;
      case Verb::Pass:
      case Verb::Apop:
        authenticated_ |= good;
        return;
      case Verb::Retr:
      case Verb::Top:
        if (good) begin_message(command.verb == Verb::Retr);
        return;
      case Verb::Capa:
        if (good) listing_ = Listing::Capabilities;
        return;
      case Verb::AuthList:
        if (good) listing_ = Listing::Mechanisms;
        return;
      case Verb::List:
      case Verb::Stat:
        if (!good) return;
        note(session_.mailbox_activity, seen);
        if (command.list) listing_ = Listing::Mailbox;
        return;
      case Verb::Xmit:
        if (client_ != Client::Waiting) return;
        client_ = good ? Client::Message : Client::Guess;  // some clients send whatever they are told
        if (good) message_.start(MessageReader::Part::Whole);
        return;
      case Verb::Unknown:
        good ? unknown_.stay(session_, seen) : unknown_.refused(session_);
        return;
      case Verb::User:
      case Verb::Other:
        return;
    }
  }

  /// Words that only one command is answered with bring a queue that lost its step back to it.
  void resynchronize(bool good, std::string_view text) {
    if (loose_ && good && text.find("TLS") != text.npos) skip_to(Verb::Stls);
  }

  void skip_to(Verb verb) {
    const auto at = std::find_if(pending_.begin(), pending_.end(), [&](const Command& c) { return c.verb == verb; });
    if (at != pending_.end()) pending_.erase(pending_.begin(), at);
  }

  /// "+ challenge" (RFC 5034 4).
  void go_on() {
    if (loose_) skip_to(Verb::Auth);
    if (pending_.empty() || pending_.front().verb != Verb::Auth || !in_exchange_) return;
    if (pending_.front().exchange != exchange_) return;
    challenges_ = loose_ ? 1 : challenges_ + 1;  // an answer that was not captured leaves none open
    client_ = Client::Response;
  }

  void begin_message(bool counts) {
    message_.start(MessageReader::Part::Whole);
    in_message_ = true;
    counts_ = counts;
  }

  void listed(std::string_view text, const Seen& seen) {
    if (text == ".") {
      // After login another list is given, without what was offered before.
      if (listing_ == Listing::Capabilities && !authenticated_) note(session_.capabilities, seen);
      listing_ = Listing::None;
    } else if (listing_ == Listing::Capabilities) {
      if (!capability(text, seen)) not_listed(text, seen);
    } else if (listing_ == Listing::Mailbox) {
      if (text.empty() || !is_digit(text.front())) not_listed(text, seen);
    } else if (!is_mechanism(text)) {
      not_listed(text, seen);
    } else if (takes_password(text) && !authenticated_) {
      note(session_.auth_offered, seen);
    }
  }

  /// A line that stands in a list and is no part of one that is known: a message, or who knows what.
  void not_listed(std::string_view text, const Seen& seen) {
    if (looks_like_header(text)) {
      listing_ = Listing::None;
      begin_message(false);
      return pass_line(text, seen);
    }
    // Servers have capabilities of their own.
    const bool perhaps = listing_ == Listing::Capabilities && is_mechanism(cut_word(text));
    if (!perhaps || ++unknown_capabilities_ > kUnknownCapabilities) unknown_.stay(session_, seen);
  }

  /// A line of the answer to CAPA (RFC 2449 6). True: it is one of those known.
  bool capability(std::string_view text, const Seen& seen) {
    constexpr std::string_view kOthers[] = {"TOP",  "UIDL", "RESP-CODES", "LOGIN-DELAY",    "PIPELINING",    "EXPIRE",
                                            "CAPA", "UTF8", "LANG",       "IMPLEMENTATION", "AUTH-RESP-CODE"};
    std::string_view name = cut_word(text);
    // "IMPLEMENTATION: Example 1.2"; where nobody asked for a list it may be a message's header.
    if (listing_ == Listing::Capabilities && name.ends_with(':')) name.remove_suffix(1);
    if (same_word(name, "STLS") && text.empty()) {
      note(session_.upgrade_offered, seen);
    } else if (masked_keyword(name, std::string_view("STLS").size())) {
      note(session_.capability_masked, seen);
    } else if (same_word(name, "USER") && text.empty()) {
      if (!authenticated_) note(session_.auth_offered, seen);
    } else if (same_word(name, "SASL")) {
      while (!text.empty())
        if (takes_password(cut_word(text)) && !authenticated_) note(session_.auth_offered, seen);
    } else {
      return std::any_of(std::begin(kOthers), std::end(kOthers), [&](auto other) { return same_word(name, other); });
    }
    return true;
  }

  /// A status that no command is known to have asked for.
  void unsolicited(bool good, std::string_view text, const Seen& seen) {
    if (!heard_client_ && !session_.greeting && greets(text)) {
      session_.greeting = seen;
      recognise(Words::Pop3Greeting, words_of(text), seen);
    }
    announced_ = good;
  }

  /// A line of the server's that is neither a status nor part of an answer that was asked for.
  void stray(std::string_view text, const Seen& seen) {
    // A list behind the "greeting": it was the answer to the first command, and no greeting came.
    if (std::exchange(greeted_just_now_, false) && !pending_.empty() && pending_.front().list &&
        pending_.front().verb != Verb::List) {
      session_.greeting.reset();
      listing_ = pending_.front().verb == Verb::Capa ? Listing::Capabilities : Listing::Mechanisms;
      pending_.pop_front();
      return listed(text, seen);
    }
    if (!pending_.empty() && pending_.front().verb == Verb::Greeting) {
      not_pop3_ = true;
      unknown_.stay(session_, seen);
    }
    if (not_pop3_) return;
    const bool announced = std::exchange(announced_, false);
    if (loose_ && capability(text, seen)) return;
    if (loose_ && !text.empty() && is_digit(text.front()) && !maybe_message_) {  // "1 1205", "1 whqtswO00WBw"
      const std::string_view number = cut_word(text);
      const bool numbered = number.find_first_not_of("0123456789") == number.npos;
      if (numbered && !text.empty() && text.find(' ') == text.npos) note(session_.mailbox_activity, seen);
      return;
    }
    if (!loose_ && !looks_like_header(text)) {
      if (!text.empty() && text != ".") unknown_.stay(session_, seen);
      return;
    }
    if (maybe_message_ && is_text(text) && !text.empty() && text != ".") {
      maybe_message_ = false;
      begin_message(false);
      if (!looks_like_header(text)) message_.start(MessageReader::Part::BodyOnly);
      return pass_line(text, seen);
    }
    if (stray_.line(session_, message_, text, seen) == StrayMessage::Begun::No) return;
    in_message_ = true;
    counts_ = announced;
  }

  void push(const Command& command, const Seen& seen) {
    if (command.verb == Verb::Stls || command.verb == Verb::Auth || command.verb == Verb::Xmit)
      waiting_for_ = command.verb;
    if (may_wait(pending_.size(), limits_.pending_commands, sizeof(Command))) {
      pending_.push_back(command);
      if (const auto early = std::exchange(early_, std::nullopt)) answer(early->text, early->seen);
      return;
    }
    add_doubt(session_, Doubt::LimitHit, seen);
    pending_.clear();
    loose_ = true;
    if (client_ == Client::Waiting) client_ = Client::Guess;
  }

  static constexpr unsigned kUnknownCapabilities = 8;

  const Limits& limits_;
  std::deque<Command> pending_;  ///< commands still to be answered; bounded by Limits
  UnknownCommands unknown_;
  MessageReader message_;
  SaslExchange sasl_;
  StrayMessage stray_;
  std::optional<Early> early_;
  std::string user_;             ///< masked
  unsigned challenges_ = 0;      ///< of the server's that the client has still to answer
  std::optional<bool> verdict_;  ///< the server's final word, before the client's answers were read
  Client client_ = Client::Command;
  Listing listing_ = Listing::None;
  Verb waiting_for_ = Verb::Other;
  std::uint32_t exchange_ = 0;  ///< AUTH commands so far
  unsigned unknown_capabilities_ = 0;
  bool in_exchange_ = false;  ///< an AUTH is under way
  bool tls_ = false, loose_ = false, authenticated_ = false;
  bool heard_client_ = false;
  bool in_message_ = false, counts_ = false;  ///< a message passes; it was asked for by RETR and lacks nothing
  bool announced_ = false;                    ///< the last line was "+OK" to who knows what
  bool maybe_message_ = false;
  bool not_pop3_ = false;          ///< the server's first line is no greeting
  bool greeted_just_now_ = false;  ///< the last status was taken for the greeting, for want of a better
};

}  // namespace

std::unique_ptr<Dialogue> start_pop3(Session* session, Holdings* holdings) {
  return std::make_unique<Pop3>(session, holdings);
}

}  // namespace mailseal::mail
