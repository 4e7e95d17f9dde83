// SMTP (RFC 5321) and LMTP (RFC 2033), as far as encryption is concerned.
//
// Not a conformance checker: it follows the conversation just closely enough to
// know at every moment whether the next octets are commands, a message or TLS, and
// whether a secret, an address or a message went by in the clear.
//
// The client may pipeline (RFC 2920), and captures deliver the two directions in any
// order, so replies are matched to commands by count through a queue; what a command
// means is decided when its reply comes:
//
//   command        reply   effect
//   EHLO           250     its lines list the extensions; STARTTLS is one
//   STARTTLS       220     both sides switch to TLS            (RFC 3207 4)
//   STARTTLS       other   refused, the conversation goes on in the clear
//   AUTH           334     the client's next line is a SASL response
//   DATA           354     the client sends a message up to a lone "."
//   BDAT n         any     n octets of a message follow at once (RFC 3030)
//   TURN, ATRN     250     the sides change places             (RFC 821 3.8, 2645)
//   unknown        2xx     perhaps it was mail: unknown.h
//
// What crossed was readable whatever the reply: addresses, credentials and messages
// count when they are sent. Where replies were not captured (a hole, one direction,
// joined midway) the machine is `loose_`: it pairs nothing and goes by what lines look like.
#include "mail/smtp.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "doubts.h"
#include "mail/mailbox.h"
#include "mail/message_facts.h"
#include "mail/products.h"
#include "mail/sasl.h"
#include "mail/text.h"
#include "mail/unknown.h"
#include "mailseal/base/ascii.h"
#include "mailseal/base/fetch.h"
#include "mailseal/base/pool.h"
#include "mailseal/base/short_queue.h"

namespace mailseal::mail {
namespace {

enum class Verb : std::uint8_t {
  Greeting,
  Ehlo,
  Helo,
  Lhlo,
  StartTls,
  Mail,
  Rcpt,
  Data,
  EndOfData,
  Bdat,
  Auth,
  AuthResponse,
  Exch50,
  Turn,
  Other,
  Unknown  ///< no command known here
};

enum class Arguments : std::uint8_t { None, Some, Any };

struct Word {
  std::string_view text;
  Verb verb;
  Arguments arguments;  ///< what tells it from a line of text in a message
};
// The most frequent ones first.
constexpr Word kWords[] = {
    {"RCPT", Verb::Rcpt, Arguments::Some},
    {"MAIL", Verb::Mail, Arguments::Some},
    {"DATA", Verb::Data, Arguments::None},
    {"EHLO", Verb::Ehlo, Arguments::Some},
    {"QUIT", Verb::Other, Arguments::None},
    {"RSET", Verb::Other, Arguments::None},
    {"HELO", Verb::Helo, Arguments::Some},
    {"LHLO", Verb::Lhlo, Arguments::Some},
    {"STARTTLS", Verb::StartTls, Arguments::None},
    {"X-ANONYMOUSTLS", Verb::StartTls, Arguments::None},  // Exchange, between its own servers
    {"SEND", Verb::Mail, Arguments::Some},                // RFC 821 3.4: mail to a terminal, or to both
    {"SOML", Verb::Mail, Arguments::Some},
    {"SAML", Verb::Mail, Arguments::Some},
    {"BDAT", Verb::Bdat, Arguments::Some},
    {"AUTH", Verb::Auth, Arguments::Some},
    {"X-EXPS", Verb::Auth, Arguments::Some},  // Exchange, between its own servers
    {"TURN", Verb::Turn, Arguments::None},    // RFC 821 3.8: from here on the server sends the mail
    {"ATRN", Verb::Turn, Arguments::Any},     // RFC 2645
    {"XEXCH50", Verb::Exch50, Arguments::Some},
    {"NOOP", Verb::Other, Arguments::None},
    {"HELP", Verb::Other, Arguments::None},
    {"VRFY", Verb::Other, Arguments::Any},
    {"EXPN", Verb::Other, Arguments::Any},
    {"ETRN", Verb::Other, Arguments::Any},
    {"XCLIENT", Verb::Other, Arguments::Any},
    {"XFORWARD", Verb::Other, Arguments::Any},
};

const Word* find_word(std::string_view text) {
  if (text.empty()) return nullptr;
  const char first = upper(text.front());
  for (const Word& w : kWords)
    if (w.text.front() == first && same_word(text, w.text)) return &w;
  return nullptr;
}

/// A line that is a command and hardly a line of a message. Used only where the replies
/// that would tell are not to be had.
bool reads_as_command(std::string_view text) {
  const Word* word = find_word(cut_word(text));
  if (!word) return false;
  if (word->verb == Verb::Mail) return begins_with_word(text, "FROM:");
  if (word->verb == Verb::Rcpt) return begins_with_word(text, "TO:");
  if (word->verb == Verb::Bdat) return !text.empty() && is_digit(text.front());
  if (word->arguments == Arguments::None) return text.empty();
  cut_word(text);
  return word->verb == Verb::Auth || text.empty();
}

/// Octets: a terabyte. A larger BDAT is an absurdity that is refused, not a message.
constexpr std::uint64_t kLargestChunk = std::uint64_t{1} << 40;

class Smtp final : public Dialogue, public Pooled<Smtp> {
 public:
  Smtp(Session* session, Holdings* holdings) : Dialogue(session, holdings), limits_(holdings->limits()) {
    if (session_.began)
      pending_.push_back(Verb::Greeting);
    else
      loose_ = missed_ = cut_command_ = cut_reply_ = true;
  }

