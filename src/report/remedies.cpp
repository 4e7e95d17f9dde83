#include "remedies.h"

#include <algorithm>
#include <map>
#include <set>

#include "tr.h"

namespace mailseal {
namespace {

using enum Product;

/// What is to be mended.
enum class Mend : std::uint8_t {
  None,
  Offer,            ///< the server offers STARTTLS
  ReceiveRequires,  ///< it takes no mail without
  SendRequires,     ///< the sender sends none without
  Login,            ///< no login without
  Version,          ///< the least version
  ImplicitPort,     ///< TLS from the first octet, on the ports for that
  Path              ///< what stands between leaves STARTTLS alone
};

struct Row {
  Product product;
  Mend mend;
  std::string_view remedy;
};
// To add a remedy: one row, in the order of the products.
constexpr Row kRows[] = {
    {FortiMail, Mend::ReceiveRequires,
     tr_later(
         "Profile > Security > TLS: a profile with level Encrypt (or Secure), then name it in Policy > Access Control "
         "> Receiving; a profile that no rule names does nothing, and the level Preferred still takes clear text.")},
    {FortiMail, Mend::SendRequires,
     tr_later(
         "Profile > Security > TLS: a profile with level Encrypt (or Secure) and the action on failure, then name it "
         "in Policy > Access Control > Delivery; the level Preferred falls back to clear text.")},
    {FortiMail, Mend::Login, tr_later("smtp-auth-over-tls under config system mailserver.")},
    {FortiMail, Mend::Version,
     tr_later("config system global: set ssl-versions tls1_2 tls1_3 and set strong-crypto enable; in a TLS profile set "
              "min-ssl-version tls1_2.")},
    {FortiMail, Mend::ImplicitPort,
     tr_later("Mail Settings > Settings > Mail Server Settings: SMTP over SSL/TLS opens port 465, which is closed by "
              "default.")},
    {FortiMail, Mend::Path,
     tr_later("In transparent mode, Profile > Session: clear Prevent encryption of the session.")},

    {CiscoEsa, Mend::Offer,
     tr_later(
         "Mail Policies > Mail Flow Policies > the policy > Security Features > TLS: Preferred; the listener needs a "
         "certificate (certconfig, then listenerconfig > edit > certificate); commit.")},
    {CiscoEsa, Mend::ReceiveRequires,
     tr_later(
         "Mail Policies > Mail Flow Policies > the policy that HAT Overview gives this sender > Security Features > "
         "TLS: Required (CLI listenerconfig > edit > hostaccess); commit.")},
    {CiscoEsa, Mend::SendRequires,
     tr_later("Mail Policies > Destination Controls > the domain > TLS Support: Required or Required-Verify (CLI "
              "destconfig); Preferred falls back to clear text before the 220.")},

    {InterScan, Mend::Offer,
     tr_later("Administration > IMSVA (or IMSS) Configuration > SMTP Routing > Connections: Enable Incoming Transport "
              "Layer Security.")},
    {InterScan, Mend::ReceiveRequires,
     tr_later(
         "Administration > IMSVA (or IMSS) Configuration > SMTP Routing > Connections: Only accept SMTP connection by "
         "TLS; not on a public MX.")},
    {InterScan, Mend::SendRequires,
     tr_later("Administration > IMSVA (or IMSS) Configuration > SMTP Routing > Connections: Enable Outgoing Transport "
              "Layer Security; IMSS 7.1 has it for incoming mail only.")},

    {Postfix, Mend::Offer,
     tr_later("smtpd_tls_security_level = may, with smtpd_tls_cert_file and smtpd_tls_key_file. On IMSVA and IMSS for "
              "Linux, which greet as Postfix too: Administration > IMSVA Configuration > SMTP Routing > Connections.")},
    {Postfix, Mend::ReceiveRequires,
     tr_later(
         "smtpd_tls_security_level = encrypt for the submission service (587) and internal hops; on a public MX it "
         "stays may.")},
    {Postfix, Mend::SendRequires,
     tr_later(
         "smtp_tls_security_level = encrypt (or secure, dane), or smtp_tls_policy_maps for single domains; may falls "
         "back to clear text, and before 3.11 the default is no TLS at all.")},
    {Postfix, Mend::Login, tr_later("smtpd_tls_auth_only = yes.")},
    {Postfix, Mend::Version,
     tr_later(
         "smtpd_tls_protocols = >=TLSv1.2 and smtpd_tls_mandatory_protocols = >=TLSv1.2 (before 3.6: !SSLv2, !SSLv3, "
         "!TLSv1, !TLSv1.1).")},
    {Postfix, Mend::ImplicitPort, tr_later("smtpd_tls_wrappermode = yes for the service on port 465 in master.cf.")},

    {Sendmail, Mend::Offer, tr_later("confSERVER_CERT and confSERVER_KEY in sendmail.mc, then make and restart.")},
    {Sendmail, Mend::ReceiveRequires,
     tr_later("/etc/mail/access: TLS_Clt:example.com ENCR:128, by the client's name.")},
    {Sendmail, Mend::SendRequires, tr_later("/etc/mail/access: TLS_Srv:example.com ENCR:128, by the server's name.")},
    {Sendmail, Mend::Login, tr_later("confAUTH_OPTIONS with p: no PLAIN or LOGIN without TLS.")},
    {Sendmail, Mend::Version, tr_later("ServerSSLOptions with +SSL_OP_NO_TLSv1 +SSL_OP_NO_TLSv1_1.")},
    {Sendmail, Mend::ImplicitPort, tr_later("DAEMON_OPTIONS with Port=smtps and M=s.")},

    {Exim, Mend::Offer,
     tr_later("tls_certificate, tls_privatekey and tls_advertise_hosts = * (the default since 4.87).")},
    {Exim, Mend::ReceiveRequires,
     tr_later("In the ACL of acl_smtp_mail: deny !encrypted = *, for the hosts it concerns.")},
    {Exim, Mend::SendRequires,
     tr_later("hosts_require_tls = * on the smtp transport; without it a failed handshake falls back to clear text "
              "(tls_tempfail_tryclear).")},
    {Exim, Mend::Login, tr_later("server_advertise_condition = ${if def:tls_in_cipher} in each authenticator.")},
    {Exim, Mend::Version, tr_later("openssl_options = +no_tlsv1 +no_tlsv1_1, or tls_require_ciphers with GnuTLS.")},
    {Exim, Mend::ImplicitPort, tr_later("tls_on_connect_ports = 465.")},

    {Exchange, Mend::Offer,
     tr_later("Enable-ExchangeCertificate for the service SMTP, and Tls among the receive connector's AuthMechanism.")},
    {Exchange, Mend::ReceiveRequires,
     tr_later(
         "EAC, mail flow > receive connectors: Require TLS, or Set-ReceiveConnector NAME -RequireTLS $true; not on the "
         "connector that takes mail from the Internet.")},
    {Exchange, Mend::SendRequires,
     tr_later("Set-SendConnector NAME -RequireTLS $true -TlsAuthLevel CertificateValidation -IgnoreSTARTTLS $false.")},
    {Exchange, Mend::Login,
     tr_later("BasicAuthRequireTLS in the receive connector's AuthMechanism; for mailboxes Set-PopSettings and "
              "Set-ImapSettings -LoginType SecureLogin.")},
    {Exchange, Mend::Version,
     tr_later("Windows: switch TLS 1.0 and TLS 1.1 off under SCHANNEL\\Protocols in the registry.")},

    {Microsoft365, Mend::ReceiveRequires,
     tr_later(
         "Exchange admin center, Mail flow > Connectors, from the partner: reject mail that is not sent over TLS, or "
         "New-InboundConnector -RequireTls $true.")},
    {Microsoft365, Mend::SendRequires,
     tr_later("Exchange admin center, Mail flow > Connectors, to the partner: Always use Transport Layer Security, or "
              "New-OutboundConnector -TlsSettings CertificateValidation; without it clear text is the fallback.")},

    {GoogleWorkspace, Mend::ReceiveRequires,
     tr_later(
         "Admin console, Apps > Google Workspace > Gmail > Compliance > Secure transport (TLS) compliance: inbound, "
         "with the list of domains.")},
    {GoogleWorkspace, Mend::SendRequires,
     tr_later(
         "Admin console, Apps > Google Workspace > Gmail > Compliance > Secure transport (TLS) compliance: outbound, "
         "with the list of domains; what cannot be sent so is returned.")},

    {MDaemon, Mend::Offer,
     tr_later("Security > Security Manager > SSL & TLS > MDaemon: enable SSL, STARTTLS and STLS.")},
    {MDaemon, Mend::ReceiveRequires, tr_later("Security > Security Manager > SSL & TLS > STARTTLS Required List.")},
    {MDaemon, Mend::SendRequires,
     tr_later(
         "Security > Security Manager > SSL & TLS > MDaemon: The SMTP server sends mail using STARTTLS when possible, "
         "and the STARTTLS Required List; clear SSL negotiation failures will retry without SSL for up to one hour.")},

    {BlackJumboDog, Mend::Offer, tr_later("It knows no STARTTLS: put stunnel or a relay that knows TLS before it.")},
    {BlackJumboDog, Mend::SendRequires,
     tr_later(
         "Relay settings, for each host: connect with SSL. That is TLS from the start alone; it knows no STARTTLS.")},

    {Dovecot, Mend::Offer, tr_later("ssl = yes (or required), with a certificate and its key.")},
    {Dovecot, Mend::ReceiveRequires, tr_later("ssl = required.")},
    {Dovecot, Mend::Login,
     tr_later("ssl = required; up to 2.3 disable_plaintext_auth = yes, from 2.4 auth_allow_cleartext = no.")},
    {Dovecot, Mend::Version, tr_later("ssl_min_protocol = TLSv1.2.")},
    {Dovecot, Mend::ImplicitPort, tr_later("Listeners with ssl = yes on ports 993 and 995.")},

    {CiscoAsa, Mend::Path,
     tr_later(
         "policy-map type inspect esmtp: allow-tls under parameters, or no inspect esmtp; it overwrites the greeting "
         "and removes STARTTLS otherwise.")},

    {FortiGate, Mend::Path,
     tr_later(
         "The policy that inspects SMTP: certificate-inspection instead of deep inspection, or exempt the mail servers "
         "(config firewall ssl-ssh-profile).")},

    {Outlook, Mend::SendRequires,
     tr_later(
         "Account settings > More Settings > Advanced: outgoing server 587 with TLS (STARTTLS), or 465 with SSL; not "
         "Auto, which goes on in clear.")},
    {Outlook, Mend::Login,
     tr_later(
         "Account settings > More Settings > Advanced: POP3 port 995 and This server requires an encrypted connection "
         "(SSL); SMTP 587 with TLS.")},
    {Outlook, Mend::ImplicitPort,
     tr_later(
         "Account settings > More Settings > Advanced: SSL goes with 465, 993 and 995, TLS (STARTTLS) with 587, 143 "
         "and 110; 587 with SSL fails.")},
};

struct Mends {
  std::string_view finding;
  Mend first, second = Mend::None;
};
// What mends a finding. To add one: one row.
constexpr Mends kMends[] = {
    {"starttls-not-offered", Mend::Offer, Mend::Path},
    {"starttls-refused", Mend::Offer, Mend::Path},
    {"starttls-inconsistent-offer", Mend::Offer, Mend::Path},
    {"starttls-stripped-suspected", Mend::Path},
    {"starttls-offered-not-used", Mend::SendRequires},
    {"starttls-failed-fallback-plaintext", Mend::SendRequires},
    {"plaintext-message-content", Mend::ReceiveRequires},
    {"plaintext-message-headers", Mend::ReceiveRequires},
    {"plaintext-envelope", Mend::ReceiveRequires},
    {"plaintext-mailbox-activity", Mend::Login, Mend::ReceiveRequires},
    {"plaintext-credentials-password", Mend::Login},
    {"plaintext-credentials-token", Mend::Login},
    {"plaintext-credentials-challenge-response", Mend::Login},
    {"plaintext-credentials-scram", Mend::Login},
    {"auth-offered-before-tls", Mend::Login},
    {"imap-preauth-cleartext", Mend::ReceiveRequires},
    {"plaintext-on-implicit-tls-port", Mend::ImplicitPort},
    {"tls-on-cleartext-port", Mend::ImplicitPort},
    {"tls-version-sslv2", Mend::Version},
    {"tls-version-sslv3", Mend::Version},
    {"tls-version-1-0", Mend::Version},
    {"tls-version-1-1", Mend::Version},
};

const Mends* find_mends(const FindingKind& kind) {
  const auto* const at =
      std::find_if(std::begin(kMends), std::end(kMends), [&](const Mends& m) { return m.finding == kind.id; });
  return at == std::end(kMends) ? nullptr : at;
}

const Row* find_row(Product product, Mend mend) {
  const auto* const at = std::find_if(std::begin(kRows), std::end(kRows),
                                      [&](const Row& r) { return r.product == product && r.mend == mend; });
  return at == std::end(kRows) || mend == Mend::None ? nullptr : at;
}

const Row* find_row(Product product, const Mends& mends) {
  const Row* row = find_row(product, mends.first);
  return row ? row : find_row(product, mends.second);
}

/// By id: a report that is read again has kinds of its own.
bool has(const Server& server, const FindingKind* kind) {
  return server.findings.contains(kind) ||
         std::any_of(server.findings.begin(), server.findings.end(), [&](const auto* k) { return k->id == kind->id; });
}

/// Servers whose own mail went from them in clear or mixed to one with the finding.
std::vector<IpAddress> senders(const Overview& overview, const FindingKind* kind) {
  std::set<Endpoint> to;
  for (const Server& server : overview.servers)
    if (has(server, kind)) to.insert(server.endpoint);
  std::vector<IpAddress> from;  // in order, each once
  for (const Hop& hop : overview.hops)
    if ((hop.state == State::Plaintext || hop.state == State::Mixed) && to.contains({hop.to, hop.port}))
      from.push_back(hop.from);
  std::sort(from.begin(), from.end());
  from.erase(std::unique(from.begin(), from.end()), from.end());
  return from;
}

}  // namespace

std::vector<ProductRemedy> all_remedies(const FindingKind& kind) {
  std::vector<ProductRemedy> all;
  const Mends* mends = find_mends(kind);
  if (!mends) return all;
  for (const ProductRow& product : products())
    if (const Row* row = find_row(product.product, *mends))
      all.push_back({product.product, row->remedy, Certainty::High, row->mend == Mend::SendRequires});
  return all;
}

std::vector<ProductRemedy> remedies_of(const Overview& overview, const FindingGroup& group) {
  std::vector<ProductRemedy> all;
  const Mends* mends = find_mends(*group.kind);
  if (!mends) return all;
  const bool of_sender = mends->first == Mend::SendRequires;
  const std::vector<IpAddress> from = of_sender ? senders(overview, group.kind) : std::vector<IpAddress>();
  struct Known {
    std::uint64_t sessions = 0;
    Certainty certainty = Certainty::Low;
  };
  std::map<Product, Known> seen;
  for (const Server& server : overview.servers) {
    if (of_sender ? !std::binary_search(from.begin(), from.end(), server.endpoint.address) : !has(server, group.kind))
      continue;
    for (const ProductClaim& claim : server.products) {
      Known& known = seen[claim.product];
      known.sessions += claim.sessions;
      known.certainty = std::max(known.certainty, claim.certainty);
    }
  }
  std::vector<std::pair<Product, Known>> sorted(seen.begin(), seen.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.sessions > b.second.sessions; });
  for (const auto& [product, known] : sorted) {
    const Row* row = find_row(product, *mends);
    if (row && known.certainty != Certainty::Low && all.size() < kRemediesShown)
      all.push_back({product, row->remedy, known.certainty, of_sender});
  }
  return all;
}

std::string told_remedy(const ProductRemedy& r) {
  const std::string_view name = product_name(r.product);
  if (r.product == CiscoAsa) return told("On {} (whose trace is in the path): {}", "Cisco ASA", tr(r.remedy));
  if (r.certainty == Certainty::Medium)
    return r.of_sender ? told("On {} (as the sender's way of speaking suggests): {}", name, tr(r.remedy))
                       : told("On {} (as its way of speaking suggests): {}", name, tr(r.remedy));
  return r.of_sender ? told("On {} (as the sender claims to be): {}", name, tr(r.remedy))
                     : told("On {} (as it claims to be): {}", name, tr(r.remedy));
}

}  // namespace mailseal
