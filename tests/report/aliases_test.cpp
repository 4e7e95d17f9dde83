// Aliases keep equal what is equal and apart what is apart, and show prefixes.
#include "aliases.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <set>
#include <sstream>

#include "map_model.h"

namespace mailseal {
namespace {

std::string alias_of(Aliases& aliases, std::string_view text) {
  IpAddress address;
  EXPECT_TRUE(is_address(text, address)) << text;
  return to_string(aliases.address(address));
}

TEST(aliases, addresses_in_order_of_appearance_with_their_prefixes) {
  Aliases aliases;
  constexpr std::pair<const char*, const char*> kCases[] = {
      {"8.8.8.8", "240.1.1.1"},
      {"8.8.8.9", "240.1.1.2"},
      {"8.8.4.4", "240.1.2.1"},
      {"9.9.9.9", "240.2.1.1"},
      {"8.8.8.8", "240.1.1.1"},
      {"10.0.0.1", "250.1.1.1"},
      {"192.168.1.1", "250.2.1.1"},
      {"192.168.1.255", "250.2.1.2"},
      {"100.64.0.1", "250.3.1.1"},
      {"192.0.2.1", "250.4.1.1"},
      {"127.0.0.1", "252.1.1.1"},
      {"169.254.3.4", "253.1.1.1"},
      {"2001:4860::8888", "a000:1:1:1::1"},
      {"2001:4860:0:1::1", "a000:1:1:2::1"},
      {"2001:4860:1::1", "a000:1:2:1::1"},
      {"2a00::1", "a000:2:1:1::1"},
      {"2001:4860::8889", "a000:1:1:1::2"},
      {"fd00::1", "a100:1:1:1::1"},
      {"2001:db8::1", "a100:2:1:1::1"},
      {"::1", "a200:1:1:1::1"},
      {"fe80::1", "a300:1:1:1::1"},
      {"::ffff:8.8.8.8", "240.1.1.1"},
  };
  for (const auto& [original, alias] : kCases) EXPECT_EQ(alias_of(aliases, original), alias) << original;
}

TEST(aliases, each_subnet_and_host_of_a_network_has_its_own) {
  Aliases aliases;
  std::set<IpAddress> all;
  IpAddress address;
  ASSERT_TRUE(is_address("8.8.0.0", address));
  for (unsigned n = 0; n < 65'536; ++n) {
    address.octets[14] = static_cast<std::uint8_t>(n >> 8);
    address.octets[15] = static_cast<std::uint8_t>(n);
    const IpAddress alias = aliases.address(address);
    EXPECT_EQ(alias.octets[12], 240);
    EXPECT_EQ(alias.octets[13], 1);
    all.insert(alias);
  }
  EXPECT_EQ(all.size(), 65'536u);
}

TEST(aliases, more_networks_than_fit_go_on_apart_and_public) {
  Aliases aliases;
  std::set<IpAddress> all;
  IpAddress address;
  ASSERT_TRUE(is_address("20.0.0.1", address));
  constexpr unsigned kNetworks = 4000;
  for (unsigned n = 0; n < kNetworks; ++n) {
    address.octets[12] = static_cast<std::uint8_t>(20 + (n >> 8));
    address.octets[13] = static_cast<std::uint8_t>(n);
    const IpAddress alias = aliases.address(address);
    EXPECT_TRUE(is_public(alias)) << to_string(alias);
    all.insert(alias);
  }
  EXPECT_EQ(all.size(), kNetworks);
  EXPECT_EQ(alias_of(aliases, "30.0.0.1"), "a400:0:a01:1::1");  // the 2561st
}

TEST(aliases, inside_and_outside_stay_apart) {
  Aliases aliases;
  for (const char* original : {"8.8.8.8", "10.0.0.1", "192.0.2.7", "127.0.0.1", "169.254.0.1", "2001:4860::1",
                               "fd00::1", "fe80::1", "::1", "100.64.0.1", "224.0.0.1"}) {
    IpAddress address;
    ASSERT_TRUE(is_address(original, address));
    EXPECT_EQ(is_public(aliases.address(address)), is_public(address)) << original;
  }
}

TEST(aliases, names_label_by_label) {
  Aliases aliases;
  const std::string long_label(64, 'a');
  const std::pair<std::string, std::string> cases[] = {
      {"mail.example.jp", "n1.n1.n1.alias"},
      {"mx.example.jp", "n2.n1.n1.alias"},
      {"MX.Example.JP", "n2.n1.n1.alias"},
      {"example.jp", "n1.n1.alias"},
      {"other.jp", "n2.n1.alias"},
      {"mail.example.com", "n1.n1.n2.alias"},
      {"*.example.jp", "*.n1.n1.alias"},
      {"mail.example.jp.", "n1.n1.n1.alias."},
      {"localhost", "n3.alias"},
      {"8.8.8.8", "240.1.1.1"},
      {"[8.8.8.9]", "[240.1.1.2]"},
      {"[IPv6:2001:4860::1]", "[IPv6:a000:1:1:1::1]"},
      {"2001:4860::2", "a000:1:1:1::2"},
      {"not a name", "text-1"},
      {"a..b", "text-2"},
      {".", "text-3"},
      {"\xff\x1b[2J", "text-4"},
      {std::string(300, 'a') + ".example.jp", "text-5"},
      {"not a name", "text-1"},
      {"\xe6\x97\xa5\xe6\x9c\xac.jp", "n3.n1.alias"},
      {"", ""},
      {"a.b.c.d.e.f.g.h.i.j", "n1.n1.n1.n1.n1.n1.n1.n4.alias"},  // eight labels, and the rest is one of them
      {"x.b.c.d.e.f.g.h.i.j", "n2.n1.n1.n1.n1.n1.n1.n4.alias"},
  };
  for (const auto& [original, alias] : cases) EXPECT_EQ(aliases.name(original), alias) << original;
}

TEST(aliases, distinguished_names_keep_their_shape) {
  Aliases aliases;
  constexpr std::pair<const char*, const char*> kCases[] = {
      {"C=JP,O=Example\\, Ltd.,CN=mail.example.jp", "C=text-1,O=text-2,CN=n1.n1.n1.alias"},
      {"O=Example\\, Ltd.", "O=text-2"},
      {"CN=a+OU=b", "CN=text-3+OU=text-4"},
      {"1.2.3.4=x", "1.2.3.4=text-5"},
      {"no type at all", "text-6"},
      {"CN=", "CN="},
      {"CN=a\\", "CN=text-7"},
      {"", ""},
  };
  for (const auto& [original, alias] : kCases) EXPECT_EQ(aliases.distinguished_name(original), alias) << original;
}

TEST(aliases, serials_and_digests_have_their_length) {
  Aliases aliases;
  EXPECT_EQ(aliases.serial("0a1b"), "00000001" + std::string(32, '0'));
  EXPECT_EQ(aliases.serial("0a1c"), "00000002" + std::string(32, '0'));
  EXPECT_EQ(aliases.serial("0a1b"), "00000001" + std::string(32, '0'));
  EXPECT_EQ(aliases.fingerprint(std::string(64, 'b')), "00000001" + std::string(56, '0'));
  aliases.keep(std::string(64, 'c'));
  EXPECT_EQ(aliases.fingerprint(std::string(64, 'c')), std::string(64, 'c')) << "of a capture";
}

TEST(aliases, what_strangers_claim_is_bounded) {
  Aliases aliases;
  std::string last;
  for (unsigned n = 0; n < 2000; ++n) last = aliases.text(std::string(65'536, 'x') + std::to_string(n));
  EXPECT_EQ(last, "text-more");
  constexpr unsigned kMore = 300'000;
  for (unsigned n = 0; n < kMore; ++n) last = aliases.name("a" + std::to_string(n) + ".example");
  EXPECT_EQ(last, "more.alias");
  EXPECT_EQ(aliases.serial("0a1b"), std::string(40, 'f'));
  EXPECT_EQ(aliases.fingerprint(std::string(64, 'a')), std::string(64, 'f'));
  EXPECT_EQ(aliases.path("a.pcap"), "path-more");
  EXPECT_EQ(aliases.name("a0.example"), "n1.n1.alias") << "what came in time stays";
}

TEST(aliases, addresses_that_strangers_claim_are_bounded_and_hosts_are_not) {
  Aliases aliases;
  std::string last;
  constexpr unsigned kMany = 70'000;
  for (unsigned n = 0; n < kMany; ++n) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "[IPv6:2001:db8:%x:%x::1]", n >> 8, n & 0xff);
    last = aliases.name(text.data());
  }
  EXPECT_EQ(last, "[IPv6:more.alias]");
  EXPECT_EQ(aliases.name("192.0.2.9"), "more.alias");
  EXPECT_EQ(alias_of(aliases, "192.0.2.9"), "250.1.1.1") << "a host";
  EXPECT_EQ(aliases.name("192.0.2.9"), "250.1.1.1") << "known by now";
}

TEST(aliases, the_map_is_one_line_each) {
  Aliases aliases;
  alias_of(aliases, "8.8.8.8");
  aliases.name("mail.example");
  aliases.text("a\tb\nc\\d\xff");
  aliases.path("/tmp/a b.pcap", "input-1.pcap");
  std::ostringstream out;
  aliases.write(out);
  EXPECT_EQ(out.str(),
            "kind\talias\toriginal\n"
            "address\t240.1.1.1\t8.8.8.8\n"
            "name\tn1.alias\texample\n"
            "name\tn1.n1.alias\tmail.example\n"
            "text\ttext-1\ta\\x09b\\x0ac\\\\d\\xff\n"
            "path\tinput-1.pcap\t/tmp/a b.pcap\n");
}

}  // namespace
}  // namespace mailseal
