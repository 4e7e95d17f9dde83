#include "framer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "clear_text.h"
#include "doubts.h"
#include "mailseal/base/ascii.h"
#include "mailseal/base/find_pair.h"
#include "tls/follower.h"

namespace mailseal {

/// Octets that could not be read, from which on something worth reading may have been among them.
constexpr std::uint64_t kEnoughToHide = 16;

/// Octets may come one at a time, as from an old terminal: what they cost to keep is then as
/// many times their number.
constexpr std::size_t kDearest = 64;

/// Octets with their places: what is being cut, front first.
class Framer::PieceView {
 public:
  /// Of `runs`, some may be used already.
  PieceView(std::string_view text, const std::vector<Run>& runs, std::size_t used, std::size_t used_runs)
      : text_(text), runs_(runs.data()), count_(runs.size()), begin_(used), at_(used), current_(used_runs) {}
  /// All of it came together; `seen` is kept and must outlive the view.
  PieceView(std::string_view text, const Seen* seen) : text_(text), seen_(seen) {}

  std::string_view rest() const noexcept { return text_.substr(at_); }
  /// What it takes to keep the rest.
  std::size_t cost() const noexcept { return text_.size() - at_ + (count_ - current_) * sizeof(Run); }
  bool empty() const noexcept { return at_ == text_.size(); }
  std::size_t used() const noexcept { return at_ - begin_; }
  /// Where it stands.
  std::size_t at() const noexcept { return at_; }
  std::size_t at_run() const noexcept { return current_; }
  /// Octets from here that came together.
  std::string_view run() const noexcept { return text_.substr(at_, end(current_) - at_); }
  /// The place of the octet here.
  Seen seen() const noexcept {
    Seen s = start(current_);
    s.offset = offset();
    return s;
  }
  /// The place of a unit of n octets from here: its first octet's offset, its last octet's frame.
  Seen seen_of(std::size_t n) const noexcept {
    std::size_t r = current_;
    while (r + 1 < count_ && end(r) < at_ + n) ++r;
    Seen s = start(r);
    s.offset = offset();
    return s;
  }
  void skip(std::size_t n) noexcept {
    at_ += n;
    while (current_ + 1 < count_ && end(current_) <= at_) ++current_;
  }
  /// What is left, run by run.
  std::vector<Run> left() const {
    std::vector<Run> out;
    for (std::size_t r = current_; r < count_ && !empty(); ++r)
      out.push_back({end(r) - at_, r == current_ ? seen() : start(r)});
    return out;
  }

 private:
  std::size_t end(std::size_t r) const noexcept { return runs_ ? runs_[r].end : text_.size(); }
  const Seen& start(std::size_t r) const noexcept { return runs_ ? runs_[r].seen : *seen_; }
  std::uint64_t offset() const noexcept {
    return start(current_).offset + at_ - (current_ == 0 ? 0 : end(current_ - 1));
  }

