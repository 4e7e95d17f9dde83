// inspect: from byte streams to what the session did.
//
// A conversation follows one connection through its mail protocol and, once the
// peers switch, through the TLS handshake. It records facts and no opinions: each
// fact is the place where it was first seen, or nothing. Whether a fact is bad is
// judge's business. Secrets are not kept: the mechanism is a fact, the credential not.
//
//   previous: flow.h    next: judge.h
//
// RFC 5321, 3030, 3207, 4954, 2033 (SMTP); 1939, 2449, 2595, 5034 (POP3);
// 3501, 9051, 4978, 7888 (IMAP); 6101, 2246, 4346, 5246, 8446, 9846 (TLS).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mailseal/base/boxed.h"
#include "mailseal/base/bytes.h"
#include "mailseal/base/canary.h"
#include "mailseal/base/fact.h"
#include "mailseal/base/key_log.h"
#include "mailseal/base/limits.h"
#include "mailseal/base/place.h"
#include "mailseal/base/products.h"
#include "mailseal/flow.h"

namespace mailseal {

enum class Protocol : std::uint8_t { Unknown, Smtp, Lmtp, Pop3, Imap };
std::string_view to_string(Protocol) noexcept;  ///< "smtp", "unknown", ...

/// How the octets were meant to be protected from the first one on.
enum class Entry : std::uint8_t { Unknown, Plain, ImplicitTls };

/// Why this record may be less than the truth.
enum class Doubt : std::uint8_t {
  JoinedMidway,
  Gap,
  OverlapConflict,
  OneSided,
  CutBySnapLength,
  Fragment,
  CaptureEnded,
  Malformed,
  LimitHit,
  Evicted
};
std::string_view to_string(Doubt) noexcept;  ///< "joined-midway", "gap", ...

struct DoubtSeen {
  Doubt doubt;
  Seen seen;
  bool after_established;  ///< TLS was established before: the state cannot depend on it
};

/// What crossed readable. Octets are counted, never kept.
enum class CredentialKind : std::uint8_t { Password, Token, ChallengeResponse, Scram };

struct Credential {
  CredentialKind kind;
  std::string mechanism;         ///< "PLAIN", "LOGIN", "USER/PASS", "APOP", "XOAUTH2", ...
  std::string user;              ///< masked here already: "al***"; empty where not seen
  std::size_t secret_bytes = 0;  ///< length as it crossed
  Seen seen;
  std::optional<bool> accepted;  ///< nullopt: no reply seen
  /// Of a password or token: the same for equal ones of this run, and of no use outside it. 0: not known.
  std::uint64_t fingerprint = 0;
};

struct Certificate {            ///< as sent, parsed once for all sessions that show the same octets
  std::string subject, issuer;  ///< as sent, "C=JP,O=Example,CN=mail.example", mailboxes masked; from strangers, escape
  std::string serial;           ///< lower-case hexadecimal
  std::vector<std::string> names;  ///< subjectAltName dNSName and iPAddress entries
  std::optional<Timestamp> not_before, not_after;
  std::string key;  ///< "RSA", "EC", "ED25519", ...; empty: not understood
  int key_bits = 0;
  std::string signature_algorithm;  ///< "sha256WithRSAEncryption"
  std::string sha256;               ///< of the DER, lower-case hexadecimal
  bool parsed = false;              ///< false: OpenSSL refused it; only sha256 and der hold
  bool self_signed = false;         ///< issuer == subject and its own key, unless it is oversized, verifies it
  std::vector<std::byte> der;

