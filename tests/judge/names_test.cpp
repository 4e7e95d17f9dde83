// Names of certificates against the name of a server (RFC 9525), and certificates that nobody ordered.
#include "names.h"

#include <gtest/gtest.h>

#include "vendors.h"

namespace mailseal::test {
namespace {

TEST(Names, AreHeldAgainstAReference) {
  const struct {
    std::vector<std::string> names;
    std::string_view reference;
    bool is_for;
  } table[] = {
      {{"mail.example"}, "mail.example", true},
      {{"mail.example"}, "MAIL.Example", true},
      {{"mail.example."}, "mail.example", true},
      {{"mail.example"}, "mail.example.", true},
      {{"a.example", "mail.example"}, "mail.example", true},
      {{"mail.example"}, "mail.example.org", false},
      {{"mail.example"}, "xmail.example", false},
      {{"*.example"}, "mail.example", true},
      {{"*.example"}, "a.mail.example", false},
      {{"*.example"}, "example", false},
      {{"*.example"}, ".example", false},
      {{"*"}, "example", false},
      {{"*."}, "example.", false},
      {{"m*.example"}, "mail.example", false},
      {{"mail.*"}, "mail.example", false},
      {{"*.*.example"}, "a.b.example", false},
      {{std::string("mail.example\0.evil", 18)}, "mail.example", false},
      {{}, "mail.example", false},
  };
  for (const auto& row : table) {
    Certificate c;
    c.names = row.names;
    c.subject = "CN=" + std::string(row.reference);  // never looked at
    EXPECT_EQ(is_for(c, row.reference), row.is_for) << (row.names.empty() ? "" : row.names[0]) << " " << row.reference;
  }
}

TEST(Names, AnAddressIsAnAddressOnly) {
  Certificate c;
  c.names = {"192.0.2.1", "192.0.2.2"};
  c.addresses = {*parse_address("192.0.2.2"), *parse_address("2001:db8::1")};
  EXPECT_FALSE(is_for(c, "192.0.2.1")) << "a dNSName that looks like one";
  EXPECT_TRUE(is_for(c, "192.0.2.2"));
  EXPECT_TRUE(is_for(c, "2001:DB8:0::1"));
}

TEST(Names, ThatWereGivenAreForAnAddressOrOneOfItsPorts) {
  const IpAddress one = *parse_address("192.0.2.25"), other = *parse_address("192.0.2.26");
  const JudgeOptions options{nullptr, {{one, {}, "any"}, {one, std::uint16_t{465}, "secure"}, {one, {}, "second"}}};
  EXPECT_EQ(find_name(options, {one, 25})->name, "any");
  EXPECT_EQ(find_name(options, {one, 465})->name, "secure");
  EXPECT_EQ(find_name(options, {other, 25}), nullptr);
}

TEST(Vendors, AreKnownBySubjectOrIssuer) {
  const struct {
    std::string subject, issuer;
    std::string_view vendor;
  } table[] = {
      {"C=US,ST=California,L=Sunnyvale,O=Fortinet,OU=FortiMail,CN=FE-1000", "O=Fortinet,CN=support", "Fortinet"},
      {"CN=mail.example", "C=US,O=Fortinet,OU=Certificate Authority,CN=FGT60", "Fortinet"},
      {"CN=FortiMail", "CN=FortiMail", "Fortinet"},
      {"C=US,O=Fortinet\\, Inc.,CN=www.fortinet.com", "O=DigiCert", ""},
      {"O=Cisco Systems\\, Inc,CN=Cisco Appliance Demo Certificate", "", "Cisco ESA"},
      {"CN=a", "CN=Cisco Appliance Demo CA", "Cisco ESA"},
      {"CN=a", "CN=IronPort Appliance Demo CA", "IronPort"},
      {"CN=a", "O=Barracuda Networks\\, Inc.,CN=ca", "Barracuda"},
      {"O=InterScan Messaging Security,CN=a", "", "Trend Micro InterScan"},
      {"CN=Trend Micro InterScan", "", "Trend Micro InterScan"},
      {"CN=imsva.example.com", "", "Trend Micro InterScan"},
      {"CN=nas", "C=TW,O=Synology Inc.,CN=Synology Inc. CA", "Synology"},
      {"CN=nas", "O=QNAP Systems\\, Inc.", "QNAP"},
      {"O=Proxmox Mail Gateway,CN=pmg", "", "Proxmox Mail Gateway"},
      {"CN=Microsoft Exchange Server Auth Certificate", "", "Microsoft Exchange"},
      {"CN=WMSvc-SHA2-MX1", "CN=WMSvc-SHA2-MX1", "Microsoft Exchange"},
      {"CN=a", "O=CA,OU=Zimbra Collaboration Server,CN=a", "Zimbra"},
      {"O=Dovecot mail server,OU=mx,CN=mx", "", "Dovecot"},
      {"OU=IMAP server,CN=imap.example.com", "", "Dovecot"},
      {"O=Courier Mail Server,CN=localhost", "", "Courier"},
      {"CN=Plesk", "", "Plesk"},
      {"CN=Parallels Panel", "", "Plesk"},
      {"O=Snake Oil\\, Ltd,CN=www.snakeoil.dom", "", "Debian snake oil"},
      {"CN=snakeoil.example", "", "Debian snake oil"},
      {"CN=ssl-cert-snakeoil", "", "Debian snake oil"},
      {"C=XX,O=OCOSA,CN=mx", "", "Debian snake oil"},
      {"C=--,ST=SomeState,O=SomeOrganization,CN=mx", "", "Red Hat"},
      {"CN=localhost.localdomain", "", "localhost"},
      {"CN=LOCALHOST", "", "localhost"},
      {"C=AU,ST=Some-State,O=Internet Widgits Pty Ltd", "", "OpenSSL example"},
      {"O=Example\\, CN=localhost,CN=mail.example", "", ""},
      {"O=Example+CN=localhost", "", "localhost"},
      {"CN=localhost.example", "CN=Example CA", ""},
      {"", "", ""},
      {"CN=a\\", ",", ""},
  };
  for (const auto& row : table) {
    Certificate c;
    c.subject = row.subject;
    c.issuer = row.issuer;
    EXPECT_EQ(vendor_of(c), row.vendor) << row.subject << " / " << row.issuer;
  }
}

}  // namespace
}  // namespace mailseal::test
