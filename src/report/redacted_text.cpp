#include "redacted_text.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "mailseal/base/ascii.h"
#include "mailseal/overview.h"

namespace mailseal {
namespace {

constexpr std::size_t kDigestDigits = 32;                      ///< what is as long, and hexadecimal, is one
constexpr std::size_t kAddressOctets = 45, kNameOctets = 255;  ///< of the longest as text
constexpr std::string_view kMask = "***";
constexpr std::string_view kSerial = "serial ";

bool is_letter(char c) { return upper(c) >= 'A' && upper(c) <= 'Z'; }
bool is_hex(char c) { return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'F'); }
bool in_word(char c) { return is_letter(c) || is_digit(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80; }
bool in_host(char c) { return in_word(c) || c == '-' || c == '.' || c == '*'; }

/// Between two words, or at an end of the text.
bool at_edge(std::string_view text, std::size_t at) {
  return at == 0 || at == text.size() || !(in_word(text[at - 1]) && in_word(text[at]));
}
bool after_space(std::string_view text, std::size_t at) {
  return at == 0 || std::string_view(" '\"(").find(text[at - 1]) != std::string_view::npos;
}

template <class Is>
std::size_t run(std::string_view text, std::size_t at, Is is) {
  std::size_t end = at;
  while (end < text.size() && is(text[end])) ++end;
  return end - at;
}

std::size_t trimmed(std::string_view piece, std::string_view ends) {
  const std::size_t last = piece.find_last_not_of(ends);
  return last == piece.npos ? 0 : last + 1;
}

// --- what a text may hold, and how it is told apart: the octets it takes at `at`, 0 where it is not there ---

/// Words of the sentences in judge, overview and capture that the catalogue does not have.
constexpr std::string_view kOurWords =
    "a accepted addresses after allocate an and another anyone asked at attempt attempts back before begins behind "
    "between by carried certificates chain chains clear closed code complete connection could counted credentials "
    "day days decoded depth different directory does dropped else empty encrypted end ended ends enough error "
    "failed fails failure file files filter find finding findings first flow flows for forward frame frames from "
    "gap given had has have headers hello high hop hops in input inside is issuer it its judge judged key keys kind "
    "know largest left link local login logins look low mail mailbox mailboxes medium memory message messages mode "
    "more most name named names none nor not num number octet octets of off offered on one only open opened or "
    "other others over packet packets part pass passed path paths permission plaintext port ports read readable "
    "reason refused reply reset run same second seconds secrecy secret seen sent serial server servers session "
    "sessions severe show shown side since size snap stands state status step steps stopped such system table than "
    "that the their them there they this those time times to token too truncated tunnel type unable unknown until "
    "used user users valid verified verify version was were what when where which while whole with without word "
    "words wrong year";

/// A name that is such a word cannot be told from it.
bool is_our_word(std::string_view word) {
  static const std::unordered_set<std::string> words = [] {
    std::unordered_set<std::string> all;
    const auto add = [&](std::string_view text) {
      for (std::size_t at = 0; at < text.size(); ++at)
        if (const std::size_t length = run(text, at, is_letter); length != 0) {
          std::string found(text.substr(at, length));
          for (char& c : found) c = upper(c);
          all.insert(std::move(found));
          at += length;
        }
    };
    for (const FindingKind& kind : catalogue())
      for (const std::string_view text : {kind.title, kind.observed, kind.meaning}) add(text);
    add(kOurWords);
    return all;
  }();
  if (std::all_of(word.begin(), word.end(), is_digit)) return true;
  std::string key(word);
  for (char& c : key) c = upper(c);
  return words.contains(key);
}

/// Words of ours alone, with single spaces between.
bool is_ours(std::string_view piece) {
  for (;;) {
    const std::size_t length = run(piece, 0, in_word);
    if (length == 0 || !is_our_word(piece.substr(0, length))) return false;
    if (length == piece.size()) return true;
    if (piece[length] != ' ') return false;
    piece.remove_prefix(length + 1);
  }
}

/// Where sentences name inputs: "first: PATH frame 9", "first in PATH: ...", "PATH: ..."
bool where_paths_stand(std::string_view text, std::size_t at, std::size_t end) {
  constexpr std::string_view kFrame = " frame ";
  const std::string_view before = text.substr(0, at), after = text.substr(end);
  const bool left = before.empty() || before.ends_with(": ") || before.ends_with("; ") || before.ends_with(", ") ||
                    before.ends_with("first in ");
  const bool frame = after.starts_with(kFrame) && after.size() > kFrame.size() && is_digit(after[kFrame.size()]);
  return left && (frame || after.empty() || after.starts_with(": ") || after.starts_with(";") ||
                  after.starts_with(". ") || after == ".");
}

std::size_t known(std::string_view text, std::size_t at, const Aliases& aliases) {
  for (const std::size_t length : aliases.lengths()) {
    const std::size_t end = at + length;
    if (end > text.size() || !at_edge(text, end)) continue;
    const std::string_view piece = text.substr(at, length);
    if (!aliases.known(piece)) continue;
    if (!is_ours(piece) || (aliases.is_path(piece) && where_paths_stand(text, at, end))) return length;
  }
  return 0;
}
std::string known_alias(std::string_view piece, Aliases& aliases) { return *aliases.known(piece); }

std::size_t mailbox(std::string_view text, std::size_t at, const Aliases&) {
  if (!after_space(text, at)) return 0;
  const std::string_view word = text.substr(at, text.find(' ', at) - at);
  const std::size_t mask = word.find(kMask);
  if (mask == word.npos) return 0;
  const std::size_t end = mask + kMask.size();
  if (end == word.size() || word[end] != '@') return end;
  return end + 1 + trimmed(word.substr(end + 1, run(word, end + 1, in_host)), ".-");
}

std::size_t path(std::string_view text, std::size_t at, const Aliases&) {
  if (!after_space(text, at)) return 0;
  const std::string_view word = text.substr(at, text.find(' ', at) - at);
  const bool begins =
      word.starts_with('/') || word.starts_with("./") || word.starts_with("../") || word.starts_with("~");
  const std::size_t length = trimmed(word, ".,:;'\")");
  return begins && length > 1 ? length : 0;
}
std::string path_alias(std::string_view piece, Aliases& aliases) { return aliases.path(piece); }

std::size_t address(std::string_view text, std::size_t at, const Aliases&) {
  text = text.substr(0, std::min(text.size(), at + kAddressOctets + 1));
  const auto is = [&](std::size_t length) {
    IpAddress ignored;
    return length != 0 && is_address(text.substr(at, length), ignored);
  };
  const std::size_t colons = run(text, at, [](char c) { return is_hex(c) || c == ':' || c == '.'; });
  for (const std::size_t length : {colons, trimmed(text.substr(at, colons), ".:")})
    if (at_edge(text, at + length) && is(length)) return length;
  // Four numbers are one whatever stands behind them: "192.0.2.7.25" is an address and a port to BSD.
  std::size_t dots = run(text, at, is_digit);
  for (int more = 0; more < 3 && at + dots < text.size() && text[at + dots] == '.'; ++more)
    dots += 1 + run(text, at + dots + 1, is_digit);
  return is(dots) ? dots : 0;
}
std::string name_alias(std::string_view piece, Aliases& aliases) { return aliases.name(piece); }

std::size_t digest(std::string_view text, std::size_t at, const Aliases&) {
  const std::size_t length = run(text, at, is_hex);
  return length >= kDigestDigits && at_edge(text, at + length) ? length : 0;
}
std::string digest_alias(std::string_view piece, Aliases& aliases) {
  constexpr std::size_t kSha256Digits = 64;
  return piece.size() == kSha256Digits ? aliases.fingerprint(piece) : aliases.serial(piece);
}

std::size_t serial(std::string_view text, std::size_t at, const Aliases&) {
  if (!text.substr(at).starts_with(kSerial)) return 0;
  const std::size_t length = run(text, at + kSerial.size(), [](char c) { return is_hex(c) || c == '-'; });
  return length != 0 && at_edge(text, at + kSerial.size() + length) ? kSerial.size() + length : 0;
}
std::string serial_alias(std::string_view piece, Aliases& aliases) {
  return std::string(kSerial) + aliases.serial(piece.substr(kSerial.size()));
}

/// Two labels and more, the last of letters: "mail.example", and neither "4.1" nor "TLSv1.2".
std::size_t host(std::string_view text, std::size_t at, const Aliases&) {
  text = text.substr(0, std::min(text.size(), at + kNameOctets + 2));
  const std::size_t length = trimmed(text.substr(at, run(text, at, in_host)), ".-*");
  const std::string_view name = text.substr(at, length);
  const std::size_t dot = name.rfind('.');
  if (dot == name.npos || !is_host_name(name)) return 0;
  const std::string_view top = name.substr(dot + 1);
  const bool letters = std::none_of(top.begin(), top.end(), is_digit) || begins_with_word(top, "xn--");
  return top.size() > 1 && letters ? length : 0;
}

struct Reading {
  std::size_t (*length)(std::string_view text, std::size_t at, const Aliases&);
  std::string (*alias)(std::string_view piece, Aliases&);
};
constexpr std::array kReadings{
    Reading{known, known_alias},  Reading{mailbox, redacted_mailbox}, Reading{path, path_alias},
    Reading{address, name_alias}, Reading{digest, digest_alias},      Reading{serial, serial_alias},
    Reading{host, name_alias},
};

}  // namespace

std::string redacted_mailbox(std::string_view masked, Aliases& aliases) {
  if (masked.empty()) return {};
  const std::size_t at = masked.rfind('@');
  return std::string(kMask) + (at == masked.npos ? "" : "@" + aliases.name(masked.substr(at + 1)));
}

std::string redacted_text(std::string_view text, Aliases& aliases) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 0;
    const Reading* how = nullptr;
    if (at_edge(text, at))
      for (const Reading& reading : kReadings)
        if (const std::size_t taken = reading.length(text, at, aliases); taken > length) {
          length = taken;
          how = &reading;
        }
    if (how) {
      out += how->alias(text.substr(at, length), aliases);
      at += length;
    } else {
      out += text[at++];
    }
  }
  return out;
}

}  // namespace mailseal
