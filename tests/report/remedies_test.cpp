// Remedies by product: every product that has one by explain, those of the servers concerned in reports.
#include "remedies.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "mailseal/base/products.h"
#include "sample.h"

namespace mailseal {
namespace {

using sample::v4;

std::vector<std::string> names(const std::vector<ProductRemedy>& all) {
  std::vector<std::string> out;
  for (const ProductRemedy& r : all) out.emplace_back(to_string(r.product));
  return out;
}

Server server(std::uint8_t host, std::uint16_t port, std::string_view finding, std::vector<ProductClaim> products) {
  Server s;
  s.endpoint = v4(host, port);
  s.findings = {find_kind(finding)};
  s.products = std::move(products);
  return s;
}

FindingGroup group(std::string_view finding) { return {find_kind(finding), Severity::High, 1, {}}; }

TEST(remedies, explain_lists_every_product_that_has_one) {
  const std::string text = explain(*find_kind("plaintext-credentials-password"));
  for (const char* line : {"  products    FortiMail: smtp-auth-over-tls", "Postfix: smtpd_tls_auth_only = yes.",
                           "Dovecot: ssl = required; up to 2.3 disable_plaintext_auth = yes", "Outlook: "})
    EXPECT_NE(text.find(line), std::string::npos) << text;
  EXPECT_NE(explain(*find_kind("starttls-stripped-suspected")).find("FortiGate: "), std::string::npos);
  EXPECT_EQ(explain(*find_kind("tls-handshake-completed")).find("products"), std::string::npos);
}

TEST(remedies, each_product_of_the_brief_has_one_for_some_finding) {
  std::set<Product> with;
  for (const FindingKind& kind : catalogue())
    for (const ProductRemedy& r : all_remedies(kind)) {
      with.insert(r.product);
      EXPECT_TRUE(r.remedy.ends_with('.')) << r.remedy;
    }
  using enum Product;
  for (const Product p : {FortiMail, CiscoEsa, InterScan, Postfix, Sendmail, Exim, Exchange, Microsoft365,
                          GoogleWorkspace, MDaemon, Outlook, Dovecot, BlackJumboDog, FortiGate, CiscoAsa})
    EXPECT_TRUE(with.contains(p)) << product_name(p);
}

TEST(remedies, of_the_servers_with_the_finding_the_most_frequent_first) {
  Overview o;
  const std::string_view id = "starttls-not-offered";
  o.servers = {server(1, 25, id, {{Product::Exim, Certainty::High, "", 2}}),
               server(2, 25, id, {{Product::Postfix, Certainty::High, "", 5}}),
               server(3, 25, id, {{Product::Exim, Certainty::High, "", 4}, {Product::Kerio, Certainty::High, "", 90}}),
               server(4, 25, id, {{Product::Sendmail, Certainty::Low, "", 80}}),
               server(5, 25, id, {{Product::Exchange, Certainty::Medium, "", 3}}),
               server(6, 25, id, {{Product::MDaemon, Certainty::High, "", 1}}),
               server(7, 25, "starttls-refused", {{Product::Dovecot, Certainty::High, "", 70}})};
  const auto found = remedies_of(o, group(id));
  EXPECT_EQ(names(found), (std::vector<std::string>{"exim", "postfix", "exchange"}));
  EXPECT_EQ(told_remedy(found[1]).substr(0, 61), "On Postfix (as it claims to be): smtpd_tls_security_level = m");
  EXPECT_EQ(told_remedy(found[2]).substr(0, 46), "On Exchange (as its way of speaking suggests):");
  EXPECT_TRUE(remedies_of(o, group("tls-handshake-completed")).empty());
  EXPECT_TRUE(remedies_of(Overview{}, group(id)).empty());
}

TEST(remedies, of_what_stands_in_the_path) {
  Overview o;
  for (const std::string_view id : {"starttls-not-offered", "starttls-stripped-suspected"}) {
    o.servers = {server(1, 25, id, {{Product::CiscoAsa, Certainty::High, "", 2}})};
    const auto found = remedies_of(o, group(id));
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(told_remedy(found[0]).substr(0, 47), "On Cisco ASA (whose trace is in the path): poli") << id;
  }
}

// The server that offers is not to blame: what it claims to be says nothing of the sender.
TEST(remedies, of_the_sender_where_it_is_to_blame) {
  Overview o;
  const std::string_view id = "starttls-offered-not-used";
  o.servers = {server(25, 25, id, {{Product::Postfix, Certainty::High, "", 9}}),
               server(7, 25, "tls-version-1-2", {{Product::Exim, Certainty::High, "", 1}}),
               server(8, 25, "tls-version-1-2", {{Product::MDaemon, Certainty::High, "", 1}})};
  EXPECT_TRUE(remedies_of(o, group(id)).empty());
  Hop clear;
  clear.from = v4(7, 0).address;
  clear.to = v4(25, 25).address;
  clear.port = 25;
  clear.state = State::Plaintext;
  Hop sealed = clear;
  sealed.from = v4(8, 0).address;
  sealed.state = State::Encrypted;
  o.hops = {clear, sealed};
  const auto found = remedies_of(o, group(id));
  EXPECT_EQ(names(found), std::vector<std::string>{"exim"});
  EXPECT_EQ(told_remedy(found.at(0)).substr(0, 67),
            "On Exim (as the sender claims to be): hosts_require_tls = * on the ");
}

}  // namespace
}  // namespace mailseal
