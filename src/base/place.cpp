#include "mailseal/base/place.h"

#include <arpa/inet.h>

#include <cstdio>
#include <cstring>

namespace mailseal {
namespace {
constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_v4(const IpAddress& a) { return std::memcmp(a.octets.data(), kMapped.data(), kMapped.size()) == 0; }
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
  const auto day = floor<days>(t);
  const year_month_day date{day};
  const hh_mm_ss clock{t - day};
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%09lldZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<long long>(clock.subseconds().count()));
  return text;
}

}  // namespace mailseal
