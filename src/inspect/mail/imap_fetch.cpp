#include "mail/imap_fetch.h"

#include <algorithm>

#include "mail/mailbox.h"
#include "mailseal/base/ascii.h"

namespace mailseal::mail {
namespace {

using Item = FetchReader::Item;

/// "BODY[1.2.HEADER.FIELDS (FROM)]": what stands between the brackets (RFC 9051 9, section-spec).
Item item_of_section(std::string_view section) {
  section.remove_prefix(std::min(section.find_first_not_of("0123456789."), section.size()));
  if (begins_with_word(section, "HEADER") || begins_with_word(section, "MIME")) return Item::Headers;
  return Item::Text;
}

Item item_of(std::string_view name) {
  struct Row {
    std::string_view name;
    Item item;
  };
  // To add an item that discloses something: one row.
  constexpr Row kItems[] = {
      {"RFC822", Item::Message},
      {"RFC822.HEADER", Item::Headers},
      {"RFC822.TEXT", Item::Text},
      {"ENVELOPE", Item::Structure},
      {"BODY", Item::Structure},
      {"BODYSTRUCTURE", Item::Structure},
      {"BINARYSTRUCTURE", Item::Structure},
      {"PREVIEW", Item::Text},
      {"SNIPPET", Item::Text},
  };
  for (const Row& row : kItems)
    if (same_word(name, row.name)) return row.item;
  const std::size_t bracket = name.find('[');
  if (bracket == name.npos) return Item::Other;
  const std::string_view before = name.substr(0, bracket);
  const bool body = same_word(before, "BODY") || same_word(before, "BODY.PEEK") || same_word(before, "BINARY") ||
                    same_word(before, "BINARY.PEEK");
  if (!body) return Item::Other;
  const std::string_view section = name.substr(bracket + 1);
  return section.empty() || section.front() == ']' ? Item::Message : item_of_section(section);
}

}  // namespace

std::optional<Literal> literal_at_end(std::string_view line) noexcept {
  if (!line.ends_with('}')) return std::nullopt;
  line.remove_suffix(1);
  Literal literal;
  if (line.ends_with('+') || line.ends_with('-')) {
    literal.waits = line.ends_with('-');
    line.remove_suffix(1);
  }
  const std::size_t open = line.rfind('{');
  if (open == line.npos || open + 1 == line.size()) return std::nullopt;
  for (const char c : line.substr(open + 1)) {
    if (!is_digit(c)) return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (literal.octets > (kHuge - digit) / 10) literal.absurd = true;
    literal.octets = literal.absurd ? kHuge : literal.octets * 10 + digit;
  }
  return literal;
}

void FetchReader::name(std::string_view text) noexcept {
  item_ = item_of(text);
  partial_ = false;
  from_start_ = true;
  value_due_ = true;
  in_section_ = text.find('[') != text.npos && text.find(']') == text.npos;
  if (!in_section_) section_end(text);
}

/// "]<0>": part of a section, from that octet on.
void FetchReader::section_end(std::string_view text) noexcept {
  const std::size_t origin = text.rfind("]<");
  if (origin == text.npos) return;
  partial_ = true;
  from_start_ = text.substr(origin).starts_with("]<0>") || text.substr(origin).starts_with("]<0.");
}

MessageReader::Part FetchReader::part(Item item, bool from_start) noexcept {
  if (item == Item::Headers) return MessageReader::Part::HeadersOnly;
  return item == Item::Message && from_start ? MessageReader::Part::Whole : MessageReader::Part::BodyOnly;
}

void FetchReader::literal_done() noexcept {
  if (!in_section_ && depth_ <= 1) value_due_ = false;
}

void FetchReader::line(Session& session, MessageReader& message, std::string_view text, const Seen& seen) {
  std::size_t i = 0;
  const auto structure = [&](std::size_t octets) {
    if (item_ != Item::Structure) return;
    note(session.headers, seen);
    session.header_bytes += octets;
  };
  while (i < text.size()) {
    const char c = text[i];
    if (in_section_) {
      const std::size_t end = text.find(']', i);
      if (end == text.npos) return;
      in_section_ = false;
      i = std::min(text.find_first_of(" (", end), text.size());
      section_end(text.substr(end, i - end));
    } else if (c == ' ' || c == '\t') {
      ++i;
    } else if (c == '(') {
      ++depth_;
      ++i;
      if (depth_ > 1) structure(1);
    } else if (c == ')') {
      if (depth_ > 0) --depth_;
      if (depth_ <= 1) value_due_ = false;
      ++i;
    } else if (c == '"') {
      std::size_t end = i + 1;
      while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      end = std::min(end, text.size());
      const std::string_view quoted = text.substr(i + 1, end - i - 1);
      i = std::min(end + 1, text.size());
      structure(depth_ > 1 ? quoted.size() : 0);
      if (depth_ > 1 || !value_due_) continue;
      value_due_ = false;
      if (quoted.empty() || item_ == Item::Other || item_ == Item::Structure) continue;
      message.start(part(item_, from_start_));
      message.octets(session, quoted, seen);
      item_ == Item::Message && !partial_ ? message.whole(session, seen) : message.end(session, seen);
    } else {
      const std::size_t start = i;
      unsigned brackets = 0;
      for (; i < text.size(); ++i) {
        if (text[i] == '[') ++brackets;
        if (text[i] == ']' && brackets > 0) --brackets;
        if (brackets == 0 && (text[i] == ' ' || text[i] == '(' || text[i] == ')')) break;
      }
      const std::string_view atom = text.substr(start, i - start);
      if (i == text.size() && literal_at_end(atom)) {  // the value comes behind this line
        const std::string_view before = atom.substr(0, atom.find_last_of("~{", atom.rfind('{')));
        if (!before.empty() && depth_ <= 1 && !value_due_) name(before);
        return;
      }
      if (depth_ > 1) {
        structure(atom.size());
      } else if (value_due_) {
        value_due_ = false;
      } else {
        name(atom);
      }
    }
  }
}

}  // namespace mailseal::mail
