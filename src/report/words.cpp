#include "words.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "tr.h"

namespace mailseal {

std::string_view word(Entry entry) noexcept {
  switch (entry) {
    case Entry::Unknown:
      return "unknown";
    case Entry::Plain:
      return "plain";
    case Entry::ImplicitTls:
      return "implicit-tls";
  }
  return "";
}

std::string_view word(Side side) noexcept { return side == Side::Client ? "client" : "server"; }

std::string_view word(Role role) noexcept { return role == Role::Access ? "access" : "relay"; }

std::string_view word(CloseReason reason) noexcept {
  switch (reason) {
    case CloseReason::Ended:
      return "ended";
    case CloseReason::Reused:
      return "reused";
    case CloseReason::Idle:
      return "idle";
    case CloseReason::Evicted:
      return "evicted";
    case CloseReason::EndOfCapture:
      return "end-of-capture";
  }
  return "";
}

std::string_view word(CredentialKind kind) noexcept {
  switch (kind) {
    case CredentialKind::Password:
      return "password";
    case CredentialKind::Token:
      return "token";
    case CredentialKind::ChallengeResponse:
      return "challenge-response";
    case CredentialKind::Scram:
      return "scram";
  }
  return "";
}

std::string_view word(TrustFacts::Kind kind) noexcept {
  switch (kind) {
    case TrustFacts::Kind::None:
      return "none";
    case TrustFacts::Kind::Given:
      return "given";
    case TrustFacts::Kind::System:
      return "system";
  }
  return "?";
}

std::string_view word(FindingClass cls) noexcept {
  switch (cls) {
    case FindingClass::Plaintext:
      return "plaintext";
    case FindingClass::Starttls:
      return "starttls";
    case FindingClass::Handshake:
      return "handshake";
    case FindingClass::Strength:
      return "strength";
    case FindingClass::Certificate:
      return "certificate";
    case FindingClass::Client:
      return "client";
    case FindingClass::Payload:
      return "payload";
    case FindingClass::Policy:
      return "policy";
    case FindingClass::Canary:
      return "canary";
    case FindingClass::Inconclusive:
      return "inconclusive";
    case FindingClass::Capture:
      return "capture";
    case FindingClass::Positive:
      return "positive";
    case FindingClass::Note:
      return "note";
  }
  return "";
}

bool has_remedy(const FindingKind& kind) noexcept {
  return !kind.remedy.empty() && kind.remedy != "none" && kind.remedy != "None.";
}

std::string_view expected(FindingClass cls) noexcept {
  switch (cls) {
    case FindingClass::Plaintext:
      return tr_later("Nothing of a message, its envelope, a login or a mailbox is readable outside TLS.");
    case FindingClass::Starttls:
      return tr_later("The server offers the upgrade, the client takes it before anything else, and only TLS follows.");
    case FindingClass::Handshake:
      return tr_later("The handshake completes at the first attempt, without a fatal alert.");
    case FindingClass::Strength:
      return tr_later(
          "TLS 1.2 or newer, an authenticated cipher (AEAD), forward secrecy, and keys of the strength asked for "
          "today.");
    case FindingClass::Certificate:
      return tr_later(
          "A certificate for the name that was asked for, within its dates, of sound key and signature, with its "
          "chain.");
    case FindingClass::Client:
      return tr_later("The client offers only versions, suites and groups that are fit for use today.");
    case FindingClass::Payload:
      return tr_later("What follows the handshake looks like ciphertext.");
    case FindingClass::Policy:
      return tr_later("Every session keeps the rule of the policy that is for it, and every rule is seen at work.");
    case FindingClass::Canary:
      return tr_later("A text that was mailed is readable nowhere at this point.");
    case FindingClass::Inconclusive:
      return tr_later("The whole connection in view: both directions, from its first packet, without holes.");
    case FindingClass::Capture:
      return tr_later("A complete capture: whole packets, none dropped, begun before the connections.");
    case FindingClass::Positive:
    case FindingClass::Note:
      return "";
  }
  return "";
}

std::optional<std::uint64_t> line_of(const std::vector<InputFacts>& inputs, const Seen& seen) {
  if (seen.frame == 0 || seen.input >= inputs.size() || !inputs[seen.input].text) return std::nullopt;
  return inputs[seen.input].text->lines.line_of(seen.frame);
}

std::string frame_number(const std::vector<InputFacts>& inputs, const Seen& seen) {
  const auto line = line_of(inputs, seen);
  return line ? told("{} (line {})", seen.frame, *line) : std::to_string(seen.frame);
}

std::string link_type_name(std::uint32_t number) {
  // As libpcap names them; what is not here is told by its number.
  static constexpr std::pair<std::uint32_t, std::string_view> kNames[] = {
      {0, "NULL"},
      {1, "EN10MB"},
      {6, "IEEE802"},
      {7, "ARCNET"},
      {8, "SLIP"},
      {9, "PPP"},
      {10, "FDDI"},
      {11, "ATM_RFC1483"},
      {12, "RAW"},
      {14, "RAW"},
      {50, "PPP_SERIAL"},
      {51, "PPP_ETHER"},
      {100, "ATM_RFC1483"},
      {101, "RAW"},
      {104, "C_HDLC"},
      {105, "IEEE802_11"},
      {106, "ATM_CLIP"},
      {107, "FRELAY"},
      {108, "LOOP"},
      {109, "ENC"},
      {113, "LINUX_SLL"},
      {117, "PFLOG"},
      {118, "CISCO_IOS"},
      {119, "PRISM_HEADER"},
      {122, "IP_OVER_FC"},
      {123, "SUNATM"},
      {127, "IEEE802_11_RADIO"},
      {129, "ARCNET_LINUX"},
      {130, "JUNIPER_MLPPP"},
      {131, "JUNIPER_MLFR"},
      {132, "JUNIPER_ES"},
      {133, "JUNIPER_GGSN"},
      {134, "JUNIPER_MFR"},
      {135, "JUNIPER_ATM2"},
      {136, "JUNIPER_SERVICES"},
      {137, "JUNIPER_ATM1"},
      {138, "APPLE_IP_OVER_IEEE1394"},
      {143, "DOCSIS"},
      {149, "USER2"},
      {163, "IEEE802_11_RADIO_AVS"},
      {166, "PPP_PPPD"},
      {178, "JUNIPER_ETHER"},
      {179, "JUNIPER_PPP"},
      {180, "JUNIPER_FRELAY"},
      {181, "JUNIPER_CHDLC"},
      {187, "BLUETOOTH_HCI_H4"},
      {189, "USB_LINUX"},
      {192, "PPI"},
      {195, "IEEE802_15_4_WITHFCS"},
      {197, "ERF"},
      {201, "BLUETOOTH_HCI_H4_WITH_PHDR"},
      {204, "PPP_WITH_DIR"},
      {205, "C_HDLC_WITH_DIR"},
      {206, "FRELAY_WITH_DIR"},
      {220, "USB_LINUX_MMAPPED"},
      {224, "FC_2"},
      {226, "IPNET"},
      {227, "CAN_SOCKETCAN"},
      {228, "IPV4"},
      {229, "IPV6"},
      {239, "NFLOG"},
      {240, "NETANALYZER"},
      {241, "NETANALYZER_TRANSPARENT"},
      {242, "IPOIB"},
      {249, "USBPCAP"},
      {251, "BLUETOOTH_LE_LL"},
      {252, "WIRESHARK_UPPER_PDU"},
      {253, "NETLINK"},
      {254, "BLUETOOTH_LINUX_MONITOR"},
      {258, "PKTAP"},
      {274, "ETHERNET_MPACKET"},
      {276, "LINUX_SLL2"},
      {281, "DSA_TAG_BRCM"},
      {282, "DSA_TAG_BRCM_PREPEND"},
      {284, "DSA_TAG_DSA"},
      {285, "DSA_TAG_EDSA"},
  };
  for (const auto& [code, name] : kNames)
    if (code == number) return std::string(name);
  return std::to_string(number);
}

namespace {

// RFC 8446 4.2.7: supported groups are elliptic curves or finite fields; RFC 10024 adds
// the hybrids, named curve first, key encapsulation second.
std::optional<std::string> group_exchange(std::uint16_t group) {
  const std::string name = group_name(group);
  const auto has = [&](std::string_view part) { return name.find(part) != std::string::npos; };
  if (name.starts_with("0x")) return std::nullopt;
  if (name.starts_with("ffdhe")) return "DHE";
  if (name.starts_with("MLKEM")) return "MLKEM";
  if (has("MLKEM")) return "ECDHE+MLKEM";
  if (has("Kyber")) return "ECDHE+Kyber";
  return "ECDHE";
}

}  // namespace

bool in_tls13(const TlsFacts& tls, const CipherSuite* suite) noexcept {
  return tls.version == 0x0304 || (suite && suite->tls13);
}

bool tells_extensions(const TlsFacts& tls) noexcept {
  return tls.server_hello && tls.version >= 0x0300 && !in_tls13(tls, find_suite(tls.cipher_suite));
}

std::optional<std::string> key_exchange(const TlsFacts& tls, const CipherSuite* suite) {
  if (!tls.server_hello) return std::nullopt;
  if (in_tls13(tls, suite)) {
    if (tls.psk_without_key_share) return "PSK";
    return tls.group ? group_exchange(*tls.group) : std::nullopt;
  }
  if (!suite || suite->key_exchange.empty()) return std::nullopt;
  return std::string(suite->key_exchange);
}

std::optional<bool> forward_secrecy(const TlsFacts& tls, const CipherSuite* suite) {
  if (!tls.server_hello) return std::nullopt;
  if (in_tls13(tls, suite)) return !tls.psk_without_key_share;
  return suite ? std::optional(suite->forward_secrecy) : std::nullopt;
}

std::optional<int> key_exchange_bits(const TlsFacts& tls) {
  if (!tls.server_hello) return std::nullopt;
  if (tls.dh_bits) return dh_strength(*tls.dh_bits);
  return tls.group ? group_strength(*tls.group) : std::nullopt;
}

std::string_view word(ResumedFrom::By by) noexcept {
  switch (by) {
    case ResumedFrom::By::SessionId:
      return "session-id";
    case ResumedFrom::By::Ticket:
      return "ticket";
    case ResumedFrom::By::SamePair:
      break;
  }
  return "same-pair";
}

std::vector<std::string> scope_words(const std::optional<Scope>& scope) {
  if (!scope) return {};
  std::string ports;
  for (const auto& [port, role] : scope->ports) {
    if (!ports.empty()) ports += ", ";
    ports += std::to_string(port) + " (" + std::string(to_string(role.protocol));
    ports += role.entry == Entry::ImplicitTls ? ", TLS)" : ")";
  }
  return {scope->any_port ? told("Ports that were followed: {}, and every other that greets like mail.", ports)
                          : told("Ports that were followed: {}.", ports),
          scope->fail_on ? told("Readable mail and logins make it FAIL, and findings of the severity {} or worse.",
                                tr(to_string(*scope->fail_on)))
                         : tr("Only readable mail and logins make it FAIL: no severity of findings was set.")};
}

std::string build_words(const ReportOptions& options) {
  return options.commit.empty() ? options.version : options.version + " (" + options.commit + ")";
}

std::string redaction_words(Redact level) {
  if (level == Redact::Strict)
    return tr("Redaction: strict. Mailboxes are masked; aliases stand for addresses, names and paths.");
  return tr("Redaction: standard. Mailboxes are masked; addresses and names stand as they were seen.");
}

std::vector<std::string_view> references(const FindingKind& kind) {
  std::vector<std::string_view> parts;
  for (std::string_view rest = kind.references; !rest.empty();) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    part = part.substr(0, part.find_last_not_of(' ') + 1);
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

std::uint64_t total(const Counts& counts) noexcept {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::vector<Doubt> doubts(const Session& session) {
  std::vector<Doubt> distinct;
  for (const DoubtSeen& d : session.doubts)
    if (std::find(distinct.begin(), distinct.end(), d.doubt) == distinct.end()) distinct.push_back(d.doubt);
  return distinct;
}

std::string seen_again_words(const Overview& overview) {
  if (overview.seen_again == 0) return {};
  return told_number(overview.seen_again,
                     "{} of these sessions shows a connection that another one shows, too: at another capture point or "
                     "behind address translation.",
                     "{} of these sessions show connections that others show, too: at another capture point or behind "
                     "address translation.");
}

}  // namespace mailseal