  Expect expects(Side side) const override {
    if (turned_tls_) return {Expect::Await};
    if (tls_) return {Expect::Tls};
    if (role(side) == Side::Server) return pending_.empty() && !loose_ ? Expect{Expect::Await} : Expect{Expect::Line};
    switch (client_) {
      case Client::Message:
        return {Expect::DotBody};
      case Client::Chunk:
        return {Expect::Block, chunk_bytes_};
      case Client::Waiting:
        return {Expect::Await};
      case Client::Command:
      case Client::Response:
      case Client::Guess:
        return {Expect::Line};
    }
    return {Expect::Line};
  }

  void line(Side side, std::string_view text, const Seen& seen) override {
    if (role(side) == Side::Server) return reply(text, seen);
    // Joined midway, but at the beginning all the same (Framer::first_client_line).
    if (!std::exchange(heard_client_, true) && session_.began && !said_more_ && reply_code_ == 0)
      loose_ = missed_ = false;
    heard(text);
    switch (client_) {
      case Client::Response:
        return response(text, seen);
      case Client::Guess:
        return guess(text, seen);
      case Client::Command:
      case Client::Message:
      case Client::Chunk:
      case Client::Waiting:
        return command(text, seen);
    }
  }

  void passing(Side, std::string_view text, const Seen& seen) override {
    if (waiting_for_ != Verb::Exch50) message_.octets(session_, text, seen);
  }

  void body(Side, const Seen& seen) override {
    if (client_ == Client::Message) {
      message_.whole(session_, seen);
      for (unsigned i = 0; i < std::max(1U, lmtp_replies_); ++i) push(Verb::EndOfData, seen);
      lmtp_replies_ = 0;
    } else if (last_chunk_) {
      message_.whole(session_, seen);
      in_chunks_ = false;
    }
    waiting_for_ = Verb::Other;
    client_ = Client::Command;
  }

  void gap(Side from, std::uint64_t, const Seen&) override {
    const Side side = role(from);
    loose_ = missed_ = said_more_ = true;
    pending_.clear();
    early_.reset();
    (side == Side::Client ? cut_command_ : cut_reply_) = true;
    // Of a reply that went on, the end may be lost: what comes next is not its next line.
    if (side == Side::Server) {
      reply_code_ = 0;
      first_reply_line_ = first_capability_line_ = true;
    }
    if (client_ == Client::Waiting) client_ = Client::Guess;
    if (side == Side::Client && client_ == Client::Response) client_ = Client::Guess;
  }

  void unanswered(Side side, std::string_view, const Seen&) override {
    loose_ = true;
    if (role(side) == Side::Client) client_ = Client::Guess;
  }

  void back_to_clear() override {
    tls_ = turned_tls_ = false;
    messages_ahead_ = 0;
    loose_ = true;
    pending_.clear();
    early_.reset();
    client_ = Client::Command;
  }

