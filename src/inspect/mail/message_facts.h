// What is told of readable messages and envelopes beside that they were readable: sizes, domains, and what Received
// fields claim. Bounded; never a mailbox, never other text of a message.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "mailseal/inspect.h"

namespace mailseal::mail {

void note_size(Session&, std::uint64_t octets);

enum class Envelope : std::uint8_t { From, To };

class EnvelopeDomains {
 public:
  /// "FROM:<alice@x.example> SIZE=9": the domain alone. What has not its form is not told.
  void note(Session&, Envelope, std::string_view argument);

 private:
  /// The one that came last, where it is short: most recipients of a message have the same.
  struct Last {
    std::array<char, 31> text{};
    std::uint8_t size = 0;  ///< 0: none
  };
  std::array<Last, 2> last_{};  ///< by Envelope
};

/// The body of a Received field, as far as it was kept.
void note_received(Session&, std::string_view field, const Seen&);

}  // namespace mailseal::mail
