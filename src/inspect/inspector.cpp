// The inspector: which connections are mail, and one Conversation for each.
#include <array>
#include <memory>

#include "conversation.h"

namespace mailseal {
namespace {

class Inspector final : public StreamFactory {
 public:
  Inspector(const InspectOptions* options, const Limits* limits, SessionSink* sink)
      : any_port_(options->any_port),
        around_{*options, *limits, *sink, tls::CertificateCache(limits), tls::HelloCache(limits), Holdings(limits)} {
    for (const mail::PortRow& row : mail::well_known_ports()) expected_[row.port] = {row.protocol, row.entry, row.use};
    for (const auto& [port, role] : options->ports) {
      const bool access =
          role.protocol == Protocol::Pop3 || role.protocol == Protocol::Imap || role.entry == Entry::ImplicitTls;
      expected_[port] = {role.protocol, role.entry, access ? mail::Use::Access : mail::Use::Relay};
    }
    for (const auto& [port, e] : expected_) known_[port / 64] |= std::uint64_t{1} << (port % 64);
  }

  bool concerns(std::uint16_t from_port, std::uint16_t to_port) const override {
    return any_port_ || is_service(from_port) || is_service(to_port);
  }
  bool is_service(std::uint16_t port) const override { return (known_[port / 64] >> (port % 64) & 1) != 0; }

  std::unique_ptr<StreamHandler> open(const Opening& opening) override {
    const auto at = expected_.find(opening.key.server.port);
    if (at == expected_.end() && !any_port_) return nullptr;
    return std::make_unique<Conversation>(opening, at == expected_.end() ? Expectation{} : at->second, &around_);
  }
  std::size_t open_bytes() const noexcept override { return around_.open_bytes; }

 private:
  const bool any_port_;
  Surroundings around_;
  std::map<std::uint16_t, Expectation> expected_;
  std::array<std::uint64_t, 1024> known_{};  ///< one bit per port
};

}  // namespace

std::map<std::uint16_t, PortRole> followed_ports(const InspectOptions& options) {
  std::map<std::uint16_t, PortRole> followed = options.ports;
  for (const mail::PortRow& row : mail::well_known_ports())
    followed.try_emplace(row.port, PortRole{row.protocol, row.entry});
  return followed;
}

std::unique_ptr<StreamFactory> make_inspector(const InspectOptions* options, const Limits* limits, SessionSink* sink) {
  return std::make_unique<Inspector>(options, limits, sink);
}

const ClientOffer& offer_of(const TlsFacts& tls) noexcept {
  static const ClientOffer kNone;
  return tls.offer ? *tls.offer : kNone;
}

std::string_view to_string(Protocol p) noexcept {
  switch (p) {
    case Protocol::Unknown:
      return "unknown";
    case Protocol::Smtp:
      return "smtp";
    case Protocol::Lmtp:
      return "lmtp";
    case Protocol::Pop3:
      return "pop3";
    case Protocol::Imap:
      return "imap";
  }
  return "unknown";
}

std::string_view to_string(Doubt d) noexcept {
  switch (d) {
    case Doubt::JoinedMidway:
      return "joined-midway";
    case Doubt::Gap:
      return "gap";
    case Doubt::OverlapConflict:
      return "overlap-conflict";
    case Doubt::OneSided:
      return "one-sided";
    case Doubt::CutBySnapLength:
      return "cut-by-snap-length";
    case Doubt::Fragment:
      return "fragment";
    case Doubt::CaptureEnded:
      return "capture-ended";
    case Doubt::Malformed:
      return "malformed";
    case Doubt::LimitHit:
      return "limit-hit";
    case Doubt::Evicted:
      return "evicted";
  }
  return "malformed";
}

std::string_view to_string(Decryption d) noexcept {
  switch (d) {
    case Decryption::Decrypted:
      return "decrypted";
    case Decryption::NoKey:
      return "no-key";
    case Decryption::WrongKey:
      return "wrong-key";
    case Decryption::Unsupported:
      return "unsupported";
    case Decryption::Gap:
      return "gap";
    case Decryption::Damaged:
      return "damaged";
    case Decryption::Renegotiated:
      return "renegotiated";
    case Decryption::LimitHit:
      return "limit-hit";
  }
  return "unsupported";
}

}  // namespace mailseal
