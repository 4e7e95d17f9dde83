// What the mail protocols and the message reader ask of one line of text.
#pragma once

#include <cstddef>
#include <string_view>

namespace mailseal::mail {

/// `word` stands anywhere in `text`, in any case.
bool contains_word(std::string_view text, std::string_view word) noexcept;

/// Printable, in ASCII, ISO-2022 or UTF-8, or nearly so: ciphertext hardly ever is.
bool is_text(std::string_view line) noexcept;

/// A line of base64's letters only.
bool is_base64(std::string_view line) noexcept;

/// May be a SASL response: base64, also without its padding. Shorter, it may be a cut command.
bool is_response(std::string_view line) noexcept;

/// "XXXXXXXX" or "XXXXXXXA": a keyword overwritten on the way with the same length, that of
/// STARTTLS or STLS. Some firewalls do that. A real extension that begins with one X is not meant.
bool masked_keyword(std::string_view word, std::size_t length) noexcept;

/// RFC 5321 4.1.2's Domain (an underscore is forgiven) or address-literal, of at most 255 octets.
bool is_host_name(std::string_view word) noexcept;

}  // namespace mailseal::mail