  std::string_view text_;
  const Run* runs_ = nullptr;  ///< null: one, at seen_
  const Seen* seen_ = nullptr;
  std::size_t count_ = 1, begin_ = 0, at_ = 0, current_ = 0;
};

Framer::Framer(mail::Dialogue* dialogue, Session* session, Holdings* holdings, Takeover* takeover, Watch watch)
    : dialogue_(*dialogue),
      session_(*session),
      holdings_(*holdings),
      share_(holdings),
      takeover_(*takeover),
      watch_(watch) {}

void Framer::data(Side from, Bytes bytes, const Seen& seen) {
  if (bytes.empty()) return;
  const bool held = holds();
  if (Half& h = half(from); h.held.empty()) {
    PieceView piece(as_text(bytes), &seen);
    cut(from, piece);
    keep(from, piece);
  } else {
    h.held.append(as_text(bytes));
    seldom(from).runs.push_back({h.held.size(), seen});
    drain(from);
  }
  drain_both(other(from));
  if (held || holds()) share();
}

bool Framer::may_keep(const PieceView& piece, std::size_t limit) const noexcept {
  return piece.rest().size() <= limit && piece.cost() <= holdings_.within(kDearest * limit);
}

/// Segments of an octet each cost far more than their octets.
void Framer::share() noexcept {
  std::size_t bytes = 0;
  for (const Half& h : halves_) bytes += h.held.capacity();
  for (const Seldom& r : seldom_) bytes += r.runs.capacity() * sizeof(Run);
  share_.holds(bytes);
}

/// What one side said may release what the other side said too early, and so on.
void Framer::drain_both(Side first) {
  Side side = first;
  for (unsigned idle = 0; idle < 2; side = other(side)) idle = drain(side) ? 0 : idle + 1;
}

bool Framer::drain_held(Side side) {
  Half& h = half(side);
  Seldom& s = seldom(side);
  std::string text = std::exchange(h.held, {});
  std::vector<Run> runs = std::exchange(s.runs, {});
  PieceView piece(text, runs, std::exchange(s.used, 0), std::exchange(s.used_runs, 0));
  cut(side, piece);
  const bool moved = piece.used() > 0;
  if (piece.rest().size() <= text.size() / 2) {
    keep(side, piece);
    return moved;
  }
  // No copy of the rest, however often a little of it is used or one more octet comes.
  if (moved) h.scanned = 0;
  s.used = piece.at();
  s.used_runs = piece.at_run();
  h.held = std::move(text);
  s.runs = std::move(runs);
  return moved;
}

void Framer::keep(Side side, PieceView& piece) {
  if (piece.used() > 0) half(side).scanned = 0;
  if (piece.empty()) return;
  seldom(side).runs = piece.left();
  half(side).held.assign(piece.rest());
}

void Framer::cut(Side side, PieceView& piece) {
  const auto next = [&] {
    if (!shows_ || half(side).mode == Mode::Tls || half(side).mode == Mode::Deflate) return unit(side, piece);
    const PieceView before = piece;
    const bool more = unit(side, piece);
    show(side, before, piece.at() - before.at());
    return more;
  };
  while (!piece.empty() && next()) {
    half(side).heard = true;
    drain(other(side));  // what was captured before may answer this unit, and say what the next one is
  }
}

void Framer::show(Side side, PieceView from, std::size_t octets) {
  while (octets > 0) {
    const std::string_view run = from.run().substr(0, octets);
    takeover_.clear(side, as_bytes(run), from.seen());
    from.skip(run.size());
    octets -= run.size();
  }
}

/// Cuts one unit, or part of one that streams. False: more octets are needed, or an answer.
bool Framer::unit(Side side, PieceView& piece) {
  Half& h = half(side);
  switch (h.mode) {
    case Mode::Tls:
      take_tls(side, piece);
      return true;
    case Mode::Lost:
      return lost(side, piece);
    case Mode::Deflate: {
      const std::string_view run = piece.run();
      takeover_.deflated(side, as_bytes(run), piece.seen());
      piece.skip(run.size());
      return true;
    }
    case Mode::Clear:
      break;
  }
  if (h.skip_line) {
    const std::string_view rest = piece.rest();
    const std::size_t end = rest.find('\n');
    h.skip_line = end == rest.npos;
    piece.skip(h.skip_line ? rest.size() : end + 1);
    return true;
  }
  if (h.in_block) {
    std::string_view run = piece.run();
    run = run.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(run.size(), h.block_left)));
    dialogue_.passing(side, run, piece.seen());
    const Seen seen = piece.seen_of(run.size());
    piece.skip(run.size());
    h.block_left -= run.size();
    h.in_block = h.block_left > 0;
    if (!h.in_block) dialogue_.body(side, seen);
    return true;
  }
  if (h.in_dot_body) return dot_body(side, piece);

  const mail::Expect expect = dialogue_.expects(side);
  if (expect.what == mail::Expect::Await) {
    // A client that speaks TLS gives no command that the server's clear words could answer.
    const bool to_tls = side == Side::Server && half(Side::Client).mode == Mode::Tls;
    const bool limit = !may_keep(piece, holdings_.limits().held_bytes);
    if (!finishing_ && !to_tls && !limit) return false;
    if (limit) add_doubt(session_, Doubt::LimitHit, piece.seen());
    dialogue_.unanswered(side, piece.rest(), piece.seen());
    if (dialogue_.expects(side).what == mail::Expect::Await) h.mode = Mode::Lost;
    return true;
  }
  if (expect.what == mail::Expect::Deflate) {
    for (Half& both : halves_) both.mode = Mode::Deflate;  // RFC 4978 3: behind the command and behind its answer
    return true;
  }
  const bool due = expect.what == mail::Expect::Tls;
  // No TLS begins with a letter: ContentType is 20 to 24 (RFC 8446 5.1), SSLv2's first octet above 127.
  if (watch_ == Watch::ForTls && !is_alnum(piece.rest().front())) {
    const Begins begins = begins_tls(side, piece, due);
    if (begins == Begins::MoreNeeded) return false;
    if (begins == Begins::Yes) {
      to_tls(side, piece.seen());
      return true;
    }
  }
  if (due) {
    // RFC 3207 4: after the go-ahead nothing but TLS may follow. What is clear is read on as mail.
    Fact& clear = seldom(side).clear_when_due;
    if (clear && !session_.not_tls_after_accept) session_.not_tls_after_accept = clear;
    clear = piece.seen();
    dialogue_.back_to_clear();
    if (dialogue_.expects(side).what == mail::Expect::Tls) h.mode = Mode::Lost;
    return true;
  }
  if (expect.what == mail::Expect::Block) {
    h.block_left = expect.bytes;
    h.in_block = h.block_left > 0;
    if (!h.in_block) dialogue_.body(side, piece.seen());
    return true;
  }
  if (expect.what == mail::Expect::DotBody) {
    h.in_dot_body = h.line_start = true;
    return true;
  }
  return line(side, piece);
}