  // Of its key and its extensions.
  std::string spki_sha256;           ///< of the SubjectPublicKeyInfo, likewise
  std::string curve;                 ///< of an EC key: "prime256v1", ...; empty: explicit parameters
  std::vector<IpAddress> addresses;  ///< the subjectAltName iPAddress entries among `names`
  bool oversized_key = false;        ///< larger than any in use: nothing is verified with it, it would take too long
  bool has_alternative_names = false, has_scts = false, is_ca = false;
  bool has_key_usages = false;                    ///< an extendedKeyUsage extension
  bool for_servers = false, for_clients = false;  ///< it names serverAuth or clientAuth, or any
};

/// One certificate as above; what OpenSSL refuses is not `parsed`.
std::shared_ptr<const Certificate> read_certificate(Bytes der);

/// What a ClientHello offers, less what is new in each one (random, session id, the name asked for, key shares,
/// tickets): most sessions of a capture share a few. GREASE is left out (RFC 8701).
struct ClientOffer {
  std::string ja3, ja4;                 ///< fingerprints of the client's software; empty: none (a hello of SSL 2.0)
  std::vector<std::uint16_t> versions;  ///< supported_versions, else the one of the hello
  std::vector<std::uint16_t> suites, groups, schemes;
  std::vector<std::uint16_t> extensions;  ///< types, in order
  std::vector<std::uint16_t> key_shares;  ///< their groups
  std::vector<std::uint8_t> point_formats, compressions, psk_modes;
  std::vector<std::string> alpn;     ///< the first 32; from strangers, escape
  std::uint16_t legacy_version = 0;  ///< the one of the hello
  bool server_name = false;          ///< the extension is there
  bool ems = false, reneg_info = false, encrypt_then_mac = false, truncated_hmac = false, heartbeat = false;
  bool ticket = false, ocsp = false, sct = false, psk = false, early_data = false, ech = false;
  bool fallback_scsv = false;
  bool operator==(const ClientOffer&) const = default;
};

/// The prime of a finite-field ServerKeyExchange, each distinct one once.
struct DhPrime {
  std::string name;    ///< "RFC 3526 group 14", "ffdhe2048", ...; empty: none that is known
  std::string sha256;  ///< of the prime without leading zeros, lower-case hexadecimal
  bool operator==(const DhPrime&) const = default;
};

/// What tells handshakes apart and ties them together: of each a hash (base/hash.h); 0: none was seen.
struct TlsMarks {
  std::uint64_t client_random = 0;   ///< of the ClientHello
  std::uint64_t server_random = 0;   ///< of the ServerHello
  std::uint64_t server_share = 0;    ///< the server's ephemeral public value; of hybrids the curve's part
  std::uint64_t session_id = 0;      ///< of the ServerHello, to TLS 1.2
  std::uint64_t ticket_offered = 0;  ///< of the ClientHello
  std::uint64_t ticket_issued = 0;   ///< of the NewSessionTicket
};

struct Alert {
  Seen seen;  ///< its side sent it
  std::uint8_t level = 0, description = 0;
};

/// How octets of one side's application data are spread, of those samples that were taken the worst: of ciphertext, and
/// of compressed data, chi-square stays below 400; of text in any coding it is above 900.
struct PayloadSample {
  std::uint16_t bytes = 0;       ///< 256; 0: there were fewer, and nothing was tested
  std::uint32_t chi_square = 0;  ///< Pearson's, over the 256 values of an octet
  Fact last;                     ///< the packet that completed it
};

/// What came of the keys that were given for a session. Also the reason why one side was not read on.
enum class Decryption : std::uint8_t {
  Decrypted,
  NoKey,         ///< none for this session, or not this one of its secrets
  WrongKey,      ///< the first records do not verify
  Unsupported,   ///< a version, suite or compression that is not decrypted here
  Gap,           ///< octets are missing
  Damaged,       ///< a record behind others that were read does not verify
  Renegotiated,  ///< a second handshake whose keys or hellos are not there
  LimitHit
};
std::string_view to_string(Decryption) noexcept;  ///< "decrypted", "no-key", ...

struct Undecrypted {
  Decryption why;
  Seen seen;  ///< the first record of its side that was not read
};

/// A command or message that was answered, and how: never with what words.
struct InsideStatus {
  std::string code;      ///< "250", "-ERR", "NO"
  std::string enhanced;  ///< "5.7.8" (RFC 3463), "AUTH" (RFC 2449), "AUTHENTICATIONFAILED" (RFC 5530); empty: none
  Seen seen;
};

struct InsideLogin {
  std::string mechanism;  ///< as in Credential; so are those below
  std::string user;
  Seen seen;
  std::optional<bool> accepted;
};

/// What was said inside TLS, where keys were given. It was not readable on the wire: nothing of it is exposure,
/// and no state, doubt or finding of the clear part rests on it.
struct Inside {
  Decryption state = Decryption::NoKey;   ///< Decrypted: a record at least
  std::uint64_t records = 0;              ///< that were decrypted
  Fact first;                             ///< the first of them
  std::vector<Undecrypted> stopped;       ///< one of each side at most
  Protocol protocol = Protocol::Unknown;  ///< Unknown: no application data
  std::string client_name;                ///< as Session::client_name, of the conversation inside
  std::uint64_t commands = 0, messages = 0, recipients = 0;
  std::vector<InsideLogin> logins;     ///< up to Limits::credentials
  std::vector<InsideStatus> statuses;  ///< refusals, and the answers to messages: the first 64
};

/// Why a chain is less than what was sent.
enum class ChainLack : std::uint8_t {
  Nothing,
  Cut,        ///< it was longer than Limits::certificates
  Compressed  ///< RFC 8879, which is not read: of it there is nothing
};

struct TlsFacts {
  // Together, for they are looked at with every segment.
  Fact server_hello;
  Fact application_data;                             ///< the first type-23 record that is not the handshake's
  std::array<std::uint64_t, 2> application_bytes{};  ///< ciphertext octets by side

