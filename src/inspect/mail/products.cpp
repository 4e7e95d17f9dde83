// The words by which products are known, graded: high is a word of the maker's, medium the form of what is said, low
// what others say as well.
#include "mail/products.h"

#include <algorithm>
#include <span>

#include "mailseal/base/ascii.h"

namespace mailseal::mail {
namespace {

using enum Product;
using enum Certainty;

constexpr std::size_t kTextBytes = 512;  // RFC 5321 4.5.3.1.5: a reply line
constexpr std::size_t kVersionBytes = 32;

/// Patterns: '*' any text, '~' a word, '&' digits, '?' any one octet, '%' a version, which is told; anything else is
/// itself.
struct Row {
  Words words;
  std::string_view pattern;
  Product product;
  Certainty certainty;
};
// The first that fits counts. Something stands behind a version wherever its product puts it there: the line may be
// cut. To add words of a product: one row.
constexpr Row kRows[] = {
    {Words::SmtpGreeting, "~ ESMTP Smtpd; *", FortiMail, High},
    {Words::SmtpGreeting, "~ AsyncOS*", CiscoEsa, High},
    {Words::SmtpGreeting, "*Trend Micro InterScan Messaging Security Suite, Version: %*", InterScan, High},
    {Words::SmtpGreeting, "*Trend Micro InterScan*", InterScan, High},
    {Words::SmtpGreeting, "InterScan Version %*", InterScan, High},
    {Words::SmtpGreeting, "InterScan Version*", InterScan, High},
    {Words::SmtpGreeting, "*Trend Micro ESMTP % ready*", InterScan, High},
    {Words::SmtpGreeting, "imss-& ESMTP*", InterScan, High},
    {Words::SmtpGreeting, "~ ESMTP Postfix", Postfix, High},
    {Words::SmtpGreeting, "~ ESMTP Postfix (%)", Postfix, High},
    {Words::SmtpGreeting, "~ ESMTP Postfix (*)", Postfix, High},
    {Words::SmtpGreeting, "~ ESMTP Sendmail %/*", Sendmail, High},
    {Words::SmtpGreeting, "~ ESMTP Sendmail *", Sendmail, High},
    {Words::SmtpGreeting, "~ ESMTP Exim % *", Exim, High},
    {Words::SmtpGreeting, "~ ESMTP Exim *", Exim, High},
    {Words::SmtpGreeting, "*.outlook.com Microsoft ESMTP MAIL Service ready*", Microsoft365, High},
    {Words::SmtpGreeting, "*.office365.com Microsoft ESMTP MAIL Service ready*", Microsoft365, High},
    {Words::SmtpGreeting, "~ Microsoft ESMTP MAIL Service, Version: % ready*", Exchange, High},
    {Words::SmtpGreeting, "~ Microsoft ESMTP MAIL Service ready*", Exchange, High},
    {Words::SmtpGreeting, "~ ESMTP * - gsmtp", GoogleWorkspace, High},
    {Words::SmtpGreeting, "~ ESMTP MDaemon %; *", MDaemon, High},
    {Words::SmtpGreeting, "~ ESMTP MSA MDaemon %; *", MDaemon, High},
    {Words::SmtpGreeting, "~ SMTP BlackJumboDog Version %*", BlackJumboDog, High},
    {Words::SmtpGreeting, "~ SMTP BlackJumboDog*", BlackJumboDog, High},
    {Words::SmtpGreeting, "~ ESMTP OpenSMTPD*", OpenSmtpd, High},
    {Words::SmtpGreeting, "*Kerio MailServer % ESMTP ready*", Kerio, High},
    {Words::SmtpGreeting, "*ESMTP CommuniGate Pro %*", CommuniGate, High},
    {Words::SmtpGreeting, "*ESMTP CommuniGate Pro*", CommuniGate, High},

    {Words::EhloName, "mx.google.com at your service, *", GoogleWorkspace, High},
    {Words::EhloName, "smtp.gmail.com at your service, *", GoogleWorkspace, High},
    {Words::EhloName, "~ Helo *, Pleased to meet you.", BlackJumboDog, High},
    {Words::EhloName, "~ Hello *, pleased to meet you", Sendmail, Low},

    {Words::SmtpReply, "~ #&.&.&*", CiscoEsa, High},
    {Words::SmtpReply, "554 Access denied", CiscoEsa, Medium},
    {Words::SmtpReply, "250 ok:  Message & accepted", CiscoEsa, High},
    {Words::SmtpReply, "454 TLS not available due to a temporary reason*", CiscoEsa, Medium},
    {Words::SmtpReply, "454 4.7.0 TLS not available due to local problem*", Postfix, Medium},
    {Words::SmtpReply, "454 4.7.0 Error: too many new TLS sessions from*", Postfix, Medium},
    {Words::SmtpReply, "504 5.5.4 Encryption required for requested authentication mechanism*", Postfix, Medium},
    {Words::SmtpReply, "454 4.3.3 TLS not available*", Sendmail, Medium},
    {Words::SmtpReply, "503 5.5.0 TLS not available*", Sendmail, Medium},
    {Words::SmtpReply, "403 4.7.0 TLS handshake failed*", Sendmail, Medium},
    {Words::SmtpReply, "403 4.7.0 encryption too weak & less than &*", Sendmail, Medium},
    {Words::SmtpReply, "220 TLS go ahead", Exim, Medium},
    {Words::SmtpReply, "454 TLS currently unavailable*", Exim, Medium},
    {Words::SmtpReply, "503 STARTTLS command used when not advertised*", Exim, Medium},
    {Words::SmtpReply, "220 2.0.0 SMTP server ready", Exchange, Medium},
    {Words::SmtpReply, "451 5.7.3 STARTTLS is required to send mail*", Exchange, Medium},
    {Words::SmtpReply, "451 5.7.3 Require STARTTLS to authenticate*", Exchange, Medium},
    {Words::SmtpReply, "454 4.7.0 Cannot accept TLS as maximum TLS rate exceeded*", Exchange, Medium},
    {Words::SmtpReply, "554 5.7.3 Unable to initialize security subsystem*", Exchange, Medium},
    {Words::SmtpReply, "220 Begin TLS negotiation", MDaemon, Medium},
    {Words::SmtpReply, "220 2.0.0 Begin TLS negotiation now.", Dovecot, Medium},
    {Words::SmtpReply, "400 STARTTLS is required first.*", Courier, Medium},
    {Words::SmtpReply, "214?qmail home page:*", Qmail, Medium},

    {Words::Pop3Greeting, "*Dovecot *ready.*", Dovecot, High},
    {Words::Pop3Greeting, "Hello there.*", Courier, High},
    {Words::Pop3Greeting, "~ Cyrus POP3 v%*server ready*", Cyrus, High},
    {Words::Pop3Greeting, "~ Cyrus POP3 *server ready*", Cyrus, High},
    {Words::Pop3Greeting, "The Microsoft Exchange POP3 service is ready.*", Exchange, High},
    {Words::Pop3Greeting, "Gpop ready for requests from *", GoogleWorkspace, High},
    {Words::Pop3Greeting, "~ POP MDaemon % ready*", MDaemon, High},
    {Words::Pop3Greeting, "<&.&@*>", Qmail, Low},
    {Words::Pop3Reply, "Begin TLS negotiation now.", Dovecot, Medium},
    {Words::Pop3Reply, "*text authentication disallowed on non-secure (SSL/TLS) connections.*", Dovecot, Medium},

    {Words::ImapGreeting, "*Dovecot *ready.*", Dovecot, High},
    {Words::ImapGreeting, "*Courier-IMAP ready*", Courier, High},
    {Words::ImapGreeting, "*Cyrus IMAP v%*", Cyrus, High},
    {Words::ImapGreeting, "*Cyrus IMAP*", Cyrus, High},
    {Words::ImapGreeting, "The Microsoft Exchange IMAP4 service is ready.*", Exchange, High},
    {Words::ImapGreeting, "Gimap ready*", GoogleWorkspace, High},
    {Words::ImapReply, "Begin TLS negotiation now.", Dovecot, Medium},
    {Words::ImapReply, "*text authentication disallowed on non-secure (SSL/TLS) connections.*", Dovecot, Medium},
};

static_assert(std::is_sorted(std::begin(kRows), std::end(kRows),
                             [](const Row& a, const Row& b) { return a.words < b.words; }));

constexpr std::span<const Row> rows_of(Words words) noexcept {
  const auto begin = std::lower_bound(std::begin(kRows), std::end(kRows), words,
                                      [](const Row& row, Words which) { return row.words < which; });
  return {begin, std::upper_bound(begin, std::end(kRows), words,
                                  [](Words which, const Row& row) { return which < row.words; })};
}

bool known_well(const Session& session) noexcept { return session.product && session.product->certainty == High; }

constexpr bool in_version(char c) noexcept { return is_alnum(c) || c == '.'; }

template <class Is>
std::size_t run(std::string_view text, std::size_t at, Is is) noexcept {
  std::size_t end = at;
  while (end < text.size() && is(text[end])) ++end;
  return end - at;
}

/// That stand for more than themselves in a pattern: '*', and what taken() has a case for.
constexpr std::string_view kSigns = "~&%?*";

/// What one sign of a pattern other than '*' takes of the text at `at`; kNone: it does not fit.
std::size_t taken(char sign, std::string_view text, std::size_t at) noexcept {
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  const auto some = [](std::size_t n) { return n == 0 ? kNone : n; };
  switch (sign) {
    case '~':
      return some(run(text, at, [](char c) { return !is_blank(c); }));
    case '&':
      return some(run(text, at, is_digit));
    case '%': {
      const std::size_t n = at < text.size() && is_digit(text[at]) ? run(text, at, in_version) : 0;
      return n > kVersionBytes ? kNone : some(n);
    }
    case '?':
      return at < text.size() ? 1 : kNone;
    default:
      return at < text.size() && text[at] == sign ? 1 : kNone;
  }
}

/// Signs but '*' take all they can, so one place to return to is enough.
bool fits(std::string_view pattern, std::string_view text, std::string_view& version) noexcept {
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t p = 0, t = 0, star = kNone, star_text = 0;
  for (;;) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_text = t;
      continue;
    }
    if (p == pattern.size() && t == text.size()) return true;
    const std::size_t n = p < pattern.size() ? taken(pattern[p], text, t) : kNone;
    if (n != kNone) {
      if (pattern[p] == '%') version = text.substr(t, n);
      ++p;
      t += n;
    } else if (star != kNone && star_text < text.size()) {
      p = star;
      ++star_text;
      if (p < pattern.size() && kSigns.find(pattern[p]) == kSigns.npos)  // only there can it go on
        star_text = std::min(text.find(pattern[p], star_text), text.size());
      t = star_text;
    } else {
      return false;
    }
  }
}

