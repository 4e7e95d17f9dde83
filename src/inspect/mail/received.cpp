// A Received field is free text with a few fixed words: "from HOST by HOST with PROTOCOL", then what each product adds
// in comments. What is taken must have the form of what it should be (a host's name, a word of a list, a TLS version,
// a cipher's name, a number); all else is looked at and forgotten: ids, addresses, subjects of a "for" clause.
//
// Read from left to right up to the date. Comments nest and may hold what a client called itself, so those that begin
// like that are skipped. Nothing here is proof: whoever wrote the field could write anything.
#include "mail/received.h"

#include <algorithm>
#include <string>

#include "mail/text.h"
#include "mailseal/base/ascii.h"

namespace mailseal::mail {
namespace {

enum class Sealed : std::uint8_t { No, Yes };

struct Word {
  std::string_view text;
  Sealed sealed;
};
// IANA's WITH protocol types, and those that products write beside them. To add one: one row.
constexpr Word kProtocols[] = {
    {"SMTP", Sealed::No},        {"ESMTP", Sealed::No},    {"ESMTPA", Sealed::No},    {"ESMTPS", Sealed::Yes},
    {"ESMTPSA", Sealed::Yes},    {"LMTP", Sealed::No},     {"LMTPA", Sealed::No},     {"LMTPS", Sealed::Yes},
    {"LMTPSA", Sealed::Yes},     {"UTF8SMTP", Sealed::No}, {"UTF8SMTPA", Sealed::No}, {"UTF8SMTPS", Sealed::Yes},
    {"UTF8SMTPSA", Sealed::Yes}, {"UTF8LMTP", Sealed::No}, {"UTF8LMTPA", Sealed::No}, {"UTF8LMTPS", Sealed::Yes},
    {"UTF8LMTPSA", Sealed::Yes}, {"MMS", Sealed::No},      {"HTTP", Sealed::No},      {"HTTPS", Sealed::Yes},
    {"SMTPS", Sealed::Yes},      {"SSMTP", Sealed::Yes},   {"ESSMTP", Sealed::Yes},   {"ESSMTPA", Sealed::Yes},
    {"MAPI", Sealed::No},
};
constexpr std::string_view kVerified[] = {"OK",   "NO",   "NOT",      "FAIL",     "CAFAIL",
                                          "NONE", "TEMP", "PROTOCOL", "SOFTWARE", "CONFIG"};
constexpr std::string_view kCipherParts[] = {"AES",      "SHA", "GCM",  "RC4",  "DES",  "CHACHA",
                                             "CAMELLIA", "MD5", "NULL", "ARIA", "SEED", "OTHER"};

constexpr bool in_blank(char c) noexcept { return c == ' '; }

std::string_view without(std::string_view text, std::string_view ends) noexcept {
  while (!text.empty() && ends.find(text.back()) != ends.npos) text.remove_suffix(1);
  return text;
}

/// "TLSv1.2", "TLS1_2", "TLS1.3", "SSLv3".
bool is_one_version(std::string_view word) noexcept {
  constexpr std::size_t kLongest = 8;
  if (word.size() > kLongest || (!word.starts_with("TLS") && !word.starts_with("SSL"))) return false;
  word.remove_prefix(3);
  if (word.starts_with('v') || word.starts_with('V')) word.remove_prefix(1);
  return !word.empty() && is_digit(word.front()) &&
         std::all_of(word.begin(), word.end(), [](char c) { return is_digit(c) || c == '.' || c == '_'; });
}

/// Also "TLSv1/SSLv3", which was TLS 1.0 or later.
bool is_version(std::string_view word) noexcept {
  const std::size_t slash = word.find('/');
  return is_one_version(word.substr(0, slash)) && (slash == word.npos || is_one_version(word.substr(slash + 1)));
}

bool is_cipher(std::string_view word) noexcept {
  constexpr std::size_t kLongest = 64;
  if (word.size() > kLongest) return false;
  const bool letters =
      std::all_of(word.begin(), word.end(), [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
  return letters && std::any_of(std::begin(kCipherParts), std::end(kCipherParts),
                                [&](std::string_view part) { return word.find(part) != word.npos; });
}

/// "256", "256/256", "256bits"
std::optional<std::uint16_t> bits_of(std::string_view word) noexcept {
  constexpr std::size_t kDigits = 4;
  std::uint16_t n = 0;
  std::size_t i = 0;
  for (; i < word.size() && is_digit(word[i]); ++i) {
    if (i == kDigits) return std::nullopt;
    n = static_cast<std::uint16_t>(n * 10 + (word[i] - '0'));
  }
  const std::string_view rest = word.substr(i);
  const bool whole = rest.empty() || rest == "bits" ||
                     (rest.size() > 1 && rest[0] == '/' && std::all_of(rest.begin() + 1, rest.end(), is_digit));
  return i == 0 || !whole ? std::nullopt : std::optional(n);
}

/// Cuts text into words, comments and the end at the date.
class ClauseReaderView {
 public:
  enum class Kind : std::uint8_t { Word, Comment, End };
  explicit ClauseReaderView(std::string_view text) : rest_(text) {}

  Kind next(std::string_view& out) {
    while (!rest_.empty() && in_blank(rest_.front())) rest_.remove_prefix(1);
    if (rest_.empty() || rest_.front() == ';') return Kind::End;
    if (rest_.front() == '(') {
      const std::size_t end = comment_end();
      out = rest_.substr(1, end - 1);
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      return Kind::Comment;
    }
    std::size_t end = 1;
    if (rest_.front() == '"') {
      while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, rest_.size());
    } else {
      while (end < rest_.size() && !in_blank(rest_[end]) && rest_[end] != '(' && rest_[end] != ';') ++end;
    }
    out = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return Kind::Word;
  }
  std::string_view rest() const noexcept { return rest_; }

 private:
  /// Where the comment that begins here ends (RFC 5322 3.2.2: they nest), or the text does.
  std::size_t comment_end() const noexcept {
    std::size_t depth = 0, i = 0;
    bool quoted = false;
    for (; i < rest_.size(); ++i) {
      const char c = rest_[i];
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && c == '(') {
        ++depth;
      } else if (!quoted && c == ')' && --depth == 0) {
        break;
      }
    }
    return std::min(i, rest_.size());
  }

  std::string_view rest_;
};

class ReceivedReader {
 public:
  ReceivedClaim read(std::string_view field) {
    ClauseReaderView reader(field);
    std::string_view text;
    for (;;) switch (reader.next(text)) {
        case ClauseReaderView::Kind::End:
          return std::move(claim_);
        case ClauseReaderView::Kind::Comment:
          comment(text);
          break;
        case ClauseReaderView::Kind::Word:
          word(text, reader.rest());
          break;
      }
  }