  Fact first_record;  ///< any record, also where the beginning was missed
  Fact client_hello, hello_retry, established;
  Fact sslv2_hello;  ///< the ClientHello had the SSLv2 form
  Fact certificate, certificate_request, client_certificate;
  Fact client_key_exchange, client_finished, server_finished;  ///< as far as visible
  Fact client_ccs, server_ccs;
  Fact early_data, renegotiation, malformed;
  Fact encrypted_alert_before_data;        ///< alert-sized record before any application data
  Fact printable_run;                      ///< 32 printable octets in a row within a record of application data
  std::array<PayloadSample, 2> payload{};  ///< by side; not of NULL suites, whose records are read
  std::optional<Alert> fatal_alert;        ///< the first fatal one in clear
  std::vector<Alert> alerts;               ///< all in clear, up to 16

  // what was offered and chosen
  std::shared_ptr<const ClientOffer> offer;       ///< nothing: no ClientHello was seen (see offer_of())
  std::string server_name;                        ///< SNI; from strangers, escape
  std::optional<std::string> alpn;                ///< chosen, where visible
  std::uint16_t version = 0;                      ///< negotiated (supported_versions first); 0: not seen
  std::uint16_t cipher_suite = 0;                 ///< IANA number; valid when server_hello; 0xffff in SSL 2.0
  std::optional<std::uint16_t> group;             ///< of ServerHello's key_share or ServerKeyExchange
  std::optional<int> dh_bits;                     ///< of a finite-field ServerKeyExchange
  std::shared_ptr<const DhPrime> dh_prime;        ///< likewise
  std::optional<std::uint16_t> server_signature;  ///< SignatureScheme of a TLS 1.2 ServerKeyExchange
  std::shared_ptr<const std::string> ja3s;        ///< JA3S: fingerprint of the ServerHello
  Fact ticket, certificate_status;                ///< NewSessionTicket, stapled OCSP, where visible (to TLS 1.2)
  bool resumed = false;                           ///< session id, ticket or PSK
  bool psk_without_key_share = false, compression = false;
  bool ems = false, reneg_info = false, encrypt_then_mac = false, truncated_hmac = false, heartbeat = false;
  bool sct = false;              ///< the ServerHello carries extension 18
  std::uint8_t sentinel = 0xff;  ///< last octet of the RFC 8446 4.1.3 sentinel (0 or 1); 0xff: none

  TlsMarks marks;
  std::vector<std::shared_ptr<const Certificate>> chain;         ///< the server's; empty when hidden or resumed
  bool chain_hidden = false;                                     ///< TLS 1.3 sends it encrypted
  std::vector<std::shared_ptr<const Certificate>> client_chain;  ///< the client's; empty when none, hidden or resumed

  ChainLack chain_lack = ChainLack::Nothing, client_chain_lack = ChainLack::Nothing;

