// What the two sides of IMAP write alike: literals; and FetchReader, which walks through one
// FETCH response and says which part of the message each value is.
//
// A response is read line by line as the literals in it allow; between two lines only the
// place in it is kept. RFC 9051 4.3, 7.5.2, 9; RFC 3516 (BINARY), RFC 7888 (LITERAL+).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "mail/dialogue.h"

namespace mailseal::mail {

struct Literal {
  std::uint64_t octets = 0;  ///< at most kHuge
  bool waits = true;         ///< "{n}": the sender waits for "+"; "{n+}" does not
  bool absurd = false;       ///< more than a signed 64-bit length; no such literal can end
};
inline constexpr std::uint64_t kHuge = (std::uint64_t{1} << 63) - 1;

/// The literal announced at the end of the line, "{12}", "{12+}" or "~{12}".
std::optional<Literal> literal_at_end(std::string_view line) noexcept;

class FetchReader {
 public:
  enum class Item : std::uint8_t { Other, Message, Text, Headers, Structure };

  /// A new response begins; lines follow from behind "FETCH".
  void start() noexcept { *this = FetchReader(); }
  /// One line of the response, up to a literal or to its end. What is quoted in it is written down.
  void line(Session&, MessageReader&, std::string_view text, const Seen&);
  /// The literal behind the last line has passed.
  void literal_done() noexcept;

  /// What the literal behind the last line is.
  Item item() const noexcept { return in_section_ ? Item::Other : item_; }
  bool partial() const noexcept { return partial_; }
  /// The partial literal begins where the message does.
  bool from_start() const noexcept { return from_start_; }
  static MessageReader::Part part(Item, bool from_start) noexcept;

 private:
  void name(std::string_view text) noexcept;
  void section_end(std::string_view text) noexcept;

  Item item_ = Item::Other;
  unsigned depth_ = 0;
  bool value_due_ = false;
  bool in_section_ = false;  ///< inside "BODY[...": a header's name may be a literal
  bool partial_ = false, from_start_ = true;
};

}  // namespace mailseal::mail
