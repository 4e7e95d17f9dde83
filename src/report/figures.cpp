#include "figures.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "tr.h"
#include "words.h"

namespace mailseal {
namespace {

/// "2026-11-21 10:05:02".
std::string clock_text(Timestamp t) {
  std::string text = to_string(t).substr(0, 19);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

}  // namespace

std::string size_text(std::uint64_t octets) {
  constexpr std::array<std::string_view, 4> kUnits{"kB", "MB", "GB", "TB"};
  if (octets < 1000) return told_number(octets, "{} octet", "{} octets");
  std::uint64_t tenths = (octets + 50) / 100;  // of a kB
  std::size_t unit = 0;
  for (; tenths >= 10'000 && unit + 1 < kUnits.size(); ++unit) tenths = (tenths + 500) / 1000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " " + std::string(kUnits[unit]);
}

std::string elapsed_text(Timestamp t) {
  if (t.time_since_epoch() < std::chrono::nanoseconds(0) || t >= Timestamp(std::chrono::days(365))) return "";
  const auto second = std::chrono::floor<std::chrono::seconds>(t.time_since_epoch());
  std::string fraction = to_string(t);
  fraction = fraction.substr(fraction.find('.') + 1, 6);
  return "+" + std::to_string(second.count()) + "." + fraction + " s";
}

std::string period_text(Timestamp first, Timestamp last) {
  if (const std::string begin = elapsed_text(first), end = elapsed_text(last); !begin.empty() && !end.empty())
    return begin == end ? begin : told("{} to {}", begin, end);
  const std::string from = clock_text(first), to = clock_text(last);
  if (from == to) return from + " UTC";
  const bool same_day = from.substr(0, 10) == to.substr(0, 10);
  return told("{} to {} UTC", from, same_day ? to.substr(11) : to);
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

std::string so_many(std::uint64_t n, std::string_view word) {
  // Translators: {0} is a number, {1} a state or a reason.
  return told("{0} {1}", n, word);
}

std::uint64_t count_of(const Counts& counts, State state) noexcept { return counts[static_cast<std::size_t>(state)]; }

std::size_t order_of(State state) noexcept {
  return static_cast<std::size_t>(std::find(std::begin(kWorstFirst), std::end(kWorstFirst), state) - kWorstFirst);
}

std::string fraction_text(const Counts& counts) {
  const std::uint64_t judgeable = total(counts) - count_of(counts, State::NoMail);
  if (judgeable == 0) return tr("nothing to encrypt");
  return told("{}/{} encrypted", count_of(counts, State::Encrypted), judgeable);
}

std::string counts_text(const Counts& counts, const std::vector<State>& states) {
  std::vector<std::string> parts;
  for (const State state : states)
    if (const std::uint64_t n = count_of(counts, state); n != 0) parts.push_back(so_many(n, tr(to_string(state))));
  return joined(parts);
}

}  // namespace mailseal
