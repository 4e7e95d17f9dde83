// KeyLog: the secrets of TLS sessions, as the programs that agreed on them wrote them down.
//
// Reads the NSS key log format (SSLKEYLOGFILE, RFC 9850) and the lines of OpenSSL's s_client and of Java with a
// session id; what it does not know it passes over. What is kept is asked for by client random or session id alone:
// nothing here writes a secret anywhere, and all are wiped when they are dropped.
//
// A log comes from files and from captures (pcapng's Decryption Secrets Block), so it may be hostile: lines are cut,
// and no more secrets are kept than Limits::secrets.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>

#include "mailseal/base/bytes.h"
#include "mailseal/base/limits.h"

namespace mailseal {

void wipe(std::span<std::byte>) noexcept;

/// Octets that are wiped when they are dropped.
class Secret {
 public:
  static constexpr std::size_t kMost = 48;  ///< a master secret, or a hash of TLS 1.3
  Secret() = default;
  explicit Secret(Bytes) noexcept;  ///< the first kMost of them
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret();

  Bytes bytes() const noexcept { return Bytes(octets_).first(size_); }
  bool empty() const noexcept { return size_ == 0; }

 private:
  std::array<std::byte, kMost> octets_{};
  std::uint8_t size_ = 0;
};

enum class SecretKind : std::uint8_t {
  Master,           ///< to TLS 1.2, by client random
  MasterOfSession,  ///< likewise, by the server's session id
  ClientEarly,      ///< TLS 1.3, by client random; so are those below
  ClientHandshake,
  ServerHandshake,
  ClientTraffic,
  ServerTraffic
};

class KeyLog {
 public:
  /// `limits` is kept and must outlive the log.
  explicit KeyLog(const Limits* limits) : limits_(*limits) {}
  ~KeyLog();
  KeyLog(const KeyLog&) = delete;
  KeyLog& operator=(const KeyLog&) = delete;

  /// The next octets of a log, in any cut.
  void add(Bytes);
  struct Read {
    std::uint64_t secrets = 0;  ///< lines that held one
    bool full = false;          ///< there were more than Limits::secrets
  };
  /// The log is at its end; another may follow.
  Read end();

  bool empty() const noexcept { return secrets_.empty(); }
  /// nullptr: there is none. `id` is a client random or a session id.
  const Secret* find(SecretKind, Bytes id) const;

 private:
  static constexpr std::size_t kIdBytes = 32;      // a client random; a session id is at most as long
  static constexpr std::size_t kLineBytes = 256;   // the longest that holds a secret takes 193
  using Id = std::array<std::byte, kIdBytes + 2>;  // kind and length before it
  static Id id_of(SecretKind, Bytes) noexcept;
  void line(std::string_view);
  void keep(SecretKind, std::string_view id, std::string_view secret);

  const Limits& limits_;
  std::map<Id, Secret> secrets_;
  std::array<char, kLineBytes> line_{};
  std::size_t size_ = 0;   ///< of line_
  bool too_long_ = false;  ///< the line can hold no secret
  Read read_;
};

}  // namespace mailseal
