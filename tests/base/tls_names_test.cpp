// Every number of the registries has a name of its own, and every name leads back to it.
#include <gtest/gtest.h>

#include "mailseal/base/suites.h"

namespace mailseal {
namespace {

TEST(tls_names, every_name_leads_back_to_its_number) {
  for (unsigned n = 0; n <= 0xffff; ++n) {
    const auto code = static_cast<std::uint16_t>(n);
    const auto suite = suite_code(suite_name(code));
    ASSERT_TRUE(suite) << suite_name(code);
    EXPECT_EQ(suite_name(*suite), suite_name(code)) << "drafts share their names with what was registered";
    EXPECT_TRUE(suite == code || code >> 8 == 0xcc) << suite_name(code);
    EXPECT_EQ(group_code(group_name(code)), code) << group_name(code);
    EXPECT_EQ(signature_scheme_code(signature_scheme_name(code)), code) << signature_scheme_name(code);
    EXPECT_EQ(version_code(version_name(code)), code) << version_name(code);
  }
  for (unsigned n = 0; n <= 0xff; ++n)
    EXPECT_EQ(alert_code(alert_name(static_cast<std::uint8_t>(n))), static_cast<std::uint8_t>(n));
}

TEST(tls_names, what_is_no_name_has_no_number) {
  for (const char* name : {"", "0x", "0x1", "0x12345", "0x12g4", "0x+123", "1234", "TLSv1.3-draft", "TLSv1.3-draft256",
                           "TLSv1.3-draft-1", "TLSv1.3-draft2x", "x25519 ", "X25519"}) {
    EXPECT_FALSE(suite_code(name)) << name;
    EXPECT_FALSE(group_code(name)) << name;
    EXPECT_FALSE(signature_scheme_code(name)) << name;
    EXPECT_FALSE(version_code(name)) << name;
  }
  for (const char* name : {"", "0x", "0x1", "0x123", "0xzz", "unknown"}) EXPECT_FALSE(alert_code(name)) << name;
}

}  // namespace
}  // namespace mailseal
