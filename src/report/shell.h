// Commands a reader may copy into a shell to see for himself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mailseal/overview.h"

namespace mailseal {

/// One word of a POSIX shell, also inert in any markup: what a shell or a markup could obey stands as \xNN in $'...'.
std::string shell_word(std::string_view);
std::string shell_line(std::string_view program, const std::vector<std::string>& arguments);
/// Shows a frame of a capture: "tshark -r a.pcap -Y frame.number==14 -V".
std::string tshark_line(std::string_view path, std::uint64_t frame);
/// The same, or where the packet stands in a text: "sed -n 123,163p a.txt".
std::string show_line(const InputFacts&, const Seen&);

}  // namespace mailseal