 private:
  enum class Next : std::uint8_t { Clause, From, By, With, Cipher, Nothing };

  void word(std::string_view text, std::string_view rest) {
    switch (std::exchange(next_, Next::Clause)) {
      case Next::From:
        if (is_host_name(text)) claim_.from = lower_case(text);
        return;
      case Next::By:
        if (is_host_name(text)) claim_.by = lower_case(text);
        return;
      case Next::With:
        return protocol(text, rest);
      case Next::Cipher:
        return cipher(text);
      case Next::Nothing:
        return;
      case Next::Clause:
        break;
    }
    if (same_word(text, "from") && claim_.by.empty()) next_ = Next::From;
    if (same_word(text, "by")) next_ = Next::By;
    if (same_word(text, "with")) next_ = Next::With;
    if (same_word(text, "tls")) next_ = Next::Cipher;  // Exim
    for (const std::string_view other : {"id", "for", "via"})
      if (same_word(text, other)) next_ = Next::Nothing;
  }

  void protocol(std::string_view text, std::string_view rest) {
    for (const Word& known : kProtocols)
      if (same_word(text, known.text)) {
        claim_.with = known.text;
        claim_.tls |= known.sealed == Sealed::Yes;
        return;
      }
    if (same_word(text, "STARTTLS")) {  // "with ESMTP with STARTTLS"
      claim_.tls = true;
    } else if (begins_with_word(text, "ESMTP/TLS") || begins_with_word(text, "SMTP/TLS")) {  // Cisco ESA
      claim_.with = text.starts_with('E') ? "ESMTP/TLS" : "SMTP/TLS";
      claim_.tls = true;
      cipher(text.substr(text.rfind('/') + 1));
    } else if (same_word(text, "Microsoft") && begins_with_word(without_blanks(rest), "SMTP Server")) {
      claim_.with = "Microsoft SMTP Server";
    }
  }