/// Octets that nobody understands are passed over, up to where they are text again.
bool Framer::lost(Side side, PieceView& piece) {
  Half& h = half(side);
  const Bytes rest = as_bytes(piece.rest());
  const std::size_t text = text_begins(rest);
  const std::size_t perhaps = finishing_ || text != kNoText ? 0 : text_at_end(rest);
  const std::size_t passed = text == kNoText ? rest.size() - perhaps : text;
  std::uint64_t& lost = seldom(side).lost;
  lost += passed;
  if (lost >= kEnoughToHide && !established() && !session_.unknown_protocol) session_.unknown_protocol = piece.seen();
  piece.skip(passed);
  if (text == kNoText) return passed > 0;
  dialogue_.back_to_clear();
  if (dialogue_.expects(side).what == mail::Expect::Line)
    h.mode = Mode::Clear;
  else
    piece.skip(kTextRun);
  return true;
}

bool Framer::line(Side side, PieceView& piece) {
  Half& h = half(side);
  const std::string_view rest = piece.rest();
  const std::size_t from = piece.used() == 0 ? std::min<std::size_t>(h.scanned, rest.size()) : 0;
  const void* at = std::memchr(rest.data() + from, '\n', rest.size() - from);
  std::size_t length = at ? static_cast<std::size_t>(static_cast<const char*>(at) - rest.data()) : rest.size();
  const std::size_t limit = holdings_.limits().line_bytes;
  if (!at && !finishing_ && may_keep(piece, limit)) {
    h.scanned = static_cast<std::uint32_t>(rest.size());
    return false;
  }
  if (length > limit || (!at && !finishing_)) {
    add_doubt(session_, Doubt::LimitHit, piece.seen());
    h.skip_line = true;
    length = std::min(length, limit);
  }
  h.scanned = 0;
  const std::size_t whole = length + (at && !h.skip_line ? 1 : 0);
  std::string_view text = rest.substr(0, length);
  if (text.ends_with('\r')) text.remove_suffix(1);
  const Seen seen = piece.seen_of(whole);
  if (Half& client = half(Side::Client); side == Side::Server && client.mode == Mode::Tls && !established()) {
    // The server has not understood: the client's TLS is over, whatever its last record promised.
    if (!session_.upgrade_requested && !session_.clear_answer_to_hello) session_.clear_answer_to_hello = seen;
    client.mode = Mode::Clear;
  }
  if (side == Side::Client && !std::exchange(client_spoke_, true)) first_client_line(text);
  if (side == Side::Server && !half(Side::Client).held.empty()) dialogue_.unread();
  dialogue_.line(side, text, seen);
  piece.skip(whole);
  return true;
}

