// Figures as people read them: sizes, times, shares of sessions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mailseal/overview.h"

namespace mailseal {

/// "22.2 kB": three digits are enough for a person, JSON has them all.
std::string size_text(std::uint64_t octets);
/// "2026-11-21 10:05:02 to 10:35:47 UTC", to the second.
std::string period_text(Timestamp first, Timestamp last);
/// "+3.911262 s": of a time that has no date, for it counts from where the capture began (or from midnight), or from
/// where a clock did that was never set. Empty: it has one.
std::string elapsed_text(Timestamp);
/// "a, b, c".
std::string joined(const std::vector<std::string>& parts);

/// "3 plaintext": so many of what the word says.
std::string so_many(std::uint64_t, std::string_view word);

std::uint64_t count_of(const Counts&, State) noexcept;
/// "7/9 encrypted": connections that carried no mail are no part of either.
std::string fraction_text(const Counts&);
/// "1 plaintext, 3 no-mail": those of `states` that are.
std::string counts_text(const Counts&, const std::vector<State>& states);

/// Worst first, as a list for a person is sorted.
inline constexpr State kWorstFirst[] = {State::Plaintext, State::Mixed,     State::Inconclusive,
                                        State::Failed,    State::Encrypted, State::NoMail};

/// 0 for what an auditor must see first.
std::size_t order_of(State) noexcept;

}  // namespace mailseal