  // with keys
  bool chain_decrypted = false;  ///< `chain` was hidden, and is there by a key log; chain_hidden is false then
  Boxed<Inside> inside;          ///< nothing: no keys were given, or there was no ServerHello
};

/// Where a marker could be read: in clear, in what COMPRESS=DEFLATE holds, in what a NULL suite carries, or in
/// application data of TLS as it crossed.
enum class CanaryLayer : std::uint8_t { Clear, Deflate, NullSuite, TlsRecords };
std::string_view to_string(CanaryLayer) noexcept;  ///< "clear", "deflate", "null-suite", "tls-records"

struct CanarySeen {
  std::string sha256;  ///< CanaryMarker::sha256
  CanaryCharset charset = CanaryCharset::Utf8;
  CanaryForm form = CanaryForm::AsItStands;
  CanaryLayer layer = CanaryLayer::Clear;
  Seen seen;  ///< its last octet; of what was deflated, the packet
};

/// Of one session, where markers were looked for. What keys decrypt is not searched: it was not readable.
struct CanaryFacts {
  std::vector<CanarySeen> seen;   ///< the first of each marker, character set, form, layer and side; up to 64
  std::uint64_t clear_bytes = 0;  ///< octets searched in clear, deflate streams and NULL suites
  std::uint64_t tls_bytes = 0;    ///< and of application data as it crossed
};

/// An empty one where no ClientHello was seen.
const ClientOffer& offer_of(const TlsFacts&) noexcept;

/// What the server's own words say it is. A claim: anybody may greet as anybody.
struct ProductSeen {
  Product product = Product::Postfix;
  Certainty certainty = Certainty::Low;
  std::string version;  ///< as the greeting says it: up to 32 of [0-9A-Za-z.]; empty: it does not
  Seen seen;            ///< the line that said it with that certainty
};

/// What a Received field of a readable message says of an earlier hop: a claim of the host that wrote it. Of the
/// field nothing but these words is kept, and only where they have the form of what they should be.
struct ReceivedClaim {
  std::string from, by;                    ///< hosts' names, in lower case; empty: none, or none with that form
  std::string with;                        ///< "ESMTPS", of those registered or known; empty: another, or none
  std::string version, cipher, verify;     ///< "TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", "NO"
  std::optional<std::uint16_t> bits = {};  ///< in use
  bool tls = false;                        ///< it says TLS; false: it does not say, which is not "in clear"
  std::uint64_t count = 0;                 ///< fields that say the same
  Seen seen;                               ///< the first of them
};

/// Of messages and envelopes that passed readable: never a mailbox, never other text.
struct MessageFacts {
  std::uint64_t octets = 0, largest = 0;  ///< of whole messages as transferred, sum and most of one
  std::vector<std::string> from_domains;  ///< of MAIL FROM, in lower case, each once, the first kEnvelopeDomains
  std::vector<std::string> to_domains;    ///< of RCPT TO, likewise
  std::vector<ReceivedClaim> received;    ///< each distinct one once, the first kReceivedClaims
  std::uint64_t received_fields = 0;      ///< all that were read
};
inline constexpr std::size_t kEnvelopeDomains = 16, kReceivedClaims = 16;

/// What each side said in clear from its first octet on, line by line: of each a hash (FNV-1a, said_marker.h), never a
/// word. So what another capture point shows can be set beside it. Lines are marked up to kSaidLines of them, what
/// follows each kSaidStretch octets, up to kSaidMarks; nothing is marked behind what is missing.
struct SaidMark {
  std::uint64_t hash = 0;
  Seen seen;  ///< the packet with its last octet
};
using Said = std::array<std::vector<SaidMark>, 2>;  ///< by Side
inline constexpr std::size_t kSaidLines = 24, kSaidMarks = 64, kSaidStretch = 1024;

/// Everything here is owned; a Session may be kept, moved, and sent to another
/// thread. A `Fact` reads "it happened, there" or "it was not seen".
struct Session {
  // Together, for they are looked at with every segment; first what was readable, more of it below.
  Boxed<TlsFacts> tls;  ///< nothing: no TLS record was seen
  Fact content;
  std::uint64_t content_bytes = 0, header_bytes = 0;
  Fact end_to_end;  ///< a readable header says S/MIME or OpenPGP encrypted
  Fact headers;
  Boxed<MessageFacts> message_facts;  ///< nothing: no message or address was readable
  Protocol protocol = Protocol::Unknown;
  Entry entry = Entry::Unknown;
  bool submission = false;  ///< access or submission by port (587, 465, 110, 995, 143, 993), not relay
  Fact envelope, mailbox_activity;
  std::uint64_t recipients = 0;
  std::uint64_t messages = 0;  ///< whole messages transferred in clear