/// RFC 5321 4.5.2: a line that is "." alone ends the message. Bare LF is taken for a line end.
bool Framer::dot_body(Side side, PieceView& piece) {
  Half& h = half(side);
  const std::string_view rest = piece.rest();
  const std::string_view run = piece.run();
  if (h.line_start && rest.front() == '.') {
    const bool crlf = rest.size() > 1 && rest[1] == '\r';
    if (rest.size() == 1 || (crlf && rest.size() == 2)) {
      if (!finishing_) return false;
      piece.skip(rest.size());  // the end of the message, or of what was captured: no octet of its text
      return true;
    }
    if (rest[crlf ? 2 : 1] == '\n') {
      const std::size_t n = crlf ? 3 : 2;
      const Seen seen = piece.seen_of(n);
      h.in_dot_body = false;
      piece.skip(n);
      dialogue_.body(side, seen);
      return true;
    }
  }
  // As many whole lines as came together and do not begin with a dot.
  const std::size_t end = find_pair(run, '\n', '.');
  const std::size_t n = end == run.npos ? run.size() : end + 1;
  h.line_start = run[n - 1] == '\n';
  dialogue_.passing(side, run.substr(0, n), piece.seen());
  piece.skip(n);
  return true;
}

/// A hello of that side's, or an alert. Joined midway, any record that comes first.
Framer::Begins Framer::begins_tls(Side side, const PieceView& piece, bool due) const {
  constexpr unsigned kChangeCipherSpec = 20, kAlert = 21, kHandshake = 22;
  constexpr unsigned kClientHello = 1, kServerHello = 2, kDraftRetry = 6;
  const Bytes rest = as_bytes(piece.rest());
  const bool first = !half(side).heard;
  const auto octet = [&](std::size_t i) { return std::to_integer<unsigned>(rest[i]); };
  switch (tls::looks_like_record(rest)) {
    case tls::Look::TooShort:
      return finishing_ ? Begins::No : Begins::MoreNeeded;
    case tls::Look::NotTls: {
      if (side == Side::Server || !(due || first)) return Begins::No;
      const tls::Look sslv2 = tls::looks_like_sslv2_hello(rest);
      if (sslv2 == tls::Look::TooShort && !finishing_) return Begins::MoreNeeded;
      return sslv2 == tls::Look::Tls ? Begins::Yes : Begins::No;
    }
    case tls::Look::Tls:
      break;
  }
  if (first && !session_.began) return Begins::Yes;
  const unsigned length = octet(3) << 8 | octet(4);
  if (octet(0) == kAlert && length == 2) return Begins::Yes;
  if (octet(0) == kChangeCipherSpec && length == 1) return Begins::Yes;
  if (octet(0) != kHandshake || length == 0) return Begins::No;
  if (rest.size() < 6) return finishing_ ? Begins::No : Begins::MoreNeeded;
  const unsigned message = octet(5);
  const bool hello = side == Side::Client ? message == kClientHello : message == kServerHello || message == kDraftRetry;
  return hello ? Begins::Yes : Begins::No;
}

void Framer::to_tls(Side side, const Seen& seen) {
  Half& h = half(side);
  h.mode = Mode::Tls;
  if (side == Side::Client && h.was_tls) takeover_.tls_again();
  h.was_tls = true;
  Fact& clear = seldom(side).clear_when_due;
  if (!clear) return;
  // Clear octets between the go-ahead and the first record (CVE-2011-0411, NO STARTTLS).
  auto& injected = side == Side::Client ? session_.injected_commands : session_.injected_replies;
  auto& bytes = side == Side::Client ? session_.injected_command_bytes : session_.injected_reply_bytes;
  if (!injected) injected = clear;
  bytes += seen.offset - clear->offset;
  clear.reset();
}