 private:
  static constexpr std::size_t kEarlyBytes = 512;  // RFC 5321 4.5.3.1.5: a reply line
  struct Early {
    std::string text;
    Seen seen;
  };
  enum class Client : std::uint8_t { Command, Waiting, Response, Message, Chunk, Guess };

  /// What that side is at present: the one that called is the client, up to TURN.
  Side role(Side side) const noexcept { return turned_ ? other(side) : side; }

  // --- the client's lines

  void command(std::string_view text, const Seen& seen) {
    fetch<sizeof domains_>(&domains_);  // asked for MAIL and RCPT only, and far from what every line needs
    // Servers forgive blanks before a command.
    text = without_blanks(text);
    const std::string_view whole = text;
    const bool cut = std::exchange(cut_command_, false);
    const Word* word = find_word(cut_word(text));
    if (!word || (loose_ && !reads_as_command(whole))) {
      if (loose_ && messages_ahead_ > 0) {
        --messages_ahead_;
        begin_message(MessageReader::Part::Whole);
        return pass_line(whole, seen);
      }
      if (loose_) return stray(whole, cut, seen);
      std::string_view rest = whole;
      if (masked_keyword(cut_word(rest), std::string_view("STARTTLS").size())) {
        note(session_.capability_masked, seen);
      } else if (unknown_.any_known() && looks_like_header(whole)) {  // a message all the same: HTTP would know none
        loose_ = true;
        pending_.clear();
        begin_message(MessageReader::Part::Whole);
        return pass_line(whole, seen);
      }
      commanded();
      unknown_.sent(session_, seen);
      unknown_command_ = seen;
      return push(Verb::Unknown, seen);
    }
    // Some servers take a bare CR for a line end, and what is behind it for a command.
    if (whole.find('\r') != whole.npos) unknown_.stay(session_, seen);
    if (!unknown_.any_known()) take_name(word->verb, text);
    unknown_.known(session_);
    commanded();
    stray_bytes_ = 0;
    switch (word->verb) {
      case Verb::Lhlo:
        session_.protocol = Protocol::Lmtp;
        break;
      case Verb::StartTls:
        note(session_.upgrade_requested, seen);
        break;
      case Verb::Mail:
      case Verb::Rcpt:
        if (!text.empty()) {
          note(session_.envelope, seen);
          domains_.note(session_, word->verb == Verb::Rcpt ? Envelope::To : Envelope::From, text);
          if (word->verb == Verb::Rcpt) ++session_.recipients;
        }
        break;
      case Verb::Bdat:
        return chunk(text, seen);
      case Verb::Auth:
        return auth(text, seen);
      case Verb::Exch50:
        chunk_bytes_ = number(cut_word(text));
        break;
      case Verb::Data:
        if (messages_ahead_ == 0) break;
        --messages_ahead_;
        return begin_message(MessageReader::Part::Whole);
      case Verb::Greeting:
      case Verb::Ehlo:
      case Verb::Helo:
      case Verb::EndOfData:
      case Verb::AuthResponse:
      case Verb::Turn:
      case Verb::Other:
      case Verb::Unknown:
        break;
    }
    if (word->verb == Verb::Helo) helo_ = seen;
    if (word->verb == Verb::StartTls || word->verb == Verb::Data || word->verb == Verb::Exch50 ||
        word->verb == Verb::Turn)
      wait_for(word->verb);
    push(word->verb, seen);
  }

  /// Only from the very first line of a conversation seen from its beginning: a later one might be something else.
  void take_name(Verb verb, std::string_view text) {
    const std::string_view name = cut_word(text);
    if (loose_ || unknown_command_.frame != 0 || !is_host_name(name)) return;
    if (verb == Verb::Ehlo || verb == Verb::Helo || verb == Verb::Lhlo) session_.client_name = name;
  }

  void wait_for(Verb verb) {
    waiting_for_ = verb;
    client_ = Client::Waiting;
  }

