#include "mailseal/base/key_log.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "mailseal/base/ascii.h"

namespace mailseal {
namespace {

struct Label {
  std::string_view name;
  SecretKind kind;
};
// What else stands in a log (EXPORTER_SECRET, later traffic secrets, which follow from the first) is not needed.
constexpr Label kLabels[] = {
    {"CLIENT_RANDOM", SecretKind::Master},
    {"CLIENT_EARLY_TRAFFIC_SECRET", SecretKind::ClientEarly},
    {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", SecretKind::ClientHandshake},
    {"SERVER_HANDSHAKE_TRAFFIC_SECRET", SecretKind::ServerHandshake},
    {"CLIENT_TRAFFIC_SECRET_0", SecretKind::ClientTraffic},
    {"SERVER_TRAFFIC_SECRET_0", SecretKind::ServerTraffic},
};

constexpr std::size_t kRandomBytes = 32, kMasterBytes = 48, kSmallestHash = 32;

int digit(char c) noexcept {
  if (is_digit(c)) return c - '0';
  const char u = upper(c);
  return u >= 'A' && u <= 'F' ? u - 'A' + 10 : -1;
}

/// Octets of an even number of digits, if they fit; nullopt: they are none.
std::optional<std::size_t> from_hex(std::string_view text, std::span<std::byte> out) noexcept {
  if (text.size() % 2 != 0 || text.size() / 2 > out.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out[i / 2] = static_cast<std::byte>(high << 4 | low);
  }
  return text.size() / 2;
}

}  // namespace

void wipe(std::span<std::byte> octets) noexcept { OPENSSL_cleanse(octets.data(), octets.size()); }

Secret::Secret(Bytes octets) noexcept : size_(static_cast<std::uint8_t>(std::min(octets.size(), kMost))) {
  std::copy_n(octets.begin(), size_, octets_.begin());
}
Secret::~Secret() { wipe(octets_); }

KeyLog::~KeyLog() { OPENSSL_cleanse(line_.data(), line_.size()); }

void KeyLog::add(Bytes octets) {
  std::string_view text = as_text(octets);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view part = text.substr(0, end);
    if (part.size() > line_.size() - size_) too_long_ = true;
    if (!too_long_)
      size_ = static_cast<std::size_t>(std::copy(part.begin(), part.end(), line_.begin() + size_) - line_.begin());
    if (end == text.npos) return;
    text.remove_prefix(end + 1);
    if (!std::exchange(too_long_, false)) line({line_.data(), size_});
    size_ = 0;
  }
}

KeyLog::Read KeyLog::end() {
  if (!std::exchange(too_long_, false)) line({line_.data(), size_});
  size_ = 0;
  OPENSSL_cleanse(line_.data(), line_.size());
  return std::exchange(read_, {});
}

void KeyLog::line(std::string_view text) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  const std::string_view label = cut_word(text), id = cut_word(text), secret = cut_word(text);
  if (label == "RSA") {  // "RSA Session-ID:0a1b... Master-Key:0c2d..."
    constexpr std::string_view kId = "Session-ID:", kKey = "Master-Key:";
    if (id.starts_with(kId) && secret.starts_with(kKey))
      keep(SecretKind::MasterOfSession, id.substr(kId.size()), secret.substr(kKey.size()));
    return;
  }
  for (const Label& known : kLabels)
    if (label == known.name) return keep(known.kind, id, secret);
}

void KeyLog::keep(SecretKind kind, std::string_view id, std::string_view secret) {
  std::array<std::byte, kIdBytes> name{};
  std::array<std::byte, Secret::kMost> octets{};
  const auto named = from_hex(id, name), size = from_hex(secret, octets);
  const bool of_session = kind == SecretKind::MasterOfSession;
  const bool master = of_session || kind == SecretKind::Master;
  if (named && size && (of_session ? *named > 0 : *named == kRandomBytes) &&
      (master ? *size == kMasterBytes : *size >= kSmallestHash)) {
    if (secrets_.size() < limits_.secrets) {
      ++read_.secrets;
      secrets_.try_emplace(id_of(kind, Bytes(name).first(*named)), Bytes(octets).first(*size));
    } else {
      read_.full = true;
    }
  }
  wipe(octets);
}

KeyLog::Id KeyLog::id_of(SecretKind kind, Bytes name) noexcept {
  Id id{};
  id[0] = static_cast<std::byte>(kind);
  id[1] = static_cast<std::byte>(name.size());
  std::copy_n(name.begin(), std::min(name.size(), kIdBytes), id.begin() + 2);
  return id;
}

const Secret* KeyLog::find(SecretKind kind, Bytes id) const {
  const auto at = id.size() > kIdBytes ? secrets_.end() : secrets_.find(id_of(kind, id));
  return at == secrets_.end() ? nullptr : &at->second;
}

}  // namespace mailseal
