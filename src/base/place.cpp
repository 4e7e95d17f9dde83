#include "mailseal/base/place.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "mailseal/base/ascii.h"

namespace mailseal {
namespace {
constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_v4(const IpAddress& a) { return std::memcmp(a.octets.data(), kMapped.data(), kMapped.size()) == 0; }

/// So many digits as a number; -1 where they are none.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  int n = 0;
  for (const char c : text.substr(at, count)) {
    if (!is_digit(c)) return -1;
    n = n * 10 + (c - '0');
  }
  return n;
}
}  // namespace

std::string to_string(const IpAddress& a) {
  char text[INET6_ADDRSTRLEN] = "";
  if (is_v4(a))
    inet_ntop(AF_INET, a.octets.data() + kMapped.size(), text, sizeof text);
  else
    inet_ntop(AF_INET6, a.octets.data(), text, sizeof text);
  return text;
}

std::string to_string(const Endpoint& e) {
  const std::string port = std::to_string(e.port);
  return is_v4(e.address) ? to_string(e.address) + ":" + port : "[" + to_string(e.address) + "]:" + port;
}

std::string to_string(Timestamp t) {
  using namespace std::chrono;
  const auto second = floor<seconds>(t);  // by seconds: the first day in nanoseconds may lie before any Timestamp
  const auto day = floor<days>(second);
  const year_month_day date{day};
  const hh_mm_ss clock{second - day};
  const auto fraction = (t.time_since_epoch() % 1s + 1s) % 1s;
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%09lldZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<long long>(nanoseconds(fraction).count()));
  return text;
}

std::optional<IpAddress> parse_address(std::string_view text) {
  const std::string whole(text);
  IpAddress address;
  if (whole.find('\0') != whole.npos) return std::nullopt;
  if (inet_pton(AF_INET6, whole.c_str(), address.octets.data()) == 1) return address;
  std::copy(kMapped.begin(), kMapped.end(), address.octets.begin());
  if (inet_pton(AF_INET, whole.c_str(), address.octets.data() + kMapped.size()) == 1) return address;
  return std::nullopt;
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  using namespace std::chrono;
  // RFC 3339 5.6: date-time, of which the offset is Z here.
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() <= kForm.size() || text.back() != 'Z') return std::nullopt;
  for (std::size_t i = 0; i < kForm.size(); ++i)
    if (kForm[i] != '0' ? text[i] != kForm[i] : !is_digit(text[i])) return std::nullopt;
  const year_month_day date{year(digits(text, 0, 4)), month(static_cast<unsigned>(digits(text, 5, 2))),
                            day(static_cast<unsigned>(digits(text, 8, 2)))};
  const int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  std::string_view fraction = text.substr(kForm.size(), text.size() - kForm.size() - 1);
  int nanoseconds_part = 0;
  if (!fraction.empty()) {
    if (fraction.size() < 2 || fraction.size() > 10 || fraction.front() != '.') return std::nullopt;
    fraction.remove_prefix(1);
    nanoseconds_part = digits(fraction, 0, 9);
    if (nanoseconds_part < 0) return std::nullopt;
    for (std::size_t i = fraction.size(); i < 9; ++i) nanoseconds_part *= 10;
  }
  const auto whole = sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
  const nanoseconds rest(nanoseconds_part);
  const auto first = floor<seconds>(Timestamp::min()), last = floor<seconds>(Timestamp::max());
  if (whole < first || whole > last) return std::nullopt;
  if (whole == first) {  // by its end, for its beginning is out of reach
    const Timestamp end(whole + seconds(1));
    const nanoseconds back = seconds(1) - rest;
    return back <= end - Timestamp::min() ? std::optional(end - back) : std::nullopt;
  }
  if (whole == last && rest > Timestamp::max() - Timestamp(last)) return std::nullopt;
  return Timestamp(whole) + rest;
}

}  // namespace mailseal