void tell(Session& session, Product product, Certainty certainty, std::string_view version, const Seen& seen) {
  if (session.product && session.product->certainty >= certainty) return;
  while (version.ends_with('.')) version.remove_suffix(1);
  session.product = ProductSeen{product, certainty, std::string(version), seen};
}

/// "********************2******0*0***": what an ASA or PIX that inspects ESMTP leaves of a greeting.
bool is_overwritten(std::string_view text) noexcept {
  constexpr std::size_t kLongest = 300;
  return text.size() <= kLongest && text.find("**") != text.npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return c == '*' || c == ' ' || is_digit(c); });
}

enum class Need : std::uint8_t { Any, Bare };

struct Order {
  std::string_view keywords;  ///< as they follow each other, '!' before those that are never missing
  Product product;
  Certainty certainty;
  Need greeting = Need::Any;
  std::uint8_t required = static_cast<std::uint8_t>(std::count(keywords.begin(), keywords.end(), '!'));
};
// To add an order: one row, and kOrders.
constexpr std::array kOrderTable{
    Order{
        "!PIPELINING !SIZE VRFY ETRN STARTTLS AUTH AUTH= XCLIENT XFORWARD !ENHANCEDSTATUSCODES !8BITMIME DSN SMTPUTF8 "
        "CHUNKING LIMITS REQUIRETLS",
        Postfix, Medium},
    Order{"!ENHANCEDSTATUSCODES !PIPELINING EXPN VERB !8BITMIME !SIZE DSN !ETRN AUTH STARTTLS DELIVERBY !HELP",
          Sendmail, Medium},
    Order{"!ENHANCEDSTATUSCODES !PIPELINING !8BITMIME !SIZE !DSN AUTH STARTTLS DELIVERBY !HELP", Sendmail, Low},
    Order{"!SIZE LIMITS !8BITMIME DSN ETRN VRFY EXPN !PIPELINING PIPECONNECT PIPE_CONNECT X_PIPE_CONNECT AUTH CHUNKING "
          "STARTTLS PRDR SMTPUTF8 !HELP",
          Exim, Medium},
    Order{"!SIZE !PIPELINING !DSN !ENHANCEDSTATUSCODES STARTTLS X-ANONYMOUSTLS AUTH !X-EXPS !8BITMIME !BINARYMIME "
          "!CHUNKING XEXCH50 XRDST XSHADOW XSHADOWREQUEST",
          Exchange, Medium},
    Order{"!SIZE !PIPELINING !DSN !ENHANCEDSTATUSCODES STARTTLS !X-ANONYMOUSTLS AUTH X-EXPS !8BITMIME !BINARYMIME "
          "!CHUNKING XEXCH50 XRDST XSHADOW XSHADOWREQUEST",
          Exchange, Medium},
    Order{"!SIZE !8BITMIME STARTTLS AUTH !ENHANCEDSTATUSCODES !PIPELINING !CHUNKING !SMTPUTF8", GoogleWorkspace,
          Medium},
    Order{"!8BITMIME !SIZE STARTTLS AUTH", CiscoEsa, Medium, Need::Bare},
    Order{"!PIPELINING !8BITMIME", Qmail, Medium, Need::Bare},
};

