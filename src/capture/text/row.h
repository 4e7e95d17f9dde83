// Rows: sixteen octets of a packet as sniffers print them, each held against its own column of characters.
//
// The characters repeat the octets: 0x21 to 0x7e stand for themselves, all else is a dot; a blank is printed as either.
// A row whose two halves contradict each other is damaged, and nothing of it is believed. Agreement is proof
// only of what is printable.
//
// Refuses to mend anything: a digit that is not there is not guessed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mailseal {

struct TextRow {
  std::uint64_t offset = 0;  ///< of its first octet in the packet
  std::array<std::byte, 16> octets{};
  std::size_t count = 0;    ///< 1 to 16 of them
  bool characters = false;  ///< its column of characters was there, and agreed
};

enum class RowIs : std::uint8_t { NoRow, Sound, Damaged };

/// "0x0010<TAB> 003c 707c ...<TAB>.<p|": FortiGate, also copied from a terminal; Cisco ASA.
RowIs read_words(std::string_view line, TextRow&) noexcept;
/// "<TAB>0x0010:  003c 707c ...  .<p|": tcpdump; the characters may be missing (-x).
RowIs read_colon_words(std::string_view line, TextRow&) noexcept;
/// "000010<TAB> 00 3c 70 7c ...<TAB>.<p|": FortiMail.
RowIs read_octets(std::string_view line, TextRow&) noexcept;
/// "0010  00 3c 70 7c ...   .<p|": tshark -x.
RowIs read_spaced_octets(std::string_view line, TextRow&) noexcept;
/// "              00 3c 70 7c ...     .<p|": ScreenOS, which prints no offset.
RowIs read_bare_octets(std::string_view line, TextRow&) noexcept;

}  // namespace mailseal
