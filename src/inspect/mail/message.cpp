// MessageReader: headers and body of a message that passes in pieces (RFC 5322 2.1).
//
// It exists to say what of a message was readable, not to read it: octets are counted
// and forgotten, but for what message_facts.h tells. Two labels are looked for, since they say that the body was
// encrypted by its writer: the Content-Type of S/MIME (RFC 8551 3.2) or PGP/MIME (RFC 3156 4), and the armor line of
// OpenPGP (RFC 9580 6.2). MIME parts inside the body are not parsed.
#include <algorithm>
#include <utility>

#include "mail/dialogue.h"
#include "mail/message_facts.h"
#include "mail/text.h"
#include "mailseal/base/ascii.h"
#include "mailseal/base/find_pair.h"

namespace mailseal::mail {
namespace {

constexpr std::string_view kArmor = "-----BEGIN PGP MESSAGE-----";
constexpr std::size_t kFieldBytes = 1024;  // enough for media type and parameters, and for the clauses of Received
constexpr std::uint8_t kNoMatch = 0xff;

/// RFC 5322 2.2: of a field's name.
constexpr bool in_name(char c) noexcept { return c > ' ' && c < '\x7f' && c != ':'; }

/// Enveloped, not only signed (RFC 8551 3.2.2).
bool says_encrypted(std::string_view field) {
  field.remove_prefix(std::min(field.find_first_not_of(" \t"), field.size()));
  if (begins_with_word(field, "multipart/encrypted")) return true;
  return (begins_with_word(field, "application/pkcs7-mime") || begins_with_word(field, "application/x-pkcs7-mime")) &&
         contains_word(field, "enveloped-data");
}

}  // namespace

void MessageReader::start(Part part) noexcept {
  *this = MessageReader();
  part_ = part;
  if (part == Part::BodyOnly) at_ = At::Body;
}

void MessageReader::octets(Session& session, std::string_view text, const Seen& seen) {
  if (labelled_ && seen.offset > next_) {  // octets are missing: what is left of the field would be glued together
    labelled_ = false;
    field_.clear();
  }
  next_ = seen.offset + text.size();
  octets_ += text.size();
  if (at_ != At::Body) {
    const std::size_t used = headers(session, text, seen);
    undecided_ += used;
    if (any_header_ && undecided_ > 0) {
      note(session.headers, seen);
      session.header_bytes += std::exchange(undecided_, 0);
    } else if (at_ == At::Body && matched_ == kNoMatch) {  // a first line that is no header
      session.content_bytes += std::exchange(undecided_, 0);
    }
    text.remove_prefix(used);
    if (!text.empty()) body(session, text, later(seen, used));
    return;
  }
  if (!text.empty()) body(session, text, seen);
}

void MessageReader::whole(Session& session, const Seen& seen) {
  end(session, seen);
  ++session.messages;
  note_size(session, octets_);
  if (!session.content && any_header_) session.content = session.headers;
}

void MessageReader::end(Session& session, const Seen& seen) {
  end_field(session, seen);
  if (undecided_ == 0 || part_ == Part::HeadersOnly || at_ == At::Body || at_ == At::EmptyLine) return;
  note(session.content, seen);
  session.content_bytes += std::exchange(undecided_, 0);
}

std::size_t MessageReader::headers(Session& session, std::string_view text, const Seen& seen) {
  std::size_t i = 0;
  // What cannot be a header begins the body; where only headers were asked for it is one all the same.
  const auto no_header = [&] {
    at_ = part_ == Part::HeadersOnly ? At::Value : At::Body;
    any_header_ |= part_ == Part::HeadersOnly;
    matched_ = kNoMatch;
  };
  const auto begin_value = [&] {
    labelled_ = matched_ == kFields[static_cast<std::size_t>(wanted_)].size();
    if (labelled_) field_at_ = later(seen, i);
    any_header_ = true;
    at_ = At::Value;
  };
  while (i < text.size() && at_ != At::Body) {
    const char c = text[i];
    switch (at_) {
      case At::FirstLine:
      case At::LineStart:
        if (c == '\n' || c == '\r') {
          end_field(session, later(seen, i));
          at_ = At::EmptyLine;
          if (c == '\r') ++i;
        } else if ((c == ' ' || c == '\t') && at_ == At::LineStart) {  // RFC 5322 2.2.3: folded
          at_ = At::Value;
        } else {
          end_field(session, later(seen, i));
          matched_ = 0;
          at_ = At::Name;
        }
        continue;
      case At::EmptyLine:
        if (c == '\n') {
          at_ = part_ == Part::HeadersOnly ? At::LineStart : At::Body;
          matched_ = 0;
          ++i;
        } else {
          no_header();
        }
        continue;
      case At::Name:
        if (c == ':') {
          begin_value();
        } else if (c == ' ' || c == '\t') {
          at_ = At::AfterName;
        } else if (in_name(c)) {
          if (matched_ == 0) wanted_ = upper(c) == 'R' ? Field::Received : Field::ContentType;
          const std::string_view name = kFields[static_cast<std::size_t>(wanted_)];
          if (matched_ < name.size() && upper(c) == name[matched_])
            ++matched_;
          else
            matched_ = kNoMatch;
          while (matched_ == kNoMatch && i + 1 < text.size() && in_name(text[i + 1])) ++i;
        } else {
          no_header();
          continue;
        }
        break;
      case At::AfterName:
        if (c == ':') {
          begin_value();
        } else if (c != ' ' && c != '\t') {
          no_header();
          continue;
        }
        break;
      case At::Value: {
        const std::size_t end = std::min(text.find('\n', i), text.size());
        if (labelled_ && field_.size() < kFieldBytes)
          field_.append(text.substr(i, std::min(end - i, kFieldBytes - field_.size())));
        i = end;
        if (end == text.size()) return i;
        at_ = At::LineStart;
        break;
      }
      case At::Body:
        break;
    }
    ++i;
  }
  return i;
}

void MessageReader::end_field(Session& session, const Seen& seen) {
  if (!labelled_) return;
  read_field(session, seen);
  labelled_ = false;
  std::string().swap(field_);
}

void MessageReader::read_field(Session& session, const Seen& end) {
  if (wanted_ == Field::ContentType) {
    if (!session.end_to_end && says_encrypted(field_)) session.end_to_end = end;
    return;
  }
  std::string_view field = field_;
  // Its last word may be cut: half a name is another name.
  if (field.size() == kFieldBytes) field = field.substr(0, std::min(field.find_last_of(" \t"), field.size()));
  note_received(session, field, *field_at_);
}

void MessageReader::body(Session& session, std::string_view text, const Seen& seen) {
  note(session.content, seen);
  session.content_bytes += text.size();
  if (session.end_to_end) return;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (matched_ == kNoMatch) {
      const std::size_t end = find_pair(text.substr(i), '\n', kArmor[0]);
      if (end == text.npos) {
        if (text.back() == '\n') matched_ = 0;
        return;
      }
      i += end;
      matched_ = 0;
    } else if (text[i] == '\n') {
      matched_ = 0;
    } else if (text[i] != kArmor[matched_]) {
      matched_ = kNoMatch;
    } else if (++matched_ == kArmor.size()) {
      session.end_to_end = later(seen, i);
      return;
    }
  }
}

}  // namespace mailseal::mail