constexpr std::uint8_t kLeft = 0xff;

}  // namespace

bool is_bare_greeting(std::string_view text) noexcept {
  std::string_view ignored;
  return fits("~ ESMTP", text, ignored);
}

bool recognise(Session& session, Words words, std::string_view text, const Seen& seen) {
  if (known_well(session)) return true;
  text = text.substr(0, kTextBytes);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (words == Words::SmtpGreeting && is_overwritten(text)) {
    tell(session, CiscoAsa, High, {}, seen);
    return true;
  }
  // Most begin with a host's name: it is passed once.
  const std::size_t name = run(text, 0, [](char c) { return !is_blank(c); });
  const bool named = name > 0 && name < text.size() && text[name] == ' ';
  const std::string_view behind = named ? text.substr(name + 1) : std::string_view();
  for (const Row& row : rows_of(words)) {
    const bool by_name = row.pattern.starts_with("~ ");
    if (by_name && !named) continue;
    std::string_view version;
    if (!fits(by_name ? row.pattern.substr(2) : row.pattern, by_name ? behind : text, version)) continue;
    tell(session, row.product, row.certainty, version, seen);
    break;
  }
  return known_well(session);
}

void ExtensionOrder::keyword(Session& session, std::string_view line, const Seen& seen) noexcept {
  static_assert(kOrderTable.size() == kOrders);
  if (known_well(session)) return;  // by its greeting
  std::string_view word = cut_word(line);
  if (begins_with_word(word, "SIZE=")) tell(session, BlackJumboDog, Medium, {}, seen);
  if (begins_with_word(word, "AUTH=")) word = word.substr(0, 5);
  for (std::size_t i = 0; i < kOrders; ++i) {
    if (at_[i] == kLeft) continue;
    const std::string_view keywords = kOrderTable[i].keywords;
    std::string_view rest = keywords.substr(at_[i]);
    at_[i] = kLeft;
    while (!rest.empty()) {
      std::string_view next = cut_word(rest);
      const bool needed = next.starts_with('!');
      if (needed) next.remove_prefix(1);
      if (!same_word(next, word)) continue;
      required_[i] = static_cast<std::uint8_t>(required_[i] + (needed ? 1 : 0));
      at_[i] = static_cast<std::uint8_t>(keywords.size() - rest.size());
      break;
    }
  }
}

void ExtensionOrder::end(Session& session, bool bare, const Seen& seen) {
  for (std::size_t i = 0; i < kOrders && !known_well(session); ++i) {
    const Order& order = kOrderTable[i];
    const bool met = at_[i] != kLeft && required_[i] == order.required;
    if (met && (order.greeting == Need::Any || bare)) tell(session, order.product, order.certainty, {}, seen);
  }
  *this = ExtensionOrder();
}

}  // namespace mailseal::mail
