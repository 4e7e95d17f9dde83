// What was inside TLS, where keys were given, in words: one row for each session that was decrypted, and how many
// were not and why. Bounded: the first are shown, the rest is counted; JSON has all.
//
// Nothing of it was readable on the wire, and no report may look as if it had been.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "mailseal/overview.h"

namespace mailseal {

/// "1 message, AUTH PLAIN accepted".
std::string inside_text(const Inside&);

struct InsideRow {
  FlowKey flow;
  Seen first;  ///< the first record that was decrypted
  std::string text;
};

struct InsideRows {
  static constexpr std::size_t kShown = 20;
  /// Sessions are passed over only where Overview::keyed says that there is one.
  explicit InsideRows(const Overview&);

  std::vector<InsideRow> rows;
  std::uint64_t decrypted = 0;
  std::vector<std::string> others;  ///< "2 sessions: no key", the most first
};

}  // namespace mailseal