  void version(std::string_view text) {
    if (!claim_.version.empty() || !is_version(text)) return;
    claim_.version = text;
    claim_.tls = true;
  }
  void cipher(std::string_view text) {
    if (!claim_.cipher.empty() || !is_cipher(text)) return;
    claim_.cipher = text;
    claim_.tls = true;
  }
  void bits(std::string_view text) {
    if (!claim_.bits) claim_.bits = bits_of(text);
  }
  void verify(std::string_view text) {
    for (const std::string_view known : kVerified)
      if (claim_.verify.empty() && same_word(text, known)) claim_.verify = known;
  }

  void comment(std::string_view text) {
    constexpr std::size_t kWords = 64;
    for (const std::string_view name : {"HELO", "EHLO", "envelope-", "account "})
      if (begins_with_word(text, name)) return;
    if (text == "TLS") {  // Exchange 2013
      claim_.tls = true;
      return;
    }
    // Postfix, in sendmail's words: asked for or not, shown or not, good or not.
    if (text == "No client certificate requested") return verify("NOT");
    if (text == "Client did not present a certificate") return verify("NO");
    if (text.starts_with("Client CN ")) {
      if (text.ends_with("(verified OK)")) verify("OK");
      if (text.ends_with("(not verified)")) verify("FAIL");
      return;
    }
    bool told_here = false;  // bits alone may be those of a login's own layer
    std::string_view before, pending_bits;
    for (std::size_t n = 0; n < kWords && !text.empty(); ++n) {
      const std::size_t begin = std::min(text.find_first_not_of(" ,;()"), text.size());
      text.remove_prefix(begin);
      const std::size_t end = std::min(text.find_first_of(" ,;()"), text.size());
      const std::string_view one = text.substr(0, end);
      text.remove_prefix(end);
      if (one.empty() || one.front() == '"') continue;
      const bool said = comment_word(one, before, pending_bits);
      told_here |= said;
      before = one;
    }
    if (told_here && !pending_bits.empty()) bits(pending_bits);
  }

  /// It says TLS.
  bool comment_word(std::string_view one, std::string_view before, std::string_view& pending_bits) {
    const std::size_t equals = one.find('=');
    if (equals != one.npos) {
      const std::string_view name = one.substr(0, equals), value = one.substr(equals + 1);
      if (same_word(name, "version")) version(value);
      if (same_word(name, "cipher")) cipher(value);
      if (same_word(name, "verify")) verify(value);
      if (same_word(name, "bits")) pending_bits = value;
      return same_word(name, "version") || same_word(name, "cipher");
    }
    if (const std::size_t colon = one.find(':'); colon != one.npos && is_version(one.substr(0, colon)))
      return joined(one);
    if (is_version(one)) {
      version(one);
      return true;
    }
    const bool after_version = !claim_.version.empty();
    if (same_word(before, "cipher") || after_version) {
      const bool dashes = one.find_first_of("-_") != one.npos;
      if (is_cipher(one) && dashes) cipher(one);
      if (bits_of(one) && (one.find('/') != one.npos || one.ends_with("bits"))) pending_bits = one;
    }
    if (same_word(one, "encrypted") && is_cipher(before)) {  // qpsmtpd
      cipher(before);
      return true;
    }
    return false;
  }

  /// "TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO": Exim, OpenSMTPD.
  bool joined(std::string_view all) {
    for (unsigned part = 0; part < 4 && !all.empty(); ++part) {
      const std::size_t colon = std::min(all.find(':'), all.size());
      const std::string_view one = without(all.substr(0, colon), "*");
      if (part == 0) version(one);
      if (part == 1) cipher(one);
      if (part == 2) bits(one);
      if (part == 3) verify(one);
      all.remove_prefix(std::min(colon + 1, all.size()));
    }
    return true;
  }

  ReceivedClaim claim_;
  Next next_ = Next::Clause;
};

}  // namespace

std::optional<ReceivedClaim> read_received(std::string_view field) {
  std::string unfolded;  // RFC 5322 2.2.3; a tab is as good as a blank
  if (field.find_first_of("\r\n\t") != field.npos) {
    unfolded.reserve(field.size());
    for (const char c : field)
      if (c != '\r' && c != '\n') unfolded += c == '\t' ? ' ' : c;
    field = unfolded;
  }
  ReceivedClaim claim = ReceivedReader().read(field);
  if (claim.by.empty() && claim.from.empty() && !claim.tls) return std::nullopt;
  return claim;
}

}  // namespace mailseal::mail