  FlowKey flow;
  Seen first, last;
  CloseReason closed = CloseReason::EndOfCapture;
  std::array<SideCounters, 2> sides;
  std::array<std::uint32_t, 2> initial{};  ///< each side's initial sequence number; 0: not seen

  // how it began and ended
  Fact began;     ///< SYN, SYN-ACK or the server's greeting
  Fact greeting;  ///< the server's, in clear
  /// What SMTP's peers call themselves: the first word of the conversation's first EHLO, HELO or LHLO and of the
  /// 220 greeting, where it has the form of a host's name or address. Claims, not facts.
  std::string client_name, greeting_name;
  Boxed<ProductSeen> product;  ///< of the server, by its words in clear
  Fact proxy_header;
  Fact fin_client, fin_server, reset;
  std::array<Fact, 2> spoke;  ///< first payload octet of each side

  // the upgrade
  Fact capabilities;  ///< a complete EHLO reply, CAPA list or CAPABILITY, in clear
  Fact upgrade_offered, upgrade_requested, upgrade_accepted, upgrade_refused;
  std::string upgrade_reply;  ///< first line, up to 200 octets, of IMAP without the tag, mailboxes masked; code or
                              ///< status alone where it might repeat a secret; from strangers, escape
  Fact injected_commands, injected_replies;
  std::uint64_t injected_command_bytes = 0, injected_reply_bytes = 0;
  Fact early_client_hello;     ///< before the go-ahead, by acknowledgement and order
  Fact not_tls_after_accept;   ///< clear octets where TLS records were due
  Fact clear_answer_to_hello;  ///< the server spoke clear text to a ClientHello, without STARTTLS
  Fact capability_masked;      ///< "250-XXXXXXXA": overwritten on the way
  Fact helo_only;              ///< HELO, and never an EHLO that was accepted
  Fact refused_before_tls;     ///< 530, 538, [PRIVACYREQUIRED], -ERR to mail or login
  Fact preauth;                ///< IMAP "* PREAUTH" in clear
  Fact clear_on_implicit_port, tls_on_clear_port;

  // what was readable
  Fact auth_offered;                    ///< PLAIN or LOGIN offered, or LOGIN not disabled, before TLS
  std::vector<Credential> credentials;  ///< up to Limits::credentials
  Fact sasl_layer;                      ///< GSSAPI and the like may protect what follows
  Fact compressed;                      ///< COMPRESS=DEFLATE accepted in clear
  Fact unknown_protocol;                ///< clear octets that are neither mail nor TLS
  Boxed<CanaryFacts> canary;            ///< nothing: no marker was looked for

  std::vector<DoubtSeen> doubts;  ///< one of each kind before and one after establishment
  Boxed<Said> said;               ///< nothing: it was not asked for
};

enum class Progress : std::uint8_t { Ongoing, Ended };

class SessionSink {
 public:
  virtual ~SessionSink() = default;
  /// Called once with Ended; before that with Ongoing whenever a fact appears that
  /// should not wait for the end (the same session will come again).
  virtual void session(Session&&, Progress) = 0;
};

/// What a port speaks, in addition to the well-known ones: `--port 4465=smtp/tls`.
struct PortRole {
  Protocol protocol;
  Entry entry;
};

struct InspectOptions {
  bool any_port = false;        ///< also follow every other connection that begins with a mail greeting
  bool report_ongoing = false;  ///< live: also hand over sessions in progress
  bool mark_said = false;       ///< of each session Session::said: there may be several capture points
  std::map<std::uint16_t, PortRole> ports = {};
  const Canary* canary = nullptr;  ///< markers to look for; outlives the inspector
  const KeyLog* keys = nullptr;    ///< may grow while packets pass; outlives the inspector
};

/// The ports that are followed: the well-known ones, and those of the options in their place.
std::map<std::uint16_t, PortRole> followed_ports(const InspectOptions&);

/// Makes one conversation per connection that looks like mail.
/// All three are kept and must outlive the result.
std::unique_ptr<StreamFactory> make_inspector(const InspectOptions*, const Limits*, SessionSink*);

}  // namespace mailseal