  /// BDAT size [LAST]: that many octets follow, whatever the server thinks of it (RFC 3030 2).
  void chunk(std::string_view text, const Seen& seen) {
    const std::string_view size = cut_word(text);
    push(Verb::Bdat, seen);
    if (size.empty() || !std::all_of(size.begin(), size.end(), is_digit)) return;
    chunk_bytes_ = number(size);
    if (chunk_bytes_ > kLargestChunk) {  // no server takes it: what follows is told by what it looks like
      waiting_for_ = Verb::Data;
      client_ = Client::Guess;
      return;
    }
    last_chunk_ = same_word(cut_word(text), "LAST");
    if (!in_chunks_) message_.start(MessageReader::Part::Whole);
    in_chunks_ = true;
    client_ = Client::Chunk;
    if (last_chunk_)
      for (unsigned i = 1; i < lmtp_replies_; ++i) push(Verb::Bdat, seen);
  }

  /// Saturates: an absurd size is as good as endless.
  static std::uint64_t number(std::string_view digits) {
    std::uint64_t n = 0;
    for (const char c : digits) {
      if (!is_digit(c)) break;
      if (n > std::uint64_t{1} << 59) return std::uint64_t{1} << 62;
      n = n * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return n;
  }

  void auth(std::string_view text, const Seen& seen) {
    sasl_.start(cut_word(text));
    if (!text.empty()) sasl_.response(session_, cut_word(text), seen, limits_);
    wait_for(Verb::Auth);
    push(Verb::Auth, seen);
  }

  void response(std::string_view text, const Seen& seen) {
    client_ = Client::Command;
    // A client may give up with a command instead of "*".
    if (reads_as_command(text)) {
      sasl_.stop();
      return command(text, seen);
    }
    sasl_.response(session_, text, seen, limits_);
    wait_for(Verb::Auth);
    push(Verb::AuthResponse, seen);
  }

  /// The reply that would tell what this line is was not captured.
  void guess(std::string_view text, const Seen& seen) {
    const Verb verb = std::exchange(waiting_for_, Verb::Other);
    client_ = Client::Command;
    if (verb == Verb::Turn && text.starts_with("220")) {  // it greets: the turn was granted
      turn();
      return reply(text, seen);
    }
    if (reads_as_command(text) || verb == Verb::StartTls || verb == Verb::Turn || verb == Verb::Other)
      return command(text, seen);
    if (verb == Verb::Auth) {
      if (is_base64(text)) sasl_.response(session_, text, seen, limits_);
      waiting_for_ = Verb::Auth;
      client_ = Client::Guess;  // and still a guess what follows
      return;
    }
    begin_message(MessageReader::Part::Whole);
    pass_line(text, seen);
  }

  /// A client's line that is no command, where replies are not paired: a message joined in
  /// its middle, or octets of a ciphertext out of step. Text only, and enough of it, is a message.
  void stray(std::string_view text, bool cut, const Seen& seen) {
    if (!is_text(text)) {
      stray_bytes_ = 0;
      return;
    }
    if (http_ || text.ends_with(" HTTP/1.1") || text.ends_with(" HTTP/1.0")) {  // a health check
      http_ = true;
      return unknown_.stay(session_, seen);
    }
    if (text.empty()) return;
    if (text == "." && stray_bytes_ > 0) {  // its line before was the message's last
      begin_message(MessageReader::Part::BodyOnly);
      message_.octets(session_, "\r\n", first_stray_);
      return body(seen.side, seen);
    }
    if (stray_bytes_ == 0) first_stray_ = seen;
    stray_bytes_ += text.size();
    if (cut) return;  // perhaps the end of a long command: the next line tells
    const bool perhaps_answer = is_base64(text) && stray_bytes_ == text.size();  // to AUTH
    if (perhaps_answer || stray_bytes_ < 8) {
      if (missed_) unknown_.stay(session_, seen);
      return;
    }
    begin_message(MessageReader::Part::BodyOnly);
    pass_line(text, first_stray_);
  }

  void begin_message(MessageReader::Part part) {
    message_.start(part);
    client_ = Client::Message;
  }

  void pass_line(std::string_view text, const Seen& seen) {
    message_.octets(session_, text, seen);
    message_.octets(session_, "\r\n", later(seen, text.size()));
  }

  // --- the server's lines

  void reply(std::string_view text, const Seen& seen) {
    const bool cut = std::exchange(cut_reply_, false);
    said_more_ |= !text.starts_with("220");
    if (text.size() < 3 || !is_digit(text[0]) || !is_digit(text[1]) || !is_digit(text[2]) ||
        (text.size() > 3 && text[3] != ' ' && text[3] != '-')) {
      if (!cut && (!loose_ || (missed_ && !text.empty() && is_text(text)))) unknown_.stay(session_, seen);
      if (turned_ && reads_as_command(text)) {  // it greeted, and is the client all the same
        turn();
        pending_.clear();
        command(text, seen);
      }
      return;
    }
    const int code = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
    const bool last = text.size() == 3 || text[3] == ' ';
    // A line of another code ends a reply that went on: postscreen's teaser, "220-" without its "220 ".
    if (reply_code_ != 0 && reply_code_ != code && !pending_.empty()) {
      end_reply(std::exchange(reply_code_, 0), seen);
      if (pending_.empty() && !loose_) {  // its command is still to be read
        early_ = std::make_unique<Early>(Early{std::string(text.substr(0, kEarlyBytes)), seen});
        return;
      }
    }
    reply_code_ = last ? 0 : code;
    if (last && (code >= 400 || answers_message())) replied(text.substr(0, 3), without_blanks(text.substr(3)), seen);
    if (pending_.empty()) return unsolicited(code, last, text, seen);
    resynchronize(code);
    const Verb verb = pending_.front();
    if (verb == Verb::Ehlo || verb == Verb::Lhlo)
      if (code == 250) capability(text, seen);
    if (verb == Verb::Greeting)
      greeting(code, text, seen);
    else if (!turned_ && (code >= 400 || code == 214 || code == 220 || answers_message()))
      recognise(Words::SmtpReply, text, seen);
    if (verb == Verb::StartTls && first_reply_line_) session_.upgrade_reply = told_reply(text, text.substr(0, 3), seen);
    first_reply_line_ = false;
    if (last) end_reply(code, seen);
  }

  /// The reply that comes now says what became of a message.
  bool answers_message() const noexcept {
    if (pending_.empty()) return false;
    return pending_.front() == Verb::EndOfData ||
           (pending_.front() == Verb::Bdat && !in_chunks_ && pending_.size() == 1);
  }

  /// RFC 5321 4.2: "220" ( Domain / address-literal ) [ SP textstring ]. Nothing came before it that it might repeat.
  void greeting(int code, std::string_view text, const Seen& seen) {
    note(session_.greeting, seen);
    greeted(code, text, seen);
    if (code != 220 || seen.offset != 0 || text.size() <= 4) return;
    text.remove_prefix(4);
    if (const std::string_view name = cut_word(text); is_host_name(name)) session_.greeting_name = name;
  }

  void greeted(int code, std::string_view text, const Seen& seen) {
    if (turned_) return;
    if (code != 220) return recognise(Words::SmtpReply, text, seen);
    const std::string_view words = text.substr(std::min<std::size_t>(4, text.size()));
    bare_greeting_ = is_bare_greeting(words);
    recognise(Words::SmtpGreeting, words, seen);
  }

  void end_reply(int code, const Seen& seen) {
    const Verb verb = pending_.front();
    pending_.pop_front();
    first_reply_line_ = first_capability_line_ = true;
    answered(verb, code, seen);
  }

  /// A code that only one command can have brings a queue that lost its step back to it.
  void resynchronize(int code) {
    const auto skip_to = [&](auto wanted) {
      const auto at = std::find_if(pending_.begin(), pending_.end(), wanted);
      if (at != pending_.end()) pending_.drop(static_cast<std::size_t>(at - pending_.begin()));
    };
    if (code == 354) skip_to([](Verb v) { return v == Verb::Data || v == Verb::Exch50; });
    if (code == 334 || code == 235) skip_to([](Verb v) { return v == Verb::Auth || v == Verb::AuthResponse; });
  }

  void answered(Verb verb, int code, const Seen& seen) {
    const bool good = code >= 200 && code < 400;
    if (code == 530 || code == 538) note(session_.refused_before_tls, seen);
    switch (verb) {
      case Verb::Ehlo:
      case Verb::Lhlo:
        if (code == 250) {
          if (!turned_ && !product_known()) extensions_.end(session_, bare_greeting_, seen);
          note(session_.capabilities, seen);
          session_.helo_only.reset();
        }
        return;
      case Verb::Helo:
        if (code == 250 && !session_.capabilities) session_.helo_only = helo_;
        return;
      case Verb::StartTls:
        if (code == 220) {
          note(session_.upgrade_accepted, seen);
          if (turned_) unknown_.stay(session_, seen);  // TLS whose client is the server is not followed
          (turned_ ? turned_tls_ : tls_) = true;
        } else if (!session_.upgrade_refused) {
          session_.upgrade_refused = seen;
        }
        return leave_waiting();
      case Verb::Auth:
      case Verb::AuthResponse:
        if (code == 334) {
          if (waiting_for_ == Verb::Auth) client_ = Client::Response;
          return;
        }
        sasl_.outcome(session_, code == 235);
        sasl_.stop();
        return leave_waiting();
      case Verb::Data:
        if (code == 354) return begin_message_if_waiting();
        // Some servers say 250, some clients send the message whatever they are told.
        if (client_ == Client::Waiting) client_ = Client::Guess;
        return;
      case Verb::Exch50:
        if (code == 354) unknown_.stay(session_, seen);  // its octets are not looked into
        if (code == 354 && client_ == Client::Waiting) {
          client_ = Client::Chunk;
          last_chunk_ = false;
          return;
        }
        return leave_waiting();
      case Verb::Rcpt:
        if (good && session_.protocol == Protocol::Lmtp) ++lmtp_replies_;
        return;
      case Verb::Turn:
        // Granted, if the client now greets. It may as well go on as it was: the 250 may have been another's.
        if (code == 250 && client_ == Client::Waiting) {
          client_ = Client::Guess;
          return;
        }
        if (good) unknown_.stay(session_, seen);
        return leave_waiting();
      case Verb::Unknown:
        // The server took it for what may have been mail.
        if (code / 100 == 2 && code != 235)
          unknown_.stay(session_, unknown_command_);
        else
          unknown_.refused(session_);
        return understood(code);
      case Verb::Other:
        return understood(code);
      case Verb::Bdat:
      case Verb::EndOfData:
      case Verb::Greeting:
      case Verb::Mail:
        return;
    }
  }

  /// The server understood what was no command to us: its reply says what it was.
  void understood(int code) {
    if (code == 354 && (client_ == Client::Command || client_ == Client::Guess))
      begin_message(MessageReader::Part::Whole);
    if (code == 334 && client_ == Client::Command) {
      sasl_.start("unknown");
      client_ = Client::Response;
    }
    if (code == 235) {
      sasl_.start("unknown");
      sasl_.response(session_, "AAAA", unknown_command_, limits_);
      sasl_.outcome(session_, true);
      sasl_.stop();
    }
  }

  /// The side that called now waits to be greeted.
  void turn() {
    turned_ = !turned_;
    pending_.clear();
    pending_.push_back(Verb::Greeting);
    client_ = Client::Command;
  }

  void leave_waiting() {
    waiting_for_ = Verb::Other;
    if (client_ == Client::Waiting) client_ = Client::Command;
  }

  void begin_message_if_waiting() {
    if (client_ == Client::Waiting) begin_message(MessageReader::Part::Whole);
  }

  /// A reply whose command was not captured, or that no command asked for.
  void unsolicited(int code, bool last, std::string_view text, const Seen& seen) {
    const std::string_view keyword = text.size() > 4 ? text.substr(4) : std::string_view();
    if (code == 220 && !session_.greeting && !unknown_.any_known() && keyword.find("TLS") == keyword.npos) {
      session_.greeting = seen;
      greeted(code, text, seen);
    }
    if (code == 250 && same_word(keyword, "STARTTLS")) note(session_.upgrade_offered, seen);
    if (!last) return;
    if (code == 354 && (client_ == Client::Command || client_ == Client::Guess)) {
      // The server's octets may have been captured first: then its DATA is still to be read, and what stands before.
      if (client_ == Client::Guess && waiting_for_ == Verb::Data)
        begin_message(MessageReader::Part::Whole);
      else if (messages_ahead_ < limits_.pending_commands)
        ++messages_ahead_;
      if (client_ == Client::Guess) client_ = Client::Command;
    }
    if (code == 334 && client_ == Client::Command) client_ = Client::Response;
    // The response it answers may still be to be read: the directions overtake each other.
    if ((code == 235 || code == 535) && waiting_for_ == Verb::Auth) return sasl_.outcome(session_, code == 235);
    if (code == 235 && stray_bytes_ > 0) {  // the base64 line before was an answer to AUTH
      sasl_.start("unknown");
      sasl_.response(session_, "AAAA", first_stray_, limits_);
      sasl_.outcome(session_, true);
      stray_bytes_ = 0;
    }
  }

  void capability(std::string_view text, const Seen& seen) {
    const bool first = std::exchange(first_capability_line_, false);
    if (text.size() <= 4) return;
    text.remove_prefix(4);
    // Below, STARTTLS, AUTH and a masked keyword count: most lines are none of them.
    if (!first && (turned_ || product_known()) && std::string_view("SsAaX").find(text.front()) == text.npos) return;
    std::string_view rest = text;
    const std::string_view word = cut_word(rest);
    // The first line is the server's name and greeting (RFC 5321 4.1.1.1).
    if (first) extensions_ = {};
    if (first && !turned_) recognise(Words::EhloName, text, seen);
    if (first && (!rest.empty() || !same_word(word, "STARTTLS"))) return;
    if (!turned_ && !product_known()) extensions_.keyword(session_, text, seen);
    if (same_word(word, "STARTTLS")) note(session_.upgrade_offered, seen);
    if (masked_keyword(word, std::string_view("STARTTLS").size())) note(session_.capability_masked, seen);
    const bool old_form = begins_with_word(word, "AUTH=");
    if (!same_word(word, "AUTH") && !old_form) return;
    if (old_form && takes_password(word.substr(5))) note(session_.auth_offered, seen);
    while (!rest.empty())
      if (takes_password(cut_word(rest))) note(session_.auth_offered, seen);
  }

  /// The client's state must be right before: a reply that came too early is read now.
  void push(Verb verb, const Seen& seen) {
    if (may_wait(pending_.size(), limits_.pending_commands, sizeof(Verb))) {
      pending_.push_back(verb);
      if (const auto early = std::exchange(early_, nullptr)) reply(early->text, early->seen);
      return;
    }
    add_doubt(session_, Doubt::LimitHit, seen);
    pending_.clear();
    loose_ = true;
  }

  // What most lines need comes first.
  const Limits& limits_;
  ShortQueue<Verb, 15> pending_;  ///< commands still to be answered; bounded by Limits, and mostly one
  std::unique_ptr<Early> early_;  ///< a reply whose command is still to be read
  int reply_code_ = 0;            ///< of the reply in progress; 0: none
  Client client_ = Client::Command;
  Verb waiting_for_ = Verb::Other;
  bool tls_ = false, loose_ = false;
  bool turned_ = false, turned_tls_ = false;
  bool cut_command_ = false, cut_reply_ = false;
  bool missed_ = false;                            ///< octets: what came first, or in a hole
  bool heard_client_ = false, said_more_ = false;  ///< the server, than its greeting, or octets are missing
  bool last_chunk_ = false, in_chunks_ = false;
  bool first_reply_line_ = true, first_capability_line_ = true;
  bool bare_greeting_ = false, http_ = false;
  UnknownCommands unknown_;
  MessageReader message_;
  EnvelopeDomains domains_;
  ExtensionOrder extensions_;
  SaslExchange sasl_;
  Seen helo_, first_stray_, unknown_command_;
  std::uint64_t chunk_bytes_ = 0, stray_bytes_ = 0;
  unsigned lmtp_replies_ = 0;
  unsigned messages_ahead_ = 0;  ///< that a 354 allowed before what asked for it was read
};

}  // namespace

std::unique_ptr<Dialogue> start_smtp(Session* session, Holdings* holdings) {
  return std::make_unique<Smtp>(session, holdings);
}

}  // namespace mailseal::mail