void Framer::take_tls(Side side, PieceView& piece) {
  const std::string_view run = piece.run();
  const Seen seen = piece.seen();
  const std::size_t used = takeover_.tls(side, as_bytes(run), seen);
  piece.skip(std::min(used, run.size()));
  if (used < run.size()) end_tls(side, as_bytes(piece.rest()), piece.seen());
}

/// What is no record where one was due is read as mail if it is text, and is lost if not.
void Framer::end_tls(Side side, Bytes rest, const Seen& seen) {
  constexpr std::size_t kLookedAt = 16;
  Half& h = half(side);
  if (!is_all_text(rest.first(std::min(rest.size(), kLookedAt)))) {
    if (session_.tls && !session_.tls->malformed) session_.tls->malformed = seen;
    h.mode = Mode::Lost;
    return;
  }
  h.mode = Mode::Clear;
  if (session_.upgrade_accepted && !established() && !session_.not_tls_after_accept)
    session_.not_tls_after_accept = seen;
  dialogue_.back_to_clear();
}

void Framer::leave_tls(Side side, Bytes rest, const Seen& seen) {
  end_tls(side, rest, seen);
  data(side, rest, seen);
}

/// A connection joined midway has a beginning all the same where the server's greeting is
/// followed by the client's first words. A reply to STARTTLS is no greeting.
void Framer::first_client_line(std::string_view text) {
  if (session_.began || !session_.greeting) return;
  constexpr std::string_view kFirst[] = {"EHLO", "HELO", "LHLO", "CAPA", "USER", "APOP", "STLS", "AUTH"};
  constexpr std::string_view kFirstImap[] = {"CAPABILITY", "ID", "LOGIN", "AUTHENTICATE", "STARTTLS"};
  const auto one_of = [](const auto& words, std::string_view word) {
    return std::any_of(std::begin(words), std::end(words), [&](std::string_view w) { return same_word(word, w); });
  };
  const std::string_view first = cut_word(text), second = cut_word(text);
  if (one_of(kFirst, first) || one_of(kFirstImap, second)) session_.began = session_.greeting;
}

void Framer::gap(Side side, std::uint64_t bytes, const Seen& seen) {
  Half& h = half(side);
  if (h.mode == Mode::Tls) return takeover_.tls_gap(side, bytes, seen);
  if (h.mode != Mode::Clear || bytes == 0) return;
  // What stands before the hole is as readable without its end.
  finishing_ = true;
  drain(side);
  finishing_ = false;
  if (h.mode == Mode::Tls) return takeover_.tls_gap(side, bytes, seen);
  h.held.clear();
  seldom(side).runs.clear();
  seldom(side).used = seldom(side).used_runs = 0;
  h.scanned = 0;
  h.skip_line = false;
  const bool tls_due = dialogue_.expects(side).what == mail::Expect::Tls || half(other(side)).mode == Mode::Tls;
  if (watch_ == Watch::ForTls && tls_due && !h.in_block && !h.in_dot_body) {
    h.mode = Mode::Tls;
    return takeover_.tls_gap(side, bytes, seen);
  }
  if (h.in_block) {
    h.block_left -= std::min(bytes, h.block_left);
    h.in_block = h.block_left > 0;
    if (!h.in_block) dialogue_.body(side, seen);
  }
  h.line_start = false;
  dialogue_.gap(side, bytes, seen);
  drain_both(other(side));
  share();
}

void Framer::finish() {
  finishing_ = true;
  drain_both(Side::Client);
  for (const Side side : {Side::Client, Side::Server}) {
    // A length that was announced and not met may have been announced to hide what followed.
    if (half(side).in_block) add_doubt(session_, Doubt::Malformed, session_.last);
    const Fact& clear = seldom(side).clear_when_due;
    if (clear && !session_.not_tls_after_accept) session_.not_tls_after_accept = clear;
  }
}

}  // namespace mailseal
